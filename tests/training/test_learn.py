"""From a corpus table to a folder: a verifier, its scores, and nothing lost on the way."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest
from small_world import QUICK, make_encoder

from deepsign_helpers import evaluation, pairing, synthesis
from deepsign_helpers.encoders import embed
from deepsign_helpers.preprocessing import ImageError, prepare_all
from deepsign_helpers.training import learn
from deepsign_helpers.verifier import Fusion, Verifier

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
        "figures.csv",
        "scores.csv",
        "training.json",
        "verifier.json",
    ]


def test_scores_and_figures_are_those_of_the_verifier_that_was_kept(corpus, tmp_path):
    verifier, _ = learn(corpus, tmp_path, TINY, seed=3)
    split = pairing.split_writers(corpus, 0.15, 0.15, seed=3)
    others = split[split["split"] != "train"].reset_index(drop=True)
    scores = kept(tmp_path / "scores.csv")
    figures = kept(tmp_path / "figures.csv")
    assert set(scores["model"]) == {"encoder and strokes"}
    same = ["writer", "questioned", "kind", "references", "fusion", "split"]
    pd.testing.assert_frame_equal(scores[same], figures[same])
    assert set(scores["references"]) == {5, 1}
    for references, part in scores.groupby("references"):
        # The course's draw, in which all of these few writers are strangers to each other.
        again = verifier.score_table(others, references)
        assert part["score"].to_numpy() == pytest.approx(again["score"].to_numpy(), abs=2e-3)

    embeddings = embed(verifier.encoder, prepare_all(others, (8, 16)))
    alone = evaluation.score_table(embeddings, others, references=5, fusion="partial")
    of_five = figures[figures["references"] == 5]
    assert of_five["encoder"].to_numpy() == pytest.approx(alone["score"].to_numpy(), abs=1e-5)


def kept(path):
    """Read a table of a folder; the domain may be an empty text."""
    return pd.read_csv(path, dtype={"domain": str}, keep_default_na=False)


def test_encoder_and_strokes_are_fused_by_the_measure_of_the_validation_writers(corpus, tmp_path):
    verifier, _ = learn(corpus, tmp_path, TINY)
    figures = pd.read_csv(tmp_path / "figures.csv")
    judging = figures[(figures["split"] == "validation") & (figures["references"] == 5)]
    expected = Fusion.equal(judging)
    assert verifier.fusion.weights == expected.weights
    assert verifier.fusion.middles == pytest.approx(expected.middles, abs=1e-4)
    assert verifier.fusion.spreads == pytest.approx(expected.spreads, abs=1e-4)
    assert Verifier.load(tmp_path).fusion == verifier.fusion


def test_without_strokes_the_encoder_is_alone(corpus, tmp_path):
    verifier, _ = learn(corpus, tmp_path, TINY, seed=3, with_strokes=False)
    split = pairing.split_writers(corpus, 0.15, 0.15, seed=3)
    others = split[split["split"] != "train"].reset_index(drop=True)
    embeddings = embed(verifier.encoder, prepare_all(others, (8, 16)))
    again = evaluation.score_by_protocols(embeddings, others, "trained encoder")
    scores = kept(tmp_path / "scores.csv")
    assert scores["score"].to_numpy() == pytest.approx(again["score"].to_numpy(), abs=5.1e-5)
    assert verifier.fusion is None
    assert not (tmp_path / "figures.csv").exists()


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
    few = split[(split["writer"] != poor) | (split["sample"].astype(int) < 1)]
    sentence = f"writer {poor}: 1 genuine signatures; 1 references and one to question need 2"
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


def test_a_corpus_without_forgeries_is_learned_from_and_that_is_said(corpus, tmp_path):
    genuine = corpus[corpus["kind"] == "genuine"].reset_index(drop=True)
    with pytest.warns(UserWarning, match="nothing is forged among the writers that are judged"):
        learn(genuine, tmp_path, TINY)
    scores = pd.read_csv(tmp_path / "scores.csv")
    judging = scores[(scores["split"] == "validation") & (scores["references"] == 5)]
    verifier = Verifier.load(tmp_path)
    assert judging["score"].min() < verifier.accept_from < judging["score"].max()
    paths = genuine["path"][:4].tolist()
    assert any(
        "strangers' signatures" in said for said in verifier.verify(paths[:3], paths[3]).warnings
    )


@pytest.mark.parametrize(("genuine", "references"), [(4, [3, 1]), (2, [1])])
def test_with_few_signatures_there_are_fewer_references_and_that_is_said(
    corpus, tmp_path, genuine, references
):
    split = pairing.split_writers(corpus, 0.15, 0.15)
    is_few = (split["split"] != "train") & (split["sample"].astype(int) >= genuine)
    few = split[~is_few].reset_index(drop=True)
    sentence = f"has {genuine} genuine signatures, so all are judged with {references[0]} of each"
    with pytest.warns(UserWarning, match=sentence):
        verifier, _ = learn(few, tmp_path, TINY)
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert scores["references"].unique().tolist() == references
    assert verifier.protocol["references"] == references[0]
    known = few["path"][:2].tolist()
    verdict = verifier.verify(known[: references[0]], few["path"][3])
    assert np.isfinite(verdict.score)


def test_an_image_without_a_line_is_named_before_training(corpus, tmp_path):
    path = str(tmp_path / "spot.png")
    spot = np.full((64, 128), 255, np.uint8)
    spot[20:40, 50:70] = 0
    cv2.imwrite(path, spot)
    split = pairing.split_writers(corpus, 0.15, 0.15)
    first = split.index[split["split"] == "test"][0]
    spoilt = split.assign(path=split["path"].where(split.index != first, path))
    with pytest.raises(ImageError, match=r"spot\.png"):
        learn(spoilt, tmp_path / "new", replace(TINY, recipe=pytest.fail))
    assert not (tmp_path / "new").exists()


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
