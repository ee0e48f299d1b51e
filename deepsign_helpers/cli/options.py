"""What several commands ask for in the same way, and what they do with the answer."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deepsign_helpers import files, runtime

if TYPE_CHECKING:
    # For a type hint alone: help must not wait for it.
    import pandas as pd

Corpus = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a corpus.")]
Layout = Annotated[
    str,
    typer.Option(
        help="How the paths of the corpus are built: auto, a name such as cedar (to another word "
        "the answer lists all), or a pattern such as '{writer}/{kind}/{sample}.png'."
    ),
]
Kinds = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="GENUINE FORGED",
        help="What the paths say for {kind} of a pattern, such as: original forgery.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The same number, the same result.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine to read.")]
Page = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write a page with figures there, too, such as report.html."),
]
BY_DEFAULT = "by default build/classroom, which chapter 05 leaves."


def load_corpus(folder: Path, layout: str, kinds: tuple[str, str] | None) -> "pd.DataFrame":
    """Return the table of a corpus as the options describe it."""
    from deepsign_helpers import corpora, tables

    words = dict(zip(tables.KINDS, kinds, strict=True)) if kinds else None
    return corpora.load(folder, layout, words)


def classroom() -> Path:
    """Return the folder that chapter 05 leaves its verifier in."""
    return runtime.build_folder() / "classroom"


def require_file_place(path: Path | None) -> None:
    """Refuse a file that could not be written, before the work that it is to hold; None is fine."""
    if path is None:
        return
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder; give the name of a file.")
    with files.spoken_errors(path):
        try_to_write(path.absolute().parent)


def require_folder_place(folder: Path, megabytes: int = 1) -> None:
    """Refuse a folder that could not hold what a command will write; it need not be there yet."""
    if folder.is_file():
        raise NotADirectoryError(f"{folder}: is a file; give the name of a folder.")
    place = folder.absolute()
    standing = next(parent for parent in (place, *place.parents) if parent.exists())
    with files.spoken_errors(folder):
        try_to_write(standing)
    left = shutil.disk_usage(standing).free // 1_000_000
    if left < megabytes:
        cure = "make room, or choose another folder."
        raise OSError(f"{folder}: {megabytes} MB are needed there, {left} are left; {cure}")


def try_to_write(folder: Path) -> None:
    """Write a file into a folder that is gone at once; an OSError if that can't be done."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"DeepSign")
