"""Signatures in rows: no ink cut off, centred, to one scale; and how often a hand halts."""

import cv2
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.plotting import chapter_00
from deepsign_helpers.synthesis import Trace


def trace(count=12, **columns):
    """A pen that moves to the right at 50 mm/s, in one stroke, unless the columns say otherwise."""
    zeros = np.zeros(count)
    steady = {
        "time": np.arange(count) / 200,
        "x": np.arange(count) / 4,
        "y": zeros,
        "speed": zeros + 50,
    }
    rest = {
        "pressure": zeros + 1,
        "down": zeros == 0,
        "stroke": zeros.astype(int),
        "deviation": zeros,
    }
    return Trace(**steady | rest | columns)


@pytest.fixture
def table(tmp_path):
    """Two images with boxes of ink in other places, one of them in the last row and column."""
    rows = []
    for name, box in (
        ("left", (slice(0, 10), slice(0, 20))),
        ("corner", (slice(34, 40), slice(65, 80))),
    ):
        image = np.full((40, 80), 255, np.uint8)
        image[box] = 0
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
        rows.append({"path": str(tmp_path / f"{name}.png"), "title": name})
    return pd.DataFrame(rows)


def test_all_ink_is_shown_to_the_last_row_and_column(table, shown):
    chapter_00.show_signatures(table, "title")
    inks = [(axis.images[0].get_array() == 0).sum() for axis in shown[0][0].axes if axis.images]
    assert inks == [10 * 20, 6 * 15]


def test_ink_is_centred_on_pages_of_one_size(table, shown):
    chapter_00.show_signatures(table, "title")
    pages = [axis.images[0].get_array() for axis in shown[0][0].axes if axis.images]
    assert pages[0].shape == pages[1].shape
    for page in pages:
        for places, length in zip(np.nonzero(page == 0), page.shape, strict=True):
            assert abs(places.min() + places.max() - (length - 1)) <= 1


def test_words_tell_what_stands_above_the_signatures_and_begin_with_the_note(table, shown):
    chapter_00.show_signatures(table, "title", note="Two boxes.")
    assert shown[0][1] == "Two boxes. 2 images of 26 × 36 pixels: left; corner."


def test_the_path_that_cuts_the_corner_is_told_by_how_much(shown):
    targets = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 8.0]])
    through = trace(3, x=targets[:, 0], y=targets[:, 1])
    across = trace(3, x=np.array([0.0, 8.0, 10.0]), y=np.array([0.0, 0.0, 8.0]))
    chapter_00.show_corner(targets, {"sharp": through, "round": across})
    assert "sharp: passes the corner at 0.0 mm; round: passes the corner at 2.0 mm" in shown[0][1]


def test_the_peak_of_a_stroke_is_told(shown):
    chapter_00.show_stroke(np.array([0.0, 0.1, 0.2]), np.array([0.0, 99.6, 5.0]))
    assert "peaks at 100 mm/s" in shown[0][1]


def test_halts_are_counted_while_the_pen_is_on_paper(shown):
    speed = np.array([0, 2, 50, 50, 3, 3, 50, 50, 1, 50, 4, 4])
    halting = trace(speed=speed, down=np.arange(12) != 8, stroke=np.arange(12) // 4)
    chapter_00.show_hands(halting, trace())
    assert "genuine: 0.1 s, 3 halts, 3 strokes" in shown[0][1]
    assert "forged: 0.1 s, 0 halts, 1 strokes" in shown[0][1]


def test_only_the_beginning_of_the_movement_is_shown_with_a_tick_for_each_stroke(shown):
    long = trace(600, stroke=np.arange(600) // 100)
    chapter_00.show_hands(long, long, seconds=1.0)
    line, ticks = shown[0][0].axes[1].lines
    assert line.get_xdata().max() < 1.0
    assert len(ticks.get_xdata()) == 6
    assert "2 strokes in the first 1 s" in shown[0][1]


def test_people_are_shown_with_both_rates(shown):
    chapter_00.show_people(
        pd.DataFrame({"FAR": [0.065, 0.3], "FRR": [0.26, 0.1]}, index=["laypersons", "you"])
    )
    assert [patch.get_height() for patch in shown[0][0].axes[0].patches] == pytest.approx(
        [6.5, 30, 26, 10]
    )
    assert "you: FAR 30.0%, FRR 10.0%" in shown[0][1]


def test_only_ink_is_coloured_by_its_deviation(shown):
    deviation = np.zeros((20, 40), np.float32)
    deviation[5, 10:20] = 2.0
    chapter_00.show_truth(np.full((20, 40), 255, np.uint8), deviation)
    coloured = shown[0][0].axes[0].images[1].get_array()
    assert coloured.mask.sum() == 20 * 40 - 10
    assert "2.0 mm at the median, 2.0 mm at most" in shown[0][1]


def test_both_hands_are_drawn_to_one_scale(shown):
    chapter_00.show_hands(trace(x=np.arange(12) / 20), trace(x=np.arange(12) * 5.0))
    upper, _, lower, _ = shown[0][0].axes
    assert upper.get_xlim() == lower.get_xlim()
    assert upper.get_ylim() == lower.get_ylim()
