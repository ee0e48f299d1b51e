"""Exercises of chapter 01: from colours to grey, printed rules, and crumbs."""

import cv2
import numpy as np

from deepsign_helpers.exercises.tutor import Exercise


def to_gray(image: np.ndarray) -> np.ndarray:
    """Lay a transparent scan over white paper and return its grey levels.

    Parameters
    ----------
    image : uint8 array, shape (height, width, 4)
        Red, green, blue, and opacity from 0 (clear) to 255.

    Returns
    -------
    uint8 array, shape (height, width)
    """
    colours = image[..., :3]
    opacity = image[..., 3:] / 255
    on_paper = colours * opacity + 255 * (1 - opacity)
    # (height, width, 3) → (height, width)
    gray = on_paper @ np.array([0.299, 0.587, 0.114])
    return np.round(gray).astype(np.uint8)


def gray_without_opacity(image):
    """What is clear has become black, or whatever colour lay under it: the opacity is ignored. A
    clear pixel shows the paper, and paper is white.
    """
    colours = image[..., :3]
    gray = colours @ np.array([0.299, 0.587, 0.114])
    return np.round(gray).astype(np.uint8)


def gray_as_plain_mean(image):
    """The three colours weigh the same. The eye does not see them so: green counts most and blue
    least.
    """
    mean = image[..., :3].mean(axis=2)
    opacity = image[..., 3]
    return to_gray(np.stack([mean, mean, mean, opacity], axis=2))


def gray_from_blue_green_red(image):
    """Red and blue have changed places. OpenCV reads files as blue, green, red; here red comes
    first.
    """
    swapped = image[..., [2, 1, 0, 3]]
    return to_gray(swapped)


def scans_with_opacity() -> dict[str, tuple]:
    """Return small scans: opaque, half of it clear, and of any colour and opacity."""
    rng = np.random.default_rng(11)
    ink = np.full((4, 6, 4), 255, np.uint8)
    ink[1:3, 1:5] = (20, 40, 160, 255)
    half_clear = ink.copy()
    half_clear[:, :3, 3] = 0
    any_colours = rng.integers(0, 256, (5, 7, 4), dtype=np.uint8)
    return {
        "blue ink on white": (ink,),
        "a scan that is clear on the left": (half_clear,),
        "colours by lot": (any_colours,),
    }


def level_runs(ink: np.ndarray, length: int) -> np.ndarray:
    """Find the level runs of ink of at least a length: printed rules have them.

    Parameters
    ----------
    ink : bool array, shape (height, width)
        True where there is ink.
    length : int, pixels, odd
        Shorter runs are letters.

    Returns
    -------
    bool array, shape (height, width)
        True for every pixel of such a run.
    """
    kernel = np.ones((1, length), np.uint8)
    opened = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return opened > 0


def runs_upright(ink, length):
    """This finds upright runs. A kernel's shape is (rows, columns), like an image's: one row, and
    as many columns as the run is long.
    """
    return level_runs(ink.T, length).T


def runs_closed(ink, length):
    """Gaps are filled, and short runs have stayed: that is a closing, which grows first and shrinks
    then. An opening keeps what the kernel fits into.
    """
    kernel = np.ones((1, length), np.uint8)
    closed = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    return closed > 0


def runs_eroded(ink, length):
    """Only the middle of each run is left: that is an erosion. An opening lets what survived grow
    back to its length.
    """
    kernel = np.ones((1, length), np.uint8)
    return cv2.erode(ink.astype(np.uint8), kernel) > 0


def forms_with_lengths() -> dict[str, tuple]:
    """Return forms, nothing of which touches their border, and from which length on is a rule."""
    rule = np.zeros((24, 60), np.uint8)
    rule[14, 5:55] = 1
    rule[4:20, 20:23] = 1  # a stroke that crosses it
    rule[8, 30:37] = 1  # a short bar
    box = cv2.rectangle(np.zeros((40, 50), np.uint8), (6, 5), (44, 34), color=1, thickness=2)
    box[20, 12:25] = 1  # as long as a rule
    box[20, 28:40] = 1  # a pixel shorter
    return {
        "a rule that a stroke crosses": (rule.astype(bool), 15),
        "a box with a dashed line in it": (box.astype(bool), 13),
        "a form without a rule": (np.pad(np.eye(20, 30, dtype=bool), 2), 5),
    }


def without_crumbs(ink: np.ndarray, share: float) -> np.ndarray:
    """Drop the groups of touching ink that are small beside the largest group.

    Parameters
    ----------
    ink : bool array, shape (height, width)
        True where there is ink. Diagonal neighbours touch, too.
    share : float in (0, 1)
        Of the largest group's pixels; a group that has fewer is dropped.

    Returns
    -------
    bool array, shape (height, width)
        True where there is ink that stays.
    """
    _, group_of_pixel, statistics, _ = cv2.connectedComponentsWithStats(
        ink.astype(np.uint8), connectivity=8
    )
    sizes = statistics[:, cv2.CC_STAT_AREA]
    is_kept = sizes >= share * sizes[1:].max(initial=0)
    is_kept[0] = False  # group 0 is the paper
    return is_kept[group_of_pixel]


def crumbs_by_all_ink(ink, share):
    """Each group is weighed against all ink together. Many crumbs would then make a stroke look
    small: weigh it against the largest group.
    """
    _, group_of_pixel, statistics, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    is_kept = statistics[:, cv2.CC_STAT_AREA] >= share * np.count_nonzero(ink)
    is_kept[0] = False
    return is_kept[group_of_pixel]


def crumbs_by_the_paper(ink, share):
    """The largest group is the paper, and all ink is small beside it. Group 0 is no ink: leave it
    out before you look for the largest.
    """
    _, group_of_pixel, statistics, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    sizes = statistics[:, cv2.CC_STAT_AREA]
    is_kept = sizes >= share * sizes.max()
    is_kept[0] = False
    return is_kept[group_of_pixel]


def crumbs_by_four_neighbours(ink, share):
    """A thin slanting stroke has fallen into single pixels: only neighbours in the same row or
    column count as touching here. Let diagonal ones touch, too.
    """
    _, group_of_pixel, statistics, _ = cv2.connectedComponentsWithStats(
        ink.astype(np.uint8), connectivity=4
    )
    sizes = statistics[:, cv2.CC_STAT_AREA]
    is_kept = sizes >= share * sizes[1:].max(initial=0)
    is_kept[0] = False
    return is_kept[group_of_pixel]


def pages_with_crumbs() -> dict[str, tuple]:
    """Return pages with crumbs, and how small a crumb is."""
    stroke = np.zeros((30, 50), np.uint8)
    stroke[5:9, 4:40] = 1
    stroke[20:22, 45:47] = 1  # a crumb
    crumbs = stroke.copy()
    crumbs[14:17, 5:13] = 1  # 24 pixels: a sixth of the stroke, a seventh of all ink
    crumbs[22:25, 10:14] = 1
    slanting = stroke.copy()
    slanting[range(10, 26), range(12, 28)] = 1
    return {
        "a stroke and a crumb": (stroke.astype(bool), 0.05),
        "a dot that just stays": (crumbs.astype(bool), 1 / 6),
        "a thin slanting stroke": (slanting.astype(bool), 0.1),
    }


EXERCISES = {
    "1.1": Exercise(
        title="From clear colours to grey",
        solution=to_gray,
        mistakes=(gray_without_opacity, gray_as_plain_mean, gray_from_blue_green_red),
        hints=(
            "Two steps: put the colours on white paper, then weigh red, green and blue.",
            "With opacity between 0 and 1, a pixel shows its colour times opacity, plus "
            "white times the rest.",
            "The weights are those of the section on grey levels: 0.299, 0.587, 0.114. Round "
            "before you turn to uint8.",
        ),
        trials=scans_with_opacity,
        tolerance=1.01,  # rounded up or down
    ),
    "1.2": Exercise(
        title="Find the printed rule",
        solution=level_runs,
        mistakes=(runs_upright, runs_closed, runs_eroded),
        hints=(
            "A flat kernel fits into a rule and into no letter. Which operation keeps what a "
            "kernel fits into?",
            "A kernel of ones, one row high; and `cv2.morphologyEx` with `cv2.MORPH_OPEN`.",
            "OpenCV wants `uint8`, not `bool`; compare its result with 0 to get `bool` back.",
        ),
        trials=forms_with_lengths,
    ),
    "1.3": Exercise(
        title="Drop the crumbs",
        solution=without_crumbs,
        mistakes=(crumbs_by_all_ink, crumbs_by_the_paper, crumbs_by_four_neighbours),
        hints=(
            "`cv2.connectedComponentsWithStats` numbers the groups and tells how large each is.",
            "The column `cv2.CC_STAT_AREA` of its statistics has the pixels of each group; row 0 "
            "is the paper.",
            "Make a bool array with one value for each group, and index it with the image of "
            "the groups' numbers.",
        ),
        trials=pages_with_crumbs,
    ),
}
