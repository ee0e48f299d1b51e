"""A photographed sheet gives up its boxes, whatever way it lies; or one sentence says why not."""

import io
import re

import cv2
import numpy as np
import pytest
from class_sheets import draw_filled, overlap, place_of
from PIL import Image

from deepsign_helpers import corpora, preprocessing
from deepsign_helpers.corpora.cutting import inner
from deepsign_helpers.corpora.photographs import SEEN
from deepsign_helpers.corpora.printing import picture_of
from deepsign_helpers.corpora.sheets import CORNERS, box_rectangles, marker_corners

SHEET = corpora.Sheet(writer=12, boxes=6)


@pytest.fixture(scope="module")
def printed():
    """A sheet as it comes from the printer, nobody has signed: 8 pixels a mm."""
    return picture_of(SHEET, 8)


def require_refused(photo, sentence, name="photo.png"):
    with pytest.raises(preprocessing.ImageError) as refused:
        corpora.read_sheet(photo, name)
    said = str(refused.value)
    assert said.startswith(f"{name}: ")
    assert re.search(sentence, said), said
    assert "\n" not in said


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("seen", SEEN)
def test_whose_sheet_it_is_where_its_boxes_lie_and_which_are_empty(seen, seed):
    sheet, filled, photo, truth = draw_filled([71, seed], seen)
    cut = corpora.read_sheet(photo)
    assert cut.sheet == sheet
    assert set(cut.images) == filled
    for found, drawn in zip(cut.rectangles, box_rectangles(sheet), strict=True):
        seen_at = place_of(inner(found), cut.matrix)
        assert overlap(seen_at, place_of(inner(drawn), truth)) > 0.95


def test_the_images_are_cut_upright_row_by_row(printed):
    page = printed.copy()
    for number, (left, top, _, _) in enumerate(8 * box_rectangles(SHEET), start=1):
        # As many upright strokes as the number of the box, the first one long.
        for stroke in range(number):
            x = int(left + 40 + 30 * stroke)
            cv2.line(page, (x, int(top + 40)), (x, int(top + 300 - 100 * (stroke > 0))), 0, 4)
    for turned in range(4):
        images = corpora.cut_sheet(np.ascontiguousarray(np.rot90(page, turned)))
        assert len(images) == 6
        for number, image in enumerate(images, start=1):
            count, _, boxes, _ = cv2.connectedComponentsWithStats((image < 128).astype(np.uint8))
            assert count - 1 == number
            by_side = boxes[1:][boxes[1:, cv2.CC_STAT_LEFT].argsort()]
            assert by_side[0, cv2.CC_STAT_HEIGHT] == by_side[:, cv2.CC_STAT_HEIGHT].max()


def test_neither_printed_lines_nor_numbers_are_in_the_images(printed):
    page = printed.copy()
    left, top, right, bottom = (8 * box_rectangles(SHEET)[2]).astype(int)
    cv2.line(page, (left + 100, top + 60), (right - 100, bottom - 60), 0, 5)
    [image] = corpora.cut_sheet(page)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    assert border.min() == 255
    assert image.min() < 20


def test_a_crumb_and_a_tail_from_the_next_box_are_no_signature(printed):
    page = printed.copy()
    left, top, right, _ = (8 * box_rectangles(SHEET)[3]).astype(int)
    cv2.circle(page, (left + 200, top + 200), 8, 0, -1)  # 2 mm across
    cv2.line(page, (right - 80, top - 60), (right - 90, top + 40), 0, 4)  # 5 mm into the box
    assert corpora.cut_sheet(page) == []


@pytest.mark.parametrize("corner", range(4))
def test_a_corner_that_is_not_seen_is_named(printed, corner):
    page = printed.copy()
    square = 8 * marker_corners(SHEET.paper)[corner]
    (left, top), (right, bottom) = square.min(axis=0).astype(int), square.max(axis=0).astype(int)
    page[top : bottom - 20, left:right] = 255
    require_refused(page, f"the {CORNERS[corner]} corner square is not seen; photograph the whole")


def test_two_corners_cut_off_are_both_named(printed):
    require_refused(printed[:-400], "the lower right and the lower left corner squares are not")


def test_two_sheets_in_one_photograph_are_refused(printed):
    require_refused(np.hstack([printed, printed]), "more than one upper left corner square")


def test_squares_of_two_sheets_do_not_make_one(printed):
    other = picture_of(corpora.Sheet(writer=13, boxes=6), 8)
    height = printed.shape[0] // 2
    require_refused(np.vstack([printed[:height], other[height:]]), "do not belong together")


@pytest.mark.parametrize(
    "page",
    [
        np.full((800, 600), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (800, 600)).astype(np.uint8),
    ],
    ids=["white", "noise"],
)
def test_what_is_no_sheet_is_refused(page):
    require_refused(page, "shows no corner square of a sheet; photograph the whole sheet")


def test_a_mirrored_sheet_is_no_sheet(printed):
    mirrored = np.ascontiguousarray(printed[:, ::-1])
    require_refused(mirrored, "corner square")


def test_a_sheet_that_is_too_small_is_told_how_large_it_should_be(printed):
    small = cv2.resize(printed, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    require_refused(small, r"too small in it \(3\.2 pixels a mm\); let it fill the picture, 1000 ")


def bent_by(page, pixels):
    """Return a page that is curled: its middle is shifted down, its corners stay."""
    height, width = page.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    shifted = y - pixels * np.sin(np.pi * y / height) ** 2
    return cv2.remap(page, x, shifted, cv2.INTER_LINEAR, borderValue=255)


def test_a_sheet_that_is_not_quite_flat_is_cut_along_its_own_lines(printed):
    page = printed.copy()
    for left, top, right, bottom in (8 * box_rectangles(SHEET)).astype(int):
        cv2.line(page, (left + 100, bottom - 60), (right - 100, top + 60), 0, 5)
    cut = corpora.read_sheet(bent_by(page, 11))  # 1.4 mm
    assert len(cut.images) == 6
    shifts = (cut.rectangles - box_rectangles(SHEET))[:, [1, 3]]
    assert shifts.max() > 1.2
    for image in cut.images.values():
        border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        assert border.min() > 245


def test_a_bent_sheet_is_refused(printed):
    require_refused(bent_by(printed, 60), "of the printed lines are where a flat sheet has them")


def test_a_colour_photograph_that_a_telephone_calls_turned_is_read(printed, tmp_path):
    page = printed.copy()
    left, top, right, bottom = (8 * box_rectangles(SHEET)[0]).astype(int)
    cv2.line(page, (left + 100, top + 60), (right - 100, bottom - 160), 0, 5)
    upright = corpora.cut_sheet(page)
    turned = Image.fromarray(np.rot90(page)).convert("RGB")  # to the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right
    turned.save(tmp_path / "IMG 0001 ü.jpg", exif=exif, quality=95)
    [image] = corpora.cut_sheet(tmp_path / "IMG 0001 ü.jpg")
    assert image.shape == upright[0].shape
    assert np.abs(image.astype(int) - upright[0]).mean() < 2


def test_bytes_are_read_as_a_file_is(printed):
    content = io.BytesIO()
    Image.fromarray(printed).convert("RGBA").save(content, "PNG")
    assert corpora.cut_sheet(content.getvalue()) == []


def test_a_file_that_is_no_image_is_one_sentence(tmp_path):
    path = tmp_path / "IMG_1.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(preprocessing.ImageError, match=r"IMG_1\.heic: is not an image that can"):
        corpora.cut_sheet(path)
