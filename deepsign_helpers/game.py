"""The game of chapter 00: twenty signatures, which are forged? Chapter 06 reads the answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import pandas as pd
from IPython.display import display

from deepsign_helpers import files, runtime, tables

if TYPE_CHECKING:  # what is only named: a board is dealt without TensorFlow
    from deepsign_helpers.verifier import Verifier

WRITERS = 5  # on the board
REFERENCES = 4  # genuine signatures of each writer, known to be so
QUESTIONED = 4  # signatures of each writer to be judged
KINDS = {"g": "genuine", "f": "forged"}  # by the letter that stands for each in a string of answers

# Kam et al. (2001), https://doi.org/10.1520/JFS15062J: forgeries declared genuine (FAR) and genuine
# signatures declared forged (FRR).
PUBLISHED = pd.DataFrame(
    {"FAR": [0.065, 0.005], "FRR": [0.26, 0.07]},
    index=["laypersons (Kam 2001)", "examiners (Kam 2001)"],
)


def deal(corpus: pd.DataFrame, seed: int = 13) -> pd.DataFrame:
    """Lay out the board: five writers, each with four references and four questioned signatures.

    Ten of the twenty are genuine, ten are skilled forgeries; how many of each writer's are forged
    is drawn by lot.

    Parameters
    ----------
    corpus : DataFrame
        Corpus table, as `corpora.load` returns it; five writers need eight genuine signatures and
        four skilled forgeries.
    seed : int
        The same board in every chapter, unless another is asked for.

    Returns
    -------
    DataFrame
        The rows of the signatures on the board, writer by writer, with two more columns: `number`
        is 1 to 20, or 0 for a reference, and `title` says it in words.

    Raises
    ------
    ValueError
        If fewer than five writers have enough signatures.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> board = deal(corpora.load(runtime.data_folder()))
    >>> board["title"].head(6).tolist()
    ['reference', 'reference', 'reference', 'reference', '1', '2']
    """
    rng = np.random.default_rng(seed)
    corpus = corpus.reset_index(drop=True)
    usable = corpus[(corpus["kind"] == "genuine") | (corpus["forgery"] == "skilled")]
    able_writers = writers_with_enough(usable)

    half = WRITERS * QUESTIONED // 2
    kinds = rng.permutation(["genuine"] * half + ["forged"] * half)
    kinds = kinds.reshape(WRITERS, QUESTIONED)
    writers = rng.choice(able_writers, WRITERS, replace=False)

    rows = []
    for writer, kinds_of_writer in zip(writers, kinds, strict=True):
        signatures = usable[usable["writer"] == writer]
        rows += draw_signatures(signatures, kinds_of_writer, rng)
    board = corpus.loc[rows].reset_index(drop=True)

    place_of_writer = np.arange(len(board)) % (REFERENCES + QUESTIONED)
    is_questioned = place_of_writer >= REFERENCES
    board["number"] = np.where(is_questioned, np.cumsum(is_questioned), 0)
    board["title"] = np.where(is_questioned, board["number"].astype(str), "reference")
    return board


def writers_with_enough(signatures: pd.DataFrame) -> pd.Index:
    """Return the writers who have enough signatures for the board; refuse if there are too few."""
    counts = pd.crosstab(signatures["writer"], signatures["kind"])
    counts = counts.reindex(columns=["genuine", "forged"], fill_value=0)
    enough_genuine = counts["genuine"] >= REFERENCES + QUESTIONED
    enough_forged = counts["forged"] >= QUESTIONED
    writers = counts.index[enough_genuine & enough_forged]
    if len(writers) < WRITERS:
        raise ValueError(
            f"corpus: {len(writers)} writers have {REFERENCES + QUESTIONED} genuine signatures "
            f"and {QUESTIONED} skilled forgeries; {WRITERS} must."
        )
    return writers


def draw_signatures(
    signatures: pd.DataFrame, kinds: np.ndarray, rng: np.random.Generator
) -> list[int]:
    """Draw references of one writer, and after them a questioned signature of each kind asked for.

    Returns
    -------
    list of int
        Where the signatures stand in the index of the table; none comes twice.
    """
    # Forgeries first: which board a seed deals depends on the order of the draws.
    forged = list(rng.permutation(signatures.index[signatures["kind"] == "forged"]))
    genuine = list(rng.permutation(signatures.index[signatures["kind"] == "genuine"]))
    rows = genuine[:REFERENCES]
    left = {"genuine": genuine[REFERENCES:], "forged": forged}
    for kind in kinds:
        rows.append(left[kind].pop(0))
    return rows


def play(board: pd.DataFrame, answers: str = "") -> dict[int, str]:
    """Show a row of buttons for each questioned signature.

    Parameters
    ----------
    board : DataFrame
        As `deal` returns it.
    answers : str
        "g" for genuine, "f" for forged, in the order of the numbers, anything else for no answer:
        to begin with, and for a page without buttons.

    Returns
    -------
    dict
        The answers, which follow the buttons: "genuine" or "forged" for the number of each
        signature that has been answered, "" for an answer taken back.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> board = deal(corpora.load(runtime.data_folder()))
    >>> answers = play(board, "gf")  # doctest: +ELLIPSIS
    GridBox(...)
    >>> answers
    {1: 'genuine', 2: 'forged'}
    """
    given = {}
    for number, letter in enumerate(answers, start=1):
        if letter in KINDS:
            given[number] = KINDS[letter]

    numbers = board.loc[board["number"] > 0, "number"]
    rows = [buttons_of(number, given) for number in numbers]
    display(ipywidgets.GridBox(rows, layout={"grid_template_columns": "repeat(2, max-content)"}))
    return given


def buttons_of(number: int, given: dict[int, str]) -> ipywidgets.ToggleButtons:
    """Return the buttons of one questioned signature; a press puts its answer among those given."""
    buttons = ipywidgets.ToggleButtons(
        options=[("?", ""), ("genuine", "genuine"), ("forged", "forged")],
        value=given.get(number, ""),
        description=str(number),
    )
    buttons.style.button_width = "5em"

    def remember(change):
        given[number] = change["new"]

    buttons.observe(remember, "value")
    return buttons


def judge(board: pd.DataFrame, answers: Mapping[int, str]) -> dict[str, float]:
    """Count a player's two kinds of error; keep the answers in `build/game.csv`, if there are any.

    Parameters
    ----------
    board : DataFrame
        As `deal` returns it.
    answers : dict
        As `play` returns them.

    Returns
    -------
    dict
        How many were `answered`; of these, how many are `forged` and `accepted` all the same, or
        `genuine` and `rejected`; and the rates `FAR` and `FRR`, NaN where nothing was answered.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> board = deal(corpora.load(runtime.data_folder()))
    >>> judge(board, answers={})["answered"]
    0
    """
    questioned = board[board["number"] > 0].copy()
    questioned["answer"] = questioned["number"].map(answers).fillna("")
    questioned["questioned"] = tables.signature_names(questioned)
    answered = questioned[questioned["answer"] != ""]
    if len(answered):
        keep(answered)

    is_forged = answered["kind"] == "forged"
    called_genuine = answered["answer"] == "genuine"
    forged = int(is_forged.sum())
    genuine = int((~is_forged).sum())
    accepted = int((is_forged & called_genuine).sum())
    rejected = int((~is_forged & ~called_genuine).sum())
    return {
        "answered": len(answered),
        "forged": forged,
        "accepted": accepted,
        "genuine": genuine,
        "rejected": rejected,
        "FAR": accepted / forged if forged else np.nan,
        "FRR": rejected / genuine if genuine else np.nan,
    }


def answers_of(verifier: "Verifier", board: pd.DataFrame) -> pd.DataFrame:
    """Let a verifier judge the questioned signatures of a board, by the references beside them.

    Parameters
    ----------
    verifier : Verifier
        As `deepsign_helpers.verifier.Verifier.load` returns it.
    board : DataFrame
        As `deal` returns it.

    Returns
    -------
    DataFrame
        A row for each questioned signature, by number: those of the board, with `kind` as in score
        tables ("genuine" or the kind of forgery), `questioned` (its name), `references` (how many),
        `fusion` and `score`.
    """
    rows = []
    for _, of_writer in board.groupby("writer"):
        references = of_writer.loc[of_writer["number"] == 0, "path"].tolist()
        enrolled = verifier.enrol(references)
        questioned = of_writer[of_writer["number"] > 0]
        scores = [verifier.verify(enrolled, path).score for path in questioned["path"]]
        rows.append(questioned.assign(references=len(references), score=np.round(scores, 4)))
    answered = pd.concat(rows).sort_values("number")
    answered["questioned"] = tables.signature_names(answered)
    answered["kind"] = answered["forgery"].replace("", "genuine")
    return answered.assign(fusion=verifier.protocol["fusion"])


def keep(answered: pd.DataFrame) -> None:
    """Write the answers where chapter 07 looks for them, in place of those of an earlier game."""
    kept = answered[["number", "questioned", "kind", "answer"]]
    with files.replace_atomically(runtime.build_folder() / "game.csv") as temporary:
        kept.to_csv(temporary, index=False, lineterminator="\n")
