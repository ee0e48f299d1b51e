"""Figures: the same draw as in a score table, and each signature and pair looked at but once."""

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
from small_verifier import make_verifier

from deepsign_helpers import evaluation, preprocessing, strokes, tables
from deepsign_helpers.encoders import embed
from deepsign_helpers.verifier import FIGURES, Signatures, comparing, figure_table, trace_all


@pytest.fixture(scope="module")
def signatures(corpus):
    verifier = make_verifier("partial")
    images = preprocessing.prepare_all(corpus, verifier.size)
    return Signatures(embed(verifier.encoder, images), trace_all(corpus))


@pytest.mark.parametrize(("references", "seed", "impostors"), [(3, 0, None), (2, 5, 1), (1, 1, 2)])
def test_the_draw_is_that_of_a_score_table(signatures, corpus, references, seed, impostors):
    rule = "partial" if references > 1 else "min"
    figures = figure_table(signatures, corpus, references, "partial", seed, impostors)
    scores = evaluation.score_table(
        signatures.vectors, corpus, references, rule, seed=seed, impostors=impostors
    )
    assert figures["encoder"].to_numpy() == pytest.approx(scores["score"].to_numpy())
    same = ["writer", "questioned", "kind", "references", "fusion", "domain", "script"]
    pd.testing.assert_frame_equal(figures[same], scores[same])
    assert np.isfinite(figures[list(FIGURES)]).all(axis=None)


def test_a_row_holds_what_the_strokes_say_of_the_questioned_and_the_drawn(signatures, corpus):
    # Of six genuine signatures one is questioned, so the five others are the references.
    figures = figure_table(signatures, corpus, references=5)
    names = tables.signature_names(corpus).tolist()
    row = figures[figures["kind"] == "genuine"].iloc[1]
    is_own = (corpus["writer"] == row["writer"]) & (corpus["kind"] == "genuine")
    known = [names.index(name) for name in np.array(names)[is_own] if name != row["questioned"]]
    asked = signatures.lines[names.index(row["questioned"])]
    compared = strokes.compare(asked, [signatures.lines[number] for number in known])
    for signal in strokes.NAMES:
        assert row[f"{signal}, mean"] == pytest.approx(compared.loc[signal, "mean"], abs=1e-2)
        assert row[f"{signal}, best"] == pytest.approx(compared.loc[signal, "best"], abs=1e-2)


def test_it_is_all_the_same_in_several_threads(signatures, corpus):
    expected = figure_table(signatures, corpus, references=5)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        pd.testing.assert_frame_equal(figure_table(signatures, corpus, references=5), expected)
        lines = trace_all(corpus.head(3))
    for line, known in zip(lines, signatures.lines, strict=False):
        assert np.array_equal(line.points, known.points)


def test_a_reference_against_the_others_is_a_questioned_one(signatures):
    some = signatures.only([0, 1, 2, 3])
    alike = strokes.likeness_of_pairs(some.lines)
    for number in range(4):
        others = [other for other in range(4) if other != number]
        found = comparing.figures_of_reference(number, some.vectors, alike, "partial")
        expected = comparing.figures_of(some.only([number]), some.only(others), "partial")
        # Laid the other way, hardly anything changes: a hundredth or two.
        assert found.to_numpy() == pytest.approx(expected[list(FIGURES)].to_numpy(), abs=0.03)
        assert found["encoder"].item() == pytest.approx(expected["encoder"].item())


def test_with_one_reference_a_usual_writers_own_distance_is_taken_off():
    asked = np.array([[1.0, 0.0]])
    known = np.array([[0.6, 0.8]])
    distance = np.sqrt(0.4**2 + 0.8**2)
    for rule, usual, taken_off in [
        ("partial", 0.5, 0.35),
        ("normalised", 0.5, 0.5),
        ("partial", None, 0),
        ("mean", 0.5, 0),
    ]:
        found = comparing.encoder_scores(asked, known, rule, usual)
        assert found == pytest.approx([1 - (distance - taken_off) / 2])


def test_images_without_a_line_are_all_named(corpus, tmp_path):
    spot = cv2.circle(np.full((100, 200), 255, np.uint8), (100, 50), 30, 0, cv2.FILLED)
    paths = [str(tmp_path / f"spot_{number}.png") for number in range(12)]
    for path in paths:
        cv2.imwrite(path, spot)
    spots = pd.DataFrame({"path": [corpus["path"].iloc[0], *paths]})
    with pytest.raises(preprocessing.ImageError, match=r"^\S*spot_0\.png: it is blurred"):
        trace_all(spots.head(2))
    with pytest.raises(preprocessing.ImageError, match=r"^12 of 13 images show no line") as told:
        trace_all(spots)
    assert str(told.value).count("it is blurred") == 10
    assert str(told.value).endswith("and 2 more")
