"""Spelling: names in target points, with a writer's own letters, headlines and flourishes."""

from dataclasses import replace

import numpy as np
import pytest

from deepsign_helpers.synthesis import spelling
from deepsign_helpers.synthesis.ink import PENS
from deepsign_helpers.synthesis.kinematics import write
from deepsign_helpers.synthesis.scripts import SCRIPTS, read_script
from deepsign_helpers.synthesis.spelling import spell
from deepsign_helpers.synthesis.styles import sample_style
from deepsign_helpers.synthesis.writers import Writer, learn_plan


def style_of(seed=1, **habits):
    """Somebody's style, without habits that add or leave out strokes, but for the given ones."""
    plain = replace(
        sample_style(np.random.default_rng(seed)),
        lifts=0.0,
        shortcuts=0.0,
        dots=1.0,
        headline="none",
        flourish="none",
        legible=9,
        rise=0.0,
    )
    return replace(plain, **habits)


def extent(x, y):
    return np.hypot(np.ptp(x), np.ptp(y))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_letter_can_be_written(script):
    style = style_of()
    for character, letter in read_script(script)["letters"].items():
        name = 2 * character
        plan = learn_plan(name, script, style, np.random.default_rng(2))
        trace = Writer(name, script, "usual", style, plan, PENS["gel"]).sign(
            np.random.default_rng(3)
        )
        assert np.isfinite([trace.x, trace.y, trace.speed, trace.pressure]).all(), character
        strokes = np.array([stroke for run in letter["runs"] + letter["late"] for stroke in run])
        height = extent(*strokes[:, :2].T) * style.x_height
        assert extent(trace.x[trace.down], trace.y[trace.down]) > 0.5 * height, character


def test_a_vowel_sign_that_is_written_before_its_consonant_stands_to_its_left():
    style = style_of()
    before = spell("कि", "devanagari", style, np.random.default_rng(0))
    sign_alone = spell("ि", "devanagari", style, np.random.default_rng(0))
    after = spell("क", "devanagari", style, np.random.default_rng(0))
    # Each first step is where the pen is set down: that of the sign, then that of the consonant.
    assert len(before) == len(sign_alone) + len(after)
    consonant_starts = np.flatnonzero(before[:, 3] == 0)[1]
    assert before[consonant_starts, 0] > before[0, 0] + 0.3


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


@pytest.mark.parametrize(("script", "name"), [("latin", "Abe"), ("paraph", "be")])
def test_other_scripts_have_no_headline(script, name):
    plans = [
        learn_plan(name, script, style_of(headline=habit), np.random.default_rng(1)).points
        for habit in ("whole", "none")
    ]
    assert np.array_equal(*plans)


@pytest.mark.parametrize("flourish", ["none", "underline", "swoop", "zigzag"])
def test_a_mirrored_script_is_the_mirror_image_of_the_same_written_to_the_right(
    flourish, monkeypatch
):
    style = style_of(flourish=flourish, lifts=0.15, shortcuts=0.3)
    mirrored = spell("صيكا نبوح", "arabic", style, np.random.default_rng(3))
    to_the_right = {**read_script("arabic"), "mirrored": False}
    monkeypatch.setattr(spelling, "read_script", lambda script: to_the_right)
    plain = spell("صيكا نبوح", "arabic", style, np.random.default_rng(3))
    x, y, bend, down = plain.T
    assert np.array_equal(mirrored, np.stack([-x, y, -bend, down], axis=1))


@pytest.mark.parametrize(
    ("script", "name", "towards"), [("arabic", "سلمبن", -1), ("latin", "Sumina", 1)]
)
def test_a_mirrored_script_runs_from_right_to_left_and_others_to_the_right(script, name, towards):
    for seed in range(5):
        style = style_of(seed, dots=0.0, slant=0.0)
        trace = write(learn_plan(name, script, style, np.random.default_rng(seed)))
        assert towards * (trace.x[-1] - trace.x[0]) > 3 * style.x_height
        assert towards * np.corrcoef(trace.time, trace.x)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("name", "set_down"), [("سلمبن", 1), ("درب", 3), ("بارن", 3), ("سلم", 1), ("سل بن", 2)]
)
def test_a_letter_is_set_down_anew_after_one_that_none_is_joined_to(name, set_down):
    # The way to every first letter of a run is in the air, and straight.
    steps = spell(name, "arabic", style_of(dots=0.0), np.random.default_rng(0))
    in_the_air = steps[:, 3] == 0
    assert in_the_air[0]
    assert in_the_air.sum() == set_down
    assert not steps[in_the_air, 2].any()


def test_dots_come_when_all_the_words_are_written():
    with_dots = spell("بلن تلم", "arabic", style_of(dots=1.0), np.random.default_rng(0))
    without = spell("بلن تلم", "arabic", style_of(dots=0.0), np.random.default_rng(0))
    assert np.array_equal(with_dots[: len(without)], without)
    dots = with_dots[len(without) :].reshape(-1, 2, 4)  # (dots, strokes, x y bend down)
    assert dots[:, :, 3].tolist() == 4 * [[0, 1]]  # one, one and two
    first, second, third, fourth = dots[:, 0, :2]  # where each is set down
    assert first[1] < 0 < second[1]  # below the first letter, in the bowl of the third
    assert first[0] > second[0] > third[0] > fourth[0] > without[:, 0].min()


def test_a_letter_ends_a_word_in_another_form():
    def lowest(name):
        return spell(name, "arabic", style_of(dots=0.0), np.random.default_rng(0))[:, 1].min()

    assert lowest("نلب") > -0.3
    assert lowest("بلن") < -0.5
    assert lowest("بلن نلب") < -0.5
    assert lowest("ن") < -0.5  # alone it is the last, too


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
    def highest_at_the_end(name, script, legible):
        steps = spell(name, script, style_of(legible=legible), np.random.default_rng(0))
        return steps[len(steps) // 2 :, 1].max()

    assert highest_at_the_end("llllllll", "latin", legible=9) > 1.5
    assert highest_at_the_end("llllllll", "latin", legible=2) < 1.0
    assert highest_at_the_end("lllllll", "paraph", legible=2) > 1.5


@pytest.mark.parametrize("flourish", ["underline", "swoop", "zigzag"])
def test_a_flourish_runs_under_the_name(flourish):
    plain = learn_plan("Anna", "latin", style_of(flourish="none"), np.random.default_rng(4))
    adorned = learn_plan("Anna", "latin", style_of(flourish=flourish), np.random.default_rng(4))
    assert len(adorned.bends) > len(plain.bends)
    assert adorned.points[:, 1].min() < plain.points[:, 1].min() - 1
