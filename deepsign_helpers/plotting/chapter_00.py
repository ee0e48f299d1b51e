"""Figures of chapter 00: signatures in rows, and the hand that wrote them."""

import numpy as np
import pandas as pd

from deepsign_helpers import preprocessing
from deepsign_helpers.plotting.style import (
    NEUTRAL,
    OF_KIND,
    draw_image,
    grouped_bars,
    new_figure,
    show,
    show_images,
)
from deepsign_helpers.synthesis import Trace

__all__ = [
    "show_corner",
    "show_hands",
    "show_people",
    "show_signatures",
    "show_stroke",
    "show_truth",
]

HALT = 10  # mm/s: slower, the pen all but stands still


def show_signatures(table: pd.DataFrame, titles: str, alt: str, columns: int = 4) -> None:
    """Show images to one scale, row by row, each under the text in its column `titles`, its ink centred on paper."""
    inks = [preprocessing.crop_to_ink(preprocessing.read_gray(path)) for path in table["path"]]
    size = (
        np.max([ink.shape for ink in inks], axis=0) + 16
    )  # eight pixels of paper around the largest signature
    show_images(
        zip(table[titles], [preprocessing.centre(ink, size) for ink in inks], strict=True),
        alt,
        columns,
    )


def show_people(rates: pd.DataFrame) -> None:
    """Show how often people are wrong: a group of bars for each row, FAR and FRR, in [0, 1], as its columns."""
    figure, axis = new_figure(height=2.4)
    named = (100 * rates).rename(
        columns={"FAR": "forgeries accepted (FAR)", "FRR": "genuine rejected (FRR)"}
    )
    named.index = named.index.str.replace(" (", "\n(")
    grouped_bars(axis, named, "%.1f")
    axis.set(ylabel="%")
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    told = "; ".join(
        f"{name}: FAR {row.FAR:.1%}, FRR {row.FRR:.1%}" for name, row in rates.iterrows()
    )
    show(figure, f"Error rates of people who judge signatures by eye. {told}.")


def show_stroke(time: np.ndarray, speed: np.ndarray) -> None:
    """Show the burst of speed of one stroke."""
    figure, axis = new_figure(height=2.2)
    axis.plot(time, speed, **OF_KIND["genuine"] | {"marker": ""})
    peak = int(np.argmax(speed))
    axis.annotate(
        f"{speed[peak]:.0f} mm/s",
        (time[peak], speed[peak]),
        xytext=(8, -4),
        textcoords="offset points",
    )
    axis.set(xlabel="time (s)", ylabel="speed (mm/s)", ylim=(0, None))
    show(
        figure,
        f"Speed of one stroke over time: a lopsided bell that peaks at {speed[peak]:.0f} mm/s.",
    )


def show_corner(targets: np.ndarray, traces: dict[str, Trace]) -> None:
    """Show the same three targets written with strokes that overlap in time, and with strokes that do not."""
    figure, axis = new_figure(height=2.8)
    for (label, trace), style in zip(
        traces.items(), (OF_KIND["genuine"], OF_KIND["forged"]), strict=True
    ):
        axis.plot(trace.x, trace.y, label=label, **style | {"marker": ""})
    axis.plot(
        *targets.T, "s", color=NEUTRAL, markersize=11, fillstyle="none", label="target points"
    )
    axis.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal")
    axis.margins(0.12)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    nearest = {
        label: np.hypot(*(np.stack([t.x, t.y]).T - targets[1]).T).min()
        for label, t in traces.items()
    }
    told = "; ".join(
        f"{label}: passes the corner at {distance:.1f} mm" for label, distance in nearest.items()
    )
    show(figure, f"One corner written twice. {told}.")


def show_hands(genuine: Trace, forged: Trace, seconds: float = 2.0) -> None:
    """Show the path of a genuine signature above that of a forgery, and how fast each begins.

    A dot marks where the pen all but stands still, a tick where a stroke begins.
    """
    figure, axes = new_figure(2, 2, height=4.4, width_ratios=(3, 2), sharex="col", sharey="col")
    told = []
    for (path, speed), trace, kind in zip(
        axes, (genuine, forged), ("genuine", "forged"), strict=True
    ):
        look, slow = (
            {"color": OF_KIND[kind]["color"], "linewidth": 1},
            trace.down & (trace.speed < HALT),
        )
        path.plot(trace.x, np.where(trace.down, trace.y, np.nan), **look)
        early = trace.time < seconds
        speed.plot(
            trace.time[early], trace.speed[early], linestyle=OF_KIND[kind]["linestyle"], **look
        )
        speed.plot(
            trace.time[np.diff(trace.stroke, prepend=-1) > 0],
            0 * np.unique(trace.stroke),
            "|",
            color="black",
        )
        path.plot(trace.x[slow], trace.y[slow], ".", color="black", markersize=5)
        halts = np.diff(slow, prepend=False, append=False).sum() // 2
        path.margins(0.1)
        path.set(
            ylabel="y (mm)", aspect="equal", title=f"{kind}: {trace.time[-1]:.1f} s, {halts} halts"
        )
        strokes = len(np.unique(trace.stroke[early]))
        speed.set(
            ylabel="speed (mm/s)",
            ylim=(0, None),
            xlim=(0, seconds),
            title=f"{strokes} strokes in {seconds:g} s",
        )
        told.append(
            f"{kind}: {trace.time[-1]:.1f} s, {halts} halts, {strokes} strokes in the first {seconds:g} s"
        )
    axes[1, 0].set_xlabel("x (mm)")
    axes[1, 1].set_xlabel("time (s)")
    alt = f"Path and speed of a signature and of a forgery of it, with dots where the pen halts: under {HALT} mm/s."
    show(figure, f"{alt} {'; '.join(told)}.")


def show_truth(image: np.ndarray, deviation: np.ndarray) -> None:
    """Show a forgery with its ink coloured by how far it strays from the model, mm, as `render_with_truth` gives it."""
    figure, axis = new_figure(height=3.0)
    draw_image(axis, image)
    strayed = axis.imshow(np.where(deviation > 0, deviation, np.nan), cmap="viridis_r", vmin=0)
    figure.colorbar(strayed, ax=axis, label="strays by (mm)", shrink=0.8)
    inked = deviation[deviation > 0]
    alt = f"A forgery, its ink coloured by the distance from the model: {np.median(inked):.1f} mm at the median"
    show(figure, f"{alt}, {inked.max():.1f} mm at most.")
