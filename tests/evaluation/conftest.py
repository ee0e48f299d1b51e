"""Corpora and scores for the tests of evaluation, drawn from normal distributions."""

import numpy as np
import pandas as pd
import pytest


def draw_corpus(writers=6, genuine=8, forged=4, dimensions=16, seed=0, **columns):
    """Return unit vectors around a centre of each writer, forgeries farther out, and a table."""
    rng = np.random.default_rng(seed)
    rows = []
    vectors = []
    for number in range(writers):
        writer = f"w{number:02}"
        centre = rng.normal(size=dimensions)
        for kind, count, spread in (("genuine", genuine, 0.4), ("forged", forged, 0.7)):
            for sample in range(count):
                path = f"/somewhere/{writer}/{kind}/{sample}.png"
                forgery = "skilled" if kind == "forged" else ""
                rows.append((path, writer, kind, sample, forgery, ""))
                vectors.append(centre + spread * rng.normal(size=dimensions))
    vectors = np.array(vectors)
    table = pd.DataFrame(rows, columns=["path", "writer", "kind", "sample", "forgery", "forger"])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), table.assign(**columns)


def draw_scores(writers=12, genuine=10, forged=10, of_writer=0.5, distance=1.5, seed=0):
    """Return a score table whose writers differ.

    The scores of one writer and one kind are shifted together, by a draw with spread `of_writer`.
    """
    rng = np.random.default_rng(seed)
    counts = {"genuine": genuine, "skilled": forged, "random": forged}
    means = {"genuine": distance, "skilled": 0, "random": -distance}
    rows = []
    for number in range(writers):
        shifts = rng.normal(0, of_writer, 3)
        for (kind, count), shift in zip(counts.items(), shifts, strict=True):
            for sample in range(count):
                signer = number
                if kind == "random":
                    signer = (number + 1 + sample % max(writers - 1, 1)) % writers
                folder = "forged" if kind == "skilled" else "genuine"
                questioned = f"w{signer:02}/{folder}/{sample}"
                rows.append((f"w{number:02}", questioned, kind, 5, "min", shift + means[kind]))
    names = ["writer", "questioned", "kind", "references", "fusion", "score"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(score=table["score"] + rng.normal(size=len(table)))


@pytest.fixture
def small_corpus():
    return draw_corpus


@pytest.fixture
def normal_scores():
    return draw_scores
