"""Figures of chapter 04: what a convolution answers, what a layer costs, how far a feature sees.

Each function draws one figure and computes its alternative text from the data that it draws.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from scipy.spatial.distance import cdist

from deepsign_helpers.plotting.style import (
    NEUTRAL,
    STYLES,
    curves,
    draw_image,
    grouped_bars,
    new_figure,
    show,
)

__all__ = [
    "show_activation_spread",
    "show_convolutions",
    "show_embedding_maps",
    "show_layer_costs",
    "show_receptive_fields",
]

VIEW_MARGIN = 2  # pixels left free around an image and the largest square drawn over it


def show_convolutions(image: np.ndarray, answers: Mapping[str, np.ndarray]) -> None:
    """Show the middle of a prepared signature and what kernels answer to it.

    A positive answer is purple, a negative one orange; all answers share one scale.
    Derived in chapter 04, *One convolution*.

    Parameters
    ----------
    image : float32, shape (height, width, 1), paper 0.0, ink up to 1.0
        The prepared signature.
    answers : mapping from str to float, shape (height, width)
        The name of each kernel, and what it answers at each place.

    Examples
    --------
    >>> image = np.eye(8, dtype="float32")[..., None]
    >>> show_convolutions(image, {"the image itself": image[..., 0]})
    <IPython.core.display.Image object>
    """
    height, width = image.shape[:2]
    rows = slice(height // 4, height - height // 4)
    columns = slice(width // 4, width - width // 4)
    strongest = max(np.abs(answer).max() for answer in answers.values())

    figure, axes = new_figure(1, 1 + len(answers), height=1.5)
    draw_image(axes[0], image[rows, columns], "middle of the signature")
    for axis, (name, answer) in zip(axes[1:], answers.items(), strict=True):
        axis.imshow(answer[rows, columns], cmap="PuOr", vmin=-strongest, vmax=strongest)
        axis.set_title(name, fontsize=8)
        axis.axis("off")

    ranges = [
        f"{name}: answers from {answer.min():.1f} to {answer.max():.1f}"
        for name, answer in answers.items()
    ]
    what = f"A signature and what {len(answers)} hand-made 3×3 kernels answer to it."
    show(figure, f"{what} {'; '.join(ranges)}.")


def show_layer_costs(table: pd.DataFrame) -> None:
    """Show which share of an encoder's parameters and of its arithmetic each layer has.

    Only layers that multiply are drawn. Derived in chapter 04, *Counting by hand*.

    Parameters
    ----------
    table : DataFrame
        As `encoders.layer_table` returns it: a row for each layer, with its name (`layer`), its
        `parameters` and its multiply-accumulates for one image (`macs`).

    Examples
    --------
    >>> layers = pd.DataFrame({"layer": ["first", "pool", "second"]})
    >>> show_layer_costs(layers.assign(parameters=[9, 0, 27], macs=[90, 0, 30]))
    <IPython.core.display.Image object>
    """
    costs = table[table["macs"] > 0].set_index("layer")[["parameters", "macs"]]
    shares = 100 * costs / costs.sum()

    figure, axis = new_figure(height=2.6)
    grouped_bars(axis, shares.rename(columns={"macs": "multiply-accumulates"}), "%.0f")
    axis.set_ylabel("share of the encoder (%)")
    axis.legend(frameon=False, loc="upper left")

    heaviest = shares["parameters"].idxmax()
    busiest = shares["macs"].idxmax()
    show(
        figure,
        f"Bars for each layer: {heaviest} holds {shares['parameters'].max():.0f} % of the "
        f"parameters; {busiest} does {shares['macs'].max():.0f} % of the arithmetic.",
    )


def show_receptive_fields(images: Sequence[np.ndarray], sides: Mapping[str, int]) -> None:
    """Show, over one signature at several sizes, the square that a layer's middle cell sees.

    Derived in chapter 04, *How far does a feature see?*

    Parameters
    ----------
    images : sequence of float32, shape (height, width, 1), paper 0.0, ink up to 1.0
        The same signature, prepared at several sizes.
    sides : mapping from str to int, pixels
        The name of each layer and the side of its square, in the order of the layers.

    Examples
    --------
    >>> show_receptive_fields([np.zeros((32, 64, 1), "float32")], {"first": 3, "second": 8})
    <IPython.core.display.Image object>
    """
    largest = max(sides.values())
    # (height, width) of what each panel shows: the whole image and the whole of the largest square
    views = [np.maximum(image.shape[:2], largest) + VIEW_MARGIN for image in images]
    proportions = [width / height for height, width in views]

    figure, axes = new_figure(1, len(images), height=2.6, width_ratios=proportions, squeeze=False)
    for axis, image, view in zip(axes[0], images, views, strict=True):
        draw_receptive_fields(axis, image, sides, view)
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(sides),
        frameon=False,
    )

    *_, last_layer = sides
    side = sides[last_layer]
    shares = [f"{side / image.shape[0]:.0%} of a height of {image.shape[0]}" for image in images]
    show(
        figure,
        f"Squares over a signature: one cell of {last_layer} sees {side}×{side} pixels, "
        f"{' and '.join(shares)}.",
    )


def draw_receptive_fields(
    axis: Axes, image: np.ndarray, sides: Mapping[str, int], view: np.ndarray
) -> None:
    """Draw a prepared image, its edge, and a square of each side around its middle.

    `view` is the height and width of what the axes show, in pixels.
    """
    height, width = image.shape[:2]
    middle_row = (height - 1) / 2
    middle_column = (width - 1) / 2
    draw_image(axis, image, f"{height}×{width} pixels")
    axis.axis("off")

    for (layer, side), style in zip(sides.items(), STYLES, strict=False):
        corner = (middle_column - side / 2, middle_row - side / 2)
        square = Rectangle(
            corner,
            side,
            side,
            fill=False,
            color=style["color"],
            linestyle=style["linestyle"],
            linewidth=1.8,
            label=f"{layer}: {side} px",
        )
        axis.add_patch(square)
    edge = Rectangle((-0.5, -0.5), width, height, fill=False, color=NEUTRAL, linewidth=0.5)
    axis.add_patch(edge)

    shown_height, shown_width = view
    axis.set_ylim(middle_row + shown_height / 2, middle_row - shown_height / 2)
    axis.set_xlim(middle_column - shown_width / 2, middle_column + shown_width / 2)


def show_activation_spread(spreads: pd.DataFrame) -> None:
    """Show how widely values spread after each convolution, for several ways of scaling them.

    The axis is logarithmic. Derived in chapter 04, *Batch normalisation and unit length*.

    Parameters
    ----------
    spreads : DataFrame
        Standard deviations: a row for each layer, from the image upwards, and a column for each
        way of scaling.

    Examples
    --------
    >>> spreads = pd.DataFrame({"left alone": [0.1, 0.01]}, index=["first", "second"])
    >>> show_activation_spread(spreads)
    <IPython.core.display.Image object>
    """
    lines = {name: (spread.index, spread) for name, spread in spreads.items()}
    figure, axis = new_figure(height=2.4)
    curves(axis, lines)
    axis.set(ylabel="standard deviation (no unit)", yscale="log")

    ends = [
        f"{name}: {spread.iloc[0]:.2g} to {spread.iloc[-1]:.2g}" for name, spread in spreads.items()
    ]
    what = "Standard deviation of the values after each convolution, first to last."
    show(figure, f"{what} {'; '.join(ends)}.")


def show_embedding_maps(maps: Mapping[str, pd.DataFrame]) -> None:
    """Show embeddings on a plane: a colour for each writer, dots genuine, crosses forged.

    Derived in chapter 04, *A map of the embeddings*.

    Parameters
    ----------
    maps : mapping from str to DataFrame
        The title of each panel, and a table with the columns `x`, `y`, `writer` (six of them at
        most) and `kind`.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [0, 1], "y": [0, 1], "writer": "ann", "kind": "genuine"})
    >>> show_embedding_maps({"untrained": table})
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(maps), height=3.2, squeeze=False)
    for axis, (title, table) in zip(axes[0], maps.items(), strict=True):
        draw_embeddings(axis, table)
        axis.locator_params(axis="x", nbins=5)
        axis.set(
            title=title, xlabel="first principal component", ylabel="second principal component"
        )

    shares = [
        f"{title}, the nearest neighbour of {share_beside_own(table):.0%} "
        "of the genuine signatures is the same writer's"
        for title, table in maps.items()
    ]
    show(figure, f"Embeddings on a plane. {'; '.join(shares)}.")


def draw_embeddings(axis: Axes, table: pd.DataFrame) -> None:
    """Draw a point for each signature: its colour says whose it is, its marker whether forged."""
    numbers, _ = pd.factorize(table["writer"])
    for (number, kind), points in table.groupby([numbers, "kind"]):
        marker = "o" if kind == "genuine" else "x"
        axis.plot(points["x"], points["y"], marker, color=f"C{number}", markersize=5)


def share_beside_own(table: pd.DataFrame) -> float:
    """Return the share of genuine signatures whose nearest genuine one is the same writer's."""
    genuine = table[table["kind"] == "genuine"]
    places = genuine[["x", "y"]].to_numpy()
    writers = genuine["writer"].to_numpy()

    distances = cdist(places, places)  # (signatures, signatures)
    np.fill_diagonal(distances, np.inf)  # nobody is a neighbour of oneself
    nearest = distances.argmin(axis=1)
    return float(np.mean(writers[nearest] == writers))
