"""Figures of chapter 02: how far a variation moves a signature, and how far a forgery is away."""

import numpy as np

from deepsign_helpers.plotting.style import NEUTRAL, STYLES, curves, new_figure, outlines, show

__all__ = ["show_doses", "show_moves"]


def show_doses(
    doses: dict[str, tuple], yardsticks: dict[str, float], xlabel: str, alt: str
) -> None:
    """Show how far each kind of variation moves a signature, by its amount, with distances to compare as levels.

    Parameters
    ----------
    doses : for each kind its amounts and the distances, two float arrays of one length
    yardsticks : for each name a distance to compare with
    """
    figure, axis = new_figure(height=3.0)
    curves(axis, doses, "lower right", markersize=4)
    for name, distance in yardsticks.items():
        axis.axhline(distance, color=NEUTRAL, linewidth=0.8)
        axis.annotate(
            name, (1.01, distance), xycoords=("axes fraction", "data"), va="center", color=NEUTRAL
        )
    axis.set(
        xlabel=xlabel, ylabel="distance from the original\n(descriptor, 0 to √2)", ylim=(0, None)
    )
    show(figure, alt)


def show_moves(distances: dict[str, np.ndarray]) -> None:
    """Show distributions of distances, one above the other, each with its median as a line."""
    figure, axes = new_figure(len(distances), 1, height=0.95 * len(distances) + 0.4, sharex=True)
    told = [f"{name}: median {np.median(values):.2f}" for name, values in distances.items()]
    for axis, (name, values), median, style in zip(
        axes, distances.items(), told, STYLES, strict=False
    ):
        outlines(axis, {name: values}, np.linspace(0, np.sqrt(2), 57), [style])
        axis.axvline(np.median(values), color="black", linewidth=1)
        axis.set_title(median, loc="left", fontsize=8)
        axis.set(ylabel="%", ylim=(0, None))
    axes[-1].set_xlabel("distance (descriptor; 0: alike, √2: nothing in common)")
    show(figure, f"Distributions of distances, each in per cent of its pairs. {'; '.join(told)}.")
