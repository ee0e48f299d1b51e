"""Ink: a pen that leaves less where it moves fast."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers.synthesis.kinematics import BRISK, Trace

CANVAS = (60.0, 120.0)  # height and width in mm that an image stands for
MARGIN = 0.05  # of each side
STEP = 0.35  # pixels between two drops of ink
SLOW = 15.0  # mm/s below which a pen hesitates and its ink spreads
FEED = 0.6  # mm of line over which the flow of ink changes
DRY = 1.6  # standard deviations of the flow beyond which a line breaks
BROKEN = 0.05  # of the ink is left where it does
FAINTEST = 0.02  # of full ink: less is paper

# The edge of a nib points 40° up to the right, (x and y, 1); image rows count downwards.
NIB = np.array([[0.77], [-0.64]])
NIB_POINTS = np.linspace(-0.5, 0.5, 5)  # along that edge, from which drops fall


@dataclass(frozen=True)
class Pen:
    """A make of pen or, with its last digits drawn, the one that wrote an image."""

    width: float  # mm
    darkness: float  # optical density of a line drawn without haste
    runs: float  # share of the ink, 0 to 1, that follows the speed
    pressed: float  # share of the ink, 0 to 1, that follows the pressure
    blot: float  # what flows out at a standstill in 5 ms, as mm of line
    skips: float  # how readily the line breaks; 0: never
    nib: float = 0.0  # length of a broad nib's edge, in widths; most pens have none


PENS = {
    "ballpoint": Pen(width=0.58, darkness=4.2, runs=0.25, pressed=0.9, blot=0.02, skips=0.5),
    "gel": Pen(width=0.6, darkness=5.7, runs=0.2, pressed=0.75, blot=0.08, skips=0.3),
    "fibre-tip": Pen(width=0.68, darkness=5.0, runs=0.35, pressed=0.75, blot=0.14, skips=0.0),
    "fountain": Pen(width=0.4, darkness=6.4, runs=0.25, pressed=0.8, blot=0.1, skips=0.2, nib=1.8),
}


def sample_pen(rng: Generator) -> Pen:
    """Draw a pen: its make, and how wide, how dark and how worn this one is."""
    make = list(PENS)[rng.integers(len(PENS))]
    pen = PENS[make]
    return replace(
        pen,
        width=pen.width * rng.lognormal(0, 0.12),
        darkness=pen.darkness * rng.uniform(0.65, 1.35),
        skips=pen.skips * rng.uniform(0, 1.6),
    )


def wear(pen: Pen, rng: Generator) -> Pen:
    """Return a pen as it writes this time: a little drier or wetter, and held a little steeper."""
    return replace(
        pen,
        width=pen.width * rng.lognormal(0, 0.05),
        darkness=pen.darkness * rng.lognormal(0, 0.08),
    )


def draw(
    trace: Trace, rng: Generator, size: tuple[int, int] = (256, 512), pen: Pen | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a trace with a pen that is drawn for this image, independently of who wrote it and why.

    Parameters
    ----------
    trace : Trace
        What the hand has done.
    rng : numpy.random.Generator
        Draws the pen, where on the canvas it writes, and the flow of ink.
    size : (height, width), pixels
        They stand for 60 × 120 mm. A larger signature is made to fit.
    pen : Pen, optional
        Instead of one that is drawn.

    Returns
    -------
    ink : float array, shape `size`, from 0 (paper) to 1
    deviation : float array, shape `size`, mm
        By how much the trace strays from its model there; 0 where there is no ink.
    """
    if pen is None:
        pen = sample_pen(rng)
    path, pixels_per_mm = move_onto_canvas(turned_path(trace, rng), trace.down, rng, size)
    width = pen.width * pixels_per_mm
    drops, amounts, strayed = drip(path, trace, pen, pixels_per_mm, rng)
    if pen.nib:
        drops = spread_along_nib(drops, pen.nib * width)
        amounts = np.tile(amounts / len(NIB_POINTS), len(NIB_POINTS))
        strayed = np.tile(strayed, len(NIB_POINTS))

    # Drops run into a line as wide as the pen; a line at rest gets just the pen's density.
    blur = max(width / 3.2, 0.45)  # pixels
    deposit = cv2.GaussianBlur(splat(drops, amounts, size), (0, 0), blur)
    ink = 1 - cv2.exp(-2.5 * STEP * blur * pen.darkness * deposit)
    if not trace.deviation.any():
        return ink, np.zeros_like(ink)

    # The deviation of a pixel is the mean of what has dropped on it, weighted by how much ink did.
    total = cv2.GaussianBlur(splat(drops, amounts * strayed, size), (0, 0), blur)
    return ink, np.where(ink > FAINTEST, total / np.maximum(deposit, 1e-9), np.float32(0))


def resolution_of(size: tuple[int, int]) -> float:
    """Return the pixels per mm of a canvas of a size (height, width) in pixels."""
    return min(size[0] / CANVAS[0], size[1] / CANVAS[1])


def turned_path(trace: Trace, rng: Generator) -> np.ndarray:
    """Return a trace's path in mm, (x and y, n), turned by a degree or so; y counts downwards."""
    turn = np.radians(rng.normal(0, 0.7))
    x = trace.x * np.cos(turn) - trace.y * np.sin(turn)
    y = -trace.x * np.sin(turn) - trace.y * np.cos(turn)
    return np.stack([x, y])


def move_onto_canvas(
    path: np.ndarray, down: np.ndarray, rng: Generator, size: tuple[int, int]
) -> tuple[np.ndarray, float]:
    """Move a path, (x and y, n) in mm, to somewhere on the canvas.

    Returns
    -------
    path : float array, shape (2, n), pixels
    pixels_per_mm : float
    """
    if not down.any():
        raise ValueError("trace: the pen never touches the paper; there is nothing to draw.")
    height, width = size
    sides = np.array([width, height])
    inked = path[:, down]
    lowest = inked.min(axis=1)
    extent = np.ptp(inked, axis=1)
    room = sides * (1 - 2 * MARGIN)
    fits = room / np.maximum(extent, 1e-6)  # pixels per mm at which each side is filled
    pixels_per_mm = min(height / CANVAS[0], width / CANVAS[1], *fits)
    left_over = room - extent * pixels_per_mm
    corner = sides * MARGIN + left_over * rng.uniform(0.3, 0.7, 2)
    return (path - lowest[:, None]) * pixels_per_mm + corner[:, None], pixels_per_mm


def drip(
    path: np.ndarray, trace: Trace, pen: Pen, pixels_per_mm: float, rng: Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let ink drop at even steps along the inked path, and on one spot while the pen hesitates.

    The path is the trace's, (2, n), in pixels.

    Returns
    -------
    drops : float array, shape (2, m), pixels
        Where they fall, x and y.
    amounts : float array, shape (m,), in [0, 1]
    deviations : float array, shape (m,), mm
    """
    # A pen that hesitates goes on dripping: as if it had travelled so many pixels on the spot.
    hesitation = np.maximum(0, 1 - trace.speed / SLOW)
    dwelt = pen.blot * pixels_per_mm * hesitation * trace.pressure
    moved = np.hypot(*np.diff(path, axis=1))
    travelled = np.concatenate([[0.0], np.cumsum(moved + dwelt[1:])])  # (n,), pixels

    # From samples, even in time, to drops, even along the way; only where the pen is down.
    at = np.arange(0.0, travelled[-1], STEP)
    at = at[np.interp(at, travelled, trace.down) > 0.5]  # (m,)
    x = np.interp(at, travelled, path[0])
    y = np.interp(at, travelled, path[1])
    speed = np.interp(at, travelled, trace.speed)
    pressure = np.interp(at, travelled, trace.pressure)
    deviation = np.interp(at, travelled, trace.deviation)

    # Haste and a light hand leave less; where the flow is out by too much, the line breaks.
    haste = 1 - 1 / (1 + speed / BRISK)
    amounts = (1 - pen.runs * haste) * (1 - pen.pressed * (1 - pressure))
    knots = np.arange(0.0, travelled[-1] + 2 * FEED * pixels_per_mm, FEED * pixels_per_mm)
    flow = np.interp(at, knots, rng.standard_normal(len(knots)))
    breaks = flow * pen.skips * (1 + haste) > DRY
    return np.stack([x, y]), amounts * np.where(breaks, BROKEN, 1), deviation


def spread_along_nib(drops: np.ndarray, length: float) -> np.ndarray:
    """Let each drop, (2, m), fall from five points of an edge so many pixels long: (2, 5 m)."""
    shifts = NIB[:, None] * length * NIB_POINTS[:, None]  # (2, 5, 1)
    return (drops[:, None] + shifts).reshape(2, -1)


def splat(drops: np.ndarray, amounts: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Share each drop, (2, m) in pixels, among the four pixels around it, and sum.

    Returns
    -------
    float32 array, shape `size`
        All amounts together; those of drops beside the canvas go to its edge.
    """
    height, width = size
    left, top = np.clip(np.floor(drops).astype(int), 0, [[width - 2], [height - 2]])
    right_share, lower_share = np.clip(drops - (left, top), 0, 1)
    upper = amounts * (1 - lower_share)
    lower = amounts * lower_share
    left_share = 1 - right_share
    shares = [upper * left_share, upper * right_share, lower * left_share, lower * right_share]

    # A pixel's number counts along rows; the four lie 0, 1, a row, and a row and 1 further on.
    corner = top * width + left
    pixels = corner + np.array([[0], [1], [width], [width + 1]])  # (4, m)
    deposit = np.bincount(pixels.ravel(), np.concatenate(shares), height * width)
    return deposit.reshape(size).astype(np.float32)
