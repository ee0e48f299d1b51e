"""Sheets of boxes that a class signs: where everything stands, and what the corner squares say."""

from dataclasses import dataclass

import cv2
import numpy as np

from deepsign_helpers.tables import KINDS, require_known

# Width and height, mm.
PAPERS = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}
# Columns and rows, by how many boxes there are.
GRIDS = {6: (2, 3), 12: (2, 6), 24: (3, 8)}

# mm. Printers leave some 6 mm white; a square too close to the edge would be cut.
EDGE = 10.0
# mm: side of a corner square. A detector finds it in a photograph of 3 pixels a mm.
MARKER = 14.0
# mm: white about a corner square, without which no detector finds it.
QUIET = 4.0
# mm, from the upper edge of the paper: where the boxes begin, below title and consent.
HEAD = 62.0
# mm, from one box to the next.
GAP = 3.6

# Squares of 5 × 5 cells, of which OpenCV knows 1,000: four corners, each with a number to 249.
DICTIONARY = cv2.aruco.DICT_5X5_1000
MOST = 249
CORNERS = ("upper left", "upper right", "lower right", "lower left")

FACTORS = (1, 7, 11)  # of the three numbers in the fourth, which checks them


@dataclass(frozen=True)
class Sheet:
    """One printed sheet, as its corner squares tell it: whose signatures, written by whom.

    Attributes
    ----------
    writer : int, 1 to 249
        Whose signatures stand on it, genuine or forged. The name of that person stands nowhere.
    kind : "genuine" or "forged"
    day : int, 1 to 249
        Of a genuine sheet: the first, second … day on which this person signs.
    forger : int, 0 to 249
        Of a forged sheet: who forges, or 0 where nobody has said.
    boxes : int
        6, 12 or 24.
    paper : "A4" or "Letter"

    Raises
    ------
    ValueError
        For a number that no square can say, and for boxes or paper that are not offered.

    See Also
    --------
    deepsign_helpers.corpora.print_sheet : prints it.
    deepsign_helpers.corpora.read_sheet : reads it from a photograph.

    Examples
    --------
    >>> Sheet(writer=7, boxes=12)
    Sheet(writer=7, kind='genuine', day=1, forger=0, boxes=12, paper='A4')
    """

    writer: int
    kind: str = "genuine"
    day: int = 1
    forger: int = 0
    boxes: int = 24
    paper: str = "A4"

    def __post_init__(self) -> None:
        require_known("kind", [self.kind], KINDS)
        require_known("paper", [self.paper], PAPERS)
        if self.boxes not in GRIDS:
            raise ValueError(f"boxes: {self.boxes}; a sheet has {', '.join(map(str, GRIDS))}.")
        for name, number, least in (
            ("writer", self.writer, 1),
            ("day", self.day, 1),
            ("forger", self.forger, 0),
        ):
            if not least <= number <= MOST:
                raise ValueError(f"{name}: {number}; a sheet can say {least} to {MOST}.")

    @property
    def second(self) -> int:
        """What the second square says: of a genuine sheet its day, of a forged one who forges."""
        return self.day if self.kind == "genuine" else self.forger

    @property
    def name(self) -> str:
        """What a person calls the sheet."""
        if self.kind == "genuine":
            return f"genuine signatures of writer {self.writer:03d}, day {self.day}"
        by_whom = f", by writer {self.forger:03d}" if self.forger else ""
        return f"forgeries of writer {self.writer:03d}{by_whom}"


def marker_numbers(sheet: Sheet) -> list[int]:
    """Return the numbers of a sheet's four squares, in the order of `CORNERS`.

    A square's number is four times what it says, plus its corner: 0 to 3. The first says whose
    signatures they are, the second the day or the forger, the third how the sheet is laid out; the
    fourth checks the other three.
    """
    layout = KINDS.index(sheet.kind)
    layout += 2 * list(PAPERS).index(sheet.paper)
    layout += 4 * list(GRIDS).index(sheet.boxes)
    said = [sheet.writer, sheet.second, layout]
    said.append(check_of(said))
    return [4 * number + corner for corner, number in enumerate(said)]


def check_of(said: list[int]) -> int:
    """Return the number that checks three others: if one of them is wrong, it differs."""
    weighted = [factor * number for factor, number in zip(FACTORS, said, strict=True)]
    return sum(weighted) % (MOST + 1)


def sheet_of(numbers: list[int]) -> Sheet:
    """Return the sheet that four squares tell of, in the order of `CORNERS`.

    Raises
    ------
    ValueError
        If they do not belong together.
    """
    said = [number // 4 for number in numbers]
    writer, second, layout, check = said
    if check != check_of(said[:3]) or layout >= 4 * len(GRIDS):
        raise ValueError("the corner squares do not belong together")
    kind = KINDS[layout % 2]
    return Sheet(
        writer=writer,
        kind=kind,
        day=second if kind == "genuine" else 1,
        forger=second if kind == "forged" else 0,
        paper=list(PAPERS)[layout // 2 % 2],
        boxes=list(GRIDS)[layout // 4],
    )


def marker_corners(paper: str) -> np.ndarray:
    """Return where the corners of the four squares stand on a paper: (4, 4, 2), x and y in mm.

    Each square's corners are in OpenCV's order: upper left, upper right, lower right, lower left.
    """
    width, height = PAPERS[paper]
    far_x = width - EDGE - MARKER
    far_y = height - EDGE - MARKER
    upper_left = np.array([[EDGE, EDGE], [far_x, EDGE], [far_x, far_y], [EDGE, far_y]])
    corners = MARKER * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return upper_left[:, None] + corners


def box_rectangles(sheet: Sheet) -> np.ndarray:
    """Return left, top, right and bottom of each box, row by row: (boxes, 4), mm."""
    columns, rows = GRIDS[sheet.boxes]
    width, height = PAPERS[sheet.paper]
    bottom = height - EDGE - MARKER - QUIET
    across = (width - 2 * EDGE + GAP) / columns
    down = (bottom - HEAD + GAP) / rows
    rectangles = []
    for row in range(rows):
        for column in range(columns):
            left = EDGE + column * across
            top = HEAD + row * down
            rectangles.append([left, top, left + across - GAP, top + down - GAP])
    return np.array(rectangles)
