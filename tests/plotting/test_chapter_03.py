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


def test_writers_on_both_sides_of_a_fold_are_counted(shown):
    shuffled = np.array([[0.5, 0.0, 1.0], [0.5, 1.0, 0.0]])  # of three writers, one is on both
    whole = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    chapter_03.show_folds({"shuffled": shuffled, "by writer": whole})
    assert "Writers on both sides, shuffled: 1; by writer: 0." in shown[0][1]


def test_scores_and_rates_are_told(shown):
    chapter_03.show_pair_scores({"genuine": np.array([0.5, 0.7]), "random": np.array([0.1])})
    assert "medians: genuine 0.60, random 0.10." in shown[0][1]
    chapter_03.show_throughput({"scans": 380.0, "records": 9848.2})
    assert shown[1][1] == "Images a second: scans 380; records 9,848."
