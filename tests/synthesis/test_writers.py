"""Writers who do not exist, and whether each has a hand of their own."""

from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pytest

from deepsign_helpers.synthesis.forging import deviations
from deepsign_helpers.synthesis.kinematics import write
from deepsign_helpers.synthesis.scripts import SCRIPTS, read_script
from deepsign_helpers.synthesis.styles import CONDITIONS, sample_style
from deepsign_helpers.synthesis.writers import learn_plan, lift, sample_writer, shake

every_script = pytest.mark.parametrize("script", SCRIPTS)


def writer(seed, script="latin", condition="usual"):
    return sample_writer(np.random.default_rng(seed), script, condition)


def signatures(count=30, **sort):
    return [writer(seed, **sort).sign(np.random.default_rng(seed)) for seed in range(count)]


def mean_distance(trace, model):
    """Return the mean distance to the nearest ink, both ways: dense ink is near to everything."""
    there = deviations(trace, model)[trace.down].mean()
    back = deviations(model, trace)[model.down].mean()
    return (there + back) / 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"script": "runes"},
            "script 'runes' is not known; choose from latin, devanagari, paraph.",
        ),
        (
            {"condition": "asleep"},
            "condition 'asleep' is not known; choose from usual, hurried, elderly, left-handed.",
        ),
    ],
)
def test_what_is_not_known_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        sample_writer(np.random.default_rng(0), **arguments)


@every_script
def test_the_same_seed_gives_the_same_writer_and_signature(script):
    first = writer(5, script)
    second = writer(5, script)
    assert (first.name, first.style) == (second.name, second.style)
    assert np.array_equal(
        first.sign(np.random.default_rng(7)).x, second.sign(np.random.default_rng(7)).x
    )


@every_script
def test_a_writer_never_signs_twice_alike(script):
    someone = writer(5, script)
    rng = np.random.default_rng(7)
    first = someone.sign(rng)
    second = someone.sign(rng)
    assert len(first.x) != len(second.x) or not np.allclose(first.x, second.x)


@every_script
def test_signing_and_another_day_leave_the_plan_and_the_copybook_as_they_were(script):
    copybook = deepcopy(read_script(script))
    someone = writer(5, script)
    before = deepcopy(someone.plan)
    someone.sign(np.random.default_rng(0))
    someone.later(np.random.default_rng(0))
    for field in fields(before):
        assert np.array_equal(getattr(someone.plan, field.name), getattr(before, field.name))
    assert read_script(script) == copybook


@every_script
def test_a_signature_resembles_its_writers_model_more_than_another_writers(script):
    own, strange = [], []
    for seed in range(16):
        someone = writer(seed, script)
        other = writer(seed + 500, script)
        signature = someone.sign(np.random.default_rng(seed))
        own.append(mean_distance(signature, someone.model))
        strange.append(mean_distance(signature, other.model))
    assert np.mean(np.less(own, strange)) > 0.8
    assert np.median(own) < 0.8 * np.median(strange)


@every_script
def test_from_one_day_to_the_next_a_hand_drifts_but_stays_its_own(script):
    drifts, apart = [], []
    for seed in range(12):
        someone = writer(seed, script)
        later = someone.later(np.random.default_rng(seed))
        moved = np.hypot(*(later.plan.points - someone.plan.points).T)
        assert np.median(moved) > 0.02 * someone.style.x_height
        drifts.append(mean_distance(later.model, someone.model))
        apart.append(mean_distance(writer(seed + 500, script).model, someone.model))
        assert (later.name, later.style) == (someone.name, someone.style)
    assert min(drifts) > 0.1
    assert np.median(drifts) < 0.5 * np.median(apart)


@every_script
def test_a_signature_takes_seconds_and_moves_at_the_speed_of_a_hand(script):
    traces = signatures(40, script=script)
    assert 1.0 < np.median([trace.time[-1] for trace in traces]) < 10.0
    assert 30 < np.median([trace.speed[trace.down].mean() for trace in traces]) < 150


def test_conditions_are_as_frequent_as_they_are_said_to_be():
    rng = np.random.default_rng(0)
    drawn = [sample_writer(rng, "paraph").condition for _ in range(300)]
    assert sum(CONDITIONS.values()) == pytest.approx(1)
    for condition, share in CONDITIONS.items():
        assert drawn.count(condition) / 300 == pytest.approx(share, abs=0.08)


@every_script
def test_the_hurried_are_faster_and_the_elderly_slower(script):
    def strokes_a_second(condition):
        plans = [writer(seed, script, condition) for seed in range(40)]
        return np.median([len(someone.plan.bends) / someone.model.time[-1] for someone in plans])

    assert strokes_a_second("hurried") > 1.02 * strokes_a_second("usual")
    assert strokes_a_second("elderly") < 0.96 * strokes_a_second("usual")


def test_the_elderly_tremble_between_4_and_12_hertz_and_nobody_else_does():
    for seed in range(10):
        someone = writer(seed, condition="elderly")
        calm = replace(someone, style=replace(someone.style, tremor=0.0))
        shaken = someone.sign(np.random.default_rng(seed))
        still = calm.sign(np.random.default_rng(seed))
        swing = shaken.y - still.y
        power = np.abs(np.fft.rfft(swing)) ** 2
        frequencies = np.fft.rfftfreq(len(swing), 1 / 200)
        assert 0.03 < swing.std() < 0.3
        assert power[(frequencies > 3) & (frequencies < 13)].sum() > 0.9 * power.sum()
        assert not any(
            writer(seed, condition=other).style.tremor for other in CONDITIONS if other != "elderly"
        )


@every_script
def test_the_left_handed_lean_back(script):
    def leaning(seed, condition):
        name = writer(seed, script).name
        # A base line that rises would look like a slant.
        style = replace(sample_style(np.random.default_rng(seed), condition), rise=0.0)
        model = write(learn_plan(name, script, style, np.random.default_rng(seed)))
        return np.polyfit(model.y[model.down], model.x[model.down], 1)[0]

    changes = [leaning(seed, "left-handed") - leaning(seed, "usual") for seed in range(20)]
    assert np.median(changes) < -0.1
    assert np.mean(np.less(changes, 0)) > 0.75


def points_of(**habits):
    """The targets of a name, (n, 2) in mm, in a hand that has no habits but the given ones."""
    habitual = sample_style(np.random.default_rng(1))
    plain = replace(habitual, lifts=0.0, shortcuts=0.0, flourish="none", legible=9, rise=0.0)
    style = replace(plain, **habits)
    return learn_plan("Illy", "latin", style, np.random.default_rng(4)).points


def test_a_wide_tall_and_leaning_hand_is_wide_tall_and_leaning():
    upright = {"slant": 0.0, "width": 1.0, "ascenders": 1.0, "descenders": 1.0}
    plain = points_of(**upright)
    wide = points_of(**upright | {"width": 1.3})
    tall = points_of(**upright | {"ascenders": 1.25})
    deep = points_of(**upright | {"descenders": 1.4})
    leaning = points_of(**upright | {"slant": 0.4})
    assert np.ptp(wide[:, 0]) == pytest.approx(1.3 * np.ptp(plain[:, 0]))
    assert tall[:, 1].max() > 1.08 * plain[:, 1].max()
    assert deep[:, 1].min() == pytest.approx(1.4 * plain[:, 1].min())
    assert leaning[:, 0] - plain[:, 0] == pytest.approx(0.4 * plain[:, 1])


def test_pen_lifts_and_joined_strokes_both_occur():
    lifts = [np.sum(np.diff(writer(seed).plan.down.astype(int)) == 1) for seed in range(60)]
    assert min(lifts) <= 2
    assert max(lifts) >= 5


def test_now_and_then_the_pen_is_lifted_once_more_or_stays_down():
    someone = writer(2, "devanagari")
    rng = np.random.default_rng(0)
    planned = np.sum(np.diff(someone.model.down.astype(int)) == 1)
    lifts = np.array([np.sum(np.diff(someone.sign(rng).down.astype(int)) == 1) for _ in range(40)])
    assert lifts.min() < planned < lifts.max()
    assert len(set(lifts)) >= 3
    assert abs(np.median(lifts) - planned) <= 3


def test_tremor_moves_the_line_by_its_amplitude_between_4_and_12_hertz():
    still = writer(3).sign(np.random.default_rng(1))
    trembling = shake(still, np.random.default_rng(2), 0.3)
    moved = trembling.x - still.x
    assert 0.1 < moved.std() < 0.6
    power = np.abs(np.fft.rfft(moved)) ** 2
    frequencies = np.fft.rfftfreq(len(moved), 1 / 200)
    assert power[(frequencies > 3) & (frequencies < 13)].sum() > 0.9 * power.sum()
    assert np.array_equal(trembling.stroke, still.stroke)
    assert np.array_equal(trembling.down, still.down)
    assert shake(still, np.random.default_rng(2), 0.0) is still


def test_lifts_interrupt_the_line_and_nothing_else():
    plan = writer(3).plan
    lifted = lift(plan, np.random.default_rng(0), 0.3, halt=0.2)
    added = len(lifted.bends) - len(plan.bends)
    assert added > 0
    assert np.sum(~lifted.down) == np.sum(~plan.down) + added
    assert len(lifted.points) == len(lifted.bends) + 1
    assert lifted.gaps.sum() == pytest.approx(plan.gaps.sum() + 0.3 * added)
    kept = [np.abs(lifted.points - point).sum(axis=1).min() for point in plan.points]
    assert max(kept) == 0
    same = lift(plan, np.random.default_rng(0), 0.0, halt=0.2)
    assert np.array_equal(same.points, plan.points)
