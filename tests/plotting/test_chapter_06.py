"""Figures of chapter 06: what the slider shows after it was moved, and what the others say in words."""

import re

import numpy as np
import pandas as pd
import pytest
from IPython.display import Image

from deepsign_helpers import evaluation
from deepsign_helpers.plotting import chapter_06

COSTS = evaluation.Costs(false_accept=500, false_reject=20, forged=0.1, review=2)


@pytest.fixture
def scores_and_labels():
    rng = np.random.default_rng(0)
    labels = np.repeat([evaluation.SAME, evaluation.DIFFERENT], [150, 250])
    return rng.normal(0.4 * labels, 0.2), labels


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr(chapter_06, "display", shown.append)
    return shown


def rates_told(html):
    """The FAR and FRR, in percent, that the alternative text in the widget states."""
    return [
        float(rate)
        for rate in re.search(r'alt="[^"]*FAR ([\d.]+) %, FRR ([\d.]+) %', html).groups()
    ]


def test_moving_the_slider_changes_the_picture_and_its_words(scores_and_labels, displayed):
    chapter_06.threshold_slider(*scores_and_labels, threshold=0.2, costs=COSTS)
    slider, picture = displayed[0].children
    before = picture.value
    slider.value = 0.5
    assert picture.value != before
    for html, threshold in ((before, 0.2), (picture.value, slider.value)):
        expected = [100 * rate for rate in evaluation.rates_at(*scores_and_labels, threshold)]
        assert rates_told(html) == pytest.approx(expected, abs=0.06)
        cost = 100 * (0.1 * 500 * expected[0] + 0.9 * 20 * expected[1]) / 100
        assert f"<b>{cost:,.0f}</b>" in html


def test_slider_starts_with_the_static_figure(scores_and_labels, displayed, monkeypatch):
    static = []
    monkeypatch.setattr(chapter_06, "show", lambda figure, alt: static.append(alt))
    chapter_06.show_threshold(*scores_and_labels, threshold=0.2)
    chapter_06.threshold_slider(*scores_and_labels, threshold=0.2, costs=COSTS)
    assert f'alt="{static[0]}"' in displayed[0].children[1].value
    assert not any(isinstance(child, Image) for child in displayed[0].children)


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


def test_the_legend_of_the_threshold_names_no_kind_of_forgery(scores_and_labels):
    figure, _ = chapter_06.draw_threshold(*scores_and_labels, 0.2)
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "genuine",
        "forgeries",
    ]


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr(chapter_06, "show", lambda figure, alt: calls.append((figure, alt)))
    return calls


def test_curves_meet_in_the_equal_error_rate(scores_and_labels, shown):
    chapter_06.show_curves(*scores_and_labels)
    [(figure, alt)] = shown
    rate = 100 * evaluation.equal_error_rate(*scores_and_labels)
    assert f"meet in {rate:.1f} %" in alt
    over, roc, _ = figure.axes
    assert over.lines[-1].get_ydata() == pytest.approx([rate])
    assert (roc.lines[-1].get_xdata()[0], roc.lines[-1].get_ydata()[0]) == pytest.approx(
        (rate, 100 - rate)
    )


def test_evidence_tells_the_share_of_misled_forgeries(scores_and_labels, shown):
    scores, labels = scores_and_labels
    ratios = 5 * (scores - 0.2)
    chapter_06.show_evidence(ratios, labels)
    misled = 100 * np.mean(ratios[labels == evaluation.DIFFERENT] > 0)
    assert f"{misled:.0f} % of the forgeries have a ratio above 1" in shown[0][1]
    assert f"Cllr {evaluation.cllr(ratios, labels):.2f}" in shown[0][1]


@pytest.mark.parametrize(
    "costs", [COSTS, evaluation.Costs(1e6, 1, 0.5), evaluation.Costs(1e6, 1, 0.9, 0.5)]
)
def test_costs_are_told_for_a_hundred_cases_even_where_rejecting_everybody_is_cheapest(
    scores_and_labels, costs, shown
):
    chapter_06.show_costs(*scores_and_labels, costs)
    _, expected = evaluation.cheapest_threshold(*scores_and_labels, costs)
    band = evaluation.review_band(*scores_and_labels, costs)
    assert f"{100 * expected:,.0f} at the cheapest threshold" in shown[0][1]
    assert f"{100 * band.cost:,.0f} if a person sees {band.reviewed:.0%}" in shown[0][1]


def test_each_group_is_told_with_its_rates(shown):
    rows = {
        "script: latin": (8, 0.1, 0.05, 0.2, 0.3, 0.04),
        "domain: fax": (20, 0.2, 0.1, 0.3, 0.4, 0.08),
    }
    columns = ["writers", "EER", "EER from", "EER to", "FAR", "FRR"]
    chapter_06.show_groups(
        pd.DataFrame.from_dict(rows, orient="index", columns=columns), threshold=0.96
    )
    assert (
        "script: latin 10.0 %, FAR 30 %, FRR 4 %; domain: fax 20.0 %, FAR 40 %, FRR 8 %"
        in shown[0][1]
    )
    labels = [label.get_text() for label in shown[0][0].axes[0].get_yticklabels()]
    assert labels == ["script: latin (8 writers)", "domain: fax (20 writers)"]
