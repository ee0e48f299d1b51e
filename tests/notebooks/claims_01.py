"""What notebook 01 claims; its variables after the last cell stand as parameters."""

import cv2
import numpy as np

from deepsign_helpers import preprocessing, synthesis


def test_read_gray_does_what_the_weights_do_but_for_rounding(gray, gray_by_hand):
    assert np.abs(gray - gray_by_hand).max() <= 1


def test_shaded_paper_is_as_dark_as_the_edge_of_a_stroke_in_the_light(gray, covered):
    shaded = gray[-20:, -100:].mean()
    is_lit = preprocessing.estimate_paper(gray) > 150
    edges_in_the_light = gray[is_lit & (covered > 0.3) & (covered < 0.7)]
    assert edges_in_the_light.min() < shaded < edges_in_the_light.max()


def test_the_resolution_makes_a_fax_twice_as_high(fax, square):
    assert square.shape == (round(fax.shape[0] * 204 / 98), fax.shape[1])


def test_one_threshold_on_the_scan_cuts_the_paper_in_two(otsu_page, true_ink, precision, recall):
    assert 0.2 < np.mean(otsu_page[~true_ink] == 0) < 0.8
    assert precision < 0.1
    assert recall > 0.9


def test_a_local_threshold_finds_the_ink_and_one_threshold_does_not(otsu_f, f_by_hand, f_found):
    assert otsu_f < 0.1
    assert f_by_hand > 0.8
    assert f_found > 0.8


def test_the_local_threshold_helps_where_light_is_uneven_and_hardly_elsewhere(by_otsu, by_find_ink):
    gain = by_find_ink["F"] - by_otsu["F"]
    assert (gain[["phone", "shadow"]] > 0.3).all()
    assert (gain[["clean", "office", "fax"]].abs() < 0.1).all()
    assert by_otsu["precision"]["box"] < 0.7
    assert by_find_ink["precision"]["box"] < 0.7


def test_specks_are_groups_of_less_than_2_per_cent_of_the_largest(cleaned, groups, ink_of_group):
    # Spots alone are dropped under 10 %, and none here is as large.
    is_speck = ink_of_group < 0.02 * ink_of_group.max()
    without_specks = preprocessing.remove_specks(cleaned)
    assert (without_specks[is_speck[groups]] == 255).all()
    largest = groups == ink_of_group.argmax()
    assert np.array_equal(without_specks[largest], cleaned[largest])
    assert is_speck[1:].any()


def test_what_lies_on_the_desk_is_gone(desk_page, beyond, on_desk):
    assert 0.2 < beyond.mean() < 0.7
    left = preprocessing.clear_page(desk_page).ink < 255
    assert (left & beyond).sum() < 0.05 * on_desk


def test_the_kernel_is_eight_strokes_wide(kernel, form):
    assert abs(kernel.shape[1] - 8 * preprocessing.stroke_width(form)) <= 2


def test_an_opening_finds_rules_and_takes_the_flourish_with_them(box_ink, flat, rest, crossing):
    assert (flat & ~box_ink).sum() > 300  # printed
    assert 0.1 < np.mean(((flat > 0) & (crossing == 0))[box_ink]) < 0.5
    assert crossing.any()
    assert not (rest & crossing).any()


def test_remove_rules_takes_the_lines_of_the_form_and_gives_the_flourish_back(
    box_ink, flat, crossing, without_box, lines
):
    assert lines >= 4
    assert np.mean(without_box[box_ink] < 255) > 0.95
    taken_by_hand = box_ink & (flat > 0) & (crossing == 0)
    assert np.mean(without_box[taken_by_hand] < 255) > 0.9


def test_clearing_raises_precision_and_costs_hardly_any_recall(by_find_ink, cleared):
    gain = cleared["precision"] - by_find_ink["precision"]
    large = ["box", "text", "rim", "desk"]
    assert (gain[large] > 0.12).all()
    assert (gain[["dotted", "crumbs"]] > 0).all()
    assert (gain[["dotted", "crumbs"]] < gain[large].min()).all()
    assert (gain[["two", "stamp"]].abs() < 0.05).all()
    assert (by_find_ink["recall"] - cleared["recall"]).max() < 0.05


def test_a_desk_as_light_as_its_sheet_is_left(cleared, pages):
    assert cleared["worst F"]["desk"] < 0.6
    page, ink = pages["desk", 2]
    paper = preprocessing.estimate_paper(page)
    assert paper.min() > paper.max() / 2
    assert beside(page, ink) > 1000


def test_most_lines_under_a_name_are_left_and_not_all_with_a_doubt(by_find_ink, cleared, pages):
    assert cleared["precision"]["rule"] - by_find_ink["precision"]["rule"] < 0.1
    left = [seed for seed in range(6) if beside(*pages["rule", seed]) > 300]
    assert len(left) > 3
    doubts = [preprocessing.clear_page(pages["rule", seed][0]).doubts for seed in left]
    told = sum("straight line" in " ".join(doubt) for doubt in doubts)
    assert 2 <= told < len(left)


def test_of_three_stamps_the_first_goes_and_a_pale_and_a_touching_one_stay(
    signed_page,
    SHOWN,  # noqa: N803
):
    whole, pale, touching = (signed_page(*key) for key in SHOWN[-3:])
    assert beside(*whole) < 50
    assert beside(*pale) > 500
    assert beside(*touching) > 500
    assert not preprocessing.clear_page(whole[0]).doubts
    for page, _ in (pale, touching):
        assert "stamp" in " ".join(preprocessing.clear_page(page).doubts)


def test_the_second_stamp_is_pale_in_pieces_and_touches_nothing_and_the_last_is_joined(
    signed_page,
    SHOWN,  # noqa: N803
):
    largest = []
    for page, ink in (signed_page(*key) for key in SHOWN[-2:]):
        found = preprocessing.find_ink(page)
        printed = found & ~in_or_near(ink)
        _, pieces = cv2.connectedComponents(found.astype(np.uint8), connectivity=8)
        both = np.intersect1d(pieces[found & ink], pieces[printed])
        largest.append(np.isin(pieces, both) & printed)
    assert largest[0].sum() < 50
    assert largest[1].sum() > 500
    page, ink = signed_page(*SHOWN[-2])
    printed = preprocessing.find_ink(page) & ~in_or_near(ink)
    assert np.median(page[printed]) > np.median(page[ink]) + 30
    pieces, _ = cv2.connectedComponents(printed.astype(np.uint8))
    assert pieces > 10


def test_five_stamps_of_six_are_left_and_one_of_them_without_a_doubt(pages):
    stamped = [pages["stamp", seed] for seed in range(6)]
    left = [page for page, ink in stamped if beside(page, ink) > 200]
    assert len(left) == 5
    assert sum(not preprocessing.clear_page(page).doubts for page in left) == 1


def test_some_of_the_paragraph_is_left(signed_page, SHOWN):  # noqa: N803
    page, ink = next(signed_page(*key) for key in SHOWN if key[0] == "text")
    all_ink = preprocessing.find_ink(page)
    assert 50 < beside(page, ink) < 0.9 * np.count_nonzero(all_ink & ~in_or_near(ink))


def beside(page, ink):
    """Count the pixels that `clear_page` leaves beyond the signature."""
    return np.count_nonzero((preprocessing.clear_page(page).ink < 255) & ~in_or_near(ink))


def in_or_near(ink):
    """Return where ink is, or is near: what lies beyond is no blurred edge of it."""
    return cv2.dilate(ink.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


def test_the_gate_stops_no_signature_and_lets_empty_forms_through(gate, pages):
    assert gate["signed"]["unusable"] == 0
    assert gate["empty"]["doubtful"] > gate["empty"]["usable"]
    assert (gate.sum() == len(pages)).all()
    assert gate["empty"]["unusable"] > 0.5 * len(pages)


def test_the_suspects_are_judged_as_the_text_says(suspects):
    wanted = ["usable", "unusable", "unusable", "unusable", "doubtful", "usable"]
    assert [preprocessing.quality(page).verdict for page in suspects.values()] == wanted


def test_two_signatures_beside_each_other_pass_mostly(pages):
    doubts = [preprocessing.quality(pages["two", seed][0]).warnings for seed in range(6)]
    assert sum("two signatures" in " ".join(warnings) for warnings in doubts) < 3


def test_six_signatures_were_drawn_in_each_domain(pages):
    assert len(pages) == 6 * len(synthesis.DOMAINS)


def test_the_damped_slope_is_what_skew_angle_returns(damped_by_hand, turned_angle):
    assert abs(damped_by_hand - turned_angle) < 1e-6


def test_the_estimate_moves_by_a_little_less_than_the_sheet(straight_angle, turned_angle, TURN):  # noqa: N803
    assert 0.8 * TURN < straight_angle - turned_angle < TURN


def test_the_tilt_is_gone_all_but_a_rest(level_angle, turned_angle):
    assert abs(level_angle) < 1
    assert abs(turned_angle) > 5


def test_cropping_is_one_line(cropped, cropped_by_hand):
    assert np.array_equal(cropped, cropped_by_hand)


def test_halfway_lies_between_padding_and_filling(aspect, halfway, fill):
    assert (aspect <= halfway).all()
    assert (halfway <= fill).all()
    assert aspect[0] == aspect[1]
    kept = np.log(halfway[1] / halfway[0])
    assert abs(kept - np.log(fill[1] / fill[0]) / 2) < 1e-9


def test_only_filling_makes_all_proportions_the_same(narrow, wide, fitted, size):
    assert narrow.shape[1] < 1.5 * narrow.shape[0]
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


def test_normalising_divides_by_the_darkest_twentieth(normalised_by_hand, by_area):
    assert np.allclose(preprocessing.normalise(by_area)[..., 0], normalised_by_hand, atol=1e-6)


def test_the_scan_that_nobody_tidied_is_prepared(prepared, classroom):
    assert prepared.shape == (*classroom, 1)
    assert prepared.max() == 1


def test_prepare_takes_away_size_slope_and_darkness_but_not_thickness(tables):
    before = tables["before"]
    after = tables["after"]
    half = "half the size"
    assert before["width (px)"][half] < 0.6 * before["width (px)"]["as it is"]
    assert after["width (px)"][half] > 0.95 * after["width (px)"]["as it is"]
    assert before["falls by (°)"]["as it is"] < -2
    assert before["falls by (°)"]["turned up by 8°"] < -8
    assert (after["falls by (°)"].abs() < 2).all()
    assert before["darkness of ink"]["paler"] < 0.6 * before["darkness of ink"]["as it is"]
    assert after["darkness of ink"]["paler"] > 0.95 * after["darkness of ink"]["as it is"]
    stroke = after["stroke width (‰)"]
    assert stroke["thicker pen"] > 1.3 * stroke["as it is"]
    assert stroke[half] > 1.2 * stroke["as it is"]


def test_nine_bad_inputs_are_refused(bad_scans):
    assert len(bad_scans) == 9
    for name, content in bad_scans.items():
        try:
            preprocessing.prepare(content, name=name)
        except preprocessing.ImageError as error:
            assert str(error).startswith(name)
        else:
            raise AssertionError(name)


def test_one_lost_file_does_not_cost_the_others(images, kept):
    assert len(images) == len(kept) == 3
    assert list(kept.attrs["unusable"]) == ["lost.png"]


def test_the_background_tells_the_piles_apart_and_prepare_takes_that_away(areas):
    assert areas[0] > 0.95
    assert areas[1] == 0.5


def test_another_door_is_ajar(areas):
    assert areas[2] > 0.6
