"""Cleaning: the paper becomes white under any light, ink keeps its levels, and dust goes."""

import cv2
import numpy as np
import pytest
from drawings import draw, placed, signatures
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import preprocessing as pre


@given(st.integers(1, 900), st.integers(1, 900), st.integers(1, 500))
def test_shrinking_keeps_proportions_and_enlarges_nothing(height, width, longest_side):
    shrunk = pre.shrink(np.zeros((height, width), np.uint8), longest_side)
    assert max(shrunk.shape) == min(longest_side, max(height, width))
    scale = max(shrunk.shape) / max(height, width)
    assert abs(shrunk.shape[0] - height * scale) <= max(0.5, 1 - height * scale)
    assert abs(shrunk.shape[1] - width * scale) <= max(0.5, 1 - width * scale)


# The paper


def test_the_paper_is_followed_across_a_slope_and_under_the_ink():
    paper = np.add.outer(np.linspace(250, 190, 200), np.linspace(0, -40, 400))
    page = np.minimum(paper, draw()).astype(np.uint8)
    assert np.abs(pre.estimate_paper(page) - paper).max() < 20
    assert np.abs(pre.estimate_paper(page) - paper).mean() < 4


def test_a_dark_area_as_large_as_half_the_page_is_not_taken_for_paper():
    page = np.full((200, 400), 250, np.uint8)
    page[:, 200:] = 20
    assert np.mean(pre.remove_background(page) < 255) == pytest.approx(0.5, abs=0.05)


def otsu_by_hand(image):
    """Try all 256 thresholds and return the one of the largest variance between the two classes."""

    def variance_between(threshold):
        dark, light = image[image <= threshold], image[image > threshold]
        if dark.size == 0 or light.size == 0:
            return 0.0
        return dark.size * light.size * (light.mean() - dark.mean()) ** 2

    return max(range(256), key=variance_between)


@settings(deadline=None, max_examples=15)
@given(signatures, st.integers(0, 2**32 - 1))
def test_ink_is_what_otsu_calls_ink(gray, seed):
    noise = np.abs(np.random.default_rng(seed).normal(0, 8, gray.shape))
    noisy = np.clip(gray - noise, 0, 255).astype(np.uint8)
    even = np.minimum(np.round(noisy / (pre.estimate_paper(noisy) / 255)), 255)
    blurred = cv2.GaussianBlur(even.astype(np.uint8), (3, 3), 0)
    is_ink = (blurred <= otsu_by_hand(blurred)) & (even < 255)
    assert np.mean((pre.remove_background(noisy) < 255) != is_ink) < 0.001


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 2**32 - 1))
def test_uneven_paper_does_not_change_what_is_ink(gray, down, across, seed):
    height, width = gray.shape
    light_down = np.linspace(1, 1 - down, height)
    light_across = np.linspace(1, 1 - across, width) ** 0.5
    light = np.outer(light_down, light_across)
    noise = np.random.default_rng(seed).normal(0, 2, gray.shape)
    page = np.clip(gray * light + noise, 0, 255).astype(np.uint8)
    ink = pre.remove_background(page) < 255
    expected = pre.remove_background(gray) < 255
    assert (ink & expected).sum() / (ink | expected).sum() > 0.9


def test_ink_keeps_its_level_relative_to_the_paper():
    gray = draw(thickness=9, ink=100)
    shaded = np.round(gray * 0.6).astype(np.uint8)
    solid = cv2.erode((gray == 100).astype(np.uint8), np.ones((3, 3))) > 0
    assert np.abs(pre.remove_background(shaded)[solid] - 100.0).max() < 5


def test_paper_without_ink_becomes_all_white():
    noise = np.random.default_rng(0).normal(230, 8, (350, 580)).clip(0, 255).astype(np.uint8)
    assert np.all(pre.remove_background(noise) == 255)


# Specks


def test_a_far_speck_goes_a_near_dot_and_a_far_word_stay():
    page = placed(draw(), 600, 900, 20, 20)
    speck = cv2.circle(page.copy(), (850, 560), 3, 0, -1)
    dot = cv2.circle(page.copy(), (200, 50), 3, 0, -1)
    word = page.copy()
    word[350:550, 450:850] = np.minimum(word[350:550, 450:850], draw())
    assert np.array_equal(pre.remove_specks(speck), page)
    assert np.array_equal(pre.remove_specks(dot), dot)
    assert np.array_equal(pre.remove_specks(word), word)


def test_dots_that_are_all_small_and_far_apart_are_not_all_specks():
    page = np.full((1200, 1200), 255, np.uint8)
    for row, column in np.ndindex(10, 10):
        cv2.circle(page, (80 + 115 * column, 80 + 115 * row), 3, 0, -1)
    assert np.array_equal(pre.remove_specks(page), page)
    assert pre.prepare(page, name="scan_07.tif").max() == 1
