"""Figures about preprocessing: their words follow the data."""

import numpy as np

from deepsign_helpers.plotting import chapter_01


def test_the_area_of_each_number_is_told(shown):
    numbers = {"median (grey level)": (np.array([1.0, 2.0]), np.array([3.0, 4.0]))}
    chapter_01.show_giveaway(numbers | {"other": numbers["median (grey level)"]}, [1.0, 0.5])
    assert "median (grey level): area 1.00; other: area 0.50" in shown[0][1]
