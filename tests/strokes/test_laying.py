"""Laying upon each other: known moves are undone, crumbs have no say, nothing is left to chance."""

import cv2
import numpy as np
import pytest
from drawn_lines import course, stroke, written

from deepsign_helpers import strokes
from deepsign_helpers.strokes.laying import fit, match, stretch


def partner_by_hand(line, other):
    """Return for each point its partner and agreement, written out pair by pair."""
    partners = []
    agreements = []
    for place, runs in zip(line.points, line.direction, strict=True):
        gaps = np.sqrt(((other.points - place) ** 2).sum(axis=1))
        three = np.argsort(gaps, kind="stable")[:3]
        found = []
        for number in three:
            turn = np.cos(2 * (runs - other.direction[number]))
            found.append(np.exp(-(gaps[number] ** 2) / (2 * 0.15**2)) * max(0.0, turn))
        partners.append(three[int(np.argmax(found))])
        agreements.append(max(found))
    return np.array(partners), np.array(agreements)


@pytest.fixture
def line():
    return strokes.trace_line(written())


@pytest.fixture
def slanted():
    """Of other proportions and slant: x moves on with y, and is stretched."""
    points = course() @ np.array([[1.12, 0.0], [0.25, 1.0]]) - (60, 0)
    return strokes.trace_line(written(points))


def test_a_known_affine_map_is_found():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(0, 1, (150, 2)), course(150) / 100 - (3, 1.5)])
    matrix = np.array([[1.05, 0.04], [-0.03, 0.97]])
    shift = np.array([0.04, -0.03])
    found, found_shift = fit(points, points @ matrix + shift)
    assert found == pytest.approx(matrix, abs=0.01)
    assert found_shift == pytest.approx(shift, abs=0.01)


def test_the_fit_alone_makes_up_for_slant_and_proportions(line, slanted):
    laid = strokes.lay(line, slanted)
    straight = laid.line.points - laid.bend
    before = [match(line, slanted).distance, match(slanted, line).distance]
    placed = strokes.lay(slanted, slanted).line  # of which nothing was moved
    assert placed.points == pytest.approx(slanted.points)
    after = np.sqrt(((straight[:, np.newaxis] - slanted.points) ** 2).sum(axis=2)).min(axis=1)
    assert np.quantile(after, 0.9) < 0.5 * np.quantile(np.concatenate(before), 0.9)


def test_moved_points_are_matrix_shift_and_bend_of_the_first(line, slanted):
    laid = strokes.lay(line, slanted)
    assert laid.line.points == pytest.approx(line.points @ laid.matrix + laid.shift + laid.bend)
    assert laid.line.darkness is line.darkness
    assert laid.upon is slanted


def test_both_ways_of_matching_agree_with_looking_at_every_pair(line, slanted):
    laid = strokes.lay(line, slanted)
    for found, one, other in (
        (laid.there, laid.line, slanted),
        (laid.back, slanted, laid.line),
    ):
        partners, agreements = partner_by_hand(one, other)
        assert found.agreement == pytest.approx(agreements)
        gaps = np.sqrt(((one.points - other.points[found.partner]) ** 2).sum(axis=1))
        assert found.distance == pytest.approx(gaps)
        assert np.mean(found.partner == partners) > 0.99  # where two agree alike, either will do


def test_a_stray_tenth_of_the_points_has_no_say_in_the_fit():
    points = course(200) / 150 - (2, 1)
    stray = np.column_stack([np.linspace(-1, 1, 20), np.full(20, 2.2)])
    matrix, shift = fit(np.concatenate([points, stray]), points)
    assert points @ matrix + shift == pytest.approx(points, abs=0.01)


def test_directions_turn_as_the_points_do(line, slanted):
    matrix = np.array([[0.9, 0.2], [-0.1, 1.1]])
    step = 1e-3 * np.column_stack([np.cos(line.direction), np.sin(line.direction)])
    start = line.points @ matrix
    further = (line.points + step) @ matrix
    true = np.arctan2(*(further - start).T[::-1])
    moved = stretch(line, matrix, np.zeros(2))
    assert np.abs(np.sin(moved.direction - true)).max() < 1e-6
    # Of slanted strokes, too, the moved ones run as those that they were laid upon.
    laid = strokes.lay(line, slanted)
    partner = slanted.direction[laid.there.partner]
    turned = np.abs(np.sin(laid.line.direction - partner)).mean()
    assert turned < np.abs(np.sin(line.direction - partner)).mean()


def test_a_line_upon_itself_stays_where_it_is(line):
    laid = strokes.lay(line, line)
    assert laid.matrix == pytest.approx(np.eye(2), abs=1e-6)
    assert np.abs(laid.bend).max() < 1e-6
    assert laid.there.distance.max() < 1e-6


def test_crumbs_do_not_pull_it_away(line):
    page = written()
    for middle in ((40, 260), (48, 268), (560, 30), (552, 250), (560, 262)):
        cv2.circle(page, middle, 4, 30, cv2.FILLED)
    with_crumbs = strokes.line_of_ink(np.where(page < 200, page, 255).astype(np.uint8))
    laid = strokes.lay(with_crumbs, line)
    assert laid.back.distance.mean() < 0.02  # each point of the clean line finds its own
    assert np.quantile(laid.there.distance, 0.8) < 0.03


def test_a_word_that_stands_further_off_is_bent_into_place():
    def with_gap(gap):
        points = course()
        page = stroke(np.full((300, 700), 255, np.uint8), points[:300])
        return strokes.trace_line(stroke(page, points[300:] + np.array([gap, 0])))

    laid = strokes.lay(with_gap(20), with_gap(60))
    straight = laid.line.points - laid.bend
    gaps = np.sqrt(((straight[:, np.newaxis] - laid.upon.points) ** 2).sum(axis=2)).min(axis=1)
    assert laid.there.distance.mean() < 0.6 * gaps.mean()


def test_a_bend_goes_the_same_way_as_its_neighbourhood(line, slanted):
    laid = strokes.lay(line, slanted)
    gaps = np.sqrt(((line.points[:, np.newaxis] - line.points) ** 2).sum(axis=2))
    first, second = np.nonzero((gaps > 0) & (gaps < 0.1))
    steps = np.hypot(*(laid.bend[first] - laid.bend[second]).T)
    assert steps.max() < 0.5 * gaps[first, second].max()


def test_laying_twice_gives_the_same_to_the_bit(line, slanted):
    first = strokes.lay(line, slanted)
    second = strokes.lay(line, slanted)
    assert np.array_equal(first.line.points, second.line.points)
    assert np.array_equal(first.there.partner, second.there.partner)


def test_a_line_without_ends_can_be_laid():
    ring = cv2.ellipse(np.full((300, 600), 255, np.uint8), (300, 150), (150, 80), 0, 0, 360, 30, 6)
    line = strokes.trace_line(ring)
    assert strokes.lay(line, line).line.ends.shape == (0, 2)
