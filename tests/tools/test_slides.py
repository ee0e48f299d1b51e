"""Slides: what a cell is in a talk follows from the cell and its neighbours."""

import re

import nbformat
import pytest
from nbconvert import SlidesExporter

from deepsign_helpers import runtime
from tools import notebooks, slides

PROJECT = runtime.project_folder()
NOTEBOOKS = notebooks.find(PROJECT)
PRINTED = [nbformat.v4.new_output("stream", text="12 %\n")]


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def code(source, outputs=(), tags=()):
    metadata = {"tags": list(tags)} if tags else {}
    return nbformat.v4.new_code_cell(
        source, outputs=list(outputs), metadata=metadata, execution_count=1
    )


@pytest.fixture
def chapter():
    """A chapter with one cell of each sort."""
    cells = [
        (text("# 00 · A chapter"), "slide"),
        (code("import sys", PRINTED, ["colab"]), "skip"),
        (text("## A section\n\nIts first sentence."), "slide"),
        (code("import numpy as np"), "skip"),
        (text("We prepare what we need."), "notes"),
        (code("prepared = 3"), "skip"),
        (text("**Predict**: how many?"), "subslide"),
        (code("prepared + 3"), "skip"),
        (text("The figure shows how many."), "subslide"),
        (code("plotting.say('12 %')", PRINTED), "-"),
        (text("That is more than it looks."), "fragment"),
        (code("prepared = 4"), "skip"),
        (text("### A part\n\nIts first sentence."), "subslide"),
        (code("plotting.say('12 %')", PRINTED), "-"),
        (text("## Exercises\n\nThe functions below are empty."), "skip"),
        (text("### 0.1 Count the two errors\n\nCount them."), "skip"),
        (code("def count(answers): ...", tags=["exercise"]), "skip"),
        (code('check("0.1", count)', PRINTED, ["check"]), "skip"),
        (text("A hint, if you want one."), "skip"),
        (code('hint("0.1")', PRINTED), "skip"),
        (text("## What we saw\n\n- One thing."), "slide"),
    ]
    return nbformat.v4.new_notebook(cells=[cell for cell, _ in cells]), [kind for _, kind in cells]


def kinds(content):
    return [cell.metadata["slideshow"]["slide_type"] for cell in content.cells]


def test_each_sort_of_cell_has_its_place_in_a_talk(chapter):
    content, wanted = chapter
    assert kinds(slides.tag(content)) == wanted
    nbformat.validate(content)


def test_running_a_notebook_again_keeps_slides_and_tags(chapter):
    content, wanted = chapter
    normalised = notebooks.normalise(slides.tag(content))
    assert kinds(normalised) == wanted
    assert normalised.cells[1].metadata == {"slideshow": {"slide_type": "skip"}, "tags": ["colab"]}


def test_stamping_twice_changes_nothing_and_outputs_stay(chapter, list_chapters):
    checkout = list_chapters("00_chapter")
    path = checkout / "notebooks" / "00_chapter.ipynb"
    path.parent.mkdir()
    notebooks.write(notebooks.normalise(chapter[0]), path)
    assert slides.stamp_all(checkout) == [path]
    assert slides.stamp_all(checkout) == []
    stamped = nbformat.read(path, as_version=4)
    assert kinds(stamped) == chapter[1]
    before = [cell.get("outputs") for cell in chapter[0].cells]
    assert [cell.get("outputs") for cell in stamped.cells] == before


def test_nbconvert_makes_a_talk_of_it(chapter):
    page, _ = SlidesExporter().from_notebook_node(slides.tag(chapter[0]))
    page = page[page.index('<div class="slides">') :]
    words = re.sub(r"<[^>]+>", "", page)
    for shown in (
        "A section",
        "plotting.say",
        "12 %",
        "That is more than it looks.",
        "We prepare what we need.",
    ):
        assert shown in words
    for hidden in (
        "import numpy",
        "import sys",
        "Exercises",
        "Count them.",
        "A hint, if you want one.",
        "prepared = 4",
    ):
        assert hidden not in words
    assert re.search(
        r'<aside class="notes">.*?We prepare what we need\..*?</aside>', page, re.DOTALL
    )
    assert page.count("<section") >= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebooks_agree_with_the_rule(path):
    stamped = notebooks.normalise(slides.tag(notebooks.read(path)))
    assert notebooks.text_of(stamped) == path.read_text(encoding="utf-8"), "run `make badges`"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_is_a_talk_of_many_slides(path):
    found = kinds(slides.tag(nbformat.read(path, as_version=4)))
    assert found.count("slide") >= 6
    assert found.count("subslide") >= 8
