"""How far an error rate can be trusted: the same test, repeated on other writers who might have been drawn."""

from collections import namedtuple

import numpy as np
import pandas as pd

from deepsign_helpers.evaluation.rates import (
    SAME,
    false_reject_rate_at,
    rate_where_equal,
    reject_rate_where_accepted,
)
from deepsign_helpers.evaluation.scoring import (
    equal_error_rates,
    impostors,
    of_kind,
    scores_and_labels,
)


class Difference(namedtuple("Difference", ["difference", "low", "high", "p_value"])):
    """The equal error rate of one model less that of another, its 95 % interval, and a p-value."""


def bootstrap_by_writer(
    scores_table: pd.DataFrame,
    false_accept_rate: float | None = None,
    kind: str = "skilled",
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of an error rate by drawing writers, each with all their scores, with replacement.

    Scores of one writer rise and fall together, so the writers are the sample, not the pairs. A random forgery has two
    writers, and comes as often as both were drawn together. The scores are sorted once; a repeat only weighs each.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it, at least two writers.
    false_accept_rate : float in (0, 1), optional
        With it the interval is of the false reject rate at that operating point, without of the equal error rate.
    kind : str
        The kind of forgery that counts.
    seed : int
        Of the thousand draws.

    Raises
    ------
    ValueError
        For scores that are not finite, fewer than two writers, rows without one, and for too few forgeries for the
        operating point.

    References
    ----------
    R. M. Bolle, N. K. Ratha, S. Pankanti, Error analysis of pattern recognition systems: the subsets bootstrap,
    Computer Vision and Image Understanding 93, 2004, https://doi.org/10.1016/j.cviu.2003.08.002.
    """
    return tuple(
        np.quantile(
            writer_draws(scores_table, false_accept_rate, kind, seed=seed), [0.025, 0.975]
        ).tolist()
    )


def writer_draws(
    scores_table: pd.DataFrame,
    false_accept_rate: float | None = None,
    kind: str = "skilled",
    repeats: int = 1000,
    seed: int = 0,
) -> np.ndarray:
    """Return the error rate of each draw of writers, shape (repeats,), less where a draw leaves one class empty."""
    draws = drawn_curves(scores_table, kind, repeats, seed)
    if false_accept_rate is None:
        return np.array([rate_where_equal(*rates) for _, *rates in draws])
    false_reject_rate_at(
        *scores_and_labels(scores_table, kind), false_accept_rate
    )  # refuses what so few cannot show
    return np.array([reject_rate_where_accepted(*rates, false_accept_rate) for _, *rates in draws])


def intervals_at_zero(
    scores_table: pd.DataFrame, kind: str = "skilled", seed: int = 0
) -> np.ndarray:
    """Return the 95 % intervals of FAR and FRR, shape (2, 2), of accepting scores that are not below zero."""
    draws = drawn_curves(scores_table, kind, repeats=1000, seed=seed)
    return np.quantile(
        [np.array(rates)[:, np.searchsorted(at, 0)] for at, *rates in draws], [0.025, 0.975], axis=0
    ).T


def drawn_curves(scores_table: pd.DataFrame, kind: str, repeats: int, seed: int):
    """Yield thresholds, false accept and false reject rates, as `error_rates` gives them, of each draw of writers."""
    scores, labels = scores_and_labels(scores_table, kind)
    chosen = of_kind(scores_table, kind)
    codes, writers = pd.factorize(chosen["writer"], sort=True)
    if (codes < 0).any():
        raise ValueError(
            "scores_table: some scores have no writer; name one for each, or leave them out"
        )
    if len(writers) < 2:
        raise ValueError(
            f"scores_table: {len(writers)} writer; an interval over writers needs two or more"
        )
    others = (
        pd.Index(writers).astype(str).get_indexer(impostors(chosen)) if kind == "random" else codes
    )
    order = np.argsort(scores)
    scores, genuine, codes, others = (
        scores[order],
        labels[order] == SAME,
        codes[order],
        others[order],
    )
    second = np.flatnonzero(
        (others >= 0) & (others != codes) & ~genuine
    )  # with another writer's signature
    last_of_ties = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    thresholds = np.append(scores[last_of_ties], np.inf)

    draws = np.random.default_rng(seed).multinomial(
        len(writers), np.full(len(writers), 1 / len(writers)), size=repeats
    )
    for times_drawn in draws:
        weights = times_drawn[codes]
        weights[second] *= times_drawn[others[second]]
        genuine_refused = np.cumsum(weights * genuine)[last_of_ties]
        forged_refused = np.cumsum(weights)[last_of_ties] - genuine_refused
        if genuine_refused[-1] and forged_refused[-1]:
            false_accept_rates = 1 - np.append(0, forged_refused) / forged_refused[-1]
            yield (
                thresholds,
                false_accept_rates,
                np.append(0, genuine_refused) / genuine_refused[-1],
            )


def paired_difference(
    scores_table: pd.DataFrame, other: pd.DataFrame, kind: str = "skilled", seed: int = 0
) -> Difference:
    """Compare two models on the same questioned signatures: is the first one's equal error rate lower?

    Every draw of writers is judged by both models. A hard writer is hard for both, so the difference is known better
    than either rate. The p-value is two-sided: the smallest level at which the percentile interval excludes zero (the
    share of draws on the other side of zero, doubled). It errs towards seeing no difference, and knows these writers'
    draws alone: another training run is another model.

    Parameters
    ----------
    scores_table, other : DataFrame
        One model each, as `score_table` returns them; below zero the first is better.
    kind, seed
        As for `bootstrap_by_writer`.

    Raises
    ------
    ValueError
        If the two did not judge the same signatures, and for what `bootstrap_by_writer` refuses.
    """
    trials = ["writer", "kind", "questioned"]
    first, second = (of_kind(table, kind).sort_values(trials) for table in (scores_table, other))
    if not np.array_equal(first[trials].to_numpy(), second[trials].to_numpy()):
        raise ValueError(
            "scores_table: the two models did not judge the same signatures; score both on one table"
        )
    draws = writer_draws(first, kind=kind, seed=seed) - writer_draws(second, kind=kind, seed=seed)
    difference = equal_error_rates(first)[kind] - equal_error_rates(second)[kind]
    low, high = np.quantile(draws, [0.025, 0.975])
    beyond = 1 + min((draws <= 0).sum(), (draws >= 0).sum())
    return Difference(
        difference, float(low), float(high), float(min(1, 2 * beyond / (len(draws) + 1)))
    )
