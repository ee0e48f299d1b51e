"""Signatures in rows: no ink cut off, centred, to one scale; and how often a hand halts."""

import cv2
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.plotting import chapter_00
from deepsign_helpers.synthesis import Trace


@pytest.fixture
def table(tmp_path):
    """Two images with boxes of ink in other places, one of them in the last row and the last column."""
    rows = []
    for name, box in (("left", (slice(0, 10), slice(0, 20))), ("corner", (slice(34, 40), slice(65, 80)))):
        image = np.full((40, 80), 255, np.uint8)
        image[box] = 0
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
        rows.append({"path": str(tmp_path / f"{name}.png"), "title": name})
    return pd.DataFrame(rows)


def test_all_ink_is_shown_to_the_last_row_and_column(table, shown):
    chapter_00.show_signatures(table, "title", "Two boxes.")
    inks = [(axis.images[0].get_array() == 0).sum() for axis in shown[0][0].axes if axis.images]
    assert inks == [10 * 20, 6 * 15]


def test_ink_is_centred_on_pages_of_one_size(table, shown):
    chapter_00.show_signatures(table, "title", "Two boxes.")
    pages = [axis.images[0].get_array() for axis in shown[0][0].axes if axis.images]
    assert pages[0].shape == pages[1].shape
    for page in pages:
        for places, length in zip(np.nonzero(page == 0), page.shape, strict=True):
            assert abs(places.min() + places.max() - (length - 1)) <= 1


def test_halts_are_counted_while_the_pen_is_on_paper(shown):
    speed = np.array([0, 2, 50, 50, 3, 3, 50, 50, 1, 50, 4, 4])
    down = np.arange(12) != 8
    trace = Trace(np.arange(12) / 200, np.arange(12.0), np.zeros(12), speed, down)
    still = Trace(trace.time, trace.x, trace.y, np.full(12, 50), down)
    chapter_00.show_hands(trace, still)
    assert "genuine: 0.1 s, 3 halts; forged: 0.1 s, 0 halts" in shown[0][1]


def test_both_hands_are_drawn_to_one_scale(shown):
    time = np.arange(12) / 200
    small, large = (Trace(time, size * time, time, time, time >= 0) for size in (10, 1000))
    chapter_00.show_hands(small, large)
    upper, _, lower, _ = shown[0][0].axes
    assert upper.get_xlim() == lower.get_xlim()
    assert upper.get_ylim() == lower.get_ylim()
