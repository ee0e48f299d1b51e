"""Costs of decisions against trying every threshold and every pair, and normal distributions."""

import math
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from score_sets import count_by_hand, gaussian_scores, score_sets

from deepsign_helpers.evaluation import Costs, cheapest_threshold, review_band

COSTS = st.builds(
    Costs,
    *[st.floats(0.1, 100)] * 2,
    forged=st.floats(0.01, 0.99),
    review=st.floats(0.01, 100) | st.just(math.inf),
)


def cost_by_hand(scores, labels, costs, low, high):
    """Decide case by case; return the mean cost of either class, weighed by the prior."""
    paid = [0.0, 0.0]  # for forgeries, for genuine signatures
    cases = [0, 0]
    for score, label in zip(scores, labels, strict=True):
        cases[label] += 1
        if low <= score < high:
            paid[label] += costs.review
        elif score >= high and label == 0:
            paid[0] += costs.false_accept
        elif score < low and label == 1:
            paid[1] += costs.false_reject
    return costs.forged * paid[0] / cases[0] + (1 - costs.forged) * paid[1] / cases[1]


def thresholds_of(scores):
    return [*sorted(set(scores)), math.inf]


@given(score_sets(), COSTS)
def test_no_threshold_is_cheaper_than_the_cheapest(score_set, costs):
    threshold, cost = cheapest_threshold(*score_set, costs)
    every = [cost_by_hand(*score_set, costs, one, one) for one in thresholds_of(score_set[0])]
    assert cost == pytest.approx(min(every))
    assert cost == pytest.approx(cost_by_hand(*score_set, costs, threshold, threshold))


@given(score_sets(largest=10), COSTS)
def test_no_band_is_cheaper_than_the_cheapest(score_set, costs):
    band = review_band(*score_set, costs)
    every = combinations_with_replacement(thresholds_of(score_set[0]), 2)
    assert band.cost <= min(cost_by_hand(*score_set, costs, *pair) for pair in every) + 1e-9
    assert band.cost == pytest.approx(cost_by_hand(*score_set, costs, band.low, band.high))


@given(score_sets(), COSTS)
def test_a_band_says_how_much_a_person_sees(score_set, costs):
    band = review_band(*score_set, costs)
    accept_low, reject = count_by_hand(*score_set, band.low)
    accept, reject_high = count_by_hand(*score_set, band.high)
    seen = costs.forged * (accept_low - accept) + (1 - costs.forged) * (reject_high - reject)
    assert band.reviewed == pytest.approx(seen) and (band.reviewed > 0) == (band.low < band.high)


@pytest.mark.parametrize("review", [math.inf, 1e300, 10.0])
def test_where_a_review_costs_too_much_nobody_is_asked(review):
    scores, costs = gaussian_scores(1.0, 500), Costs(10, 1, 0.3, review)
    band = review_band(*scores, costs)
    assert (band.low, band.cost) == cheapest_threshold(*scores, costs)
    assert band.low == band.high and band.reviewed == 0


def test_a_review_for_next_to_nothing_sends_all_that_overlaps_to_a_person():
    band = review_band([0.1, 0.4, 0.6, 0.3, 0.5, 0.9], [0, 0, 0, 1, 1, 1], Costs(10, 1, 0.5, 1e-6))
    assert (band.low, band.high) == (0.3, 0.9)
    assert band.reviewed == pytest.approx(0.5 * 2 / 3 + 0.5 * 2 / 3)


@pytest.mark.parametrize("forged", [0.01, 0.2, 0.5])
@pytest.mark.parametrize("false_accept", [1, 20])
def test_normal_scores_give_the_analytic_threshold(forged, false_accept):
    threshold, _ = cheapest_threshold(*gaussian_scores(2.0, 20_000), Costs(false_accept, 1, forged))
    # The log-likelihood ratio that balances both mistakes.
    bayes = math.log(forged * false_accept / (1 - forged))
    assert threshold == pytest.approx(1 + bayes / 2, abs=0.02)


def test_normal_scores_give_the_analytic_band():
    band = review_band(*gaussian_scores(2.0, 20_000), Costs(10, 4, 0.2, review=0.5))
    low, high = math.log(0.25 * 0.5 / (4 - 0.5)), math.log(0.25 * (10 - 0.5) / 0.5)
    assert (band.low, band.high) == pytest.approx((1 + low / 2, 1 + high / 2), abs=0.02)


def test_of_equally_cheap_thresholds_the_lowest_is_taken():
    assert cheapest_threshold([1, 2], [1, 0], Costs(1, 1, 0.5)) == (1, 0.5)


def test_it_may_be_cheapest_to_reject_everybody():
    assert cheapest_threshold([1, 2], [1, 0], Costs(10, 1, 0.5)) == (math.inf, 0.5)


@given(score_sets(), COSTS, st.integers(2, 10))
def test_where_forgeries_cost_more_the_threshold_is_never_lower(score_set, costs, times):
    dearer = replace(costs, false_accept=times * costs.false_accept)
    lower, higher = (cheapest_threshold(*score_set, one)[0] for one in (costs, dearer))
    assert lower <= higher


def test_expected_cost_is_the_prior_times_what_each_mistake_costs():
    costs = Costs(false_accept=100, false_reject=2, forged=0.1)
    np.testing.assert_allclose(costs.of([0, 1, 0.5], [1, 0, 0.5]), [1.8, 10, 5.9])
    np.testing.assert_allclose(costs.parts(0.5, 0.5), (5, 0.9))


@pytest.mark.parametrize(
    ("field", "impossible"),
    [
        ("forged", (0, 1, -0.1, 20, math.nan)),
        ("false_accept", (0, -1, math.nan, math.inf)),
        ("false_reject", (0, -1, math.nan, math.inf)),
        ("review", (0, -1, math.nan)),
    ],
)
def test_costs_that_no_case_can_have_are_refused_with_their_value(field, impossible):
    possible = Costs(false_accept=10, false_reject=2, forged=0.5, review=1)
    rule = "a mistake and a review cost something, and `forged` lies between 0 and 1"
    for value in impossible:
        with pytest.raises(ValueError, match=rf"{field}={value}\b.*: {rule}"):
            replace(possible, **{field: value})


@pytest.mark.parametrize("function", [cheapest_threshold, review_band])
def test_what_cannot_be_judged_is_refused_in_a_sentence(function):
    with pytest.raises(ValueError, match="NaN or infinite"):
        function([0.1, np.nan], [1, 0], Costs(1, 1, 0.5))
    with pytest.raises(ValueError, match="only one class"):
        function([0.1, 0.2], [1, 1], Costs(1, 1, 0.5))
