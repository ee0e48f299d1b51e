"""The tutor of the exercises: checks an answer, names the mistake in it, gives hints, shows the solution.

An exercise is a function to write. An answer is tried on a few inputs and compared with the reference solution; if it
gives what a classic mistake gives, its hint says which. Nothing is kept on disk, and nothing is sent anywhere.
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

CHAPTERS = range(7)
solved: set[str] = set()  # numbers, as long as this Python runs
hints_given: dict[str, int] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise, and what the tutor knows about it.

    Attributes
    ----------
    title : what it is about, in a few words
    solution : the reference; the stub in the notebook has its name, signature and docstring
    mistakes : functions that answer wrongly as people do; the docstring of each is the hint it deserves
    hints : from a nudge to nearly the answer
    trials : makes the inputs to try an answer on: for each a name and the arguments
    tolerance : by how much a number may differ
    """

    title: str
    solution: Callable
    mistakes: tuple[Callable, ...]
    hints: tuple[str, ...]
    trials: Callable[[], Mapping[str, tuple]]
    tolerance: float = 1e-6


@dataclass(frozen=True)
class Feedback:
    """What the tutor says: a heading and a text; `passed` is None where nothing was attempted."""

    heading: str
    text: str
    passed: bool | None = None

    def __repr__(self) -> str:
        return f"{self.heading}\n{self.text}"

    def _repr_html_(self) -> str:
        style = {True: "solid", False: "dashed", None: "dotted"}[self.passed]
        heading, text = as_html(self.heading), as_html(self.text)
        return f'<div style="border-left: 4px {style}; padding-left: 1em"><strong>{heading}</strong><br>{text}</div>'


def as_html(text: str) -> str:
    """Return a text as HTML; what stands between backticks is code, between stars emphasis."""
    code = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return re.sub(r"\*(\w[^*<]*)\*", r"<em>\1</em>", code)


@dataclass(frozen=True)
class Source:
    """Source code to read."""

    code: str

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}```"


def exercises(chapter: int) -> dict[str, Exercise]:
    """Return the exercises of a chapter, 0 to 6, by their numbers ("3.1" …)."""
    return import_module(f"deepsign_helpers.exercises.chapter_{chapter:02d}").EXERCISES


def find(number: str) -> Exercise:
    """Return the exercise of a number such as "3.1"."""
    known = {name: one for chapter in CHAPTERS for name, one in exercises(chapter).items()}
    if number not in known:
        raise ValueError(
            f"exercise {number!r}: there is none; there are, in quotes, {', '.join(known)}."
        )
    return known[number]


def check(number: str, answer: Callable) -> Feedback:
    """Judge an answer: nothing attempted yet, right, or wrong, and then in which way.

    Parameters
    ----------
    number : of the exercise, such as "3.1"
    answer : the function itself, without brackets

    Returns
    -------
    Feedback: shows itself in a notebook; `passed` is True, False, or None for a stub that nobody has touched

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    exercise = find(number)
    heading = f"Exercise {number} · {exercise.title}"
    if not callable(answer):
        name = exercise.solution.__name__
        return Feedback(
            heading,
            f'Give the function itself, without brackets: check("{number}", {name}).',
            False,
        )
    if is_untouched(answer):
        text = f'Not attempted yet: put your lines in place of the three dots. hint("{number}") gives you a start.'
        return Feedback(heading, text)
    trials = exercise.trials()
    got, wanted = outcomes(answer, trials), outcomes(exercise.solution, trials)
    if alike(got, wanted, exercise.tolerance):
        solved.add(number)
        others = exercises(int(number.split(".")[0]))
        text = f"Right, on {len(trials)} trials. Solved in this chapter: {len(solved & set(others))} of {len(others)}."
        return Feedback(heading, text, True)
    for mistake in exercise.mistakes:
        if alike(got, outcomes(mistake, trials), exercise.tolerance):
            return Feedback(heading, "Not yet. " + " ".join(inspect.getdoc(mistake).split()), False)
    for name, one, other in zip(trials, got, wanted, strict=True):
        if not alike(one, other, exercise.tolerance):
            return Feedback(
                heading,
                f"Not yet. Tried on {name}: {difference(one, other, exercise.tolerance)}",
                False,
            )


def hint(number: str) -> Feedback:
    """Give the next hint of an exercise; after the last one, the last again."""
    exercise = find(number)
    step = min(hints_given.get(number, 0), len(exercise.hints) - 1)
    hints_given[number] = step + 1
    return Feedback(
        f"Hint {step + 1} of {len(exercise.hints)} for exercise {number}", exercise.hints[step]
    )


def solution(number: str) -> Source:
    """Show the reference solution of an exercise."""
    return Source(inspect.getsource(find(number).solution))


def stub(exercise: Exercise) -> str:
    """Return what the student starts from: the reference's signature and docstring, and three dots."""
    source = inspect.getsource(exercise.solution)
    end = ast.parse(source).body[0].body[0].end_lineno
    return "\n".join([*source.splitlines()[:end], "    ..."])


def is_untouched(answer: Callable) -> bool:
    """Say whether a function holds three dots and no more but, perhaps, a docstring."""

    def documented():
        """Say what is asked."""
        ...

    def bare(): ...

    code = getattr(answer, "__code__", None)
    return code is not None and (
        (code.co_code == documented.__code__.co_code and code.co_consts[1:] == (None,))
        or (
            code.co_code == bare.__code__.co_code
            and code.co_consts == (None,)
            and code.co_name != "<lambda>"
        )
    )


def outcomes(function: Callable, trials: Mapping[str, tuple]) -> list:
    """Return what a function returns for each input, or the error it raises; it gets copies, and can spoil nothing."""
    found = []
    for arguments in trials.values():
        with np.errstate(all="ignore"):
            try:
                found.append(function(*copy.deepcopy(arguments)))
            except Exception as error:
                found.append(error)
    return found


def kind_of(value: object) -> str:
    """Return in words what a value is: what the tutor compares first."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, np.ndarray | np.generic | float | int):
        kind = np.asarray(value).dtype.kind
        if kind not in "biuf":
            return f"an array of {np.asarray(value).dtype}"
        return "an array" if np.ndim(value) else "a number"
    kinds = {tuple: "a list", list: "a list", set: "a set"}
    return kinds.get(type(value), f"an object of type {type(value).__name__}")


def alike(one: object, other: object, tolerance: float) -> bool:
    """Say whether two outcomes are the same: in kind, in shape, and in value but for rounding."""
    if kind_of(one) != kind_of(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(
            alike(*both, tolerance) for both in zip(one, other, strict=True)
        )
    if kind_of(one) in ("a number", "an array"):
        left, right = np.asarray(one, float), np.asarray(other, float)
        if left.shape != right.shape or is_wrong_type(one, other):
            return False
        return np.allclose(left, right, rtol=1e-6, atol=tolerance, equal_nan=True)
    return kind_of(one) in ("a text", "a set", "nothing") and one == other


def is_wrong_type(one: object, other: object) -> bool:
    """Say whether grey levels are wanted, uint8, and something else is there."""
    return getattr(other, "dtype", None) == np.uint8 != getattr(one, "dtype", None)


def difference(one: object, other: object, tolerance: float) -> str:
    """Say how an outcome differs from the one that is wanted: its kind, then its axes, shape, type and values."""
    if isinstance(one, Exception):
        return f"it stops with {type(one).__name__}: {one}."
    if one is None:
        return "it returns nothing. Does it end in a return?"
    if kind_of(one) != kind_of(other):
        return f"it returns {kind_of(one)}; {kind_of(other)} is wanted."
    if kind_of(one) == "an array":
        if one.ndim != other.ndim:
            return f"the array has {one.ndim} axes; {other.ndim} are wanted."
        if one.shape != other.shape:
            return f"the array has shape {one.shape}; {other.shape} is wanted."
        if is_wrong_type(one, other):
            return f"the array is {one.dtype}; {other.dtype} is wanted."
        place = np.unravel_index(
            np.argmax(np.abs(np.asarray(one, float) - np.asarray(other, float))), one.shape
        )
        where = ", ".join(str(int(number)) for number in place)
        return f"at [{where}] it has {one[place]:.4g}; {other[place]:.4g} is wanted."
    if isinstance(one, list | tuple):
        if len(one) != len(other):
            return f"it returns {len(one)} values; {len(other)} are wanted."
        place = next(
            i for i, both in enumerate(zip(one, other, strict=True)) if not alike(*both, tolerance)
        )
        return f"value {place + 1} of {len(one)}: {difference(one[place], other[place], tolerance)}"
    return f"it returns {shown(one)}; {shown(other)} is wanted."


def shown(value: object) -> str:
    """Return a value as a short text."""
    if isinstance(value, set):
        return (
            "{"
            + ", ".join(sorted(str(one) for one in value)[:6])
            + ("}" if len(value) <= 6 else ", …}")
        )
    return f"{float(value):.4g}" if kind_of(value) == "a number" else str(value)
