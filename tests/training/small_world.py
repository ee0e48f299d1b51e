"""A small world to train in: writers whose mark hides under stronger noise."""

import keras
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation
from deepsign_helpers.encoders import NORM_MOMENTUM, embed
from deepsign_helpers.training import Settings

QUICK = Settings(
    epochs=3,
    steps_per_epoch=4,
    writers=4,
    genuine=3,
    forged=2,
    learning_rate=0.01,
    recipe=None,
)

# Between these all patterns lie; as levels of an image they go from 0 to 1.
LOWEST = -100
HIGHEST = 100


def make_corpus(
    writers: int = 8, genuine: int = 6, forged: int = 4, seed: int = 0
) -> tuple[np.ndarray, pd.DataFrame]:
    """Make images of 8×16 pixels and their table.

    Some patterns show the writer, others, far stronger, differ from image to image and mean
    nothing: to be learned is which are which, the same in every world. A forgery is half the
    writer, half somebody else.
    """
    telling, distracting = np.random.default_rng(99).normal(size=(2, 4, 8, 16, 1))
    rng = np.random.default_rng(seed)
    images = []
    rows = []
    for number in range(writers):
        writer = f"w{seed}{number:02d}"
        own, other = rng.normal(size=(2, 4))
        forgers = (own + other) / 2
        for kind, code, count in (("genuine", own, genuine), ("forged", forgers, forged)):
            forgery = "skilled" if kind == "forged" else ""
            for sample in range(count):
                noise = 3 * rng.normal(size=4)
                code_seen = code + 0.1 * rng.normal(size=4)
                # (8, 16, 1) each
                signature = np.tensordot(code_seen, telling, 1)
                pattern = signature + np.tensordot(noise, distracting, 1)
                images.append((pattern - LOWEST) / (HIGHEST - LOWEST))
                path = f"{writer}/{kind}/{sample}.png"
                rows.append((path, writer, kind, str(sample), forgery))
    table = pd.DataFrame(rows, columns=["path", "writer", "kind", "sample", "forgery"])
    return np.array(images, np.float32), table


def keep(
    corpus: tuple[np.ndarray, pd.DataFrame], wanted: pd.Series
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the rows that are wanted."""
    images, table = corpus
    return images[wanted.to_numpy()], table[wanted].reset_index(drop=True)


def make_encoder(seed: int = 0) -> keras.Model:
    """Make the smallest encoder that still has batch normalisation and unit length."""
    # An initializer of its own: no other thread of the process can draw from it.
    first = keras.initializers.GlorotUniform(seed)
    inputs = keras.Input((8, 16, 1))
    x = keras.layers.Rescaling(HIGHEST - LOWEST, LOWEST)(inputs)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(8, use_bias=False, kernel_initializer=first)(x)
    x = keras.layers.BatchNormalization(momentum=NORM_MOMENTUM)(x)
    return keras.Model(inputs, keras.layers.UnitNormalization(dtype="float32")(x))


def skilled_rate(encoder: keras.Model, images: np.ndarray, table: pd.DataFrame) -> float:
    """Return the equal error rate of skilled forgeries, each measured against five references."""
    scores = evaluation.score_table(embed(encoder, images), table, 5, "partial")
    return evaluation.equal_error_rates(scores)["skilled"]


def leave_alone(seed: int):
    """Make a recipe that changes nothing."""
    return lambda image: {"image": image}


def killed_at(batch: int):
    """Make recipes that change nothing, and break off at that of batch number `batch`, from 1."""
    made = []

    def recipe(seed: int):
        made.append(seed)
        if len(made) == batch:
            raise RuntimeError("interrupted")
        return lambda image: {"image": image}

    recipe.__qualname__ = leave_alone.__qualname__  # a recipe is known by its name
    return recipe
