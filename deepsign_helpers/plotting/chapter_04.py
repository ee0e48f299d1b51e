"""Figures of chapter 04: what a convolution makes of a stroke, what a layer costs, and how far a feature sees."""

import numpy as np
import pandas as pd
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

__all__ = ["show_activation_spread", "show_convolutions", "show_embedding_maps"]
__all__ += ["show_layer_costs", "show_receptive_fields"]


def show_convolutions(image: np.ndarray, maps: dict[str, np.ndarray]) -> None:
    """Show the middle of a prepared signature and what kernels answer to it: purple positive, orange negative."""
    middle = tuple(slice(side // 4, side - side // 4) for side in image.shape[:2])
    figure, axes = new_figure(1, 1 + len(maps), height=1.5)
    draw_image(axes[0], image[middle], "middle of the signature")
    reach = max(np.abs(answer).max() for answer in maps.values())
    for axis, (name, answer) in zip(axes[1:], maps.items(), strict=True):
        axis.imshow(answer[middle], cmap="PuOr", vmin=-reach, vmax=reach)
        axis.set_title(name, fontsize=8)
        axis.axis("off")
    told = "; ".join(
        f"{name}: answers from {answer.min():.1f} to {answer.max():.1f}"
        for name, answer in maps.items()
    )
    show(figure, f"A signature and what {len(maps)} hand-made 3×3 kernels answer to it. {told}.")


def show_layer_costs(table: pd.DataFrame) -> None:
    """Show the share of all parameters and of all arithmetic that each layer with a kernel has."""
    costs = table[table["macs"] > 0].set_index("layer")[["parameters", "macs"]]
    shares = (100 * costs / costs.sum()).rename(columns={"macs": "multiply-accumulates"})
    figure, axis = new_figure(height=2.6)
    grouped_bars(axis, shares, "%.0f")
    axis.set_ylabel("share of the encoder (%)")
    axis.legend(frameon=False, loc="upper left")
    (heaviest, busiest), (most, busy) = shares.idxmax(), shares.max()
    told = f"{heaviest} holds {most:.0f} % of the parameters; {busiest} does {busy:.0f} % of the arithmetic"
    show(figure, f"Bars for each layer: {told}.")


def show_receptive_fields(images: list[np.ndarray], sides: dict[str, int]) -> None:
    """Show, on the same signature at several sizes, the square of pixels that the middle cell of a layer sees."""
    views = [np.maximum(image.shape[:2], max(sides.values())) + 2 for image in images]
    figure, axes = new_figure(
        1, len(images), height=2.6, width_ratios=[width / height for height, width in views]
    )
    for axis, image, view in zip(axes, images, views, strict=True):
        draw_image(axis, image, f"{image.shape[0]}×{image.shape[1]} pixels")
        axis.axis("off")
        middle = (np.array(image.shape[:2]) - 1) / 2
        for (layer, side), style in zip(sides.items(), STYLES, strict=False):
            look = {
                "fill": False,
                "color": style["color"],
                "linestyle": style["linestyle"],
                "linewidth": 1.8,
            }
            axis.add_patch(
                Rectangle(
                    (middle - side / 2)[::-1], side, side, label=f"{layer}: {side} px", **look
                )
            )
        axis.add_patch(
            Rectangle((-0.5, -0.5), *image.shape[1::-1], fill=False, color=NEUTRAL, linewidth=0.5)
        )
        axis.set_ylim(middle[0] + view[0] / 2, middle[0] - view[0] / 2)
        axis.set_xlim(middle[1] - view[1] / 2, middle[1] + view[1] / 2)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(sides),
        frameon=False,
    )
    layer, side = list(sides.items())[-1]
    told = " and ".join(
        f"{side / image.shape[0]:.0%} of a height of {image.shape[0]}" for image in images
    )
    show(
        figure, f"Squares over a signature: one cell of {layer} sees {side}×{side} pixels, {told}."
    )


def show_activation_spread(spreads: dict[str, pd.Series]) -> None:
    """Show how widely the values spread after each convolution, on a logarithmic axis, for several ways of scaling."""
    figure, axis = new_figure(height=2.4)
    curves(axis, {name: (spread.index, spread) for name, spread in spreads.items()})
    axis.set(ylabel="standard deviation (no unit)", yscale="log")
    told = "; ".join(
        f"{name}: {spread.iloc[0]:.2g} to {spread.iloc[-1]:.2g}" for name, spread in spreads.items()
    )
    show(figure, f"Standard deviation of the values after each convolution, first to last. {told}.")


def show_embedding_maps(maps: dict[str, pd.DataFrame]) -> None:
    """Show embeddings on a plane, a panel for each encoder: a colour for each writer, dots genuine, crosses forged.

    Parameters
    ----------
    maps : a title, and a table with the columns x, y, writer and kind, for each panel; up to six writers
    """
    figure, axes = new_figure(1, len(maps), height=3.2)
    told = []
    for axis, (title, table) in zip(axes, maps.items(), strict=True):
        for (number, kind), points in table.groupby([pd.factorize(table["writer"])[0], "kind"]):
            axis.plot(
                points["x"],
                points["y"],
                "o" if kind == "genuine" else "x",
                color=f"C{number}",
                markersize=5,
            )
        genuine = table[table["kind"] == "genuine"]
        apart = cdist(*[genuine[["x", "y"]]] * 2) + np.diag([np.inf] * len(genuine))
        own = np.mean(genuine["writer"].to_numpy()[apart.argmin(axis=1)] == genuine["writer"])
        axis.locator_params(axis="x", nbins=5)
        axis.set(
            title=title, xlabel="first principal component", ylabel="second principal component"
        )
        told.append(
            f"{title}, the nearest neighbour of {own:.0%} of the genuine signatures is the same writer's"
        )
    show(figure, f"Embeddings on a plane. {'; '.join(told)}.")
