"""Trains the small world on one device and on two.

It is a process of its own, since devices are counted as TensorFlow starts. Into the .npz file that
is named it writes, for each training, what the test compares.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from small_world import QUICK, make_corpus, make_encoder

from deepsign_helpers import losses
from deepsign_helpers.encoders import embed
from deepsign_helpers.training import train

CORPUS = make_corpus(writers=9)
OTHERS = make_corpus(seed=1)


def trained(strategy: tf.distribute.Strategy, loss) -> dict[str, np.ndarray]:
    """Train on the devices of a strategy and return what came of it."""
    with strategy.scope():
        encoder = make_encoder()
        history = train(encoder, CORPUS, OTHERS, replace(QUICK, loss=loss))
    return {
        "losses": history.epochs["loss"].to_numpy(),
        "rates": history.epochs["validation_eer"].to_numpy(),
        "embeddings": embed(encoder, CORPUS[0]),
    }


def main(path: Path) -> None:
    """Make all trainings and write what came of them."""
    processor = tf.config.list_physical_devices("CPU")[0]
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, halves)
    strategies = {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }
    made = {}
    for loss in (losses.contrastive, losses.triplet, losses.supervised_contrastive):
        for name, strategy in strategies.items():
            for what, values in trained(strategy, loss).items():
                made[f"{name} {loss.__name__} {what}"] = values
    np.savez(path, **made)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
