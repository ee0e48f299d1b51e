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
# Share of the width of all ink. So long is nothing but a rule, whatever else there is.
LONG_SHARE = 0.95
FEWEST_ACROSS = 3  # lines as long as that: a ruled sheet, however uneven its light is
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
EVEN = 0.045


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
    ink = (clean < PAPER).astype(np.uint8)
    lines = find_straight(ink, width, least_length=SHORTEST_RULE * width)
    if not lines:
        return clean, 0
    upright = find_straight(np.ascontiguousarray(ink.T), width, SHORTEST_SIDE * width)
    corners = [line for line in upright if line.length >= SHORTEST_CORNER * width]
    across = [line for line in lines if line.length >= LONG_SHARE * ink.shape[1]]
    rules = []
    for line in lines:
        is_of_box = any(meet_in_corner(line, side, 3 * width) for side in corners)
        is_of_sheet = len(across) >= FEWEST_ACROSS and line in across
        if is_of_box or is_of_sheet or is_printed(line, ink, gray, width):
            rules.append(line)
    if not rules:
        return clean, 0
    cleaned = clean.copy()
    for rule in rules:
        erase(rule, cleaned)
    sides = [line for line in upright if any(stands_on(line, rule, 3 * width) for rule in rules)]
    for side in sides:
        erase(side, cleaned.T)
    return cleaned, len(rules) + len(sides)


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


def is_printed(rule: Rule, ink: np.ndarray, gray: np.ndarray, width: float) -> bool:
    """Tell a printed rule from a written one: it is long, and thinner than a pen or more even."""
    if rule.thickness > THIN * width and unevenness(rule, ink, gray) > EVEN:
        return False
    height, page_width = ink.shape
    if rule.length >= LONG_SHARE * page_width:
        return True
    columns = np.arange(page_width)
    offsets = np.arange(-rule.thickness - 1, rule.thickness + 2)[:, np.newaxis]
    rest = ink.copy()
    rest[np.clip(rule.rows(columns) + offsets, 0, height - 1), columns] = 0
    _, _, rest_width, _ = cv2.boundingRect(rest)
    return rule.length >= SHORTEST_SHARE * rest_width


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


def stands_on(upright: Rule, level: Rule, reach: float) -> bool:
    """Tell whether an upright line, rows and columns exchanged, ends on a level one."""
    column, row = crossing_of(level, upright)
    is_along = level.left - reach <= column <= level.right + reach
    return is_along and min(abs(row - upright.left), abs(row - upright.right)) <= reach


def crossing_of(level: Rule, upright: Rule) -> tuple[float, float]:
    """Return column and row where a level line meets an upright one, rows and columns exchanged."""
    column = (upright.slope * level.start + upright.start) / (1 - upright.slope * level.slope)
    return column, level.slope * column + level.start
