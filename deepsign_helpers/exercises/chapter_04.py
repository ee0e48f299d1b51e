"""Exercises of chapter 04: a stage built and counted, the receptive field, and unit length."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from deepsign_helpers.exercises.tutor import Exercise


def parameters(side: int, channels: int, filters: int) -> int:
    """Return the parameters of a bias-free convolution and its batch normalisation.

    Build both as a Keras model, on an input of 32×64 places, and let it count.

    Parameters
    ----------
    side : int, cells
        Of the square kernel.
    channels : int
        Of the convolution's input.
    filters : int
        Channels of its output.
    """
    places = keras.Input((32, 64, channels))
    convolved = layers.Conv2D(filters, side, padding="same", use_bias=False)(places)
    normalised = layers.BatchNormalization()(convolved)
    return keras.Model(places, normalised).count_params()


def parameters_with_bias(side, channels, filters):
    """There is a bias a filter too many: Keras adds one unless you say `use_bias=False`. Batch
    normalisation subtracts the mean, and a bias with it; that is why the course leaves it out.
    """
    return parameters(side, channels, filters) + filters


def parameters_of_swapped_arguments(side, channels, filters):
    """The number of filters and the side of the kernel are swapped: `Conv2D` takes the filters
    first, then the kernel's side.
    """
    return parameters(side=filters, channels=channels, filters=side)


def parameters_that_are_trained(side, channels, filters):
    """Batch normalisation counts twice a channel here: its scale and its shift. It also keeps a
    mean and a variance, which are not trained but counted.
    """
    return side * side * channels * filters + 2 * filters


def stages_to_build() -> dict[str, tuple]:
    """Return the inputs on which answers to 4.1 are tried."""
    return {
        "the first layer": (3, 1, 32),
        "a later one": (3, 64, 128),
        "a kernel of one cell": (1, 48, 16),
    }


def receptive_field(network: keras.Model, images: tf.Tensor) -> int:
    """Return how many columns of pixels the middle cell of a network's answer sees.

    A column is seen if the cell's answer has a slope, not 0, in one of its pixels, in
    one of the images at least. The middle cell is the one at [rows // 2, columns // 2].

    Parameters
    ----------
    network : keras.Model
        From images to cells, float32 (n, rows, columns, filters).
    images : float32, shape (n, height, width, 1)
        Noise, different in each.
    """
    with tf.GradientTape() as tape:
        tape.watch(images)
        cells = network(images)  # (n, rows, columns, filters)
        rows, columns = cells.shape[1:3]
        middle = cells[:, rows // 2, columns // 2]  # (n, filters)
    slopes = tape.gradient(middle, images)  # (n, height, width, 1)
    is_seen = keras.ops.any(slopes != 0, axis=(0, 1, 3))  # (width,)
    return int(keras.ops.count_nonzero(is_seen))


def slopes_of(network, images, cell=None):
    """Return the slope of a cell's answer, or of the answers of all, in each pixel."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        cells = network(images)
        rows, columns = cells.shape[1:3]
        answer = cells[:, rows // 2, columns // 2] if cell == "middle" else cells
    return tape.gradient(answer, images)


def field_of_all_cells(network, images):
    """All cells were asked at once, and together they see the whole image. Ask the middle one
    only.
    """
    is_seen = keras.ops.any(slopes_of(network, images) != 0, axis=(0, 1, 3))
    return int(keras.ops.count_nonzero(is_seen))


def field_counted_in_pixels(network, images):
    """These are all the pixels of the field. How many columns it has is asked: a column counts
    once, however many of its pixels are seen.
    """
    is_seen = keras.ops.any(slopes_of(network, images, "middle") != 0, axis=(0, 3))
    return int(keras.ops.count_nonzero(is_seen))


def field_in_one_image(network, images):
    """Only one image was looked at. Max-pooling passes on the largest cell only, so a pixel that
    has no say in one image may have its say in another: look at all of them.
    """
    return receptive_field(network, images[:1])


def networks_to_look_through() -> dict[str, tuple]:
    """Return the inputs on which answers to 4.2 are tried."""
    images = tf.random.stateless_normal((8, 32, 64, 1), seed=(4, 21))
    negative = keras.initializers.Constant(-0.1)
    return {
        "a convolution with negative weights": (
            stack(layers.Conv2D(1, 3, padding="same", kernel_initializer=negative)),
            images,
        ),
        "convolution, pooling over 4×4 cells, convolution": (
            stack(
                layers.Conv2D(1, 3, padding="same", kernel_initializer=seeded(1)),
                layers.MaxPooling2D(4),
                layers.Conv2D(1, 3, padding="same", kernel_initializer=seeded(2)),
            ),
            images,
        ),
        "kernels of 3×5 cells with a stride of 2, twice": (
            stack(
                layers.Conv2D(2, (3, 5), 2, padding="same", kernel_initializer=seeded(3)),
                layers.Conv2D(2, (3, 5), 2, padding="same", kernel_initializer=seeded(4)),
            ),
            images,
        ),
    }


def seeded(seed: int) -> keras.initializers.Initializer:
    """Return first weights that are the same each time."""
    return keras.initializers.RandomNormal(seed=seed)


def stack(*parts: layers.Layer) -> keras.Model:
    """Return a network of a few layers for images of 32×64 pixels."""
    return keras.Sequential([keras.Input((32, 64, 1)), *parts])


def unit_length(vectors: tf.Tensor, smallest: float = 1e-12) -> tf.Tensor:
    """Return each vector at length 1.

    Parameters
    ----------
    vectors : float32, shape (n, dimensions)
        A row for each signature.
    smallest : float
        A vector that is shorter is divided by this length, so that 0 stays 0.
    """
    squares = keras.ops.sum(keras.ops.square(vectors), axis=1, keepdims=True)
    lengths = keras.ops.sqrt(squares)  # (n, 1)
    return vectors / keras.ops.maximum(lengths, smallest)


def unit_columns(vectors, smallest=1e-12):
    """The columns have length 1. A row is a signature: each signature would depend on the others of
    its batch.
    """
    return keras.ops.transpose(unit_length(keras.ops.transpose(vectors), smallest))


def unit_length_or_nothing(vectors, smallest=1e-12):
    """A vector of zeros has become NaN: 0 divided by 0. A blank image may give such a vector, and
    one NaN spoils a whole batch.
    """
    return vectors / keras.ops.norm(vectors, axis=1, keepdims=True)


def unit_length_with_a_bit_added(vectors, smallest=1e-12):
    """The bound is added to every length, so that every vector comes out too short. It is a floor:
    it should touch only the lengths below it.
    """
    return vectors / (keras.ops.norm(vectors, axis=1, keepdims=True) + smallest)


def embeddings() -> dict[str, tuple]:
    """Return the inputs on which answers to 4.3 are tried."""
    vectors = np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32)
    with_zero = np.vstack([vectors[:2], np.zeros((1, 3), np.float32)])
    return {
        "four vectors": (tf.constant(vectors),),
        "one of them all zeros": (tf.constant(with_zero),),
        "a high bound": (tf.constant(vectors), 1.5),
    }


EXERCISES = {
    "4.1": Exercise(
        title="Build a stage and count it",
        solution=parameters,
        mistakes=(
            parameters_with_bias,
            parameters_of_swapped_arguments,
            parameters_that_are_trained,
        ),
        hints=(
            "First `keras.Input`, with height, width and channels; then one layer upon the other.",
            "`layers.Conv2D` takes the filters, then the side; tell it that you want no bias.",
            "`keras.Model(first, last)` joins them, and `count_params()` counts what it holds.",
        ),
        trials=stages_to_build,
    ),
    "4.2": Exercise(
        title="See how far a cell sees",
        solution=receptive_field,
        mistakes=(field_of_all_cells, field_counted_in_pixels, field_in_one_image),
        hints=(
            (
                "Open a `tf.GradientTape`, let it watch the images, and call the network inside. "
                "Inside, too, pick the middle cell of every image."
            ),
            "`tape.gradient` of that cell by the images has a slope for each pixel.",
            (
                "`keras.ops.any` over the axes of images, rows and channels leaves one truth value "
                "for each column. Count those that are true."
            ),
        ),
        trials=networks_to_look_through,
    ),
    "4.3": Exercise(
        title="Unit length",
        solution=unit_length,
        mistakes=(unit_columns, unit_length_or_nothing, unit_length_with_a_bit_added),
        hints=(
            "A length is the root of a sum of squares; `axis` says along which direction to add.",
            (
                "With `keepdims=True` the lengths stay a column, and dividing a table by it "
                "works row by row."
            ),
            "Before you divide, replace lengths below `smallest` by `smallest`.",
        ),
        trials=embeddings,
    ),
}
