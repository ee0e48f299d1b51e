"""Networks that turn a prepared signature into a point on a sphere, and what such a network costs.

An encoder takes prepared images and answers with one vector of length 1 for each. Two signatures
are compared by the distance of their vectors. Here are the course's plain encoder, one with
residual and dense stages and attention, three that each repeat one sort of block, the siamese
network that holds an encoder twice, and the table of what each layer costs.
"""

import math

import keras
import numpy as np
import pandas as pd
from keras import KerasTensor, layers

from deepsign_helpers import tables
from deepsign_helpers.preprocessing.prepared import require_prepared

# Averages over ten steps or so: after a short training Keras's 0.99 still remembers the untrained
# network.
NORM_MOMENTUM = 0.9
SHORTEST_SIDE = 8  # pixels: three poolings halve it to 1
EMBEDDING_SIZE = 128  # numbers in the vector of a signature
SMALLEST_SQUARED_DISTANCE = 1e-12  # at 0 a root has no finite slope: NaN after one step
IN_MIXED_PRECISION_TOO = "float32"  # a distance of unit vectors needs more than float16's 3 digits


def convolution(
    x: KerasTensor,
    filters: int,
    name: str,
    kernel_size: int = 3,
    relu: bool = True,
    pool: bool = False,
) -> KerasTensor:
    """Apply a convolution without bias, batch normalisation and ReLU.

    Height and width stay, unless it is pooled.

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
        What comes in.
    filters : int
        Number of output channels.
    name : str
        What the layers' names begin with.
    kernel_size : int, pixels
        Side of the square kernel.
    relu : bool
        Without it the ReLU is left out.
    pool : bool
        Halve height and width by max-pooling right after the convolution: what follows then has a
        quarter of the numbers to go through, and a step of training takes a fifth less time.

    Returns
    -------
    x : symbolic tensor, shape (batch, height, width, filters)

    Notes
    -----
    Derived in chapter 04, *The encoder, layer by layer* and *Batch normalisation and unit length*.

    References
    ----------
    Ioffe and Szegedy (2015), batch normalization, doi:10.48550/arXiv.1502.03167.

    Examples
    --------
    >>> image = keras.Input((32, 64, 1))
    >>> convolution(image, 16, "first").shape
    (None, 32, 64, 16)
    >>> convolution(image, 16, "pooled", pool=True).shape
    (None, 16, 32, 16)
    """
    x = layers.Conv2D(filters, kernel_size, padding="same", use_bias=False, name=name)(x)
    if pool:
        x = layers.MaxPooling2D(name=f"{name}_pool")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name=f"{name}_norm")(x)
    if relu:
        x = layers.ReLU(name=f"{name}_relu")(x)
    return x


def residual_block(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    """Apply two 3×3 convolutions and add what came in.

    Where channels differ, a 1×1 convolution fits what came in to what is added to it.

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
        What comes in.
    filters : int
        Number of output channels.
    name : str
        What the layers' names begin with.

    Returns
    -------
    x : symbolic tensor, shape (batch, height, width, filters)

    Notes
    -----
    Derived in chapter 04, *Four ways to build a block*.

    References
    ----------
    He et al. (2016), deep residual learning, doi:10.1109/CVPR.2016.90.

    Examples
    --------
    >>> residual_block(keras.Input((8, 16, 32)), 64, "residual").shape
    (None, 8, 16, 64)
    """
    shortcut = x
    if x.shape[-1] != filters:
        shortcut = convolution(x, filters, f"{name}_shortcut", kernel_size=1, relu=False)
    x = convolution(x, filters, f"{name}_conv_1")
    x = convolution(x, filters, f"{name}_conv_2", relu=False)
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu")(x)


def dense_block(x: KerasTensor, convolutions: int, growth: int, name: str) -> KerasTensor:
    """Apply 3×3 convolutions each of which sees all maps before it and adds `growth` more.

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
        What comes in.
    convolutions : int
        How many of them.
    growth : int
        Channels that each adds.
    name : str
        What the layers' names begin with.

    Returns
    -------
    x : symbolic tensor, shape (batch, height, width, channels + convolutions · growth)

    Notes
    -----
    Derived in chapter 04, *Four ways to build a block*.

    References
    ----------
    Huang et al. (2017), densely connected networks, doi:10.1109/CVPR.2017.243.

    Examples
    --------
    >>> dense_block(keras.Input((8, 16, 32)), convolutions=4, growth=8, name="dense").shape
    (None, 8, 16, 64)
    """
    for number in range(1, convolutions + 1):
        new = convolution(x, growth, f"{name}_conv_{number}")
        x = layers.Concatenate(name=f"{name}_join_{number}")([x, new])
    return x


def channel_attention(x: KerasTensor, name: str, reduction: int = 8) -> KerasTensor:
    """Weigh each channel by a number in [0, 1], from its mean and maximum over the image.

    One small network, shared, reads the means and the maxima; the two answers are added. The layer
    `{name}_map` holds the weights, shape (batch, 1, 1, channels).

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
        What comes in.
    name : str
        What the layers' names begin with.
    reduction : int
        How many times narrower than `channels` the middle of the small network is.

    Returns
    -------
    x : symbolic tensor, shape (batch, height, width, channels)

    Notes
    -----
    Derived in chapter 04, *Four ways to build a block*.

    References
    ----------
    Hu et al. (2018), squeeze-and-excitation, doi:10.1109/CVPR.2018.00745;
    Woo et al. (2018), CBAM, doi:10.1007/978-3-030-01234-2_1.

    Examples
    --------
    >>> channel_attention(keras.Input((8, 16, 32)), "channels").shape
    (None, 8, 16, 32)
    """
    channels = x.shape[-1]
    mean = keras.ops.mean(x, axis=(1, 2), keepdims=True)  # (batch, 1, 1, channels)
    maximum = keras.ops.max(x, axis=(1, 2), keepdims=True)
    summary = layers.Concatenate(axis=1, name=f"{name}_summary")([mean, maximum])

    # (batch, 2, 1, channels): one answer for the means, one for the maxima
    squeeze = layers.Dense(max(1, channels // reduction), "relu", name=f"{name}_squeeze")
    excite = layers.Dense(channels, name=f"{name}_excite")
    answers = excite(squeeze(summary))
    together = keras.ops.sum(answers, axis=1, keepdims=True)

    weights = layers.Activation("sigmoid", name=f"{name}_map")(together)
    return layers.Multiply(name=name)([x, weights])


def spatial_attention(x: KerasTensor, name: str, kernel_size: int = 7) -> KerasTensor:
    """Weigh each point by a number in [0, 1], from the mean and maximum over channels around it.

    The layer `{name}_map` holds the weights, shape (batch, height, width, 1).

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
        What comes in.
    name : str
        What the layers' names begin with.
    kernel_size : int, points
        Side of the square kernel that reads the two maps.

    Returns
    -------
    x : symbolic tensor, shape (batch, height, width, channels)

    Notes
    -----
    Derived in chapter 04, *Four ways to build a block*.

    References
    ----------
    Woo et al. (2018), CBAM, doi:10.1007/978-3-030-01234-2_1.

    Examples
    --------
    >>> spatial_attention(keras.Input((8, 16, 32)), "points").shape
    (None, 8, 16, 32)
    """
    mean = keras.ops.mean(x, axis=-1, keepdims=True)  # (batch, height, width, 1)
    maximum = keras.ops.max(x, axis=-1, keepdims=True)
    summary = layers.Concatenate(name=f"{name}_summary")([mean, maximum])
    read = layers.Conv2D(1, kernel_size, padding="same", activation="sigmoid", name=f"{name}_map")
    weights = read(summary)
    return layers.Multiply(name=name)([x, weights])


def lightweight_encoder(input_shape: tuple[int, int, int] = (128, 256, 1)) -> keras.Model:
    """Return the course's plain encoder: six 3×3 convolutions, a mean over the image, length 1.

    It has 304,672 parameters, of which 303,520 are trainable, at any input size; it costs
    0.54 GMAC an image at 128×256 and a sixteenth of that at 32×64.

    Parameters
    ----------
    input_shape : (height, width, channels), at least 8×8 pixels
        Of the prepared images.

    Returns
    -------
    encoder : keras.Model
        float32 (batch, height, width, channels) to float32 (batch, 128), unit length, in mixed
        precision too.

    Raises
    ------
    ValueError
        If the input is too small to be pooled three times.

    Notes
    -----
    Derived in chapter 04, *The encoder, layer by layer*.

    Examples
    --------
    >>> lightweight_encoder((32, 64, 1)).count_params()
    304672
    """
    image = _prepared_image(input_shape)
    x = convolution(image, 32, "conv_1", pool=True)
    x = convolution(x, 32, "conv_2")
    x = convolution(x, 64, "conv_3", pool=True)
    x = convolution(x, 64, "conv_4")
    x = convolution(x, 128, "conv_5", pool=True)
    x = convolution(x, 128, "conv_6")
    return keras.Model(image, _unit_vector(x), name="lightweight_encoder")


def attentive_encoder(input_shape: tuple[int, int, int] = (128, 256, 1)) -> keras.Model:
    """Return an encoder with a residual and a dense stage, and attention after each.

    It stays below a million parameters and, at any input size, below the arithmetic of
    `lightweight_encoder`.

    Parameters
    ----------
    input_shape : (height, width, channels), at least 8×8 pixels
        Of the prepared images.

    Returns
    -------
    encoder : keras.Model
        float32 (batch, height, width, channels) to float32 (batch, 128), unit length, in mixed
        precision too.

    Raises
    ------
    ValueError
        If the input is too small to be pooled three times.

    Notes
    -----
    Derived in chapter 04, *Four ways to build a block*.

    Examples
    --------
    >>> attentive_encoder((32, 64, 1)).output_shape
    (None, 128)
    """
    image = _prepared_image(input_shape)
    x = convolution(image, 32, "stem", pool=True)
    x = residual_block(x, 32, "residual_1")
    x = layers.MaxPooling2D(name="residual_1_pool")(x)
    x = residual_block(x, 64, "residual_2")
    x = channel_attention(x, "residual_channel_attention")
    x = spatial_attention(x, "residual_spatial_attention")
    x = layers.MaxPooling2D(name="residual_2_pool")(x)
    x = dense_block(x, convolutions=4, growth=32, name="dense")
    x = convolution(x, 128, "transition", kernel_size=1)
    x = channel_attention(x, "dense_channel_attention")
    x = spatial_attention(x, "dense_spatial_attention")
    return keras.Model(image, _unit_vector(x), name="attentive_encoder")


def mixed_dense_block(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    """Apply a dense block of four convolutions, then one of 1×1 that brings it to `filters`."""
    x = dense_block(x, convolutions=4, growth=filters // 4, name=name)
    return convolution(x, filters, f"{name}_mix", kernel_size=1)


def attention_block(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    """Apply one convolution, then attention to its channels and to its points."""
    x = convolution(x, filters, f"{name}_conv")
    x = channel_attention(x, f"{name}_channels")
    return spatial_attention(x, f"{name}_places")


BLOCKS = {"residual": residual_block, "dense": mixed_dense_block, "attention": attention_block}


def block_encoder(
    input_shape: tuple[int, int, int] = (128, 256, 1), block: str = "residual"
) -> keras.Model:
    """Return an encoder of three blocks of one sort, to compare the sorts.

    The blocks have 32, 64 and 128 filters, and each is pooled.

    Parameters
    ----------
    input_shape : (height, width, channels), at least 8×8 pixels
        Of the prepared images.
    block : "residual", "dense" or "attention"
        The second has four convolutions and one of 1×1, the third one convolution and attention.

    Returns
    -------
    encoder : keras.Model
        float32 (batch, height, width, channels) to float32 (batch, 128), unit length, in mixed
        precision too.

    Raises
    ------
    ValueError
        If the input is too small to be pooled three times, or the block is not known.

    Notes
    -----
    Derived in chapter 04, *Four ways to build a block*.

    Examples
    --------
    >>> block_encoder((32, 64, 1), "attention").name
    'attention_encoder'
    """
    tables.require_known("block", [block], BLOCKS)
    image = _prepared_image(input_shape)
    x = image
    for number, filters in enumerate((32, 64, 128), start=1):
        x = BLOCKS[block](x, filters, f"{block}_{number}")
        x = layers.MaxPooling2D(name=f"pool_{number}")(x)
    return keras.Model(image, _unit_vector(x), name=f"{block}_encoder")


def siamese(encoder: keras.Model) -> keras.Model:
    """Return a network that answers two images with the distance of their embeddings.

    Both towers are the same encoder: training one trains the other.

    Parameters
    ----------
    encoder : keras.Model
        From one image to one vector.

    Returns
    -------
    network : keras.Model
        [left, right], each float32 (batch, height, width, channels), to float32 (batch,): the
        Euclidean distance, in [1e-6, 2] for vectors of unit length. The lower bound keeps the
        gradient finite where two images coincide.

    Notes
    -----
    Derived in chapter 04, *Two towers*.

    References
    ----------
    Bromley et al. (1993), signature verification using a siamese network,
    doi:10.1142/S0218001493000339.

    Examples
    --------
    >>> encoder = lightweight_encoder((8, 16, 1))
    >>> network = siamese(encoder)
    >>> network.output_shape, network.count_params() == encoder.count_params()
    ((None,), True)
    """
    left = keras.Input(encoder.input_shape[1:], name="left")
    right = keras.Input(encoder.input_shape[1:], name="right")
    subtract = layers.Subtract(dtype=IN_MIXED_PRECISION_TOO, name="difference")
    difference = subtract([encoder(left), encoder(right)])  # (batch, 128)
    squared = keras.ops.sum(keras.ops.square(difference), axis=-1)  # (batch,)
    distance = keras.ops.sqrt(keras.ops.maximum(squared, SMALLEST_SQUARED_DISTANCE))
    return keras.Model([left, right], distance, name="siamese")


def layer_table(encoder: keras.Model) -> pd.DataFrame:
    """Return what each layer of an encoder puts out, holds and costs.

    Parameters
    ----------
    encoder : keras.Model
        Of layers that are used once each.

    Returns
    -------
    table : DataFrame
        Columns `layer`, `output` (shape without the batch), `parameters` (trainable or not) and
        `macs` (multiply-accumulates for one image in convolutions and dense layers; what the others
        do is small beside it).

    Raises
    ------
    ValueError
        If a layer has weights whose arithmetic is not counted here.

    Notes
    -----
    Derived in chapter 04, *Counting by hand*.

    Examples
    --------
    >>> layer_table(lightweight_encoder((32, 64, 1))).head(3)
             layer        output  parameters    macs
    0        image   (32, 64, 1)           0       0
    1       conv_1  (32, 64, 32)         288  589824
    2  conv_1_pool  (16, 32, 32)           0       0
    """
    rows = [
        {
            "layer": layer.name,
            "output": tuple(layer.output.shape[1:]),
            "parameters": layer.count_params(),
            "macs": _multiply_accumulates(layer),
        }
        for layer in encoder.layers
    ]
    return pd.DataFrame(rows)


def embed(encoder: keras.Model, images: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """Return the embeddings of prepared images, computed by a compiled call.

    Parameters
    ----------
    encoder : keras.Model
        From one image to one vector.
    images : float32 or float16 array, shape (n, height, width, channels)
        As `preprocessing.prepare` makes them.
    batch_size : int
        Images at a time; 64 of 128×256 take about 0.6 GB, and 16 are as fast.

    Returns
    -------
    embeddings : float32 array, shape (n, d)

    Raises
    ------
    ValueError
        If the images are neither float32 nor float16, not of the encoder's input shape, or not
        prepared: a level is NaN, below 0, or above 1 as in a scan.

    Notes
    -----
    Derived in chapter 04, *Batch normalisation and unit length*.

    Examples
    --------
    >>> images = np.random.default_rng(0).random((3, 8, 16, 1), np.float32)
    >>> vectors = embed(lightweight_encoder((8, 16, 1)), images)
    >>> vectors.shape, np.allclose(np.linalg.norm(vectors, axis=1), 1)
    ((3, 128), True)
    """
    expected = encoder.input_shape[1:]
    if images.dtype not in (np.float32, np.float16):
        raise ValueError(
            f"images: {images.dtype} where float32 is needed; "
            "pass them through preprocessing.prepare"
        )
    if images.shape[1:] != expected:
        needed = ", ".join(map(str, expected))
        raise ValueError(f"images: shape {images.shape} where (n, {needed}) is needed")
    require_prepared(images)
    embeddings = np.empty((len(images), encoder.output_shape[-1]), np.float32)
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size].astype(np.float32, copy=False)
        vectors = encoder.predict_on_batch(batch)
        # Under a distribution strategy every device answers for all images, one after the other.
        embeddings[start : start + batch_size] = vectors[: len(batch)]
    return embeddings


def _prepared_image(input_shape: tuple[int, int, int]) -> KerasTensor:
    """Return an encoder's input, or refuse one that is too small."""
    height, width, _ = input_shape
    if min(height, width) < SHORTEST_SIDE:
        raise ValueError(
            f"input_shape: {height}×{width} pixels cannot be halved three times; "
            f"use at least {SHORTEST_SIDE}×{SHORTEST_SIDE}"
        )
    return keras.Input(input_shape, name="image")


def _unit_vector(x: KerasTensor) -> KerasTensor:
    """Average over the image, and map the averages to a vector of length 1."""
    x = layers.GlobalAveragePooling2D(name="mean_over_image")(x)
    x = layers.Dense(EMBEDDING_SIZE, use_bias=False, name="embedding")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="embedding_norm")(x)
    return layers.UnitNormalization(dtype=IN_MIXED_PRECISION_TOO, name="unit_length")(x)


def _multiply_accumulates(layer: layers.Layer) -> int:
    """Return how many products of a weight and a value a layer adds up for one image."""
    if isinstance(layer, layers.Conv2D | layers.Dense):
        # The kernel is applied at every point of the output; its shape holds the channels.
        points = math.prod(layer.output.shape[1:-1])
        return points * math.prod(layer.kernel.shape)
    if layer.count_params() and not isinstance(layer, layers.BatchNormalization):
        kind = type(layer).__name__
        raise ValueError(f"{layer.name}: the arithmetic of a {kind} is not counted here")
    return 0
