"""Figures of chapter 03: pairs, what leaks between splits, folds, and how fast records are read."""

import numpy as np

from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    bars,
    new_figure,
    outlines,
    show,
)

__all__ = ["show_folds", "show_leakage", "show_pair_counts", "show_pair_scores", "show_throughput"]


def show_pair_counts(tables: dict[str, dict[str, int]]) -> None:
    """Show how many pairs of each kind there are, a panel for each way of choosing them."""
    figure, axes = new_figure(1, len(tables), height=2.3, sharey=True)
    told = []
    for axis, (title, counts) in zip(axes, tables.items(), strict=True):
        bars(axis, counts, "{:,.0f}")
        axis.set(title=title, xlabel="pairs")
        axis.xaxis.set_major_formatter("{x:,.0f}")
        told.append(f"{title}: {', '.join(f'{count:,} {kind}' for kind, count in counts.items())}")
    show(figure, f"Numbers of pairs by kind. {'; '.join(told)}.")


def show_pair_scores(scores: dict[str, np.ndarray]) -> None:
    """Show the distribution of the pairs' scores, one outline for each kind."""
    figure, axis = new_figure(height=2.6)
    outlines(
        axis,
        scores,
        np.linspace(min(map(np.min, scores.values())), max(map(np.max, scores.values())), 31),
    )
    axis.set(xlabel="score of the pair (1: the same vector)", ylabel="pairs of the kind (%)")
    axis.legend(frameon=False, title="kind of pair")
    told = ", ".join(f"{kind} {np.median(values):.2f}" for kind, values in scores.items())
    show(figure, f"Histograms of pair scores by kind; medians: {told}.")


def show_leakage(accuracies: dict[str, dict[str, np.ndarray]]) -> None:
    """Show the folds' accuracies and their mean for each task (outer key) and way to split (inner key), leaky first."""
    figure, axes = new_figure(1, len(accuracies), height=2.6, sharey=True)
    told = []
    for axis, (task, ways) in zip(axes, accuracies.items(), strict=True):
        for place, (way, style) in enumerate(zip(ways, (FORGED, GENUINE), strict=True)):
            spread = np.linspace(-0.15, 0.15, len(ways[way]))
            axis.plot(place + spread, 100 * ways[way], style["marker"], color=style["color"])
            axis.hlines(
                100 * ways[way].mean(), place - 0.3, place + 0.3, style["color"], style["linestyle"]
            )
            told.append(f"{task}, {way}: {100 * ways[way].mean():.0f} % in {len(ways[way])} folds")
        axis.axhline(50, color=NEUTRAL, linestyle=":")
        axis.set(
            title=task, xticks=range(len(ways)), xticklabels=ways, xlim=(-0.5, len(ways) - 0.5)
        )
    axes[0].set_ylabel("accuracy (%); dotted: a coin")
    show(figure, f"Accuracy in each fold, and the mean. {'; '.join(told)}.")


def show_folds(shares: dict[str, np.ndarray]) -> None:
    """Show which share of a writer's images validates in which fold, a panel for each way to make folds.

    Parameters
    ----------
    shares : for each title float (folds, writers) in [0, 1]
    """
    figure, axes = new_figure(len(shares), 1, height=3.2, sharex=True)
    for axis, (title, share) in zip(axes, shares.items(), strict=True):
        drawn = axis.imshow(share, vmin=0, vmax=1, cmap="cividis_r", aspect="auto")
        axis.set(
            title=title,
            ylabel="fold",
            yticks=range(len(share)),
            yticklabels=range(1, len(share) + 1),
        )
    axes[-1].set_xlabel("writer (number)")
    figure.colorbar(drawn, ax=axes, label="share of the writer's\nimages that validate")
    split = [
        f"{title}: {((share > 0) & (share < 1)).any(axis=0).sum()}"
        for title, share in shares.items()
    ]
    show(
        figure,
        f"Share of each writer's images that validates, by fold. Writers on both sides, {'; '.join(split)}.",
    )


def show_throughput(rates: dict[str, float]) -> None:
    """Show images a second for each way to feed a training, on a logarithmic axis."""
    figure, axis = new_figure(height=2.1)
    bars(axis, rates, "{:,.0f}")
    axis.set(
        xscale="log", xlabel="images a second (logarithmic)", xlim=(10, 4 * max(rates.values()))
    )
    show(
        figure,
        f"Images a second: {'; '.join(f'{way} {rate:,.0f}' for way, rate in rates.items())}.",
    )
