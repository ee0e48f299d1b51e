"""From grey levels to ink: the paper becomes white, whatever light fell on it, and dust goes."""

import cv2
import numpy as np

PAPER = 255  # the grey level of paper in every image of this course

# Longest side, in pixels, of the copy on which paper is estimated: strokes all but dissolve in it.
COARSE_SIDE = 64
# In pixels of that copy. It fills what is left of strokes up to a quarter of the page wide.
CLOSING_SIDE = 15
# In pixels of that copy. Light changes gradually: no edge of the closing's square may show.
PAPER_BLUR = 7
# Share of the brightest paper. No shadow on a readable page is deeper; what is darker is no paper.
DARKEST_PAPER = 0.5

# In pixels of the scan. Enough that the paper's grain does not pass for ink, too few for a stroke.
GRAIN_BLUR = 3
# Grey levels between the means of ink and paper. Otsu's rule divides blank paper too, by its grain.
LEAST_CONTRAST = 20

# Share of all ink. A group that holds less, and stands alone, is dust.
SPECK_SHARE = 0.02
# A reach is this part of the longer side. Ink within reach of other ink stays, as the dot of an i.
REACHES_PER_SIDE = 12
# In pixels: in a tiny image, too, neighbours touch.
LEAST_REACH = 3


def shrink(gray: np.ndarray, longest_side: int) -> np.ndarray:
    """Shrink an image until no side is longer than `longest_side`; leave a smaller one as it is.

    Derived in chapter 01, *Shrink by areas*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        Any image.
    longest_side : int, pixels, at least 1
        Of the result.

    Returns
    -------
    uint8 array
        With the same proportions, rounded to whole pixels.

    Examples
    --------
    >>> shrink(np.zeros((400, 100), np.uint8), longest_side=40).shape
    (40, 10)
    """
    height, width = gray.shape
    scale = min(1, longest_side / max(height, width))
    new_height = max(1, round(height * scale))
    new_width = max(1, round(width * scale))
    # Averaging over areas loses no thin stroke.
    return cv2.resize(gray, (new_width, new_height), interpolation=cv2.INTER_AREA)


def estimate_paper(gray: np.ndarray) -> np.ndarray:
    """Estimate how bright the bare paper is at each pixel, under a shadow or at a yellowed edge.

    Shrunk to 64 pixels, strokes all but dissolve; a closing (brightest neighbour, then darkest)
    fills what is left of them, up to a quarter of the width; a blur smooths it. An area darker than
    half the brightest is not paper. Derived in chapter 01, *Divide by the paper*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        A scan as `read_gray` returns it.

    Returns
    -------
    uint8 array of the same shape, at least 1

    Examples
    --------
    >>> page = np.full((200, 400), 240, np.uint8)
    >>> page[90:100, 50:350] = 30  # a stroke
    >>> int(estimate_paper(page).min())
    240
    """
    coarse = shrink(gray, COARSE_SIDE)
    square = np.ones((CLOSING_SIDE, CLOSING_SIDE), np.uint8)
    without_strokes = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, square)
    smooth = cv2.GaussianBlur(without_strokes, (PAPER_BLUR, PAPER_BLUR), 0)

    darkest = max(1, DARKEST_PAPER * smooth.max())
    paper = np.maximum(smooth, darkest).astype(np.uint8)

    height, width = gray.shape
    return cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)


def remove_background(gray: np.ndarray) -> np.ndarray:
    """Make the paper exactly 255 and leave the ink its grey levels, relative to the paper under it.

    The scan is divided by its paper; Otsu's threshold, taken on a lightly blurred copy, tells ink
    from paper. A page whose two classes differ by under 20 grey levels has no ink: all of it
    becomes paper. Derived in chapter 01, *What is paper?* and *Divide by the paper*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        A scan as `read_gray` returns it.

    Returns
    -------
    uint8 array of the same shape, paper 255

    References
    ----------
    N. Otsu, A threshold selection method from gray-level histograms, 1979,
    doi:10.1109/TSMC.1979.4310076.

    Examples
    --------
    >>> page = np.full((200, 400), 200, np.uint8)
    >>> page[90:100, 50:350] = 40
    >>> clean = remove_background(page)
    >>> int(clean[0, 0]), int(clean[95, 200])  # 255 · 40 / 200
    (255, 51)
    """
    even = cv2.divide(gray, estimate_paper(gray), scale=PAPER)
    without_grain = cv2.GaussianBlur(even, (GRAIN_BLUR, GRAIN_BLUR), 0)
    otsu = cv2.THRESH_BINARY + cv2.THRESH_OTSU
    _, is_paper = cv2.threshold(without_grain, 0, PAPER, otsu)  # 255 where it is paper, 0 where ink

    ink_level = cv2.mean(even, mask=cv2.bitwise_not(is_paper))[0]
    paper_level = cv2.mean(even, mask=is_paper)[0]
    if paper_level - ink_level < LEAST_CONTRAST:
        return np.full_like(gray, PAPER)
    return cv2.bitwise_or(even, is_paper)


def remove_specks(gray: np.ndarray) -> np.ndarray:
    """Make dust paper: groups of ink that are small and far from all other ink.

    Small is under 2 % of all ink, far is a twelfth of the scan's longer side. The dot of an i is
    small but near its letter, a second word is far but large: both stay. So does the largest group.
    Derived in chapter 01, *Specks*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width), paper exactly 255
        As `remove_background` returns it.

    Returns
    -------
    uint8 array of the same shape, paper 255

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[90:100, 50:250] = 0
    >>> page[190:192, 390:392] = 0  # dust
    >>> int((remove_specks(page) < 255).sum())  # 10 · 200
    2000
    """
    ink = (gray < PAPER).astype(np.uint8)

    # Let all ink swell until what is within reach touches.
    reach = max(LEAST_REACH, round(max(gray.shape) / REACHES_PER_SIDE))
    swollen = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    count, group = cv2.connectedComponents(swollen)  # (height, width): group 0 is the paper
    if count <= 2:  # the paper and one group
        return gray

    ink_of_group = np.bincount(group[ink > 0], minlength=count)
    # Never the largest: of dots that are all small and far apart, one would have to stay.
    least = min(SPECK_SHARE * ink_of_group.sum(), ink_of_group.max())
    is_speck = ink_of_group < least
    return np.where(is_speck[group], np.uint8(PAPER), gray)
