"""Trains the small world on one device and on two, in a process of its own.

Devices are counted as TensorFlow starts.

Written to the .npz file that is named: for each training, what the tests compare.
"""

import contextlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from small_world import QUICK, make_corpus, make_encoder

from deepsign_helpers.encoders import embed
from deepsign_helpers.training import fit
from deepsign_helpers.training.step import LOSSES

IMAGES, TABLE = make_corpus(writers=9)
OTHERS = make_corpus(seed=1)


def train(strategy: tf.distribute.Strategy, **options) -> dict[str, np.ndarray]:
    """Train on the devices of a strategy and return what came of it."""
    with strategy.scope():
        encoder = make_encoder()
    history = fit(encoder, IMAGES, TABLE, OTHERS, strategy=strategy, **options)
    with strategy.scope():
        within = embed(encoder, IMAGES[:7])
    return {
        "losses": history.steps["loss"].to_numpy(),
        "rates": history.validations["equal_error_rate"].to_numpy(),
        "embeddings": embed(encoder, IMAGES),
        "within": within,
        "means": next(
            layer for layer in encoder.layers if hasattr(layer, "moving_mean")
        ).get_weights()[2],
        "synchronized": [
            layer.synchronized for layer in encoder.layers if hasattr(layer, "synchronized")
        ],
    }


def interrupted(strategy: tf.distribute.Strategy, state: Path) -> dict[str, np.ndarray]:
    """Train until the batch of step 7 is made, then to the end."""

    def recipe(seed):
        seeds.append(seed)
        if len(seeds) == 7:
            raise KeyboardInterrupt
        return lambda image: {"image": image}

    seeds, settings = [], replace(QUICK, recipe=recipe)
    with contextlib.suppress(KeyboardInterrupt):
        train(strategy, settings=settings, state=state)
    assert state.exists()
    return train(strategy, settings=settings, state=state)


def refusal(strategy: tf.distribute.Strategy, writers: int, of: int) -> str:
    """Return what is said to a batch of so many writers, of as many as there are."""
    images, table = IMAGES[: 10 * of], TABLE[: 10 * of]
    with strategy.scope():
        encoder = make_encoder()
    try:
        fit(
            encoder,
            images,
            table,
            settings=replace(QUICK, writers=writers, steps=1),
            strategy=strategy,
        )
    except ValueError as error:
        return str(error)
    return ""


def main(path: Path) -> None:
    """Make all comparisons and write them."""
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        processor, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    strategies = {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }
    made = {}
    for loss in LOSSES:
        for name, strategy in strategies.items():
            made[f"{loss} {name}"] = train(strategy, settings=replace(QUICK, loss=loss))
    made["interrupted two"] = interrupted(strategies["two"], path.with_name("state.npz"))
    kept = {f"{name} {key}": value for name, told in made.items() for key, value in told.items()}
    kept["refusals"] = [refusal(strategies["two"], 3, of=8), refusal(strategies["two"], 4, of=3)]
    np.savez(path, **kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
