"""Figures of chapter 06: what they say in words, and what scores they can draw."""

import re

import numpy as np
import pytest

from deepsign_helpers import evaluation
from deepsign_helpers.plotting import chapter_06


@pytest.mark.parametrize("threshold", [-5.0, 5.0])
def test_a_threshold_beyond_all_scores_can_be_drawn(scores_and_labels, threshold):
    _, alt = chapter_06.draw_threshold(*scores_and_labels, threshold)
    assert re.search(r"(100|0) of 100 forgeries get in", alt)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_constant_scores_can_be_drawn(threshold):
    labels = np.repeat([evaluation.SAME, evaluation.DIFFERENT], 20)
    _, alt = chapter_06.draw_threshold(np.full(40, 0.5), labels, threshold)
    accepted = threshold <= 0.5
    assert f"{100 * accepted} of 100 forgeries get in, {100 - 100 * accepted} of 100 genuine" in alt


def test_no_bar_of_the_histogram_lies_on_both_sides_of_the_threshold(scores_and_labels):
    scores, _ = scores_and_labels
    edges = chapter_06.edges_around(0.2, scores)
    assert edges.min() < scores.min() and scores.max() < edges.max()
    assert np.isclose(edges, 0.2).sum() == 1


def test_the_legend_of_the_threshold_names_no_kind_of_forgery(scores_and_labels):
    figure, _ = chapter_06.draw_threshold(*scores_and_labels, 0.2)
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names == ["genuine", "forgeries"]


def test_curves_meet_in_the_equal_error_rate(scores_and_labels, shown):
    chapter_06.show_curves(*scores_and_labels)
    [(figure, alt)] = shown
    rate = 100 * evaluation.equal_error_rate(*scores_and_labels)
    assert f"meet in {rate:.1f} %" in alt
    over, roc, _ = figure.axes
    assert over.lines[-1].get_ydata() == pytest.approx([rate])
    assert roc.lines[-1].get_xdata() == pytest.approx([rate])
    assert roc.lines[-1].get_ydata() == pytest.approx([100 - rate])


def test_draws_are_told_with_their_intervals(shown):
    by_writer = np.linspace(0.2, 0.4, 41)  # 95 % of it: from 0.205 to 0.395
    chapter_06.show_draws(by_writer, by_pair=by_writer / 2)
    [(_, alt)] = shown
    assert "whole writers drawn: 20.5 to 39.5 %; single pairs drawn: 10.2 to 19.8 %" in alt
