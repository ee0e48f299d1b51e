"""The hand's equations against numerical integration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from deepsign_helpers.synthesis.kinematics import (
    SAMPLES_PER_SECOND,
    Plan,
    arcs_through,
    log_time_delays,
    travel,
    write,
)

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
    expected_x = quad(lambda w: amplitude[0] * np.cos(start[0] + (end[0] - start[0]) * w), 0, progress)[0]
    expected_y = quad(lambda w: amplitude[0] * np.sin(start[0] + (end[0] - start[0]) * w), 0, progress)[0]
    assert (along_x[0], along_y[0]) == pytest.approx((expected_x, expected_y), abs=1e-9)


@pytest.mark.parametrize("bend", [0.0, 1e-9, 1e-7, 1e-5])
def test_a_straight_stroke_is_the_limit_of_a_bent_one(bend):
    along_x, along_y = travel(np.array([0.5]), *arcs_through(np.array([[0.0, 0.0], [6.0, 8.0]]), np.array([bend])))
    assert (along_x[0], along_y[0]) == pytest.approx((3.0, 4.0), abs=20 * bend + 1e-12)


@given(sigmas, supports)
def test_the_support_holds_997_parts_in_a_thousand_of_the_stroke(sigma, support):
    delay = log_time_delays(np.array([sigma]), np.array([support]))[0]
    begin, end = np.exp(delay - 3 * sigma), np.exp(delay + 3 * sigma)
    assert end - begin == pytest.approx(support)

    def speed(t):
        return np.exp(-((np.log(t) - delay) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi) * t)

    assert quad(speed, begin, end)[0] == pytest.approx(0.9973, abs=1e-3)


def test_the_speed_of_a_stroke_is_a_lognormal_burst():
    plan = single_stroke()
    trace = write(plan)
    delay = log_time_delays(plan.sigmas, plan.supports)[0]
    elapsed = trace.time + np.exp(delay - 3 * 0.25)
    amplitude = arcs_through(plan.points, plan.bends)[0][0]
    burst = (
        amplitude / (0.25 * np.sqrt(2 * np.pi) * elapsed) * np.exp(-((np.log(elapsed) - delay) ** 2) / (2 * 0.25**2))
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
