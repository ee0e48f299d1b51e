"""The search behind the presets: what carries over to other scripts and scanners."""

from dataclasses import replace
from functools import partial

import keras
import pandas as pd

from deepsign_helpers import encoders, evaluation, losses, training
from studies import corpora
from studies.comparisons import Line, judged
from studies.corpora import SEARCHED, everybody, first_writers
from studies.presets import fresh

EPOCHS = 5
STEPS_PER_EPOCH = 100  # 500 steps in all: a third of the classroom's
REFERENCES = 5
BASE = "base"
BASE_SEEDS = (0, 1, 2)  # how far a line moves by its seed alone
SEEDS = (0, 1)


def search() -> pd.DataFrame:
    """Try one change at a time, and other ways to compare five references with a signature."""
    base = replace(training.CLASSROOM, epochs=EPOCHS, steps_per_epoch=STEPS_PER_EPOCH, seconds=None)
    return pd.concat(
        [
            judged([Line(BASE, base, everybody)], BASE_SEEDS),
            judged(lines(base), SEEDS),
            fusions(base),
        ],
        ignore_index=True,
    )


def lines(base: training.Settings) -> list[Line]:
    """Return the lines of the search: what is different from the base, one thing at a time."""
    return [*of_training(base), *of_data(base), *of_size(base)]


def of_training(base: training.Settings) -> list[Line]:
    """Return the lines with another loss, or with more steps."""
    contrastive = replace(base, loss=losses.contrastive, class_weight="balanced")
    triplet = replace(base, loss=losses.triplet)
    alike = replace(base, loss=partial(base.loss, forgery_weight=1.0))
    longer = replace(base, epochs=4 * base.epochs)
    return [
        Line("contrastive loss", contrastive, everybody),
        Line("triplet loss", triplet, everybody),
        Line("a forgery weighs 1, not 4", alike, everybody),
        Line("four times the steps", longer, everybody),
    ]


def of_data(base: training.Settings) -> list[Line]:
    """Return the lines with fewer signatures to learn from, those that are left being alike or not.

    Beside each that leaves out a kind, another leaves out as many of all kinds.
    """
    return [
        Line("no forgeries in training", base, genuine_only),
        Line("clean scans only, a third of the images", base, clean_only),
        Line("all scanners, a third of the images", base, every_third_sample),
        Line("no invented scripts, a third of the writers", base, latin_or_paraph),
        Line("all scripts, a third of the writers", base, partial(first_writers, count=800)),
    ]


def of_size(base: training.Settings) -> list[Line]:
    """Return the lines with another input or encoder."""
    return [
        Line("48×96 pixels, not 32×64", replace(base, size=(48, 96)), everybody),
        Line("half the width", replace(base, encoder=narrow_encoder), everybody),
        Line("ink keeps its aspect", base, everybody, fit="aspect"),
    ]


def genuine_only(table: pd.DataFrame) -> pd.Series:
    """Say which rows are genuine signatures."""
    return table["kind"] == "genuine"


def clean_only(table: pd.DataFrame) -> pd.Series:
    """Say which rows are clean scans."""
    return table["domain"] == "clean"


def latin_or_paraph(table: pd.DataFrame) -> pd.Series:
    """Say which rows are in no invented script."""
    return table["script"].isin(["latin", "paraph"])


def every_third_sample(table: pd.DataFrame) -> pd.Series:
    """Say which rows are a third of each writer's signatures."""
    return table["sample"].astype(int) % 3 == 0


def fusions(base: training.Settings) -> pd.DataFrame:
    """Judge the base with each way to fuse the scores of five references."""
    encoder = fresh(base)
    train = corpora.prepared("train", base.size)
    training.train(encoder, (train.images, train.table), settings=base)
    rows = []
    for fusion in evaluation.FUSIONS:
        row = {"trial": f"references fused by {fusion}", "seed": 0}
        for place, name in SEARCHED.items():
            data = corpora.prepared(name, base.size)
            vectors = encoders.embed(encoder, data.images)
            scores = evaluation.score_table(vectors, data.table, REFERENCES, fusion)
            row[place] = 100 * evaluation.equal_error_rates(scores)["skilled"]
        rows.append(row)
    return pd.DataFrame(rows)


def narrow_encoder(shape: tuple[int, int, int]) -> keras.Model:
    """Return the lightweight encoder with half of its filters.

    Parameters
    ----------
    shape : (int, int, int)
        Of the input.
    """
    inputs = keras.Input(shape)
    x = inputs
    for number, filters in enumerate((16, 16, 32, 32, 64, 64), start=1):
        x = encoders.convolution(x, filters, f"conv_{number}", pool=number % 2 == 1)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(128, use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=encoders.NORM_MOMENTUM)(x)
    outputs = keras.layers.UnitNormalization(dtype="float32")(x)
    return keras.Model(inputs, outputs)
