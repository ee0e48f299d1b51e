"""Speed of evaluation on one core: intervals over writers from a large score table."""

import time

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from deepsign_helpers import evaluation


def large_scores_table(writers=200, scores_a_writer=500):
    rng = np.random.default_rng(0)
    kind = np.tile(np.repeat(["genuine", "skilled"], scores_a_writer // 2), writers)
    of_writer = np.repeat(rng.normal(0, 0.5, writers), scores_a_writer)
    score = np.where(kind == "genuine", 1.5, 0.0) + of_writer + rng.normal(size=len(kind))
    writer = np.repeat([f"w{number:03}" for number in range(writers)], scores_a_writer)
    return pd.DataFrame({"writer": writer, "kind": kind, "score": score})


def test_a_thousand_draws_of_writers_over_100000_scores_take_at_most_5_s(record_property):
    scores_table = large_scores_table()
    assert len(scores_table) == 100_000
    start = time.process_time()
    low, high = evaluation.bootstrap_by_writer(scores_table)
    seconds = time.process_time() - start
    record_property("seconds", round(seconds, 2))
    assert low < evaluation.equal_error_rates(scores_table)["skilled"] < high
    assert seconds <= 5


def test_sorting_once_beats_a_loop_over_scikit_learns_curve(record_property):
    scores_table, repeats = large_scores_table(), 20
    scores, labels = evaluation.scores_and_labels(scores_table)
    rows = list(scores_table.groupby("writer").indices.values())
    rng, start = np.random.default_rng(0), time.process_time()
    for _ in range(repeats):
        drawn = np.concatenate([rows[writer] for writer in rng.integers(0, len(rows), len(rows))])
        roc_curve(labels[drawn], scores[drawn])
    plain = (time.process_time() - start) / repeats
    start = time.process_time()
    evaluation.writer_draws(scores_table, repeats=200)
    ratio = plain / ((time.process_time() - start) / 200)
    record_property("ratio", round(ratio, 1))
    print(f"\na plain loop takes {plain * 1000:.1f} ms a draw, {ratio:.0f} times as long")
    assert ratio > 5
