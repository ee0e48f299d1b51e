"""Figures of chapter 06: from one score to a decision, and how much to trust it."""

import base64
import io
from collections.abc import Mapping

import ipywidgets
import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure
from scipy.special import ndtri

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, RANDOM, SETTINGS, draw_image, new_figure, show

__all__ = [
    *("show_draws", "show_error_rates", "show_models", "show_operating_point", "show_reference_distances"),
    *("show_roc_and_det", "show_threshold", "show_tuned_errors", "threshold_slider"),
]


def line(style: Mapping) -> dict:
    """Return a style without its marker, for curves of many points."""
    return {**style, "marker": ""}


def show_reference_distances(questioned: Mapping[str, np.ndarray], references: list, distances: np.ndarray) -> None:
    """Show each questioned image in a row, beside the references and its distance to each, shape (questioned, R)."""
    figure, axes = new_figure(len(questioned), len(references) + 1, height=0.95 * len(questioned))
    for row, (name, image), away in zip(axes, questioned.items(), distances, strict=True):
        titles = [name, *(f"distance {distance:.2f}" for distance in away)]
        for axis, picture, title in zip(row, [image, *references], titles, strict=True):
            draw_image(axis, picture, title)
            axis.axis("off")
    told = "; ".join(f"{name}, nearest at {away.min():.2f}" for name, away in zip(questioned, distances, strict=True))
    show(figure, f"Two questioned generated signatures, each beside {len(references)} references. {told}.")


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
        with io.BytesIO() as stream, mpl.rc_context(SETTINGS):
            figure.savefig(stream, format="png")
            encoded = base64.b64encode(stream.getvalue()).decode()
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
    genuine, forged = (scores[labels == label] for label in (evaluation.SAME, evaluation.DIFFERENT))
    accepted = edges[:-1] >= threshold
    for name, values, style, wrong in (
        ("genuine", genuine, GENUINE, ~accepted),
        ("skilled forgeries", forged, FORGED, accepted),
    ):
        shares = np.histogram(values, edges)[0] / len(values) * 100
        axis.stairs(shares, edges, label=name, color=style["color"], linestyle=style["linestyle"], linewidth=1.5)
        axis.stairs(np.where(wrong, shares, 0), edges, fill=True, color=style["color"], alpha=0.3)
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
    rate, threshold = (
        evaluation.equal_error_rate(scores, labels) * 100,
        evaluation.equal_error_threshold(scores, labels),
    )
    figure, axis = new_figure(height=2.8)
    finite = slice(0, -1)  # the last threshold, where all are rejected, is infinite
    axis.plot(thresholds[finite], accept[finite] * 100, label="FAR: forgeries accepted", **line(FORGED))
    axis.plot(thresholds[finite], reject[finite] * 100, label="FRR: genuine rejected", **line(GENUINE))
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
    edges = np.linspace(*np.quantile(np.concatenate([by_writer, by_pair]), [0, 1]), 31) * 100
    told = []
    for name, draws, style in (("single pairs drawn", by_pair, FORGED), ("whole writers drawn", by_writer, GENUINE)):
        counts, ends = np.histogram(draws * 100, edges)[0], np.quantile(draws, [0.025, 0.975]) * 100
        axis.stairs(counts, edges, label=name, color=style["color"], linestyle=style["linestyle"])
        axis.plot(ends, [(1.08 + 0.12 * len(told)) * counts.max()] * 2, **{**style, "marker": "|"})
        told.append(f"{name}: {ends[0]:.1f} to {ends[1]:.1f} %")
    axis.set(xlabel="equal error rate of a resampled test (%)", ylabel="tests", ylim=(0, None))
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
    names, values = list(errors), np.array(list(errors.values())) * 100
    bars = axis.barh(names, values, color=FORGED["color"], height=0.6, hatch="//")
    bars[0].set(facecolor=GENUINE["color"], hatch="")
    axis.bar_label(bars, fmt="%.1f %%", padding=3)
    axis.set(xlabel="mean of FAR and FRR (%)", xlim=(0, 1.15 * values.max()))
    axis.invert_yaxis()
    axis.set_title("Generated signatures: the same scores, other thresholds", fontsize=9)
    told = "; ".join(f"{name}: {value:.1f} %" for name, value in zip(names, values, strict=True))
    show(figure, f"Bars of the error reported on generated signatures. {told}.")


def show_models(table: pd.DataFrame) -> None:
    """Show equal error rates with 95 % intervals from reports' tables, one below the other, with a column `model`."""
    models, told = list(dict.fromkeys(table["model"])), []
    places = np.arange(len(models))
    figure, axis = new_figure(height=0.8 + 0.55 * len(models))
    for kind, style, shift in (("skilled", FORGED, -0.13), ("random", RANDOM, 0.13)):
        rows = table[table["forgeries"] == kind].set_index("model").loc[models]
        rates, low, high = (rows[["EER", "EER from", "EER to"]].to_numpy() * 100).T
        axis.plot(rates, places + shift, label=f"{kind} forgeries", **{**style, "linestyle": ""})
        axis.hlines(places + shift, low, high, color=style["color"])
        told += [f"{model}, {kind}: {rate:.1f} %" for model, rate in zip(models, rates, strict=True)]
    axis.set_yticks(places, models)
    axis.set(xlabel="equal error rate (%), 95 % interval over writers", xlim=(0, None), ylim=(len(models) - 0.5, -0.5))
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5))
    axis.set_title("Generated signatures", fontsize=9)
    show(figure, f"Equal error rates on generated signatures with intervals. {'; '.join(told)}.")
