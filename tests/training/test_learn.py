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
    history, scores = learn(corpus, tmp_path / "new", TINY)
    verifier = Verifier.load(tmp_path / "new")
    validation = scores[(scores["split"] == "validation") & (scores["references"] == 5)]
    genuine = validation.loc[validation["kind"] == "genuine", "score"]
    skilled = validation.loc[validation["kind"] == "skilled", "score"]
    rejected = np.mean(genuine < verifier.accept_from)
    accepted = np.mean(skilled >= verifier.accept_from)
    assert rejected == pytest.approx(accepted, abs=1 / min(len(genuine), len(skilled)))
    assert verifier.reject_below == verifier.accept_from
    assert verifier.size == (8, 16)
    assert (verifier.protocol["references"], verifier.protocol["fusion"]) == (5, "partial")
    assert history.best_step in history.validations["step"].tolist()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "encoder.keras",
        "scores.csv",
        "verifier.json",
    ]


def test_scores_are_those_of_the_encoder_that_was_kept(corpus, tmp_path):
    _, scores = learn(corpus, tmp_path, TINY, seed=3)
    others = (
        pairing.split_writers(corpus, 0.15, 0.15, seed=3)
        .query("split != 'train'")
        .reset_index(drop=True)
    )
    vectors = embed(Verifier.load(tmp_path).encoder, prepare_all(others, (8, 16)))
    again = evaluation.score_by_protocols(vectors, others, "trained encoder")
    pd.testing.assert_frame_equal(again, scores)
    kept = pd.read_csv(tmp_path / "scores.csv", dtype={"domain": str}, keep_default_na=False)
    assert kept["score"].to_numpy() == pytest.approx(scores["score"].to_numpy(), abs=5.1e-5)
    assert set(scores["references"]) == {5, 1}


def test_writers_from_elsewhere_choose_and_any_further_split_is_scored(corpus, tmp_path):
    numbers = corpus["writer"].str[1:].astype(int)
    named = np.select(
        [numbers < 6, numbers < 8, numbers < 10], ["train", "validation", "test"], "fax"
    )
    _, scores = learn(corpus.assign(split=named), tmp_path, TINY)
    found = scores.groupby("split")["writer"].agg(lambda writers: sorted(set(writers)))
    assert found.to_dict() == {
        "fax": ["w010", "w011"],
        "test": ["w008", "w009"],
        "validation": ["w006", "w007"],
    }


def test_an_interrupted_training_goes_on_when_it_is_asked_for_again(corpus, tmp_path):
    def interrupt(seed):
        made.append(seed)
        if len(made) == 8:
            raise KeyboardInterrupt
        return lambda image: {"image": image}

    made, settings = [], replace(TINY, recipe=interrupt)
    expected = learn(
        corpus,
        tmp_path / "whole",
        replace(TINY, recipe=lambda seed: lambda image: {"image": image}),
    )
    with pytest.raises(KeyboardInterrupt):
        learn(corpus, tmp_path / "cut", settings)
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == ["best.keras", "state.npz"]
    history, scores = learn(corpus, tmp_path / "cut", settings)
    assert len(made) < 8 + TINY.steps
    pd.testing.assert_frame_equal(scores, expected[1])
    assert history.steps["loss"].tolist() == expected[0].steps["loss"].tolist()


def test_what_could_not_be_scored_is_refused_before_training(corpus, tmp_path):
    split = pairing.split_writers(corpus, 0.15, 0.15)
    poor = split.loc[split["split"] == "test", "writer"].iloc[0]
    few = split[(split["writer"] != poor) | (split["sample"].astype(int) < 4)]
    with pytest.raises(
        ValueError,
        match=f"writer {poor}: 4 genuine signatures; 5 references and one to question need 6",
    ):
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
    with pytest.raises(
        ValueError, match="writer w000 is in training and judged too, like 11 others"
    ):
        learn(by_image, tmp_path, replace(TINY, recipe=pytest.fail))


def test_an_unreadable_image_is_named_before_training(corpus, tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    with pytest.raises(ImageError, match=r"empty\.png"):
        learn(
            corpus.assign(path=corpus["path"].where(corpus.index > 0, str(path))),
            tmp_path / "new",
            TINY,
        )
    assert list((tmp_path / "new").iterdir()) == []


def test_a_disk_that_is_full_in_the_end_leaves_the_best_weights(corpus, tmp_path, monkeypatch):
    def full(*_):
        raise OSError("no room")

    monkeypatch.setattr(Verifier, "save", full)
    with pytest.raises(OSError, match="no room"):
        learn(corpus, tmp_path, TINY)
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]


def test_a_corpus_without_forgeries_is_learned_from(corpus, tmp_path):
    learn(corpus[corpus["kind"] == "genuine"].reset_index(drop=True), tmp_path, TINY)
    assert 0 < Verifier.load(tmp_path).accept_from < 1.3
