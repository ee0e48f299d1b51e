"""Corpora and scores for the tests of evaluation, drawn from normal distributions."""

import numpy as np
import pandas as pd
import pytest


def draw_corpus(writers=6, genuine=8, forged=4, dimensions=16, seed=0, **columns):
    """Return unit vectors around a centre of each writer, forgeries farther out, and their corpus table."""
    rng = np.random.default_rng(seed)
    rows, vectors = [], []
    for number in range(writers):
        centre = rng.normal(size=dimensions)
        for kind, count, spread in (("genuine", genuine, 0.4), ("forged", forged, 0.7)):
            for sample in range(count):
                path = f"/somewhere/w{number:02}/{kind}/{sample}.png"
                forgery = "skilled" if kind == "forged" else ""
                rows.append((path, f"w{number:02}", kind, sample, forgery, ""))
                vectors.append(centre + spread * rng.normal(size=dimensions))
    vectors = np.array(vectors)
    table = pd.DataFrame(rows, columns=["path", "writer", "kind", "sample", "forgery", "forger"])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), table.assign(**columns)


def draw_scores(writers=12, genuine=10, forged=10, of_writer=0.5, distance=1.5, seed=0):
    """Return a score table whose writers differ: the scores of one writer and one kind are shifted together."""
    rng = np.random.default_rng(seed)
    kind = np.tile(np.repeat(["genuine", "skilled", "random"], [genuine, forged, forged]), writers)
    count = genuine + 2 * forged
    shift = np.concatenate(
        [np.repeat(rng.normal(0, of_writer, 3), [genuine, forged, forged]) for _ in range(writers)]
    )
    score = (
        shift
        + distance * (kind == "genuine")
        - distance * (kind == "random")
        + rng.normal(size=len(kind))
    )
    writer = np.repeat([f"w{number:02}" for number in range(writers)], count)
    number = np.repeat(np.arange(writers), count)
    sample = np.tile(
        np.concatenate([np.arange(times) for times in (genuine, forged, forged)]), writers
    )
    signer = np.where(
        kind == "random", (number + 1 + sample % max(writers - 1, 1)) % writers, number
    )
    folder = np.where(kind == "skilled", "forged", "genuine")
    names = [
        f"w{who:02}/{which}/{one}" for who, which, one in zip(signer, folder, sample, strict=True)
    ]
    return pd.DataFrame(
        {
            "writer": writer,
            "questioned": names,
            "kind": kind,
            "references": 5,
            "fusion": "min",
            "score": score,
        }
    )


@pytest.fixture
def small_corpus():
    return draw_corpus


@pytest.fixture
def normal_scores():
    return draw_scores
