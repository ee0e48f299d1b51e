"""Figures of chapter 02: how far a variation moves a signature, and how far a forgery is away."""

import numpy as np

from deepsign_helpers.plotting.style import NEUTRAL, STYLES, curves, new_figure, outlines, show

__all__ = ["show_doses", "show_moves"]

FARTHEST = np.sqrt(
    2
)  # between two descriptors, whose numbers are not negative and whose length is 1


def show_doses(
    doses: dict[str, tuple], yardsticks: dict[str, float], xlabel: str, note: str = ""
) -> None:
    """Show how far each kind of variation moves a signature, by its amount.

    The alternative text says at which amount each kind reaches each distance to compare with.

    Parameters
    ----------
    doses : dict of (float array, float array)
        For each kind its amounts, rising, and the distances, rising with them.
    yardsticks : dict of float
        Distances to compare with, by name; each is drawn as a level.
    xlabel : str
        What the amounts are, with their unit.
    note : str
        A sentence that the alternative text is to begin with.

    Examples
    --------
    >>> show_doses({"turn": ([2, 4], [0.2, 0.4])}, {"a writer": 0.3}, xlabel="angle (degrees)")
    <IPython.core.display.Image object>
    """
    figure, axis = new_figure(height=3.0)
    curves(axis, doses, "lower right", markersize=4)
    for name, distance in yardsticks.items():
        axis.axhline(distance, color=NEUTRAL, linewidth=0.8)
        axis.annotate(
            name, (1.01, distance), xycoords=("axes fraction", "data"), va="center", color=NEUTRAL
        )
    ylabel = "distance from the original\n(descriptor, 0 to √2)"
    axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, None))

    descriptions = []
    for kind, (amounts, distances) in doses.items():
        reached = describe_reached(amounts, distances, yardsticks)
        descriptions.append(f"{kind}: {reached}")
    show(figure, f"Distance from the original by {xlabel}. {'; '.join(descriptions)}.", note)


def describe_reached(
    amounts: np.ndarray, distances: np.ndarray, yardsticks: dict[str, float]
) -> str:
    """Return in words at which amount a rising curve of distances reaches each yardstick.

    Examples
    --------
    >>> describe_reached([2, 4], [0.2, 0.4], {"a writer": 0.3, "a forger": 0.6})
    'as far as a writer (0.30) at 3, nowhere as far as a forger (0.60)'
    """
    places = []
    for name, distance in yardsticks.items():
        if distances[0] <= distance <= distances[-1]:
            amount = np.interp(distance, distances, amounts)
            places.append(f"as far as {name} ({distance:.2f}) at {amount:.0f}")
        else:
            places.append(f"nowhere as far as {name} ({distance:.2f})")
    return ", ".join(places)


def show_moves(distances: dict[str, np.ndarray]) -> None:
    """Show distributions of distances, one above the other, each with its median as a line.

    Parameters
    ----------
    distances : dict of float arrays
        Distances between two descriptors, by what lies between them.

    Examples
    --------
    >>> show_moves({"genuine": np.array([0.7, 0.8]), "forged": np.array([0.9, 1.0])})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(len(distances), 1, height=0.95 * len(distances) + 0.4, sharex=True)
    edges = np.linspace(0, FARTHEST, 57)
    medians = []
    for axis, (name, values), style in zip(axes, distances.items(), STYLES, strict=False):
        outlines(axis, {name: values}, edges, [style])
        median = np.median(values)
        axis.axvline(median, color="black", linewidth=1)
        medians.append(f"{name}: median {median:.2f}")
        axis.set_title(medians[-1], loc="left", fontsize=8)
        axis.set(ylabel="%", ylim=(0, None))
    axes[-1].set_xlabel("distance (descriptor; 0: alike, √2: nothing in common)")
    alt = "Distributions of distances, each in per cent of its pairs"
    show(figure, f"{alt}. {'; '.join(medians)}.")
