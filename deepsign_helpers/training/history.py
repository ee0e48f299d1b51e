"""What a training run went through, and whether its embeddings are in good health."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deepsign_helpers import pairing

COLLAPSED_BELOW = (
    0.07  # median distance of two writers' signatures, of 2 possible; a fresh encoder has about 0.1
)
TOLD_APART_ABOVE = (
    0.5  # gap of the medians of SAME and of random pairs, in units of their interquartile range
)


@dataclass(frozen=True)
class Health:
    """What the distances of sampled pairs say.

    `name` is "healthy", "collapsed" or "not told apart"; `sentence` says it to a person;
    `distances` has a row a pair, with columns kind ("genuine", "random", "skilled" …) and distance.
    """

    name: str
    sentence: str
    distances: pd.DataFrame


@dataclass(frozen=True)
class History:
    """What `fit` went through.

    Attributes
    ----------
    steps
        DataFrame, a row a step: step, loss, learning_rate, seconds (since training began), waited
        (for the batch, seconds).
    validations
        DataFrame, a row a validation: step, seconds, equal_error_rate (in [0, 1]); empty without
        validation.
    best_step
        The step whose weights the encoder has now.
    equal_error_rate
        On the validation writers, with those weights; NaN without validation.
    seconds
        In all.
    health
        Of the validation writers' embeddings in the end; of a hundred training writers' without
        validation.
    notes
        Sentences on what was not done as asked, and why.
    """

    steps: pd.DataFrame
    validations: pd.DataFrame
    best_step: int
    equal_error_rate: float
    seconds: float
    health: Health
    notes: tuple[str, ...]


def check_health(
    embeddings: np.ndarray, table: pd.DataFrame, seed: int = 0, pairs_per_writer: int = 40
) -> Health:
    """Look at the distances of balanced pairs and name what is wrong with them, if anything.

    "collapsed": all images are embedded at nearly one point, so that every distance is nearly 0 and
    a threshold cannot be set. "not told apart": distances are there, but those within a writer are
    like those between writers.

    Parameters
    ----------
    embeddings : float array, shape (n, d)
        Unit length, a row for each row of `table`.
    table : DataFrame
        Corpus table.
    seed : int
        Of the draw of pairs.
    pairs_per_writer : int
        How many pairs of each writer are looked at.
    """
    row = pd.Series(np.arange(len(table)), index=table["path"])
    pairs = pairing.make_pairs(table.drop(columns="split", errors="ignore"), seed, pairs_per_writer)
    left, right = (embeddings[row[pairs[side]].to_numpy()] for side in ("left", "right"))
    distances = pd.DataFrame(
        {"kind": pairs["kind"], "distance": np.linalg.norm(left - right, axis=1)}
    )
    by_kind = distances.groupby("kind")["distance"]
    same, other = by_kind.median()["genuine"], by_kind.median()["random"]
    spread = (by_kind.quantile(0.75) - by_kind.quantile(0.25))[["genuine", "random"]].mean()
    if other < COLLAPSED_BELOW:
        name, meaning = (
            "collapsed",
            "every signature is embedded at nearly the same point, whoever wrote it",
        )
    elif other - same < TOLD_APART_ABOVE * spread:
        name, meaning = "not told apart", "one writer's signatures lie as far apart as two writers'"
    else:
        name, meaning = "healthy", "a writer's own signatures lie nearer than other writers'"
    return Health(
        name, f"{name}: {meaning} (median distances {same:.3f} and {other:.3f} of 2).", distances
    )
