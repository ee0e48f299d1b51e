"""What chapter 09 claims, checked in its kernel after the last cell."""

import numpy as np

from deepsign_helpers import corpora


def test_the_squares_tell_the_sheet_that_was_read(numbers, cut):
    from deepsign_helpers.corpora.sheets import marker_numbers

    assert sorted(numbers.ravel().tolist()) == sorted(marker_numbers(cut.sheet))


def test_ten_boxes_are_filled_and_two_are_empty(cut):
    assert set(cut.images) == set(range(1, 11))


def test_the_refusal_names_file_corners_and_cure(refusal):
    assert refusal.startswith("IMG_0042.jpg: the lower right and the lower left corner squares")
    assert "photograph the whole sheet" in refusal


def test_all_boxes_of_all_sheets_are_filed(own):
    counts = own.groupby(["writer", "kind"]).size().unstack()
    assert (counts["genuine"] == 10).all()
    assert (counts["forged"] == 6).all()
    assert len(counts) == 12
    forged = own[own["kind"] == "forged"]
    assert (forged["forger"].astype(int) == forged["writer"].astype(int) % 12 + 1).all()


def test_the_stranger_s_corpus_is_read_whole(stranger):
    assert len(stranger) == 576


def test_sheets_photographed_together_are_quiet(findings):
    giveaways = findings.giveaways
    assert findings.verdict.startswith("clean")
    assert not (giveaways["scan_says"] == "fires").any()
    assert giveaways.loc["all together", "scan"] < 0.5


def test_some_figures_lie_above_the_limit_by_chance(findings):
    areas = findings.giveaways[["scan", "prepared"]]
    assert (areas > 0.6).any(axis=None)


def test_the_paper_of_forgeries_scanned_apart_tells_without_an_error(bad_findings):
    paper = bad_findings.giveaways.loc["median_background"]
    assert paper["scan"] == 1
    assert paper["scan_eer"] == 0
    assert "the grey of the paper" in bad_findings.verdict


def test_preparing_takes_off_the_paper_and_leaves_the_ink_in_doubt(bad_findings):
    giveaways = bad_findings.giveaways
    assert giveaways.loc["all together", "scan_eer"] < 0.05
    assert giveaways.loc["paper and scanner", "prepared_says"] == "quiet"
    ink = giveaways.loc["ink and hand"]
    assert ink["prepared_says"] == "not sure"


def test_the_learner_takes_the_shortcut_and_learns_chance_without_it(learned):
    alone = learned["strokes alone"]
    assert learned["and the image, scanned apart"] < 0.2 * alone
    assert learned["and the image, scanned together"] > 1.3 * alone


def test_the_threshold_of_the_strokes_travels(rates):
    apart = rates["FRR"] - rates["FAR"]
    assert (apart.abs() < 6).all()
    five = rates.loc[["photographed", "black and white"]]
    assert (rates.loc["photographed, one reference"] > 1.7 * five.max()).all()


def test_the_threshold_of_the_encoder_misses_on_the_fax(its_rates):
    assert 38 < its_rates["fax"]["FRR"] < 45
    others = [its_rates[name]["FRR"] for name in ("test", "office", "phone")]
    assert max(others) < 0.6 * its_rates["fax"]["FRR"]


def test_four_references_more_take_away_more_than_half_of_the_errors(scored):
    from deepsign_helpers import evaluation

    one = evaluation.equal_error_rates(scored["photographed, one reference"])["skilled"]
    five = evaluation.equal_error_rates(scored["photographed"])["skilled"]
    assert five < one / 2


def test_a_handful_is_too_few_to_choose_a_threshold(own_thresholds, rates):
    ends = own_thresholds.groupby("writers")["FAR"].quantile([0.1, 0.9]).unstack()
    assert ends.loc[2, 0.1] < 4
    assert ends.loc[2, 0.9] > 25
    spread = ends[0.9] - ends[0.1]
    assert spread[16] < 0.6 * spread[2]
    middles = own_thresholds.groupby("writers")[["FRR", "FAR"]].median().mean(axis=1)
    moved = rates.loc["photographed"].mean()
    assert (np.abs(middles - moved) < 1.5).all()


def test_a_verifier_at_hand_is_only_asked_if_it_is_there(at_hand):
    assert at_hand in (True, False)


def test_who_withdrew_is_gone_with_forgeries_of_and_by_them(gone, left):
    assert gone == 10 + 6 + 6
    assert "007" not in set(left["writer"]) | set(left["forger"])


def test_nothing_is_left_of_the_class(work):
    assert not work.exists()


def test_the_layouts_that_the_text_speaks_of_are_known():
    assert {"cedar", "bhsig260", "gpds"} <= set(corpora.NAMED_LAYOUTS)
