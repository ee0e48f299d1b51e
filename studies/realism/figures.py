"""Figures of the ink of one image: how long, wide, dark, straight and broken its line is."""

import cv2
import numpy as np

from studies.realism.drawing import IS_INK, Drawing

SMALLEST_COMPONENT = 12  # pixels of the box: what is smaller is a speck
SMALLEST_LOOP = 6  # pixels of the box
DIRECTIONS = 8  # over 180°


def figures(drawing: Drawing) -> dict[str, float]:
    """Measure one image.

    Parameters
    ----------
    drawing : Drawing
        As `look` returns it.

    Returns
    -------
    dict of float
        Lengths are in sides of the box that the ink fills, never in pixels, so that neither size
        nor resolution is measured:

        - log_aspect, logarithm of width by height; rise_degrees of the line of writing;
        - ink_coverage, share of the box; line_length, in diagonals; stroke_width, in heights, and
          its variation (standard deviation by mean);
        - line_ends and junctions, per 100 pixels of line; components; loops;
        - straightness, from 0 to 1; darkness_variation along the line;
        - row_centre, row_spread and column_centre of the ink, from 0 to 1;
        - crossings of the densest row, and of a column on average;
        - direction_0 to direction_7, shares of the edge that run in directions from 0° (level) by
          22.5°, downwards from the right.

    Examples
    --------
    >>> from studies.realism.drawing import look
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[60:70, 50:350] = page[130:140, 50:350] = 0  # two bars
    >>> measured = figures(look(page))
    >>> int(measured["components"]), int(measured["crossings_row"])
    (2, 1)
    """
    is_ink = (drawing.ink > IS_INK).astype(np.uint8)
    return {
        "log_aspect": np.log(drawing.aspect),
        "rise_degrees": drawing.rise,
        "ink_coverage": is_ink.mean(),
        **of_line(drawing, is_ink),
        **of_parts(is_ink),
        **of_places(drawing.ink),
        **of_directions(drawing),
    }


def of_line(drawing: Drawing, is_ink: np.ndarray) -> dict[str, float]:
    """Measure length, width, darkness, ends and junctions of the line."""
    line = drawing.line
    length = line.sum()
    height, width = line.shape
    # The distance from the middle of a stroke to the paper is half of its width.
    widths = 2 * cv2.distanceTransform(is_ink, cv2.DIST_L2, 5)[line]

    around = np.ones((3, 3), np.float32)
    around[1, 1] = 0
    counted = cv2.filter2D(line.astype(np.uint8), cv2.CV_8U, around, borderType=cv2.BORDER_CONSTANT)
    neighbours = counted[line]  # of each pixel of the line
    return {
        "line_length": length / np.hypot(height, width),
        "stroke_width": np.median(widths) / height,
        "width_variation": widths.std() / widths.mean(),
        "line_ends": 100 * (neighbours == 1).sum() / length,
        "junctions": 100 * (neighbours >= 3).sum() / length,
        "darkness_variation": drawing.darkness[line].std(),
    }


def of_parts(is_ink: np.ndarray) -> dict[str, float]:
    """Count pieces of ink and of paper, and how often rows and columns meet ink.

    Paper that ink and the border of the box cut off counts as a loop, too; the page does not.
    """
    _, _, inked, _ = cv2.connectedComponentsWithStats(is_ink, connectivity=8)
    _, _, bare, _ = cv2.connectedComponentsWithStats(1 - is_ink, connectivity=4)
    # The first of them is everything else.
    areas_of_ink = inked[1:, cv2.CC_STAT_AREA]
    areas_of_paper = bare[1:, cv2.CC_STAT_AREA]
    return {
        "components": (areas_of_ink >= SMALLEST_COMPONENT).sum(),
        "loops": max(0, (areas_of_paper >= SMALLEST_LOOP).sum() - 1),
        "crossings_row": crossings(is_ink).max(),
        "crossings_column": crossings(is_ink.T).mean(),
    }


def crossings(is_ink: np.ndarray) -> np.ndarray:
    """Return how often paper turns into ink along each row."""
    with_paper = np.pad(is_ink.astype(int), [(0, 0), (1, 0)])
    return (np.diff(with_paper, axis=1) == 1).sum(axis=1)


def of_places(ink: np.ndarray) -> dict[str, float]:
    """Measure where in the box the ink lies."""
    height, width = ink.shape
    rows = np.arange(height) / height
    columns = np.arange(width) / width
    ink_of_row = ink.sum(axis=1)
    ink_of_column = ink.sum(axis=0)
    row_centre = np.average(rows, weights=ink_of_row)
    return {
        "row_centre": row_centre,
        "row_spread": np.sqrt(np.average((rows - row_centre) ** 2, weights=ink_of_row)),
        "column_centre": np.average(columns, weights=ink_of_column),
    }


def of_directions(drawing: Drawing) -> dict[str, float]:
    """Measure how straight the line is, and which shares of it run in which direction."""
    strength = np.hypot(drawing.right, drawing.down)
    runs = (np.arctan2(drawing.down, drawing.right) + np.pi / 2) % np.pi
    shares, _ = np.histogram(runs, DIRECTIONS, (0, np.pi), weights=strength)
    measured = {"straightness": np.average(drawing.clearness, weights=strength)}
    for number, share in enumerate(shares / shares.sum()):
        measured[f"direction_{number}"] = share
    return measured
