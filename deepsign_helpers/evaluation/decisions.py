"""What a decision costs: the cheapest threshold, and which cases a person should look at."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from deepsign_helpers.evaluation.rates import error_rates


@dataclass(frozen=True)
class Costs:
    """What mistakes cost, in any one currency, and how often somebody tries.

    Derived in chapter 07, *What a decision costs*.

    Attributes
    ----------
    false_accept : float, currency, above 0
        Cost of one forgery accepted.
    false_reject : float, currency, above 0
        Cost of one genuine signature rejected.
    forged : float in (0, 1)
        Prior probability that a questioned signature is forged.
    review : float, currency, above 0
        Cost of having a person look, who is taken to be right; if infinite, nobody looks.

    Raises
    ------
    ValueError
        For costs or a probability that no case can have.

    See Also
    --------
    cheapest_threshold, review_band : decide at least cost.

    Examples
    --------
    >>> costs = Costs(false_accept=500, false_reject=20, forged=0.01)
    >>> float(round(costs.of(false_accept_rates=0.1, false_reject_rates=0.05), 2))
    1.49
    """

    false_accept: float
    false_reject: float
    forged: float
    review: float = np.inf

    def __post_init__(self) -> None:
        finite = 0 < self.false_accept < np.inf and 0 < self.false_reject < np.inf
        if not (0 < self.forged < 1 and finite and self.review > 0):
            raise ValueError(
                f"{self}: a mistake and a review cost something, and `forged` lies between 0 and 1"
            )

    def of(self, false_accept_rates: ArrayLike, false_reject_rates: ArrayLike) -> np.ndarray:
        """Return the expected cost of one case, in the currency of the costs.

        Parameters
        ----------
        false_accept_rates, false_reject_rates : float arrays, shape (n,), or floats, in [0, 1]
            Error rates at the same thresholds.

        Returns
        -------
        float array, shape (n,), or one float
        """
        accepted, rejected = self.parts(false_accept_rates, false_reject_rates)
        return accepted + rejected

    def parts(
        self, false_accept_rates: ArrayLike, false_reject_rates: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what either kind of mistake adds to the expected cost of a case.

        Parameters
        ----------
        false_accept_rates, false_reject_rates : float arrays, shape (n,), or floats, in [0, 1]
            Error rates at the same thresholds.

        Returns
        -------
        accepted, rejected : float arrays, shape (n,), or floats
            Of forgeries accepted, and of genuine signatures rejected.
        """
        accepted = self.forged * self.false_accept * np.asarray(false_accept_rates)
        rejected = (1 - self.forged) * self.false_reject * np.asarray(false_reject_rates)
        return accepted, rejected


@dataclass(frozen=True)
class Band:
    """Two thresholds: accept at or above `high`, reject below `low`, let a person look between.

    Derived in chapter 07, *What a decision costs*.

    Attributes
    ----------
    low, high : float, scores
        Where they are equal, nobody looks.
    cost : float, currency
        Expected for one case.
    reviewed : float in [0, 1]
        The share of cases that a person sees.

    See Also
    --------
    review_band : finds it.

    Examples
    --------
    >>> band = Band(low=0.4, high=0.6, cost=1.2, reviewed=0.15)
    >>> band.low <= 0.5 < band.high  # so a person looks
    True
    """

    low: float
    high: float
    cost: float
    reviewed: float


def cheapest_threshold(scores: ArrayLike, labels: ArrayLike, costs: Costs) -> tuple[float, float]:
    """Return the threshold of least expected cost, and that cost of one case.

    Where several are equally cheap it is the lowest. Infinite, where it is cheapest to reject
    everybody.

    Derived in chapter 07, *What a decision costs*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`; of writers other than those that the threshold will judge.
    costs : Costs
        What mistakes cost; a review is not considered.

    Returns
    -------
    threshold : float, a score
    cost : float, currency

    Raises
    ------
    ValueError
        For what `error_rates` refuses.

    See Also
    --------
    review_band : two thresholds, with a person between.

    Examples
    --------
    >>> costs = Costs(false_accept=10, false_reject=1, forged=0.5)
    >>> cheapest_threshold([0.2, 0.5, 0.4, 0.9], [0, 0, 1, 1], costs)
    (0.9, 0.25)
    """
    without_review = replace(costs, review=np.inf)
    band = review_band(scores, labels, without_review)
    return band.low, band.cost


def review_band(scores: ArrayLike, labels: ArrayLike, costs: Costs) -> Band:
    """Return the two thresholds of least expected cost when a person may look between them.

    The cost falls into a part that only the upper threshold decides and one that only the lower
    does, so each is found by itself. Where a review costs more than it saves both are the
    `cheapest_threshold`, and nobody is asked.

    Derived in chapter 07, *What a decision costs*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`; of writers other than those that the band will judge.
    costs : Costs
        What mistakes and a review cost.

    Returns
    -------
    Band

    Raises
    ------
    ValueError
        For what `error_rates` refuses.

    See Also
    --------
    cheapest_threshold : one threshold, nobody looks.

    Examples
    --------
    >>> costs = Costs(false_accept=10, false_reject=1, forged=0.5, review=0.1)
    >>> review_band([0.2, 0.5, 0.4, 0.9], [0, 0, 1, 1], costs)
    Band(low=0.4, high=0.9, cost=0.05, reviewed=0.5)
    """
    thresholds, accept, reject = error_rates(scores, labels)
    forgeries_accepted, genuine_rejected = costs.parts(accept, reject)
    low = high = int(np.argmin(forgeries_accepted + genuine_rejected))

    # A person sees the share at or above the lower threshold less that above the upper one.
    share_above = costs.forged * accept + (1 - costs.forged) * (1 - reject)
    if np.isfinite(costs.review):
        lower = int(np.argmin(genuine_rejected + costs.review * share_above))
        upper = int(np.argmin(forgeries_accepted - costs.review * share_above))
        if lower < upper:
            low = lower
            high = upper

    reviewed = float(share_above[low] - share_above[high])
    cost = float(forgeries_accepted[high] + genuine_rejected[low])
    if reviewed:  # an infinite price of no review is nothing
        cost += costs.review * reviewed
    return Band(
        low=float(thresholds[low]), high=float(thresholds[high]), cost=cost, reviewed=reviewed
    )
