"""The quizzes: three questions a chapter, as buttons and, for a page without a kernel, as text to unfold."""

import tomllib
from pathlib import Path

import ipywidgets
from IPython.display import display

from deepsign_helpers.chapters import chapters
from deepsign_helpers.exercises.tutor import as_html

LETTERS = "ABC"


def questions(chapter: str) -> list[dict]:
    """Return a chapter's questions, each with its options: a `text`, whether it is `right`, and `why`."""
    known = [one.number for one in chapters()]
    if chapter not in known:
        raise ValueError(f"quiz {chapter!r}: there is none; there are {', '.join(known)}.")
    path = Path(__file__).with_name(f"chapter_{chapter}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))["questions"]


def quiz(chapter: str) -> None:
    """Show a chapter's three questions: the answers folded away, and buttons that answer at once.

    Parameters
    ----------
    chapter : str, such as "03"
    """
    for number, question in enumerate(questions(chapter), start=1):
        display(
            {"text/plain": as_text(number, question), "text/html": as_page(number, question)},
            raw=True,
        )
        display(as_buttons(question))


def as_buttons(question: dict) -> ipywidgets.VBox:
    """Return a button for each option of a question; a press says whether it is right, and why."""
    said = ipywidgets.HTML()
    buttons = ipywidgets.ToggleButtons(options=[*LETTERS], value=None, description="Your answer")
    buttons.style.button_width = "3em"
    buttons.observe(
        lambda change: setattr(said, "value", verdict(question, change["new"])), "value"
    )
    return ipywidgets.VBox([buttons, said])


def verdict(question: dict, letter: str) -> str:
    """Return what is to be said about an answer, as HTML: right or not, and why."""
    option = question["options"][LETTERS.index(letter)]
    return f"<strong>{'Right' if option.get('right') else 'Not quite'}.</strong> {as_html(option['why'])}"


def as_text(number: int, question: dict) -> str:
    """Return a question and its options as plain text, without the answers."""
    options = [
        f"{letter}: {option['text']}"
        for letter, option in zip(LETTERS, question["options"], strict=True)
    ]
    return "\n".join([f"{number}. {question['question']}", *options])


def as_page(number: int, question: dict) -> str:
    """Return a question with its options as HTML, and what is to be said about each folded away under it."""
    heading, *options = (as_html(line) for line in as_text(number, question).splitlines())
    asked = "<br>".join([f"<strong>{heading}</strong>", *options])
    told = "<br>".join(f"{letter}: {verdict(question, letter)}" for letter in LETTERS)
    return f"<p>{asked}</p><details><summary>Answers to question {number}</summary><p>{told}</p></details>"
