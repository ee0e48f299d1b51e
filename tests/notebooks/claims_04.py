"""What chapter 04 claims, checked on the notebook's variables after its last cell."""

import numpy as np
from scipy.spatial.distance import pdist

from deepsign_helpers import evaluation
from deepsign_helpers.plotting import chapter_04

JUDGED_IN = ["in-domain", "unseen domain", "unseen script"]


def settings(layer):
    """Return what a layer was made with, but for its name."""
    return layer.get_config() | {"name": ""}


def test_keras_computes_the_same_convolution(difference):
    assert difference < 1e-4


def test_what_was_built_is_the_encoder_of_the_package(built, encoder):
    assert len(built.layers) == len(encoder.layers)
    for ours, theirs in zip(built.layers, encoder.layers, strict=True):
        assert type(ours) is type(theirs)
        assert settings(ours) == settings(theirs)


def test_with_the_same_weights_both_embed_alike_to_the_bit(by_us, by_the_package):
    assert by_us.shape == (1, 128)
    assert by_us.any()
    assert np.array_equal(by_us, by_the_package)


def test_the_formula_agrees_with_the_table_layer_by_layer(by_hand, convolutions):
    assert by_hand.to_numpy().tolist() == convolutions[["parameters", "macs"]].to_numpy().tolist()


def test_the_encoder_holds_and_trains_as_many_parameters_as_is_said(encoder, trainable):
    assert encoder.count_params() == 304_672
    assert trainable == 303_520


def test_the_parameters_do_not_depend_on_the_size_of_the_image(parameters_at):
    assert set(parameters_at.values()) == {304_672}
    assert len(parameters_at) == 3


def test_a_smaller_image_takes_less_time(milliseconds):
    full = milliseconds["128×256"]
    half = milliseconds["64×128"]
    quarter = milliseconds["32×64"]
    assert 500 > full > half > quarter
    assert full > 3 * quarter


def test_no_pixel_outside_the_receptive_field_is_noticed(noticed_width, fields):
    assert 0 < noticed_width <= fields["conv_6"]


def test_half_the_ink_has_half_the_length_and_the_same_place(ratio, distance):
    assert abs(ratio - 0.5) < 0.01
    assert distance < 0.01


def test_an_idle_residual_block_changes_nothing(change):
    assert change == 0


def test_the_clock_disagrees_with_the_price_on_paper(milliseconds_of, prices):
    price = prices["million MACs"]
    assert max(milliseconds_of.values()) < 100
    assert price["attention"] < 0.01 * price["plain"]
    assert milliseconds_of["attention"] > 0.03 * milliseconds_of["plain"]


def test_attention_prefers_nothing_before_training(place_weights, channel_weights):
    assert 0.4 < np.min(place_weights) <= np.max(place_weights) < 0.6
    assert 0.4 < np.min(channel_weights) <= np.max(channel_weights) < 0.6


def test_the_plain_encoder_is_ahead_in_two_places_and_hardly_behind_in_the_third(study):
    best = study[JUDGED_IN].idxmin()
    assert (best == "lightweight").sum() == 2
    assert best["unseen script"] == "residual"
    behind = study.loc["lightweight", JUDGED_IN] - study[JUDGED_IN].min()
    assert behind.max() < 0.5


def test_the_hybrid_is_no_quicker_with_a_third_fewer_macs_and_behind_everywhere(study):
    plain = study.loc["lightweight"]
    hybrid = study.loc["hybrid"]
    assert 0.6 < hybrid["million MACs"] / plain["million MACs"] < 0.7
    assert hybrid["milliseconds a step"] > plain["milliseconds a step"]
    assert (hybrid[JUDGED_IN] - plain[JUDGED_IN]).between(0.5, 2).all()


def test_two_encoders_take_twice_as_long_as_the_plain_one(study):
    step = study["milliseconds a step"]
    assert step.nlargest(2).min() > 2 * step["lightweight"]
    assert set(step.nlargest(2).index) == {"residual", "dense"}


def test_learned_and_judged_signatures_are_all_there_and_none_is_both(
    learned_images, learned_table, judged_table
):
    assert learned_images.shape == (6720, 32, 64, 1)
    assert not set(judged_table["path"]) & set(learned_table["path"])


def test_the_winner_errs_less_than_before_its_thirty_seconds(
    winner_error, vectors_before, judged_table
):
    # Scored as `training.validation_scores` does it.
    before = evaluation.score_table(vectors_before, judged_table, fusion="partial")
    assert winner_error < 0.95 * evaluation.equal_error_rates(before)["skilled"]


def test_training_makes_room_between_the_writers(embedding_maps):
    before = embedding_maps["before training"]["x"].std()
    after = embedding_maps["after 30 seconds"]["x"].std()
    assert after > 3 * before


def test_before_training_one_writer_lies_apart_from_two_that_are_mixed(embedding_maps):
    before = embedding_maps["before training"]
    centres = before[before["kind"] == "genuine"].groupby("writer")[["x", "y"]].median()
    nearest, other, _ = sorted(pdist(centres))
    assert nearest < other / 3


def test_after_training_nearly_every_dot_lies_among_its_own(embedding_maps):
    assert chapter_04.share_beside_own(embedding_maps["after 30 seconds"]) > 0.85


def test_two_equal_images_have_no_distance(distances):
    assert 0 <= distances[0] < 1e-5


def test_an_untrained_encoder_is_no_coin(rates):
    for of_model in rates.values():
        assert of_model["random"] < of_model["skilled"] < 0.4


def test_untrained_encoders_lie_within_a_few_points_of_the_descriptor(rates):
    descriptor, *encoders = rates.values()
    for of_encoder in encoders:
        for kind in ("skilled", "random"):
            assert abs(of_encoder[kind] - descriptor[kind]) < 0.07
