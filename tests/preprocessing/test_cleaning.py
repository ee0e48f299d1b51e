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


def test_the_paper_is_followed_across_an_edge_and_into_a_dark_corner():
    page = np.full((200, 400), 250, np.uint8)
    page[:, 200:] = 20
    page[150:, 340:] = 250
    away_from_edges = cv2.dilate(cv2.Canny(page, 50, 100), np.ones((15, 15))) == 0
    assert (
        np.abs(pre.estimate_paper(page)[away_from_edges].astype(int) - page[away_from_edges]).max()
        <= 1
    )
    assert np.mean(pre.remove_background(page) < 255) < 0.01


# Ink


def noisy(gray, seed, deviation, light=1.0):
    noise = np.random.default_rng(seed).normal(0, deviation, gray.shape)
    return np.clip(gray * light + noise, 0, 255).astype(np.uint8)


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


@settings(deadline=None, max_examples=25)
@given(signatures, st.integers(0, 2**32 - 1), st.floats(0, 6))
def test_how_much_of_the_page_is_ink_does_not_matter(gray, seed, deviation):
    alone = pre.find_ink(noisy(gray, seed, deviation))
    page = placed(gray, 600, 800, 130, 170)
    found = pre.find_ink(noisy(page, seed, deviation))
    assert overlap(found[130:330, 170:570], alone) > 0.8
    found[130:330, 170:570] = False
    assert not found.any()


def test_a_small_signature_on_a_shaded_noisy_photograph_is_found_where_otsu_finds_none():
    signature = draw(40, 80, thickness=2, ink=140)
    page = placed(signature, 350, 580, 150, 220)
    light = np.outer(np.ones(350), np.linspace(0.85, 0.5, 580))
    grain = np.random.default_rng(1).normal(0, 12, (175, 290))
    photo = np.clip(page * light + cv2.resize(grain, (580, 350)), 0, 255).astype(np.uint8)
    ink = page < 160
    even = np.clip(photo / (pre.estimate_paper(photo) / 255), 0, 255).astype(np.uint8)
    _, by_otsu = cv2.threshold(even, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    near = cv2.dilate(ink.astype(np.uint8), np.ones((3, 3))) > 0
    assert np.mean(near[by_otsu > 0]) < 0.1
    found = pre.find_ink(photo)
    assert np.mean(near[found]) > 0.95 and np.mean(found[ink]) > 0.75
    assert pre.prepare(photo).max() == 1


@settings(deadline=None, max_examples=25)
@given(st.integers(120, 250), st.floats(0, 8), st.integers(0, 2**32 - 1))
def test_bare_paper_has_no_ink_however_loud_it_is(level, deviation, seed):
    page = noisy(np.full((300, 500), level, np.uint8), seed, deviation)
    assert np.mean(pre.find_ink(page)) < 0.0001


@pytest.mark.parametrize(("taken", "is_found"), [(0.05, False), (0.12, True), (0.5, True)])
def test_ink_takes_a_twelfth_of_the_light_at_least(taken, is_found):
    page = placed(draw(thickness=5, ink=round(255 * (1 - taken))), 350, 580, 75, 90)
    assert pre.find_ink(page).any() == is_found


def test_pale_ink_is_found_beside_dark_ink_but_the_blur_of_a_stroke_is_none():
    page = placed(draw(thickness=5, ink=40), 350, 580, 75, 90)
    cv2.line(page, (100, 320), (480, 322), 110, 5)
    blurred = cv2.GaussianBlur(page, (0, 0), 1.5)
    found = pre.find_ink(blurred)
    assert np.mean(found[page == 110]) > 0.7
    near = cv2.dilate((page < 255).astype(np.uint8), np.ones((5, 5))) > 0
    assert not found[~near].any()


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


def test_specks_are_measured_against_the_signature_not_against_all_that_is_dark():
    page = placed(draw(100, 200, thickness=2), 1600, 1200, 1200, 200)
    dirty = page.copy()
    for row, column in np.random.default_rng(0).integers(40, (1000, 1160), (60, 2)):
        cv2.circle(dirty, (int(column), int(row)), 3, 0, -1)  # 3 % of the signature's ink
    assert np.array_equal(pre.remove_specks(dirty), page)


@pytest.mark.parametrize("thickness", [2, 5, 9])
def test_the_width_of_strokes_is_found(thickness):
    ink = (draw(400, 800, thickness=thickness) < 128).astype(np.uint8)
    assert pre.stroke_width(ink) == pytest.approx(thickness, abs=0.3 * thickness + 0.5)
