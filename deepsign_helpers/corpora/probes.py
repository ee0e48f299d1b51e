"""What one image alone gives away: figures of shape, ink and paper that tell nothing about who wrote it."""

import math

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import shrink
from deepsign_helpers.preprocessing.framing import crop_to_ink


def shape_figures(gray: np.ndarray, name: str = "") -> dict[str, float]:
    """Measure five figures of a signature's shape that tell nothing about who wrote it.

    Longest side at most 1,000 px, 3×3 Gaussian blur, Otsu's threshold, components under 15 px dropped, tight box.

    Parameters
    ----------
    gray : uint8 (height, width)
    name : what error messages call the image

    Returns
    -------
    dict
        `aspect` (width / height of the box), `ink_coverage` (ink / box area), `stroke_width` (twice the median of the
        distance transform on its ridge / box height), `ink_length` (ink area / stroke width / box diagonal),
        `components` (how many over 60 px).

    Raises
    ------
    ImageError
        If there is no ink.
    """
    blurred = cv2.GaussianBlur(shrink(gray, 1000), (3, 3), 0)
    _, ink = cv2.threshold(blurred, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    areas = np.append(
        0, statistics[1:, cv2.CC_STAT_AREA]
    )  # the paper, which comes first, is no ink
    ink = (areas >= 15)[labels].astype(np.uint8)
    height, width = crop_to_ink(255 - ink, name).shape
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ridge = (ink > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    stroke_width, area = 2 * float(np.median(depth[ridge])), int(ink.sum())
    shape = {
        "aspect": width / height,
        "ink_coverage": area / (width * height),
        "stroke_width": stroke_width / height,
    }
    length, components = (
        area / stroke_width / math.hypot(width, height),
        int(np.count_nonzero(areas > 60)),
    )
    return shape | {"ink_length": length, "components": components}
