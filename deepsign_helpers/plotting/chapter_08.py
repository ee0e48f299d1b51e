"""Figures of chapter 08: two signatures upon each other, a line, signals, and where they differ."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.spatial import KDTree

from deepsign_helpers import evaluation
from deepsign_helpers.plotting.style import (
    NEUTRAL,
    PALETTE,
    STYLES,
    curves,
    draw_image,
    new_figure,
    show,
)
from deepsign_helpers.strokes import Laid, Line

__all__ = [
    "show_agreement",
    "show_line",
    "show_map",
    "show_roc_panels",
    "show_upon",
    "show_ways",
]

# Of a panel's longer side: what is drawn at the edge of a signature still has paper around it.
ROOM = 0.03
# Pixels to either side of its middle that a figure of one place shows: a letter or two.
PLACE = (36, 64)
TICKS = 4  # one tick of direction in so many points: more would touch
TICK = 2.2  # pixels, half of a tick's length

# Cool to warm, and readable by the colour-blind; its light end still stands out from paper.
COLOURS = "viridis_r"


def show_upon(moved: Mapping[str, np.ndarray], upon: np.ndarray) -> None:
    """Show points of one signature upon those of another, a panel for each way to lay them.

    Parameters
    ----------
    moved : dict of float arrays, shape (n, 2), pixels
        By title the points of the questioned signature, x and y downwards.
    upon : float array, shape (m, 2), pixels
        Those of the reference.

    Examples
    --------
    >>> corners = np.array([[0.0, 0], [9, 0], [9, 9], [0, 9]])
    >>> show_upon({"as scanned": corners + 3, "shifted": corners}, corners)
    <IPython.core.display.Image object>
    """
    rows = -(-len(moved) // 2)  # rounded up
    figure, axes = new_figure(rows, 2, height=0.3 + 1.7 * rows, squeeze=False)
    gaps = []
    for axis, (title, points) in zip(axes.flat, moved.items(), strict=False):
        axis.plot(*upon.T, ".", color=NEUTRAL, markersize=1, label="reference")
        axis.plot(*points.T, ".", color=PALETTE[1], markersize=1, label="questioned")
        distance, _ = KDTree(upon).query(points)
        gaps.append(f"{title}: {distance.mean():.1f} pixels")
        axis.set_title(gaps[-1], fontsize=8)
        frame_points(axis, np.concatenate([points, upon]))
    for spare in axes.flat[len(moved) :]:
        spare.axis("off")
    key = {"loc": "outside lower center", "frameon": False}
    figure.legend(*axes[0, 0].get_legend_handles_labels(), ncols=2, markerscale=8, **key)
    show(
        figure,
        "A questioned signature upon a reference; mean distance from a point of its ink to the "
        f"nearest of the reference's: {'; '.join(gaps)}.",
    )


def frame_points(axis: Axes, points: np.ndarray) -> None:
    """Let an axis show all points at one scale, y downwards, without ticks."""
    low = points.min(axis=0)
    high = points.max(axis=0)
    room = ROOM * np.max(high - low)
    axis.set(xlim=(low[0] - room, high[0] + room), ylim=(high[1] + room, low[1] - room))
    axis.set(aspect="equal", xticks=[], yticks=[])
    axis.spines[:].set(visible=True, color=NEUTRAL, linewidth=0.5)


def show_line(page: np.ndarray, line: Line, place: tuple[float, float]) -> None:
    """Show a place of a signature: its ink, and on it the line, its direction and its darkness.

    Parameters
    ----------
    page : uint8 array, shape (height, width)
        What the line was traced on.
    line : Line
        As `trace_line` returns it, of a page that lay straight.
    place : (float, float), pixels
        x and y of the middle of what is shown.

    Examples
    --------
    >>> from deepsign_helpers.strokes import line_of_ink
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[97:103, 50:350] = 30
    >>> show_line(page, line_of_ink(page), place=(200, 100))
    <IPython.core.display.Image object>
    """
    x, y = line.on_page.T
    is_near = (np.abs(x - place[0]) < PLACE[1]) & (np.abs(y - place[1]) < PLACE[0])
    figure, axes = new_figure(1, 3, height=1.9)
    for axis, title in zip(axes, ("the middle", "its direction", "its darkness"), strict=True):
        draw_image(axis, page, title)
        axis.set(xlim=(place[0] - PLACE[1], place[0] + PLACE[1]))
        axis.set(ylim=(place[1] + PLACE[0], place[1] - PLACE[0]))
    axes[0].plot(x[is_near], y[is_near], ".", color=PALETTE[1], markersize=3)

    few = np.flatnonzero(is_near)[::TICKS]
    steps = TICK * np.stack([np.cos(line.direction[few]), np.sin(line.direction[few])])
    for axis in axes[1:]:  # faint ink, so that what lies on it is seen
        axis.images[0].set_alpha(0.3)
    starts = np.stack([x[few], y[few]]) - steps
    stops = np.stack([x[few], y[few]]) + steps
    axes[1].plot([starts[0], stops[0]], [starts[1], stops[1]], color=PALETTE[1], linewidth=1.5)

    darkness = line.darkness
    drawn = axes[2].scatter(x[is_near], y[is_near], 7, darkness[is_near], cmap=COLOURS, vmin=0)
    figure.colorbar(drawn, ax=axes[2], label="share of full ink", shrink=0.7)
    low, high = np.quantile(darkness, [0.1, 0.9])
    show(
        figure,
        f"A place of a signature in three panels: {is_near.sum()} of the {len(x)} points of its "
        "line, the line's direction as ticks, and its darkness as colour; over the whole line "
        f"four in five points have between {low:.2f} and {high:.2f} of full ink.",
    )


def show_agreement(laid: Mapping[str, Laid]) -> None:
    """Show lines laid upon a reference, coloured by how well each point agrees with it.

    Parameters
    ----------
    laid : dict of Laid
        By title, as `lay` returns them.

    Examples
    --------
    >>> from deepsign_helpers.strokes import lay, line_of_ink
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[97:103, 50:350] = 30
    >>> line = line_of_ink(page)
    >>> show_agreement({"itself": lay(line, line)})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(laid), height=1.9, squeeze=False)
    means = []
    for axis, (title, one) in zip(axes.flat, laid.items(), strict=True):
        means.append(f"{title}: mean agreement {one.there.agreement.mean():.2f}")
        axis.plot(*one.upon.points.T, ".", color=NEUTRAL, markersize=1.5, label="reference")
        drawn = axis.scatter(
            *one.line.points.T, 6, one.there.agreement, cmap=COLOURS, vmin=0, vmax=1
        )
        axis.set_title(means[-1], fontsize=8)
        frame_points(axis, np.concatenate([one.line.points, one.upon.points]))
    key = {"loc": "outside lower center", "frameon": False}
    figure.legend(*axes[0, 0].get_legend_handles_labels(), markerscale=5, **key)
    figure.colorbar(drawn, ax=axes, label="agreement (0 to 1)")
    show(figure, f"Lines laid upon a reference, coloured by agreement. {'; '.join(means)}.")


def show_roc_panels(panels: Mapping[str, Mapping[str, tuple]]) -> None:
    """Show ROC curves side by side: genuine signatures accepted over forgeries accepted.

    Parameters
    ----------
    panels : dict of dict of (float array, int array)
        Under the title of a panel and the name of a curve scores, higher means more alike, and
        labels, 1 for genuine and 0 for forged. At most four curves in a panel.

    Examples
    --------
    >>> labels = np.repeat([1, 0], 40)
    >>> scores = np.random.default_rng(0).normal(labels)
    >>> show_roc_panels({"one signal": {"alone": (scores, labels)}})
    <IPython.core.display.Image object>
    """
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = new_figure(
        rows, columns, height=2.5 * rows, squeeze=False, sharex=True, sharey=True
    )
    told = []
    for axis, (title, scored) in zip(axes.flat, panels.items(), strict=False):
        drawn = {}
        for name, (scores, labels) in scored.items():
            accept, accepted = evaluation.roc(scores, labels)
            error = 100 * evaluation.equal_error_rate(scores, labels)
            drawn[f"{name}, EER {error:.1f} %"] = (100 * accept, 100 * accepted)
        told.append(f"{title}: {'; '.join(drawn)}")
        curves(axis, drawn, "lower right", marker="")
        # Where a curve crosses this line, both errors are equal; it ends before the legend.
        axis.plot([0, 60], [100, 40], color=NEUTRAL, linewidth=0.7)
        axis.set_title(title, fontsize=8)
    for spare in axes.flat[len(panels) :]:
        spare.axis("off")
    for axis in axes[-1]:
        axis.set_xlabel("forgeries accepted (%)")
    for axis in axes[:, 0]:
        axis.set_ylabel("genuine accepted (%)")
    show(figure, f"ROC curves, generated signatures. {'. '.join(told)}.")


def show_ways(rates: Mapping[str, pd.DataFrame]) -> None:
    """Show error rates of ways to make a score, place by place, a panel for each encoder.

    Parameters
    ----------
    rates : dict of DataFrame
        By the title of a panel: place, score (which way; at most four), and skilled, "skilled from"
        and "skilled to" (%). All have the same places and ways, in the same order.

    Examples
    --------
    >>> ways = {"place": ["home", "home"], "score": ["one", "other"], "skilled": [20, 10]}
    >>> of_one = pd.DataFrame(ways | {"skilled from": [18, 9], "skilled to": [22, 11]})
    >>> show_ways({"an encoder": of_one})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(rates), height=3.0, squeeze=False, sharex=True, sharey=True)
    told = []
    for axis, (title, table) in zip(axes.flat, rates.items(), strict=True):
        places = list(table["place"].unique())
        names = list(table["score"].unique())
        of_panel = []
        for row, (name, style) in enumerate(zip(names, STYLES, strict=False)):
            one = table[table["score"] == name]
            # The ways lie below each other about their place's tick.
            height = [places.index(place) + 0.17 * (row - 1.5) for place in one["place"]]
            below = one["skilled"] - one["skilled from"]
            above = one["skilled to"] - one["skilled"]
            marks = {"fmt": style["marker"], "color": style["color"], "markersize": 4}
            axis.errorbar(
                one["skilled"], height, xerr=[below, above], label=name, linewidth=1, **marks
            )
            rounded = ", ".join(f"{rate:.1f}" for rate in one["skilled"])
            of_panel.append(f"{name} {rounded}")
        axis.set_yticks(range(len(places)), places)
        axis.set_title(title, fontsize=8)
        axis.set_xlabel("skilled EER (%)")
        told.append(f"{title}: {'; '.join(of_panel)}")
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_xlim(left=0)
    key = {"loc": "outside lower center", "frameon": False, "ncols": 2}
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **key)
    show(
        figure,
        f"Skilled EER (%) with intervals, for {', '.join(places)} in turn. {'. '.join(told)}.",
    )


def show_map(page: np.ndarray, differences: np.ndarray, truth: np.ndarray) -> None:
    """Show where a questioned signature differs, and where it truly strays.

    A ring marks the place that either thinks worst of.

    Parameters
    ----------
    page : uint8 array, shape (height, width)
        The questioned signature.
    differences : float array, shape (height, width), radii
        As `strokes.paint` spreads them; NaN where no stroke is.
    truth : float array, shape (height, width), mm
        As `synthesis.render_with_truth` returns it.

    Examples
    --------
    >>> page = np.full((20, 40), 255, np.uint8)
    >>> page[9:12, 5:35] = 30
    >>> differences = np.where(page < 255, np.arange(40) / 100, np.nan)
    >>> show_map(page, differences, np.nan_to_num(differences))
    <IPython.core.display.Image object>
    """
    panels = {
        "what the map says (radii)": differences,
        "how far the ink strays (mm)": np.where(truth > 0, truth, np.nan),
    }
    figure, axes = new_figure(1, 2, height=2.0)
    told = []
    for axis, (title, values) in zip(axes, panels.items(), strict=True):
        draw_image(axis, page, title)
        drawn = axis.imshow(values, cmap=COLOURS, vmin=0, interpolation="nearest")
        row, column = np.unravel_index(np.nanargmax(values), values.shape)
        ring = {"markersize": 14, "markerfacecolor": "none", "color": PALETTE[1]}
        axis.plot(column, row, "o", label="largest", linestyle="", **ring)
        figure.colorbar(drawn, ax=axis, shrink=0.8)
        told.append(f"{title}: largest {values[row, column]:.2f} at x {column}, y {row} pixels")
    key = {"loc": "outside lower center", "frameon": False}
    figure.legend(*axes[0].get_legend_handles_labels(), **key)
    show(figure, f"A questioned signature coloured in two ways. {'; '.join(told)}.")
