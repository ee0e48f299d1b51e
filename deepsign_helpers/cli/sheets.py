"""The commands on sheets: print them for a class to sign, and cut photographs of them up."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deepsign_helpers import runtime
from deepsign_helpers.cli.ending import say
from deepsign_helpers.cli.options import require_file_place, require_folder_place

MOST_PEOPLE = 249  # what a sheet's squares can say
BoxesOnSheet = StrEnum("BoxesOnSheet", {"6": "6", "12": "12", "24": "24"})
Paper = StrEnum("Paper", {"A4": "A4", "Letter": "Letter"})

Pdf = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the PDF.")]
InventedName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="An invented name for all boxes, never a real one; left out, people write their own.",
    ),
]
People = Annotated[
    int,
    typer.Option(min=1, max=MOST_PEOPLE, help="How many people sign; each gets a number."),
]
First = Annotated[
    int, typer.Option(min=1, max=MOST_PEOPLE, help="The number of the first of them.")
]
Boxes = Annotated[BoxesOnSheet, typer.Option(help="Boxes on each sheet.")]
Day = Annotated[int, typer.Option(min=1, help="The first, second … time that these people sign.")]
OnPaper = Annotated[
    Paper, typer.Option(case_sensitive=False, help="Whatever the printer is fed with.")
]
Photos = Annotated[
    list[Path], typer.Argument(metavar="PHOTO", help="A photograph or scan of each sheet.")
]
IntoPrivate = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where to file the signatures, beside those filed there already; by default "
        "data_real/class, which git ignores.",
    ),
]


def sheet(
    path: Pdf,
    writer: InventedName = "",
    people: People = 1,
    first: First = 1,
    boxes: Boxes = BoxesOnSheet["24"],
    day: Day = 1,
    paper: OnPaper = Paper.A4,
) -> None:
    """Print sheets of boxes for people to sign.

    Each person gets a sheet for genuine signatures and one to forge on. Squares in the corners say
    whose it is, so no name need stand on it.
    """
    require_file_place(path)
    from deepsign_helpers import corpora

    numbers = range(first, first + people)
    corpora.print_sheet(path, writer, int(boxes), numbers, day, str(paper))
    say(f"{path}: sheets for {people} to sign, numbers {numbers[0]} to {numbers[-1]}")


def cut(photos: Photos, into: IntoPrivate = None) -> None:
    """Cut photographed sheets into a corpus.

    If one photograph cannot be used, nothing is filed. Nobody's signature leaves this computer.
    """
    into = into or runtime.project_folder() / "data_real" / "class"
    require_folder_place(into)
    from deepsign_helpers import corpora

    table = corpora.file_sheets(photos, into)
    writers = table["writer"].nunique()
    empty = table.attrs["empty_boxes"]
    filed = f"{len(table)} signatures in the names of {writers} people"
    say(f"{into}: {filed}; {empty} boxes of these sheets are empty")
