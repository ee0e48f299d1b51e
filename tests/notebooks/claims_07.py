"""What chapter 07 claims, checked in its kernel after the last cell."""

from deepsign_helpers import evaluation
from deepsign_helpers.evaluation import SAME


def test_the_lowest_of_the_three_scores_is_at_its_bound_and_the_others_are_not(calibration):
    for score in (0.7, 0.8, 0.95):
        [ratio] = calibration.log_likelihood_ratios([score])
        assert (ratio == calibration.low) == (score == 0.7)


def test_no_ratio_lies_beyond_the_bounds(calibration, ratios):
    assert calibration.low <= ratios.min()
    assert ratios.max() <= calibration.high


def test_odds_of_3_to_1_are_75_percent_and_2_to_the_tenth_is_1024():
    assert 3 / (3 + 1) == 75 / 100
    assert 2**10 == 1_024


def test_about_half_of_the_forgeries_end_at_the_lower_bound(calibration, ratios, labels):
    of_forgeries = ratios[labels != SAME]
    assert 0.4 < (of_forgeries == calibration.low).mean() < 0.6


def test_a_dot_stands_for_about_80_signatures_and_the_first_for_about_three_times_as_many(
    calibration, ratios
):
    assert 80 <= len(ratios) / 8 < 83
    at_the_bound = (ratios == calibration.low).sum()
    assert 2.5 < at_the_bound / 80 < 3.5


def test_the_map_is_too_cautious_further_up(ratios, labels):
    supporting = ratios > 0.5
    odds = labels.sum() / (1 - labels).sum() * 10 ** ratios[supporting]
    said = odds / (1 + odds)
    assert labels[supporting].mean() > said.mean()


def test_the_order_of_the_costs_in_bits_is_no_accident(costs_in_bits):
    logistic, pav, minimal, too_sure = costs_in_bits.values()
    assert minimal < logistic < 1 < too_sure
    assert abs(pav - logistic) < 0.02  # too close to call


def test_ten_times_the_log_ratio_leaves_the_error_rate_as_it_is(ratios, labels):
    rate = evaluation.equal_error_rate(ratios, labels)
    assert evaluation.equal_error_rate(10 * ratios, labels) == rate


def test_the_cheapest_threshold_lies_below_and_lets_in_far_more(cheapest_threshold, frozen, judges):
    let_in, _ = evaluation.rates_at(*judges, cheapest_threshold)
    at_equal_errors, _ = evaluation.rates_at(*judges, frozen)
    assert cheapest_threshold < frozen
    assert let_in > 1.5 * at_equal_errors


def test_to_turn_all_honest_cases_away_costs_more_than_the_one_forgery(costs):
    assert 99 * costs.false_reject == 1_980
    assert costs.false_accept == 500


def test_the_machine_alone_is_dearer_than_the_clerk_and_both_together_cost_less_than_half(
    band, costs, expected
):
    assert band.cost < 0.5 * costs.review < costs.review < expected


def test_on_the_test_writers_the_band_is_dearer_than_planned(band, together, alone, expected):
    assert band.cost < together < alone < expected


def test_with_more_forgeries_the_clerk_has_to_see_most_of_them(wider):
    assert wider.reviewed > 0.6


def test_a_fax_turns_the_owners_away_and_good_forgers_get_in(groups):
    assert 0.4 < groups.loc["domain: fax", "FRR"] < 0.6
    assert groups.loc["domain: fax", "FAR"] < 0.15
    assert groups.loc["difficulty: hard", "EER"] > 0.4
    assert groups.loc["domain: fax", "FRR"] > groups.loc["difficulty: hard", "FRR"]
    assert groups.loc["difficulty: hard", "FAR"] > groups.loc["domain: fax", "FAR"]
    for other in ("easy", "medium"):
        assert groups.loc["difficulty: hard", "FRR"] > groups.loc[f"difficulty: {other}", "FRR"]


def test_with_a_threshold_of_its_own_the_fax_is_no_outlier(groups):
    fax = groups.loc["domain: fax"]
    scans = groups[groups.index.str.startswith("domain")]
    others = scans.drop(index="domain: fax")
    assert fax["EER"] < others["EER"].max() + 0.03
    assert scans["EER from"].max() < scans["EER to"].min()  # all four intervals overlap


def test_the_hurried_are_turned_away_far_more_often_but_are_few(groups):
    times = groups.loc["condition: hurried", "FRR"] / groups.loc["condition: usual", "FRR"]
    assert times > 1.5
    for condition in ("elderly", "hurried", "left-handed"):
        assert groups.loc[f"condition: {condition}", "writers"] in (7, 8)
    assert groups.loc["difficulty: hard", "writers"] == 24


def test_home_and_course_have_about_the_same_rate_and_hard_writers_raise_it_elsewhere(
    by_place, groups
):
    home = by_place["home"]["EER"]
    assert abs(by_place["course"]["EER"] - home) < 0.03
    assert by_place["elsewhere"]["EER"] > home + 0.05
    assert abs(groups.loc["difficulty: medium", "EER"] - home) < 0.05
    assert groups.loc["difficulty: hard", "EER"] > home + 0.2


def test_chance_alone_turns_about_as_many_writers_away(
    never, often, never_by_chance, often_by_chance
):
    assert abs(never - never_by_chance) < 0.06
    assert abs(often - often_by_chance) < 0.06


def test_with_the_normalised_fusion_the_goats_vanish(kept):
    assert kept["min"]["genuine"] > 0.8
    assert kept["normalised"]["genuine"] < 0.4
    for fusion in kept:
        assert kept[fusion]["as victim"] > 0.8
        assert kept[fusion]["as impostor"] > 0.8


def test_the_two_worst_decisions_are_mistakes(lowest, highest, frozen):
    assert lowest["score"].item() < frozen <= highest["score"].item()


def test_the_model_is_right_in_most_of_the_twenty(board):
    assert len(board) == 20
    assert (board["truth"] == "forged").sum() == 10
    assert (board["the model"] == board["truth"]).sum() >= 15


def test_a_game_without_a_mistake_is_rare_at_the_rates_of_the_test(never_wrong):
    assert 0 < never_wrong < 0.1


def test_all_rates_of_the_game_lie_below_those_of_a_coin(players):
    rates = players.drop(index="you (twenty generated)").stack()
    assert rates.between(0, 0.5).all()


def test_none_wrong_of_ten_leaves_26_percent_possible_or_30_by_the_rule_of_three():
    assert round(1 - 0.05 ** (1 / 10), 2) == 0.26
    assert evaluation.rule_of_three(10) == 0.3  # 30 %


def test_blank_scans_raise_the_false_reject_rate_of_the_report(report, frozen_frr):
    assert report.table["FRR at threshold"].iloc[0] > frozen_frr


def test_no_rate_of_an_own_run_lies_above_one_half(own):
    for rate in evaluation.equal_error_rates(own).values():
        assert 0 <= rate < 0.5
