"""Prints the sheets that a class signs: boxes, corner squares, and what is agreed to."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from deepsign_helpers import files
from deepsign_helpers.corpora.sheets import (
    DICTIONARY,
    EDGE,
    MARKER,
    PAPERS,
    QUIET,
    Sheet,
    box_rectangles,
    marker_corners,
    marker_numbers,
)

if TYPE_CHECKING:
    # For type hints alone: who reads a corpus need not wait for Matplotlib.
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM_PER_INCH = 25.4
# Cells along the side of a square, its black frame included: each is drawn as one pixel.
CELLS = 7
# Pale enough that no stroke is mistaken for it, dark enough to be seen when one signs.
PALE = "0.64"
# Letters in a line of text; mm of a box to tick.
LINE = 134
TICK = 3.0

INSTRUCTIONS = {
    "genuine": "Sign in each box as you sign elsewhere: with your usual pen, without hurry and "
    "without special care. Practise an invented signature first, until it flows. Boxes may stay "
    "empty. Sign a second sheet on another day if you can: hands differ from day to day.",
    "forged": "Forge the signatures of the writer above. Look at the originals as long as you like "
    "and practise on other paper; then fill each box in one go. Do not trace, and do not touch up. "
    "Take the same kind of pen as the writer.",
}
CONSENT = (
    "Write no real name beside the boxes. What stands in them is scanned and kept under the number "
    "of this sheet, on the computer of this course alone, to measure how well signatures are "
    "verified. It is not published and not passed on, no model trained on it leaves that computer, "
    "and all is deleted when the course ends. You can withdraw at any time and need no reason: say "
    "your number, and your boxes are deleted."
)
AGREED = {
    "genuine": (
        "I agree, and sign with an invented name.",
        "I agree, and sign as I do elsewhere: whoever gets hold of this sheet could copy it.",
    ),
    "forged": ("I agree, and the writer has let me see the originals.",),
}
FOOT = (
    "Photograph the whole sheet from above, with all four corner squares, or scan it at 300 dpi in "
    "grey.\nThis sheet is personal data: no copy of it goes on the internet or under version "
    "control."
)


def print_sheet(
    path: str | Path,
    writer: str = "",
    boxes: int = 24,
    numbers: Sequence[int] = (1,),
    day: int = 1,
    paper: str = "A4",
) -> Path:
    """Write a PDF of sheets to sign: for each number one for genuine signatures, one to forge them.

    Squares in the corners say whose sheet it is, so that `cut_sheet` needs no typing. Of several
    numbers, each is forged by the next, the last by the first: neighbours exchange their sheets.
    Print at 100 %, black and white. Derived in chapter 09, *A sheet to sign*.

    Parameters
    ----------
    path : path
        Of the PDF; replaced if it is there.
    writer : str
        An invented name to be printed; left out, there is a line to write one on. Never a real one.
    boxes : 6, 12 or 24
        On each sheet. Fewer are larger.
    numbers : sequence of int, 1 to 249
        A number for each person.
    day : int, 1 to 249
        The first or second … time that these people sign; from the second on, no forgeries are
        asked for.
    paper : "A4" or "Letter"
        Whatever the printer is fed with.

    Returns
    -------
    Path
        Of the PDF.

    Raises
    ------
    ValueError
        For boxes, paper or a number that no sheet can have, a number twice, and a name beside
        several numbers.
    OSError
        If the file cannot be written.

    See Also
    --------
    cut_sheet : cuts the boxes out of a photograph.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = print_sheet(Path(folder, "sheets.pdf"), numbers=[1, 2])
    ...     path.read_bytes()[:5]
    b'%PDF-'
    """
    sheets = sheets_for(list(numbers), day, boxes, paper)
    if writer and len(numbers) > 1:
        raise ValueError(f"writer: {writer!r} cannot be {len(numbers)} people; give one number.")
    from matplotlib.backends.backend_pdf import PdfPages

    path = Path(path)
    with files.replace_atomically(path) as temporary, PdfPages(temporary) as pdf:
        for sheet in sheets:
            pdf.savefig(draw_sheet(sheet, writer))
    return path


def sheets_for(numbers: list[int], day: int, boxes: int, paper: str) -> list[Sheet]:
    """Return the sheets of a class: of each person's genuine signatures, and of forgeries of them.

    Raises
    ------
    ValueError
        As `print_sheet` does.
    """
    if not numbers:
        raise ValueError("numbers: there are none; give one for each person, such as range(1, 31).")
    doubled = [number for number in numbers if numbers.count(number) > 1]
    if doubled:
        raise ValueError(f"numbers: {doubled[0]} stands twice; each person has a number alone.")
    sheets = []
    for place, number in enumerate(numbers):
        sheets.append(Sheet(number, day=day, boxes=boxes, paper=paper))
        if day == 1:
            neighbour = numbers[(place + 1) % len(numbers)]
            forger = neighbour if neighbour != number else 0
            sheets.append(Sheet(number, "forged", forger=forger, boxes=boxes, paper=paper))
    return sheets


def draw_sheet(sheet: Sheet, writer: str = "") -> "Figure":
    """Return a sheet as a figure of the paper's size, an axes over all of it, in mm."""
    from matplotlib.figure import Figure

    width, height = PAPERS[sheet.paper]
    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    draw_squares(axes, sheet)
    draw_words(axes, sheet, writer)
    for number, (left, top, right, bottom) in enumerate(box_rectangles(sheet), start=1):
        draw_frame(axes, (left, top), right - left, bottom - top, ec=PALE, lw=0.7)
        axes.text(left, top - 0.5, number, size=5, color="0.45", va="bottom")
    return figure


def draw_frame(
    axes: "Axes", corner: tuple[float, float], width: float, height: float, **style: object
) -> None:
    """Draw the outline of a rectangle from its upper left corner, mm."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle(corner, width, height, fill=False, **style))


def draw_squares(axes: "Axes", sheet: Sheet) -> None:
    """Draw the four corner squares, so that they are sharp at any size."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    corners = marker_corners(sheet.paper)
    for number, square in zip(marker_numbers(sheet), corners, strict=True):
        cells = cv2.aruco.generateImageMarker(dictionary, number, CELLS)
        (left, top), (right, bottom) = square[0], square[2]
        extent = (left, right, bottom, top)
        axes.imshow(cells, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation="none")
    width, height = PAPERS[sheet.paper]
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")


def draw_words(axes: "Axes", sheet: Sheet, writer: str) -> None:
    """Write title, instructions, consent and foot between the corner squares."""
    width, height = PAPERS[sheet.paper]
    left = EDGE + MARKER + QUIET
    axes.text(left, EDGE + 3.5, title_of(sheet), size=13, weight="bold", va="center")
    name = writer or "_" * 26
    wanted = f"invented name: {name}   pen: {'_' * 10}   date: {'_' * 10}"
    axes.text(left, EDGE + 10, wanted, size=8, va="center")
    top = EDGE + MARKER + 3
    for text in (INSTRUCTIONS[sheet.kind], CONSENT):
        lines = textwrap.wrap(text, width=LINE)
        axes.text(EDGE, top, "\n".join(lines), size=7.2, va="top", linespacing=1.25)
        top += 3.55 * len(lines) + 1.6
    for agreed in AGREED[sheet.kind]:
        draw_frame(axes, (EDGE, top), TICK, TICK, lw=0.8)
        axes.text(EDGE + 1.5 * TICK, top + TICK / 2, agreed, size=7.2, va="center")
        top += TICK + 2
    axes.text(width / 2, height - EDGE - MARKER / 2, FOOT, size=7, ha="center", va="center")


def title_of(sheet: Sheet) -> str:
    """Return what stands over a sheet."""
    if sheet.kind == "genuine":
        return f"Writer {sheet.writer:03d}: genuine signatures, day {sheet.day}"
    by_whom = f"{sheet.forger:03d}" if sheet.forger else "____"
    return f"Writer {sheet.writer:03d}: forgeries, made by writer {by_whom}"


def picture_of(sheet: Sheet, pixels_per_mm: float) -> np.ndarray:
    """Return a printed sheet as an image of so many pixels a mm: uint8, paper 255."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = draw_sheet(sheet)
    figure.set_dpi(pixels_per_mm * MM_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    colours = np.asarray(canvas.buffer_rgba())[..., :3]
    return cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2GRAY)
