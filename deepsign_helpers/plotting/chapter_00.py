"""Figures of chapter 00: signatures in rows, and the hand that wrote them."""

import numpy as np
import pandas as pd

from deepsign_helpers import preprocessing
from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, draw_image, new_figure, show
from deepsign_helpers.synthesis import Trace

__all__ = ["show_contact_sheet", "show_corner", "show_hands", "show_signatures", "show_spread", "show_stroke"]


def show_signatures(table: pd.DataFrame, titles: str, alt: str, columns: int = 4) -> None:
    """Show images of one size row by row, each under the text in its column `titles`, cut to what any of them fills."""
    images = np.stack([preprocessing.read_gray(path) for path in table["path"]])
    used = (images < 255).any(axis=0)
    down, across = (slice(*np.flatnonzero(used.any(axis=side))[[0, -1]]) for side in (1, 0))
    images = images[:, down, across]
    rows, shape = -(-len(table) // columns), images.shape[1] / images.shape[2]
    figure, axes = new_figure(rows, columns, height=(0.2 + 6.8 / columns * shape) * rows, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, title in zip(axes.flat, images, table[titles], strict=False):
        draw_image(axis, image, str(title))
    show(figure, alt)


def show_contact_sheet(table: pd.DataFrame, samples: int = 4) -> None:
    """Show every writer in a row: the first genuine signatures, then the first skilled forgeries."""
    chosen = table.sort_values(["writer", "kind", "sample"], ascending=[True, False, True])
    chosen = chosen.groupby(["writer", "kind"]).head(samples // 2)
    writers = chosen["writer"].nunique()
    chosen = chosen.assign(title=chosen["writer"] + " " + chosen["kind"])
    alt = (
        f"Contact sheet of {writers} invented writers, a row each: {samples // 2} genuine signatures, then "
        f"{samples // 2} skilled forgeries of them. Letters are joined, with loops, pen lifts and flourishes."
    )
    show_signatures(chosen, "title", alt, columns=samples)


def show_stroke(time: np.ndarray, speed: np.ndarray) -> None:
    """Show the burst of speed of one stroke."""
    figure, axis = new_figure(height=2.2)
    axis.plot(time, speed, **{**GENUINE, "marker": ""})
    peak = int(np.argmax(speed))
    axis.annotate(f"{speed[peak]:.0f} mm/s", (time[peak], speed[peak]), xytext=(8, -4), textcoords="offset points")
    axis.set(xlabel="time (s)", ylabel="speed (mm/s)", ylim=(0, None))
    show(figure, f"Speed of one stroke over time: a lopsided bell that peaks at {speed[peak]:.0f} mm/s.")


def show_corner(targets: np.ndarray, traces: dict[str, Trace]) -> None:
    """Show the same three targets written with strokes that overlap in time, and with strokes that do not."""
    figure, axis = new_figure(height=2.8)
    for (label, trace), style in zip(traces.items(), (GENUINE, FORGED), strict=True):
        axis.plot(trace.x, trace.y, label=label, **{**style, "marker": ""})
    axis.plot(*targets.T, "s", color=NEUTRAL, markersize=4, label="target points")
    axis.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal")
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    nearest = {label: np.hypot(*(np.stack([t.x, t.y]).T - targets[1]).T).min() for label, t in traces.items()}
    told = "; ".join(f"{label}: passes the corner at {distance:.1f} mm" for label, distance in nearest.items())
    show(figure, f"One corner written twice. {told}.")


def show_hands(genuine: Trace, forged: Trace) -> None:
    """Show the path and the speed of a genuine signature above those of a forgery of it."""
    figure, axes = new_figure(2, 2, height=4.0)
    for row, (trace, label, style) in zip(
        axes, ((genuine, "genuine", GENUINE), (forged, "forged", FORGED)), strict=True
    ):
        pieces = np.where(trace.down, trace.y, np.nan)
        row[0].plot(trace.x, pieces, color=style["color"], linewidth=1)
        row[0].set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal", title=label)
        row[1].plot(trace.time, trace.speed, color=style["color"], linestyle=style["linestyle"], linewidth=1)
        row[1].set(xlabel="time (s)", ylabel="speed (mm/s)", xlim=(0, forged.time[-1]), ylim=(0, genuine.speed.max()))
    show(
        figure,
        f"Path and speed of a genuine signature, written in {genuine.time[-1]:.1f} s, and of a forgery, which took "
        f"{forged.time[-1]:.1f} s: its bursts of speed are lower and further apart.",
    )


def show_spread(figures: pd.DataFrame, name: str) -> None:
    """Show one shape figure of genuine and forged signatures side by side, a dot an image."""
    figure, axis = new_figure(height=2.0)
    medians = figures.groupby("kind")[name].median()
    scatter = np.random.default_rng(0)
    for height, (kind, style) in enumerate((("genuine", GENUINE), ("forged", FORGED))):
        values = figures.loc[figures["kind"] == kind, name]
        axis.plot(
            values,
            height + scatter.uniform(-0.25, 0.25, len(values)),
            linestyle="",
            marker=style["marker"],
            color=style["color"],
            markersize=3,
            alpha=0.6,
        )
        axis.plot([medians[kind]] * 2, [height - 0.4, height + 0.4], color="black")
    axis.set(
        yticks=[0, 1], yticklabels=["genuine", "forged"], xlabel="aspect, width / height" if name == "aspect" else name
    )
    show(
        figure,
        f"Aspect of every image: the genuine have a median of {medians['genuine']:.2f}, the forged of "
        f"{medians['forged']:.2f}; the two clouds cover each other.",
    )
