"""Writers who do not exist, and whether each has a hand of their own."""

import string

import numpy as np
import pytest

from deepsign_helpers.synthesis.letters import CAPITAL, LATE, SMALL
from deepsign_helpers.synthesis.writers import Writer, learn_plan, sample_name, sample_style, sample_writer


def writer(seed):
    return sample_writer(np.random.default_rng(seed))


def test_the_alphabet_is_complete():
    assert set(SMALL) == set(string.ascii_lowercase)
    assert set(CAPITAL) == set(string.ascii_uppercase)
    assert set(LATE) <= set(SMALL)


@pytest.mark.parametrize("letter", string.ascii_letters)
def test_every_letter_can_be_written(letter):
    style = sample_style(np.random.default_rng(1))
    plan = learn_plan(letter if letter.isupper() else "A" + letter, style, np.random.default_rng(2))
    trace = Writer(letter, style, plan).sign(np.random.default_rng(3))
    assert np.isfinite(trace.x).all()
    assert np.ptp(trace.y[trace.down]) > 0.5 * style.x_height


def test_the_same_seed_gives_the_same_writer_and_signature():
    first, second = (writer(5).sign(np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first.x, second.x)


def test_a_writer_never_signs_twice_alike():
    someone, rng = writer(5), np.random.default_rng(7)
    first, second = someone.sign(rng), someone.sign(rng)
    assert len(first.x) != len(second.x) or not np.allclose(first.x, second.x)


def test_signing_leaves_the_plan_as_it_was():
    someone = writer(5)
    before = someone.plan.points.copy()
    someone.sign(np.random.default_rng(0))
    assert np.array_equal(someone.plan.points, before)


def test_a_signature_takes_seconds_and_moves_at_the_speed_of_a_hand():
    traces = [writer(seed).sign(np.random.default_rng(seed)) for seed in range(40)]
    assert 1.0 < np.median([trace.time[-1] for trace in traces]) < 6.0
    assert 40 < np.median([trace.speed[trace.down].mean() for trace in traces]) < 150


def test_names_are_two_words_of_known_letters():
    for seed in range(50):
        first, last = sample_name(np.random.default_rng(seed)).split()
        for word in (first, last):
            assert word[0] in CAPITAL
            assert set(word[1:]) <= set(SMALL)


def test_pen_lifts_and_joined_strokes_both_occur():
    lifts = [np.sum(np.diff(writer(seed).plan.down.astype(int)) == 1) for seed in range(60)]
    assert min(lifts) <= 2
    assert max(lifts) >= 5
