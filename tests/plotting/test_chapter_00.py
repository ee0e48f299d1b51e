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
        "press": zeros + 1,
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


def test_both_hands_are_drawn_to_one_scale(shown):
    chapter_00.show_hands(trace(x=np.arange(12) / 20), trace(x=np.arange(12) * 5.0))
    upper, _, lower, _ = shown[0][0].axes
    assert upper.get_xlim() == lower.get_xlim()
    assert upper.get_ylim() == lower.get_ylim()


def test_the_darkest_ink_is_black_whichever_pen_wrote_it():
    pale = np.full((4, 30), 255, np.uint8)
    pale[1, 5:25] = 205
    pale[2, 5:25] = 230
    level = chapter_00.level(pale)
    assert np.unique(level).tolist() == [0, 128, 255]
    assert (level == 255).tolist() == (pale == 255).tolist()


def test_speed_stands_beside_the_corner_with_its_peak_in_words(shown):
    targets = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 8.0]])
    through = trace(3, x=targets[:, 0], y=targets[:, 1], speed=np.array([0.0, 87.0, 2.0]))
    chapter_00.show_corner(targets, {"fast": through, "slow": trace(3)})
    paths, speeds = shown[0][0].axes
    assert len(paths.lines) == 3
    assert [line.get_ydata().max() for line in speeds.lines] == [87, 50]
    assert "The speed is at most 87 mm/s and 50 mm/s." in shown[0][1]


def test_a_signature_of_another_size_elsewhere_lies_upon_its_model():
    zigzag = np.arange(12.0) % 2
    model = trace(y=zigzag)
    larger = trace(x=7 + 3 * model.x, y=3 * zigzag - 20)
    x, y = chapter_00.laid_upon(larger, model)
    assert x == pytest.approx(model.x)
    assert y == pytest.approx(model.y)


def test_only_the_inked_line_is_laid_upon_the_model():
    lifted = trace(down=np.arange(12) != 5)
    x, _ = chapter_00.laid_upon(lifted, lifted)
    assert np.flatnonzero(np.isnan(x)).tolist() == [5]


def test_each_group_is_laid_over_the_model_in_a_panel_that_tells_its_share(shown):
    model = trace(y=np.arange(12.0) % 3)
    groups = {"own": [model, model], "one forger": [model] * 3}
    chapter_00.show_attempts(model, groups, {"own": 0.25, "one forger": 0.8})
    panels = shown[0][0].axes
    assert [len(panel.lines) for panel in panels[:2]] == [1 + 2, 1 + 3]
    told = "own: 25% of the error is shared; one forger: 80% of the error is shared"
    assert told in shown[0][1]
    looks = {panel.lines[1].get_color() for panel in panels[:2]}
    assert len(looks) == 2


def test_the_harder_it_was_pressed_the_thicker_a_line_is(shown):
    pressure = np.linspace(0.1, 0.9, 12)
    down = np.arange(12) != 6
    chapter_00.show_pressure(
        {"genuine": trace(pressure=pressure, down=down), "drawing forger": trace()},
        {"genuine": 1.0, "drawing forger": -0.2},
    )
    line = shown[0][0].axes[0].collections[0]
    widths = line.get_linewidths()
    assert len(widths) == 11 - 2  # nothing leads to the point in the air, or from it
    assert (np.diff(widths) > 0).all()
    assert widths[-1] == pytest.approx(0.9 * chapter_00.MOST_WIDTH)
    assert "drawing forger: correlation -0.20" in shown[0][1]


def paced(power, count=40):
    """Strokes of 1.5 to 24 mm, each of which takes 0.1 s times a power of its length."""
    lengths = np.geomspace(1.5, 24, count)
    samples = np.round(200 * 0.1 * lengths**power).astype(int)
    stroke = np.repeat(np.arange(count + 1), [*samples, 1])
    speed = np.append(np.repeat(200 * lengths / samples, samples), 0.0)
    total = len(stroke)
    return trace(total, stroke=stroke, speed=speed)


@pytest.mark.parametrize("power", [0.0, 0.3, 0.7])
def test_the_power_by_which_time_grows_is_found_again(power):
    strokes = chapter_00.strokes_of(paced(power))
    assert len(strokes) == 40
    assert strokes["mm"].iloc[[0, -1]].tolist() == pytest.approx([1.5, 24])
    found = chapter_00.power_of(*chapter_00.times_by_length([paced(power)] * 2))
    assert found == pytest.approx(power, abs=0.03)


def test_strokes_in_the_air_and_the_last_one_are_no_strokes_on_paper():
    down = np.arange(12) < 8
    strokes = chapter_00.strokes_of(
        trace(stroke=np.arange(12) // 4, speed=np.full(12, 80.0), down=down)
    )
    assert strokes.index.tolist() == [0, 1]
    assert strokes["s"].tolist() == pytest.approx([0.02, 0.02])
    assert strokes["mm"].tolist() == pytest.approx([1.6, 1.6])


def test_pressure_near_the_start_is_averaged_over_lines_that_are_long_enough():
    down = np.ones(60, bool)
    down[[20, 50]] = False
    pressure = np.ones(60)
    pressure[0] = 0.5  # the first line begins lightly; the second does not; the third is short
    start = chapter_00.pressure_near_start(
        trace(60, down=down, pressure=pressure, speed=np.full(60, 40.0))
    )
    assert start[0] == pytest.approx(0.75)
    assert start[-1] == pytest.approx(1.0)


def test_a_hand_without_a_long_line_has_no_start():
    assert np.isnan(chapter_00.pressure_near_start(trace(4))).all()


def test_schools_are_told_by_power_and_start(shown):
    chapter_00.show_schools({"the writer": [paced(0.0)], "drawing forger": [paced(0.5)]})
    times, presses = shown[0][0].axes
    assert len(times.lines) == len(presses.lines) == 2
    assert "the writer: power 0.00, 100% after 0.5 mm" in shown[0][1].replace("-0.00", "0.00")
    assert "drawing forger: power 0.5" in shown[0][1] or "power 0.49" in shown[0][1]
