"""Surroundings of a sheet: the desk or the glass that it lies on, and what keeps the light off."""

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers.synthesis.scanners import texture


def depth_in_sheet(sheet: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return how deep within a sheet each pixel lies: float32, shape `size`, canvas's pixels."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pixels = np.stack([x, y], axis=-1).reshape(1, -1, 2)
    on_canvas_x, on_canvas_y = cv2.perspectiveTransform(pixels, np.linalg.inv(matrix))[0].T
    left, top, right, bottom = sheet.astype(np.float32)
    across = np.minimum(on_canvas_x - left, right - on_canvas_x)
    along = np.minimum(on_canvas_y - top, bottom - on_canvas_y)
    return np.minimum(across, along).reshape(size)


def desk(paper: np.ndarray, lit: np.ndarray, rng: Generator) -> np.ndarray:
    """Return the greys of a desk, grained like wood or plain, on which the sheet casts a shadow."""
    height, width = paper.shape
    level = rng.uniform(15, 175)
    streaks = rng.normal(0, 1, (int(rng.integers(8, 60)), int(rng.integers(2, 5))))
    grain = cv2.resize(streaks.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:  # boards lie along the width
        surface = grain
    else:
        surface = cv2.resize(np.ascontiguousarray(streaks.T, np.float32), (width, height))
    speckle = texture(paper.shape, rng)
    greys = level * (1 + rng.uniform(0, 0.16) * surface) + rng.uniform(0.5, 4) * speckle
    reach = rng.uniform(0.005, 0.02) * width
    falls = np.array([[1, 0, rng.uniform(-1, 1) * reach], [0, 1, rng.uniform(0, 1) * reach]])
    cast = cv2.warpAffine(paper, falls, (width, height), borderMode=cv2.BORDER_REPLICATE)
    cast = cv2.GaussianBlur(cast, (0, 0), reach / 2 + 0.3)
    return np.maximum(greys, 3) * (1 - rng.uniform(0.2, 0.6) * cast) * lit


def rim(size: tuple[int, int], rng: Generator) -> np.ndarray:
    """Return the greys of a scanner's glass with nothing on it: black, or nearly so."""
    return rng.uniform(2, 45) + rng.uniform(0.3, 2.5) * texture(size, rng)


def lid_shade(depth: np.ndarray, rng: Generator) -> np.ndarray:
    """Return how much light reaches a sheet so deep (mm) within its edge, where the lid gapes."""
    reach = rng.uniform(0.3, 2)  # mm
    return 1 - np.float32(rng.uniform(0, 0.35)) * np.exp(-np.maximum(depth, 0) / np.float32(reach))


def shadow(size: tuple[int, int], points: np.ndarray, rng: Generator) -> np.ndarray:
    """Return how much light is left by a shadow whose edge runs near points, (n, 2), pixels.

    The edge is straight, or round as that of a head or a hand.
    """
    height, width = size
    lowest = points.min(axis=0)
    middle = lowest + np.ptp(points, axis=0) * rng.uniform(0, 1, 2)
    angle = rng.uniform(0, 2 * np.pi)
    outwards = np.array([np.cos(angle), np.sin(angle)])
    y, x = np.ogrid[:height, :width]
    if rng.random() < 0.5:
        depth = (x - middle[0]) * outwards[0] + (y - middle[1]) * outwards[1]
    else:
        radius = rng.uniform(0.3, 1.5) * width
        centre = middle - radius * outwards
        depth = np.hypot(x - centre[0], y - centre[1]) - radius
    edge = rng.uniform(0.006, 0.1) * width  # from light to dark, pixels
    left = np.clip(depth / edge + 0.5, 0, 1).astype(np.float32)
    return 1 - np.float32(rng.uniform(0.2, 0.45)) * left * left * (3 - 2 * left)
