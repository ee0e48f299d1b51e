"""Ink: where the pen was, how fast it went, how hard it pressed, and nothing about who held it."""

from dataclasses import replace

import numpy as np
import pytest

from deepsign_helpers.synthesis.ink import FAINTEST, PENS, draw, sample_pen, splat, wear
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.writers import sample_writer

COUNT = 400


def line(speed=20.0, x=60.0, y=0.0, **fields):
    """A straight line of `x` by `y` mm."""
    along = np.arange(COUNT) / (COUNT - 1)
    plain = Trace(
        time=np.arange(COUNT) / 200,
        x=along * x,
        y=along * y,
        speed=np.full(COUNT, speed),
        pressure=np.ones(COUNT),
        down=np.ones(COUNT, bool),
        stroke=np.zeros(COUNT, int),
        press=np.ones(COUNT),
        deviation=np.zeros(COUNT),
    )
    return replace(plain, **fields)


def amount(trace, pen="ballpoint"):
    return draw(trace, np.random.default_rng(0), pen=replace(PENS[pen], skips=0.0))[0].sum()


@pytest.mark.parametrize("size", [(256, 512), (64, 128), (300, 200), (16, 16)])
def test_ink_has_the_size_asked_for_and_lies_on_bare_paper(size):
    rng = np.random.default_rng(0)
    ink, deviation = draw(sample_writer(rng).sign(rng), rng, size)
    assert ink.shape == deviation.shape == size
    assert ink.dtype == deviation.dtype == np.float32
    assert ink.min() == 0 and 0.4 < ink.max() <= 1
    assert np.mean(ink < FAINTEST) > 0.3


def test_ink_stays_off_the_edge_however_large_the_signature():
    rng = np.random.default_rng(1)
    trace = sample_writer(rng).sign(rng)
    ink, _ = draw(replace(trace, x=trace.x * 5, y=trace.y * 5), rng)
    assert ink[[0, -1]].max() == ink[:, [0, -1]].max() == 0
    assert (ink > 0.5).any()


def test_lines_are_antialiased():
    ink, _ = draw(line(y=5.0), np.random.default_rng(2))
    assert np.mean(ink[ink > 0] < 0.5) > 0.2


@pytest.mark.parametrize("pen", PENS)
def test_a_fast_pen_and_a_light_hand_leave_less_ink(pen):
    light = np.full(COUNT, 0.6)  # pressed harder, every line is black
    slow, fast = (line(speed=speed, pressure=light) for speed in (20, 400))
    assert amount(slow, pen) > 1.05 * amount(fast, pen)
    assert amount(line(), pen) > 1.1 * amount(line(pressure=np.full(COUNT, 0.5)), pen)


@pytest.mark.parametrize("pen", PENS)
def test_a_pen_that_hesitates_leaves_a_blot_there_and_one_in_the_air_none(pen):
    moving = np.arange(COUNT)
    stops = np.concatenate([moving[:200], np.full(60, 200), moving[200:]])
    pause = {
        name: getattr(line(), name)[stops]
        for name in ("x", "y", "pressure", "stroke", "deviation", "down")
    }
    paused = replace(
        line(), time=np.arange(len(stops)) / 200, speed=np.where(stops == 200, 0.0, 20.0), **pause
    )
    ink, _ = draw(paused, np.random.default_rng(0), pen=replace(PENS[pen], skips=0.0))
    columns = ink.sum(axis=0)
    middle = np.flatnonzero(columns).mean()
    assert abs(columns.argmax() - middle) < 5
    assert columns.max() > 1.15 * np.median(columns[columns > 0])
    lifted = draw(
        replace(paused, down=stops != 200),
        np.random.default_rng(0),
        pen=replace(PENS[pen], skips=0.0),
    )[0]
    assert lifted.sum(axis=0).max() < columns.max() / 1.1


def test_a_worn_ballpoint_breaks_the_line_and_more_so_in_haste():
    def gaps(skips, speed=20.0):
        pen = replace(PENS["ballpoint"], skips=skips)
        share = 0.0
        for seed in range(10):
            inked = draw(line(speed), np.random.default_rng(seed), pen=pen)[0].max(axis=0) > 0.3
            share += 1 - inked.sum() / (1 + np.ptp(np.flatnonzero(inked)))
        return share

    assert gaps(0.0) == 0
    assert 0 < gaps(0.9) < gaps(0.9, speed=300)


def test_a_nib_is_thin_along_its_edge_and_broad_across():
    def thickness(y):
        ink, _ = draw(
            line(x=30.0, y=y), np.random.default_rng(0), pen=replace(PENS["fountain"], skips=0.0)
        )
        return (ink > 0.2).sum()

    assert thickness(-30.0) > 1.5 * thickness(30.0)


def test_nothing_is_drawn_where_the_pen_is_up():
    whole, _ = draw(line(), np.random.default_rng(0))
    half, _ = draw(line(down=np.arange(COUNT) < COUNT / 2), np.random.default_rng(0))
    assert np.ptp(np.flatnonzero(half.any(axis=0))) == pytest.approx(
        np.ptp(np.flatnonzero(whole.any(axis=0))) / 2, abs=6
    )


def test_drops_of_ink_are_neither_lost_nor_made():
    rng = np.random.default_rng(0)
    drops = rng.uniform(1, 30, (2, 500))
    amounts = rng.random(500)
    deposit = splat(drops, amounts, (40, 50))
    assert deposit.sum() == pytest.approx(amounts.sum(), rel=1e-5)
    assert (deposit.sum(axis=0) * np.arange(50)).sum() == pytest.approx(
        (drops[0] * amounts).sum(), rel=1e-5
    )
    assert (deposit.sum(axis=1) * np.arange(40)).sum() == pytest.approx(
        (drops[1] * amounts).sum(), rel=1e-5
    )


def test_the_pen_is_drawn_for_each_image():
    rng = np.random.default_rng(0)
    pens = [sample_pen(rng) for _ in range(100)]
    assert len({pen.blot for pen in pens}) == len(PENS)
    assert 0.1 < np.std(np.log([pen.width for pen in pens])) < 0.3
    ink = [draw(line(), rng)[0].sum() for _ in range(12)]
    assert np.std(ink) > 0.05 * np.mean(ink)


def test_a_pen_remains_the_same_from_one_signature_to_the_next_but_for_a_little():
    rng = np.random.default_rng(0)
    pens = [sample_pen(rng) for _ in range(40)]
    for quality in ("width", "darkness"):
        usual = np.log([getattr(pen, quality) for pen in pens])
        again = np.log([[getattr(wear(pen, rng), quality) for pen in pens] for _ in range(20)])
        changed = again - usual  # (times, pens)
        assert 0.01 < changed.std() < 0.5 * usual.std()
        assert abs(changed.mean()) < 0.02
    for pen in pens:
        worn = wear(pen, rng)
        assert replace(worn, width=pen.width, darkness=pen.darkness) == pen


def test_the_deviation_lies_under_the_ink_that_strays_and_changes_none_of_it():
    deviation = np.where(np.arange(COUNT) < COUNT / 2, 0.0, 2.0)
    ink, strayed = draw(line(deviation=deviation), np.random.default_rng(3))
    same_ink, none = draw(line(), np.random.default_rng(3))
    assert np.array_equal(ink, same_ink) and not none.any()
    assert not strayed[ink < FAINTEST].any()
    columns = np.flatnonzero(ink.any(axis=0))
    quarter = len(columns) // 4
    assert not strayed[:, columns[:quarter]].any()
    assert strayed[:, columns[-quarter]].max() == pytest.approx(2.0, rel=1e-3)
