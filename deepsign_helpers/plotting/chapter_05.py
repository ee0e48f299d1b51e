"""Figures of chapter 05: what a batch holds, what a pair costs, how training went and what came of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import (
    OF_KIND,
    PALETTE,
    STYLES,
    curves,
    grouped_bars,
    new_figure,
    outlines,
    show,
)

__all__ = [
    "show_distances",
    "show_pair_costs",
    "show_pairs_of_batch",
    "show_test_results",
    "show_training",
]


def show_pairs_of_batch(identity: np.ndarray, same: np.ndarray, different: np.ndarray) -> None:
    """Show which of all pairs of a batch are SAME, which are skilled or random forgeries, and which are left out.

    Parameters
    ----------
    identity : int (n, 2), writer and 1 genuine or 0 forged
    same, different : bool (n, n), as `losses.pair_masks` returns them
    """
    one_writer = identity[:, :1] == identity[:, 0]
    sorts = np.select([same, different & one_writer, different], [0, 1, 2], 3)
    counts = np.bincount(sorts[np.triu_indices(len(identity), 1)], minlength=4)
    told = [
        f"{count:,} {name}"
        for name, count in zip(["same", "skilled", "random", "left out"], counts, strict=True)
    ]
    colors = [*PALETTE[:2], "#b7dccf", "#eeeeee"]
    figure, axis = new_figure(height=3.6)
    axis.imshow(sorts, cmap=ListedColormap(colors), vmin=0, vmax=3, interpolation="nearest")
    axis.set(xlabel="image of the batch", ylabel="image of the batch")
    patches = [Patch(color=color, label=label) for color, label in zip(colors, told, strict=True)]
    axis.legend(handles=patches, frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    show(
        figure,
        f"All {counts.sum():,} pairs of a batch of {len(identity)} images as a square: {', '.join(told)}.",
    )


def show_pair_costs(distances: np.ndarray, if_same: np.ndarray, if_different: np.ndarray) -> None:
    """Show what the contrastive loss asks for a pair at each distance, if it is SAME and if it is DIFFERENT."""
    figure, axis = new_figure(height=2.4)
    curves(
        axis,
        {"if SAME": (distances, if_same), "if DIFFERENT": (distances, if_different)},
        marker="",
    )
    free_to, free_from = distances[if_same == 0].max(), distances[if_different == 0].min()
    axis.set(xlabel="distance of the two embeddings (0 to 2)", ylabel="cost of the pair")
    told = f"a SAME pair is free up to {free_to:.1f}, a DIFFERENT pair from {free_from:.1f} on; both rise as a parabola"
    show(figure, f"Cost of a pair over its distance: {told}.")


def show_training(
    steps: pd.DataFrame,
    validations: pd.DataFrame,
    best_step: int,
    yardsticks: Mapping[str, float] | None = None,
) -> None:
    """Show the loss and the learning rate over the steps of a training and, if there is one, the validation EER.

    Parameters
    ----------
    steps, validations, best_step : as in `training.History`
    yardsticks : equal error rates, in [0, 1], of what the encoder has to beat
    """
    panels, ratios = (2, (1, 1)) if validations.empty else (3, (3, 2, 4))
    figure, (loss, rate, *looks) = new_figure(1, panels, height=2.8, width_ratios=ratios)
    smooth = steps["loss"].rolling(20, min_periods=1).mean()
    loss.plot(steps["step"], steps["loss"], color=PALETTE[5], linewidth=0.8, label="each step")
    loss.plot(steps["step"], smooth, color=PALETTE[0], label="mean of 20 steps")
    loss.set(xlabel="step", ylabel="loss", ylim=(0, None))
    loss.legend(frameon=False)
    rate.plot(steps["step"], 1000 * steps["learning_rate"], color=PALETTE[4], linestyle=":")
    rate.set(xlabel="step", ylabel="learning rate (thousandths)", ylim=(0, None))
    told = (
        f"The loss goes from {smooth.iloc[0]:.2f} to {smooth.iloc[-1]:.2f} over {len(steps)} steps"
    )
    for axis in looks:
        rates = 100 * validations.set_index("step")["equal_error_rate"]
        told += f"; the lowest equal error rate on validation writers, {rates[best_step]:.1f} %, is at step {best_step}"
        axis.plot(rates.index, rates, "o-", color=PALETTE[0], label="encoder")
        axis.plot(
            best_step,
            rates[best_step],
            "o",
            markersize=10,
            fillstyle="none",
            color=PALETTE[0],
            label="kept",
        )
        for (name, value), style in zip((yardsticks or {}).items(), STYLES[1:], strict=False):
            axis.axhline(100 * value, label=name, **style | {"marker": ""})
            told += f"; {name} {value:.1%}"
        axis.set(xlabel="step", ylabel="skilled EER (%), validation", ylim=(0, None))
        axis.legend(frameon=False, loc="lower left")
    show(figure, f"{told}.")


def show_distances(distances_of: Mapping[str, pd.DataFrame]) -> None:
    """Show the distances of genuine, skilled and random pairs, in a panel for each encoder.

    Parameters
    ----------
    distances_of : a title, and a table with the columns kind and distance, for each panel
    """
    figure, axes = new_figure(1, len(distances_of), height=2.6, sharex=True, squeeze=False)
    told = []
    for axis, (title, table) in zip(axes[0], distances_of.items(), strict=True):
        found = dict(list(table.groupby("kind")["distance"]))
        kinds = {kind: found[kind] for kind in OF_KIND if kind in found}
        outlines(axis, kinds, np.linspace(0, 2, 51))
        axis.set(xlabel="distance (0 to 2)", title=title)
        told.append(
            f"{title}: "
            + ", ".join(f"{kind} {values.median():.2f}" for kind, values in kinds.items())
        )
    axes[0, 0].set_ylabel("share of the pairs (%)")
    axes[0, -1].legend(frameon=False)
    show(figure, f"Distances of pairs, a panel for each encoder. Medians: {'; '.join(told)}.")


def show_test_results(scores: pd.DataFrame) -> None:
    """Show the equal error rates of several models, skilled and random forgeries apart, a panel for each protocol.

    Parameters
    ----------
    scores : score tables of one split, one below the other, with the columns model, references, fusion, kind, score
    """
    protocols = list(scores.groupby("references"))[::-1]
    figure, axes = new_figure(1, len(protocols), height=2.8, sharey=True, squeeze=False)
    told = []
    for axis, (references, part) in zip(axes[0], protocols, strict=True):
        models = part.groupby("model", sort=False)
        rates = pd.DataFrame(
            {model: evaluation.equal_error_rates(some) for model, some in models}
        ).T
        title = f"{references} reference{'s' if references > 1 else ''}"
        grouped_bars(
            axis,
            100 * rates[["skilled", "random"]].rename(lambda model: model.replace(" ", "\n")),
            "%.1f",
        )
        axis.set_title(f"{title} a writer")
        told += [
            f"{row.Index}, {title}: {row.skilled:.1%} and {row.random:.1%}"
            for row in rates.itertuples()
        ]
    axes[0, 0].set_ylabel("equal error rate (%)")
    handles, kinds = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles,
        [f"{kind} forgeries" for kind in kinds],
        frameon=False,
        ncols=2,
        loc="outside upper right",
    )
    show(
        figure,
        f"Equal error rates on test writers, skilled and random forgeries. {'; '.join(told)}.",
    )
