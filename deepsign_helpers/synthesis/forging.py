"""Forgers: people who have seen a signature and imitate how it looks, not how it is written."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy.spatial import KDTree

from deepsign_helpers import tables
from deepsign_helpers.synthesis.ensemble import ENSEMBLE, Ensemble
from deepsign_helpers.synthesis.ink import Pen, sample_pen
from deepsign_helpers.synthesis.kinematics import (
    SAMPLES_PER_SECOND,
    Plan,
    Trace,
    press_along,
    trace_of,
    write,
)
from deepsign_helpers.synthesis.styles import sample_style
from deepsign_helpers.synthesis.writers import (
    LIGHTEST,
    SHARPEST,
    Writer,
    learn_plan,
    lift,
    press_anew,
    reproportion,
    shake,
    vary,
)

# Ranges of the forger's skill, from 0 to 1; easy and hard for the verifier.
DIFFICULTIES = {"easy": (0.0, 0.3), "medium": (0.35, 0.65), "hard": (0.7, 1.0)}

# How forgers copy: stroke by stroke with an eye on the model, or at one go, after practice.
SCHOOLS = ("drawing", "fluent")
# Against a drawing forger: how much more a fluent one misunderstands, and strays.
FLUENT_GAIN = 1.4

# How many targets a disguising writer moves at the start, where an examiner looks first.
DENIED = 6
# Of what is redrawn elsewhere: how little is at the points that catch the eye, tops and bottoms.
CAUGHT = 0.5
# Chance that a forger has a pen like the writer's.
SAME_PEN = 0.3
# x-heights: a lift over a shorter way may be overlooked.
SHORT_WAY = 1.0


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
    >>> forger = sample_forger(np.random.default_rng(5))
    >>> forger.taper < 0.1  # s: the ends of their lines are blunt
    True
    """

    # What they misunderstand of a signature, in every attempt.
    slant: float  # added to the writer's, x per y
    width: float  # gain on the aspect ratio
    rise: float  # added to the writer's, y per x
    proportions: float  # spread of the gains on the height and the width of single letters
    redraws: float  # x-heights, spread of the targets between the points that catch the eye
    bends: float  # rad, spread
    turns: float  # chance, 0 to 1, that a bend turns the other way
    extra_lifts: float  # chance, 0 to 1, of a lift where the writer has none
    lost_lifts: float  # chance, 0 to 1, of going on where the writer lifts the pen for a short way
    # How they write.
    roundness: float  # gain on every bend: an imitated curve is drawn, not swung
    delay: float  # gain on the time from stroke to stroke
    heaviness: float  # power of a stroke's length by which it takes longer
    tremor: float  # mm, amplitude; zero for a steady hand
    press: float  # mean pressure, 0 to 1
    press_spread: float  # of the pressure's logarithm, from stroke to stroke
    press_noise: float  # the same, from one attempt to the next
    taper: float  # s in which the pen is set down or lifted
    strays: float  # x-heights, spread of each target point from one attempt to the next
    learns: float  # share of what is misunderstood that goes with each attempt
    hand: int  # seed of what they misunderstand, and of their own handwriting
    pen: Pen  # the one that they forge with


def sample_forger(rng: Generator, school: str = "drawing", ensemble: Ensemble = ENSEMBLE) -> Forger:
    """Draw a forger's habits: better at some things, worse at others.

    Derived in chapter 00, *Kinds of forgery, and how good they are*.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same forger.
    school : "drawing" | "fluent"
        A drawing forger copies stroke by stroke: slowly, with even pressure and blunt ends. A
        fluent one writes at one go, at nearly the writer's pace, and gets more of the form wrong.
    ensemble : Ensemble
        The numbers that forgers are drawn from.

    Returns
    -------
    Forger
        Half of those who draw have a steady hand; all who are fluent have.

    Raises
    ------
    ValueError
        For a school that is not known.

    See Also
    --------
    forge : lets a forger forge.

    Examples
    --------
    >>> forger = sample_forger(np.random.default_rng(5))
    >>> forger.delay > 1  # from stroke to stroke they take longer than the writer
    True
    """
    tables.require_known("school", [school], SCHOOLS)

    def more_or_less(typical: float) -> float:
        return typical * rng.lognormal(0, ensemble.varied)

    # Drawn in this order: in another one every seed would stand for another forger.
    forger = Forger(
        slant=rng.normal(0, ensemble.forger_slant),
        width=rng.lognormal(0, ensemble.forger_width),
        rise=rng.normal(0, ensemble.forger_rise),
        proportions=more_or_less(ensemble.proportions),
        redraws=more_or_less(ensemble.redraws),
        bends=more_or_less(ensemble.forger_bends),
        turns=more_or_less(ensemble.turns),
        extra_lifts=more_or_less(ensemble.extra_lifts),
        lost_lifts=min(1.0, more_or_less(ensemble.lost_lifts)),
        roundness=rng.uniform(0.85, 1.05),
        delay=rng.lognormal(ensemble.delay, ensemble.delay_spread),
        heaviness=ensemble.heaviness * rng.uniform(0.3, 1.3),
        tremor=rng.uniform(0.06, 0.35) if rng.random() < 0.5 else 0.0,
        press=float(np.clip(rng.normal(ensemble.forger_press, 0.1), 0.3, 0.95)),
        press_spread=ensemble.forger_press_spread,
        press_noise=ensemble.forger_press_noise,
        taper=ensemble.forger_taper * rng.lognormal(0, ensemble.taper_spread),
        strays=more_or_less(ensemble.strays),
        learns=ensemble.learns,
        hand=int(rng.integers(2**32)),
        pen=sample_pen(rng),
    )
    return forger if school == "drawing" else fluent(forger, rng, ensemble)


def fluent(forger: Forger, rng: Generator, ensemble: Ensemble) -> Forger:
    """Return a forger as one who writes at one go: steadier and faster, and further off."""
    return replace(
        forger,
        proportions=FLUENT_GAIN * forger.proportions,
        redraws=FLUENT_GAIN * forger.redraws,
        strays=FLUENT_GAIN * forger.strays,
        extra_lifts=0.0,
        delay=rng.uniform(0.95, 1.2),
        heaviness=0.0,
        tremor=0.0,
        press=forger.press * ensemble.press / ensemble.forger_press,
        press_spread=ensemble.press_spread,
        press_noise=ensemble.press_noise,
        taper=ensemble.taper * rng.lognormal(0, ensemble.taper_spread),
    )


def take_pen(forger: Forger, writer: Writer, rng: Generator) -> Forger:
    """Return a forger who, by lot, forges this writer with the writer's usual pen or their own."""
    return replace(forger, pen=writer.pen) if rng.random() < SAME_PEN else forger


def forge(
    writer: Writer,
    rng: Generator,
    kind: str = "skilled",
    difficulty: str = "medium",
    forger: Forger | None = None,
    skill: float | None = None,
    attempt: int = 0,
) -> Trace:
    """Forge a writer's signature.

    - skilled: seen and practised. The targets are about right, but what this forger has
      misunderstood is wrong in every attempt: proportions, slant, base line, lifts, how loops turn.
      Strokes are planned one by one, so they overlap less and corners sharpen into cusps; the line
      is pressed evenly and its ends are blunt.
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
    attempt : int, at least 0
        How often this forger has forged this signature before: they learn a little each time.

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
    >>> bool(forged.time[-1] > genuine.time[-1])  # s: who draws is slower
    True
    >>> bool(forged.deviation.max() > 0), bool(genuine.deviation.max() > 0)
    (True, False)
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
    clumsiness = (1.85 - 1.55 * skill) * (1 - forger.learns) ** attempt
    trace = WAYS[kind](writer, rng, forger, clumsiness)
    return replace(trace, deviation=deviations(trace, writer.model))


def copy_by_eye(writer: Writer, rng: Generator, forger: Forger, clumsiness: float) -> Trace:
    """Imitate a signature that has been seen and practised."""
    plan = misunderstand(writer.plan, forger, clumsiness, writer.style.x_height)
    timing = rng.uniform(0.4, 0.65)  # more unevenly timed than by the owner
    plan = vary(
        plan,
        rng,
        writer.style.x_height,
        noise=forger.strays * clumsiness,
        bend=0.12 * clumsiness,
        timing=timing,
        drift=0.05 * clumsiness,
    )
    plan = press_anew(plan, rng, forger.press_noise)
    return shake(write(plan), rng, forger.tremor * clumsiness)


def misunderstand(plan: Plan, forger: Forger, clumsiness: float, x_height: float) -> Plan:
    """Return the plan as a forger understands it: wrong in the same way at every attempt."""
    rng = np.random.default_rng([forger.hand, len(plan.bends)])
    points = redraw(plan.points, forger, clumsiness, x_height, rng)

    count = len(plan.bends)
    bends = plan.bends * forger.roundness + rng.normal(0, forger.bends * clumsiness, count)
    turns_back = rng.random(count) < forger.turns * clumsiness
    bends = np.clip(np.where(turns_back, -bends, bends), -SHARPEST, SHARPEST)

    lengths = np.hypot(*np.diff(points, axis=0).T)
    is_overlooked = rng.random(count) < forger.lost_lifts * clumsiness
    is_overlooked &= lengths < SHORT_WAY * x_height

    # Strokes last longer, but by less than their gaps, so they overlap less; and a long one lasts
    # longer than a short one, which is not so in a practised hand. Skill changes neither. A gap is
    # the wait for the stroke before; np.roll brings the last round to the first, see `learn_plan`.
    longer = np.clip(lengths / np.median(lengths), 0.5, 4.0) ** forger.heaviness
    presses = forger.press * np.exp(rng.normal(0, forger.press_spread, count))
    understood = Plan(
        points=points,
        bends=bends,
        down=plan.down | is_overlooked,
        gaps=plan.gaps * forger.delay * np.roll(np.sqrt(longer), 1),
        supports=plan.supports * np.sqrt(forger.delay * longer),
        sigmas=plan.sigmas,
        presses=np.clip(presses, LIGHTEST, 1.0),
        contact=forger.taper,
    )
    return lift(understood, rng, chance=forger.extra_lifts * clumsiness, halt=0.2)


def redraw(
    points: np.ndarray, forger: Forger, clumsiness: float, x_height: float, rng: Generator
) -> np.ndarray:
    """Return a plan's targets, (n + 1, 2) in mm, as a forger sees and places them.

    A forger aims at the corners that can be seen, not at the writer's targets: overlapping strokes
    have rounded them, by 7 % of the way to the middle between a target's two neighbours.
    """
    seen = points.copy()
    between_neighbours = (points[:-2] + points[2:]) / 2
    seen[1:-1] += 0.07 * (between_neighbours - points[1:-1])

    placed = reproportion(seen, forger.proportions * clumsiness, rng)

    # Tops, bottoms and both ends catch the eye; what lies between them is filled in.
    is_turn = np.diff(np.sign(np.diff(seen[:, 1]))) != 0
    catches = np.concatenate([[True], is_turn, [True]])
    spreads = np.where(catches, CAUGHT, 1.0) * forger.redraws * clumsiness * x_height
    draws = rng.normal(0, 1, (len(seen) + 2, 2))
    # Neighbours go astray together: it is a piece of the line that is redrawn.
    astray = (draws[2:] + draws[1:-1] + draws[:-2]) / np.sqrt(3)
    placed += astray * spreads[:, None]

    # Points are rows: x' = width·x + slant·y, y' = rise·x + y. A factor grows by a power.
    width = forger.width**clumsiness
    own = np.array([[width, forger.rise * clumsiness], [forger.slant * clumsiness, 1.0]])
    return placed @ own


def in_own_hand(writer: Writer, rng: Generator, forger: Forger, clumsiness: float) -> Trace:
    """Write the name as the forger writes, with the same letters whenever they forge this name.

    This forger has never seen the signature, so skill does not matter: `clumsiness` is not used.
    """
    own_rng = np.random.default_rng(forger.hand)
    style = sample_style(own_rng, ensemble=writer.ensemble)
    plan = learn_plan(writer.name, writer.script, style, own_rng, writer.ensemble)
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
    down = model.down[at]
    press = press_along(np.full(len(x), forger.press), down, forger.taper)
    traced = trace_of(x, y, down, model.stroke[at], press)

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
    >>> furthest = np.nanargmax(by_stroke)  # number of the stroke that strays most
    >>> bool(by_stroke[furthest] > np.nanmedian(by_stroke))
    True
    """
    samples = np.bincount(trace.stroke, weights=trace.down)  # how many inked ones a stroke has
    total = np.bincount(trace.stroke, weights=np.where(trace.down, trace.deviation, 0.0))
    no_ink = np.full(len(samples), np.nan)  # stays where there is nothing to divide by
    return np.divide(total, samples, out=no_ink, where=samples > 0)


# How each kind of forgery is made.
WAYS = {"skilled": copy_by_eye, "simple": in_own_hand, "traced": draw_over, "disguised": disguise}
KINDS = tuple(WAYS)
