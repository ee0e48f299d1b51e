"""The game: a fair board, buttons that are heard, and errors counted as by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import game


def corpus(writers=7, genuine=9, skilled=5):
    rows = []
    for number in range(writers):
        writer = f"w{number}"
        rows += [(writer, "genuine", f"{sample:02d}", "") for sample in range(genuine)]
        rows += [(writer, "forged", f"{sample:02d}", "skilled") for sample in range(skilled)]
        rows += [(writer, "forged", f"{sample:02d}", "simple") for sample in range(4)]
    return pd.DataFrame(rows, columns=["writer", "kind", "sample", "forgery"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return where answers are kept: not in the student's own build folder."""
    folder = tmp_path_factory.mktemp("build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(game.runtime, "build_folder", lambda: folder)
        yield folder / "game.csv"


@pytest.fixture
def shown(monkeypatch):
    """Return what was displayed."""
    calls = []
    monkeypatch.setattr(game, "display", calls.append)
    return calls


@given(st.integers(0, 2**32))
def test_a_board_has_five_writers_with_four_references_and_four_questioned_signatures_each(seed):
    board = game.deal(corpus(), seed)
    assert len(board) == 40
    assert board["writer"].nunique() == 5
    assert board["number"].tolist() == [
        number for first in range(1, 21, 4) for number in (0, 0, 0, 0, *range(first, first + 4))
    ]
    assert (board.groupby("writer")["number"].agg(lambda numbers: (numbers == 0).sum()) == 4).all()
    assert not board.duplicated(["writer", "kind", "sample", "forgery"]).any()
    questioned = board[board["number"] > 0]
    assert questioned["kind"].value_counts().to_dict() == {"genuine": 10, "forged": 10}
    assert set(questioned["forgery"]) == {"", "skilled"}
    assert (board.loc[board["number"] == 0, "kind"] == "genuine").all()
    assert (board["title"] == board["number"].astype(str).replace("0", "reference")).all()


def test_the_same_seed_deals_the_same_board_and_another_another():
    boards = [game.deal(corpus(), seed) for seed in (3, 3, 4)]
    assert boards[0].equals(boards[1])
    assert not boards[0].equals(boards[2])


def test_a_board_does_not_depend_on_how_the_corpus_is_indexed():
    shifted = corpus().set_index(np.arange(1000, 1000 + len(corpus())))
    assert game.deal(shifted, 3).equals(game.deal(corpus(), 3))


def test_how_many_of_a_writers_signatures_are_forged_is_not_known_beforehand():
    boards = [game.deal(corpus(), seed) for seed in range(20)]
    forged = [
        count
        for board in boards
        for count in (board["kind"] == "forged").groupby(board["writer"]).sum()
    ]
    assert {1, 2, 3} <= set(forged)


@pytest.mark.parametrize(
    "size", [{"writers": 4}, {"genuine": 7}, {"skilled": 3}, {"skilled": 0}, {"writers": 0}]
)
def test_too_small_a_corpus_is_refused_with_what_is_needed(size):
    message = "[04] writers have 8 genuine signatures and 4 skilled forgeries; 5 must"
    with pytest.raises(ValueError, match=message):
        game.deal(corpus(**size))


def test_letters_answer_in_the_order_of_the_numbers_and_the_buttons_show_them(shown):
    given_answers = game.play(game.deal(corpus()), "gf?g")
    assert given_answers == {1: "genuine", 2: "forged", 4: "genuine"}
    buttons = shown[0].children
    assert [button.description for button in buttons] == [str(number) for number in range(1, 21)]
    assert [button.value for button in buttons[:5]] == ["genuine", "forged", "", "genuine", ""]
    assert [value for _, value in buttons[0].options] == ["", "genuine", "forged"]


def test_answers_follow_the_buttons(shown):
    answers = game.play(game.deal(corpus()), "g")
    buttons = shown[0].children
    buttons[6].value = "forged"
    buttons[0].value = "forged"
    assert answers == {1: "forged", 7: "forged"}
    buttons[6].value = "genuine"
    assert answers[7] == "genuine"


def test_an_answer_that_is_taken_back_does_not_count(shown, kept):
    board = game.deal(corpus())
    answers = game.play(board, "gg")
    shown[0].children[0].value = ""
    assert game.judge(board, answers)["answered"] == 1


@given(st.text("gf?", max_size=20), st.integers(0, 50))
def test_errors_agree_with_counting_by_hand(kept, letters, seed):
    board = game.deal(corpus(), seed)
    truth = board.loc[board["number"] > 0, "kind"].tolist()
    answers = {
        number: {"g": "genuine", "f": "forged"}[letter]
        for number, letter in enumerate(letters, 1)
        if letter != "?"
    }
    pairs = [(truth[number - 1], answer) for number, answer in answers.items()]
    forged = sum(kind == "forged" for kind, _ in pairs)
    genuine = sum(kind == "genuine" for kind, _ in pairs)
    accepted = pairs.count(("forged", "genuine"))
    rejected = pairs.count(("genuine", "forged"))
    judged = game.judge(board, answers)
    counts = {"forged": forged, "genuine": genuine, "accepted": accepted, "rejected": rejected}
    assert {name: judged[name] for name in counts} == counts
    assert judged["answered"] == len(pairs)
    for rate, wrong, count in (("FAR", accepted, forged), ("FRR", rejected, genuine)):
        assert judged[rate] == pytest.approx(wrong / count) if count else math.isnan(judged[rate])


def test_without_answers_there_is_no_rate_and_nothing_is_kept(kept):
    kept.unlink(missing_ok=True)
    judged = game.judge(game.deal(corpus()), {})
    assert judged["answered"] == 0
    assert math.isnan(judged["FAR"])
    assert math.isnan(judged["FRR"])
    assert not kept.exists()


def test_answers_are_kept_and_the_next_game_replaces_them_whole(kept):
    kept.unlink(missing_ok=True)
    board = game.deal(corpus())
    game.judge(board, dict.fromkeys(range(1, 21), "genuine"))
    game.judge(board, {2: "forged", 5: "genuine"})
    table = pd.read_csv(kept, keep_default_na=False)
    asked = board[board["number"].isin([2, 5])]
    assert list(table.columns) == ["number", "questioned", "kind", "answer"]
    assert table["number"].tolist() == [2, 5]
    assert table["answer"].tolist() == ["forged", "genuine"]
    assert table["kind"].tolist() == asked["kind"].tolist()
    names = [f"{row.writer}/{row.kind}/{row.sample}" for row in asked.itertuples()]
    assert table["questioned"].tolist() == names
    assert list(kept.parent.iterdir()) == [kept]
    game.judge(board, {})
    assert len(pd.read_csv(kept)) == 2


def test_a_skilled_examiner_is_published_to_err_less_than_a_layperson():
    laypersons = game.PUBLISHED.loc["laypersons (Kam 2001)"]
    examiners = game.PUBLISHED.loc["examiners (Kam 2001)"]
    assert (examiners < laypersons).all()
    assert game.PUBLISHED.to_numpy().max() < 1
