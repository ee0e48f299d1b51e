"""A chapter more: it is listed and its files are there, and everything finds it by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from deepsign_helpers import runtime

PROJECT = runtime.project_folder()
FOLDERS = ("deepsign_helpers", "tools", "docs", "notebooks")
LISTED = """

[[chapters]]
number = "99"
title = "Halves"
notebook = "99_halves"
module = "halves"
learn = "halve a number"
minutes = 15
seconds = 20
megabytes = 400
"""
MODULE = '''"""Halves of numbers."""


def halve(number: float) -> float:
    """Return half of a number."""
    return number / 2
'''
FIGURES = '''"""Figures of chapter 99."""

__all__ = ["show_half"]


def show_half(number: float) -> None:
    """Show half of a number."""
    print(f"half: {number / 2:g}")
'''
EXERCISES = '''"""The exercise of chapter 99."""

from deepsign_helpers.exercises.tutor import Exercise


def halve(number: float) -> float:
    """Return half of a number."""
    return number / 2


def doubled(number):
    """This is the double; half is asked for."""
    return number * 2


EXERCISES = {
    "99.1": Exercise(
        title="Halve a number",
        solution=halve,
        mistakes=(doubled,),
        hints=("Divide.",),
        trials=lambda: {"a four": (4.0,)},
    )
}
'''
QUIZ = """
[[questions]]
question = "What is half of four?"
[[questions.options]]
text = "Two."
right = true
why = "Two and two are four."
[[questions.options]]
text = "Three."
why = "It tempts because it lies between."
[[questions.options]]
text = "Eight."
why = "It tempts because it is the double."
"""
TITLE = """\
# 99 · Halves

*15 min to read and do · runs in 3 s on two cores · peak memory 210 MB · before this: nothing*

<!-- badges --><!-- /badges -->"""
CODE = """\
from deepsign_helpers import halves, plotting
from deepsign_helpers.exercises import check, quiz

plotting.show_half(4)
quiz("99")
check("99.1", halves.halve)"""


def notebook():
    """Return the notebook of the new chapter, as somebody writes it."""
    cells = [nbformat.v4.new_markdown_cell(TITLE), nbformat.v4.new_code_cell(CODE)]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout with a chapter more."""
    copy = tmp_path_factory.mktemp("copy")
    unwanted = shutil.ignore_patterns(".*", "__pycache__")
    for name in FOLDERS:
        shutil.copytree(PROJECT / name, copy / name, ignore=unwanted)
    for path in PROJECT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    data = copy / "data_synthetic"
    data.symlink_to(PROJECT / "data_synthetic", target_is_directory=True)

    with (copy / "chapters.toml").open("a", encoding="utf-8") as file:
        file.write(LISTED)
    package = copy / "deepsign_helpers"
    written = {
        package / "halves.py": MODULE,
        package / "plotting" / "chapter_99.py": FIGURES,
        package / "exercises" / "chapter_99.py": EXERCISES,
        package / "exercises" / "chapter_99.toml": QUIZ,
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    nbformat.write(notebook(), copy / "notebooks" / "99_halves.ipynb")
    return copy


def run(checkout, tool, *arguments):
    """Run one of the tools in the copy; return what it printed."""
    result = subprocess.run(
        [sys.executable, "-m", f"tools.{tool}", *arguments],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_course_runner_executes_it_and_tutor_quiz_and_figures_know_it(checkout):
    assert "99_halves" in run(checkout, "course", "99")
    executed = Path(checkout, "build", "notebooks", "99_halves.ipynb")
    printed = executed.read_text(encoding="utf-8")
    assert "half: 2" in printed
    assert "What is half of four?" in printed
    assert "Solved in this chapter: 1 of 1." in printed


def test_badges_slides_and_the_table_of_the_readme_get_it(checkout):
    assert "99_halves.ipynb" in run(checkout, "badges")
    assert "99_halves.ipynb" in run(checkout, "slides")
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    row = "| [99 Halves](notebooks/99_halves.ipynb) | halve a number | 15 min | 3 s |"
    assert row in readme.splitlines()
    stamped = nbformat.read(checkout / "notebooks" / "99_halves.ipynb", as_version=4)
    assert "mybinder.org" in stamped.cells[0].source
    assert stamped.cells[0].metadata["slideshow"] == {"slide_type": "slide"}


def test_the_site_has_its_page_and_that_of_its_module(checkout):
    run(checkout, "website")
    site = checkout / "build" / "site"
    start = (site / "index.html").read_text(encoding="utf-8")
    for page in ("notebooks/99_halves.html", "package/halves.html"):
        assert (site / page).is_file()
        assert f'href="{page}"' in start
