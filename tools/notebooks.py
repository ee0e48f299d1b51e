"""The notebooks of the course: which there are, what their titles state, how they are written."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from deepsign_helpers import files
from deepsign_helpers.chapters import chapters

KEPT = ("slideshow", "tags")  # of a cell's metadata
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
FACTS = re.compile(
    r"^\*(\d+) min to read and do · runs in (\d+) s on two cores · peak memory ([\d,]+) MB"
    r" · before this: .+\*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Facts:
    """What the title cell of a notebook states.

    Attributes
    ----------
    minutes : int
        To read and do.
    seconds : int
        Of a run on two cores.
    megabytes : int
        The most memory that a run holds.
    """

    minutes: int
    seconds: int
    megabytes: int


def find(checkout: Path, wanted: Sequence[str] = ()) -> list[Path]:
    """Return the notebooks of a checkout's chapters, in order.

    Parameters
    ----------
    checkout : path
        The folder that holds chapters.toml and notebooks/.
    wanted : sequence of str
        Chapters to choose, such as "03", "3" or "03_pairing"; all of them if empty.

    Raises
    ------
    ValueError
        If there is no such chapter, or a chapter has no notebook.
    """
    names = [chapter.notebook for chapter in chapters(checkout / "chapters.toml")]
    chosen = []
    for name in names:
        if not wanted or any(name.startswith(one.zfill(2)) for one in wanted):
            chosen.append(checkout / "notebooks" / f"{name}.ipynb")
    for one in wanted:
        if not any(name.startswith(one.zfill(2)) for name in names):
            numbers = ", ".join(name[:2] for name in names)
            raise ValueError(f"chapter {one.zfill(2)}: there is none; choose from {numbers}.")
    for path in chosen:
        if not path.is_file():
            raise ValueError(f"{path.name}: chapters.toml lists it, but it is not in notebooks/.")
    return chosen


def read(path: Path) -> nbformat.NotebookNode:
    """Return the content of a notebook."""
    return nbformat.read(path, as_version=4)


def facts(content: nbformat.NotebookNode) -> Facts:
    """Return what a notebook's title cell states.

    Raises
    ------
    ValueError
        If it lacks the line of facts.
    """
    title = content.cells[0].source
    found = FACTS.search(title)
    if not found:
        raise ValueError(f"{title.splitlines()[0]}: the title cell lacks the line of facts.")
    minutes, seconds, megabytes = found.groups()
    return Facts(int(minutes), int(seconds), int(megabytes.replace(",", "")))


def tags_of(cell: nbformat.NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def normalise(content: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Strip a notebook of what differs from run to run and from machine to machine.

    What a library warns of on stderr goes, like the state of widgets, timestamps and the kernel's
    version. Counts, outputs, tags and slides stay.
    """
    content.metadata = nbformat.from_dict(METADATA)
    for cell in content.cells:
        kept = {name: cell.metadata[name] for name in KEPT if cell.metadata.get(name)}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return content


def text_of(content: nbformat.NotebookNode) -> str:
    """Return a notebook as the text of its file.

    A cell's identifier is made of its text and changes with it alone.
    """
    content.nbformat_minor = max(content.nbformat_minor, 5)
    seen = Counter()
    for cell in content.cells:
        name = hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return nbformat.writes(content) + "\n"


def write(content: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook at once or not at all."""
    with files.replace_atomically(path) as temporary:
        temporary.write_text(text_of(content), encoding="utf-8", newline="\n")
