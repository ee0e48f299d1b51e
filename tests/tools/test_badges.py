"""Launch badges and the cell for Colab: one source, and a stale one is found."""

import ast
import re
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest

from deepsign_helpers import runtime
from tools import badges, notebooks

PROJECT = runtime.project_folder()
HOME = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["deepsign"]
BINDER_LINK = "https://mybinder.org/v2/gh/{repository}/{tag}?urlpath=lab%2Ftree%2F{path}"
COLAB_LINK = "https://colab.research.google.com/github/{repository}/blob/{tag}/{path}"


README = """\
# A course

<!-- badges --><!-- /badges -->

Its chapters:

<!-- course --><!-- /course -->

More.
"""
FACTS = (
    "*15 min to read and do · runs in 9 s on two cores · peak memory 310 MB · before this: nothing*"
)
TITLE = f"# Title\n\n{FACTS}\n\n<!-- badges --><!-- /badges -->"


@pytest.fixture
def checkout(list_chapters):
    """A small checkout: README, one executed notebook, and where it lives."""
    folder = list_chapters("00_first")
    (folder / "pyproject.toml").write_text(
        '[tool.deepsign]\nrepository = "someone/course"\ntag = "v7.1"\n'
    )
    (folder / "README.md").write_text(README)
    title = nbformat.v4.new_markdown_cell(TITLE)
    result = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    cells = [title, nbformat.v4.new_code_cell("1 + 1", execution_count=1, outputs=[result])]
    cells.append(nbformat.v4.new_code_cell("x = 3", execution_count=2))
    (folder / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks" / "00_first.ipynb")
    return folder


def read(checkout):
    return nbformat.read(checkout / "notebooks" / "00_first.ipynb", as_version=4)


def test_both_badges_open_the_notebook_at_the_tag(checkout):
    assert [path.name for path in badges.stamp_all(checkout)] == ["00_first.ipynb", "README.md"]
    place = {"repository": "someone/course", "tag": "v7.1"}
    for text in ((checkout / "README.md").read_text(), read(checkout).cells[0].source):
        assert BINDER_LINK.format(path="notebooks%2F00_first.ipynb", **place) in text
        assert COLAB_LINK.format(path="notebooks/00_first.ipynb", **place) in text
        assert "![" not in text, "a picture would come from another host"
    assert (checkout / "README.md").read_text().endswith("<!-- /course -->\n\nMore.\n")


def test_the_course_table_has_a_row_for_each_chapter_with_the_seconds_of_its_notebook(checkout):
    badges.stamp_all(checkout)
    table = (checkout / "README.md").read_text().split("<!-- course -->")[1]
    row = "| [00 First](notebooks/00_first.ipynb) | do something | 15 min | 9 s |"
    assert row in table.splitlines()


def test_an_executed_notebook_stays_executed_when_the_cell_for_colab_comes_in(checkout):
    badges.stamp_all(checkout)
    content = read(checkout)
    nbformat.validate(content)
    assert content.cells[1].metadata.tags == ["colab"]
    assert [cell.execution_count for cell in content.cells[1:]] == [1, 2, 3]
    assert content.cells[2].outputs[0].execution_count == 2
    assert content.cells[2].outputs[0].data["text/plain"] == "2"


def test_a_notebook_that_was_not_executed_is_not_made_to_look_so(checkout):
    content = read(checkout)
    content.cells[2].execution_count = None
    nbformat.write(content, checkout / "notebooks" / "00_first.ipynb")
    badges.stamp_all(checkout)
    assert [cell.execution_count for cell in read(checkout).cells[1:]] == [None, 1, None]


def test_stamping_twice_changes_nothing_and_leaves_a_notebook_as_running_it_does(checkout):
    path = checkout / "notebooks" / "00_first.ipynb"
    notebooks.write(notebooks.normalise(read(checkout)), path)
    badges.stamp_all(checkout)
    assert badges.stamp_all(checkout) == []
    assert notebooks.text_of(notebooks.normalise(read(checkout))) == path.read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("stale", ["README.md", "notebooks/00_first.ipynb"])
def test_a_stale_stamp_is_found_and_mended(checkout, stale):
    badges.stamp_all(checkout)
    path = checkout / stale
    fresh = path.read_bytes()
    path.write_bytes(fresh.replace(b"v7.1", b"v7.0"))
    assert badges.stamp_all(checkout) == [path]
    assert path.read_bytes() == fresh


def test_a_new_tag_reaches_the_cell_for_colab(checkout):
    badges.stamp_all(checkout)
    pyproject = checkout / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("v7.1", "v8.0"))
    badges.stamp_all(checkout)
    assert "git+https://github.com/someone/course@v8.0" in read(checkout).cells[1].source


def test_a_file_without_a_place_for_a_stamp_is_named(checkout):
    for place in ("badges", "course"):
        text = README.replace(f"<!-- {place} -->", "")
        (checkout / "README.md").write_text(text)
        with pytest.raises(ValueError, match=rf"README\.md: has no single place for {place}"):
            badges.stamp_all(checkout)


def test_outside_colab_its_cell_does_nothing(capfd):
    cell = badges.COLAB_CELL.format(repository="nobody/nothing", tag="v0")
    exec(cell, {})
    assert capfd.readouterr() == ("", "")
    branch = ast.parse(cell).body[-1]
    assert isinstance(branch, ast.If)
    assert len(ast.parse(cell).body) == 2
    assert len(cell.splitlines()) <= 12


def test_every_stamp_of_this_checkout_is_fresh(tmp_path):
    for name in ("README.md", "chapters.toml", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(
        PROJECT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*")
    )
    stale = badges.stamp_all(tmp_path)
    assert not stale, f"run `make badges`: {', '.join(path.name for path in stale)}"


def test_no_file_of_this_checkout_names_another_repository_or_tag():
    pattern = re.compile(
        r"(?:mybinder\.org/v2/gh|colab\.research\.google\.com/github)/([\w.-]+/[\w.-]+?)/(?:blob/)?([\w.-]+)"
    )
    files = [
        PROJECT / "README.md",
        *Path(PROJECT / "notebooks").glob("*.ipynb"),
        *Path(PROJECT / "docs").rglob("*.md"),
    ]
    found = {pair for path in files for pair in pattern.findall(path.read_text(encoding="utf-8"))}
    assert found <= {(HOME["repository"], HOME["tag"])}
