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


def test_a_batch_of_pairs_says_what_it_shows_and_what_all_of_it_holds(shown):
    images = np.zeros((8, 4, 6, 1))
    labels = np.array([1, 0, 1, 1, 1, 0, 1, 1])
    chapter_03.show_pairs(images, images, labels)
    figure, alt = shown[0]
    of_each = "SAME (1), SAME (1), SAME (1), DIFFERENT (0), DIFFERENT (0)."
    assert f"5 of 8 pairs, left above right: {of_each}" in alt
    assert "In the whole batch 6 are SAME, 2 DIFFERENT." in alt
    assert len(figure.axes) == 2 * 5


def test_the_pair_in_a_column_is_the_left_image_above_the_right_one(shown):
    left = np.zeros((2, 4, 6, 1))
    right = np.ones((2, 4, 6, 1))
    chapter_03.show_pairs(left, right, [1, 0])
    drawn = [axis.images[0].get_array().mean() for axis in shown[0][0].axes]
    assert drawn == [0, 0, 1, 1]
    same, different = shown[0][0].axes[:2]
    frames = [axis.spines["top"].get_edgecolor() for axis in (same, different)]
    assert frames[0] != frames[1]
