"""A sheet says through four squares whose it is; its words, boxes and squares keep apart."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import corpora
from deepsign_helpers.corpora.printing import draw_sheet
from deepsign_helpers.corpora.sheets import (
    EDGE,
    GRIDS,
    MARKER,
    PAPERS,
    QUIET,
    box_rectangles,
    marker_corners,
    marker_numbers,
    sheet_of,
)

numbers = st.integers(1, 249)
layouts = {"boxes": st.sampled_from(sorted(GRIDS)), "paper": st.sampled_from(sorted(PAPERS))}
genuine_sheets = st.builds(corpora.Sheet, writer=numbers, day=numbers, **layouts)
forged_sheets = st.builds(
    corpora.Sheet,
    writer=numbers,
    kind=st.just("forged"),
    forger=st.integers(0, 249),
    **layouts,
)
every_layout = pytest.mark.parametrize(
    ("boxes", "paper"), [(boxes, paper) for boxes in GRIDS for paper in PAPERS]
)


def overlaps(one, other):
    """Tell whether two rectangles of left, top, right, bottom share an inside."""
    return (
        min(one[2], other[2]) > max(one[0], other[0]) + 1e-9
        and min(one[3], other[3]) > max(one[1], other[1]) + 1e-9
    )


@given(genuine_sheets | forged_sheets)
def test_four_squares_tell_the_sheet(sheet):
    said = marker_numbers(sheet)
    assert all(number in range(1000) for number in said)
    assert [number % 4 for number in said] == [0, 1, 2, 3]
    assert sheet_of(said) == sheet


@given(genuine_sheets | forged_sheets, st.integers(0, 3), st.integers(0, 249))
def test_one_square_of_another_sheet_is_noticed(sheet, corner, wrong):
    said = marker_numbers(sheet)
    if wrong == said[corner] // 4:
        return
    said[corner] = 4 * wrong + corner
    with pytest.raises(ValueError, match="do not belong together"):
        sheet_of(said)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"writer": 0}, "writer: 0; a sheet can say 1 to 249."),
        ({"writer": 250}, "writer: 250; a sheet can say 1 to 249."),
        ({"day": 0}, "day: 0; a sheet can say 1 to 249."),
        ({"forger": -1}, "forger: -1; a sheet can say 0 to 249."),
    ],
)
def test_a_number_that_no_square_can_say_is_refused(wrong, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        replace(corpora.Sheet(writer=1), **wrong)


@pytest.mark.parametrize("wrong", [{"boxes": 7}, {"paper": "A3"}, {"kind": "traced"}])
def test_what_is_not_offered_is_refused_with_what_is(wrong):
    [value] = wrong.values()
    with pytest.raises(ValueError, match=str(value)):
        corpora.Sheet(**{"writer": 1, **wrong})


@every_layout
def test_boxes_lie_apart_from_each_other_and_from_the_white_about_the_squares(boxes, paper):
    sheet = corpora.Sheet(1, boxes=boxes, paper=paper)
    rectangles = [tuple(rectangle) for rectangle in box_rectangles(sheet)]
    assert len(rectangles) == boxes
    for square in marker_corners(paper):
        left, top = square.min(axis=0) - QUIET
        right, bottom = square.max(axis=0) + QUIET
        rectangles.append((left, top, right, bottom))
    for place, one in enumerate(rectangles):
        assert not any(overlaps(one, other) for other in rectangles[place + 1 :])
    width, height = PAPERS[paper]
    inside = np.array(rectangles[:boxes])
    assert inside.min() >= EDGE - 1e-9
    assert (inside[:, 2] <= width - EDGE + 1e-9).all()
    assert (inside[:, 3] <= height - EDGE - MARKER - QUIET + 1e-9).all()


@every_layout
@pytest.mark.parametrize("kind", ["genuine", "forged"])
def test_words_keep_clear_of_boxes_squares_and_the_edge(boxes, paper, kind):
    sheet = corpora.Sheet(249, kind, forger=248 * (kind == "forged"), boxes=boxes, paper=paper)
    figure = draw_sheet(sheet, writer="Johannes Maria Nobody of Nowhere")
    figure.draw_without_rendering()
    [axes] = figure.axes
    in_mm = axes.transData.inverted()
    words = []
    for text in axes.texts:
        (left, lower), (right, upper) = in_mm.transform(text.get_window_extent())
        words.append((left, upper, right, lower))
    width, height = PAPERS[paper]
    places = [tuple(rectangle) for rectangle in box_rectangles(sheet)]
    for square in marker_corners(paper):
        places.append((*square.min(axis=0) - 1, *square.max(axis=0) + 1))
    for place, word in enumerate(words):
        assert 5 < word[0] < word[2] < width - 5
        assert 5 < word[1] < word[3] < height - 5
        hit = [other for other in (*places, *words[place + 1 :]) if overlaps(word, other)]
        assert hit == [], axes.texts[place].get_text()


def pages_of(path):
    return len(re.findall(rb"/Type /Page\b", path.read_bytes()))


def test_a_class_gets_two_sheets_each_and_neighbours_forge_each_other(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "deepsign_helpers.corpora.printing.draw_sheet",
        lambda sheet, writer: drawn.append(sheet) or draw_sheet(sheet, writer),
    )
    path = corpora.print_sheet(tmp_path / "class.pdf", numbers=[3, 5, 9], boxes=6)
    assert pages_of(path) == 6
    assert [(sheet.writer, sheet.forger) for sheet in drawn if sheet.kind == "forged"] == [
        (3, 5),
        (5, 9),
        (9, 3),
    ]
    assert [sheet.writer for sheet in drawn if sheet.kind == "genuine"] == [3, 5, 9]


def test_on_another_day_only_genuine_signatures_are_asked_for(tmp_path):
    assert pages_of(corpora.print_sheet(tmp_path / "s.pdf", numbers=range(1, 4), day=2)) == 3


def test_who_is_alone_is_forged_by_nobody_known(tmp_path):
    assert pages_of(corpora.print_sheet(tmp_path / "s.pdf", "Ann Other", paper="Letter")) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"numbers": []}, "numbers: there are none"),
        ({"numbers": [2, 1, 2]}, "numbers: 2 stands twice"),
        ({"numbers": [1, 2], "writer": "Ann"}, "'Ann' cannot be 2 people"),
        ({"numbers": [300]}, "writer: 300; a sheet can say 1 to 249"),
        ({"boxes": 25}, "25"),
    ],
)
def test_what_cannot_be_printed_is_one_sentence_and_no_file(tmp_path, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        corpora.print_sheet(tmp_path / "s.pdf", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(OSError, match=r"s\.pdf: cannot be written"):
        corpora.print_sheet(tmp_path / "none" / "s.pdf")
