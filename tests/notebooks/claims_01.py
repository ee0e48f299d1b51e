"""What notebook 01 claims; its variables after the last cell stand as parameters."""

import cv2
import numpy as np


def test_the_scan_is_less_than_half_as_bright_on_the_right(shadow):
    assert shadow[0] > 0.99
    assert 0.45 < shadow[-1] < 0.5


def test_read_gray_does_what_the_weights_do_but_for_rounding(gray, gray_by_hand):
    assert np.abs(gray - gray_by_hand).max() <= 1


def test_otsu_agrees_with_opencv(gray, sheet, thresholds):
    for image, threshold in zip((sheet, gray), thresholds, strict=True):
        wanted, _ = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        # OpenCV takes the first of thresholds that are equally good.
        assert np.array_equal(image <= threshold, image <= wanted)


def test_one_threshold_on_the_scan_cuts_the_paper_in_two(gray, true_ink, thresholds):
    bare_paper = gray[~true_ink]
    shaded = np.mean(bare_paper <= thresholds[1])
    assert 0.2 < shaded < 0.8


def test_division_by_the_paper_finds_the_ink_and_one_threshold_does_not(
    single_overlap, found_overlap
):
    assert found_overlap > 0.8
    assert single_overlap < 0.3


def test_specks_are_groups_of_less_than_two_per_cent(
    cleaned, ink, groups, share_of_ink, without_specks
):
    is_speck = share_of_ink < 0.02
    wanted = np.where(is_speck[groups] & (ink > 0), 255, cleaned)
    assert np.array_equal(without_specks, wanted)
    assert is_speck[1:].sum() == 2  # the two crumbs


def test_the_damped_slope_is_what_skew_angle_returns(damped_by_hand, turned_angle):
    assert abs(damped_by_hand - turned_angle) < 1e-6


def test_the_estimate_moves_by_a_little_less_than_the_sheet(straight_angle, turned_angle, TURN):  # noqa: N803
    assert 0.8 * TURN < straight_angle - turned_angle < TURN


def test_the_tilt_is_gone_all_but_a_rest(level_angle, turned_angle):
    assert abs(level_angle) < 0.5 < turned_angle


def test_cropping_is_one_line(cropped, cropped_by_hand):
    assert np.array_equal(cropped, cropped_by_hand)


def test_halfway_lies_between_padding_and_filling(aspect, halfway, fill):
    assert (aspect <= halfway).all()
    assert (halfway <= fill).all()
    assert aspect[0] == aspect[1]
    kept = np.log(halfway[1] / halfway[0])
    assert abs(kept - np.log(fill[1] / fill[0]) / 2) < 1e-9


def test_only_filling_makes_all_proportions_the_same(narrow, wide, fitted, size):
    assert narrow.shape[1] < narrow.shape[0]
    assert wide.shape[1] > 4 * wide.shape[0]
    for name in ("narrow", "wide"):
        spans = []
        for way in ("aspect", "halfway", "filled"):
            inked = np.flatnonzero((fitted[f"{name}, {way}"] < 255).any(axis=0))
            spans.append(inked[-1] - inked[0] + 1)
        assert spans == sorted(spans)
        assert spans[-1] == size[1]


def test_nearest_breaks_the_line_and_averaging_areas_does_not(pieces):
    assert pieces["nearest"] > 5 * pieces["area"]


def test_normalising_divides_by_the_darkest_twentieth(normalised_by_hand, prepared):
    assert np.allclose(prepared[..., 0], normalised_by_hand, atol=1e-6)


def test_prepare_takes_away_size_slope_and_darkness_but_not_thickness(tables):
    before = tables["before"]
    after = tables["after"]
    half = "half the size"
    assert before["width (px)"][half] < 0.6 * before["width (px)"]["as it is"]
    assert after["width (px)"][half] > 0.95 * after["width (px)"]["as it is"]
    assert before["falls by (°)"]["as it is"] > 10
    assert (after["falls by (°)"].abs() < 2).all()
    assert before["darkness of ink"]["paler"] < 0.6 * before["darkness of ink"]["as it is"]
    assert after["darkness of ink"]["paler"] > 0.95 * after["darkness of ink"]["as it is"]
    stroke = after["stroke width (‰)"]
    assert stroke["thicker pen"] > 1.3 * stroke["as it is"]
    assert stroke[half] > 1.2 * stroke["as it is"]


def test_there_are_nine_bad_files(bad_files):
    assert len(bad_files) == 9


def test_the_background_tells_the_piles_apart_and_prepare_takes_that_away(areas):
    assert areas[0] > 0.95
    assert areas[1] == 0.5


def test_another_door_is_ajar(areas):
    assert areas[2] > 0.7
