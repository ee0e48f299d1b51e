"""Pairs are balanced and honest, and no writer is on both sides of an exam."""

import io
import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from deepsign_helpers import evaluation, pairing, tables
from deepsign_helpers.pairing import class_weights, make_pairs, split_writers, writer_folds
from deepsign_helpers.tables import DIFFERENT, SAME, parts_of_names, signature_names


def corpus(counts, script=None):
    """Return a table of writers with (genuine, forged) signatures each; a path is the name."""
    rows = []
    for number, (genuine, forged) in enumerate(counts):
        writer = f"w{number}"
        for sample in range(genuine):
            rows.append((writer, "genuine", str(sample), ""))
        for sample in range(forged):
            rows.append((writer, "forged", str(sample), "skilled"))
    table = pd.DataFrame(rows, columns=["writer", "kind", "sample", "forgery"])
    table["path"] = signature_names(table)
    if script is not None:
        table["script"] = table["writer"].map(script)
    return table


def writers_of(paths):
    """Return the writer that each path names."""
    return parts_of_names(paths)["writer"]


def shuffled(table, seed=1):
    return table.sample(frac=1, random_state=seed)


corpora = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4)), min_size=1, max_size=6).map(
    corpus
)
at_most = st.none() | st.integers(1, 6)


def try_pairs(table, **options):
    """Return the pairs, or None where there are none to be had."""
    try:
        return make_pairs(table, **options)
    except ValueError as error:
        assert "no balanced pairs" in str(error)
        return None


def possible(table, most):
    """Count by hand how many pairs of each sort there are: genuine, forged, random."""
    genuine = Counter(table.loc[table["kind"] == "genuine", "writer"])
    forged = Counter(table.loc[table["kind"] == "forged", "writer"])
    cut = math.inf if most is None else most
    return (
        sum(min(cut, math.comb(count, 2)) for count in genuine.values()),
        sum(min(cut, count * genuine[writer]) for writer, count in forged.items()),
        (sum(genuine.values()) ** 2 - sum(count**2 for count in genuine.values())) // 2,
    )


# Pairs


def test_the_labels_are_one_pair_everywhere_and_one_means_same():
    assert (SAME, DIFFERENT) == (1, 0)
    for module in (pairing, evaluation, tables):
        assert (module.SAME, module.DIFFERENT) == (SAME, DIFFERENT)


@given(corpora, st.integers(0, 9), at_most)
@settings(max_examples=150, deadline=None)
def test_pairs_are_balanced_and_as_many_as_the_corpus_allows(table, seed, most):
    same, skilled, random = possible(table, most)
    pairs = try_pairs(table, seed=seed, pairs_per_writer=most)
    counts = Counter([] if pairs is None else pairs["kind"])
    if (table["kind"] == "forged").any():
        half = min(same // 2, skilled, random)
        assert counts == Counter(genuine=2 * half, skilled=half, random=half)
    else:
        assert counts == Counter(genuine=min(same, random), random=min(same, random))


@given(corpora, st.integers(0, 9), at_most)
@settings(max_examples=150, deadline=None)
def test_every_pair_is_what_its_kind_and_label_say_and_comes_once(table, seed, most):
    pairs = try_pairs(table, seed=seed, pairs_per_writer=most)
    if pairs is None:
        return
    assert set(pairs["left"]) | set(pairs["right"]) <= set(table["path"])
    different = {frozenset(pair) for pair in zip(pairs["left"], pairs["right"], strict=True)}
    assert len(different) == len(pairs)
    for left, right, label, kind in pairs.itertuples(index=False, name=None):
        assert left != right
        left_writer, left_kind, _ = left.split("/")
        right_writer, right_kind, _ = right.split("/")
        assert left_kind == "genuine"
        assert right_kind == ("forged" if kind == "skilled" else "genuine")
        assert (left_writer == right_writer) == (kind != "random")
        assert label == (1 if kind == "genuine" else 0)


@given(corpora, st.integers(0, 9), at_most)
@settings(max_examples=60, deadline=None)
def test_pairs_repeat_for_a_seed_whatever_the_order_of_the_rows(table, seed, most):
    first = try_pairs(table, seed=seed, pairs_per_writer=most)
    if first is not None:
        pd.testing.assert_frame_equal(
            first, make_pairs(shuffled(table), seed=seed, pairs_per_writer=most)
        )


def test_another_seed_gives_other_pairs():
    table = corpus([(6, 6)] * 4)
    assert not make_pairs(table, seed=0).equals(make_pairs(table, seed=1))


def test_the_table_given_is_left_as_it_was():
    table = shuffled(corpus([(3, 2)] * 5))
    before = table.copy()
    make_pairs(split_writers(table, test=0, validation=0.4))
    pd.testing.assert_frame_equal(table, before)


@given(st.integers(5, 12), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_no_pair_leaves_its_split(writers, seed):
    table = split_writers(
        corpus([(3, 3)] * writers), validation=0.4, test=0.2 if writers > 9 else 0, seed=seed
    )
    split = table.set_index("path")["split"]
    pairs = make_pairs(table, seed=seed)
    assert (split[pairs["left"]].to_numpy() == pairs["split"]).all()
    assert (split[pairs["right"]].to_numpy() == pairs["split"]).all()
    assert pairs.groupby("split")["label"].mean().eq(0.5).all()


def test_every_writer_and_every_signature_gets_a_like_share():
    pairs = make_pairs(corpus([(8, 8)] * 10), pairs_per_writer=12)
    writers = writers_of(pd.concat([pairs["left"], pairs["right"]]))
    same = pairs[pairs["label"] == SAME]
    random = pairs[pairs["kind"] == "random"]
    skilled = pairs[pairs["kind"] == "skilled"]
    assert writers_of(same["left"]).value_counts().eq(12).all()
    assert writers_of(skilled["left"]).value_counts().eq(6).all()
    assert pd.concat([random["left"], random["right"]]).value_counts().max() <= 3
    assert writers.nunique() == 10


def test_few_forgeries_shrink_the_other_sorts_evenly():
    pairs = make_pairs(corpus([(5, 1), (5, 0), (5, 0)]))
    same = pairs[pairs["label"] == SAME]
    assert Counter(pairs["kind"]) == {"genuine": 10, "skilled": 5, "random": 5}
    assert sorted(writers_of(same["left"]).value_counts()) == [3, 3, 4]


def test_other_sorts_of_forgery_keep_their_name_and_disguised_ones_are_in_no_pair():
    table = corpus([(4, 4)] * 3)
    is_forged = table["kind"] == "forged"
    table.loc[is_forged & (table["sample"] == "0"), "forgery"] = "traced"
    table.loc[is_forged & (table["sample"] == "1"), "forgery"] = "disguised"
    pairs = make_pairs(table)
    assert {"traced", "skilled"} <= set(pairs["kind"]) <= {"traced", "skilled", "genuine", "random"}
    assert not pairs["right"].str.contains("forged/1").any()


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([(5, 5)], "one writer has no random pair"),
        ([(1, 3)] * 4, "single signatures make no SAME pair"),
        ([(2, 2), (1, 2)], "one SAME pair cannot be halved"),
    ],
)
def test_a_corpus_that_cannot_be_balanced_says_what_to_give(counts, reason):
    with pytest.raises(
        ValueError,
        match="the table: no balanced pairs; give two writers with two genuine signatures",
    ):
        make_pairs(corpus(counts))


@pytest.mark.parametrize("forged", [(0, 0), (1, 0), (2, 2)])
def test_two_writers_with_two_genuine_signatures_each_are_enough(forged):
    assert len(make_pairs(corpus([(2, count) for count in forged]), pairs_per_writer=1)) == 4


def test_forgeries_that_no_genuine_signature_can_be_paired_with_are_as_good_as_none():
    table = corpus([(3, 0), (3, 0), (0, 4)])
    pd.testing.assert_frame_equal(make_pairs(table), make_pairs(table[table["kind"] == "genuine"]))


def test_a_table_that_went_through_a_csv_file_gives_the_same_pairs():
    table = corpus([(4, 4)] * 3)
    table.loc[table["sample"] == "2", "forgery"] = ""
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype={"sample": str})
    assert again["forgery"].isna().any()
    assert make_pairs(again).to_dict() == make_pairs(table).to_dict()


def test_a_split_that_cannot_be_balanced_is_named():
    table = split_writers(corpus([(4, 4)] * 5))
    with pytest.raises(ValueError, match="split 'test': no balanced pairs"):
        make_pairs(table)


def test_no_pairs_a_writer_is_refused():
    with pytest.raises(ValueError, match="pairs_per_writer 0: must be 1 or more"):
        make_pairs(corpus([(3, 3)] * 3), pairs_per_writer=0)


# Splits


@given(st.integers(3, 40), st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_every_writer_is_in_one_split_and_the_shares_hold(writers, validation, test, seed):
    assume(validation + test <= 1 - 2 / writers)
    table = split_writers(corpus([(2, 1)] * writers), validation, test, seed)
    assert (table.groupby("writer")["split"].nunique() == 1).all()
    counts = Counter(table.groupby("writer")["split"].first())
    for name, share in (("validation", validation), ("test", test)):
        assert abs(counts[name] - share * writers) <= (1 if share else 0)
    assert counts["train"] >= 1


@given(st.integers(3, 20), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_a_writers_split_does_not_depend_on_the_order_or_index_of_the_rows(writers, seed):
    table = corpus([(2, 1)] * writers, script=lambda name: "latin" if name < "w3" else "bengali")
    first = split_writers(table, seed=seed)
    pd.testing.assert_frame_equal(first, split_writers(shuffled(table), seed=seed).sort_index())
    other = split_writers(shuffled(table).reset_index(drop=True), seed=seed)
    assert dict(zip(first["writer"], first["split"], strict=True)) == dict(
        zip(other["writer"], other["split"], strict=True)
    )


def test_scripts_are_spread_over_the_splits():
    table = split_writers(
        corpus([(2, 2)] * 30, script=lambda name: "latin" if int(name[1:]) < 20 else "bengali")
    )
    writers = table.groupby("writer")[["script", "split"]].first()
    assert pd.crosstab(writers["script"], writers["split"]).loc["bengali"].tolist() == [2, 6, 2]


def test_another_seed_splits_otherwise():
    table = corpus([(2, 2)] * 20)
    assert not split_writers(table, seed=0).equals(split_writers(table, seed=1))


@pytest.mark.parametrize(
    ("validation", "test"), [(-0.1, 0.2), (0.5, 0.5), (1.0, 0.0), (float("nan"), 0.2)]
)
def test_impossible_shares_are_refused(validation, test):
    with pytest.raises(
        ValueError, match="must be in \\[0, 1\\) and leave some writers for training"
    ):
        split_writers(corpus([(2, 2)] * 10), validation, test)


def test_too_few_writers_for_the_splits_are_refused():
    with pytest.raises(
        ValueError, match="2 writers: too few for 1 in validation, 1 in test and any in training"
    ):
        split_writers(corpus([(2, 2)] * 2))


# Folds


@given(st.integers(2, 5), st.integers(5, 15), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_folds_keep_writers_apart_and_validate_every_row_once(n_splits, writers, seed):
    table = corpus([(3, 2)] * writers)
    folds = writer_folds(table, n_splits, seed)
    assert sorted(np.concatenate([validation for _, validation in folds])) == list(
        range(len(table))
    )
    for train, validation in folds:
        assert len(train) + len(validation) == len(table)
        assert not set(table["writer"].iloc[train]) & set(table["writer"].iloc[validation])


def test_folds_keep_the_share_of_forgeries_and_of_scripts():
    counts = [(6, 2)] * 10 + [(2, 6)] * 10
    table = corpus(counts, script=lambda name: "latin" if int(name[1:]) % 2 else "bengali")
    for _, validation in writer_folds(table):
        rows = table.iloc[validation]
        assert (rows["kind"] == "forged").mean() == pytest.approx(0.5, abs=0.13)
        assert (rows["script"] == "latin").mean() == pytest.approx(0.5, abs=0.13)


def test_folds_repeat_for_a_seed_whatever_the_order_of_the_rows():
    table = corpus([(3, 2)] * 9)
    mixed = shuffled(table)
    for (_, one), (_, other) in zip(
        writer_folds(table, seed=4), writer_folds(mixed, seed=4), strict=True
    ):
        assert set(table["path"].iloc[one]) == set(mixed["path"].iloc[other])


@pytest.mark.parametrize("n_splits", [1, 4])
def test_more_folds_than_writers_or_fewer_than_two_are_refused(n_splits):
    with pytest.raises(
        ValueError, match="need 2 or more, and a writer for each; there are 3 writers"
    ):
        writer_folds(corpus([(2, 2)] * 3), n_splits)


def test_a_fold_that_nobody_would_be_in_is_refused():
    # One writer has nearly all rows: scikit-learn then puts two writers into one fold.
    rng = np.random.default_rng(0)
    refused = []
    for _ in range(300):
        sizes = rng.choice([1, 2, 3, 50, 200], size=rng.integers(2, 6))
        table = corpus([(size, 0) for size in sizes])
        table["kind"] = rng.choice(["genuine", "forged"], len(table), p=[0.8, 0.2])
        try:
            folds = writer_folds(table, n_splits=len(sizes))
        except ValueError as error:
            refused.append(str(error))
        else:
            assert all(len(validation) for _, validation in folds)
    assert all(sentence.endswith("; ask for fewer.") for sentence in refused)


def test_an_empty_fold_of_scikit_learns_is_refused(monkeypatch):
    rows = np.arange(12)
    monkeypatch.setattr(
        pairing.StratifiedGroupKFold, "split", lambda *_, **__: [(rows, rows[:0]), (rows[:0], rows)]
    )
    with pytest.raises(ValueError, match=r"^2 folds: one would be empty; ask for fewer\.$"):
        writer_folds(corpus([(2, 2)] * 3), n_splits=2)


def test_more_folds_than_rows_of_any_kind_are_refused():
    table = corpus([(1, 0)] * 3, script={"w0": "latin", "w1": "arabic", "w2": "thai"})
    with pytest.raises(ValueError, match=r"^2 folds: no kind has more than 1 rows; ask for fewer"):
        writer_folds(table, n_splits=2)


# Gaps and repetitions


@pytest.mark.parametrize("column", ["path", "writer", "kind", "sample", "split"])
@pytest.mark.parametrize("gap", [None, np.nan])
def test_no_pair_is_made_of_a_table_with_a_gap(column, gap):
    table = corpus([(3, 3)] * 4).assign(split="train")
    table.loc[5, column] = gap
    with pytest.raises(ValueError, match=f"^table: a row has no {column}; give one to each"):
        make_pairs(table)


@pytest.mark.parametrize("same", [["path"], ["sample"], ["path", "sample"]])
def test_no_signature_is_paired_with_itself(same):
    table = corpus([(3, 3)] * 4)
    table.loc[1, same] = table.loc[0, same]
    with pytest.raises(ValueError, match=r"stands for a signature that is there already \(1 such"):
        make_pairs(table)


@pytest.mark.parametrize("column", ["writer", "script"])
def test_nobody_without_a_name_or_a_script_is_split_or_folded(column):
    table = corpus([(2, 2)] * 6).assign(script="latin")
    table.loc[5, column] = np.nan
    for divide in (split_writers, writer_folds):
        with pytest.raises(ValueError, match=f"^table: a row has no {column}; give one to each"):
            divide(table)


# Class weights


@given(
    st.lists(st.integers(0, 1), min_size=2, max_size=60).filter(
        lambda labels: len(set(labels)) == 2
    )
)
def test_class_weights_agree_with_scikit_learns_and_average_one(labels):
    weights = class_weights(labels)
    expected = compute_class_weight("balanced", classes=np.array([0, 1]), y=np.array(labels))
    assert weights == pytest.approx(dict(enumerate(expected)))
    assert np.mean([weights[label] for label in labels]) == pytest.approx(1)


@pytest.mark.parametrize("labels", [[], [1, 1], [0, 1, 2], [0.0, 1.0, float("nan")]])
def test_labels_without_two_classes_are_refused(labels):
    with pytest.raises(ValueError, match=r"need both SAME \(1\) and DIFFERENT \(0\) and no other"):
        class_weights(labels)
