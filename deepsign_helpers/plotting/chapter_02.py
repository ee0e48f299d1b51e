"""Figures of chapter 02: how far a variation moves a signature, and how far a forgery is away."""

import numpy as np

from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, PALETTE, RANDOM, new_figure, show

__all__ = ["show_doses", "show_moves"]

STYLES = (GENUINE, FORGED, RANDOM, {"color": PALETTE[3], "linestyle": "-.", "marker": "s"})


def show_doses(
    doses: dict[str, tuple[np.ndarray, np.ndarray]], yardsticks: dict[str, float], xlabel: str, alt: str
) -> None:
    """Show how far each kind of variation moves a signature, by its amount, with distances to compare as levels."""
    figure, axis = new_figure(height=3.0)
    for (name, (amounts, distances)), style in zip(doses.items(), STYLES, strict=False):
        axis.plot(amounts, distances, label=name, markersize=4, **style)
    for name, distance in yardsticks.items():
        axis.axhline(distance, color=NEUTRAL, linewidth=0.8)
        axis.annotate(name, (1.01, distance), xycoords=("axes fraction", "data"), va="center", color=NEUTRAL)
    axis.set(xlabel=xlabel, ylabel="distance from the original\n(descriptor, 0 to √2)", ylim=(0, None))
    axis.legend(frameon=False, loc="lower right")
    show(figure, alt)


def show_moves(distances: dict[str, np.ndarray]) -> None:
    """Show distributions of distances, one above the other, each with its median as a line."""
    figure, axes = new_figure(len(distances), 1, height=0.75 * len(distances) + 0.6, sharex=True)
    edges = np.linspace(0, np.sqrt(2), 57)
    for axis, (name, values), style in zip(axes, distances.items(), STYLES, strict=False):
        median = np.median(values)
        axis.hist(
            values,
            edges,
            weights=np.full(len(values), 100 / len(values)),
            histtype="stepfilled",
            facecolor=style["color"] + "30",
            edgecolor=style["color"],
            linestyle=style["linestyle"],
        )
        axis.axvline(median, color="black", linewidth=1)
        axis.annotate(
            f"{median:.2f}",
            (median, 0.85),
            xytext=(4, 0),
            textcoords="offset points",
            xycoords=("data", "axes fraction"),
        )
        axis.annotate(name, (0.01, 0.6), xycoords="axes fraction")
        axis.margins(y=0.45)
        axis.set_ylabel("%")
    axes[-1].set_xlabel("distance (descriptor; 0: alike, √2: nothing in common)")
    told = "; ".join(f"{name}: {np.median(values):.2f}" for name, values in distances.items())
    show(figure, f"Distributions of distances, each in per cent of its pairs, with medians. {told}.")
