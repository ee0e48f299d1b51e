"""Do intervals keep their promise? Tests are repeated on writers whose true EER is known.

Scores of a writer share a shift drawn for that writer, one for genuine signatures and one for
forgeries. With scores of variance 1 around a shift of variance `effect`², the rate of *all* writers
is Φ(−d′ / (2 √(1 + effect²))). The table goes to build/coverage.csv; chapter 06 shows a committed
copy of it (data_synthetic/coverage.csv).
"""

import datetime
import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from deepsign_helpers import evaluation, runtime

SEED = 6
DATA_SETS = 500
D_PRIME = 1.8  # how far genuine and forged scores lie apart, in standard deviations
WORLDS = [  # writers, scores of each kind for each writer, spread of the writers' shifts
    (20, 10, 1.0),
    (60, 10, 0.0),
    (60, 10, 0.5),
    (60, 10, 1.0),
    (60, 3, 1.0),
]


def draw_test(rng, writers, each, effect):
    shifts = rng.normal([[D_PRIME], [0]], effect, (2, writers))
    scores = rng.normal(np.repeat(shifts, each, axis=1))  # (genuine and forged, writers * each)
    return pd.DataFrame(
        {
            "writer": np.tile(np.repeat(np.arange(writers), each), 2),
            "score": scores.ravel(),
            "kind": np.repeat(["genuine", "skilled"], writers * each),
            "questioned": "",
        }
    )


def measure(writers, each, effect):
    """Return how often the interval holds the truth, and how wide it is, by writer and by pair."""
    start = time.perf_counter()
    truth = norm.cdf(-D_PRIME / 2 / np.sqrt(1 + effect**2))
    by_writer = []
    by_pair = []
    for number in range(DATA_SETS):
        table = draw_test(np.random.default_rng([SEED, number]), writers, each, effect)
        as_if_pairs = table.assign(writer=np.arange(len(table)))
        by_writer.append(evaluation.bootstrap_by_writer(table, seed=number))
        by_pair.append(evaluation.bootstrap_by_writer(as_if_pairs, seed=number))
    return {
        "writers": writers,
        "scores of each": each,
        "writers' spread": effect,
        "true EER": truth,
        "coverage by writer": coverage(by_writer, truth),
        "width by writer": width(by_writer),
        "coverage by pair": coverage(by_pair, truth),
        "width by pair": width(by_pair),
        "data sets": DATA_SETS,
        "seed": SEED,
        "seconds": round(time.perf_counter() - start),
        "measured": datetime.date.today().isoformat(),
    }


def coverage(intervals, truth):
    low, high = np.transpose(intervals)
    return np.mean((low <= truth) & (truth <= high))


def width(intervals):
    low, high = np.transpose(intervals)
    return np.mean(high - low)


def test_intervals_by_writer_cover_the_truth_and_those_by_pair_do_not():
    table = pd.DataFrame([measure(*world) for world in WORLDS]).round(4)
    print(f"\n{table.to_string()}")
    table.to_csv(runtime.build_folder() / "coverage.csv", index=False, lineterminator="\n")
    assert table["coverage by writer"].between(0.92, 0.98).all()
    differ = table[table["writers' spread"] >= 1]
    assert (differ["coverage by pair"] < 0.9).all()


@pytest.mark.parametrize("effect", [0.5, 1.0])
def test_two_equal_models_are_told_apart_in_at_most_about_one_test_of_twenty(
    effect, record_property
):
    found = []
    for number in range(DATA_SETS):
        rng = np.random.default_rng([SEED, number])
        table = draw_test(rng, 60, 10, effect)
        # Two models look at the same signatures; neither is the better one.
        noises = 0.5 * rng.normal(size=(2, len(table)))
        models = [table.assign(score=table["score"] + noise) for noise in noises]
        found.append(evaluation.paired_difference(*models, seed=number).p_value < 0.05)
    record_property("share", np.mean(found))
    print(f"\nspread {effect}: {np.mean(found):.3f} of the tests say p < 0.05")
    assert np.mean(found) <= 0.07
