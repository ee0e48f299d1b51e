"""Figures of the ink, on drawings of which they are known."""

import cv2
import numpy as np
import pytest
from known_drawings import INK, bars, blank, cross, ring

from studies.realism.drawing import look
from studies.realism.figures import figures


def measured(page):
    return figures(look(page))


def length(found, page):
    """Return the line's length in pixels of the box."""
    return found["line_length"] * np.hypot(*look(page).ink.shape)


def test_two_bars_have_four_ends_and_one_direction():
    found = measured(bars())
    assert found["line_ends"] * length(found, bars()) / 100 == pytest.approx(4)
    assert found["junctions"] == 0
    assert (found["components"], found["loops"], found["crossings_row"]) == (2, 0, 1)
    assert found["crossings_column"] == pytest.approx(2, abs=0.05)
    assert found["rise_degrees"] == pytest.approx(0, abs=0.1)
    assert found["log_aspect"] == pytest.approx(np.log(300 / 70))
    assert found["direction_0"] + found["direction_7"] > 0.9
    assert found["straightness"] > 0.95
    assert found["ink_coverage"] == pytest.approx(24 / 70, abs=0.03)
    assert found["row_spread"] == pytest.approx(29 / 70, abs=0.01)
    assert found["column_centre"] == pytest.approx(0.5, abs=0.01)


def test_a_cross_has_four_ends_and_junctions_in_its_middle():
    found = measured(cross())
    pixels = length(found, cross())
    assert found["line_ends"] * pixels / 100 == pytest.approx(4)
    assert 1 <= found["junctions"] * pixels / 100 <= 5
    assert (found["components"], found["crossings_row"]) == (1, 1)
    upright = found["direction_3"] + found["direction_4"]
    level = found["direction_0"] + found["direction_7"]
    assert upright == pytest.approx(level, rel=0.1)
    assert found["row_centre"] == pytest.approx(0.5, abs=0.02)
    # Half of the ink lies in the middle row, half is spread evenly over the height.
    assert found["row_spread"] == pytest.approx(np.sqrt(1 / 12 / 2), abs=0.02)


def test_a_ring_has_no_end_and_runs_everywhere():
    found = measured(ring())
    assert (found["line_ends"], found["components"], found["crossings_row"]) == (0, 1, 2)
    # Inside, and three of the four corners that it cuts off: one is taken for the page.
    assert found["loops"] == 4
    directions = [found[f"direction_{number}"] for number in range(8)]
    # Less of what is level or upright: there the ring touches the box, and half its edge is gone.
    assert np.allclose(directions, 1 / 8, atol=0.04)
    assert found["width_variation"] < 0.15


def test_pieces_are_counted_but_not_specks():
    page = blank()
    for left in (50, 150, 250):
        page = cv2.line(page, (left, 150), (left + 60, 60), INK, thickness=6)
    page[104:107, 130:133] = INK
    assert measured(page)["components"] == 3


def test_a_line_of_even_darkness_varies_less_than_one_that_fades():
    page = bars()
    fading = page.copy()
    fading[page < 255] = np.tile(np.linspace(30, 120, 300), 24).astype(np.uint8)
    assert measured(fading)["darkness_variation"] > 2 * measured(page)["darkness_variation"]


def test_a_bar_that_falls_by_45_degrees_runs_in_the_second_quarter():
    page = blank(400, 400)
    page = cv2.line(page, (50, 50), (350, 350), INK, thickness=8)
    found = measured(page)  # too steep to be turned level: it is as tall as wide
    assert found["direction_1"] + found["direction_2"] > 0.9
