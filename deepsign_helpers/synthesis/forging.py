"""Forgers: people who have seen a signature and imitate how it looks, not how it is written."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy.spatial import KDTree

from deepsign_helpers import tables
from deepsign_helpers.synthesis.kinematics import SAMPLES_PER_SECOND, Plan, Trace, trace_of, write
from deepsign_helpers.synthesis.styles import sample_style
from deepsign_helpers.synthesis.writers import Writer, learn_plan, lift, shake, vary

# Ranges of the forger's skill, from 0 to 1; easy and hard for the verifier.
DIFFICULTIES = {"easy": (0.0, 0.3), "medium": (0.35, 0.65), "hard": (0.7, 1.0)}

# How many targets a disguising writer moves at the start, where an examiner looks first.
DENIED = 6


@dataclass(frozen=True)
class Forger:
    """A forger's habits, which show in every forgery of theirs.

    Derived in chapter 00, *How a forger writes*.

    See Also
    --------
    sample_forger : draws one.
    Style : the habits of a writer.

    Examples
    --------
    >>> habits = {"slant": 0.1, "width": 1.0, "roundness": 1.0, "delay": 1.5}
    >>> steady = Forger(**habits, tremor=0.0, lifts=0.0, strays=0.2, hand=7)
    >>> steady.tremor
    0.0
    """

    slant: float  # added to the writer's, x per y
    width: float  # gain on the aspect ratio
    roundness: float  # gain on every bend: an imitated curve is drawn, not swung
    delay: float  # gain on the time from stroke to stroke
    tremor: float  # mm, amplitude; zero for a steady hand
    lifts: float  # chance, 0 to 1, of lifting the pen between two strokes to look at the model
    strays: float  # x-heights, standard deviation of each target point
    hand: int  # seed of their own handwriting, for names whose signature they have never seen


def sample_forger(rng: Generator) -> Forger:
    """Draw a forger's habits.

    Derived in chapter 00, *Kinds of forgery, and how good they are*.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same forger.

    Returns
    -------
    Forger
        Half of them have a steady hand.

    See Also
    --------
    forge : lets a forger forge.

    Examples
    --------
    >>> forger = sample_forger(np.random.default_rng(5))
    >>> print(f"{forger.delay:.2f} times as slow from stroke to stroke")
    1.39 times as slow from stroke to stroke
    """
    # Drawn in this order: in another one every seed would stand for another forger.
    return Forger(
        slant=rng.normal(0, 0.14),
        width=rng.lognormal(0, 0.2),
        roundness=rng.uniform(0.85, 1.05),
        delay=rng.uniform(1.15, 2.0),
        tremor=rng.uniform(0.06, 0.35) if rng.random() < 0.5 else 0.0,
        lifts=float(rng.choice([0.0, 0.02, 0.05])),
        strays=rng.uniform(0.16, 0.28),
        hand=int(rng.integers(2**32)),
    )


def forge(
    writer: Writer,
    rng: Generator,
    kind: str = "skilled",
    difficulty: str = "medium",
    forger: Forger | None = None,
    skill: float | None = None,
) -> Trace:
    """Forge a writer's signature.

    - skilled: seen and practised. The targets are about right, but strokes are planned one by one,
      so they overlap less, corners sharpen into cusps, the line trembles, and the forger's own
      slant and proportions show.
    - simple: only the name is known; it is written fluently, in the forger's own hand.
    - traced: drawn over a genuine signature, slowly and with even weight; the path is right, the
      movement is not.
    - disguised: by the writer, who means to deny it later: another slant, another size, a made-up
      beginning.

    Derived in chapter 00, *Kinds of forgery, and how good they are*.

    Parameters
    ----------
    writer : Writer
        Whose signature it is meant to be.
    rng : numpy.random.Generator
        Draws this forgery and, unless they are given, the forger and the skill.
    kind : "skilled" | "simple" | "traced" | "disguised"
        What the forger knows, as said above.
    difficulty : "easy" | "medium" | "hard"
        For the verifier: an easy forgery, if skilled or traced, strays further. Not used where a
        skill is given.
    forger : Forger, optional
        Who forges; somebody new by default.
    skill : float in [0, 1], optional
        How close a skilled or traced forgery comes, 1 the closest; by default drawn from the range
        of the difficulty in `DIFFICULTIES`.

    Returns
    -------
    Trace
        Its `deviation` says, for each sample, how many mm it strays from what the writer means to
        write.

    Raises
    ------
    ValueError
        For a kind or a difficulty that is not known, or a skill outside 0 to 1.

    See Also
    --------
    deviation_by_stroke : ranks the strokes of a forgery.
    render_with_truth : shows on an image where it strays.

    Examples
    --------
    >>> from deepsign_helpers.synthesis import sample_writer
    >>> writer = sample_writer(np.random.default_rng(40), condition="usual")
    >>> genuine = writer.sign(np.random.default_rng(1))
    >>> forged = forge(writer, np.random.default_rng(6))
    >>> print(f"{genuine.time[-1]:.1f} s by the owner, {forged.time[-1]:.1f} s by the forger")
    3.0 s by the owner, 6.8 s by the forger
    """
    tables.require_known("forgery kind", [kind], KINDS)
    tables.require_known("difficulty", [difficulty], DIFFICULTIES)
    if skill is None:
        skill = rng.uniform(*DIFFICULTIES[difficulty])
    if not 0 <= skill <= 1:
        raise ValueError(
            f"skill: {skill:g} is out of range; give 0 for the clumsiest forger to 1 for the best."
        )
    if forger is None:
        forger = sample_forger(rng)
    # What betrays a forger is multiplied by this: 1.85 for the clumsiest, 0.3 for the best.
    clumsiness = 1.85 - 1.55 * skill
    trace = WAYS[kind](writer, rng, forger, clumsiness)
    return replace(trace, deviation=deviations(trace, writer.model))


def copy_by_eye(writer: Writer, rng: Generator, forger: Forger, clumsiness: float) -> Trace:
    """Imitate a signature that has been seen and practised."""
    plan = imitate(writer.plan, forger, clumsiness)
    plan = lift(plan, rng, chance=0.01 + forger.lifts, halt=0.2)
    timing = rng.uniform(0.4, 0.65)  # more unevenly timed than by the owner
    plan = vary(
        plan,
        rng,
        writer.style.x_height,
        noise=forger.strays * clumsiness,
        bend=0.25 * clumsiness,
        timing=timing,
        drift=0.085 * clumsiness,
    )
    return shake(write(plan), rng, forger.tremor * clumsiness)


def imitate(plan: Plan, forger: Forger, clumsiness: float) -> Plan:
    """Return the plan as the forger understands it: their slant and curves, and more time.

    A forger aims at the corners that can be seen, not at the writer's targets: overlapping strokes
    have rounded them, by 7 % of the way to the middle between a target's two neighbours.
    """
    seen = plan.points.copy()
    between_neighbours = (plan.points[:-2] + plan.points[2:]) / 2
    seen[1:-1] += 0.07 * (between_neighbours - plan.points[1:-1])
    # Points are rows: x' = width·x + slant·y. A factor grows by a power, a sum by a product.
    own_proportions = np.array([[forger.width**clumsiness, 0.0], [forger.slant * clumsiness, 1.0]])
    # Strokes last longer, but by less than their gaps: they overlap less. Skill changes neither.
    return replace(
        plan,
        points=seen @ own_proportions,
        bends=plan.bends * forger.roundness,
        gaps=plan.gaps * forger.delay,
        supports=plan.supports * np.sqrt(forger.delay),
    )


def in_own_hand(writer: Writer, rng: Generator, forger: Forger, clumsiness: float) -> Trace:
    """Write the name as the forger writes, with the same letters whenever they forge this name.

    This forger has never seen the signature, so skill does not matter: `clumsiness` is not used.
    """
    own_rng = np.random.default_rng(forger.hand)
    style = sample_style(own_rng)
    plan = learn_plan(writer.name, writer.script, style, own_rng)
    return replace(writer, style=style, plan=plan).sign(rng)


def draw_over(writer: Writer, rng: Generator, forger: Forger, clumsiness: float) -> Trace:
    """Follow a signature's line at a steady 30 to 80 mm/s, with a wandering hand."""
    model = writer.sign(rng)
    steps = np.hypot(np.diff(model.x), np.diff(model.y))
    travelled = np.concatenate([[0.0], np.cumsum(steps)])  # mm along the model's path
    pace = rng.uniform(30, 80) / SAMPLES_PER_SECOND  # mm a sample
    along = np.arange(0.0, travelled[-1], pace)
    x = np.interp(along, travelled, model.x)
    y = np.interp(along, travelled, model.y)
    at = np.searchsorted(travelled, along)  # the model's sample there
    traced = trace_of(x, y, model.down[at], model.stroke[at])

    wandered = shake(traced, rng, 0.15 * clumsiness, slowest=0.2, fastest=1.5)
    # At this pace a full swing would be a zigzag.
    return shake(wandered, rng, forger.tremor * clumsiness / 2)


def disguise(writer: Writer, rng: Generator, forger: Forger, clumsiness: float) -> Trace:
    """Sign as the writer, who means to deny it later; no forger has a hand in it."""
    return replace(writer, plan=deny(writer.plan, rng, writer.style.x_height)).sign(rng)


def deny(plan: Plan, rng: Generator, x_height: float) -> Plan:
    """Return a writer's plan, altered on purpose: slant, size, and how the signature begins."""
    slant = rng.choice([-1, 1]) * rng.uniform(0.2, 0.5)
    size = rng.uniform(0.75, 1.35)
    shear = np.array([[1.0, 0.0], [slant, 1.0]])  # points are rows: x' = x + slant·y
    points = (size * plan.points) @ shear
    points[:DENIED] += rng.normal(0, 0.35 * x_height, points[:DENIED].shape)
    return replace(plan, points=points)


def deviations(trace: Trace, model: Trace) -> np.ndarray:
    """Return how far each sample lies from its model, after moving and scaling it onto the model.

    Only the inked line of either counts. The trace is moved and scaled until its middle and its
    spread, each weighted by the length of line, are the model's: where and how large somebody signs
    betrays nothing.

    Returns
    -------
    float array, shape (n,), mm
        To the nearest inked sample of the model, whichever its stroke; 0 where the pen is up.
    """
    path, centre, spread = inked_path(trace)
    model_path, model_centre, model_spread = inked_path(model)
    aligned = (path - centre) * (model_spread / spread) + model_centre
    distances, _ = KDTree(model_path).query(aligned)  # a tree finds the nearest point quickly
    result = np.zeros(len(trace.x))
    result[trace.down] = distances
    return result


def inked_path(trace: Trace) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the points where the pen is down, (m, 2), their middle and their spread, all in mm.

    The spread is the root of the mean squared distance from the middle.
    """
    path = np.stack([trace.x, trace.y], axis=1)[trace.down]
    # A fast pen leaves few samples on its way: weighted by speed, each mm of line counts alike.
    weights = trace.speed[trace.down] + 1e-9  # never all zero
    centre = np.average(path, axis=0, weights=weights)
    squares = ((path - centre) ** 2).sum(axis=1)
    return path, centre, np.sqrt(np.average(squares, weights=weights))


def deviation_by_stroke(trace: Trace) -> np.ndarray:
    """Average the deviation along the inked part of each stroke.

    Derived in chapter 00, *Kinds of forgery, and how good they are*.

    Parameters
    ----------
    trace : Trace
        As `forge` returns it.

    Returns
    -------
    float array, shape (strokes,), mm
        NaN for a stroke that leaves no ink.

    Examples
    --------
    >>> from deepsign_helpers.synthesis import sample_writer
    >>> writer = sample_writer(np.random.default_rng(40), condition="usual")
    >>> by_stroke = deviation_by_stroke(forge(writer, np.random.default_rng(6)))
    >>> print(f"Of {len(by_stroke)} strokes number {np.nanargmax(by_stroke) + 1} strays most.")
    Of 34 strokes number 31 strays most.
    """
    samples = np.bincount(trace.stroke, weights=trace.down)  # how many inked ones a stroke has
    total = np.bincount(trace.stroke, weights=np.where(trace.down, trace.deviation, 0.0))
    no_ink = np.full(len(samples), np.nan)  # stays where there is nothing to divide by
    return np.divide(total, samples, out=no_ink, where=samples > 0)


# How each kind of forgery is made.
WAYS = {"skilled": copy_by_eye, "simple": in_own_hand, "traced": draw_over, "disguised": disguise}
KINDS = tuple(WAYS)
