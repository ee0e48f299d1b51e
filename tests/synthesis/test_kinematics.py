"""The hand's equations against numerical integration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import erf

from deepsign_helpers.synthesis.kinematics import (
    SAMPLES_PER_SECOND,
    Plan,
    arcs_through,
    log_time_delays,
    trace_of,
    travel,
    write,
)
from deepsign_helpers.synthesis.writers import sample_writer

bends = st.floats(-2.9, 2.9)
sigmas = st.floats(0.1, 0.45)
supports = st.floats(0.2, 0.34)


def single_stroke(bend=0.8, sigma=0.25, support=0.3, end=(10.0, 5.0)):
    return Plan(
        points=np.array([[0.0, 0.0], end]),
        bends=np.array([bend]),
        down=np.array([True]),
        gaps=np.array([0.1]),
        supports=np.array([support]),
        sigmas=np.array([sigma]),
    )


@given(bends, st.floats(-20, 20), st.floats(0.5, 20))
def test_an_arc_ends_at_its_target(bend, x, y):
    points = np.array([[1.0, 2.0], [1.0 + x, 2.0 + y]])
    along_x, along_y = travel(np.ones(1), *arcs_through(points, np.array([bend])))
    assert (along_x[0], along_y[0]) == pytest.approx((x, y), abs=1e-9)


@given(bends, st.floats(0.001, 1))
def test_closed_form_position_agrees_with_integrating_the_direction(bend, progress):
    amplitude, start, end = arcs_through(np.array([[0.0, 0.0], [8.0, 3.0]]), np.array([bend]))
    along_x, along_y = travel(np.array([progress]), amplitude, start, end)
    expected_x = quad(
        lambda w: amplitude[0] * np.cos(start[0] + (end[0] - start[0]) * w), 0, progress
    )[0]
    expected_y = quad(
        lambda w: amplitude[0] * np.sin(start[0] + (end[0] - start[0]) * w), 0, progress
    )[0]
    assert (along_x[0], along_y[0]) == pytest.approx((expected_x, expected_y), abs=1e-9)


@pytest.mark.parametrize("bend", [0.0, 1e-9, 1e-7, 1e-5])
def test_a_straight_stroke_is_the_limit_of_a_bent_one(bend):
    along_x, along_y = travel(
        np.array([0.5]), *arcs_through(np.array([[0.0, 0.0], [6.0, 8.0]]), np.array([bend]))
    )
    assert (along_x[0], along_y[0]) == pytest.approx((3.0, 4.0), abs=20 * bend + 1e-12)


@given(sigmas, supports)
def test_the_support_holds_997_parts_in_a_thousand_of_the_stroke(sigma, support):
    delay = log_time_delays(np.array([sigma]), np.array([support]))[0]
    begin, end = np.exp(delay - 3 * sigma), np.exp(delay + 3 * sigma)
    assert end - begin == pytest.approx(support)

    def speed(t):
        return np.exp(-((np.log(t) - delay) ** 2) / (2 * sigma**2)) / (
            sigma * np.sqrt(2 * np.pi) * t
        )

    assert quad(speed, begin, end)[0] == pytest.approx(0.9973, abs=1e-3)


def test_the_speed_of_a_stroke_is_a_lognormal_burst():
    plan = single_stroke()
    trace = write(plan)
    delay = log_time_delays(plan.sigmas, plan.supports)[0]
    elapsed = trace.time + np.exp(delay - 3 * 0.25)
    amplitude = arcs_through(plan.points, plan.bends)[0][0]
    burst = (
        amplitude
        / (0.25 * np.sqrt(2 * np.pi) * elapsed)
        * np.exp(-((np.log(elapsed) - delay) ** 2) / (2 * 0.25**2))
    )
    assert np.max(np.abs(trace.speed - burst)) < 0.03 * burst.max()


def test_a_trace_is_sampled_evenly_and_reaches_the_last_target():
    trace = write(single_stroke())
    assert np.diff(trace.time) == pytest.approx(1 / SAMPLES_PER_SECOND)
    assert (trace.x[-1], trace.y[-1]) == pytest.approx((10.0, 5.0), abs=0.05)


def test_overlapping_strokes_round_the_corner_that_separate_ones_reach():
    def nearest_to_corner(gap):
        trace = write(
            Plan(
                points=np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]),
                bends=np.zeros(2),
                down=np.ones(2, bool),
                gaps=np.array([0.1, gap]),
                supports=np.full(2, 0.27),
                sigmas=np.full(2, 0.25),
            )
        )
        return np.hypot(trace.x - 10, trace.y).min()

    assert nearest_to_corner(0.08) > 1.0
    assert nearest_to_corner(0.5) < 0.05


def test_the_pen_is_up_on_a_stroke_that_is_not_down():
    trace = write(
        Plan(
            points=np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 5.0], [9.0, 5.0]]),
            bends=np.zeros(3),
            down=np.array([True, False, True]),
            gaps=np.full(3, 0.3),
            supports=np.full(3, 0.25),
            sigmas=np.full(3, 0.2),
        )
    )
    climbing = (trace.y > 0.5) & (trace.y < 4.5)
    assert climbing.any()
    assert not trace.down[climbing].any()
    assert trace.down[0]
    assert trace.down[-1]


def sum_of_strokes(plan, time):
    """The position at a time, as the theory writes it: each stroke's arc, by sines and cosines."""
    position = plan.points[0].copy()
    begin = -plan.gaps[0]
    for start, end, bend, gap, support, sigma in zip(
        plan.points[:-1],
        plan.points[1:],
        plan.bends,
        plan.gaps,
        plan.supports,
        plan.sigmas,
        strict=True,
    ):
        begin += gap
        delay = 3 * sigma - np.log((np.exp(6 * sigma) - 1) / support)
        elapsed = time - begin + np.exp(delay - 3 * sigma)
        if elapsed <= 0:
            continue
        progress = (1 + erf((np.log(elapsed) - delay) / (sigma * np.sqrt(2)))) / 2
        chord, direction = np.hypot(*(end - start)), np.arctan2(*(end - start)[::-1])
        amplitude = chord * (bend / 2) / np.sin(bend / 2)
        first, now = direction - bend / 2, direction - bend / 2 + bend * progress
        position += (
            amplitude / bend * np.array([np.sin(now) - np.sin(first), np.cos(first) - np.cos(now)])
        )
    return position


@pytest.mark.parametrize("script", ["latin", "devanagari", "paraph"])
def test_a_trace_is_the_sum_of_its_strokes_at_every_instant(script):
    for seed in range(4):
        plan = sample_writer(np.random.default_rng(seed), script).plan
        trace = write(plan)
        for sample in np.linspace(0, len(trace.time) - 1, 40).astype(int):
            position = (trace.x[sample], trace.y[sample])
            assert position == pytest.approx(
                tuple(sum_of_strokes(plan, trace.time[sample])), abs=0.05
            )


@given(st.integers(0, 2**32 - 1), st.sampled_from(["latin", "devanagari", "paraph"]))
@settings(max_examples=40)
def test_strokes_follow_one_another_and_the_pen_is_down_where_the_plan_says(seed, script):
    plan = sample_writer(np.random.default_rng(seed), script).plan
    trace = write(plan)
    assert set(np.diff(trace.stroke)) == {0, 1}
    assert trace.stroke[0] == 0
    assert trace.stroke[-1] == len(plan.bends) - 1
    assert np.array_equal(trace.down, plan.down[trace.stroke])
    assert not trace.deviation.any()


def test_a_stroke_lasts_until_the_next_has_begun():
    plan = Plan(
        points=np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 5.0], [9.0, 5.0]]),
        bends=np.zeros(3),
        down=np.ones(3, bool),
        gaps=np.array([0.1, 0.2, 0.3]),
        supports=np.full(3, 0.25),
        sigmas=np.full(3, 0.2),
    )
    assert np.bincount(write(plan).stroke)[:2] == pytest.approx([0.2 * 200, 0.3 * 200], abs=1)


@given(st.lists(st.floats(0, 800), min_size=30, max_size=80), st.integers(0, 2**32 - 1))
def test_pressure_is_a_share_and_nothing_where_the_pen_is_up(speeds, seed):
    down = np.random.default_rng(seed).random(len(speeds)) < 0.7
    x = np.cumsum(speeds) / SAMPLES_PER_SECOND
    trace = trace_of(x, np.zeros(len(x)), down, np.zeros(len(x), int))
    assert (trace.pressure >= 0).all()
    assert (trace.pressure <= 1).all()
    assert np.array_equal(trace.pressure > 0, down)


def test_pressure_falls_with_speed():
    steady = [np.arange(60) * speed / SAMPLES_PER_SECOND for speed in (0, 20, 80, 150, 400)]
    traces = [trace_of(x, np.zeros(60), np.ones(60, bool), np.zeros(60, int)) for x in steady]
    middle = [trace.pressure[30] for trace in traces]
    assert middle[0] == pytest.approx(1.0)
    assert middle[3] == pytest.approx(0.75)
    assert (np.diff(middle) < 0).all()
    assert middle[-1] > 0.5


def test_a_pen_comes_down_and_leaves_within_a_twentieth_of_a_second():
    down = (np.arange(100) >= 30) & (np.arange(100) < 70)
    pressure = trace_of(np.zeros(100), np.zeros(100), down, np.zeros(100, int)).pressure
    assert (np.diff(pressure[29:36]) > 0).all()
    assert (np.diff(pressure[64:71]) < 0).all()
    assert pressure[36:64] == pytest.approx(1.0)
    whole = trace_of(np.zeros(100), np.zeros(100), np.ones(100, bool), np.zeros(100, int)).pressure
    assert max(whole[0], whole[-1]) < 0.7


def test_speed_is_how_fast_the_pen_moves():
    time = np.arange(100) / SAMPLES_PER_SECOND
    trace = trace_of(30 * time, 40 * time, np.ones(100, bool), np.zeros(100, int))
    assert trace.time == pytest.approx(time)
    assert trace.speed == pytest.approx(50)


def test_a_table_of_a_trace_is_what_a_tablet_records():
    trace = sample_writer(np.random.default_rng(1)).sign(np.random.default_rng(2))
    table = trace.to_frame()
    assert list(table.columns) == ["time", "x", "y", "pressure", "down"]
    assert len(table) == len(trace.time)
    assert np.diff(table["time"]) == pytest.approx(1 / 200)
    assert table["down"].dtype == bool
    for name in table.columns:
        assert np.array_equal(table[name], getattr(trace, name))


def two_strokes(**fields):
    """A straight line in two strokes of 0.5 s, and one through the air."""
    return Plan(
        points=np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0]]),
        bends=np.zeros(3),
        down=np.array([True, True, False]),
        gaps=np.full(3, 0.5),
        supports=np.full(3, 0.45),
        sigmas=np.full(3, 0.2),
        **fields,
    )


def test_who_does_not_say_how_hard_they_press_presses_as_hard_as_they_can():
    trace = write(two_strokes())
    assert np.array_equal(trace.press, write(two_strokes(presses=np.ones(3))).press)
    assert trace.press[trace.down][20:-20] == pytest.approx(1.0)
    assert trace.press.max() <= 1 + 1e-12


def test_the_pressure_is_that_of_each_stroke_and_goes_from_one_to_the_next():
    trace = write(two_strokes(presses=np.array([0.4, 0.8, 1.0])))
    whole = write(two_strokes())
    assert trace.press[50] == pytest.approx(0.4)
    assert trace.press[150] == pytest.approx(0.8)
    assert np.abs(np.diff(trace.press[30:170])).max() < 0.1
    assert (np.diff(trace.press[80:120]) >= -1e-12).all()
    # Speed takes the same share of it, however hard somebody presses.
    assert np.array_equal(trace.speed, whole.speed)
    assert trace.pressure * whole.press == pytest.approx(whole.pressure * trace.press)
    assert not trace.pressure[~trace.down].any()


def test_the_longer_the_contact_takes_the_more_gently_a_line_ends():
    pressed = [write(two_strokes(contact=contact)).press for contact in (0.02, 0.06, 0.2)]
    lifted = np.flatnonzero(~write(two_strokes()).down)[0]
    near_end = [press[lifted - 4] for press in pressed]
    assert near_end[0] == pytest.approx(1.0)
    assert near_end[0] > near_end[1] + 0.05 > near_end[2] + 0.1
    for press in pressed:
        assert press[50] == pytest.approx(1.0)
