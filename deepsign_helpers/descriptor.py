"""The untrained yardstick: what a fixed histogram of stroke directions tells, before anything is learned."""

import cv2
import numpy as np

DESCRIPTOR_SIZE = (128, 192)
BINS, CELL, BLOCK, CLIP, TINY = 9, 16, 2, 0.2, 1e-5


def gradient_descriptor(prepared: np.ndarray) -> np.ndarray:
    """Return where on the signature strokes run in which direction, as one vector of unit length.

    Unsigned gradients (central differences), 9 bins over 180°, cells of 16 × 16 pixels, blocks of 2 × 2 cells at a
    stride of one cell, each cut at 0.2 after normalisation and normalised again (L2-Hys).

    Parameters
    ----------
    prepared : float32 array, shape (height, width, 1) or (height, width)
        Paper 0.0, ink up to 1.0, as `preprocessing.prepare` gives it; resized to 128 × 192 where it is not so already.

    Returns
    -------
    float32 array, shape (2772,)

    Raises
    ------
    ValueError
        If the image is blank: there is no direction in it.

    References
    ----------
    N. Dalal, B. Triggs, Histograms of oriented gradients for human detection, CVPR 2005,
    https://doi.org/10.1109/CVPR.2005.177.
    """
    image = np.asarray(prepared, dtype=np.float32).reshape(prepared.shape[:2])
    if image.shape != DESCRIPTOR_SIZE:
        shrinks = image.size > DESCRIPTOR_SIZE[0] * DESCRIPTOR_SIZE[1]
        image = cv2.resize(
            image,
            DESCRIPTOR_SIZE[::-1],
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
        )
    # Reflected at the border, the image has no gradient across it.
    down, right = (cv2.Sobel(image, cv2.CV_32F, *order, ksize=1) for order in ((0, 1), (1, 0)))

    rows, columns = np.nonzero((down != 0) | (right != 0))
    down, right = down[rows, columns], right[rows, columns]
    bins = (np.arctan2(down, right) % np.pi * (BINS / np.pi)).astype(int) % BINS
    cells_high, cells_wide = DESCRIPTOR_SIZE[0] // CELL, DESCRIPTOR_SIZE[1] // CELL
    place = ((rows // CELL) * cells_wide + columns // CELL) * BINS + bins
    histogram = (
        np.bincount(place, weights=np.hypot(down, right), minlength=cells_high * cells_wide * BINS)
        / CELL**2
    )
    if not histogram.any():
        raise ValueError("prepared: the image is blank; a descriptor needs ink")

    cells = histogram.reshape(cells_high, cells_wide, BINS)
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (BLOCK, BLOCK), axis=(0, 1)).reshape(
        -1, BLOCK**2 * BINS
    )
    blocks = np.minimum(blocks / np.sqrt((blocks**2).sum(axis=1, keepdims=True) + TINY**2), CLIP)
    blocks /= np.sqrt((blocks**2).sum(axis=1, keepdims=True) + TINY**2)
    return (blocks / np.linalg.norm(blocks)).astype(np.float32).ravel()
