"""What a prepared image is: refused before it is described or embedded, where it is none."""

import numpy as np


def require_prepared(images: np.ndarray, name: str = "images") -> None:
    """Refuse images with other levels than `prepare` gives them.

    An encoder answers to any number: levels from 0 to 255 instead of 0 to 1 give vectors of unit
    length too, and a wrong verdict.

    Parameters
    ----------
    images : float array, any shape
        Paper 0.0, ink up to 1.0.
    name : str
        What the sentence calls them.

    Raises
    ------
    ValueError
        For a level that is NaN, below 0 or above 1.

    Examples
    --------
    >>> require_prepared(np.array([0.0, 0.5, 1.0]))
    >>> require_prepared(np.array([0.0, 128.0, 255.0]), "scan")
    Traceback (most recent call last):
    ValueError: scan: levels from 0 to 255 where 0 (paper) to 1 (ink) is needed; pass it through preprocessing.prepare
    """  # noqa: E501
    if np.size(images) == 0:
        return
    lowest = np.min(images)
    highest = np.max(images)
    if np.isnan(lowest):
        problem = "a level is NaN, which is no number"
        raise ValueError(f"{name}: {problem}; find out where it comes from.")
    if lowest < 0 or highest > 1:
        needed = "0 (paper) to 1 (ink) is needed; pass it through preprocessing.prepare"
        raise ValueError(f"{name}: levels from {lowest:g} to {highest:g} where {needed}")
