"""Figures about augmentation: the words say where a curve meets a level."""

import numpy as np

from deepsign_helpers.plotting import chapter_02


def test_it_is_told_at_which_amount_a_curve_reaches_a_level_and_where_it_does_not(shown):
    degrees = np.array([2, 4, 8])
    doses = {"turn": (degrees, [0.2, 0.4, 0.8]), "lean": (degrees, [0.1, 0.2, 0.3])}
    chapter_02.show_doses(doses, {"forged": 0.6}, "angle (degrees)", note="A note.")
    text = shown[0][1]
    assert text.startswith("A note. Distance from the original by angle (degrees).")
    assert "turn: as far as forged (0.60) at 6" in text
    assert "lean: nowhere as far as forged (0.60)" in text


def test_each_distribution_has_its_median_in_words_and_as_a_line(shown):
    chapter_02.show_moves({"one": np.array([0.1, 0.2, 0.6]), "other": np.array([1.0, 1.2])})
    assert "one: median 0.20; other: median 1.10" in shown[0][1]
    for axis, median in zip(shown[0][0].axes, (0.2, 1.1), strict=True):
        assert axis.lines[0].get_xdata()[0] == median
