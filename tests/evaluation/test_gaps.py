"""A gap in a score table is refused by whatever reads it: no comparison passes over NaN."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import evaluation

GENUINE = [0.9, 0.8, 0.7, 0.6]
RANDOM = [0.1, 0.2, 0.3, 0.4]
SKILLED = [0.5, 0.4, 0.65, 0.3]


def whole_table():
    """Return a score table of four writers, each with three kinds of comparisons."""
    rows = []
    for number in range(4):
        for kind, scores in (("genuine", GENUINE), ("skilled", SKILLED), ("random", RANDOM)):
            signer = (number + 1) % 4 if kind == "random" else number
            folder = "forged" if kind == "skilled" else "genuine"
            for sample, score in enumerate(scores):
                name = f"w{signer}/{folder}/{sample}"
                rows.append((f"w{number}", name, kind, score - number / 50))
    table = pd.DataFrame(rows, columns=["writer", "questioned", "kind", "score"])
    return table.assign(references=5, fusion="min", script="latin")


def other_model(table):
    return table.assign(score=table["score"] / 2)


READERS = {
    "evaluate": evaluation.evaluate,
    "error_by_writer": lambda table: evaluation.error_by_writer(table, 0.5),
    "error_by": lambda table: evaluation.error_by(table, "script", 0.5),
    "menagerie": evaluation.menagerie,
    "bootstrap_by_writer": evaluation.bootstrap_by_writer,
    "equal_error_rates": evaluation.equal_error_rates,
    "paired_difference": lambda table: evaluation.paired_difference(table, other_model(table)),
}
# What each does not read: a gap there changes nothing that it says.
UNREAD = {
    "evaluate": {"script"},
    "error_by_writer": {"script", "references", "fusion"},
    "error_by": {"references", "fusion"},
    "menagerie": {"script", "references", "fusion"},
    "bootstrap_by_writer": {"questioned", "script", "references", "fusion"},
    "equal_error_rates": {"writer", "questioned", "script", "references", "fusion"},
    "paired_difference": {"script", "references", "fusion"},
}


@pytest.mark.parametrize("reader", READERS)
@given(row=st.integers(0, 47), column=st.sampled_from(sorted(whole_table())))
def test_a_gap_anywhere_is_refused_in_a_sentence_or_changes_nothing(reader, row, column):
    spoiled = whole_table().astype({column: object})
    spoiled.loc[row, column] = np.nan
    if column == "score":
        spoiled["score"] = spoiled["score"].astype(float)
    if column in UNREAD[reader]:
        expected = READERS[reader](whole_table())
        assert str(READERS[reader](spoiled)) == str(expected)
        return
    if column == "score" and is_of_a_kind_left_out(reader, spoiled, row):
        return
    with pytest.raises(ValueError, match=r"^(scores|scores_table|labels): ") as caught:
        READERS[reader](spoiled)
    assert "\n" not in str(caught.value)


def is_of_a_kind_left_out(reader, table, row):
    """Tell whether a score belongs to a kind of forgery that the reader was not asked about."""
    one_kind = {"bootstrap_by_writer", "paired_difference"}
    return reader in one_kind and table.loc[row, "kind"] == "random"


@pytest.mark.parametrize("reader", ["error_by_writer", "error_by", "rates_at"])
def test_a_threshold_that_is_nan_rejects_nobody_and_is_refused(reader):
    table = whole_table()
    judge = {
        "error_by_writer": lambda: evaluation.error_by_writer(table, np.nan),
        "error_by": lambda: evaluation.error_by(table, "script", np.nan),
        "rates_at": lambda: evaluation.rates_at([0.1, 0.9], [0, 1], np.nan),
    }
    with pytest.raises(ValueError, match="threshold: nan decides nothing; find one with"):
        judge[reader]()
    assert evaluation.rates_at([0.1, 0.9], [0, 1], np.inf) == (0, 1)  # rejects everybody


def test_evidence_on_nan_is_refused():
    labels = np.repeat([0, 1], 20)
    calibrations = [
        evaluation.calibrate(np.arange(40.0), labels, method) for method in ("logistic", "pav")
    ]
    for calibration in calibrations:
        for nothing in (np.nan, np.inf):
            with pytest.raises(ValueError, match=r"^scores: some are NaN or infinite; such a"):
                calibration.log_likelihood_ratios([0.5, nothing])
    with pytest.raises(ValueError, match=r"^scores: some are NaN"):
        evaluation.evidence_bounds([0.5, np.nan], [0, 1])
    with pytest.raises(ValueError, match=r"^labels: only one class"):
        evaluation.evidence_bounds([0.5, 0.7], [1, 1])
    assert evaluation.evidence_bounds([-np.inf, np.inf], [0, 1]) == (0, 0)
    with pytest.raises(ValueError, match=r"^cases: nan is no count"):
        evaluation.rule_of_three(np.nan)


def test_scores_that_are_no_numbers_are_refused_in_our_own_words():
    with pytest.raises(ValueError, match=r"^scores: some are no numbers; give one number"):
        evaluation.equal_error_rate(["high", "low"], [1, 0])
