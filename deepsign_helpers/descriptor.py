"""The untrained yardstick: what a histogram of stroke directions tells before any learning."""

import cv2
import numpy as np

from deepsign_helpers.preprocessing.prepared import require_prepared

# Height and width in pixels: 8 × 12 cells.
DESCRIPTOR_SIZE = (128, 192)
# Directions over 180°, 20° each. A stroke drawn up and one drawn down look the same on paper.
BINS = 9
# Pixels of a cell's side, about a letter's size. Where in a cell a stroke is does not matter.
CELL = 16
# Cells of a block's side. Strength is compared within a block: a paler line describes itself alike.
BLOCK = 2
# The most that one direction of one cell counts in its block: no single stroke drowns the rest.
CLIP = 0.2
# Added to lengths, so that an empty block, divided by its length, stays empty.
TINY = 1e-5


def gradient_descriptor(prepared: np.ndarray) -> np.ndarray:
    """Return where on the signature strokes run in which direction, as one vector of unit length.

    Unsigned gradients (central differences), 9 bins over 180°, cells of 16 × 16 pixels, blocks of
    2 × 2 cells at a stride of one cell, each cut at 0.2 after normalisation and normalised again
    (L2-Hys). Introduced in chapter 02, *A ruler*.

    Parameters
    ----------
    prepared : float32 array, shape (height, width, 1) or (height, width)
        Paper 0.0, ink up to 1.0, as `preprocessing.prepare` gives it; resized to 128 × 192 where it
        is not so already.

    Returns
    -------
    float32 array, shape (2772,)
        2772 is 7 × 11 blocks of 4 cells of 9 bins; no number is negative.

    Raises
    ------
    ValueError
        If the image is blank: there is no direction in it. If a level is NaN, below 0 or above 1.

    References
    ----------
    N. Dalal, B. Triggs, Histograms of oriented gradients for human detection, CVPR 2005,
    https://doi.org/10.1109/CVPR.2005.177.

    Examples
    --------
    >>> line = np.zeros((128, 192, 1), np.float32)
    >>> line[60:64, 20:170] = 1
    >>> vector = gradient_descriptor(line)
    >>> vector.shape
    (2772,)
    >>> bool(np.isclose(np.linalg.norm(vector), 1))
    True
    """
    require_prepared(prepared, "prepared")
    image = np.asarray(prepared, dtype=np.float32).reshape(prepared.shape[:2])
    image = _resized(image)
    cells = _direction_histograms(image)  # (8, 12, bins)
    if not cells.any():
        raise ValueError("prepared: the image is blank; a descriptor needs ink")
    blocks = _blocks(cells)  # (7 · 11, 4 · bins)

    blocks = blocks / _lengths(blocks)
    blocks = np.minimum(blocks, CLIP)
    blocks = blocks / _lengths(blocks)
    vector = blocks / np.linalg.norm(blocks)
    return vector.astype(np.float32).ravel()


def _resized(image: np.ndarray) -> np.ndarray:
    """Return the image at the descriptor's size."""
    if image.shape == DESCRIPTOR_SIZE:
        return image
    height, width = DESCRIPTOR_SIZE
    shrinks = image.size > height * width
    # Averaged over areas where it shrinks, so that no thin stroke is lost.
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=way)


def _direction_histograms(image: np.ndarray) -> np.ndarray:
    """Return how much darkness changes in each direction: (cells down, cells across, bins)."""
    # Central differences; at the border there is no neighbour on one side, and they stay 0.
    down = np.zeros_like(image)
    down[1:-1] = image[2:] - image[:-2]
    right = np.zeros_like(image)
    right[:, 1:-1] = image[:, 2:] - image[:, :-2]

    # Where darkness changes at all: a few pixels in a hundred.
    rows, columns = np.nonzero((down != 0) | (right != 0))
    down = down[rows, columns]
    right = right[rows, columns]
    strength = np.hypot(down, right)
    angle = np.arctan2(down, right) % np.pi
    bins = (angle * (BINS / np.pi)).astype(int) % BINS  # rounding may make an angle of π itself

    cells_down = image.shape[0] // CELL
    cells_across = image.shape[1] // CELL
    cell = rows // CELL * cells_across + columns // CELL
    number = cell * BINS + bins
    sums = np.bincount(number, weights=strength, minlength=cells_down * cells_across * BINS)
    means = sums / CELL**2
    return means.reshape(cells_down, cells_across, BINS)


def _blocks(cells: np.ndarray) -> np.ndarray:
    """Return each square of cells, one beside the other at every cell, as a row."""
    windows = np.lib.stride_tricks.sliding_window_view(cells, (BLOCK, BLOCK), axis=(0, 1))
    # (blocks down, blocks across, bins, 2, 2)
    return windows.reshape(-1, BINS * BLOCK * BLOCK)


def _lengths(blocks: np.ndarray) -> np.ndarray:
    """Return the length of each block: shape (blocks, 1)."""
    squares = (blocks**2).sum(axis=1, keepdims=True)
    return np.sqrt(squares + TINY**2)
