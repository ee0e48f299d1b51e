"""From grey levels to ink: the paper becomes white, whatever light fell on it, and dust goes."""

import cv2
import numpy as np

PAPER = 255  # the grey level of paper in every image of this course

# Longest side, in pixels, of the copy on which paper is estimated, or up to half as much more: a
# stroke is a pixel or two wide there. Squares of whole pixels are averaged, which is quick.
COARSE_SIDE = 256
# Share of that copy's longer side. No stroke, and no blot, is as thick; most shadows are thicker.
CLOSING_SHARE = 0.08
# In pixels of that copy. The closing's squares shall not show, nor the edge of a shadow be smeared.
PAPER_BLUR = 3

# Share of the light about it, and of the page. A dark spot within the sheet that is no larger is no
# shadow but ink: strokes of a marker so close that the closing did not fill them.
DARKEST_SHADE = 0.55
LARGEST_BLOT = 0.06

# In pixels of the scan. Enough that the paper's grain does not pass for ink, too few for a stroke.
GRAIN_BLUR = 3
# Share of the paper's light that the faintest ink takes, however quiet the paper is.
LEAST_CONTRAST = 0.08
# Paper strays from its level so many standard deviations of its grain in not one pixel of a page.
MOST_NOISE = 6
# Share of what full ink takes. Lower, and the soft edge of strokes is ink; higher, and faint ink is
# paper.
INK_SHARE = 0.38
# Part of the ink that is paler than full ink. A blot is darker yet.
FULL_INK = 0.9
# Side, in pixels of the coarse copy, of the square in which noise is measured.
NOISE_SIDE = 8
# Share of the paper's light. No grain takes as much: it is ink, and no paper is near.
MOST_OF_LIGHT = 0.5
# Grey levels. Whatever strays further is a stroke or print, and not the noise of the paper.
MOST_STRAY = 24
# Of a normal distribution: its standard deviation over its mean distance from the middle.
DEVIATIONS_PER_DISTANCE = 1.25
# Paper's level in the image in which ink is looked for: 55 levels are left for what is brighter.
LEVEL = 200

# Share of the brightest paper. What is darker is no paper but a rim, of which the grain would look
# darker than any ink.
DARKEST_PAPER = 0.2

# In widths of a stroke, about 6 mm of a ballpoint pen. Ink within reach of other ink belongs to it.
REACH_IN_WIDTHS = 10
# In pixels: in a tiny image, too, neighbours touch.
LEAST_REACH = 3
# Share of the largest group's ink. A group that holds less, and stands alone, is dust ...
SPECK_SHARE = 0.02
# ... and so are spots, none longer than so many widths of a stroke, and together less than this.
SPOT_IN_WIDTHS = 3.5
SPOTS_SHARE = 0.1


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

    On a copy of 256 pixels, a closing (brightest neighbour, then darkest) fills all that is
    narrower than a twelfth of the page: strokes, but neither a shadow nor the desk. What rises or
    falls steadily stays as it is, so an edge is followed. Derived in chapter 01, *Divide by the
    paper*.

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
    return enlarge(coarse_paper(gray), gray.shape)


def coarsen(gray: np.ndarray) -> np.ndarray:
    """Average squares of pixels, so that about 256 are left along the longer side."""
    step = step_of(gray.shape)
    height, width = gray.shape
    below = -height % step
    right = -width % step
    whole = cv2.copyMakeBorder(gray, 0, below, 0, right, cv2.BORDER_REPLICATE)
    size = (whole.shape[1] // step, whole.shape[0] // step)
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def enlarge(coarse: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return a coarse copy in the size of the page that it was made from, in smooth steps."""
    step = step_of(shape)
    height, width = shape
    size = (coarse.shape[1] * step, coarse.shape[0] * step)
    whole = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(whole[:height, :width])


def step_of(shape: tuple[int, int]) -> int:
    """Return of how many pixels a side one pixel of the coarse copy is made."""
    return max(1, round(max(shape) / COARSE_SIDE))


def coarse_paper(gray: np.ndarray) -> np.ndarray:
    """Return the level of the bare paper, at least 1, on the coarse copy."""
    # Without its noise: the closing would take the brightest of it for the paper.
    coarse = cv2.GaussianBlur(coarsen(gray), (3, 3), 0)
    side = max(3, round(CLOSING_SHARE * max(coarse.shape)))
    square = np.ones((side, side), np.uint8)
    # Beyond the border the page goes on as it ends there: what is dark in a corner stays so.
    around = cv2.copyMakeBorder(coarse, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(around, cv2.MORPH_CLOSE, square)
    paper = fill_blots(closed[side:-side, side:-side])
    return np.maximum(cv2.blur(paper, (PAPER_BLUR, PAPER_BLUR)), 1)


def fill_blots(paper: np.ndarray) -> np.ndarray:
    """Give dark spots within the sheet the level of the paper about them."""
    is_dark = paper < DARKEST_SHADE * np.quantile(paper, 0.9)
    if not is_dark.any():
        return paper
    filled = paper.copy()
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(is_dark.astype(np.uint8))
    height, width = paper.shape
    for number in range(1, count):
        left, top, across, down, area = statistics[number]
        is_inside = left > 1 and top > 1 and left + across < width - 1 and top + down < height - 1
        if not is_inside or area > LARGEST_BLOT * paper.size:
            continue
        part = (parts == number).astype(np.uint8)
        spoilt = cv2.dilate(part, np.ones((5, 5), np.uint8)) > 0
        about = cv2.dilate(part, np.ones((11, 11), np.uint8)) > 0
        level = np.median(paper[about & ~spoilt])
        if np.median(paper[part > 0]) < DARKEST_SHADE * level:
            filled[spoilt] = np.maximum(filled[spoilt], level)
    return filled


def find_ink(gray: np.ndarray) -> np.ndarray:
    """Tell ink from paper by how far a pixel lies below the paper around it.

    Ink is darker than its paper by 8 % of the light, by six standard deviations of the paper's own
    noise, measured where it lies, by as much as the paper itself falls there (the edge of a desk),
    and by 38 % of what full ink takes. None of the four asks how much of the page is ink, as Otsu's
    threshold does. Derived in chapter 01, *What is paper?*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        A scan as `read_gray` returns it.

    Returns
    -------
    bool array of the same shape

    References
    ----------
    J. Sauvola and M. Pietikäinen, Adaptive document image binarization, 2000,
    doi:10.1016/S0031-3203(99)00055-2: the local paper and its noise.

    Examples
    --------
    >>> page = np.full((200, 400), 200, np.uint8)
    >>> page[90:100, 50:350] = 40
    >>> int(find_ink(page).sum())  # 10 · 300
    3000
    """
    return _ink_on(gray, coarse_paper(gray))[0] > 0


def _ink_on(
    gray: np.ndarray, coarse: np.ndarray, paleness: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return where ink is, 255 or 0, and the grey levels relative to the paper under them.

    Of the page's full ink, that of the pen is such a share.
    """
    paper = enlarge(coarse, gray.shape)
    without_grain = cv2.GaussianBlur(gray, (GRAIN_BLUR, GRAIN_BLUR), 0)
    even = cv2.divide(without_grain, paper, scale=LEVEL)
    typical = max(1, int(_quantile(even, 0.5)))  # the closing took paper a little too bright
    darkness = cv2.subtract(typical, even)  # uint8, 0 where it is brighter than the paper

    falls = paper_falls(coarse)
    least = np.maximum(_noise(even, typical), LEVEL * falls)
    least = np.clip(least, LEAST_CONTRAST * LEVEL, PAPER).astype(np.uint8)
    is_ink = cv2.compare(darkness, enlarge(least, gray.shape), cv2.CMP_GT)
    # What is full ink is asked where even paper is: the edge of a desk would be darker.
    is_even = (falls < LEAST_CONTRAST) & (coarse >= DARKEST_PAPER * coarse.max())
    asked = cv2.bitwise_and(is_ink, is_ink, mask=enlarge(is_even.astype(np.uint8), gray.shape))
    full = _quantile(darkness, FULL_INK, asked)
    is_ink &= cv2.compare(darkness, INK_SHARE * paleness * full, cv2.CMP_GT)
    return is_ink, cv2.divide(gray, paper, scale=PAPER * LEVEL / typical)


def paper_falls(paper: np.ndarray) -> np.ndarray:
    """Return by what share the paper falls between neighbours: much at the edge of a desk."""
    neighbours = np.ones((3, 3), np.uint8)
    brightest = cv2.dilate(paper, neighbours).astype(np.float32)
    falls = 1 - cv2.erode(paper, neighbours) / brightest
    return cv2.dilate(falls, neighbours)


def _noise(even: np.ndarray, typical: int) -> np.ndarray:
    """Return, on the coarse copy, how far from its level not one pixel of the paper strays."""
    stray = cv2.min(cv2.absdiff(even, float(typical)), MOST_STRAY)
    distance = cv2.blur(coarsen(stray).astype(np.float32), (NOISE_SIDE, NOISE_SIDE))
    # The quietest place nearby: elsewhere strokes add to what the paper does.
    quiet = cv2.erode(distance, np.ones((2 * NOISE_SIDE, 2 * NOISE_SIDE), np.uint8))
    noise = MOST_NOISE * DEVIATIONS_PER_DISTANCE * cv2.blur(quiet, (NOISE_SIDE, NOISE_SIDE))
    return np.minimum(noise, MOST_OF_LIGHT * LEVEL)


def _quantile(levels: np.ndarray, share: float, mask: np.ndarray | None = None) -> int:
    """Return the grey level up to which such a share of all pixels lies; counting them is quick."""
    counts = cv2.calcHist([levels], [0], mask, [256], [0, 256]).ravel()
    return int(np.searchsorted(counts.cumsum(), share * counts.sum()))


def remove_background(
    gray: np.ndarray, paper: np.ndarray | None = None, paleness: float = 1.0
) -> np.ndarray:
    """Make the paper exactly 255 and leave the ink its grey levels, relative to the paper under it.

    The scan is divided by its paper; what `find_ink` does not find becomes paper. Derived in
    chapter 01, *What is paper?* and *Divide by the paper*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        A scan as `read_gray` returns it.
    paper : uint8 array, optional
        What `coarse_paper` returns of it, where that is known.
    paleness : float, in (0, 1]
        How dark the pen's ink is beside the darkest on the page, such as print.

    Returns
    -------
    uint8 array of the same shape, paper 255

    See Also
    --------
    find_ink : tells ink from paper.

    Examples
    --------
    >>> page = np.full((200, 400), 200, np.uint8)
    >>> page[90:100, 50:350] = 40
    >>> clean = remove_background(page)
    >>> int(clean[0, 0]), int(clean[95, 200])  # 255 · 40 / 200
    (255, 51)
    """
    coarse = coarse_paper(gray) if paper is None else paper
    is_ink, even = _ink_on(gray, coarse, paleness)
    return cv2.bitwise_or(cv2.min(even, PAPER - 1), cv2.bitwise_not(is_ink))


def stroke_width(ink: np.ndarray) -> float:
    """Estimate how wide strokes are: twice the area of the ink, by the length of its edge.

    Parameters
    ----------
    ink : uint8 array, shape (height, width)
        Above 0 where ink is.

    Returns
    -------
    float, pixels, at least 1

    Examples
    --------
    >>> ink = np.zeros((200, 400), np.uint8)
    >>> ink[90:96, 50:350] = 1
    >>> round(stroke_width(ink), 1)
    5.9
    """
    core = cv2.erode(ink, np.ones((3, 3), np.uint8))
    area = np.count_nonzero(ink)
    edge = area - np.count_nonzero(core)
    return max(1.0, float(2 * area / max(1, edge)))


def remove_specks(gray: np.ndarray) -> np.ndarray:
    """Make dust paper: groups of ink that are small and far from all other ink.

    Far is ten widths of a stroke, about 6 mm. Small is under 2 % of the largest group's ink, or
    under 10 % where there is nothing but spots, no longer than three widths. The dot of an i is
    small but near its letter, a second word is far but large: both stay. Derived in chapter 01,
    *Specks*.

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
    width = stroke_width(ink)

    # Let all ink swell until what is within reach touches; of that, a coarse copy tells as much.
    reach = max(LEAST_REACH, round(REACH_IN_WIDTHS * width))
    swollen = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    step = max(1, reach // 6)
    _, group = cv2.connectedComponents(np.ascontiguousarray(swollen[::step, ::step]))
    rows, columns = np.nonzero(ink)
    group_of_pixel = group[rows // step, columns // step]  # (pixels of ink,)
    count = int(group.max()) + 1  # group 0 is the paper
    if count <= 2:
        return gray

    _, piece, statistics, _ = cv2.connectedComponentsWithStats(ink)
    sides = statistics[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    is_of_strokes = sides > SPOT_IN_WIDTHS * width  # a piece of ink that does not touch another
    strokes_of_group = np.bincount(group_of_pixel, is_of_strokes[piece[rows, columns]], count)

    ink_of_group = np.bincount(group_of_pixel, minlength=count)
    # Never the largest: of dots that are all small and far apart, one would have to stay.
    largest = ink_of_group.max()
    is_speck = ink_of_group < SPECK_SHARE * largest
    is_speck |= (strokes_of_group == 0) & (ink_of_group < SPOTS_SHARE * largest)
    is_speck[0] = False
    gone = is_speck[group_of_pixel]
    cleaned = gray.copy()
    cleaned[rows[gone], columns[gone]] = PAPER
    return cleaned
