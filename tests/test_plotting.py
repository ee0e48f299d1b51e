"""The look of every figure: described in words, narrow enough, told apart without colour vision."""

import importlib
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from deepsign_helpers import plotting
from deepsign_helpers.plotting import style


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr(
        style, "display", lambda *values, **options: calls.append((values, options))
    )
    return calls


def test_a_figure_is_displayed_once_with_its_alternative_text(shown):
    figure, axis = style.new_figure()
    axis.plot([1, 2])
    style.show(figure, "A line from 1 to 2.")
    ((picture,), options), *others = shown
    assert not others
    assert picture.data.startswith(b"\x89PNG")
    assert options["metadata"] == {"image/png": {"alt": "A line from 1 to 2."}}


@pytest.mark.parametrize("alt", ["", "A line that goes up."])
def test_alternative_text_without_a_number_is_refused(shown, alt):
    with pytest.raises(ValueError, match="alternative text"):
        style.show(style.new_figure()[0], alt)
    assert not shown


def test_a_note_stands_in_front_and_may_bring_the_number(shown):
    style.show(style.new_figure()[0], "A line that goes up.", note="From 1 to 2.")
    assert shown[0][1]["metadata"]["image/png"]["alt"] == "From 1 to 2. A line that goes up."


def test_a_figure_wider_than_a_page_is_refused(shown):
    with pytest.raises(ValueError, match="at most 700 pixels"):
        style.show(style.new_figure(width=7.5)[0], "Width 750.")


def test_genuine_forged_and_random_differ_in_hue_line_and_marker():
    kinds = (style.GENUINE, style.FORGED, style.RANDOM)
    for name in ("color", "linestyle", "marker"):
        assert len({kind[name] for kind in kinds}) == 3


def luminance(color):
    channels = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in to_rgb(color)
    ]
    return np.dot(channels, [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("kind", [style.GENUINE, style.FORGED, style.RANDOM])
def test_every_kind_of_signature_has_the_contrast_that_graphics_need_on_white(kind):
    assert 1.05 / (luminance(kind["color"]) + 0.05) >= 3.0  # WCAG 2.1, success criterion 1.4.11


# Machado, Oliveira and Fernandes (2009), doi:10.1109/TVCG.2009.113: linear RGB as seen without one
# kind of cone.
SEEN_WITHOUT = {
    "red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def as_seen(color, matrix):
    """Return a colour as L*, a*, b* after a matrix on its linear RGB."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in to_rgb(color)
    ]
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    stored = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(np.float32(stored)[None, None], cv2.COLOR_RGB2LAB)[0, 0]


def nearest_colors(colors, matrix):
    """Return the distance (CIE 1976) of the two colours that are hardest to tell apart."""
    return min(
        np.linalg.norm(as_seen(one, matrix) - as_seen(other, matrix))
        for one, other in combinations(colors, 2)
    )


@pytest.mark.parametrize("matrix", SEEN_WITHOUT.values(), ids=SEEN_WITHOUT)
def test_the_colours_of_a_figure_stay_apart_for_eyes_that_lack_a_kind_of_cone(matrix):
    assert (
        nearest_colors([one["color"] for one in style.STYLES], matrix) > 15
    )  # 2.3 can just be noticed
    assert (
        nearest_colors(["#c03030", "#708020"], SEEN_WITHOUT["green"]) < 15
    )  # a red and an olive do not


@pytest.mark.parametrize("image", [np.full((4, 4), 255, np.uint8), np.zeros((4, 4, 1), np.float32)])
def test_paper_is_drawn_white_whether_prepared_or_not(image):
    _, axis = style.new_figure()
    style.draw_image(axis, image)
    drawn = axis.images[0]
    assert drawn.cmap(drawn.norm(drawn.get_array()))[0, 0][:3] == pytest.approx((1, 1, 1))


def test_images_stand_row_by_row_under_their_titles_and_spare_places_stay_empty(monkeypatch):
    calls = []
    monkeypatch.setattr(style, "show", lambda *values: calls.append(values))
    images = {name: np.zeros((4, 8), np.uint8) for name in "abc"}
    style.show_images(images, columns=2, note="Letters.")
    style.show_images(images.items(), columns=2)
    figure, alt, note = calls[0]
    assert [axis.get_title() for axis in figure.axes] == ["a", "b", "c", ""]
    assert [axis.axison for axis in figure.axes] == [True, True, True, False]
    assert alt == calls[1][1] == "3 images of 4 × 8 pixels: a; b; c."
    assert note == "Letters."


def test_images_are_described_by_their_number_sizes_and_titles():
    page = np.zeros((20, 40), np.uint8)
    prepared = np.zeros((32, 64, 1), np.float32)
    colours = np.zeros((20, 40, 3), np.uint8)
    describe = style.describe_images
    assert describe([""], [colours]) == "1 image of 20 × 40 pixels."
    assert describe(["a", "b"], [page, prepared]) == "2 images of 20 × 40 to 32 × 64 pixels: a; b."
    assert describe(["x", "1", "x"], [page] * 3) == "3 images of 20 × 40 pixels: 2 × x; 1."


def test_a_frame_closes_on_all_four_sides():
    _, axis = style.new_figure()
    style.draw_image(axis, np.zeros((4, 8), np.uint8))
    assert all(spine.get_visible() for spine in axis.spines.values())


def test_outlines_are_shares_of_each_kind_in_its_own_style():
    _, axis = style.new_figure()
    shares = style.outlines(
        axis, {"random": np.array([0.1, 0.9, 0.9, 0.9]), "other": np.array([0.1])}, [0, 0.5, 1]
    )
    assert shares["random"] == pytest.approx([25, 75])
    assert shares["other"] == pytest.approx([100, 0])
    assert [patch.get_linestyle() for patch in axis.patches] == [
        style.RANDOM["linestyle"],
        style.FORGED["linestyle"],
    ]


@pytest.mark.parametrize("draw", [style.bars, style.grouped_bars])
def test_bars_of_two_kinds_differ_in_colour_and_hatch_and_tell_their_value(draw):
    _, axis = style.new_figure()
    values = {"skilled": 3.25, "random": 1.5}
    draw(axis, values if draw is style.bars else pd.DataFrame(values, index=["any"]), "%.2f")
    assert len({patch.get_facecolor() for patch in axis.patches}) == 2
    assert len({patch.get_hatch() for patch in axis.patches}) == 2
    assert [text.get_text() for text in axis.texts] == ["3.25", "1.50"]


def test_no_two_chapters_have_a_figure_of_one_name():
    names = []
    for path in Path(style.__file__).parent.glob("chapter_*.py"):
        chapter = importlib.import_module(f"deepsign_helpers.plotting.{path.stem}")
        names += chapter.__all__
    assert len(names) == len(set(names))
    assert all(hasattr(plotting, name) for name in names)
