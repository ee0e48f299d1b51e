"""How a hand moves: strokes as lognormal bursts of speed along arcs, in closed form."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

SAMPLES_PER_SECOND = 200


@dataclass(frozen=True)
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
        From the onset of the stroke before, s.
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


@dataclass(frozen=True)
class Trace:
    """A pen's path, sampled 200 times a second: time (s), x and y (mm, y upwards), speed (mm/s), pen down or not."""

    time: np.ndarray
    x: np.ndarray
    y: np.ndarray
    speed: np.ndarray
    down: np.ndarray


def log_time_delays(sigmas: np.ndarray, supports: np.ndarray) -> np.ndarray:
    """Return μ for strokes that last `supports` seconds: where 99.7 % of a lognormal of width `sigmas` lies."""
    return 3 * sigmas - np.log(np.expm1(6 * sigmas) / supports)


def arcs_through(points: np.ndarray, bends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return amplitudes D (mm) and start and end angles (rad) of circular arcs from each point to the next."""
    chords = np.diff(points, axis=0)
    directions = np.arctan2(chords[:, 1], chords[:, 0])
    amplitudes = np.hypot(*chords.T) / np.sinc(bends / (2 * np.pi))
    return amplitudes, directions - bends / 2, directions + bends / 2


def travel(progress: np.ndarray, amplitudes, start_angles, end_angles) -> tuple[np.ndarray, np.ndarray]:
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
    amplitudes, start_angles, end_angles = arcs_through(plan.points, plan.bends)
    delays = log_time_delays(plan.sigmas, plan.supports)
    onsets = np.cumsum(plan.gaps) - plan.gaps[0]
    begins = onsets + np.exp(delays - 3 * plan.sigmas)
    duration = np.max(begins + plan.supports) - begins[0]
    time = np.arange(int(duration * SAMPLES_PER_SECOND) + 2) / SAMPLES_PER_SECOND
    elapsed = np.maximum(time[:, None] + begins[0] - onsets, 1e-9)  # a stroke that has not begun has made no progress
    progress = ndtr((np.log(elapsed) - delays) / plan.sigmas)
    along_x, along_y = travel(progress, amplitudes, start_angles, end_angles)
    x, y = plan.points[0, 0] + along_x.sum(axis=1), plan.points[0, 1] + along_y.sum(axis=1)
    speed = np.hypot(np.gradient(x), np.gradient(y)) * SAMPLES_PER_SECOND
    stroke = np.searchsorted(begins - begins[0], time, side="right") - 1
    return Trace(time, x, y, speed, plan.down[np.maximum(stroke, 0)])
