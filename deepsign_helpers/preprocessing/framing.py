"""From ink to the encoder's input: straighten, crop, fit into a box and normalise one signature."""

import math

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import PAPER
from deepsign_helpers.preprocessing.reading import ImageError

# Degrees. Sheets are laid down askew by less; a steeper line belongs to the signature.
STEEPEST_SKEW = 20
# Pixels. The cosine of a quarter turn is not quite 0: no row is added to the canvas for so little.
ROUNDING_ERROR = 1e-6
# Share of the ink that is paler than full ink. Its darkest pixel alone may be a blot, or noise.
DARKEST_INK = 0.95

FITS = ("aspect", "halfway")
NO_INK = "no ink found; is the page blank or the contrast very low?"


def skew_angle(gray: np.ndarray) -> float:
    """Estimate how far the line of writing falls from the horizontal.

    The slope of the least-squares line through the ink, times 1 − (spread down / spread across)⁴:
    the rounder a signature, the less its line says, and one as tall as wide is left alone. Derived
    in chapter 01, *Which way is level?*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper exactly 255
        As `remove_specks` returns it.

    Returns
    -------
    float, degrees, in [-20, 20]
        Positive where the line falls to the right; 0 where there is no ink.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> falling = cv2.line(page, (50, 50), (350, 103), color=0, thickness=3)
    >>> round(skew_angle(falling))
    10
    """
    ink = (gray < PAPER).astype(np.uint8)
    moments = cv2.moments(ink, binaryImage=True)
    # Sums over the ink: of squared distances from its centre, and of their products.
    across = moments["mu20"]
    down = moments["mu02"]
    together = moments["mu11"]
    if across <= down:
        return 0.0

    slope = together / across
    clearness = 1 - (down / across) ** 2
    angle = np.degrees(np.arctan(slope * clearness))
    return float(np.clip(angle, -STEEPEST_SKEW, STEEPEST_SKEW))


def rotate(gray: np.ndarray, angle: float) -> np.ndarray:
    """Turn an image anticlockwise on a canvas that grows, so that nothing is cut off.

    Derived in chapter 01, *Which way is level?*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper 255
        Any image.
    angle : float, degrees
        How far to turn it; below 0, clockwise.

    Returns
    -------
    uint8 array, as large as the turned image
        Its new corners are paper.

    Examples
    --------
    >>> rotate(np.zeros((20, 30), np.uint8), 90).shape
    (30, 20)
    """
    height, width = gray.shape
    centre_of_image = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre_of_image, angle, scale=1.0)
    cosine, sine = np.abs(matrix[0, :2])

    new_width = math.ceil(width * cosine + height * sine - ROUNDING_ERROR)
    new_height = math.ceil(width * sine + height * cosine - ROUNDING_ERROR)
    matrix[0, 2] += (new_width - width) / 2
    matrix[1, 2] += (new_height - height) / 2
    canvas = (new_width, new_height)
    return cv2.warpAffine(gray, matrix, canvas, flags=cv2.INTER_LINEAR, borderValue=PAPER)


def deskew(gray: np.ndarray) -> np.ndarray:
    """Turn the line of writing level, by at most 20°; leave a signature without a clear line alone.

    Derived in chapter 01, *Which way is level?*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper exactly 255
        As `remove_specks` returns it.

    Returns
    -------
    uint8 array, as large as the turned image, paper 255

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> falling = cv2.line(page, (50, 50), (350, 103), color=0, thickness=3)
    >>> abs(skew_angle(deskew(falling))) < 1
    True
    """
    return rotate(gray, skew_angle(gray))


def crop_to_ink(gray: np.ndarray, name: str = "") -> np.ndarray:
    """Cut the image to the smallest upright box that holds all ink.

    Derived in chapter 01, *Crop, then fit*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper exactly 255
        As `deskew` returns it.
    name : str
        What error messages call the image.

    Returns
    -------
    uint8 array
        A view of the part of `gray` that the box holds.

    Raises
    ------
    ImageError
        If there is no ink.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[90:100, 50:250] = 0
    >>> crop_to_ink(page).shape
    (10, 200)
    """
    ink = (gray < PAPER).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(ink)
    if width == 0:
        raise ImageError(f"{name or 'image'}: {NO_INK}")
    return gray[top : top + height, left : left + width]


def fit_to(gray: np.ndarray, size: tuple[int, int], fit: str = "halfway") -> np.ndarray:
    """Scale an image into a box, centred, with paper around it.

    Derived in chapter 01, *Crop, then fit* and *Shrink by areas*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper 255
        As `crop_to_ink` returns it.
    size : (int, int), pixels
        Height and width of the box.
    fit : "aspect" or "halfway"
        "aspect" keeps the proportions and pads; "halfway" scales each side by the geometric mean of
        that scale and the one that would fill the box. Stretched entirely, every signature would
        have the same proportions.

    Returns
    -------
    uint8 array of shape `size`, paper 255

    Raises
    ------
    ValueError
        If `fit` is neither.

    Examples
    --------
    >>> tall = np.zeros((100, 50), np.uint8)
    >>> crop_to_ink(fit_to(tall, (100, 200), "aspect")).shape
    (100, 50)
    >>> crop_to_ink(fit_to(tall, (100, 200), "halfway")).shape
    (100, 100)
    """
    if fit not in FITS:
        raise ValueError(f"fit: {fit!r} is unknown; use 'aspect' or 'halfway'.")
    height, width = gray.shape
    scale_down, scale_across = _scales(gray.shape, size, fit)
    new_height = max(1, round(height * scale_down))
    new_width = max(1, round(width * scale_across))

    # Averaging over areas loses no thin stroke, but only where it shrinks; what grows is
    # interpolated afterwards.
    shrunk_size = (min(new_width, width), min(new_height, height))
    shrunk = cv2.resize(gray, shrunk_size, interpolation=cv2.INTER_AREA)
    scaled = cv2.resize(shrunk, (new_width, new_height), interpolation=cv2.INTER_LINEAR)
    return centre(scaled, size)


def _scales(shape: tuple[int, int], size: tuple[int, int], fit: str) -> tuple[float, float]:
    """Return by what the height is multiplied, and the width, to fit a shape into a box."""
    height, width = shape
    box_height, box_width = size
    filling_down = box_height / height
    filling_across = box_width / width
    keeping = min(filling_down, filling_across)  # the proportions
    if fit == "aspect":
        return keeping, keeping
    return math.sqrt(keeping * filling_down), math.sqrt(keeping * filling_across)


def centre(gray: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Lay an image in the middle of a sheet of paper.

    Derived in chapter 01, *Crop, then fit*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper 255
        No larger than `size`.
    size : (int, int), pixels
        Height and width of the sheet.

    Returns
    -------
    uint8 array of shape `size`, paper 255

    Examples
    --------
    >>> centre(np.array([[7]], np.uint8), (1, 3))
    array([[255,   7, 255]], dtype=uint8)
    """
    height, width = gray.shape
    sheet_height, sheet_width = size
    above = (sheet_height - height) // 2
    below = sheet_height - height - above
    left = (sheet_width - width) // 2
    right = sheet_width - width - left
    return np.pad(gray, [(above, below), (left, right)], constant_values=PAPER)


def normalise(gray: np.ndarray) -> np.ndarray:
    """Turn grey levels into ink: paper 0.0, the darkest twentieth of the ink 1.0.

    Derived in chapter 01, *Normalise*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper exactly 255
        As `fit_to` returns it.

    Returns
    -------
    float32 array, shape (height, width, 1), in [0, 1]
        Zeros where there is no ink at all.

    Examples
    --------
    >>> normalise(np.array([[255, 205, 155]], np.uint8)).ravel().round(2)  # 0, 50, 100 darker
    array([0.  , 0.51, 1.  ], dtype=float32)
    """
    darkness = PAPER - gray
    inked = darkness[darkness > 0]
    if len(inked) == 0:
        return np.zeros((*gray.shape, 1), np.float32)
    darkest = np.quantile(inked, DARKEST_INK)
    ink = np.minimum(darkness / np.float32(darkest), np.float32(1))
    return ink[..., np.newaxis]
