"""Figures of chapter 00: signatures in rows, and the hand that wrote them."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from deepsign_helpers import preprocessing
from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
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
MARGIN = 8  # pixels of paper on each side of the largest signature


def show_signatures(table: pd.DataFrame, titles: str, columns: int = 4, note: str = "") -> None:
    """Show signatures to one scale, row by row, the ink of each in the middle of its page.

    Parameters
    ----------
    table : DataFrame
        Corpus table; its `path` can be opened.
    titles : str
        The column that holds what stands above each signature.
    columns : int
        How many signatures stand in a row.
    note : str
        A sentence that the alternative text is to begin with.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> show_signatures(corpora.load(runtime.data_folder()).head(2), titles="sample")
    <IPython.core.display.Image object>
    """
    inks = []
    for path in table["path"]:
        gray = preprocessing.read_gray(path)
        inks.append(preprocessing.crop_to_ink(gray))
    largest = np.max([ink.shape for ink in inks], axis=0)
    size = largest + 2 * MARGIN
    pages = [preprocessing.centre(ink, size) for ink in inks]
    show_images(zip(table[titles], pages, strict=True), columns=columns, note=note)


def show_people(rates: pd.DataFrame) -> None:
    """Show how often people are wrong: a group of bars for each row.

    Parameters
    ----------
    rates : DataFrame
        Columns FAR and FRR, in [0, 1]; the index says who judged.

    Examples
    --------
    >>> show_people(pd.DataFrame({"FAR": [0.1], "FRR": [0.2]}, index=["somebody"]))
    <IPython.core.display.Image object>
    """
    percentages = 100 * rates
    percentages.columns = percentages.columns.map(
        {"FAR": "forgeries accepted (FAR)", "FRR": "genuine rejected (FRR)"}
    )
    percentages.index = percentages.index.str.replace(" (", "\n(")

    figure, axis = new_figure(height=2.4)
    grouped_bars(axis, percentages, "%.1f")
    axis.set(ylabel="%")
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))

    numbers = [f"{name}: FAR {row.FAR:.1%}, FRR {row.FRR:.1%}" for name, row in rates.iterrows()]
    show(figure, f"Error rates of people who judge signatures by eye. {'; '.join(numbers)}.")


def show_stroke(time: np.ndarray, speed: np.ndarray) -> None:
    """Show the burst of speed of one stroke.

    Parameters
    ----------
    time : float array, shape (n,), seconds
        Rising.
    speed : float array, shape (n,), mm/s
        At each time.

    Examples
    --------
    >>> show_stroke(time=np.array([0.0, 0.1, 0.2]), speed=np.array([0.0, 90.0, 10.0]))
    <IPython.core.display.Image object>
    """
    peak = int(np.argmax(speed))
    highest = f"{speed[peak]:.0f} mm/s"

    figure, axis = new_figure(height=2.2)
    axis.plot(time, speed, color=GENUINE["color"], linestyle=GENUINE["linestyle"])
    axis.annotate(highest, (time[peak], speed[peak]), xytext=(8, -4), textcoords="offset points")
    axis.set(xlabel="time (s)", ylabel="speed (mm/s)", ylim=(0, None))
    show(figure, f"Speed of one stroke over time: a lopsided bell that peaks at {highest}.")


def show_corner(targets: np.ndarray, traces: dict[str, Trace]) -> None:
    """Show the same three targets written twice: with strokes that overlap in time, and without.

    Parameters
    ----------
    targets : float array, shape (3, 2), mm
        Points that the strokes aim at; the second is the corner.
    traces : dict of two traces
        Each under what the key is to say of it.

    Examples
    --------
    >>> from deepsign_helpers.synthesis import Plan, write
    >>> targets = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 8.0]])
    >>> twice = np.ones(2)
    >>> timing = {"supports": 0.27 * twice, "sigmas": 0.25 * twice}
    >>> plan = Plan(targets, bends=0 * twice, down=twice > 0, gaps=0.1 * twice, **timing)
    >>> show_corner(targets, {"once": write(plan), "again": write(plan)})
    <IPython.core.display.Image object>
    """
    figure, axis = new_figure(height=2.8)
    passes = []
    for (label, trace), style in zip(traces.items(), (GENUINE, FORGED), strict=True):
        axis.plot(trace.x, trace.y, label=label, color=style["color"], linestyle=style["linestyle"])
        corner_x, corner_y = targets[1]
        distances = np.hypot(trace.x - corner_x, trace.y - corner_y)
        passes.append(f"{label}: passes the corner at {distances.min():.1f} mm")
    axis.plot(
        targets[:, 0],
        targets[:, 1],
        "s",
        color=NEUTRAL,
        markersize=11,
        fillstyle="none",
        label="target points",
    )
    axis.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal")
    axis.margins(0.12)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    show(figure, f"One corner written twice. {'; '.join(passes)}.")


class Movement(NamedTuple):
    """What a trace tells about the hand that wrote it."""

    seconds: float  # that it took
    halts: int  # how often the pen on the paper all but stood still
    strokes: int  # that begin in the time shown


def show_hands(genuine: Trace, forged: Trace, seconds: float = 2.0) -> None:
    """Show the path of a genuine signature above that of a forgery, and how fast each begins.

    A dot marks where the pen all but stands still, a tick where a stroke begins.

    Parameters
    ----------
    genuine, forged : Trace
        Of the writer, and of somebody who imitates the writer.
    seconds : float
        How much of the movement is shown as speed.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40))
    >>> genuine = writer.sign(np.random.default_rng(1))
    >>> forged = synthesis.forge(writer, np.random.default_rng(6))
    >>> show_hands(genuine, forged)
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(2, 2, height=4.4, width_ratios=(3, 2), sharex="col", sharey="col")
    descriptions = []
    for row, kind, trace in zip(axes, ("genuine", "forged"), (genuine, forged), strict=True):
        movement = measure_movement(trace, seconds)
        path_axis, speed_axis = row
        draw_path(path_axis, trace, kind, movement)
        draw_speed(speed_axis, trace, kind, movement, seconds)
        descriptions.append(
            f"{kind}: {movement.seconds:.1f} s, {movement.halts} halts, "
            f"{movement.strokes} strokes in the first {seconds:g} s"
        )
    axes[1, 0].set_xlabel("x (mm)")
    axes[1, 1].set_xlabel("time (s)")
    alt = "Path and speed of a signature and of a forgery of it, with dots where the pen halts"
    show(figure, f"{alt}: under {HALT} mm/s. {'; '.join(descriptions)}.")


def is_halting(trace: Trace) -> np.ndarray:
    """Return for each point of a trace whether the pen on the paper all but stands still."""
    return trace.down & (trace.speed < HALT)


def measure_movement(trace: Trace, seconds: float) -> Movement:
    """Return how long a trace took, how often it halts, and how many strokes begin early on."""
    # A halt has two ends: there, the pen starts or stops being slow.
    ends = np.diff(is_halting(trace), prepend=False, append=False).sum()
    early = trace.stroke[trace.time < seconds]
    return Movement(
        seconds=trace.time[-1],
        halts=int(ends // 2),
        strokes=len(np.unique(early)),
    )


def draw_path(axis: Axes, trace: Trace, kind: str, movement: Movement) -> None:
    """Draw where the pen went on the paper, with dots where it halts."""
    on_paper = np.where(trace.down, trace.y, np.nan)
    axis.plot(trace.x, on_paper, color=OF_KIND[kind]["color"], linewidth=1)
    halting = is_halting(trace)
    axis.plot(trace.x[halting], trace.y[halting], ".", color="black", markersize=5)
    axis.margins(0.1)
    title = f"{kind}: {movement.seconds:.1f} s, {movement.halts} halts"
    axis.set(ylabel="y (mm)", aspect="equal", title=title)


def draw_speed(axis: Axes, trace: Trace, kind: str, movement: Movement, seconds: float) -> None:
    """Draw how fast a trace begins, with a tick where each of its strokes begins."""
    style = OF_KIND[kind]
    early = trace.time < seconds
    axis.plot(
        trace.time[early],
        trace.speed[early],
        color=style["color"],
        linestyle=style["linestyle"],
        linewidth=1,
    )
    begins = np.diff(trace.stroke, prepend=-1) > 0
    axis.plot(trace.time[begins], np.zeros(begins.sum()), "|", color="black")
    axis.set(
        ylabel="speed (mm/s)",
        ylim=(0, None),
        xlim=(0, seconds),
        title=f"{movement.strokes} strokes in {seconds:g} s",
    )


def show_truth(image: np.ndarray, deviation: np.ndarray) -> None:
    """Show a forgery with its ink coloured by how far it strays from the model.

    Parameters
    ----------
    image : uint8 array, shape (height, width)
        As `render_with_truth` gives it.
    deviation : float array, shape (height, width), mm
        How far each pixel of ink strays; 0 where there is none.

    Examples
    --------
    >>> blank = np.full((20, 40), 255, np.uint8)
    >>> show_truth(blank, deviation=np.eye(20, 40))
    <IPython.core.display.Image object>
    """
    inked = deviation > 0
    median = np.median(deviation[inked])
    most = deviation[inked].max()

    figure, axis = new_figure(height=3.0)
    draw_image(axis, image)
    colours = axis.imshow(np.where(inked, deviation, np.nan), cmap="viridis_r", vmin=0)
    figure.colorbar(colours, ax=axis, label="strays by (mm)", shrink=0.8)

    alt = "A forgery, its ink coloured by the distance from the model"
    show(figure, f"{alt}: {median:.1f} mm at the median, {most:.1f} mm at most.")
