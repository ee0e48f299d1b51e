"""Scores as evidence against lir, pooling by hand, exact fractions, and normal distributions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from lir.algorithms.bayeserror import elub
from lir.algorithms.isotonic_regression import IsotonicCalibrator
from lir.algorithms.logistic_regression import LogitCalibrator
from lir.data.models import LLRData
from lir.metrics import cllr as lir_cllr
from lir.metrics import cllr_min as lir_minimal_cllr
from scipy.integrate import quad
from scipy.stats import norm
from score_sets import drawn_scores, gaussian_scores, score_sets

from deepsign_helpers.evaluation import (
    DIFFERENT,
    SAME,
    calibrate,
    cllr,
    evidence_bounds,
    minimal_cllr,
)


def for_lir(scores, labels):
    return LLRData(features=scores.copy(), labels=labels)


def minimal_cllr_by_hand(scores, labels):
    """Merge neighbours while the likelihood ratio falls from one to the next; sum up the bits."""
    pools = []
    for score in sorted(set(scores)):
        group = list(labels[scores == score])
        pools.append(
            (
                Fraction(group.count(1), sum(labels.tolist())),
                Fraction(group.count(0), list(labels).count(0)),
            )
        )
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] >= pools[-1][0] * pools[-2][1]:
            (genuine, forged), (more_genuine, more_forged) = pools.pop(), pools.pop()
            pools.append((genuine + more_genuine, forged + more_forged))
    mixed = [(genuine, forged) for genuine, forged in pools if genuine and forged]
    return sum(g * math.log2(1 + f / g) + f * math.log2(1 + g / f) for g, f in mixed) / 2


def bounds_by_hand(ratios, labels):
    """Walk over hundredths; a misleading signature of each class is added; rates are fractions."""
    genuine = [ratio for ratio, label in zip(ratios, labels, strict=True) if label == 1]
    forged = [ratio for ratio, label in zip(ratios, labels, strict=True) if label == 0]
    most = min(max(ratios), math.log10(len(forged) + 1))
    least = max(min(ratios), -math.log10(len(genuine) + 1))
    steps = range(min(0, math.floor(100 * least)), max(0, math.floor(100 * most) + 1) + 1)
    useless = []
    for step in steps:
        rejected = Fraction(
            1 + sum(1 for ratio in genuine if ratio <= step / 100), 1 + len(genuine)
        )
        accepted = Fraction(1 + sum(1 for ratio in forged if ratio > step / 100), 1 + len(forged))
        odds = Fraction(10) ** (step // 100) if step % 100 == 0 else Fraction(10 ** (step / 100))
        if rejected + odds * accepted > min(1, odds):
            useless.append(step)
    low = max((step + 1 for step in useless if step <= 0), default=steps[0])
    high = min((step - 1 for step in useless if step >= 0), default=steps[-1])
    return min(low, 0) / 100, max(high, 0) / 100


def cllr_of_normal_scores(d_prime):
    """Integrate the bits over the densities N(±d/2, 1): the log-likelihood ratio is d times s."""

    def bits(s):
        return norm.pdf(s, d_prime / 2) * np.logaddexp(0, -d_prime * s) / math.log(2)

    integral, _ = quad(bits, -15, 15)
    return integral  # the other class is its mirror image


@given(score_sets())
def test_cllr_agrees_with_lir(score_set):
    assert cllr(*score_set) == pytest.approx(lir_cllr(for_lir(*score_set)), abs=1e-6)


@given(score_sets())
def test_minimal_cllr_agrees_with_pooling_by_hand(score_set):
    assert minimal_cllr(*score_set) == pytest.approx(minimal_cllr_by_hand(*score_set), abs=1e-9)


@given(score_sets())
def test_minimal_cllr_agrees_with_lir(score_set):
    scores, labels = score_set[0].round(6), score_set[1]  # scores within 1e-15 are ties to lir
    assert minimal_cllr(scores, labels) == pytest.approx(
        lir_minimal_cllr(for_lir(scores, labels)), abs=1e-6
    )


@pytest.mark.parametrize("decimals", [1, 9])
def test_costs_agree_with_lir_at_any_size_with_ties_and_without(decimals):
    for count in (2, 3, 10, 1000, 100_000):
        scores, labels = drawn_scores(count, decimals)
        cost = lir_cllr(for_lir(scores, labels))
        least = lir_minimal_cllr(for_lir(scores, labels))
        assert cllr(scores, labels) == pytest.approx(cost, abs=1e-6), count
        assert minimal_cllr(scores, labels) == pytest.approx(least, abs=1e-6), count


@given(score_sets())
def test_minimal_cllr_knows_only_the_order_and_no_map_does_better(score_set):
    scores, labels = score_set
    least = minimal_cllr(scores, labels)
    assert least == minimal_cllr(np.unique(scores, return_inverse=True)[1] * 1e-20, labels)
    assert least <= min(1, cllr(scores, labels), cllr(scores / 3 - 0.2, labels)) + 1e-12


@pytest.mark.parametrize(
    ("scores", "labels", "expected"),
    [
        ([0.5, 0.5, 0.5], [1, 0, 0], 1),  # constant: nothing is told apart
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0),
        # The wrong way round: the best rising map says nothing.
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 1),
        ([1, 0], [1, 0], 0),
    ],
)
def test_extreme_scores_give_extreme_costs(scores, labels, expected):
    assert minimal_cllr(scores, labels) == pytest.approx(expected, abs=1e-12)


def test_saying_nothing_costs_one_bit_and_being_surely_wrong_costs_more():
    assert cllr([0.0, 0.0, 0.0], [1, 0, 0]) == 1
    assert cllr([4.0, -4.0], [SAME, DIFFERENT]) == pytest.approx(0, abs=2e-4)
    assert cllr([-4.0, 4.0], [SAME, DIFFERENT]) == pytest.approx(4 * math.log2(10), abs=2e-4)


@pytest.mark.parametrize("d_prime", [0.5, 1.0, 2.0, 3.0])
def test_normal_scores_cost_the_analytic_integral(d_prime):
    scores, labels = gaussian_scores(d_prime, 50_000)
    analytic = d_prime * (scores - d_prime / 2) / math.log(10)
    assert cllr(analytic, labels) == pytest.approx(cllr_of_normal_scores(d_prime), abs=1e-4)
    assert minimal_cllr(scores, labels) == pytest.approx(cllr_of_normal_scores(d_prime), abs=2e-3)


@pytest.mark.parametrize("d_prime", [0.5, 1.0, 2.0, 3.0])
def test_calibration_finds_the_analytic_line_of_normal_scores(d_prime):
    calibration = calibrate(*gaussian_scores(d_prime, 50_000))
    some = np.linspace(-0.5, 0.5, 5) + d_prime / 2
    expected = d_prime * (some - d_prime / 2) / math.log(10)
    np.testing.assert_allclose(calibration.log_likelihood_ratios(some), expected, atol=2e-3)


@pytest.mark.parametrize("decimals", [1, 9])
def test_logistic_calibration_is_lirs_on_standardised_scores(decimals):
    scores, labels = drawn_scores(600, decimals)
    standard = (scores - scores.mean()) / scores.std()
    expected = LogitCalibrator(C=1e4, tol=1e-10).fit(standard, labels).transform(standard)
    calibration = calibrate(scores, labels)
    expected = np.clip(expected, calibration.low, calibration.high)
    np.testing.assert_allclose(calibration.log_likelihood_ratios(scores), expected, atol=1e-6)


@pytest.mark.parametrize("decimals", [1, 9])
def test_pav_calibration_is_lirs_within_the_bounds(decimals):
    scores, labels = drawn_scores(600, decimals)
    calibration, unseen = calibrate(scores, labels, "pav"), np.linspace(-5, 6, 200)
    with np.errstate(divide="ignore"):
        expected = IsotonicCalibrator().fit(scores, labels).transform(unseen)
    expected = np.clip(expected, calibration.low, calibration.high)
    np.testing.assert_allclose(calibration.log_likelihood_ratios(unseen), expected, atol=1e-6)


@given(score_sets())
def test_bounds_agree_with_exact_fractions(score_set):
    scores, labels = score_set
    ratios = (scores + 0.00437).tolist()  # never exactly on a hundredth
    labels = labels.tolist()
    expected = bounds_by_hand(ratios, labels)
    assert evidence_bounds(ratios, labels) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("d_prime", [0.2, 1.0, 2.5, 5.0])
def test_bounds_of_calibrated_ratios_are_lirs(d_prime):
    for count in (30, 300, 3000):
        scores, labels = drawn_scores(count, d_prime=d_prime)
        ratios = d_prime * (scores - d_prime / 2) / math.log(10)
        expected = elub(ratios.copy(), labels)
        assert evidence_bounds(ratios, labels) == pytest.approx(expected, abs=1e-9), count


@pytest.mark.parametrize("method", ["logistic", "pav"])
@settings(max_examples=25)
@given(score_set=score_sets())
def test_evidence_rises_with_the_score_and_never_exceeds_what_so_few_can_show(method, score_set):
    calibration = calibrate(*score_set, method)
    ratios = calibration.log_likelihood_ratios(np.linspace(-50, 50, 101))
    if method == "pav":  # a line may fall, where scores are the wrong way round
        assert (np.diff(ratios) >= 0).all()
    genuine = int(score_set[1].sum())
    forged = len(score_set[1]) - genuine
    assert ratios.min() >= -math.log10(genuine + 1) - 0.011
    assert ratios.max() <= math.log10(forged + 1) + 0.011


@pytest.mark.parametrize("method", ["logistic", "pav"])
def test_as_many_forgeries_again_do_not_change_what_a_score_is_worth(method):
    scores, labels = drawn_scores(200)
    forged = scores[labels == DIFFERENT]
    more = calibrate(
        np.append(scores, forged), np.append(labels, np.zeros_like(forged, dtype=int)), method
    )
    some = np.linspace(scores.min(), scores.max(), 20)
    np.testing.assert_allclose(
        more.probability(some), calibrate(scores, labels, method).probability(some), atol=2e-3
    )


@pytest.mark.parametrize("method", ["logistic", "pav"])
def test_calibration_on_some_writers_serves_others(method):
    (scores, labels), (unseen, unseen_labels) = drawn_scores(3000), drawn_scores(2999)
    ratios = calibrate(scores, labels, method).log_likelihood_ratios(unseen)
    least = minimal_cllr(unseen, unseen_labels)
    assert least <= cllr(ratios, unseen_labels) < least + 0.03 < cllr(unseen, unseen_labels)


@pytest.mark.parametrize("method", ["logistic", "pav"])
@pytest.mark.parametrize("number", [0.3, np.float32(0.3), 1])
def test_one_score_alone_gets_the_ratio_that_it_has_among_others(method, number):
    calibration = calibrate(*drawn_scores(300), method)
    [alone] = calibration.log_likelihood_ratios(number)
    assert alone == calibration.log_likelihood_ratios([-2.0, float(number), 3.0])[1]


@pytest.mark.parametrize("function", [cllr, minimal_cllr, calibrate])
def test_what_cannot_be_judged_is_refused_in_a_sentence(function):
    with pytest.raises(ValueError, match="NaN or infinite"):
        function([0.1, np.nan], [1, 0])
    with pytest.raises(ValueError, match="only one class"):
        function([0.1, 0.2], [0, 0])
    with pytest.raises(ValueError, match="one label for each score"):
        function([0.1, 0.2, 0.3], [0, 1])


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match='"kde" is unknown; use "logistic" or "pav"'):
        calibrate([0.1, 0.2], [0, 1], "kde")


@pytest.mark.parametrize("kind", [bool, float])
def test_labels_may_be_a_mask_or_whole_floats(kind):
    scores, labels = drawn_scores(50)
    assert minimal_cllr(scores, labels.astype(kind)) == minimal_cllr(scores, labels)
