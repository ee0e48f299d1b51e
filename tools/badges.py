"""Stamps launch badges into README and notebooks, and the cell that sets the course up on Colab."""

import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat

from deepsign_helpers import files, runtime
from tools import course

MARKERS = re.compile(r"<!-- badges -->.*?<!-- /badges -->", re.DOTALL)
BINDER = "[![Launch on Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/{}/{}?urlpath={})"
COLAB = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{}/blob/{}/{})"
)
COLAB_CELL = """\
import sys

if "google.colab" in sys.modules:  # only there: install the course beside the TensorFlow that Colab brings
    from subprocess import check_call

    source = "git+https://github.com/{}@{}"
    check_call([sys.executable, "-m", "pip", "install", "-qq", "--no-deps", source])
    from deepsign_helpers import colab

    colab.install_missing()"""


def stamp_all(folder: Path) -> list[Path]:
    """Stamp README.md and every notebook of a checkout; return the files that were stale.

    Repository and tag stand in `[tool.deepsign]` of its pyproject.toml. What a notebook printed stays; its cells are
    counted anew where the cell for Colab came in.

    Raises
    ------
    ValueError
        If a file has no place for the badges.
    """
    home = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "deepsign"
    ]
    repository, tag = home["repository"], home["tag"]
    notebooks = course.find_notebooks(folder / "notebooks")
    stale = []
    for path in (folder / "README.md", *notebooks):
        before = path.read_text(encoding="utf-8")
        launched = notebooks[0] if path.suffix == ".md" else path
        badges = launch_badges(repository, tag, launched.relative_to(folder).as_posix())
        if path.suffix == ".md":
            after = stamp(before, badges, path.name)
        else:
            after = stamp_notebook(before, badges, COLAB_CELL.format(repository, tag), path.name)
        if after != before:
            with files.replace_atomically(path) as temporary:
                temporary.write_text(after, encoding="utf-8", newline="\n")
            stale.append(path)
    return stale


def launch_badges(repository: str, tag: str, notebook: str) -> str:
    """Return the two badges that open a notebook at the tag, on Binder in JupyterLab and on Colab."""
    binder = BINDER.format(repository, quote(tag), quote(f"lab/tree/{notebook}", safe=""))
    return f"{binder} {COLAB.format(repository, quote(tag), notebook)}"


def stamp(text: str, badges: str, name: str) -> str:
    """Return the text with the badges between its markers."""
    if len(MARKERS.findall(text)) != 1:
        raise ValueError(
            f"{name}: has no single place for badges; put <!-- badges --><!-- /badges --> where they go."
        )
    return MARKERS.sub(lambda _: f"<!-- badges -->{badges}<!-- /badges -->", text)


def stamp_notebook(text: str, badges: str, colab_cell: str, name: str) -> str:
    """Return the notebook's text with badges in its first cell and the cell for Colab after it."""
    content = nbformat.reads(text, as_version=4)
    title, rest = content.cells[0], content.cells[1:]
    title.source = stamp(title.source, badges, name)
    if rest and "colab" in rest[0].metadata.get("tags", []):
        rest[0].source = colab_cell
    else:
        cell = nbformat.v4.new_code_cell(colab_cell, metadata={"tags": ["colab"]})
        content.cells = [title, cell, *rest]
        number_cells(content)
    return course.text_of(content)


def number_cells(content: nbformat.NotebookNode) -> None:
    """Count the cells of an executed notebook from 1; one that has a cell not executed is left alone."""
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
    print("\n".join(f"stamped {path.name}" for path in stamped) or "every badge is up to date")
