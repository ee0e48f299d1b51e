"""Framing: what is turned level, cropped, fitted and normalised, and what stays as it was."""

import cv2
import numpy as np
import pytest
from drawings import draw, placed, signatures
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import preprocessing as pre

SIZES = st.sampled_from([(32, 64), (64, 128), (128, 256), (50, 50)])


@settings(deadline=None, max_examples=25)
@given(signatures)
def test_the_angle_is_that_of_a_fitted_line_damped_by_roundness(gray):
    rows, columns = np.nonzero(gray < 255)
    slope = np.polyfit(columns, rows, 1)[0] * (1 - (rows.std() / columns.std()) ** 4)
    assert pre.skew_angle(gray) == pytest.approx(np.degrees(np.arctan(slope)), abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(4, 8), st.floats(0, 6), st.floats(-15, 15))
def test_the_angle_of_a_turned_signature_is_found(loops, phase, angle):
    gray = draw(160, 600, loops, phase)
    found = pre.skew_angle(gray) - pre.skew_angle(pre.rotate(gray, angle))
    assert found == pytest.approx(angle, abs=0.5 + 0.2 * abs(angle))


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(-15, 15))
def test_deskewing_takes_away_most_of_the_skew(gray, angle):
    turned = pre.rotate(gray, angle)
    assert abs(pre.skew_angle(pre.deskew(turned))) <= 0.2 + 0.5 * abs(pre.skew_angle(turned))


def test_no_turn_exceeds_twenty_degrees_and_round_upright_or_blank_pages_stay():
    blank = np.full((300, 600), 255, np.uint8)
    steep = cv2.line(blank.copy(), (50, 20), (500, 270), 0, 5)
    assert pre.skew_angle(steep) == 20.0
    circle = cv2.circle(blank.copy(), (300, 150), 100, 0, 5)
    upright = cv2.line(blank.copy(), (300, 20), (320, 280), 0, 5)
    dot = blank.copy()
    dot[100, 100] = 0
    for page in (circle, upright, blank, dot):
        assert pre.skew_angle(page) == pytest.approx(0, abs=0.5)
    assert np.array_equal(pre.deskew(blank), blank)


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(-90, 90))
def test_turning_cuts_nothing_off_and_keeps_paper_white(gray, angle):
    tight = gray[np.ix_((gray < 255).any(axis=1), (gray < 255).any(axis=0))]
    turned = pre.rotate(tight, angle)
    assert (255.0 - turned).sum() == pytest.approx((255.0 - tight).sum(), rel=0.02)
    assert np.all(pre.rotate(np.full((40, 90), 255, np.uint8), angle) == 255)


def test_a_quarter_turn_moves_every_pixel_exactly():
    assert np.array_equal(pre.rotate(draw(), 90), np.rot90(draw()))
    assert np.array_equal(pre.rotate(draw(), -90), np.rot90(draw(), -1))


# Crop, fit, normalise


@settings(deadline=None, max_examples=25)
@given(signatures, st.integers(0, 50), st.integers(0, 50))
def test_cropping_leaves_no_empty_edge_and_loses_no_ink(gray, top, left):
    page = placed(gray, 260, 470, top, left)
    cropped = pre.crop_to_ink(page)
    assert (cropped < 255).sum() == (page < 255).sum()
    for edge in (cropped[0], cropped[-1], cropped[:, 0], cropped[:, -1]):
        assert (edge < 255).any()


def test_cropping_a_blank_page_says_so():
    with pytest.raises(pre.ImageError, match="image: no ink found"):
        pre.crop_to_ink(np.full((50, 50), 255, np.uint8))
    with pytest.raises(pre.ImageError, match=r"^scan_07\.tif: no ink found"):
        pre.crop_to_ink(np.full((50, 50), 255, np.uint8), name="scan_07.tif")


def ink_box(gray):
    rows, columns = np.nonzero(gray < 255)
    return (
        np.ptp(rows) + 1,
        np.ptp(columns) + 1,
        rows.min() + rows.max(),
        columns.min() + columns.max(),
    )


@given(st.integers(1, 400), st.integers(1, 400), SIZES)
def test_aspect_keeps_the_proportions_halfway_takes_the_geometric_mean(height, width, size):
    block = np.zeros((height, width), np.uint8)
    scale = min(size[0] / height, size[1] / width)
    expected = {
        "aspect": (height * scale, width * scale),
        "halfway": (np.sqrt(height * scale * size[0]), np.sqrt(width * scale * size[1])),
    }
    for fit, (tall, wide) in expected.items():
        fitted = pre.fit_to(block, size, fit)
        found_tall, found_wide, twice_row, twice_column = ink_box(fitted)
        assert fitted.shape == size and fitted.dtype == np.uint8
        assert abs(found_tall - tall) <= max(0.51, 1 - tall)
        assert abs(found_wide - wide) <= max(0.51, 1 - wide)
        assert abs(twice_row - (size[0] - 1)) <= 1
        assert abs(twice_column - (size[1] - 1)) <= 1


def test_shrinking_averages_whole_areas():
    gray = np.random.default_rng(0).integers(0, 256, (256, 512), dtype=np.uint8)
    blocks = gray.reshape(64, 4, 128, 4).mean(axis=(1, 3))
    assert np.abs(pre.fit_to(gray, (64, 128), "aspect") - blocks).max() <= 0.5


def test_an_unknown_fit_is_refused():
    with pytest.raises(ValueError, match=r"fit: 'fill' is unknown; use 'aspect' or 'halfway'\."):
        pre.fit_to(draw(), (64, 128), "fill")


def test_the_darkest_twentieth_of_the_ink_becomes_one():
    gray = np.full((20, 30), 255, np.uint8)
    gray[:5, :20] = np.arange(60, 160, 5)  # a twentieth has each level
    ink = pre.normalise(gray)[0, :, 0]
    assert ink[0] == 1 and ink[19] == pytest.approx((255 - 155) / (255 - 65), abs=0.002)


@settings(deadline=None)
@given(signatures)
def test_normalising_keeps_the_order_of_darkness_up_to_the_darkest_twentieth(gray):
    ink = pre.normalise(gray)
    assert ink.dtype == np.float32 and ink.shape == (*gray.shape, 1)
    assert np.all((ink[..., 0] == 0) == (gray == 255))
    assert ink.max() == 1 and np.mean(ink[ink > 0] == 1) >= 0.05
    darkness = (255.0 - gray)[..., None]
    inside = (ink > 0) & (ink < 1)
    assert np.ptp(ink[inside] / darkness[inside]) < 1e-6


def test_normalising_a_blank_page_gives_zeros():
    assert not pre.normalise(np.full((20, 30), 255, np.uint8)).any()
