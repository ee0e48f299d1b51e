"""Figures about preprocessing: their words follow the data."""

import numpy as np
import pytest

from deepsign_helpers.plotting import chapter_01


@pytest.fixture
def page():
    """White paper with a level line of ink."""
    page = np.full((20, 40), 255, np.uint8)
    page[10, 5:35] = 30
    return page


def test_each_threshold_is_drawn_and_told(page, shown):
    chapter_01.show_levels({"clean": page, "dark": page // 2}, [174, 87])
    assert shown[0][1].endswith("clean: 174; dark: 87.")
    for axis, threshold in zip(shown[0][0].axes, (174, 87), strict=True):
        assert axis.lines[0].get_xdata()[0] == threshold


def test_the_line_of_writing_goes_through_the_ink(page, shown):
    chapter_01.show_line({"before": page}, [0.0])
    assert "before: 0.0°" in shown[0][1]
    line = shown[0][0].axes[0].lines[0]
    assert line.get_xy1() == pytest.approx((19.5, 10))


def test_the_area_of_each_number_is_told(shown):
    numbers = {"median (grey level)": (np.array([1.0, 2.0]), np.array([3.0, 4.0]))}
    chapter_01.show_giveaway(numbers | {"other": numbers["median (grey level)"]}, [1.0, 0.5])
    assert "median (grey level): area 1.00; other: area 0.50" in shown[0][1]
