"""Figures of chapter 04: what a convolution makes of a stroke, what a layer costs, and how far a feature sees."""

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from deepsign_helpers.plotting.style import NEUTRAL, STYLES, curves, draw_image, grouped_bars, new_figure, show

__all__ = ["show_activation_spread", "show_attention", "show_convolutions", "show_layer_costs", "show_receptive_fields"]


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
    told = "; ".join(f"{name}: answers from {answer.min():.1f} to {answer.max():.1f}" for name, answer in maps.items())
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
    figure, axes = new_figure(1, len(images), height=2.6, width_ratios=[width / height for height, width in views])
    for axis, image, view in zip(axes, images, views, strict=True):
        draw_image(axis, image, f"{image.shape[0]}×{image.shape[1]} pixels")
        axis.axis("off")
        middle = (np.array(image.shape[:2]) - 1) / 2
        for (layer, side), style in zip(sides.items(), STYLES, strict=False):
            look = {"fill": False, "color": style["color"], "linestyle": style["linestyle"], "linewidth": 1.8}
            axis.add_patch(Rectangle((middle - side / 2)[::-1], side, side, label=f"{layer}: {side} px", **look))
        axis.add_patch(Rectangle((-0.5, -0.5), *image.shape[1::-1], fill=False, color=NEUTRAL, linewidth=0.5))
        axis.set_ylim(middle[0] + view[0] / 2, middle[0] - view[0] / 2)
        axis.set_xlim(middle[1] - view[1] / 2, middle[1] + view[1] / 2)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(sides), frameon=False)
    layer, side = list(sides.items())[-1]
    told = " and ".join(f"{side / image.shape[0]:.0%} of a height of {image.shape[0]}" for image in images)
    show(figure, f"Squares over a signature: one cell of {layer} sees {side}×{side} pixels, {told}.")


def show_activation_spread(spreads: dict[str, pd.Series]) -> None:
    """Show how widely the values spread after each convolution, on a logarithmic axis, for several ways of scaling."""
    figure, axis = new_figure(height=2.4)
    curves(axis, {name: (spread.index, spread) for name, spread in spreads.items()})
    axis.set(ylabel="standard deviation (no unit)", yscale="log")
    told = "; ".join(f"{name}: {spread.iloc[0]:.2g} to {spread.iloc[-1]:.2g}" for name, spread in spreads.items())
    show(figure, f"Standard deviation of the values after each convolution, first to last. {told}.")


def show_attention(image: np.ndarray, places: np.ndarray, channels: np.ndarray) -> None:
    """Show a signature, the weight of each place in it, and the weight of each channel, both in [0, 1]."""
    figure, axes = new_figure(1, 3, height=1.6, width_ratios=(1, 1.2, 0.8))
    draw_image(axes[0], image, "prepared signature")
    picture = axes[1].imshow(places, cmap="cividis")
    axes[1].set_title("weight of each place", fontsize=8)
    axes[1].axis("off")
    figure.colorbar(picture, ax=axes[1], shrink=0.6)
    axes[2].plot(np.sort(channels), ".", color=NEUTRAL, markersize=3)
    axes[2].set(ylim=(0, 1), xlabel="channel, sorted", ylabel="weight (no unit)")
    told = f"channels {channels.min():.2f} to {channels.max():.2f}"
    show(figure, f"Attention in an encoder: places weigh {places.min():.2f} to {places.max():.2f}, {told}.")
