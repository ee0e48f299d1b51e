"""What chapter 05 claims, checked on the notebook's variables after its last cell."""

import numpy as np

from deepsign_helpers import evaluation


def skilled_errors_of_models(scores):
    """Return the skilled EER of each model on the test writers, with five references."""
    with_five = scores[(scores["split"] == "test") & (scores["references"] == 5)]
    return {
        model: evaluation.equal_error_rates(part)["skilled"]
        for model, part in with_five.groupby("model")
    }


def points_gained(search):
    """Return by how many points each trial of the search is ahead of the base, on average."""
    means = search.groupby("trial")["mean EER"].mean()
    return (means["base"] - means).drop("base")


def test_every_image_is_prepared_at_the_classroom_s_size(images_of, corpus):
    assert {images.shape[1:] for images in images_of.values()} == {(32, 64, 1)}
    assert sum(len(images) for images in images_of.values()) == len(corpus) == 6720


def test_no_writer_is_in_two_parts(table_of):
    writers = [set(table["writer"]) for table in table_of.values()]
    assert len(set.union(*writers)) == sum(len(part) for part in writers) == 420


def test_a_batch_compares_ten_times_the_pairs_and_errs_about_as_often(study, places):
    ways = study["pairs"].set_index("way")
    pairs = ways["pairs a second"]
    assert pairs["all pairs of a batch"] > 10 * pairs["two towers"]
    apart = ways.loc["two towers", places] - ways.loc["all pairs of a batch", places]
    assert (apart.astype(float).abs() < 2).all()  # points: what a seed may do


def test_losses_that_look_at_a_whole_batch_are_ahead_of_two_towers(study, places):
    by_batch = study["losses"].groupby("trial")[places].mean()
    two_towers = study["pairs"].set_index("way").loc["two towers", places]
    for loss in ("triplet", "supervised contrastive"):
        assert (by_batch.loc[loss] < two_towers).all()


def test_three_hundred_steps_of_two_towers_help_most_against_strangers(towers_log, errors):
    assert towers_log.history["loss"][-1] < towers_log.history["loss"][0]
    left = {kind: errors["two towers"][kind] / rate for kind, rate in errors["untrained"].items()}
    assert left["random"] < 0.9
    assert left["random"] < left["skilled"] < 1.1


def test_the_loss_written_here_is_the_package_s(by_hand, by_package):
    assert abs(by_hand - by_package) < 1e-4


def test_in_mixed_precision_the_unit_length_stays_in_32_bits(types, half):
    assert types[half.layers[1].name] == "float16"
    assert types[half.layers[-1].name] == "float32"


def test_six_writers_are_learned_by_heart(loss_by_heart, error_by_heart):
    assert loss_by_heart[-1] < 0.01
    assert error_by_heart < 0.1


def test_training_makes_steps_and_gets_somewhere(history, steps):
    assert 200 <= steps <= 1600
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    assert history["validation_eer"].idxmin() > 0


def test_training_takes_off_a_quarter_of_the_errors_and_beats_the_descriptor(reached, yardsticks):
    assert reached < 0.75 * yardsticks["untrained encoder"]
    assert reached < 0.9 * yardsticks["untrained descriptor"]


def test_training_moves_writers_apart_and_the_health_check_says_so(health_of, after):
    before = health_of["before training"].distances.groupby("kind")["distance"].median()
    medians = after.distances.groupby("kind")["distance"].median()
    assert medians["random"] > 3 * before["random"]
    assert medians["genuine"] < medians["skilled"] < medians["random"]
    assert after.name == "healthy"


def test_collapse_is_named_though_its_loss_is_as_good_as_perfect(collapsed, last_loss):
    assert collapsed.name == "collapsed"
    assert last_loss < 0.01


def test_with_a_sound_table_the_writers_come_apart(cured):
    assert cured.name == "healthy"


def test_the_contrastive_loss_is_behind_and_the_others_lie_close_together(study, places):
    means = study["losses"].groupby("trial")[places].mean()
    others = means.drop("contrastive")
    assert (means.idxmax() == "contrastive").all()
    assert (others.max() - others.min()).max() < 2


def test_augmentation_helps_on_a_form_and_all_of_it_at_home_but_not_with_another_script(
    study, places
):
    means = study["augmentation"].groupby("trial")[places].mean()
    gained = means.loc["no augmentation"] - means.drop("no augmentation")
    assert (gained["unseen domain"] > 1).all()
    assert 2 < gained.loc["all augmentation", "in-domain"] < 3
    assert abs(gained.loc["gentle augmentation", "in-domain"]) < 1
    assert (gained["unseen script"].abs() < 0.5).all()


def test_the_folds_lie_several_points_apart(study):
    assert 0.02 < np.ptp(study["folds"]["skilled"]) < 0.1


def test_a_step_is_half_as_quick_as_a_matrix_product_and_never_waits(study):
    speed = study["speed"].set_index("what")["ratio"]
    assert speed.filter(like="arithmetic").min() > 0.45
    assert speed.filter(like="waited").max() < 0.05


def test_both_switches_make_a_step_slower_and_predict_is_slow_for_one_image(study):
    speed = study["speed"].set_index("what")["ratio"]
    assert speed.filter(like="/ without").max() < 0.9
    assert speed.filter(like="1 at once").min() > 10


def test_on_the_test_writers_training_is_clearly_ahead_of_the_untrained_encoder(scores):
    skilled = skilled_errors_of_models(scores)
    assert skilled["trained encoder"] < 0.9 * skilled["untrained encoder"]


def test_both_rates_of_the_report_lie_below_the_untrained_encoder_s(report, scores):
    with_five = scores[(scores["split"] == "test") & (scores["references"] == 5)]
    untrained = with_five[with_five["model"] == "untrained encoder"]
    for kind, rate in evaluation.equal_error_rates(untrained).items():
        reported = report.table.set_index("forgeries").loc[kind, "EER"]
        assert 0.0 <= reported < 0.9 * rate


def test_elsewhere_it_errs_about_as_often_or_somewhat_more(elsewhere_scores, scores):
    at_home = skilled_errors_of_models(scores)["trained encoder"]
    rates = {
        split: evaluation.equal_error_rates(part)["skilled"]
        for split, part in elsewhere_scores.groupby("split")
    }
    assert -0.04 < rates["elsewhere"] - at_home < 0.1
    assert max(rates.values()) < 0.4


def errors_with_five(presets):
    """Return the skilled EER (%) with five references, by model and place."""
    with_five = presets[presets["references"] == 5]
    return with_five.pivot(index="model", columns="place", values="skilled")


def test_alone_both_encoders_are_ahead_of_the_descriptor_least_with_fluent_forgers(presets):
    rates = errors_with_five(presets)
    of_descriptor = rates / rates.loc["untrained descriptor"]
    assert (of_descriptor.loc["CLASSROOM, encoder alone"] < 1).all()
    assert of_descriptor.loc["CLASSROOM, encoder alone"].idxmax() == "unseen forgers"
    study = of_descriptor.loc["STUDY, encoder alone"]
    assert (study.drop("unseen forgers") < 0.4).all()
    assert 0.55 < study["unseen forgers"] < 0.65


def test_with_strokes_the_two_minutes_make_a_quarter_to_two_fifths_fewer_errors(presets):
    rates = errors_with_five(presets)
    fused = rates.loc["CLASSROOM, encoder and strokes"]
    fewer = 1 - fused / rates.loc["CLASSROOM, encoder alone"]
    assert fewer.between(0.23, 0.42).all()


def test_the_seed_alone_moves_the_base_by_a_point(search):
    of_base = search.loc[search["trial"] == "base", "mean EER"]
    assert len(of_base) == 3
    assert 0.5 < np.ptp(of_base) < 1.5


def test_what_helped_most_in_the_search_is_time(search):
    gained = points_gained(search)
    assert gained.idxmax() == "four times the steps"
    assert 3 < gained.max() < 5


def test_single_pairs_and_plain_ways_to_fuse_did_most_harm(search):
    gained = points_gained(search)
    assert -7.5 < gained["contrastive loss"] < -6.5
    plain = gained[[f"references fused by {way}" for way in ("mean", "min", "max")]]
    others = gained.drop([*plain.index, "contrastive loss"])
    assert plain.max() < others.min()


def test_of_what_clean_scans_cost_two_points_are_owed_to_fewer_images(search):
    gained = points_gained(search)
    assert gained["clean scans only, a third of the images"] < -3
    assert -2.6 < gained["all scanners, a third of the images"] < -1.8
    scripts = ["no invented scripts", "all scripts"]
    of_scripts = gained[[f"{name}, a third of the writers" for name in scripts]]
    assert np.ptp(of_scripts) < 1


def test_the_twenty_answers_are_scores(answers):
    assert len(answers) == 20
    assert answers["score"].between(0, 1.3).all()


def test_of_twenty_answers_more_are_right_than_wrong(answers, report):
    is_accepted = answers["score"] >= report.threshold
    is_genuine = answers["kind"] == "genuine"
    assert (is_accepted == is_genuine).sum() > 10


def test_the_kept_verifier_decides_by_the_reported_threshold(kept, report):
    assert kept.accept_from == kept.reject_below == report.threshold
    assert kept.protocol["references"] == 5


def test_the_kept_verifier_finds_somebody_else_less_alike(verdicts):
    assert verdicts["somebody else's"].score < verdicts["genuine"].score


def test_a_verdict_is_worth_something_and_nothing_weakens_it(verdicts):
    verdict = verdicts["forged"]
    assert verdict.decision in ("accept", "reject")
    assert verdict.likelihood_ratio > 0
    assert verdict.warnings == ()


def test_ten_steps_repeat_to_the_last_digit(two_runs, difference):
    assert two_runs[0].shape == (96, 128)
    assert difference == 0
