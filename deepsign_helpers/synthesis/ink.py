"""Ink on paper: a pen that leaves less where it moves fast, seen by a scanner."""

import cv2
import numpy as np

from deepsign_helpers.synthesis.kinematics import Trace

PAPER = 255
CANVAS = (60.0, 120.0)  # height and width in mm that an image stands for
DARKEST = 25
GREY_STEP = 5  # 47 greys: a third less to store than 256, and no figure of the course notices
MARGIN = 0.05  # of each side
STEP = 0.35  # pixels between two drops of ink


def render(trace: Trace, rng: np.random.Generator, size: tuple[int, int] = (256, 512)) -> np.ndarray:
    """Draw a trace with a pen that is drawn for this image, independently of who wrote it.

    Parameters
    ----------
    trace : Trace
    rng : numpy.random.Generator
    size : (height, width) in pixels; they stand for 60 × 120 mm. A larger signature is made to fit.

    Returns
    -------
    uint8 array, shape `size`
        Paper 255, ink dark, antialiased.
    """
    width, darkness, turn = rng.lognormal(np.log(0.6), 0.24), rng.uniform(1.8, 3.2), np.radians(rng.normal(0, 0.7))
    path = np.stack([trace.x * np.cos(turn) - trace.y * np.sin(turn), -trace.x * np.sin(turn) - trace.y * np.cos(turn)])
    path, pixels_per_mm = place(path, trace.down, rng, size)
    drops, amounts = drip(path, trace)
    deposit = splat(drops, amounts, size)
    deposit = cv2.GaussianBlur(deposit, (0, 0), max(width * pixels_per_mm / 3.2, 0.45))
    density = width * pixels_per_mm / STEP  # of drops under the pen at rest
    ink = 1 - np.exp(-2.2 * darkness * deposit / density * pixels_per_mm * width)
    return (PAPER - GREY_STEP * np.round((PAPER - DARKEST) / GREY_STEP * ink)).astype(np.uint8)


def place(path: np.ndarray, down: np.ndarray, rng: np.random.Generator, size: tuple[int, int]):
    """Return the path in pixels, (2, n) as x and y, somewhere on the canvas, and the pixels a mm takes."""
    height, width = size
    scale = min(height / CANVAS[0], width / CANVAS[1])
    lowest, highest = path[:, down].min(axis=1), path[:, down].max(axis=1)
    room = np.array([width, height]) * (1 - 2 * MARGIN)
    scale = min(scale, *(room / np.maximum(highest - lowest, 1e-6)))
    spare = room - (highest - lowest) * scale
    corner = np.array([width, height]) * MARGIN + spare * rng.uniform(0.3, 0.7, 2)
    return (path - lowest[:, None]) * scale + corner[:, None], scale


def drip(path: np.ndarray, trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Return drops of ink at even steps along the inked path: places (2, m) in pixels, amounts (m,) in (0.5, 1]."""
    steps = np.hypot(*np.diff(path, axis=1))
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(0.0, travelled[-1], STEP)
    x, y, speed = (np.interp(at, travelled, values) for values in (path[0], path[1], trace.speed))
    inked = np.interp(at, travelled, trace.down.astype(float)) > 0.5
    amounts = 0.5 + 0.5 / (1 + speed / 150)
    return np.stack([x, y])[:, inked], amounts[inked]


def splat(places: np.ndarray, amounts: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Spread each drop over the four pixels around it and sum: float32, shape `size`."""
    height, width = size
    corner = np.floor(places).astype(int)
    right, lower = places - corner
    left_pixel = np.clip(corner[0], 0, width - 2)
    upper_pixel = np.clip(corner[1], 0, height - 2)
    index = upper_pixel * width + left_pixel
    shares = [
        (0, (1 - right) * (1 - lower)),
        (1, right * (1 - lower)),
        (width, (1 - right) * lower),
        (width + 1, right * lower),
    ]
    total = sum(np.bincount(index + offset, amounts * share, minlength=height * width) for offset, share in shares)
    return total.reshape(size).astype(np.float32)
