"""Ink: where the pen was, how fast it went, and nothing about who held it."""

from dataclasses import replace

import numpy as np
import pytest

from deepsign_helpers.synthesis.ink import drip, render, splat
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.writers import sample_writer


def line(speed=100.0, length=60.0):
    time = np.arange(200) / 200
    return Trace(time, np.linspace(0, length, 200), np.zeros(200), np.full(200, speed), np.ones(200, bool))


@pytest.mark.parametrize("size", [(256, 512), (64, 128), (300, 200)])
def test_an_image_has_the_size_asked_for_paper_255_and_dark_ink(size):
    rng = np.random.default_rng(0)
    image = render(sample_writer(rng).sign(rng), rng, size)
    assert image.shape == size
    assert image.dtype == np.uint8
    assert np.median(image) == 255
    assert image.min() < 150


def test_ink_stays_off_the_edge_however_large_the_signature():
    rng = np.random.default_rng(1)
    trace = sample_writer(rng).sign(rng)
    image = render(replace(trace, x=trace.x * 5, y=trace.y * 5), rng)
    assert (image[0] == 255).all()
    assert (image[:, -1] == 255).all()
    assert (image < 128).any()


def test_lines_are_antialiased():
    rng = np.random.default_rng(2)
    assert len(np.unique(render(sample_writer(rng).sign(rng), rng))) > 20


def test_a_fast_pen_leaves_less_ink():
    slow, fast = (render(line(speed), np.random.default_rng(0)).astype(float) for speed in (10, 400))
    assert (255 - slow).sum() > 1.1 * (255 - fast).sum()


def test_nothing_is_drawn_where_the_pen_is_up():
    trace = line()
    lifted = replace(trace, down=np.arange(200) < 100)
    path = np.stack([trace.x, trace.y])
    places, _ = drip(path, lifted)
    assert places[0].max() < 31


def test_drops_of_ink_are_neither_lost_nor_made():
    rng = np.random.default_rng(0)
    places, amounts = rng.uniform(1, 30, (2, 500)), rng.random(500)
    deposit = splat(places, amounts, (40, 50))
    assert deposit.sum() == pytest.approx(amounts.sum(), rel=1e-5)
    columns = np.arange(50)
    assert (deposit.sum(axis=0) * columns).sum() == pytest.approx((places[0] * amounts).sum(), rel=1e-5)


def test_the_pen_is_drawn_for_each_image():
    rng = np.random.default_rng(0)
    ink = [(255 - render(line(), rng).astype(int)).sum() for _ in range(12)]
    assert np.std(ink) > 0.05 * np.mean(ink)
