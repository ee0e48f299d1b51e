"""Figures of chapter 07: a score as evidence, what a decision costs, and who bears the errors."""

import base64

import ipywidgets
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import expit
from sklearn.calibration import calibration_curve

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.chapter_06 import DRAWN_SCORES, GENERATED, draw_threshold
from deepsign_helpers.plotting.style import (
    GENUINE,
    NEUTRAL,
    as_png,
    curves,
    new_figure,
    show,
)

__all__ = ["show_costs", "show_evidence", "show_groups", "threshold_slider"]

STEPS = 100  # of the slider
CASES = 100  # which a cost is told for: one case costs fractions
DOTS = 8  # of the reliability plot


def show_evidence(log_likelihood_ratios: np.ndarray, labels: np.ndarray) -> None:
    """Show likelihood ratios: who reaches them, and how often they come true.

    The Tippett plot shows the first, the reliability plot the second.

    Parameters
    ----------
    log_likelihood_ratios : float array, shape (n,), log10
        As a `Calibration` gives them.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([1, 0], 40)
    >>> show_evidence(np.random.default_rng(0).normal(labels - 0.5), labels)
    <IPython.core.display.Image object>
    """
    show(*draw_evidence(log_likelihood_ratios, labels))


def draw_evidence(
    log_likelihood_ratios: np.ndarray, labels: np.ndarray, signatures: str = GENERATED
) -> tuple[Figure, str]:
    """Return the figure of `show_evidence` and its alternative text.

    Parameters
    ----------
    log_likelihood_ratios, labels : arrays, shape (n,)
        As for `show_evidence`.
    signatures : str
        What was tested; it stands over the figure.

    Returns
    -------
    figure : Figure
    alternative text : str
    """
    cost = evaluation.cllr(log_likelihood_ratios, labels)
    of_forgeries = log_likelihood_ratios[labels == evaluation.DIFFERENT]
    misleading = np.mean(of_forgeries > 0)
    said, came_true = said_and_come_true(log_likelihood_ratios, labels)
    farthest_apart = np.max(np.abs(said - came_true))

    figure, (tippett, reliability) = new_figure(1, 2, height=2.9)
    draw_tippett(tippett, log_likelihood_ratios, labels)
    draw_reliability(reliability, said, came_true)
    figure.suptitle(f"{signatures}, Cllr {cost:.2f}", fontsize=9)
    alternative = (
        f"{signatures}: Tippett plot and reliability plot of likelihood ratios, Cllr {cost:.2f}; "
        f"{misleading * 100:.0f} % of the forgeries have a ratio above 1; "
        f"probabilities stated and come true differ by at most {farthest_apart * 100:.0f} points."
    )
    return figure, alternative


def said_and_come_true(
    log_likelihood_ratios: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of genuine as said and as came true, a pair for each dot."""
    genuine = labels.sum()
    forged = (1 - labels).sum()
    prior_log_odds = np.log(genuine / forged)  # of this test
    posterior_log_odds = log_likelihood_ratios * np.log(10) + prior_log_odds
    probabilities = expit(posterior_log_odds)
    came_true, said = calibration_curve(labels, probabilities, n_bins=DOTS, strategy="quantile")
    return said, came_true


def draw_tippett(axis: Axes, log_likelihood_ratios: np.ndarray, labels: np.ndarray) -> None:
    """Draw which share of the genuine and of the forged signatures reaches each ratio."""
    ratios, accept, reject = evaluation.error_rates(log_likelihood_ratios, labels)
    finite = ratios[:-1]  # the last one, which nobody reaches, is infinite
    shares = {
        "genuine": (finite, 100 * (1 - reject[:-1])),
        "forged": (finite, 100 * accept[:-1]),
    }
    curves(axis, shares, "lower left", marker="", drawstyle="steps-pre")
    axis.axvline(0, color=NEUTRAL, linewidth=1)
    axis.set(
        xlabel="log10 of the likelihood ratio",
        ylabel="share with at least this (%)",
        title="Tippett plot",
    )


def draw_reliability(axis: Axes, said: np.ndarray, came_true: np.ndarray) -> None:
    """Draw what came true over what was said; on the diagonal, words were kept."""
    axis.plot([0, 100], [0, 100], color=NEUTRAL, linestyle=":", linewidth=1)
    axis.plot(100 * said, 100 * came_true, **GENUINE)
    axis.set(xlabel="said: probability of genuine (%)", ylabel="came true (%)", title="reliability")


def threshold_slider(
    scores: np.ndarray, labels: np.ndarray, threshold: float, costs: evaluation.Costs
) -> None:
    """Show a slider that moves the threshold of `show_threshold`, and what it costs.

    Without a kernel it stands still.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `show_threshold`.
    threshold : float, a score
        Where the slider starts.
    costs : Costs
        What mistakes cost.

    Examples
    --------
    >>> import numpy as np
    >>> costs = evaluation.Costs(false_accept=500, false_reject=20, forged=0.01)
    >>> threshold_slider(np.array([0.2, 0.6, 0.4, 0.8]), np.array([0, 0, 1, 1]), 0.5, costs)
    VBox(children=(FloatSlider(value=0.5, ...
    """
    low, high = np.quantile(scores, DRAWN_SCORES)
    slider = ipywidgets.FloatSlider(
        threshold,
        min=low,
        max=high,
        step=(high - low) / STEPS,
        readout_format=".3f",
        description="threshold",
        continuous_update=False,  # a picture takes longer than a hand
    )
    picture = ipywidgets.HTML(picture_with_cost(scores, labels, threshold, costs))

    def redraw(change: dict) -> None:
        picture.value = picture_with_cost(scores, labels, change["new"], costs)

    slider.observe(redraw, "value")
    display(ipywidgets.VBox([slider, picture]))


def picture_with_cost(
    scores: np.ndarray, labels: np.ndarray, threshold: float, costs: evaluation.Costs
) -> str:
    """Return the figure of `show_threshold` as HTML, and under it what this threshold costs."""
    figure, alternative = draw_threshold(scores, labels, threshold)
    encoded = base64.b64encode(as_png(figure)).decode()
    accept, reject = evaluation.rates_at(scores, labels, threshold)
    expected = CASES * costs.of(accept, reject)
    return (
        f'<img alt="{alternative}" src="data:image/png;base64,{encoded}">'
        f"<p>Expected cost of a hundred cases: <b>{expected:,.0f}</b>.</p>"
    )


def show_costs(scores: np.ndarray, labels: np.ndarray, costs: evaluation.Costs) -> None:
    """Show what a hundred cases cost over the threshold.

    The cheapest threshold is marked, and the band that a person should see.

    Parameters
    ----------
    scores, labels : arrays, shape (n,)
        As for `show_threshold`.
    costs : Costs
        What mistakes and a review cost.

    Examples
    --------
    >>> import numpy as np
    >>> costs = evaluation.Costs(false_accept=500, false_reject=20, forged=0.01, review=2)
    >>> show_costs(np.array([0.2, 0.6, 0.4, 0.8]), np.array([0, 0, 1, 1]), costs)
    <IPython.core.display.Image object>
    """
    cheapest, expected = evaluation.cheapest_threshold(scores, labels, costs)
    band = evaluation.review_band(scores, labels, costs)
    cheapest_cost = CASES * expected
    band_cost = CASES * band.cost

    figure, axis = new_figure(height=3.0)
    band_edges = np.clip([band.low, band.high], scores.min(), scores.max())
    axis.axvspan(*band_edges, color=NEUTRAL, alpha=0.15, label="a person looks")
    draw_parts_of_cost(axis, scores, labels, costs)
    axis.plot(cheapest, cheapest_cost, "o", color="black")
    axis.set(xlabel="threshold (score, no unit)", ylabel="expected cost of 100 cases")
    lowest_drawn = np.quantile(scores, DRAWN_SCORES[0])
    axis.set(xlim=(lowest_drawn, scores.max()), ylim=(0, 4 * cheapest_cost))

    summary = (
        f"{cheapest_cost:,.0f} at the cheapest threshold, "
        f"{band_cost:,.0f} if a person sees {band.reviewed:.0%}"
    )
    axis.set_title(f"{GENERATED}: {summary}", fontsize=9)
    show(
        figure,
        f"Expected cost of 100 cases over the threshold, generated signatures: {summary} "
        f"of them, those between {band.low:.3f} and {band.high:.3f}.",
    )


def draw_parts_of_cost(
    axis: Axes, scores: np.ndarray, labels: np.ndarray, costs: evaluation.Costs
) -> None:
    """Draw over the threshold what either kind of mistake adds to the cost, and their sum."""
    thresholds, accept, reject = evaluation.error_rates(scores, labels)
    finite = thresholds[:-1]  # the last one, which rejects everybody, is infinite
    of_forgeries, of_genuine = costs.parts(accept[:-1], reject[:-1])
    parts = {
        "genuine rejected": (finite, CASES * of_genuine),
        "forgeries accepted": (finite, CASES * of_forgeries),
        "both": (finite, CASES * of_genuine + CASES * of_forgeries),
    }
    curves(axis, parts, "upper left", marker="")


def show_groups(groups: pd.DataFrame, threshold: float) -> None:
    """Show each group's equal error rate, and what one threshold for all does to it.

    The rate has its interval; beside it stand both rates at the threshold.

    Parameters
    ----------
    groups : DataFrame
        Rows as `evaluation.error_by` returns them, one or several such tables below each other.
    threshold : float, a score
        Which one judged them all.

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["writers", "EER", "EER from", "EER to", "FAR", "FRR"]
    >>> rows = {"latin": (8, 0.1, 0.05, 0.2, 0.3, 0.04), "paraph": (9, 0.2, 0.1, 0.3, 0.4, 0.08)}
    >>> show_groups(pd.DataFrame.from_dict(rows, "index", columns=columns), threshold=0.9)
    <IPython.core.display.Image object>
    """
    rows = np.arange(len(groups))
    percents = groups[["EER", "EER from", "EER to", "FAR", "FRR"]] * 100

    figure, (own, common) = new_figure(1, 2, height=0.9 + 0.24 * len(groups), sharey=True)
    draw_intervals(own, percents)
    names = [f"{name} ({writers} writers)" for name, writers in groups["writers"].items()]
    own.set_yticks(rows, names)
    draw_rates_at_one_threshold(common, percents)
    common.set_title(f"all at {threshold:.3f}")
    figure.suptitle("Generated signatures, skilled forgeries", fontsize=9)

    sentences = [
        f"{name} {row.EER:.1f} %, FAR {row.FAR:.0f} %, FRR {row.FRR:.0f} %"
        for name, row in percents.iterrows()
    ]
    show(
        figure,
        "Equal error rates of groups with intervals, and FAR and FRR at one threshold. "
        f"{'; '.join(sentences)}.",
    )


def draw_intervals(axis: Axes, percents: pd.DataFrame) -> None:
    """Draw each group's equal error rate with its interval, the first group on top."""
    rows = np.arange(len(percents))
    axis.plot(percents["EER"], rows, **GENUINE | {"linestyle": ""})
    axis.hlines(rows, percents["EER from"], percents["EER to"], color=GENUINE["color"])
    axis.set(xlabel="EER (%), 95 % interval over writers", title="each at its own threshold")
    axis.set(xlim=(0, None), ylim=(len(percents) - 0.5, -0.5))


def draw_rates_at_one_threshold(axis: Axes, percents: pd.DataFrame) -> None:
    """Draw each group's two error rates, joined by a line."""
    rows = np.arange(len(percents))
    rates = {"FRR": (percents["FRR"], rows), "FAR": (percents["FAR"], rows)}
    curves(axis, rates, linestyle="")
    axis.hlines(rows, percents["FAR"], percents["FRR"], color=NEUTRAL, linewidth=0.5)
    room_for_legend = 1.3 * axis.get_xlim()[1]
    axis.set(xlabel="error rate (%)", xlim=(0, room_for_legend))
