"""The verifier: one score, one decision, and a folder that is whole or refused in a sentence."""

import hashlib
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_verifier import SIZE, make_verifier, png, shifted

from deepsign_helpers import encoders, evaluation, preprocessing, synthesis
from deepsign_helpers.verifier import LikelihoodLine, Verdict, Verifier
from deepsign_helpers.verifier import folder as folders

LINE = LikelihoodLine(slope=10.0, intercept=-5.0, low=-1.5, high=2.0)


@pytest.fixture(scope="module")
def verifier():
    return make_verifier()


@pytest.fixture
def scans(signature):
    """Six signatures, each written a little differently."""
    return [shifted(signature, seed) for seed in range(6)]


# Scores


def score_by_hand(verifier, references, questioned, mutual_share):
    """Score in plain NumPy: the mean distance, less a share of the references' own."""
    prepared = [preprocessing.prepare(image, SIZE) for image in [*references, questioned]]
    *known, asked = verifier.encoder(np.stack(prepared), training=False).numpy().astype(float)
    to_references = [np.sqrt(np.sum((asked - one) ** 2)) for one in known]
    among_references = [
        np.sqrt(np.sum((known[i] - known[j]) ** 2)) for i in range(len(known)) for j in range(i)
    ]
    usual = np.mean(among_references) if among_references else 0
    return 1 - (np.mean(to_references) - mutual_share * usual) / 2, np.mean(to_references), usual


@pytest.mark.parametrize(("fusion", "share"), [("mean", 0), ("partial", 0.7), ("normalised", 1)])
def test_the_score_is_what_numpy_computes(scans, fusion, share):
    verifier = make_verifier(fusion)
    verdict = verifier.verify(scans[:5], scans[5])
    score, value, usual = score_by_hand(verifier, scans[:5], scans[5], share)
    assert verdict.score == pytest.approx(score, abs=1e-5)
    (signal,) = verdict.evidence.to_dict("records")
    assert list(signal) == ["signal", "value", "usual", "spreads", "weight", "sentence"]
    assert (signal["value"], signal["usual"]) == pytest.approx((value, usual), abs=1e-5)
    assert signal["weight"] == 1
    assert math.isnan(signal["spreads"])  # of an encoder alone, nobody knows how scores scatter


def test_one_reference_will_do_where_references_are_not_compared(verifier, scans):
    verdict = verifier.verify([scans[0]], scans[1])
    score, value, _ = score_by_hand(verifier, scans[:1], scans[1], 0)
    assert verdict.score == pytest.approx(score, abs=1e-5)
    assert verdict.evidence["value"].item() == pytest.approx(value, abs=1e-5)
    assert math.isnan(verdict.evidence["usual"].item())
    assert verdict.to_dict()["evidence"][0]["usual"] is None
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_paths_contents_and_images_are_all_the_same(verifier, scans, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, scan in zip(paths, scans, strict=False):
        path.write_bytes(png(scan))
    expected = verifier.verify(scans[:2], scans[2]).score
    assert verifier.verify(paths[:2], str(paths[2])).score == expected
    contents = [path.read_bytes() for path in paths]
    assert verifier.verify(contents[:2], contents[2]).score == expected
    assert verifier.verify(np.stack(scans[:2]), scans[2]).score == expected


def test_a_corpus_gets_the_scores_that_its_signatures_get_one_by_one(tmp_path):
    verifier = make_verifier("partial")
    table = synthesis.write_corpus(tmp_path, writers=3, genuine=6, forged=2, size=(64, 128))
    path_of = dict(zip(evaluation.scoring.signature_names(table), table["path"], strict=True))
    scores = verifier.score_table(table, references=5, seed=1)
    assert set(scores["kind"]) == {"genuine", "skilled", "random"}
    for writer, questioned in scores.groupby("writer"):
        # Of six genuine signatures one is questioned, so the five others are the references.
        own = table[(table["writer"] == writer) & (table["kind"] == "genuine")]["path"]
        asked = path_of[questioned[questioned["kind"] == "genuine"]["questioned"].item()]
        references = [path for path in own if path != asked]
        for row in questioned.itertuples():
            verdict = verifier.verify(references, path_of[row.questioned])
            assert verdict.score == pytest.approx(row.score, abs=1e-5)


# Decisions


def test_references_that_reject_each_other_are_warned_of(verifier, scans):
    strict = replace(verifier, accept_from=2.0, reject_below=2.0)
    (warning,) = strict.verify(scans[:3], scans[3]).warnings
    assert warning.startswith("3 of 3 references would be rejected by the others")
    assert verifier.verify(scans[:3], scans[3]).warnings == ()
    assert strict.verify(scans[:2], scans[3]).warnings == ()  # of two, neither is the stranger


def test_a_score_at_the_threshold_is_accepted_and_one_below_it_rejected(verifier, scans):
    score = verifier.verify(scans[:3], scans[3]).score
    above = math.nextafter(score, 2)
    for accept_from, reject_below, decision in [
        (score, score, "accept"),
        (above, above, "reject"),
        (above, score, "review"),
        (1.0, 0.0, "review"),
    ]:
        judge = replace(verifier, accept_from=accept_from, reject_below=reject_below)
        assert judge.verify(scans[:3], scans[3]).decision == decision


def test_a_score_is_worth_what_the_line_says_within_its_bounds(verifier, scans):
    score = verifier.verify(scans[:3], scans[3]).score
    for level, expected in [(0.3, 0.3), (3, 2.0), (-3, -1.5)]:
        judge = replace(verifier, line=replace(LINE, intercept=level - LINE.slope * score))
        ratio = judge.verify(scans[:3], scans[3]).likelihood_ratio
        assert math.log10(ratio) == pytest.approx(expected)
    assert verifier.verify(scans[:3], scans[3]).likelihood_ratio is None


def test_a_verdict_says_itself_to_a_person(verifier, scans):
    twice = replace(verifier, line=replace(LINE, slope=0.0, intercept=math.log10(2)))
    assert re.fullmatch(
        r"accept: score 0\.\d{3}, 2 times as probable for a genuine signature as for a forgery\.",
        repr(twice.verify(scans[:3], scans[3])),
    )
    half = replace(twice, line=replace(twice.line, intercept=-1.5), accept_from=2, reject_below=2)
    assert re.fullmatch(
        r"reject: score 0\.\d{3}, 32 times as probable for a forgery as for a genuine signature\.",
        repr(half.verify(scans[:2], scans[3])),
    )
    copied = verifier.verify(scans[:3], scans[2])
    assert re.match(r"accept: score 0\.\d{3}\.\nThe questioned signature is", repr(copied))
    for part in ("accept: score", "mean distance", "is the same image"):
        assert part in copied._repr_html_()


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(3.44, "3.4 times"), (34.6, "35 times"), (99.6, "100 times"), (1204.4, "1,204 times")],
)
def test_a_ratio_is_said_in_plain_digits(ratio, said):
    verdict = Verdict(0.9, "accept", ratio, evidence=pd.DataFrame(), warnings=())
    assert f" {said} as probable for a genuine signature" in verdict.sentence


def test_what_weakens_a_verdict_is_said(scans):
    verifier = make_verifier(references=3)
    assert verifier.verify(scans[:3], scans[3]).warnings == ()
    (fewer,) = verifier.verify(scans[:2], scans[3]).warnings
    assert fewer == "The threshold was found with 3 references; with 2, error rates are not known."
    (copied,) = verifier.verify(scans[:3], scans[0]).warnings
    assert copied.startswith("The questioned signature is the same image as a reference")
    (doubled,) = verifier.verify([scans[0], scans[0], scans[1]], scans[3]).warnings
    assert doubled.startswith("Some references are the same image")


# What is refused


def test_what_is_doubtful_about_an_image_is_said_with_its_name(verifier, scans):
    turned = np.ascontiguousarray(np.rot90(scans[1]))
    doubt = "it is much taller than wide; is the scan turned by a quarter?"
    verdict = verifier.verify([scans[0], turned], scans[2])
    assert verdict.warnings == (f"reference 2: {doubt}",)
    verdict = verifier.verify(scans[:2], turned, names=["a.png", "b.png", "c.png"])
    assert f"c.png: {doubt}" in verdict.warnings
    assert f"c.png: {doubt}" in repr(verdict)


def test_what_is_no_signature_gets_no_verdict(verifier, scans):
    page = np.full((128, 256), 255, np.uint8)
    page[60:63, 20:236] = 0  # a rule
    sentence = r"^questioned signature: no ink is left; printed rules"
    with pytest.raises(preprocessing.ImageError, match=sentence):
        verifier.verify(scans[:3], page)


def test_a_bad_image_is_named(verifier, scans, tmp_path):
    blank = np.full((60, 120), 255, np.uint8)
    with pytest.raises(preprocessing.ImageError, match=r"^reference 2: no ink found"):
        verifier.verify([scans[0], blank], scans[1])
    with pytest.raises(preprocessing.ImageError, match=r"^questioned signature: no ink found"):
        verifier.verify(scans[:2], png(blank))
    with pytest.raises(preprocessing.ImageError, match=r"nowhere\.png: cannot be opened"):
        verifier.verify([tmp_path / "nowhere.png"], scans[1])
    with pytest.raises(preprocessing.ImageError, match=r"^cheque\.png: no ink found"):
        verifier.verify([png(scans[0])], png(blank), names=["card.png", "cheque.png"])


def test_a_number_of_references_that_gives_no_verdict_is_refused(verifier, scans):
    with pytest.raises(ValueError, match=r"^references: none; give 1 to 10\.$"):
        verifier.verify([], scans[0])
    with pytest.raises(ValueError, match=r"^references: 11; give 1 to 10\.$"):
        verifier.verify(scans[:1] * 11, scans[0])
    for one in ("one.png", b"content", scans[0]):
        with pytest.raises(ValueError, match=r"^references: is one image; give a list, even of"):
            verifier.verify(one, scans[0])
    with pytest.raises(ValueError, match=r"^names: 1 for 3 images; give one for each"):
        verifier.verify(scans[:2], scans[0], names=["one.png"])


@pytest.mark.parametrize("fusion", ["partial", "normalised"])
def test_references_that_must_be_compared_with_each_other_are_at_least_two(fusion, scans):
    verifier = make_verifier(fusion)
    sentence = "^references: only 1; this verifier compares references with each other, give 2.$"
    with pytest.raises(ValueError, match=sentence):
        verifier.verify(scans[:1], scans[1])
    with pytest.raises(ValueError, match=sentence):
        verifier.score_table(pd.DataFrame(), references=1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": (16, 32)}, r"^size: \(16, 32\), but the encoder takes \(32, 64\)"),
        ({"accept_from": None}, "^threshold: None decides nothing; find one with evaluation"),
        ({"accept_from": math.inf}, "^threshold: inf decides nothing"),
        ({"reject_below": math.nan}, "^threshold: nan decides nothing"),
        ({"reject_below": 0.6}, "^reject_below: 0.6 lies above accept_from, 0.5; exchange"),
        ({"protocol": {"fusion": "median"}}, "^fusion 'median' is not known; choose from mean"),
        ({"protocol": {}}, "^fusion None is not known"),
        ({"fit": "stretched"}, "^fit 'stretched' is not known; choose from aspect, halfway"),
        ({"accept_from": "0.5"}, "^threshold: 0.5 decides nothing"),
        ({"protocol": {"fusion": "mean", "where": math.nan}}, "^protocol: holds what JSON cannot"),
        ({"protocol": {"fusion": "mean", "seen": {1, 2}}}, "^protocol: holds what JSON cannot"),
    ],
)
def test_a_verifier_that_decides_nothing_cannot_be_made(verifier, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(verifier, **changes)


def test_a_line_that_says_nothing_cannot_be_made():
    for changes in ({"slope": math.nan}, {"intercept": math.inf}, {"low": None}, {"high": "2"}):
        with pytest.raises(ValueError, match=r"is no finite number; give one\.$"):
            replace(LINE, **changes)
    with pytest.raises(ValueError, match=r"^low: 3\.0 lies above high, 2\.0; exchange the two"):
        replace(LINE, low=3.0)


# From scores


def draw_scores(seed=0, kinds=("genuine", "skilled", "random")):
    """Draw a score table of twenty validation and twenty test writers."""
    rng = np.random.default_rng(seed)
    middle = {"genuine": 0.8, "skilled": 0.6, "random": 0.4}
    rows = [
        {"writer": f"w{writer}", "kind": kind, "score": rng.normal(middle[kind], 0.1)}
        for writer in range(40)
        for kind in kinds
        for _ in range(8 if kind == "genuine" else 12)
    ]
    table = pd.DataFrame(rows).assign(references=5, fusion="partial", model="drawn")
    is_validation = table["writer"].str[1:].astype(int) < 20
    return table.assign(split=np.where(is_validation, "validation", "test"))


def test_scores_of_validation_writers_give_threshold_protocol_and_line(verifier):
    scores = draw_scores()
    made = Verifier.from_scores(verifier.encoder, SIZE, scores, fit="aspect")
    validation = scores[(scores["split"] == "validation") & (scores["kind"] != "random")]
    genuine = validation["score"][validation["kind"] == "genuine"]
    skilled = validation["score"][validation["kind"] == "skilled"]
    turned_away = np.mean(genuine < made.accept_from)
    let_in = np.mean(skilled >= made.accept_from)
    assert turned_away == pytest.approx(let_in, abs=1 / len(genuine))
    assert made.reject_below == made.accept_from
    assert (made.size, made.fit) == (SIZE, "aspect")
    assert (made.protocol["references"], made.protocol["fusion"]) == (5, "partial")
    assert (made.protocol["judges"], made.protocol["origin"]) == (20, "a-priori")

    grid = np.linspace(-1, 2, 50)
    calibration = evaluation.calibrate(*evaluation.scores_and_labels(validation, "skilled"))
    ratios = [made.line.likelihood_ratio(score) for score in grid]
    assert np.log10(ratios) == pytest.approx(calibration.log_likelihood_ratios(grid), abs=1e-6)
    assert np.ptp(np.log10(ratios)) > 2


def test_without_forgeries_strangers_set_the_threshold(verifier):
    scores = draw_scores(kinds=("genuine", "random"))
    made = Verifier.from_scores(verifier.encoder, SIZE, scores)
    assert 0.5 < made.accept_from < 0.7
    assert made.protocol["kinds"] == ("random",)


def test_scores_that_are_all_alike_are_worth_nothing(verifier):
    made = Verifier.from_scores(verifier.encoder, SIZE, draw_scores().assign(score=0.7))
    assert [made.line.likelihood_ratio(score) for score in (0, 0.7, 1)] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("split", ["validation", "test"])
def test_scores_of_one_split_make_no_verifier(verifier, split):
    scores = draw_scores()
    with pytest.raises(ValueError, match='needs writers in the splits "validation" and "test"'):
        Verifier.from_scores(verifier.encoder, SIZE, scores[scores["split"] == split])


# The folder


@pytest.fixture
def folder(verifier, tmp_path):
    replace(verifier, line=LINE, reject_below=0.4).save(tmp_path / "classroom")
    return tmp_path / "classroom"


@pytest.fixture(scope="module")
def whole_facts(verifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    replace(verifier, line=LINE).save(folder)
    return folder / "verifier.json"


def test_a_verifier_comes_back_as_it_was_saved(folder, verifier, prepared_signature):
    loaded = Verifier.load(folder)
    images = prepared_signature[None]
    expected = encoders.embed(verifier.encoder, images)
    assert np.array_equal(encoders.embed(loaded.encoder, images), expected)
    assert (loaded.size, loaded.fit, loaded.line) == (SIZE, "halfway", LINE)
    assert (loaded.accept_from, loaded.reject_below) == (0.5, 0.4)
    assert loaded.protocol == verifier.protocol
    assert {path.name for path in folder.iterdir()} == {"encoder.keras", "verifier.json"}
    assert json.loads((folder / "verifier.json").read_text(encoding="utf-8"))["thresholds"] == {
        "accept_from": 0.5,
        "reject_below": 0.4,
    }


def test_a_verifier_without_a_line_comes_back_without_one(verifier, tmp_path):
    verifier.save(tmp_path)
    assert Verifier.load(tmp_path).line is None


def test_the_verifier_of_a_score_table_comes_back_the_same(verifier, tmp_path):
    made = Verifier.from_scores(verifier.encoder, SIZE, draw_scores())
    made.save(tmp_path)
    loaded = Verifier.load(tmp_path)
    assert loaded.rules["thresholds"] == made.rules["thresholds"]
    assert loaded.line == made.line
    assert loaded.protocol == {**made.protocol, "kinds": ["skilled", "random"]}


@pytest.mark.parametrize("name", ["encoder.keras", "verifier.json"])
def test_a_missing_file_is_named_with_the_cure(folder, name):
    (folder / name).unlink()
    sentence = rf"holds no {re.escape(name)}, so no verifier; train it again"
    with pytest.raises(FileNotFoundError, match=sentence):
        Verifier.load(folder)


def test_an_absent_folder_is_named_before_tensorflow_starts(tmp_path):
    code = (
        "import sys\n"
        "from deepsign_helpers.verifier import Verifier\n"
        "try: Verifier.load(sys.argv[1])\n"
        "except FileNotFoundError as error: print(error)\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "nowhere")]
    sentence, modules = subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert re.search(r"nowhere: holds no verifier\.json, so no verifier; train it", sentence)
    assert modules == "set()"


def test_no_flipped_bit_in_the_facts_goes_unnoticed(folder):
    path = folder / "verifier.json"
    content = path.read_bytes()
    for position in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        with pytest.raises(ValueError, match=r"verifier\.json: is damaged; train it again"):
            folders.read_facts(path)
    path.write_bytes(content)
    Verifier.load(folder)


@given(st.data())
def test_facts_cut_or_edited_anywhere_are_refused(whole_facts, data):
    content = whole_facts.read_bytes()
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start, len(content)))
    changed = content[:start] + data.draw(st.binary(max_size=4)) + content[end:]
    assume(changed != content)
    path = whole_facts.with_name("changed.json")
    path.write_bytes(changed)
    with pytest.raises(ValueError, match=r"^[^\n]*changed\.json: [^\n]*; train it again[^\n]*\.$"):
        folders.read_facts(path)


@pytest.mark.parametrize(
    "facts",
    [
        {"size": [8, 16], "threshold": 0.5, "protocol": {"fusion": "mean"}, "sha256": "0" * 64},
        {},
    ],
)
def test_the_facts_of_version_0_1_0_are_told_from_damaged_ones(folder, facts):
    (folder / "verifier.json").write_text(json.dumps(facts), encoding="utf-8")
    sentence = r"verifier\.json: another version of DeepSign has written it; train it again"
    with pytest.raises(ValueError, match=sentence):
        Verifier.load(folder)


@pytest.mark.parametrize("version", [1, 2, 4, None, "3"])
def test_another_format_is_refused_in_a_sentence(folder, version):
    edit(folder, format=version)
    with pytest.raises(ValueError, match="another version of DeepSign has written it; train it"):
        Verifier.load(folder)


def test_an_encoder_that_this_keras_cannot_read_is_refused_in_a_sentence(folder):
    content = b"an encoder of Keras 9"
    (folder / "encoder.keras").write_bytes(content)
    edit(folder, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ValueError, match=r"encoder\.keras: cannot be read by Keras 3[^\n]*; train"):
        Verifier.load(folder)


def test_an_encoder_that_has_diverged_gives_no_verdict(scans):
    verifier = make_verifier()
    verifier.encoder.set_weights([weights * np.nan for weights in verifier.encoder.get_weights()])
    with pytest.raises(ValueError, match="some are NaN or infinite; has the encoder's training"):
        verifier.verify(scans[:3], scans[3])


def test_a_byte_changed_in_the_encoder_is_noticed(folder):
    content = bytearray((folder / "encoder.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "encoder.keras").write_bytes(content)
    sentence = r"encoder\.keras: is damaged, or not the encoder that verifier\.json describes"
    with pytest.raises(ValueError, match=sentence):
        Verifier.load(folder)


def test_another_training_s_encoder_is_noticed(folder, tmp_path):
    make_verifier(seed=1).save(tmp_path / "other")
    (tmp_path / "other" / "encoder.keras").replace(folder / "encoder.keras")
    with pytest.raises(ValueError, match="not the encoder that"):
        Verifier.load(folder)


def edit(folder, **changes):
    """Change facts and seal them anew, as a program of somebody else's might."""
    path = folder / "verifier.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    del facts["checksum"]
    facts.update(changes)
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    facts["checksum"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def test_facts_that_make_no_sense_are_refused(folder):
    path = folder / "verifier.json"
    whole = path.read_bytes()
    for changes in (
        {"size": None},
        {"size": [8]},
        {"thresholds": 0.5},
        {"thresholds": {"accept_from": "high", "reject_below": 0.5}},
        {"thresholds": {"accept_from": "0.5", "reject_below": 0.5}},
        {"thresholds": {"accept_from": math.nan, "reject_below": 0.5}},
        {"thresholds": {"accept_from": True, "reject_below": 0.5}},
        {"thresholds": {"accept_from": 0.5, "reject_below": 0.6}},
        {"thresholds": {"accept_from": 0.5}},
        {"size": ["32", "64"]},
        {"fit": "stretched"},
        {"sha256": None},
        {"likelihood_ratio": {"slope": math.nan, "intercept": 0, "low": -1, "high": 1}},
        {"likelihood_ratio": {"slope": 1, "intercept": 0, "low": 1, "high": -1}},
        {"protocol": 3},
        {"likelihood_ratio": {"slope": 1}},
        {"likelihood_ratio": 4},
    ):
        path.write_bytes(whole)
        edit(folder, **changes)
        with pytest.raises(ValueError, match=r"verifier\.json: is damaged"):
            Verifier.load(folder)


def test_facts_of_another_size_or_fusion_are_refused(folder):
    whole = (folder / "verifier.json").read_bytes()
    edit(folder, size=[16, 32])
    with pytest.raises(ValueError, match=r"says size \(16, 32\), but the encoder takes \(32, 64\)"):
        Verifier.load(folder)
    (folder / "verifier.json").write_bytes(whole)
    edit(folder, protocol={"fusion": "median"})
    with pytest.raises(ValueError, match=r"verifier\.json: names no known fusion; train it again"):
        Verifier.load(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 3, "size": [8, 16]}', "\xff"])
def test_facts_cut_short_are_refused(folder, text):
    (folder / "verifier.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"verifier\.json: is damaged; train it again"):
        Verifier.load(folder)


def save_killed(verifier, folder, moved, monkeypatch):
    """Save a verifier, and be killed when so many of the two files are in their place."""

    def replace_some(path, target):
        if len(done) == moved:
            raise KeyboardInterrupt
        done.append(target)
        return move(path, target)

    done = []
    move = Path.replace
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", replace_some)
        verifier.save(folder)


def test_a_verifier_whose_replacement_was_cut_off_is_the_old_one_or_refused(folder, monkeypatch):
    other = make_verifier(seed=1)
    save_killed(other, folder, moved=0, monkeypatch=monkeypatch)
    Verifier.load(folder)
    save_killed(other, folder, moved=1, monkeypatch=monkeypatch)
    with pytest.raises(ValueError, match="not the encoder that"):
        Verifier.load(folder)
    other.save(folder)
    Verifier.load(folder)


# Whose files are these?


@pytest.mark.parametrize("name", ["encoder.keras", "verifier.json"])
def test_what_belongs_to_no_verifier_is_not_replaced(name, verifier, tmp_path):
    (tmp_path / name).write_text("precious")
    with pytest.raises(ValueError, match=rf"{name}: is damaged, or belongs to no verifier; remove"):
        verifier.save(tmp_path)
    assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize("moved", [0, 1])
def test_a_first_save_that_was_killed_can_be_done_again(moved, verifier, tmp_path, monkeypatch):
    save_killed(verifier, tmp_path, moved, monkeypatch)
    assert len(list(tmp_path.iterdir())) == moved
    with pytest.raises(FileNotFoundError, match="so no verifier"):
        Verifier.load(tmp_path)
    verifier.save(tmp_path)
    Verifier.load(tmp_path)


def test_a_verifier_of_an_earlier_version_is_replaced(verifier, tmp_path):
    (tmp_path / "encoder.keras").write_text("an encoder")
    (tmp_path / "verifier.json").write_text('{"protocol": {}, "sha256": "", "threshold": 0.5}')
    verifier.save(tmp_path)
    Verifier.load(tmp_path)
