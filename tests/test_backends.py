"""Encoders and losses under JAX, with no TensorFlow in the process: the same as under TensorFlow.

JAX is nobody's dependency. TensorFlow imports it wherever it finds it, at 110 MB, so it must not
stand among the course's packages: this file installs it into a folder of its own, once.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from deepsign_helpers import encoders, losses, runtime
from deepsign_helpers.tables import DIFFERENT, SAME

# jaxlib has the same version; what else JAX needs, the course has.
JAX = "0.10.2" if sys.version_info < (3, 12) else "0.12.0.1"
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
    """Draw sparse images, and unit vectors near each other for one writer."""
    rng = np.random.default_rng(0)
    levels = rng.random((10, *SHAPE))
    share_of_ink = np.linspace(0.05, 0.6, 10)[:, None, None, None]  # no two images are alike
    images = levels * (rng.random((10, *SHAPE)) < share_of_ink)
    writers = rng.normal(size=(4, 16))
    vectors = writers[IDENTITY[:, 0]] + rng.normal(size=(len(IDENTITY), 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return images.astype(np.float32), vectors.astype(np.float32)


def draw_weights(network, seed):
    """Give a network telling weights: no scale or variance of 1, no mean or offset of 0."""
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
    under_jax = keras.backend.backend() == "jax"
    gradient = gradient_under_jax if under_jax else gradient_under_tensorflow
    for name, loss in LOSSES.items():
        found[name] = float(loss(IDENTITY, vectors))
        found[f"{name}, gradient"] = gradient(loss, vectors)
    labels = np.array([SAME, DIFFERENT] * 5)
    distances = np.linspace(0, 2, 10, dtype="float32")
    found["pair_contrastive"] = float(
        losses.pair_contrastive(labels, distances, class_weight=WEIGHTS)
    )
    return found


@pytest.fixture(scope="module")
def jax_folder():
    """A folder with JAX alone, installed by the first run and kept for the next ones."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = runtime.build_folder() / f"jax-{JAX}-python{python}"
    if folder.is_dir():
        return folder
    # Moved into place as a whole: an installation that was interrupted must not count.
    with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
        packages = [f"jax=={JAX}", f"jaxlib=={JAX}"]
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target"]
        result = subprocess.run(
            [*pip, f"{unfinished}/jax", *packages], capture_output=True, text=True
        )
        if result.returncode:
            reason = (result.stderr.strip().splitlines() or ["pip failed"])[-1]
            pytest.skip(f"JAX {JAX} cannot be installed: {reason}")
        Path(unfinished, "jax").rename(folder)
    return folder


@pytest.fixture(scope="module")
def both(jax_folder, tmp_path_factory):
    """What TensorFlow answers in this process, and JAX in another."""
    path = tmp_path_factory.mktemp("jax") / "answers.npz"
    folders = [runtime.PACKAGE_FOLDER.parent, jax_folder]
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
    }
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
    under_tensorflow = both[0][name]
    under_jax = both[1][name]
    assert under_jax.dtype == np.float32
    assert under_jax == pytest.approx(under_tensorflow, abs=1e-4)
    assert np.ptp(under_tensorflow, axis=0).mean() > 0.01


@pytest.mark.parametrize(
    "name", [*LOSSES, *(f"{name}, gradient" for name in LOSSES), "pair_contrastive"]
)
def test_losses_and_their_gradients_are_the_same_under_both_backends(both, name):
    under_tensorflow = both[0][name]
    under_jax = both[1][name]
    assert under_jax == pytest.approx(under_tensorflow, abs=1e-5)
    assert np.abs(under_tensorflow).max() > 0.01


if __name__ == "__main__":
    made = answers()
    np.savez(
        sys.argv[1], backend=keras.backend.backend(), tensorflow="tensorflow" in sys.modules, **made
    )
