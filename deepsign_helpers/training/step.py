"""One step of training: which loss, what learning rate, and arithmetic compiled once."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from deepsign_helpers import losses, pairing
from deepsign_helpers.training.settings import Settings

LOSSES = ("contrastive", "triplet", "supervised_contrastive")
NORM_MOMENTUM = 0.9


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
    if callable(settings.loss):
        return settings.loss
    if settings.loss not in LOSSES:
        raise ValueError(f"loss: {settings.loss!r} is not known; choose from {', '.join(LOSSES)}, or pass a function.")
    if settings.class_weight is None:
        return getattr(losses, settings.loss)
    weights = settings.class_weight
    if weights == "balanced":
        same, different = (int(np.sum(mask)) for mask in losses.pair_masks(identity))
        weights = pairing.class_weights([pairing.SAME] * same + [pairing.DIFFERENT] * different)
    return partial(losses.contrastive, class_weight=weights)


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


def shorten_memory(encoder: keras.Model) -> None:
    """Let batch normalisation, at inference, go by the last ten steps or so of training.

    Keras's own momentum of 0.99 remembers a hundred: after a short run the averages still belong to the untrained
    network, and the embeddings at inference are not those that the loss saw.
    """
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = NORM_MOMENTUM


def accelerate(settings: Settings) -> tuple[bool, bool, list[str]]:
    """Return whether mixed precision and XLA are used, with a sentence on each that is asked for in vain."""
    if tf.config.list_physical_devices("GPU"):
        return settings.mixed_precision, settings.xla, []
    notes = []
    if settings.mixed_precision:
        notes.append(
            "Mixed precision is off: a CPU has no arithmetic in float16 and would only convert back and forth."
        )
    if settings.xla:
        notes.append(
            "XLA is off: on a CPU its convolutions were slower than TensorFlow's own, and compiling takes long."
        )
    return False, False, notes


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
