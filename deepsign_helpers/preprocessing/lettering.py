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
FRAME_IN_WIDTHS = 2.5  # how far from the outline a frame keeps ...
OFF_MIDDLE = 0.08  # share of its longer side by which a second ring is off its middle
MOST_IN_CORE = 0.1  # ... but for this share of its ink


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
    """Return the groups that are as small as the letters of a paragraph and stand in it."""
    height = float(np.median(groups.height[printed]))
    page = np.zeros(groups.of_pixel.shape, np.uint8)
    for left, top, across, down in zip(
        groups.left[printed],
        groups.top[printed],
        groups.width[printed],
        groups.height[printed],
        strict=True,
    ):
        page[top : top + down, left : left + across] = 1
    around = 2 * round(LINE_GAP * height) + 1
    paragraph = cv2.morphologyEx(page, cv2.MORPH_CLOSE, np.ones((around, around), np.uint8))
    paragraph = cv2.dilate(paragraph, np.ones((3, around), np.uint8))
    column, row = groups.middle.T.astype(int)
    is_small = (groups.height <= 1.6 * height) & (groups.area > 0)
    return np.flatnonzero(is_small & (paragraph[row, column] > 0))


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
    is_large = np.minimum(groups.width, groups.height) >= SMALLEST_STAMP / 2 * width
    is_large &= np.maximum(groups.width, groups.height) >= SMALLEST_STAMP * width
    if np.count_nonzero(groups.area) <= LETTERS_IN_STAMP:
        return []
    stamps = []
    for number in np.flatnonzero(is_large):
        rows = slice(groups.top[number], groups.top[number] + groups.height[number])
        columns = slice(groups.left[number], groups.left[number] + groups.width[number])
        frame = (groups.of_pixel[rows, columns] == number).astype(np.uint8)
        hull = cv2.convexHull(cv2.findNonZero(frame))
        area = cv2.contourArea(hull)
        _, (one_side, other_side), _ = cv2.minAreaRect(hull)
        _, radius = cv2.minEnclosingCircle(hull)
        fills = max(area / max(1, one_side * other_side), area / (np.pi * radius**2))
        if fills < STAMP_FILLS:
            continue
        inside = cv2.fillConvexPoly(np.zeros_like(frame), hull, 1)
        band = 2 * round(FRAME_IN_WIDTHS * width) + 1
        around = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        core = cv2.erode(around, np.ones((band, band), np.uint8))[1:-1, 1:-1]
        if (frame & core).sum() > MOST_IN_CORE * frame.sum():  # strokes hang on the frame
            continue
        inside = inside > 0
        held = np.unique(groups.of_pixel[rows, columns][inside])
        held = held[(held > 0) & (held != number)]
        is_written = groups.height[held] > LETTER_HEIGHTS[1] * width
        is_written &= ~is_ring(groups, held, number)
        if len(held) >= LETTERS_IN_STAMP and not is_written.any():
            stamps.append(np.append(held, number))
    return stamps


def is_ring(groups: Groups, held: np.ndarray, frame: int) -> np.ndarray:
    """Tell which groups in a frame have its middle, as a second ring has: bool, (held,)."""
    side = max(groups.width[frame], groups.height[frame])
    off = np.abs(groups.middle[held] - groups.middle[frame]).max(axis=1)
    return off < OFF_MIDDLE * side
