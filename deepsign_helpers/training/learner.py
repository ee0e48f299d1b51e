"""A Keras model that learns from a whole batch of writers at once, and its learning rate.

Keras's own training step compares each output with one target. Here the loss is about pairs, so it
has to see all embeddings of a batch together, those of the other devices included.
"""

import math
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from deepsign_helpers import losses, pairing
from deepsign_helpers.training.settings import Settings


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a straight line, then falls along half a cosine wave to 0.

    Derived in chapter 05, *Watching a training*.

    Parameters
    ----------
    highest : float > 0
        Where the rise ends.
    steps : int, at least 1
        How many there will be; `TimeLimit` may lower it while training runs.
    warm_up : float in [0, 1]
        The share of the steps that it rises for.

    References
    ----------
    Loshchilov and Hutter (2017), https://doi.org/10.48550/arXiv.1608.03983.

    Examples
    --------
    >>> schedule = WarmUpCosine(highest=0.01, steps=10, warm_up=0.2)
    >>> [round(float(schedule(step)), 4) for step in range(10)]
    [0.005, 0.01, 0.0097, 0.0088, 0.0075, 0.0059, 0.0041, 0.0025, 0.0012, 0.0003]
    """

    def __init__(self, highest: float, steps: int, warm_up: float = 0.1) -> None:
        self.highest = highest
        self.warm_up = warm_up
        self.steps = keras.Variable(steps, dtype="int64", trainable=False, name="steps")

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        number = ops.cast(step, "float64") + 1  # Keras counts from 0
        steps = ops.cast(self.steps, "float64")
        rising_for = ops.maximum(1.0, ops.round(self.warm_up * steps))
        rising = self.highest * number / rising_for
        share_fallen = (number - rising_for) / (steps - rising_for + 1)
        falling = self.highest * (1 + ops.cos(math.pi * share_fallen)) / 2
        return ops.cast(ops.where(number <= rising_for, rising, falling), "float32")

    def get_config(self) -> dict:
        """Return what makes the same schedule again."""
        return {"highest": self.highest, "steps": count(self.steps), "warm_up": self.warm_up}


class Learner(keras.Model):
    """An encoder that learns: embeds a batch of writers, asks the loss about all of its pairs.

    Compile it with one of `losses`, and fit it to a `dataset`. Derived in chapter 05, *A learner of
    ten lines*.

    Parameters
    ----------
    encoder : keras.Model
        From one prepared image to one vector of unit length. It is trained in place.

    See Also
    --------
    train : puts dataset, learner and callbacks together.

    Examples
    --------
    >>> from deepsign_helpers.encoders import lightweight_encoder
    >>> learner = Learner(lightweight_encoder((8, 16, 1)))
    >>> learner.compile(optimizer="sgd", loss=losses.contrastive)
    >>> images = np.random.default_rng(0).random((4, 8, 16, 1), np.float32)
    >>> identity = np.array([(0, 1), (0, 1), (1, 1), (1, 1)])
    >>> log = learner.fit(images, identity, verbose=0)
    >>> list(log.history)
    ['loss']
    """

    def __init__(self, encoder: keras.Model) -> None:
        # In 16 bits Keras scales the loss up, lest small gradients become 0.
        super().__init__(dtype=encoder.dtype_policy)
        self.encoder = encoder
        if devices() > 1:
            for layer in encoder.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.synchronized = True  # over the whole batch, not over each device's share
        self.build(encoder.input_shape)

    def call(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Embed images."""
        return self.encoder(images, training=training)

    def train_step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Take one step: embed the batch, ask the loss about its pairs, follow the gradient."""
        # `fit` gives two parts, `train_on_batch` three.
        images, identity, _ = keras.utils.unpack_x_y_sample_weight(batch)
        with tf.GradientTape() as tape:
            embeddings = self(images, training=True)  # (n, d)
            # A pair of two devices' images counts like any other.
            all_embeddings = from_all_devices(embeddings)
            all_identities = from_all_devices(identity)
            loss = self.compute_loss(y=all_identities, y_pred=all_embeddings)
            # Each device knows the whole loss, and the optimizer adds up what they find.
            loss_of_device = self.optimizer.scale_loss(loss / devices())
        gradients = tape.gradient(loss_of_device, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:  # there is one, the mean loss of the epoch so far
            metric.update_state(loss)
        return {metric.name: metric.result() for metric in self.metrics}


def devices() -> int:
    """Return how many devices share each batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def from_all_devices(part: tf.Tensor) -> tf.Tensor:
    """Return a tensor's rows of all devices: what each holds is its share of the batch."""
    if devices() == 1:
        return part
    return tf.distribute.get_replica_context().all_gather(part, axis=0)


def count(variable: keras.Variable) -> int:
    """Return the value of a counter, of which several devices may hold a copy each."""
    return int(ops.convert_to_numpy(variable))


def loss_function(settings: Settings, identity: np.ndarray) -> Callable:
    """Return the settings' loss, class weights filled in.

    Parameters
    ----------
    settings : Settings
        Names the loss and its class weights.
    identity : int array, shape (n, 2)
        Of one batch: "balanced" weights are as its pairs are.

    Raises
    ------
    ValueError
        For class weights with a loss that has no pairs to weigh.
    """
    weights = settings.class_weight
    if weights is None:
        return settings.loss
    if settings.loss is not losses.contrastive:
        cure = "use loss=losses.contrastive, or leave it out."
        raise ValueError(f"class_weight: belongs to a loss over pairs; {cure}")
    if weights == "balanced":
        same, different = losses.pair_masks(identity)
        same_labels = [pairing.SAME] * int(np.sum(same))
        different_labels = [pairing.DIFFERENT] * int(np.sum(different))
        weights = pairing.class_weights(same_labels + different_labels)
    return partial(losses.contrastive, class_weight=weights)
