"""One look for every figure: palette, width, and alternative text that cannot be forgotten."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STYLE_SHEET = Path(__file__).with_name("course.mplstyle")
SETTINGS = mpl.rc_params_from_file(STYLE_SHEET, use_default_template=False)
PALETTE = SETTINGS["axes.prop_cycle"].by_key()["color"]
NEUTRAL = "#555555"

# Each differs from the others in colour, in line and in marker: any one of them is enough to tell.
GENUINE = {"color": PALETTE[0], "linestyle": "-", "marker": "o"}
FORGED = {"color": PALETTE[1], "linestyle": "--", "marker": "x"}
RANDOM = {"color": PALETTE[2], "linestyle": ":", "marker": "^"}
FOURTH = {"color": PALETTE[3], "linestyle": "-.", "marker": "s"}
STYLES = (GENUINE, FORGED, RANDOM, FOURTH)
OF_KIND = {"genuine": GENUINE, "forged": FORGED, "skilled": FORGED, "random": RANDOM}
HATCH_OF = dict(zip(PALETTE, ("", "//", "..", "xx"), strict=False))

PIXELS_PER_INCH = 100
MAXIMUM_WIDTH = 700  # pixels: what a page of the course has room for
TITLE_HEIGHT = 0.25  # inches: a row of images needs this much for its titles


def new_figure(
    rows: int = 1, columns: int = 1, height: float = 2.6, width: float = 7.0, **options
) -> tuple:
    """Return a figure of the course's look and its axes.

    The figure belongs to nobody: pyplot does not hold it, so it is drawn once, by `show`, and then
    forgotten.

    Parameters
    ----------
    rows, columns : int
        How the axes are arranged.
    height, width : float, inches
        Of the figure; an inch has 100 pixels.
    **options
        Passed on to Matplotlib's `Figure.subplots`.

    Returns
    -------
    (Figure, Axes or array of Axes)
    """
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width, height), dpi=PIXELS_PER_INCH)
        axes = figure.subplots(rows, columns, **options)
    return figure, axes


def draw_image(axes: Axes, image: np.ndarray, title: str = "") -> None:
    """Draw a signature without ticks and in a thin frame: paper white, ink dark, prepared or not.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    image : uint8 array, shape (height, width), or float32 array, shape (height, width, 1)
        Paper 255; or prepared: paper 0.0 and ink up to 1.0.
    title : str
        Stands above the image.
    """
    is_prepared = image.dtype != np.uint8
    if is_prepared:
        axes.imshow(image.squeeze(), cmap="gray_r", vmin=0, vmax=1)
    else:
        axes.imshow(image.squeeze(), cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=8)
    axes.spines[:].set(visible=True, color=NEUTRAL, linewidth=0.5)


def outlines(
    axis: Axes, values: Mapping[str, np.ndarray], edges: np.ndarray, styles: Iterable[dict] = STYLES
) -> dict:
    """Draw the outline of a histogram for each name.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    values : dict of float arrays
        What to count, by name.
    edges : float array
        Of the bins, rising.
    styles : iterable of dict
        Taken in turn; but a kind of signature has its own style.

    Returns
    -------
    dict of float arrays, per cent
        For each name the shares of its values between the edges.
    """
    shares = {}
    for (name, numbers), fallback in zip(values.items(), styles, strict=False):
        counts, _ = np.histogram(numbers, edges)
        shares[name] = 100 * counts / len(numbers)
        style = OF_KIND.get(name, fallback)
        axis.stairs(
            shares[name],
            edges,
            label=name,
            color=style["color"],
            linestyle=style["linestyle"],
            linewidth=1.4,
        )
    return shares


def curves(axis: Axes, points: Mapping[str, tuple], location: str = "best", **options) -> None:
    """Draw a line through points (x, y) for each name, each in a style of its own, and a legend.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    points : dict of (float array, float array)
        The x and the y of the points, by name.
    location : str
        Of the legend, as Matplotlib calls it.
    **options
        Passed on to Matplotlib's `plot`, for every line.
    """
    for (name, (x, y)), style in zip(points.items(), STYLES, strict=False):
        axis.plot(x, y, label=name, **style | options)
    axis.legend(frameon=False, loc=location)


def bars(axis: Axes, values: Mapping[str, float], fmt: str) -> None:
    """Draw a bar for each name, the first on top, with its value as `fmt` writes it."""
    colors = [OF_KIND.get(name, GENUINE)["color"] for name in values]
    drawn = axis.barh(
        y=list(values),
        width=list(values.values()),
        height=0.7,
        color=colors,
        hatch=[HATCH_OF[color] for color in colors],
        edgecolor="white",
    )
    axis.bar_label(drawn, fmt=fmt, padding=3)
    room_for_labels = 1.3 * max(values.values())
    axis.set(xlim=(0, room_for_labels), ylim=(len(values) - 0.5, -0.5))


def grouped_bars(axis: Axes, table: pd.DataFrame, fmt: str) -> None:
    """Draw two upright bars for each row of a table, one for each column, with its value."""
    places = np.arange(len(table))
    for (name, values), fallback, shift in zip(table.items(), STYLES, (-0.2, 0.2), strict=False):
        color = OF_KIND.get(name, fallback)["color"]
        drawn = axis.bar(
            places + shift,
            values,
            width=0.38,
            color=color,
            hatch=HATCH_OF[color],
            edgecolor="white",
            label=name,
        )
        axis.bar_label(drawn, fmt=fmt, fontsize=7)
    axis.set_xticks(places, table.index)
    axis.margins(y=0.1)


def as_png(figure: Figure) -> bytes:
    """Return a figure as a PNG file, drawn in the course's look."""
    with mpl.rc_context(SETTINGS), io.BytesIO() as picture:
        figure.savefig(picture, format="png")
        return picture.getvalue()


def show(figure: Figure, alt: str, note: str = "") -> None:
    """Display a figure as PNG with its alternative text.

    Parameters
    ----------
    figure : Figure
        As `new_figure` returns it, and drawn upon.
    alt : str
        The alternative text, computed from what was drawn.
    note : str
        A sentence that the alternative text is to begin with.

    Raises
    ------
    ValueError
        If the text holds no digit, for it must state the number that the figure is about; or if the
        figure is wider than 700 pixels.

    Examples
    --------
    >>> figure, axis = new_figure(height=2.0)
    >>> drawn = axis.plot([1, 2])
    >>> show(figure, "A line from 1 to 2.")
    <IPython.core.display.Image object>
    """
    text = f"{note} {alt}".strip()
    if not any(character.isdigit() for character in text):
        raise ValueError("a figure needs alternative text that states the number it is about")
    if figure.get_figwidth() * figure.dpi > MAXIMUM_WIDTH:
        raise ValueError(
            f"a figure is at most {MAXIMUM_WIDTH} pixels wide; this one would be wider"
        )
    picture = Image(as_png(figure), format="png", alt=text)
    display(picture, metadata={"image/png": {"alt": text}})


def show_images(
    images: Mapping[str, np.ndarray] | Iterable[tuple[str, np.ndarray]],
    columns: int = 3,
    width: float = 7.0,
    note: str = "",
) -> None:
    """Show images row by row, each in a frame under its title.

    The alternative text says how many they are, how large, and under which titles.

    Parameters
    ----------
    images : dict or iterable of (str, array)
        Titles and images, as `draw_image` takes them.
    columns : int
        How many images stand in a row.
    width : float, inches
        Of the figure.
    note : str
        A sentence that the alternative text is to begin with.

    Examples
    --------
    >>> from deepsign_helpers import plotting
    >>> blank = np.full((20, 40), 255, np.uint8)
    >>> plotting.show_images({"no ink": blank, "no ink either": blank}, columns=2)
    <IPython.core.display.Image object>
    """
    pairs = list(images.items() if isinstance(images, Mapping) else images)
    titles = [title for title, _ in pairs]
    drawn = [image for _, image in pairs]
    rows = -(-len(drawn) // columns)  # rounded up
    tallest = max(image.shape[0] / image.shape[1] for image in drawn)
    row_height = TITLE_HEIGHT + (width - 0.2) / columns * tallest
    figure, axes = new_figure(rows, columns, row_height * rows, width, squeeze=False)
    for axis, title, image in zip(axes.flat, titles, drawn, strict=False):
        draw_image(axis, image, title)
    for spare in axes.flat[len(drawn) :]:
        spare.axis("off")
    show(figure, describe_images(titles, drawn), note)


def describe_images(titles: Sequence[str], images: Sequence[np.ndarray]) -> str:
    """Return a sentence on images: how many, how large (height × width), and under which titles.

    Examples
    --------
    >>> page = np.full((20, 40), 255, np.uint8)
    >>> describe_images(["clean", "fax"], [page, page])
    '2 images of 20 × 40 pixels: clean; fax.'
    >>> describe_images(["reference", "reference", "1"], [page, page, page[:10]])
    '3 images of 10 × 40 to 20 × 40 pixels: 2 × reference; 1.'
    """
    sizes = sorted({image.shape[:2] for image in images}, key=np.prod)
    smallest = "{} × {}".format(*sizes[0])
    largest = "{} × {}".format(*sizes[-1])
    size = smallest if smallest == largest else f"{smallest} to {largest}"
    number = "1 image" if len(images) == 1 else f"{len(images)} images"
    listed = [
        title if count == 1 else f"{count} × {title}"
        for title, count in Counter(titles).items()
        if title
    ]
    text = f"{number} of {size} pixels"
    return f"{text}: {'; '.join(listed)}." if listed else f"{text}."


def say(text: str) -> None:
    """Display a sentence that the cell has just put its numbers into, as Markdown.

    Examples
    --------
    >>> say(f"Of {20} signatures, *{10}* are forged.")
    <IPython.core.display.Markdown object>
    """
    display(Markdown(text))
