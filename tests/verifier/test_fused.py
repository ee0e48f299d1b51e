"""A verifier that fuses: one score from encoder and strokes, and a sentence for each of them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from small_verifier import SIZE, make_verifier

from deepsign_helpers import evaluation, strokes, tables
from deepsign_helpers.strokes import AGREEMENT, DARKNESS
from deepsign_helpers.verifier import VOICES, Fusion, Verifier, scores_of
from deepsign_helpers.verifier import folder as folders
from deepsign_helpers.verifier.saying import sentence_of

# Scores


@pytest.mark.parametrize("references", [3, 1])
def test_a_corpus_gets_the_scores_that_its_signatures_get_one_by_one(fused, corpus, references):
    scores = fused.score_table(corpus, references, seed=2)
    alone = make_verifier("min").score_table(corpus, references, seed=2)
    assert scores["questioned"].tolist() == alone["questioned"].tolist()
    assert list(scores) == list(alone)
    path_of = dict(zip(tables.signature_names(corpus), corpus["path"], strict=True))
    drawn = evaluation.scoring.draw_comparisons(corpus, references, seed=2)
    for one in drawn[:2]:
        known = corpus["path"].iloc[one.references].tolist()
        rows = scores[scores["writer"] == one.writer]
        for row in rows.groupby("kind").head(1).itertuples():
            verdict = fused.verify(known, path_of[row.questioned])
            assert verdict.score == pytest.approx(row.score, abs=1e-4)


def test_a_score_is_what_figures_by_hand_add_up_to(fused, genuine_of):
    paths = genuine_of(0)
    lines = [strokes.trace_line(path) for path in paths[:4]]
    compared = strokes.compare(lines[3], lines[:3])
    alone = replace(fused, fusion=None).verify(paths[:3], paths[3])
    total = 0
    for name, middle, spread, weight in zip(
        fused.fusion.names,
        fused.fusion.middles,
        fused.fusion.spreads,
        fused.fusion.weights,
        strict=True,
    ):
        signal, _, figure = name.partition(", ")
        value = compared.loc[signal, figure] if figure else alone.score
        total += weight * (value - middle) / spread
    assert fused.verify(paths[:3], paths[3]).score == pytest.approx(total, abs=1e-3)


def test_strangers_score_below_a_writer(fused, genuine_of):
    enrolled = fused.enrol(genuine_of(1)[:3])
    own = [fused.verify(enrolled, path).score for path in genuine_of(1)[3:]]
    others = [fused.verify(enrolled, genuine_of(number)[0]).score for number in (0, 2, 3)]
    assert min(own) > max(others)


def test_references_that_are_enrolled_give_the_same_verdict(fused, genuine_of):
    paths = genuine_of(2)
    for verifier in (fused, make_verifier()):
        enrolled = verifier.enrol(paths[:4])
        assert len(enrolled) == 4
        found = verifier.verify(enrolled, paths[5])
        expected = verifier.verify(paths[:4], paths[5])
        assert found.to_dict() == expected.to_dict()


def test_what_another_verifier_has_enrolled_is_refused(fused, genuine_of):
    paths = genuine_of(0)
    sentence = "^references: another verifier has enrolled them; enrol them again"
    with pytest.raises(ValueError, match=sentence):
        fused.verify(replace(fused, encoder=make_verifier().encoder).enrol(paths[:3]), paths[3])
    with pytest.raises(ValueError, match=sentence):
        fused.verify(replace(fused, fusion=None).enrol(paths[:3]), paths[3])
    stricter = replace(fused, accept_from=5.0)
    assert stricter.verify(fused.enrol(paths[:3]), paths[3]).decision in {"review", "reject"}


def test_names_are_those_of_the_images_that_are_given(fused, genuine_of):
    paths = genuine_of(0)
    blank = np.full((60, 120), 255, np.uint8)
    enrolled = fused.enrol(paths[:2], names=["a.png", "b.png"])
    with pytest.raises(ValueError, match=r"^c\.png: no ink found"):
        fused.verify(enrolled, blank, names=["c.png"])
    with pytest.raises(ValueError, match=r"^questioned signature: no ink found"):
        fused.verify(enrolled, blank)
    with pytest.raises(ValueError, match=r"^b\.png: no ink found"):
        fused.enrol([paths[0], blank], names=["a.png", "b.png"])
    with pytest.raises(ValueError, match=r"^names: 3 for 1 images; give one for each\.$"):
        fused.verify(enrolled, paths[3], names=["a.png", "b.png", "c.png"])
    with pytest.raises(ValueError, match=r"^names: 1 for 2 images; give one for each\.$"):
        fused.enrol(paths[:2], names=["a.png"])


# Evidence


def test_the_evidence_has_a_row_a_signal_and_adds_up_to_the_score(fused, genuine_of):
    paths = genuine_of(0)
    verdict = fused.verify(paths[:3], paths[4])
    evidence = verdict.evidence
    assert list(evidence) == ["signal", "value", "usual", "spreads", "weight", "sentence"]
    assert evidence["signal"].tolist() == list(VOICES)
    assert evidence["weight"].tolist() == pytest.approx([0.25] * 4)
    assert (evidence["weight"] * evidence["spreads"]).sum() == pytest.approx(verdict.score)
    json.dumps(verdict.to_dict(), allow_nan=False)

    lines = [strokes.trace_line(path) for path in paths]
    signals = [strokes.signals(lines[4], line) for line in lines[:3]]
    pairs = [(1, 0), (2, 0), (2, 1)]
    among = [strokes.signals(lines[first], lines[second]) for first, second in pairs]
    for row in evidence[1:].itertuples():
        assert row.value == pytest.approx(np.mean([one[row.signal] for one in signals]))
        assert row.usual == pytest.approx(np.mean([one[row.signal] for one in among]))
    alone = replace(fused, fusion=None).verify(paths[:3], paths[4]).evidence
    encoder = evidence.iloc[0]
    assert encoder["value"] == pytest.approx(1 - alone["value"].item() / 2)
    assert encoder["usual"] == pytest.approx(1 - alone["usual"].item() / 2)


@pytest.mark.parametrize(
    ("spreads", "sentence"),
    [
        (0.31, "the line runs where this writer's runs: 0.3 usual spreads above what is usual"),
        (-0.9, "the line runs where this writer's runs: 0.9 usual spreads below what is usual"),
        (-1.4, "in part, the line runs in other places or directions than this writer's: 1.4"),
        (-3.1, "the line runs in other places or directions than this writer's: 3.1 usual"),
    ],
)
def test_a_signal_is_said_in_a_sentence(spreads, sentence):
    said = sentence_of(AGREEMENT, spreads)
    assert said.startswith(sentence)
    assert said.endswith("usual for this writer")
    assert sentence_of(DARKNESS, spreads, is_one=True).endswith("what is usual for other writers")


def test_a_verdict_says_first_what_speaks_against_it(fused, genuine_of):
    verdict = fused.verify(genuine_of(0)[:3], genuine_of(1)[0])
    first, *reasons = repr(verdict).splitlines()
    assert first.startswith("reject: score -")
    order = verdict.evidence.sort_values("spreads")["sentence"]
    assert reasons == [f"- {sentence}" for sentence in order]
    assert "usual spreads below what is usual for this writer" in verdict._repr_html_()


def test_a_score_is_worth_what_scores_of_other_writers_say(fused, figures):
    half = figures["writer"].isin(sorted(set(figures["writer"]))[:2])
    split = np.where(half, "validation", "test")
    scores = scores_of(figures.assign(split=split), fused.fusion)
    made = Verifier.from_scores(fused.encoder, SIZE, scores, fusion=fused.fusion)
    assert made.fusion == fused.fusion
    validation = scores[scores["split"] == "validation"]
    calibration = evaluation.calibrate(*evaluation.scores_and_labels(validation, "skilled"))
    for score in (-9.0, -1.5, 0.0, 9.0):
        ratio = math.log10(made.line.likelihood_ratio(score))
        assert ratio == pytest.approx(calibration.log_likelihood_ratios(score)[0], abs=1e-6)


# What weakens a verdict


@pytest.mark.parametrize("rule", ["partial", "normalised", "mean", "min"])
def test_one_reference_is_never_refused(fused, genuine_of, rule):
    one = replace(fused, protocol={"fusion": rule, "references": 1})
    (warning,) = one.verify(genuine_of(0)[:1], genuine_of(0)[1]).warnings
    assert warning.startswith("With one reference, nothing shows how much this writer varies")
    evidence = one.verify(genuine_of(0)[:1], genuine_of(0)[1]).evidence
    usual = [signal.usual for signal in strokes.SIGNALS]
    assert evidence["usual"][1:].tolist() == pytest.approx(usual)
    assert evidence["usual"][0] == pytest.approx(1 - one.fusion.usual_distance / 2)
    assert evidence["sentence"].str.endswith("usual for other writers").all()


def test_who_has_learned_from_one_reference_says_that_the_plain_distance_counts(fused, genuine_of):
    poor = replace(fused, fusion=replace(fused.fusion, usual_distance=None))
    warnings = poor.verify(genuine_of(0)[:1], genuine_of(0)[1]).warnings
    assert warnings[-1].startswith("With one reference, the encoder's plain distance counts")
    assert math.isnan(poor.verify(genuine_of(0)[:1], genuine_of(0)[1]).evidence["usual"][0])
    assert poor.verify(genuine_of(0)[:3], genuine_of(0)[4]).warnings == ()


def test_a_threshold_of_strangers_is_told(fused, genuine_of):
    strangers = replace(fused, protocol={"fusion": "partial", "kinds": ["random"]})
    (warning,) = strangers.verify(genuine_of(0)[:3], genuine_of(0)[3]).warnings
    assert warning.startswith("The threshold was set by strangers' signatures alone")
    both = replace(fused, protocol={"fusion": "partial", "kinds": ["skilled", "random"]})
    assert both.verify(genuine_of(0)[:3], genuine_of(0)[3]).warnings == ()


def test_references_that_reject_each_other_are_warned_of(fused, genuine_of):
    paths = genuine_of(0)
    strict = replace(fused, accept_from=5.0, reject_below=5.0)
    warning = strict.verify(paths[:3], paths[3]).warnings[-1]
    assert warning.startswith("3 of 3 references would be rejected by the others")
    assert fused.verify(paths[:3], paths[3]).warnings == ()
    assert len(fused.enrol(paths[:2]).scores) == 0  # of two, neither is the stranger

    mixed = [genuine_of(0)[0], genuine_of(0)[1], genuine_of(1)[0], genuine_of(2)[0]]
    scores = fused.enrol(mixed).scores
    for number in range(4):
        others = [path for path in mixed if path != mixed[number]]
        expected = fused.verify(others, mixed[number]).score
        assert scores[number] == pytest.approx(expected, abs=0.2)


# The folder


def test_a_fused_verifier_comes_back_as_it_was_saved(fused, genuine_of, tmp_path):
    fused.save(tmp_path)
    loaded = Verifier.load(tmp_path)
    assert loaded.fusion == fused.fusion
    paths = genuine_of(3)
    found = loaded.verify(paths[:3], paths[5])
    assert found.score == pytest.approx(fused.verify(paths[:3], paths[5]).score, abs=1e-5)
    facts = json.loads((tmp_path / "verifier.json").read_text(encoding="utf-8"))
    assert facts["format"] == 3
    assert facts["fusion"]["names"] == list(fused.fusion.names)


@pytest.mark.parametrize(
    "kept",
    [
        3,
        {},
        {"names": ["encoder"], "middles": [0.9], "spreads": [0.0], "weights": [1.0]},
        {"names": ["pressure"], "middles": [0.9], "spreads": [0.1], "weights": [1.0]},
        {"names": ["encoder"], "middles": ["0.9"], "spreads": [0.1], "weights": [1.0]},
        {"names": ["encoder"], "middles": 0.9, "spreads": [0.1], "weights": [1.0]},
        {"names": ["encoder"], "middles": [0.9], "spreads": [0.1], "weights": [1.0], "more": 1},
        {
            "names": ["encoder"],
            "middles": [0.9],
            "spreads": [0.1],
            "weights": [1.0],
            "usual_distance": "0.5",
        },
    ],
)
def test_a_fusion_that_makes_no_sense_is_refused(kept, tmp_path):
    make_verifier().save(tmp_path)
    path = tmp_path / "verifier.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    del facts["checksum"]
    path.write_text(folders.files.sealed({**facts, "fusion": kept}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"verifier\.json: is damaged; train it again"):
        Verifier.load(tmp_path)


def test_a_fusion_cannot_be_left_out_of_the_facts(tmp_path):
    make_verifier().save(tmp_path)
    path = tmp_path / "verifier.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    del facts["checksum"], facts["fusion"]
    path.write_text(folders.files.sealed(facts), encoding="utf-8")
    with pytest.raises(ValueError, match=r"verifier\.json: is damaged; train it again"):
        Verifier.load(tmp_path)


def test_the_fused_is_better_than_the_encoder_that_has_learned_nothing(figures):
    alone = Fusion.equal(figures, voices=["encoder"])
    rates = evaluation.equal_error_rates(scores_of(figures, Fusion.equal(figures)))
    rates_alone = evaluation.equal_error_rates(scores_of(figures, alone))
    assert rates["random"] < rates_alone["random"]
