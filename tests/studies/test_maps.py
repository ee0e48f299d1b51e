"""Maps: places are found again on the prepared image, and a planted stroke by what looks for it."""

import cv2
import keras
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import encoders, preprocessing, strokes
from studies import maps, presets

SIZE = (32, 64)


@pytest.fixture(scope="module")
def case():
    return maps.draw(0)


@pytest.mark.parametrize("angle", [0, 9])
def test_points_of_the_line_lie_upon_the_ink_of_the_prepared_image(case, angle):
    size = (4 * SIZE[0], 4 * SIZE[1])
    page = maps.framing.rotate(case.page, angle)
    line = strokes.trace_line(page)
    prepared = preprocessing.prepare(page, size)[..., 0]
    found = maps.on_prepared(line.on_page, page, size)
    assert (maps.value_at(prepared, found) > 0.2).mean() > 0.98
    moved = maps.value_at(prepared, found + np.array([0, 12]))
    assert (moved > 0.2).mean() < 0.7  # the test can fail


def test_a_fifth_of_each_line_is_astray(case):
    assert case.is_astray.mean() == pytest.approx(maps.ASTRAY, abs=0.02)


def darkness_of_the_right_half():
    """Return an encoder whose vector turns with how much ink the right half has."""
    inputs = keras.Input((*SIZE, 1))
    left = keras.layers.Cropping2D(((0, 0), (0, SIZE[1] // 2)))(inputs)
    right = keras.layers.Cropping2D(((0, 0), (SIZE[1] // 2, 0)))(inputs)
    pooled = [keras.layers.GlobalAveragePooling2D()(half) for half in (left, right)]
    outputs = keras.layers.UnitNormalization()(keras.layers.Concatenate()(pooled))
    return keras.Model(inputs, outputs)


def wave(strokes_at: int) -> np.ndarray:
    """Draw a wave across the page, with three strokes beside each other at a place."""
    x = np.arange(50, 460)
    y = 120 + 40 * np.sin(x / 20)
    page = np.full((256, 512), 255, np.uint8)
    cv2.polylines(page, [np.stack([x, y], axis=1).astype(np.int32)], False, 30, 4)
    for shift in (0, 12, 24):
        start = (strokes_at + shift, 60)
        cv2.line(page, start, (strokes_at + shift + 15, 190), 30, 4)
    return page


def beside(page: np.ndarray, reference: np.ndarray) -> maps.Case:
    """Return a page beside one reference, of which nothing is known to be astray."""
    lines = [strokes.trace_line(one) for one in (page, reference)]
    return maps.Case(page, lines[0], np.zeros(0, bool), [reference], lines[1:])


def test_occlusion_marks_the_half_whose_cover_brings_the_references_nearer():
    case = beside(wave(strokes_at=400), wave(strokes_at=90))
    values = maps.occlusion(darkness_of_the_right_half(), case)
    x = case.line.on_page[:, 0]
    assert values[x > 380].mean() > values[x < 200].mean()


def test_grad_cam_says_one_number_of_each_point_and_none_below_zero(case):
    encoder = encoders.lightweight_encoder((*SIZE, 1))
    values = maps.grad_cam(encoder, case)
    assert values.shape == case.is_astray.shape
    assert (values >= 0).all()
    assert values.std() > 0


def test_grad_cam_marks_the_cells_that_drive_the_distance():
    inputs = keras.Input((*SIZE, 1))
    flipped = keras.layers.Concatenate()([inputs, 1 - inputs])  # ink, and paper
    pooled = keras.layers.GlobalAveragePooling2D()(flipped)
    encoder = keras.Model(inputs, keras.layers.UnitNormalization()(pooled))
    heavy = cv2.erode(wave(strokes_at=200), np.ones((7, 7)))
    case = beside(heavy, wave(strokes_at=200))
    values = maps.grad_cam(encoder, case)
    # More ink than the references have drives the distance: ink is marked, paper is not.
    prepared = preprocessing.prepare(heavy, SIZE)[..., 0]
    ink = maps.value_at(prepared, maps.on_prepared(case.line.on_page, heavy, SIZE))
    assert np.corrcoef(values, ink)[0, 1] > 0.9


def test_all_maps_are_scored_on_the_same_forgeries(monkeypatch):
    class Small:
        encoder = encoders.lightweight_encoder((*SIZE, 1))

    monkeypatch.setattr(maps, "FORGERIES", 3)
    monkeypatch.setattr(presets, "trained", lambda: {"CLASSROOM": Small})
    table = maps.maps()
    assert len(table) == 9
    assert (table["forgeries"] == 3).all()
    shares = table[["pointing game", "average precision"]]
    assert shares.to_numpy().min() >= 0
    assert shares.to_numpy().max() <= 1


def test_the_summary_is_the_mean_with_its_interval():
    scored = pd.DataFrame({"map": ["a", "a"], "pointing game": [True, False]})
    table = maps.summed_up(scored.assign(**{"average precision": [0.2, 0.6]})).iloc[0]
    assert table["average precision"] == pytest.approx(0.4)
    assert table["pointing game"] == 0.5
    assert table["to"] - table["from"] == pytest.approx(2 * 1.96 * 0.2)
