"""From a corpus table to a verifier in a folder, with the scores that say what it is worth."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, pairing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.batches import prepare_all
from deepsign_helpers.training.fit import check, fit
from deepsign_helpers.training.history import History
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.training.verifier import save_verifier


def learn(
    table: pd.DataFrame, folder: str | Path, settings: Settings = CLASSROOM, seed: int = 0
) -> tuple[History, pd.DataFrame]:
    """Train a verifier on a corpus, generated or licensed, and score every writer that it was not trained on.

    The folder holds the verifier in the end, and `scores.csv`; until then, the best weights so far. A training that was
    interrupted goes on where it stood when the same call is made again.

    Parameters
    ----------
    table : corpus table, as `corpora.load` returns it. Without a column `split` its writers are split here; with one,
        "train" is trained on, "validation" chooses the weights and sets the threshold, "test" is reported, and any
        other split is scored too. Validation writers from elsewhere than the training writers choose what carries over.
    folder : made if absent
    settings : `CLASSROOM`, `STUDY`, or your own
    seed : of the split, the first weights and the batches

    Returns
    -------
    history, scores : as from `fit` and `score`

    Raises
    ------
    ValueError, OSError
        As `fit`, `score`, `evaluation.evaluate` and `save_verifier` raise them; for writers that are trained on and
        judged too. What the table can't give is refused before training.
    preprocessing.ImageError
        If an image cannot be used.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if "split" not in table:
        table = pairing.split_writers(table, validation=0.15, test=0.15, seed=seed)
    trained_on = table["split"] == "train"
    train, judged = (table[rows].reset_index(drop=True) for rows in (trained_on, ~trained_on))
    check(train, train, (judged, judged), settings, 1)
    if evaluation.evaluate(reported(score(np.ones((len(judged), 1)), judged, "nobody"))).threshold is None:
        raise ValueError('table: needs writers in each of the splits "train", "validation" and "test"; give it some.')
    images = prepare_all(train, settings.size, dtype=np.float16)
    others = prepare_all(judged, settings.size)
    choosing = (judged["split"] == "validation").to_numpy()
    validation = others[choosing], judged[choosing].reset_index(drop=True)
    runtime.seed_everything(seed)
    encoder = settings.encoder((*settings.size, 1))
    history = fit(encoder, images, train, validation, settings, seed, folder / "best.keras", folder / "state.npz")
    scores = score(embed(encoder, others), judged, "trained encoder")
    report = evaluation.evaluate(reported(scores))
    save_verifier(folder, encoder, report.threshold, settings.size, asdict(report.protocol))
    with runtime.replace_atomically(folder / "scores.csv") as temporary:
        scores.round({"score": 4}).to_csv(temporary, index=False, lineterminator="\n")
    (folder / "best.keras").unlink()
    return history, scores


def reported(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores that a report is on: several references, validation and test writers."""
    return scores[(scores["references"] > 1) & scores["split"].isin(["validation", "test"])]


def score(vectors: np.ndarray, table: pd.DataFrame, model: str, seed: int = 0) -> pd.DataFrame:
    """Return the scores of one model under the course's two protocols: five references a writer, and one.

    Parameters
    ----------
    vectors : float (n, d), unit length, a row for each row of `table`
    table : corpus table
    model : name of what made the vectors
    """
    protocols = ((5, "partial"), (1, "min"))
    scores = [evaluation.score_table(vectors, table, *protocol, seed, impostors=6) for protocol in protocols]
    return pd.concat(scores, ignore_index=True).assign(model=model)
