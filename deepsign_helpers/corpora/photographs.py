"""Sheets filled by generated hands, and what a scanner or a telephone sees of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers import tables
from deepsign_helpers.corpora.printing import picture_of
from deepsign_helpers.corpora.sheets import Sheet, box_rectangles
from deepsign_helpers.synthesis.forging import DIFFICULTIES, forge, sample_forger, take_pen
from deepsign_helpers.synthesis.ink import CANVAS, FAINTEST, Pen, draw, wear
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.scanners import (
    Scanner,
    compress,
    expose,
    fineness_of,
    light,
    sample_scanner,
    texture,
    view,
)
from deepsign_helpers.synthesis.surroundings import desk, rim, shadow
from deepsign_helpers.synthesis.writers import Writer

# How a sheet may be looked at, and by what.
SEEN = {
    "scan": "office",
    "rim": "office",
    "phone": "phone",
    "desk": "phone",
    "shadow": "phone",
}

# Pixels a mm, of a sheet before anything looks at it: 200 dpi.
FINENESS = 8.0
# mm that people keep from the line of a box.
MARGIN = 2.0
# mm on the sheet that a pixel sees: no telephone of today is coarser, and few scanners are.
COARSEST = 0.2
# mm of desk or of the scanner's glass that is seen about the sheet.
AROUND = (3.0, 25.0)


@dataclass(frozen=True)
class Filling:
    """What somebody writes in a box: a movement and its pen."""

    trace: Trace
    pen: Pen


def sign_sheet(
    sheet: Sheet, writer: Writer, rng: Generator, filled: int | None = None
) -> dict[int, Filling]:
    """Let a generated writer fill a sheet, or a generated forger forge that writer on it.

    Parameters
    ----------
    sheet : Sheet
        Its kind says which of the two.
    writer : Writer
        As `synthesis.sample_writer` draws one. On a later day it is `writer.later(rng)`.
    rng : numpy.random.Generator
        Draws the forger, too: somebody who practises, and draws what the eye has seen.
    filled : int, optional
        How many boxes, from the first on; all if left out.

    Returns
    -------
    dict from int to Filling
        For `photograph_sheet`.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> rng = np.random.default_rng(0)
    >>> writer = synthesis.sample_writer(rng)
    >>> sorted(sign_sheet(Sheet(writer=1, boxes=6), writer, rng, filled=2))
    [1, 2]
    """
    numbers = range(1, 1 + (sheet.boxes if filled is None else filled))
    if sheet.kind == "genuine":
        return {number: Filling(writer.sign(rng), wear(writer.pen, rng)) for number in numbers}

    forger = take_pen(sample_forger(rng), writer, rng)
    skill = rng.uniform(*DIFFICULTIES["medium"])
    fillings = {}
    for attempt, number in enumerate(numbers):
        trace = forge(writer, rng, forger=forger, skill=skill, attempt=attempt)
        fillings[number] = Filling(trace, wear(forger.pen, rng))
    return fillings


def photograph_sheet(
    sheet: Sheet,
    fillings: Mapping[int, Filling],
    rng: Generator,
    seen: str = "scan",
    scanner: Scanner | None = None,
) -> np.ndarray:
    """Fill a sheet with generated signatures, and photograph or scan it.

    Derived in chapter 09, *From a photograph to boxes*.

    Parameters
    ----------
    sheet : Sheet
        What is printed.
    fillings : mapping from int to Filling
        What stands in which box, counted from 1; the others stay empty.
    rng : numpy.random.Generator
        Draws where in its box each signature stands, and how the sheet is seen.
    seen : "scan" | "rim" | "phone" | "desk" | "shadow"
        Scanned, with the scanner's black rim or without; photographed alone, upon a desk, or with a
        shadow across it.
    scanner : Scanner, optional
        Drawn by `synthesis.scanners.sample_scanner` if left out.

    Returns
    -------
    uint8 array, shape (height, width)

    Raises
    ------
    ValueError
        For a way of seeing that is not offered, and a box that the sheet does not have.

    Examples
    --------
    >>> photo = photograph_sheet(Sheet(writer=1), {}, np.random.default_rng(1), seen="desk")
    >>> photo.dtype
    dtype('uint8')
    """
    page = fill_sheet(sheet, fillings, rng)
    image, _ = look_at(page, rng, seen, scanner)
    return image


def fill_sheet(sheet: Sheet, fillings: Mapping[int, Filling], rng: Generator) -> np.ndarray:
    """Return a sheet with signatures in its boxes: float32, share of the light that it takes.

    Raises
    ------
    ValueError
        For a box that the sheet does not have.
    """
    unknown = sorted(set(fillings) - set(range(1, sheet.boxes + 1)))
    if unknown:
        raise ValueError(f"box {unknown[0]}: the sheet has boxes 1 to {sheet.boxes}.")
    taken = 1 - picture_of(sheet, FINENESS).astype(np.float32) / 255
    rectangles = box_rectangles(sheet)
    for number, filling in fillings.items():
        write_in_box(taken, filling, rectangles[number - 1], rng)
    return taken


def write_in_box(
    taken: np.ndarray, filling: Filling, rectangle: np.ndarray, rng: Generator
) -> None:
    """Write a signature into a box of a sheet, as small as it takes to keep within its line."""
    left, top, right, bottom = rectangle
    room = np.array([right - left, bottom - top]) - 2 * MARGIN
    trace = fit_trace(filling.trace, room)
    canvas = tuple(round(side * FINENESS) for side in CANVAS)
    ink, _ = draw(trace, rng, canvas, filling.pen)
    x, y, width, height = cv2.boundingRect((ink > FAINTEST).astype(np.uint8))
    free = np.maximum(room - np.array([width, height]) / FINENESS, 0)
    corner = np.array([left, top]) + MARGIN + free * rng.uniform(0.1, 0.9, 2)
    column, row = np.round(corner * FINENESS).astype(int)
    place = taken[row : row + height, column : column + width]
    written = ink[y : y + place.shape[0], x : x + place.shape[1]]
    place[:] = np.maximum(place, written)


def fit_trace(trace: Trace, room: np.ndarray) -> Trace:
    """Return a trace small enough for a room of width and height in mm; a pen stays as wide."""
    extent = np.array([np.ptp(trace.x[trace.down]), np.ptp(trace.y[trace.down])])
    scale = min(1.0, *(room / np.maximum(extent, 1e-6)))
    # Who writes smaller in the same time moves slower.
    return replace(trace, x=trace.x * scale, y=trace.y * scale, speed=trace.speed * scale)


def look_at(
    taken: np.ndarray, rng: Generator, seen: str = "scan", scanner: Scanner | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Scan or photograph a sheet.

    Parameters
    ----------
    taken : float32 array, shape (height, width)
        As `fill_sheet` returns it.
    rng, seen, scanner
        As for `photograph_sheet`.

    Returns
    -------
    image : uint8 array
    matrix : float array, shape (3, 3)
        Leads from mm on the sheet to pixels of the image: the truth about where everything stands.
    """
    tables.require_known("way of seeing", [seen], SEEN)
    if scanner is None:
        scanner = sample_scanner(SEEN[seen], rng)
        scanner = replace(scanner, pixel=min(scanner.pixel, COARSEST))
    has_edge = seen in ("rim", "desk")
    margin = rng.uniform(*AROUND) * FINENESS if has_edge else 0.0
    height, width = taken.shape
    size = (round(height + 2 * margin), round(width + 2 * margin))
    to_image = np.array([[1, 0, margin], [0, 1, margin], [0, 0, 1.0]])
    matrix = inside(view(size, scanner.turn, scanner.tilt, rng) @ to_image, taken.shape, size)

    across = size[::-1]
    paper = np.ones_like(taken)
    share = cv2.warpPerspective(paper, matrix, across)
    dark = cv2.warpPerspective(taken, matrix, across)
    lit = light(size, scanner.shade, rng)
    if seen == "shadow":
        lit *= shadow(size, rng.uniform(0.2, 0.8, (2, 2)) * across, rng)
    sheet = (1 - scanner.ink * dark) * lit * (scanner.paper + scanner.grain * texture(size, rng))
    if seen == "desk":
        behind = desk(share, lit, rng)
    elif seen == "rim":
        behind = rim(size, rng)
    else:  # the paper goes on
        behind = lit * scanner.paper
    scene = share * sheet + (1 - share) * behind
    return develop(scene, matrix, scanner, rng)


def inside(matrix: np.ndarray, shape: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Shrink and move a view of a sheet of `shape` until all of it is within an image of `size`."""
    height, width = shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    seen = cv2.perspectiveTransform(corners, matrix)[0]
    sides = np.array(size[::-1])
    scale = min(1.0, *(sides / np.ptp(seen, axis=0)))
    shift = (sides - scale * (seen.max(axis=0) + seen.min(axis=0))) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]]) @ matrix


def develop(
    scene: np.ndarray, matrix: np.ndarray, scanner: Scanner, rng: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the sensor makes of a scene, turned by lot; and where everything stands then."""
    coarse = expose(scene.astype(np.float32), scanner, FINENESS, rng)
    image = compress(coarse, scanner.quality)

    # From mm to pixels of the fine scene, whose middles are whole numbers; then to coarse ones.
    to_pixels = np.array([[FINENESS, 0, -0.5], [0, FINENESS, -0.5], [0, 0, 1]])
    fineness = fineness_of(scanner, FINENESS)
    half = (fineness - 1) / 2
    to_coarse = np.array([[fineness, 0, half], [0, fineness, half], [0, 0, 1]])
    matrix = to_coarse @ matrix @ to_pixels
    for _ in range(rng.integers(4)):  # however the sheet was laid
        _, wide = image.shape
        image = np.rot90(image)
        matrix = np.array([[0, 1, 0], [-1, 0, wide - 1], [0, 0, 1.0]]) @ matrix
    return np.ascontiguousarray(image), matrix
