"""Small print: letters in rows, dotted lines and stamps, told by their size and their order."""

from dataclasses import dataclass

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import PAPER
from deepsign_helpers.preprocessing.rules import lay_line

# In widths of a stroke. Dots and dashes of a line to sign on, and the gap between two of them.
HIGHEST_DOT = 1.4
LONGEST_DASH = 6
DOT_GAP = 5
# Dots in a row, and their length in widths of a stroke. Fewer may be an ellipsis.
FEWEST_DOTS = 8
SHORTEST_ROW = 20
# In widths of a stroke: from the smallest letters of a form to headings.
LETTER_HEIGHTS = (1.2, 6)
# In heights of a letter: the space between two words, and the shortest word, "Date".
WORD_GAP = 0.8
SHORTEST_WORD = 2.4
FEWEST_LETTERS = 5
# Letters that make a paragraph, in which all that is as small is print, and its lines' distance.
FEWEST_OF_PARAGRAPH = 20
LINE_GAP = 2.0  # heights of a letter
# In heights of a letter: what is small, and how far the next word may stand. Share of the small
# groups in a row that are surely printed, so that all of them are.
SMALL_AS_PRINT = 1.6
WORD_SPACE = 1.5
LEAST_PRINTED = 0.3
# Share of the median height: how much letters of a row differ, and their feet from a straight line.
HEIGHTS_DIFFER = 0.6
FEET_STRAY = 0.14
# In heights of a letter. Beside print, a signature has strokes as high.
HIGHER_THAN_PRINT = 1.8
# In widths of a stroke, and share of the rectangle or circle about it that it fills. A stamp's
# frame; the loop of a letter is neither as large nor as regular.
SMALLEST_STAMP = 20
STAMP_FILLS = 0.9
LETTERS_IN_STAMP = 5
NEAR_OUTLINE = 1.5  # widths; there is ink as near ...
LEAST_FOLLOWED = 0.92  # ... along this share of the outline
FRAME_IN_WIDTHS = 6  # how far from the outline a frame keeps, with letters that touch it ...
MOST_IN_CORE = 0.1  # ... but for this share of its ink
# Pixels; and letters that don't touch the frame, or what is written: of a stamp that is left.
SMALLEST_LETTER = 6
FEWEST_HELD = 2
# Of a ring upon which somebody wrote: its radii in widths of a stroke, the pixels that are
# one in the coarse copy, the votes that make a candidate, how many of these are looked at, and the
# share of a circle that must be drawn. The roundest loops of a signature come to 0.86.
RING_RADII = (6, 30)
RING_STEP = 3
LEAST_VOTES = 14
MOST_RINGS = 6
LEAST_DRAWN = 0.9
ANGLES = np.linspace(0, 2 * np.pi, 90, endpoint=False)
DIRECTIONS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
# Columns, rows and pixels of radius that a candidate is moved by, (45, 3).
STEPS = np.array([-1.0, 1.0, 3.0])
NEIGHBOURS = np.array(np.meshgrid(STEPS, STEPS, np.linspace(-3, 3, 5))).reshape(3, -1).T
OFF_MIDDLE = 0.08  # share of its longer side by which a second ring is off its middle


@dataclass(frozen=True)
class Groups:
    """Pieces of ink that don't touch each other; the arrays have a value for each."""

    of_pixel: np.ndarray  # int, (height, width): to which group a pixel belongs; 0: paper
    left: np.ndarray  # column, pixels
    top: np.ndarray  # row, pixels
    width: np.ndarray  # pixels
    height: np.ndarray  # pixels
    area: np.ndarray  # pixels; 0 for the paper

    @property
    def foot(self) -> np.ndarray:
        """Row of the lowest pixel."""
        return self.top + self.height - 1

    @property
    def middle(self) -> np.ndarray:
        """Column and row of the middle of each box, (groups, 2)."""
        return np.stack([self.left + self.width / 2, self.top + self.height / 2], axis=1)


def find_groups(clean: np.ndarray) -> Groups:
    """Find the pieces of ink of a page whose paper is exactly 255."""
    ink = (clean < PAPER).astype(np.uint8)
    _, of_pixel, statistics, _ = cv2.connectedComponentsWithStats(ink)
    statistics[0] = 0
    left, top, width, height, area = statistics.T
    return Groups(of_pixel, left, top, width, height, area)


def rows_of(groups: Groups, chosen: np.ndarray, gap: float) -> list[np.ndarray]:
    """Return the numbers of the chosen groups that stand side by side, row by row."""
    page = chosen[groups.of_pixel].astype(np.uint8)
    joined = cv2.dilate(page, np.ones((1, 2 * round(gap / 2) + 1), np.uint8))
    _, row_of_pixel = cv2.connectedComponents(joined)
    numbers = np.flatnonzero(chosen)
    # A group lies whole in one row: that of its first pixel does.
    first = np.zeros(len(chosen), int)
    pixels = groups.of_pixel.ravel()
    where = np.flatnonzero(page.ravel())
    first[pixels[where]] = row_of_pixel.ravel()[where]
    return [numbers[first[numbers] == row] for row in np.unique(first[numbers])]


def find_dots(groups: Groups, width: float) -> list[np.ndarray]:
    """Find dotted and dashed lines: rows of spots on a straight line, their groups' numbers."""
    is_spot = (groups.height <= max(3, HIGHEST_DOT * width)) & (groups.area > 0)
    is_spot &= groups.width <= LONGEST_DASH * width
    if is_spot.sum() < FEWEST_DOTS:
        return []
    lines = []
    for row in rows_of(groups, is_spot, DOT_GAP * width):
        if len(row) < FEWEST_DOTS:
            continue
        x, y = groups.middle[row].T
        is_near = stray_from_line(x, y) <= max(1.0, 0.35 * width)
        length = np.ptp(x[is_near]) if is_near.any() else 0
        if is_near.sum() >= FEWEST_DOTS and length >= SHORTEST_ROW * width:
            lines.append(row[is_near])
    return lines


def find_words(groups: Groups, width: float) -> list[np.ndarray]:
    """Find lines of print: letters of about one height on one foot line, their groups' numbers."""
    lowest, highest = LETTER_HEIGHTS
    is_letter = (groups.height >= lowest * width) & (groups.height <= highest * width)
    is_letter &= groups.width <= 12 * groups.height
    if is_letter.sum() < FEWEST_LETTERS:
        return []
    gap = WORD_GAP * float(np.median(groups.height[is_letter]))
    words = []
    for row in rows_of(groups, is_letter, gap):
        if len(row) >= FEWEST_LETTERS and are_printed(groups, row):
            words.append(row)
    printed = np.concatenate(words) if words else []
    if len(printed) >= FEWEST_OF_PARAGRAPH:
        words.append(near_print(groups, printed))
    return words


def near_print(groups: Groups, printed: np.ndarray) -> np.ndarray:
    """Return the groups that are as small as the letters of a paragraph and stand in it.

    They stand among its lines, or side by side with letters of it.
    """
    height = float(np.median(groups.height[printed]))
    is_small = (groups.height <= SMALL_AS_PRINT * height) & (groups.area > 0)
    is_printed = np.zeros(len(is_small), bool)
    is_printed[printed] = True
    is_near = is_small & is_about(groups, printed, round(LINE_GAP * height))
    for row in rows_of(groups, is_small, WORD_SPACE * height):
        if is_printed[row].mean() >= LEAST_PRINTED:
            is_near[row] = True
    return np.flatnonzero(is_near)


def is_about(groups: Groups, printed: np.ndarray, across: int, down: int = 1) -> np.ndarray:
    """Tell which groups have their middle between printed ones, or as near, in pixels."""
    page = np.zeros(groups.of_pixel.shape, np.uint8)
    for left, top, width, height in zip(
        groups.left[printed],
        groups.top[printed],
        groups.width[printed],
        groups.height[printed],
        strict=True,
    ):
        page[top : top + height, left : left + width] = 1
    around = 2 * across + 1
    paragraph = cv2.morphologyEx(page, cv2.MORPH_CLOSE, np.ones((around, around), np.uint8))
    paragraph = cv2.dilate(paragraph, np.ones((2 * down + 1, around), np.uint8))
    column, row = groups.middle.T.astype(int)
    return paragraph[row, column] > 0


def are_printed(groups: Groups, row: np.ndarray) -> bool:
    """Tell whether groups that stand in a row are as even as print."""
    heights = groups.height[row]
    height = np.median(heights)
    length = (groups.left + groups.width)[row].max() - groups.left[row].min()
    lower, upper = np.quantile(heights, [0.25, 0.75])
    feet = stray_from_line(groups.middle[row, 0], groups.foot[row])
    return (
        length >= SHORTEST_WORD * height
        and upper - lower <= HEIGHTS_DIFFER * height
        and np.median(feet) <= max(0.6, FEET_STRAY * height)
    )


def stray_from_line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how far points lie from the straight line that most of them lie on."""
    near = np.ones(len(x), bool)
    stray = np.zeros(len(x))
    for _ in range(3):
        slope, start = lay_line(x[near], y[near])
        stray = np.abs(y - slope * x - start)
        near = stray <= max(1.0, 1.5 * float(np.median(stray)))
        if near.sum() < 3:
            break
    return stray


def find_stamps(groups: Groups, width: float) -> list[np.ndarray]:
    """Find stamps: a frame or a ring that stands alone, with letters in it."""
    if np.count_nonzero(groups.area) <= LETTERS_IN_STAMP:
        return []
    is_large = np.minimum(groups.width, groups.height) >= SMALLEST_STAMP / 2 * width
    is_large &= np.maximum(groups.width, groups.height) >= SMALLEST_STAMP * width
    stamps = []
    for number in np.flatnonzero(is_large):
        rows = slice(groups.top[number], groups.top[number] + groups.height[number])
        columns = slice(groups.left[number], groups.left[number] + groups.width[number])
        within = groups.of_pixel[rows, columns]
        inside = inside_of_frame((within == number).astype(np.uint8), width)
        if inside is None:
            continue
        held = np.unique(within[inside])
        held = held[(held > 0) & (held != number)]
        is_written = groups.height[held] > LETTER_HEIGHTS[1] * width
        is_written &= ~is_ring(groups, held, number)
        if len(held) >= LETTERS_IN_STAMP and not is_written.any():
            stamps.append(np.append(held, number))
    return stamps


def inside_of_frame(ink: np.ndarray, width: float) -> np.ndarray | None:
    """Return where the inside of a frame or a ring is, (height, width); None if it is none."""
    hull = cv2.convexHull(cv2.findNonZero(ink))
    if how_regular(hull) < STAMP_FILLS:
        return None
    outline = cv2.polylines(np.zeros_like(ink), [hull], isClosed=True, color=1)
    near = 2 * round(NEAR_OUTLINE * width) + 1
    is_followed = cv2.dilate(ink, np.ones((near, near), np.uint8))[outline > 0]
    if is_followed.mean() < LEAST_FOLLOWED:
        return None
    inside = cv2.fillConvexPoly(np.zeros_like(ink), hull, 1)
    band = 2 * round(FRAME_IN_WIDTHS * width) + 1
    around = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    core = cv2.erode(around, np.ones((band, band), np.uint8))[1:-1, 1:-1]
    if (ink & core).sum() > MOST_IN_CORE * ink.sum():  # strokes hang on the frame
        return None
    return inside > 0


def how_regular(hull: np.ndarray) -> float:
    """Return what share of the rectangle or of the circle about it an outline fills, the larger."""
    area = cv2.contourArea(hull)
    _, (one_side, other_side), _ = cv2.minAreaRect(hull)
    _, radius = cv2.minEnclosingCircle(hull)
    return max(area / max(1, one_side * other_side), area / max(1, np.pi * radius**2))


def has_stamp(groups: Groups, width: float) -> bool:
    """Tell whether a frame or a ring with letters is left, upon the signature or touching it."""
    middles = groups.middle[groups.area >= SMALLEST_LETTER]
    if len(middles) < LETTERS_IN_STAMP:
        return False
    ink = (groups.of_pixel > 0).astype(np.uint8)
    outlines = find_holes(ink, width) + find_rings(ink, width)
    return any(held_by(outline, middles) >= FEWEST_HELD for outline in outlines)


def held_by(outline: np.ndarray, middles: np.ndarray) -> int:
    """Count how many points, (n, 2), lie within an outline as OpenCV has it, (n, 1, 2)."""
    return sum(cv2.pointPolygonTest(outline, tuple(middle), False) >= 0 for middle in middles)


def find_holes(ink: np.ndarray, width: float) -> list[np.ndarray]:
    """Find round and square areas that ink closes about: the inside of a frame, whole or not."""
    contours, hierarchy = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = []
    for contour, (_, _, _, parent) in zip(contours, hierarchy[0], strict=True):
        _, _, across, down = cv2.boundingRect(contour)
        sides = np.sort([across, down]) / width
        if parent >= 0 and sides[0] >= SMALLEST_STAMP / 2 and sides[1] >= SMALLEST_STAMP:
            hull = cv2.convexHull(contour)
            if how_regular(hull) >= STAMP_FILLS:
                holes.append(hull)
    return holes


def find_rings(ink: np.ndarray, width: float) -> list[np.ndarray]:
    """Find circles that are drawn nearly whole, by Hough's transform on a coarse copy."""
    height, page_width = ink.shape
    size = (max(1, page_width // RING_STEP), max(1, height // RING_STEP))
    coarse = cv2.resize(ink * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    smallest, largest = (round(radius * width / RING_STEP) for radius in RING_RADII)
    circles = cv2.HoughCircles(
        coarse,
        cv2.HOUGH_GRADIENT,
        dp=1,
        minDist=smallest / 2,
        param1=100,
        param2=LEAST_VOTES,
        minRadius=smallest,
        maxRadius=largest,
    )
    if circles is None:
        return []
    near = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    # Of each candidate the neighbours, too: the coarse copy is a pixel or two off.
    found = np.repeat(circles[0, :MOST_RINGS] * RING_STEP, len(NEIGHBOURS), axis=0)
    found += np.tile(NEIGHBOURS, (len(found) // len(NEIGHBOURS), 1))
    # (circles, directions, 2)
    points = found[:, np.newaxis, :2] + found[:, np.newaxis, 2:] * DIRECTIONS
    columns = np.clip(np.rint(points[..., 0]).astype(int), 0, page_width - 1)
    rows = np.clip(np.rint(points[..., 1]).astype(int), 0, height - 1)
    drawn = near[rows, columns].mean(axis=1)
    return [
        np.rint(points[number]).astype(np.int32)[:, np.newaxis]
        for number in np.flatnonzero(drawn >= LEAST_DRAWN)
    ]


def is_ring(groups: Groups, held: np.ndarray, frame: int) -> np.ndarray:
    """Tell which groups in a frame have its middle, as a second ring has: bool, (held,)."""
    side = max(groups.width[frame], groups.height[frame])
    off = np.abs(groups.middle[held] - groups.middle[frame]).max(axis=1)
    return off < OFF_MIDDLE * side
