"""The protocol against a plain loop over signatures, and what it must never do."""

import dataclasses
import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepsign_helpers.evaluation import (
    Protocol,
    compare,
    equal_error_rates,
    forgery_kinds,
    fuse,
    score_table,
    scores_and_labels,
)


def references_of(scores_table, table, writer):
    """A writer's genuine signatures that were not questioned: the references."""
    genuine = table[(table["writer"] == writer) & (table["kind"] == "genuine")]
    own = scores_table[(scores_table["writer"] == writer) & (scores_table["kind"] == "genuine")]
    names = genuine["writer"] + "/genuine/" + genuine["sample"].astype(str)
    return genuine.index[~names.isin(own["questioned"])]


def score_by_hand(vector, references, fusion):
    distances = [math.dist(vector, reference) for reference in references]
    among = [math.dist(a, b) for i, a in enumerate(references) for b in references[:i]]
    fused = {
        "min": min(distances),
        "max": max(distances),
        "mean": sum(distances) / len(distances),
        "normalised": sum(distances) / len(distances) - sum(among) / max(len(among), 1),
        "partial": sum(distances) / len(distances) - 7 * sum(among) / (10 * max(len(among), 1)),
    }[fusion]
    return 1 - fused / 2


@given(arrays(float, st.tuples(st.integers(1, 5), st.integers(2, 5)), elements=st.floats(0, 2)))
def test_fused_distances_keep_their_order(distances):
    nearest, mean, farthest = (fuse(distances, fusion) for fusion in ("min", "mean", "max"))
    assert (nearest <= mean + 1e-12).all() and (mean <= farthest + 1e-12).all()
    np.testing.assert_allclose(
        fuse(distances, "normalised", mutual=np.full(len(distances), 0.5)), mean - 0.5
    )


def test_one_reference_makes_all_fusions_alike_but_has_no_mutual_distance():
    distances = np.array([[0.3], [0.9]])
    assert all(list(fuse(distances, fusion)) == [0.3, 0.9] for fusion in ("min", "mean", "max"))
    for fusion in ("normalised", "partial"):
        with pytest.raises(
            ValueError, match=f'"{fusion}" needs the mutual distance of at least two references'
        ):
            fuse(distances, fusion, mutual=0.1)
    with pytest.raises(ValueError, match="fusion 'median' is not known; choose from"):
        fuse(distances, "median")


@pytest.mark.parametrize("fusion", ["mean", "min", "max", "normalised", "partial"])
def test_scores_agree_with_a_loop_over_signatures(fusion, small_corpus):
    embeddings, table = small_corpus()
    scores_table = score_table(embeddings, table, references=3, fusion=fusion, seed=7)
    place = {f"{row.writer}/{row.kind}/{row.sample}": row.Index for row in table.itertuples()}
    for row in scores_table.itertuples():
        references = embeddings[references_of(scores_table, table, row.writer)]
        assert len(references) == 3
        assert row.score == pytest.approx(
            score_by_hand(embeddings[place[row.questioned]], references, fusion)
        )


def test_each_writer_gets_the_comparisons_of_the_protocol(small_corpus):
    scores_table = score_table(*small_corpus(writers=6, genuine=8, forged=4), references=5)
    counts = scores_table.groupby(["writer", "kind"]).size().unstack()
    assert (
        (counts["genuine"] == 3).all()
        and (counts["skilled"] == 4).all()
        and (counts["random"] == 5).all()
    )
    random = scores_table[scores_table["kind"] == "random"]
    strangers = random["questioned"].str.split("/", expand=True)
    assert (strangers[0] != random["writer"]).all() and (strangers[1] == "genuine").all()
    assert not scores_table.duplicated(["writer", "questioned"]).any()


def test_result_does_not_depend_on_the_order_of_rows_nor_on_where_the_corpus_lies(small_corpus):
    embeddings, table = small_corpus()
    order = np.random.default_rng(1).permutation(len(table))
    moved = table.assign(path=table["path"].str.replace("/somewhere", "/elsewhere"))
    expected = score_table(embeddings, table, seed=3)
    pd.testing.assert_frame_equal(
        score_table(embeddings[order], moved.iloc[order], seed=3), expected
    )
    assert not expected["questioned"].str.contains("where").any()


def test_a_writers_references_do_not_depend_on_who_else_is_there(small_corpus):
    embeddings, table = small_corpus()
    without_first = (table["writer"] != "w00").to_numpy()
    whole = score_table(embeddings, table)
    part = score_table(embeddings[without_first], table[without_first])
    kept = whole[(whole["writer"] != "w00") & (whole["kind"] != "random")].reset_index(drop=True)
    pd.testing.assert_frame_equal(part[part["kind"] != "random"].reset_index(drop=True), kept)


def test_another_seed_draws_other_references_and_the_same_seed_the_same(small_corpus):
    embeddings, table = small_corpus()
    first, again, other = (score_table(embeddings, table, seed=seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert list(first["questioned"]) != list(other["questioned"])


def test_each_writer_has_a_draw_of_their_own(small_corpus):
    scores_table = score_table(*small_corpus(), references=4)
    genuine = scores_table[scores_table["kind"] == "genuine"]
    samples_of = genuine["questioned"].str.split("/").str[2].groupby(genuine["writer"]).apply(tuple)
    assert samples_of.nunique() > 3


def test_random_forgeries_stay_within_their_split(small_corpus):
    embeddings, table = small_corpus(writers=6)
    split = np.where(table["writer"].isin(["w00", "w01"]), "validation", "test")
    scores_table = score_table(embeddings, table.assign(split=split, domain="clean"))
    random = scores_table[scores_table["kind"] == "random"]
    for row in random.itertuples():
        assert (row.writer in ("w00", "w01")) == (row.questioned[:3] in ("w00", "w01"))
    assert list(scores_table.columns[-2:]) == ["split", "domain"]
    assert (
        scores_table["split"].eq("validation") == scores_table["writer"].isin(["w00", "w01"])
    ).all()


def test_other_kinds_of_forgery_are_never_called_skilled(small_corpus):
    embeddings, table = small_corpus()
    simple = (table["kind"] == "forged") & (table["sample"] < 2)
    traced = (table["kind"] == "forged") & (table["sample"] == 2)
    other_kinds = table.assign(
        forgery=table["forgery"].mask(simple, "simple").mask(traced, "traced")
    )
    assert forgery_kinds(score_table(embeddings, other_kinds)) == [
        "skilled",
        "simple",
        "traced",
        "random",
    ]
    without_column = score_table(embeddings, table.drop(columns="forgery"))
    assert forgery_kinds(without_column) == ["skilled", "random"]


def test_a_disguised_signature_is_not_compared_and_changes_no_comparison(small_corpus):
    embeddings, table = small_corpus()
    disguised = (table["kind"] == "forged") & (table["sample"] == 1)
    scores_table = score_table(
        embeddings, table.assign(forgery=table["forgery"].mask(disguised, "disguised"))
    )
    expected = score_table(embeddings[~disguised], table[~disguised])
    pd.testing.assert_frame_equal(scores_table, expected)
    assert set(scores_table["kind"]) == {"genuine", "skilled", "random"}


def test_a_forgery_of_no_said_kind_counts_as_skilled(small_corpus):
    embeddings, table = small_corpus()
    silent = table.assign(forgery=table["forgery"].mask(table["sample"] == 1, np.nan))
    pd.testing.assert_frame_equal(score_table(embeddings, silent), score_table(embeddings, table))


def test_embeddings_are_not_copied_and_float32_gives_the_scores_of_float64(small_corpus):
    embeddings, table = small_corpus(writers=8, genuine=12, forged=12, dimensions=3000)
    embeddings = embeddings.astype(np.float32)
    expected = score_table(embeddings.astype(np.float64), table)
    tracemalloc.start()
    scores_table = score_table(embeddings, table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    pd.testing.assert_frame_equal(scores_table, expected, check_exact=True)
    assert peak < embeddings.nbytes


def test_kinds_are_judged_apart(normal_scores):
    scores_table = normal_scores(writers=60, of_writer=0)
    rates = equal_error_rates(scores_table)
    assert list(rates) == ["skilled", "random"]
    assert rates["skilled"] == pytest.approx(0.227, abs=0.04) and rates["random"] == pytest.approx(
        0.067, abs=0.03
    )
    scores, labels = scores_and_labels(scores_table, "random")
    assert labels.sum() == 600 and len(scores) == 1200


PROTOCOL = Protocol(writers=20, references=5, fusion="min", kinds=("skilled", "random"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "writer-independent, 20 writers, 5 references each, "
            "distances to the references fused by their minimum, ",
        ),
        ({}, "skilled and random forgeries apart; no threshold was set"),
        (
            {"references": 1, "fusion": "mean"},
            "1 reference each, distances to the references fused by their mean, ",
        ),
        (
            {"references": 10, "fusion": "max"},
            "10 references each, distances to the references fused by their maximum",
        ),
        (
            {"fusion": "normalised"},
            "fused by their mean less the references' own mutual distance, skilled",
        ),
        ({"fusion": "median"}, "fused by median, skilled"),
        ({"kinds": ("traced",)}, ", traced forgeries apart;"),
        ({"model": "trained encoder"}, "trained encoder: writer-independent"),
    ],
)
def test_a_protocol_prints_itself(changes, words):
    sentence = str(dataclasses.replace(PROTOCOL, **changes))
    assert words in sentence
    assert sentence.endswith(
        "; EER and rates at a FAR are read off the tested scores; 95 % intervals over writers."
    )


@pytest.mark.parametrize(
    ("origin", "scope", "words"),
    [
        (None, "global", "no threshold was set;"),
        (
            "a-priori",
            "global",
            "threshold (set by traced forgeries) and calibration a priori: from 7 other writers;",
        ),
        (
            "a-posteriori",
            "global",
            "one threshold for all, a posteriori: from the scores it then judges, so optimistic;",
        ),
        (
            "a-posteriori",
            "user",
            "a threshold for each writer, a posteriori: "
            "from the scores it then judges, so optimistic;",
        ),
    ],
)
def test_a_protocol_says_where_thresholds_came_from_and_when_they_flatter(origin, scope, words):
    protocol = dataclasses.replace(
        PROTOCOL, kinds=("traced", "random"), scope=scope, origin=origin, judges=7
    )
    assert f"traced and random forgeries apart; {words} EER and rates at a FAR are read off" in str(
        protocol
    )


def test_a_protocol_cannot_be_changed_and_equals_its_like():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROTOCOL.origin = "a-priori"
    assert Protocol(**dataclasses.asdict(PROTOCOL)) == PROTOCOL


@pytest.mark.parametrize("references", [1, 3, 5, 10])
def test_usual_numbers_of_references_are_kept_to(references, small_corpus):
    scores_table = score_table(*small_corpus(writers=3, genuine=12), references=references)
    assert (scores_table["references"] == references).all()
    assert (
        scores_table[scores_table["kind"] == "genuine"].groupby("writer").size() == 12 - references
    ).all()


@pytest.mark.parametrize("column", ["writer", "kind", "sample", "split"])
def test_a_signature_that_does_not_say_what_it_is_is_not_scored(column, small_corpus):
    embeddings, table = small_corpus(split="test")
    table[column] = table[column].astype(object)
    table.loc[3, column] = np.nan
    with pytest.raises(ValueError, match=f"table: a row has no {column}; give one to each"):
        score_table(embeddings, table)


def test_a_signature_that_stands_twice_is_not_its_own_reference(small_corpus):
    embeddings, table = small_corpus()
    twice = np.append(np.arange(len(table)), 5)
    with pytest.raises(ValueError, match="w00/genuine/5 stands there twice; drop one"):
        score_table(embeddings[twice], table.iloc[twice].reset_index(drop=True))


@pytest.mark.parametrize("place", ["questioned", "references"])
@pytest.mark.parametrize(
    ("spoil", "sentence"), [(np.nan, "some are NaN or infinite"), (3.0, "not of unit length")]
)
def test_vectors_that_no_encoder_gives_are_not_compared(place, spoil, sentence):
    vectors = {"questioned": np.eye(3), "references": np.eye(3)}
    vectors[place] = np.where(np.eye(3) == 1, spoil, 0.0)
    with pytest.raises(ValueError, match=sentence):
        compare(**vectors, fusion="mean")


def test_bad_input_is_refused_in_a_sentence(small_corpus, normal_scores):
    embeddings, table = small_corpus(genuine=5)
    with pytest.raises(
        ValueError,
        match="writer w00: 5 genuine signatures; 5 references and one to question need 6",
    ):
        score_table(embeddings, table)
    with pytest.raises(
        ValueError, match=r"shape \(53, 16\) for 54 signatures; give a row for each"
    ):
        score_table(embeddings[1:], table)
    with pytest.raises(ValueError, match="unit length"):
        score_table(embeddings * 2, table, references=2)
    with pytest.raises(ValueError, match="some are NaN or infinite; has the encoder's training"):
        score_table(np.where(np.arange(16) == 3, np.nan, embeddings), table, references=2)
    with pytest.raises(ValueError, match="compare with at least one"):
        score_table(embeddings, table, references=0)
    with pytest.raises(ValueError, match="compare with at least one"):
        score_table(embeddings, table, references=np.nan)
    with pytest.raises(ValueError, match=r"shape \(54,\) for 54 signatures; give a row for each"):
        score_table(embeddings[:, 0], table)
    with pytest.raises(ValueError, match="scores: some are NaN or infinite"):
        scores_and_labels(normal_scores().assign(score=np.nan))
    everything, known = normal_scores(), r"there are \['genuine', 'random', 'skilled'\]"
    with pytest.raises(ValueError, match=f'no scores of kind "traced"; {known}'):
        scores_and_labels(everything, "traced")
    with pytest.raises(
        ValueError, match=r"no scores of kind \"genuine\"; there are \['random', 'skilled'\]"
    ):
        scores_and_labels(everything[everything["kind"] != "genuine"], "skilled")
