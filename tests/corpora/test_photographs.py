"""Generated hands keep within their boxes, and the truth about a photograph is true."""

import cv2
import numpy as np
import pytest

from deepsign_helpers import corpora, synthesis
from deepsign_helpers.corpora.photographs import FINENESS, SEEN, fill_sheet, look_at
from deepsign_helpers.corpora.printing import picture_of
from deepsign_helpers.corpora.sheets import box_rectangles, marker_corners


@pytest.mark.parametrize("script", ["latin", "devanagari", "paraph", "arabic"])
@pytest.mark.parametrize("kind", ["genuine", "forged"])
def test_every_signature_stands_in_its_box_and_nowhere_else(script, kind):
    rng = np.random.default_rng(5)
    sheet = corpora.Sheet(writer=1, kind=kind, boxes=24)
    fillings = corpora.sign_sheet(sheet, synthesis.sample_writer(rng, script), rng, filled=9)
    taken = fill_sheet(sheet, fillings, rng)
    written = taken - (1 - picture_of(sheet, FINENESS) / 255) > 0.02
    for number, rectangle in enumerate(box_rectangles(sheet), start=1):
        left, top, right, bottom = np.round(FINENESS * rectangle).astype(int)
        in_box = written[top:bottom, left:right]
        assert (in_box.sum() > 300) == (number <= 9)
        written[top:bottom, left:right] = False
    assert not written.any()


@pytest.mark.parametrize("seen", SEEN)
def test_the_true_matrix_leads_to_the_squares(seen):
    rng = np.random.default_rng(3)
    sheet = corpora.Sheet(writer=1)
    photo, matrix = look_at(fill_sheet(sheet, {}, rng), rng, seen)
    for square in marker_corners(sheet.paper):
        centre = square.mean(axis=0)
        # Within the black frame, and in the white beside it.
        for off, is_dark in ((6.0, True), (8.5, False)):
            points = centre + off * np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
            places = cv2.perspectiveTransform(points[None], matrix)[0].round().astype(int)
            levels = photo[places[:, 1], places[:, 0]].astype(int)
            paper = np.median(photo[photo > np.median(photo) - 10])
            assert ((levels < 0.6 * paper) == is_dark).all()


def test_one_seed_gives_one_photograph():
    rng = np.random.default_rng(1)
    writer = synthesis.sample_writer(rng)
    sheet = corpora.Sheet(writer=1, boxes=6)
    fillings = corpora.sign_sheet(sheet, writer, rng, filled=1)
    one, other = (
        corpora.photograph_sheet(sheet, fillings, np.random.default_rng(2), "phone")
        for _ in range(2)
    )
    assert (one == other).all()


def test_a_box_that_is_not_there_and_a_look_that_is_not_offered_are_refused():
    rng = np.random.default_rng(1)
    sheet = corpora.Sheet(writer=1, boxes=6)
    [filling] = corpora.sign_sheet(sheet, synthesis.sample_writer(rng), rng, filled=1).values()
    with pytest.raises(ValueError, match="box 7: the sheet has boxes 1 to 6"):
        corpora.photograph_sheet(sheet, {7: filling}, rng)
    with pytest.raises(ValueError, match="telescope"):
        corpora.photograph_sheet(sheet, {}, rng, "telescope")
