"""How far an error rate can be trusted: the same test, with other writers who might have come."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from deepsign_helpers.evaluation.rates import (
    false_reject_rate_at,
    rate_where_equal,
    reject_rate_where_accepted,
)
from deepsign_helpers.evaluation.scoring import (
    equal_error_rates,
    impostor_writers,
    of_kind,
    scores_and_labels,
)
from deepsign_helpers.tables import SAME, require_filled

# A thousand draws place the ends of a 95 % interval to about a tenth of its width.
DRAWS = 1000
ENDS = (0.025, 0.975)  # of a 95 % interval, as shares of the draws


class Difference(NamedTuple):
    """The equal error rate of one model less that of another.

    Derived in chapter 06, *Was the training worth it?*.

    Attributes
    ----------
    difference : float in [-1, 1]
        Below zero the first model is better.
    low, high : float in [-1, 1]
        Ends of the 95 % interval.
    p_value : float in (0, 1]
        Two-sided: how easily writers alone would bring such a difference about.

    See Also
    --------
    paired_difference : measures it.

    Examples
    --------
    >>> difference, low, high, p_value = Difference(-0.04, low=-0.06, high=-0.01, p_value=0.01)
    >>> high < 0
    True
    """

    difference: float
    low: float
    high: float
    p_value: float


def bootstrap_by_writer(
    scores_table: pd.DataFrame,
    false_accept_rate: float | None = None,
    kind: str = "skilled",
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of an error rate by drawing writers with replacement.

    Each is drawn with all their scores: scores of one writer rise and fall together, so the
    writers are the sample, not the pairs. A random forgery has two writers, and comes as often as
    both were drawn together. The scores are sorted once; a repeat only weighs each.

    Derived in chapter 06, *How sure are we?*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it, at least two writers.
    false_accept_rate : float in (0, 1), optional
        With it the interval is of the false reject rate at that operating point, without of the
        equal error rate.
    kind : str
        The kind of forgery that counts.
    seed : int
        Of the thousand draws.

    Returns
    -------
    low, high : float in [0, 1]

    Raises
    ------
    ValueError
        For scores that are not finite, fewer than two writers, rows without one, and for too few
        forgeries for the operating point.

    See Also
    --------
    writer_draws : the rates between whose quantiles it lies.
    paired_difference : for two models on the same signatures.

    References
    ----------
    R. M. Bolle, N. K. Ratha, S. Pankanti, Error analysis of pattern recognition systems: the
    subsets bootstrap, Computer Vision and Image Understanding 93, 2004,
    https://doi.org/10.1016/j.cviu.2003.08.002.

    Examples
    --------
    Ann is never mistaken; each forgery of Bob's signature is better than the real one.

    >>> table = pd.DataFrame({"writer": ["ann"] * 2 + ["bob"] * 2, "score": [0.9, 0.1, 0.4, 0.6]})
    >>> table = table.assign(kind=["genuine", "skilled"] * 2)
    >>> equal_error_rates(table)
    {'skilled': 0.5}
    >>> bootstrap_by_writer(table)
    (0.0, 1.0)
    """
    draws = writer_draws(scores_table, false_accept_rate, kind, seed=seed)
    low, high = np.quantile(draws, ENDS)
    return float(low), float(high)


def writer_draws(
    scores_table: pd.DataFrame,
    false_accept_rate: float | None = None,
    kind: str = "skilled",
    repeats: int = DRAWS,
    seed: int = 0,
) -> np.ndarray:
    """Return the error rate of each draw of writers.

    Derived in chapter 06, *How sure are we?*.

    Parameters
    ----------
    scores_table, false_accept_rate, kind, seed
        As for `bootstrap_by_writer`.
    repeats : int
        How often as many writers as there are get drawn, with replacement.

    Returns
    -------
    float array, shape (repeats,), in [0, 1]
        Fewer, where a draw leaves one class empty.

    Raises
    ------
    ValueError
        For what `bootstrap_by_writer` refuses.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["ann"] * 2 + ["bob"] * 2, "score": [0.9, 0.1, 0.4, 0.6]})
    >>> table = table.assign(kind=["genuine", "skilled"] * 2)
    >>> sorted(set(writer_draws(table, repeats=20).tolist()))
    [0.0, 0.5, 1.0]
    """
    curves = drawn_curves(scores_table, kind, repeats, seed)
    if false_accept_rate is None:
        rates = [rate_where_equal(accepted, rejected) for _, accepted, rejected in curves]
        return np.array(rates)

    # Refuses an operating point that so few forgeries cannot show.
    false_reject_rate_at(*scores_and_labels(scores_table, kind), false_accept_rate)
    rates = [
        reject_rate_where_accepted(accepted, rejected, false_accept_rate)
        for _, accepted, rejected in curves
    ]
    return np.array(rates)


def intervals_at_zero(
    scores_table: pd.DataFrame, kind: str = "skilled", seed: int = 0
) -> np.ndarray:
    """Return the 95 % intervals of FAR and FRR, a row each, of accepting scores from zero on."""
    rates = []
    for thresholds, accepted, rejected in drawn_curves(scores_table, kind, DRAWS, seed):
        at_zero = np.searchsorted(thresholds, 0)
        rates.append((accepted[at_zero], rejected[at_zero]))
    return np.quantile(rates, ENDS, axis=0).T  # (FAR and FRR, low and high)


def drawn_curves(
    scores_table: pd.DataFrame, kind: str, repeats: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield thresholds, false accept rates and false reject rates of each draw of writers.

    They are as `error_rates` gives them for the scores of the drawn writers, each taken as often
    as its writer was drawn. A draw that leaves one class empty is left out.
    """
    require_filled(scores_table, ["writer"], "scores_table")
    scores, labels = scores_and_labels(scores_table, kind)
    chosen = of_kind(scores_table, kind)
    codes, writers = pd.factorize(chosen["writer"], sort=True)
    require_writers(writers)
    others = impostor_codes(chosen, codes, writers)

    # Sorted once: a draw changes how often a score counts, not where it stands.
    order = np.argsort(scores)
    scores = scores[order]
    is_genuine = labels[order] == SAME
    codes = codes[order]
    others = others[order]
    by_another_writer = np.flatnonzero(others >= 0)

    # Equal scores are accepted or rejected together: rates are read at the last of each.
    last_of_equals = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    thresholds = np.append(scores[last_of_equals], np.inf)

    rng = np.random.default_rng(seed)
    equal_chances = np.full(len(writers), 1 / len(writers))
    for times_drawn in rng.multinomial(len(writers), equal_chances, size=repeats):
        weights = times_drawn[codes]
        weights[by_another_writer] *= times_drawn[others[by_another_writer]]

        genuine_rejected = np.cumsum(weights * is_genuine)[last_of_equals]
        forged_rejected = np.cumsum(weights)[last_of_equals] - genuine_rejected
        genuine = genuine_rejected[-1]
        forged = forged_rejected[-1]
        if genuine and forged:
            false_accept_rates = 1 - np.append(0, forged_rejected) / forged
            false_reject_rates = np.append(0, genuine_rejected) / genuine
            yield thresholds, false_accept_rates, false_reject_rates


def require_writers(writers: np.ndarray) -> None:
    """Raise a ValueError where all scores have one writer: nothing can be drawn."""
    if len(writers) < 2:
        raise ValueError(
            f"scores_table: {len(writers)} writer; an interval over writers needs two or more"
        )


def impostor_codes(chosen: pd.DataFrame, codes: np.ndarray, writers: np.ndarray) -> np.ndarray:
    """Return the number of the other writer in each comparison with a random forgery.

    It is −1 where there is no other: in all other comparisons, and where the forgery is by nobody
    known or by the writer.
    """
    is_random = (chosen["kind"] == "random").to_numpy()
    if not is_random.any():
        return np.full(len(chosen), -1)
    impostors = pd.Index(writers).astype(str).get_indexer(impostor_writers(chosen))
    by_another = is_random & (impostors != codes)
    return np.where(by_another, impostors, -1)


def paired_difference(
    scores_table: pd.DataFrame, other: pd.DataFrame, kind: str = "skilled", seed: int = 0
) -> Difference:
    """Compare two models on the same questioned signatures: is the first one's EER lower?

    Every draw of writers is judged by both models. A hard writer is hard for both, so the
    difference is known better than either rate. The p-value is two-sided: the smallest level at
    which the percentile interval excludes zero (the share of draws on the other side of zero,
    doubled). It errs towards seeing no difference, and knows these writers' draws alone: another
    training run is another model.

    Derived in chapter 06, *Was the training worth it?*.

    Parameters
    ----------
    scores_table : DataFrame
        Scores of the first model, as `score_table` returns them.
    other : DataFrame
        Scores of the second model, on the same questioned signatures.
    kind, seed
        As for `bootstrap_by_writer`.

    Returns
    -------
    Difference
        Below zero the first model is better.

    Raises
    ------
    ValueError
        If the two did not judge the same signatures, and for what `bootstrap_by_writer` refuses.

    Examples
    --------
    >>> one = pd.DataFrame({"writer": ["ann"] * 2 + ["bob"] * 2, "score": [0.9, 0.1, 0.8, 0.2]})
    >>> one = one.assign(kind=["genuine", "skilled"] * 2, questioned=["a", "b", "c", "d"])
    >>> other = one.assign(score=[0.1, 0.9, 0.2, 0.8])
    >>> difference, low, high, p_value = paired_difference(one, other)
    >>> difference, low, high, round(p_value, 3)
    (-1.0, -1.0, -1.0, 0.002)
    """
    comparison = ["writer", "kind", "questioned"]
    for table in (scores_table, other):
        require_filled(table, comparison, "scores_table")
    first = of_kind(scores_table, kind).sort_values(comparison)
    second = of_kind(other, kind).sort_values(comparison)
    if not np.array_equal(first[comparison].to_numpy(), second[comparison].to_numpy()):
        raise ValueError(
            "scores_table: the two models did not judge the same signatures; "
            "score both on one table"
        )
    # The same seed draws the same writers for both.
    draws = writer_draws(first, kind=kind, seed=seed) - writer_draws(second, kind=kind, seed=seed)
    low, high = np.quantile(draws, ENDS)
    beyond_zero = min((draws <= 0).sum(), (draws >= 0).sum())
    # One more draw than was made counts on either side: no finite number of draws gives p = 0.
    p_value = 2 * (1 + beyond_zero) / (len(draws) + 1)
    return Difference(
        difference=equal_error_rates(first)[kind] - equal_error_rates(second)[kind],
        low=float(low),
        high=float(high),
        p_value=float(min(1, p_value)),
    )
