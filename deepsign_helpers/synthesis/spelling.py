"""Spelling: from a name to the points that a hand aims at, letter by letter."""

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from deepsign_helpers.synthesis.scripts import read_script
from deepsign_helpers.synthesis.styles import Style

# All lengths here are in x-heights.
SHORT_I = "ि"  # a vowel sign that is spoken after its consonant but written before it
BETWEEN_WORDS = 0.6
BESIDE_CAPITALS = 0.1  # between a letter that stands alone and the next
OVERHANG = 0.1  # of a headline, to the left of its word
RUN_OUT = 0.85  # how high each hump of a wave is, as a share of the one before

# Strokes without a lift: where each ends, x and y, and its bend.
Run = list[tuple[float, float, float]]


@dataclass
class Spelled:
    """What has been written of a name, and where the next letter goes."""

    steps: list[tuple] = field(default_factory=list)  # x, y, bend, pen down (1) or up (0)
    late: list[tuple] = field(default_factory=list)  # runs to add in the end, with their left edge
    edge: float = 0.0  # left edge of the letter to come

    def add_run(self, run: Run, left: float, gain: float = 1.0, sets_down: bool = True) -> None:
        """Write a run of strokes; where the first one sets the pen down, its way is in the air."""
        for position, (x, y, bend) in enumerate(run):
            down = 0.0 if sets_down and position == 0 else 1.0
            self.steps.append((left + x * gain, y * gain, bend, down))


def spell(name: str, script: str, style: Style, rng: Generator) -> np.ndarray:
    """Spell a name in target points.

    Returns
    -------
    float array, shape (n + 1, 4)
        x, y, bend and pen down (1) or up (0) of the stroke that ends there; the first row is where
        the pen starts. Lengths in x-heights, bends in rad.
    """
    copybook = read_script(script)
    characters = sorted(set(name) - {" "})
    own = {each: habit_of(copybook["letters"][each], style, rng) for each in characters}
    words = re.sub(f"(.){SHORT_I}", rf"{SHORT_I}\1", name).split()  # in writing order
    last_letters = sorted({word[-1] for word in words} & set(copybook["finals"]))
    own_finals = {each: habit_of(copybook["finals"][each], style, rng) for each in last_letters}
    ends = copybook["ends"]
    has_capitals = copybook["headline"] is None and not ends

    spelled = Spelled()
    for word in words:
        start = spelled.edge
        for position, character in enumerate(word):
            letter = own[character]
            if copybook["fades"] and position > style.legible:
                letter = wave(position - style.legible)
            if position == len(word) - 1:
                letter = own_finals.get(character, letter)
            if ends and (position == 0 or word[position - 1] in ends):
                letter = set_down(letter)
            add_letter(spelled, letter, position, has_capitals, style, rng)
        if copybook["headline"] is not None:
            hang(spelled, start, copybook["headline"], style, rng)
        elif copybook["fades"] and len(word) > 1:
            spelled.steps.append((spelled.edge + 0.2, 0.25, 0.9, 1.0))  # the last letter's way out
        spelled.edge += BETWEEN_WORDS

    for run, left in spelled.late:
        spelled.add_run(run, left)
    # An underline is set down anew; other flourishes run on from the name.
    adornment = flourish(spelled.edge, style, rng)
    spelled.add_run(adornment, 0.0, sets_down=style.flourish == "underline")
    steps = np.array(spelled.steps)
    return turn_over(steps) if copybook["mirrored"] else steps


def set_down(letter: dict) -> dict:
    """Return a joined letter as it begins a word, or after one that it cannot be joined to."""
    first, *others = letter["runs"][0]
    through_the_air = (first[0], first[1], 0.0)  # straight
    return {**letter, "joined": False, "runs": [[through_the_air, *others]]}


def turn_over(steps: np.ndarray) -> np.ndarray:
    """Return steps, (n, 4), as they are written from right to left: every bend turns about."""
    return steps * (-1, 1, -1, 1)  # x, y, bend, pen down


def habit_of(letter: dict, style: Style, rng: Generator) -> dict:
    """Return a letter as this writer makes it, whenever it comes: a little off the copybook."""
    runs = []
    for copied in letter["runs"]:
        run = np.array(copied, dtype=float)  # (strokes, 3): x, y, bend
        run[:, :2] += rng.normal(0, 0.06, (len(run), 2))
        run[:, 2] *= rng.normal(1, 0.12, len(run))
        if len(run) > 3 and rng.random() < style.shortcuts:
            left_out = rng.integers(1, len(run) - 1)  # neither the first nor the last
            run = np.delete(run, left_out, axis=0)
        runs.append(run)
    return {**letter, "runs": runs}


def wave(number: int) -> dict:
    """Return a hump of the wave into which a word runs out, each flatter than the last."""
    hump = [(0.3, 0.7 * RUN_OUT**number, -0.6), (0.5, 0.1, 0.3)]
    return {"width": 0.75, "joined": True, "runs": [hump], "late": []}


def add_letter(
    spelled: Spelled, letter: dict, position: int, has_capitals: bool, style: Style, rng: Generator
) -> None:
    """Write a letter, keep its dots and bars for later, and move the edge on."""
    joined = letter["joined"]
    gain = style.capitals if has_capitals and not joined else 1.0
    for run in letter["late"]:
        if rng.random() < style.dots:
            spelled.late.append((run, spelled.edge))

    # Before a joined letter the pen may be lifted, and most often after the first of a word.
    after_first = has_capitals and position == 1
    if joined and (rng.random() < style.lifts or (after_first and rng.random() < 0.5)):
        spelled.steps.append((spelled.edge + 0.05, 0.15, 0.4, 0.0))
    for run in letter["runs"]:
        spelled.add_run(run, spelled.edge, gain, sets_down=not joined)

    width = letter["width"] * gain
    if width > 0:  # a sign without a width belongs to the letter before
        spelled.edge += width + (style.spacing if joined else BESIDE_CAPITALS)


def hang(spelled: Spelled, start: float, height: float, style: Style, rng: Generator) -> None:
    """Keep for later the line that a word hangs from, from where it starts to the edge."""
    spelled.edge += style.spacing
    for left, right in headline(start - OVERHANG, spelled.edge, style, rng):
        spelled.late.append(([(left, height, 0.0), (right, height, 0.03)], 0.0))


def headline(left: float, right: float, style: Style, rng: Generator) -> list[tuple[float, float]]:
    """Return from where to where a word's headline is drawn: in one, in two, or not at all."""
    if style.headline == "none":
        return []
    middle = left + rng.uniform(0.35, 0.65) * (right - left)
    if style.headline == "whole":
        return [(left, right)]
    return [(left, middle - 0.15), (middle + 0.15, right)]


def flourish(edge: float, style: Style, rng: Generator) -> Run:
    """Return the strokes of a writer's flourish under a name that ends at `edge`."""
    left = rng.uniform(0.0, 0.35) * edge
    depth = rng.uniform(-1.3, -0.4)
    reach = rng.uniform(0.8, 1.1) * edge
    if style.flourish == "underline":
        end = (reach, depth + rng.uniform(-0.2, 0.5), rng.uniform(-0.3, 0.3))
        line = [(left, depth, 0.3), end]
        if rng.random() < 0.5:
            line.append((left + 0.3 * edge, depth - 0.5, -0.6))  # and back again, lower
        return line
    if style.flourish == "swoop":
        over_the_end = (edge + 0.6, rng.uniform(-0.3, 0.6), -0.5)
        return [over_the_end, (left, depth, -1.2), (reach, depth - 0.2, 1.1)]
    if style.flourish == "zigzag":
        return [
            (edge + 0.3, -0.6, -0.6),
            (left + 0.3 * edge, depth, -1.2),
            (reach, depth + 0.1, 1.6),
            (left + 0.5 * edge, depth - 0.5, -1.6),
            (reach + 0.4, depth - 0.4, 1.0),
        ]
    return []
