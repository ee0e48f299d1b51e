"""Forgers: slower, shakier, and with habits of their own."""

import numpy as np
import pytest

from deepsign_helpers.synthesis.forging import Forger, forge, lift_oddly, sample_forger, shake
from deepsign_helpers.synthesis.writers import sample_writer

STEADY = Forger(slant=0.0, width=1.0, roundness=1.0, delay=1.0, tremor=0.0, lifts=0.0, strays=0.05)


def writer(seed=3):
    return sample_writer(np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"kind": "telepathic"}, "forgery kind 'telepathic' is not known; choose from skilled"),
        ({"difficulty": "absurd"}, "difficulty 'absurd' is not known; choose from easy, medium, hard"),
    ],
)
def test_what_is_not_known_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        forge(writer(), np.random.default_rng(0), **arguments)


def test_forgers_are_slower():
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        ratios.append(forge(writer(seed), rng).time[-1] / writer(seed).sign(rng).time[-1])
    assert 1.2 < np.median(ratios) < 2.2


def distance_from_plan(trace, plan):
    """Mean distance (mm) of the plan's targets from the path, both centred on their box."""
    path = np.stack([trace.x, trace.y], axis=1)
    centre_path, centre_plan = ((p.min(axis=0) + p.max(axis=0)) / 2 for p in (path, plan.points))
    gaps = (plan.points - centre_plan)[:, None] - (path - centre_path)[None]
    return np.hypot(gaps[..., 0], gaps[..., 1]).min(axis=1).mean()


def test_an_easy_forgery_strays_further_than_a_hard_one():
    strays = {
        difficulty: np.mean(
            [
                distance_from_plan(
                    forge(writer(seed), np.random.default_rng(seed), difficulty=difficulty), writer(seed).plan
                )
                for seed in range(30)
            ]
        )
        for difficulty in ("easy", "medium", "hard")
    }
    assert strays["easy"] > strays["medium"] > strays["hard"]


def test_a_forgers_slant_shows_in_all_their_forgeries():
    def leaning(slant, seed):
        forger = Forger(**{**STEADY.__dict__, "slant": slant})
        trace = forge(writer(), np.random.default_rng(seed), forger=forger)
        return np.polyfit(trace.y[trace.down], trace.x[trace.down], 1)[0]

    differences = [leaning(0.3, seed) - leaning(-0.3, seed) for seed in range(8)]
    assert np.median(differences) > 0.2


def test_tremor_moves_the_line_by_its_amplitude_between_4_and_12_hertz():
    still = writer().sign(np.random.default_rng(1))
    moved = shake(still, np.random.default_rng(2), 0.3).x - still.x
    assert 0.1 < moved.std() < 0.6
    power = np.abs(np.fft.rfft(moved)) ** 2
    frequencies = np.fft.rfftfreq(len(moved), 1 / 200)
    assert power[(frequencies > 3) & (frequencies < 13)].sum() > 0.9 * power.sum()


def test_odd_lifts_interrupt_the_line_and_nothing_else():
    plan = writer().plan
    lifted = lift_oddly(plan, np.random.default_rng(0), 0.3)
    added = len(lifted.bends) - len(plan.bends)
    assert added > 0
    assert np.sum(~lifted.down) == np.sum(~plan.down) + added
    assert len(lifted.points) == len(lifted.bends) + 1
    same = lift_oddly(plan, np.random.default_rng(0), 0.0)
    assert np.array_equal(same.points, plan.points)


def test_half_of_the_forgers_have_a_steady_hand():
    rng = np.random.default_rng(0)
    steady = np.mean([sample_forger(rng).tremor == 0 for _ in range(400)])
    assert 0.4 < steady < 0.6
