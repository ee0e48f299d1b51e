"""Writers: an invented name, a personal style, and a hand that never signs twice alike."""

from dataclasses import dataclass, replace

import numpy as np

from deepsign_helpers.synthesis.kinematics import Plan, Trace, write
from deepsign_helpers.synthesis.letters import CAPITAL, LATE, SMALL

FLOURISHES = ("none", "underline", "swoop", "zigzag")


@dataclass(frozen=True)
class Style:
    """A writer's habits: lengths in units of the x-height unless said otherwise.

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
        After so many letters of a word the rest runs out into a wave.
    dots : float in [0, 1]
        Chance of adding a dot or bar.
    rise : float
        Slope of the base line.
    gap, support, sigma : float
        Means of the strokes' timing, s, s and log-time.
    flourish : str
        One of `FLOURISHES`.
    """

    x_height: float
    slant: float
    width: float
    ascenders: float
    descenders: float
    capitals: float
    roundness: float
    spacing: float
    lifts: float
    legible: int
    dots: float
    rise: float
    gap: float
    support: float
    sigma: float
    flourish: str


@dataclass(frozen=True)
class Writer:
    """A person who does not exist: a name, a style, and the plan that the hand has learned by heart."""

    name: str
    style: Style
    plan: Plan

    def sign(self, rng: np.random.Generator) -> Trace:
        """Sign once: the same plan, carried out a little differently."""
        haste = rng.uniform(0.0, 0.25)
        return write(vary(self.plan, rng, self.style.x_height, noise=0.03, bend=0.06, timing=haste, drift=0.075))


def sample_writer(rng: np.random.Generator) -> Writer:
    """Draw a writer: name, style, and the personal deviations from the copybook that repeat in every signature."""
    style = sample_style(rng)
    name = sample_name(rng)
    return Writer(name, style, learn_plan(name, style, rng))


def sample_style(rng: np.random.Generator) -> Style:
    """Draw a writer's habits from the ranges that give believable cursive."""
    return Style(
        x_height=rng.uniform(6.0, 9.5),
        slant=rng.uniform(0.05, 0.5),
        width=rng.uniform(0.8, 1.35),
        ascenders=rng.uniform(0.75, 1.25),
        descenders=rng.uniform(0.6, 1.4),
        capitals=rng.uniform(0.9, 1.5),
        roundness=rng.uniform(0.85, 1.3),
        spacing=rng.uniform(-0.05, 0.2),
        lifts=rng.choice([0.0, 0.1, 0.35]),
        legible=int(rng.integers(2, 9)),
        dots=rng.uniform(0.3, 1.0),
        rise=rng.normal(0.03, 0.05),
        gap=rng.uniform(0.09, 0.115),
        support=rng.uniform(0.22, 0.30),
        sigma=rng.uniform(0.15, 0.35),
        flourish=str(rng.choice(FLOURISHES, p=[0.4, 0.2, 0.25, 0.15])),
    )


def sample_name(rng: np.random.Generator) -> str:
    """Invent a name: an initial or a short first name, and a surname, of consonants and vowels in turn."""

    def word(length: int) -> str:
        starts_with_vowel = rng.random() < 0.3
        letters = [
            rng.choice(list("aaeeioou" if (position % 2 == 0) == starts_with_vowel else "bcdfghjklmnprsttvwyz"))
            for position in range(length)
        ]
        return "".join(letters).capitalize()

    first = word(1) if rng.random() < 0.55 else word(int(rng.integers(3, 6)))
    return f"{first} {word(int(rng.integers(4, 9)))}"


def learn_plan(name: str, style: Style, rng: np.random.Generator) -> Plan:
    """Turn a name into the writer's own strokes: spell it, then bend the copybook to the style."""
    steps = spell(name, style, rng)
    points, bends, down = steps[:, :2].copy(), steps[1:, 2] * style.roundness, steps[1:, 3] > 0
    points += rng.normal(0, 0.07, points.shape)
    bends = np.clip(bends * rng.normal(1, 0.12, len(bends)) + rng.normal(0, 0.08, len(bends)), -2.9, 2.9)
    points[:, 0] *= style.width
    heights = points[:, 1]
    heights[:] = np.where(heights > 1, 1 + (heights - 1) * style.ascenders, heights)
    heights[:] = np.where(heights < 0, heights * style.descenders, heights)
    points[:, 0] += style.slant * heights
    heights += style.rise * points[:, 0]
    lengths = np.hypot(*np.diff(points, axis=0).T)
    pauses = np.where(down, 1.0, 1.3) * np.where(np.roll(down, 1), 1.0, 1.3)  # a lifted pen waits for the stroke to end
    longer = np.clip(lengths / 3, 1.0, 1.7)  # a flourish takes longer than a letter, but less than its length would say
    count = len(bends)
    return Plan(
        points=points * style.x_height,
        bends=bends,
        down=down,
        gaps=np.clip(rng.normal(style.gap, 0.012, count), 0.06, 0.16) * pauses * np.roll(longer, 1),
        supports=np.clip(rng.normal(style.support, 0.015, count), 0.2, 0.34) * longer,
        sigmas=np.clip(rng.normal(style.sigma, 0.03, count), 0.1, 0.45),
    )


def spell(name: str, style: Style, rng: np.random.Generator) -> np.ndarray:
    """Spell a name in target points.

    Returns
    -------
    float array, shape (n + 1, 4)
        x, y, bend and pen down (1) or up (0) of the stroke that ends there; the first row is where the pen starts.
    """
    steps, late = [], []
    edge = 0.0  # left edge of the letter to come

    def add(strokes, left, gain=1.0, starts=False):
        for position, (x, y, bend) in enumerate(strokes):
            steps.append((left + x, y * gain, bend, 0.0 if starts and position == 0 else 1.0))

    for word in name.split():
        for position, letter in enumerate(word):
            if letter.isupper():
                width, runs = CAPITAL[letter]
                for run in runs:
                    add([(x * style.capitals, y, bend) for x, y, bend in run], edge, style.capitals, starts=True)
                edge += (width * style.capitals) + 0.1
                continue
            if position > style.legible:
                fading = 0.85 ** (position - style.legible)
                width, strokes = 0.75, [(0.3, 0.7 * fading, -0.6), (0.5, 0.1, 0.3)]
            else:
                width, strokes = SMALL[letter]
                if letter in LATE and rng.random() < style.dots:
                    late.append((LATE[letter], edge))
            if rng.random() < style.lifts or (position == 1 and rng.random() < 0.5):
                steps.append((edge + 0.05, 0.15, 0.4, 0.0))
            add(strokes, edge)
            edge += width + style.spacing
        if len(word) > 1:
            steps.append((edge + 0.2, 0.25, 0.9, 1.0))  # the last letter's way out
        edge += 0.6
    for strokes, left in late:
        add(strokes, left, starts=True)
    add_flourish(steps, edge, style, rng)
    return np.array(steps)


def add_flourish(steps: list, edge: float, style: Style, rng: np.random.Generator) -> None:
    """Append the strokes of a writer's flourish under a word that ends at `edge`."""
    left, depth, reach = rng.uniform(0.0, 0.35) * edge, rng.uniform(-1.9, -1.1), rng.uniform(0.8, 1.1) * edge
    if style.flourish == "underline":
        steps += [(left, depth, 0.3, 0.0), (reach, depth + rng.uniform(-0.2, 0.5), rng.uniform(-0.3, 0.3), 1.0)]
        if rng.random() < 0.5:
            steps.append((left + 0.3 * edge, depth - 0.5, -0.6, 1.0))
    elif style.flourish == "swoop":
        steps += [
            (edge + 0.6, rng.uniform(-0.3, 0.6), -0.5, 1.0),
            (left, depth, -1.2, 1.0),
            (reach, depth - 0.2, 1.1, 1.0),
        ]
    elif style.flourish == "zigzag":
        steps += [(edge + 0.3, -0.6, -0.6, 1.0), (left + 0.3 * edge, depth, -1.2, 1.0)]
        steps += [
            (reach, depth + 0.1, 1.6, 1.0),
            (left + 0.5 * edge, depth - 0.5, -1.6, 1.0),
            (reach + 0.4, depth - 0.4, 1.0, 1.0),
        ]


def vary(
    plan: Plan, rng: np.random.Generator, x_height: float, noise: float, bend: float, timing: float, drift: float
) -> Plan:
    """Return the plan as it comes out this time.

    Parameters
    ----------
    x_height : float, mm
    noise : float
        Standard deviation of each target point, in x-heights.
    bend : float, rad
        Standard deviation of the bends; half of it is shared with the neighbour.
    timing : float
        u, the share of the relative changes: of μ ±0.25, of σ ±0.29, of onsets ±0.085.
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
    return replace(
        plan,
        points=points,
        bends=plan.bends + (shaking[1:] + shaking[:-1]) / np.sqrt(2),
        gaps=plan.gaps * np.exp(rng.normal(0, 0.085 * (1 + timing), count)),
        supports=plan.supports * np.exp(rng.normal(0, 0.25 * timing, count)),
        sigmas=plan.sigmas * np.exp(rng.normal(0, 0.29 * timing, count)),
    )
