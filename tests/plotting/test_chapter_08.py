"""Figures of chapter 08: what they say in words is what they were given."""

import re

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import evaluation, strokes
from deepsign_helpers.plotting import chapter_08


@pytest.fixture
def page():
    """Return a cross on white paper: a long level bar and a short upright one."""
    ink = np.full((200, 400), 255, np.uint8)
    ink[97:103, 50:350] = ink[40:160, 247:253] = 30
    return ink


def test_each_way_to_lay_is_told_with_its_gap(shown):
    corners = np.array([[0.0, 0], [40, 0], [40, 40], [0, 40]])
    moved = {
        "as scanned": corners + np.array([3, 4]),
        "shifted": corners,
        "half": corners + np.array([1, 0]),
    }
    chapter_08.show_upon(moved, corners)
    [(figure, alt)] = shown
    assert "as scanned: 5.0 pixels; shifted: 0.0 pixels; half: 1.0 pixels" in alt
    drawn = [axis for axis in figure.axes if axis.axison]
    assert [axis.get_title() for axis in drawn] == [
        "as scanned: 5.0 pixels",
        "shifted: 0.0 pixels",
        "half: 1.0 pixels",
    ]
    low, high = drawn[0].get_ylim()
    assert low > high  # y runs downwards, as on the page


def test_a_place_of_a_line_has_ticks_along_it(page, shown):
    line = strokes.line_of_ink(page)
    chapter_08.show_line(page, line, place=(120, 100))  # only the level bar is near
    [(figure, alt)] = shown
    ticks = [tick.get_xydata() for tick in figure.axes[1].lines]
    assert ticks
    for start, stop in ticks:
        assert abs(start[1] - stop[1]) < 0.1 * abs(start[0] - stop[0])
    near = (np.abs(line.on_page - [120, 100]) < [64, 36]).all(axis=1).sum()
    assert f"{near} of the {len(line.points)} points" in alt


def test_lines_are_told_with_their_mean_agreement(page, shown):
    line = strokes.line_of_ink(page)
    other = page.copy()
    other[40:97, 247:253] = 255  # without the upper half of the upright bar
    laid = {
        "itself": strokes.lay(line, line),
        "other": strokes.lay(line, strokes.line_of_ink(other)),
    }
    chapter_08.show_agreement(laid)
    [(_, alt)] = shown
    assert "itself: mean agreement 1.00" in alt
    assert f"other: mean agreement {laid['other'].there.agreement.mean():.2f}" in alt
    assert laid["other"].there.agreement.mean() < 0.95


def test_each_curve_is_told_with_its_equal_error_rate(scores_and_labels, shown):
    scores, labels = scores_and_labels
    panels = {
        "one signal": {"alone": (scores, labels), "turned round": (-scores, labels)},
        "nothing": {"constant": (np.zeros(len(labels)), labels)},
    }
    chapter_08.show_roc_panels(panels)
    [(figure, alt)] = shown
    rate = 100 * evaluation.equal_error_rate(scores, labels)
    assert f"one signal: alone, EER {rate:.1f} %; turned round, EER {100 - rate:.1f} %" in alt
    assert "nothing: constant, EER 50.0 %" in alt
    x, y = figure.axes[0].lines[0].get_data()
    ends = sorted([(x[0], y[0]), (x[-1], y[-1])])
    assert ends == [(0, 0), (100, 100)]


def test_a_map_tells_where_it_and_the_truth_are_largest(page, shown):
    differences = np.where(page < 255, 0.1, np.nan)
    differences[100, 60] = 0.4
    truth = np.where(page < 255, 0.5, 0.0)
    truth[45, 250] = 3.0
    chapter_08.show_map(page, differences, truth)
    [(figure, alt)] = shown
    assert "largest 0.40 at x 60, y 100 pixels" in alt
    assert "largest 3.00 at x 250, y 45 pixels" in alt
    rings = [tuple(axis.lines[0].get_xydata()[0]) for axis in figure.axes[:2]]
    assert rings == [(60, 100), (250, 45)]
    assert re.search(r"radii.*mm", alt)


def test_each_way_is_told_and_drawn_where_its_rates_are(shown):
    ways = pd.DataFrame(
        {
            "place": ["home", "home", "away", "away"],
            "score": ["one", "other", "one", "other"],
            "skilled": [20.0, 10.0, 30.0, 12.5],
            "skilled from": [18.0, 9.0, 27.0, 11.0],
            "skilled to": [22.0, 11.0, 33.0, 14.0],
        }
    )
    chapter_08.show_ways({"quick": ways, "slow": ways.assign(skilled=ways["skilled"] - 1)})
    [(figure, alt)] = shown
    assert "quick: one 20.0, 30.0; other 10.0, 12.5. slow: one 19.0, 29.0" in alt
    one = figure.axes[0].containers[0]
    assert one.lines[0].get_xdata().tolist() == [20, 30]
    [segments] = [lines.get_segments() for lines in one.lines[2]]
    assert np.array(segments)[:, :, 0].tolist() == [[18, 22], [27, 33]]
    heights = [container.lines[0].get_ydata().tolist() for container in figure.axes[0].containers]
    assert np.ravel(heights).size == len(set(np.ravel(heights)))  # nothing hides another
