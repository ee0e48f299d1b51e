"""The report: one line a kind of forgery, and never a rate without its protocol."""

import dataclasses
import json
import subprocess
import sys

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
    assert "skilled forgeries of 10 other writers" in report.protocol


@pytest.mark.parametrize("render", [str, lambda report: report._repr_html_(), lambda report: report.to_json()])
def test_every_form_states_the_protocol(render, two_splits):
    text = render(evaluation.evaluate(two_splits.assign(model="trained encoder"), seed=3))
    for part in ("trained encoder", "writer-independent", "14 writers", "5 references", "min", "apart", "over writers"):
        assert part in text


def test_json_can_be_read_back(two_splits):
    report = evaluation.evaluate(two_splits)
    content = json.loads(report.to_json())
    assert content["threshold"] == report.threshold
    pd.testing.assert_frame_equal(pd.DataFrame(content["table"]), report.table)


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
    assert words in evaluation.evaluate(normal_scores().assign(references=references, fusion=fusion)).protocol


def test_the_threshold_is_set_by_skilled_forgeries_whatever_other_kinds_are_called(two_splits):
    simple = two_splits[two_splits["kind"] == "random"].assign(kind="simple")
    report = evaluation.evaluate(pd.concat([two_splits, simple]))
    assert report.threshold == evaluation.evaluate(two_splits).threshold
    assert list(report.table["forgeries"]) == ["skilled", "simple", "random"]


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
