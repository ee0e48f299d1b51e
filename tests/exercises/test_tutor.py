"""The tutor: solutions pass, each classic mistake gets its own hint, a stub is not attempted."""

import inspect
import re
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from deepsign_helpers.chapters import chapters
from deepsign_helpers.exercises import chapter_07, check, hint, solution, tutor
from deepsign_helpers.exercises.tutor import Exercise, Feedback, alike, difference, exercises, stub

CHAPTERS = [chapter.number for chapter in chapters()]
EXERCISES = {number: one for chapter in CHAPTERS for number, one in exercises(chapter).items()}
MISTAKES = [(number, mistake) for number, one in EXERCISES.items() for mistake in one.mistakes]


@pytest.fixture(autouse=True)
def nothing_solved():
    tutor.solved.clear()
    tutor.hints_given.clear()


def halves(values: list[float]) -> np.ndarray:
    """Return half of each value."""
    return np.array(values) / 2


def doubles(values):
    """These are the doubles; halves are asked for."""
    return np.array(values) * 2


@pytest.fixture
def easy(monkeypatch):
    """Return the number of an exercise of which everything is known."""
    trials = {"three values": ([1.0, 2.0, 5.0],), "one value": ([4.0],)}
    exercise = Exercise("Halves", halves, (doubles,), ("Divide.", "Divide by 2."), lambda: trials)
    monkeypatch.setattr(tutor, "exercises", lambda chapter: {"9.1": exercise, "9.2": exercise})
    return "9.1"


def test_each_chapter_has_two_to_four_exercises_numbered_in_order():
    for chapter in CHAPTERS:
        numbers = list(exercises(chapter))
        assert 2 <= len(numbers) <= 4
        assert numbers == [f"{int(chapter)}.{place}" for place in range(1, len(numbers) + 1)]


def test_a_chapter_is_named_by_its_number_however_it_is_written():
    assert exercises("06") is exercises(6) is exercises("6")


def test_the_solution_passes():
    for number, exercise in EXERCISES.items():
        tutor.solved.clear()
        feedback = check(number, exercise.solution)
        assert feedback.passed is True, number
        of_chapter = len(exercises(number.split(".")[0]))
        assert feedback.text.endswith(f"Solved in this chapter: 1 of {of_chapter}.")


@pytest.mark.parametrize(
    ("number", "mistake"), MISTAKES, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_classic_mistake_is_refused_with_its_own_hint(number, mistake):
    feedback = check(number, mistake)
    assert feedback.passed is False
    assert feedback.text == "Not yet. " + " ".join(inspect.getdoc(mistake).split())


def test_the_stub_is_not_attempted():
    for number, exercise in EXERCISES.items():
        names = {"np": np, "pd": pd, "keras": keras, "tf": tf}
        exec(stub(exercise), names)
        feedback = check(number, names[exercise.solution.__name__])
        assert feedback.passed is None, number
        assert "Not attempted yet" in feedback.text


def test_a_stub_without_its_docstring_is_not_attempted_either():
    def parameters(side, channels, filters): ...

    assert check("4.1", parameters).passed is None


def test_an_exercise_is_complete():
    for number, exercise in EXERCISES.items():
        assert 2 <= len(exercise.mistakes) <= 3, number
        hints_of_mistakes = [inspect.getdoc(mistake) for mistake in exercise.mistakes]
        assert len(set(hints_of_mistakes)) == len(hints_of_mistakes)
        assert 2 <= len(exercise.hints) <= 4
        assert len(exercise.trials()) >= 2
        assert len(stub(exercise).splitlines()) <= 20
        signature = inspect.signature(exercise.solution)
        assert signature.return_annotation is not inspect.Signature.empty
        for name, parameter in signature.parameters.items():
            assert parameter.annotation is not inspect.Parameter.empty, name
            assert name in inspect.getdoc(exercise.solution), name


def test_no_hint_gives_the_whole_solution_away():
    for number, exercise in EXERCISES.items():
        body = inspect.getsource(exercise.solution).split('"""')[2]
        for line in body.splitlines():
            expression = line.strip().removeprefix("return ").split(" = ")[-1]
            is_short = len(expression) < 30
            assert is_short or all(expression not in one for one in exercise.hints), number


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            lambda values: 1 / 0,
            "Tried on three values: it stops with ZeroDivisionError: division by zero.",
        ),
        (lambda values: None, "it returns nothing. Does it end in a return?"),
        (lambda values: "no", "it returns a text; an array is wanted."),
        (lambda values: halves(values).tolist(), "it returns a list; an array is wanted."),
        (
            lambda values: pd.Series(halves(values)),
            "it returns an object of type Series; an array is wanted.",
        ),
        (
            lambda values: halves(values).astype(str),
            "it returns an array of <U32; an array is wanted.",
        ),
        (
            lambda values: halves(values) * 1j,
            "it returns an array of complex128; an array is wanted.",
        ),
        (lambda values: np.array([{}]), "it returns an array of object; an array is wanted."),
        (lambda values: halves(values)[:, None], "the array has 2 axes; 1 are wanted."),
        (lambda values: halves(values)[:1], "the array has shape (1,); (3,) is wanted."),
        (
            lambda values: halves(values) + [0, 0, 1][: len(values)],
            "at [2] it has 3.5; 2.5 is wanted.",
        ),
        (
            lambda values: np.where(halves(values) == 2, 7, halves(values)),
            "Tried on one value: at [0] it has 7; 2",
        ),
    ],
)
def test_an_unknown_mistake_is_told_by_kind_then_axes_then_shape_then_value(easy, answer, text):
    feedback = check(easy, answer)
    assert feedback.passed is False
    assert text in feedback.text


def test_an_answer_is_given_without_brackets(easy):
    feedback = check(easy, halves([1.0]))
    assert feedback.passed is False
    assert feedback.text == 'Give the function itself, without brackets: check("9.1", halves).'


def test_an_answer_cannot_spoil_the_inputs_of_the_solution(easy):
    def greedy(values):
        values.clear()
        return np.zeros(3)

    assert "at [2] it has 0; 2.5 is wanted." in check(easy, greedy).text
    assert check(easy, halves).passed is True


def test_progress_counts_each_exercise_once_and_only_while_this_python_runs(easy):
    assert check(easy, halves).text.endswith("1 of 2.")
    assert check(easy, halves).text.endswith("1 of 2.")
    assert check("9.2", halves).text.endswith("2 of 2.")


def test_hints_climb_to_the_last_and_stay_there(easy):
    assert [hint(easy).text for _ in range(3)] == ["Divide.", "Divide by 2.", "Divide by 2."]
    assert hint(easy).heading == "Hint 2 of 2 for exercise 9.1"


def test_the_solution_can_be_read_and_run():
    shown = solution("7.2")
    names = {"np": np}
    exec(shown.code, names)
    assert names["probability_forged"](np.array([0.0]), 0.25) == 0.25
    assert repr(shown) == shown.code
    assert shown._repr_markdown_().startswith("```python\ndef probability_forged")


def test_a_light_chapter_s_exercise_is_checked_without_tensorflow():
    program = (
        "import sys; from deepsign_helpers.exercises import check; check('0.1', lambda: 1); "
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize(
    "call", [lambda: check("9.9", halves), lambda: hint("9.9"), lambda: solution("9.9")]
)
def test_an_unknown_number_is_answered_with_the_known_ones(call):
    with pytest.raises(
        ValueError,
        match=r"exercise '9.9': there is none; there are, in quotes, 0.1, 0.2, 0.3, 1.1, ",
    ):
        call()


def test_feedback_shows_itself_as_text_and_as_a_page():
    feedback = Feedback("Exercise 1 · a < b", "Not <b>yet</b>.", False)
    assert repr(feedback) == "Exercise 1 · a < b\nNot <b>yet</b>."
    page = feedback._repr_html_()
    assert "a &lt; b" in page and "&lt;b&gt;" in page and "dashed" in page
    page = Feedback("Hint", "`np.nonzero` is *one* way, `a * b * c` another.")._repr_html_()
    assert "<code>np.nonzero</code> is <em>one</em> way, <code>a * b * c</code>" in page


def test_outcomes_are_alike_in_kind_shape_and_value_but_for_rounding():
    for one, other in [
        (1, 1.0),
        (np.float32(0.5), 0.5),
        ((1, 2), [1.0, 2]),
        ({1}, {1}),
        ("a", "a"),
    ]:
        assert alike(one, other, 1e-6)
    for one, other in [(1, "1"), (1, 2), ((1, 2), (1, 3)), ((1,), (1, 2)), ({1}, {2}), (None, 0)]:
        assert not alike(one, other, 1e-6)
    assert alike(np.array([np.nan]), np.array([np.nan]), 1e-6)
    assert alike(np.array([True]), np.array([1]), 1e-6)


def test_lists_and_sets_differ_by_length_or_by_what_is_in_them():
    assert difference((1, 2), (1, 2, 3), 0) == "it returns 2 values; 3 are wanted."
    assert difference((2, 0.25), (2, 0.5), 0) == "value 2 of 2: it returns 0.25; 0.5 is wanted."
    assert (
        difference((np.zeros(2), 1), (0.5, 1), 0)
        == "value 1 of 2: it returns an array; a number is wanted."
    )
    assert difference({"b", "a"}, {"c"}, 0) == "it returns {a, b}; {c} is wanted."


def test_noise_that_wraps_is_known_whether_it_was_rounded_or_cut():
    def cut(scan, spread, seed):
        return (
            (scan + np.random.default_rng(seed).normal(0, spread, scan.shape))
            .astype(np.int64)
            .astype(np.uint8)
        )

    assert "starts again at 0" in check("2.2", cut).text


def test_grey_levels_are_uint8():
    levels = np.array([0, 255], np.uint8)
    assert not alike(levels.astype(float), levels, 1e-6)
    assert difference(levels.astype(float), levels, 0) == "the array is float64; uint8 is wanted."


def test_texts_that_numpy_made_are_texts():
    assert (
        check("0.2", lambda files: list(np.array(tutor.find("0.2").solution(files)))).passed is True
    )


def of_genuine(ratios, forged):
    return 1 - chapter_07.probability_forged(ratios, forged)


def with_ratio_turned_round(ratios, forged):
    return chapter_07.probability_forged(-ratios, forged)


def with_prior_turned_round(ratios, forged):
    return chapter_07.probability_forged(ratios, 1 - forged)


def with_share_for_odds(ratios, forged):
    return 1 / (1 + 10.0**ratios / forged)


def with_base_two(ratios, forged):
    return chapter_07.probability_forged(ratios * np.log10(2), forged)


def test_no_wrong_way_to_a_posterior_passes_unseen_or_looks_like_another():
    exercise = exercises("07")["7.2"]
    others = (of_genuine, with_ratio_turned_round, with_prior_turned_round)
    others += (with_share_for_odds, with_base_two)
    trials = exercise.trials()
    answers = [exercise.solution, *exercise.mistakes, *others]
    for arguments in trials.values():
        outcomes = [answer(*arguments) for answer in answers]
        for place, one in enumerate(outcomes):
            for other in outcomes[place + 1 :]:
                assert not np.allclose(one, other, atol=1e-4)
    for answer in others:
        assert "Tried on one forgery in a hundred: at [" in check("7.2", answer).text


def test_the_tutor_keeps_nothing_on_disk_and_asks_no_network():
    source = inspect.getsource(tutor)
    assert not re.search(r"open\(|write_|Path|urllib|socket|requests", source)
