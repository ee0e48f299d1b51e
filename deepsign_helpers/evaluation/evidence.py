"""Scores as evidence: how much more probable a score is from the writer's own hand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepsign_helpers.evaluation.rates import judgeable
from deepsign_helpers.tables import DIFFERENT, SAME

STEP = 0.01  # of the bounds, in powers of ten: finer than any case needs

HUGE = 1e9  # powers of ten: stands for an infinite ratio

# Inverse strength of the regularisation: it only keeps a slope finite where the classes are
# separable.
WEAK = 1e4

# A map from scores to the probability of "genuine", where both answers were equally probable.
Probability = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Calibration:
    """A map from scores to likelihood ratios, found on writers other than those it is used for.

    Derived in chapter 07, *A score as evidence*.

    Attributes
    ----------
    method : "logistic" or "pav"
        How it was found, as for `calibrate`.
    low, high : float, log10 of a likelihood ratio
        Bounds; beyond them the calibration writers were too few to speak.
    probability : function from a float array, shape (n,), to one in [0, 1]
        Scores to the probability of "genuine", where both answers were equally probable before.

    See Also
    --------
    calibrate : finds it.

    Examples
    --------
    >>> calibration = Calibration("pav", low=-1.0, high=2.0, probability=lambda scores: scores)
    >>> calibration.log_likelihood_ratios([0.001, 0.5, 0.9]).round(3).tolist()
    [-1.0, 0.0, 0.954]
    """

    method: str
    low: float
    high: float
    probability: Probability

    def log_likelihood_ratios(self, scores: ArrayLike) -> np.ndarray:
        """Return log10 of each score's likelihood ratio, within the bounds.

        Parameters
        ----------
        scores : float array, shape (n,), or one float
            Similarities: higher means more alike.

        Returns
        -------
        float array, shape (n,)
            Above 0 a score speaks for "genuine", below for "forged".

        Raises
        ------
        ValueError
            For scores that are not finite.
        """
        scores = np.atleast_1d(scores).astype(np.float64)
        if not np.isfinite(scores).all():
            raise ValueError("scores: some are NaN or infinite; such a score is worth nothing")
        ratios = log_odds(self.probability(scores))
        return np.clip(ratios, self.low, self.high)


def calibrate(scores: ArrayLike, labels: ArrayLike, method: str = "logistic") -> Calibration:
    """Learn from one set of writers what a score is worth as evidence, to be used on others.

    Derived in chapter 07, *A score as evidence*.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities of the calibration writers: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged. Both classes weigh the same, however
        many there are.
    method : "logistic" or "pav"
        A straight line from score to log-odds; or the best of all rising steps, joined by lines
        (pool of adjacent violators).

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        For an unknown method, and for what `error_rates` refuses.

    See Also
    --------
    cllr : says on other writers how good it is.

    References
    ----------
    G. S. Morrison, Tutorial on logistic-regression calibration and fusion, Australian Journal of
    Forensic Sciences 45, 2013, https://doi.org/10.1080/00450618.2012.733025.
    N. Brümmer, J. du Preez, Application-independent evaluation of speaker detection, Computer
    Speech and Language 20, 2006, https://doi.org/10.1016/j.csl.2005.08.001 (PAV).

    Examples
    --------
    >>> labels = np.repeat([DIFFERENT, SAME], 500)
    >>> scores = np.random.default_rng(0).normal(loc=labels, scale=0.7)
    >>> calibrate(scores, labels).log_likelihood_ratios([0.0, 0.5, 1.0]).round(1).tolist()
    [-0.4, 0.0, 0.5]
    """
    if method not in ("logistic", "pav"):
        raise ValueError(f'method: "{method}" is unknown; use "logistic" or "pav"')
    scores, labels = judgeable(scores, labels)
    if method == "logistic":
        probability = straight_line(scores, labels)
    else:
        probability = rising_steps(scores, labels)
    low, high = evidence_bounds(log_odds(probability(scores)), labels)
    return Calibration(method=method, low=low, high=high, probability=probability)


def evidence_bounds(log_likelihood_ratios: ArrayLike, labels: ArrayLike) -> tuple[float, float]:
    """Return between which log10 likelihood ratios a set of this size can speak at all.

    One more genuine signature with the least likelihood ratio and one more forgery with the
    greatest are imagined: a likelihood ratio is within the bounds as long as whoever acts on it
    still does better than whoever ignores it. Scores count as independent; where many belong to
    one writer, the bounds are too wide.

    Derived in chapter 07, *A score as evidence*.

    Parameters
    ----------
    log_likelihood_ratios : float array, shape (n,)
        To base 10; infinite ones are allowed.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged; both are there.

    Returns
    -------
    low : float, at most 0
    high : float, at least 0

    Raises
    ------
    ValueError
        For ratios that are NaN, and for labels that `error_rates` refuses.

    References
    ----------
    P. Vergeer et al., Numerical likelihood ratios outputted by LR systems are often based on
    extrapolation: when to stop extrapolating?, Science & Justice 56, 2016,
    https://doi.org/10.1016/j.scijus.2016.06.003.

    Examples
    --------
    Nine signatures of each class, told apart without a mistake, speak up to about 9 : 1.

    >>> ratios = np.repeat([-5.0, 5.0], 9)
    >>> evidence_bounds(ratios, np.repeat([DIFFERENT, SAME], 9))
    (-0.95, 0.95)
    """
    # An infinite ratio does what a very great one does; `judgeable` refuses NaN and odd labels.
    ratios, labels = judgeable(np.clip(log_likelihood_ratios, -HUGE, HUGE), labels)
    genuine = np.sort(ratios[labels == SAME])
    forged = np.sort(ratios[labels == DIFFERENT])

    # Beyond 1 : (number of signatures + 1) the imagined ones decide alone.
    least = max(ratios.min(), -np.log10(len(genuine) + 1))
    most = min(ratios.max(), np.log10(len(forged) + 1))
    first = min(0, np.floor(least / STEP))
    last = max(0, np.floor(most / STEP) + 1)
    thresholds = STEP * np.arange(first, last + 1)

    # Error rates at each threshold, with one imagined mistake in either class.
    genuine_rejected = np.searchsorted(genuine, thresholds, side="right")
    forged_accepted = len(forged) - np.searchsorted(forged, thresholds, side="right")
    rejected = (genuine_rejected + 1) / (len(genuine) + 1)
    accepted = (forged_accepted + 1) / (len(forged) + 1)

    # A threshold of t is the right one where a forgery accepted costs 10 ** t as much as a genuine
    # signature rejected. Whoever ignores the scores rejects all or accepts all.
    cost_of_heeding = rejected + 10**thresholds * accepted
    cost_of_ignoring = np.minimum(1, 10**thresholds)
    useless = thresholds[cost_of_heeding > cost_of_ignoring]

    # The bounds lie one step inside the nearest useless thresholds on either side of 0.
    low = max(useless[useless <= 0] + STEP, default=thresholds[0])
    high = min(useless[useless >= 0] - STEP, default=thresholds[-1])
    return float(min(low, 0)), float(max(high, 0))


def cllr(log_likelihood_ratios: ArrayLike, labels: ArrayLike) -> float:
    """Return the cost of the log-likelihood ratio.

    It is 0 for an oracle, and 1 for always saying "I don't know" (a ratio of 1). It punishes both
    poor separation and wrong confidence, and may exceed 1: then the evidence misleads.

    Derived in chapter 07, *A score as evidence*.

    Parameters
    ----------
    log_likelihood_ratios : float array, shape (n,)
        To base 10, finite.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    Returns
    -------
    float, bits, from 0 on

    Raises
    ------
    ValueError
        For what `error_rates` refuses.

    See Also
    --------
    minimal_cllr : what no calibration can get below.

    References
    ----------
    N. Brümmer, J. du Preez, Application-independent evaluation of speaker detection, Computer
    Speech and Language 20, 2006, https://doi.org/10.1016/j.csl.2005.08.001.

    Examples
    --------
    >>> cllr([0.0, 0.0], [SAME, DIFFERENT])
    1.0
    >>> right = cllr([2.0, -2.0], [SAME, DIFFERENT])
    >>> wrong = cllr([-2.0, 2.0], [SAME, DIFFERENT])
    >>> round(right, 3), round(wrong, 3)
    (0.014, 6.658)
    """
    ratios, labels = judgeable(log_likelihood_ratios, labels)
    return cost_in_bits(ratios, labels)


def minimal_cllr(scores: ArrayLike, labels: ArrayLike) -> float:
    """Return the least `cllr` that any rising map from these scores to ratios can reach.

    It measures the separation alone; what a calibration costs beyond it is its calibration loss.

    Derived in chapter 07, *A score as evidence*.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    Returns
    -------
    float, bits, in [0, 1]

    Raises
    ------
    ValueError
        For what `error_rates` refuses.

    See Also
    --------
    cllr : the cost of ratios as they are.

    Examples
    --------
    >>> round(minimal_cllr([0.1, 0.4, 0.3, 0.9], [DIFFERENT, DIFFERENT, SAME, SAME]), 3)
    0.5
    """
    scores, labels = judgeable(scores, labels)
    # Ranks, as a regression on scores takes two within 1e-15 of each other for one.
    _, ranks = np.unique(scores, return_inverse=True)
    probability = rising_steps(ranks, labels)
    return cost_in_bits(log_odds(probability(ranks)), labels)


def straight_line(scores: np.ndarray, labels: np.ndarray) -> Probability:
    """Return the map to probabilities whose log-odds lie on a line, both classes weighing alike."""
    line = make_pipeline(
        StandardScaler(), LogisticRegression(C=WEAK, class_weight="balanced", tol=1e-8)
    )
    line.fit(scores[:, None], labels)

    def probability(some: np.ndarray) -> np.ndarray:
        of_both_classes = line.predict_proba(some[:, None])  # (n, 2), forged first
        return of_both_classes[:, 1]

    return probability


def rising_steps(scores: np.ndarray, labels: np.ndarray) -> Probability:
    """Return the rising map to probabilities that fits best, both classes weighing alike."""
    counts = np.bincount(labels)  # forged, genuine
    weights = 1 / counts[labels]
    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    steps.fit(scores, labels, weights)
    return steps.predict


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log10 of the odds, infinite where the probability is 0 or 1."""
    return logit(probability) / np.log(10)


def cost_in_bits(log_likelihood_ratios: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over both classes of the bits lost on each signature's likelihood ratio."""
    is_genuine = labels == SAME
    # Natural log of how far each ratio speaks against the truth; below 0 it speaks for it.
    against = np.where(is_genuine, -log_likelihood_ratios, log_likelihood_ratios) * np.log(10)
    bits = np.logaddexp(0, against) / np.log(2)
    return float((bits[is_genuine].mean() + bits[~is_genuine].mean()) / 2)
