"""Figures of chapter 05: what a batch holds, what a pair costs, how training went, what came of it.

Each function draws one figure and computes its alternative text from the data that it draws.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import (
    NEUTRAL,
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
    "show_search",
    "show_test_results",
    "show_training",
]

# What a pair of a batch may be, and its colour: pale where it is the usual case or left out.
PAIRS = {"same": PALETTE[0], "skilled": PALETTE[1], "random": "#b7dccf", "left out": "#eeeeee"}
DISTANCE_EDGES = np.linspace(0, 2, 51)  # unit vectors lie 2 apart at most


def show_pairs_of_batch(identity: np.ndarray, same: np.ndarray, different: np.ndarray) -> None:
    """Show which pairs of a batch are SAME, skilled or random forgeries, and which are left out.

    Derived in chapter 05, *A batch that gives many pairs*.

    Parameters
    ----------
    identity : int, shape (n, 2)
        Of each image of the batch: the writer's number; 1 for genuine, 0 for forged.
    same, different : bool, shape (n, n)
        As `losses.pair_masks` returns them.

    Examples
    --------
    >>> identity = np.array([[0, 1], [0, 1], [0, 0]])
    >>> same = np.array([[False, True, False], [True, False, False], [False, False, False]])
    >>> different = np.array([[False, False, True], [False, False, True], [True, True, False]])
    >>> show_pairs_of_batch(identity, same, different)
    <IPython.core.display.Image object>
    """
    writers = identity[:, 0]
    one_writer = writers[:, None] == writers  # (n, n)
    # (n, n): the number of each pair's name in PAIRS
    sorts = np.select([same, different & one_writer, different], [0, 1, 2], default=3)
    each_pair_once = np.triu_indices(len(identity), 1)
    counts = np.bincount(sorts[each_pair_once], minlength=len(PAIRS))
    labels = [f"{count:,} {name}" for name, count in zip(PAIRS, counts, strict=True)]

    figure, axis = new_figure(height=3.6)
    colors = list(PAIRS.values())
    axis.imshow(
        sorts, cmap=ListedColormap(colors), vmin=0, vmax=len(PAIRS) - 1, interpolation="nearest"
    )
    axis.set(xlabel="image of the batch", ylabel="image of the batch")
    patches = [Patch(color=color, label=label) for color, label in zip(colors, labels, strict=True)]
    axis.legend(handles=patches, frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))

    what = f"All {counts.sum():,} pairs of a batch of {len(identity)} images as a square"
    show(figure, f"{what}: {', '.join(labels)}.")


def show_pair_costs(distances: np.ndarray, if_same: np.ndarray, if_different: np.ndarray) -> None:
    """Show what a pair costs at each distance, if it is SAME and if it is DIFFERENT.

    Derived in chapter 05, *What the loss asks for*.

    Parameters
    ----------
    distances : float, shape (n,), in [0, 2], rising
        Distances of two embeddings.
    if_same, if_different : float, shape (n,)
        Cost of a pair at each distance; somewhere it is 0.

    Examples
    --------
    >>> distances = np.array([0.0, 1.0, 2.0])
    >>> show_pair_costs(distances, if_same=distances**2, if_different=(2 - distances) ** 2)
    <IPython.core.display.Image object>
    """
    figure, axis = new_figure(height=2.4)
    lines = {"if SAME": (distances, if_same), "if DIFFERENT": (distances, if_different)}
    curves(axis, lines, marker="")
    axis.set(xlabel="distance of the two embeddings (0 to 2)", ylabel="cost of the pair")

    free_to = distances[if_same == 0].max()
    free_from = distances[if_different == 0].min()
    show(
        figure,
        f"Cost of a pair over its distance: a SAME pair is free up to {free_to:.1f}, "
        f"a DIFFERENT pair from {free_from:.1f} on; both rise as a parabola.",
    )


def show_training(epochs: pd.DataFrame, yardsticks: Mapping[str, float] | None = None) -> None:
    """Show the loss of each epoch and, where there is one, the equal error rate on other writers.

    Derived in chapter 05, *Watching a training*.

    Parameters
    ----------
    epochs : DataFrame
        A row for each epoch: `loss` and, with validation writers, `validation_eer`, in [0, 1]; as
        from `fit` of Keras, or in `training.History`.
    yardsticks : mapping from str to float, in [0, 1], optional
        Equal error rates of what the encoder has to beat.

    Examples
    --------
    >>> show_training(pd.DataFrame({"loss": [3.0, 2.0]}))
    <IPython.core.display.Image object>
    """
    numbers = np.arange(1, len(epochs) + 1)
    loss = epochs["loss"].to_numpy()
    said = [f"The loss goes from {loss[0]:.2f} to {loss[-1]:.2f} over {len(epochs)} epochs"]
    is_validated = "validation_eer" in epochs
    figure, axes = new_figure(1, 2 if is_validated else 1, height=2.8, squeeze=False)
    axes[0, 0].plot(numbers, loss, "o-", color=PALETTE[0])
    axes[0, 0].set(xlabel="epoch", ylabel="mean loss", ylim=(0, None))
    if is_validated:
        rates = pd.Series(epochs["validation_eer"].to_numpy(), index=numbers)
        draw_validations(axes[0, 1], rates, yardsticks or {})
        said.append(
            f"the lowest equal error rate on validation writers, {100 * rates.min():.1f} %, "
            f"is that of epoch {rates.idxmin()}"
        )
        said += [f"{name} {rate:.1%}" for name, rate in (yardsticks or {}).items()]
    show(figure, f"{'; '.join(said)}.")


def draw_validations(axis: Axes, rates: pd.Series, yardsticks: Mapping[str, float]) -> None:
    """Draw the equal error rate of each epoch, a ring around the lowest, a line for each yardstick.

    `rates` are in [0, 1], by epoch.
    """
    axis.plot(rates.index, 100 * rates, "o-", color=PALETTE[0], label="encoder")
    axis.plot(
        rates.idxmin(),
        100 * rates.min(),
        "o",
        markersize=10,
        fillstyle="none",
        color=PALETTE[0],
        label="kept",
    )
    for (name, rate), style in zip(yardsticks.items(), STYLES[1:], strict=False):
        axis.axhline(100 * rate, label=name, color=style["color"], linestyle=style["linestyle"])
    axis.set(xlabel="epoch", ylabel="skilled EER (%), validation", ylim=(0, None))
    axis.legend(frameon=False, loc="lower left")


def show_distances(distances_of: Mapping[str, pd.DataFrame]) -> None:
    """Show the distances of genuine, skilled and random pairs, in a panel for each encoder.

    Derived in chapter 05, *Where the distances went*.

    Parameters
    ----------
    distances_of : mapping from str to DataFrame
        The title of each panel, and a table with the columns `kind` and `distance`, a row for each
        pair: the `distances` of a `training.Health`.

    Examples
    --------
    >>> pairs = pd.DataFrame({"kind": ["genuine", "random"], "distance": [0.2, 1.1]})
    >>> show_distances({"trained": pairs})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(distances_of), height=2.6, sharex=True, squeeze=False)
    medians = []
    for axis, (title, table) in zip(axes[0], distances_of.items(), strict=True):
        kinds = {
            kind: table.loc[table["kind"] == kind, "distance"]
            for kind in OF_KIND
            if kind in set(table["kind"])
        }
        outlines(axis, kinds, DISTANCE_EDGES)
        axis.set(xlabel="distance (0 to 2)", title=title)
        of_kinds = [f"{kind} {distances.median():.2f}" for kind, distances in kinds.items()]
        medians.append(f"{title}: {', '.join(of_kinds)}")
    axes[0, 0].set_ylabel("share of the pairs (%)")
    axes[0, 0].legend(frameon=False)

    show(figure, f"Distances of pairs, a panel for each encoder. Medians: {'; '.join(medians)}.")


def show_test_results(scores: pd.DataFrame) -> None:
    """Show equal error rates of several models, skilled and random forgeries apart.

    There is a panel for each protocol. Derived in chapter 05, *The result, with its protocol*.

    Parameters
    ----------
    scores : DataFrame
        Scores of one split: a row for each comparison, with the columns `model`, `references`,
        `fusion`, `kind` and `score`, as `evaluation.score_by_protocols` returns them.

    Examples
    --------
    >>> scores = pd.DataFrame({"kind": ["genuine", "skilled", "random"], "score": [0.9, 0.5, 0.1]})
    >>> show_test_results(scores.assign(model="any", references=5, fusion="min"))
    <IPython.core.display.Image object>
    """
    counts = sorted(scores["references"].unique(), reverse=True)
    figure, axes = new_figure(1, len(counts), height=2.8, sharey=True, squeeze=False)
    said = []
    for axis, references in zip(axes[0], counts, strict=True):
        protocol = f"{references} reference{'s' if references > 1 else ''}"
        rates = rates_of_models(scores[scores["references"] == references])
        labelled = rates.rename(lambda model: model.replace(" ", "\n"))
        grouped_bars(axis, 100 * labelled, "%.1f")
        axis.set_title(f"{protocol} a writer")
        said += [
            f"{model}, {protocol}: {skilled:.1%} and {random:.1%}"
            for model, skilled, random in rates.itertuples()
        ]
    axes[0, 0].set_ylabel("equal error rate (%)")
    handles, kinds = axes[0, 0].get_legend_handles_labels()
    labels = [f"{kind} forgeries" for kind in kinds]
    figure.legend(handles, labels, frameon=False, ncols=2, loc="outside upper right")

    what = "Equal error rates on test writers, skilled and random forgeries."
    show(figure, f"{what} {'; '.join(said)}.")


def rates_of_models(scores: pd.DataFrame) -> pd.DataFrame:
    """Return equal error rates, in [0, 1]: a row for each model, columns `skilled` and `random`."""
    rates = {
        model: evaluation.equal_error_rates(part)
        for model, part in scores.groupby("model", sort=False)
    }
    return pd.DataFrame(rates).T[["skilled", "random"]]


def show_search(rates: pd.DataFrame, base: str = "base") -> None:
    """Show what each change of a training does to its errors, beside what the seed alone does.

    Parameters
    ----------
    rates : DataFrame
        A row for each training: trial (what is different in it), and "mean EER" (%).
    base : str
        The trial in which nothing is different. The band shows how far its seeds lie apart.

    Examples
    --------
    >>> rates = pd.DataFrame({"trial": ["base", "base", "other"], "mean EER": [20, 22, 25]})
    >>> show_search(rates)
    <IPython.core.display.Image object>
    """
    means = rates.groupby("trial")["mean EER"].mean().sort_values(ascending=False)
    figure, axis = new_figure(height=0.8 + 0.22 * len(means))
    of_base = rates.loc[rates["trial"] == base, "mean EER"]
    axis.axvspan(of_base.min(), of_base.max(), color=NEUTRAL, alpha=0.2, label="seeds of the base")
    row_of = {trial: row for row, trial in enumerate(means.index)}
    rows = rates["trial"].map(row_of)
    axis.plot(rates["mean EER"], rows, "o", color=PALETTE[0], markersize=4, label="one training")
    axis.set_yticks(range(len(means)), means.index)
    axis.set_xlabel("skilled EER (%), mean over the places")
    axis.legend(frameon=False, loc="upper right")
    told = "; ".join(f"{trial} {mean:.1f}" for trial, mean in means[::-1].items())
    show(
        figure,
        f"Skilled EER (%) of each change, the lowest first: {told}. The seeds of the base alone "
        f"give {of_base.min():.1f} to {of_base.max():.1f}.",
    )
