"""Scores as evidence: how much more probable a score is from the writer's own hand than from a forger's."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepsign_helpers.evaluation.rates import SAME, checked

STEP = 0.01  # of the bounds, in powers of ten
WEAK = 1e4  # inverse strength of the regularisation: it only keeps a slope finite where the classes are separable


@dataclass(frozen=True)
class Calibration:
    """A map from scores to likelihood ratios, found on writers other than those it will be used for.

    Attributes
    ----------
    method : "logistic" or "pav"
    low, high : bounds, log10; beyond them the calibration writers were too few to speak
    probability : scores -> probability of "genuine" where both answers were equally probable before
    """

    method: str
    low: float
    high: float
    probability: Callable[[np.ndarray], np.ndarray]

    def log_likelihood_ratios(self, scores: ArrayLike) -> np.ndarray:
        """Return log10 of each score's likelihood ratio, within the bounds: above 0 it speaks for "genuine"."""
        return np.clip(
            log_odds(self.probability(np.atleast_1d(scores).astype(np.float64))),
            self.low,
            self.high,
        )


def calibrate(scores: ArrayLike, labels: ArrayLike, method: str = "logistic") -> Calibration:
    """Learn from one set of writers what a score is worth as evidence, to be used on others.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities of the calibration writers: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged. Both classes weigh the same, however many there are.
    method : "logistic" or "pav"
        A straight line from score to log-odds; or the best of all rising steps, joined by lines (pool of adjacent
        violators).

    Raises
    ------
    ValueError
        For an unknown method, and for what `error_rates` refuses.

    References
    ----------
    G. S. Morrison, Tutorial on logistic-regression calibration and fusion, Australian Journal of Forensic Sciences 45,
    2013, https://doi.org/10.1080/00450618.2012.733025. N. Brümmer, J. du Preez, Application-independent evaluation of
    speaker detection, Computer Speech and Language 20, 2006, https://doi.org/10.1016/j.csl.2005.08.001 (PAV).
    """
    if method not in ("logistic", "pav"):
        raise ValueError(f'method: "{method}" is unknown; use "logistic" or "pav"')
    scores, labels = checked(scores, labels)
    probability = (
        straight_line(scores, labels) if method == "logistic" else rising_steps(scores, labels)
    )
    low, high = evidence_bounds(log_odds(probability(scores)), labels)
    return Calibration(method, low, high, probability)


def evidence_bounds(log_likelihood_ratios: ArrayLike, labels: ArrayLike) -> tuple[float, float]:
    """Return between which log10 likelihood ratios a set of this size can speak at all.

    One more genuine signature with the least likelihood ratio and one more forgery with the greatest are imagined: a
    likelihood ratio is within the bounds as long as whoever acts on it still does better than whoever ignores it.
    Scores count as independent; where many belong to one writer, the bounds are too wide.

    References
    ----------
    P. Vergeer et al., Numerical likelihood ratios outputted by LR systems are often based on extrapolation: when to
    stop extrapolating?, Science & Justice 56, 2016, https://doi.org/10.1016/j.scijus.2016.06.003.
    """
    ratios, labels = np.asarray(log_likelihood_ratios), np.asarray(labels)
    genuine, forged = np.sort(ratios[labels == SAME]), np.sort(ratios[labels != SAME])
    least, most = (
        max(ratios.min(), -np.log10(len(genuine) + 1)),
        min(ratios.max(), np.log10(len(forged) + 1)),
    )
    thresholds = STEP * np.arange(
        min(0, np.floor(least / STEP)), max(0, np.floor(most / STEP) + 1) + 1
    )
    rejected = (np.searchsorted(genuine, thresholds, side="right") + 1) / (len(genuine) + 1)
    accepted = (len(forged) - np.searchsorted(forged, thresholds, side="right") + 1) / (
        len(forged) + 1
    )
    cost_of_heeding, cost_of_ignoring = (
        rejected + 10**thresholds * accepted,
        np.minimum(1, 10**thresholds),
    )
    useless = thresholds[cost_of_heeding > cost_of_ignoring]
    low = max(useless[useless <= 0] + STEP, default=thresholds[0])
    high = min(useless[useless >= 0] - STEP, default=thresholds[-1])
    return float(min(low, 0)), float(max(high, 0))


def cllr(log_likelihood_ratios: ArrayLike, labels: ArrayLike) -> float:
    """Return the cost of the log-likelihood ratio: 0 for an oracle, 1 for always saying "I don't know" (a ratio of 1).

    It punishes both poor separation and wrong confidence, and may exceed 1: then the evidence misleads.

    Parameters
    ----------
    log_likelihood_ratios : float array, shape (n,)
        To base 10, finite.
    labels : int array, shape (n,)

    References
    ----------
    N. Brümmer, J. du Preez, Application-independent evaluation of speaker detection, Computer Speech and Language 20,
    2006, https://doi.org/10.1016/j.csl.2005.08.001.
    """
    return cost_in_bits(*checked(log_likelihood_ratios, labels))


def minimal_cllr(scores: ArrayLike, labels: ArrayLike) -> float:
    """Return the least `cllr` that any rising map from these scores to likelihood ratios can reach.

    It measures the separation alone; what a calibration costs beyond it is its calibration loss.
    """
    scores, labels = checked(scores, labels)
    ranks = np.unique(scores, return_inverse=True)[
        1
    ]  # a regression on scores takes two within 1e-15 for one
    return cost_in_bits(log_odds(rising_steps(ranks, labels)(ranks)), labels)


def straight_line(scores: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the map from scores to probabilities of "genuine" whose log-odds lie on a line, both classes alike."""
    line = make_pipeline(
        StandardScaler(), LogisticRegression(C=WEAK, class_weight="balanced", tol=1e-8)
    )
    line.fit(scores[:, None], labels)
    return lambda some: line.predict_proba(some[:, None])[:, 1]


def rising_steps(scores: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the rising map from scores to probabilities of "genuine" that fits best, both classes weighing alike."""
    weights = 1 / np.bincount(labels)[labels]
    return (
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        .fit(scores, labels, weights)
        .predict
    )


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log10 of the odds, infinite where the probability is 0 or 1."""
    return logit(probability) / np.log(10)


def cost_in_bits(log_likelihood_ratios: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over both classes of the bits lost on each signature's likelihood ratio."""
    against = np.where(labels == SAME, -log_likelihood_ratios, log_likelihood_ratios) * np.log(10)
    bits = np.logaddexp(0, against) / np.log(2)
    return float((bits[labels == SAME].mean() + bits[labels != SAME].mean()) / 2)
