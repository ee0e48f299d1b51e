"""Encoder and strokes, alone and together: every way is judged as a verifier would judge."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import preprocessing
from deepsign_helpers.evaluation.scoring import COURSE_IMPOSTORS
from deepsign_helpers.verifier import FIGURES, Fusion
from studies import corpora, fusion, judging, presets
from studies.corpora import PLACES

STROKES_ALONE = [*fusion.STROKES, fusion.STROKES_TOGETHER]
TOGETHER = [fusion.EQUAL, fusion.AT_HOME, fusion.ON_TRAINED, fusion.ELSEWHERE]


@pytest.fixture(scope="module")
def classroom(small):
    """Train the small CLASSROOM; return its table."""
    return presets.preset("CLASSROOM")


@pytest.fixture(scope="module")
def table(classroom):
    """All ways, with one reference and five."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(fusion, "REFERENCES", (1, 5))
        return fusion.fusion()


def test_every_way_is_judged_in_every_place_with_every_number_of_references(table):
    untrained = [fusion.DESCRIPTOR_ALONE, *STROKES_ALONE]
    ways = [("untrained", score) for score in untrained]
    ways += [("CLASSROOM", score) for score in (judging.ALONE, *TOGETHER)]
    wanted = [(*way, place, count) for way, place, count in product(ways, PLACES, (1, 5))]
    found = table[["verifier", "score", "place", "references"]].itertuples(index=False)
    assert sorted(map(tuple, found)) == sorted(wanted)


def test_equal_weights_score_as_the_verifier_does(classroom, table):
    of_preset = classroom[classroom["model"] == judging.FUSED]
    of_part = table[table["score"] == fusion.EQUAL]
    both = of_preset.merge(of_part, on=["place", "references"], suffixes=(" 1", " 2"))
    assert len(both) == 2 * len(PLACES)
    for kind in ("skilled", "random"):
        assert np.allclose(both[f"{kind} 1"], both[f"{kind} 2"])


def test_the_encoder_has_all_of_the_weights_a_quarter_or_none(table):
    share = table.groupby("score")["encoder's weight"].agg(["min", "max"]).round(6)
    assert share.loc[judging.ALONE].tolist() == [1, 1]
    assert share.loc[fusion.EQUAL].tolist() == [0.25, 0.25]
    assert share.loc[STROKES_ALONE].eq(0).all(axis=None)


def test_likelihood_ratios_cost_no_less_than_their_floor(table):
    judged = table[table["score"] != fusion.DESCRIPTOR_ALONE]
    assert (judged["Cllr"] >= judged["Cllr floor"] - 1e-9).all()
    assert judged["Cllr floor"].between(0, 1).all()


def test_weights_fitted_elsewhere_have_never_seen_the_place(classroom):
    verifier = presets.trained()["CLASSROOM"]
    of_places = {place: judging.figures(verifier, place, fusion.USUAL) for place in PLACES}
    for place, ways in fusion.of_both(verifier).items():
        others = pd.concat([figures for other, figures in of_places.items() if other != place])
        assert np.allclose(ways[fusion.ELSEWHERE].weights, Fusion.fitted(others).weights)


def test_the_trained_on_are_the_first_writers_of_the_training(classroom):
    first = corpora.corpus("train")
    first = first[corpora.first_writers(first, 6)]
    again = corpora.corpus("trained on")
    assert len(first) == len(again)
    small = preprocessing.prepare_all(first, (32, 64)).reshape(len(first), -1)
    large = preprocessing.prepare_all(again, (32, 64)).reshape(len(again), -1)
    alike = np.corrcoef(small, large)[: len(first), len(first) :]
    # The scanners are drawn anew, and may turn a signature.
    assert np.median(np.diag(alike)) > 0.5
    assert np.median(alike) < 0.3


def test_figures_of_a_place_are_those_of_the_verifier_itself(classroom):
    verifier = presets.trained()["CLASSROOM"]
    kept = judging.figures(verifier, "unseen script", 5)
    itself = verifier.figure_table(corpora.corpus("unseen script"), 5)
    drawn = itself[itself["kind"] != "random"]  # strangers are fewer in the studies
    same = kept.merge(drawn, on=["writer", "questioned", "kind"], suffixes=("", " itself"))
    assert len(same) == len(drawn) == (kept["kind"] != "random").sum()
    for name in FIGURES:
        assert np.allclose(same[name], same[f"{name} itself"], atol=1e-5), name
    assert kept["kind"].eq("random").sum() <= 6 * COURSE_IMPOSTORS


def test_the_last_look_is_at_a_world_of_its_own(classroom, monkeypatch):
    monkeypatch.setattr(fusion, "REFERENCES", (1, 5))
    table = fusion.last_look()
    assert set(table["place"]) == {"last look"}
    assert {fusion.DESCRIPTOR_ALONE, fusion.STROKES_TOGETHER, *TOGETHER} <= set(table["score"])


def test_a_part_that_needs_a_verifier_asks_for_its_training(small, monkeypatch, tmp_path):
    monkeypatch.setattr(corpora, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="run `python -m studies classroom study` first"):
        fusion.fusion()
