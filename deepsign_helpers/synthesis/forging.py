"""Forgers: people who have seen a signature and imitate how it looks, not how it is written."""

from dataclasses import dataclass, replace

import numpy as np

from deepsign_helpers.synthesis.kinematics import SAMPLES_PER_SECOND, Plan, Trace, write
from deepsign_helpers.synthesis.writers import Writer, vary

KINDS = ("skilled",)
DIFFICULTIES = {"easy": 1.5, "medium": 1.0, "hard": 0.6}  # gain on how far a forger strays
SEEN_ROUNDING = 0.07  # of the way to the middle of the two neighbours


@dataclass(frozen=True)
class Forger:
    """A forger's habits, which show in every forgery of theirs.

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
    """

    slant: float
    width: float
    roundness: float
    delay: float
    tremor: float
    lifts: float
    strays: float


def sample_forger(rng: np.random.Generator) -> Forger:
    """Draw a forger's habits."""
    return Forger(
        slant=rng.normal(0, 0.1),
        width=rng.lognormal(0, 0.14),
        roundness=rng.uniform(0.85, 1.05),
        delay=rng.uniform(1.15, 2.0),
        tremor=rng.uniform(0.06, 0.35) if rng.random() < 0.5 else 0.0,
        lifts=rng.choice([0.0, 0.02, 0.05]),
        strays=rng.uniform(0.11, 0.2),
    )


def forge(
    writer: Writer,
    rng: np.random.Generator,
    kind: str = "skilled",
    difficulty: str = "medium",
    forger: Forger | None = None,
) -> Trace:
    """Forge a writer's signature.

    A skilled forger has seen it and practised: the targets are about right, but strokes are planned one by one, so they
    hardly overlap, corners sharpen into cusps, the line trembles, and the forger's own slant and proportions show.

    Parameters
    ----------
    writer : Writer
    rng : numpy.random.Generator
    kind : "skilled"
    difficulty : "easy" | "medium" | "hard"
        For the verifier: an easy forgery strays further.
    forger : Forger, optional
        Who forges; somebody new by default.

    Raises
    ------
    ValueError
        For a kind or a difficulty that is not known.
    """
    if kind not in KINDS:
        raise ValueError(f"forgery kind {kind!r} is not known; choose from {', '.join(KINDS)}.")
    if difficulty not in DIFFICULTIES:
        raise ValueError(f"difficulty {difficulty!r} is not known; choose from {', '.join(DIFFICULTIES)}.")
    forger = forger or sample_forger(rng)
    gain = DIFFICULTIES[difficulty]
    plan = lift_oddly(imitate(writer.plan, forger, gain), rng, forger.lifts)
    plan = vary(
        plan,
        rng,
        writer.style.x_height,
        noise=forger.strays * gain,
        bend=0.25 * gain,
        timing=rng.uniform(0.4, 0.65),
        drift=0.085 * gain,
    )
    return shake(write(plan), rng, forger.tremor * gain)


def imitate(plan: Plan, forger: Forger, gain: float) -> Plan:
    """Return the plan as the forger has understood it: their slant, proportions and curves, and more time.

    A forger aims at the corners that can be seen, which overlapping strokes have rounded, not at the writer's targets.
    """
    width = forger.width**gain
    seen = plan.points.copy()
    seen[1:-1] += SEEN_ROUNDING * ((plan.points[:-2] + plan.points[2:]) / 2 - plan.points[1:-1])
    slanted = np.array([[width, 0.0], [forger.slant * gain, 1.0]])
    return replace(
        plan,
        points=seen @ slanted,
        bends=plan.bends * forger.roundness,
        gaps=plan.gaps * forger.delay,
        supports=plan.supports * np.sqrt(forger.delay),
    )


def lift_oddly(plan: Plan, rng: np.random.Generator, chance: float) -> Plan:
    """Insert short pen lifts where the writer has none, each a halt with a blunt end."""
    where = np.flatnonzero((rng.random(len(plan.bends)) < chance) & plan.down)
    where = where[where > 0]
    halts = plan.points[where] + rng.normal(0, 0.25, (len(where), 2))
    return Plan(
        points=np.insert(plan.points, where + 1, halts, axis=0),
        bends=np.insert(plan.bends, where, 0.1),
        down=np.insert(plan.down, where, False),
        gaps=np.insert(plan.gaps, where, 0.3),
        supports=np.insert(plan.supports, where, 0.25),
        sigmas=np.insert(plan.sigmas, where, 0.2),
    )


def shake(trace: Trace, rng: np.random.Generator, amplitude: float) -> Trace:
    """Add tremor: 4 to 12 Hz, `amplitude` mm (peak of a typical swing), on both axes."""
    frequencies = rng.uniform(4, 12, (2, 4))
    swings = np.sin(2 * np.pi * frequencies[..., None] * trace.time + rng.uniform(0, 2 * np.pi, (2, 4, 1))).sum(axis=1)
    x, y = np.stack([trace.x, trace.y]) + amplitude / 2 * swings
    return replace(trace, x=x, y=y, speed=np.hypot(np.gradient(x), np.gradient(y)) * SAMPLES_PER_SECOND)
