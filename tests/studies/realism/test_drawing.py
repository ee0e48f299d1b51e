"""An image as it is measured: how it is levelled, framed and thinned."""

import numpy as np
import pytest
from known_drawings import INK, bars, blank, ring, turned
from PIL import Image

from studies.realism import drawing


def test_a_path_and_an_array_are_looked_at_alike(tmp_path, signature):
    path = tmp_path / "page.png"
    Image.fromarray(signature).save(path)
    assert np.array_equal(drawing.look(path).ink, drawing.look(signature).ink)


@pytest.mark.parametrize("rise", [-9, 0, 12])
def test_the_line_of_writing_is_turned_level_and_its_rise_is_told(rise):
    seen = drawing.look(turned(bars(), rise))
    assert seen.rise == pytest.approx(rise, abs=2)  # the thicker, the less is believed
    height, width = seen.ink.shape
    assert width / height == pytest.approx(300 / 70, rel=0.15)


def test_the_aspect_is_told_as_it_was_written():
    rising = np.radians(12)
    height = 300 * np.sin(rising) + 70 * np.cos(rising)
    width = 300 * np.cos(rising) + 70 * np.sin(rising)
    assert drawing.look(turned(bars(), 12)).aspect == pytest.approx(width / height, rel=0.05)


def test_ink_fills_the_box_along_one_side_whatever_its_size_and_level(signature):
    seen = drawing.look(signature)
    larger = np.repeat(np.repeat(signature, 2, axis=0), 2, axis=1)
    paler = (255 - (255 - larger.astype(float)) / 2).astype(np.uint8)
    again = drawing.look(paler)
    assert seen.ink.shape[1] == drawing.BOX[1] or seen.ink.shape[0] == drawing.BOX[0]
    assert np.allclose(again.ink.shape, seen.ink.shape, atol=1)  # twice as fine a border
    small, large = seen.ink.mean(), again.ink.mean()
    assert large == pytest.approx(small, rel=0.05)
    assert seen.ink.min() == 0
    assert seen.ink.max() == 1


def test_shade_on_the_paper_is_no_ink():
    shaded = (bars() * np.linspace(0.7, 1, 400)).astype(np.uint8)
    inked = drawing.ink_of(shaded) < 255
    assert np.count_nonzero(inked ^ (bars() == INK)) < 0.05 * np.count_nonzero(inked)


def test_a_line_runs_along_its_middle_in_its_direction():
    seen = drawing.look(bars())
    rows, columns = np.nonzero(seen.line)
    height, width = seen.line.shape
    assert np.isin(rows, [4, 5, height - 6, height - 5]).all()  # bars of 10 pixels
    assert np.ptp(columns) > 240
    away_from_ends = seen.line & (np.abs(np.arange(width) - width / 2) < 110)
    assert np.abs(np.sin(seen.direction[away_from_ends])).max() < 0.05
    assert seen.clearness[away_from_ends].min() > 0.95


def test_on_a_ring_the_line_runs_across_the_radius():
    seen = drawing.look(ring())
    rows, columns = np.nonzero(seen.line)
    height, width = seen.line.shape
    radius = np.arctan2(rows - (height - 1) / 2, columns - (width - 1) / 2)
    assert np.abs(np.cos(seen.direction[seen.line] - radius)).max() < 0.1


def test_a_dot_is_refused():
    page = blank()
    page[98:102, 198:202] = INK
    with pytest.raises(ValueError, match="is it a signature"):
        drawing.look(page)


def test_a_bar_that_fills_its_box_is_refused():
    page = blank()
    page[94:106, 50:350] = INK
    with pytest.raises(ValueError, match="is it a signature"):
        drawing.look(page)
