"""Figures of chapter 07: the slider once it is moved, and what the others say in words."""

import re

import numpy as np
import pandas as pd
import pytest
from IPython.display import Image

from deepsign_helpers import evaluation
from deepsign_helpers.plotting import chapter_06, chapter_07

COSTS = evaluation.Costs(false_accept=500, false_reject=20, forged=0.1, review=2)


@pytest.fixture
def displayed(monkeypatch):
    widgets = []
    monkeypatch.setattr(chapter_07, "display", widgets.append)
    return widgets


def rates_told(html):
    """The FAR and FRR, in percent, that the alternative text in the widget states."""
    found = re.search(r'alt="[^"]*FAR ([\d.]+) %, FRR ([\d.]+) %', html)
    return [float(rate) for rate in found.groups()]


def test_moving_the_slider_changes_the_picture_and_its_words(scores_and_labels, displayed):
    chapter_07.threshold_slider(*scores_and_labels, threshold=0.2, costs=COSTS)
    slider, picture = displayed[0].children
    before = picture.value
    slider.value = 0.5
    assert picture.value != before
    for html, threshold in ((before, 0.2), (picture.value, slider.value)):
        expected = [100 * rate for rate in evaluation.rates_at(*scores_and_labels, threshold)]
        assert rates_told(html) == pytest.approx(expected, abs=0.06)
        cost = 100 * (0.1 * 500 * expected[0] + 0.9 * 20 * expected[1]) / 100
        assert f"<b>{cost:,.0f}</b>" in html


def test_slider_starts_with_the_static_figure(scores_and_labels, displayed, shown):
    chapter_06.show_threshold(*scores_and_labels, threshold=0.2)
    chapter_07.threshold_slider(*scores_and_labels, threshold=0.2, costs=COSTS)
    [(_, alt)] = shown
    assert f'alt="{alt}"' in displayed[0].children[1].value
    assert not any(isinstance(child, Image) for child in displayed[0].children)


def test_evidence_tells_the_share_of_misled_forgeries(scores_and_labels, shown):
    scores, labels = scores_and_labels
    ratios = 5 * (scores - 0.2)
    chapter_07.show_evidence(ratios, labels)
    [(_, alt)] = shown
    misled = 100 * np.mean(ratios[labels == evaluation.DIFFERENT] > 0)
    assert f"{misled:.0f} % of the forgeries have a ratio above 1" in alt
    assert f"Cllr {evaluation.cllr(ratios, labels):.2f}" in alt


def test_the_reliability_of_ratios_that_keep_their_word_lies_on_the_diagonal():
    rng = np.random.default_rng(1)
    probabilities = rng.uniform(0.02, 0.98, 40_000)
    labels = (rng.uniform(size=len(probabilities)) < probabilities).astype(int)
    log_odds = np.log10(probabilities / (1 - probabilities))
    prior = np.log10(labels.mean() / (1 - labels.mean()))
    said, came_true = chapter_07.said_and_come_true(log_odds - prior, labels)
    assert len(said) == chapter_07.DOTS
    assert came_true == pytest.approx(said, abs=0.03)


@pytest.mark.parametrize(
    "costs", [COSTS, evaluation.Costs(1e6, 1, 0.5), evaluation.Costs(1e6, 1, 0.9, 0.5)]
)
def test_costs_are_told_for_a_hundred_cases_even_where_rejecting_everybody_is_cheapest(
    scores_and_labels, costs, shown
):
    chapter_07.show_costs(*scores_and_labels, costs)
    [(_, alt)] = shown
    _, expected = evaluation.cheapest_threshold(*scores_and_labels, costs)
    band = evaluation.review_band(*scores_and_labels, costs)
    assert f"{100 * expected:,.0f} at the cheapest threshold" in alt
    assert f"{100 * band.cost:,.0f} if a person sees {band.reviewed:.0%}" in alt


def test_each_group_is_told_with_its_rates(shown):
    rows = {
        "script: latin": (8, 0.1, 0.05, 0.2, 0.3, 0.04),
        "domain: fax": (20, 0.2, 0.1, 0.3, 0.4, 0.08),
    }
    columns = ["writers", "EER", "EER from", "EER to", "FAR", "FRR"]
    groups = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    chapter_07.show_groups(groups, threshold=0.96)
    [(figure, alt)] = shown
    assert "script: latin 10.0 %, FAR 30 %, FRR 4 %; domain: fax 20.0 %, FAR 40 %, FRR 8 %" in alt
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["script: latin (8 writers)", "domain: fax (20 writers)"]
