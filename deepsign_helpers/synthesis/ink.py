"""Ink: a pen that leaves less where it moves fast."""

from dataclasses import make_dataclass, replace

import cv2
import numpy as np

from deepsign_helpers.synthesis.kinematics import BRISK, Trace
from deepsign_helpers.synthesis.scripts import read_table

CANVAS = (60.0, 120.0)  # height and width in mm that an image stands for
MARGIN = 0.05  # of each side
STEP = 0.35  # pixels between two drops of ink
SLOW = 15.0  # mm/s below which a pen hesitates and its ink spreads
FEED = 0.6  # mm of line over which the flow of ink changes
NIB = np.array(
    [[0.77], [-0.64]]
)  # the edge of a nib points 40° up to the right; image rows count downwards
FAINTEST = 0.02  # of full ink: less is paper


class Pen(make_dataclass("Qualities", read_table("pens")["ballpoint"], frozen=True)):
    """A kind of pen (`pens.json`) or, with its last digits drawn, the one that wrote an image.

    Attributes
    ----------
    width : float, mm
    darkness : float
        Optical density of a line drawn without haste.
    runs, pressed : floats in [0, 1]
        The share of the ink that follows the speed, and the pressure.
    blot : float
        What flows out at a standstill, as mm of line in 5 ms.
    skips : float
        How readily the line breaks; 0: never.
    nib : float
        Length of a broad nib's edge, in widths.
    """


PENS = {kind: Pen(**qualities) for kind, qualities in read_table("pens").items()}


def sample_pen(rng: np.random.Generator) -> Pen:
    """Draw a pen: its kind, and how wide, how dark and how worn this one is."""
    pen = list(PENS.values())[rng.integers(len(PENS))]
    width, darkness = pen.width * rng.lognormal(0, 0.12), pen.darkness * rng.uniform(0.65, 1.35)
    return replace(pen, width=width, darkness=darkness, skips=pen.skips * rng.uniform(0, 1.6))


def draw(
    trace: Trace,
    rng: np.random.Generator,
    size: tuple[int, int] = (256, 512),
    pen: Pen | None = None,
):
    """Draw a trace with a pen that is drawn for this image, independently of who wrote it and why.

    Parameters
    ----------
    trace : Trace
    rng : numpy.random.Generator
    size : (height, width) in pixels; they stand for 60 × 120 mm. A larger signature is made to fit.
    pen : Pen, instead of one that is drawn

    Returns
    -------
    ink, deviation : float32 arrays, shape `size`
        Ink from 0 (paper) to 1; mm by which the trace strays from its model there, 0 where there is no ink.
    """
    pen, turn = pen or sample_pen(rng), np.radians(rng.normal(0, 0.7))
    path = np.stack(
        [
            trace.x * np.cos(turn) - trace.y * np.sin(turn),
            -trace.x * np.sin(turn) - trace.y * np.cos(turn),
        ]
    )
    path, pixels_per_mm = place(path, trace.down, rng, size)
    width = pen.width * pixels_per_mm
    drops, amounts, strayed = drip(path, trace, pen, pixels_per_mm, rng)
    if pen.nib:
        drops = (
            drops[:, None] + NIB[:, None] * pen.nib * width * np.linspace(-0.5, 0.5, 5)[:, None]
        ).reshape(2, -1)
        amounts, strayed = np.tile(amounts / 5, 5), np.tile(strayed, 5)
    blur = max(width / 3.2, 0.45)
    deposit = cv2.GaussianBlur(splat(drops, amounts, size), (0, 0), blur)
    ink = 1 - cv2.exp(
        -2.5 * STEP * blur * pen.darkness * deposit
    )  # a line at rest gets just that density
    if not trace.deviation.any():
        return ink, np.zeros_like(ink)
    strayed = cv2.GaussianBlur(splat(drops, amounts * strayed, size), (0, 0), blur)
    return ink, np.where(ink > FAINTEST, strayed / np.maximum(deposit, 1e-9), np.float32(0))


def place(path: np.ndarray, down: np.ndarray, rng: np.random.Generator, size: tuple[int, int]):
    """Return the path in pixels, (2, n) as x and y, somewhere on the canvas, and the pixels a mm takes."""
    if not down.any():
        raise ValueError("trace: the pen never touches the paper; there is nothing to draw.")
    height, width = size
    lowest, extent = path[:, down].min(axis=1), np.ptp(path[:, down], axis=1)
    room = np.array([width, height]) * (1 - 2 * MARGIN)
    scale = min(height / CANVAS[0], width / CANVAS[1], *(room / np.maximum(extent, 1e-6)))
    corner = np.array([width, height]) * MARGIN + (room - extent * scale) * rng.uniform(0.3, 0.7, 2)
    return (path - lowest[:, None]) * scale + corner[:, None], scale


def drip(path: np.ndarray, trace: Trace, pen: Pen, pixels_per_mm: float, rng: np.random.Generator):
    """Let ink drop at even steps along the inked path, and on one spot while the pen hesitates.

    Parameters
    ----------
    path : float array, shape (2, n), x and y in pixels

    Returns
    -------
    places (2, m) in pixels, amounts (m,) in [0, 1], deviations (m,) in mm
    """
    dwelt = pen.blot * pixels_per_mm * np.maximum(0, 1 - trace.speed / SLOW) * trace.pressure
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=1)) + dwelt[1:])])
    at = np.arange(0.0, travelled[-1], STEP)
    at = at[np.interp(at, travelled, trace.down) > 0.5]
    columns = (*path, trace.speed, trace.pressure, trace.deviation)
    x, y, speed, pressure, deviation = (np.interp(at, travelled, column) for column in columns)
    knots = np.arange(0.0, travelled[-1] + 2 * FEED * pixels_per_mm, FEED * pixels_per_mm)
    feed = np.interp(at, knots, rng.standard_normal(len(knots)))
    haste = 1 - 1 / (1 + speed / BRISK)
    amounts = (1 - pen.runs * haste) * (1 - pen.pressed * (1 - pressure))
    amounts *= np.where(feed * pen.skips * (1 + haste) > 1.6, 0.05, 1)
    return np.stack([x, y]), amounts, deviation


def splat(places: np.ndarray, amounts: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Spread each drop over the four pixels around it and sum: float32, shape `size`."""
    height, width = size
    left, top = np.clip(np.floor(places).astype(int), 0, [[width - 2], [height - 2]])
    right, lower = np.clip(places - (left, top), 0, 1)
    shares = [
        row * column
        for row in (amounts * (1 - lower), amounts * lower)
        for column in (1 - right, right)
    ]
    index = (top * width + left + np.array([[0], [1], [width], [width + 1]])).ravel()
    return (
        np.bincount(index, np.concatenate(shares), height * width).reshape(size).astype(np.float32)
    )
