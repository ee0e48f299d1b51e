"""Figures of chapter 00: signatures in rows, and the hand that wrote them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from deepsign_helpers import preprocessing
from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    OF_KIND,
    STYLES,
    curves,
    new_figure,
    show,
    show_images,
)
from deepsign_helpers.synthesis import Trace
from deepsign_helpers.synthesis.forging import inked_path

__all__ = [
    "show_attempts",
    "show_corner",
    "show_hands",
    "show_pressure",
    "show_schools",
    "show_signatures",
]

HALT = 10  # mm/s: slower, the pen all but stands still
MARGIN = 8  # pixels of paper on each side of the largest signature

PALE = "#bbbbbb"  # what lies behind
MOST_WIDTH = 5.0  # points: of a line pressed as hard as can be
SHORTEST = 1.0  # mm: on a shorter stroke next to nothing is measured
LENGTHS = np.geomspace(SHORTEST, 32, 7)  # mm, edges of the bins that strokes are sorted into
LEAST_STROKES = 3  # in a bin: a median of fewer says nothing
NEAR_START = np.linspace(0, 2, 21)  # mm of line after the pen has been set down
AT_START = 0.5  # mm: where the pressure is told in words


def show_signatures(table: pd.DataFrame, titles: str, columns: int = 4, note: str = "") -> None:
    """Show signatures to one scale, row by row, the ink of each in the middle of its page.

    The darkest ink of each is black, whichever pen wrote it.

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
    pages = [preprocessing.centre(level(ink), size) for ink in inks]
    show_images(zip(table[titles], pages, strict=True), columns=columns, note=note)


def level(gray: np.ndarray) -> np.ndarray:
    """Return a signature on white paper with its darkest ink black, whichever pen wrote it."""
    ink = preprocessing.normalise(gray)[..., 0]
    return np.round(255 * (1 - ink)).astype(np.uint8)


def show_corner(targets: np.ndarray, traces: dict[str, Trace]) -> None:
    """Show the same three targets written twice: with strokes that overlap in time, and without.

    On the left the two paths, on the right how fast the pen moves.

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
    figure, (path_axis, speed_axis) = new_figure(1, 2, height=3.0, width_ratios=(2, 3))
    passes = []
    peaks = []
    for (label, trace), style in zip(traces.items(), (GENUINE, FORGED), strict=True):
        look = {"color": style["color"], "linestyle": style["linestyle"]}
        path_axis.plot(trace.x, trace.y, **look)
        speed_axis.plot(trace.time, trace.speed, label=label, **look)
        corner_x, corner_y = targets[1]
        distances = np.hypot(trace.x - corner_x, trace.y - corner_y)
        passes.append(f"{label}: passes the corner at {distances.min():.1f} mm")
        peaks.append(f"{trace.speed.max():.0f} mm/s")
    path_axis.plot(*targets.T, "s", color=NEUTRAL, markersize=11, fillstyle="none")
    path_axis.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal", title="□ target points")
    path_axis.margins(0.12)
    fastest = max(trace.speed.max() for trace in traces.values())
    room_for_key = 1.45
    speed_axis.set(xlabel="time (s)", ylabel="speed (mm/s)", ylim=(0, room_for_key * fastest))
    speed_axis.legend(frameon=False, loc="upper right", title="strokes that begin")
    alt = f"One corner written twice, path and speed. {'; '.join(passes)}."
    show(figure, f"{alt} The speed is at most {' and '.join(peaks)}.")


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


def show_attempts(
    model: Trace, groups: Mapping[str, Sequence[Trace]], shares: Mapping[str, float]
) -> None:
    """Lay signatures over what the writer means to write, a panel for each group of them.

    Parameters
    ----------
    model : Trace
        What all signatures of the writer have in common, as `Writer.model` returns it.
    groups : dict of lists of traces
        Three at most, by name.
    shares : dict of float, in [0, 1]
        Which share of its error each group has in common.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40))
    >>> twice = [writer.sign(np.random.default_rng(seed)) for seed in (1, 2)]
    >>> show_attempts(writer.model, {"genuine": twice}, {"genuine": 0.5})
    <IPython.core.display.Image object>
    """
    rows = -(-(len(groups) + 1) // 2)  # two in a row; one place is for the key
    figure, axes = new_figure(rows, 2, height=2.4 * rows, sharex=True, sharey=True, squeeze=False)
    meant_x, meant_y = laid_upon(model, model)
    told = []
    for axis, (name, traces), style in zip(axes.flat, groups.items(), STYLES, strict=False):
        shared = f"{shares[name]:.0%} of the error is shared"
        told.append(f"{name}: {shared}")
        axis.plot(meant_x, meant_y, color=PALE, linewidth=4)
        for trace in traces:
            x, y = laid_upon(trace, model)
            axis.plot(x, y, color=style["color"], linestyle=style["linestyle"], linewidth=0.9)
        axis.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal", title=f"{name}:\n{shared}")
        axis.tick_params(labelbottom=True, labelleft=True)
    for spare in axes.flat[len(groups) :]:
        spare.axis("off")
    meant = Line2D([], [], color=PALE, linewidth=4, label="what the writer means to write")
    axes.flat[-1].legend(handles=[meant], frameon=False, loc="center")
    alt = "Signatures laid over what the writer means to write"
    show(figure, f"{alt}. {'; '.join(told)}.")


def laid_upon(trace: Trace, model: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of a trace, in mm, moved and scaled onto its model; NaN where the pen is up.

    Middle and spread are weighted by the length of line, and only the inked line counts.
    """
    _, centre, spread = inked_path(trace)
    _, model_centre, model_spread = inked_path(model)
    path = np.stack([trace.x, trace.y]) - centre[:, np.newaxis]
    path = path * (model_spread / spread) + model_centre[:, np.newaxis]
    x, y = np.where(trace.down, path, np.nan)
    return x, y


def show_pressure(traces: Mapping[str, Trace], alike: Mapping[str, float]) -> None:
    """Show how hard the pen was pressed: the harder, the thicker the line; two panels in a row.

    Parameters
    ----------
    traces : dict of traces
        By name; one that begins with "genuine" is drawn as such.
    alike : dict of float, in [-1, 1]
        How their pressure correlates with that of the first.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40))
    >>> show_pressure({"genuine": writer.sign(np.random.default_rng(1))}, {"genuine": 1.0})
    <IPython.core.display.Image object>
    """
    rows = -(-len(traces) // 2)  # rounded up
    height = 0.5 + 1.6 * rows
    figure, axes = new_figure(rows, 2, height, sharex=True, sharey=True, squeeze=False)
    told = []
    for axis, (name, trace) in zip(axes.flat, traces.items(), strict=False):
        kind = "genuine" if name.startswith("genuine") else "forged"
        told.append(f"{name}: correlation {alike[name]:.2f}")
        on_paper = trace.down[1:] & trace.down[:-1]
        points = np.stack([trace.x, trace.y], axis=1)
        pieces = np.stack([points[:-1], points[1:]], axis=1)[on_paper]  # (pieces, 2 ends, 2)
        widths = MOST_WIDTH * trace.pressure[1:][on_paper]
        color = OF_KIND[kind]["color"]
        line = LineCollection(pieces, linewidths=widths, color=color, capstyle="round")
        axis.add_collection(line)
        axis.autoscale()
        axis.set(aspect="equal", title=told[-1])
        axis.set_axis_off()
    for spare in axes.flat[len(traces) :]:
        spare.axis("off")
    key = [
        Line2D([], [], color=NEUTRAL, linewidth=MOST_WIDTH * press, label=f"pressure {press:g}")
        for press in (0.25, 0.5, 0.75)
    ]
    figure.legend(handles=key, frameon=False, loc="outside lower center", ncols=len(key))
    alt = "The line of signatures, the thicker the harder it was pressed"
    show(figure, f"{alt}. {'; '.join(told)}.")


def show_schools(hands: Mapping[str, Sequence[Trace]]) -> None:
    """Show of some hands how time grows with length, and how they set the pen down.

    Parameters
    ----------
    hands : dict of lists of traces
        Four hands at most. Many traces, of many people, are needed: medians are shown.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40))
    >>> show_schools({"the writer": [writer.sign(np.random.default_rng(1))] * 4})
    <IPython.core.display.Image object>
    """
    times = {}
    presses = {}
    told = []
    for name, traces in hands.items():
        lengths, seconds = times_by_length(traces)
        power = power_of(lengths, seconds)
        times[f"{name}: power {power:.2f}"] = (lengths, seconds)
        start = np.nanmean([pressure_near_start(trace) for trace in traces], axis=0)
        presses[name] = (NEAR_START, 100 * start)
        at_start = np.interp(AT_START, NEAR_START, start)
        told.append(f"{name}: power {power:.2f}, {at_start:.0%} after {AT_START} mm")

    figure, (time_axis, press_axis) = new_figure(1, 2, height=3.2)
    curves(time_axis, times, location="upper left")
    lowest, highest = time_axis.get_ylim()
    room_for_key = 1.7
    time_axis.set(xscale="log", xlabel="length of a stroke (mm)", ylabel="its time (s)")
    time_axis.set_ylim(lowest, room_for_key * highest)
    time_axis.set_xticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"], minor=False)
    curves(press_axis, presses, location="lower right", markevery=5)
    press_axis.set(xlabel="line since the pen was set down (mm)", ylim=(0, 130))
    press_axis.set_ylabel("pressure (% of the hand's usual)")
    alt = "How the time of a stroke grows with its length, and the pressure where a line begins"
    show(figure, f"{alt}. {'; '.join(told)}.")


def strokes_of(trace: Trace) -> pd.DataFrame:
    """Return a row for each stroke on paper: its length in `mm`, its time in `s`.

    A stroke counts until the next one begins; the last one and the shortest are left out.
    """
    seconds = trace.time[1] - trace.time[0]  # of a sample
    samples = pd.DataFrame({"stroke": trace.stroke, "mm": trace.speed * seconds, "s": seconds})
    samples = samples[trace.down & (trace.stroke < trace.stroke.max())]
    strokes = samples.groupby("stroke").sum()
    return strokes[strokes["mm"] >= SHORTEST]


def power_of(lengths: np.ndarray, times: np.ndarray) -> float:
    """Return by which power of a stroke's length its time grows: 0 if not at all."""
    slope, _ = np.polyfit(np.log(lengths), np.log(times), deg=1)
    return float(slope)


def times_by_length(traces: Sequence[Trace]) -> tuple[np.ndarray, np.ndarray]:
    """Return lengths (mm) and the median time (s) of strokes about as long, of all traces."""
    strokes = pd.concat([strokes_of(trace) for trace in traces])
    bins = pd.cut(strokes["mm"], LENGTHS)
    sorted_in = strokes.groupby(bins, observed=True)
    medians = sorted_in.median()[sorted_in.size() >= LEAST_STROKES]
    return medians["mm"].to_numpy(), medians["s"].to_numpy()


def pressure_near_start(trace: Trace) -> np.ndarray:
    """Return the mean pressure at `NEAR_START` mm after the pen is set down, as a share.

    It is a share of what this trace has at the median. Shorter lines are left out.
    """
    usual = np.median(trace.pressure[trace.down])
    run = np.cumsum(np.diff(trace.down, prepend=False))  # odd: a line; even: a way through the air
    lines = []
    for number in np.unique(run[trace.down]):
        is_line = run == number
        way = np.cumsum(trace.speed[is_line]) * (trace.time[1] - trace.time[0])  # mm
        if way[-1] >= NEAR_START[-1]:
            lines.append(np.interp(NEAR_START, way, trace.pressure[is_line]) / usual)
    return np.mean(lines, axis=0) if lines else np.full(len(NEAR_START), np.nan)
