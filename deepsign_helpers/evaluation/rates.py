"""Error rates of a verifier: what a threshold lets in, and whom it turns away."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression
from scipy.special import ndtri

from deepsign_helpers.tables import DIFFERENT, SAME

# Rates are shares of counts: two that differ by less than this are the same share, rounded.
ROUNDING = 1e-12


def similarity(distance: np.ndarray) -> np.ndarray:
    """Return the score of a distance between vectors of unit length.

    It is 1 for the same vector and 0 for opposite ones. The one place of the course where a
    distance becomes a score; beyond it, higher always means more alike.

    Derived in chapter 06, *One questioned signature*.

    Parameters
    ----------
    distance : float or float array, in [0, 2]
        Euclidean; a distance less the references' own mutual distance may lie in (-2, 2].

    Returns
    -------
    float or float array
        In the shape of `distance`.

    Examples
    --------
    >>> similarity(np.array([0.0, 0.5, 2.0])).tolist()
    [1.0, 0.75, 0.0]
    """
    return 1 - distance / 2


def error_rates(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both error rates at every threshold that makes a difference.

    They run from accepting all to rejecting all. A signature is accepted when its score is at or
    above the threshold. Scores that are equal are accepted or rejected together, so there is one
    threshold for each distinct score, and one more.

    Derived in chapter 06, *Every threshold at once*.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    Returns
    -------
    thresholds : float array, shape (distinct scores + 1,)
        They ascend to infinity, where all are rejected.
    false_accept_rates : float array, shape (distinct scores + 1,), in [0, 1]
    false_reject_rates : float array, shape (distinct scores + 1,), in [0, 1]

    Raises
    ------
    ValueError
        For scores that are not finite, for unequal lengths, for other labels and where one class
        is absent.

    See Also
    --------
    rates_at : both rates at one threshold.
    roc, det : the same rates as curves.

    References
    ----------
    ISO/IEC 19795-1:2021, Biometric performance testing and reporting.

    Examples
    --------
    >>> thresholds, accepted, rejected = error_rates([0.3, 0.6, 0.9], [DIFFERENT, SAME, SAME])
    >>> thresholds.tolist(), accepted.tolist(), rejected.tolist()
    ([0.3, 0.6, 0.9, inf], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.5, 1.0])
    """
    scores, labels = judgeable(scores, labels)
    genuine = np.sort(scores[labels == SAME])
    forged = np.sort(scores[labels == DIFFERENT])
    thresholds = np.append(np.unique(scores), np.inf)

    # How many scores lie below each threshold: those are rejected.
    forged_rejected = np.searchsorted(forged, thresholds)
    genuine_rejected = np.searchsorted(genuine, thresholds)
    false_accept_rates = (len(forged) - forged_rejected) / len(forged)
    false_reject_rates = genuine_rejected / len(genuine)
    return thresholds, false_accept_rates, false_reject_rates


def equal_error_rate(scores: ArrayLike, labels: ArrayLike, method: str = "interpolated") -> float:
    """Return the rate at which as many forgeries are accepted as genuine signatures rejected.

    Derived in chapter 06, *Every threshold at once*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`.
    method : "interpolated" or "rocch"
        Where no threshold makes both rates equal, the crossing is taken on the line between the
        two neighbouring thresholds, or on the convex hull of the curve, which no choice of
        thresholds drawn by lot can beat.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    ValueError
        For an unknown method, and for what `error_rates` refuses.

    See Also
    --------
    equal_error_threshold : the threshold that belongs to it.
    bootstrap_by_writer : its interval.

    References
    ----------
    N. Brümmer, E. de Villiers, The BOSARIS toolkit, 2013,
    https://doi.org/10.48550/arXiv.1304.2865 (convex hull).

    Examples
    --------
    >>> equal_error_rate([0.2, 0.5, 0.4, 0.9], [DIFFERENT, DIFFERENT, SAME, SAME])
    0.5
    """
    if method not in ("interpolated", "rocch"):
        raise ValueError(f'method: "{method}" is unknown; use "interpolated" or "rocch"')
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    if method == "rocch":
        corners = hull_corners(scores, labels)
        false_accept_rates = false_accept_rates[corners]
        false_reject_rates = false_reject_rates[corners]
    return rate_where_equal(false_accept_rates, false_reject_rates)


def equal_error_threshold(scores: ArrayLike, labels: ArrayLike) -> float:
    """Return the threshold at which both error rates lie closest together.

    It lies in the middle of its gap between scores. Taken on validation writers it is an a-priori
    threshold. Taken on the scores that it then judges it flatters.

    Derived in chapter 06, *Where a threshold comes from*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For what `error_rates` refuses.

    See Also
    --------
    cheapest_threshold : the threshold for mistakes that cost differently.

    Examples
    --------
    >>> equal_error_threshold([0.25, 0.5, 0.75, 1.0], [DIFFERENT, DIFFERENT, SAME, SAME])
    0.625
    """
    thresholds, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    best = int(np.argmin(np.abs(false_accept_rates - false_reject_rates)))
    above = thresholds[best]
    below = thresholds[max(best - 1, 0)]
    middle = below + (above - below) / 2
    # Between two neighbouring floats there is no middle; it must lie above the rejected score.
    return float(middle if middle > below else above)


def rates_at(scores: ArrayLike, labels: ArrayLike, threshold: float) -> tuple[float, float]:
    """Return both error rates of accepting scores that are at or above a threshold.

    Derived in chapter 06, *Hundreds of questioned signatures*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`.
    threshold : float
        In the unit of the scores.

    Returns
    -------
    false_accept_rate : float in [0, 1]
    false_reject_rate : float in [0, 1]

    Raises
    ------
    ValueError
        For a threshold that is NaN, and for what `error_rates` refuses.

    See Also
    --------
    error_rates : the same at every threshold.

    Examples
    --------
    >>> rates_at([0.2, 0.5, 0.4, 0.9], [DIFFERENT, DIFFERENT, SAME, SAME], threshold=0.3)
    (0.5, 0.0)
    """
    require_threshold(threshold)
    scores, labels = judgeable(scores, labels)
    accepted = scores >= threshold
    false_accept_rate = np.mean(accepted[labels == DIFFERENT])
    false_reject_rate = np.mean(~accepted[labels == SAME])
    return float(false_accept_rate), float(false_reject_rate)


def false_reject_rate_at(scores: ArrayLike, labels: ArrayLike, false_accept_rate: float) -> float:
    """Return the share of genuine signatures rejected at an allowed false accept rate.

    Derived in chapter 06, *An operating point*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`.
    false_accept_rate : float in (0, 1)
        The share of forgeries that may be accepted.

    Returns
    -------
    float in [0, 1]
        At the lowest threshold that lets in no more forgeries than that.

    Raises
    ------
    ValueError
        If there are fewer than 3 / false_accept_rate forgeries: no error in so few proves nothing.

    See Also
    --------
    rule_of_three : why it takes so many.

    References
    ----------
    ISO/IEC 19795-1:2021, Biometric performance testing and reporting.

    Examples
    --------
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.25, 0.9]
    >>> labels = [DIFFERENT] * 6 + [SAME] * 2
    >>> false_reject_rate_at(scores, labels, false_accept_rate=0.5)
    0.5
    >>> false_reject_rate_at(scores, labels, false_accept_rate=0.01)
    Traceback (most recent call last):
    ValueError: FAR 0.01 needs 300 forged scores; there are 6
    """
    if not 0 < false_accept_rate < 1:
        raise ValueError(
            f"false_accept_rate: {false_accept_rate:g} is not between 0 and 1; 1 % is 0.01"
        )
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    forged = int(np.sum(np.asarray(labels) == DIFFERENT))
    needed = np.ceil(3 / false_accept_rate - 1e-9)  # 3 / 0.001 must not be rounded up to 3001
    if forged < needed:
        raise ValueError(
            f"FAR {false_accept_rate:.3g} needs {needed:.0f} forged scores; there are {forged}"
        )
    return reject_rate_where_accepted(false_accept_rates, false_reject_rates, false_accept_rate)


def rule_of_three(cases: int) -> float:
    """Return the highest rate that no error in so many independent cases leaves possible (95 %).

    Comparisons with one writer are not independent: where they are many, the bound is too low.

    Derived in chapter 06, *An operating point*.

    Parameters
    ----------
    cases : int, from 0 on
        How often no error was seen.

    Returns
    -------
    float in (0, 1]

    Raises
    ------
    ValueError
        For fewer cases than none.

    References
    ----------
    J. A. Hanley, A. Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249,
    1983, https://doi.org/10.1001/jama.1983.03330370053031.

    Examples
    --------
    >>> rule_of_three(300)
    0.01
    """
    if not cases >= 0:
        raise ValueError(f"cases: {cases} is no count; give 0 or more")
    return 3 / max(cases, 3)


def roc(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the receiver operating characteristic: genuine signatures accepted over forgeries.

    Derived in chapter 06, *Every threshold at once*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`.

    Returns
    -------
    false_accept_rates : float array, shape (distinct scores + 1,), in [0, 1]
    true_accept_rates : float array, shape (distinct scores + 1,), in [0, 1]
        The share of genuine signatures that are accepted.

    See Also
    --------
    det : the same with both axes for errors.

    Examples
    --------
    >>> forged, genuine = roc([0.3, 0.6, 0.9], [DIFFERENT, SAME, SAME])
    >>> forged.tolist(), genuine.tolist()
    ([1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.5, 0.0])
    """
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    return false_accept_rates, 1 - false_reject_rates


def det(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the detection error trade-off: both error rates as normal deviates.

    Thresholds where one of the rates is 0 or 1 are left out: its deviate is infinite. On these
    axes two normal distributions of scores give a straight line.

    Derived in chapter 06, *Every threshold at once*.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `error_rates`.

    Returns
    -------
    false_accept_deviates : float array, shape (m,)
    false_reject_deviates : float array, shape (m,)
        In standard deviations: 0 is a rate of 50 %, −1 one of 16 %.

    See Also
    --------
    roc : the same rates, not transformed.

    References
    ----------
    A. Martin et al., The DET curve in assessment of detection task performance, Eurospeech 1997,
    https://doi.org/10.21437/Eurospeech.1997-504.

    Examples
    --------
    >>> accepted, rejected = det([0.2, 0.5, 0.4, 0.9], [DIFFERENT, DIFFERENT, SAME, SAME])
    >>> accepted.tolist(), rejected.tolist()
    ([0.0], [0.0])
    """
    _, false_accept_rates, false_reject_rates = error_rates(scores, labels)
    some_accepted = (false_accept_rates > 0) & (false_accept_rates < 1)
    some_rejected = (false_reject_rates > 0) & (false_reject_rates < 1)
    finite = some_accepted & some_rejected
    return ndtri(false_accept_rates[finite]), ndtri(false_reject_rates[finite])


def require_threshold(threshold: float) -> None:
    """Raise a ValueError for a threshold that is NaN: no score is above it, and none below."""
    if not threshold <= np.inf:
        raise ValueError(
            f"threshold: {threshold} decides nothing; find one with equal_error_threshold"
        )


def judgeable(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (float64) and labels as arrays, or say why they cannot be judged."""
    try:
        scores = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("scores: some are no numbers; give one number for each label") from error
    labels = np.asarray(labels)
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


def hull_corners(scores: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return which thresholds of `error_rates` are corners of the curve's convex hull.

    They are the ends of the pools in which a rising map from scores to probabilities is flat.
    """
    _, group, sizes = np.unique(
        np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True
    )
    genuine = np.bincount(group, weights=np.asarray(labels) == SAME)
    return isotonic_regression(genuine / sizes, weights=sizes).blocks


def rate_where_equal(false_accept_rates: np.ndarray, false_reject_rates: np.ndarray) -> float:
    """Return the rate at which the two curves, linear between thresholds, cross."""
    # The gap falls strictly, from 1 (accept all) to -1 (reject all).
    gap = false_accept_rates - false_reject_rates
    after = int(np.argmax(gap <= 0))
    before = after - 1
    share = gap[before] / (gap[before] - gap[after])
    change = false_accept_rates[after] - false_accept_rates[before]
    return float(false_accept_rates[before] + share * change)


def reject_rate_where_accepted(
    false_accept_rates: np.ndarray, false_reject_rates: np.ndarray, allowed: float
) -> float:
    """Return the false reject rate at the lowest threshold that keeps to an allowed accept rate."""
    lowest = np.argmax(false_accept_rates <= allowed + ROUNDING)
    return float(false_reject_rates[lowest])
