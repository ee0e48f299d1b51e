"""Runs the notebooks in order, measures seconds and memory, and reads off the error rates."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import nbformat
import pandas as pd
import typer
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from deepsign_helpers import evaluation, files, runtime
from deepsign_helpers.chapters import chapters
from tools import notebooks
from tools.memory import PeakMemory

SECONDS_A_CELL = 900  # a cell that takes longer hangs
# What the training chapter writes and later chapters read.
SHARED = ("scores.csv", "elsewhere.csv")
NO_PEOPLE = "All writers are generated: these rates say nothing about people."


@dataclass(frozen=True)
class Run:
    """What one notebook took.

    Attributes
    ----------
    notebook : str
        Its name without ending.
    seconds : float
        The start of its kernel included.
    megabytes : float
        The most memory that its kernel held.
    failure : str
        Which cell failed and why; empty if the notebook ran through.
    """

    notebook: str
    seconds: float
    megabytes: float
    failure: str = ""


def run_notebooks(paths: Sequence[Path], output: Path | None = None) -> list[Run]:
    """Execute notebooks one after the other, each in a kernel of its own, where it stands.

    Parameters
    ----------
    paths : paths
        The notebooks.
    output : path, optional
        The folder where the executed copies go, failed ones too. Without it a notebook is replaced
        by its executed, normalised self; a failing one stays as it was.
    """
    contents = [notebooks.read(path) for path in paths]
    cells = sum(len(content.cells) for content in contents)
    runs = []
    with runtime.progress((), "course", total=cells) as bar:
        for path, content in zip(paths, contents, strict=True):
            bar.set_description(path.stem)
            run = execute(content, path, bar.update)
            runs.append(run)
            if output is not None:
                output.mkdir(parents=True, exist_ok=True)
                notebooks.write(content, output / path.name)
            elif not run.failure:
                replace_executed(content, path)
    return runs


def replace_executed(content: nbformat.NotebookNode, path: Path) -> None:
    """Write an executed notebook over the old one; the training chapter shares its scores, too."""
    notebooks.write(notebooks.normalise(content), path)
    if path.name.startswith(training_chapter()):
        share_scores(runtime.build_folder() / "classroom", runtime.data_folder())


def training_chapter() -> str:
    """Return the number of the chapter that trains the verifier."""
    return next(chapter.number for chapter in chapters() if chapter.module == "training")


def execute(
    content: nbformat.NotebookNode, path: Path, advance: Callable[[], object] = lambda: None
) -> Run:
    """Execute a notebook's content in place, calling `advance` after each cell.

    The first error ends it and stands in what is returned.
    """
    quiet = {"DEEPSIGN_QUIET": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    client = NotebookClient(
        content,
        kernel_name="python3",
        timeout=SECONDS_A_CELL,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
    )
    peak = PeakMemory()
    started = time.perf_counter()
    with (
        client.setup_kernel(env={**os.environ, **quiet}, stderr=subprocess.DEVNULL),
        peak.of(client.km.provisioner.pid),
    ):
        failure = first_failure(client, content, advance)
    seconds = time.perf_counter() - started
    if failure:
        failure = f"{path.name}: {failure}"
    return Run(path.stem, seconds, peak.megabytes, failure)


def first_failure(
    client: NotebookClient, content: nbformat.NotebookNode, advance: Callable[[], object]
) -> str:
    """Execute the cells until one fails; return which and why, or an empty text."""
    number = 0  # as the student counts: code cells only
    for index, cell in enumerate(content.cells):
        if cell.cell_type == "code":
            number += 1
        try:
            client.execute_cell(cell, index)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            return f"cell [{number}]: {reason(error)}"
        advance()
    return ""


def reason(error: Exception) -> str:
    """Return in one line why a cell failed."""
    if isinstance(error, DeadKernelError):
        return "the kernel died, as it does when memory runs out"
    if isinstance(error, CellTimeoutError):
        return f"took more than {SECONDS_A_CELL} seconds"
    return f"{error.ename}: {error.evalue}".splitlines()[0]


def share_scores(source: Path, target: Path) -> None:
    """Copy the scores that the training chapter wrote to where later chapters read them.

    Raises
    ------
    FileNotFoundError
        If the training chapter left none; then nothing is copied.
    """
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
    seconds = sum(run.seconds for run in runs)
    megabytes = max(run.megabytes for run in runs)
    rows = [*runs, Run("all", seconds, megabytes)]
    width = max(len(row.notebook) for row in rows)
    lines = [f"{'notebook':{width}}  {'seconds':>7}  {'peak memory':>11}"]
    for row in rows:
        lines.append(f"{row.notebook:{width}}  {row.seconds:7.0f}  {row.megabytes:>8,.0f} MB")
    for run in runs:
        if run.failure:
            lines.append(f"FAILED {run.failure}")
    return "\n".join(lines)


def verifier_rates(path: Path) -> str:
    """Return the error rates of each model in a table of scores, and the protocol of the first.

    Thresholds come from the validation writers' skilled forgeries, rates from the test writers.
    """
    scores = pd.read_csv(path)
    protocols = ["model", "references", "fusion"]
    lines = [
        f"{'model':20}  {'references':>10}  {'forgeries':9}  {'FAR':>7}  {'FRR':>7}"
        f"  {'EER':>7} (95 % interval)"
    ]
    captions = []
    for (model, references, _), part in scores.groupby(protocols, sort=False):
        report = evaluation.evaluate(part)
        captions.append(report.caption)
        for row in report.table.to_dict("records"):
            lines.append(
                f"{model:20}  {references:10}  {row['forgeries']:9}"
                f"  {100 * row['FAR at threshold']:5.1f} %"
                f"  {100 * row['FRR at threshold']:5.1f} %"
                f"  {100 * row['EER']:5.1f} %"
                f" ({100 * row['EER from']:.1f} to {100 * row['EER to']:.1f})"
            )
    return "\n".join([*lines, captions[0], NO_PEOPLE])


def main(
    numbers: Annotated[
        list[str] | None,
        typer.Argument(help="Chapters such as 01 03; all of them if left out.", metavar="CHAPTER"),
    ] = None,
    in_place: Annotated[
        bool, typer.Option(help="Replace the notebooks, as they are committed.")
    ] = False,
) -> None:
    """Execute notebooks into build/notebooks; print seconds, peak memory and error rates."""
    paths = notebooks.find(runtime.project_folder(), numbers or ())
    output = None if in_place else runtime.build_folder() / "notebooks"
    runs = run_notebooks(paths, output)
    print(summary(runs))
    trained = [run for run in runs if run.notebook.startswith(training_chapter())]
    if trained and not trained[0].failure:
        print("\n" + verifier_rates(runtime.build_folder() / "classroom" / "scores.csv"))
    if any(run.failure for run in runs):
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        typer.run(main)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
