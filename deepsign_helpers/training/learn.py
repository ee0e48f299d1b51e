"""From a corpus table to a verifier in a folder, with the scores that say what it is worth."""

from pathlib import Path

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, files, pairing, preprocessing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.fit import fit, require_trainable
from deepsign_helpers.training.history import History
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.verifier import Verifier


def learn(
    table: pd.DataFrame, folder: str | Path, settings: Settings = CLASSROOM, seed: int = 0
) -> tuple[History, pd.DataFrame]:
    """Train a verifier on a corpus, and score every writer that it was not trained on.

    The folder holds the verifier in the end, and `scores.csv`; until then, the best weights so far.
    A training that was interrupted goes on where it stood when the same call is made again.

    Parameters
    ----------
    table : DataFrame
        Corpus table, as `corpora.load` returns it. Without a column `split` its writers are split
        here; with one, "train" is trained on, "validation" chooses the weights and sets the
        threshold, "test" is reported, and any other split is scored too. Validation writers from
        elsewhere than the training writers choose what carries over.
    folder : path
        Made if absent.
    settings : Settings
        `CLASSROOM`, `STUDY`, or your own.
    seed : int
        Of the split, the first weights and the batches.

    Returns
    -------
    history, scores
        As from `fit` and `evaluation.score_by_protocols`.

    Raises
    ------
    ValueError, OSError
        As `fit`, `evaluation.evaluate` and `Verifier.save` raise them; for writers that
        are trained on and judged too. What the table can't give is refused before training.
    preprocessing.ImageError
        If an image cannot be used.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if "split" not in table:
        table = pairing.split_writers(table, validation=0.15, test=0.15, seed=seed)
    trained_on = table["split"] == "train"
    train = table[trained_on].reset_index(drop=True)
    judged = table[~trained_on].reset_index(drop=True)
    require_judgeable(train, judged, settings)
    images = preprocessing.prepare_all(train, settings.size, dtype=np.float16)
    others = preprocessing.prepare_all(judged, settings.size)
    choosing = (judged["split"] == "validation").to_numpy()
    validation = others[choosing], judged[choosing].reset_index(drop=True)
    runtime.seed_everything(seed)
    encoder = settings.encoder((*settings.size, 1))
    history = fit(
        encoder,
        images,
        train,
        validation,
        settings,
        seed,
        checkpoint=folder / "best.keras",
        state=folder / "state.npz",
    )
    scores = evaluation.score_by_protocols(embed(encoder, others), judged, "trained encoder")
    Verifier.from_scores(encoder, settings.size, evaluation.reported(scores)).save(folder)
    with files.replace_atomically(folder / "scores.csv") as temporary:
        scores.round({"score": 4}).to_csv(temporary, index=False, lineterminator="\n")
    (folder / "best.keras").unlink()
    return history, scores


def require_judgeable(train: pd.DataFrame, judged: pd.DataFrame, settings: Settings) -> None:
    """Say in one sentence what would keep a table from being trained on and judged."""
    require_trainable(train, train, (judged, judged), settings, 1)
    nobody = np.ones((len(judged), 1))  # vectors that are all alike can be scored, and cost nothing
    scores = evaluation.score_by_protocols(nobody, judged, "nobody")
    if evaluation.evaluate(evaluation.reported(scores)).threshold is None:
        raise ValueError(
            'table: needs writers in each of the splits "train", "validation" and "test"; '
            "give it some."
        )
