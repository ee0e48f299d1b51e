"""Pages: what belongs to the sheet or to the desk, and not to the signature."""

from dataclasses import dataclass

import cv2
import numpy as np

from deepsign_helpers.preprocessing.cleaning import (
    FULL_INK,
    PAPER,
    coarse_paper,
    coarsen,
    enlarge,
    paper_falls,
    remove_background,
    remove_specks,
    stroke_width,
)
from deepsign_helpers.preprocessing.lettering import (
    HIGHER_THAN_PRINT,
    Groups,
    find_dots,
    find_groups,
    find_stamps,
    find_words,
    has_stamp,
    is_about,
)
from deepsign_helpers.preprocessing.rules import take_rules

# Share by which the paper's level falls between neighbours of the coarse copy. It does at the edge
# of a sheet, and where a shadow is sharp.
LEAST_EDGE = 0.05
EDGE_SIDE = 5  # pixels of the coarse copy that an edge spoils
# Pixels of the coarse copy. So far on either side of an edge it is asked how bright it is.
BESIDE = 3
FURTHER = 14
# Share of the level beside it. Darker is a desk or a rim, if no ink leads there: hardly any shadow
# takes half of the light, and none takes as much as the second.
DARKEST_SHADOW = 0.5
DARKEST_OF_ALL = 0.3
# Share of the level beside it. What is hardly darker is the same sheet.
SAME_SHEET = 0.93
# Pixels of the coarse copy. Strokes that cross the edge of a shadow have more ink there.
LEAST_CROSSING = 1.5
# Pixels of the coarse copy. The grain of a desk runs off the border of a scan; ink hardly does.
LEAST_AT_BORDER = 2
# Share of the contrast of ink on the sheet. The grain of a desk is paler; ink in a shadow is not.
PALE = 0.85

# Pixels of paper about the ink, beside which it is seen how dark a rule is.
MARGIN = 8

# Letters near print that was taken away, and heights of a letter: so many, and so near, are print.
FEWEST_LEFT = 4
LETTER_GAP = 2.5

# Share of the darkest ink on a page. A pen that is paler is looked for once more without the print
# beside it; one that is paler still cannot be told from the paper.
NOT_PALE = 0.8
PALEST = 0.35

# Pieces of ink on a page. Where there are more it is noise or a pattern: no print is looked for.
MOST_PIECES = 2000

# What is said of a page.
BEYOND = "what lies beyond the sheet, a desk or a rim, was taken away"
RULES = "printed rules or a box were taken away"
DOTS = "a dotted line was taken away"
STAMP = "a stamp was taken away"
PRINT = "print was taken away"
RULE_LEFT = "a straight line was left that may be printed; crop it to the signature."
STAMP_LEFT = "a stamp seems to touch it, and was left; crop it to the signature."
PRINT_LEFT = "print seems to stand beside it, and was left; crop it to the signature."
NOTHING_BUT = "there is hardly anything but {}; is there a signature on the page?"


@dataclass(frozen=True)
class ClearedPage:
    """What is left of a page when all is gone that surely is not the signature."""

    ink: np.ndarray  # uint8, (height, width): paper 255, ink its grey level relative to the paper
    removed: tuple[str, ...]  # what was taken away, a sentence each
    doubts: tuple[str, ...]  # what may not be the signature and was left, a sentence each


def clear_page(gray: np.ndarray) -> ClearedPage:
    """Find the ink of a scan, and take away what belongs to the page.

    In this order: the paper, desk and rim, rules and boxes, dotted lines, stamps, lines of print,
    specks. What cannot be told from a signature stays. Derived in chapter 01, *What belongs to the
    page*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        A scan as `read_gray` returns it.

    Returns
    -------
    ClearedPage

    Examples
    --------
    >>> page = np.full((200, 400), 240, np.uint8)
    >>> signed = cv2.ellipse(page, (200, 100), (80, 40), 0, 0, 360, 30, 4)
    >>> ruled = cv2.line(signed, (40, 110), (360, 110), 90, 2)
    >>> clear_page(ruled).removed
    ('printed rules or a box were taken away',)
    """
    paper = coarse_paper(gray)
    clean = remove_background(gray, paper)
    page = _clear(clean, gray, paper)
    # Beside dark print a pale pen's ink may have been taken for paper: look for it once more.
    if NOTHING_BUT.format("print") in page.doubts:
        return _clear(remove_background(gray, paper, PALEST), gray, paper)
    if RULES not in page.removed and PRINT not in page.removed:
        return page
    paleness = _paleness(page.ink, clean)
    if paleness > NOT_PALE:
        return page
    return _clear(remove_background(gray, paper, paleness), gray, paper)


def _paleness(ink: np.ndarray, clean: np.ndarray) -> float:
    """Return how dark the ink is that is left, as a share of the darkest ink that there was."""
    left = ink[ink < PAPER]
    if len(left) == 0:
        return PALEST
    darkest = np.quantile(PAPER - clean[clean < PAPER], FULL_INK)
    return max(PALEST, float(np.quantile(PAPER - left, FULL_INK) / darkest))


def _clear(clean: np.ndarray, gray: np.ndarray, paper: np.ndarray) -> ClearedPage:
    """Clear a page, once its paper is exactly 255, of all else that belongs to it."""
    on_sheet = remove_surroundings(clean, paper)
    removed = []
    if on_sheet is not clean:
        removed.append(BEYOND)

    # Only where ink is, and a little paper about it: that takes time by the pixel.
    left, top, across, down = cv2.boundingRect((on_sheet < PAPER).astype(np.uint8))
    if across == 0:
        return ClearedPage(on_sheet, tuple(removed), ())
    box = (
        slice(max(0, top - MARGIN), top + down + MARGIN),
        slice(max(0, left - MARGIN), left + across + MARGIN),
    )
    width = stroke_width((on_sheet[box] < PAPER).astype(np.uint8))

    part, rules, is_rule_left = take_rules(on_sheet[box], gray[box], width)
    if rules:
        removed.append(RULES)
    part, marks, doubts = remove_lettering(part, width)
    removed.extend(marks)
    if is_rule_left:
        doubts = (RULE_LEFT, *doubts)
    without_specks = remove_specks(part)
    ink = np.full_like(gray, PAPER)
    ink[box] = without_specks
    return ClearedPage(ink, tuple(removed), doubts)


def remove_surroundings(clean: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Make paper what lies beyond the edge of the sheet: the desk, a scanner's rim.

    The sheet is the brightest large area that no sharp edge divides. What lies beyond and reaches
    the border is desk or rim if it is darker than half of the sheet beside it, and no ink crosses
    the edge. If it is brighter, it must reach a corner of the scan, too, as what lies beyond a
    straight edge does and a tinted field does not; and what looks like ink there must be paler, or
    run off the border: else it may be a shadow.
    Derived in chapter 01, *Where the sheet ends*.

    Parameters
    ----------
    clean : uint8 array, shape (height, width), paper exactly 255
        As `remove_background` returns it.
    paper : uint8 array
        What `coarse_paper` returns of the scan.

    Returns
    -------
    uint8 array of the same shape, paper 255
        `clean` itself if nothing dark lies beyond the sheet, and nothing there was taken for ink.

    Examples
    --------
    >>> photo = np.full((200, 400), 60, np.uint8)  # of a desk
    >>> photo[30:170, 50:350] = 240  # a sheet
    >>> photo[90:96, 120:280] = 40  # a stroke
    >>> clean = remove_surroundings(remove_background(photo), coarse_paper(photo))
    >>> int((clean < 255).sum())  # 6 · 160
    960
    """
    is_edge = paper_falls(paper) > LEAST_EDGE
    if not is_edge.any():
        return clean
    spoilt = cv2.dilate(is_edge.astype(np.uint8), np.ones((EDGE_SIDE, EDGE_SIDE), np.uint8)) > 0
    beyond = cv2.dilate((~find_sheet(paper, is_edge)).astype(np.uint8), np.ones((3, 3), np.uint8))

    # On the coarse copy: how much of a pixel is ink, 0 to 1, and how dark that is.
    ink = coarsen((clean < PAPER).astype(np.float32))
    darkness = coarsen(PAPER - clean)
    contrast = _contrast(ink, darkness, beyond == 0)

    _, parts = cv2.connectedComponents(beyond, connectivity=4)
    is_border = np.ones(parts.shape, bool)
    is_border[1:-1, 1:-1] = False
    at_border = np.unique(parts[is_border])
    at_corner = parts[[0, 0, -1, -1], [0, -1, 0, -1]]
    gone = np.zeros_like(beyond)
    is_seen = False
    for number in at_border[at_border > 0]:
        inside = parts == number
        level, crossing = _compare_across(inside, beyond, paper, ink)
        is_dark = level < DARKEST_SHADOW
        if level < SAME_SHEET and number in at_corner:
            is_pale = _contrast(ink, darkness, inside & ~spoilt) < PALE * contrast
            runs_off = ink[inside & is_border & ~spoilt].sum() >= LEAST_AT_BORDER
            is_dark |= is_pale or runs_off
        if level < DARKEST_OF_ALL or (is_dark and crossing < LEAST_CROSSING):
            gone[inside] = 1
            is_seen |= level < DARKEST_SHADOW
    on_sheet = np.where(enlarge(gone, clean.shape) > 0, np.uint8(PAPER), clean)
    return on_sheet if is_seen or np.any(on_sheet != clean) else clean


def find_sheet(paper: np.ndarray, is_edge: np.ndarray) -> np.ndarray:
    """Return where the sheet is: of all areas that edges divide, the one that is most light."""
    _, parts = cv2.connectedComponents((~is_edge).astype(np.uint8), connectivity=4)
    light = np.bincount(parts.ravel(), paper.ravel().astype(float) ** 2)
    light[0] = 0  # the edges
    return parts == light.argmax()


def _contrast(ink: np.ndarray, darkness: np.ndarray, where: np.ndarray) -> float:
    """Return how dark ink is there, in grey levels; 0 where there is none."""
    return float(darkness[where].sum()) / max(float(ink[where].sum()), 1.0)


def _compare_across(
    inside: np.ndarray, beyond: np.ndarray, paper: np.ndarray, ink: np.ndarray
) -> tuple[float, float]:
    """Return how bright a part beyond the sheet is beside it, and how much ink leads there."""
    part = inside.astype(np.uint8)
    on_sheet = beyond == 0
    beside = _swell(part, BESIDE) & on_sheet
    if not beside.any():
        return 1.0, 0.0
    near_edge = inside & _swell(beside.astype(np.uint8), FURTHER)
    level = np.quantile(paper[near_edge], 0.1) / np.median(paper[beside])
    crossing = ink[_swell(part, 1) & on_sheet].sum()
    return float(level), float(crossing)


def _swell(part: np.ndarray, by: int) -> np.ndarray:
    return cv2.dilate(part, np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0


def remove_lettering(
    clean: np.ndarray, width: float
) -> tuple[np.ndarray, list[str], tuple[str, ...]]:
    """Make dotted lines, stamps and lines of print paper, if something larger is left.

    Parameters
    ----------
    clean : uint8 array, shape (height, width), paper exactly 255
        Without rules: letters touch them.
    width : float, pixels
        Of a stroke, as `stroke_width` tells it.

    Returns
    -------
    clean : uint8 array of the same shape
    removed : list of str
        What was taken away, a sentence each.
    doubts : tuple of str
        What was left and looks like print, a sentence each.
    """
    groups = find_groups(clean)
    if len(groups.area) > MOST_PIECES:
        return clean, [], ()
    is_gone = np.zeros(len(groups.area), bool)
    removed = []
    doubts = []
    found = (
        ("a dotted line", DOTS, find_dots(groups, width)),
        ("a stamp", STAMP, find_stamps(groups, width)),
        ("print", PRINT, find_words(groups, width)),
    )
    for what, sentence, lists in found:
        if not lists:
            continue
        numbers = np.concatenate(lists)
        is_left = ~is_gone
        is_left[numbers] = False
        height = float(np.median(groups.height[numbers]))
        if groups.height[is_left].max(initial=0) < HIGHER_THAN_PRINT * height:
            doubts.append(NOTHING_BUT.format(what))
            continue
        is_gone[numbers] = True
        removed.append(sentence)
        if what == "print" and count_near(groups, numbers, ~is_gone) >= FEWEST_LEFT:
            doubts.append(PRINT_LEFT)
    if is_gone.any():
        clean = np.where(is_gone[groups.of_pixel], np.uint8(PAPER), clean)
        groups = find_groups(clean)
    if has_stamp(groups, width):
        doubts.append(STAMP_LEFT)
    return clean, removed, tuple(doubts)


def count_near(groups: Groups, printed: np.ndarray, is_left: np.ndarray) -> int:
    """Count the groups left as high as the letters of print that was taken away, and near them."""
    height = float(np.median(groups.height[printed]))
    is_like = is_left & (groups.height >= 0.5 * height) & (groups.height <= 1.5 * height)
    reach = round(LETTER_GAP * height)
    return int((is_like & is_about(groups, printed, across=reach, down=reach)).sum())
