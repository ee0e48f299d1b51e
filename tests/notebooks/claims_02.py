"""What notebook 02 claims; its variables after the last cell stand as parameters."""

import numpy as np
from albumentations import Compose

from deepsign_helpers import preprocessing


def test_a_forgery_lies_between_the_writer_and_a_stranger(medians):
    assert medians["genuine–genuine"] < medians["genuine–forged"] < medians["two writers"]


def test_each_pair_is_counted_once(marks, chosen):
    writers = chosen["writer"].nunique()
    genuine = (chosen["kind"] == "genuine").groupby(chosen["writer"]).sum()
    assert len(marks["genuine–genuine"]) == (genuine * (genuine - 1) // 2).sum()
    assert len(marks["genuine–forged"]) == writers * 6 * 6
    assert len(marks["two writers"]) == writers * (writers - 1) // 2 * 6 * 6


def test_albumentations_repeats_what_was_done_by_hand(turned, turned_by_hand):
    assert np.abs(turned.squeeze() - turned_by_hand).mean() < 1e-3


def test_black_corners_are_taken_from_a_scan_and_stay_in_a_prepared_image(
    scan_move, paper_move, inked_move
):
    assert scan_move < paper_move < inked_move


def test_a_shift_moves_it_further_than_a_lean(moved):
    assert moved["lean 10°"] < moved["shift 3 %"] < moved["lean 10°"] + 0.2


def test_the_more_it_is_varied_the_further_it_moves(moved):
    distances = np.array(list(moved.values())).reshape(4, 3)
    assert (np.diff(distances) > 0).all()


def test_turning_reaches_the_writer_first_and_the_forger_soon_after(turning, daily, limit):
    assert (np.diff(turning) > 0).all()
    assert 4 < daily < limit < 20


def test_leaning_climbs_more_slowly(turning, leaning):
    assert (np.array(leaning)[1:] < np.array(turning)[1:]).all()


def test_prepared_the_colours_make_hardly_a_difference(colour_moves):
    assert len(colour_moves) == 3
    assert max(colour_moves) < 0.35  # the crop lands a pixel aside


def test_paper_stays_paper_whatever_the_tone(toned, signature):
    for image in toned.values():
        assert (image[signature == 0] == 0).all()


def test_contrast_leaves_no_trace_and_gamma_moves_it_a_little(tone_moves):
    assert tone_moves["contrast −40 %"] < 0.005
    assert 0.1 < tone_moves["gamma 0.6"] < 0.5
    assert 0.1 < tone_moves["gamma 1.7"] < 0.5


def test_noise_and_jpeg_move_a_signature_hardly_further_than_a_crop_a_pixel_aside(noise_moves):
    mild = ["noise 0.02", "noise 0.1", "JPEG quality 60", "JPEG quality 20"]
    assert max(noise_moves[name] for name in mild) < 0.35


def test_absurd_jpeg_moves_it_less_far_than_its_writer_does_and_absurd_noise_further(
    noise_moves, medians
):
    assert noise_moves["JPEG quality 3"] < medians["genuine–genuine"] < noise_moves["noise 0.3"]


def test_a_grain_or_two_of_absurd_noise_stretch_the_crop(noises, scan):
    spoiled = Compose([noises["noise 0.3"]], seed=2)(image=scan)["image"]
    clean, spoiled = (
        preprocessing.crop_to_ink(preprocessing.deskew(preprocessing.clear_page(image).ink))
        for image in (scan, spoiled)
    )
    assert spoiled.shape[0] > 1.2 * clean.shape[0]


def test_large_holes_remove_letters(noise_moves, medians):
    assert noise_moves["2 holes"] < noise_moves["6 holes"] < noise_moves["12 holes"]
    assert noise_moves["12 holes"] > medians["genuine–forged"]


def test_the_recipe_stays_on_the_writers_side_and_the_excessive_one_goes_beyond_the_forger(
    usual_moves, excessive_moves, medians
):
    assert np.median(usual_moves) < medians["genuine–genuine"]
    assert medians["genuine–forged"] < np.median(excessive_moves)


def test_a_mirrored_signature_is_as_far_away_as_a_strangers(mirror_moves, medians):
    from_stranger = abs(np.median(mirror_moves) - medians["two writers"])
    assert from_stranger < medians["two writers"] - medians["genuine–forged"]


def test_the_nearest_training_image_is_a_copy(same_original, in_test):
    assert in_test.sum() == (~in_test).sum()
    assert same_original > 0.95


def test_one_seed_gives_one_sequence(from_one, from_other):
    assert np.array_equal(from_one, from_other)
    assert not np.array_equal(from_one[0], from_one[1])


def test_a_batch_is_varied_alike(together, singly):
    assert np.array_equal(together[0], together[1])
    assert not np.array_equal(singly[0], singly[1])
