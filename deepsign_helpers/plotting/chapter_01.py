"""Figures of chapter 01: a scan on its way to the encoder."""

import numpy as np
from matplotlib.axes import Axes

from deepsign_helpers.plotting.style import FORGED, GENUINE, NEUTRAL, draw_image, new_figure, show

__all__ = ["show_giveaway", "show_levels", "show_line", "show_stages"]


def draw_framed(axis: Axes, image: np.ndarray, title: str) -> None:
    """Draw an image in a thin frame, so that its paper shows where it ends."""
    draw_image(axis, image, title)
    for spine in axis.spines.values():
        spine.set(visible=True, color=NEUTRAL, linewidth=0.5)


def show_stages(stages: dict[str, np.ndarray], alt: str, columns: int = 2, width: float = 7.0) -> None:
    """Show images of one signature in frames, each under its title; `width` in inches."""
    rows = -(-len(stages) // columns)
    shape = max(image.shape[0] / image.shape[1] for image in stages.values())
    height = (0.25 + (width - 0.2) / columns * shape) * rows
    figure, axes = new_figure(rows, columns, height, width, squeeze=False)
    for axis in axes.flat[len(stages) :]:
        axis.axis("off")
    for axis, (title, image) in zip(axes.flat, stages.items(), strict=False):
        draw_framed(axis, image, title)
    show(figure, alt)


def show_levels(pages: dict[str, np.ndarray], thresholds: list[int]) -> None:
    """Show how often each grey level occurs on several pages, and the threshold that Otsu puts between two classes."""
    figure, axes = new_figure(1, len(pages), height=2.4, sharey=True)
    for axis, (title, page), threshold in zip(axes, pages.items(), thresholds, strict=True):
        axis.stairs(np.bincount(page.ravel(), minlength=256), np.arange(257), color=NEUTRAL, fill=True)
        axis.axvline(threshold, color=FORGED["color"], linestyle="--")
        axis.annotate(f" {threshold}", (threshold, 0.9), xycoords=("data", "axes fraction"), color=FORGED["color"])
        axis.set(title=title, xlabel="grey level (0 black, 255 white)", yscale="log", xlim=(0, 256))
    axes[0].set_ylabel("pixels (logarithmic)")
    told = "; ".join(f"{title}: {threshold}" for title, threshold in zip(pages, thresholds, strict=True))
    show(figure, f"Histograms of grey levels, with Otsu's threshold as a dashed line. {told}.")


def show_line(pages: dict[str, np.ndarray], angles: list[float]) -> None:
    """Show each page with a line through the centre of its ink that falls by an angle in degrees."""
    shape = max(page.shape[0] / page.shape[1] for page in pages.values())
    figure, axes = new_figure(1, len(pages), height=0.3 + 6.8 / len(pages) * shape, squeeze=False)
    for axis, (title, page), angle in zip(axes.flat, pages.items(), angles, strict=True):
        draw_framed(axis, page, title)
        rows, columns = np.nonzero(page < 255)
        axis.axline(
            (columns.mean(), rows.mean()), slope=np.tan(np.radians(angle)), color=FORGED["color"], linestyle="--"
        )
    told = "; ".join(f"{title}: {angle:.1f}°" for title, angle in zip(pages, angles, strict=True))
    show(figure, f"A signature with its estimated line of writing, before and after it was turned level. {told}.")


def show_giveaway(figures: dict[str, tuple[np.ndarray, np.ndarray]], areas: list[float]) -> None:
    """Show the distribution of one number an image, genuine against forged, a panel for each kind of number.

    Parameters
    ----------
    figures : for each axis label, which states the unit, the values of the genuine and of the forged images
    areas : for each, the area under the ROC curve
    """
    figure, axes = new_figure(1, len(figures), height=2.4)
    for axis, (label, pair), area in zip(axes, figures.items(), areas, strict=True):
        low, high = min(map(np.min, pair)), max(map(np.max, pair))
        margin = 0.05 * (high - low) or 0.05
        edges = np.linspace(low - margin, high + margin, 25)
        for values, name, style in zip(pair, ("genuine", "forged"), (GENUINE, FORGED), strict=True):
            counts, _ = np.histogram(values, edges)
            axis.stairs(counts, edges, color=style["color"], linestyle=style["linestyle"], label=name)
        axis.set(xlabel=label, title=f"ROC area {area:.2f}")
        axis.locator_params(axis="x", nbins=4)
    axes[0].set_ylabel("images")
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    told = "; ".join(f"{label}: area {area:.2f}" for label, area in zip(figures, areas, strict=True))
    show(figure, f"How well one number of one image tells genuine from forged. {told}.")
