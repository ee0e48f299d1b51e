"""One step of training: the loss, the learning rate, the arithmetic on one device or several."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from deepsign_helpers import losses, pairing
from deepsign_helpers.training.settings import Settings

LOSSES = {
    loss.__name__: loss
    for loss in (losses.contrastive, losses.triplet, losses.supervised_contrastive)
}
WHY_OFF = {
    "Mixed precision": "on a CPU it took several times as long",
    "XLA": "on a CPU its convolutions were slower than TensorFlow's own, and compiling takes long",
}


def learning_rate_at(step: int, steps: int, settings: Settings) -> float:
    """Return the learning rate of a step, from 1 to `steps`: a rise, then half a cosine to 0."""
    warm = max(1, round(settings.warm_up * steps))
    if step <= warm:
        return settings.learning_rate * step / warm
    return (
        settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm + 1)))
    )


def loss_function(settings: Settings, identity: np.ndarray) -> Callable:
    """Return the loss of (identity, embeddings) that the settings ask for, class weights filled in.

    Parameters
    ----------
    settings : Settings
        Name or function of the loss, and its class weights.
    identity : int array, shape (n, 2)
        Of a batch; "balanced" weights follow from how many of its pairs are SAME and DIFFERENT.

    Raises
    ------
    ValueError
        For a loss that is not known, or class weights with a loss that has no pairs to weigh.
    """
    if settings.class_weight is not None and settings.loss != "contrastive":
        raise ValueError(
            'class_weight: belongs to a loss over pairs; use loss="contrastive", or leave it out.'
        )
    loss, weights = (
        settings.loss if callable(settings.loss) else LOSSES.get(settings.loss),
        settings.class_weight,
    )
    if loss is None:
        raise ValueError(
            f"loss: {settings.loss!r} is not known; choose from {', '.join(LOSSES)}, "
            "or pass a function."
        )
    if weights == "balanced":
        same, different = (int(np.sum(mask)) for mask in losses.pair_masks(identity))
        weights = pairing.class_weights([pairing.SAME] * same + [pairing.DIFFERENT] * different)
    return loss if weights is None else partial(loss, class_weight=weights)


def compile_step(
    encoder: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Callable, xla: bool = False
) -> Callable:
    """Return one training step of (images, identity) as a compiled function that returns the loss.

    With several devices, in the scope of whose strategy it is called, each embeds its share of the
    batch; then all embeddings are gathered, so that every pair counts as it would on one device,
    and batch normalisation is over the whole batch too.
    """
    strategy = tf.distribute.get_strategy()
    devices = strategy.num_replicas_in_sync
    optimizer.build(encoder.trainable_variables)
    if (
        devices == 1
    ):  # nothing to sum up, and Keras's way to do it keeps the graph of every training: 11 MB each
        optimizer._all_reduce_sum_gradients = lambda gradients_and_variables: (
            gradients_and_variables
        )

    def step(images, identity):
        with tf.GradientTape() as tape:
            embeddings = encoder(images, training=True)
            if devices > 1:
                context = tf.distribute.get_replica_context()
                identity, embeddings = (
                    context.all_gather(part, axis=0) for part in (identity, embeddings)
                )
            value = loss(identity, embeddings)
            scaled = optimizer.scale_loss(value / devices)
        optimizer.apply(
            tape.gradient(scaled, encoder.trainable_variables), encoder.trainable_variables
        )
        return value

    @tf.function(jit_compile=xla)
    def on_all_devices(images, identity):
        return strategy.run(step, (images, identity))

    def share(array: np.ndarray) -> tf.Tensor:
        parts = np.split(array, devices)
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(parts[context.replica_id_in_sync_group])
        )

    def run(images: np.ndarray, identity: np.ndarray) -> float:
        value = on_all_devices(
            *((images, identity) if devices == 1 else map(share, (images, identity)))
        )
        return float(strategy.experimental_local_results(value)[0])

    return run


def accelerate(settings: Settings) -> tuple[bool, bool, list[str]]:
    """Return whether mixed precision and XLA are used, and why not where they are asked for."""
    if tf.config.list_physical_devices("GPU"):
        return settings.mixed_precision, settings.xla, []
    asked = {"Mixed precision": settings.mixed_precision, "XLA": settings.xla}
    return False, False, [f"{name} is off: {why}." for name, why in WHY_OFF.items() if asked[name]]


@contextmanager
def while_training(encoder: keras.Model, half: bool, devices: int = 1) -> Iterator[None]:
    """Let an encoder's layers compute as training asks for, and afterwards as they did before.

    If `half` is wanted they compute in float16; weights and unit lengths stay in float32. With
    several devices batch normalisation goes over the batches of all of them.
    """
    with ExitStack() as changed:
        for layer in encoder.layers:
            if (
                half
                and layer.compute_dtype == "float32"
                and not isinstance(layer, keras.layers.UnitNormalization)
            ):
                changed.callback(setattr, layer, "dtype_policy", layer.dtype_policy)
                layer.dtype_policy = "mixed_float16"
            if devices > 1 and isinstance(layer, keras.layers.BatchNormalization):
                changed.callback(setattr, layer, "synchronized", layer.synchronized)
                layer.synchronized = True
        yield
