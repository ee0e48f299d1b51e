"""Trains an encoder: batches in, the weights of the best validation out."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers import evaluation, losses, pairing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.batches import batches, draw_rows, identities, rows_of_writers
from deepsign_helpers.training.history import History, check_health
from deepsign_helpers.training.settings import CLASSROOM, Settings

Corpus = tuple[np.ndarray, pd.DataFrame]
LOSSES = {loss.__name__: loss for loss in (losses.contrastive, losses.triplet, losses.supervised_contrastive)}
TIMED_FROM, TIMED_TO = 2, 12  # steps: the first ones compile, the next ten tell how many the time allows
WHY_OFF = {
    "Mixed precision": "a CPU has no arithmetic in float16 and would only convert back and forth",
    "XLA": "on a CPU its convolutions were slower than TensorFlow's own, and compiling takes long",
}


def fit(
    encoder: keras.Model,
    images: np.ndarray,
    table: pd.DataFrame,
    validation: Corpus | None = None,
    settings: Settings = CLASSROOM,
    seed: int = 0,
    checkpoint: str | Path | None = None,
) -> History:
    """Train an encoder on a corpus, in place.

    With validation writers, training stops when their equal error rate has not fallen for a while, and the encoder ends
    with the weights that had the lowest. Without, it goes through all steps and keeps the last weights.

    Parameters
    ----------
    encoder : a model from one prepared image to a vector of unit length; where it has batch normalisation of its own
        making, give that `encoders.NORM_MOMENTUM`, or a short training ends with averages of the untrained network
    images : float32 (n, height, width, 1), prepared
    table : corpus table, a row an image
    validation : images and table of other writers
    settings : what to train on and how
    seed : of the draw of batches and of their augmentation; the encoder's first weights are its own affair
    checkpoint : a .keras file, exchanged as a whole whenever a validation is the best so far; without validation, every
        `validate_every` steps and in the end

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For images and table of unequal lengths, a writer on both sides, fewer than two writers to tell apart on either,
        a loss that is not known, no steps.
    FloatingPointError
        If the loss is no longer a number.

    References
    ----------
    Loshchilov and Hutter, AdamW (2019), doi:10.48550/arXiv.1711.05101; cosine schedule (2017),
    doi:10.48550/arXiv.1608.03983.
    """
    check(images, table, validation, settings)
    gc.collect()  # encoders of former runs, with all that was compiled for them
    rows, notes = rows_of_writers(table)
    loss = loss_function(settings, identities(table)[next(draw_rows(rows, settings, seed))])
    mixed_precision, xla, why_off = accelerate(settings)
    optimizer = keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    if mixed_precision:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    with half_precision(encoder, mixed_precision), closing(batches(images, table, rows, settings, seed)) as feed:
        train_step = compile_step(encoder, optimizer, loss, xla)
        watch, log, steps = Watch(encoder, validation, checkpoint), [], settings.steps
        bar = runtime.progress(range(1, settings.steps + 1), "training")
        for step in bar:
            optimizer.learning_rate = learning_rate_at(step, steps, settings)
            batch = next(feed)
            value = float(train_step(*batch))
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"loss: is {value} at step {step}; lower the learning rate ({settings.learning_rate:g})."
                )
            log.append((step, value, float(optimizer.learning_rate), watch.seconds()))
            if step == TIMED_TO and settings.seconds:
                steps = min(steps, affordable_steps(log, watch, settings))
            last = step == steps or (settings.seconds is not None and watch.seconds() > settings.seconds)
            if last or step % settings.validate_every == 0:
                watch.look(step)
                bar.set_postfix(loss=f"{value:.3f}", EER=f"{watch.best_rate:.1%}", refresh=False)
            if last or watch.fruitless >= settings.patience:
                break
    seconds = watch.seconds()
    if last and step < settings.steps:
        notes.append(f"This machine was too slow for {settings.steps} steps in {settings.seconds:g} s and made {step}.")
    encoder.set_weights(watch.best_weights)
    judged = validation or (images, table)
    return History(
        steps=pd.DataFrame(log, columns=["step", "loss", "learning_rate", "seconds"]),
        validations=pd.DataFrame(watch.rates, columns=["step", "seconds", "equal_error_rate"]),
        best_step=watch.best_step,
        equal_error_rate=watch.best_rate,
        seconds=seconds,
        images_per_second=step * len(batch[0]) / seconds,
        health=check_health(embed(encoder, judged[0]), judged[1], seed),
        notes=tuple(notes + why_off),
    )


class Watch:
    """Looks at the validation writers now and then, and keeps the best weights; without such writers, the last."""

    def __init__(self, encoder: keras.Model, validation: Corpus | None, checkpoint: str | Path | None) -> None:
        self.encoder, self.validation, self.checkpoint = encoder, validation, checkpoint
        self.started, self.looking, self.rates, self.best_rate = time.perf_counter(), 0.0, [], math.nan
        self.look(0)

    def seconds(self) -> float:
        """Return the seconds since training began."""
        return time.perf_counter() - self.started

    def look(self, step: int) -> None:
        """Measure the equal error rate; if it is the lowest so far, keep the weights and write the checkpoint."""
        began = self.seconds()
        if self.validation is not None:
            scores = validation_scores(self.encoder, *self.validation)
            rate, *_ = evaluation.equal_error_rates(scores).values()  # of random forgeries where there are no others
            self.rates.append((step, began, rate))
            if rate >= self.best_rate:  # never true at the first look, when it is NaN
                self.fruitless += 1
                return
            self.best_rate = rate
        self.best_step, self.best_weights, self.fruitless = step, self.encoder.get_weights(), 0
        if self.checkpoint is not None:
            with runtime.replace_atomically(self.checkpoint) as temporary:
                self.encoder.save(temporary)
        self.looking = self.seconds() - began


def affordable_steps(log: list[tuple], watch: Watch, settings: Settings) -> int:
    """Return how many steps fit into the time that is set, judged by the first ones."""
    a_step = (log[TIMED_TO - 1][-1] - log[TIMED_FROM - 1][-1]) / (TIMED_TO - TIMED_FROM)
    left = settings.seconds - watch.seconds() - watch.looking
    return TIMED_TO + max(1, int(left / (a_step + watch.looking / settings.validate_every)))


def validation_scores(encoder: keras.Model, images: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """Score signatures as `evaluation.score_table` does, five references a writer, less their own mutual distance.

    There are fewer references where a writer would have no genuine signature left to question.
    """
    fewest = table.loc[table["kind"] == "genuine", "writer"].value_counts().min()
    references = int(np.clip(fewest - 1, 1, 5))
    return evaluation.score_table(embed(encoder, images), table, references, "normalised" if references > 1 else "min")


def cross_validate(
    build: Callable[[], keras.Model],
    images: np.ndarray,
    table: pd.DataFrame,
    settings: Settings = CLASSROOM,
    n_splits: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Train a fresh encoder for each fold of writers and judge it on the fold that it has not seen.

    The judged writers play no part in the training: no early stopping, the last weights count.

    Parameters
    ----------
    build : makes an untrained encoder
    images, table, settings, seed : as for `fit`
    n_splits : number of folds, as for `pairing.writer_folds`

    Returns
    -------
    DataFrame, a row a fold: fold, writers (judged), seconds, and the equal error rate, in [0, 1], for each kind of
    forgery there is ("skilled", "random" …)
    """
    results = []
    for fold, (train, judged) in enumerate(pairing.writer_folds(table, n_splits, seed)):
        encoder = build()
        history = fit(encoder, images[train], table.iloc[train], settings=settings, seed=seed + fold)
        others = table.iloc[judged]
        rates = evaluation.equal_error_rates(validation_scores(encoder, images[judged], others))
        results.append({"fold": fold, "writers": others["writer"].nunique(), **rates, "seconds": history.seconds})
    return pd.DataFrame(results)


def check(images: np.ndarray, table: pd.DataFrame, validation: Corpus | None, settings: Settings) -> None:
    """Say in one sentence what keeps these images and tables from being trained on."""
    if min(settings.steps, settings.validate_every) < 1:
        raise ValueError(f"settings: steps {settings.steps}, validate_every {settings.validate_every}; give 1 or more.")
    for name, pictures, rows in [("table", images, table), ("validation", *(validation or (images, table)))]:
        if len(pictures) != len(rows):
            raise ValueError(f"{name}: {len(rows)} rows for {len(pictures)} images; give one for each.")
    if validation is None:
        return
    rows_of_writers(validation[1], "validation")
    if shared := set(table["writer"]) & set(validation[1]["writer"]):
        others = f"writer {min(shared)} is in training too, like {len(shared) - 1} others"
        raise ValueError(f"validation: {others}; split by writer with pairing.split_writers.")


def learning_rate_at(step: int, steps: int, settings: Settings) -> float:
    """Return the learning rate of a step, from 1 to `steps`: a straight rise, then half a cosine down towards 0."""
    warm = max(1, round(settings.warm_up * steps))
    if step <= warm:
        return settings.learning_rate * step / warm
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm + 1)))


def loss_function(settings: Settings, identity: np.ndarray) -> Callable:
    """Return the loss of (identity, embeddings) that the settings ask for, class weights filled in.

    Parameters
    ----------
    identity : int (n, 2), of a batch; "balanced" weights follow from how many of its pairs are SAME and DIFFERENT

    Raises
    ------
    ValueError
        For a loss that is not known, or class weights with a loss that has no pairs to weigh.
    """
    if settings.class_weight is not None and settings.loss != "contrastive":
        raise ValueError('class_weight: belongs to a loss over pairs; use loss="contrastive", or leave it out.')
    loss, weights = settings.loss if callable(settings.loss) else LOSSES.get(settings.loss), settings.class_weight
    if loss is None:
        raise ValueError(f"loss: {settings.loss!r} is not known; choose from {', '.join(LOSSES)}, or pass a function.")
    if weights == "balanced":
        same, different = (int(np.sum(mask)) for mask in losses.pair_masks(identity))
        weights = pairing.class_weights([pairing.SAME] * same + [pairing.DIFFERENT] * different)
    return loss if weights is None else partial(loss, class_weight=weights)


def compile_step(encoder: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Callable, xla: bool) -> Callable:
    """Return one training step of (images, identity) as a compiled function that returns the loss."""
    optimizer.build(encoder.trainable_variables)
    # One replica has nothing to sum up, and Keras's way to do it keeps the graph of every training: 11 MB each.
    optimizer._all_reduce_sum_gradients = lambda gradients_and_variables: gradients_and_variables

    @tf.function(jit_compile=xla)
    def step(images, identity):
        with tf.GradientTape() as tape:
            value = loss(identity, encoder(images, training=True))
            scaled = optimizer.scale_loss(value)
        optimizer.apply(tape.gradient(scaled, encoder.trainable_variables), encoder.trainable_variables)
        return value

    return step


def accelerate(settings: Settings) -> tuple[bool, bool, list[str]]:
    """Return whether mixed precision and XLA are used, with a sentence on each that is asked for in vain."""
    if tf.config.list_physical_devices("GPU"):
        return settings.mixed_precision, settings.xla, []
    asked = {"Mixed precision": settings.mixed_precision, "XLA": settings.xla}
    return False, False, [f"{name} is off: {why}." for name, why in WHY_OFF.items() if asked[name]]


@contextmanager
def half_precision(encoder: keras.Model, wanted: bool) -> Iterator[None]:
    """Let an encoder's layers compute in float16 for a while, if wanted; weights and unit lengths stay in float32."""
    policies = [(layer, layer.dtype_policy) for layer in encoder.layers if wanted]
    for layer, policy in policies:
        if policy.compute_dtype == "float32" and not isinstance(layer, keras.layers.UnitNormalization):
            layer.dtype_policy = "mixed_float16"
    try:
        yield
    finally:
        for layer, policy in policies:
            layer.dtype_policy = policy
