"""What an encoder trained on clean and office scans of Latin names is worth elsewhere, and which ingredient helps."""

from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import (
    encoders,
    evaluation,
    pairing,
    preprocessing,
    runtime,
    synthesis,
    training,
)
from deepsign_helpers.synthesis import corpus, forging, ink, spelling, writers

HOME = {"scripts": ("latin",), "domains": ("clean", "office")}
ELSEWHERE = {
    "at home": HOME,
    "phone": HOME | {"domains": ("phone",)},
    "fax": HOME | {"domains": ("fax",)},
    "devanagari": HOME | {"scripts": ("devanagari",)},
}
STYLE, FORGER, VARY, PEN = (
    writers.sample_style,
    forging.sample_forger,
    writers.vary,
    ink.PENS["ballpoint"],
)


def without_drift(plan, rng, x_height, noise, bend, timing, drift):
    return VARY(plan, rng, x_height, noise, bend, timing, 0.0)


LEFT_OUT = {  # ingredient: what replaces it while the training corpus is drawn
    "nothing": (),
    "the office's paper and scanner": [(HOME, "domains", ("clean",))],
    "four kinds of pen, each of its own width": [(ink, "sample_pen", lambda rng: PEN)],
    "ink that follows speed and pressure": [
        (
            ink,
            "PENS",
            {name: replace(pen, runs=0.0, pressed=0.0, blot=0.0) for name, pen in ink.PENS.items()},
        )
    ],
    "the slow warp, stretch and slant": [
        (writers, "vary", without_drift),
        (forging, "vary", without_drift),
    ],
    "steady and unsteady writers": [
        (writers, "sample_style", lambda *some: replace(STYLE(*some), loose=1.0)),
    ],
    "hurried, elderly and left-handed writers": [(writers, "CONDITIONS", {"usual": 1.0})],
    "letters of one's own": [(spelling, "habit_of", lambda letter, *_: letter)],
    "forgers' habits": [
        (
            corpus,
            "sample_forger",
            lambda rng: replace(FORGER(rng), slant=0.0, width=1.0, roundness=1.0),
        ),
    ],
    "skilled forgeries": "no forgeries",
}


def corpus_at(folder, count, genuine, forged, seed, **drawn):
    """Write a corpus and prepare it; threads, so that a replaced ingredient is replaced for all."""
    with joblib.parallel_config(n_jobs=2, backend="threading"):
        table = synthesis.write_corpus(
            folder, count, genuine, forged, seed=seed, size=(128, 256), **drawn
        )
        return preprocessing.prepare_all(table, training.SIZE), table


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    """Return 60 writers for each place, whom nobody has trained on."""
    folder = tmp_path_factory.mktemp("trials")
    return {
        name: corpus_at(folder / name, 60, 12, 12, 1000, **drawn)
        for name, drawn in ELSEWHERE.items()
    }


def trained(folder, monkeypatch, left_out):
    with monkeypatch.context() as changed:
        for holder, name, value in left_out if left_out != "no forgeries" else ():
            (changed.setitem if isinstance(holder, dict) else changed.setattr)(holder, name, value)
        images, table = corpus_at(folder, 360, 8, 6, 5, **HOME)
    table = pairing.split_writers(table, validation=0.14, test=0.0, seed=0)
    parts = {name: (table["split"] == name).to_numpy() for name in ("train", "validation")}
    if left_out == "no forgeries":
        parts["train"] = parts["train"] & (table["kind"] == "genuine").to_numpy()
    data = {
        name: (images[rows], table[rows].reset_index(drop=True)) for name, rows in parts.items()
    }
    runtime.seed_everything(0)
    encoder = encoders.lightweight_encoder((*training.SIZE, 1))
    training.fit(
        encoder, *data["train"], data["validation"], replace(training.CLASSROOM, seconds=None)
    )
    return encoder


def skilled_rates(encoder, trials):
    """Return the skilled EER (%) in each place, five references, normalised scoring, mean over four draws of them."""
    rates = {}
    for name, (images, table) in trials.items():
        vectors = encoders.embed(encoder, images)
        drawn = [evaluation.score_table(vectors, table, 5, "normalised", seed) for seed in range(4)]
        rates[name] = 100 * np.mean(
            [evaluation.equal_error_rates(scores)["skilled"] for scores in drawn]
        )
    return rates


def test_what_was_learned_at_home_holds_elsewhere_and_each_ingredient_is_left_out_once(
    trials, tmp_path, monkeypatch
):
    rows = {}
    for number, (name, left_out) in enumerate(LEFT_OUT.items()):
        rows[name] = skilled_rates(trained(tmp_path / str(number), monkeypatch, left_out), trials)
        print(
            f"\nskilled EER (%), left out: {name}: {pd.Series(rows[name]).round(1).to_dict()}",
            flush=True,
        )
    table = pd.DataFrame(rows).T
    print("\n" + table.assign(mean=table.mean(axis=1)).round(1).to_string())
    elsewhere = table.loc["nothing"].drop("at home") / table.loc["nothing", "at home"]
    assert (elsewhere <= 1.5).all(), elsewhere.to_dict()
