"""What chapter 08 claims, checked in its kernel after the last cell."""

import cv2
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, strokes


def gaps_of(moved, reference, gap):
    return [gap(points, reference) for points in moved.values()]


def test_the_shift_closes_half_of_the_gap_and_the_turn_more_than_the_size(moved, reference, gap):
    scanned, shifted, sized, turned = gaps_of(moved, reference, gap)
    assert 0.4 < shifted / scanned < 0.6
    assert 0 < shifted - sized < sized - turned


def test_both_moments_are_met(sized, reference, centre_and_radius):
    centre, radius = centre_and_radius(sized)
    wanted_centre, wanted_radius = centre_and_radius(reference)
    assert np.allclose(centre, wanted_centre)
    assert np.isclose(radius, wanted_radius)


def test_the_best_turn_is_not_that_of_the_scanner(best_angle):
    assert 0 < best_angle < 7


def test_our_direction_is_the_helper_s(off):
    assert np.median(off) < 3


def test_the_letter_is_darker_than_the_evenly_pale_line_below_it(line):
    x, y = line.on_page.T
    is_near = (np.abs(x - 330) < 64) & (np.abs(y - 150) < 36)
    is_below = is_near & (y > 160)
    letter = line.darkness[is_near & ~is_below]
    below = line.darkness[is_below]
    assert np.quantile(letter, 0.25) > np.quantile(below, 0.75)
    assert below.std() < 0.5 * letter.std()


def test_every_signal_says_the_same_of_both(signals):
    for name in signals["genuine"]:
        assert signals["genuine"][name] > signals["forged"][name]
    assert round(signals["forged"][strokes.AGREEMENT], 2) == 0.64


def test_most_of_the_genuine_line_agrees_and_the_forged_one_s_right_half_does_not(laid):
    assert laid["genuine"].there.agreement.mean() > 0.95
    forged = laid["forged"]
    is_left = forged.line.points[:, 0] < 0
    agreement = forged.there.agreement
    assert agreement[~is_left].mean() < agreement.mean()


def test_against_what_is_usual_the_genuine_one_is_above_0_and_the_forgery_below(figures, own):
    assert (figures["genuine"][["mean", "best"]] > 0).all(axis=None)
    assert (figures["forged"][["mean", "best"]] < 0).all(axis=None)
    assert round(own.loc[strokes.AGREEMENT, "mean"], 2) == 0.92
    # With references that agree by 0.7, 0.64 would be more than 0.8 of what is usual.
    assert 0.64 - 0.8 * 0.7 > 0


def test_what_is_usual_takes_away_a_third_of_the_errors_of_agreement_and_darkness(rates):
    for name in (strokes.AGREEMENT, strokes.DARKNESS):
        of_signal = rates[name]
        assert of_signal["mean"] < 0.68 * of_signal["mean_of_pairs"]
        assert of_signal["best"] < 0.68 * of_signal["best_of_pairs"]
    table = pd.DataFrame(rates).T
    assert table["mean"].idxmax() == table["best"].idxmax() == strokes.DESCRIPTOR
    others = table.drop(index=strokes.DESCRIPTOR)
    assert np.ptp(others["mean"]) < 0.03


def test_less_what_is_usual_each_signal_errs_less_where_both_errors_are_equal(curves, names):
    for name in names:
        raw, less = curves[name].values()
        assert evaluation.equal_error_rate(*less) < evaluation.equal_error_rate(*raw)


def test_the_sum_makes_half_of_the_errors_of_the_yardstick(error_rates, tested):
    ours = error_rates.loc["three signals added", "skilled"]
    assert 0.4 < ours / error_rates.loc["untrained descriptor", "skilled"] < 0.6
    gain = evaluation.paired_difference(
        tested["three signals added"], tested["untrained descriptor"]
    )
    assert gain.high < 0


def test_sixteen_writers_cannot_say_whether_the_sum_is_better_than_agreement(tested):
    assert tested["agreement alone"]["writer"].nunique() == 16
    difference = evaluation.paired_difference(
        tested["three signals added"], tested["agreement alone"]
    )
    assert difference.low < 0 < difference.high


def test_the_intervals_are_of_95_percent(tested, error_rates):
    name = "three signals added"
    low, high = evaluation.bootstrap_by_writer(tested[name])
    assert (error_rates.loc[name, ["from", "to"]] == [low, high]).all()


def test_nobody_who_set_the_spreads_is_judged(tested, set_aside):
    for table in tested.values():
        assert not set(table["writer"]) & set(set_aside)
    assert len(set_aside) == 8


def test_the_map_s_highest_place_is_not_the_truth_s_and_the_leg_of_the_a_is_hardly_marked(
    differences, forged_line, truth
):
    x, y = np.round(forged_line.on_page).astype(int).T
    row, column = np.unravel_index(truth.argmax(), truth.shape)
    highest = differences.argmax()
    assert np.hypot(x[highest] - column, y[highest] - row) > 40
    is_at_the_top = np.hypot(x - column, y - row) < 12
    assert differences[is_at_the_top].mean() > np.quantile(differences, 0.8)  # marked, too
    is_leg = (x < 95) & (cv2.dilate(truth, np.ones((3, 3)))[y, x] > 5)  # mm
    assert is_leg.sum() > 10
    assert truth[y[is_leg], x[is_leg]].max() < 7
    assert np.median(differences[is_leg]) < np.median(differences)


def test_encoder_and_strokes_err_less_than_the_encoder_alone(with_network, tested, set_aside):
    assert with_network["both"]["skilled"] < with_network["encoder alone"]["skilled"]
    assert tested["both"]["writer"].nunique() == 16


SOMEBODY_ELSE = "stroke by stroke, somebody else's references"
FUSED = "fused, equal weights"
AT_HOME = "fused, fitted at home"
ELSEWHERE = "fused, fitted elsewhere"
ON_TRAINED = "fused, fitted on training writers"


def test_weights_fitted_at_home_or_elsewhere_win_in_every_place_against_skilled_forgeries(in_four):
    rates = in_four.pivot_table(index=["verifier", "place"], columns="score", values="skilled")
    rates = rates.drop(index="untrained")
    for fitted in (AT_HOME, ELSEWHERE):
        assert (rates[fitted] < rates[FUSED] - 1).all()


def test_on_average_strangers_get_in_more_often_with_fitted_weights(by_way):
    random = by_way["random"].unstack("score")
    for fitted in (AT_HOME, ELSEWHERE, ON_TRAINED):
        assert (random[fitted] > random[FUSED]).all()


def test_fitted_on_training_writers_the_encoder_is_trusted_too_much_and_more_errors_are_made(
    by_way,
):
    weight = by_way["encoder's weight"].unstack("score")
    assert (weight[ON_TRAINED] > 1.45 * weight[AT_HOME]).all()
    errors = by_way["skilled"].unstack("score")
    for fitted in (AT_HOME, ELSEWHERE):
        assert (errors[ON_TRAINED] > errors[fitted] + 0.9).all()


def test_strokes_take_a_third_off_the_quick_encoder_and_nothing_off_the_other_in_four_places(
    by_way, in_four
):
    errors = by_way["skilled"].unstack("score")
    assert 0.6 < errors.loc["CLASSROOM", FUSED] / errors.loc["CLASSROOM", "encoder alone"] < 0.75
    assert abs(errors.loc["STUDY", FUSED] - errors.loc["STUDY", "encoder alone"]) < 0.5
    paid = errors[FUSED] - errors[ELSEWHERE]
    assert paid.between(1.5, 2.5).all()  # points
    strokes_alone = in_four[in_four["score"] == "strokes together"]["skilled"].mean()
    assert 0 < strokes_alone - errors.loc["CLASSROOM", FUSED] < 0.5
    study = in_four[in_four["verifier"] == "STUDY"]
    study = study.pivot(index="place", columns="score", values="skilled")
    assert (study[FUSED] > study["encoder alone"]).sum() == 2


def test_in_the_last_look_weights_from_home_no_longer_win_and_strokes_help_both(with_five):
    last = with_five[with_five["place"] == "last look"].set_index(["verifier", "score"])
    skilled = last["skilled"]
    assert skilled["STUDY", AT_HOME] >= skilled["STUDY", FUSED]
    assert 1.4 < last["random"]["STUDY", AT_HOME] / last["random"]["STUDY", FUSED] < 1.7
    for verifier in ("CLASSROOM", "STUDY"):
        assert skilled[verifier, FUSED] < 0.85 * skilled[verifier, "encoder alone"]
        assert skilled[verifier, ELSEWHERE] < skilled[verifier, FUSED]


def test_five_references_take_off_two_fifths_of_the_errors_with_one(by_references):
    of_fused = by_references.loc[("CLASSROOM", FUSED)]
    assert 0.35 < 1 - of_fused[5] / of_fused[1] < 0.45


def test_our_map_is_twice_as_good_as_chance_and_pixels_little_better(maps_table):
    precision = maps_table["average precision"]
    chance = precision["random numbers"]
    assert precision["stroke by stroke"] > 2 * chance
    assert chance < precision["difference of pixels"] < 1.5 * chance
    assert 0.19 < chance < 0.23  # a map that knows nothing gets 0.2


def test_most_of_the_pointing_game_is_won_without_looking_at_the_references(maps_table):
    pointing = maps_table["pointing game"]
    assert 0.6 < pointing[SOMEBODY_ELSE] < 0.7
    assert 0.7 < pointing["distance from the middle"] < 0.76
    assert pointing["stroke by stroke"] > pointing["distance from the middle"]


def test_the_average_precision_tells_the_right_references_from_the_wrong_ones(maps_table):
    rounded = maps_table["average precision"].round(2)
    assert rounded["stroke by stroke"] == 0.56
    assert rounded[SOMEBODY_ELSE] == 0.37
    assert rounded["distance from the middle"] == 0.44
    for other in (SOMEBODY_ELSE, "distance from the middle"):
        assert maps_table.loc["stroke by stroke", "from"] > maps_table.loc[other, "to"]


def test_maps_of_the_encoder_are_little_better_than_chance_and_need_no_training(maps_table):
    precision = maps_table["average precision"]
    for name in ("occlusion", "Grad-CAM"):
        assert precision[name] < 1.5 * precision["random numbers"]
        untrained = maps_table.loc[f"{name}, random weights"]
        assert untrained["from"] < maps_table.loc[name, "to"]
        assert maps_table.loc[name, "from"] < untrained["to"]


def test_the_forgery_is_not_accepted_and_every_voice_speaks(verdicts):
    assert verdicts["forged"].decision != "accept"
    assert verdicts["forged"].score < verdicts["genuine"].score
    assert verdicts["forged"].likelihood_ratio < 1 / 2
    spreads = verdicts["forged"].evidence.set_index("signal")["spreads"]
    assert len(spreads) == 4
    assert (spreads[strokes.NAMES] < -1).all()


def test_the_verifier_knows_what_is_usual_where_there_is_one_reference(fused):
    assert 0.1 < fused.fusion.usual_distance < 1.5
