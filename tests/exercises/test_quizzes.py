"""The quizzes: three questions a chapter, one right option each, and a word on every option."""

import pytest

from deepsign_helpers.chapters import chapters
from deepsign_helpers.exercises import quizzes

CHAPTERS = [chapter.number for chapter in chapters()]
QUESTIONS = [(chapter, number) for chapter in CHAPTERS for number in range(3)]


def test_a_chapter_has_three_questions():
    for chapter in CHAPTERS:
        assert len(quizzes.questions(chapter)) == 3


def test_a_question_has_one_right_option_and_says_why_each_wrong_one_tempts():
    for chapter, number in QUESTIONS:
        question = quizzes.questions(chapter)[number]
        options = question["options"]
        assert question["question"].endswith("?"), (chapter, number)
        assert [option.get("right", False) for option in options].count(True) == 1
        assert len(options) == 3
        assert len({option["text"] for option in options}) == 3
        for option in options:
            assert option.get("right") or option["why"].startswith("It tempts because ")


def test_the_right_options_stand_in_every_place():
    options = [quizzes.questions(chapter)[number]["options"] for chapter, number in QUESTIONS]
    places = [[option.get("right", False) for option in one].index(True) for one in options]
    assert min(places.count(place) for place in range(3)) >= len(QUESTIONS) / 4


def test_a_press_says_at_once_whether_it_is_right_and_why():
    question = quizzes.questions("03")[0]
    buttons, said = quizzes.as_buttons(question).children
    assert said.value == ""
    for letter, option in zip("ABC", question["options"], strict=True):
        buttons.value = letter
        assert option["why"][:20] in said.value
        assert ("Right." in said.value) == option.get("right", False)


def test_a_page_without_a_kernel_has_the_question_the_options_and_the_answers_folded_away():
    question = quizzes.questions("00")[0]
    page, text = quizzes.as_page(1, question), quizzes.as_text(1, question)
    asked, told = page.split("<details>")
    assert text.splitlines()[0] == f"1. {question['question']}"
    for option in question["options"]:
        assert option["text"] in text
        assert option["why"] not in text
        assert option["text"].replace("'", "&#x27;") in asked
        assert option["why"].replace("'", "&#x27;").replace('"', "&quot;") in told
    assert told.endswith("</details>")


def test_what_looks_like_a_tag_is_shown_as_it_is():
    option = {"text": "a < b", "why": "since <b>", "right": True}
    question = {"question": "Is a < b?", "options": [option] * 3}
    assert "a &lt; b" in quizzes.as_page(1, question)
    assert "since &lt;b&gt;" in quizzes.verdict(question, "A")


def test_an_unknown_chapter_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="quiz '17': there is none; there are 00, 01, 02"):
        quizzes.quiz("17")
