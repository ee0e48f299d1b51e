"""Figures of chapter 06: from one score to a decision, and how much to trust it."""

import base64
from html import escape
from pathlib import Path
from string import Template

import ipywidgets
import numpy as np
import pandas as pd
from IPython.display import display
from scipy.special import expit, ndtri
from sklearn.calibration import calibration_curve

from deepsign_helpers import evaluation, files
from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    as_png,
    curves,
    new_figure,
    outlines,
    show,
)

__all__ = [
    "show_costs",
    "show_curves",
    "show_draws",
    "show_evidence",
    "show_groups",
    "show_threshold",
]
__all__ += ["threshold_slider", "write_page"]

GENERATED = "Generated signatures"


def show_threshold(scores: np.ndarray, labels: np.ndarray, threshold: float) -> None:
    """Show the scores of genuine and forged signatures on either side of a threshold, with both error rates."""
    show(*draw_threshold(scores, labels, threshold))


def threshold_slider(
    scores: np.ndarray, labels: np.ndarray, threshold: float, costs: evaluation.Costs
) -> None:
    """Show a slider that moves the threshold of `show_threshold`, and its cost; without a kernel it stands still."""
    low, high = np.quantile(scores, [0.01, 0.99])
    slider = ipywidgets.FloatSlider(
        threshold, min=low, max=high, step=(high - low) / 100, readout_format=".3f"
    )
    slider.description, slider.continuous_update, picture = "threshold", False, ipywidgets.HTML()

    def redraw(change: dict) -> None:
        figure, alt = draw_threshold(scores, labels, change["new"])
        expected = 100 * costs.of(*evaluation.rates_at(scores, labels, change["new"]))
        told = f"Expected cost of a hundred cases: <b>{expected:,.0f}</b>."
        encoded = base64.b64encode(as_png(figure)).decode()
        picture.value = f'<img alt="{alt}" src="data:image/png;base64,{encoded}"><p>{told}</p>'

    redraw({"new": threshold})
    slider.observe(redraw, "value")
    display(ipywidgets.VBox([slider, picture]))


def draw_threshold(
    scores: np.ndarray, labels: np.ndarray, threshold: float, signatures: str = GENERATED
) -> tuple:
    """Return the figure of `show_threshold` and its alternative text."""
    accept, reject = evaluation.rates_at(scores, labels, threshold)
    figure, axis = new_figure(height=2.9)
    ends = np.array([scores.min(), scores.max()])
    width = np.ptp(ends) / 45 or 1
    below, above = np.ceil(np.abs(ends - threshold) / width) + 1
    edges = threshold + width * np.arange(
        -below, above + 1
    )  # so that no bar stands on both sides of the threshold
    of_label = {"genuine": evaluation.SAME, "forgeries": evaluation.DIFFERENT}
    shares = outlines(
        axis, {name: scores[labels == label] for name, label in of_label.items()}, edges
    )
    accepted = edges[:-1] >= threshold
    for share, style, wrong in zip(
        shares.values(), (GENUINE, FORGED), (~accepted, accepted), strict=True
    ):
        axis.stairs(np.where(wrong, share, 0), edges, fill=True, color=style["color"], alpha=0.3)
    axis.axvline(threshold, color="black", linewidth=1)
    for text, side in (("← rejected  ", "right"), ("  accepted →", "left")):
        axis.annotate(
            text,
            (threshold, 0.98),
            xycoords=("data", "axes fraction"),
            va="top",
            ha=side,
            fontsize=8,
        )
    axis.legend(frameon=False, loc="upper left")
    axis.set(xlabel="score (similarity, no unit)", ylabel="share of its kind (%)")
    axis.set(xlim=edges[[0, -1]], ylim=(0, axis.get_ylim()[1] * 1.12))
    price = f"{accept * 100:.0f} of 100 forgeries get in, {reject * 100:.0f} of 100 genuine are turned away"
    axis.set_title(f"{signatures}: {price}", fontsize=9)
    alt = f"{signatures}: histograms of the scores of genuine and forged ones, with a threshold at {threshold:.3f}"
    return figure, f"{alt}: {price} (FAR {accept * 100:.1f} %, FRR {reject * 100:.1f} %)."


def show_curves(scores: np.ndarray, labels: np.ndarray) -> None:
    """Show every threshold's error rates three times: over the threshold, as a ROC, and as a DET curve."""
    show(*draw_curves(scores, labels))


def draw_curves(scores: np.ndarray, labels: np.ndarray, signatures: str = GENERATED) -> tuple:
    """Return the figure of `show_curves` and its alternative text."""
    thresholds, accept, reject = evaluation.error_rates(scores, labels)
    rate, threshold = (
        evaluation.equal_error_rate(scores, labels),
        evaluation.equal_error_threshold(scores, labels),
    )
    limits, percents = ndtri([0.004, 0.85]), np.array([1, 5, 20, 50, 80])
    figure, (over, roc, det) = new_figure(1, 3, height=2.7)
    rates = {
        "FRR": (thresholds[:-1], reject[:-1] * 100),
        "FAR": (thresholds[:-1], accept[:-1] * 100),
    }
    curves(
        over, rates, marker=""
    )  # less the last threshold, where all are rejected: it is infinite
    over.set(
        xlabel="threshold (score, no unit)", ylabel="error rate (%)", title="over the threshold"
    )
    over.set_xlim(np.quantile(scores, [0.01, 0.99]) + np.array([-0.01, 0.01]))
    roc.plot([0, 100], [100, 0], color=NEUTRAL, linestyle=":", linewidth=1)
    roc.plot(*np.multiply(evaluation.roc(scores, labels), 100), color=GENUINE["color"])
    roc.set(
        xlabel="forgeries accepted (%)", ylabel="genuine accepted (%)", aspect="equal", title="ROC"
    )
    det.plot(limits, limits, color=NEUTRAL, linestyle=":", linewidth=1)
    det.plot(*evaluation.det(scores, labels), color=GENUINE["color"])
    det.set_xticks(ndtri(percents / 100), percents)
    det.set_yticks(ndtri(percents / 100), percents)
    det.set(xlabel="FAR (%), normal deviate", ylabel="FRR (%), normal deviate", title="DET")
    det.set(xlim=limits, ylim=limits, aspect="equal")
    meetings = (threshold, rate * 100), (rate * 100, 100 - rate * 100), (ndtri(rate), ndtri(rate))
    for axis, meeting in zip((over, roc, det), meetings, strict=True):
        axis.plot(*meeting, "o", color="black", markersize=4)
    det.annotate(
        f"EER {rate * 100:.1f} %", meetings[-1], (8, 0), textcoords="offset points", fontsize=8
    )
    figure.suptitle(signatures, fontsize=9)
    alt = f"{signatures}: the same error rates three times. Over the threshold FAR falls and FRR rises; they"
    return (
        figure,
        f"{alt} meet in {rate * 100:.1f} % at {threshold:.3f}, a dot on the diagonals of ROC and DET curve.",
    )


def show_draws(by_writer: np.ndarray, by_pair: np.ndarray) -> None:
    """Show equal error rates of resampled tests: whole writers drawn, and single pairs drawn, with 95 % intervals."""
    figure, axis = new_figure(height=2.6)
    rates, told = {"whole writers drawn": by_writer * 100, "single pairs drawn": by_pair * 100}, []
    outlines(axis, rates, np.histogram_bin_edges(np.concatenate(list(rates.values())), 30))
    for (name, draws), style, height in zip(
        rates.items(), (GENUINE, FORGED), (0.88, 0.95), strict=True
    ):
        ends = np.quantile(draws, [0.025, 0.975])
        axis.plot(
            ends, [height] * 2, transform=axis.get_xaxis_transform(), **style | {"marker": "|"}
        )
        told.append(f"{name}: {ends[0]:.1f} to {ends[1]:.1f} %")
    axis.set(xlabel="equal error rate of a resampled test (%)", ylabel="share of the draws (%)")
    axis.set(
        ylim=(0, axis.get_ylim()[1] * 1.2), title="Generated signatures: the test, as if repeated"
    )
    axis.legend(frameon=False)
    show(
        figure,
        f"Two histograms of resampled equal error rates with 95 % intervals. {'; '.join(told)}.",
    )


def show_evidence(log_likelihood_ratios: np.ndarray, labels: np.ndarray) -> None:
    """Show likelihood ratios as Tippett plot, and how often what they call probable is true (reliability)."""
    show(*draw_evidence(log_likelihood_ratios, labels))


def draw_evidence(
    log_likelihood_ratios: np.ndarray, labels: np.ndarray, signatures: str = GENERATED
) -> tuple:
    """Return the figure of `show_evidence` and its alternative text."""
    ratios, accept, reject = evaluation.error_rates(log_likelihood_ratios, labels)
    misleading = np.mean(log_likelihood_ratios[labels == evaluation.DIFFERENT] > 0)
    figure, (tippett, reliability) = new_figure(1, 2, height=2.9)
    shares = {
        "genuine": (ratios[:-1], 100 * (1 - reject[:-1])),
        "forged": (ratios[:-1], 100 * accept[:-1]),
    }
    curves(tippett, shares, "lower left", marker="", drawstyle="steps-pre")
    tippett.axvline(0, color=NEUTRAL, linewidth=1)
    tippett.set(
        xlabel="log10 of the likelihood ratio",
        ylabel="share with at least this (%)",
        title="Tippett plot",
    )
    told = expit(
        log_likelihood_ratios * np.log(10) + np.log(labels.sum() / (1 - labels).sum())
    )  # ratio and prior odds
    came_true, said = calibration_curve(labels, told, n_bins=8, strategy="quantile")
    reliability.plot([0, 100], [0, 100], color=NEUTRAL, linestyle=":", linewidth=1)
    reliability.plot(100 * said, 100 * came_true, **GENUINE)
    reliability.set(
        xlabel="said: probability of genuine (%)", ylabel="came true (%)", title="reliability"
    )
    cost = evaluation.cllr(log_likelihood_ratios, labels)
    figure.suptitle(f"{signatures}, Cllr {cost:.2f}", fontsize=9)
    alt = f"{signatures}: Tippett plot and reliability plot of likelihood ratios, Cllr {cost:.2f};"
    alt += f" {misleading * 100:.0f} % of the forgeries have a ratio above 1; probabilities stated and come true differ"
    return figure, f"{alt} by at most {np.max(np.abs(said - came_true)) * 100:.0f} points."


def show_costs(scores: np.ndarray, labels: np.ndarray, costs: evaluation.Costs) -> None:
    """Show what a hundred cases cost over the threshold, the cheapest one, and the band that a person should see."""
    thresholds, accept, reject = evaluation.error_rates(scores, labels)
    forgeries, turned_away = (100 * part[:-1] for part in costs.parts(accept, reject))
    cheapest, expected = evaluation.cheapest_threshold(scores, labels, costs)
    band = evaluation.review_band(scores, labels, costs)
    figure, axis = new_figure(height=3.0)
    edges = np.clip([band.low, band.high], scores.min(), scores.max())
    axis.axvspan(*edges, color=NEUTRAL, alpha=0.15, label="a person looks")
    parts = {
        "genuine rejected": turned_away,
        "forgeries accepted": forgeries,
        "both": turned_away + forgeries,
    }
    curves(
        axis,
        {name: (thresholds[:-1], part) for name, part in parts.items()},
        "upper left",
        marker="",
    )
    axis.plot(cheapest, 100 * expected, "o", color="black")
    axis.set(xlabel="threshold (score, no unit)", ylabel="expected cost of 100 cases")
    axis.set(xlim=np.quantile(scores, [0.01, 1]), ylim=(0, 400 * expected))
    price, with_person = (f"{100 * cost:,.0f}" for cost in (expected, band.cost))
    told = f"{price} at the cheapest threshold, {with_person} if a person sees {band.reviewed:.0%}"
    axis.set_title(f"Generated signatures: {told}", fontsize=9)
    alt = f"Expected cost of 100 cases over the threshold, generated signatures: {told}"
    show(figure, f"{alt} of them, those between {band.low:.3f} and {band.high:.3f}.")


def show_groups(groups: pd.DataFrame, threshold: float) -> None:
    """Show each group's equal error rate with its interval, and beside it what one threshold for all does to it.

    Parameters
    ----------
    groups : rows as `evaluation.error_by` returns them, one or several such tables below each other
    threshold : which that was
    """
    places, percents = (
        np.arange(len(groups)),
        groups[["EER", "EER from", "EER to", "FAR", "FRR"]] * 100,
    )
    figure, (own, common) = new_figure(1, 2, height=0.9 + 0.24 * len(groups), sharey=True)
    own.plot(percents["EER"], places, **GENUINE | {"linestyle": ""})
    own.hlines(places, percents["EER from"], percents["EER to"], color=GENUINE["color"])
    own.set(xlabel="EER (%), 95 % interval over writers", title="each at its own threshold")
    own.set(xlim=(0, None), ylim=(len(groups) - 0.5, -0.5))
    curves(
        common, {"FRR": (percents["FRR"], places), "FAR": (percents["FAR"], places)}, linestyle=""
    )
    common.hlines(places, percents["FAR"], percents["FRR"], color=NEUTRAL, linewidth=0.5)
    # The legend stands on the right.
    common.set(
        xlabel="error rate (%)",
        xlim=(0, 1.3 * common.get_xlim()[1]),
        title=f"all at {threshold:.3f}",
    )
    own.set_yticks(
        places, [f"{name} ({writers} writers)" for name, writers in groups["writers"].items()]
    )
    figure.suptitle("Generated signatures, skilled forgeries", fontsize=9)
    told = [
        f"{name} {row.EER:.1f} %, FAR {row.FAR:.0f} %, FRR {row.FRR:.0f} %"
        for name, row in percents.iterrows()
    ]
    show(
        figure,
        f"Equal error rates of groups with intervals, and FAR and FRR at one threshold. {'; '.join(told)}.",
    )


def write_page(scores_table: pd.DataFrame, path: str | Path, signatures: str) -> None:
    """Write the report on a score table as a web page that prints on one sheet (A4).

    Parameters
    ----------
    scores_table : one model with validation and test writers, as `evaluation.evaluate` takes it
    path : the HTML file to write; a file that stands there is replaced
    signatures : what was tested, such as "Generated signatures" or the name of a corpus; it stands over each figure

    Raises
    ------
    ValueError
        If there are no validation writers, or `evaluate` refuses the table.
    OSError
        If the file cannot be written.
    """
    report = evaluation.evaluate(scores_table)
    if report.threshold is None:
        raise ValueError(
            "scores_table: has no validation writers; the page shows a threshold that they gave"
        )
    kind, parts = report.protocol.kinds[0], dict(list(scores_table.groupby("split")))
    validation, test = (
        evaluation.scores_and_labels(parts[name], kind) for name in ("validation", "test")
    )
    drawn = [draw_threshold(*test, report.threshold, signatures), draw_curves(*test, signatures)]
    drawn.append(
        draw_evidence(
            evaluation.calibrate(*validation).log_likelihood_ratios(test[0]), test[1], signatures
        )
    )
    pictures = [(base64.b64encode(as_png(figure)).decode(), escape(alt)) for figure, alt in drawn]
    figures = "".join(
        f'<img alt="{alt}" src="data:image/png;base64,{picture}">' for picture, alt in pictures
    )
    title = escape(f"{report.protocol.model or 'a verifier'} on {signatures}")
    page = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    with files.replace_atomically(Path(path)) as temporary:
        filled = page.substitute(title=title, report=report._repr_html_(), figures=figures)
        temporary.write_text(filled, encoding="utf-8")
