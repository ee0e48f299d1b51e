"""From grey levels to ink: the paper becomes white, whatever light fell on it, and dust goes."""

import cv2
import numpy as np


def shrink(gray: np.ndarray, longest_side: int) -> np.ndarray:
    """Return the image with no side longer than the given number of pixels; a smaller one is not enlarged."""
    scale = min(1, longest_side / max(gray.shape))
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA)


def estimate_paper(gray: np.ndarray) -> np.ndarray:
    """Estimate how bright the bare paper is at each pixel, under a shadow or towards a yellowed edge.

    Shrunk to 64 pixels, strokes all but dissolve; a closing (brightest neighbour, then darkest) fills what is left
    of them, up to a quarter of the width; a blur smooths it. An area darker than half the brightest is not paper.

    Parameters
    ----------
    gray : uint8 (height, width)

    Returns
    -------
    uint8 array of the same shape, at least 1
    """
    coarse = cv2.morphologyEx(shrink(gray, 64), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    coarse = cv2.GaussianBlur(coarse, (7, 7), 0)
    coarse = np.maximum(coarse, max(1, 0.5 * coarse.max())).astype(np.uint8)
    return cv2.resize(coarse, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def remove_background(gray: np.ndarray) -> np.ndarray:
    """Make the paper exactly 255 and leave the ink its grey levels, relative to the paper under it.

    The scan is divided by its paper; Otsu's threshold, taken on a lightly blurred copy, tells ink from paper. A page
    whose two classes differ by under 20 grey levels has no ink: all of it becomes paper.

    Parameters
    ----------
    gray : uint8 (height, width)

    Returns
    -------
    uint8 array of the same shape, paper 255

    References
    ----------
    N. Otsu, A threshold selection method from gray-level histograms, 1979, doi:10.1109/TSMC.1979.4310076.
    """
    even = cv2.divide(gray, estimate_paper(gray), scale=255)
    _, paper = cv2.threshold(
        cv2.GaussianBlur(even, (3, 3), 0), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU
    )
    ink_level, paper_level = (
        cv2.mean(even, mask=mask)[0] for mask in (cv2.bitwise_not(paper), paper)
    )
    if paper_level - ink_level < 20:
        return np.full_like(gray, 255)
    return cv2.bitwise_or(even, paper)


def remove_specks(gray: np.ndarray) -> np.ndarray:
    """Make dust paper: groups of ink that are small (2 % of all ink) and far (1/12 of the scan) from all other ink.

    The dot of an i is small but near its letter, a second word is far but large: both stay. So does the largest group.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    uint8 array of the same shape, paper 255
    """
    ink = (gray < 255).astype(np.uint8)
    reach = max(3, round(max(gray.shape) / 12))
    count, groups = cv2.connectedComponents(cv2.dilate(ink, np.ones((reach, reach), np.uint8)))
    if count <= 2:  # the paper and one group
        return gray
    ink_of_group = np.bincount(groups[ink > 0], minlength=count)
    is_speck = ink_of_group < min(0.02 * ink_of_group.sum(), ink_of_group.max())
    return np.where(is_speck[groups], np.uint8(255), gray)
