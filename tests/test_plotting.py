"""The look of every figure: described in words, narrow enough, told apart without colour vision."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from deepsign_helpers.plotting import style


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr(style, "display", lambda *values, **options: calls.append((values, options)))
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


def test_a_figure_wider_than_a_page_is_refused(shown):
    with pytest.raises(ValueError, match="at most 700 pixels"):
        style.show(style.new_figure(width=7.5)[0], "Width 750.")


def test_genuine_forged_and_random_differ_in_hue_line_and_marker():
    kinds = (style.GENUINE, style.FORGED, style.RANDOM)
    for name in ("color", "linestyle", "marker"):
        assert len({kind[name] for kind in kinds}) == 3


def luminance(color):
    channels = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(color)]
    return np.dot(channels, [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("kind", [style.GENUINE, style.FORGED, style.RANDOM])
def test_every_kind_of_signature_has_the_contrast_that_graphics_need_on_white(kind):
    assert 1.05 / (luminance(kind["color"]) + 0.05) >= 3.0  # WCAG 2.1, success criterion 1.4.11


@pytest.mark.parametrize("image", [np.full((4, 4), 255, np.uint8), np.zeros((4, 4, 1), np.float32)])
def test_paper_is_drawn_white_whether_prepared_or_not(image):
    _, axis = style.new_figure()
    style.draw_image(axis, image)
    drawn = axis.images[0]
    assert drawn.cmap(drawn.norm(drawn.get_array()))[0, 0][:3] == pytest.approx((1, 1, 1))
