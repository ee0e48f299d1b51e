"""Exercises of chapter 04: parameters, the receptive field, and unit length."""

import numpy as np

from deepsign_helpers.exercises.tutor import Exercise


def parameters(side: int, channels: int, filters: int) -> int:
    """Return the parameters of a bias-free convolution and its batch normalisation.

    Parameters
    ----------
    side : int, cells
        Of the square kernel.
    channels : int
        Of the convolution's input.
    filters : int
        Channels of its output.
    """
    of_convolution = side * side * channels * filters
    of_normalisation = 4 * filters  # scale, shift, mean and variance
    return of_convolution + of_normalisation


def parameters_of_one_channel(side, channels, filters):
    """Each filter looks at one channel only. It looks at all of them: a kernel is as deep as its
    input.
    """
    return side * side * filters + 4 * filters


def parameters_with_bias(side, channels, filters):
    """There is a bias a filter too many. Batch normalisation subtracts the mean, and a bias with
    it; that is why the course leaves it out.
    """
    return parameters(side, channels, filters) + filters


def parameters_that_are_trained(side, channels, filters):
    """Batch normalisation counts twice a channel here: its scale and its shift. It also keeps a
    mean and a variance, which are not trained but counted.
    """
    return side * side * channels * filters + 2 * filters


def layers_to_count() -> dict[str, tuple]:
    """Return the inputs on which answers to 4.1 are tried."""
    return {
        "the first layer": (3, 1, 32),
        "a later one": (3, 64, 128),
        "a kernel of one cell": (1, 48, 16),
    }


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Return how many pixels across one cell of the last layer sees.

    Parameters
    ----------
    layers : list of (side, stride), cells
        Side of the kernel and stride of each convolution or pooling, from the image
        upwards. The stride is the step from one place at which the layer answers to
        the next.
    """
    seen = 1
    apart = 1  # pixels between neighbouring cells
    for side, stride in layers:
        seen += (side - 1) * apart
        apart *= stride
    return seen


def field_without_strides(layers):
    """Strides play no part in it. After a pooling, neighbouring cells lie two pixels apart, so
    every later kernel reaches twice as far.
    """
    return 1 + sum(side - 1 for side, _ in layers)


def field_with_stride_too_early(layers):
    """A layer's own stride is applied before its kernel is added. It moves the cells of the *next*
    layer apart.
    """
    seen = 1
    apart = 1
    for side, stride in layers:
        apart *= stride
        seen += (side - 1) * apart
    return seen


def field_of_kernels_multiplied(layers):
    """The kernels are multiplied. Two kernels of 3 see 5 cells, not 9: each adds its width less
    one.
    """
    sides = [side for side, _ in layers]
    return int(np.prod(sides))


def stacks() -> dict[str, tuple]:
    """Return the inputs on which answers to 4.2 are tried."""
    return {
        "two convolutions": ([(3, 1), (3, 1)],),
        "convolution, pooling, convolution": ([(3, 1), (2, 2), (3, 1)],),
        "a kernel with a stride, twice": ([(5, 2), (3, 2), (3, 1)],),
    }


def unit_length(vectors: np.ndarray, smallest: float = 1e-12) -> np.ndarray:
    """Return each vector at length 1.

    Parameters
    ----------
    vectors : float, shape (n, dimensions)
        A row for each signature.
    smallest : float
        A vector that is shorter is divided by this length, so that 0 stays 0.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, smallest)


def unit_columns(vectors, smallest=1e-12):
    """The columns have length 1. A row is a signature: each signature would depend on the others of
    its batch.
    """
    lengths = np.linalg.norm(vectors, axis=0, keepdims=True)
    return vectors / np.maximum(lengths, smallest)


def unit_sum(vectors, smallest=1e-12):
    """The numbers of a row add up to 1 in size. Length is the root of the sum of squares, as
    Pythagoras has it.
    """
    sums = np.abs(vectors).sum(axis=1, keepdims=True)
    return vectors / np.maximum(sums, smallest)


def unit_length_or_nothing(vectors, smallest=1e-12):
    """A vector of zeros has become NaN: 0 divided by 0. A blank image may give such a vector, and
    one NaN spoils a whole batch.
    """
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def embeddings() -> dict[str, tuple]:
    """Return the inputs on which answers to 4.3 are tried."""
    vectors = np.random.default_rng(2).normal(size=(4, 3))
    with_zero = np.vstack([vectors[:2], np.zeros(3)])
    return {
        "four vectors": (vectors,),
        "one of them all zeros": (with_zero,),
        "a high bound": (vectors, 1.5),
    }


EXERCISES = {
    "4.1": Exercise(
        title="Count the parameters",
        solution=parameters,
        mistakes=(parameters_of_one_channel, parameters_with_bias, parameters_that_are_trained),
        hints=(
            (
                "How many numbers does one filter hold? It covers side × side cells, and every "
                "channel of each."
            ),
            "There are as many such filters as channels in the output, and no bias.",
            "Batch normalisation keeps four numbers a channel: scale, shift, mean and variance.",
        ),
        trials=layers_to_count,
    ),
    "4.2": Exercise(
        title="How far does a cell see?",
        solution=receptive_field,
        mistakes=(field_without_strides, field_with_stride_too_early, field_of_kernels_multiplied),
        hints=(
            (
                "Keep two numbers as you go up: how much a cell sees, and how far apart "
                "neighbouring cells are."
            ),
            "A kernel adds its side less one, times the distance of neighbouring cells.",
            "After that, the layer's stride multiplies the distance.",
        ),
        trials=stacks,
    ),
    "4.3": Exercise(
        title="Unit length",
        solution=unit_length,
        mistakes=(unit_columns, unit_sum, unit_length_or_nothing),
        hints=(
            "`np.linalg.norm` gives lengths; `axis` says along which direction.",
            (
                "With `keepdims=True` the lengths stay a column, and dividing a table by it "
                "works row by row."
            ),
            "Before you divide, replace lengths below `smallest` by `smallest`.",
        ),
        trials=embeddings,
    ),
}
