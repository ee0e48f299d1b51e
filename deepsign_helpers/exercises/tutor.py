"""The tutor: checks an answer, names the mistake in it, gives hints, shows the solution.

An exercise is a function to write. An answer is tried on a few inputs, the trials, and compared
with the reference solution. If it gives what a classic mistake gives, the hint of that mistake says
which one. Nothing is kept on disk, and nothing is sent anywhere.
"""

import ast
import copy
import html
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from deepsign_helpers.chapters import chapters

# What a student has done in this Python, by the numbers of exercises; forgotten when it ends.
solved: set[str] = set()
hints_given: dict[str, int] = {}

BORDERS = {True: "solid", False: "dashed", None: "dotted"}  # by whether an answer passed
SHOWN_OF_A_SET = 6  # a longer list would hide what is wrong


@dataclass(frozen=True)
class Exercise:
    """One exercise, and what the tutor knows about it.

    Attributes
    ----------
    title : str
        What it is about, in a few words.
    solution : function
        The reference; the stub in the notebook has its name, signature and docstring.
    mistakes : tuple of functions
        They answer wrongly as people do; the docstring of each is the hint it deserves.
    hints : tuple of str
        From a nudge to nearly the answer.
    trials : function
        Makes the inputs that an answer is tried on: for each a name and the arguments.
    tolerance : float
        By how much a number may differ.
    """

    title: str
    solution: Callable
    mistakes: tuple[Callable, ...]
    hints: tuple[str, ...]
    trials: Callable[[], Mapping[str, tuple]]
    tolerance: float = 1e-6


@dataclass(frozen=True)
class Feedback:
    """What the tutor says; it shows itself in a notebook.

    Attributes
    ----------
    heading : str
        What it is about.
    text : str
        What there is to say.
    passed : bool or None
        None where nothing was attempted.
    """

    heading: str
    text: str
    passed: bool | None = None

    def __repr__(self) -> str:
        return f"{self.heading}\n{self.text}"

    def _repr_html_(self) -> str:
        style = f"border-left: 4px {BORDERS[self.passed]}; padding-left: 1em"
        heading = as_html(self.heading)
        text = as_html(self.text)
        return f'<div style="{style}"><strong>{heading}</strong><br>{text}</div>'


@dataclass(frozen=True)
class Source:
    """Source code to read; it shows itself in a notebook.

    Attributes
    ----------
    code : str
    """

    code: str

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}```"


def as_html(text: str) -> str:
    """Return a text as HTML; what stands between backticks is code, between stars emphasis."""
    escaped = html.escape(text)
    with_code = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*(\w[^*<]*)\*", r"<em>\1</em>", with_code)


def exercises(chapter: str | int) -> dict[str, Exercise]:
    """Return the exercises of a chapter by their numbers.

    Parameters
    ----------
    chapter : str or int
        Number of the chapter: "03" or 3.

    Returns
    -------
    dict
        From a number such as "3.1" to the exercise.

    Examples
    --------
    >>> list(exercises("06"))
    ['6.1', '6.2']
    """
    module = import_module(f"deepsign_helpers.exercises.chapter_{int(chapter):02d}")
    return module.EXERCISES


def find(number: str) -> Exercise:
    """Return the exercise of a number such as "3.1", or raise a ValueError that lists all."""
    # Of one chapter: some load TensorFlow, for which a light chapter has no room.
    chapter, _, _ = number.partition(".")
    try:
        return exercises(chapter)[number]
    except (KeyError, ValueError, ModuleNotFoundError):
        known = [one for every in chapters() for one in exercises(every.number)]
    raise ValueError(
        f"exercise {number!r}: there is none; there are, in quotes, {', '.join(known)}."
    )


def check(number: str, answer: Callable) -> Feedback:
    """Judge an answer: nothing attempted yet, right, or wrong, and then in which way.

    Parameters
    ----------
    number : str
        Of the exercise, such as "3.1".
    answer : function
        The function itself, without brackets.

    Returns
    -------
    Feedback
        Shows itself in a notebook; `passed` is True, False, or None for a stub that nobody has
        touched.

    Raises
    ------
    ValueError
        If there is no such exercise.

    See Also
    --------
    hint : gives a start.
    solution : shows our answer.

    Examples
    --------
    >>> def rates_at(scores, labels, threshold): ...
    >>> check("6.1", rates_at)
    Exercise 6.1 · Two rates at a threshold
    Not attempted yet: put your lines in place of the three dots. hint("6.1") gives you a start.
    """
    exercise = find(number)
    heading = f"Exercise {number} · {exercise.title}"
    if not callable(answer):
        call = f'check("{number}", {exercise.solution.__name__})'
        text = f"Give the function itself, without brackets: {call}."
        return Feedback(heading, text, passed=False)
    if is_untouched(answer):
        text = (
            "Not attempted yet: put your lines in place of the three dots. "
            f'hint("{number}") gives you a start.'
        )
        return Feedback(heading, text, passed=None)

    trials = exercise.trials()
    got = outcomes(answer, trials)
    wanted = outcomes(exercise.solution, trials)
    if alike(got, wanted, exercise.tolerance):
        solved.add(number)
        text = f"Right, on {len(trials)} trials. {progress(number)}"
        return Feedback(heading, text, passed=True)
    text = hint_of_mistake(exercise, trials, got)
    if not text:
        text = first_difference(exercise, trials, got, wanted)
    return Feedback(heading, f"Not yet. {text}", passed=False)


def progress(number: str) -> str:
    """Say how many exercises of an exercise's chapter are solved."""
    chapter, _ = number.split(".")
    of_chapter = set(exercises(chapter))
    return f"Solved in this chapter: {len(solved & of_chapter)} of {len(of_chapter)}."


def hint_of_mistake(exercise: Exercise, trials: Mapping[str, tuple], got: list) -> str:
    """Return the hint of the classic mistake that gives the same outcomes, or "" if none does."""
    for mistake in exercise.mistakes:
        if alike(got, outcomes(mistake, trials), exercise.tolerance):
            return " ".join(inspect.getdoc(mistake).split())
    return ""


def first_difference(
    exercise: Exercise, trials: Mapping[str, tuple], got: list, wanted: list
) -> str:
    """Say on which trial an answer differs first from the solution, and how."""
    for name, one, other in zip(trials, got, wanted, strict=True):
        if not alike(one, other, exercise.tolerance):
            return f"Tried on {name}: {difference(one, other, exercise.tolerance)}"
    return ""


def hint(number: str) -> Feedback:
    """Give the next hint of an exercise; after the last one, the last again.

    Parameters
    ----------
    number : str
        Of the exercise, such as "3.1".

    Returns
    -------
    Feedback

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> hint("6.1")
    Hint 1 of 3 for exercise 6.1
    First one array of decisions, True where the score is accepted.
    """
    exercise = find(number)
    last = len(exercise.hints) - 1
    step = min(hints_given.get(number, 0), last)
    hints_given[number] = step + 1
    heading = f"Hint {step + 1} of {len(exercise.hints)} for exercise {number}"
    return Feedback(heading, exercise.hints[step])


def solution(number: str) -> Source:
    """Show the reference solution of an exercise.

    Parameters
    ----------
    number : str
        Of the exercise, such as "3.1".

    Returns
    -------
    Source
        Shows itself in a notebook.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> print(repr(solution("7.2")).splitlines()[-1])
        return 1 / (1 + posterior_odds)
    """
    return Source(inspect.getsource(find(number).solution))


def stub(exercise: Exercise) -> str:
    """Return what the student starts from: the solution's head and docstring, and three dots."""
    source = inspect.getsource(exercise.solution)
    function = ast.parse(source).body[0]
    docstring = function.body[0]
    kept = source.splitlines()[: docstring.end_lineno]
    return "\n".join([*kept, "    ..."])


def is_untouched(answer: Callable) -> bool:
    """Say whether a function holds three dots and no more but, perhaps, a docstring."""

    def documented():
        """Say what is asked."""
        ...

    def bare(): ...

    code = getattr(answer, "__code__", None)
    if code is None:
        return False
    if code.co_name == "<lambda>":  # `lambda: None` compiles to the same as three dots
        return False
    does_nothing_after_docstring = code.co_code == documented.__code__.co_code
    does_nothing = code.co_code == bare.__code__.co_code
    # A docstring, where there is one, is the first constant; after it, only None is returned.
    return (does_nothing_after_docstring and code.co_consts[1:] == (None,)) or (
        does_nothing and code.co_consts == (None,)
    )


def outcomes(function: Callable, trials: Mapping[str, tuple]) -> list:
    """Return what a function returns on each trial, or the error that it raises.

    It gets copies of the arguments, and can spoil nothing.
    """
    found = []
    for arguments in trials.values():
        copies = copy.deepcopy(arguments)
        with np.errstate(all="ignore"):
            try:
                found.append(without_tensors(function(*copies)))
            except Exception as error:
                found.append(error)
    return found


def without_tensors(value: object) -> object:
    """Return what a function returned, its tensors as arrays: those can be compared and shown."""
    if isinstance(value, list | tuple):
        return type(value)(without_tensors(part) for part in value)
    if hasattr(value, "numpy"):  # a tensor, or a variable of Keras
        return value.numpy()
    return value


def kind_of(value: object) -> str:
    """Return in words what a value is: what the tutor compares first."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, set):
        return "a set"
    if not isinstance(value, np.ndarray | np.generic | float | int):
        return f"an object of type {type(value).__name__}"
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":  # truth values, integers, floats
        return f"an array of {numbers.dtype}"
    if numbers.ndim:
        return "an array"
    return "a number"


def alike(one: object, other: object, tolerance: float) -> bool:
    """Say whether two outcomes are the same: in kind, in shape, and in value but for rounding."""
    kind = kind_of(one)
    if kind != kind_of(other):
        return False
    if kind == "a list":
        return lists_alike(one, other, tolerance)
    if kind in ("a number", "an array"):
        return numbers_alike(one, other, tolerance)
    return kind in ("a text", "a set", "nothing") and one == other


def lists_alike(one: list | tuple, other: list | tuple, tolerance: float) -> bool:
    """Say whether two lists hold the same, in the same order."""
    if len(one) != len(other):
        return False
    return all(alike(left, right, tolerance) for left, right in zip(one, other, strict=True))


def numbers_alike(one: object, other: object, tolerance: float) -> bool:
    """Say whether two numbers, or two arrays of one shape, are the same but for rounding."""
    left = np.asarray(one, float)
    right = np.asarray(other, float)
    if left.shape != right.shape or is_wrong_type(one, other):
        return False
    return np.allclose(left, right, rtol=1e-6, atol=tolerance, equal_nan=True)


def is_wrong_type(one: object, other: object) -> bool:
    """Say whether grey levels are wanted, uint8, and something else is there."""
    are_wanted = getattr(other, "dtype", None) == np.uint8
    are_there = getattr(one, "dtype", None) == np.uint8
    return are_wanted and not are_there


def difference(one: object, other: object, tolerance: float) -> str:
    """Say how an outcome differs from the one that is wanted, what is coarsest first."""
    if isinstance(one, Exception):
        return f"it stops with {type(one).__name__}: {one}."
    if one is None:
        return "it returns nothing. Does it end in a return?"
    if kind_of(one) != kind_of(other):
        return f"it returns {kind_of(one)}; {kind_of(other)} is wanted."
    if kind_of(one) == "an array":
        return difference_of_arrays(one, other)
    if kind_of(one) == "a list":
        return difference_of_lists(one, other, tolerance)
    return f"it returns {shown(one)}; {shown(other)} is wanted."


def difference_of_arrays(one: np.ndarray, other: np.ndarray) -> str:
    """Say how an array differs: in its axes, its shape, its type, or where its values do most."""
    if one.ndim != other.ndim:
        return f"the array has {one.ndim} axes; {other.ndim} are wanted."
    if one.shape != other.shape:
        return f"the array has shape {one.shape}; {other.shape} is wanted."
    if is_wrong_type(one, other):
        return f"the array is {one.dtype}; {other.dtype} is wanted."
    gaps = np.abs(np.asarray(one, float) - np.asarray(other, float))
    farthest = np.unravel_index(np.argmax(gaps), one.shape)
    where = ", ".join(str(int(index)) for index in farthest)
    return f"at [{where}] it has {one[farthest]:.4g}; {other[farthest]:.4g} is wanted."


def difference_of_lists(one: list | tuple, other: list | tuple, tolerance: float) -> str:
    """Say how a list differs: in its length, or in the first value that is not as wanted."""
    if len(one) != len(other):
        return f"it returns {len(one)} values; {len(other)} are wanted."
    for number, (left, right) in enumerate(zip(one, other, strict=True), start=1):
        if not alike(left, right, tolerance):
            return f"value {number} of {len(one)}: {difference(left, right, tolerance)}"
    return ""


def shown(value: object) -> str:
    """Return a value as a short text."""
    if isinstance(value, set):
        names = sorted(str(one) for one in value)
        more = ", …" if len(names) > SHOWN_OF_A_SET else ""
        return "{" + ", ".join(names[:SHOWN_OF_A_SET]) + more + "}"
    if kind_of(value) == "a number":
        return f"{float(value):.4g}"
    return str(value)
