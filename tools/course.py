"""Runs the notebooks in order, measures each one's seconds and memory, and reads off the verifier's error rates."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import nbformat
import pandas as pd
import psutil
import typer
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from deepsign_helpers import evaluation, files, runtime

SECONDS_A_CELL = 900  # a cell that takes longer hangs
MEGABYTE = 1_000_000
TRAINING_CHAPTER = "05"
SHARED = ("scores.csv", "elsewhere.csv")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Run:
    """What one notebook took: seconds, kernel start included, and megabytes; `failure` is empty if it ran through."""

    notebook: str
    seconds: float
    megabytes: float
    failure: str = ""


def find_notebooks(folder: Path, chapters: Sequence[str] = ()) -> list[Path]:
    """Return the course's notebooks in order, or those of the given chapters ("03", "3" or the whole name).

    Raises
    ------
    ValueError
        If the folder holds no notebook, or none of a given chapter.
    """
    notebooks = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise ValueError(f"{folder}: holds no notebook of the course; run this from a checkout.")
    wanted = [chapter.zfill(2) for chapter in chapters]
    for chapter in wanted:
        if not any(notebook.name.startswith(chapter) for notebook in notebooks):
            numbers = ", ".join(notebook.name[:2] for notebook in notebooks)
            raise ValueError(f"notebook {chapter}: there is none; choose from {numbers}.")
    return [
        notebook for notebook in notebooks if not wanted or notebook.name.startswith(tuple(wanted))
    ]


def run_notebooks(notebooks: Sequence[Path], output: Path | None = None) -> list[Run]:
    """Execute notebooks one after the other, each in a kernel of its own, in the folder where it stands.

    Parameters
    ----------
    notebooks : paths
    output : folder or None
        Where the executed copies go, failed ones too. Without it a notebook is replaced by its executed, normalised
        self; a failing one stays as it was.
    """
    contents = [nbformat.read(path, as_version=4) for path in notebooks]
    cells = sum(len(content.cells) for content in contents)
    runs = []
    with runtime.progress((), "course", total=cells) as bar:
        for path, content in zip(notebooks, contents, strict=True):
            bar.set_description(path.stem)
            run = execute(content, path, bar.update)
            runs.append(run)
            if output is None and not run.failure:
                write_notebook(normalise(content), path)
                if path.name.startswith(TRAINING_CHAPTER):
                    share_scores(runtime.build_folder() / "classroom", runtime.data_folder())
            elif output is not None:
                output.mkdir(parents=True, exist_ok=True)
                write_notebook(content, output / path.name)
    return runs


def execute(content: nbformat.NotebookNode, path: Path, advance=lambda: None) -> Run:
    """Execute a notebook's content in place, calling `advance` after each cell; an error ends it and is told."""
    environment = {**os.environ, "DEEPSIGN_QUIET": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        content, kernel_name="python3", timeout=SECONDS_A_CELL, resources=resources
    )
    client.record_timing, client.coalesce_streams, client.extra_arguments = (
        False,
        True,
        ["--log-level=ERROR"],
    )
    started, failure, number, peak = time.perf_counter(), "", 0, PeakMemory()
    with (
        client.setup_kernel(env=environment, stderr=subprocess.DEVNULL),
        peak.of(client.km.provisioner.pid),
    ):
        for index, cell in enumerate(content.cells):
            number += cell.cell_type == "code"
            try:
                client.execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                failure = f"{path.name}: cell [{number}]: {reason(error)}"
                break
            advance()
    return Run(path.stem, time.perf_counter() - started, peak.megabytes, failure)


def reason(error: Exception) -> str:
    """Return in one line why a cell failed."""
    if isinstance(error, DeadKernelError):
        return "the kernel died, as it does when memory runs out"
    if isinstance(error, CellTimeoutError):
        return f"took more than {SECONDS_A_CELL} seconds"
    return f"{error.ename}: {error.evalue}".splitlines()[0]


class PeakMemory:
    """The largest resident memory, in megabytes, that a process and its children held together."""

    megabytes = 0.0

    @contextlib.contextmanager
    def of(self, pid: int, interval: float = 0.1) -> Iterator[None]:
        """Watch the process with this identifier while the block runs."""
        finished = threading.Event()

        def watch():
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                last = False
                while not last:
                    last = finished.wait(interval)
                    self.megabytes = max(
                        self.megabytes, tree_bytes(process) / MEGABYTE, high_water(pid) / MEGABYTE
                    )

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()


def tree_bytes(process: psutil.Process) -> int:
    """Return the resident bytes of a process and its children; a child that has just ended counts nothing."""
    total = process.memory_info().rss
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += child.memory_info().rss
    return total


def high_water(pid: int) -> int:
    """Return the most bytes a process has held, as Linux remembers it between two looks; elsewhere 0."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def normalise(content: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Strip a notebook of what differs from run to run and machine to machine; counts, outputs, tags and slides stay.

    What a library warns of on stderr goes, like the state of widgets, timestamps and the kernel's version.
    """
    content.metadata = nbformat.from_dict(METADATA)
    for cell in content.cells:
        kept = {
            name: cell.metadata[name] for name in ("slideshow", "tags") if cell.metadata.get(name)
        }
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return content


def text_of(content: nbformat.NotebookNode) -> str:
    """Return a notebook as the text of its file; a cell's identifier is made of its text and changes with it alone."""
    content.nbformat_minor = max(content.nbformat_minor, 5)
    seen = Counter()
    for cell in content.cells:
        name = hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return nbformat.writes(content) + "\n"


def write_notebook(content: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook at once or not at all."""
    with files.replace_atomically(path) as temporary:
        temporary.write_text(text_of(content), encoding="utf-8", newline="\n")


def share_scores(source: Path, target: Path) -> None:
    """Copy the scores that the training chapter wrote to where the evaluation chapter reads them, for everyone."""
    for name in SHARED:
        if not (source / name).is_file():
            raise FileNotFoundError(
                f"{source / name}: the training chapter left no scores; does it write them?"
            )
    for name in SHARED:
        with files.replace_atomically(target / name) as temporary:
            shutil.copyfile(source / name, temporary)


def summary(runs: Sequence[Run]) -> str:
    """Return the table of notebooks, seconds and peak memory, and a line for each failure."""
    rows = [(run.notebook, run.seconds, run.megabytes) for run in runs]
    rows.append(("all", sum(run.seconds for run in runs), max(run.megabytes for run in runs)))
    width = max(len(name) for name, _, _ in rows)
    lines = [f"{'notebook':{width}}  {'seconds':>7}  {'peak memory':>11}"]
    lines += [
        f"{name:{width}}  {seconds:7.0f}  {megabytes:>8,.0f} MB"
        for name, seconds, megabytes in rows
    ]
    return "\n".join(lines + [f"FAILED {run.failure}" for run in runs if run.failure])


def verifier_rates(scores: Path) -> str:
    """Return the error rates of each model in a table of scores, and the protocol behind those of the first.

    Thresholds come from the validation writers' skilled forgeries, rates from the test writers.
    """
    table, lines, protocols = pd.read_csv(scores), [], []
    for (model, references, _), part in table.groupby(
        ["model", "references", "fusion"], sort=False
    ):
        report = evaluation.evaluate(part)
        protocols.append(report.caption)
        for row in report.table.to_dict("records"):
            columns = ("FAR at threshold", "FRR at threshold", "EER", "EER from", "EER to")
            rates = "{:5.1f} %  {:5.1f} %  {:5.1f} % ({:.1f} to {:.1f})".format(
                *(100 * row[name] for name in columns)
            )
            lines.append(f"{model:20}  {references:10}  {row['forgeries']:9}  {rates}")
    head = f"{'model':20}  {'references':>10}  {'forgeries':9}  {'FAR':>7}  {'FRR':>7}  {'EER':>7} (95 % interval)"
    return "\n".join(
        [
            head,
            *lines,
            protocols[0],
            "All writers are generated: these rates say nothing about people.",
        ]
    )


def main(
    chapters: Annotated[
        list[str] | None, typer.Argument(help="Such as 01 03; all of them if left out.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option(help="Replace the notebooks, as they are committed.")
    ] = False,
) -> None:
    """Execute notebooks into build/notebooks; print seconds, peak memory and the verifier's error rates."""
    output = None if in_place else runtime.build_folder() / "notebooks"
    runs = run_notebooks(
        find_notebooks(runtime.project_folder() / "notebooks", chapters or ()), output
    )
    print(summary(runs))
    if any(run.notebook.startswith(TRAINING_CHAPTER) and not run.failure for run in runs):
        print("\n" + verifier_rates(runtime.build_folder() / "classroom" / "scores.csv"))
    if any(run.failure for run in runs):
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        typer.run(main)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
