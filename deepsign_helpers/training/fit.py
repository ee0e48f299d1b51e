"""Trains an encoder: batches in, the weights of the best validation out."""

import gc
import math
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers import evaluation, pairing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.batches import batches, draw_rows, identities, rows_of_writers
from deepsign_helpers.training.history import History, check_health
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.training.step import (
    accelerate,
    compile_step,
    learning_rate_at,
    loss_function,
    while_training,
)
from deepsign_helpers.training.watch import TIMED, Corpus, Watch, validation_scores

Builder = Callable[[], keras.Model]


def fit(  # noqa: C901, PLR0913, PLR0915 - Keras's own `fit` is to take its place
    encoder: keras.Model,
    images: np.ndarray,
    table: pd.DataFrame,
    validation: Corpus | None = None,
    settings: Settings = CLASSROOM,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    state: str | Path | None = None,
    strategy: tf.distribute.Strategy | None = None,
) -> History:
    """Train an encoder on a corpus, in place.

    With validation writers, training stops when their equal error rate has not fallen for a while,
    and the encoder ends with the weights that had the lowest. Without, it goes through all steps
    and keeps the last weights.

    Parameters
    ----------
    encoder : keras.Model
        A model from one prepared image to a vector of unit length; where it has batch normalisation
        of its own making, give that `encoders.NORM_MOMENTUM`, or a short training ends with
        averages of the untrained network.
    images : float array, shape (n, height, width, 1)
        Prepared; float16 halves the memory.
    table : DataFrame
        Corpus table, a row an image.
    validation : (images, table), optional
        Images and table of other writers.
    settings : Settings
        What to train on and how.
    seed : int
        Of the draw of batches and of their augmentation; the encoder's first weights are its own
        affair.
    checkpoint : path, optional
        A .keras file, exchanged as a whole whenever a validation is the best so far; without
        validation, every `validate_every` steps and in the end.
    state : path, optional
        An .npz file, written every `validate_every` steps and deleted in the end; a training that
        was interrupted goes on from it, to the same result if no limit of `seconds` cuts its steps.
        What the settings call recipe, loss and encoder is known by name only.
    strategy : tf.distribute.Strategy, optional
        Such as `tf.distribute.MirroredStrategy()`, for several devices, which share each batch; the
        encoder must be made within its `scope()`.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For images and table of unequal lengths, a writer on both sides, fewer than two writers to
        tell apart on either, a loss that is not known, no steps, a batch that the devices cannot
        share evenly, a state of another training.
    FloatingPointError
        If the loss is no longer a number.
    OSError
        If the checkpoint or the state cannot be written.

    References
    ----------
    Loshchilov and Hutter, AdamW (2019), doi:10.48550/arXiv.1711.05101; cosine schedule (2017),
    doi:10.48550/arXiv.1608.03983.
    """
    strategy = strategy or tf.distribute.get_strategy()
    rows, notes = rows_of_writers(table)
    settings = replace(settings, writers=min(settings.writers, len(rows)))
    require_trainable(images, table, validation, settings, strategy.num_replicas_in_sync)
    gc.collect()  # encoders of former runs, with all that was compiled for them
    loss = loss_function(settings, identities(table)[next(draw_rows(rows, settings, seed))])
    mixed_precision, xla, why_off = accelerate(settings)
    with strategy.scope():
        optimizer = settings.optimizer(settings.learning_rate, weight_decay=settings.weight_decay)
        if mixed_precision:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        train_step = compile_step(encoder, optimizer, loss, xla)
    watch, last = Watch(encoder, validation, checkpoint and Path(checkpoint), settings.steps), False
    run = state and fingerprint(encoder, [(images, table), validation], settings, seed)
    if state is None or not watch.go_on(state, run, optimizer):
        watch.look(0)
    feed = batches(images, table, rows, settings, seed, len(watch.log))
    with while_training(encoder, mixed_precision, strategy.num_replicas_in_sync), closing(feed):
        bar = runtime.progress(range(len(watch.log) + 1, settings.steps + 1), "training")
        for step in bar:
            optimizer.learning_rate = rate = learning_rate_at(step, watch.steps, settings)
            asked = time.perf_counter()
            batch = next(feed)
            waited = time.perf_counter() - asked
            value = train_step(*batch)
            if not math.isfinite(value):
                cure = f"lower the learning rate ({settings.learning_rate:g})."
                raise FloatingPointError(f"loss: is {value} at step {step}; {cure}")
            watch.log.append((step, value, rate, watch.seconds(), waited))
            last = step == watch.steps or (
                settings.seconds is not None and watch.seconds() > settings.seconds
            )
            if last or step % settings.validate_every == 0:
                watch.look(step)
                bar.set_postfix(loss=f"{value:.3f}", EER=f"{watch.best_rate:.1%}", refresh=False)
            if last or watch.fruitless >= settings.patience:
                break
            if settings.seconds and (
                step == TIMED or (step > TIMED and step % settings.validate_every == 0)
            ):
                watch.steps = watch.affordable_steps(settings)
            if state is not None and step % settings.validate_every == 0:
                watch.keep(state, run, optimizer)
    seconds, step = watch.seconds(), len(watch.log)
    if last and step < settings.steps:
        notes.append(
            f"This machine was too slow for {settings.steps} steps in {settings.seconds:g} s "
            f"and made {step}."
        )
    encoder.set_weights(watch.best_weights)
    if state is not None:
        Path(state).unlink(missing_ok=True)
    few = np.concatenate([row for pair in rows[:100] for row in pair])
    judged = validation or (images[few], table.iloc[few])
    log = pd.DataFrame(
        watch.log, columns=["step", "loss", "learning_rate", "seconds", "waited"]
    ).astype({"step": int})
    looks = pd.DataFrame(watch.rates, columns=["step", "seconds", "equal_error_rate"]).astype(
        {"step": int}
    )
    health = check_health(embed(encoder, judged[0]), judged[1], seed)
    return History(
        log, looks, watch.best_step, watch.best_rate, seconds, health, tuple(notes + why_off)
    )


def fingerprint(
    encoder: keras.Model, corpora: list[Corpus | None], settings: Settings, seed: int
) -> str:
    """Return a text that no other training has: encoder, signatures, settings and seed."""
    told = {name: getattr(value, "__qualname__", value) for name, value in vars(settings).items()}
    weights = [tuple(weight.shape) for weight in encoder.weights]
    columns = ["path", "writer", "kind"]
    signatures = [
        corpus and (corpus[0].shape, corpus[0][:8], corpus[1][columns].to_csv())
        for corpus in corpora
    ]
    return joblib.hash((told, seed, weights, signatures))


def cross_validate(
    build: Builder,
    images: np.ndarray,
    table: pd.DataFrame,
    settings: Settings = CLASSROOM,
    n_splits: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Train a fresh encoder for each fold of writers and judge it on the fold that it has not seen.

    The judged writers play no part in the training: no early stopping, the last weights count.
    Folds are trained in as many processes, or on as many machines, as `joblib.parallel_config`
    says.

    Parameters
    ----------
    build : callable
        Makes an untrained encoder.
    images, table, settings, seed
        As for `fit`.
    n_splits : int
        Number of folds, as for `pairing.writer_folds`.

    Returns
    -------
    DataFrame, a row a fold: fold, writers (judged), seconds, and the equal error rate, in [0, 1],
    for each kind of forgery there is ("skilled", "random" …)
    """
    evaluation.score_table(
        np.ones((len(table), 1)), table, 1
    )  # what could not be scored is refused before training
    one, folds = joblib.delayed(train_and_judge), pairing.writer_folds(table, n_splits, seed)
    sides = ([(images[rows], table.iloc[rows]) for rows in fold] for fold in folds)
    work = (
        one(build, train, {"": judged}, settings, seed + fold)
        for fold, (train, judged) in enumerate(sides)
    )
    writers = [table["writer"].iloc[judged].nunique() for _, judged in folds]
    results = pd.DataFrame({"writers": writers}).join(pd.DataFrame(joblib.Parallel()(work)))
    return results.rename_axis("fold").reset_index()


def train_and_judge(
    build: Builder,
    corpus: Corpus,
    places: Mapping[str, Corpus],
    settings: Settings = CLASSROOM,
    seed: int = 0,
) -> dict[str, float]:
    """Train a fresh encoder on a corpus and judge it in several places: one line of a search.

    Lines of a search don't depend on each other: `joblib.Parallel` spreads them over processes or
    machines.

    Parameters
    ----------
    build : callable
        Makes an untrained encoder.
    corpus : (images, table)
        Images and table, as for `fit`; all steps are made, and the last weights count.
    places : mapping from name to (images, table)
        A name, and images and table of other writers, for each; judged as by `validation_scores`.
    settings : Settings
        What to train on and how.
    seed : int
        Of the training.

    Returns
    -------
    dict: the equal error rate, in [0, 1], for each kind of forgery in each place ("fax skilled",
    "fax random" …), and seconds of training
    """
    encoder = build()
    seconds = fit(encoder, *corpus, settings=settings, seed=seed).seconds
    judged = {
        name: evaluation.equal_error_rates(validation_scores(encoder, *some))
        for name, some in places.items()
    }
    rates = {
        f"{name} {kind}".strip(): rate
        for name, found in judged.items()
        for kind, rate in found.items()
    }
    return rates | {"seconds": seconds}


def require_trainable(
    images: np.ndarray,
    table: pd.DataFrame,
    validation: Corpus | None,
    settings: Settings,
    devices: int,
) -> None:
    """Say in one sentence what keeps these images and tables from being trained on."""
    if min(settings.steps, settings.validate_every) < 1:
        raise ValueError(
            f"settings: steps {settings.steps}, validate_every {settings.validate_every}; "
            "give 1 or more."
        )
    if settings.writers % devices:
        raise ValueError(
            f"settings: {settings.writers} writers a batch for {devices} devices; give a multiple."
        )
    for name, pictures, rows in [
        ("table", images, table),
        ("validation", *(validation or (images, table))),
    ]:
        if len(pictures) != len(rows):
            raise ValueError(
                f"{name}: {len(rows)} rows for {len(pictures)} images; give one for each."
            )
    if validation is None:
        return
    rows_of_writers(validation[1], "validation")
    if shared := set(table["writer"]) & set(validation[1]["writer"]):
        others = (
            f"writer {min(shared)} is in training and judged too, like {len(shared) - 1} others"
        )
        raise ValueError(f"validation: {others}; split by writer with pairing.split_writers.")
