"""The game of chapter 00: twenty signatures, which are forged? The answers are kept for chapter 06."""

from collections.abc import Mapping

import ipywidgets
import numpy as np
import pandas as pd
from IPython.display import display

from deepsign_helpers import files, runtime

WRITERS, REFERENCES, QUESTIONED = 5, 4, 4  # questioned signatures of each writer
LETTERS = {"g": "genuine", "f": "forged"}
# Kam et al. (2001), https://doi.org/10.1520/JFS15062J: genuine signatures declared forged, forgeries declared genuine.
PUBLISHED = pd.DataFrame(
    {"FAR": [0.065, 0.005], "FRR": [0.26, 0.07]},
    index=["laypersons (Kam 2001)", "examiners (Kam 2001)"],
)


def deal(corpus: pd.DataFrame, seed: int = 13) -> pd.DataFrame:
    """Lay out the board: five writers, each with four references and four questioned signatures.

    Ten of the twenty are genuine, ten are skilled forgeries; how many of each writer's are forged is drawn by lot.

    Parameters
    ----------
    corpus : DataFrame
        A corpus table, as `corpora.load` returns it; five writers need eight genuine signatures and four forgeries.
    seed : int
        The same board in every chapter, unless another is asked for.

    Returns
    -------
    DataFrame with the corpus's columns, a row an image, writer by writer; `number` is 1 to 20, or 0 for a reference,
    and `title` says it in words.

    Raises
    ------
    ValueError
        If fewer than five writers have enough signatures.
    """
    rng = np.random.default_rng(seed)
    corpus = corpus.reset_index(drop=True)
    able = corpus[(corpus["kind"] == "genuine") | (corpus["forgery"] == "skilled")]
    counts = (
        able.groupby(["writer", "kind"])
        .size()
        .unstack(fill_value=0)
        .reindex(columns=["genuine", "forged"])
    )
    enough = counts.index[
        (counts["genuine"] >= REFERENCES + QUESTIONED) & (counts["forged"] >= QUESTIONED)
    ]
    if len(enough) < WRITERS:
        raise ValueError(
            f"corpus: {len(enough)} writers have 8 genuine signatures and 4 skilled forgeries; 5 must."
        )
    half = WRITERS * QUESTIONED // 2
    kinds = rng.permutation(["genuine"] * half + ["forged"] * half).reshape(WRITERS, QUESTIONED)
    rows = []
    for writer, asked in zip(rng.choice(enough, WRITERS, replace=False), kinds, strict=True):
        lots = {
            kind: rng.permutation(part.index)
            for kind, part in able[able["writer"] == writer].groupby("kind")
        }
        rows += [*lots["genuine"][:REFERENCES]]
        left = {"genuine": iter(lots["genuine"][REFERENCES:]), "forged": iter(lots["forged"])}
        rows += [next(left[kind]) for kind in asked]
    board = corpus.loc[rows].reset_index(drop=True)
    questioned = np.arange(len(board)) % (REFERENCES + QUESTIONED) >= REFERENCES
    board["number"] = np.where(questioned, np.cumsum(questioned), 0)
    return board.assign(title=np.where(questioned, board["number"].astype(str), "reference"))


def play(board: pd.DataFrame, answers: str = "") -> dict[int, str]:
    """Show a row of buttons for each questioned signature; return the answers, which follow the buttons.

    Parameters
    ----------
    board : DataFrame
        As `deal` returns it.
    answers : str
        "g" for genuine, "f" for forged, in the order of the numbers, anything else for no answer: for a page without
        buttons, and to begin with.

    Returns
    -------
    dict
        "genuine" or "forged" for the number of each signature that has been answered, "" for an answer taken back.
    """
    given = {
        number: LETTERS[letter] for number, letter in enumerate(answers, 1) if letter in LETTERS
    }
    rows = []
    for number in board.loc[board["number"] > 0, "number"]:
        options = [("?", ""), *((kind, kind) for kind in LETTERS.values())]
        buttons = ipywidgets.ToggleButtons(
            options=options, value=given.get(number, ""), description=str(number)
        )
        buttons.style.button_width = "5em"
        buttons.observe(
            lambda change, number=number: given.update({number: change["new"]}), "value"
        )
        rows.append(buttons)
    display(ipywidgets.GridBox(rows, layout={"grid_template_columns": "repeat(2, max-content)"}))
    return given


def judge(board: pd.DataFrame, answers: Mapping[int, str]) -> dict[str, float]:
    """Count a player's two kinds of error; keep the answers in `build/game.csv`, if there are any.

    Returns
    -------
    dict
        How many were `answered`; of the answered, how many are `forged` and `accepted` all the same, or `genuine` and
        `rejected`; and the rates `FAR` and `FRR`, NaN where nothing was answered.
    """
    asked = board[board["number"] > 0]
    asked = asked.assign(answer=asked["number"].map(answers).fillna(""))
    asked["questioned"] = asked["writer"] + "/" + asked["kind"] + "/" + asked["sample"]
    given = asked[asked["answer"] != ""]
    if len(given):
        with files.replace_atomically(runtime.build_folder() / "game.csv") as temporary:
            given[["number", "questioned", "kind", "answer"]].to_csv(
                temporary, index=False, lineterminator="\n"
            )
    counts = {kind: int((given["kind"] == kind).sum()) for kind in LETTERS.values()}
    wrong = {
        kind: int(((given["kind"] == kind) & (given["answer"] != kind)).sum())
        for kind in LETTERS.values()
    }
    rates = {
        kind: wrong[kind] / counts[kind] if counts[kind] else np.nan for kind in LETTERS.values()
    }
    told = {"answered": len(given), "accepted": wrong["forged"], "rejected": wrong["genuine"]}
    return counts | told | {"FAR": rates["forged"], "FRR": rates["genuine"]}
