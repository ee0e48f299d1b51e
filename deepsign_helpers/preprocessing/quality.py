"""Is it a signature at all? What can be seen of the ink alone, without knowing who wrote it."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import PAPER, stroke_width
from deepsign_helpers.preprocessing.framing import NO_INK
from deepsign_helpers.preprocessing.reading import ImageError

# Bounds lie between 6,000 generated signatures of all scripts and domains, with other plausible
# hands (markers, fine pens, initials, paraphs), and 1,000 scans of something else.

# Share of the scan. Dust has less, and the smallest signature on a page of A4 has more.
LEAST_INK = 0.00005
# Share of the scan. Writing leaves most of a page white; what does not is something else.
MOST_INK = 0.6

# Stroke widths. What is shorter is a spot: a crumb, the dot of an i, a point of a dotted line.
SHORTEST_STROKE = 3
# Share of the ink. A signature has 0.85, even broken up by a fax; crumbs and blots have none.
LEAST_IN_STROKES = 0.5
# Stroke widths, and extents. A ruled line has a flatness of 1 and a length of 1. A name of 60
# pixels may be as flat, but not as short.
FLATTEST = 3.5
SHORTEST_LINE = 1.2
# Stroke widths; share of its width that it is high; share of the scan that is ink. Of 3,000
# signatures on a page one is as low, and so is every word of print that is left on a form. Who
# crops a name that a thick pen wrote has more ink.
LOW = 9
LOW_AND_LONG = 0.45
LITTLE_INK = 0.015
# Extents. Strokes that belong together cross their box at least once, but for a few hasty hands;
# crumbs and noise that lie about reach a quarter.
LEAST_LENGTH = 0.5
LEAST_USUAL_LENGTH = 1.0

# Of the extent, and of the depth of thin strokes, those of a fifth of the ink: what is deeper than
# both, and than strokes in a small picture, is no crossing of strokes.
DEEPEST_OF_EXTENT = 0.04
DEEPEST_OF_THIN = 3
THIN = 0.2
# Pixels. In a small picture, the strokes of a hasty letter run into each other as deep as that.
DEEPEST_OF_SMALL = 6
# Share of the ink. Blots and closed loops come to 0.01; a desk beside ink has 0.9.
MOST_FILLED = 0.25
# Share of the brightest paper beside the ink. What is darker than any shadow, and no ink, is a dark
# thing of which the ink is the outline.
DARKEST_PAPER = 0.3
# Share of what lies beside the ink: between an edge's blur, and so many pixels further.
MOST_DARK_BESIDE = 0.15
BESIDE = 4
# Share of the border. A signature that is cut out tightly touches it here and there; a desk or a
# scanner's rim follows it.
MOST_BORDER = 0.25
RIM = 3  # pixels from the edge

# Groups of ink, and share of the box that holds them: noise exceeds both.
MOST_GROUPS = 60
DENSEST_GROUPS = 0.33

# Pixels of paper about the ink that are looked at.
MARGIN = 8
# Pixels of ink next to paper whose steepness counts.
OUTLINE = 2
# Of those the steepness that three quarters do not reach; of the paper the level of its lit part.
STEEP = 0.75
PAPER_LEVEL = 0.9
# Pixels. Every scanner blurs by as much, whatever the size of a signature.
SHARP_EDGE = 4
# Of the extent. At a thirtieth small loops close; no signature has over 0.023, and what light does
# on bare paper has over 0.05.
WIDEST_SHARP_EDGE = 0.03
WIDEST_EDGE = 0.05

# Pixels. Of a smaller signature hardly anything is left to compare.
LEAST_EXTENT = 40
# Widths. Hands that write steeply are lower; a name that lies on its side is higher.
TALLEST = 2

# Pixels. Smaller groups are dots, or grain.
LEAST_LETTER_AREA = 6
# Median heights of the letters: of the lowest and the highest, of letters that touch each other,
# and of the space between words.
LETTER_HEIGHTS = (0.4, 2.2)
LONGEST_LETTER = 8
LETTER_GAP = 2.5
# A line of print has as many, and is as many letters high. Who prints by hand reaches 14.
LEAST_LETTERS = 12
LEAST_LINE = 18
# Of the letters' height: how far half of them stray from one height, and from one base line.
UNEVEN_HEIGHTS = 0.25
UNEVEN_BASE = 0.15
# Share of the ink. With more, it is a text, signed or not.
MOST_PRINT = 0.75

# Share of the ink. What has less, and lies apart, belongs to the rest: a dot, a flourish.
LEAST_OF_TWO = 0.2
# Of its width. What is flatter is a flourish, too.
FLATTEST_OF_TWO = 0.12
# Heights of the lower part. The words of a name are nearer to each other, in 99 names of 100.
WIDEST_GAP = 1.2
# Heights of the lower part. Nearer than that, it is one word.
LEAST_GAP = 0.1
# Sum of the logarithms of two ratios: of the parts' stroke widths, and of how dark they are. One
# pen comes to 0.1, and to 0.45 in one name of 100; of two pens a fifth come to more.
MOST_UNLIKE = 0.45
# Share of the ink that is paler than what is compared.
FULL_INK = 0.75

Sentences = tuple[str, ...]

# Why a scan shows no signature.
NOTHING_LEFT = "no ink is left; {}; is the page signed?"
ALL_INK = "most of it is ink; is the scan inverted, or a photograph of something else?"
BORDER = "its border is dark, as of a desk or a scanner's rim; crop it to the sheet."
DARK = "it shows dark areas, not strokes; crop it to the signature."
NOISE = "its ink is scattered about; is it noise or a pattern?"
NO_EDGES = "it is blurred beyond all strokes; is it a signature, and in focus?"
LINE = "it shows nothing but a straight line; is the form not signed?"
SPOTS = "it shows spots, not strokes; is it dirt, a blot or a dotted line?"
PRINT = "nearly all of its ink is print; crop it to the signature."


@dataclass(frozen=True)
class Quality:
    """What can be measured of the ink of a scan, and whether a signature looks like that.

    Attributes
    ----------
    ink_share : float, in [0, 1]
        Share of the scan that is ink; where it is too little or too much, all else is 0.
    height, width : int, pixels
        Of the smallest upright box that holds all ink.
    stroke_width : float, pixels
        Half of the ink lies in strokes at least as wide.
    line_length : float
        Length of all strokes, in extents: diagonals of the box.
    flatness : float, in stroke widths
        The shorter side of the narrowest box that holds all ink, however it is turned.
    in_strokes : float, in [0, 1]
        Share of the ink in groups that are longer than wide, as strokes are and spots are not.
    filled : float, in [0, 1]
        Share of the ink in places far too deep for a stroke.
    dark_beside : float, in [0, 1]
        Share of what lies close to the ink that is too dark for paper: the ink is the outline of
        something dark.
    border : float, in [0, 1]
        Share of the scan's border from which ink goes inwards.
    edge_width : float, pixels
        How long the way from paper to ink is.
    groups : int
        Pieces of ink that do not touch each other.
    gap : float, in heights
        How far apart two parts of the ink are that could be signatures each, in heights of the
        lower one; 0 where there are none.
    unlikeness : float
        How unlike these two are, as of two pens: the logarithm of the ratio of their stroke widths
        and that of how dark they are, added.
    print_share : float, in [0, 1]
        Share of the ink in lines of print.
    doubts : tuple of str
        What was seen that may belong to the page, and was left.
    removed : tuple of str
        What was taken away, since it belongs to the page.
    """

    ink_share: float
    height: int = 0
    width: int = 0
    stroke_width: float = 0.0
    line_length: float = 0.0
    flatness: float = 0.0
    in_strokes: float = 0.0
    filled: float = 0.0
    dark_beside: float = 0.0
    border: float = 0.0
    edge_width: float = 0.0
    groups: int = 0
    gap: float = 0.0
    unlikeness: float = 0.0
    print_share: float = 0.0
    doubts: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def extent(self) -> float:
        """Diagonal of the box that holds all ink, in pixels."""
        return math.hypot(self.height, self.width)

    @property
    def verdict(self) -> str:
        """Whether it can be compared: "usable", "doubtful" or "unusable"."""
        if self.reasons:
            return "unusable"
        return "doubtful" if self.warnings else "usable"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is no signature, or none that can be compared; empty where it is one."""
        if self.ink_share < LEAST_INK and self.removed:
            return (NOTHING_LEFT.format("; ".join(self.removed)),)
        if self.ink_share < LEAST_INK:
            return (NO_INK,)
        if self.ink_share > MOST_INK:
            return (ALL_INK,)
        is_noise = self.groups > MOST_GROUPS and self.ink_share_of_box > DENSEST_GROUPS
        is_line = self.flatness < FLATTEST and self.line_length < SHORTEST_LINE
        is_spots = self.in_strokes < LEAST_IN_STROKES
        checks = (
            (self.border > MOST_BORDER, BORDER),
            (self.filled > MOST_FILLED or self.dark_beside > MOST_DARK_BESIDE, DARK),
            (is_noise, NOISE),
            (self._is_softer_than(WIDEST_EDGE), NO_EDGES),
            (is_line and not is_spots, LINE),
            (is_spots or self.line_length < LEAST_LENGTH, SPOTS),
            (self.print_share > MOST_PRINT, PRINT),
        )
        found = [sentence for is_found, sentence in checks if is_found]
        return tuple(found[:1])  # the others mostly follow from it

    @property
    def warnings(self) -> tuple[str, ...]:
        """What weakens a comparison; empty where nothing does, or where there are reasons."""
        if self.reasons:
            return ()
        found = [*self.doubts]
        if self.line_length < LEAST_USUAL_LENGTH:
            found.append("its ink is little and lies far apart; is all of it the signature?")
        if self._is_low:
            found.append("it is as low as a word of print; is the form signed?")
        if self.extent < LEAST_EXTENT:
            found.append("it is a few pixels long; scan it at 300 dpi.")
        if self.height > TALLEST * self.width:
            found.append("it is much taller than wide; is the scan turned by a quarter?")
        if self._is_softer_than(WIDEST_SHARP_EDGE):
            found.append("it is blurred; is it in focus?")
        if self.print_share > 0:
            found.append("some of its ink is print; crop it to the signature.")
        if self.gap > WIDEST_GAP:
            found.append("its ink lies in two places; are they two signatures?")
        elif self.unlikeness > MOST_UNLIKE:
            found.append("two parts of it seem of two pens; are they two signatures?")
        return tuple(found)

    @property
    def _is_low(self) -> bool:
        """Tell whether it is as low as a word of print, and all there is on a page."""
        is_low = self.flatness < LOW and self.height < LOW_AND_LONG * self.width
        return is_low and (self.ink_share < LITTLE_INK or bool(self.removed))

    def _is_softer_than(self, share: float) -> bool:
        """Tell whether edges are wider than a scanner's, and than such a share of the extent."""
        return self.edge_width > max(SHARP_EDGE, share * self.extent)

    @property
    def ink_share_of_box(self) -> float:
        """Share of the box that is ink."""
        return self.line_length * self.extent * self.stroke_width / (self.height * self.width)

    def require_usable(self, name: str) -> None:
        """Raise an ImageError with the reasons, if there are any."""
        if self.reasons:
            raise ImageError(f"{name}: {' '.join(self.reasons)}")


def judge(
    clean: np.ndarray, gray: np.ndarray, doubts: Sentences = (), removed: Sentences = ()
) -> Quality:
    """Measure the ink of a scan, once its paper, its page and its specks are gone.

    Parameters
    ----------
    clean : uint8 array, shape (height, width), paper exactly 255
        As `remove_specks` returns it.
    gray : uint8 array of the same shape
        The scan that it was made from; it shows how sharp the ink is.
    doubts : tuple of str
        What was seen that may belong to the page, and was left.
    removed : tuple of str
        What was taken away; where nothing is left, that is said.

    Returns
    -------
    Quality

    See Also
    --------
    quality : reads and cleans a scan, and judges it.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> loop = cv2.ellipse(page.copy(), (200, 100), (120, 40), 10, 0, 300, color=0, thickness=4)
    >>> judge(loop, loop).verdict
    'usable'
    >>> blot = cv2.circle(page.copy(), (200, 100), 40, color=0, thickness=-1)
    >>> judge(blot, blot).reasons
    ('it shows spots, not strokes; is it dirt, a blot or a dotted line?',)
    """
    ink = (clean < PAPER).astype(np.uint8)
    ink_share = float(ink.mean())
    if not LEAST_INK <= ink_share <= MOST_INK:
        return Quality(ink_share, removed=removed)

    left, top, width, height = cv2.boundingRect(ink)
    rows = slice(max(0, top - MARGIN), top + height + MARGIN)
    columns = slice(max(0, left - MARGIN), left + width + MARGIN)
    box = np.ascontiguousarray(ink[rows, columns])
    gray_box = np.ascontiguousarray(gray[rows, columns])
    depth = _depth(box)
    ridge = _ridge(box, depth)
    edge_width = _edge_width(gray_box, box, depth)
    # A stroke of n pixels is (n + 1) / 2 deep.
    width_of_strokes = max(1.0, 2 * _depth_reached(ridge, 0.5) - 1)
    extent = math.hypot(height, width)

    # A row for each group: left, top, width, height, pixels. The paper, group 0, is left out.
    _, group_at, statistics, _ = cv2.connectedComponentsWithStats(box, connectivity=8)
    groups = statistics[1:]
    gap, unlikeness = _compare_parts(box, clean[rows, columns])
    return Quality(
        ink_share=ink_share,
        height=height,
        width=width,
        stroke_width=width_of_strokes,
        line_length=float(box.sum()) / width_of_strokes / extent,
        flatness=min(cv2.minAreaRect(cv2.findNonZero(box))[1]) / width_of_strokes,
        in_strokes=_share_in_strokes(groups, SHORTEST_STROKE * width_of_strokes),
        filled=_share_of_filled(ridge, extent),
        dark_beside=_share_of_dark_beside(gray_box, box, edge_width),
        border=_share_of_border(ink),
        edge_width=edge_width,
        groups=len(groups),
        gap=gap,
        unlikeness=unlikeness,
        print_share=_share_of_print(group_at, groups),
        doubts=doubts,
        removed=removed,
    )


def _depth(box: np.ndarray) -> np.ndarray:
    """Return how far each pixel of ink is from paper, in pixels; beyond the box there is paper."""
    with_paper_around = np.pad(box, 1)
    depth = cv2.distanceTransform(with_paper_around, cv2.DIST_L2, cv2.DIST_MASK_3)
    return depth[1:-1, 1:-1]


def _ridge(box: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return how deep the ink is along the middle of its strokes, in order.

    A stroke has as much ink as its ridge is deep. So whoever sums depths sums ink, and the many
    short ridges of a rough edge hardly count.
    """
    deepest_around = cv2.dilate(depth, np.ones((3, 3), np.uint8))
    return np.sort(depth[(box > 0) & (depth >= deepest_around)])


def _depth_reached(ridge: np.ndarray, share: float) -> float:
    """Return the depth in pixels that such a share of the ink reaches."""
    ink_up_to = np.cumsum(ridge)
    return float(ridge[np.searchsorted(ink_up_to, (1 - share) * ink_up_to[-1])])


def _share_of_filled(ridge: np.ndarray, extent: float) -> float:
    """Return the share of the ink in places far too deep for a stroke."""
    thin = _depth_reached(ridge, 1 - THIN)
    deepest = max(DEEPEST_OF_EXTENT * extent, DEEPEST_OF_THIN * thin, DEEPEST_OF_SMALL)
    return float(ridge[ridge > deepest].sum() / ridge.sum())


def _share_in_strokes(groups: np.ndarray, shortest: float) -> float:
    """Return the share of the ink in groups that are at least so many pixels long."""
    lengths = np.hypot(groups[:, cv2.CC_STAT_WIDTH], groups[:, cv2.CC_STAT_HEIGHT])
    areas = groups[:, cv2.CC_STAT_AREA]
    return float(areas[lengths >= shortest].sum() / areas.sum())


def _share_of_border(ink: np.ndarray) -> float:
    """Return the share of the outermost pixels from which ink goes inwards.

    A fax may draw a line along the edge of a page, a pixel or two wide. A desk is wider.
    """
    inwards = [ink[:RIM], ink[-RIM:], ink[:, :RIM].T, ink[:, -RIM:].T]
    border = np.concatenate([side.all(axis=0) for side in inwards])
    return float(border.mean())


def _share_of_dark_beside(gray_box: np.ndarray, box: np.ndarray, edge_width: float) -> float:
    """Return the share of what lies beside the ink, beyond its blurred edge, that is no paper."""
    blurred = 2 * math.ceil(min(edge_width, SHARP_EDGE)) + 1
    around = blurred + 2 * BESIDE
    within_edge = cv2.dilate(box, np.ones((blurred, blurred), np.uint8))
    within_reach = cv2.dilate(box, np.ones((around, around), np.uint8))
    beside = gray_box[within_reach > within_edge]
    if len(beside) == 0:
        return 0.0
    brightest = np.quantile(beside, PAPER_LEVEL)
    return float(np.mean(beside < DARKEST_PAPER * brightest))


def _edge_width(gray_box: np.ndarray, box: np.ndarray, depth: np.ndarray) -> float:
    """Return in pixels how long the way from paper to ink is: their difference by the steepness."""
    down = cv2.Sobel(gray_box, cv2.CV_32F, 0, 1, scale=1 / 8)
    across = cv2.Sobel(gray_box, cv2.CV_32F, 1, 0, scale=1 / 8)
    outline = (depth > 0) & (depth < OUTLINE)
    steepness = np.hypot(down[outline], across[outline])
    steep = max(1.0, float(np.quantile(steepness, STEEP)))

    # Counting grey levels is quicker than sorting them.
    counts = cv2.calcHist([gray_box], [0], 1 - box, [256], [0, 256]).ravel().cumsum()
    paper_level = np.searchsorted(counts, PAPER_LEVEL * counts[-1])
    ink_level = np.median(gray_box[box > 0])
    return float(paper_level - ink_level) / steep


def _compare_parts(box: np.ndarray, clean: np.ndarray) -> tuple[float, float]:
    """Return the gap between two parts that could be signatures each, and how unlike they are.

    The gap is the widest empty strip across the box, in heights of the lower of the parts beside
    it; such parts have enough of the ink, and are not flat.
    """
    gap = 0.0
    cut = (0, 0)
    for axis in (0, 1):  # strips of empty rows, then of empty columns
        ink_up_to = np.cumsum(np.count_nonzero(box, axis=1 - axis))
        with_ink = np.flatnonzero(np.diff(ink_up_to, prepend=0))
        strips = np.diff(with_ink) - 1
        share_before = ink_up_to[with_ink[:-1]] / ink_up_to[-1]
        is_possible = (strips > 0) & (np.abs(share_before - 0.5) <= 0.5 - LEAST_OF_TWO)
        for number in np.flatnonzero(is_possible):
            behind = int(with_ink[number]) + 1
            here = strips[number] / _lower_height(*np.split(box, [behind], axis))
            if here > gap:
                gap = float(here)
                cut = (behind, axis)
    if gap < LEAST_GAP:
        return gap, 0.0

    behind, axis = cut
    widths = [stroke_width(np.ascontiguousarray(part)) for part in np.split(box, [behind], axis)]
    levels = [
        np.quantile(PAPER - part[part < PAPER], FULL_INK)
        for part in np.split(clean, [behind], axis)
    ]
    unlikeness = abs(math.log(widths[0] / widths[1])) + abs(math.log(levels[0] / levels[1]))
    return gap, unlikeness


def _lower_height(one: np.ndarray, other: np.ndarray) -> float:
    """Return the height in pixels of the lower of two parts; infinity where one is but a line."""
    lower = math.inf
    for part in (one, other):
        _, _, width, height = cv2.boundingRect(np.ascontiguousarray(part))
        if height < FLATTEST_OF_TWO * width:
            return math.inf
        lower = min(lower, height)
    return lower


def _share_of_print(group_at: np.ndarray, groups: np.ndarray) -> float:
    """Return the share of the ink that stands in lines of print.

    Such a line is found by swelling all that may be a letter sideways until it touches the next.
    """
    heights = groups[:, cv2.CC_STAT_HEIGHT]
    is_no_dot = groups[:, cv2.CC_STAT_AREA] >= LEAST_LETTER_AREA
    if np.count_nonzero(is_no_dot) < LEAST_LETTERS:
        return 0.0
    typical = np.median(heights[is_no_dot])
    lowest, highest = typical * np.array(LETTER_HEIGHTS)
    is_letter = is_no_dot & (heights >= lowest) & (heights <= highest)
    is_letter &= groups[:, cv2.CC_STAT_WIDTH] <= LONGEST_LETTER * typical

    is_letter_at = np.concatenate([[False], is_letter])  # (groups + 1,), with the paper
    letters = is_letter_at[group_at].astype(np.uint8)  # (height, width)
    sideways = np.ones((1, int(LETTER_GAP * typical) + 1), np.uint8)
    _, line_at = cv2.connectedComponents(cv2.dilate(letters, sideways))
    line_of_group = np.zeros(len(is_letter_at), int)
    line_of_group[group_at] = line_at  # all pixels of a letter lie in one line
    line_of_group = line_of_group[1:] * is_letter

    in_print = 0
    for line in range(1, line_at.max() + 1):
        of_line = groups[line_of_group == line]
        if _is_print(of_line):
            in_print += of_line[:, cv2.CC_STAT_AREA].sum()
    return float(in_print / groups[:, cv2.CC_STAT_AREA].sum())


def _is_print(letters: np.ndarray) -> bool:
    """Tell whether letters, (n, 5), are many, of one height and on one straight base line."""
    if len(letters) < LEAST_LETTERS:
        return False
    left, top, width, height, _ = letters.T
    typical = np.median(height)
    middle = left + width / 2
    bottom = top + height
    slope, start = np.polyfit(middle, bottom, 1)
    off_line = np.median(np.abs(bottom - start - slope * middle))
    uneven = np.median(np.abs(height - typical))
    return bool(
        np.ptp(middle) >= LEAST_LINE * typical
        and off_line <= UNEVEN_BASE * typical
        and uneven <= UNEVEN_HEIGHTS * typical
    )
