"""Exercises of chapter 05: the contrastive loss, the negatives of a batch, and one step."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from deepsign_helpers import losses
from deepsign_helpers.exercises.tutor import Exercise


def contrastive_loss(distances: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return the mean cost of pairs, a number.

    A SAME pair is free up to 0.2, a DIFFERENT one from 1.0 on. What a pair exceeds or
    lacks is squared.

    Parameters
    ----------
    distances : float32, shape (n,), in [0, 2]
        Of the two embeddings of each pair.
    labels : int, shape (n,)
        1 for SAME and 0 for DIFFERENT.
    """
    if_same = ops.square(ops.relu(distances - 0.2))
    if_different = ops.square(ops.relu(1.0 - distances))
    costs = ops.where(labels == 1, if_same, if_different)
    return ops.mean(costs)


def loss_with_swapped_labels(distances, labels):
    """SAME pairs are pushed apart and DIFFERENT ones pulled together: here 1 means SAME. Published
    code and paper disagreed on this for years, and the loss fell all the same.
    """
    return contrastive_loss(distances, 1 - labels)


def loss_without_an_end(distances, labels):
    """A pair that is near enough, or far enough, still pays. Beyond its margin the cost is 0, or
    the encoder goes on pushing pairs from which nothing can be learned.
    """
    if_same = ops.square(distances - 0.2)
    if_different = ops.square(1.0 - distances)
    return ops.mean(ops.where(labels == 1, if_same, if_different))


def loss_not_squared(distances, labels):
    """The cost grows in a straight line. Squared, one pair that is far wrong counts more than many
    nearly right.
    """
    if_same = ops.relu(distances - 0.2)
    if_different = ops.relu(1.0 - distances)
    return ops.mean(ops.where(labels == 1, if_same, if_different))


def measured_pairs() -> dict[str, tuple]:
    """Return the inputs on which answers to 5.1 are tried."""
    distances = tf.constant([0.1, 0.5, 0.9, 1.3, 0.3, 1.6])
    return {
        "six pairs": (distances, tf.constant([1, 1, 0, 0, 0, 1])),
        "three of one writer": (distances[:3], tf.constant([1, 1, 1])),
    }


def negatives(writer: tf.Tensor, genuine: tf.Tensor) -> tf.Tensor:
    """Return which pairs of a batch are DIFFERENT: bool, shape (n, n), symmetric.

    Parameters
    ----------
    writer : int, shape (n,)
        Who each signature is said to be by.
    genuine : bool, shape (n,)
        False for a forgery.
    """
    one_writer = ops.equal(writer[:, None], writer[None, :])
    one_forged = ops.logical_xor(genuine[:, None], genuine[None, :])
    both_genuine = ops.logical_and(genuine[:, None], genuine[None, :])
    skilled = ops.logical_and(one_writer, one_forged)
    random = ops.logical_and(ops.logical_not(one_writer), both_genuine)
    return ops.logical_or(skilled, random)


def negatives_of_all_strangers(writer, genuine):
    """A forgery is a negative for other writers too. It imitates one writer only; beside somebody
    else's signature it says nothing, so those pairs are left out.
    """
    two_writers = writer[:, None] != writer[None, :]
    return two_writers | ops.logical_xor(genuine[:, None], genuine[None, :])


def negatives_without_forgeries(writer, genuine):
    """Only strangers are told apart; the skilled forgeries are missing. They are the hard
    negatives, and what the verifier is for.
    """
    two_writers = writer[:, None] != writer[None, :]
    return two_writers & genuine[:, None] & genuine[None, :]


def negatives_between_forgeries(writer, genuine):
    """Two forgeries of one writer stand as DIFFERENT. They may be by one forger or by two: a
    forgery is a positive for nobody, and a negative for the writer's genuine signatures only.
    """
    one_writer = writer[:, None] == writer[None, :]
    both_forged = ~genuine[:, None] & ~genuine[None, :]
    itself = ops.eye(len(writer), dtype="bool")
    return negatives(writer, genuine) | (one_writer & both_forged & ~itself)


def batches_to_pair() -> dict[str, tuple]:
    """Return the inputs on which answers to 5.2 are tried."""
    three_writers = np.repeat([0, 1, 2], 4)
    two_forgeries_each = np.tile([True, True, False, False], 3)
    two_writers = np.array([0, 0, 0, 0, 1, 1, 1])
    forgeries_of_one = np.array([True, True, False, False, True, True, True])
    return {
        "three writers, two forgeries each": (
            tf.constant(three_writers),
            tf.constant(two_forgeries_each),
        ),
        "two writers, one without forgeries": (
            tf.constant(two_writers),
            tf.constant(forgeries_of_one),
        ),
    }


def loss_before_and_after(
    encoder: keras.Model, images: tf.Tensor, identity: tf.Tensor, learning_rate: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Take one step of gradient descent; return the batch's loss before and after it.

    Embed with `training=True`; the loss is `losses.supervised_contrastive`, the
    optimizer Keras's `SGD`, which subtracts the gradient times the learning rate.

    Parameters
    ----------
    encoder : keras.Model
        From images to embeddings; the step changes its weights.
    images : float32, shape (n, height, width, 1)
        A batch.
    identity : int32, shape (n, 2)
        Of each image, the writer's number; 1 for genuine, 0 for forged.
    learning_rate : float
        Of the step.
    """
    optimizer = keras.optimizers.SGD(learning_rate)
    with tf.GradientTape() as tape:
        embeddings = encoder(images, training=True)
        before = losses.supervised_contrastive(identity, embeddings)
    gradients = tape.gradient(before, encoder.trainable_variables)
    optimizer.apply(gradients, encoder.trainable_variables)
    after = losses.supervised_contrastive(identity, encoder(images, training=True))
    return before, after


def step_that_is_not_taken(encoder, images, identity, learning_rate):
    """The loss is the same before and after: the gradients are found and no weight is changed.
    Hand them to the optimizer, and embed the images anew.
    """
    before = losses.supervised_contrastive(identity, encoder(images, training=True))
    return before, before


def step_uphill(encoder, images, identity, learning_rate):
    """The step goes uphill: the gradient points to where the loss rises. It is subtracted, which
    the optimizer does; don't turn its sign yourself.
    """
    return loss_before_and_after(encoder, images, identity, -learning_rate)


def step_of_an_idle_encoder(encoder, images, identity, learning_rate):
    """The images are embedded as in use, not as in training. Batch normalisation then takes its
    running averages instead of the batch's own: say `training=True`.
    """
    optimizer = keras.optimizers.SGD(learning_rate)
    with tf.GradientTape() as tape:
        before = losses.supervised_contrastive(identity, encoder(images))
    gradients = tape.gradient(before, encoder.trainable_variables)
    optimizer.apply(gradients, encoder.trainable_variables)
    return before, losses.supervised_contrastive(identity, encoder(images))


def small_encoder(seed: int) -> keras.Model:
    """Return an encoder of one layer, always the same for a seed."""
    first_weights = keras.initializers.GlorotUniform(seed=seed)
    return keras.Sequential(
        [
            keras.Input((4, 6, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(5, kernel_initializer=first_weights),
            keras.layers.BatchNormalization(),
            keras.layers.UnitNormalization(),
        ]
    )


def steps_to_take() -> dict[str, tuple]:
    """Return the inputs on which answers to 5.3 are tried."""
    images = np.random.default_rng(0).random((8, 4, 6, 1), np.float32)
    identity = np.array([(0, 1), (0, 1), (0, 0), (1, 1), (1, 1), (1, 0), (2, 1), (2, 1)], np.int32)
    batch = tf.constant(images), tf.constant(identity)
    return {
        "a small step": (small_encoder(seed=1), *batch, 0.05),
        "a larger one": (small_encoder(seed=2), *batch, 0.2),
    }


EXERCISES = {
    "5.1": Exercise(
        title="The contrastive loss",
        solution=contrastive_loss,
        mistakes=(
            loss_with_swapped_labels,
            loss_without_an_end,
            loss_not_squared,
        ),
        hints=(
            (
                "Work out what each pair would cost as SAME, and what it would cost as "
                "DIFFERENT; then choose."
            ),
            "`ops.relu(x)` is what exceeds a margin, and 0 where nothing does.",
            "`ops.where(labels == 1, …, …)` chooses; square before you take `ops.mean`.",
        ),
        trials=measured_pairs,
        tolerance=1e-5,  # float32 adds up in another order
    ),
    "5.2": Exercise(
        title="Which pairs are negatives?",
        solution=negatives,
        mistakes=(
            negatives_of_all_strangers,
            negatives_without_forgeries,
            negatives_between_forgeries,
        ),
        hints=(
            (
                "Two sorts of pairs are DIFFERENT: skilled and random. What do you know of "
                "writer and kind in each?"
            ),
            "`writer[:, None] == writer` is a square table: who shares a writer with whom.",
            (
                "Skilled: one writer, exactly one of the two genuine. Random: two writers, both "
                "genuine."
            ),
        ),
        trials=batches_to_pair,
    ),
    "5.3": Exercise(
        title="One step",
        solution=loss_before_and_after,
        mistakes=(
            step_that_is_not_taken,
            step_uphill,
            step_of_an_idle_encoder,
        ),
        hints=(
            (
                "What must the tape see? Everything from the images to the loss stands in the "
                "block of `tf.GradientTape`."
            ),
            (
                "`tape.gradient` wants the loss and `encoder.trainable_variables`; "
                "`optimizer.apply` wants the gradients and the same variables."
            ),
            "After the step the weights are others: embed the images again for the second loss.",
        ),
        trials=steps_to_take,
        tolerance=1e-4,
    ),
}
