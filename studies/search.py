"""The search behind the presets: what carries over to other scripts and scanners."""

from dataclasses import replace
from functools import partial

import keras
import pandas as pd

from deepsign_helpers import encoders, evaluation, losses, training
from deepsign_helpers.tables import DIFFERENT, SAME
from studies import corpora
from studies.comparisons import ENCODERS, Line, judged
from studies.corpora import SEARCHED, everybody, first_writers
from studies.presets import fresh

EPOCHS = 5
STEPS_PER_EPOCH = 100  # 500 steps in all: a third of the classroom's
REFERENCES = 5
BASE_SEEDS = (0, 1, 2)
BALANCED = {SAME: 5.2, DIFFERENT: 0.55}  # in a batch of the base
# Over some 50 steps; `fit` puts the averages in the weights' place in the end.
AVERAGED = partial(keras.optimizers.AdamW, use_ema=True, ema_momentum=0.98)


def search() -> pd.DataFrame:
    """Try one change at a time, and other ways to compare five references with a signature."""
    base = replace(training.CLASSROOM, epochs=EPOCHS, steps_per_epoch=STEPS_PER_EPOCH, seconds=None)
    return pd.concat(
        [
            judged([Line("base", base, everybody)], seeds=BASE_SEEDS),
            judged(lines(base)),
            fusions(base),
        ],
        ignore_index=True,
    )


def lines(base: training.Settings) -> list[Line]:
    """Return the lines of the search: what is different from the base, one thing at a time."""
    return [
        *of_losses(base),
        *of_batches(base),
        *of_data(base),
        *of_steps(base),
        *of_encoders(base),
    ]


def of_losses(base: training.Settings) -> list[Line]:
    """Return the lines with another loss, or another parameter of the base's."""
    weighted = base.loss
    other_losses = {
        "contrastive loss, balanced, margin 1.3 for 1.0": partial(
            losses.contrastive, different_margin=1.3, class_weight=BALANCED
        ),
        "triplet loss, margin 0.3": losses.triplet,
        "triplet loss, margin 0.1": partial(losses.triplet, margin=0.1),
        "temperature 0.05": partial(weighted, temperature=0.05),
        "temperature 0.2": partial(weighted, temperature=0.2),
        "a forgery weighs 1": partial(weighted, forgery_weight=1.0),
        "a forgery weighs 16": partial(weighted, forgery_weight=16.0),
    }
    balanced = replace(base, loss=losses.contrastive, class_weight="balanced")
    found = [Line("contrastive loss, balanced", balanced, everybody)]
    for name, loss in other_losses.items():
        found.append(Line(name, replace(base, loss=loss), everybody))
    return found


def of_batches(base: training.Settings) -> list[Line]:
    """Return the lines with other batches: P writers, K genuine and F forged signatures of each."""
    few_of_many = replace(base, writers=12, genuine=2, forged=2)
    many_of_few = replace(base, writers=4, genuine=6, forged=6)
    larger = replace(base, writers=12, steps_per_epoch=base.steps_per_epoch // 2)
    return [
        Line("no forgeries in training", base, genuine_only),
        Line("P 12, K 2, F 2", few_of_many, everybody),
        Line("P 4, K 6, F 6", many_of_few, everybody),
        Line("P 12, K 4, F 4, half the steps", larger, everybody),
    ]


def of_data(base: training.Settings) -> list[Line]:
    """Return the lines with other augmentation, writers or scans."""
    return [
        Line("no augmentation", replace(base, recipe=None), everybody),
        Line("all augmentation", replace(base, recipe=training.STUDY.recipe), everybody),
        Line("clean scans only, a third of the images", base, clean_only),
        Line("a third of the images, all scanners", base, every_third_sample),
        Line("Latin only, a sixth of the writers", base, latin_only),
        Line("a sixth of the writers, all scripts", base, partial(first_writers, count=400)),
        Line("no invented scripts, a third of the writers", base, latin_or_paraph),
        Line("half the writers", base, partial(first_writers, count=1200)),
        Line("half the images of each writer", base, every_second_sample),
    ]


def of_steps(base: training.Settings) -> list[Line]:
    """Return the lines with another way from step to step."""
    averaged = replace(base, optimizer=AVERAGED)
    return [
        Line("learning rate 0.001", replace(base, learning_rate=1e-3), everybody),
        Line("learning rate 0.004", replace(base, learning_rate=4e-3), everybody),
        Line("weights averaged over some 50 steps", averaged, everybody),
    ]


def of_encoders(base: training.Settings) -> list[Line]:
    """Return the lines with another input or encoder, and one with more steps."""
    narrow = partial(resized_encoder, widths=(16, 16, 32, 32, 64, 64))
    wide = partial(resized_encoder, widths=(48, 48, 96, 96, 192, 192))
    other_encoders = {
        "half the width": narrow,
        "one and a half times the width": wide,
        "an embedding of 32 numbers": partial(resized_encoder, numbers=32),
        "an embedding of 512 numbers": partial(resized_encoder, numbers=512),
        "hybrid encoder": encoders.attentive_encoder,
        "residual encoder": ENCODERS["residual"],
    }
    return [
        Line("48×96", replace(base, size=(48, 96)), everybody),
        Line("64×128", replace(base, size=(64, 128)), everybody),
        *(
            Line(name, replace(base, encoder=make), everybody)
            for name, make in other_encoders.items()
        ),
        Line("ink keeps its aspect", base, everybody, fit="aspect"),
        Line("four times the steps", replace(base, epochs=4 * base.epochs), everybody),
    ]


def genuine_only(table: pd.DataFrame) -> pd.Series:
    """Say which rows are genuine signatures."""
    return table["kind"] == "genuine"


def clean_only(table: pd.DataFrame) -> pd.Series:
    """Say which rows are clean scans."""
    return table["domain"] == "clean"


def latin_only(table: pd.DataFrame) -> pd.Series:
    """Say which rows are in Latin letters."""
    return table["script"] == "latin"


def latin_or_paraph(table: pd.DataFrame) -> pd.Series:
    """Say which rows are in no invented script."""
    return table["script"].isin(["latin", "paraph"])


def every_second_sample(table: pd.DataFrame) -> pd.Series:
    """Say which rows are half of each writer's signatures."""
    return table["sample"].astype(int) % 2 == 0


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
        row = {"trial": f"base, references fused by {fusion}", "seed": 0}
        for place, name in SEARCHED.items():
            data = corpora.prepared(name, base.size)
            vectors = encoders.embed(encoder, data.images)
            scores = evaluation.score_table(vectors, data.table, REFERENCES, fusion)
            row[place] = 100 * evaluation.equal_error_rates(scores)["skilled"]
        rows.append(row)
    return pd.DataFrame(rows)


def resized_encoder(
    shape: tuple[int, int, int],
    widths: tuple[int, ...] = (32, 32, 64, 64, 128, 128),
    numbers: int = 128,
) -> keras.Model:
    """Return the lightweight encoder with other widths, or with another length of its vector.

    Parameters
    ----------
    shape : (int, int, int)
        Of the input.
    widths : tuple of int
        Of the convolutions; after each odd one, counted from 1, the image is halved.
    numbers : int
        Length of the vector.
    """
    inputs = keras.Input(shape)
    x = inputs
    for number, filters in enumerate(widths, start=1):
        x = encoders.convolution(x, filters, f"conv_{number}", pool=number % 2 == 1)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(numbers, use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=encoders.NORM_MOMENTUM)(x)
    outputs = keras.layers.UnitNormalization(dtype="float32")(x)
    return keras.Model(inputs, outputs)
