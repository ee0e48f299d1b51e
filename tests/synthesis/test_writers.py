"""Writers who do not exist, and whether each has a hand of their own."""

from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pytest

from deepsign_helpers.synthesis.forging import deviations
from deepsign_helpers.synthesis.kinematics import write
from deepsign_helpers.synthesis.scripts import SCRIPTS, read_script
from deepsign_helpers.synthesis.writers import (
    CONDITIONS,
    Writer,
    learn_plan,
    lift,
    sample_style,
    sample_writer,
    shake,
    spell,
)

PLAIN = {
    "lifts": 0.0,
    "shortcuts": 0.0,
    "dots": 1.0,
    "headline": "none",
    "flourish": "none",
    "legible": 9,
    "rise": 0.0,
}
every_script = pytest.mark.parametrize("script", SCRIPTS)
every_letter = pytest.mark.parametrize(
    ("script", "character"),
    [(script, character) for script in SCRIPTS for character in read_script(script)["letters"]],
)


def writer(seed, script="latin", condition="usual"):
    return sample_writer(np.random.default_rng(seed), script, condition)


def style_of(seed=1, **habits):
    return replace(sample_style(np.random.default_rng(seed)), **(PLAIN | habits))


def signatures(count=30, **sort):
    return [writer(seed, **sort).sign(np.random.default_rng(seed)) for seed in range(count)]


def extent(x, y):
    return np.hypot(np.ptp(x), np.ptp(y))


def mean_distance(trace, model):
    return deviations(trace, model)[trace.down].mean()


@every_letter
def test_every_letter_can_be_written(script, character):
    style = style_of()
    name = 2 * character
    plan = learn_plan(name, script, style, np.random.default_rng(2))
    trace = Writer(name, script, "usual", style, plan).sign(np.random.default_rng(3))
    assert np.isfinite([trace.x, trace.y, trace.speed, trace.pressure]).all()
    letter = read_script(script)["letters"][character]
    strokes = np.array([stroke for run in letter["runs"] + letter["late"] for stroke in run])
    height = extent(*strokes[:, :2].T) * style.x_height
    assert extent(trace.x[trace.down], trace.y[trace.down]) > 0.5 * height


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
    first, second = (writer(5, script) for _ in range(2))
    assert (first.name, first.style) == (second.name, second.style)
    assert np.array_equal(
        first.sign(np.random.default_rng(7)).x, second.sign(np.random.default_rng(7)).x
    )


@every_script
def test_a_writer_never_signs_twice_alike(script):
    someone, rng = writer(5, script), np.random.default_rng(7)
    first, second = someone.sign(rng), someone.sign(rng)
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
        someone, other = writer(seed, script), writer(seed + 500, script)
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
    assert 1.0 < np.median([trace.time[-1] for trace in traces]) < 6.0
    assert 40 < np.median([trace.speed[trace.down].mean() for trace in traces]) < 150


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
        shaken, still = (each.sign(np.random.default_rng(seed)) for each in (someone, calm))
        swing = shaken.y - still.y
        power, frequencies = np.abs(np.fft.rfft(swing)) ** 2, np.fft.rfftfreq(len(swing), 1 / 200)
        assert 0.03 < swing.std() < 0.3
        assert power[(frequencies > 3) & (frequencies < 13)].sum() > 0.9 * power.sum()
        assert not any(
            writer(seed, condition=other).style.tremor for other in CONDITIONS if other != "elderly"
        )


@every_script
def test_the_left_handed_lean_back(script):
    def leaning(seed, condition):
        name = writer(seed, script).name
        style = sample_style(np.random.default_rng(seed), condition)
        model = write(learn_plan(name, script, style, np.random.default_rng(seed)))
        return np.polyfit(model.y[model.down], model.x[model.down], 1)[0]

    changes = [leaning(seed, "left-handed") - leaning(seed, "usual") for seed in range(20)]
    assert np.median(changes) < -0.25
    assert np.mean(np.less(changes, 0)) > 0.9


@pytest.mark.parametrize(
    ("habit", "shortest", "longest"),
    [("whole", 4.4, 7.0), ("broken", 1.8, 4.4), ("none", 0.0, 1.4)],
)
def test_a_devanagari_word_hangs_from_a_headline_if_its_writer_draws_one(habit, shortest, longest):
    lines = []
    for seed in range(12):
        style = style_of(seed, headline=habit, slant=0.0, ascenders=1.0, width=1.0)
        trace = write(learn_plan("कगनबम", "devanagari", style, np.random.default_rng(seed)))
        on_the_line = trace.down & (np.abs(trace.y / style.x_height - 1.5) < 0.25)
        runs = np.split(trace.x / style.x_height, np.flatnonzero(np.diff(on_the_line)) + 1)[
            not on_the_line[0] :: 2
        ]
        lines.append(max(np.ptp(run) for run in runs))
    assert shortest < np.median(lines) < longest


@pytest.mark.parametrize("script", ["latin", "paraph"])
def test_other_scripts_have_no_headline(script):
    name = "Abe"[script == "paraph" :]
    plans = [
        learn_plan(name, script, style_of(headline=habit), np.random.default_rng(1)).points
        for habit in ("whole", "none")
    ]
    assert np.array_equal(*plans)


@pytest.mark.parametrize(("shortcuts", "strokes"), [(0.0, 10), (1.0, 8)])
def test_a_letter_is_made_alike_wherever_it_comes_in_a_name(shortcuts, strokes):
    style = style_of(shortcuts=shortcuts)
    syllables = []
    for seed in range(2):
        steps = spell("Anono", "latin", style, np.random.default_rng(seed))[:-1]  # less the way out
        first, second = steps[-2 * strokes : -strokes], steps[-strokes:]
        assert np.allclose(second[:, :2] - second[0, :2], first[:, :2] - first[0, :2])
        assert np.array_equal(second[:, 2:], first[:, 2:])
        syllables.append(second[:, :2] - second[0, :2])
    assert not np.allclose(*syllables, atol=0.05)


def test_a_hasty_writer_lets_a_word_run_out_into_a_wave():
    def highest_at_the_end(script, legible):
        steps = spell(
            "llllllll"[script == "paraph" :],
            script,
            style_of(legible=legible),
            np.random.default_rng(0),
        )
        return steps[len(steps) // 2 :, 1].max()

    assert highest_at_the_end("latin", 9) > 1.5
    assert highest_at_the_end("latin", 2) < 1.0
    assert highest_at_the_end("paraph", 2) > 1.5


def test_a_wide_tall_and_leaning_hand_is_wide_tall_and_leaning():
    def box(**habits):
        points = learn_plan(
            "Illy", "latin", style_of(**({"slant": 0.0} | habits)), np.random.default_rng(4)
        ).points
        return np.ptp(points[:, 0]), points[:, 1].max(), points[:, 1].min()

    width, top, bottom = box(width=1.0, ascenders=1.0, descenders=1.0)
    assert box(width=1.3, ascenders=1.0, descenders=1.0)[0] == pytest.approx(1.3 * width)
    assert box(width=1.0, ascenders=1.25, descenders=1.0)[1] > 1.08 * top
    assert box(width=1.0, ascenders=1.0, descenders=1.4)[2] == pytest.approx(1.4 * bottom)
    upright, leaning = (
        learn_plan("Illy", "latin", style_of(slant=slant), np.random.default_rng(4)).points
        for slant in (0.0, 0.4)
    )
    assert leaning[:, 0] - upright[:, 0] == pytest.approx(0.4 * upright[:, 1])


@pytest.mark.parametrize("flourish", ["underline", "swoop", "zigzag"])
def test_a_flourish_runs_under_the_name(flourish):
    plain, adorned = (
        learn_plan("Anna", "latin", style_of(flourish=kind), np.random.default_rng(4))
        for kind in ("none", flourish)
    )
    assert len(adorned.bends) > len(plain.bends)
    assert adorned.points[:, 1].min() < plain.points[:, 1].min() - 3


def test_pen_lifts_and_joined_strokes_both_occur():
    lifts = [np.sum(np.diff(writer(seed).plan.down.astype(int)) == 1) for seed in range(60)]
    assert min(lifts) <= 2
    assert max(lifts) >= 5


def test_now_and_then_the_pen_is_lifted_once_more_or_stays_down():
    someone, rng = writer(2, "devanagari"), np.random.default_rng(0)
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
