"""One look for every figure: palette, width, and alternative text that cannot be forgotten."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SETTINGS = mpl.rc_params_from_file(
    Path(__file__).with_name("course.mplstyle"), use_default_template=False
)
PALETTE = SETTINGS["axes.prop_cycle"].by_key()["color"]
GENUINE = {"color": PALETTE[0], "linestyle": "-", "marker": "o"}
FORGED = {"color": PALETTE[1], "linestyle": "--", "marker": "x"}
RANDOM = {"color": PALETTE[2], "linestyle": ":", "marker": "^"}
NEUTRAL = "#555555"
OF_KIND = {"genuine": GENUINE, "forged": FORGED, "skilled": FORGED, "random": RANDOM}
STYLES = (GENUINE, FORGED, RANDOM, {"color": PALETTE[3], "linestyle": "-.", "marker": "s"})
HATCH_OF = dict(zip(PALETTE, ("", "//", "..", "xx"), strict=False))
MAXIMUM_WIDTH = 700  # pixels


def new_figure(
    rows: int = 1, columns: int = 1, height: float = 2.6, width: float = 7.0, **options
) -> tuple:
    """Return a figure of the course's look and its axes; `height` and `width` in inches, 100 pixels each.

    The figure belongs to nobody: pyplot does not hold it, so it is drawn once, by `show`, and then forgotten.
    """
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width, height), dpi=100)
        return figure, figure.subplots(rows, columns, **options)


def draw_image(axes: Axes, image: np.ndarray, title: str = "") -> None:
    """Draw a signature on one pair of axes, without ticks and in a thin frame: paper white, ink dark, prepared or not.

    Parameters
    ----------
    image : uint8 (height, width), paper 255, or float32 (height, width, 1), paper 0.0 and ink up to 1.0
    """
    prepared = image.dtype != np.uint8
    axes.imshow(
        image.squeeze(), cmap="gray_r" if prepared else "gray", vmin=0, vmax=1 if prepared else 255
    )
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=8)
    axes.spines[:].set(visible=True, color=NEUTRAL, linewidth=0.5)


def outlines(
    axis: Axes, values: Mapping[str, np.ndarray], edges: np.ndarray, styles: Iterable[dict] = STYLES
) -> dict:
    """Draw the outline of a histogram for each name, and return the shares (%) of its values between the edges.

    A kind of signature has its own style; other names take `styles` in turn.
    """
    shares = {name: 100 * np.histogram(some, edges)[0] / len(some) for name, some in values.items()}
    for (name, share), fallback in zip(shares.items(), styles, strict=False):
        style = OF_KIND.get(name, fallback)
        axis.stairs(
            share,
            edges,
            label=name,
            color=style["color"],
            linestyle=style["linestyle"],
            linewidth=1.4,
        )
    return shares


def curves(axis: Axes, points: Mapping[str, tuple], location: str = "best", **options) -> None:
    """Draw a line through points (x, y) for each name, each in its own style, and a legend at `location`."""
    for (name, (x, y)), style in zip(points.items(), STYLES, strict=False):
        axis.plot(x, y, label=name, **style | options)
    axis.legend(frameon=False, loc=location)


def bars(axis: Axes, values: Mapping[str, float], fmt: str) -> None:
    """Draw a bar for each name, the first on top, with its value as `fmt` writes it."""
    colors = [OF_KIND.get(name, GENUINE)["color"] for name in values]
    hatches, look = [HATCH_OF[color] for color in colors], {"height": 0.7, "edgecolor": "white"}
    drawn = axis.barh(list(values), list(values.values()), color=colors, hatch=hatches, **look)
    axis.bar_label(drawn, fmt=fmt, padding=3)
    axis.set(xlim=(0, 1.3 * max(values.values())), ylim=(len(values) - 0.5, -0.5))


def grouped_bars(axis: Axes, table: pd.DataFrame, fmt: str) -> None:
    """Draw a group of two upright bars for each row of a table, one for each column, with its value above it."""
    for (name, values), fallback, shift in zip(table.items(), STYLES, (-0.2, 0.2), strict=False):
        look = {"color": OF_KIND.get(name, fallback)["color"], "edgecolor": "white", "label": name}
        drawn = axis.bar(
            np.arange(len(table)) + shift, values, 0.38, hatch=HATCH_OF[look["color"]], **look
        )
        axis.bar_label(drawn, fmt=fmt, fontsize=7)
    axis.set_xticks(range(len(table)), table.index)
    axis.margins(y=0.1)


def as_png(figure: Figure) -> bytes:
    """Return a figure as a PNG file, drawn in the course's look."""
    with mpl.rc_context(SETTINGS), io.BytesIO() as picture:
        figure.savefig(picture, format="png")
        return picture.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Display a figure as PNG with its alternative text, which must say the number that the figure is about.

    Raises
    ------
    ValueError
        If the text is missing or holds no digit, or the figure is wider than 700 pixels.
    """
    if not any(character.isdigit() for character in alt):
        raise ValueError("a figure needs alternative text that states the number it is about")
    if figure.get_figwidth() * figure.dpi > MAXIMUM_WIDTH:
        raise ValueError(
            f"a figure is at most {MAXIMUM_WIDTH} pixels wide; this one would be wider"
        )
    display(Image(as_png(figure), format="png", alt=alt), metadata={"image/png": {"alt": alt}})


def show_images(
    images: Iterable[tuple[str, np.ndarray]], alt: str, columns: int = 3, width: float = 7.0
) -> None:
    """Show images row by row, each in a frame under its title.

    Parameters
    ----------
    images : a title and an image, as `draw_image` takes it, for each; or the items of a dict of such
    width : of the figure, in inches
    """
    images = list(images)
    rows = -(-len(images) // columns)
    height = (
        0.25 + (width - 0.2) / columns * max(image.shape[0] / image.shape[1] for _, image in images)
    ) * rows
    figure, axes = new_figure(rows, columns, height, width, squeeze=False)
    for axis, (title, image) in zip(axes.flat, images, strict=False):
        draw_image(axis, image, title)
    for axis in axes.flat[len(images) :]:
        axis.axis("off")
    show(figure, alt)


def say(text: str) -> None:
    """Display a sentence that the cell has just put its numbers into, as Markdown."""
    display(Markdown(text))
