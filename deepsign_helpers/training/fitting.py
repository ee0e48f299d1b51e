"""Dataset, learner, callbacks and `fit`, put together once: chapter 05 in one call."""

import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers.encoders import embed
from deepsign_helpers.preprocessing import require_prepared
from deepsign_helpers.tables import identities, require_whole
from deepsign_helpers.training.batches import (
    Corpus,
    as_arrays,
    dataset,
    draw_rows,
    require_row_for_each,
    rows_of_writers,
)
from deepsign_helpers.training.learner import Learner, WarmUpCosine, count, loss_function
from deepsign_helpers.training.resuming import Kept, fingerprint
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.training.watching import (
    RATE,
    Health,
    RefuseNaN,
    Stopping,
    TimeLimit,
    ValidationEER,
    check_health,
)

WRITERS_LOOKED_AT = 100  # where the health check has no validation writers to look at


@dataclass(frozen=True)
class History:
    """What a training went through.

    Attributes
    ----------
    epochs : DataFrame
        A row an epoch: epoch (from 0), loss (mean over its batches) and, with validation writers,
        validation_eer, in [0, 1].
    best_epoch : int
        The epoch whose weights the encoder has now.
    steps : int
        How many were taken; in mixed precision, without those whose gradient overflowed.
    seconds : float
        How long that took, validation included.
    health : Health
        Of the validation writers' embeddings in the end; without validation, of those of the first
        hundred training writers.
    notes : tuple of str
        Sentences on what was not done as asked, and why.
    """

    epochs: pd.DataFrame
    best_epoch: int
    steps: int
    seconds: float
    health: Health
    notes: tuple[str, ...]


def train(
    encoder: keras.Model,
    source: str | Path | Corpus,
    validation: Corpus | None = None,
    settings: Settings = CLASSROOM,
    seed: int = 0,
    folder: str | Path | None = None,
) -> History:
    """Train an encoder in place, with everything that chapter 05 has shown.

    With validation writers, training stops when their equal error rate has not fallen for a while,
    and the encoder ends with the weights that had the lowest. Without, it goes through all steps
    and keeps the last weights. Several devices share each batch where encoder and training stand in
    the scope of a `tf.distribute.MirroredStrategy`. Derived in chapter 05, *Watching a training*.

    Parameters
    ----------
    encoder : keras.Model
        From one prepared image to one vector of unit length.
    source : path of records, or (images, table)
        What to train on, as for `dataset`.
    validation : (images, table), optional
        Prepared images of other writers, and their corpus table.
    settings : Settings
        How to train.
    seed : int, at least 0
        Of the draw of batches and of their variation; the encoder's first weights are its own
        affair.
    folder : path, optional
        Where the log, the best weights and a backup are kept: the same call goes on where it was
        interrupted.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For a corpus or settings that cannot be trained with, or a folder that holds the backup of
        another training: it is said before training.
    FloatingPointError
        If the loss is no longer a number.

    See Also
    --------
    learn : goes from a table of images to a verifier.

    References
    ----------
    Loshchilov and Hutter, AdamW (2019), https://doi.org/10.48550/arXiv.1711.05101.

    Examples
    --------
    >>> from deepsign_helpers.encoders import lightweight_encoder
    >>> rows = [(writer, "genuine", sample, writer + sample) for writer in "ab" for sample in "012"]
    >>> table = pd.DataFrame(rows, columns=["writer", "kind", "sample", "path"])
    >>> images = np.random.default_rng(0).random((6, 8, 16, 1), np.float32)
    >>> quick = Settings(epochs=2, steps_per_epoch=1, genuine=2, forged=0, recipe=None)
    >>> history = train(lightweight_encoder((8, 16, 1)), (images, table), settings=quick)
    >>> history.epochs.columns.tolist(), history.steps
    (['epoch', 'loss'], 2)
    """
    images, table = as_arrays(source)
    corpus = (images, table)
    require_trainable(table, validation, settings)

    schedule = WarmUpCosine(settings.learning_rate, settings.steps, settings.warm_up)
    learner = compiled_learner(encoder, schedule, table, settings, seed)
    kept = None
    first_batch = 0
    if folder is not None:
        this_training = fingerprint(encoder, [corpus, validation], settings, seed)
        kept = Kept(Path(folder), this_training)
        first_batch = kept.epochs_done() * settings.steps_per_epoch
    batches = dataset(corpus, settings, seed, start=first_batch)
    watching = callbacks_for(validation, settings, schedule, kept)

    started = time.perf_counter()
    epochs = fit_epochs(learner, batches, settings, watching, kept)
    seconds = time.perf_counter() - started

    steps = count(learner.optimizer.iterations)
    best_epoch = len(epochs) - 1
    if validation is not None:
        best_epoch = int(epochs[RATE].idxmin())
    if kept is not None:
        kept.restore_best(learner)
    judged_images, judged_table = validation or first_writers(images, table)
    return History(
        epochs=epochs,
        best_epoch=best_epoch,
        steps=steps,
        seconds=seconds,
        health=check_health(embed(encoder, judged_images), judged_table, seed),
        notes=notes_on(table, settings, steps, steps_planned=count(schedule.steps)),
    )


def compiled_learner(
    encoder: keras.Model,
    schedule: WarmUpCosine,
    table: pd.DataFrame,
    settings: Settings,
    seed: int,
) -> Learner:
    """Return a learner with the optimizer and the loss of the settings."""
    rows, _ = rows_of_writers(table)
    first_batch = next(draw_rows(rows, settings, seed))  # row numbers
    loss = loss_function(settings, identities(table)[first_batch])
    optimizer = settings.optimizer(schedule, weight_decay=settings.weight_decay)
    learner = Learner(encoder)
    learner.compile(optimizer=optimizer, loss=loss, jit_compile=settings.jit_compile)
    return learner


def callbacks_for(
    validation: Corpus | None, settings: Settings, schedule: WarmUpCosine, kept: Kept | None
) -> list[keras.callbacks.Callback]:
    """Return what watches a training, in the order in which it has to look.

    Whoever writes into the logs comes first, and the backup, which holds all the rest, last.
    """
    watching = [RefuseNaN()]
    if validation is not None:
        earlier = kept.earlier_rates() if kept is not None else []
        images, table = validation
        watching.append(ValidationEER(images, table))
        watching.append(Stopping(settings.patience, earlier, restore_best_weights=kept is None))
    if settings.seconds is not None:
        watching.append(TimeLimit(settings.seconds, schedule))
    if kept is not None:
        watching.extend(kept.callbacks(is_validated=validation is not None))
    return watching


def fit_epochs(
    learner: Learner,
    batches: tf.data.Dataset,
    settings: Settings,
    watching: list[keras.callbacks.Callback],
    kept: Kept | None,
) -> pd.DataFrame:
    """Go through the epochs; return a row for each, those before an interruption included."""
    try:
        log = learner.fit(
            batches,
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
            callbacks=watching,
            shuffle=False,  # the dataset has done that
            verbose=0,
        )
    finally:
        if kept is not None:
            kept.close()
    if kept is not None:
        return kept.log()
    epochs = pd.DataFrame(log.history)
    epochs.insert(0, "epoch", log.epoch)
    return epochs


def first_writers(images: np.ndarray, table: pd.DataFrame) -> Corpus:
    """Return the signatures of the first hundred writers that are trained on."""
    rows, _ = rows_of_writers(table)
    looked_at = []
    for genuine, forged in rows[:WRITERS_LOOKED_AT]:
        looked_at.extend([genuine, forged])
    chosen = np.concatenate(looked_at)  # row numbers
    return images[chosen], table.iloc[chosen].reset_index(drop=True)


def notes_on(
    table: pd.DataFrame, settings: Settings, steps: int, steps_planned: int
) -> tuple[str, ...]:
    """Return a sentence for each thing that was not done as asked."""
    _, notes = rows_of_writers(table)
    if steps_planned < settings.steps:
        asked = f"{settings.steps} steps in {settings.seconds:g} s"
        notes.append(f"This machine was too slow for {asked} and made {steps}.")
    return tuple(notes)


def require_trainable(train: pd.DataFrame, validation: Corpus | None, settings: Settings) -> None:
    """Refuse settings, and images with their tables, that cannot be trained with."""
    if settings.epochs < 1 or settings.steps_per_epoch < 1:
        asked = f"epochs {settings.epochs}, steps_per_epoch {settings.steps_per_epoch}"
        raise ValueError(f"settings: {asked}; give 1 or more.")
    require_whole(train)
    rows_of_writers(train)
    if validation is None:
        return
    images, table = validation
    require_row_for_each(images, table, "validation")
    require_prepared(images, "validation")
    require_whole(table, "validation")
    rows_of_writers(table, "validation")
    shared = set(train["writer"]) & set(table["writer"])
    if shared:
        problem = f"writer {min(shared)} is in training and judged too"
        others = f"like {len(shared) - 1} others"
        cure = "split by writer with pairing.split_writers."
        raise ValueError(f"validation: {problem}, {others}; {cure}")
