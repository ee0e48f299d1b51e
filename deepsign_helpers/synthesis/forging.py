"""Forgers: people who have seen a signature and imitate how it looks, not how it is written."""

from dataclasses import make_dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy.spatial import KDTree

from deepsign_helpers import tables
from deepsign_helpers.synthesis.kinematics import SAMPLES_PER_SECOND, Plan, Trace, trace_of, write
from deepsign_helpers.synthesis.scripts import read_table
from deepsign_helpers.synthesis.writers import (
    Writer,
    draw_habits,
    learn_plan,
    lift,
    sample_style,
    shake,
    vary,
)

DIFFICULTIES = {
    "easy": (0.0, 0.3),
    "medium": (0.35, 0.65),
    "hard": (0.7, 1.0),
}  # ranges of the forger's skill
DENIED = 6  # targets at the start of a disguised signature, where an examiner looks first, that are made up


class Forger(make_dataclass("Habits", read_table("habits")["forger"], frozen=True)):
    """A forger's habits, in the order of `habits.json`, which show in every forgery of theirs.

    Attributes
    ----------
    slant : float
        What they add to the writer's slant, x per y.
    width : float
        Gain on the aspect ratio.
    roundness : float
        Gain on every bend: an imitated curve is drawn, not swung.
    delay : float
        How much longer they take from stroke to stroke.
    tremor : float, mm
        Amplitude; zero for a steady hand.
    lifts : float in [0, 1]
        Chance of lifting the pen between two strokes to look at the model.
    strays : float in x-heights
        Standard deviation of each target point.
    hand : int
        Seed of their own handwriting, in which they write a name whose signature they have never seen.
    """


def sample_forger(rng: Generator) -> Forger:
    """Draw a forger's habits."""
    return Forger(**draw_habits("forger", rng))


def forge(
    writer: Writer,
    rng: Generator,
    kind: str = "skilled",
    difficulty: str = "medium",
    forger: Forger | None = None,
    skill: float | None = None,
) -> Trace:
    """Forge a writer's signature.

    - skilled: seen and practised. The targets are about right, but strokes are planned one by one, so they hardly
      overlap, corners sharpen into cusps, the line trembles, and the forger's own slant and proportions show.
    - simple: only the name is known; it is written fluently, in the forger's own hand.
    - traced: drawn over a genuine signature, slowly and with even weight; the path is right, the movement is not.
    - disguised: by the writer, who means to deny it later: another slant, another size, a made-up beginning.

    Parameters
    ----------
    writer : Writer
    rng : numpy.random.Generator
    kind : "skilled" | "simple" | "traced" | "disguised"
    difficulty : "easy" | "medium" | "hard"
        For the verifier: an easy forgery strays further.
    forger : Forger, optional
        Who forges; somebody new by default.
    skill : float in [0, 1], optional
        How close a skilled or traced forgery comes; drawn from the range that `DIFFICULTIES` gives by default.

    Returns
    -------
    Trace
        Its `deviation` says, for each sample, how far it strays from what the writer means to write.

    Raises
    ------
    ValueError
        For a kind or a difficulty that is not known, or a skill outside 0 to 1.
    """
    tables.require_known("forgery kind", [kind], KINDS)
    tables.require_known("difficulty", [difficulty], DIFFICULTIES)
    skill = rng.uniform(*DIFFICULTIES[difficulty]) if skill is None else skill
    if not 0 <= skill <= 1:
        raise ValueError(
            f"skill: {skill:g} is out of range; give 0 for the clumsiest forger to 1 for the best."
        )
    forger = forger or sample_forger(rng)
    trace = WAYS[kind](writer, rng, forger, 1.85 - 1.55 * skill)
    return replace(trace, deviation=deviations(trace, writer.model))


def copy_by_eye(writer: Writer, rng: Generator, forger: Forger, gain: float) -> Trace:
    """Imitate a signature that has been seen and practised; `gain` says how far from it the forger stays."""
    plan = lift(imitate(writer.plan, forger, gain), rng, 0.01 + forger.lifts, halt=0.2)
    haste = rng.uniform(0.4, 0.65)
    plan = vary(
        plan, rng, writer.style.x_height, forger.strays * gain, 0.25 * gain, haste, 0.085 * gain
    )
    return shake(write(plan), rng, forger.tremor * gain)


def in_own_hand(writer: Writer, rng: Generator, forger: Forger, gain: float) -> Trace:
    """Write the name as the forger writes: in their style, and with the same letters whenever they forge this name.

    Who has never seen the signature comes neither nearer nor farther: `gain` changes nothing.
    """
    own = np.random.default_rng(forger.hand)
    style = sample_style(own)
    return replace(
        writer, style=style, plan=learn_plan(writer.name, writer.script, style, own)
    ).sign(rng)


def draw_over(writer: Writer, rng: Generator, forger: Forger, gain: float) -> Trace:
    """Follow a signature's line at a steady 30 to 80 mm/s, with a wandering and perhaps a trembling hand."""
    model = writer.sign(rng)
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(model.x), np.diff(model.y)))])
    along = np.arange(0.0, travelled[-1], rng.uniform(30, 80) / SAMPLES_PER_SECOND)
    at = np.searchsorted(travelled, along)
    x, y = np.interp(along, travelled, model.x), np.interp(along, travelled, model.y)
    trace = shake(
        trace_of(x, y, model.down[at], model.stroke[at]), rng, 0.15 * gain, slowest=0.2, fastest=1.5
    )
    return shake(
        trace, rng, forger.tremor * gain / 2
    )  # at this pace a full swing would be a zigzag


def disguise(writer: Writer, rng: Generator, forger: Forger, gain: float) -> Trace:
    """Sign as the writer, who means to deny it later; no forger has a hand in it."""
    return replace(writer, plan=deny(writer.plan, rng, writer.style.x_height)).sign(rng)


def deny(plan: Plan, rng: Generator, x_height: float) -> Plan:
    """Return a writer's plan, altered on purpose: slant, size, and how the signature begins."""
    slant, size = rng.choice([-1, 1]) * rng.uniform(0.2, 0.5), rng.uniform(0.75, 1.35)
    points = size * plan.points @ np.array([[1.0, 0.0], [slant, 1.0]])
    points[:DENIED] += rng.normal(0, 0.35 * x_height, points[:DENIED].shape)
    return replace(plan, points=points)


def deviations(trace: Trace, model: Trace) -> np.ndarray:
    """Return how far each sample of a trace is from the nearest one of a model, mm, once both lie upon each other.

    Only the inked line of either counts. The trace is moved and scaled until its middle and its spread, each weighted
    by the length of line, are the model's: where and how large somebody signs betrays nothing.

    Returns
    -------
    float array, shape (n,)
        0 where the pen is up.
    """
    (path, centre, spread), (target, model_centre, model_spread) = (
        inked_path(one) for one in (trace, model)
    )
    result = np.zeros(len(trace.x))
    result[trace.down] = KDTree(target).query(
        (path - centre) * (model_spread / spread) + model_centre
    )[0]
    return result


def inked_path(trace: Trace) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the points where the pen is down, (m, 2), their middle and their spread, weighted by the line's length."""
    path, weights = np.stack([trace.x, trace.y], axis=1)[trace.down], trace.speed[trace.down] + 1e-9
    centre = np.average(path, axis=0, weights=weights)
    return path, centre, np.sqrt(np.average(((path - centre) ** 2).sum(axis=1), weights=weights))


def deviation_by_stroke(trace: Trace) -> np.ndarray:
    """Return the mean deviation, mm, along the inked part of each stroke; NaN for a stroke that leaves no ink."""
    samples = np.bincount(trace.stroke, trace.down)
    total = np.bincount(trace.stroke, np.where(trace.down, trace.deviation, 0.0))
    return np.divide(total, samples, out=np.full(len(samples), np.nan), where=samples > 0)


def imitate(plan: Plan, forger: Forger, gain: float) -> Plan:
    """Return the plan as the forger has understood it: their slant, proportions and curves, and more time.

    A forger aims at the corners that can be seen, not at the writer's targets: overlapping strokes have rounded them,
    by 7 % of the way to the middle between a target's two neighbours.
    """
    seen = plan.points.copy()
    seen[1:-1] += 0.07 * ((plan.points[:-2] + plan.points[2:]) / 2 - plan.points[1:-1])
    points = seen @ np.array([[forger.width**gain, 0.0], [forger.slant * gain, 1.0]])
    slower = {"gaps": plan.gaps * forger.delay, "supports": plan.supports * np.sqrt(forger.delay)}
    return replace(plan, points=points, bends=plan.bends * forger.roundness, **slower)


WAYS = {"skilled": copy_by_eye, "simple": in_own_hand, "traced": draw_over, "disguised": disguise}
KINDS = tuple(WAYS)
