"""Builds the site: stages notebooks and docs under one folder, then Sphinx renders their committed outputs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import nbformat

from deepsign_helpers import runtime
from tools import badges, course, figures

PROJECT = runtime.project_folder()
CONFIGURATION = PROJECT / "docs"
HOME = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["deepsign"]
CODE_OR_LINK = re.compile(  # code is matched to be left alone
    r"^```.*?^```|`[^`\n]*`|(?<=\]\()(?![a-z]+:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?",
    re.DOTALL | re.MULTILINE,
)
LINE_TO_WRITE_ON = re.compile(
    r"^ *_{3,}$", re.MULTILINE
)  # Sphinx allows a rule between paragraphs only
WIDGET = "application/vnd.jupyter.widget-view+json"
NO_KERNEL = "*Buttons and sliders stand here while the notebook runs. The rocket at the top of the page launches it.*"


def build(site: Path) -> None:
    """Write the site into a folder, which is made anew.

    Raises
    ------
    ValueError
        If a page links to a file that the project does not have.
    subprocess.CalledProcessError
        If Sphinx warns of anything.
    """
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        pages, finished, cache = (Path(folder, name) for name in ("pages", "site", "cache"))
        stage(pages)
        command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
        subprocess.run([*command, "-d", cache, "-c", CONFIGURATION, pages, finished], check=True)
        (finished / ".buildinfo").unlink()
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(finished, site)


def stage(pages: Path) -> None:
    """Copy what Sphinx reads into a folder: docs at its top, README.md beside them, chapters in notebooks/."""
    (pages / "notebooks").mkdir(parents=True)
    for path in sources():
        if path.suffix == ".ipynb":
            nbformat.write(
                page_of_notebook(nbformat.read(path, as_version=4), path), pages / place(path)
            )
        elif path.suffix == ".md":
            text = badges.MARKERS.sub("", path.read_text(encoding="utf-8"))
            text = LINE_TO_WRITE_ON.sub(lambda line: line[0].replace("_", r"\_"), text)
            text = figures.fill(rewrite_links(text, path), pages / path.stem)
            (pages / place(path)).write_text(text, encoding="utf-8")
        else:
            shutil.copy(path, pages / place(path))


def sources() -> list[Path]:
    """Return the files of the project that the site is made of."""
    docs = [path for suffix in ("md", "png", "svg") for path in CONFIGURATION.glob(f"*.{suffix}")]
    return [*course.find_notebooks(PROJECT / "notebooks"), *docs, PROJECT / "README.md"]


def place(path: Path) -> Path:
    """Return where a file of the project stands among the pages."""
    path = path.relative_to(PROJECT)
    return path.relative_to("docs") if path.is_relative_to("docs") else path


def page_of_notebook(notebook: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """Return a notebook without badges, the cell for Colab and widgets; where a cell shows nothing else, it says so.

    The site has launch buttons of its own, and no kernel.
    """
    notebook.cells = [
        cell for cell in notebook.cells if "colab" not in cell.metadata.get("tags", [])
    ]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = rewrite_links(badges.MARKERS.sub("", cell.source), path)
            continue
        still = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
        if cell.outputs and not still:
            still = [nbformat.v4.new_output("display_data", {"text/markdown": NO_KERNEL})]
        for output in still:
            if "text/markdown" in output.get("data", {}):
                output.data["text/markdown"] = rewrite_links(output.data["text/markdown"], path)
        cell.outputs = still
    return notebook


def rewrite_links(text: str, path: Path) -> str:
    """Return Markdown whose links, relative in the project, lead to a page or else to the repository at its tag."""
    pages = [page for page in sources() if page.name != "README.md"]

    def rewritten(match: re.Match) -> str:
        if match["path"] is None:
            return match[0]
        target = Path(os.path.normpath(path.parent / match["path"]))
        if not target.exists():
            raise ValueError(f"{path.name}: links to {match['path']}, which does not exist.")
        if target in pages:
            return os.path.relpath(place(target), place(path).parent) + (match["anchor"] or "")
        kind = "tree" if target.is_dir() else "blob"
        inside = target.relative_to(PROJECT).as_posix()
        return f"https://github.com/{HOME['repository']}/{kind}/{HOME['tag']}/{inside}{match['anchor'] or ''}"

    return CODE_OR_LINK.sub(rewritten, text)


if __name__ == "__main__":
    try:
        build(runtime.build_folder() / "site")
    except subprocess.CalledProcessError:
        sys.exit(1)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    print(f"open {runtime.build_folder() / 'site' / 'index.html'}")
