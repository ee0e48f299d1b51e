"""Two signatures laid upon each other: what they share, whatever size and turn they have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_drawings import bars, ring, turned
from scipy.stats import spearmanr

from studies.realism import likeness
from studies.realism.drawing import look
from studies.realism.likeness import SIGNALS, points, signals


def alike(left, right):
    return dict(zip(SIGNALS, signals(points(look(left)), points(look(right))), strict=True))


def test_a_signature_is_wholly_like_itself(signature):
    found = alike(signature, signature)
    assert found["agreement (0.07)"] == pytest.approx(1)
    assert found["darkness along the line"] == pytest.approx(1)
    for signal in SIGNALS[3:]:
        assert found[signal] == pytest.approx(0, abs=1e-6), signal


@pytest.mark.parametrize(("degrees", "scale"), [(8, 1.0), (-5, 1.3), (0, 0.8)])
def test_turned_and_scaled_it_is_nearly_as_like(signature, degrees, scale):
    found = alike(turned(signature, degrees, scale), signature)
    assert found["agreement (0.07)"] > 0.85
    assert found["deformation needed"] > -0.05
    assert found["aspect"] > -0.05


def test_another_drawing_is_less_like(signature):
    same = alike(turned(signature, 5), signature)
    for other in (ring(), bars()):
        found = alike(other, signature)
        for signal in ("agreement (0.07)", "agreement (0.15)", "gradient descriptor", "directions"):
            assert found[signal] < same[signal], signal


def test_laying_finds_how_one_was_stretched_and_sheared(signature):
    fixed = points(look(signature))
    matrix = np.array([[1.08, 0.03], [0.05, 0.95]])
    # A point, as a row, goes to point @ matrix: the way back is the inverse.
    moved = likeness.Points(**{**vars(fixed), "places": fixed.places @ np.linalg.inv(matrix)})
    found, shift = likeness.lay(moved, fixed)
    assert np.allclose(found, matrix, atol=0.035)  # held back a little
    assert np.allclose(shift, 0, atol=0.01)


def test_points_are_in_their_own_unit_and_always_the_same(signature):
    first, second = points(look(signature)), points(look(signature))
    assert np.array_equal(first.places, second.places)
    assert len(first.places) <= likeness.POINTS
    assert np.allclose(first.places.mean(axis=0), 0)
    assert (first.places**2).sum(axis=1).mean() == pytest.approx(1)
    for shares in (first.shares, first.rows, first.columns):
        assert shares.sum() == pytest.approx(1, abs=1e-5)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30))
def test_the_rank_correlation_is_spearmans(pairs):
    left, right = np.transpose(pairs)
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        assert likeness.rank_correlation(left, right) == 0
    else:
        expected = spearmanr(left, right).statistic
        assert likeness.rank_correlation(left, right) == pytest.approx(expected)


def test_a_share_is_carried_as_far_as_it_moves():
    left = np.array([0.5, 0.5, 0.0, 0.0])
    right = np.array([0.5, 0.0, 0.0, 0.5])
    assert likeness.moved_share(left, right) == pytest.approx(0.5 * 2)
