"""Error rates of a verifier: what a threshold lets in, and whom it turns away."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression
from scipy.special import ndtri

from deepsign_helpers.tables import DIFFERENT, SAME

__all__ = ["det", "equal_error_rate", "equal_error_threshold", "error_rates"]
__all__ += ["false_reject_rate_at", "rates_at", "roc", "rule_of_three", "similarity"]


def similarity(distance: np.ndarray) -> np.ndarray:
    """Return the score of a distance between vectors of unit length: 1 for the same vector, 0 for opposite ones.

    The one place of the course where a distance becomes a score; beyond it, higher always means more alike.

    Parameters
    ----------
    distance : float or float array
        Euclidean, in [0, 2]; a distance less the references' own mutual distance may lie in (-2, 2].
    """
    return 1 - distance / 2


def error_rates(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both error rates at every threshold that makes a difference, from accepting all to rejecting all.

    A signature is accepted when its score is at or above the threshold. Scores that are equal are accepted or rejected
    together, so there is one threshold for each distinct score, and one more.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    Returns
    -------
    thresholds, false_accept_rates, false_reject_rates : float arrays, shape (distinct scores + 1,)
        Thresholds ascend to infinity, where all are rejected; rates lie in [0, 1].

    Raises
    ------
    ValueError
        For scores that are not finite, for unequal lengths, for other labels and where one class is absent.

    References
    ----------
    ISO/IEC 19795-1:2021, Biometric performance testing and reporting.
    """
    scores, labels = checked(scores, labels)
    genuine, forged = np.sort(scores[labels == SAME]), np.sort(scores[labels == DIFFERENT])
    thresholds = np.append(np.unique(scores), np.inf)
    false_accept_rates = (len(forged) - np.searchsorted(forged, thresholds)) / len(forged)
    false_reject_rates = np.searchsorted(genuine, thresholds) / len(genuine)
    return thresholds, false_accept_rates, false_reject_rates


def equal_error_rate(scores: ArrayLike, labels: ArrayLike, method: str = "interpolated") -> float:
    """Return the rate, in [0, 1], at which as many forgeries are accepted as genuine signatures rejected.

    Parameters
    ----------
    scores, labels
        As for `error_rates`.
    method : "interpolated" or "rocch"
        Where no threshold makes both rates equal, the crossing is taken on the line between the two neighbouring
        thresholds, or on the convex hull of the curve, which no choice of thresholds drawn by lot can beat.

    References
    ----------
    N. Brümmer, E. de Villiers, The BOSARIS toolkit, 2013, https://doi.org/10.48550/arXiv.1304.2865 (convex hull).
    """
    if method not in ("interpolated", "rocch"):
        raise ValueError(f'method: "{method}" is unknown; use "interpolated" or "rocch"')
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    if method == "rocch":  # its corners are the ends of the pools of adjacent violators
        _, group, sizes = np.unique(
            np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True
        )
        genuine = np.bincount(group, weights=np.asarray(labels) == SAME)
        corners = isotonic_regression(genuine / sizes, weights=sizes).blocks
        false_accept_rates, false_reject_rates = (
            false_accept_rates[corners],
            false_reject_rates[corners],
        )
    return rate_where_equal(false_accept_rates, false_reject_rates)


def equal_error_threshold(scores: ArrayLike, labels: ArrayLike) -> float:
    """Return the threshold at which both error rates lie closest together, in the middle of its gap between scores.

    Taken on validation writers it is an a-priori threshold. Taken on the scores that it then judges it flatters.
    """
    thresholds, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    best = int(np.argmin(np.abs(false_accept_rates - false_reject_rates)))
    above, below = thresholds[best], thresholds[max(best - 1, 0)]
    middle = below + (above - below) / 2
    return float(middle if middle > below else above)


def rates_at(scores: ArrayLike, labels: ArrayLike, threshold: float) -> tuple[float, float]:
    """Return the false accept rate and the false reject rate, in [0, 1], of accepting scores >= `threshold`."""
    scores, labels = checked(scores, labels)
    accepted = scores >= threshold
    return float(np.mean(accepted[labels == DIFFERENT])), float(np.mean(~accepted[labels == SAME]))


def false_reject_rate_at(scores: ArrayLike, labels: ArrayLike, false_accept_rate: float) -> float:
    """Return the share of genuine signatures rejected where at most the given share of forgeries gets in.

    Parameters
    ----------
    scores, labels
        As for `error_rates`.
    false_accept_rate : float in (0, 1)
        The share of forgeries that may be accepted.

    Raises
    ------
    ValueError
        If there are fewer than 3 / false_accept_rate forgeries: no error in so few proves nothing.

    References
    ----------
    ISO/IEC 19795-1:2021, Biometric performance testing and reporting.
    """
    if not 0 < false_accept_rate < 1:
        raise ValueError(
            f"false_accept_rate: {false_accept_rate:g} is not between 0 and 1; 1 % is 0.01"
        )
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    forged, needed = (
        int(np.sum(np.asarray(labels) == DIFFERENT)),
        np.ceil(3 / false_accept_rate - 1e-9),
    )
    if forged < needed:
        raise ValueError(
            f"FAR {false_accept_rate:.3g} needs {needed:.0f} forged scores; there are {forged}"
        )
    return reject_rate_where_accepted(false_accept_rates, false_reject_rates, false_accept_rate)


def rule_of_three(trials: int) -> float:
    """Return the highest rate, in [0, 1], that zero errors in so many independent trials leave possible (95 %).

    Trials with one writer are not independent: where they are many, the bound is too low.

    References
    ----------
    J. A. Hanley, A. Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249, 1983,
    https://doi.org/10.1001/jama.1983.03330370053031.
    """
    return 3 / max(trials, 3)


def roc(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the receiver operating characteristic: false accept rates, and the genuine signatures' accept rates."""
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    return false_accept_rates, 1 - false_reject_rates


def det(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the detection error trade-off: both error rates as normal deviates, where neither is 0 or 1.

    On these axes two normal distributions of scores give a straight line.

    References
    ----------
    A. Martin et al., The DET curve in assessment of detection task performance, Eurospeech 1997,
    https://doi.org/10.21437/Eurospeech.1997-504.
    """
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    rates = np.stack([false_accept_rates, false_reject_rates])
    return tuple(ndtri(rates[:, ((rates > 0) & (rates < 1)).all(axis=0)]))


def checked(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (float64) and labels as arrays, or say in one sentence why they cannot be judged."""
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if scores.ndim != 1 or scores.shape != labels.shape:
        raise ValueError(
            f"scores: shape {scores.shape} and labels {labels.shape}; give one label for each score"
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            "scores: some are NaN or infinite; find out which signatures could not be embedded"
        )
    if not np.isin(labels, (SAME, DIFFERENT)).all():
        raise ValueError("labels: some are neither 1 (the same hand) nor 0 (a different one)")
    if len(np.unique(labels)) < 2:
        raise ValueError(
            "labels: only one class is there; error rates need genuine and forged signatures"
        )
    return scores, labels.astype(int)


def rate_where_equal(false_accept_rates: np.ndarray, false_reject_rates: np.ndarray) -> float:
    """Return the rate at which the two curves, linear between thresholds, cross."""
    gap = (
        false_accept_rates - false_reject_rates
    )  # falls strictly, from 1 (accept all) to -1 (reject all)
    after = int(np.argmax(gap <= 0))
    before = after - 1
    share = gap[before] / (gap[before] - gap[after])
    return float(
        false_accept_rates[before]
        + share * (false_accept_rates[after] - false_accept_rates[before])
    )


def reject_rate_where_accepted(
    false_accept_rates: np.ndarray, false_reject_rates: np.ndarray, allowed: float
) -> float:
    """Return the false reject rate at the lowest threshold that keeps to an allowed false accept rate."""
    return float(false_reject_rates[np.argmax(false_accept_rates <= allowed + 1e-12)])
