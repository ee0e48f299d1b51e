"""The command line: a verdict in words, or as JSON, or one sentence and exit code 1."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from small_verifier import make_verifier, png, shifted

from deepsign_helpers import cli, runtime, serving, synthesis
from deepsign_helpers.verifier import FIGURES, Fusion, LikelihoodLine, Verifier

LINE = LikelihoodLine(slope=10.0, intercept=-5.0, low=-1.5, high=2.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verifier")
    make_verifier(references=3, line=LINE).save(folder)
    return folder


@pytest.fixture
def scans(signature, tmp_path):
    """Paths of four signatures."""
    paths = [tmp_path / f"scan_{seed}.png" for seed in range(4)]
    for seed, path in enumerate(paths):
        path.write_bytes(png(shifted(signature, seed)))
    return paths


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that runs the command line: exit status or sentence, and what was printed."""

    def run_command(*words):
        monkeypatch.setattr(sys, "argv", ["deepsign_helpers", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, capsys.readouterr().out

    return run_command


def test_a_verdict_is_said_in_words(run, folder, scans):
    status, printed = run("verify", *scans[:3], "--questioned", scans[3], "--folder", folder)
    assert status == 0
    assert printed == f"{Verifier.load(folder).verify(scans[:3], scans[3])}\n"
    assert printed.startswith(("accept: score ", "reject: score "))


def test_a_machine_gets_json_with_what_the_verdict_rests_on(run, folder, scans):
    status, printed = run(
        "verify", *scans[:2], "--questioned", scans[3], "--folder", folder, "--json"
    )
    assert status == 0
    verifier = Verifier.load(folder)
    expected = {**verifier.verify(scans[:2], scans[3]).to_dict(), **verifier.rules}
    assert json.loads(printed) == expected
    assert expected["warnings"] != []


def test_a_fused_verdict_is_said_with_its_reasons(run, scans, tmp_path):
    fusion = Fusion(FIGURES, (0.5,) * 7, (0.1,) * 7, (0.25, *(0.125,) * 6))
    fused = replace(make_verifier("partial"), fusion=fusion)
    fused.save(tmp_path / "fused")
    asked = [*scans[:1], "--questioned", scans[3], "--folder", tmp_path / "fused"]
    status, printed = run("verify", *asked)
    reasons = [line for line in printed.splitlines() if line.startswith("- ")]
    assert status == 0
    assert len(reasons) == 4
    assert any("the line runs" in reason for reason in reasons)
    _, printed = run("verify", *asked, "--json")
    said = [signal["sentence"] for signal in json.loads(printed)["evidence"]]
    assert sorted(f"- {sentence}" for sentence in said) == sorted(reasons)


def test_what_is_doubtful_is_printed_below_the_verdict(run, folder, scans, signature, tmp_path):
    turned = tmp_path / "turned.png"
    turned.write_bytes(png(np.ascontiguousarray(np.rot90(signature))))
    status, printed = run("verify", *scans[:3], "--questioned", turned, "--folder", folder)
    assert status == 0
    assert printed.splitlines()[1].startswith(f"{turned}: it is much taller than wide")


def test_what_cannot_be_judged_is_one_sentence(run, folder, scans, tmp_path):
    blank = tmp_path / "blank.png"
    blank.write_bytes(png(np.full((60, 120), 255, np.uint8)))
    asked = ["--questioned", scans[3], "--folder", folder]
    for words, sentence in [
        ([blank, *asked], f"{blank}: no ink found; is the page blank or the contrast very low?"),
        ([tmp_path / "none.png", *asked], f"{tmp_path / 'none.png'}: cannot be opened"),
        (scans[:1] * 11 + asked, "references: 11; give 1 to 10."),
    ]:
        said, printed = run("verify", *words)
        assert said.startswith(sentence)
        assert "\n" not in said
        assert printed == ""


def test_a_mistyped_folder_ends_with_one_line_and_status_1(tmp_path):
    wrong = tmp_path / "clasroom"
    for words in (["verify", "a.png", "--questioned", "b.png"], ["serve"]):
        command = [sys.executable, "-m", "deepsign_helpers", *words, "--folder", str(wrong)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"{wrong}: holds no verifier.json, so no verifier; train")
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["99999", "0", "-1"])
def test_a_port_that_does_not_exist_is_one_sentence(run, folder, port):
    said, printed = run("serve", "--folder", folder, "--port", port)
    assert said == f"port {port}: there is none; choose one from 1 to 65535."
    assert printed == ""


def test_a_port_that_is_no_number_is_refused(run, folder):
    assert run("serve", "--folder", folder, "--port", "eighty")[0] == 2


def test_without_a_folder_the_classroom_is_meant(run, folder, scans, monkeypatch, tmp_path):
    (tmp_path / "classroom").symlink_to(folder)
    monkeypatch.setattr(runtime, "build_folder", lambda: tmp_path)
    status, _ = run("verify", *scans[:3], "--questioned", scans[3])
    assert status == 0
    served = []
    monkeypatch.setattr(serving, "serve", lambda *arguments: served.append(arguments))
    run("serve", "--port", 8123)
    assert served == [(tmp_path / "classroom", "127.0.0.1", 8123)]


def test_the_small_corpus_is_generated_where_the_notebooks_read_it(run, monkeypatch, tmp_path):
    write_corpus = synthesis.write_corpus
    asked = {}

    def write_two_writers(folder, **options):
        asked.update(options)
        return write_corpus(folder, writers=2, genuine=2, forged=1, size=(64, 128))

    monkeypatch.setattr(synthesis, "write_corpus", write_two_writers)
    monkeypatch.setattr(runtime, "data_folder", lambda: tmp_path / "data_synthetic")
    status, printed = run("data")
    assert status == 0
    assert printed == "data_synthetic: 6 signatures of 2 writers who do not exist\n"
    assert (asked["writers"], asked["genuine"], asked["forged"], asked["seed"]) == (24, 12, 12, 0)
    assert (tmp_path / "data_synthetic" / "manifest.csv").is_file()
