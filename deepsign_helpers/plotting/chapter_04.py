"""Figures of chapter 04: what a convolution makes of a stroke, what a layer costs, and how far a feature sees."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, PALETTE, draw_image, new_figure, show

__all__ = [
    "show_activation_spread",
    "show_attention",
    "show_convolutions",
    "show_feature_maps",
    "show_input_sizes",
    "show_layer_costs",
    "show_receptive_fields",
    "show_towers",
]


def _draw(axis: Axes, image: np.ndarray, title: str) -> None:
    draw_image(axis, image, title)
    axis.axis("off")


def show_convolutions(image: np.ndarray, maps: dict[str, np.ndarray]) -> None:
    """Show the middle of a prepared signature and what kernels answer to it: purple positive, orange negative."""
    height, width = image.shape[:2]
    middle = (slice(height // 4, height - height // 4), slice(width // 4, width - width // 4))
    figure, axes = new_figure(1, 1 + len(maps), height=1.5)
    _draw(axes[0], image[middle], "middle of the signature")
    reach = max(np.abs(answer).max() for answer in maps.values())
    for axis, (name, answer) in zip(axes[1:], maps.items(), strict=True):
        axis.imshow(answer[middle], cmap="PuOr", vmin=-reach, vmax=reach)
        axis.set_title(name, fontsize=8)
        axis.axis("off")
    told = "; ".join(f"{name}: answers from {answer.min():.1f} to {answer.max():.1f}" for name, answer in maps.items())
    show(figure, f"A signature and what {len(maps)} hand-made 3×3 kernels answer to it. {told}.")


def show_layer_costs(table: pd.DataFrame) -> None:
    """Show the share of all parameters and of all arithmetic that each layer with a kernel has."""
    rows = table[table["macs"] > 0]
    shares = {name: 100 * rows[name] / rows[name].sum() for name in ("parameters", "macs")}
    figure, axis = new_figure(height=2.6)
    places = np.arange(len(rows))
    for offset, (name, label), colour, hatch in zip(
        (-0.2, 0.2),
        (("parameters", "parameters"), ("macs", "multiply-accumulates")),
        PALETTE,
        ("", "///"),
        strict=False,
    ):
        axis.bar(places + offset, shares[name], 0.38, label=label, color=colour, hatch=hatch, edgecolor="white")
    axis.set_xticks(places, rows["layer"])
    axis.set_ylabel("share of the encoder (%)")
    axis.legend(frameon=False, loc="upper left")
    heaviest, busiest = (rows["layer"].iloc[int(np.argmax(share))] for share in shares.values())
    show(
        figure,
        f"Bars for each layer: {heaviest} holds {shares['parameters'].max():.0f} % of the parameters; "
        f"{busiest} does {shares['macs'].max():.0f} % of the arithmetic.",
    )


def show_input_sizes(images: list[np.ndarray], macs: list[int]) -> None:
    """Show one signature prepared at several sizes, each under what the encoder's arithmetic on it costs."""
    figure, axes = new_figure(1, len(images), height=1.6)
    for axis, image, cost in zip(axes, images, macs, strict=True):
        _draw(axis, image, f"{image.shape[0]}×{image.shape[1]}: {cost / 1e9:.2f} GMAC")
    told = ", ".join(f"{image.shape[0]}×{image.shape[1]}" for image in images)
    show(figure, f"One signature at {told} pixels; the last costs 1/{macs[0] / macs[-1]:.0f} of the first.")


def show_receptive_fields(images: list[np.ndarray], sides: dict[str, int]) -> None:
    """Show, on the same signature at several sizes, the square of pixels that the middle cell of a layer sees."""
    largest = max(sides.values())
    views = [np.maximum(np.array(image.shape[:2]), largest) + 2 for image in images]
    ratios = [width / height for height, width in views]
    figure, axes = new_figure(1, len(images), height=2.6, width_ratios=ratios)
    for axis, image, view in zip(axes, images, views, strict=True):
        _draw(axis, image, f"{image.shape[0]}×{image.shape[1]} pixels")
        middle = (np.array(image.shape[:2]) - 1) / 2
        for (layer, side), colour, style in zip(sides.items(), PALETTE, ("-", "--", ":"), strict=False):
            corner = (middle - side / 2)[::-1]
            look = {"fill": False, "color": colour, "linestyle": style, "linewidth": 1.8}
            axis.add_patch(Rectangle(corner, side, side, label=f"{layer}: {side} px", **look))
        axis.add_patch(Rectangle((-0.5, -0.5), *image.shape[1::-1], fill=False, color=NEUTRAL, linewidth=0.5))
        axis.set_ylim(middle[0] + view[0] / 2, middle[0] - view[0] / 2)
        axis.set_xlim(middle[1] - view[1] / 2, middle[1] + view[1] / 2)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(sides), frameon=False)
    layer, side = list(sides.items())[-1]
    told = " and ".join(f"{side / image.shape[0]:.0%} of a height of {image.shape[0]}" for image in images)
    show(figure, f"Squares over a signature: one cell of {layer} sees {side}×{side} pixels, {told}.")


def show_feature_maps(maps: dict[str, np.ndarray], columns: int = 6) -> None:
    """Show the first channels of several layers, a row a layer; each map has its own scale, large values dark."""
    figure, axes = new_figure(len(maps), columns, height=0.85 * len(maps))
    for row, (layer, answer) in zip(axes, maps.items(), strict=True):
        for channel, axis in enumerate(row):
            axis.imshow(answer[..., channel], cmap="gray_r")
            axis.axis("off")
        row[0].set_title(f"{layer}, {answer.shape[0]}×{answer.shape[1]}", fontsize=8, loc="left")
    told = ", ".join(f"{layer} at {answer.shape[0]}×{answer.shape[1]}" for layer, answer in maps.items())
    show(figure, f"{columns} feature maps each of {told}: strokes and their edges first, coarse blotches at the end.")


def show_activation_spread(spreads: dict[str, pd.Series]) -> None:
    """Show how widely the values spread after each convolution, on a logarithmic axis, for several ways of scaling."""
    figure, axis = new_figure(height=2.4)
    for (name, spread), style in zip(spreads.items(), (FORGED, GENUINE), strict=True):
        axis.semilogy(spread.index, spread, label=name, **style)
    axis.set_ylabel("standard deviation (no unit)")
    axis.legend(frameon=False)
    told = "; ".join(f"{name}: {spread.iloc[0]:.2g} to {spread.iloc[-1]:.2g}" for name, spread in spreads.items())
    show(figure, f"Standard deviation of the values after each convolution, first to last. {told}.")


def show_attention(image: np.ndarray, places: np.ndarray, channels: np.ndarray) -> None:
    """Show a signature, the weight of each place in it, and the weight of each channel, both in [0, 1]."""
    figure, axes = new_figure(1, 3, height=1.6, width_ratios=(1, 1.2, 0.8))
    _draw(axes[0], image, "prepared signature")
    picture = axes[1].imshow(places, cmap="cividis")
    axes[1].set_title("weight of each place", fontsize=8)
    axes[1].axis("off")
    figure.colorbar(picture, ax=axes[1], shrink=0.6)
    axes[2].plot(np.sort(channels), ".", color=NEUTRAL, markersize=3)
    axes[2].set(ylim=(0, 1), xlabel="channel, sorted", ylabel="weight (no unit)")
    show(
        figure,
        f"Attention of an untrained encoder: places weigh {places.min():.2f} to {places.max():.2f}, "
        f"channels {channels.min():.2f} to {channels.max():.2f}.",
    )


def show_towers(reference: np.ndarray, questioned: dict[str, tuple[np.ndarray, float]]) -> None:
    """Show a reference, and beside it questioned signatures under their distance from it."""
    figure, axes = new_figure(1, 1 + len(questioned), height=1.5)
    _draw(axes[0], reference, "reference")
    for axis, (name, (image, distance)) in zip(axes[1:], questioned.items(), strict=True):
        _draw(axis, image, f"{name}: distance {distance:.3f}")
    told = ", ".join(f"{name} {distance:.3f}" for name, (_, distance) in questioned.items())
    show(figure, f"A reference signature and {len(questioned)} questioned ones; distances: {told}.")
