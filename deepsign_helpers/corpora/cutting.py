"""Cuts the boxes out of a photographed or scanned sheet, and tells which of them are empty."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deepsign_helpers.corpora.sheets import (
    CORNERS,
    DICTIONARY,
    PAPERS,
    Sheet,
    box_rectangles,
    marker_corners,
    sheet_of,
)
from deepsign_helpers.preprocessing.cleaning import find_ink, shrink
from deepsign_helpers.preprocessing.reading import ImageError, read_gray, spoken_name

# Pixels: of the copy on which corner squares are looked for. More is slow and finds no more.
LONGEST_SIDE = 2600
# Pixels a mm: with fewer, thin strokes are lost. A scan of 100 dpi has 3.9.
LEAST_RESOLUTION = 3.5
# Pixels a mm: 300 dpi. More is larger, and shows nothing more.
MOST_RESOLUTION = 11.8
# mm that the corners of the squares may lie off, where the sheet is thought to be flat.
MOST_BENT = 1.2
# mm: how far within its printed line a box is cut.
INSET = 0.9

# mm to either side of where a box's line should be, in which it is looked for: paper is never quite
# flat. The line of the next box is no nearer than twice this.
REACH = 1.7
# Share of the paper's light that a printed line takes, along most of its length.
LEAST_LINE = 0.012
# mm: of a printed line in a blurred photograph.
WIDEST = 1.2
# What a row of pixels takes in all but this share of its length: no stroke is as long as a line.
ALONG = 0.3
# Share of the lines that have to be found.
LEAST_FOUND = 0.75

# A box with less ink than a short stroke is empty: mm², and mm along its longer side. A tail that
# hangs in from the box above is no signature.
LEAST_INK = 2.5
LEAST_LENGTH = 7.0
# mm: strokes that are nearer to each other belong together.
NEAR = 3.0


@dataclass(frozen=True)
class CutSheet:
    """What was read from a photograph of a sheet.

    Attributes
    ----------
    sheet : Sheet
        What the corner squares say.
    images : dict from int to uint8 array
        The boxes with ink in them, by number from 1, row by row.
    matrix : float array, shape (3, 3)
        Leads from mm on the sheet to pixels of the photograph.
    rectangles : float array, shape (boxes, 4)
        Left, top, right and bottom of each box in mm, as its printed lines were found.
    """

    sheet: Sheet
    images: dict[int, np.ndarray]
    matrix: np.ndarray
    rectangles: np.ndarray


def cut_sheet(photo: str | Path | bytes | np.ndarray) -> list[np.ndarray]:
    """Cut the filled boxes out of a photograph or scan of a sheet.

    The sheet may lie turned, upside down, tilted or in a shadow. Derived in chapter 09, *From a
    photograph to boxes*.

    Parameters
    ----------
    photo : path, bytes, or uint8 array of shape (height, width)
        Of one whole sheet, with its four corner squares.

    Returns
    -------
    list of uint8 arrays
        The boxes that are not empty, row by row, upright, without their printed lines.

    Raises
    ------
    ImageError
        If the file cannot be read, or the photograph does not show one whole, flat sheet that is
        large enough: one sentence with the cure.

    See Also
    --------
    read_sheet : says also whose sheet it is, and which boxes are empty.
    print_sheet : prints what is cut here.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> sheet = corpora.Sheet(writer=3, boxes=6)
    >>> photo = corpora.photograph_sheet(sheet, {}, np.random.default_rng(0))
    >>> cut_sheet(photo)  # nobody has signed
    []
    """
    return list(read_sheet(photo).images.values())


def read_sheet(photo: str | Path | bytes | np.ndarray, name: str = "") -> CutSheet:
    """Read a photograph or scan of a sheet: whose it is, and what stands in its boxes.

    Derived in chapter 09, *From a photograph to boxes*.

    Parameters
    ----------
    photo : path, bytes, or uint8 array of shape (height, width)
        Of one whole sheet, with its four corner squares.
    name : str
        What error messages call it; by default its path.

    Returns
    -------
    CutSheet

    Raises
    ------
    ImageError
        As `cut_sheet` does.

    See Also
    --------
    cut_sheet : returns the images alone.
    file_sheets : makes a corpus of photographs.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> sheet = corpora.Sheet(writer=3, boxes=6)
    >>> photo = corpora.photograph_sheet(sheet, {}, np.random.default_rng(0))
    >>> read_sheet(photo).sheet
    Sheet(writer=3, kind='genuine', day=1, forger=0, boxes=6, paper='A4')
    """
    name = spoken_name(photo, name)
    gray = photo if isinstance(photo, np.ndarray) else read_gray(photo, name)
    square_of_corner = find_squares(gray, name)
    try:
        sheet = sheet_of([square_of_corner[corner][0] for corner in range(4)])
    except ValueError as error:
        cure = "is it one sheet, printed by this course? Photograph it alone, and sharply."
        raise ImageError(f"{name}: {error}; {cure}") from error

    found = np.array([square_of_corner[corner][1] for corner in range(4)])
    matrix = matrix_to_photo(found, sheet, name)
    resolution = resolution_of(found, sheet, name)
    rectangles = settle(gray, matrix, box_rectangles(sheet), resolution, name)
    images = {}
    for number, rectangle in enumerate(rectangles, start=1):
        image = cut(gray, matrix, inner(rectangle), resolution)
        if is_filled(image, resolution):
            images[number] = image
    return CutSheet(sheet, images, matrix, rectangles)


def find_squares(gray: np.ndarray, name: str) -> dict[int, tuple[int, np.ndarray]]:
    """Find the four corner squares of a sheet.

    Returns
    -------
    dict from int to (int, float array of shape (4, 2))
        From each corner of the sheet, in the order of `CORNERS`, to the square's number and where
        its own corners lie in the photograph, x and y in pixels.

    Raises
    ------
    ImageError
        If one is not seen, or one is seen twice.
    """
    small = shrink(gray, LONGEST_SIDE)
    scale = gray.shape[1] / small.shape[1]
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    # Windows of this many pixels are compared with their mean: shadows of all sizes, small squares.
    parameters.adaptiveThreshWinSizeMax = 63
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    detector = cv2.aruco.ArucoDetector(dictionary, parameters)
    corners, numbers, _ = detector.detectMarkers(small)

    numbers = [] if numbers is None else numbers.ravel().tolist()
    if not numbers:
        problem = "shows no corner square of a sheet"
        cure = "photograph the whole sheet from above, in even light and sharply."
        raise ImageError(f"{name}: {problem}; {cure}")
    times = Counter(number % 4 for number in numbers)
    twice = [CORNERS[corner] for corner in range(4) if times[corner] > 1]
    if twice:
        problem = f"shows more than one {twice[0]} corner square"
        raise ImageError(f"{name}: {problem}; photograph one sheet at a time.")
    lacking = [CORNERS[corner] for corner in range(4) if not times[corner]]
    if lacking:
        are = "corner squares are" if len(lacking) > 1 else "corner square is"
        problem = f"the {' and the '.join(lacking)} {are} not seen"
        cure = "photograph the whole sheet, with nothing upon its corners."
        raise ImageError(f"{name}: {problem}; {cure}")
    # A pixel's middle is its coordinate: hence the halves.
    return {
        number % 4: (number, (square[0] + 0.5) * scale - 0.5)
        for number, square in zip(numbers, corners, strict=True)
    }


def matrix_to_photo(found: np.ndarray, sheet: Sheet, name: str) -> np.ndarray:
    """Return the matrix that leads from mm on a sheet to pixels, from squares of (4, 4, 2) pixels.

    Raises
    ------
    ImageError
        If no flat sheet would look like this.
    """
    printed = marker_corners(sheet.paper).reshape(-1, 2)
    seen = found.reshape(-1, 2)
    matrix, _ = cv2.findHomography(printed, seen)
    if matrix is None:
        raise ImageError(f"{name}: the corner squares lie on a line; photograph it from above.")
    back = cv2.perspectiveTransform(seen[None].astype(np.float64), np.linalg.inv(matrix))[0]
    off = np.hypot(*(back - printed).T).max()
    if off > MOST_BENT:
        problem = f"the sheet is bent, or not printed to scale (its corners lie {off:.1f} mm off)"
        raise ImageError(f"{name}: {problem}; lay it flat and photograph it from above.")
    return matrix


def resolution_of(found: np.ndarray, sheet: Sheet, name: str) -> float:
    """Return the pixels a mm of a photograph, from squares of (4, 4, 2) pixels.

    Raises
    ------
    ImageError
        If there are too few for strokes to be seen.
    """
    sides = np.linalg.norm(found - np.roll(found, 1, axis=1), axis=2)
    printed = marker_corners(sheet.paper)
    printed_sides = np.linalg.norm(printed - np.roll(printed, 1, axis=1), axis=2)
    resolution = float(np.median(sides / printed_sides))
    if resolution < LEAST_RESOLUTION:
        _, height = PAPERS[sheet.paper]
        wanted = round(LEAST_RESOLUTION * height, -2)
        problem = f"the sheet is too small in it ({resolution:.1f} pixels a mm)"
        cure = f"let it fill the picture, {wanted:.0f} pixels high or more."
        raise ImageError(f"{name}: {problem}; {cure}")
    return min(resolution, MOST_RESOLUTION)


def settle(
    gray: np.ndarray, matrix: np.ndarray, rectangles: np.ndarray, resolution: float, name: str
) -> np.ndarray:
    """Return where the printed lines of the boxes truly are: (boxes, 4), mm.

    Raises
    ------
    ImageError
        If too few lines are near where a flat sheet has them.
    """
    offsets = [
        [line_offset(gray, matrix, rectangle, side, resolution) for side in range(4)]
        for rectangle in rectangles
    ]
    offsets = np.array(offsets)
    found = np.isfinite(offsets).mean()
    if found < LEAST_FOUND:
        problem = f"only {found:.0%} of the printed lines are where a flat sheet has them"
        raise ImageError(f"{name}: {problem}; lay it flat and photograph it sharply, from above.")
    return rectangles + np.nan_to_num(offsets)


def line_offset(
    gray: np.ndarray, matrix: np.ndarray, rectangle: np.ndarray, side: int, resolution: float
) -> float:
    """Return how many mm the line at a side of a box lies off, to the right or downwards, or NaN.

    Sides are counted as in the rectangle: left, top, right, bottom.
    """
    left, top, right, bottom = rectangle
    place = rectangle[side]
    if side % 2 == 0:  # upright
        strip = np.array([place - REACH, top + REACH, place + REACH, bottom - REACH])
        levels = cut(gray, matrix, strip, resolution).T
    else:
        strip = np.array([left + REACH, place - REACH, right - REACH, place + REACH])
        levels = cut(gray, matrix, strip, resolution)
    # Of what is dark, only what is thinner than the widest line: the edge of a shadow is not.
    widest = np.ones((round(WIDEST * resolution) | 1, 1), np.uint8)
    darker = cv2.morphologyEx(levels, cv2.MORPH_BLACKHAT, widest) / max(np.median(levels), 1)
    taken = np.quantile(darker, ALONG, axis=1)  # (pixels across the line,)
    taken -= np.median(taken)
    if taken.max() < LEAST_LINE:
        return np.nan
    return (taken.argmax() + 0.5) / resolution - REACH


def cut(
    gray: np.ndarray, matrix: np.ndarray, rectangle: np.ndarray, resolution: float
) -> np.ndarray:
    """Return a part of a sheet as seen from straight above: uint8.

    The matrix leads from mm on the sheet to pixels of the photograph; the rectangle is left, top,
    right and bottom in mm; the result has so many pixels a mm.
    """
    left, top, right, bottom = rectangle
    size = (round((right - left) * resolution), round((bottom - top) * resolution))
    half = 0.5 / resolution  # a pixel's middle is its coordinate
    to_sheet = [[1 / resolution, 0, left + half], [0, 1 / resolution, top + half], [0, 0, 1]]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE
    return cv2.warpPerspective(
        gray, matrix @ np.array(to_sheet), size, flags=flags, borderMode=border
    )


def inner(rectangle: np.ndarray) -> np.ndarray:
    """Return the part of a box that is cut: all but its printed line; mm."""
    return rectangle + INSET * np.array([1, 1, -1, -1])


def is_filled(image: np.ndarray, resolution: float) -> bool:
    """Tell whether somebody has written in a box: strokes that together are long enough."""
    ink = find_ink(image).astype(np.uint8)
    side = max(3, round(NEAR * resolution))
    _, group, statistics, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(ink, np.ones((side, side)))
    )
    for number in range(1, len(statistics)):
        own = ink * (group == number)
        _, _, width, height = cv2.boundingRect(own)
        area = own.sum() / resolution**2
        if area >= LEAST_INK and max(width, height) / resolution >= LEAST_LENGTH:
            return True
    return False
