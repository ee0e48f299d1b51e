"""Figures of chapter 05: what a batch holds, what a pair costs, how training went and what came of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, PALETTE, RANDOM, draw_image, new_figure, show

__all__ = [
    "show_batch",
    "show_distances",
    "show_pair_costs",
    "show_pairs_of_batch",
    "show_test_results",
    "show_training",
    "show_validations",
]

OF_KIND = {"genuine": GENUINE, "skilled": FORGED, "random": RANDOM}


def show_batch(images: np.ndarray, identity: np.ndarray, writers: int = 3) -> None:
    """Show the first writers of a batch in a row each: genuine signatures, then forgeries."""
    each = int(np.sum(identity[:, 0] == identity[0, 0]))
    figure, axes = new_figure(writers, each, height=0.7 * writers)
    for axis, image, (writer, genuine) in zip(axes.flat, images, identity, strict=False):
        draw_image(axis, image, f"{writer} {'genuine' if genuine else 'forged'}")
    genuine = int(identity[:each, 1].sum())
    show(
        figure,
        f"The first {writers} of {len(images) // each} writers in a batch, a row each: {genuine} genuine signatures "
        f"and {each - genuine} forgeries, every one turned, slanted and moved a little.",
    )


def show_pairs_of_batch(identity: np.ndarray, same: np.ndarray, different: np.ndarray) -> None:
    """Show which of all pairs of a batch are SAME, which are skilled or random forgeries, and which are left out.

    Parameters
    ----------
    identity : int (n, 2), writer and 1 genuine or 0 forged
    same, different : bool (n, n), as `losses.pair_masks` returns them
    """
    one_writer = identity[:, :1] == identity[:, 0]
    sorts = np.select([same, different & one_writer, different], [1, 2, 3], 0)
    pairs = np.triu_indices(len(identity), 1)
    counts = np.bincount(sorts[pairs], minlength=4)
    labels = [
        f"{name} ({count:,})" for name, count in zip(["left out", "same", "skilled", "random"], counts, strict=True)
    ]
    colors = ["#eeeeee", GENUINE["color"], FORGED["color"], "#b7dccf"]
    figure, axis = new_figure(height=3.6)
    axis.imshow(sorts, cmap=ListedColormap(colors), vmin=0, vmax=3, interpolation="nearest")
    axis.set(xlabel="image of the batch", ylabel="image of the batch")
    patches = [Patch(color=color, label=label) for color, label in zip(colors, labels, strict=True)]
    axis.legend(handles=patches[1:] + patches[:1], frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    told = ", ".join(f"{count:,} {name}" for name, count in zip(["same", "skilled", "random"], counts[1:], strict=True))
    show(
        figure, f"All {counts.sum():,} pairs of a batch of {len(identity)} images as a square: {told}, the rest unused."
    )


def show_pair_costs(distances: np.ndarray, if_same: np.ndarray, if_different: np.ndarray) -> None:
    """Show what the contrastive loss asks for a pair at each distance, if it is SAME and if it is DIFFERENT."""
    figure, axis = new_figure(height=2.4)
    for cost, label, style in ((if_same, "if SAME", GENUINE), (if_different, "if DIFFERENT", FORGED)):
        axis.plot(distances, cost, label=label, color=style["color"], linestyle=style["linestyle"])
    free_to, free_from = distances[if_same == 0].max(), distances[if_different == 0].min()
    axis.set(xlabel="distance of the two embeddings (0 to 2)", ylabel="cost of the pair")
    axis.legend(frameon=False)
    show(
        figure,
        f"Cost of a pair over its distance: a SAME pair is free up to {free_to:.1f} and then rises as a parabola, a "
        f"DIFFERENT pair is free from {free_from:.1f} on.",
    )


def show_training(
    steps: pd.DataFrame, validations: pd.DataFrame, best_step: int, yardsticks: Mapping[str, float] | None = None
) -> None:
    """Show the loss, the learning rate and the validation equal error rate over the steps of a training.

    Parameters
    ----------
    steps, validations, best_step : as in `training.History`
    yardsticks : equal error rates, in [0, 1], of what the encoder has to beat
    """
    figure, (left, right) = new_figure(1, 2, height=2.8)
    left.plot(steps["step"], steps["loss"], color=PALETTE[5], linewidth=0.8)
    smooth = steps["loss"].rolling(20, min_periods=1).mean()
    left.plot(steps["step"], smooth, color=PALETTE[0], label="loss (left axis)")
    rate = left.twinx()
    rate.spines["right"].set_visible(True)
    rate.plot(steps["step"], 1000 * steps["learning_rate"], color=PALETTE[4], linestyle=":", label="learning rate")
    left.set(xlabel="step", ylabel="loss", ylim=(0, None))
    rate.set(ylabel="learning rate (thousandths)", ylim=(0, None))
    left.legend(handles=[*left.lines[1:], *rate.lines], frameon=False, loc="upper right")
    right.plot(validations["step"], 100 * validations["equal_error_rate"], "o-", color=PALETTE[0], label="encoder")
    best = validations.set_index("step").loc[best_step, "equal_error_rate"]
    right.plot(best_step, 100 * best, "o", markersize=10, fillstyle="none", color=PALETTE[0])
    for (name, value), color, style in zip((yardsticks or {}).items(), PALETTE[1:], ("--", ":", "-."), strict=False):
        right.axhline(100 * value, color=color, linestyle=style, label=name)
    right.set(xlabel="step", ylabel="skilled EER on validation writers (%)", ylim=(0, None))
    right.legend(frameon=False, loc="lower left")
    told = "".join(f"; {name} {value:.1%}" for name, value in (yardsticks or {}).items())
    show(
        figure,
        f"Left: the loss falls from {smooth.iloc[0]:.2f} to {smooth.iloc[-1]:.2f} while the learning rate rises and "
        f"falls. Right: the lowest equal error rate on validation writers, {best:.1%}, is at step {best_step}{told}.",
    )


def show_validations(runs: Mapping[str, pd.DataFrame]) -> None:
    """Show the validation equal error rate over the seconds of several trainings.

    Parameters
    ----------
    runs : a name and a table of validations, as in `training.History`, for each
    """
    figure, axis = new_figure(height=2.6)
    for (name, table), color, style, marker in zip(runs.items(), PALETTE, ("-", "--", ":", "-."), "o^sx", strict=False):
        rates = 100 * table["equal_error_rate"]
        axis.plot(table["seconds"], rates, color=color, linestyle=style, marker=marker, label=name)
    axis.set(xlabel="seconds of training", ylabel="skilled EER on validation writers (%)", ylim=(0, None))
    axis.legend(frameon=False, loc="lower left")
    told = ", ".join(f"{name} {table['equal_error_rate'].min():.1%}" for name, table in runs.items())
    show(figure, f"Equal error rate on validation writers over the seconds of training; lowest values: {told}.")


def show_distances(distances_of: Mapping[str, pd.DataFrame]) -> None:
    """Show the distances of genuine, skilled and random pairs, in a panel for each encoder.

    Parameters
    ----------
    distances_of : a title, and a table with the columns kind and distance, for each panel
    """
    figure, axes = new_figure(1, len(distances_of), height=2.6, sharex=True, squeeze=False)
    told = []
    for axis, (title, table) in zip(axes[0], distances_of.items(), strict=True):
        for kind, style in OF_KIND.items():
            chosen = table.loc[table["kind"] == kind, "distance"]
            shares, edges = np.histogram(chosen, bins=50, range=(0, 2), weights=np.full(len(chosen), 100 / len(chosen)))
            axis.stairs(shares, edges, color=style["color"], linestyle=style["linestyle"], label=kind, linewidth=1.4)
        axis.set(xlabel="distance (0 to 2)", title=title)
        medians = table.groupby("kind")["distance"].median()
        told.append(f"{title}: " + ", ".join(f"{kind} {medians[kind]:.2f}" for kind in OF_KIND))
    axes[0, 0].set_ylabel("share of the pairs (%)")
    axes[0, -1].legend(frameon=False)
    show(figure, f"Distances of pairs, a panel for each encoder. Medians: {'; '.join(told)}.")


def show_test_results(scores: pd.DataFrame) -> None:
    """Show the equal error rates of several models, skilled and random forgeries apart, a panel for each protocol.

    Parameters
    ----------
    scores : score tables of one split, one below the other, with the columns model, references, fusion, kind, score
    """
    rates = pd.DataFrame(
        {"model": model, "references": references, **evaluation.equal_error_rates(part)}
        for (model, references), part in scores.groupby(["model", "references"], sort=False)
    )
    protocols = sorted(rates["references"].unique(), reverse=True)
    figure, axes = new_figure(1, len(protocols), height=2.8, sharey=True, squeeze=False)
    told = []
    for axis, references in zip(axes[0], protocols, strict=True):
        part = rates[rates["references"] == references]
        place = np.arange(len(part))
        for kind, shift, hatch in (("skilled", -0.2, "//"), ("random", 0.2, "")):
            bars = axis.bar(
                place + shift, 100 * part[kind], 0.38, label=kind, color=OF_KIND[kind]["color"], hatch=hatch
            )
            axis.bar_label(bars, fmt="%.1f", fontsize=7, color=NEUTRAL)
        axis.set_xticks(place, part["model"].str.replace(" ", "\n"))
        axis.set_title(f"{references} reference{'s' if references > 1 else ''} a writer")
        told += [
            f"{row.model}, {references} references: {row.skilled:.1%} and {row.random:.1%}" for row in part.itertuples()
        ]
    axes[0, 0].set_ylabel("equal error rate (%)")
    axes[0, -1].legend(frameon=False, title="forgeries")
    show(figure, f"Equal error rates on test writers, skilled and random forgeries. {'; '.join(told)}.")
