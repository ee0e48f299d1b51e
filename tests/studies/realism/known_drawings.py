"""Drawings whose figures are known beforehand."""

import cv2
import numpy as np

PAPER = 255
INK = 30


def blank(height=200, width=400):
    return np.full((height, width), PAPER, np.uint8)


def bars():
    """Two level bars of 300 × 12 pixels, one 58 above the other: 70 pixels in all."""
    page = blank()
    page[65:77, 50:350] = INK
    page[123:135, 50:350] = INK
    return page


def cross():
    """Two bars that cross in their middle: a level and an upright one."""
    page = blank(300, 300)
    page[145:155, 50:250] = INK
    page[50:250, 145:155] = INK
    return page


def ring():
    return cv2.circle(blank(), (200, 100), 70, INK, thickness=8)


def turned(image, degrees, scale=1.0):
    """Turn a page anticlockwise about its middle, on a canvas with room for it."""
    room = np.pad(image, 150, constant_values=PAPER)
    height, width = room.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(room, matrix, (width, height), borderValue=PAPER)
