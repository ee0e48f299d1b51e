"""Encoders and losses under JAX, with no TensorFlow in the process: the same vectors and values as under TensorFlow."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from deepsign_helpers import encoders, losses, runtime
from deepsign_helpers.evaluation import DIFFERENT, SAME

SHAPE = (16, 32, 1)
MAKERS = {
    "lightweight": encoders.lightweight_encoder,
    "attentive": encoders.attentive_encoder,
    "siamese": lambda shape: encoders.siamese(encoders.lightweight_encoder(shape)),
}
WEIGHTS = {SAME: 3.0, DIFFERENT: 0.25}
LOSSES = {
    "contrastive": losses.contrastive,
    "contrastive, weighted": partial(losses.contrastive, class_weight=WEIGHTS),
    "triplet": losses.triplet,
    "supervised_contrastive": losses.supervised_contrastive,
}
IDENTITY = np.array(
    [(writer, genuine) for writer in range(4) for genuine in (1, 1, 1, 0, 0)], "int32"
)


def inputs():
    """Draw sparse images, no two alike in their amount of ink, and unit vectors near each other for one writer."""
    rng = np.random.default_rng(0)
    images = rng.random((10, *SHAPE)) * (
        rng.random((10, *SHAPE)) < np.linspace(0.05, 0.6, 10)[:, None, None, None]
    )
    vectors = rng.normal(size=(4, 16))[IDENTITY[:, 0]] + rng.normal(size=(len(IDENTITY), 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return images.astype(np.float32), vectors.astype(np.float32)


def draw_weights(network, seed):
    """Give a network weights that are all telling: no scale or variance of 1, no mean or offset of 0."""
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        if weight.name in ("gamma", "moving_variance"):
            drawn = rng.uniform(0.5, 1.5, weight.shape)
        else:
            drawn = rng.normal(size=weight.shape) / np.sqrt(max(1, np.prod(weight.shape[:-1])))
        weight.assign(drawn * (0.2 if weight.name in ("beta", "moving_mean") else 1.5))


def gradient_under_tensorflow(loss, vectors):
    import tensorflow as tf

    vectors = tf.Variable(vectors)
    with tf.GradientTape() as tape:
        value = loss(IDENTITY, vectors)
    return tape.gradient(value, vectors).numpy()


def gradient_under_jax(loss, vectors):
    import jax

    return np.asarray(jax.grad(lambda some: loss(IDENTITY, some))(vectors))


def answers():
    """Return all embeddings, loss values and gradients under the backend of this process."""
    images, vectors = inputs()
    found = {}
    for seed, (name, make) in enumerate(MAKERS.items()):
        network = make(SHAPE)
        draw_weights(network, seed)
        if name == "siamese":
            found[name] = network.predict_on_batch([images, images[::-1]])
        else:
            found[name] = encoders.embed(network, images, batch_size=5)
    gradient = {"tensorflow": gradient_under_tensorflow, "jax": gradient_under_jax}[
        keras.backend.backend()
    ]
    for name, loss in LOSSES.items():
        found[name] = float(loss(IDENTITY, vectors))
        found[f"{name}, gradient"] = gradient(loss, vectors)
    labels, distances = np.array([SAME, DIFFERENT] * 5), np.linspace(0, 2, 10, dtype="float32")
    found["pair_contrastive"] = float(
        losses.pair_contrastive(labels, distances, class_weight=WEIGHTS)
    )
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What TensorFlow answers in this process, and JAX in another."""
    path = tmp_path_factory.mktemp("jax") / "answers.npz"
    places = (
        runtime.PACKAGE_FOLDER.parent,
        Path(__file__).parent,
        Path(sys.prefix, "jax"),
    )  # the last: see the Makefile
    here = os.pathsep.join(map(str, places))
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": here}
    command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", __file__, path]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    with np.load(path) as file:
        return answers(), dict(file)


def test_encoders_and_losses_run_under_jax_without_tensorflow(both):
    assert both[1]["backend"] == "jax"
    assert not both[1]["tensorflow"]


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_weights_give_the_same_embeddings_under_both_backends(both, name):
    under_tensorflow, under_jax = (answer[name] for answer in both)
    assert under_jax.dtype == np.float32
    assert under_jax == pytest.approx(under_tensorflow, abs=1e-4)
    assert np.ptp(under_tensorflow, axis=0).mean() > 0.01


@pytest.mark.parametrize(
    "name", [*LOSSES, *(f"{name}, gradient" for name in LOSSES), "pair_contrastive"]
)
def test_losses_and_their_gradients_are_the_same_under_both_backends(both, name):
    under_tensorflow, under_jax = (answer[name] for answer in both)
    assert under_jax == pytest.approx(under_tensorflow, abs=1e-5)
    assert np.abs(under_tensorflow).max() > 0.01


if __name__ == "__main__":
    made = answers()
    np.savez(
        sys.argv[1], backend=keras.backend.backend(), tensorflow="tensorflow" in sys.modules, **made
    )
