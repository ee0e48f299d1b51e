"""The line of a signature: that it lies where it was drawn, and that the scan does not matter."""

import cv2
import numpy as np
import pytest
from drawn_lines import INK, blank, course, pressed, stroke, turned, written
from PIL import Image
from scipy.spatial.distance import cdist

from deepsign_helpers import preprocessing, strokes
from deepsign_helpers.strokes.line import centre_and_radius


def angle_between(left, right):
    """Return the angle between two directions, of which one differs by π from itself; rad."""
    return np.abs((left - right + np.pi / 2) % np.pi - np.pi / 2)


def test_points_lie_where_the_pen_went_and_run_as_it_ran():
    drawn = course(steps=3000)
    line = strokes.trace_line(written())
    distances = cdist(line.on_page, drawn)
    assert distances.min(axis=1).max() < 4  # pixels, where strokes meet
    assert np.median(distances.min(axis=1)) < 0.8
    assert np.quantile(distances.min(axis=0), 0.98) < 6  # nothing of it is left out

    steps = np.gradient(drawn, axis=0)
    true = np.arctan2(steps[:, 1], steps[:, 0])[distances.argmin(axis=1)]
    # The line lies level, the page need not: what the line was turned by is turned back.
    to_level = line.points - line.points.mean(axis=0)
    centred = line.on_page - line.on_page.mean(axis=0)
    rotation, *_ = np.linalg.lstsq(centred, to_level, rcond=None)
    turn = np.arctan2(rotation[0, 1], rotation[0, 0])
    assert np.median(angle_between(line.direction, true + turn)) < np.radians(4)


def test_centre_is_zero_and_radius_one_whatever_the_image():
    for image in (written(), turned(written(), 0, scale=2), written(height=260, width=540)):
        line = strokes.trace_line(image)
        assert line.points.mean(axis=0) == pytest.approx([0, 0], abs=0.03)
        assert np.sqrt((line.points**2).sum(axis=1).mean()) == pytest.approx(1, abs=0.03)


def test_radius_and_box_are_those_of_the_image_that_was_given():
    line = strokes.trace_line(written())
    spread = np.sqrt(((line.on_page - line.on_page.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert line.radius == pytest.approx(spread, rel=0.02)
    left, top, right, bottom = line.box
    low = course().min(axis=0) - 3
    high = course().max(axis=0) + 3
    assert [left, top, right, bottom] == pytest.approx([*low, *high], abs=3)
    assert line.shape == (300, 600)


def test_width_and_darkness_are_read_off_the_strokes():
    thin = strokes.trace_line(written(thickness=5))
    thick = strokes.trace_line(written(thickness=10))
    pixels_thin = np.median(thin.width) * thin.radius
    pixels_thick = np.median(thick.width) * thick.radius
    assert pixels_thin == pytest.approx(6, abs=1)  # drawn softly, it is a little wider
    assert pixels_thick / pixels_thin == pytest.approx(10 / 5, rel=0.2)

    line = strokes.trace_line(pressed((20, 140)))
    is_dark_half = line.on_page[:, 0] < 270
    is_pale_half = line.on_page[:, 0] > 330
    assert np.median(line.darkness[is_dark_half]) > 1.5 * np.median(line.darkness[is_pale_half])


def test_a_line_ends_where_the_pen_was_lifted_and_a_ring_nowhere():
    arc = [(100, 200), (200, 90), (320, 150), (470, 100)]
    line = strokes.trace_line(stroke(blank(), arc, thickness=7))
    to_page = cdist(line.points, line.ends)
    found = line.on_page[to_page.argmin(axis=0)]
    assert len(found) == 2
    for end in (arc[0], arc[-1]):
        assert np.hypot(*(found - end).T).min() < 9
    ring = cv2.ellipse(blank(), (300, 150), (150, 80), 0, 0, 360, INK, 6)
    assert len(strokes.trace_line(ring).ends) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda image: turned(image, 9),
        lambda image: turned(image, -14),
        lambda image: turned(image, 0, scale=0.5),
        lambda image: turned(image, 0, scale=2.0),
        lambda image: image[70:-60, 60:-70],  # margins
        lambda image: np.round(255 - (255 - image) * 0.4).astype(np.uint8),  # fainter
        lambda image: cv2.erode(image, np.ones((3, 3), np.uint8)),  # two pixels thicker
        lambda image: cv2.dilate(image, np.ones((3, 3), np.uint8)),  # two pixels thinner
    ],
    ids=["turned", "turned back", "half", "double", "cropped", "fainter", "thicker", "thinner"],
)
def test_how_it_was_scanned_hardly_changes_a_line(change):
    first = strokes.trace_line(written())
    second = strokes.trace_line(change(written()))
    distances = cdist(first.points, second.points)
    assert np.quantile(distances.min(axis=0), 0.9) < 0.08  # radii
    assert np.quantile(distances.min(axis=1), 0.9) < 0.08
    nearest = distances.argmin(axis=1)
    turns = angle_between(first.direction, second.direction[nearest])
    assert np.median(turns) < np.radians(5)


def test_a_crumb_far_off_moves_neither_centre_nor_radius():
    rng = np.random.default_rng(0)
    writing = rng.normal(0, (3, 1), (500, 2))
    centre, radius = centre_and_radius(writing)
    crumb = rng.normal((40, -25), 0.1, (15, 2))
    with_crumb, radius_with = centre_and_radius(np.vstack([writing, crumb]))
    assert with_crumb == pytest.approx(centre, abs=0.1)
    assert radius_with == pytest.approx(radius, rel=0.05)
    # The plain moments would have been far off.
    assert np.hypot(*np.vstack([writing, crumb]).mean(axis=0)) > 1


def test_a_path_its_bytes_and_its_grey_levels_give_the_same_line(tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(written()).save(path)
    lines = [strokes.trace_line(image) for image in (path, path.read_bytes(), written())]
    for line in lines[1:]:
        assert np.array_equal(line.points, lines[0].points)
        assert np.array_equal(line.darkness, lines[0].darkness)


def test_a_scan_that_is_shrunk_before_it_is_cleaned_keeps_its_own_pixels():
    large = cv2.resize(written(), None, fx=5, fy=5, interpolation=cv2.INTER_LINEAR)
    line = strokes.trace_line(large)
    assert line.shape == large.shape
    assert cdist(line.on_page / 5, course(steps=3000)).min(axis=1).max() < 4


def test_what_is_no_signature_is_refused_with_its_name():
    with pytest.raises(preprocessing.ImageError, match="scan 7: no ink"):
        strokes.trace_line(blank(), name="scan 7")
    with pytest.raises(preprocessing.ImageError, match="not uint8"):
        strokes.trace_line(np.zeros((50, 50), np.float32))
    spot = cv2.circle(blank(), (300, 150), 40, INK, cv2.FILLED)
    with pytest.raises(preprocessing.ImageError, match="a spot, not a line"):
        strokes.line_of_ink(spot)
