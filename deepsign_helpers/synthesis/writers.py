"""Writers: an invented name, a personal style, and a hand that never signs twice alike."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import Generator

from deepsign_helpers import tables
from deepsign_helpers.synthesis.ensemble import ENSEMBLE, Ensemble
from deepsign_helpers.synthesis.ink import Pen, sample_pen
from deepsign_helpers.synthesis.kinematics import Plan, Trace, trace_of, write
from deepsign_helpers.synthesis.scripts import SCRIPTS, read_script, sample_name
from deepsign_helpers.synthesis.spelling import spell
from deepsign_helpers.synthesis.styles import CONDITIONS, Style, draw_by_share, sample_style

SHARPEST = 2.9  # rad, just short of π, a half circle: no single stroke turns further
LONG = 3.0  # x-heights: only strokes longer than this take more time than others
A_LETTER = 4  # strokes, about
MOST_GAIN = 0.6  # logarithm: nobody makes a letter more than twice as high as it should be
LOOSEST = 2.2  # gain on how much a signature differs: beyond it, nobody would know it again
HOOK = 0.12  # x-heights, typical size of a hook
LIGHTEST = 0.15  # pressure, 0 to 1, at which a pen still writes
BORROWED = 0.3  # chance that on another day another pen lies at hand
WAVES = np.arange(1, 4)  # half waves along a signature, of each sine by which its points sway


@dataclass(frozen=True, eq=False)  # a plan holds arrays, which have no single ==
class Writer:
    """A person who does not exist.

    Derived in chapter 00, *How a forger writes*.

    Attributes
    ----------
    name : str
        In letters of the script; nobody bears it.
    script : str, one of `SCRIPTS`
    condition : str, one of `CONDITIONS`
    style : Style
        Habits of the hand.
    plan : Plan
        What the hand has learned by heart.
    pen : Pen
        The one that this person usually signs with.
    ensemble : Ensemble
        What this hand was drawn from.

    See Also
    --------
    sample_writer : draws one.

    Examples
    --------
    >>> writer = sample_writer(np.random.default_rng(40), condition="usual")
    >>> rng = np.random.default_rng(1)
    >>> first, second = writer.sign(rng), writer.sign(rng)
    >>> np.array_equal(first.x, second.x)  # nobody signs twice alike
    False
    """

    name: str
    script: str
    condition: str
    style: Style
    plan: Plan
    pen: Pen
    ensemble: Ensemble = ENSEMBLE

    def sign(self, rng: Generator) -> Trace:
        """Sign once: the same plan, carried out a little differently.

        Parameters
        ----------
        rng : numpy.random.Generator
            The same state gives the same signature.

        Returns
        -------
        Trace
            Its `deviation` is 0: this is the writer.
        """
        loose = min(LOOSEST, self.style.loose * rng.lognormal(0, 0.4))
        timing = rng.uniform(0.0, 0.25)  # how unevenly this one is timed, see `vary`
        plan = lift(self.plan, rng, chance=0.01 * loose, halt=0.0)

        # Now and then a short lift is forgotten, and its way is inked; what is down stays down.
        ways = np.diff(plan.points, axis=0)  # (strokes, 2), mm
        lengths = np.hypot(*ways.T)  # (strokes,), mm
        reach = lengths / self.style.x_height  # (strokes,), x-heights
        lift_forgotten = (reach < 1) & (rng.random(len(reach)) < 0.1 * loose)
        plan = replace(plan, down=plan.down | lift_forgotten)

        # A hand misses by a share of its way to a target. To the first leads none: a way of 1.
        ways_to = np.clip(np.append(1, reach), 0.5, 3)  # (strokes + 1,), x-heights
        noise = self.ensemble.misses * loose * ways_to[:, None]  # a column: the same for x and y
        plan = vary(
            plan,
            rng,
            self.style.x_height,
            noise=noise,
            bend=self.ensemble.bends * loose,
            timing=timing,
            drift=self.ensemble.drift * loose,
        )
        plan = replace(plan, points=reproportion(plan.points, self.ensemble.swells * loose, rng))
        plan = press_anew(plan, rng, self.ensemble.press_noise)
        return shake(write(plan), rng, self.style.tremor)

    def later(self, rng: Generator) -> "Writer":
        """Return the writer on another day: the plan has drifted, the pen may be another one."""
        x_height = self.style.x_height
        plan = vary(self.plan, rng, x_height, noise=0.012, bend=0.02, timing=0.0, drift=0.03)
        pen = sample_pen(rng) if rng.random() < BORROWED else self.pen
        return replace(self, plan=plan, pen=pen)

    @cached_property
    def model(self) -> Trace:
        """The plan carried out exactly: what all signatures of this writer have in common."""
        return write(self.plan)


def sample_writer(
    rng: Generator,
    script: str = "latin",
    condition: str | None = None,
    ensemble: Ensemble = ENSEMBLE,
) -> Writer:
    """Draw a writer: a name, a style, and the personal letters that repeat in every signature.

    Derived in chapter 00, *How a forger writes*.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same writer.
    script : "latin" | "devanagari" | "paraph" | "arabic" | "invented" | "hung"
        Whose letters the name is written in. A paraph is an unreadable flourish; invented letters
        are drawn by lot, and those of "hung" hang from a line.
    condition : "usual" | "hurried" | "elderly" | "left-handed", optional
        By lot if left out, as frequent as `CONDITIONS` says.
    ensemble : Ensemble
        The numbers that hands are drawn from.

    Returns
    -------
    Writer

    Raises
    ------
    ValueError
        For a script or a condition that is not known.

    See Also
    --------
    forge : signs as somebody else.
    write_corpus : draws many writers, and writes their signatures to files.

    Examples
    --------
    >>> writer = sample_writer(np.random.default_rng(40), condition="usual")
    >>> writer.script, writer.condition
    ('latin', 'usual')
    >>> again = sample_writer(np.random.default_rng(40), condition="usual")
    >>> again.name == writer.name, again.style == writer.style
    (True, True)
    """
    if condition is None:
        condition = draw_by_share(CONDITIONS, rng)
    tables.require_known("script", [script], SCRIPTS)
    tables.require_known("condition", [condition], CONDITIONS)
    style = sample_style(rng, condition, ensemble)
    name = sample_name(script, rng)
    plan = learn_plan(name, script, style, rng, ensemble)
    return Writer(name, script, condition, style, plan, sample_pen(rng), ensemble)


def learn_plan(
    name: str, script: str, style: Style, rng: Generator, ensemble: Ensemble = ENSEMBLE
) -> Plan:
    """Turn a name into the writer's own strokes: spell it, then fit the letters to the style."""
    steps = spell(name, script, style, rng)  # (strokes + 1, 4): x, y, bend, pen down
    steps = add_hooks(steps, style.hooks, rng)
    if read_script(script)["mirrored"]:
        style = replace(style, rise=-style.rise)  # it rises as it is written, to the left
    points = fit_to_style(
        steps[:, :2] + rng.normal(0, ensemble.letters / 2, (len(steps), 2)), style
    )
    count = len(steps) - 1
    down = steps[1:, 3] > 0
    bends = steps[1:, 2] * style.roundness + rng.normal(0, 0.08, count)

    # A flourish takes longer than a letter, but less than its length would say.
    lengths = np.hypot(*np.diff(points, axis=0).T)
    longer = np.clip(lengths / LONG, 1.0, 1.7)
    supports = np.clip(rng.normal(style.support, 0.015, count), 0.2, 0.34) * longer

    # A stroke waits for the one before it: longer for a long one, and where either is in the air.
    # np.roll brings the last round to the first, whose gap `write` ignores. A gap of 0.1 s makes
    # the wait half of the stroke before; a long one, which is slower already, counts twice.
    gaps = np.clip(rng.normal(style.gap, 0.012, count), 0.06, 0.16) * np.roll(longer, 1)
    flows_on = down & np.roll(down, 1)
    waits = np.where(flows_on, 0.0, style.gap / 0.2) * np.roll(longer * supports, 1)

    return Plan(
        points=points * style.x_height,
        bends=np.clip(bends, -SHARPEST, SHARPEST),
        down=down,
        gaps=np.maximum(gaps, waits),
        supports=supports,
        sigmas=np.clip(rng.normal(style.sigma, 0.03, count), 0.1, 0.45),
        presses=learn_presses(points, style, rng, ensemble.press_spread),
        contact=style.taper,
    )


def add_hooks(steps: np.ndarray, chance: float, rng: Generator) -> np.ndarray:
    """Add small strokes where the pen is set down, and where it is lifted: steps as `spell` has."""
    is_down = steps[:, 3] > 0
    ends_run = np.append(is_down[:-1] & ~is_down[1:], True)
    hooked = []
    for (x, y, bend, down), is_start, is_end in zip(steps, ~is_down, ends_run, strict=True):
        dx, dy = rng.normal(0, HOOK, 2)
        if is_start and rng.random() < chance:
            hooked.append((x + dx, y + abs(dy), bend, down))
            hooked.append((x, y, rng.normal(0, 0.8), 1.0))
            continue
        hooked.append((x, y, bend, down))
        if is_end and rng.random() < chance:
            hooked.append((x + dx, y + dy, rng.normal(0, 0.8), 1.0))
    return np.array(hooked)


def learn_presses(points: np.ndarray, style: Style, rng: Generator, spread: float) -> np.ndarray:
    """Return how hard a writer presses along each stroke, (n,): a habit, like the letters."""
    falls = np.diff(points[:, 1]) < 0
    by_direction = np.where(falls, style.heavy_down, 1 / style.heavy_down)
    # Neighbours have much in common: a hand presses letter by letter rather than line by line.
    draws = rng.normal(0, spread, len(falls) + 2)
    of_stroke = (draws[2:] + draws[1:-1] + draws[:-2]) / np.sqrt(3)
    return np.clip(style.press * by_direction * np.exp(of_stroke), LIGHTEST, 1.0)


def press_anew(plan: Plan, rng: Generator, noise: float) -> Plan:
    """Return the plan with the pressure of each stroke as it comes out this time."""
    presses = plan.presses * np.exp(rng.normal(0, noise, len(plan.presses)))
    return replace(plan, presses=np.clip(presses, LIGHTEST, 1.0))


def reproportion(points: np.ndarray, spread: float, rng: Generator) -> np.ndarray:
    """Make letters higher or lower, wider or narrower, each a little; (n, 2) in mm.

    The base line is at 0, and all letters together remain as wide as they were.
    """
    widths = np.diff(points[:, 0]) * gains_along(len(points) - 1, spread, rng)
    x = np.concatenate([[0.0], np.cumsum(widths)])
    x *= np.ptp(points[:, 0]) / max(np.ptp(x), 1.0)
    y = points[:, 1] * gains_along(len(points), spread, rng)
    return np.stack([points[0, 0] + x, y], axis=1)


def gains_along(count: int, spread: float, rng: Generator) -> np.ndarray:
    """Return so many gains that go evenly from one letter to the next; their mean is 1."""
    knots = np.arange(0, count + A_LETTER, A_LETTER)
    drawn = np.clip(rng.normal(0, spread, len(knots)), -MOST_GAIN, MOST_GAIN)
    gains = np.exp(np.interp(np.arange(count), knots, drawn))
    return gains / gains.mean()


def fit_to_style(points: np.ndarray, style: Style) -> np.ndarray:
    """Give points of standard letters, (n, 2) in x-heights, a writer's proportions and slant."""
    x, y = points.T
    risen = 1 + (y - 1) * style.ascenders
    y = np.where(y > 1, risen, np.where(y < 0, y * style.descenders, y))
    x = x * style.width + style.slant * y
    return np.stack([x, y + style.rise * x], axis=1)


def vary(
    plan: Plan,
    rng: Generator,
    x_height: float,
    noise: float | np.ndarray,
    bend: float,
    timing: float,
    drift: float,
) -> Plan:
    """Return the plan as it comes out this time.

    Parameters
    ----------
    plan : Plan
        What the hand has learned; it stays as it is.
    rng : numpy.random.Generator
        Draws the changes.
    x_height : float, mm
        The unit in which a hand misses its targets.
    noise : float or array, shape (n + 1, 1), x-heights
        Standard deviation of each target point.
    bend : float, rad
        Standard deviation of the bends; neighbours correlate by a half.
    timing : float in [0, 1]
        How unevenly it is timed. Standard deviations of the logarithms: of supports 0.25 timing,
        of σ 0.29 timing, of gaps 0.085 (1 + timing).
    drift : float
        Standard deviation of the overall stretch along x and y, relative; slant, rotation and the
        slow warp follow it.
    """
    points = plan.points + rng.normal(0, noise * x_height, plan.points.shape)
    points += sway(plan.points, rng, 4 * drift * x_height)
    points = points @ distortion(drift, rng)

    count = len(plan.bends)
    # Each change is made of two draws, one in common with either neighbour; √2 keeps its spread.
    draws = rng.normal(0, bend, count + 1)
    changes = (draws[1:] + draws[:-1]) / np.sqrt(2)
    return replace(
        plan,
        points=points,
        bends=plan.bends + changes,
        gaps=plan.gaps * np.exp(rng.normal(0, 0.085 * (1 + timing), count)),
        supports=plan.supports * np.exp(rng.normal(0, 0.25 * timing, count)),
        sigmas=plan.sigmas * np.exp(rng.normal(0, 0.29 * timing, count)),
    )


def sway(points: np.ndarray, rng: Generator, amplitude: float) -> np.ndarray:
    """Return a slow warp of points, (n, 2) in mm: three sines along x, the shorter the lower."""
    # From the first target on, in widths of the signature (1 mm at least): below 0 to the left.
    along = (points[:, :1] - points[0, 0]) / max(np.ptp(points[:, 0]), 1.0)  # (n, 1)
    phases = rng.uniform(0, 2 * np.pi, (2, 1, len(WAVES)))
    waves = np.sin(np.pi * WAVES * along + phases) / WAVES  # (x and y, n, waves)
    amplitudes = rng.normal(0, amplitude, (2, len(WAVES)))  # mm, (x and y, waves)
    # For each point p and direction d: the sum over the waves w of wave · amplitude; (n, 2), mm.
    return np.einsum("dpw,dw->pd", waves, amplitudes)


def distortion(drift: float, rng: Generator) -> np.ndarray:
    """Return a 2×2 matrix that stretches, shears and turns points, which are rows, a little."""
    stretch_x, stretch_y = rng.normal(1, drift, 2)
    shear = rng.normal(0, 0.5 * drift)
    turn = rng.normal(0, 0.35 * drift)
    # Points are rows: x' = stretch_x·x + (shear - turn)·y, y' = turn·x + stretch_y·y.
    return np.array([[stretch_x, turn], [shear - turn, stretch_y]])


def shake(
    trace: Trace, rng: Generator, amplitude: float, slowest: float = 4.0, fastest: float = 12.0
) -> Trace:
    """Add tremor of `slowest` to `fastest` Hz and about `amplitude` mm, on both axes."""
    if not amplitude:
        return trace
    frequencies = rng.uniform(slowest, fastest, (2, 4, 1))  # four swings for each axis
    phases = rng.uniform(0, 2 * np.pi, (2, 4, 1))
    swings = np.sin(2 * np.pi * frequencies * trace.time + phases)  # (2, 4, samples)
    # Four swings of random phase add up to √4 = 2 times one, typically.
    moved_x, moved_y = amplitude / 2 * swings.sum(axis=1)  # (samples,) each, mm
    return trace_of(trace.x + moved_x, trace.y + moved_y, trace.down, trace.stroke, trace.press)


def lift(plan: Plan, rng: Generator, chance: float, halt: float) -> Plan:
    """Insert short pen lifts between strokes, each a small stroke through the air.

    It begins 0.1 s + `halt` after the stroke before it: with a halt, that one can come to rest.
    """
    lifted = (rng.random(len(plan.bends)) < chance) & plan.down
    where = 1 + np.flatnonzero(lifted[1:])  # never before the first stroke
    # The pen comes down within a quarter of a millimetre or so of where it was lifted.
    landings = plan.points[where] + rng.normal(0, 0.25, (len(where), 2))
    # The new stroke ends at its landing; its bend, time and σ are those of a usual one.
    return replace(
        plan,
        points=np.insert(plan.points, where + 1, landings, axis=0),
        bends=np.insert(plan.bends, where, 0.1),
        down=np.insert(plan.down, where, False),
        gaps=np.insert(plan.gaps, where, 0.1 + halt),
        supports=np.insert(plan.supports, where, 0.25),
        sigmas=np.insert(plan.sigmas, where, 0.2),
        presses=np.insert(plan.presses, where, plan.presses[where]),
    )
