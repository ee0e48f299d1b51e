"""From a corpus to a verifier that is judged: `learn`; and `cross_validate`, fold by fold."""

from collections.abc import Callable, Mapping
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, files, pairing, preprocessing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.tables import require_whole
from deepsign_helpers.training.batches import Corpus, require_row_for_each
from deepsign_helpers.training.fitting import History, require_trainable, train
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.training.watching import validation_scores
from deepsign_helpers.verifier import Verifier
from deepsign_helpers.verifier.folder import require_ours

Builder = Callable[[], keras.Model]


def learn(
    table: pd.DataFrame, folder: str | Path, settings: Settings = CLASSROOM, seed: int = 0
) -> tuple[Verifier, History]:
    """Train a verifier on a corpus, and score every writer that it was not trained on.

    The folder holds the verifier in the end, and `scores.csv`. A training that was interrupted goes
    on where it stood when the same call is made again. Derived in chapter 05, *Keep the verifier*.

    Parameters
    ----------
    table : DataFrame
        Corpus table, generated or licensed, as `corpora.load` returns it. Without a column `split`
        its writers are split here; with one, "train" is trained on, "validation" chooses the
        weights and sets the threshold, "test" is reported, and any other split is scored too.
        Validation writers from elsewhere than the training writers choose what carries over.
    folder : path
        Made if absent.
    settings : Settings
        `CLASSROOM`, `STUDY`, or your own.
    seed : int, at least 0
        Of the split, the first weights and the batches.

    Returns
    -------
    verifier : Verifier
        As it stands in the folder.
    history : History
        What its training went through.

    Raises
    ------
    ValueError
        If the table cannot be trained on and judged, or the folder holds somebody else's files
        under the names that will be replaced: it is said before training.
    preprocessing.ImageError
        If an image cannot be used.
    OSError
        If the folder cannot be written to.

    See Also
    --------
    train : trains an encoder on images that are prepared already.
    """
    require_ours(Path(folder), "scores.csv")
    require_whole(table)
    require_files(table)
    if "split" not in table:
        table = pairing.split_writers(table, validation=0.15, test=0.15, seed=seed)
    is_trained_on = table["split"] == "train"
    train_table = table[is_trained_on].reset_index(drop=True)
    judged_table = table[~is_trained_on].reset_index(drop=True)
    require_judgeable(train_table, judged_table, settings)

    # float16 takes half the memory, and the training writers are many.
    train_images = preprocessing.prepare_all(train_table, settings.size, dtype=np.float16)
    judged_images = preprocessing.prepare_all(judged_table, settings.size)
    is_validation = judged_table["split"] == "validation"
    validation_table = judged_table[is_validation].reset_index(drop=True)
    validation = (judged_images[is_validation.to_numpy()], validation_table)

    runtime.seed_everything(seed)
    encoder = untrained_encoder(settings)
    history = train(encoder, (train_images, train_table), validation, settings, seed, folder)
    encoder = in_float32(encoder, settings)

    embeddings = embed(encoder, judged_images)
    scores = evaluation.score_by_protocols(embeddings, judged_table, "trained encoder")
    verifier = Verifier.from_scores(encoder, settings.size, evaluation.reported(scores))
    verifier.save(folder)
    with files.replace_atomically(Path(folder) / "scores.csv") as temporary:
        scores.round({"score": 4}).to_csv(temporary, index=False, lineterminator="\n")
    return verifier, history


def cross_validate(
    build: Builder,
    images: np.ndarray,
    table: pd.DataFrame,
    settings: Settings = CLASSROOM,
    n_splits: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Train a fresh encoder for each fold of writers; judge it on the fold that it has not seen.

    The judged writers play no part in the training: no early stopping, the last weights count.
    Folds are trained in as many processes, or on as many machines, as `joblib.parallel_config`
    says. Derived in chapter 05, *Folds: would other writers have said the same?*.

    Parameters
    ----------
    build : callable
        Makes an untrained encoder.
    images : float array, shape (n, height, width, 1)
        Prepared.
    table : DataFrame
        Corpus table, a row an image.
    settings : Settings
        How to train.
    n_splits : int, at least 2
        Number of folds, as for `pairing.writer_folds`.
    seed : int, at least 0
        Of the folds, and of the batches of each.

    Returns
    -------
    DataFrame
        A row a fold: fold, writers (judged), the equal error rate, in [0, 1], for each kind of
        forgery there is ("skilled", "random" …), and seconds.

    Raises
    ------
    ValueError
        For fewer writers than folds, a writer that cannot be scored, or a signature that stands in
        the table twice: it is said before training.
    """
    require_row_for_each(images, table, "table")
    preprocessing.require_prepared(images)
    require_whole(table)
    nobody = np.ones((len(table), 1))
    evaluation.score_table(nobody, table, references=1)  # refuses what could not be scored
    trainings = []
    writers = []
    for fold, (train_rows, judged_rows) in enumerate(pairing.writer_folds(table, n_splits, seed)):
        trained_on = (images[train_rows], table.iloc[train_rows])
        judged_table = table.iloc[judged_rows]
        places = {"": (images[judged_rows], judged_table)}
        one_training = joblib.delayed(train_and_judge)
        trainings.append(one_training(build, trained_on, places, settings, seed + fold))
        writers.append(judged_table["writer"].nunique())
    results = pd.DataFrame(joblib.Parallel()(trainings))
    results.insert(0, "fold", np.arange(len(results)))
    results.insert(1, "writers", writers)
    return results


def train_and_judge(
    build: Builder,
    corpus: Corpus,
    places: Mapping[str, Corpus],
    settings: Settings = CLASSROOM,
    seed: int = 0,
) -> dict[str, float]:
    """Train a fresh encoder on a corpus and judge it in several places.

    Parameters
    ----------
    build : callable
        Makes an untrained encoder.
    corpus : (images, table)
        What to train on; all steps are made, and the last weights count.
    places : mapping from a name to (images, table)
        Other writers, judged as by `validation_scores`.
    settings : Settings
        How to train.
    seed : int, at least 0
        Of the batches.

    Returns
    -------
    dict
        The equal error rate, in [0, 1], for each kind of forgery in each place ("fax skilled", "fax
        random" …), and the seconds of training.

    Raises
    ------
    ValueError
        For a corpus that cannot be trained on, or places that cannot be scored.
    """
    encoder = build()
    history = train(encoder, corpus, settings=settings, seed=seed)
    found = {}
    for place, (images, table) in places.items():
        scores = validation_scores(encoder, images, table)
        for kind, rate in evaluation.equal_error_rates(scores).items():
            found[f"{place} {kind}".strip()] = rate
    found["seconds"] = history.seconds
    return found


def untrained_encoder(settings: Settings) -> keras.Model:
    """Return an encoder with its first weights, in float16 where mixed precision is asked for."""
    before = keras.config.dtype_policy()
    if settings.mixed_precision:
        keras.config.set_dtype_policy("mixed_float16")
    try:
        return settings.encoder((*settings.size, 1))
    finally:
        keras.config.set_dtype_policy(before)


def in_float32(encoder: keras.Model, settings: Settings) -> keras.Model:
    """Return a trained encoder whose layers compute in float32, as every processor does well."""
    if not settings.mixed_precision:
        return encoder
    plain = settings.encoder((*settings.size, 1))
    plain.set_weights(encoder.get_weights())
    return plain


def require_files(table: pd.DataFrame) -> None:
    """Refuse a corpus table whose images are not all there."""
    missing = [path for path in table["path"] if not Path(path).is_file()]
    if missing:
        cure = "check where the corpus lies."
        raise ValueError(f"table: {missing[0]} is missing ({len(missing)} such files); {cure}")


def require_judgeable(train: pd.DataFrame, judged: pd.DataFrame, settings: Settings) -> None:
    """Refuse tables that cannot be trained on and judged, before their images are prepared."""
    nobody = np.ones((len(judged), 1), np.float32)  # vectors all alike can be scored, at no cost
    require_trainable(train, (nobody, judged), settings)
    scores = evaluation.reported(evaluation.score_by_protocols(nobody, judged, "nobody"))
    if evaluation.evaluate(scores).threshold is None:
        needed = 'needs writers in each of the splits "train", "validation" and "test"'
        raise ValueError(f"table: {needed}; give it some.")
