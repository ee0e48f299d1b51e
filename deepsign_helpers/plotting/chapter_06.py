"""Figures of chapter 06: from one score to a decision, and how much to trust it."""

import base64
from collections.abc import Mapping

import ipywidgets
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure
from scipy.special import ndtri

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, RANDOM, as_png, bars, new_figure, outlines, show

__all__ = [
    *("show_draws", "show_error_rates", "show_models", "show_operating_point"),
    *("show_roc_and_det", "show_threshold", "show_tuned_errors", "threshold_slider"),
]


def show_threshold(scores: np.ndarray, labels: np.ndarray, threshold: float) -> None:
    """Show the scores of genuine and forged signatures on either side of a threshold, with both error rates."""
    show(*draw_threshold(scores, labels, threshold))


def threshold_slider(scores: np.ndarray, labels: np.ndarray, threshold: float) -> None:
    """Show a slider that moves the threshold of `show_threshold`; without a kernel it stands still."""
    low, high = np.quantile(scores, [0.01, 0.99])
    slider = ipywidgets.FloatSlider(threshold, min=low, max=high, step=(high - low) / 100, readout_format=".3f")
    slider.description, slider.continuous_update, picture = "threshold", False, ipywidgets.HTML()

    def redraw(change: Mapping) -> None:
        figure, alt = draw_threshold(scores, labels, change["new"])
        encoded = base64.b64encode(as_png(figure)).decode()
        picture.value = f'<img alt="{alt}" src="data:image/png;base64,{encoded}">'

    redraw({"new": threshold})
    slider.observe(redraw, "value")
    display(ipywidgets.VBox([slider, picture]))


def draw_threshold(scores: np.ndarray, labels: np.ndarray, threshold: float) -> tuple[Figure, str]:
    """Return the figure of `show_threshold` and its alternative text."""
    accept, reject = evaluation.rates_at(scores, labels, threshold)
    figure, axis = new_figure(height=2.9)
    ends = np.array([scores.min(), scores.max()])
    width = np.ptp(ends) / 45
    below, above = np.ceil(np.abs(ends - threshold) / width) + 1
    edges = threshold + width * np.arange(-below, above + 1)  # so that no bar stands on both sides of the threshold
    of_label = {"genuine": evaluation.SAME, "skilled forgeries": evaluation.DIFFERENT}
    shares = outlines(axis, {name: scores[labels == label] for name, label in of_label.items()}, edges)
    accepted = edges[:-1] >= threshold
    for share, style, wrong in zip(shares.values(), (GENUINE, FORGED), (~accepted, accepted), strict=True):
        axis.stairs(np.where(wrong, share, 0), edges, fill=True, color=style["color"], alpha=0.3)
    axis.axvline(threshold, color="black", linewidth=1)
    for text, side in (("← rejected  ", "right"), ("  accepted →", "left")):
        axis.annotate(text, (threshold, 0.98), xycoords=("data", "axes fraction"), va="top", ha=side, fontsize=8)
    axis.legend(frameon=False, loc="upper left")
    axis.set(xlabel="score (similarity, no unit)", ylabel="share of its kind (%)", xlim=ends)
    axis.set_ylim(0, axis.get_ylim()[1] * 1.12)
    price = f"{accept * 100:.0f} of 100 forgeries get in, {reject * 100:.0f} of 100 genuine are turned away"
    axis.set_title(f"Generated signatures: {price}", fontsize=9)
    alt = f"Histograms of the scores of genuine and forged generated signatures, with a threshold at {threshold:.3f}"
    return figure, f"{alt}: {price} (FAR {accept * 100:.1f} %, FRR {reject * 100:.1f} %)."


def show_error_rates(scores: np.ndarray, labels: np.ndarray) -> None:
    """Show both error rates over the threshold, and where they meet."""
    thresholds, accept, reject = evaluation.error_rates(scores, labels)
    rate = evaluation.equal_error_rate(scores, labels) * 100
    threshold = evaluation.equal_error_threshold(scores, labels)
    figure, axis = new_figure(height=2.8)
    finite = slice(0, -1)  # the last threshold, where all are rejected, is infinite
    axis.plot(thresholds[finite], accept[finite] * 100, label="FAR: forgeries accepted", **FORGED | {"marker": ""})
    axis.plot(thresholds[finite], reject[finite] * 100, label="FRR: genuine rejected", **GENUINE | {"marker": ""})
    axis.plot(threshold, rate, "o", color="black")
    meeting = f"{rate:.1f} % at {threshold:.3f}"
    axis.annotate(f"EER {meeting}", (threshold, rate), (-10, -4), textcoords="offset points", ha="right")
    axis.set(xlabel="threshold (score, no unit)", ylabel="error rate (%)", xlim=np.quantile(scores, [0.01, 0.99]))
    axis.legend(frameon=False, loc="center left")
    axis.set_title("Generated signatures: one error falls while the other rises", fontsize=9)
    show(figure, f"Over the threshold FAR falls and FRR rises, on generated signatures; they meet in {meeting}.")


def show_roc_and_det(scores: np.ndarray, labels: np.ndarray) -> None:
    """Show the same error rates twice: as a ROC, and as a DET curve on normal-deviate axes."""
    rate, limits = evaluation.equal_error_rate(scores, labels), ndtri([0.008, 0.85])
    figure, (left, right) = new_figure(1, 2, height=3.3)
    for axis, curve, meeting, diagonal in (
        (left, np.multiply(evaluation.roc(scores, labels), 100), (rate * 100, 100 - rate * 100), ([0, 100], [100, 0])),
        (right, evaluation.det(scores, labels), (ndtri(rate), ndtri(rate)), (limits, limits)),
    ):
        axis.plot(*diagonal, color=NEUTRAL, linestyle=":", linewidth=1)
        axis.plot(*curve, color=GENUINE["color"])
        axis.plot(*meeting, "o", color="black")
        axis.annotate(f"EER {rate * 100:.1f} %", meeting, (10, -4), textcoords="offset points")
    left.set(xlabel="forgeries accepted (%)", ylabel="genuine accepted (%)", aspect="equal", title="ROC")
    percents = np.array([1, 2, 5, 10, 20, 40, 60, 80])
    right.set_xticks(ndtri(percents / 100), percents)
    right.set_yticks(ndtri(percents / 100), percents)
    right.set(xlabel="FAR (%), normal deviate", ylabel="FRR (%), normal deviate", title="DET")
    right.set(xlim=limits, ylim=limits, aspect="equal")
    alt = "ROC and DET curve of the same scores of generated signatures; on both the equal error rate of"
    show(figure, f"{alt} {rate * 100:.1f} % lies on the dotted diagonal.")


def show_draws(by_writer: np.ndarray, by_pair: np.ndarray) -> None:
    """Show equal error rates of resampled tests: whole writers drawn, and single pairs drawn, with 95 % intervals."""
    figure, axis = new_figure(height=2.6)
    rates, told = {"whole writers drawn": by_writer * 100, "single pairs drawn": by_pair * 100}, []
    outlines(axis, rates, np.histogram_bin_edges(np.concatenate(list(rates.values())), 30))
    for (name, draws), style, height in zip(rates.items(), (GENUINE, FORGED), (0.88, 0.95), strict=True):
        ends = np.quantile(draws, [0.025, 0.975])
        axis.plot(ends, [height] * 2, transform=axis.get_xaxis_transform(), **style | {"marker": "|"})
        told.append(f"{name}: {ends[0]:.1f} to {ends[1]:.1f} %")
    axis.set(xlabel="equal error rate of a resampled test (%)", ylabel="share of the draws (%)")
    axis.set_ylim(0, axis.get_ylim()[1] * 1.2)
    axis.legend(frameon=False)
    axis.set_title("Generated signatures: the test, as if repeated", fontsize=9)
    show(figure, f"Two histograms of resampled equal error rates with 95 % intervals. {'; '.join(told)}.")


def show_operating_point(scores: np.ndarray, labels: np.ndarray, false_accept_rate: float) -> None:
    """Show what a false accept rate costs: how many of a hundred forgeries get in, and of a hundred genuine do not."""
    rejected = round(evaluation.false_reject_rate_at(scores, labels, false_accept_rate) * 100)
    figure, axes = new_figure(1, 2, height=2.7, width=6.0)
    column, row = np.arange(100) % 10, np.arange(100) // 10
    for axis, title, wrong, style in (
        (axes[0], "forgeries: {} of 100 get in", round(false_accept_rate * 100), FORGED),
        (axes[1], "genuine: {} of 100 turned away", rejected, GENUINE),
    ):
        axis.scatter(column[:wrong], row[:wrong], s=70, color=style["color"], marker="X")
        axis.scatter(column[wrong:], row[wrong:], s=30, facecolors="none", edgecolors=NEUTRAL, marker="o")
        axis.set(aspect="equal", xlim=(-0.7, 9.7), ylim=(9.7, -0.7), title=title.format(wrong))
        axis.axis("off")
    figure.suptitle(f"Generated signatures, threshold for FAR {false_accept_rate * 100:g} %", fontsize=9)
    alt = f"Two grids of a hundred signs. At a false accept rate of {false_accept_rate * 100:g} %,"
    show(figure, f"{alt} {rejected} of 100 genuine generated signatures are turned away.")


def show_tuned_errors(errors: Mapping[str, float]) -> None:
    """Show the mean of both error rates under each way of choosing the threshold, the honest one first."""
    figure, axis = new_figure(height=0.7 + 0.38 * len(errors))
    percents = {name: 100 * error for name, error in errors.items()}
    bars(axis, percents, "%.1f %%", [GENUINE, *[FORGED] * len(errors)])
    axis.set_xlabel("mean of FAR and FRR (%)")
    axis.set_title("Generated signatures: the same scores, other thresholds", fontsize=9)
    told = "; ".join(f"{name}: {value:.1f} %" for name, value in percents.items())
    show(figure, f"Bars of the error reported on generated signatures. {told}.")


def show_models(table: pd.DataFrame) -> None:
    """Show equal error rates with 95 % intervals from reports' tables, one below the other, with a column `model`."""
    models, told = list(dict.fromkeys(table["model"])), []
    places = np.arange(len(models))
    figure, axis = new_figure(height=0.8 + 0.55 * len(models))
    for kind, style, shift in (("skilled", FORGED, -0.13), ("random", RANDOM, 0.13)):
        rows = table[table["forgeries"] == kind].set_index("model").loc[models]
        rates, low, high = (rows[["EER", "EER from", "EER to"]].to_numpy() * 100).T
        axis.plot(rates, places + shift, label=f"{kind} forgeries", **style | {"linestyle": ""})
        axis.hlines(places + shift, low, high, color=style["color"])
        told += [f"{model}, {kind}: {rate:.1f} %" for model, rate in zip(models, rates, strict=True)]
    axis.set_yticks(places, models)
    axis.set(xlabel="equal error rate (%), 95 % interval over writers", xlim=(0, None), ylim=(len(models) - 0.5, -0.5))
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5))
    axis.set_title("Generated signatures", fontsize=9)
    show(figure, f"Equal error rates on generated signatures with intervals. {'; '.join(told)}.")
