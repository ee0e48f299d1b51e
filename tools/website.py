"""Builds the site: stages notebooks, docs and pages on the package, then Sphinx renders them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import nbformat

from deepsign_helpers import files, runtime
from tools import badges, figures, notebooks, reference

PROJECT = runtime.project_folder()
CONFIGURATION = PROJECT / "docs"
HOME = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["deepsign"]
CODE_OR_LINK = re.compile(  # code is matched to be left alone
    r"^```.*?^```|`[^`\n]*`|(?<=\]\()(?![a-z]+:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?",
    re.DOTALL | re.MULTILINE,
)
# Sphinx allows a rule between paragraphs only.
LINE_TO_WRITE_ON = re.compile(r"^ *_{3,}$", re.MULTILINE)
# How the file objects.inv begins that Sphinx writes beside the pages.
INVENTORY = b"# Sphinx inventory version 2\n# Project: DeepSign\n"
WIDGET = "application/vnd.jupyter.widget-view+json"
NO_KERNEL = (
    "*Buttons and sliders stand here while the notebook runs. "
    "The rocket at the top of the page launches it.*"
)


def build(site: Path) -> None:
    """Write the site into a folder, in place of the one that was built there.

    Raises
    ------
    ValueError
        If the folder holds anything but a site of ours, or if a page links to a file that the
        project does not have.
    subprocess.CalledProcessError
        If Sphinx warns of anything.
    """
    require_ours(site)
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        pages = Path(folder, "pages")
        finished = Path(folder, "site")
        cache = Path(folder, "cache")
        stage(pages)
        command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
        subprocess.run([*command, "-d", cache, "-c", CONFIGURATION, pages, finished], check=True)
        (finished / ".buildinfo").unlink()
        exchange(site, finished)


def require_ours(site: Path) -> None:
    """Raise a ValueError if a folder holds something, but no site of ours."""
    inventory = site / "objects.inv"
    if inventory.is_file():
        heading = inventory.read_bytes()[: len(INVENTORY)]
        is_ours = heading == INVENTORY
    else:
        is_ours = not site.exists() or (site.is_dir() and not any(site.iterdir()))
    if not is_ours:
        raise ValueError(f"{site}: holds something other than our site; choose another folder.")


def exchange(site: Path, finished: Path) -> None:
    """Put a finished site into a folder, in place of the one that stands there."""
    site.parent.mkdir(parents=True, exist_ok=True)
    with files.alone_at(site), files.staging(site) as staging:
        shutil.copytree(finished, staging / "finished")
        if site.exists():
            site.rename(staging / "replaced")
        (staging / "finished").rename(site)


def stage(pages: Path) -> None:
    """Write what Sphinx reads into a folder.

    Docs stand at its top, README.md beside them, chapters in notebooks/, the package in package/.
    """
    (pages / "notebooks").mkdir(parents=True)
    for path in sources():
        target = pages / place(path)
        if path.suffix == ".ipynb":
            nbformat.write(page_of_notebook(notebooks.read(path), path), target)
        elif path.suffix == ".md":
            text = page_of_document(path.read_text(encoding="utf-8"), path)
            target.write_text(figures.fill(text, pages / path.stem), encoding="utf-8")
        else:
            shutil.copy(path, target)
    reference.write_pages(pages / "package")


def sources() -> list[Path]:
    """Return the files of the project that the site is made of."""
    docs = []
    for suffix in ("md", "png", "svg"):
        docs += sorted(CONFIGURATION.glob(f"*.{suffix}"))
    return [*notebooks.find(PROJECT), *docs, PROJECT / "README.md"]


def place(path: Path) -> Path:
    """Return where a file of the project stands among the pages."""
    path = path.relative_to(PROJECT)
    return path.relative_to("docs") if path.is_relative_to("docs") else path


def page_of_document(text: str, path: Path) -> str:
    """Return the text of a document without badges, its links leading to pages."""
    text = badges.MARKERS.sub("", text)
    text = LINE_TO_WRITE_ON.sub(lambda line: line[0].replace("_", r"\_"), text)
    return rewrite_links(text, path)


def page_of_notebook(notebook: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """Return a notebook without badges, the cell for Colab and widgets.

    The site has launch buttons of its own, and no kernel. Where a cell shows only a widget, the
    page says so.
    """
    notebook.cells = [cell for cell in notebook.cells if "colab" not in notebooks.tags_of(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = rewrite_links(badges.MARKERS.sub("", cell.source), path)
        elif cell.cell_type == "code":
            cell.outputs = still_outputs(cell, path)
    return notebook


def still_outputs(cell: nbformat.NotebookNode, path: Path) -> list[nbformat.NotebookNode]:
    """Return the outputs of a cell that a page without a kernel can show."""
    still = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    if cell.outputs and not still:
        return [nbformat.v4.new_output("display_data", {"text/markdown": NO_KERNEL})]
    for output in still:
        if "text/markdown" in output.get("data", {}):
            output.data["text/markdown"] = rewrite_links(output.data["text/markdown"], path)
    return still


def rewrite_links(text: str, path: Path) -> str:
    """Return Markdown whose relative links lead to a page, or to the repository at its tag.

    Parameters
    ----------
    text : str
        Markdown.
    path : path
        The file of the project that it stands in.

    Raises
    ------
    ValueError
        If a link leads to a file that does not exist.
    """
    pages = [page for page in sources() if page.name != "README.md"]

    def rewritten(match: re.Match) -> str:
        if match["path"] is None:
            return match[0]
        target = Path(os.path.normpath(path.parent / match["path"]))
        anchor = match["anchor"] or ""
        if not target.exists():
            raise ValueError(f"{path.name}: links to {match['path']}, which does not exist.")
        if target in pages:
            return os.path.relpath(place(target), place(path).parent) + anchor
        kind = "tree" if target.is_dir() else "blob"
        inside = target.relative_to(PROJECT).as_posix()
        return f"https://github.com/{HOME['repository']}/{kind}/{HOME['tag']}/{inside}{anchor}"

    return CODE_OR_LINK.sub(rewritten, text)


if __name__ == "__main__":
    try:
        build(runtime.build_folder() / "site")
    except subprocess.CalledProcessError:
        sys.exit(1)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    print(f"open {runtime.build_folder() / 'site' / 'index.html'}")
