"""What an encoder trained on Latin names is worth elsewhere, and which ingredient helps."""

from dataclasses import dataclass, replace

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
REFERENCES = 5
DRAWS = 4  # of the references, over which error rates are averaged


@dataclass(frozen=True)
class Prepared:
    """Prepared images of a corpus, and its table."""

    images: np.ndarray
    table: pd.DataFrame

    def only(self, wanted):
        """Return the rows that are wanted."""
        table = self.table[wanted].reset_index(drop=True)
        return Prepared(self.images[wanted.to_numpy()], table)


def leave_nothing_out(changed):
    """Draw the corpus as it is."""


def leave_out_the_office(changed):
    changed.setitem(HOME, "domains", ("clean",))


def leave_out_the_kinds_of_pen(changed):
    ballpoint = ink.PENS["ballpoint"]
    changed.setattr(ink, "sample_pen", lambda rng: ballpoint)


def leave_out_speed_and_pressure(changed):
    steady = {}
    for name, pen in ink.PENS.items():
        steady[name] = replace(pen, runs=0.0, pressed=0.0, blot=0.0)
    changed.setattr(ink, "PENS", steady)


def leave_out_the_slow_warp(changed):
    vary = writers.vary

    def without_drift(plan, rng, x_height, noise, bend, timing, drift):
        return vary(plan, rng, x_height, noise, bend, timing, 0.0)

    changed.setattr(writers, "vary", without_drift)
    changed.setattr(forging, "vary", without_drift)


def leave_out_unsteady_writers(changed):
    sample_style = writers.sample_style

    def sample_steady_style(*arguments):
        return replace(sample_style(*arguments), loose=1.0)

    changed.setattr(writers, "sample_style", sample_steady_style)


def leave_out_conditions(changed):
    changed.setattr(writers, "CONDITIONS", {"usual": 1.0})


def leave_out_letters_of_ones_own(changed):
    changed.setattr(spelling, "habit_of", lambda letter, *_: letter)


def leave_out_forgers_habits(changed):
    sample_forger = forging.sample_forger

    def sample_forger_without_habits(rng):
        return replace(sample_forger(rng), slant=0.0, width=1.0, roundness=1.0)

    changed.setattr(corpus, "sample_forger", sample_forger_without_habits)


# What is changed while the training corpus is drawn.
INGREDIENTS = {
    "nothing": leave_nothing_out,
    "the office's paper and scanner": leave_out_the_office,
    "four kinds of pen, each of its own width": leave_out_the_kinds_of_pen,
    "ink that follows speed and pressure": leave_out_speed_and_pressure,
    "the slow warp, stretch and slant": leave_out_the_slow_warp,
    "steady and unsteady writers": leave_out_unsteady_writers,
    "hurried, elderly and left-handed writers": leave_out_conditions,
    "letters of one's own": leave_out_letters_of_ones_own,
    "forgers' habits": leave_out_forgers_habits,
    "skilled forgeries": leave_nothing_out,
}


def corpus_at(folder, writers, genuine, forged, seed, drawn):
    """Write a corpus and prepare it; threads, so that a changed ingredient is changed for all."""
    with joblib.parallel_config(n_jobs=2, backend="threading"):
        table = synthesis.write_corpus(
            folder,
            writers=writers,
            genuine=genuine,
            forged=forged,
            seed=seed,
            size=(128, 256),
            **drawn,
        )
        return Prepared(preprocessing.prepare_all(table, training.SIZE), table)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Return 60 writers for each place, whom nobody has trained on."""
    folder = tmp_path_factory.mktemp("places")
    found = {}
    for name, drawn in ELSEWHERE.items():
        found[name] = corpus_at(
            folder / name, writers=60, genuine=12, forged=12, seed=1000, drawn=drawn
        )
    return found


def trained(folder, monkeypatch, left_out):
    """Train on a corpus without one ingredient; return the encoder."""
    with monkeypatch.context() as changed:
        INGREDIENTS[left_out](changed)
        data = corpus_at(folder, writers=360, genuine=8, forged=6, seed=5, drawn=HOME)
    table = pairing.split_writers(data.table, validation=0.14, test=0.0, seed=0)
    data = replace(data, table=table)
    is_training = table["split"] == "train"
    if left_out == "skilled forgeries":
        is_training &= table["kind"] == "genuine"
    train = data.only(is_training)
    validation = data.only(table["split"] == "validation")
    runtime.seed_everything(0)
    encoder = encoders.lightweight_encoder((*training.SIZE, 1))
    training.train(
        encoder,
        (train.images, train.table),
        validation=(validation.images, validation.table),
        settings=replace(training.CLASSROOM, seconds=None),
    )
    return encoder


def skilled_rates(encoder, places):
    """Return the skilled EER (%) in each place, averaged over draws of the references."""
    rates = {}
    for name, data in places.items():
        vectors = encoders.embed(encoder, data.images)
        drawn = []
        for seed in range(DRAWS):
            scores = evaluation.score_table(
                vectors, data.table, REFERENCES, fusion="normalised", seed=seed
            )
            drawn.append(evaluation.equal_error_rates(scores)["skilled"])
        rates[name] = 100 * np.mean(drawn)
    return rates


def test_what_was_learned_at_home_holds_elsewhere_and_each_ingredient_is_left_out_once(
    places, tmp_path, monkeypatch
):
    rows = {}
    for number, name in enumerate(INGREDIENTS):
        encoder = trained(tmp_path / str(number), monkeypatch, name)
        rows[name] = skilled_rates(encoder, places)
        shown = pd.Series(rows[name]).round(1).to_dict()
        print(f"\nskilled EER (%), left out: {name}: {shown}", flush=True)
    table = pd.DataFrame(rows).T
    print("\n" + table.assign(mean=table.mean(axis=1)).round(1).to_string())
    elsewhere = table.loc["nothing"].drop("at home") / table.loc["nothing", "at home"]
    assert (elsewhere <= 1.5).all(), elsewhere.to_dict()
