"""What a decision costs: the threshold that is cheapest on average, and which cases a person should look at."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from deepsign_helpers.evaluation.rates import error_rates


@dataclass(frozen=True)
class Costs:
    """What mistakes cost, in any one currency, and how often somebody tries.

    Attributes
    ----------
    false_accept, false_reject : cost of one forgery accepted, of one genuine signature rejected
    forged : prior probability that a questioned signature is forged, in (0, 1)
    review : cost of having a person look, who is taken to be right; without limit, nobody looks
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
        """Return the expected cost of one case, at error rates in [0, 1]."""
        return sum(self.parts(false_accept_rates, false_reject_rates))

    def parts(
        self, false_accept_rates: ArrayLike, false_reject_rates: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what forgeries accepted, and what genuine signatures rejected, add to the expected cost of a case."""
        accepted = self.forged * self.false_accept * np.asarray(false_accept_rates)
        return accepted, (1 - self.forged) * self.false_reject * np.asarray(false_reject_rates)


@dataclass(frozen=True)
class Band:
    """Two thresholds: accept at or above `high`, reject below `low`, let a person look between.

    `cost` is expected for one case; `reviewed` is the share of cases that a person sees.
    """

    low: float
    high: float
    cost: float
    reviewed: float


def cheapest_threshold(scores: ArrayLike, labels: ArrayLike, costs: Costs) -> tuple[float, float]:
    """Return the threshold of least expected cost, and that cost of one case.

    Where several are equally cheap it is the lowest. Infinite, where it is cheapest to reject everybody.

    Parameters
    ----------
    scores, labels
        As for `error_rates`; of writers other than those that the threshold will judge.
    costs : Costs
    """
    alone = review_band(scores, labels, replace(costs, review=np.inf))
    return alone.low, alone.cost


def review_band(scores: ArrayLike, labels: ArrayLike, costs: Costs) -> Band:
    """Return the two thresholds of least expected cost when a person may look at what lies between.

    The cost falls into a part that only the upper threshold decides and one that only the lower does, so each is found
    by itself. Where a review costs more than it saves both are the `cheapest_threshold`, and nobody is asked.

    Parameters
    ----------
    scores, labels
        As for `error_rates`; of writers other than those that the band will judge.
    costs : Costs
    """
    thresholds, accept, reject = error_rates(scores, labels)
    forgeries, turned_away = costs.parts(accept, reject)
    at_or_above = costs.forged * accept + (1 - costs.forged) * (1 - reject)  # share of all cases
    low = high = int(np.argmin(forgeries + turned_away))
    if np.isfinite(costs.review):
        lower = int(np.argmin(turned_away + costs.review * at_or_above))
        upper = int(np.argmin(forgeries - costs.review * at_or_above))
        low, high = (lower, upper) if lower < upper else (low, high)
    reviewed = float(at_or_above[low] - at_or_above[high])
    cost = float(forgeries[high] + turned_away[low]) + (costs.review * reviewed if reviewed else 0)
    return Band(float(thresholds[low]), float(thresholds[high]), cost, reviewed)
