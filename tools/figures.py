"""Fills a page's places for figures with the pictures that the notebooks hold as outputs."""

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import nbformat

from deepsign_helpers import files, runtime

PLACE = re.compile(r'^<!-- figure: (?P<notebook>\w+) "(?P<beginning>.+)" -->$', re.MULTILINE)


def fill(text: str, folder: Path) -> str:
    """Return a page with a picture and its caption wherever it names a figure; the pictures go into a folder.

    A place is a line of its own, `<!-- figure: 01_preprocessing "beginning of the alternative text" -->`.

    Parameters
    ----------
    text : str
        The page, in Markdown.
    folder : path
        Where the pictures are written; made if need be. The page is expected beside it, so links begin with its name.

    Raises
    ------
    ValueError
        If there is no such notebook, or if not exactly one of its figures begins like that.
    """

    def picture(place: re.Match) -> str:
        notebook, beginning = place["notebook"], place["beginning"]
        number, png, alternative = find(notebook, beginning)
        target = folder / f"{notebook}_{number}.png"
        folder.mkdir(parents=True, exist_ok=True)
        with files.replace_atomically(target) as temporary:
            temporary.write_bytes(png)
        shown = re.sub(r"([\\*\[\]])", r"\\\1", alternative)
        return f"![{shown}]({folder.name}/{target.name})\n\n*{shown}*"

    return PLACE.sub(picture, text)


def find(notebook: str, beginning: str) -> tuple[int, bytes, str]:
    """Return number (from 1), PNG and alternative text of the one figure of a notebook that begins like this."""
    path = runtime.project_folder() / "notebooks" / f"{notebook}.ipynb"
    if not path.is_file():
        raise ValueError(
            f'{notebook}: there is no such notebook, wanted for the figure "{beginning}".'
        )
    numbered = enumerate(figures(nbformat.read(path, as_version=4)), start=1)
    found = [(number, png, text) for number, (png, text) in numbered if text.startswith(beginning)]
    if len(found) != 1:
        raise ValueError(
            f'{notebook}: {len(found)} figures begin with "{beginning}"; give the beginning of just one.'
        )
    return found[0]


def figures(content: nbformat.NotebookNode) -> Iterator[tuple[bytes, str]]:
    """Yield picture (PNG) and alternative text of every figure of a notebook, in order."""
    for cell in content.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield (
                    b64decode(output.data["image/png"]),
                    output.metadata.get("image/png", {}).get("alt", ""),
                )
