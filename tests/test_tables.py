"""What tables say: names of signatures, labels, columns, and which rows count."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import corpora, runtime, tables

words = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8)
names_of_writers = st.lists(words, min_size=1, max_size=3).map("/".join)  # may hold slashes
signatures = st.lists(
    st.tuples(names_of_writers, st.sampled_from(tables.KINDS), words), min_size=1, max_size=8
)


def test_what_is_known_passes_and_anything_else_is_told_what_there_is():
    tables.require_known("pen", ["fine", "broad"], ["broad", "fine", "felt"])
    with pytest.raises(ValueError, match=r"^pen 'quill' is not known; choose from broad, fine\.$"):
        tables.require_known("pen", ["fine", "quill"], ["broad", "fine"])
    with pytest.raises(ValueError, match=r"^pen \(none\) is not known; choose from broad, fine\.$"):
        tables.require_known("pen", [], ["broad", "fine"])


@given(signatures)
def test_names_come_apart_into_what_they_were_made_of(rows):
    table = pd.DataFrame(rows, columns=["writer", "kind", "sample"], index=range(5, 5 + len(rows)))
    parts = tables.parts_of_names(tables.signature_names(table))
    pd.testing.assert_frame_equal(parts, table, check_dtype=False)


def test_numbers_are_named_as_they_are_written():
    table = pd.DataFrame({"writer": [3], "kind": ["genuine"], "sample": [7]})
    assert tables.signature_names(table).tolist() == ["3/genuine/7"]


def test_what_is_no_name_has_its_first_part_for_a_writer():
    parts = tables.parts_of_names(pd.Series(["", "stranger"]))
    assert parts["writer"].tolist() == ["", "stranger"]
    assert parts[["kind", "sample"]].isna().all(axis=None)


def test_disguised_signatures_go_and_sort_says_what_the_others_are():
    table = pd.DataFrame(
        {
            "kind": ["genuine", "forged", "forged", "forged", "forged"],
            "forgery": ["", "simple", "disguised", "", None],
        }
    )
    kept = tables.without_disguised(table)
    assert kept.index.tolist() == [0, 1, 3, 4]
    assert kept["sort"].tolist() == ["genuine", "simple", "skilled", "skilled"]
    assert "sort" not in table


def test_without_a_word_on_forgery_all_are_skilled():
    kept = tables.without_disguised(pd.DataFrame({"kind": ["forged", "genuine"]}))
    assert kept["sort"].tolist() == ["skilled", "genuine"]


def test_identities_number_the_writers_by_name_and_mark_the_genuine():
    table = pd.DataFrame(
        {"writer": ["b", "a", "c", "a"], "kind": ["genuine", "forged", "forged", "genuine"]}
    )
    found = tables.identities(table)
    assert found.dtype == np.int32
    assert found.tolist() == [[1, 1], [0, 0], [2, 0], [0, 1]]


def test_the_committed_corpus_has_the_columns_that_the_tables_promise():
    table = corpora.load(runtime.data_folder())
    assert [*tables.CORPUS_COLUMNS, *tables.GENERATED_COLUMNS] == list(table.columns[:10])
    scores = pd.read_csv(runtime.data_folder() / "scores.csv")
    assert set(tables.SCORE_COLUMNS) <= set(scores.columns)


def test_numbers_within_names_are_sorted_by_their_size():
    names = ["w10", "w9", "w9b2", "w9b10", "10", "9", "a", "w"]
    assert sorted(names, key=tables.natural_order) == [
        *("9", "10", "a", "w", "w9", "w9b2", "w9b10", "w10")
    ]


# Gaps


def whole(rows=4):
    """Return a corpus table of so many genuine signatures of one writer."""
    samples = [str(sample) for sample in range(rows)]
    table = pd.DataFrame({"path": [f"{sample}.png" for sample in samples], "sample": samples})
    return table.assign(writer="ann", kind="genuine")


@given(
    st.sampled_from(["path", "writer", "kind", "sample"]),
    st.integers(0, 3),
    st.sampled_from([None, np.nan, pd.NA, pd.NaT]),
)
def test_one_gap_in_a_table_is_refused_and_named(column, row, gap):
    table = whole()
    tables.require_whole(table)
    table.loc[row, column] = gap
    with pytest.raises(ValueError, match=rf"^table: a row has no {column}; give one to each, or"):
        tables.require_whole(table)


def test_a_column_that_is_absent_or_of_two_types_is_refused_with_its_name():
    with pytest.raises(ValueError, match=r"^scores: has no column 'kind'; its columns are path\.$"):
        tables.require_filled(whole()[["path"]], ["path", "kind"], "scores")
    table = whole().astype({"writer": object})
    table.loc[2, "writer"] = 7
    with pytest.raises(ValueError, match=r"^table: writer is text in some rows only; make it text"):
        tables.require_whole(table)
    tables.require_whole(whole().assign(writer=7, sample=range(4)))  # numbers throughout are fine


def test_a_signature_that_stands_twice_is_refused_with_its_path():
    sentence = r"stands for a signature that is there already \(2 such rows\); drop them\.$"
    same_path = whole().assign(path=["a.png", "a.png", "a.png", "b.png"])
    same_name = whole().assign(sample=["1", "2", "1", "2"])
    for table in (same_path, same_name):
        with pytest.raises(ValueError, match=sentence):
            tables.require_whole(table)


@pytest.mark.parametrize("kind", ["fake", "Forged", "", None])
def test_a_third_kind_is_not_taken_for_forged(kind):
    table = whole()
    table.loc[1, "kind"] = kind
    for reader in (tables.require_whole, tables.without_disguised, tables.identities):
        with pytest.raises(ValueError, match=r"neither genuine nor forged|a row has no kind"):
            reader(table)


def test_what_has_no_name_is_not_called_nan():
    table = whole()
    table.loc[1, "sample"] = np.nan
    with pytest.raises(ValueError, match=r"^table: a row has no sample"):
        tables.signature_names(table)
