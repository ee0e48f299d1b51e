"""Figures of chapter 01: what gives genuine and forged away."""

import numpy as np

from deepsign_helpers.plotting.style import new_figure, outlines, show

__all__ = ["show_giveaway"]


def show_giveaway(figures: dict[str, tuple[np.ndarray, np.ndarray]], areas: list[float]) -> None:
    """Show how one number of each image is distributed, genuine against forged.

    Parameters
    ----------
    figures : dict of (float array, float array)
        For each axis label, which states the unit, the numbers of the genuine and of the forged
        images; each has a panel.
    areas : list of float, in [0.5, 1]
        For each label, the area under the ROC curve.

    Examples
    --------
    >>> genuine = np.array([1.0, 2.0, 3.0])
    >>> figures = {"ink (px)": (genuine, genuine + 1), "grey (0 to 255)": (genuine, genuine)}
    >>> show_giveaway(figures, areas=[0.78, 0.5])
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(figures), height=2.4)
    numbers = []
    for axis, (label, (genuine, forged)), area in zip(axes, figures.items(), areas, strict=True):
        edges = np.histogram_bin_edges(np.concatenate([genuine, forged]), 24)
        outlines(axis, {"genuine": genuine, "forged": forged}, edges)
        axis.set(xlabel=label.replace(" (", "\n("), title=f"ROC area {area:.2f}")
        axis.locator_params(axis="x", nbins=4)
        numbers.append(f"{label}: area {area:.2f}")
    axes[0].set_ylabel("share of its kind (%)")
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    alt = "How well one number of one image tells genuine from forged"
    show(figure, f"{alt}. {'; '.join(numbers)}.")
