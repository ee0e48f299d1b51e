"""Figures of chapter 03: pairs, what leaks between splits, folds, and how records are read."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    bars,
    draw_image,
    new_figure,
    outlines,
    show,
)
from deepsign_helpers.tables import SAME

__all__ = [
    "show_folds",
    "show_leakage",
    "show_pair_counts",
    "show_pair_scores",
    "show_pairs",
    "show_throughput",
]

BINS = 30
SHOWN_OF_A_LABEL = 3  # pairs; more would be drawn too small to tell a forgery


def show_pair_counts(tables: dict[str, dict[str, int]]) -> None:
    """Show how many pairs of each kind there are, a panel for each way of choosing them.

    Parameters
    ----------
    tables : dict of dict of int
        For each way of choosing the numbers of pairs by kind.

    Examples
    --------
    >>> counts = {"genuine": 4, "skilled": 2, "random": 2}
    >>> show_pair_counts({"all pairs": counts, "chosen": counts})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(tables), height=2.3, sharey=True)
    descriptions = []
    for axis, (title, counts) in zip(axes, tables.items(), strict=True):
        bars(axis, counts, "{:,.0f}")
        axis.set(title=title, xlabel="pairs")
        axis.xaxis.set_major_formatter("{x:,.0f}")
        numbers = [f"{count:,} {kind}" for kind, count in counts.items()]
        descriptions.append(f"{title}: {', '.join(numbers)}")
    show(figure, f"Numbers of pairs by kind. {'; '.join(descriptions)}.")


def show_pair_scores(scores: dict[str, np.ndarray]) -> None:
    """Show the distribution of the pairs' scores, one outline for each kind.

    Parameters
    ----------
    scores : dict of float arrays
        The scores of the pairs of each kind.

    Examples
    --------
    >>> show_pair_scores({"genuine": np.array([0.6, 0.7]), "random": np.array([0.2, 0.4])})
    <IPython.core.display.Image object>
    """
    together = np.concatenate(list(scores.values()))
    edges = np.linspace(together.min(), together.max(), BINS + 1)

    figure, axis = new_figure(height=2.6)
    outlines(axis, scores, edges)
    axis.set(xlabel="score of the pair (1: the same vector)", ylabel="pairs of the kind (%)")
    axis.legend(frameon=False, title="kind of pair")

    medians = [f"{kind} {np.median(values):.2f}" for kind, values in scores.items()]
    show(figure, f"Histograms of pair scores by kind; medians: {', '.join(medians)}.")


def show_leakage(accuracies: dict[str, dict[str, np.ndarray]]) -> None:
    """Show the accuracy in each fold, and the mean, for each task and way to split.

    Parameters
    ----------
    accuracies : dict of dict of float arrays, in [0, 1]
        For each task (a panel) and each of two ways to split, the leaky one first, the accuracy in
        each fold.

    Examples
    --------
    >>> ways = {"shuffled": np.array([0.6, 0.7]), "unseen writers": np.array([0.5, 0.6])}
    >>> show_leakage({"One image": ways, "A pair": ways})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(accuracies), height=2.6, sharey=True)
    descriptions = []
    for axis, (task, ways) in zip(axes, accuracies.items(), strict=True):
        draw_folds_of_task(axis, ways)
        axis.set_title(task)
        for way, shares in ways.items():
            descriptions.append(
                f"{task}, {way}: {100 * shares.mean():.0f} % in {len(shares)} folds"
            )
    axes[0].set_ylabel("accuracy (%); dotted: a coin")
    show(figure, f"Accuracy in each fold, and the mean. {'; '.join(descriptions)}.")


def draw_folds_of_task(axis: Axes, ways: dict[str, np.ndarray]) -> None:
    """Draw a mark for each fold and a line for their mean, side by side for two ways to split."""
    for x, (shares, style) in enumerate(zip(ways.values(), (FORGED, GENUINE), strict=True)):
        percentages = 100 * shares
        beside_each_other = x + np.linspace(-0.15, 0.15, len(shares))
        axis.plot(beside_each_other, percentages, style["marker"], color=style["color"])
        axis.hlines(
            percentages.mean(),
            x - 0.3,
            x + 0.3,
            colors=style["color"],
            linestyles=style["linestyle"],
        )
    axis.axhline(50, color=NEUTRAL, linestyle=":")
    axis.set(xticks=range(len(ways)), xticklabels=ways, xlim=(-0.5, len(ways) - 0.5))


def show_folds(shares: dict[str, np.ndarray]) -> None:
    """Show which share of a writer's images validates in which fold, a panel for each way to fold.

    Parameters
    ----------
    shares : dict of float arrays, shape (folds, writers), in [0, 1]
        For each way, by its title.

    Examples
    --------
    >>> show_folds({"shuffled": np.full((2, 3), 0.5), "by writer": np.eye(2, 3)})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(len(shares), 1, height=3.2, sharex=True)
    descriptions = []
    for axis, (title, share) in zip(axes, shares.items(), strict=True):
        drawn = axis.imshow(share, vmin=0, vmax=1, cmap="cividis_r", aspect="auto")
        folds = len(share)
        axis.set(
            title=title,
            ylabel="fold",
            yticks=range(folds),
            yticklabels=range(1, folds + 1),
        )
        on_both_sides = (share > 0) & (share < 1)  # in the fold's training, too
        descriptions.append(f"{title}: {on_both_sides.any(axis=0).sum()}")
    axes[-1].set_xlabel("writer (number)")
    figure.colorbar(drawn, ax=axes, label="share of the writer's\nimages that validate")
    alt = "Share of each writer's images that validates, by fold"
    show(figure, f"{alt}. Writers on both sides, {'; '.join(descriptions)}.")


def show_throughput(rates: dict[str, float]) -> None:
    """Show how fast images come in each way to feed a training, on a logarithmic axis.

    Parameters
    ----------
    rates : dict of float, images a second
        For each way.

    Examples
    --------
    >>> show_throughput({"scans": 380.0, "records": 9800.0})
    <IPython.core.display.Image object>
    """
    figure, axis = new_figure(height=2.1)
    bars(axis, rates, "{:,.0f}")
    room_for_labels = 4 * max(rates.values())
    axis.set(xscale="log", xlabel="images a second (logarithmic)", xlim=(10, room_for_labels))
    numbers = [f"{way} {rate:,.0f}" for way, rate in rates.items()]
    show(figure, f"Images a second: {'; '.join(numbers)}.")


def show_pairs(left: ArrayLike, right: ArrayLike, labels: ArrayLike) -> None:
    """Show pairs of a batch, a column each, first SAME, then DIFFERENT: left image above right one.

    Parameters
    ----------
    left, right : float arrays, shape (pairs, height, width, 1)
        Prepared images: paper 0.0, ink up to 1.0.
    labels : int array, shape (pairs,)
        `SAME` or `DIFFERENT`.

    Examples
    --------
    >>> blank = np.zeros((2, 32, 64, 1))
    >>> show_pairs(blank, blank, [1, 0])
    <IPython.core.display.Image object>
    """
    labels = np.asarray(labels)
    same = np.flatnonzero(labels == SAME)
    different = np.flatnonzero(labels != SAME)
    chosen = [*same[:SHOWN_OF_A_LABEL], *different[:SHOWN_OF_A_LABEL]]

    figure, axes = new_figure(2, len(chosen), height=1.5, squeeze=False)
    titles = []
    for (above, below), pair in zip(axes.T, chosen, strict=True):
        is_same = labels[pair] == SAME
        title = "SAME (1)" if is_same else "DIFFERENT (0)"
        style = GENUINE if is_same else FORGED
        draw_image(above, np.asarray(left[pair]), title)
        draw_image(below, np.asarray(right[pair]))
        for axis in (above, below):
            axis.spines[:].set(color=style["color"], linestyle=style["linestyle"], linewidth=1.2)
        titles.append(title)
    axes[0, 0].set_ylabel("left", fontsize=8)
    axes[1, 0].set_ylabel("right", fontsize=8)

    drawn = f"{len(chosen)} of {len(labels)} pairs, left above right: {', '.join(titles)}"
    show(figure, f"{drawn}. In the whole batch {len(same)} are SAME, {len(different)} DIFFERENT.")
