"""Figures of chapter 01: a scan on its way to the encoder."""

import numpy as np

from deepsign_helpers.plotting.style import FORGED, NEUTRAL, draw_image, new_figure, outlines, show

__all__ = ["show_giveaway", "show_levels", "show_line"]


def show_levels(pages: dict[str, np.ndarray], thresholds: list[int]) -> None:
    """Show how often each grey level occurs on several pages, and the threshold that Otsu puts between two classes."""
    figure, axes = new_figure(1, len(pages), height=2.4, sharey=True)
    for axis, (title, page), threshold in zip(axes, pages.items(), thresholds, strict=True):
        axis.stairs(
            np.bincount(page.ravel(), minlength=256), np.arange(257), color=NEUTRAL, fill=True
        )
        axis.axvline(threshold, color=FORGED["color"], linestyle="--")
        axis.annotate(
            f" {threshold}",
            (threshold, 0.9),
            xycoords=("data", "axes fraction"),
            color=FORGED["color"],
        )
        axis.set(title=title, xlabel="grey level (0 black, 255 white)", yscale="log", xlim=(0, 256))
    axes[0].set_ylabel("pixels (logarithmic)")
    told = "; ".join(
        f"{title}: {threshold}" for title, threshold in zip(pages, thresholds, strict=True)
    )
    show(figure, f"Histograms of grey levels, with Otsu's threshold as a dashed line. {told}.")


def show_line(pages: dict[str, np.ndarray], angles: list[float]) -> None:
    """Show each page with a line through the centre of its ink that falls by an angle in degrees."""
    shape = max(page.shape[0] / page.shape[1] for page in pages.values())
    figure, axes = new_figure(1, len(pages), height=0.3 + 6.8 / len(pages) * shape, squeeze=False)
    for axis, (title, page), angle in zip(axes.flat, pages.items(), angles, strict=True):
        draw_image(axis, page, title)
        rows, columns = np.nonzero(page < 255)
        slope = np.tan(np.radians(angle))
        axis.axline(
            (columns.mean(), rows.mean()), slope=slope, color=FORGED["color"], linestyle="--"
        )
    told = "; ".join(f"{title}: {angle:.1f}°" for title, angle in zip(pages, angles, strict=True))
    show(
        figure,
        f"A signature with its estimated line of writing, before and after it was turned level. {told}.",
    )


def show_giveaway(figures: dict[str, tuple[np.ndarray, np.ndarray]], areas: list[float]) -> None:
    """Show the distribution of one number an image, genuine against forged, a panel for each kind of number.

    Parameters
    ----------
    figures : for each axis label, which states the unit, the values of the genuine and of the forged images
    areas : for each, the area under the ROC curve
    """
    figure, axes = new_figure(1, len(figures), height=2.4)
    for axis, (label, pair), area in zip(axes, figures.items(), areas, strict=True):
        edges = np.histogram_bin_edges(np.concatenate(pair), 24)
        outlines(axis, dict(zip(("genuine", "forged"), pair, strict=True)), edges)
        axis.set(xlabel=label.replace(" (", "\n("), title=f"ROC area {area:.2f}")
        axis.locator_params(axis="x", nbins=4)
    axes[0].set_ylabel("share of its kind (%)")
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    told = "; ".join(
        f"{label}: area {area:.2f}" for label, area in zip(figures, areas, strict=True)
    )
    show(figure, f"How well one number of one image tells genuine from forged. {told}.")
