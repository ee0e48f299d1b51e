"""What chapter 07 claims, checked in its kernel after the last cell."""

from deepsign_helpers import evaluation
from deepsign_helpers.evaluation import SAME
from deepsign_helpers.plotting import chapter_07


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


def test_more_than_a_third_of_the_forgeries_ends_at_the_lower_bound(calibration, ratios, labels):
    at_the_bound = ratios == calibration.low
    assert 1 / 3 < at_the_bound[labels != SAME].mean() < 0.45
    assert at_the_bound[labels == SAME].mean() < 0.05  # hardly a genuine one


def test_a_dot_stands_for_about_80_signatures_and_the_first_for_more_than_twice_as_many(
    calibration, ratios
):
    assert 80 <= len(ratios) / 8 < 83
    at_the_bound = (ratios == calibration.low).sum()
    assert 2 < at_the_bound / 80 < 2.6
    left_over = -at_the_bound % (len(ratios) / 8)
    assert left_over < 0.9 * 80


def test_all_dots_but_one_nearly_keep_their_word(ratios, labels):
    said, came_true = chapter_07.said_and_come_true(ratios, labels)
    *others, farthest = sorted(said - came_true, key=abs)
    assert farthest > 0.06  # fewer were genuine than was said
    assert abs(others[-1]) < 0.05


def test_the_order_of_the_costs_in_bits_is_no_accident(costs_in_bits):
    logistic, pav, minimal, too_sure = costs_in_bits.values()
    assert minimal < logistic < 1 < too_sure
    assert pav > logistic - 0.02  # no gain worth naming


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


def test_the_machine_alone_is_dearer_than_the_clerk_and_both_together_cost_far_less(
    band, costs, expected
):
    assert band.cost < 0.65 * costs.review < costs.review < expected


def test_on_the_test_writers_the_band_is_dearer_than_planned_but_cheaper_than_the_clerk(
    band, costs, together, alone
):
    assert band.cost < together < costs.review < alone


def test_with_more_forgeries_the_clerk_has_to_see_most_of_them(wider):
    assert wider.reviewed > 0.5


def test_a_fax_turns_the_owners_away_and_good_forgers_get_in(groups):
    fax = groups.loc["domain: fax"]
    other_scans = groups[groups.index.str.startswith("domain")].drop(index="domain: fax")
    assert fax["FRR"] > 1.3 * other_scans["FRR"].max()
    assert fax["FAR"] < groups.loc["domain: clean", "FAR"]
    hard = groups.loc["difficulty: hard"]
    assert fax["FRR"] > hard["FRR"]
    assert 0.36 < hard["FAR"] < 0.48  # about two in five
    assert hard["FAR"] > 1.5 * groups.loc["difficulty: medium", "FAR"]


def test_the_frozen_threshold_is_too_low_for_clean_paper_and_too_high_for_a_fax(groups, by_place):
    fax = groups.loc["domain: fax"]
    clean = groups.loc["domain: clean"]
    assert fax["FRR"] > 1.3 * fax["FAR"]
    assert clean["FAR"] > 1.5 * clean["FRR"]
    assert by_place["course"]["FAR"] > 1.5 * by_place["course"]["FRR"]


def test_the_rate_rises_with_the_grade_of_the_forgers(groups):
    easy, medium, hard = (groups.loc[f"difficulty: {name}"] for name in ("easy", "medium", "hard"))
    assert easy["EER"] < medium["EER"] < hard["EER"]
    assert easy["EER to"] < hard["EER from"]
    assert hard["FRR"] < 1.2 * medium["FRR"]  # does not stand out


def test_with_a_threshold_of_its_own_the_fax_has_the_highest_rate_but_overlaps(groups):
    scans = groups[groups.index.str.startswith("domain")]
    assert scans["EER"].idxmax() == "domain: fax"
    assert scans["EER from"].max() < scans["EER to"].min()  # all four intervals overlap


def test_forgeries_of_the_elderly_and_left_handed_get_in_more_often_but_these_are_few(groups):
    for condition in ("elderly", "left-handed"):
        far = groups.loc[f"condition: {condition}", "FAR"]
        assert far > 1.3 * groups.loc["condition: usual", "FAR"]
    for condition in ("elderly", "hurried", "left-handed"):
        assert groups.loc[f"condition: {condition}", "writers"] in (7, 8)
    assert groups.loc["difficulty: hard", "writers"] == 24


def test_no_place_has_a_much_higher_rate_but_hard_forgers_raise_it_and_easy_ones_lower_it(
    by_place, groups
):
    home = by_place["home"]["EER"]
    assert -0.05 < by_place["course"]["EER"] - home < 0  # no higher
    assert 0 < by_place["elsewhere"]["EER"] - home < 0.03  # hardly higher
    assert abs(groups.loc["difficulty: medium", "EER"] - home) < 0.04  # not far from home
    assert groups.loc["difficulty: hard", "EER"] > home + 0.05
    assert groups.loc["difficulty: easy", "EER"] < home - 0.05


def test_chance_alone_turns_about_as_many_writers_away(
    never, often, never_by_chance, often_by_chance
):
    assert -0.02 < never - never_by_chance < 0.1  # hardly more
    assert -0.02 < often - often_by_chance < 0.06


def test_three_writers_are_turned_away_each_time_and_by_chance_it_would_be_less_than_one(
    by_writer, frozen_frr
):
    assert (by_writer["FRR"].head() == 1).sum() == (by_writer["FRR"] == 1).sum() == 3
    assert len(by_writer) * frozen_frr**3 < 1


def test_with_the_normalised_fusion_the_goats_vanish(kept):
    assert kept["min"]["genuine"] > 0.8
    assert kept["normalised"]["genuine"] < 0.4
    for fusion in kept:
        assert kept[fusion]["as victim"] > 0.8
        assert kept[fusion]["as impostor"] > 0.8


def test_the_two_worst_decisions_are_mistakes(lowest, highest, frozen):
    assert lowest["score"].item() < frozen <= highest["score"].item()


def test_both_verifiers_are_right_in_most_of_the_twenty(board):
    assert len(board) == 20
    assert (board["truth"] == "forged").sum() == 10
    for verifier in ("encoder", "with strokes"):
        assert (board[verifier] == board["truth"]).sum() >= 15


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
