"""How a hand moves: strokes as lognormal bursts of speed along arcs, in closed form."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter1d
from scipy.special import ndtr

SAMPLES_PER_SECOND = 200
BRISK = 150.0  # mm/s at which a pen presses, and inks, midway between standing still and flying
CONTACT = 0.055  # s in which a pen is set down or lifted
EVENING = 15  # samples over which the pressure goes from that of one stroke to that of the next


@dataclass(frozen=True, eq=False)
class Plan:
    """What a hand sets out to do: `n` strokes through `n + 1` target points.

    Derived in chapter 00, *How a hand writes*.

    Attributes
    ----------
    points : float array, shape (n + 1, 2), mm
        Targets, x to the right, y upwards.
    bends : float array, shape (n,), rad
        Change of direction along each stroke, counter-clockwise positive.
    down : bool array, shape (n,)
        Whether the pen touches the paper.
    gaps : float array, shape (n,), s
        From the moment that the stroke before begins to that when this one does.
    supports : float array, shape (n,), s
        How long each stroke lasts.
    sigmas : float array, shape (n,), log-time
        How lopsided each burst of speed is.
    presses : float array, shape (n,), in [0, 1], optional
        How hard the hand presses along each stroke; as hard as it can, if left out.
    contact : float, s
        In how much time the pen is set down or lifted: the shorter, the blunter the line's ends.

    See Also
    --------
    write : carries a plan out.

    Examples
    --------
    >>> corner = Plan(
    ...     points=np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 8.0]]),
    ...     bends=np.zeros(2),
    ...     down=np.array([True, True]),
    ...     gaps=np.array([0.1, 0.1]),
    ...     supports=np.array([0.27, 0.27]),
    ...     sigmas=np.array([0.25, 0.25]),
    ... )
    >>> len(corner.bends)
    2
    """

    points: np.ndarray
    bends: np.ndarray
    down: np.ndarray
    gaps: np.ndarray
    supports: np.ndarray
    sigmas: np.ndarray
    presses: np.ndarray | None = None
    contact: float = CONTACT


@dataclass(frozen=True, eq=False)
class Trace:
    """A pen's path, sampled 200 times a second: what a digitising tablet would have recorded.

    Derived in chapter 00, *How a forger writes*.

    Attributes
    ----------
    time : float array, shape (n,), s
    x, y : float arrays, shape (n,), mm
        To the right, and upwards.
    speed : float array, shape (n,), mm/s
    pressure : float array, shape (n,), in [0, 1]
        Falls with speed, and to nothing where the pen leaves the paper.
    down : bool array, shape (n,)
        Whether the pen touches the paper.
    stroke : int array, shape (n,)
        The stroke of the plan that has begun last.
    press : float array, shape (n,), in [0, 1]
        How hard the hand means to press, before speed takes its share of it.
    deviation : float array, shape (n,), mm
        By how much a forgery strays from its model; zero in a genuine signature.

    See Also
    --------
    write : makes a trace of a plan.
    """

    time: np.ndarray
    x: np.ndarray
    y: np.ndarray
    speed: np.ndarray
    pressure: np.ndarray
    down: np.ndarray
    stroke: np.ndarray
    press: np.ndarray
    deviation: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return the trace as a table: a row a sample, 200 a second.

        Returns
        -------
        pandas.DataFrame
            Columns time (s), x and y (mm), pressure (0 to 1) and down (bool).

        Examples
        --------
        >>> from deepsign_helpers import synthesis
        >>> writer = synthesis.sample_writer(np.random.default_rng(40))
        >>> writer.sign(np.random.default_rng(1)).to_frame().columns.to_list()
        ['time', 'x', 'y', 'pressure', 'down']
        """
        recorded = ("time", "x", "y", "pressure", "down")
        return pd.DataFrame({name: getattr(self, name) for name in recorded})


def log_time_delays(sigmas: np.ndarray, supports: np.ndarray) -> np.ndarray:
    """Return the log-time delays μ of strokes, (n,), that last `supports` seconds.

    A stroke lasts from μ − 3σ to μ + 3σ: 99.7 % of a lognormal of width `sigmas` lie there.
    """
    return 3 * sigmas - np.log(np.expm1(6 * sigmas) / supports)


def arcs_through(
    points: np.ndarray, bends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return amplitudes D (mm), start and end angles (rad) of arcs from each point to the next."""
    chords = np.diff(points, axis=0)  # (n, 2), mm
    directions = np.arctan2(chords[:, 1], chords[:, 0])
    # An arc is longer than its chord by (τ/2) / sin(τ/2); np.sinc(x) is sin(πx) / πx.
    amplitudes = np.hypot(*chords.T) / np.sinc(bends / (2 * np.pi))
    return amplitudes, directions - bends / 2, directions + bends / 2


def travel(
    progress: np.ndarray, amplitudes: np.ndarray, start_angles: np.ndarray, end_angles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far along x and y a stroke has come when a share `progress` of its arc is done.

    Direction turns evenly with progress, so the position is an integral of sine and cosine, in
    closed form: D/(θe − θs)·(sin φ − sin θs, cos θs − cos φ), where φ = θs + (θe − θs)·progress.
    Here it is written as the chord of that arc, D·progress·sin(τ/2)/(τ/2) long in the direction
    θs + τ/2 where τ = φ − θs: the same, for straight strokes too.

    Parameters
    ----------
    progress : float array, shape (..., n), in [0, 1]
        W(t) of each stroke.
    amplitudes : float array, shape (n,), mm
        Lengths of the arcs.
    start_angles, end_angles : float arrays, shape (n,), rad
        Directions at their two ends, θs and θe.

    Returns
    -------
    along_x, along_y : float arrays, shape (..., n), mm
    """
    turned = (end_angles - start_angles) * progress
    chords = amplitudes * progress * np.sinc(turned / (2 * np.pi))
    directions = start_angles + turned / 2
    return chords * np.cos(directions), chords * np.sin(directions)


def write(plan: Plan) -> Trace:
    """Carry a plan out: sum the strokes' lognormal bursts, whose overlap rounds the corners.

    Derived in chapter 00, *How a hand writes*.

    Parameters
    ----------
    plan : Plan
        Of one stroke or more.

    Returns
    -------
    Trace
        From the moment that the first stroke can be seen to begin until the last has ended.

    See Also
    --------
    Writer.sign : varies the plan a little, then carries it out.

    References
    ----------
    Plamondon, R. (1995), A kinematic theory of rapid human movements,
    https://doi.org/10.1007/BF00202785.
    O'Reilly, C. and Plamondon, R. (2009), Sigma-Lognormal representation of on-line signatures,
    https://doi.org/10.1016/j.patcog.2008.10.017.

    Examples
    --------
    >>> one = np.ones(1)
    >>> points = np.array([[0.0, 0.0], [10.0, 0.0]])
    >>> plan = Plan(points, 0 * one, one > 0, gaps=0.1 * one, supports=0.3 * one, sigmas=0.25 * one)
    >>> trace = write(plan)
    >>> print(f"{trace.x[-1]:.1f} mm in {trace.time[-1]:.2f} s")
    10.0 mm in 0.30 s
    """
    sigmas = plan.sigmas
    delays = log_time_delays(sigmas, plan.supports)  # μ, (n,)
    begins = np.cumsum(plan.gaps) - plan.gaps[0]  # s at which each stroke can be seen to begin
    onsets = begins - np.exp(delays - 3 * sigmas)  # t0, some time before that
    count = int(np.max(begins + plan.supports) * SAMPLES_PER_SECOND) + 2

    # A stroke is looked at while it runs, μ ± 4σ, and then added to all that follows.
    starts = np.exp(delays - 4 * sigmas)  # s after the onset
    longest = np.max(np.exp(delays + 4 * sigmas) - starts) * SAMPLES_PER_SECOND
    first = np.ceil((onsets + starts) * SAMPLES_PER_SECOND).astype(int)
    samples = first + np.arange(int(longest) + 1)[:, None]  # (longest, n)
    elapsed = np.maximum(samples / SAMPLES_PER_SECOND - onsets, 1e-9)  # the logarithm needs > 0
    progress = ndtr((np.log(elapsed) - delays) / sigmas)  # W(t), the share of each stroke

    # What each stroke adds from one sample to the next; after the end it counts for nothing.
    positions = travel(progress, *arcs_through(plan.points, plan.bends))
    steps_x, steps_y = np.diff(positions, axis=1, prepend=0.0)  # (longest, n) each, mm
    at = np.clip(samples, 0, count).ravel()
    x = np.cumsum(np.bincount(at, steps_x.ravel(), count + 1)[:count])  # (count,)
    y = np.cumsum(np.bincount(at, steps_y.ravel(), count + 1)[:count])

    stroke = np.searchsorted(begins, np.arange(count) / SAMPLES_PER_SECOND, side="right") - 1
    down = plan.down[stroke]
    presses = np.ones(len(sigmas)) if plan.presses is None else plan.presses
    press = press_along(presses[stroke], down, plan.contact)
    return trace_of(plan.points[0, 0] + x, plan.points[0, 1] + y, down, stroke, press)


def press_along(presses: np.ndarray, down: np.ndarray, contact: float = CONTACT) -> np.ndarray:
    """Return how hard a hand means to press at each sample, from what it does stroke by stroke."""
    # The average is a half at the very sample where the pen meets or leaves the paper.
    samples = max(1, round(contact * SAMPLES_PER_SECOND))
    touch = uniform_filter1d(down.astype(float), samples, mode="constant")
    return touch * uniform_filter1d(presses.astype(float), EVENING, mode="nearest")


def trace_of(
    x: np.ndarray,
    y: np.ndarray,
    down: np.ndarray,
    stroke: np.ndarray,
    press: np.ndarray | None = None,
) -> Trace:
    """Return the trace of a path sampled at 200 Hz: speed and pressure follow from how it runs.

    Who means to press is said by `press`; if it is left out, they press as hard as they can.
    """
    if press is None:
        press = press_along(np.ones(len(x)), down)
    speed = np.hypot(np.gradient(x), np.gradient(y)) * SAMPLES_PER_SECOND
    return Trace(
        time=np.arange(len(x)) / SAMPLES_PER_SECOND,
        x=x,
        y=y,
        speed=speed,
        pressure=np.where(down, press * (0.5 + 0.5 / (1 + speed / BRISK)), 0.0),
        down=down,
        stroke=stroke,
        press=press,
        deviation=np.zeros(len(x)),
    )
