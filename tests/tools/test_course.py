"""Running the notebooks: what is measured, what is written, and what a failure says."""

import re
import subprocess
import sys

import nbformat
import numpy as np
import pandas as pd
import psutil
import pytest

from deepsign_helpers import runtime
from tools import course, notebooks
from tools.memory import PeakMemory

HOLDS_200_MB = "import numpy as np\nheld = np.ones(200_000_000, np.uint8)"
CHILD_HOLDS_200_MB = """\
import subprocess, sys
code = "import time; held = b'1' * 200_000_000; time.sleep(1.5)"
subprocess.run([sys.executable, "-c", code], check=True)"""


def write_notebook(path, *sources):
    """Write a notebook that has a title and cells of code, none of them executed."""
    cells = [nbformat.v4.new_markdown_cell("# A title")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_notebooks_run_in_order_and_executed_copies_go_to_the_output_folder(tmp_path):
    second = write_notebook(tmp_path / "in" / "01_second.ipynb", "print(1 + 1)", "'last'")
    first = write_notebook(
        tmp_path / "in" / "00_first.ipynb", "import os; print(os.environ['DEEPSIGN_QUIET'])"
    )
    before = second.read_bytes()
    runs = course.run_notebooks([first, second], tmp_path / "out" / "notebooks")
    assert [run.notebook for run in runs] == ["00_first", "01_second"]
    executed = nbformat.read(tmp_path / "out" / "notebooks" / "01_second.ipynb", as_version=4)
    assert [cell.get("execution_count") for cell in executed.cells] == [None, 1, 2]
    assert executed.cells[1].outputs[0].text == "2\n"
    assert (
        nbformat.read(tmp_path / "out" / "notebooks" / first.name, 4).cells[1].outputs[0].text
        == "1\n"
    )
    assert second.read_bytes() == before
    assert all(0 < run.seconds < 60 and run.megabytes > 20 for run in runs)


def test_a_failing_cell_is_named_with_its_error_and_the_others_still_run(tmp_path):
    first = write_notebook(tmp_path / "00_a.ipynb", "x = 1", "x / 0", "print('never')")
    second = write_notebook(tmp_path / "01_b.ipynb", "print('here')")
    failed, passed = course.run_notebooks([first, second], tmp_path / "out")
    assert failed.failure == "00_a.ipynb: cell [2]: ZeroDivisionError: division by zero"
    assert passed.failure == ""
    assert nbformat.read(tmp_path / "out" / "00_a.ipynb", 4).cells[3].execution_count is None
    assert "FAILED 00_a.ipynb: cell [2]" in course.summary([failed, passed])


def test_a_kernel_that_dies_is_told_from_an_error(tmp_path):
    path = write_notebook(tmp_path / "00_a.ipynb", "import os; os._exit(1)")
    (run,) = course.run_notebooks([path], tmp_path / "out")
    assert run.failure == "00_a.ipynb: cell [1]: the kernel died, as it does when memory runs out"


@pytest.mark.parametrize("cell", [HOLDS_200_MB, CHILD_HOLDS_200_MB], ids=["kernel", "child"])
def test_peak_memory_counts_the_kernel_and_its_children(tmp_path, cell):
    without = write_notebook(tmp_path / "00_small.ipynb", "import numpy as np")
    holding = write_notebook(tmp_path / "01_large.ipynb", cell)
    small, large = course.run_notebooks([without, holding], tmp_path / "out")
    assert 180 < large.megabytes - small.megabytes < 320


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux remembers a process's peak"
)
def test_a_peak_between_two_looks_is_not_missed():
    code = "held = b'1' * 300_000_000; del held; print('freed', flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    peak = PeakMemory()
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        assert process.stdout.readline() == b"freed\n"
        with peak.of(process.pid, interval=3600):  # looks once, at the end
            pass
        held = psutil.Process(process.pid).memory_info().rss
        process.communicate(b"\n")
    assert held < 100_000_000
    assert peak.megabytes > 300


def test_in_place_a_notebook_comes_out_normalised_and_the_same_each_time(tmp_path):
    path = write_notebook(
        tmp_path / "00_a.ipynb",
        "import sys; print('warned', file=sys.stderr)",
        "print(7)",
        "print(7)",
    )
    content = nbformat.read(path, 4)
    content.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "mine"}, "widgets": {}}
    )
    content.cells[2].metadata = nbformat.from_dict(
        {"execution": {"iopub.execute_input": "now"}, "tags": ["kept"]}
    )
    nbformat.write(content, path)
    course.run_notebooks([path])
    first = path.read_bytes()
    course.run_notebooks([path])
    assert path.read_bytes() == first
    content = nbformat.read(path, 4)
    nbformat.validate(content)
    assert content.metadata == notebooks.METADATA
    assert content.cells[1].outputs == []
    assert content.cells[2].metadata == {"tags": ["kept"]}
    assert content.cells[2].outputs[0].text == "7\n"
    assert len({cell.id for cell in content.cells}) == 4
    assert [cell.execution_count for cell in content.cells[1:]] == [1, 2, 3]
    assert first.endswith(b"}\n")


def test_in_place_a_failing_notebook_stays_as_it_was(tmp_path):
    path = write_notebook(tmp_path / "00_a.ipynb", "print('new')", "x / 0")
    before = path.read_bytes()
    (run,) = course.run_notebooks([path])
    assert run.failure
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["00_a.ipynb"]


def test_only_in_place_does_the_training_chapter_share_its_scores(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "build_folder", lambda: tmp_path / "build")
    monkeypatch.setattr(runtime, "data_folder", lambda: tmp_path / "data")
    (tmp_path / "data").mkdir()
    folder = str(tmp_path / "build" / "classroom")
    source = f"""\
from pathlib import Path

folder = Path({folder!r})
folder.mkdir(parents=True, exist_ok=True)
for name in ("scores.csv", "elsewhere.csv"):
    (folder / name).write_text(name)"""
    path = write_notebook(tmp_path / "05_training.ipynb", source)
    course.run_notebooks([path], tmp_path / "out")
    assert list((tmp_path / "data").iterdir()) == []
    course.run_notebooks([path])
    assert {path.name: path.read_text() for path in (tmp_path / "data").iterdir()} == {
        "scores.csv": "scores.csv",
        "elsewhere.csv": "elsewhere.csv",
    }


def test_chapters_are_chosen_by_number_and_an_unknown_one_is_refused(list_chapters):
    checkout = list_chapters("00_a", "01_b", "03_c", "04_d")
    for name in ("00_a", "01_b", "03_c"):
        write_notebook(checkout / "notebooks" / f"{name}.ipynb", "1")
    chosen = notebooks.find(checkout, ["3", "00_a"])
    assert [path.stem for path in chosen] == ["00_a", "03_c"]
    with pytest.raises(ValueError, match="chapter 05: there is none; choose from 00, 01, 03, 04"):
        notebooks.find(checkout, ["5"])
    with pytest.raises(ValueError, match=r"04_d\.ipynb: chapters\.toml lists it, but it is not"):
        notebooks.find(checkout)


def test_the_summary_adds_seconds_and_takes_the_largest_memory():
    runs = [course.Run("00_first", 12.4, 310.0), course.Run("05_training", 250.1, 1180.0)]
    header, *rows = (re.split(r"\s{2,}", line) for line in course.summary(runs).splitlines())
    assert header == ["notebook", "seconds", "peak memory"]
    assert rows == [
        ["00_first", "12", "310 MB"],
        ["05_training", "250", "1,180 MB"],
        ["all", "262", "1,180 MB"],
    ]


def test_the_verifiers_rates_are_counted_at_the_validation_writers_threshold(tmp_path):
    # Validation writers separate at 0.5; of 20 test signatures of each kind, 2, 4 and 1 lie on the
    # wrong side.
    rows = []
    for split, wrong in (("validation", {}), ("test", {"genuine": 2, "skilled": 4, "random": 1})):
        for kind, right in (("genuine", 0.9), ("skilled", 0.1), ("random", 0.1)):
            for sample in range(20):
                score = 1 - right if sample < wrong.get(kind, 0) else right
                rows.append((f"{split}{sample % 5}", kind, score + sample / 1000, split))
    table = pd.DataFrame(rows, columns=["writer", "kind", "score", "split"])
    table = table.assign(
        model="trained encoder", questioned=np.arange(len(table)).astype(str), references=5
    )
    table.assign(fusion="normalised").to_csv(tmp_path / "scores.csv", index=False)
    lines = course.verifier_rates(tmp_path / "scores.csv").splitlines()
    skilled = re.split(r"\s{2,}", lines[1])
    random = re.split(r"\s{2,}", lines[2])
    assert skilled[:5] == ["trained encoder", "5", "skilled", "20.0 %", "10.0 %"]
    assert random[:5] == ["trained encoder", "5", "random", "5.0 %", "10.0 %"]
    rates = re.fullmatch(r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", skilled[5]).groups()
    eer, low, high = [float(rate) for rate in rates]
    assert 10 <= eer <= 20
    assert low <= eer <= high
    assert "writer-independent, 5 writers, 5 references each" in lines[3]
    assert "nothing about people" in lines[4]
