"""Figures of chapter 01: a scan on its way to the encoder."""

import numpy as np

from deepsign_helpers.plotting.style import FORGED, NEUTRAL, draw_image, new_figure, outlines, show

__all__ = ["show_giveaway", "show_levels", "show_line"]

GREY_LEVELS = 256
PAPER = 255


def show_levels(pages: dict[str, np.ndarray], thresholds: list[int]) -> None:
    """Show how often each grey level occurs on several pages, and Otsu's threshold for each.

    Parameters
    ----------
    pages : dict of uint8 arrays, shape (height, width)
        Pages by what stands above each.
    thresholds : list of int, grey levels
        Of each page: what is not lighter counts as ink.

    Examples
    --------
    >>> pages = {"light": np.full((20, 40), 255, np.uint8), "dark": np.full((20, 40), 80, np.uint8)}
    >>> show_levels(pages, thresholds=[128, 40])
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(pages), height=2.4, sharey=True)
    edges = np.arange(GREY_LEVELS + 1)
    numbers = []
    for axis, (title, page), threshold in zip(axes, pages.items(), thresholds, strict=True):
        counts = np.bincount(page.ravel(), minlength=GREY_LEVELS)
        axis.stairs(counts, edges, color=NEUTRAL, fill=True)
        axis.axvline(threshold, color=FORGED["color"], linestyle="--")
        axis.annotate(
            f" {threshold}",
            (threshold, 0.9),
            xycoords=("data", "axes fraction"),
            color=FORGED["color"],
        )
        axis.set(
            title=title,
            xlabel="grey level (0 black, 255 white)",
            yscale="log",
            xlim=(0, GREY_LEVELS),
        )
        numbers.append(f"{title}: {threshold}")
    axes[0].set_ylabel("pixels (logarithmic)")
    alt = "Histograms of grey levels, with Otsu's threshold as a dashed line"
    show(figure, f"{alt}. {'; '.join(numbers)}.")


def show_line(pages: dict[str, np.ndarray], angles: list[float]) -> None:
    """Show pages, each with a line through the centre of its ink that falls by an angle.

    Parameters
    ----------
    pages : dict of uint8 arrays, shape (height, width)
        Pages by what stands above each; their paper is 255.
    angles : list of float, degrees
        By how much the line of each page falls to the right.

    Examples
    --------
    >>> page = np.full((20, 40), 255, np.uint8)
    >>> page[10, 5:35] = 0
    >>> show_line({"level": page}, angles=[0.0])
    <IPython.core.display.Image object>
    """
    tallest = max(page.shape[0] / page.shape[1] for page in pages.values())
    height = 0.3 + 6.8 / len(pages) * tallest
    figure, axes = new_figure(1, len(pages), height, squeeze=False)
    numbers = []
    for axis, (title, page), angle in zip(axes.flat, pages.items(), angles, strict=True):
        draw_image(axis, page, title)
        rows, columns = np.nonzero(page < PAPER)
        centre = (columns.mean(), rows.mean())
        slope = np.tan(np.radians(angle))
        axis.axline(centre, slope=slope, color=FORGED["color"], linestyle="--")
        numbers.append(f"{title}: {angle:.1f}°")
    alt = "A signature with its estimated line of writing, before and after it was turned level"
    show(figure, f"{alt}. {'; '.join(numbers)}.")


def show_giveaway(figures: dict[str, tuple[np.ndarray, np.ndarray]], areas: list[float]) -> None:
    """Show how one number of each image is distributed, genuine against forged.

    Parameters
    ----------
    figures : dict of (float array, float array)
        For each axis label, which states the unit, the numbers of the genuine and of the forged
        images; each has a panel.
    areas : list of float, in [0.5, 1]
        For each label, the area under the ROC curve.

    Examples
    --------
    >>> genuine = np.array([1.0, 2.0, 3.0])
    >>> figures = {"ink (px)": (genuine, genuine + 1), "grey (0 to 255)": (genuine, genuine)}
    >>> show_giveaway(figures, areas=[0.78, 0.5])
    <IPython.core.display.Image object>
    """
    figure, axes = new_figure(1, len(figures), height=2.4)
    numbers = []
    for axis, (label, (genuine, forged)), area in zip(axes, figures.items(), areas, strict=True):
        edges = np.histogram_bin_edges(np.concatenate([genuine, forged]), 24)
        outlines(axis, {"genuine": genuine, "forged": forged}, edges)
        axis.set(xlabel=label.replace(" (", "\n("), title=f"ROC area {area:.2f}")
        axis.locator_params(axis="x", nbins=4)
        numbers.append(f"{label}: area {area:.2f}")
    axes[0].set_ylabel("share of its kind (%)")
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    alt = "How well one number of one image tells genuine from forged"
    show(figure, f"{alt}. {'; '.join(numbers)}.")
