"""From ink to the encoder's input: straighten, crop, fit into a box and normalise one signature."""

import math

import cv2
import numpy as np

from deepsign_helpers.preprocessing.reading import ImageError

NO_INK = "no ink found; is the page blank or the contrast very low?"


def skew_angle(gray: np.ndarray) -> float:
    """Estimate how far the line of writing falls from the horizontal.

    The slope of the least-squares line through the ink, times 1 − (spread down / spread across)⁴: the rounder a
    signature, the less its line says, and one as tall as wide is left alone.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    float in [-20, 20]
        Degrees, positive where the line falls to the right; 0 where there is no ink.
    """
    moments = cv2.moments((gray < 255).astype(np.uint8), binaryImage=True)
    across, down = (
        moments["mu20"],
        moments["mu02"],
    )  # sums of squared distances from the centre of the ink
    if across <= down:
        return 0.0
    slope = moments["mu11"] / across * (1 - (down / across) ** 2)
    return float(np.clip(np.degrees(np.arctan(slope)), -20, 20))


def rotate(gray: np.ndarray, angle: float) -> np.ndarray:
    """Turn an image anticlockwise on a canvas that grows, so that nothing is cut off; new corners are paper.

    Parameters
    ----------
    gray : uint8 (height, width), paper 255
    angle : degrees

    Returns
    -------
    uint8 array, as large as the turned image
    """
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    cosine, sine = np.abs(matrix[0, :2])
    new_width = math.ceil(
        width * cosine + height * sine - 1e-6
    )  # a quarter turn's cosine is not quite 0
    new_height = math.ceil(width * sine + height * cosine - 1e-6)
    matrix[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    return cv2.warpAffine(
        gray, matrix, (new_width, new_height), flags=cv2.INTER_LINEAR, borderValue=255
    )


def deskew(gray: np.ndarray) -> np.ndarray:
    """Turn the line of writing level, by at most 20°; leave a signature without a clear line alone.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    uint8 array, as large as the turned image, paper 255
    """
    return rotate(gray, skew_angle(gray))


def crop_to_ink(gray: np.ndarray, name: str = "") -> np.ndarray:
    """Cut the image to the smallest upright box that holds all ink.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255
    name : what error messages call the image

    Raises
    ------
    ImageError
        If there is no ink.
    """
    left, top, width, height = cv2.boundingRect((gray < 255).astype(np.uint8))
    if not width:
        raise ImageError(f"{name or 'image'}: {NO_INK}")
    return gray[top : top + height, left : left + width]


def fit_to(gray: np.ndarray, size: tuple[int, int], fit: str = "halfway") -> np.ndarray:
    """Scale an image into a box, centred, with paper around it.

    Parameters
    ----------
    gray : uint8 (height, width), paper 255
    size : (height, width) of the box in pixels
    fit : "aspect" keeps the proportions and pads; "halfway" scales each side by the geometric mean of that scale and
        the one that would fill the box. Stretched entirely, every signature would have the same proportions.

    Returns
    -------
    uint8 array of shape `size`, paper 255

    Raises
    ------
    ValueError
        If `fit` is neither.
    """
    if fit not in ("aspect", "halfway"):
        raise ValueError(f"fit: {fit!r} is unknown; use 'aspect' or 'halfway'.")
    filling = [box_side / side for box_side, side in zip(size, gray.shape, strict=True)]
    scales = [
        min(filling) if fit == "aspect" else math.sqrt(min(filling) * scale) for scale in filling
    ]
    height, width = (
        max(1, round(side * scale)) for side, scale in zip(gray.shape, scales, strict=True)
    )
    # Averaging over areas loses no thin stroke, but only where it shrinks; what grows is interpolated afterwards.
    scaled = cv2.resize(
        gray, (min(width, gray.shape[1]), min(height, gray.shape[0])), interpolation=cv2.INTER_AREA
    )
    return centre(cv2.resize(scaled, (width, height), interpolation=cv2.INTER_LINEAR), size)


def centre(gray: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a sheet of paper (255) of `size`, (height, width), with an image that is no larger in its middle."""
    return np.pad(
        gray,
        [(gap // 2, gap - gap // 2) for gap in np.subtract(size, gray.shape)],
        constant_values=255,
    )


def normalise(gray: np.ndarray) -> np.ndarray:
    """Turn grey levels into ink: paper 0.0, the darkest twentieth of the ink 1.0.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    float32 array (height, width, 1) in [0, 1]
    """
    darkness = 255 - gray
    inked = darkness[darkness > 0]
    darkest = np.quantile(inked, 0.95) if len(inked) else 255
    return np.minimum(darkness / np.float32(darkest), np.float32(1))[..., np.newaxis]
