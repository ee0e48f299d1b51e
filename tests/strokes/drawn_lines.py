"""Lines whose course is known beforehand, and the ink drawn along them."""

import cv2
import numpy as np

PAPER = 255
INK = 30


def blank(height=300, width=600):
    return np.full((height, width), PAPER, np.uint8)


def stroke(page, points, thickness=6, ink=INK):
    """Draw a line through points (x, y), in sixteenths of a pixel."""
    fine = np.round(16 * np.asarray(points)).astype(np.int32)
    return cv2.polylines(page, [fine], False, ink, thickness, cv2.LINE_AA, shift=4)


def course(steps=600):
    """Return a hand's course, x and y: loops that shrink to the right, each of its own height."""
    time = np.linspace(0, 1, steps)
    turn = 2 * np.pi * 6 * time
    x = 110 + 380 * time + 22 * np.sin(turn)
    y = 150 - (55 - 30 * time + 14 * np.sin(9 * time)) * np.cos(turn)
    return np.stack([x, y], axis=1)


def written(points=None, thickness=6, ink=INK, height=300, width=600):
    """Draw the course, or another, on a page."""
    return stroke(blank(height, width), course() if points is None else points, thickness, ink)


def pressed(darknesses, thickness=6):
    """Draw the course, in as many parts of equal length as there are grey levels."""
    page = blank()
    points = course()
    bounds = np.linspace(0, len(points), len(darknesses) + 1).astype(int)
    for first, last, ink in zip(bounds[:-1], bounds[1:], darknesses, strict=True):
        stroke(page, points[first : last + 1], thickness, ink)
    return page


def turned(image, degrees, scale=1.0):
    """Turn a page anticlockwise and scale it, on a canvas that holds all of it."""
    height, width = image.shape
    side = int(np.hypot(height, width) * scale) + 2
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(image, matrix, (side, side), flags=way, borderValue=PAPER)
