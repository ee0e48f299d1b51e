"""Drawn stand-ins for scanned signatures, and how to compare and store them."""

import io

import cv2
import numpy as np
from hypothesis import strategies as st


def draw(height=200, width=400, loops=5, phase=0.0, thickness=4, ink=30):
    """Draw loops that shrink to the right over a rising flourish: uint8, paper 255, ink inside."""
    time = np.linspace(0, 1, 500)
    turn = 2 * np.pi * loops * time + phase
    across = 0.15 + 0.65 * time + 0.04 * np.sin(turn)
    down = 0.5 - 0.2 * np.cos(turn) * (1 - 0.6 * time)
    line = np.stack([across, down], axis=1)
    flourish = np.stack([0.2 + 0.5 * time, 0.8 - 0.05 * time], axis=1)
    # In sixteenths of a pixel, as `shift=4` says.
    lines = [np.round(16 * part * (width, height)).astype(np.int32) for part in (line, flourish)]
    image = np.full((height, width), 255, np.uint8)
    return cv2.polylines(image, lines, False, ink, thickness, cv2.LINE_AA, shift=4)


signatures = st.builds(
    draw,
    loops=st.integers(3, 8),
    phase=st.floats(0, 6),
    thickness=st.integers(3, 7),
    ink=st.integers(0, 110),
)


def placed(image, height, width, top, left):
    """Lay an image on a larger sheet."""
    sheet = np.full((height, width), 255, np.uint8)
    sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


def difference(left, right):
    """Return the mean absolute difference of two prepared images, relative to the ink.

    They are blurred before: half a pixel is forgiven.
    """
    left = cv2.GaussianBlur(left, (0, 0), 1.5)
    right = cv2.GaussianBlur(right, (0, 0), 1.5)
    return np.abs(left - right).mean() / left.mean()


def saved(image, file_format, **options):
    """Return a Pillow image as the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()
