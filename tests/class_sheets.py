"""Sheets that generated hands have filled, as photographs, with the truth about them."""

import cv2
import numpy as np

from deepsign_helpers import corpora, synthesis
from deepsign_helpers.corpora.photographs import fill_sheet, look_at
from deepsign_helpers.corpora.sheets import GRIDS, PAPERS

SCRIPTS = ("latin", "devanagari", "paraph", "arabic")


def draw_filled(seed, seen, share=0.6):
    """Return a sheet drawn by lot, which boxes are filled, its photograph and the true matrix."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(["genuine", "forged"]))
    sheet = corpora.Sheet(
        writer=int(rng.integers(1, 250)),
        kind=kind,
        day=int(rng.integers(1, 250)) if kind == "genuine" else 1,
        forger=int(rng.integers(0, 250)) if kind == "forged" else 0,
        boxes=int(rng.choice(list(GRIDS))),
        paper=str(rng.choice(list(PAPERS))),
    )
    writer = synthesis.sample_writer(rng, str(rng.choice(SCRIPTS)))
    fillings = corpora.sign_sheet(sheet, writer, rng)
    for number in rng.permutation(sheet.boxes)[: round((1 - share) * sheet.boxes)]:
        del fillings[int(number) + 1]
    photo, matrix = look_at(fill_sheet(sheet, fillings, rng), rng, seen)
    return sheet, set(fillings), photo, matrix


def place_of(rectangle, matrix):
    """Return the corners of a rectangle in mm as pixels of a photograph: float32 (4, 2)."""
    left, top, right, bottom = rectangle
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]])
    return cv2.perspectiveTransform(corners, matrix)[0].astype(np.float32)


def overlap(one, other):
    """Return what two quadrangles share, of what they cover together."""
    shared, _ = cv2.intersectConvexConvex(one, other)
    return shared / (cv2.contourArea(one) + cv2.contourArea(other) - shared)
