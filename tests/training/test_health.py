"""The health check, on embeddings whose illness is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import make_corpus

from deepsign_helpers.training import check_health

_, TABLE = make_corpus(writers=12)
WRITER = pd.factorize(TABLE["writer"])[0]


def on_sphere(points):
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def embeddings_with(between_writers, within_writers, seed):
    """Put writers around one direction, and a writer's signatures around the writer."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(12, 16))[WRITER]
    return on_sphere(
        4 * np.eye(16)[0]
        + between_writers * centres
        + within_writers * rng.normal(size=centres.shape)
    )


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_writers_apart_from_each_other_are_healthy(seed):
    health = check_health(embeddings_with(1, 0.3, seed), TABLE)
    assert health.name == "healthy"


@given(st.integers(0, 1000), st.floats(0, 0.004))
@settings(deadline=None, max_examples=20)
def test_everybody_at_one_point_is_collapse_even_where_the_rest_still_tells_writers_apart(
    seed, noise
):
    health = check_health(embeddings_with(0.004, noise, seed), TABLE)
    assert health.name == "collapsed"
    assert health.sentence.startswith(
        "collapsed: every signature is embedded at nearly the same point"
    )


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_distances_that_do_not_depend_on_the_writer_are_named(seed):
    assert check_health(embeddings_with(0, 1, seed), TABLE).name == "not told apart"


def test_the_sentence_states_the_medians_of_the_sampled_distances():
    health = check_health(embeddings_with(1, 0.3, 0), TABLE)
    medians = health.distances.groupby("kind")["distance"].median()
    assert f"{medians['genuine']:.3f} and {medians['random']:.3f}" in health.sentence
    assert set(medians.index) == {"genuine", "random", "skilled"}


def test_sampled_distances_are_those_of_the_rows_that_the_kind_says():
    # One axis a writer, forgeries on its other end: the distances are 0, the root of 2, and 2.
    axes = np.eye(12)[WRITER] * np.where(TABLE["kind"] == "genuine", 1, -1)[:, None]
    expected = {"genuine": 0.0, "random": np.sqrt(2), "skilled": 2.0}
    distances = check_health(axes, TABLE.assign(split="validation")).distances
    assert distances["distance"].to_numpy() == pytest.approx(
        distances["kind"].map(expected).to_numpy()
    )
