"""Figures of chapter 09: a photographed sheet, a threshold that was moved, one of one's own."""

import textwrap
from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd

from deepsign_helpers.corpora import CutSheet
from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    draw_image,
    grouped_bars,
    new_figure,
    show,
)

__all__ = ["show_moved_threshold", "show_own_thresholds", "show_sheet"]

# What is drawn around a box, by whether something is written in it.
OUTLINES = {
    "filled box": {"color": GENUINE["color"], "linestyle": "-"},
    "empty box": {"color": FORGED["color"], "linestyle": "--"},
}


def show_sheet(photo: np.ndarray, cut: CutSheet) -> None:
    """Show a photograph of a sheet, its boxes outlined: filled ones, and empty ones.

    Parameters
    ----------
    photo : uint8 array, shape (height, width)
        What was cut.
    cut : CutSheet
        As `corpora.read_sheet` returns it.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> photo = corpora.photograph_sheet(corpora.Sheet(1, boxes=6), {}, np.random.default_rng(0))
    >>> show_sheet(photo, corpora.read_sheet(photo))
    <IPython.core.display.Image object>
    """
    height, width = photo.shape
    drawn_width = min(6.8, 6.0 * width / height)
    figure, axis = new_figure(height=drawn_width * height / width + 0.4)
    draw_image(axis, photo)
    for number, (left, top, right, bottom) in enumerate(cut.rectangles, start=1):
        corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]])
        seen = cv2.perspectiveTransform(corners, cut.matrix)[0]
        closed = np.vstack([seen, seen[:1]])
        name = "filled box" if number in cut.images else "empty box"
        axis.plot(*closed.T, linewidth=1.4, label=name, **OUTLINES[name])
        axis.text(*seen[1], number, fontsize=7, color=NEUTRAL, ha="right", va="top")
    handles, names = axis.get_legend_handles_labels()
    of_name = dict(zip(names, handles, strict=True))
    key = {"loc": "outside lower center", "frameon": False, "ncols": 2}
    figure.legend(of_name.values(), of_name.keys(), **key)
    filled = f"{len(cut.images)} of {cut.sheet.boxes} boxes are filled"
    size = f"{height} × {width} pixels"
    show(figure, f"A photograph of {size}: the sheet of {cut.sheet.name}; {filled}.")


def show_moved_threshold(rates: pd.DataFrame) -> None:
    """Show both errors at one threshold, on several sets of signatures.

    Parameters
    ----------
    rates : DataFrame
        A row for each set, named in the index; columns `FRR` and `FAR` in per cent.

    Examples
    --------
    >>> rates = pd.DataFrame({"FRR": [12.0, 25.0], "FAR": [12.5, 6.0]}, index=["home", "fax"])
    >>> show_moved_threshold(rates)
    <IPython.core.display.Image object>
    """
    drawn = rates.rename(
        columns={"FRR": "genuine rejected (FRR)", "FAR": "skilled forgeries accepted (FAR)"}
    )
    wrapped = ["\n".join(textwrap.wrap(str(name), width=14)) for name in drawn.index]
    figure, axis = new_figure(height=2.8)
    grouped_bars(axis, drawn.set_axis(wrapped), "%.0f")
    axis.set_ylabel("errors (%)")
    axis.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    told = [f"{name}: FRR {row.FRR:.0f}, FAR {row.FAR:.0f}" for name, row in rates.iterrows()]
    show(figure, f"Errors (%) at one threshold. {'; '.join(told)}.")


def show_own_thresholds(found: pd.DataFrame, moved: Mapping[str, float]) -> None:
    """Show the errors at thresholds of one's own, by how many writers chose them.

    Parameters
    ----------
    found : DataFrame
        A row for each threshold: `writers` (how many chose it), `FRR` and `FAR` (%) of the others.
    moved : dict from str to float
        FRR and FAR (%) of the threshold from elsewhere.

    Examples
    --------
    >>> found = pd.DataFrame({"writers": [2, 2, 4, 4], "FRR": [5, 30, 10, 20], "FAR": [9, 8, 7, 6]})
    >>> show_own_thresholds(found, {"FRR": 12.0, "FAR": 15.0})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, 2, height=2.6, sharey=True)
    titles = {"FRR": "genuine rejected (FRR)", "FAR": "skilled forgeries accepted (FAR)"}
    told = []
    for axis, (rate, title) in zip(axes, titles.items(), strict=True):
        of_count = found.groupby("writers")[rate]
        low, middle, high = (of_count.quantile(share) for share in (0.1, 0.5, 0.9))
        axis.fill_between(middle.index, low, high, color=GENUINE["color"], alpha=0.25, lw=0)
        axis.plot(middle.index, middle, label="own threshold: middle, and 8 draws of 10", **GENUINE)
        axis.axhline(moved[rate], label="threshold from elsewhere", color=NEUTRAL, linestyle="--")
        axis.set_title(title, fontsize=8)
        axis.set_xlabel("own writers who chose it")
        axis.set_xticks(middle.index)
        spans = [f"{count}: {low[count]:.0f} to {high[count]:.0f}" for count in middle.index]
        told.append(f"{rate} by number of writers: {', '.join(spans)}; moved {moved[rate]:.0f}")
    axes[0].set_ylim(bottom=0)
    axes[0].set_ylabel("errors (%)")
    key = {"loc": "outside lower center", "frameon": False, "ncols": 2}
    figure.legend(*axes[0].get_legend_handles_labels(), **key)
    show(figure, f"Errors (%) of the writers left over, 8 draws of 10. {'. '.join(told)}.")
