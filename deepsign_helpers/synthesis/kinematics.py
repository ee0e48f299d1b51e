"""How a hand moves: strokes as lognormal bursts of speed along arcs, in closed form."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter1d
from scipy.special import ndtr

SAMPLES_PER_SECOND = 200
BRISK = 150.0  # mm/s at which a pen presses, and inks, midway between standing still and flying


@dataclass(frozen=True, eq=False)
class Plan:
    """What a hand sets out to do: `n` strokes through `n + 1` target points.

    Attributes
    ----------
    points : float array, shape (n + 1, 2)
        Targets in mm, x to the right, y upwards.
    bends : float array, shape (n,)
        Change of direction along each stroke, rad, counter-clockwise positive.
    down : bool array, shape (n,)
        Whether the pen touches the paper.
    gaps : float array, shape (n,)
        From the moment that the stroke before begins to that when this one does, s.
    supports : float array, shape (n,)
        How long each stroke lasts, s.
    sigmas : float array, shape (n,)
        Log-response times: how lopsided each burst of speed is.
    """

    points: np.ndarray
    bends: np.ndarray
    down: np.ndarray
    gaps: np.ndarray
    supports: np.ndarray
    sigmas: np.ndarray


@dataclass(frozen=True, eq=False)
class Trace:
    """A pen's path, sampled 200 times a second: what a digitising tablet would have recorded.

    Attributes
    ----------
    time, x, y : float arrays, shape (n,)
        s; mm to the right; mm upwards.
    speed : float array, shape (n,)
        mm/s.
    pressure : float array in [0, 1], shape (n,)
        Falls with speed, and to nothing where the pen leaves the paper.
    down : bool array, shape (n,)
        Whether the pen touches the paper.
    stroke : int array, shape (n,)
        The stroke of the plan that has begun last.
    deviation : float array, shape (n,)
        mm by which a forgery strays from its model; zero in a genuine signature.
    """

    time: np.ndarray
    x: np.ndarray
    y: np.ndarray
    speed: np.ndarray
    pressure: np.ndarray
    down: np.ndarray
    stroke: np.ndarray
    deviation: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return the trace as a table with the columns time, x, y, pressure and down: a row a sample, at 200 Hz."""
        return pd.DataFrame(
            {name: getattr(self, name) for name in ("time", "x", "y", "pressure", "down")}
        )


def log_time_delays(sigmas: np.ndarray, supports: np.ndarray) -> np.ndarray:
    """Return μ for strokes that last `supports` seconds: where 99.7 % of a lognormal of width `sigmas` lies."""
    return 3 * sigmas - np.log(np.expm1(6 * sigmas) / supports)


def arcs_through(
    points: np.ndarray, bends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return amplitudes D (mm) and start and end angles (rad) of circular arcs from each point to the next."""
    chords = np.diff(points, axis=0)
    directions = np.arctan2(chords[:, 1], chords[:, 0])
    return (
        np.hypot(*chords.T) / np.sinc(bends / (2 * np.pi)),
        directions - bends / 2,
        directions + bends / 2,
    )


def travel(
    progress: np.ndarray, amplitudes, start_angles, end_angles
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far along x and y (mm) each stroke has come when a share `progress` of its arc is done.

    Direction turns evenly with progress, so the position is an integral of sine and cosine, in closed form: with
    φ = θs + (θe − θs)·progress it is D/(θe − θs)·(sin φ − sin θs, cos θs − cos φ). Here it is written as the chord of
    that arc, D·progress·sin(τ/2)/(τ/2) long in the direction θs + τ/2 where τ = φ − θs: the same, for straight strokes
    too.

    Parameters
    ----------
    progress : float array in [0, 1], shape (..., n)
    amplitudes, start_angles, end_angles : float arrays, shape (n,)
    """
    turned = (end_angles - start_angles) * progress
    chords = amplitudes * progress * np.sinc(turned / (2 * np.pi))
    return chords * np.cos(start_angles + turned / 2), chords * np.sin(start_angles + turned / 2)


def write(plan: Plan) -> Trace:
    """Carry a plan out: sum the strokes' lognormal bursts, which overlap in time and so round their corners.

    References
    ----------
    Plamondon, R. (1995), A kinematic theory of rapid human movements, https://doi.org/10.1007/BF00202785.
    O'Reilly, C. and Plamondon, R. (2009), Sigma-Lognormal representation of on-line signatures,
    https://doi.org/10.1016/j.patcog.2008.10.017.
    """
    delays, sigmas = log_time_delays(plan.sigmas, plan.supports), plan.sigmas
    begins = np.cumsum(plan.gaps) - plan.gaps[0]
    onsets = begins - np.exp(
        delays - 3 * sigmas
    )  # t0, some time before the pen can be seen to move
    count = int(np.max(begins + plan.supports) * SAMPLES_PER_SECOND) + 2
    # A stroke is looked at while it runs, μ ± 4σ, and then added to all that follows.
    first = np.ceil((onsets + np.exp(delays - 4 * sigmas)) * SAMPLES_PER_SECOND).astype(int)
    longest = np.max(np.exp(delays + 4 * sigmas) - np.exp(delays - 4 * sigmas)) * SAMPLES_PER_SECOND
    sample = first + np.arange(int(longest) + 1)[:, None]
    elapsed = np.maximum(sample / SAMPLES_PER_SECOND - onsets, 1e-9)
    progress = ndtr((np.log(elapsed) - delays) / sigmas)
    steps = np.diff(travel(progress, *arcs_through(plan.points, plan.bends)), axis=1, prepend=0.0)
    at = np.clip(sample, 0, count).ravel()  # what comes after the end counts for nothing
    x, y = (np.cumsum(np.bincount(at, step.ravel(), count + 1)[:count]) for step in steps)
    stroke = np.searchsorted(begins, np.arange(count) / SAMPLES_PER_SECOND, side="right") - 1
    return trace_of(plan.points[0, 0] + x, plan.points[0, 1] + y, plan.down[stroke], stroke)


def trace_of(x: np.ndarray, y: np.ndarray, down: np.ndarray, stroke: np.ndarray) -> Trace:
    """Return the trace of a path sampled at 200 Hz: speed and pressure follow from how it runs."""
    speed = np.hypot(np.gradient(x), np.gradient(y)) * SAMPLES_PER_SECOND
    # Contact is averaged over 11 samples: half of the pressure where the pen meets or leaves the paper.
    touch = uniform_filter1d(down.astype(float), 11, mode="constant")
    pressure = np.where(down, touch * (0.5 + 0.5 / (1 + speed / BRISK)), 0.0)
    return Trace(
        np.arange(len(x)) / SAMPLES_PER_SECOND,
        x,
        y,
        speed,
        pressure,
        down,
        stroke,
        np.zeros(len(x)),
    )
