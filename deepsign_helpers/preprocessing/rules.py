"""Printed rules and boxes: straight lines that no hand draws; ink that crosses them stays."""

from dataclasses import dataclass

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import PAPER

# In widths of a stroke. A kernel so long and flat fits into a rule, and into no curve; it is short
# enough for a rule that falls by five degrees, the steps of which are swollen until they join.
KERNEL = 8
SHORTEST_KERNEL = 12  # pixels
# In widths of a stroke, 18 mm of a ballpoint pen. Shorter, it may be a bar that somebody wrote.
SHORTEST_RULE = 30
SHORTEST_SIDE = 15  # of a box, if it stands on a rule
SHORTEST_CORNER = 25  # of a side that makes a rule of the line on which it stands
# Share of the width of all other ink. A line to sign on is at least as long as what stands on it.
SHORTEST_SHARE = 0.8
# In widths of a stroke. As thick as a pen's, it may be so much shorter at either end; and so far
# beyond both, hardly anybody underlines a name.
SHORT = 2
FAR_BEYOND = 2.5
# In widths of a stroke. Of what stands on a line, at least so much is above it; else it must go on
# so much further.
LEAST_ABOVE = 3
FURTHER_ABOVE = 4
# In widths of a stroke. So near the ends of all ink lines of a ruled sheet end, and there are as
# many; they may be lit unevenly.
SHEET_SLACK = 1
FEWEST_ACROSS = 3
# In widths of a stroke. How far from a side an edge of a box may end, and a side from an edge.
CORNER_REACH = 1.5
SIDE_REACH = 3
# Thicknesses of the sides, and share of its darkness. With more, somebody wrote upon the edge.
THICKER_EDGE = 1.3
EVEN_EDGE = 0.45
# Standard deviation from a straight line, in pixels and as a share of the length.
LEAST_BEND = 0.45
BEND_SHARE = 0.0012
# In widths of a stroke. What strays further from the line is a stroke that crosses it.
STRAYS = (4, 2, 1, 0.5)
FEWEST_COLUMNS = 10
# Share of a rule's columns that must be seen, without those in which a stroke crosses it.
LEAST_SEEN = 0.4
# In widths of a stroke. No pen draws a line as thin.
THIN = 0.8
# Share of its darkness, between the upper and the lower fifth. A pen's ink flows less evenly.
EVEN = 0.02
EVEN_BEYOND = 0.045


@dataclass(frozen=True)
class Rule:
    """A straight line across a page: row = slope · column + start."""

    left: int  # column of its left end, pixels
    right: int  # column of its right end, pixels
    slope: float  # rows by column
    start: float  # its row at column 0, pixels
    thickness: int  # pixels

    @property
    def length(self) -> int:
        """How many columns it covers."""
        return self.right - self.left + 1

    def rows(self, columns: np.ndarray) -> np.ndarray:
        """Return its row, in whole pixels, at each column."""
        return np.rint(self.slope * columns + self.start).astype(int)


def remove_rules(clean: np.ndarray, gray: np.ndarray, width: float) -> tuple[np.ndarray, int]:
    """Take printed rules and boxes off a page; a stroke that crosses them stays whole.

    A kernel as long as eight widths of a stroke and a pixel high finds what is flat; of that, a
    rule is what is straight, long, and thinner or more even than a pen's line. Upright lines are
    sides of a box if they end on a rule. Derived in chapter 01, *Rules and boxes*.

    Parameters
    ----------
    clean : uint8 array, shape (height, width), paper exactly 255
        As `remove_background` returns it.
    gray : uint8 array, shape (height, width)
        The scan: what is printed is evenly dark there.
    width : float, pixels
        Of a stroke, as `stroke_width` tells it.

    Returns
    -------
    clean : uint8 array of the same shape
        A copy if anything was found.
    count : int
        How many rules and sides were found.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> signature = cv2.ellipse(page, (200, 100), (80, 40), 0, 0, 360, 30, 4)
    >>> signed = cv2.line(signature.copy(), (40, 110), (360, 110), 90, 2)
    >>> cleaned, count = remove_rules(signed, signed, width=4)
    >>> count, int((cleaned[110] < 255).sum()) < 30
    (1, True)
    """
    cleaned, count, _ = take_rules(clean, gray, width)
    return cleaned, count


def take_rules(clean: np.ndarray, gray: np.ndarray, width: float) -> tuple[np.ndarray, int, bool]:
    """Do what `remove_rules` does; return also if a line was left that may be printed, too."""
    ink = (clean < PAPER).astype(np.uint8)
    lines = find_straight(ink, width, least_length=SHORTEST_RULE * width)
    if not lines:
        return clean, 0, False
    upright = find_straight(np.ascontiguousarray(ink.T), width, SHORTEST_SIDE * width)
    corners = [line for line in upright if line.length >= SHORTEST_CORNER * width]
    edges = [line for line in lines if is_of_box(line, corners, ink, gray, width)]
    ruling = lines_of_sheet(lines, ink, width)
    rest = extent_without(lines, ink)
    rules = [
        line
        for line in lines
        if line in edges or line in ruling or is_printed(line, rest, ink, gray, width)
    ]
    others = [line for line in lines if line not in rules]
    is_doubtful = any(how_far_beyond(line, rest, width) > 0 for line in others)
    if not rules:
        return clean, 0, is_doubtful
    cleaned = clean.copy()
    for rule in rules:
        erase(rule, cleaned)
    sides = [side for side in upright if is_side(side, rules, SIDE_REACH * width)]
    for side in sides:
        erase(side, cleaned.T)
    return cleaned, len(rules) + len(sides), is_doubtful


def find_straight(ink: np.ndarray, width: float, least_length: float) -> list[Rule]:
    """Find straight lines of at least so many pixels that fall or rise by some degrees at most."""
    if ink.shape[1] < least_length:
        return []
    along = max(SHORTEST_KERNEL, round(KERNEL * width))
    swollen = cv2.dilate(ink, np.ones((3, 1), np.uint8))
    flat = cv2.morphologyEx(swollen, cv2.MORPH_OPEN, np.ones((1, along), np.uint8))
    if not flat.any():
        return []
    # Its pieces, joined across small gaps; of that, every other row and fourth column will do.
    joined = cv2.dilate(flat, np.ones((3, along), np.uint8))
    _, part, statistics, _ = cv2.connectedComponentsWithStats(joined[::2, ::4].copy())
    is_long = statistics[:, cv2.CC_STAT_WIDTH] * 4 >= least_length
    is_long[0] = False  # the paper
    if not is_long.any():
        return []
    rows, columns = np.nonzero(cv2.bitwise_and(flat, ink))
    part_of_pixel = part[rows // 2, columns // 4]

    lines = []
    for number in np.flatnonzero(is_long):
        chosen = part_of_pixel == number
        line = fit_line(rows[chosen], columns[chosen], width)
        if line is not None and line.length >= least_length:
            lines.append(line)
    return lines


def fit_line(rows: np.ndarray, columns: np.ndarray, width: float) -> Rule | None:
    """Lay a straight line through pixels, without those of strokes; None if they are bent."""
    if len(rows) == 0:
        return None
    first = columns.min()
    count = np.bincount(columns - first)  # (columns,): how thick it is in each
    total = np.bincount(columns - first, rows)
    thickness = max(1, round(float(np.median(count[count > 0]))))
    # Where it is thicker than usual, a stroke crosses it.
    plain = np.flatnonzero((count > 0) & (count <= thickness + 1))
    x = plain + first
    y = total[plain] / count[plain]
    for strays in STRAYS:
        if len(x) < FEWEST_COLUMNS:
            return None
        slope, start = lay_line(x, y)
        is_near = np.abs(y - slope * x - start) <= max(1.0, strays * width)
        x = x[is_near]
        y = y[is_near]
    if len(x) < FEWEST_COLUMNS:
        return None

    slope, start = lay_line(x, y)
    line = Rule(int(x.min()), int(x.max()), float(slope), float(start), thickness)
    bend = np.std(y - slope * x - start)
    is_straight = bend <= LEAST_BEND + BEND_SHARE * line.length
    return line if is_straight and len(x) >= LEAST_SEEN * line.length else None


def lay_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return slope and start of the line of the least squares; level where x does not vary."""
    mean_x = x.mean()
    mean_y = y.mean()
    across = x - mean_x
    slope = float(across @ (y - mean_y)) / max(float(across @ across), 1e-9)
    return slope, mean_y - slope * mean_x


def is_of_box(
    line: Rule, corners: list[Rule], ink: np.ndarray, gray: np.ndarray, width: float
) -> bool:
    """Tell whether a level line is an edge of a box, or leads from one of its sides to the other.

    Where somebody wrote upon it, it is much thicker or less even than the sides, and stays.
    """
    reach = CORNER_REACH * width
    meeting = [side for side in corners if meet_in_corner(line, side, reach)]
    ending = [side for side in corners if ends_on(line, side, reach)]
    if not meeting and len(ending) < 2:
        return False
    thickest = THICKER_EDGE * max(side.thickness for side in meeting + ending) + 1
    return line.thickness <= thickest and unevenness(line, ink, gray) <= EVEN_EDGE


def lines_of_sheet(lines: list[Rule], ink: np.ndarray, width: float) -> list[Rule]:
    """Return the lines of a ruled sheet: several, each from end to end of all ink."""
    left, _, across, _ = cv2.boundingRect(ink)
    slack = SHEET_SLACK * width
    found = [
        line for line in lines if line.left <= left + slack and line.right >= left + across - slack
    ]
    return found if len(found) >= FEWEST_ACROSS else []


def is_printed(
    rule: Rule, rest: tuple[int, int, int], ink: np.ndarray, gray: np.ndarray, width: float
) -> bool:
    """Tell a printed rule from a written one.

    It is thinner than a pen, and about as long as the rest of the ink; or it is more even than a
    pen's line, and reaches from end to end of that; or it goes on beyond both ends, and is hardly
    less even. Where there is no other ink, nobody has signed.
    """
    left, _, right = rest
    if left == right:
        return True
    if rule.thickness <= THIN * width:
        return rule.length >= SHORTEST_SHARE * (right - left)
    beyond = how_far_beyond(rule, rest, width)
    if beyond < -SHORT:
        return False
    return unevenness(rule, ink, gray) <= (EVEN_BEYOND if beyond > FAR_BEYOND else EVEN)


def how_far_beyond(rule: Rule, rest: tuple[int, int, int], width: float) -> float:
    """Return how far a line goes on beyond both ends of the rest, in widths of a stroke.

    A line above all else must go on further: one signs on a line, and Devanagari hangs from a
    written one.
    """
    left, top, right = rest
    beyond = min(left - rule.left, rule.right - right) / width
    is_above = rule.rows(np.array([left, right])).mean() < top + LEAST_ABOVE * width
    return beyond - FURTHER_ABOVE if is_above else beyond


def extent_without(lines: list[Rule], ink: np.ndarray) -> tuple[int, int, int]:
    """Return the left, the top and the right end of the rest of the ink, without these lines."""
    height, page_width = ink.shape
    rest = ink.copy()
    for line in lines:
        margin = 2 + line.thickness  # its ends may be rounded
        first = max(0, line.left - margin)
        columns = np.arange(first, min(page_width, line.right + margin + 1))
        offsets = np.arange(-line.thickness - 1, line.thickness + 2)[:, np.newaxis]
        rest[np.clip(line.rows(columns) + offsets, 0, height - 1), columns] = 0
    left, top, across, _ = cv2.boundingRect(rest)
    return left, top, left + across


def unevenness(rule: Rule, ink: np.ndarray, gray: np.ndarray) -> float:
    """Return by what share of itself a line's darkness varies, where nothing crosses it."""
    columns = np.arange(rule.left, rule.right + 1)
    rows, is_crossed = band_about(rule, columns, ink)
    levels = gray[rows, columns][:, ~is_crossed].astype(np.float32)  # (rows, columns)
    if levels.shape[1] < FEWEST_COLUMNS:
        return 1.0
    paper = np.maximum(levels[[0, -1]].mean(axis=0), 1)
    darkness = np.maximum(1 - levels / paper, 0).sum(axis=0)  # (columns,)
    smooth = cv2.blur(darkness[np.newaxis], (rule.thickness + 1, 1))
    lower, middle, upper = np.quantile(smooth, [0.2, 0.5, 0.8])
    return (upper - lower) / max(middle, 1e-6)


def erase(rule: Rule, clean: np.ndarray) -> None:
    """Make a rule paper, in place, except where ink goes on above it or below it."""
    margin = 2 + rule.thickness  # its ends may be rounded
    first = max(0, rule.left - margin)
    columns = np.arange(first, min(clean.shape[1], rule.right + margin + 1))
    rows, is_crossed = band_about(rule, columns, clean < PAPER)
    clean[rows[2:-2, ~is_crossed], columns[~is_crossed]] = PAPER


def band_about(rule: Rule, columns: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows about a rule, (rows, columns), and in which columns ink crosses it.

    The two uppermost and the two lowest rows are beyond the rule.
    """
    half = (rule.thickness + 1) // 2 + 3
    offsets = np.arange(-half, half + 1)[:, np.newaxis]
    rows = rule.rows(columns) + offsets
    is_on_page = (rows >= 0) & (rows < ink.shape[0])
    rows = np.clip(rows, 0, ink.shape[0] - 1)
    beyond = (ink[rows, columns] & is_on_page)[[0, 1, -2, -1]].any(axis=0)
    is_crossed = cv2.dilate(beyond[np.newaxis].astype(np.uint8), np.ones((1, 3), np.uint8))[0] > 0
    return rows, is_crossed


def meet_in_corner(level: Rule, upright: Rule, reach: float) -> bool:
    """Tell whether a level line ends where an upright one, rows and columns exchanged, ends."""
    column, row = crossing_of(level, upright)
    ends_level = min(abs(column - level.left), abs(column - level.right)) <= reach
    ends_upright = min(abs(row - upright.left), abs(row - upright.right)) <= reach
    return ends_level and ends_upright


def ends_on(level: Rule, upright: Rule, reach: float) -> bool:
    """Tell whether a level line ends on an upright one, rows and columns exchanged."""
    column, row = crossing_of(level, upright)
    is_along = upright.left - reach <= row <= upright.right + reach
    return is_along and min(abs(column - level.left), abs(column - level.right)) <= reach


def is_side(upright: Rule, rules: list[Rule], reach: float) -> bool:
    """Tell whether an upright line leads from rule to rule, or from a rule's end; a letter may
    stand on one.
    """
    standing = [rule for rule in rules if stands_on(upright, rule, reach)]
    return len(standing) > 1 or any(meet_in_corner(rule, upright, reach) for rule in standing)


def stands_on(upright: Rule, level: Rule, reach: float) -> bool:
    """Tell whether an upright line, rows and columns exchanged, ends on a level one."""
    column, row = crossing_of(level, upright)
    is_along = level.left - reach <= column <= level.right + reach
    return is_along and min(abs(row - upright.left), abs(row - upright.right)) <= reach


def crossing_of(level: Rule, upright: Rule) -> tuple[float, float]:
    """Return column and row where a level line meets an upright one, rows and columns exchanged."""
    column = (upright.slope * level.start + upright.start) / (1 - upright.slope * level.slope)
    return column, level.slope * column + level.start
