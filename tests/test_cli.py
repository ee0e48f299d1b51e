"""The command line: what each command passes on and says, its exit code, and one sentence."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import typer
from small_verifier import make_verifier, png, shifted

from deepsign_helpers import cli, corpora, plotting, runtime, serving, synthesis, training
from deepsign_helpers.cli import corpora as corpora_commands
from deepsign_helpers.tables import KINDS
from deepsign_helpers.verifier import FIGURES, Fusion, LikelihoodLine, Verifier

LINE = LikelihoodLine(slope=10.0, intercept=-5.0, low=-1.5, high=2.0)
COMMANDS = ["data", "generate", "inspect", "sheet", "cut", "train", "evaluate", "verify", "serve"]
# What help must not wait for.
HEAVY = {"tensorflow", "keras", "matplotlib", "pandas", "cv2", "scipy", "fastapi"}
# Of the shell that a test runs in nothing is known.
COMPLETING = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verifier")
    make_verifier(references=3, line=LINE).save(folder)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder of six writers with four genuine signatures and two forged ones each."""
    folder = tmp_path_factory.mktemp("corpus") / "office"
    synthesis.write_corpus(folder, writers=6, genuine=4, forged=2, size=(64, 128))
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
    """A function that runs the command line: exit code, what was printed, what was complained."""

    def run_command(*words):
        monkeypatch.setattr(sys, "argv", ["deepsign", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code or 0, *capsys.readouterr()

    return run_command


def kept_calls(monkeypatch, module, name, answer):
    """Replace a function by one that answers, and return the list of its calls."""
    calls = []

    def replacement(*arguments, **options):
        calls.append((arguments, options))
        return answer

    monkeypatch.setattr(module, name, replacement, raising=False)
    return calls


def in_process_of_its_own(*words, **options):
    """Run the command line as `python -m deepsign_helpers`."""
    command = [sys.executable, "-m", "deepsign_helpers", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def installed(tmp_path):
    """The command `deepsign` as pip installs it, for the entry point in pyproject.toml."""
    settings = tomllib.loads((runtime.project_folder() / "pyproject.toml").read_text("utf-8"))
    module, function = settings["project"]["scripts"]["deepsign"].split(":")
    script = tmp_path / "deepsign"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
    )
    script.chmod(0o755)
    return script


# What a newcomer mistypes: the words, the exit code, and what the sentence says. In braces stands
# what the fixtures have made.
WRONG = [
    ("genrate x", 2, "No such command 'genrate'. Did you mean 'generate'?"),
    ("--json", 2, "No such option: --json"),
    ("data here", 2, "unexpected extra argument"),
    ("generate", 2, "Missing argument 'FOLDER'"),
    ("generate {new} --writers 0", 2, "'--writers'"),
    ("generate {new} --writers two", 2, "'--writers'"),
    ("generate {new} --seed -1", 2, "'--seed'"),
    ("generate {new} --script runes", 2, "'runes' is not one of 'latin', 'devanagari'"),
    ("generate {new} --domain moon", 2, "'moon' is not one of 'clean', 'office'"),
    ("generate {new} --difficulty absurd", 2, "'absurd' is not one of 'easy', 'medium', 'hard'"),
    ("generate {new} --signatures 3", 2, "'--signatures' requires 2 arguments"),
    ("generate {new} --signatures 0 3", 1, "genuine: 0 is too small for a corpus; ask for"),
    ("generate {file}", 1, "{file}: is a file; give the name of a folder."),
    ("generate {file}/below", 1, "{file}/below: cannot be written (Not a directory)"),
    ("inspect", 2, "Missing argument 'FOLDER'"),
    ("inspect {new}", 1, "{new}: no such folder; check the path"),
    ("inspect {empty}", 1, "{empty}: holds no image; is it the right folder"),
    ("inspect {corpus} --layout cedr", 1, "layout 'cedr': unknown; use auto, deepsign, "),
    ("inspect {corpus} --kinds org forg", 1, "kinds: the layout 'auto' does not ask for them"),
    ("inspect {corpus} --kinds org", 2, "'--kinds' requires 2 arguments"),
    ("inspect {corpus} --page {empty}", 1, "{empty}: is a folder; give the name of a file."),
    ("inspect {corpus} --page {new}/a.html", 1, "{new}/a.html: cannot be written (No such file"),
    ("sheet", 2, "Missing argument 'FILE'"),
    ("sheet {new}.pdf --paper a5", 2, "'a5' is not one of 'a4', 'letter'"),
    ("sheet {new}.pdf --people 0", 2, "'--people'"),
    ("sheet {new} --people 300", 2, "'--people'"),
    ("sheet {new} --boxes 7", 2, "'7' is not one of '6', '12', '24'"),
    ("sheet {empty}", 1, "{empty}: is a folder; give the name of a file."),
    ("cut", 2, "Missing argument 'PHOTO'"),
    ("cut photo.jpg --into {file}", 1, "{file}: is a file; give the name of a folder."),
    ("train", 2, "Missing argument 'FOLDER'"),
    ("train {corpus} --preset fast", 2, "'fast' is not one of 'classroom', 'study'"),
    ("train {new}", 1, "{new}: no such folder; check the path"),
    ("train {file}", 1, "{file}: "),
    ("train {corpus} --into {file}", 1, "{file}: is a file; give the name of a folder."),
    ("train {corpus} --into {corpus}/manifest.csv/x", 1, "/x: cannot be written (Not a directory)"),
    ("evaluate", 2, "Missing argument 'FOLDER'"),
    ("evaluate {new}", 1, "{new}: no such folder; check the path"),
    ("evaluate {corpus} --references 2 --verifier {empty}", 1, "{empty}: holds no verifier.json"),
    ("evaluate {corpus} --references 11", 2, "'--references'"),
    ("evaluate {corpus} --references 4", 1, "4 genuine signatures; 4 references and one to"),
    ("evaluate {corpus} --page {empty}", 1, "{empty}: is a folder; give the name of a file."),
    ("verify", 2, "Missing argument 'REFERENCE'"),
    ("verify {scan}", 2, "Missing argument 'REFERENCE'"),
    ("verify {scan} {new} --folder {verifier}", 1, "{new}: cannot be opened (No such file"),
    ("verify {empty} {scan} --folder {verifier}", 1, "{empty}: cannot be opened (it is a folder"),
    ("verify {file} {scan} --folder {verifier}", 1, "{file}: is not an image that can be read"),
    ("verify {blank} {scan} --folder {verifier}", 1, "{blank}: no ink found; is the page blank"),
    ("verify {scan} {scan} --folder {new}", 1, "{new}: holds no verifier.json, so no verifier"),
    ("verify {scan} --questioned {scan}", 2, "No such option: --questioned"),
    ("serve --folder {empty}", 1, "{empty}: holds no verifier.json, so no verifier"),
    ("serve --port 99999", 2, "'--port'"),
    ("serve --port 0", 2, "'--port'"),
    ("serve --port eighty", 2, "'--port'"),
]


@pytest.fixture
def places(tmp_path, corpus, folder, scans):
    """What stands in braces in `WRONG`; "new" is not there."""
    found = {"corpus": corpus, "verifier": folder, "scan": scans[0]}
    for name in ("new", "empty", "blank", "file"):
        found[name] = tmp_path / name
    found["empty"].mkdir()
    found["file"].write_text("words")
    found["blank"].write_bytes(png(np.full((60, 120), 255, np.uint8)))
    return found


@pytest.mark.parametrize(("words", "code", "sentence"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_words_are_told_in_one_sentence(run, places, words, code, sentence):
    found, printed, complained = run(*words.format(**places).split())
    assert (found, printed) == (code, "")
    *usage, told = complained.splitlines()
    # Of typer's versions some say: No such option '--json'.
    told = re.sub(r"No such option '(--\w+)'", r"No such option: \1", told)
    assert sentence.format(**places) in told
    assert told.startswith("Error: ") == (code == 2)
    assert usage == [] or code == 2
    assert not places["new"].exists()
    assert list(places["empty"].iterdir()) == []


def test_eleven_references_are_too_many(run, folder, scans):
    code, _, complained = run("verify", *scans[:1] * 11, scans[3], "--folder", folder)
    assert (code, complained) == (1, "references: 11; give 1 to 10.\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_that_is_right(run, command):
    code, printed, _ = run(command, "--help")
    assert code == 0
    example = printed.split("Example: ")[1].strip()
    assert example.startswith(f"deepsign {command}")
    line = typer.main.get_command(cli.app)
    words = shlex.split(example)[2:]
    line.commands[command].make_context(command, words)  # refuses wrong ones
    assert run(command, "-h") == (0, printed, "")


def test_without_words_the_commands_are_listed_in_the_order_of_their_steps(run):
    code, printed, complained = run()
    listed = (printed + complained).split("Commands:\n")[1]
    assert code == 2
    assert [line.split()[0] for line in listed.splitlines()] == COMMANDS


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["generate", "--script", "x"]])
def test_help_and_wrong_usage_wait_for_no_library(words):
    code = (
        f"import sys; sys.argv = ['deepsign', *{words}]\n"
        "from deepsign_helpers.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def test_the_names_to_choose_from_are_those_of_the_package():
    assert list(corpora_commands.Difficulty) == list(synthesis.DIFFICULTIES)
    assert list(corpora_commands.Script) == list(synthesis.SCRIPTS)
    assert list(corpora_commands.Domain) == list(synthesis.DOMAINS)


def test_it_is_called_as_it_was_started(installed):
    assert in_process_of_its_own("-h").stdout.startswith("Usage: python -m deepsign_helpers [OPT")
    result = subprocess.run([installed, "-h"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("Usage: deepsign [OPTIONS] COMMAND")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete_the_installed_command(installed, shell):
    result = subprocess.run(
        [installed, "--show-completion", shell], capture_output=True, text=True, env=COMPLETING
    )
    assert result.returncode == 0
    assert "_DEEPSIGN_COMPLETE=complete_" in result.stdout


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("deepsign ver", ["verify"]),
        ("deepsign generate x --difficulty ", ["easy", "medium", "hard"]),
    ],
)
def test_a_command_and_its_choices_are_completed(installed, typed, completed):
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    environment = {**COMPLETING, **asked, "_DEEPSIGN_COMPLETE": "complete_bash"}
    result = subprocess.run([installed], capture_output=True, text=True, env=environment)
    assert result.stdout.split() == completed


def test_ctrl_c_ends_with_one_line_and_130(run, monkeypatch, tmp_path):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(synthesis, "write_corpus", interrupted)
    code, printed, complained = run("generate", tmp_path / "corpus")
    assert (code, printed) == (130, "")
    assert complained == "Interrupted; the same command takes it up again.\n"


def test_a_reader_that_has_enough_is_no_error(tmp_path):
    words = ["generate", tmp_path / "corpus", "--writers", "1", "--signatures", "1", "0"]
    command = [sys.executable, "-m", "deepsign_helpers", *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()  # as `| head -0` does
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has this")
def test_an_output_that_is_full_is_one_sentence(tmp_path):
    words = ["generate", str(tmp_path / "corpus"), "--writers", "1", "--signatures", "1", "0"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "deepsign_helpers", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (result.returncode, result.stderr) == (1, "output: No space left on device.\n")


def test_a_disk_without_room_for_a_training_is_told_before_it(run, monkeypatch, corpus, tmp_path):
    def disk_usage(path):
        return SimpleNamespace(free=3_000_000)

    monkeypatch.setattr(cli.options.shutil, "disk_usage", disk_usage)
    code, _, complained = run("train", corpus, "--into", tmp_path / "verifier")
    assert code == 1
    assert complained.startswith(f"{tmp_path / 'verifier'}: 50 MB are needed there, 3 are left;")


def test_letters_that_a_terminal_does_not_know_are_spelt_out(tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = ["generate", tmp_path / "Zürich", "--writers", "1", "--signatures", "1", "0"]
    result = in_process_of_its_own(*words, env=environment)
    assert result.returncode == 0
    assert r"Z\xfcrich: 1 signatures" in result.stdout


@pytest.mark.filterwarnings("default")
def test_a_warning_is_a_sentence_without_its_place_in_the_code(run, monkeypatch, corpus):
    kept_calls(monkeypatch, corpora, "inspect", SimpleNamespace(to_dict=lambda: {}))
    (corpus / "scan.png").write_bytes(b"")
    code, printed, complained = run(
        "inspect", corpus, "--layout", "{writer}/{kind}_{sample}.png", "--json"
    )
    (corpus / "scan.png").unlink()
    assert (code, printed) == (0, "{}\n")
    assert complained.startswith(f"{corpus}: left out 1 image")
    assert complained.count("\n") == 1


def test_the_small_corpus_is_generated_where_the_notebooks_read_it(run, monkeypatch, tmp_path):
    write_corpus = synthesis.write_corpus
    asked = {}

    def write_two_writers(folder, **options):
        asked.update(options)
        return write_corpus(folder, writers=2, genuine=2, forged=1, size=(64, 128))

    monkeypatch.setattr(synthesis, "write_corpus", write_two_writers)
    monkeypatch.setattr(runtime, "data_folder", lambda: tmp_path / "data_synthetic")
    code, printed, _ = run("data")
    assert code == 0
    assert printed == "data_synthetic: 6 signatures of 2 writers who do not exist\n"
    assert (asked["writers"], asked["genuine"], asked["forged"], asked["seed"]) == (24, 12, 12, 0)
    assert (tmp_path / "data_synthetic" / "manifest.csv").is_file()


def test_what_is_asked_for_is_generated(run, tmp_path):
    places = ["--script", "latin", "--script", "paraph", "--domain", "fax"]
    numbers = ["--writers", 2, "--signatures", 3, 1, "--seed", 5]
    asked = [*numbers, "--difficulty", "hard", *places]
    code, printed, _ = run("generate", tmp_path / "corpus", *asked)
    assert code == 0
    assert printed == f"{tmp_path / 'corpus'}: 8 signatures of 2 writers who do not exist\n"
    facts = json.loads((tmp_path / "corpus" / "corpus.json").read_text())
    assert facts["settings"]["seed"] == 5
    table = corpora.load(tmp_path / "corpus")
    assert table["kind"].value_counts().to_dict() == {"genuine": 6, "forged": 2}
    assert table.groupby("writer")["script"].first().tolist() == ["latin", "paraph"]
    assert set(table["domain"]) == {"fax"}
    assert set(table["difficulty"]) == {"hard"}


class Findings:
    """Stands for what `corpora.inspect` finds."""

    def __str__(self):
        return "Nothing found."

    def to_dict(self):
        return {"verdict": "sound"}


def test_a_corpus_is_inspected_in_words_as_json_and_on_a_page(run, monkeypatch, corpus, tmp_path):
    findings = Findings()
    inspected = kept_calls(monkeypatch, corpora, "inspect", findings)
    written = kept_calls(monkeypatch, plotting, "write_findings", None)
    page = tmp_path / "page.html"
    assert run("inspect", corpus, "--page", page) == (0, "Nothing found.\n", "")
    pd.testing.assert_frame_equal(inspected[0][0][0], corpora.load(corpus))
    assert written == [((findings, page, "office"), {})]
    assert run("inspect", corpus, "--json") == (0, '{"verdict": "sound"}\n', "")
    assert len(written) == 1


def test_a_pattern_and_its_words_find_a_corpus_of_any_layout(run, monkeypatch, signature, tmp_path):
    inspected = kept_calls(monkeypatch, corpora, "inspect", Findings())
    for number, word in enumerate(("org", "forg")):
        place = tmp_path / "idcar" / "ann" / word
        place.mkdir(parents=True)
        (place / "1.png").write_bytes(png(shifted(signature, number)))
    layout = "{writer}/{kind}/{sample}.png"
    code, _, _ = run("inspect", tmp_path / "idcar", "--layout", layout, "--kinds", "org", "forg")
    assert code == 0
    assert sorted(inspected[0][0][0]["kind"]) == sorted(KINDS)


def test_sheets_are_printed_for_as_many_as_sign(run, monkeypatch, tmp_path):
    printed_sheets = kept_calls(monkeypatch, corpora, "print_sheet", None)
    path = tmp_path / "sheets.pdf"
    code, printed, _ = run("sheet", path, "--people", 3, "--first", 7, "--paper", "LETTER")
    assert code == 0
    assert printed == f"{path}: sheets for 3 to sign, numbers 7 to 9\n"
    (arguments, _) = printed_sheets[0]
    assert arguments[:3] == (path, "", 24)
    assert list(arguments[3]) == [7, 8, 9]
    assert arguments[4:] == (1, "Letter")


def test_photographs_are_filed_where_git_does_not_look(run, monkeypatch, tmp_path):
    table = pd.DataFrame({"writer": ["001", "001", "002"]})
    table.attrs["empty_boxes"] = 9
    filed = kept_calls(monkeypatch, corpora, "file_sheets", table)
    monkeypatch.setattr(runtime, "project_folder", lambda: tmp_path)
    code, printed, _ = run("cut", "a.jpg", "b.jpg")
    by_default = tmp_path / "data_real" / "class"
    assert code == 0
    said = "3 signatures in the names of 2 people; 9 boxes of these sheets are empty"
    assert printed == f"{by_default}: {said}\n"
    run("cut", "c.jpg", "--into", tmp_path / "elsewhere")
    assert [arguments for arguments, _ in filed] == [
        ([Path("a.jpg"), Path("b.jpg")], by_default),
        ([Path("c.jpg")], tmp_path / "elsewhere"),
    ]


@pytest.fixture
def scored(monkeypatch):
    """Calls of `training.learn`, which does not train but leaves the scores of a good verifier."""
    calls = []

    def learn(table, folder, settings, seed):
        folder.mkdir()
        calls.append((table, folder, settings, seed))
        rng = np.random.default_rng(0)
        rows = []
        for number, split in enumerate(["validation", "test"] * 3):
            for sample in range(20):
                kind = ("genuine", "skilled")[sample % 2]
                row = {"writer": f"w{number}", "questioned": f"{sample}", "kind": kind}
                score = (kind == "genuine") + rng.normal(0, 0.3)
                rows.append(
                    {**row, "references": 3, "fusion": "min", "score": score} | {"split": split}
                )
        pd.DataFrame(rows).to_csv(folder / "scores.csv", index=False)
        health = SimpleNamespace(sentence="healthy: all is well.")
        return None, SimpleNamespace(seconds=83.4, notes=("It was slow.",), health=health)

    monkeypatch.setattr(training, "learn", learn)
    return calls


def test_a_training_says_where_the_verifier_lies_and_how_it_errs(run, scored, corpus, tmp_path):
    into = tmp_path / "verifier"
    code, printed, complained = run("train", corpus, "--into", into, "--preset", "study")
    assert code == 0
    assert "3 writers, 3 references each" in printed
    assert "EER" in printed
    assert "It was slow.\nhealthy: all is well." in printed
    assert f"{into}: the verifier, trained in 83 s;" in printed
    assert complained == "training: 28 minutes at most\n"
    assert "</html>" in (into / "report.html").read_text()
    table, folder, settings, seed = scored[0]
    pd.testing.assert_frame_equal(table, corpora.load(corpus))
    assert (folder, settings, seed) == (into, training.STUDY, 0)


def test_a_training_leaves_alone_what_chapter_05_trained(
    run, scored, corpus, monkeypatch, tmp_path
):
    monkeypatch.setattr(runtime, "build_folder", lambda: tmp_path)
    code, printed, _ = run("train", corpus, "--seed", 4, "--json")
    facts = json.loads(printed)
    assert code == 0
    assert facts["folder"] == str(tmp_path / "office-classroom")
    assert (facts["seconds"], facts["notes"]) == (83, ["It was slow."])
    assert facts["report"]["protocol"]["writers"] == 3
    assert scored[0][2:] == (training.CLASSROOM, 4)
    assert not (tmp_path / "classroom").exists()


@pytest.mark.slow
def test_what_is_trained_is_evaluated_and_asked(run, monkeypatch, tmp_path):
    quick = replace(training.CLASSROOM, epochs=1, steps_per_epoch=2)
    monkeypatch.setattr(training, "CLASSROOM", quick)
    monkeypatch.setattr(runtime, "build_folder", lambda: tmp_path)
    office = tmp_path / "office"
    assert run("generate", office, "--writers", 12, "--signatures", 6, 2)[0] == 0
    assert run("train", office)[0] == 0
    verifier = tmp_path / "office-classroom"
    assert run("evaluate", office, "--verifier", verifier, "--references", 3)[0] == 0
    scans = sorted((office / "images" / "w000").glob("genuine_*.png"))
    code, printed, _ = run("verify", *scans, "--folder", verifier)
    assert code == 0
    assert printed == f"{Verifier.load(verifier).verify(scans[:-1], scans[-1])}\n"


def test_half_of_the_writers_set_the_threshold_that_judges_the_others(
    run, folder, corpus, tmp_path
):
    asked = ["evaluate", corpus, "--verifier", folder, "--references", 2]
    page = tmp_path / "report.html"
    code, printed, _ = run(*asked, "--page", page)
    assert code == 0
    assert "3 writers, 2 references each" in printed
    assert "a priori: from 3 other writers" in printed
    assert "a verifier on office" in page.read_text()
    code, as_json, _ = run(*asked, "--json")
    report = json.loads(as_json)
    assert code == 0
    assert report["caption"] == printed.splitlines()[0]
    # Of four genuine signatures two are references: 3 writers × 2 are questioned; × 2 forged.
    skilled = report["table"][0]
    assert (skilled["genuine scores"], skilled["forged scores"]) == (6, 6)


def test_a_verdict_is_said_in_words(run, folder, scans):
    code, printed, _ = run("verify", *scans, "--folder", folder)
    assert code == 0
    assert printed == f"{Verifier.load(folder).verify(scans[:3], scans[3])}\n"
    assert printed.startswith(("accept: score ", "reject: score "))


def test_a_machine_gets_json_with_what_the_verdict_rests_on(run, folder, scans):
    code, printed, _ = run("verify", *scans[:2], scans[3], "--folder", folder, "--json")
    assert code == 0
    verifier = Verifier.load(folder)
    expected = {**verifier.verify(scans[:2], scans[3]).to_dict(), **verifier.rules}
    assert json.loads(printed) == expected
    assert expected["warnings"] != []


@pytest.mark.parametrize(
    ("threshold", "options", "code"),
    [(2.0, ["--fail-on-reject"], 3), (2.0, [], 0), (-2.0, ["--fail-on-reject"], 0)],
)
def test_a_reject_fails_if_asked(run, scans, tmp_path, threshold, options, code):
    make_verifier(accept_from=threshold, reject_below=threshold).save(tmp_path / "verifier")
    found, printed, _ = run("verify", *scans, "--folder", tmp_path / "verifier", *options)
    assert found == code
    assert printed.startswith("reject" if threshold > 0 else "accept")


def test_a_fused_verdict_is_said_with_its_reasons(run, scans, tmp_path):
    fusion = Fusion(FIGURES, (0.5,) * 7, (0.1,) * 7, (0.25, *(0.125,) * 6))
    fused = replace(make_verifier("partial"), fusion=fusion)
    fused.save(tmp_path / "fused")
    asked = [scans[0], scans[3], "--folder", tmp_path / "fused"]
    code, printed, _ = run("verify", *asked)
    reasons = [line for line in printed.splitlines() if line.startswith("- ")]
    assert code == 0
    assert len(reasons) == 4
    assert any("the line runs" in reason for reason in reasons)
    _, printed, _ = run("verify", *asked, "--json")
    said = [signal["sentence"] for signal in json.loads(printed)["evidence"]]
    assert sorted(f"- {sentence}" for sentence in said) == sorted(reasons)


def test_what_is_doubtful_is_printed_below_the_verdict(run, folder, scans, signature, tmp_path):
    turned = tmp_path / "turned.png"
    turned.write_bytes(png(np.ascontiguousarray(np.rot90(signature))))
    code, printed, _ = run("verify", *scans[:3], turned, "--folder", folder)
    assert code == 0
    assert printed.splitlines()[1].startswith(f"{turned}: it is much taller than wide")


def test_a_mistyped_folder_ends_with_one_line_and_code_1(tmp_path):
    wrong = tmp_path / "clasroom"
    result = in_process_of_its_own("serve", "--folder", wrong)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{wrong}: holds no verifier.json, so no verifier; train")
    assert result.stderr.count("\n") == 1


def test_without_a_folder_the_classroom_is_meant(run, folder, scans, monkeypatch, tmp_path):
    (tmp_path / "classroom").symlink_to(folder)
    monkeypatch.setattr(runtime, "build_folder", lambda: tmp_path)
    assert run("verify", *scans)[0] == 0
    served = kept_calls(monkeypatch, serving, "serve", None)
    run("serve", "--port", 8123)
    assert served == [((tmp_path / "classroom", "127.0.0.1", 8123), {})]


def test_a_server_that_was_not_installed_is_one_sentence(run, monkeypatch):
    monkeypatch.delitem(sys.modules, "deepsign_helpers.serving")
    monkeypatch.delattr(sys.modules["deepsign_helpers"], "serving")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for name in [name for name in sys.modules if name.startswith("deepsign_helpers.serving.")]:
        monkeypatch.delitem(sys.modules, name)
    code, _, complained = run("serve")
    assert code == 1
    cure = "install the extra: pip install 'deepsign[serve]'."
    assert complained == f"serve: needs uvicorn, which is missing; {cure}\n"
