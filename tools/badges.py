"""Stamps badges into README and notebooks, the course table into README, the cell for Colab."""

import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat

from deepsign_helpers import files, runtime
from deepsign_helpers.chapters import Chapter, chapters
from tools import notebooks

BADGES = "badges"
COURSE = "course"
MARKERS = re.compile(rf"<!-- {BADGES} -->.*?<!-- /{BADGES} -->", re.DOTALL)
# Words, not the services' pictures: a page that is opened without a network asks nobody for one.
BINDER = "[Launch on Binder](https://mybinder.org/v2/gh/{repository}/{tag}?urlpath={path})"
COLAB = "[Open in Colab](https://colab.research.google.com/github/{repository}/blob/{tag}/{path})"
COLAB_CELL = """\
import sys

# Only on Colab: install the course beside the TensorFlow that Colab brings.
if "google.colab" in sys.modules:
    from subprocess import check_call

    source = "git+https://github.com/{repository}@{tag}"
    check_call([sys.executable, "-m", "pip", "install", "-qq", "--no-deps", source])
    from deepsign_helpers import colab

    colab.install_missing()"""
TABLE_HEAD = """\
| chapter | you learn to | reading and doing | running |
|---|---|---|---|"""


def stamp_all(checkout: Path) -> list[Path]:
    """Stamp README.md and every notebook of a checkout; return the files that were stale.

    Repository and tag stand in `[tool.deepsign]` of its pyproject.toml, the chapters in its
    chapters.toml. What a notebook printed stays; its cells are counted anew where the cell for
    Colab came in.

    Raises
    ------
    ValueError
        If a file has no place for the badges, or README.md none for the course table.
    """
    settings = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    home = settings["tool"]["deepsign"]
    paths = notebooks.find(checkout)
    stale = []
    for path in paths:
        badges = launch_badges(home, path.relative_to(checkout).as_posix())
        before = path.read_text(encoding="utf-8")
        after = stamp_notebook(before, badges, COLAB_CELL.format(**home), path.name)
        if replace_if_changed(path, before, after):
            stale.append(path)
    readme = checkout / "README.md"
    before = readme.read_text(encoding="utf-8")
    badges = launch_badges(home, paths[0].relative_to(checkout).as_posix())
    after = stamp(before, BADGES, badges, readme.name)
    after = stamp(after, COURSE, f"\n{course_table(checkout)}\n", readme.name)
    if replace_if_changed(readme, before, after):
        stale.append(readme)
    return stale


def replace_if_changed(path: Path, before: str, after: str) -> bool:
    """Write a file's new text if it differs from the old; tell whether it did."""
    if after == before:
        return False
    with files.replace_atomically(path) as temporary:
        temporary.write_text(after, encoding="utf-8", newline="\n")
    return True


def launch_badges(home: dict[str, str], notebook: str) -> str:
    """Return the two links that open a notebook at the tag: on Binder in JupyterLab, on Colab."""
    repository = home["repository"]
    tag = quote(home["tag"])
    in_jupyterlab = quote(f"lab/tree/{notebook}", safe="")
    binder = BINDER.format(repository=repository, tag=tag, path=in_jupyterlab)
    colab = COLAB.format(repository=repository, tag=tag, path=notebook)
    return f"{binder} · {colab}"


def course_table(checkout: Path) -> str:
    """Return the course table: a row for each chapter."""
    listed = chapters(checkout / "chapters.toml")
    paths = notebooks.find(checkout)
    rows = [table_row(chapter, path) for chapter, path in zip(listed, paths, strict=True)]
    return "\n".join([TABLE_HEAD, *rows])


def table_row(chapter: Chapter, path: Path) -> str:
    """Return a chapter's row of the course table; how long it runs is what its notebook states."""
    seconds = notebooks.facts(notebooks.read(path)).seconds
    link = f"[{chapter.number} {chapter.title}](notebooks/{path.name})"
    return f"| {link} | {chapter.learn} | {chapter.minutes} min | {seconds} s |"


def stamp(text: str, place: str, content: str, name: str) -> str:
    """Return the text of the file of that name with new content between the markers of a place."""
    opening = f"<!-- {place} -->"
    closing = f"<!-- /{place} -->"
    if text.count(opening) != 1 or text.count(closing) != 1:
        raise ValueError(
            f"{name}: has no single place for {place}; put {opening}{closing} where it goes."
        )
    before, rest = text.split(opening)
    after = rest.split(closing)[1]
    return f"{before}{opening}{content}{closing}{after}"


def stamp_notebook(text: str, badges: str, colab_cell: str, name: str) -> str:
    """Return the notebook's text with badges in its first cell and the cell for Colab after it."""
    content = nbformat.reads(text, as_version=4)
    title, *rest = content.cells
    title.source = stamp(title.source, BADGES, badges, name)
    if rest and "colab" in notebooks.tags_of(rest[0]):
        rest[0].source = colab_cell
    else:
        cell = nbformat.v4.new_code_cell(colab_cell, metadata={"tags": ["colab"]})
        content.cells = [title, cell, *rest]
        number_cells(content)
    return notebooks.text_of(content)


def number_cells(content: nbformat.NotebookNode) -> None:
    """Count the cells of an executed notebook from 1; leave one alone that was not executed."""
    cells = [cell for cell in content.cells if cell.cell_type == "code" and cell.source.strip()]
    if any(cell.execution_count is None for cell in cells[1:]):
        return
    for number, cell in enumerate(cells, start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number


if __name__ == "__main__":
    stamped = stamp_all(runtime.project_folder())
    for path in stamped:
        print(f"stamped {path.name}")
    if not stamped:
        print("every badge is up to date")
