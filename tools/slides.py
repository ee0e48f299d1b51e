"""Stamps into the notebooks which cell is a slide; `jupyter nbconvert --to slides` makes a talk."""

import re
from pathlib import Path

import nbformat

from deepsign_helpers import runtime
from tools import notebooks

EXERCISE = re.compile(r"(?:check|hint|solution)\(")
EXERCISES = re.compile(r"## Exercises\b")
SECTION = re.compile(r"^##? ", re.MULTILINE)
PART = re.compile(r"^### |\*\*Predict", re.MULTILINE)


def tag(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Say of each cell, in place, what it is on a slide; return the notebook.

    A title or a section (`##`) begins a slide. Code is shown if it printed something, and stays on
    the slide of its announcement, which is a sub-slide, like a prediction and a part (`###`). What
    a text adds after shown code comes as a fragment; text about code that is not shown is a note
    for the speaker. Skipped are the set-up for Colab, exercises with the text that leads to them,
    and whatever else prints nothing.
    """
    cells = notebook.cells
    for index, cell in enumerate(cells):
        before = cells[index - 1] if index > 0 else None
        after = cells[index + 1] if index + 1 < len(cells) else None
        cell.metadata["slideshow"] = {"slide_type": slide_type(cell, before, after)}
    return notebook


def slide_type(
    cell: nbformat.NotebookNode,
    before: nbformat.NotebookNode | None,
    after: nbformat.NotebookNode | None,
) -> str:
    """Return what a cell is between its neighbours: slide, subslide, fragment, notes, skip, "-".

    The last means that the slide before goes on.
    """
    if cell.cell_type == "code":
        return "-" if is_shown(cell) else "skip"
    if is_exercise(after) or EXERCISES.match(cell.source):
        return "skip"
    if SECTION.search(cell.source):
        return "slide"
    if PART.search(cell.source) or is_shown(after):
        return "subslide"
    if is_shown(before):
        return "fragment"
    return "notes"


def is_shown(cell: nbformat.NotebookNode | None) -> bool:
    """Tell whether an audience sees this code: it printed something, and it is no exercise."""
    if cell is None or cell.cell_type != "code" or is_exercise(cell):
        return False
    return bool(cell.outputs) and "colab" not in notebooks.tags_of(cell)


def is_exercise(cell: nbformat.NotebookNode | None) -> bool:
    """Tell whether a cell is an exercise's: its stub, its check, a hint or a solution."""
    if cell is None or cell.cell_type != "code":
        return False
    if {"exercise", "check"} & set(notebooks.tags_of(cell)):
        return True
    return bool(EXERCISE.match(cell.source))


def stamp_all(checkout: Path) -> list[Path]:
    """Stamp every notebook of a checkout, outputs untouched; return those that were stale."""
    stale = []
    for path in notebooks.find(checkout):
        content = notebooks.normalise(tag(notebooks.read(path)))
        if notebooks.text_of(content) != path.read_text(encoding="utf-8"):
            notebooks.write(content, path)
            stale.append(path)
    return stale


if __name__ == "__main__":
    stamped = stamp_all(runtime.project_folder())
    for path in stamped:
        print(f"stamped {path.name}")
    if not stamped:
        print("every slide is up to date")
