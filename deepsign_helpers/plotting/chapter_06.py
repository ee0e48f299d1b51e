"""Figures of chapter 06: error rates at one threshold, at all of them, and how sure they are."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtri

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    curves,
    new_figure,
    outlines,
    show,
)

__all__ = ["show_curves", "show_draws", "show_threshold"]

GENERATED = "Generated signatures"
BARS = 45  # of a histogram, over all scores: wide enough that each holds some of a few hundred
DRAWN_SCORES = [0.01, 0.99]  # quantiles: a single stray score would squeeze all others together
DET_LIMITS = ndtri([0.004, 0.85])  # normal deviates: room for the rates that anybody works at
DET_PERCENTS = np.array([1, 5, 20, 50, 80])


def show_threshold(scores: np.ndarray, labels: np.ndarray, threshold: float) -> None:
    """Show the scores of genuine and forged signatures on either side of a threshold.

    Both error rates at it stand above.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.
    threshold : float, a score
        Accepted at or above it.

    See Also
    --------
    show_curves : the error rates at every threshold.

    Examples
    --------
    >>> import numpy as np
    >>> show_threshold(np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 0, 1, 1]), threshold=0.5)
    <IPython.core.display.Image object>
    """
    show(*draw_threshold(scores, labels, threshold))


def draw_threshold(
    scores: np.ndarray, labels: np.ndarray, threshold: float, signatures: str = GENERATED
) -> tuple[Figure, str]:
    """Return the figure of `show_threshold` and its alternative text.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `show_threshold`.
    threshold : float, a score
        Accepted at or above it.
    signatures : str
        What was tested; it stands over the figure.

    Returns
    -------
    figure : Figure
    alternative text : str
    """
    accept, reject = evaluation.rates_at(scores, labels, threshold)
    edges = edges_around(threshold, scores)
    genuine = scores[labels == evaluation.SAME]
    forgeries = scores[labels == evaluation.DIFFERENT]

    figure, axis = new_figure(height=2.9)
    shares = outlines(axis, {"genuine": genuine, "forgeries": forgeries}, edges)
    accepted = edges[:-1] >= threshold
    shade(axis, edges, np.where(accepted, 0, shares["genuine"]), GENUINE["color"])
    shade(axis, edges, np.where(accepted, shares["forgeries"], 0), FORGED["color"])
    mark_sides(axis, threshold)
    axis.legend(frameon=False, loc="upper left")
    axis.set(xlabel="score (similarity, no unit)", ylabel="share of its kind (%)")
    room_for_words = 1.12 * axis.get_ylim()[1]
    axis.set(xlim=edges[[0, -1]], ylim=(0, room_for_words))

    rates = (
        f"{accept * 100:.0f} of 100 forgeries get in, "
        f"{reject * 100:.0f} of 100 genuine are turned away"
    )
    axis.set_title(f"{signatures}: {rates}", fontsize=9)
    alternative = (
        f"{signatures}: histograms of the scores of genuine and forged ones, "
        f"with a threshold at {threshold:.3f}: {rates} "
        f"(FAR {accept * 100:.1f} %, FRR {reject * 100:.1f} %)."
    )
    return figure, alternative


def edges_around(threshold: float, scores: np.ndarray) -> np.ndarray:
    """Return edges of a histogram of all scores; the threshold is one, so no bar lies across it."""
    lowest = scores.min()
    highest = scores.max()
    width = np.ptp([lowest, highest]) / BARS or 1  # 1, where all scores are the same
    below = np.ceil(np.abs(lowest - threshold) / width) + 1
    above = np.ceil(np.abs(highest - threshold) / width) + 1
    return threshold + width * np.arange(-below, above + 1)


def shade(axis: Axes, edges: np.ndarray, share: np.ndarray, color: str) -> None:
    """Fill the bars of a histogram: the mistakes."""
    axis.stairs(share, edges, fill=True, color=color, alpha=0.3)


def mark_sides(axis: Axes, threshold: float) -> None:
    """Draw the threshold, and say on which side of it signatures are accepted."""
    axis.axvline(threshold, color="black", linewidth=1)
    look = {"xycoords": ("data", "axes fraction"), "va": "top", "fontsize": 8}
    axis.annotate("← rejected  ", (threshold, 0.98), ha="right", **look)
    axis.annotate("  accepted →", (threshold, 0.98), ha="left", **look)


def show_curves(scores: np.ndarray, labels: np.ndarray) -> None:
    """Show every threshold's error rates: over the threshold, as a ROC, and as a DET curve.

    Parameters
    ----------
    scores : float array, shape (n,)
        Similarities: higher means more alike.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    See Also
    --------
    show_threshold : the error rates at one threshold.

    Examples
    --------
    >>> import numpy as np
    >>> show_curves(np.array([0.2, 0.6, 0.4, 0.8]), np.array([0, 0, 1, 1]))
    <IPython.core.display.Image object>
    """
    show(*draw_curves(scores, labels))


def draw_curves(
    scores: np.ndarray, labels: np.ndarray, signatures: str = GENERATED
) -> tuple[Figure, str]:
    """Return the figure of `show_curves` and its alternative text.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `show_curves`.
    signatures : str
        What was tested; it stands over the figure.

    Returns
    -------
    figure : Figure
    alternative text : str
    """
    rate = evaluation.equal_error_rate(scores, labels)
    threshold = evaluation.equal_error_threshold(scores, labels)

    figure, (over, roc, det) = new_figure(1, 3, height=2.7)
    draw_over_threshold(over, scores, labels)
    draw_roc(roc, scores, labels)
    draw_det(det, scores, labels)

    # Where both rates are equal, in the units of each panel.
    in_percent = 100 * rate
    deviate = ndtri(rate)
    dot = {"marker": "o", "color": "black", "markersize": 4, "linestyle": ""}
    over.plot(threshold, in_percent, **dot)
    roc.plot(in_percent, 100 - in_percent, **dot)
    det.plot(deviate, deviate, **dot)
    det.annotate(
        f"EER {in_percent:.1f} %",
        (deviate, deviate),
        (8, 0),
        textcoords="offset points",
        fontsize=8,
    )
    figure.suptitle(signatures, fontsize=9)
    alternative = (
        f"{signatures}: the same error rates three times. "
        f"Over the threshold FAR falls and FRR rises; they meet in {in_percent:.1f} % "
        f"at {threshold:.3f}, a dot on the diagonals of ROC and DET curve."
    )
    return figure, alternative


def draw_over_threshold(axis: Axes, scores: np.ndarray, labels: np.ndarray) -> None:
    """Draw both error rates over the threshold."""
    thresholds, accept, reject = evaluation.error_rates(scores, labels)
    finite = thresholds[:-1]  # the last one, which rejects everybody, is infinite
    rates = {"FRR": (finite, 100 * reject[:-1]), "FAR": (finite, 100 * accept[:-1])}
    curves(axis, rates, marker="")
    axis.set(
        xlabel="threshold (score, no unit)", ylabel="error rate (%)", title="over the threshold"
    )
    axis.set_xlim(np.quantile(scores, DRAWN_SCORES) + np.array([-0.01, 0.01]))


def draw_roc(axis: Axes, scores: np.ndarray, labels: np.ndarray) -> None:
    """Draw the share of genuine signatures accepted over that of forgeries."""
    forgeries_accepted, genuine_accepted = evaluation.roc(scores, labels)
    axis.plot([0, 100], [100, 0], color=NEUTRAL, linestyle=":", linewidth=1)
    axis.plot(100 * forgeries_accepted, 100 * genuine_accepted, color=GENUINE["color"])
    axis.set(
        xlabel="forgeries accepted (%)", ylabel="genuine accepted (%)", aspect="equal", title="ROC"
    )


def draw_det(axis: Axes, scores: np.ndarray, labels: np.ndarray) -> None:
    """Draw the FRR over the FAR, on axes stretched like the quantiles of a normal distribution."""
    far_deviates, frr_deviates = evaluation.det(scores, labels)
    axis.plot(DET_LIMITS, DET_LIMITS, color=NEUTRAL, linestyle=":", linewidth=1)
    axis.plot(far_deviates, frr_deviates, color=GENUINE["color"])
    axis.set_xticks(ndtri(DET_PERCENTS / 100), DET_PERCENTS)
    axis.set_yticks(ndtri(DET_PERCENTS / 100), DET_PERCENTS)
    axis.set(xlabel="FAR (%), normal deviate", ylabel="FRR (%), normal deviate", title="DET")
    axis.set(xlim=DET_LIMITS, ylim=DET_LIMITS, aspect="equal")


def show_draws(by_writer: np.ndarray, by_pair: np.ndarray) -> None:
    """Show equal error rates of resampled tests, with 95 % intervals.

    Once whole writers were drawn, once single pairs.

    Parameters
    ----------
    by_writer, by_pair : float arrays, shape (draws,), in [0, 1]
        As `evaluation.writer_draws` returns them.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> show_draws(by_writer=rng.normal(0.3, 0.03, 100), by_pair=rng.normal(0.3, 0.01, 100))
    <IPython.core.display.Image object>
    """
    rates = {"whole writers drawn": 100 * by_writer, "single pairs drawn": 100 * by_pair}
    edges = np.histogram_bin_edges(np.concatenate(list(rates.values())), 30)

    figure, axis = new_figure(height=2.6)
    outlines(axis, rates, edges)
    intervals = []
    for (name, draws), style, height in zip(
        rates.items(), (GENUINE, FORGED), (0.88, 0.95), strict=True
    ):
        low, high = np.quantile(draws, [0.025, 0.975])
        look = style | {"marker": "|"}
        axis.plot([low, high], [height, height], transform=axis.get_xaxis_transform(), **look)
        intervals.append(f"{name}: {low:.1f} to {high:.1f} %")
    axis.set(xlabel="equal error rate of a resampled test (%)", ylabel="share of the draws (%)")
    room_for_intervals = 1.2 * axis.get_ylim()[1]
    axis.set_ylim(0, room_for_intervals)
    axis.set_title("Generated signatures: the test, as if repeated")
    axis.legend(frameon=False)
    show(
        figure,
        "Two histograms of resampled equal error rates with 95 % intervals. "
        f"{'; '.join(intervals)}.",
    )
