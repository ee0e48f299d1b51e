"""Networks that turn a prepared signature into a point on a sphere, and what such a network costs."""

import math

import keras
import numpy as np
import pandas as pd
from keras import KerasTensor, layers

from deepsign_helpers import tables

NORM_MOMENTUM = 0.9  # averages over ten steps or so: after a short training Keras's 0.99 still remembers the untrained


def convolution(
    x: KerasTensor,
    filters: int,
    name: str,
    kernel_size: int = 3,
    relu: bool = True,
    pool: bool = False,
) -> KerasTensor:
    """Apply a convolution without bias, batch normalisation and ReLU; height and width stay, unless it is pooled.

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
    filters : number of output channels
    name : what the layers' names begin with
    kernel_size : side of the square kernel, pixels
    relu : without it the ReLU is left out
    pool : halve height and width by max-pooling right after the convolution: what follows then has a quarter of the
        numbers to go through, and a step of training takes a fifth less time

    References
    ----------
    Ioffe and Szegedy (2015), batch normalization, doi:10.48550/arXiv.1502.03167.
    """
    x = layers.Conv2D(filters, kernel_size, padding="same", use_bias=False, name=name)(x)
    x = layers.MaxPooling2D(name=f"{name}_pool")(x) if pool else x
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


def residual_block(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    """Apply two 3×3 convolutions and add what came in; a 1×1 convolution fits the input where channels differ.

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
    filters : number of output channels
    name : what the layers' names begin with

    References
    ----------
    He et al. (2016), deep residual learning, doi:10.1109/CVPR.2016.90.
    """
    shortcut = (
        x if x.shape[-1] == filters else convolution(x, filters, f"{name}_shortcut", 1, relu=False)
    )
    x = convolution(x, filters, f"{name}_conv_1")
    x = convolution(x, filters, f"{name}_conv_2", relu=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, shortcut]))


def dense_block(x: KerasTensor, convolutions: int, growth: int, name: str) -> KerasTensor:
    """Apply 3×3 convolutions each of which sees all maps before it and adds `growth` more.

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
    convolutions : how many of them
    growth : channels that each adds; the output has channels + convolutions · growth
    name : what the layers' names begin with

    References
    ----------
    Huang et al. (2017), densely connected networks, doi:10.1109/CVPR.2017.243.
    """
    for number in range(1, convolutions + 1):
        new = convolution(x, growth, f"{name}_conv_{number}")
        x = layers.Concatenate(name=f"{name}_join_{number}")([x, new])
    return x


def channel_attention(x: KerasTensor, name: str, reduction: int = 8) -> KerasTensor:
    """Weigh each channel by a number in [0, 1], computed from the channels' means and maxima over the image.

    One small network, shared, reads the means and the maxima; the two answers are added. The layer `{name}_map` holds
    the weights, shape (batch, 1, 1, channels).

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
    name : what the layers' names begin with
    reduction : how many times narrower than `channels` the middle of the small network is

    References
    ----------
    Hu et al. (2018), squeeze-and-excitation, doi:10.1109/CVPR.2018.00745;
    Woo et al. (2018), CBAM, doi:10.1007/978-3-030-01234-2_1.
    """
    channels = x.shape[-1]
    mean, maximum = (
        keras.ops.mean(x, axis=(1, 2), keepdims=True),
        keras.ops.max(x, axis=(1, 2), keepdims=True),
    )
    summary = layers.Concatenate(axis=1, name=f"{name}_summary")([mean, maximum])
    hidden = layers.Dense(max(1, channels // reduction), activation="relu", name=f"{name}_squeeze")(
        summary
    )
    answers = layers.Dense(channels, name=f"{name}_excite")(hidden)
    weights = layers.Activation("sigmoid", name=f"{name}_map")(
        keras.ops.sum(answers, axis=1, keepdims=True)
    )
    return layers.Multiply(name=name)([x, weights])


def spatial_attention(x: KerasTensor, name: str, kernel_size: int = 7) -> KerasTensor:
    """Weigh each place by a number in [0, 1], computed from the mean and the maximum over channels around it.

    The layer `{name}_map` holds the weights, shape (batch, height, width, 1).

    Parameters
    ----------
    x : symbolic tensor, shape (batch, height, width, channels)
    name : what the layers' names begin with
    kernel_size : side of the square kernel that reads the two maps, cells

    References
    ----------
    Woo et al. (2018), CBAM, doi:10.1007/978-3-030-01234-2_1.
    """
    mean, maximum = (
        keras.ops.mean(x, axis=-1, keepdims=True),
        keras.ops.max(x, axis=-1, keepdims=True),
    )
    summary = layers.Concatenate(name=f"{name}_summary")([mean, maximum])
    weights = layers.Conv2D(
        1, kernel_size, padding="same", activation="sigmoid", name=f"{name}_map"
    )(summary)
    return layers.Multiply(name=name)([x, weights])


def lightweight_encoder(input_shape: tuple[int, int, int] = (128, 256, 1)) -> keras.Model:
    """Return the course's plain encoder: six 3×3 convolutions, an average over the image, a vector of length 1.

    It has 304,672 parameters, of which 303,520 are trainable, at any input size; it costs 0.54 GMAC an image at
    128×256 and a sixteenth of that at 32×64. Chapter 04 derives it.

    Parameters
    ----------
    input_shape : (height, width, channels), at least 8×8 pixels

    Returns
    -------
    encoder : float32 (batch, height, width, channels) -> float32 (batch, 128), unit length, in mixed precision too

    Raises
    ------
    ValueError
        If the input is too small to be pooled three times.
    """
    x = inputs = _prepared_image(input_shape)
    for number, filters in enumerate((32, 32, 64, 64, 128, 128), start=1):
        x = convolution(x, filters, f"conv_{number}", pool=number % 2 == 1)
    return keras.Model(inputs, _unit_vector(x), name="lightweight_encoder")


def attentive_encoder(input_shape: tuple[int, int, int] = (128, 256, 1)) -> keras.Model:
    """Return an encoder with a residual stage, a dense stage, and channel and spatial attention after each.

    It stays below a million parameters and, at any input size, below the arithmetic of `lightweight_encoder`.

    Parameters
    ----------
    input_shape : (height, width, channels), at least 8×8 pixels

    Returns
    -------
    encoder : float32 (batch, height, width, channels) -> float32 (batch, 128), unit length, in mixed precision too

    Raises
    ------
    ValueError
        If the input is too small to be pooled three times.
    """
    inputs = _prepared_image(input_shape)
    x = convolution(inputs, 32, "stem", pool=True)
    x = layers.MaxPooling2D(name="residual_1_pool")(residual_block(x, 32, "residual_1"))
    x = residual_block(x, 64, "residual_2")
    x = channel_attention(x, "residual_channel_attention")
    x = spatial_attention(x, "residual_spatial_attention")
    x = layers.MaxPooling2D(name="residual_2_pool")(x)
    x = dense_block(x, convolutions=4, growth=32, name="dense")
    x = convolution(x, 128, "transition", kernel_size=1)
    x = channel_attention(x, "dense_channel_attention")
    x = spatial_attention(x, "dense_spatial_attention")
    return keras.Model(inputs, _unit_vector(x), name="attentive_encoder")


BLOCKS = {
    "residual": residual_block,
    "dense": lambda x, filters, name: convolution(
        dense_block(x, 4, filters // 4, name), filters, f"{name}_mix", 1
    ),
    "attention": lambda x, filters, name: spatial_attention(
        channel_attention(convolution(x, filters, f"{name}_conv"), f"{name}_channels"),
        f"{name}_places",
    ),
}


def block_encoder(
    input_shape: tuple[int, int, int] = (128, 256, 1), block: str = "residual"
) -> keras.Model:
    """Return an encoder of three blocks of one sort, with 32, 64 and 128 filters, each pooled, to compare the sorts.

    Parameters
    ----------
    input_shape : (height, width, channels), at least 8×8 pixels
    block : "residual" | "dense" (four convolutions, then one of 1×1) | "attention" (after one convolution)

    Returns
    -------
    encoder : float32 (batch, height, width, channels) -> float32 (batch, 128), unit length, in mixed precision too

    Raises
    ------
    ValueError
        If the input is too small to be pooled three times, or the block is not known.
    """
    tables.require_known("block", [block], BLOCKS)
    x = inputs = _prepared_image(input_shape)
    for number, filters in enumerate((32, 64, 128), start=1):
        x = layers.MaxPooling2D(name=f"pool_{number}")(
            BLOCKS[block](x, filters, f"{block}_{number}")
        )
    return keras.Model(inputs, _unit_vector(x), name=f"{block}_encoder")


def siamese(encoder: keras.Model) -> keras.Model:
    """Return a network with two inputs and one encoder that answers with the distance of the two embeddings.

    Both towers are the same encoder: training one trains the other.

    Parameters
    ----------
    encoder : a model from one image to one vector

    Returns
    -------
    network : [left, right], each float32 (batch, height, width, channels) -> float32 (batch,), Euclidean distance,
        in [1e-6, 2] for vectors of unit length; the lower bound keeps the gradient finite where two images coincide

    References
    ----------
    Bromley et al. (1993), signature verification using a siamese network, doi:10.1142/S0218001493000339.
    """
    left, right = (keras.Input(encoder.input_shape[1:], name=name) for name in ("left", "right"))
    difference = layers.Subtract(dtype="float32", name="difference")(
        [encoder(left), encoder(right)]
    )
    squared = keras.ops.sum(keras.ops.square(difference), axis=-1)
    distance = keras.ops.sqrt(
        keras.ops.maximum(squared, 1e-12)
    )  # at 0 a root has no finite slope: NaN after one step
    return keras.Model([left, right], distance, name="siamese")


def layer_table(encoder: keras.Model) -> pd.DataFrame:
    """Return what each layer of an encoder puts out, holds and costs.

    Parameters
    ----------
    encoder : a model of layers that are used once each

    Returns
    -------
    table : columns `layer`, `output` (shape without the batch), `parameters` (trainable or not) and `macs`
        (multiply-accumulates for one image in convolutions and dense layers; what the others do is small beside it)

    Raises
    ------
    ValueError
        If a layer has weights whose arithmetic is not counted here.
    """
    rows = []
    for layer in encoder.layers:
        output, parameters, macs = tuple(layer.output.shape[1:]), layer.count_params(), 0
        if isinstance(
            layer, layers.Conv2D | layers.Dense
        ):  # the kernel is applied at every place of the output
            macs = math.prod(output[:-1]) * math.prod(layer.kernel.shape)
        elif parameters and not isinstance(layer, layers.BatchNormalization):
            raise ValueError(
                f"{layer.name}: the arithmetic of a {type(layer).__name__} is not counted here"
            )
        rows.append((layer.name, output, parameters, macs))
    return pd.DataFrame(rows, columns=["layer", "output", "parameters", "macs"])


def embed(encoder: keras.Model, images: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """Return the embeddings of prepared images, computed by a compiled call.

    Parameters
    ----------
    encoder : a model from one image to one vector
    images : float32 or float16 array, shape (n, height, width, channels), as `preprocessing.prepare` makes them
    batch_size : images at a time; 64 of 128×256 take about 0.6 GB, and 16 are as fast

    Returns
    -------
    embeddings : float32 array, shape (n, d)

    Raises
    ------
    ValueError
        If the images are neither float32 nor float16, or not of the encoder's input shape.
    """
    expected = encoder.input_shape[1:]
    if images.dtype not in (np.float32, np.float16):
        raise ValueError(
            f"images: {images.dtype} where float32 is needed; pass them through preprocessing.prepare"
        )
    if images.shape[1:] != expected:
        raise ValueError(
            f"images: shape {images.shape} where (n, {', '.join(map(str, expected))}) is needed"
        )
    embeddings = np.empty((len(images), encoder.output_shape[-1]), np.float32)
    for start in range(0, len(images), batch_size):
        some = images[start : start + batch_size].astype(np.float32, copy=False)
        # Under a distribution strategy every device answers for all images, one after the other.
        embeddings[start : start + batch_size] = encoder.predict_on_batch(some)[: len(some)]
    return embeddings


def _prepared_image(input_shape: tuple[int, int, int]) -> KerasTensor:
    height, width, _ = input_shape
    if min(height, width) < 8:
        raise ValueError(
            f"input_shape: {height}×{width} pixels cannot be halved three times; use at least 8×8"
        )
    return keras.Input(input_shape, name="image")


def _unit_vector(x: KerasTensor) -> KerasTensor:
    x = layers.GlobalAveragePooling2D(name="mean_over_image")(x)
    x = layers.Dense(128, use_bias=False, name="embedding")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="embedding_norm")(x)
    return layers.UnitNormalization(dtype="float32", name="unit_length")(x)
