"""What chapter 06 claims, checked in its kernel after the last cell."""

import numpy as np

from deepsign_helpers import evaluation


def test_the_helpers_fuse_and_turn_distances_round_as_the_text_does(distances, scores_of_two):
    fused = evaluation.fuse(distances, "min")
    assert np.allclose(evaluation.similarity(fused), scores_of_two)


def test_the_genuine_one_is_nearest_but_its_references_do_not_agree(distances):
    of_genuine, of_forged = distances
    assert of_genuine.min() < of_forged.min()
    assert np.ptp(of_genuine) > 0.1


def test_both_rates_are_one_line(scores, labels, threshold, false_accept_rate, false_reject_rate):
    rates = evaluation.rates_at(scores, labels, threshold)
    assert rates == (false_accept_rate, false_reject_rate)


def test_blank_scans_raise_the_false_reject_rate(of_transactions, false_reject_rate):
    assert of_transactions > false_reject_rate


def test_the_hull_lies_less_than_half_a_point_lower_and_the_other_two_agree(
    by_hand, interpolated, on_hull
):
    assert abs(by_hand - interpolated) < 0.01
    assert 0 < interpolated - on_hull < 0.005


def test_draws_by_hand_spread_as_the_interval_of_the_helper_does(draws, low, high):
    by_hand = np.quantile(draws, [0.025, 0.975])
    assert np.allclose(by_hand, [low, high], atol=0.01)


def test_two_tests_differ_by_1_4_times_as_much_as_one_does_from_the_truth():
    assert round(np.sqrt(2), 1) == 1.4


def test_drawing_pairs_promises_too_narrow_an_interval(width_by_writer, width_by_pair):
    assert width_by_writer > 1.5 * width_by_pair


def test_by_writer_95_percent_intervals_hold_the_truth_and_by_pair_they_seldom_do(coverage):
    assert coverage["coverage by writer"].between(0.92, 0.98).all()
    writers_differ = coverage["writers' spread"] > 0
    assert (coverage.loc[writers_differ, "coverage by pair"] < 0.92).all()
    assert coverage.loc[~writers_differ, "coverage by pair"].between(0.92, 0.98).all()


def test_more_writers_narrow_the_interval_more_than_more_scores_of_each(coverage):
    widths = coverage.set_index(["writers", "scores of each", "writers' spread"])["width by writer"]
    by_more_writers = widths[20, 10, 1.0] / widths[60, 10, 1.0]
    by_more_scores = widths[60, 3, 1.0] / widths[60, 10, 1.0]
    assert by_more_writers > 1.3 * by_more_scores


def test_training_was_worth_it(equal_error_rates, gain):
    trained = equal_error_rates["trained encoder"]
    descriptor = equal_error_rates["untrained descriptor"]
    untrained = equal_error_rates["untrained encoder"]
    assert trained["EER"] < descriptor["from"] < trained["to"]  # the intervals overlap
    assert untrained["EER"] > descriptor["EER"]
    assert gain.low < 3 * gain.high < 0  # several times as far from zero
    assert gain.p_value < 0.05  # in nearly all draws the encoder is better


def test_intervals_at_an_operating_point_are_more_than_twice_as_wide(test, low, high):
    widths = []
    for allowed in (0.1, 0.01):
        ends = evaluation.bootstrap_by_writer(test, false_accept_rate=allowed)
        widths.append(np.ptp(ends))
    assert 2 * (high - low) < min(widths)


def test_300_trials_without_an_error_happen_once_in_twenty_at_a_rate_of_1_percent():
    assert round((1 - 3 / 300) ** 300, 2) == 0.05
    assert round(np.exp(-3), 2) == 0.05
    assert evaluation.rule_of_three(300) == 0.01
    assert np.isclose(evaluation.rule_of_three(3_000), 0.001)  # 0.1 %


def test_no_random_forgery_reaches_the_score(reached, bound, bound_by_writers):
    assert reached == 0
    assert bound < bound_by_writers


def test_a_threshold_tuned_for_each_writer_makes_random_numbers_look_informative(errors, tuned):
    honest, for_all, for_each, of_noise = errors.values()
    assert for_each < for_all < honest
    assert of_noise == tuned["random numbers"] < 0.45 < 0.5  # their true error is 50 %


def test_a_protocol_says_that_it_flatters(flattering):
    assert "optimistic" in str(flattering)


def test_the_partial_and_the_normalised_fusion_are_the_lowest_two(rate_of):
    for count in (3, 5, 10):
        rates = {fusion: rate for (number, fusion), rate in rate_of.items() if number == count}
        lowest, next_one, *_ = sorted(rates, key=rates.get)
        assert {lowest, next_one} == {"partial", "normalised"}
        assert rates["max"] == max(rates.values())


def test_the_uncertainty_of_24_writers_is_about_6_points_and_more_than_the_lowest_two_differ(
    by_writer, rate_of
):
    half_width = np.ptp(np.quantile(by_writer, [0.025, 0.975])) / 2
    assert 0.05 < half_width < 0.07
    for count in (3, 5, 10):
        assert abs(rate_of[count, "partial"] - rate_of[count, "normalised"]) < half_width
    for fusion in ("partial", "normalised"):
        for count, next_count in ((3, 5), (5, 10)):
            assert abs(rate_of[count, fusion] - rate_of[next_count, fusion]) < half_width


def test_writers_in_both_halves_flatter_and_new_writers_are_hardly_easier_than_without_learning(
    held_out_rate, by_writer
):
    assert held_out_rate["pairs"] < 0.7 * held_out_rate["writers"]
    half_width = np.ptp(np.quantile(by_writer, [0.025, 0.975])) / 2
    of_half_the_writers = np.sqrt(2) * half_width
    assert abs(held_out_rate["writers"] - np.mean(by_writer)) < of_half_the_writers


def test_always_no_is_nearly_always_right(always_no):
    assert always_no > 0.95


def test_one_rate_for_all_forgeries_can_have_any_value_between(against, pooled):
    assert against["random"] < pooled < against["skilled"]


def test_each_fraud_looks_better_than_what_is_honest(frauds):
    for honest, reported in frauds.values():
        assert reported < honest
