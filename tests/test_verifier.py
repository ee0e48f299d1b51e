"""The folder that keeps a verifier: whole, or refused in a sentence."""

import json
import math
import re

import numpy as np
import pytest
from small_world import make_corpus, make_encoder

from deepsign_helpers.encoders import embed
from deepsign_helpers.training import load_verifier, save_verifier

PROTOCOL = {"references": 5, "fusion": "normalised", "writers": "validation", "where": "Zürich"}


@pytest.fixture
def folder(tmp_path):
    save_verifier(tmp_path / "classroom", make_encoder(), 0.7, (8, 16), PROTOCOL)
    return tmp_path / "classroom"


def test_a_verifier_comes_back_as_it_was_saved(folder):
    images, _ = make_corpus(writers=2)
    verifier = load_verifier(folder)
    assert np.array_equal(embed(verifier.encoder, images), embed(make_encoder(), images))
    assert (verifier.threshold, verifier.size, verifier.fit) == (0.7, (8, 16), "halfway")
    assert verifier.protocol == PROTOCOL
    assert {path.name for path in folder.iterdir()} == {"encoder.keras", "verifier.json"}


@pytest.mark.parametrize("name", ["encoder.keras", "verifier.json"])
def test_a_missing_file_is_named_with_the_cure(folder, name):
    (folder / name).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"holds no {re.escape(name)}, so no verifier; train it again"
    ):
        load_verifier(folder)


def test_an_absent_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere: holds no verifier\.json"):
        load_verifier(tmp_path / "nowhere")


def test_a_byte_changed_in_the_encoder_is_noticed(folder):
    content = bytearray((folder / "encoder.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "encoder.keras").write_bytes(content)
    with pytest.raises(
        ValueError,
        match=r"encoder\.keras: is damaged, or not the encoder that verifier\.json describes",
    ):
        load_verifier(folder)


def test_another_training_s_encoder_is_noticed(folder, tmp_path):
    save_verifier(tmp_path / "other", make_encoder(seed=1), 0.5, (8, 16), PROTOCOL)
    (tmp_path / "other" / "encoder.keras").replace(folder / "encoder.keras")
    with pytest.raises(ValueError, match="not the encoder that"):
        load_verifier(folder)


def edit(folder, **changes):
    facts = json.loads((folder / "verifier.json").read_text(encoding="utf-8")) | changes
    (folder / "verifier.json").write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"size": None},
        {"size": [8]},
        {"threshold": "high"},
        {"threshold": math.nan},
        {"protocol": 3},
    ],
)
def test_facts_that_make_no_sense_are_refused(folder, changes):
    edit(folder, **changes)
    with pytest.raises(ValueError, match=r"verifier\.json"):
        load_verifier(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"size": [8, 16]}', "\xff"])
def test_facts_cut_short_are_refused(folder, text):
    (folder / "verifier.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"verifier\.json: is damaged; train it again"):
        load_verifier(folder)


def test_facts_of_another_size_are_refused(folder):
    edit(folder, size=[16, 32])
    with pytest.raises(ValueError, match=r"says size \(16, 32\), but the encoder takes \(8, 16\)"):
        load_verifier(folder)


def test_a_size_that_the_encoder_does_not_take_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"size: \(16, 32\), but the encoder takes \(8, 16\)"):
        save_verifier(tmp_path / "never", make_encoder(), 0.7, (16, 32), PROTOCOL)
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("threshold", [None, math.nan, math.inf])
def test_a_threshold_that_decides_nothing_is_refused_before_anything_is_written(
    tmp_path, threshold
):
    with pytest.raises(
        ValueError, match=rf"threshold: {threshold} decides nothing; find one with evaluation"
    ):
        save_verifier(tmp_path / "never", make_encoder(), threshold, (8, 16), PROTOCOL)
    assert not (tmp_path / "never").exists()


def test_a_verifier_whose_replacement_was_cut_off_is_refused(folder, monkeypatch):
    def power_cut(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("deepsign_helpers.files.checksum", power_cut)
        save_verifier(folder, make_encoder(seed=1), 0.5, (8, 16), PROTOCOL)
    with pytest.raises(ValueError, match="not the encoder that"):
        load_verifier(folder)
