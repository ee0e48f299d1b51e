"""Figures about pairs: their words follow the data."""

import numpy as np

from deepsign_helpers.plotting import chapter_03


def test_leakage_tells_how_many_folds_there_were(shown):
    ways = {"images": np.array([0.8, 0.6, 0.7]), "writers": np.array([0.5, 0.5, 0.5])}
    chapter_03.show_leakage({"forged?": ways, "same?": ways})
    assert "forged?, images: 70 % in 3 folds; forged?, writers: 50 % in 3 folds" in shown[0][1]


def test_counts_stand_in_the_order_given_in_every_panel(shown):
    counts = {"genuine": 3, "skilled": 2, "random": 1}
    chapter_03.show_pair_counts({"all": counts, "chosen": counts})
    for axis in shown[0][0].axes:
        assert axis.get_ylim()[0] > axis.get_ylim()[1]  # the first bar on top
