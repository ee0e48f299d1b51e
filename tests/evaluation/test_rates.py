"""Error rates against counting, scikit-learn, pyeer, linear programming, normal distributions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyeer.eer_stats import calculate_roc, get_eer_values
from scipy.optimize import linprog
from scipy.stats import beta, norm
from score_sets import count_by_hand, curve_by_hand, drawn_scores, gaussian_scores, score_sets
from sklearn.metrics import roc_curve

from deepsign_helpers.evaluation import (
    DIFFERENT,
    SAME,
    det,
    equal_error_rate,
    equal_error_threshold,
    error_rates,
    false_reject_rate_at,
    rates_at,
    roc,
    rule_of_three,
    similarity,
)


def equal_error_on(curve):
    """Walk along the curve until the false accept rate is no longer above the false reject rate."""
    for (accept_before, reject_before), (accept, reject) in pairwise(curve):
        if accept <= reject:
            # Solve accept_before + s (accept - accept_before) = reject_before + s (reject - …).
            slope = (accept - accept_before) - (reject - reject_before)
            share = (reject_before - accept_before) / slope
            return accept_before + share * (accept - accept_before)
    raise AssertionError("the curves always cross")


def best_of_lots(curve):
    """Solve the linear programme that mixes thresholds: the larger of both rates is smallest."""
    solution = linprog(
        np.append(np.zeros(len(curve)), 1),
        A_ub=np.column_stack([curve.T, [-1, -1]]),
        b_ub=[0, 0],
        A_eq=[np.append(np.ones(len(curve)), 0)],
        b_eq=[1],
    )
    return solution.fun


@given(score_sets())
def test_rates_agree_with_counting_at_every_threshold(score_set):
    thresholds, false_accept_rates, false_reject_rates = error_rates(*score_set)
    assert list(thresholds) == [*sorted(set(score_set[0])), np.inf]
    assert list(zip(false_accept_rates, false_reject_rates, strict=True)) == curve_by_hand(
        *score_set
    )


@given(score_sets())
def test_curve_runs_from_accepting_all_to_rejecting_all(score_set):
    thresholds, false_accept_rates, false_reject_rates = error_rates(*score_set)
    assert (np.diff(thresholds) > 0).all()
    assert (false_accept_rates[0], false_reject_rates[0]) == (1, 0)
    assert (false_accept_rates[-1], false_reject_rates[-1]) == (0, 1)


@given(score_sets())
def test_roc_agrees_with_scikit_learn(score_set):
    expected_accepted_forged, expected_accepted_genuine, _ = roc_curve(
        score_set[1], score_set[0], drop_intermediate=False
    )
    accepted_forged, accepted_genuine = roc(*score_set)
    np.testing.assert_allclose(accepted_forged[::-1], expected_accepted_forged)
    np.testing.assert_allclose(accepted_genuine[::-1], expected_accepted_genuine)


@given(score_sets())
def test_det_holds_scikit_learns_points_as_normal_deviates(score_set):
    # Not its `det_curve`: what that leaves out changed between its versions.
    scores, labels = score_set
    accepted_forged, accepted_genuine, _ = roc_curve(labels, scores, drop_intermediate=False)
    expected = {
        (round(float(norm.ppf(accept)), 9), round(float(norm.ppf(1 - accepted)), 9))
        for accept, accepted in zip(accepted_forged, accepted_genuine, strict=True)
        if 0 < accept < 1 and 0 < accepted < 1
    }
    assert {
        (round(float(x), 9), round(float(y), 9)) for x, y in zip(*det(*score_set), strict=True)
    } == expected


def test_det_of_two_normal_distributions_is_a_straight_line_at_their_distance():
    accept, reject = det(*gaussian_scores(2.0, 20_000))
    middle = (np.abs(accept) < 2) & (np.abs(reject) < 2)
    assert middle.sum() > 1000
    np.testing.assert_allclose(accept[middle] + reject[middle], -2.0, atol=0.01)


@given(score_sets())
def test_equal_error_rate_agrees_with_walking_along_the_curve(score_set):
    assert equal_error_rate(*score_set) == pytest.approx(
        equal_error_on(curve_by_hand(*score_set)), abs=1e-12
    )


@given(score_sets(smallest=2))
def test_equal_error_rate_lies_within_pyeers_neighbouring_thresholds(score_set):
    """pyeer averages both rates at a threshold beside the crossing; ours lies between the two."""
    scores, labels = score_set
    _, false_accept_rates, false_reject_rates = calculate_roc(
        scores[labels == SAME], scores[labels == DIFFERENT]
    )
    # pyeer has no threshold that rejects all.
    assume((false_accept_rates <= false_reject_rates).any())
    _, low, high, _ = get_eer_values(false_accept_rates, false_reject_rates)
    assert min(low, high) - 1e-12 <= equal_error_rate(scores, labels) <= max(low, high) + 1e-12


@pytest.mark.parametrize("count", [100, 10_000])
def test_equal_error_rate_is_pyeers_to_one_score(count):
    rng = np.random.default_rng(count)
    scores = np.concatenate([rng.normal(1, 1, count), rng.normal(0, 1, count)])
    labels = np.repeat([SAME, DIFFERENT], count)
    _, false_accept_rates, false_reject_rates = calculate_roc(scores[:count], scores[count:])
    expected = get_eer_values(false_accept_rates, false_reject_rates)[3]
    assert equal_error_rate(scores, labels) == pytest.approx(expected, abs=0.5 / count + 1e-12)


@pytest.mark.parametrize("count", [1, 10, 1000, 50_000])
def test_equal_error_rate_is_pyeers_where_a_threshold_makes_both_rates_equal(count):
    scores, labels = gaussian_scores(1.5, count)
    curve = calculate_roc(scores[labels == SAME], scores[labels == DIFFERENT])[1:]
    _, low, high, expected = get_eer_values(*curve)
    assert low == high
    assert equal_error_rate(scores, labels) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("method", ["interpolated", "rocch"])
def test_normal_scores_give_the_analytic_equal_error_rate(method):
    for d_prime in (0.0, 0.5, 1.0, 2.0, 3.0):
        rate = equal_error_rate(*gaussian_scores(d_prime, 50_000), method)
        assert rate == pytest.approx(norm.cdf(-d_prime / 2), abs=3e-5), d_prime


@given(score_sets())
def test_hull_equal_error_rate_is_the_best_that_lots_between_thresholds_can_reach(score_set):
    expected = best_of_lots(np.array(curve_by_hand(*score_set)))
    assert equal_error_rate(*score_set, "rocch") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("decimals", [1, 9])  # one decimal makes ties
def test_equal_error_rates_agree_with_scikit_learns_curve_at_any_size(decimals):
    for count in (2, 3, 10, 1000, 100_000):
        scores, labels = drawn_scores(count, decimals)
        accepted_forged, accepted_genuine, _ = roc_curve(labels, scores, drop_intermediate=False)
        curve = np.stack([accepted_forged, 1 - accepted_genuine], axis=1)[::-1]
        interpolated = equal_error_rate(scores, labels)
        on_hull = equal_error_rate(scores, labels, "rocch")
        assert interpolated == pytest.approx(equal_error_on(curve), abs=1e-6), count
        assert on_hull == pytest.approx(best_of_lots(curve), abs=1e-6), count


@given(score_sets())
def test_hull_never_lies_above_the_interpolated_rate_nor_above_a_half(score_set):
    assert equal_error_rate(*score_set, "rocch") <= min(equal_error_rate(*score_set), 0.5) + 1e-12


@pytest.mark.parametrize(
    ("scores", "labels", "expected"),
    [
        ([0.5, 0.5, 0.5], [1, 0, 0], 0.5),  # constant: nothing is told apart
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0.0),
        # The wrong way round: a flipped label shows itself.
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 1.0),
        ([1, 0], [1, 0], 0.0),
    ],
)
def test_extreme_scores_give_extreme_rates(scores, labels, expected):
    assert equal_error_rate(scores, labels) == expected


@given(score_sets())
def test_equal_error_threshold_is_where_the_rates_lie_closest(score_set):
    accept, reject = count_by_hand(*score_set, equal_error_threshold(*score_set))
    assert abs(accept - reject) == pytest.approx(
        min(abs(a - r) for a, r in curve_by_hand(*score_set))
    )


def test_equal_error_threshold_lies_in_the_middle_of_the_gap():
    assert equal_error_threshold([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]) == pytest.approx(0.5)


@given(score_sets(), st.floats(-10, 10))
def test_rates_at_a_threshold_agree_with_counting(score_set, threshold):
    assert rates_at(*score_set, threshold) == pytest.approx(count_by_hand(*score_set, threshold))


def test_a_score_equal_to_the_threshold_is_accepted():
    assert rates_at([0.5, 0.5], [SAME, DIFFERENT], 0.5) == (1.0, 0.0)


@given(score_sets(smallest=6), st.sampled_from([0.5, 0.6, 0.75, 0.9]))
def test_false_reject_rate_agrees_with_counting_every_threshold(score_set, false_accept_rate):
    expected = min(
        reject for accept, reject in curve_by_hand(*score_set) if accept <= false_accept_rate
    )
    assert false_reject_rate_at(*score_set, false_accept_rate) == pytest.approx(expected)


def test_too_few_forgeries_are_refused_with_the_number_needed():
    scores, labels = np.linspace(0, 1, 60), np.repeat([DIFFERENT, SAME], [50, 10])
    with pytest.raises(ValueError, match=r"FAR 0\.01 needs 300 forged scores; there are 50"):
        false_reject_rate_at(scores, labels, 0.01)


@pytest.mark.parametrize(("forged", "rate"), [(30, 0.1), (300, 0.01), (3000, 0.001)])
def test_exactly_enough_forgeries_are_enough(forged, rate):
    scores, labels = np.arange(forged + 10.0), np.repeat([DIFFERENT, SAME], [forged, 10])
    assert false_reject_rate_at(scores, labels, rate) == 0
    with pytest.raises(ValueError, match=f"needs {forged} forged"):
        false_reject_rate_at(scores[1:], labels[1:], rate)


@pytest.mark.parametrize(
    ("scores", "labels", "sentence"),
    [
        ([0.1, np.nan], [1, 0], "NaN or infinite"),
        ([0.1, np.inf], [1, 0], "NaN or infinite"),
        ([0.1, 0.2, 0.3], [1, 0], "one label for each score"),
        ([[0.1, 0.2]], [[1, 0]], "one label for each score"),
        ([0.1, 0.2], [1, 1], "only one class"),
        ([0.1, 0.2], [0, 0], "only one class"),
        ([], [], "only one class"),
        ([0.1, 0.2], [1, -1], "neither 1"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(scores, labels, sentence):
    for function in (error_rates, equal_error_rate, equal_error_threshold, roc, det):
        with pytest.raises(ValueError, match=sentence):
            function(scores, labels)
    with pytest.raises(ValueError, match=sentence):
        rates_at(scores, labels, 0.5)


def test_unknown_method_and_impossible_rate_are_refused():
    with pytest.raises(ValueError, match='"median" is unknown'):
        equal_error_rate([0.1, 0.2], [0, 1], "median")
    with pytest.raises(ValueError, match=r"1 % is 0\.01"):
        false_reject_rate_at([0.1, 0.2], [0, 1], 10)


def test_similarity_falls_from_one_to_zero_over_the_range_of_distances():
    assert list(similarity(np.array([0.0, 1.0, 2.0]))) == [1.0, 0.5, 0.0]


@given(st.integers(30, 10**6))
def test_rule_of_three_is_just_above_the_exact_binomial_bound(cases):
    exact = beta.ppf(0.95, 1, cases)  # Clopper and Pearson, one-sided, no errors
    assert exact < rule_of_three(cases) < 1.06 * exact


def test_rule_of_three_never_exceeds_one():
    assert rule_of_three(0) == rule_of_three(1) == rule_of_three(3) == 1 > rule_of_three(4)
    assert rule_of_three(300) == 0.01
