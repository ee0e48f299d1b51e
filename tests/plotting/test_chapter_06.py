"""The threshold slider: what it shows after it was moved, and in words as well."""

import re

import numpy as np
import pytest
from IPython.display import Image

from deepsign_helpers import evaluation
from deepsign_helpers.plotting import chapter_06


@pytest.fixture
def scores_and_labels():
    rng = np.random.default_rng(0)
    labels = np.repeat([evaluation.SAME, evaluation.DIFFERENT], [150, 250])
    return rng.normal(0.4 * labels, 0.2), labels


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr(chapter_06, "display", shown.append)
    return shown


def rates_told(html):
    """The FAR and FRR, in percent, that the alternative text in the widget states."""
    return [float(rate) for rate in re.search(r'alt="[^"]*FAR ([\d.]+) %, FRR ([\d.]+) %', html).groups()]


def test_moving_the_slider_changes_the_picture_and_its_words(scores_and_labels, displayed):
    chapter_06.threshold_slider(*scores_and_labels, threshold=0.2)
    slider, picture = displayed[0].children
    before = picture.value
    slider.value = 0.5
    assert picture.value != before
    for html, threshold in ((before, 0.2), (picture.value, slider.value)):
        expected = [100 * rate for rate in evaluation.rates_at(*scores_and_labels, threshold)]
        assert rates_told(html) == pytest.approx(expected, abs=0.06)


def test_slider_starts_with_the_static_figure(scores_and_labels, displayed, monkeypatch):
    static = []
    monkeypatch.setattr(chapter_06, "show", lambda figure, alt: static.append(alt))
    chapter_06.show_threshold(*scores_and_labels, threshold=0.2)
    chapter_06.threshold_slider(*scores_and_labels, threshold=0.2)
    assert f'alt="{static[0]}"' in displayed[0].children[1].value
    assert not any(isinstance(child, Image) for child in displayed[0].children)


@pytest.mark.parametrize("threshold", [-5.0, 5.0])
def test_a_threshold_beyond_all_scores_can_be_drawn(scores_and_labels, threshold):
    _, alt = chapter_06.draw_threshold(*scores_and_labels, threshold)
    assert re.search(r"(100|0) of 100 forgeries get in", alt)
