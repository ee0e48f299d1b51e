"""One look for every figure: palette, width, and alternative text that cannot be forgotten."""

import io

import matplotlib as mpl
import numpy as np
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette tells apart under every common colour blindness (https://jfly.uni-koeln.de/color/).
GENUINE = {"color": "#0072B2", "linestyle": "-", "marker": "o"}
FORGED = {"color": "#D55E00", "linestyle": "--", "marker": "x"}
RANDOM = {"color": "#009E73", "linestyle": ":", "marker": "^"}
NEUTRAL = "#555555"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MAXIMUM_WIDTH = 700  # pixels

SETTINGS = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=PALETTE),
    "figure.constrained_layout.use": True,
}


def new_figure(rows: int = 1, columns: int = 1, height: float = 2.6, width: float = 7.0, **options) -> tuple:
    """Return a figure of the course's look and its axes; `height` and `width` in inches, 100 pixels each.

    The figure belongs to nobody: pyplot does not hold it, so it is drawn once, by `show`, and then forgotten.
    """
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width, height), dpi=100)
        return figure, figure.subplots(rows, columns, **options)


def draw_image(axes: Axes, image: np.ndarray, title: str = "") -> None:
    """Draw a signature on one pair of axes without ticks: paper white and ink dark, prepared or not.

    Parameters
    ----------
    image : uint8 (height, width), paper 255, or float32 (height, width, 1), paper 0.0 and ink up to 1.0
    """
    prepared = image.dtype != np.uint8
    axes.imshow(image.squeeze(), cmap="gray_r" if prepared else "gray", vmin=0, vmax=1 if prepared else 255)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=8)


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
        raise ValueError(f"a figure is at most {MAXIMUM_WIDTH} pixels wide; this one would be wider")
    picture = io.BytesIO()
    with mpl.rc_context(SETTINGS):
        figure.savefig(picture, format="png")
    display(Image(picture.getvalue(), format="png", alt=alt), metadata={"image/png": {"alt": alt}})


def say(text: str) -> None:
    """Display a sentence that the cell has just put its numbers into, as Markdown."""
    display(Markdown(text))
