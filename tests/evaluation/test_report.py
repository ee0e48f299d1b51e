"""The report: one line a kind of forgery, and never a rate without its protocol."""

import dataclasses
import html
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import evaluation


@pytest.fixture
def two_splits(normal_scores):
    validation, test = normal_scores(writers=10, seed=1), normal_scores(writers=14, seed=2)
    test["writer"] = "t" + test["writer"]
    return pd.concat([validation.assign(split="validation"), test.assign(split="test")], ignore_index=True)


def test_table_holds_what_the_functions_say(normal_scores):
    scores_table = normal_scores(writers=14)
    table = evaluation.evaluate(scores_table).table.set_index("forgeries")
    assert list(table.index) == ["skilled", "random"]
    for kind, rate in evaluation.equal_error_rates(scores_table).items():
        assert table.loc[kind, "EER"] == rate
        low, high = evaluation.bootstrap_by_writer(scores_table, kind=kind)
        assert (table.loc[kind, "EER from"], table.loc[kind, "EER to"]) == (low, high)
        expected = evaluation.false_reject_rate_at(*evaluation.scores_and_labels(scores_table, kind), 0.1)
        assert table.loc[kind, "FRR at FAR 10 %"] == expected
    assert table.loc["skilled", ["genuine scores", "forged scores"]].tolist() == [140, 140]


def test_an_operating_point_without_enough_forgeries_is_refused_with_the_reason(normal_scores):
    table = evaluation.evaluate(normal_scores(writers=14)).table
    assert table.loc[0, "FRR at FAR 1 %"] == "FAR 0.01 needs 300 forged scores; there are 140"
    assert table.loc[0, "FRR at FAR 0.1 %"] == "FAR 0.001 needs 3000 forged scores; there are 140"


def test_threshold_comes_from_validation_writers_and_judges_test_writers(two_splits):
    scores_table = two_splits
    validation, test = (scores_table[scores_table["split"] == name] for name in ("validation", "test"))
    report = evaluation.evaluate(scores_table)
    assert report.threshold == evaluation.equal_error_threshold(*evaluation.scores_and_labels(validation))
    accept, reject = evaluation.rates_at(*evaluation.scores_and_labels(test), report.threshold)
    assert report.table.loc[0, ["FAR at threshold", "FRR at threshold"]].tolist() == [accept, reject]
    assert report.table.loc[0, "EER"] == evaluation.equal_error_rates(test)["skilled"]
    assert "skilled forgeries of 10 other writers" in str(report.protocol)


@pytest.mark.parametrize("render", [str, lambda report: report._repr_html_(), lambda report: report.to_json()])
def test_every_form_states_the_protocol(render, two_splits):
    text = render(evaluation.evaluate(two_splits.assign(model="trained encoder"), seed=3))
    for part in ("trained encoder", "writer-independent", "14 writers", "5 references", "min", "apart", "over writers"):
        assert part in text


def test_json_can_be_read_back(two_splits):
    report = evaluation.evaluate(two_splits, failures={"skilled": 3})
    content = json.loads(report.to_json(), parse_constant=pytest.fail)  # NaN is no JSON
    assert content["threshold"] == report.threshold and content["caption"] == report.caption
    pd.testing.assert_frame_equal(pd.DataFrame(content["table"]), report.table)
    kinds = tuple(content["protocol"].pop("kinds"))
    assert evaluation.Protocol(kinds=kinds, **content["protocol"]) == report.protocol
    assert content["readable"]["skilled"] == dict(report.readable()["skilled"])


def test_without_a_threshold_json_says_null(normal_scores):
    assert json.loads(evaluation.evaluate(normal_scores()).to_json())["threshold"] is None


def test_a_printed_report_holds_its_caption_with_the_threshold(two_splits, normal_scores):
    report = evaluation.evaluate(two_splits.assign(fusion="normalised", model="<script>"))
    assert report.caption.endswith(f"over writers. Threshold: {report.threshold:.3f}.")
    assert report.caption in str(report)
    assert html.escape(report.caption) in report._repr_html_() and "<script>" not in report._repr_html_()
    without = evaluation.evaluate(normal_scores())
    assert without.threshold is None and without.caption == str(without.protocol)


def test_each_equal_error_rate_is_read_with_its_interval(normal_scores):
    report = evaluation.evaluate(normal_scores())
    rate, low, high = (100 * report.table.loc[1, name] for name in ("EER", "EER from", "EER to"))
    assert report.readable().loc["EER", "random"] == f"{rate:.1f} % ({low:.1f} to {high:.1f})"


def test_html_shows_percentages(normal_scores):
    report = evaluation.evaluate(normal_scores())
    assert f"{report.table.loc[0, 'EER'] * 100:.1f} %" in report._repr_html_()


def test_counts_stay_whole_numbers_where_every_operating_point_has_forgeries_enough(normal_scores):
    report = evaluation.evaluate(normal_scores(writers=12, genuine=10, forged=250))
    assert report.table["FRR at FAR 0.1 %"].dtype == float
    lines = str(report).splitlines()
    assert [line.split()[-2:] for line in lines if line.startswith("genuine scores")] == [["120", "120"]]
    assert [line.split()[-2:] for line in lines if line.startswith("forged scores")] == [["3000", "3000"]]


@pytest.mark.parametrize(
    ("references", "fusion", "words"),
    [
        (5, "min", "5 references each, distances to the references fused by their minimum, skilled and random"),
        (1, "mean", "1 reference each, distances to the references fused by their mean, skilled"),
        (5, "normalised", "fused by their mean less the references' own mutual distance, skilled"),
        (5, "median", "fused by median, skilled"),
    ],
)
def test_the_protocol_says_in_words_how_distances_were_fused(references, fusion, words, normal_scores):
    assert words in str(evaluation.evaluate(normal_scores().assign(references=references, fusion=fusion)).protocol)


def test_the_threshold_is_set_by_skilled_forgeries_whatever_other_kinds_are_called(two_splits):
    simple = two_splits[two_splits["kind"] == "random"].assign(kind="simple")
    report = evaluation.evaluate(pd.concat([two_splits, simple]))
    assert report.threshold == evaluation.evaluate(two_splits).threshold
    assert list(report.table["forgeries"]) == ["skilled", "simple", "random"]


def test_signatures_that_could_not_be_read_are_turned_away_by_the_iso_formula(two_splits):
    read, report = (evaluation.evaluate(two_splits, failures=some) for some in ({}, {"genuine": 60, "random": 40}))
    failed = {"genuine": 60 / 200, "skilled": 0, "random": 40 / 180}
    for number, kind in enumerate(["skilled", "random"]):
        false_match, false_non_match = read.table.loc[number, ["FAR at threshold", "FRR at threshold"]]
        accept, reject = report.table.loc[number, ["FAR at threshold", "FRR at threshold"]]
        assert accept == pytest.approx((1 - failed[kind]) * false_match)
        assert reject == pytest.approx(failed["genuine"] + (1 - failed["genuine"]) * false_non_match)
    assert list(report.table["failures to acquire"]) == ["60 genuine, 0 forged", "60 genuine, 40 forged"]
    assert (report.table["EER"] == read.table["EER"]).all(), "an EER is of comparisons"


def test_a_failure_of_one_kind_of_forgery_leaves_no_gap_in_the_others_column(two_splits):
    report = evaluation.evaluate(two_splits, failures={"skilled": 2})
    assert list(report.readable().loc["failures to acquire"]) == ["0 genuine, 2 forged", "0 genuine, 0 forged"]


def test_failures_of_a_kind_that_nobody_tested_are_refused(two_splits):
    with pytest.raises(ValueError, match="traced is no kind here; there are genuine, skilled"):
        evaluation.evaluate(two_splits, failures={"traced": 2})


@pytest.mark.parametrize("useless", [pd.DataFrame(), pd.DataFrame({"score": [0.1], "kind": ["genuine"]})])
def test_a_table_that_no_test_wrote_is_refused(useless, normal_scores):
    with pytest.raises(ValueError, match=r"scores_table: lacks .*references, .*writer"):
        evaluation.evaluate(useless)
    with pytest.raises(ValueError, match="lacks rows"):
        evaluation.evaluate(normal_scores().iloc[:0])


@pytest.mark.parametrize(("fewer", "genuine", "forged"), [("genuine", 70, 140), ("skilled", 140, 70)])
def test_zero_errors_are_printed_as_what_so_few_trials_leave_possible(fewer, genuine, forged, two_splits):
    apart = two_splits.assign(score=two_splits["score"] + 20 * (two_splits["kind"] == "genuine"))
    readable = evaluation.evaluate(apart[(apart["kind"] != fewer) | (apart.index % 2 == 0)]).readable()["skilled"]
    bound = {count: f"≤ {300 / count:.1f} % (0 of {count})" for count in (70, 140)}
    assert readable["FRR at FAR 10 %"] == readable["FRR at threshold"] == bound[genuine]
    assert readable["FAR at threshold"] == bound[forged]
    assert readable["EER on the convex hull"] == bound[70] == "≤ 4.3 % (0 of 70)"
    assert readable["EER"] == f"{bound[70]} (0.0 to 0.0)"
    assert readable["minimal Cllr"] == "0.000"


def test_likelihood_ratios_are_calibrated_on_validation_writers_and_judged_on_test_writers(two_splits):
    validation, test = (two_splits[two_splits["split"] == name] for name in ("validation", "test"))
    table = evaluation.evaluate(two_splits).table
    for number, kind in enumerate(["skilled", "random"]):
        scores, labels = evaluation.scores_and_labels(test, kind)
        calibration = evaluation.calibrate(*evaluation.scores_and_labels(validation, kind))
        cost = evaluation.cllr(calibration.log_likelihood_ratios(scores), labels)
        least = evaluation.minimal_cllr(scores, labels)
        found = table.loc[number, ["Cllr", "minimal Cllr", "calibration loss"]].tolist()
        assert found == pytest.approx([cost, least, cost - least])


def test_without_validation_writers_there_is_neither_a_threshold_nor_a_calibration(normal_scores):
    report = evaluation.evaluate(normal_scores())
    assert "no threshold was set" in str(report.protocol)
    assert not {"FAR at threshold", "Cllr"} & set(report.table.columns)


def test_user_thresholds_a_posteriori_flatter_and_say_so(normal_scores):
    before, now = (normal_scores(writers=100, genuine=4, forged=4, of_writer=0, seed=seed) for seed in (1, 2))
    seen = evaluation.evaluate(now, scope="user", origin="a-posteriori")
    both = pd.concat([before.assign(split="validation"), now.assign(split="test")], ignore_index=True)
    unseen = evaluation.evaluate(both, scope="user")
    own, fair = (one.table.loc[0, ["FAR at threshold", "FRR at threshold"]].mean() for one in (seen, unseen))
    assert own < fair - 0.02
    assert "optimistic" in seen.caption and "optimistic" not in unseen.caption


@pytest.mark.parametrize("count", [2, 5, 10])
def test_the_best_threshold_of_each_writer_makes_random_numbers_look_good(count):
    """The toy experiment: a verifier that rolls dice errs in half of all cases, whatever threshold is chosen before."""
    rng, labels = np.random.default_rng(count), np.repeat([evaluation.SAME, evaluation.DIFFERENT], count)
    equal_costs, flattering, fair = evaluation.Costs(1, 1, 0.5), [], []
    for dice, again in rng.normal(size=(400, 2, 2 * count)):
        threshold, errors = evaluation.cheapest_threshold(dice, labels, equal_costs)
        flattering.append(errors)
        fair.append(np.mean(evaluation.rates_at(again, labels, threshold)))
    assert np.mean(flattering) < 0.4
    assert np.mean(fair) == pytest.approx(0.5, abs=0.03)


def test_user_thresholds_judge_each_writer_by_a_threshold_of_their_own(normal_scores):
    scores_table = normal_scores(writers=8).sample(frac=1, random_state=0)
    row = evaluation.evaluate(scores_table, scope="user", origin="a-posteriori").table.loc[0]
    rejected, accepted = [], []
    for writer in set(scores_table["writer"]):
        own = scores_table[scores_table["writer"] == writer]
        threshold = evaluation.equal_error_threshold(*evaluation.scores_and_labels(own))
        rejected += list(own["score"][own["kind"] == "genuine"] < threshold)
        accepted += list(own["score"][own["kind"] == "skilled"] >= threshold)
    expected = sum(accepted) / len(accepted), sum(rejected) / len(rejected)
    assert (row["FAR at threshold"], row["FRR at threshold"]) == pytest.approx(expected)


def test_a_global_threshold_a_posteriori_is_found_on_the_scores_it_judges_and_says_so(two_splits, normal_scores):
    scores_table = normal_scores()
    report = evaluation.evaluate(scores_table, origin="a-posteriori")
    assert report.threshold == evaluation.equal_error_threshold(*evaluation.scores_and_labels(scores_table))
    assert "optimistic" in report.caption and report.protocol.judges == report.protocol.writers == 12
    test = two_splits[two_splits["split"] == "test"]
    report = evaluation.evaluate(two_splits, origin="a-posteriori")
    assert report.threshold == evaluation.equal_error_threshold(*evaluation.scores_and_labels(test))


def test_user_thresholds_a_priori_are_had_where_the_writers_have_other_scores(normal_scores):
    before, now = normal_scores(seed=1).assign(split="validation"), normal_scores(seed=2).assign(split="test")
    report = evaluation.evaluate(pd.concat([before, now], ignore_index=True), scope="user")
    assert report.threshold is None and "a threshold for each writer, a priori" in report.caption


def test_thresholds_that_cannot_be_had_are_refused_with_the_reason(two_splits, normal_scores):
    with pytest.raises(ValueError, match="not all writers have validation scores"):
        evaluation.evaluate(two_splits, scope="user")
    for asked in ({"origin": "a-priori"}, {"scope": "user"}):
        with pytest.raises(ValueError, match="a threshold a priori is found on others' scores"):
            evaluation.evaluate(normal_scores(), **asked)
    with pytest.raises(ValueError, match="use global or user, a-priori or a-posteriori"):
        evaluation.evaluate(two_splits, scope="writer")
    with pytest.raises(ValueError, match="use global or user, a-priori or a-posteriori"):
        evaluation.evaluate(two_splits, origin="posterior")


def test_a_report_cannot_be_changed(normal_scores):
    report = evaluation.evaluate(normal_scores())
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.protocol = "a kinder one"


def test_mixed_tables_are_refused(normal_scores):
    scores_table = normal_scores()
    half = scores_table.index % 2
    with pytest.raises(ValueError, match="several values of references"):
        evaluation.evaluate(scores_table.assign(references=half))
    with pytest.raises(ValueError, match="several values of model"):
        evaluation.evaluate(scores_table.assign(model=half))
    with pytest.raises(ValueError, match="splits test, train"):
        evaluation.evaluate(scores_table.assign(split=pd.Series(half).map({0: "train", 1: "test"})))


def test_evaluation_never_imports_tensorflow_or_keras():
    code = "import sys, deepsign_helpers.evaluation; print({'tensorflow', 'keras'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
