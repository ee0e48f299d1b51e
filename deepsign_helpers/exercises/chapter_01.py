"""Exercises of chapter 01: from colours to grey, the line of writing, and the box."""

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


def line_angle(ink: np.ndarray) -> float:
    """Return by how much the line of writing falls to the right; below 0 it rises.

    Parameters
    ----------
    ink : bool array, shape (height, width)
        True where there is ink. The line is fitted to it by least squares: row as a
        function of column.

    Returns
    -------
    float, degrees
    """
    rows, columns = np.nonzero(ink)
    slope = np.polyfit(columns, rows, 1)[0]
    return float(np.degrees(np.arctan(slope)))


def angle_of_columns_on_rows(ink):
    """The fit runs the wrong way: it tells the column from the row. A line of writing runs across
    the page, so the row is a function of the column.
    """
    rows, columns = np.nonzero(ink)
    slope = np.polyfit(rows, columns, 1)[0]
    return float(np.degrees(np.arctan(slope)))


def angle_upside_down(ink):
    """The sign is turned round. Rows are counted downwards in an image: a slope above 0 is a line
    that *falls*. Turn a page by this angle and it lies twice as askew.
    """
    return -line_angle(ink)


def angle_in_radians(ink):
    """This is the angle in radians; degrees are asked for."""
    return float(np.radians(line_angle(ink)))


def crooked_lines() -> dict[str, tuple]:
    """Return pages with a line of writing that falls, rises, or is level."""
    return {
        "a line that falls": (page_with_line(10, 30),),
        "a line that rises": (page_with_line(35, 5),),
        "a level line": (page_with_line(20, 20),),
    }


def page_with_line(left: int, right: int) -> np.ndarray:
    """Draw a line from one row on the left to another on the right, and one letter on it."""
    page = np.zeros((48, 120), np.uint8)
    cv2.line(page, (8, left), (110, right), color=1, thickness=2)
    page[left - 3 : left + 8, 20:24] = 1  # the letter, so that the line is no ruler's
    return page.astype(bool)


def size_in_box(shape: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size at which a signature fits into a box in its proportions.

    Parameters
    ----------
    shape : (int, int), pixels
        Height and width of the signature.
    box : (int, int), pixels
        Height and width of the box.

    Returns
    -------
    (int, int), pixels
        Height and width; 1 at least.
    """
    height, width = shape
    box_height, box_width = box
    scale = min(box_height / height, box_width / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def size_that_overflows(shape, box):
    """One side fits and the other sticks out of the box, and ink would be cut off. Of the two
    scales, the smaller one lets both sides in.
    """
    height, width = shape
    box_height, box_width = box
    scale = max(box_height / height, box_width / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def size_filled(shape, box):
    """The box is filled, and the proportions are gone. They vary less within a writer than between
    writers: they are evidence.
    """
    return box


def size_turned_round(shape, box):
    """Height and width have changed places. Arrays and this course say (height, width); only
    OpenCV's `resize` wants the width first.
    """
    height, width = size_in_box(shape, box)
    return width, height


def shapes_and_boxes() -> dict[str, tuple]:
    """Return signatures that meet the box with their width, with their height, or as a stroke."""
    return {
        "a wide signature": ((60, 300), (128, 256)),
        "a tall one": ((300, 200), (128, 256)),
        "a flat stroke": ((2, 900), (32, 64)),
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
        title="Write the heart of deskew",
        solution=line_angle,
        mistakes=(angle_of_columns_on_rows, angle_upside_down, angle_in_radians),
        hints=(
            "Where is there ink? `np.nonzero` gives rows and columns.",
            "`np.polyfit(x, y, 1)` gives the slope of the line that fits y over x.",
            "The angle of a slope is its arc tangent; `np.degrees` turns it into degrees.",
        ),
        trials=crooked_lines,
    ),
    "1.3": Exercise(
        title="Fit it into the box",
        solution=size_in_box,
        mistakes=(size_that_overflows, size_filled, size_turned_round),
        hints=(
            "Each side allows a scale: that of the box divided by that of the signature.",
            "One scale for both sides keeps the proportions. Which of the two lets both sides fit?",
            "Multiply both sides by the smaller scale, round, and never go below 1.",
        ),
        trials=shapes_and_boxes,
    ),
}
