"""Figures of chapter 00: signatures in rows, and the hand that wrote them."""

import numpy as np
import pandas as pd

from deepsign_helpers import preprocessing
from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, OF_KIND, new_figure, show, show_images
from deepsign_helpers.synthesis import Trace

__all__ = ["show_contact_sheet", "show_corner", "show_hands", "show_signatures", "show_spread", "show_stroke"]

MARGIN = 8  # pixels of paper around the largest signature
HALT = 10  # mm/s: slower, the pen all but stands still


def show_signatures(table: pd.DataFrame, titles: str, alt: str, columns: int = 4) -> None:
    """Show images to one scale, row by row, each under the text in its column `titles`, its ink centred on paper."""
    inks = [preprocessing.crop_to_ink(preprocessing.read_gray(path)) for path in table["path"]]
    size = np.max([ink.shape for ink in inks], axis=0) + 2 * MARGIN
    gaps = [[(gap // 2, gap - gap // 2) for gap in size - ink.shape] for ink in inks]
    pages = [np.pad(ink, gap, constant_values=255) for ink, gap in zip(inks, gaps, strict=True)]
    show_images(zip(table[titles], pages, strict=True), alt, columns)


def show_contact_sheet(table: pd.DataFrame) -> None:
    """Show every writer in a row: the first two genuine signatures, then the first two skilled forgeries."""
    chosen = table.sort_values(["writer", "kind", "sample"], ascending=[True, False, True])
    chosen = chosen.groupby(["writer", "kind"]).head(2)
    chosen = chosen.assign(title=chosen["writer"] + " " + chosen["kind"])
    alt = (
        f"Contact sheet of {chosen['writer'].nunique()} invented writers, a row each: 2 genuine signatures, then 2 "
        "skilled forgeries of them. Letters are joined, with loops, pen lifts and flourishes."
    )
    show_signatures(chosen, "title", alt)


def show_stroke(time: np.ndarray, speed: np.ndarray) -> None:
    """Show the burst of speed of one stroke."""
    figure, axis = new_figure(height=2.2)
    axis.plot(time, speed, **GENUINE | {"marker": ""})
    peak = int(np.argmax(speed))
    axis.annotate(f"{speed[peak]:.0f} mm/s", (time[peak], speed[peak]), xytext=(8, -4), textcoords="offset points")
    axis.set(xlabel="time (s)", ylabel="speed (mm/s)", ylim=(0, None))
    show(figure, f"Speed of one stroke over time: a lopsided bell that peaks at {speed[peak]:.0f} mm/s.")


def show_corner(targets: np.ndarray, traces: dict[str, Trace]) -> None:
    """Show the same three targets written with strokes that overlap in time, and with strokes that do not."""
    figure, axis = new_figure(height=2.8)
    for (label, trace), style in zip(traces.items(), (GENUINE, FORGED), strict=True):
        axis.plot(trace.x, trace.y, label=label, **style | {"marker": ""})
    axis.plot(*targets.T, "s", color=NEUTRAL, markersize=11, fillstyle="none", label="target points")
    axis.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal")
    axis.margins(0.12)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    nearest = {label: np.hypot(*(np.stack([t.x, t.y]).T - targets[1]).T).min() for label, t in traces.items()}
    told = "; ".join(f"{label}: passes the corner at {distance:.1f} mm" for label, distance in nearest.items())
    show(figure, f"One corner written twice. {told}.")


def show_hands(genuine: Trace, forged: Trace) -> None:
    """Show path and speed of a genuine signature above those of a forgery; a dot where the pen all but stands still."""
    figure, axes = new_figure(2, 2, height=4.4, width_ratios=(3, 2), sharex="col", sharey="col")
    told = []
    for (path, speed), trace, kind in zip(axes, (genuine, forged), ("genuine", "forged"), strict=True):
        look, slow = {"color": OF_KIND[kind]["color"], "linewidth": 1}, trace.down & (trace.speed < HALT)
        path.plot(trace.x, np.where(trace.down, trace.y, np.nan), **look)
        speed.plot(trace.time, trace.speed, linestyle=OF_KIND[kind]["linestyle"], **look)
        for axis, along, up in ((path, trace.x, trace.y), (speed, trace.time, trace.speed)):
            axis.plot(along[slow], up[slow], ".", color="black", markersize=5)
        halts = np.diff(slow, prepend=False, append=False).sum() // 2
        path.set(ylabel="y (mm)", aspect="equal", title=f"{kind}: {halts} halts (under {HALT} mm/s)")
        speed.set(ylabel="speed (mm/s)", ylim=(0, None), title=f"{trace.time[-1]:.1f} s")
        told.append(f"{kind}: {trace.time[-1]:.1f} s, {halts} halts")
    axes[1, 0].set_xlabel("x (mm)")
    axes[1, 1].set_xlabel("time (s)")
    alt = f"Path and speed of a signature and of a forgery of it, with dots where the pen halts: under {HALT} mm/s."
    show(figure, f"{alt} {'; '.join(told)}.")


def show_spread(figures: pd.DataFrame) -> None:
    """Show the aspect, width by height, of genuine and of forged signatures side by side, a dot an image."""
    figure, axis = new_figure(height=2.0)
    medians, scatter = figures.groupby("kind")["aspect"].median(), np.random.default_rng(0)
    for height, kind in enumerate(("genuine", "forged")):
        values = figures.loc[figures["kind"] == kind, "aspect"]
        places = height + scatter.uniform(-0.25, 0.25, len(values))
        axis.plot(values, places, **OF_KIND[kind] | {"linestyle": "", "markersize": 3, "alpha": 0.6})
        axis.plot([medians[kind]] * 2, [height - 0.4, height + 0.4], color="black")
    axis.set(yticks=[0, 1], yticklabels=["genuine", "forged"], xlabel="aspect, width / height")
    told = f"the genuine have a median of {medians['genuine']:.2f}, the forged of {medians['forged']:.2f}"
    show(figure, f"Aspect of every image: {told}; a line marks the median of each cloud of dots.")
