"""From a corpus table to a folder: a verifier, its scores, and nothing lost on the way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_world import QUICK, make_encoder

from deepsign_helpers import evaluation, pairing, synthesis
from deepsign_helpers.encoders import embed
from deepsign_helpers.preprocessing import ImageError, prepare_all
from deepsign_helpers.training import learn
from deepsign_helpers.verifier import Verifier

TINY = replace(QUICK, size=(8, 16), encoder=lambda shape: make_encoder())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return synthesis.write_corpus(
        tmp_path_factory.mktemp("corpus"), writers=12, genuine=7, forged=3, size=(64, 128)
    )


def test_the_folder_holds_a_verifier_with_the_threshold_of_the_validation_writers(corpus, tmp_path):
    _, history = learn(corpus, tmp_path / "new", TINY)
    scores = pd.read_csv(tmp_path / "new" / "scores.csv")
    verifier = Verifier.load(tmp_path / "new")
    validation = scores[(scores["split"] == "validation") & (scores["references"] == 5)]
    genuine = validation.loc[validation["kind"] == "genuine", "score"]
    skilled = validation.loc[validation["kind"] == "skilled", "score"]
    rejected = np.mean(genuine < verifier.accept_from)
    accepted = np.mean(skilled >= verifier.accept_from)
    assert rejected == pytest.approx(accepted, abs=1 / min(len(genuine), len(skilled)))
    assert verifier.size == (8, 16)
    assert verifier.protocol["references"] == 5
    assert verifier.protocol["fusion"] == "partial"
    assert history.best_epoch in history.epochs["epoch"].tolist()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "encoder.keras",
        "epochs.csv",
        "scores.csv",
        "training.json",
        "verifier.json",
    ]


def test_scores_are_those_of_the_encoder_that_was_kept(corpus, tmp_path):
    verifier, _ = learn(corpus, tmp_path, TINY, seed=3)
    split = pairing.split_writers(corpus, 0.15, 0.15, seed=3)
    others = split[split["split"] != "train"].reset_index(drop=True)
    embeddings = embed(verifier.encoder, prepare_all(others, (8, 16)))
    again = evaluation.score_by_protocols(embeddings, others, "trained encoder")
    kept = pd.read_csv(tmp_path / "scores.csv", dtype={"domain": str}, keep_default_na=False)
    assert kept["score"].to_numpy() == pytest.approx(again["score"].to_numpy(), abs=5.1e-5)
    assert set(kept["references"]) == {5, 1}


def test_writers_from_elsewhere_choose_and_any_further_split_is_scored(corpus, tmp_path):
    numbers = corpus["writer"].str[1:].astype(int)
    splits = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2 + ["fax"] * 2
    named = np.array(splits)[numbers]
    learn(corpus.assign(split=named), tmp_path, TINY)
    scores = pd.read_csv(tmp_path / "scores.csv")
    found = scores.groupby("split")["writer"].agg(lambda writers: sorted(set(writers)))
    assert found.to_dict() == {
        "fax": ["w010", "w011"],
        "test": ["w008", "w009"],
        "validation": ["w006", "w007"],
    }


def test_what_could_not_be_scored_is_refused_before_training(corpus, tmp_path):
    split = pairing.split_writers(corpus, 0.15, 0.15)
    poor = split.loc[split["split"] == "test", "writer"].iloc[0]
    few = split[(split["writer"] != poor) | (split["sample"].astype(int) < 4)]
    sentence = f"writer {poor}: 4 genuine signatures; 5 references and one to question need 6"
    with pytest.raises(ValueError, match=sentence):
        learn(few, tmp_path, replace(TINY, recipe=pytest.fail))


@pytest.mark.parametrize(
    ("splits", "sentence"),
    [
        (["train"] * 10 + ["validation"] * 2, 'splits "train", "validation" and "test"'),
        (["train"] * 9 + ["validation"] * 2 + ["test"], "two or more"),
        (["train"] * 10 + ["test"] * 2, 'splits "train", "validation" and "test"'),
        (["train"] * 12, "validation: 0 writers"),
    ],
    ids=["no test writers", "one test writer", "no validation writers", "nobody to judge"],
)
def test_a_split_that_gives_no_report_is_refused_before_training(
    corpus, tmp_path, splits, sentence
):
    named = corpus.assign(split=np.array(splits)[corpus["writer"].str[1:].astype(int)])
    with pytest.raises(ValueError, match=sentence):
        learn(named, tmp_path, replace(TINY, recipe=pytest.fail))


def test_a_writer_who_is_trained_on_and_judged_is_named(corpus, tmp_path):
    by_image = corpus.assign(split=np.where(corpus["sample"].astype(int) % 2, "train", "test"))
    sentence = "writer w000 is in training and judged too, like 11 others"
    with pytest.raises(ValueError, match=sentence):
        learn(by_image, tmp_path, replace(TINY, recipe=pytest.fail))


def test_an_unreadable_image_is_named_before_training(corpus, tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    damaged = corpus.assign(path=corpus["path"].where(corpus.index > 0, str(path)))
    with pytest.raises(ImageError, match=r"empty\.png"):
        learn(damaged, tmp_path / "new", TINY)
    assert not (tmp_path / "new").exists()


def test_a_corpus_without_forgeries_is_learned_from(corpus, tmp_path):
    learn(corpus[corpus["kind"] == "genuine"].reset_index(drop=True), tmp_path, TINY)
    assert 0 < Verifier.load(tmp_path).accept_from < 1.3


def with_doubled_row(table):
    return pd.concat([table, table.iloc[[5]]], ignore_index=True)


def with_doubled_sample(table):
    return table.assign(sample=table["sample"].where(table.index != 1, table["sample"].iloc[0]))


def with_doubled_path(table):
    return table.assign(path=table["path"].where(table.index != 1, table["path"].iloc[0]))


def with_a_number(table):
    """Name one sample by a number, the others by text."""
    sample = table["sample"].astype(object)
    sample.iloc[0] = 1
    return table.assign(sample=sample)


def with_missing_file(table):
    return table.assign(path=table["path"].where(table.index > 0, "gone.png"))


def with_empty_kind(table):
    return table.assign(kind=table["kind"].where(table.index > 0))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (with_doubled_row, "stands for a signature that is there already"),
        (with_doubled_sample, "stands for a signature that is there already"),
        (with_doubled_path, "stands for a signature that is there already"),
        (with_a_number, "sample is text in some rows only"),
        (with_missing_file, r"gone\.png is missing"),
        (with_empty_kind, "a row has no kind"),
    ],
)
def test_a_table_that_is_not_whole_is_refused_before_training(corpus, tmp_path, spoil, sentence):
    with pytest.raises(ValueError, match=sentence):
        learn(spoil(corpus), tmp_path / "new", replace(TINY, recipe=pytest.fail))
    assert not (tmp_path / "new").exists()
