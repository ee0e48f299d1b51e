"""The comparisons of chapters 04 and 05: encoders, losses, augmentation, folds, pairs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import joblib
import keras
import numpy as np
import pandas as pd

from deepsign_helpers import encoders, evaluation, losses, runtime, training
from studies import corpora
from studies.corpora import SEARCHED, Prepared, Rows
from studies.presets import fresh
from studies.timing import time_one_step

# What is compared gets as many steps as half a minute allows.
SECONDS = 30.0
MOST_EPOCHS = 100
STEPS_PER_EPOCH = 200
FOLDS = 5
ENCODERS = {
    "lightweight": encoders.lightweight_encoder,
    "hybrid": encoders.attentive_encoder,
    "residual": partial(encoders.block_encoder, block="residual"),
    "dense": partial(encoders.block_encoder, block="dense"),
    "attention": partial(encoders.block_encoder, block="attention"),
}


@dataclass(frozen=True)
class Line:
    """One line of a comparison.

    Attributes
    ----------
    name : str
        What is different in it.
    settings : training.Settings
        How the encoder is trained.
    rows : callable
        Says which rows of the training corpus it is trained on.
    fit : "halfway" or "aspect"
        How images are fitted to the encoder's input.
    """

    name: str
    settings: training.Settings
    rows: Rows = corpora.in_class
    fit: str = "halfway"


def judged(lines: Sequence[Line], seeds: Sequence[int] = (0,)) -> pd.DataFrame:
    """Train and judge lines with each seed, one after the other or as joblib spreads them.

    Returns
    -------
    DataFrame
        A row for each line and seed.
    """
    runs = [(line, seed) for line in lines for seed in seeds]
    tasks = [joblib.delayed(judge)(line, seed) for line, seed in runs]
    rows = joblib.Parallel()(runtime.progress(tasks, "lines"))
    return pd.DataFrame(rows)


def judge(line: Line, seed: int) -> dict:
    """Train and judge one line: skilled EER (%) in all places, and what that took."""
    settings = line.settings
    train = corpora.prepared("train", settings.size, line.fit).only(line.rows)
    places = corpora.searched(settings.size, line.fit)
    began = time.process_time()
    found = training.train_and_judge(
        partial(fresh, settings, seed), (train.images, train.table), places, settings, seed
    )
    spent = time.process_time() - began
    row = {"trial": line.name}
    for place in SEARCHED:
        row[place] = 100 * found[f"{place} skilled"]
    row["seconds"] = found["seconds"]
    row["CPU seconds"] = spent
    row["seed"] = seed
    return row


def equal_time(**changes) -> training.Settings:
    """Return the settings of the classroom, for half a minute, with a few changes."""
    return replace(
        training.CLASSROOM,
        epochs=MOST_EPOCHS,
        steps_per_epoch=STEPS_PER_EPOCH,
        seconds=SECONDS,
        **changes,
    )


def encoders_compared() -> pd.DataFrame:
    """Give every encoder of chapter 04 the same time: what it holds, costs and reaches."""
    costs = {}
    for name, make in ENCODERS.items():
        layers = encoders.layer_table(make((*training.SIZE, 1)))
        seconds, megabytes = time_one_step(encoder=name)
        costs[name] = {
            "parameters": layers["parameters"].sum(),
            "million MACs": layers["macs"].sum() / 1e6,
            "milliseconds a step": 1000 * seconds,
            "megabytes": megabytes,
        }
    lines = [Line(name, equal_time(encoder=make)) for name, make in ENCODERS.items()]
    table = pd.DataFrame.from_dict(costs, orient="index", dtype=float)
    return table.merge(judged(lines), left_index=True, right_on="trial")


def losses_compared() -> pd.DataFrame:
    """Train with each loss under one protocol, with two seeds."""
    lines = [
        Line("contrastive", equal_time(loss=losses.contrastive, class_weight="balanced")),
        Line("triplet", equal_time(loss=losses.triplet)),
        Line("supervised contrastive", equal_time(loss=losses.supervised_contrastive)),
        Line("supervised contrastive, a forgery weighs 4", equal_time()),
    ]
    return judged(lines, seeds=(0, 1))


def augmentation() -> pd.DataFrame:
    """Train for as long as the classroom with no augmentation, with gentle and with all of it."""
    unhurried = replace(training.CLASSROOM, seconds=None)
    recipes = {
        "no augmentation": None,
        "gentle augmentation": training.CLASSROOM.recipe,
        "all augmentation": training.STUDY.recipe,
    }
    lines = [Line(name, replace(unhurried, recipe=recipe)) for name, recipe in recipes.items()]
    return judged(lines, seeds=(0, 1, 2))


def folds() -> pd.DataFrame:
    """Judge each writer of chapter 05 once, in five folds."""
    settings = equal_time(loss=losses.contrastive, class_weight="balanced")
    data = corpora.prepared("train", settings.size).only(corpora.in_class)
    table = training.cross_validate(
        partial(fresh, settings), data.images, data.table, settings, n_splits=FOLDS
    )
    return table.assign(seed=0)


def pairs() -> pd.DataFrame:
    """Train for equal seconds on all pairs of a batch, and on explicit pairs through two towers."""
    settings = equal_time(loss=losses.contrastive, class_weight="balanced")
    data = corpora.prepared("train", settings.size).only(corpora.in_class)
    places = corpora.searched(settings.size)
    rows = []
    for way, train in {"all pairs of a batch": all_pairs, "two towers": two_towers}.items():
        encoder = fresh(settings)
        compared, seconds = train(encoder, data, settings)
        row = {"way": way, "pairs a second": compared / seconds}
        for place, (images, table) in places.items():
            scores = training.validation_scores(encoder, images, table)
            row[place] = 100 * evaluation.equal_error_rates(scores)["skilled"]
        row["seconds"] = seconds
        row["seed"] = 0.0
        rows.append(row)
    return pd.DataFrame(rows)


def all_pairs(
    encoder: keras.Model, data: Prepared, settings: training.Settings
) -> tuple[int, float]:
    """Train as the course does; return the number of pairs compared, and the seconds."""
    corpus = (data.images, data.table)
    history = training.train(encoder, corpus, settings=settings)
    unvaried = replace(settings, recipe=None)
    _, identity = next(iter(training.dataset(corpus, unvaried)))
    same, different = losses.pair_masks(identity)
    # Both masks are symmetric: a pair is counted once above the diagonal.
    pairs_a_step = int(np.triu(np.asarray(same) | np.asarray(different)).sum())
    return pairs_a_step * history.steps, history.seconds


def two_towers(
    encoder: keras.Model, data: Prepared, settings: training.Settings
) -> tuple[int, float]:
    """Train on explicit balanced pairs, as many images a step, by `compile` and `fit` alone.

    Returns
    -------
    pairs : int
        How many were compared.
    seconds : float
    """
    schedule = training.WarmUpCosine(settings.learning_rate, settings.steps, settings.warm_up)
    optimizer = settings.optimizer(schedule, weight_decay=settings.weight_decay)
    network = encoders.siamese(encoder)
    network.compile(optimizer, loss=losses.pair_contrastive)
    started = time.perf_counter()
    network.fit(
        training.pairs_dataset(data.table, data.images, settings),
        epochs=settings.epochs,
        steps_per_epoch=settings.steps_per_epoch,
        callbacks=[training.TimeLimit(settings.seconds, schedule)],
        shuffle=False,  # the dataset has done that
        verbose=0,
    )
    seconds = time.perf_counter() - started
    pairs_a_step = settings.writers * (settings.genuine + settings.forged) // 2
    return pairs_a_step * int(optimizer.iterations), seconds
