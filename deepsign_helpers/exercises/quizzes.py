"""The quizzes: three questions a chapter, as buttons and as text to unfold on a dead page."""

import tomllib
from pathlib import Path

import ipywidgets
from IPython.display import display

from deepsign_helpers.chapters import chapters
from deepsign_helpers.exercises.tutor import as_html

LETTERS = "ABC"


def quiz(chapter: str) -> None:
    """Show a chapter's three questions: the answers folded away, and buttons that answer at once.

    Parameters
    ----------
    chapter : str
        Number of the chapter, such as "03".

    Raises
    ------
    ValueError
        If there is no such chapter.
    """
    for number, question in enumerate(questions(chapter), start=1):
        text = as_text(number, question)
        page = as_page(number, question)
        display({"text/plain": text, "text/html": page}, raw=True)
        display(as_buttons(question))


def questions(chapter: str) -> list[dict]:
    """Return a chapter's questions, as its file lists them.

    Parameters
    ----------
    chapter : str
        Number of the chapter, such as "03".

    Returns
    -------
    list of dict
        Each with its `question` and its `options`; an option has a `text`, a `why`, and, if it is
        the right one, `right`.

    Raises
    ------
    ValueError
        If there is no such chapter.

    Examples
    --------
    >>> len(questions("06"))
    3
    """
    known = [one.number for one in chapters()]
    if chapter not in known:
        raise ValueError(f"quiz {chapter!r}: there is none; there are {', '.join(known)}.")
    path = Path(__file__).with_name(f"chapter_{chapter}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))["questions"]


def as_buttons(question: dict) -> ipywidgets.VBox:
    """Return a button for each option of a question; a press says whether it is right, and why."""
    answer = ipywidgets.HTML()
    buttons = ipywidgets.ToggleButtons(options=[*LETTERS], value=None, description="Your answer")
    buttons.style.button_width = "3em"

    def react(change: dict) -> None:
        answer.value = verdict(question, change["new"])

    buttons.observe(react, "value")
    return ipywidgets.VBox([buttons, answer])


def verdict(question: dict, letter: str) -> str:
    """Return what is to be said about an answer, as HTML: right or not, and why."""
    option = question["options"][LETTERS.index(letter)]
    word = "Right" if option.get("right") else "Not quite"
    return f"<strong>{word}.</strong> {as_html(option['why'])}"


def as_text(number: int, question: dict) -> str:
    """Return a question and its options as plain text, without the answers."""
    lines = [f"{number}. {question['question']}"]
    for letter, option in zip(LETTERS, question["options"], strict=True):
        lines.append(f"{letter}: {option['text']}")
    return "\n".join(lines)


def as_page(number: int, question: dict) -> str:
    """Return a question with its options as HTML, and the verdicts on them folded away under it."""
    heading, *options = as_text(number, question).splitlines()
    asked = [f"<strong>{as_html(heading)}</strong>"]
    asked += [as_html(option) for option in options]
    verdicts = [f"{letter}: {verdict(question, letter)}" for letter in LETTERS]
    return (
        f"<p>{'<br>'.join(asked)}</p>"
        f"<details><summary>Answers to question {number}</summary>"
        f"<p>{'<br>'.join(verdicts)}</p></details>"
    )
