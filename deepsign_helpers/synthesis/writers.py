"""Writers: an invented name, a personal style, and a hand that never signs twice alike."""

import re
from dataclasses import dataclass, make_dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import Generator

from deepsign_helpers import tables
from deepsign_helpers.synthesis.kinematics import Plan, Trace, trace_of, write
from deepsign_helpers.synthesis.scripts import SCRIPTS, read_script, read_table, sample_name

CONDITIONS = {
    "usual": 0.7,
    "hurried": 0.1,
    "elderly": 0.1,
    "left-handed": 0.1,
}  # and how many of us


@dataclass(frozen=True)
class Style(make_dataclass("Habits", read_table("habits")["writer"], frozen=True)):
    """A writer's habits, in the order of `habits.json`: lengths in units of the x-height unless said otherwise.

    Attributes
    ----------
    x_height : float, mm
    slant : float
        Shear, x per y.
    width, ascenders, descenders, capitals : float
        Gains on the letters' proportions.
    roundness : float
        Gain on every bend.
    spacing : float
        Added between letters.
    lifts : float in [0, 1]
        Chance of lifting the pen before a letter.
    legible : int
        After the first and so many more letters of a word the rest runs out into a wave.
    shortcuts : float in [0, 1]
        Chance that a letter has lost one of its strokes.
    dots : float in [0, 1]
        Chance of adding a dot or bar.
    headline : "whole" | "broken" | "none"
        How the line is drawn that the words of some scripts hang from.
    rise : float
        Slope of the base line.
    gap, support, sigma : float
        Means of the strokes' timing, s, s and log-time.
    flourish : "none" | "underline" | "swoop" | "zigzag"
    loose : float
        Gain on how much one signature differs from the next.
    tremor : float, mm
        Zero for a steady hand.
    """

    tremor: float = 0.0


@dataclass(frozen=True, eq=False)
class Writer:
    """A person who does not exist: a name, a script, a style, and the plan that the hand has learned by heart."""

    name: str
    script: str
    condition: str
    style: Style
    plan: Plan

    def sign(self, rng: Generator) -> Trace:
        """Sign once: the same plan, carried out a little differently."""
        loose, x_height, haste = (
            self.style.loose * rng.lognormal(0, 0.3),
            self.style.x_height,
            rng.uniform(0.0, 0.25),
        )
        plan = lift(self.plan, rng, 0.01 * loose, halt=0.0)
        reach = np.hypot(*np.diff(plan.points, axis=0).T) / x_height
        down = plan.down | (
            (reach < 1) & (rng.random(len(reach)) < 0.1 * loose)
        )  # now and then the pen stays down
        noise = (
            0.028 * loose * np.clip(np.append(1, reach), 0.5, 3)[:, None]
        )  # a hand misses by a share of its way
        plan = vary(
            replace(plan, down=down), rng, x_height, noise, 0.095 * loose, haste, 0.06 * loose
        )
        return shake(write(plan), rng, self.style.tremor)

    def later(self, rng: Generator) -> "Writer":
        """Return the writer on another day: the plan itself has drifted a little."""
        plan = vary(
            self.plan, rng, self.style.x_height, noise=0.012, bend=0.02, timing=0.0, drift=0.03
        )
        return replace(self, plan=plan)

    @cached_property
    def model(self) -> Trace:
        """The plan carried out exactly: what all signatures of this writer have in common."""
        return write(self.plan)


def sample_writer(rng: Generator, script: str = "latin", condition: str | None = None) -> Writer:
    """Draw a writer: name, style, and the personal deviations from the copybook that repeat in every signature.

    Parameters
    ----------
    rng : numpy.random.Generator
    script : "latin" | "devanagari" | "paraph"
    condition : "usual" | "hurried" | "elderly" | "left-handed", optional
        By lot if left out, as frequent as `CONDITIONS` says.

    Raises
    ------
    ValueError
        For a script or a condition that is not known.
    """
    condition = condition or str(rng.choice(list(CONDITIONS), p=list(CONDITIONS.values())))
    tables.require_known("script", [script], SCRIPTS)
    tables.require_known("condition", [condition], CONDITIONS)
    style = sample_style(rng, condition)
    name = sample_name(script, rng)
    return Writer(name, script, condition, style, learn_plan(name, script, style, rng))


def sample_style(rng: Generator, condition: str = "usual") -> Style:
    """Draw a writer's habits from the ranges that give believable handwriting, changed by the writer's condition."""
    style = Style(**draw_habits("writer", rng))
    if condition == "hurried":
        return replace(
            style, gap=0.85 * style.gap, legible=min(style.legible, 3), loose=1.2 * style.loose
        )
    if condition == "elderly":
        lifts, tremor = max(style.lifts, 0.15), rng.uniform(0.06, 0.25)
        return replace(
            style, gap=1.3 * style.gap, lifts=lifts, tremor=tremor, loose=1.15 * style.loose
        )
    return replace(style, slant=rng.uniform(-0.35, 0.1)) if condition == "left-handed" else style


def draw_habits(whose: str, rng: Generator) -> dict:
    """Draw somebody's habits, each after its own law.

    Parameters
    ----------
    whose : "writer" | "forger"
        Their part of `habits.json`: for each habit, in the order in which they are drawn, the `law`, a method of
        `numpy.random.Generator`, and its `parameters`, in the units that `Style` and `Forger` state. A habit with a
        `chance` is had by that share of people; it is 0 for the others.
    """
    habits = {}
    for habit, entry in read_table("habits")[whose].items():
        has_it = "chance" not in entry or rng.random() < entry["chance"]
        habits[habit] = getattr(rng, entry["law"])(**entry["parameters"]) if has_it else 0.0
    return habits


def learn_plan(name: str, script: str, style: Style, rng: Generator) -> Plan:
    """Turn a name into the writer's own strokes: spell it, then bend the copybook to the style."""
    steps = spell(name, script, style, rng)
    x, y = (steps[:, :2] + rng.normal(0, 0.04, (len(steps), 2))).T
    y = np.where(y > 1, 1 + (y - 1) * style.ascenders, np.where(y < 0, y * style.descenders, y))
    x = x * style.width + style.slant * y
    points, down = np.stack([x, y + style.rise * x], axis=1), steps[1:, 3] > 0
    bends = np.clip(steps[1:, 2] * style.roundness + rng.normal(0, 0.08, len(down)), -2.9, 2.9)
    # A flourish takes longer than a letter, but less than its length would say.
    longer, count = np.clip(np.hypot(*np.diff(points, axis=0).T) / 3, 1.0, 1.7), len(bends)
    supports = np.clip(rng.normal(style.support, 0.015, count), 0.2, 0.34) * longer
    gaps = np.clip(rng.normal(style.gap, 0.012, count), 0.06, 0.16) * np.roll(longer, 1)
    share = np.where(
        down & np.roll(down, 1), 0.0, style.gap / 0.2
    )  # of a stroke, before the pen is lifted or set down
    waits = share * np.roll(longer * supports, 1)
    sigmas = np.clip(rng.normal(style.sigma, 0.03, count), 0.1, 0.45)
    return Plan(points * style.x_height, bends, down, np.maximum(gaps, waits), supports, sigmas)


def spell(name: str, script: str, style: Style, rng: Generator) -> np.ndarray:
    """Spell a name in target points.

    Returns
    -------
    float array, shape (n + 1, 4)
        x, y, bend and pen down (1) or up (0) of the stroke that ends there; the first row is where the pen starts.
    """
    copybook = read_script(script)
    height = copybook["headline"]
    own = {
        character: habit_of(copybook["letters"][character], style, rng)
        for character in sorted(set(name) - {" "})
    }
    steps, late, edge = [], [], 0.0  # the edge is the left one of the letter to come

    def add(run, left, gain=1.0, starts=True):
        for position, (x, y, bend) in enumerate(run):
            steps.append(
                (left + x * gain, y * gain, bend, 0.0 if starts and position == 0 else 1.0)
            )

    for word in re.sub(
        "(.)ि", r"ि\1", name
    ).split():  # this sign is spoken after its consonant, but written before
        start = edge
        for position, character in enumerate(word):
            letter = own[character]
            if copybook["fades"] and position > style.legible:
                wave = [(0.3, 0.7 * 0.85 ** (position - style.legible), -0.6), (0.5, 0.1, 0.3)]
                letter = {"width": 0.75, "joined": True, "runs": [wave], "late": []}
            joined = letter["joined"]
            gain = style.capitals if not joined and height is None else 1.0
            late += [(run, edge) for run in letter["late"] if rng.random() < style.dots]
            if joined and (rng.random() < style.lifts or (position == 1 and rng.random() < 0.5)):
                steps.append((edge + 0.05, 0.15, 0.4, 0.0))
            for run in letter["runs"]:
                add(run, edge, gain, starts=not joined)
            width = letter["width"] * gain
            edge += width and width + (style.spacing if joined else 0.1)
        if height is not None:
            edge += style.spacing
            for left, right in headline(start - 0.1, edge, style, rng):
                late.append(([(left, height, 0.0), (right, height, 0.03)], 0.0))
        elif copybook["fades"] and len(word) > 1:
            steps.append((edge + 0.2, 0.25, 0.9, 1.0))  # the last letter's way out
        edge += 0.6
    for run, left in late:
        add(run, left)
    add(
        flourish(edge, style, rng), 0.0, starts=style.flourish == "underline"
    )  # the others run on from the name
    return np.array(steps)


def habit_of(letter: dict, style: Style, rng: Generator) -> dict:
    """Return a letter as this writer makes it, whenever it comes: a little off the copybook, perhaps a stroke short."""
    runs = [np.array(run, dtype=float) for run in letter["runs"]]
    for number, run in enumerate(runs):
        run[:, :2] += rng.normal(0, 0.06, (len(run), 2))
        run[:, 2] *= rng.normal(1, 0.12, len(run))
        if len(run) > 3 and rng.random() < style.shortcuts:
            runs[number] = np.delete(run, rng.integers(1, len(run) - 1), axis=0)
    return {**letter, "runs": runs}


def headline(left: float, right: float, style: Style, rng: Generator) -> list[tuple[float, float]]:
    """Return from where to where a word's headline is drawn: in one, in two, or not at all."""
    if style.headline == "none":
        return []
    middle = left + rng.uniform(0.35, 0.65) * (right - left)
    return (
        [(left, right)]
        if style.headline == "whole"
        else [(left, middle - 0.15), (middle + 0.15, right)]
    )


def flourish(edge: float, style: Style, rng: Generator) -> list[tuple[float, float, float]]:
    """Return the strokes (x, y, bend) of a writer's flourish under a word that ends at `edge`."""
    left, depth, reach = (
        rng.uniform(0.0, 0.35) * edge,
        rng.uniform(-1.6, -0.9),
        rng.uniform(0.8, 1.1) * edge,
    )
    if style.flourish == "underline":
        line = [(left, depth, 0.3), (reach, depth + rng.uniform(-0.2, 0.5), rng.uniform(-0.3, 0.3))]
        return [*line, (left + 0.3 * edge, depth - 0.5, -0.6)] if rng.random() < 0.5 else line
    if style.flourish == "swoop":
        return [
            (edge + 0.6, rng.uniform(-0.3, 0.6), -0.5),
            (left, depth, -1.2),
            (reach, depth - 0.2, 1.1),
        ]
    if style.flourish == "zigzag":
        zig = [
            (edge + 0.3, -0.6, -0.6),
            (left + 0.3 * edge, depth, -1.2),
            (reach, depth + 0.1, 1.6),
        ]
        return [*zig, (left + 0.5 * edge, depth - 0.5, -1.6), (reach + 0.4, depth - 0.4, 1.0)]
    return []


def vary(
    plan: Plan, rng: Generator, x_height: float, noise, bend: float, timing: float, drift: float
) -> Plan:
    """Return the plan as it comes out this time.

    Parameters
    ----------
    x_height : float, mm
    noise : float or array, shape (n + 1, 1)
        Standard deviation of each target point, in x-heights.
    bend : float, rad
        Standard deviation of the bends; half of it is shared with the neighbour.
    timing : float
        u, the share of the relative changes: of supports ±0.25, of σ ±0.29; gaps change by ±0.085 (1 + u).
    drift : float
        Standard deviation of the overall stretch along x and y, relative; slant, rotation and the slow warp follow it.
    """
    count = len(plan.bends)
    points = plan.points + rng.normal(0, noise * x_height, plan.points.shape)
    along = (plan.points[:, :1] - plan.points[0, 0]) / max(np.ptp(plan.points[:, 0]), 1.0)
    waves = np.arange(1, 4)
    sway = np.sin(np.pi * waves * along + rng.uniform(0, 2 * np.pi, (2, 1, 3))) / waves
    points += np.einsum("dpw,dw->pd", sway, rng.normal(0, 4 * drift * x_height, (2, 3)))
    stretch_x, stretch_y = rng.normal(1, drift, 2)
    shear, turn = rng.normal(0, 0.7 * drift), rng.normal(0, 0.4 * drift)
    points = points @ np.array([[stretch_x, turn], [shear - turn, stretch_y]])
    shaking = rng.normal(0, bend, count + 1)
    spreads = {"gaps": 0.085 * (1 + timing), "supports": 0.25 * timing, "sigmas": 0.29 * timing}
    times = {
        name: getattr(plan, name) * np.exp(rng.normal(0, spread, count))
        for name, spread in spreads.items()
    }
    return replace(
        plan, points=points, bends=plan.bends + (shaking[1:] + shaking[:-1]) / np.sqrt(2), **times
    )


def shake(trace: Trace, rng: Generator, amplitude: float, slowest=4.0, fastest=12.0) -> Trace:
    """Add tremor: between so many Hz, `amplitude` mm (peak of a typical swing), on both axes."""
    if not amplitude:
        return trace
    frequencies = rng.uniform(slowest, fastest, (2, 4))
    swings = np.sin(
        2 * np.pi * frequencies[..., None] * trace.time + rng.uniform(0, 2 * np.pi, (2, 4, 1))
    ).sum(axis=1)
    x, y = np.stack([trace.x, trace.y]) + amplitude / 2 * swings
    return trace_of(x, y, trace.down, trace.stroke)


def lift(plan: Plan, rng: Generator, chance: float, halt: float) -> Plan:
    """Insert short pen lifts between strokes, each a halt of so many seconds with a blunt end."""
    where = 1 + np.flatnonzero(((rng.random(len(plan.bends)) < chance) & plan.down)[1:])
    halts = plan.points[where] + rng.normal(0, 0.25, (len(where), 2))
    stroke = {"bends": 0.1, "down": False, "gaps": 0.1 + halt, "supports": 0.25, "sigmas": 0.2}
    inserted = {
        name: np.insert(getattr(plan, name), where, value) for name, value in stroke.items()
    }
    return Plan(points=np.insert(plan.points, where + 1, halts, axis=0), **inserted)
