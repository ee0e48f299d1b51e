"""From a corpus table to a verifier in a folder, with the scores that say what it is worth."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, pairing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.batches import prepare_all
from deepsign_helpers.training.fit import fit
from deepsign_helpers.training.history import History
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.training.verifier import save_verifier


def learn(
    table: pd.DataFrame, folder: str | Path, settings: Settings = CLASSROOM, seed: int = 0
) -> tuple[History, pd.DataFrame]:
    """Train a verifier on a corpus, generated or licensed, and score every writer that it was not trained on.

    The folder holds the verifier in the end, and `scores.csv`. A training that was interrupted goes on where it stood
    when the same call is made again.

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
        As `fit` and `save_verifier` raise them.
    preprocessing.ImageError
        If an image cannot be used.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if "split" not in table:
        table = pairing.split_writers(table, validation=0.15, test=0.15, seed=seed)
    trained_on = table["split"] == "train"
    train, judged = (table[rows].reset_index(drop=True) for rows in (trained_on, ~trained_on))
    score(np.ones((len(judged), 1)), judged, "nobody")  # what could not be scored is refused before training
    images = prepare_all(train, settings.size, dtype=np.float16)
    others = prepare_all(judged, settings.size)
    choosing = (judged["split"] == "validation").to_numpy()
    validation = others[choosing], judged[choosing].reset_index(drop=True)
    runtime.seed_everything(seed)
    encoder = settings.encoder((*settings.size, 1))
    history = fit(encoder, images, train, validation, settings, seed, state=folder / "state.npz")
    scores = score(embed(encoder, others), judged, "trained encoder")
    report = evaluation.evaluate(scores[(scores["references"] > 1) & scores["split"].isin(["validation", "test"])])
    save_verifier(folder, encoder, report.threshold, settings.size, asdict(report.protocol))
    with runtime.replace_atomically(folder / "scores.csv") as temporary:
        scores.round({"score": 4}).to_csv(temporary, index=False, lineterminator="\n")
    return history, scores


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
