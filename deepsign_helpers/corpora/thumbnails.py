"""By what one image is known again: its file, its pixels, and a small picture of its ink."""

import hashlib
import math
from dataclasses import dataclass

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import estimate_paper, shrink

# Height and width of a thumbnail, pixels: letters can be told, paper and file no more.
SIZE = (64, 128)
# Pixels. Larger scans are shrunk first.
LONGEST_SIDE = 512
# Pixels of that copy: what averages the paper's grain.
GRAIN = 3
# Of the light: what the darkest pixels take, this share of all, counts as full ink ...
DARKEST = 0.995
# ... but no less of the light than this: a page without ink has none.
LEAST_INK = 0.05
# Of full ink. Grain and the soft edge of strokes take less.
FAINT = 0.25
# Spreads of the ink that lie on each side of its centre. What strays further is cut off.
REACH = 2.5
# Pixels of the thumbnail that each of its pixels averages, so that no thin stroke is passed over.
AVERAGED = 0.6


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """By what an image is known again.

    Attributes
    ----------
    file : str
        Checksum of the file; "" where it cannot be opened.
    pixels : str
        Checksum of its grey levels, whatever file holds them; "" where it cannot be read.
    thumbnail : uint8 array, shape (64, 128), or None
        Its ink, laid into one frame; None where it shows no signature.
    """

    file: str = ""
    pixels: str = ""
    thumbnail: np.ndarray | None = None


def fingerprint_of(
    content: bytes, gray: np.ndarray | None = None, is_signature: bool = False
) -> Fingerprint:
    """Return the fingerprint of an image, as far as it can be read.

    Parameters
    ----------
    content : bytes
        Of the file.
    gray : uint8 array, shape (height, width), optional
        As `read_gray` returns it.
    is_signature : bool
        Whether a signature was found on it: two blank pages are no doubles of each other.

    Returns
    -------
    Fingerprint

    Examples
    --------
    >>> page = np.full((100, 200), 255, np.uint8)
    >>> as_png, as_tiff = fingerprint_of(b"png", page), fingerprint_of(b"tiff", page)
    >>> as_png.file == as_tiff.file, as_png.pixels == as_tiff.pixels
    (False, True)
    """
    file = hashlib.sha256(content).hexdigest()
    if gray is None:
        return Fingerprint(file)
    shape = repr(gray.shape).encode()
    pixels = hashlib.sha256(shape + np.ascontiguousarray(gray).tobytes()).hexdigest()
    return Fingerprint(file, pixels, thumbnail_of(gray) if is_signature else None)


def thumbnail_of(gray: np.ndarray) -> np.ndarray | None:
    """Lay the ink of a scan into one frame, wherever on the scan it is, and however large.

    Its centre comes to the middle, and its spread across and down is made that of all others. So
    margins, resolution and light hardly matter. Nothing is taken for ink or for paper: a pale line
    that is half there would be a line in one scan, and none in the next.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        As `read_gray` returns it.

    Returns
    -------
    uint8 array, shape (64, 128), or None
        Paper 0; None where there is no ink, or it is but a line.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> loop = cv2.ellipse(page, (150, 100), (100, 40), 10, 0, 300, color=0, thickness=4)
    >>> larger = cv2.resize(loop, (600, 300))
    >>> int(np.abs(thumbnail_of(loop).astype(int) - thumbnail_of(larger)).mean())
    0
    """
    darkness = soft_darkness(shrink(gray, LONGEST_SIDE))
    moments = cv2.moments(darkness)
    if min(moments["mu20"], moments["mu02"]) < moments["m00"] or moments["m00"] == 0:
        return None
    centre_across = moments["m10"] / moments["m00"]
    centre_down = moments["m01"] / moments["m00"]
    height, width = SIZE
    scale_across = width / (2 * REACH * math.sqrt(moments["mu20"] / moments["m00"]))
    scale_down = height / (2 * REACH * math.sqrt(moments["mu02"] / moments["m00"]))

    smooth = cv2.GaussianBlur(
        darkness,
        (0, 0),
        sigmaX=max(0.5, AVERAGED / scale_across),
        sigmaY=max(0.5, AVERAGED / scale_down),
    )
    frame = np.float32(
        [
            [scale_across, 0, width / 2 - scale_across * centre_across],
            [0, scale_down, height / 2 - scale_down * centre_down],
        ]
    )
    return np.round(255 * cv2.warpAffine(smooth, frame, (width, height))).astype(np.uint8)


def soft_darkness(gray: np.ndarray) -> np.ndarray:
    """Return how dark each pixel is beside its paper: float32, 0 to 0.75, full ink 0.75."""
    paper = np.maximum(estimate_paper(gray), 1).astype(np.float32)
    taken = 1 - cv2.blur(gray, (GRAIN, GRAIN)) / paper
    full = max(float(np.quantile(taken, DARKEST)), LEAST_INK)
    return np.clip(taken / full - FAINT, 0, 1 - FAINT)
