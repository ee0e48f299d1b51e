"""Fills a page's places for figures with the pictures that the notebooks hold as outputs."""

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import nbformat

from deepsign_helpers import files, runtime
from tools import notebooks

PLACE = re.compile(r'^<!-- figure: (?P<notebook>\w+) "(?P<beginning>.+)" -->$', re.MULTILINE)


def fill(text: str, folder: Path) -> str:
    """Return a page with a picture and its caption wherever it names a figure.

    A place is a line of its own:
    `<!-- figure: 01_preprocessing "beginning of the alternative text" -->`.

    Parameters
    ----------
    text : str
        The page, in Markdown.
    folder : path
        Where the pictures are written; made if need be. The page is expected beside it, so links
        begin with its name.

    Raises
    ------
    ValueError
        If there is no such notebook, or if not exactly one of its figures begins like that.
    """

    def picture(place: re.Match) -> str:
        notebook = place["notebook"]
        number, png, alternative = find(notebook, place["beginning"])
        target = folder / f"{notebook}_{number}.png"
        folder.mkdir(parents=True, exist_ok=True)
        with files.replace_atomically(target) as temporary:
            temporary.write_bytes(png)
        shown = re.sub(r"([\\*\[\]])", r"\\\1", alternative)
        return f"![{shown}]({folder.name}/{target.name})\n\n*{shown}*"

    return PLACE.sub(picture, text)


def find(notebook: str, beginning: str) -> tuple[int, bytes, str]:
    """Return the one figure of a notebook that begins like this.

    Returns
    -------
    number : int
        From 1.
    png : bytes
    alternative : str
        The alternative text.
    """
    path = runtime.project_folder() / "notebooks" / f"{notebook}.ipynb"
    if not path.is_file():
        raise ValueError(
            f'{notebook}: there is no such notebook, wanted for the figure "{beginning}".'
        )
    found = []
    for number, (png, alternative) in enumerate(figures(notebooks.read(path)), start=1):
        if alternative.startswith(beginning):
            found.append((number, png, alternative))
    if len(found) != 1:
        raise ValueError(
            f'{notebook}: {len(found)} figures begin with "{beginning}"; '
            "give the beginning of just one."
        )
    return found[0]


def figures(content: nbformat.NotebookNode) -> Iterator[tuple[bytes, str]]:
    """Yield picture (PNG) and alternative text of every figure of a notebook, in order."""
    for cell in content.cells:
        for output in cell.get("outputs", []):
            if "image/png" not in output.get("data", {}):
                continue
            png = b64decode(output.data["image/png"])
            alternative = output.metadata.get("image/png", {}).get("alt", "")
            yield png, alternative
