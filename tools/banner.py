"""Draws the banner over README.md: a generated signature, and how fast the hand went.

Run it again, as `python -m tools.banner`, when the generator has learnt to write better.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from deepsign_helpers import files, runtime, synthesis
from deepsign_helpers.plotting.style import GENUINE, NEUTRAL, SETTINGS

SEED = 7
INCHES = (14, 3.6)
DOTS_PER_INCH = 100


def draw_banner(path: Path) -> None:
    """Write a picture, 1400 × 360 pixels, of one generated signature and the pen's speed."""
    rng = np.random.default_rng(SEED)
    trace = synthesis.sample_writer(rng).sign(rng)
    image = cut_to_ink(synthesis.render(trace, rng, size=(640, 1280)))
    with mpl.rc_context(SETTINGS | {"figure.constrained_layout.use": False}):
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH)
        ink = figure.add_axes((0.03, 0.08, 0.5, 0.84))
        ink.imshow(image, cmap="gray", vmin=0, vmax=255)
        ink.axis("off")
        figure.text(0.58, 0.62, "DeepSign", fontsize=44, weight="bold", color=GENUINE["color"])
        figure.text(0.58, 0.47, "Learn to verify signatures.", fontsize=17, color=NEUTRAL)
        figure.text(0.58, 0.36, "Nobody wrote the one on the left.", fontsize=17, color=NEUTRAL)
        speed = figure.add_axes((0.58, 0.1, 0.38, 0.18))
        on_paper = np.where(trace.down, trace.speed, np.nan)
        speed.fill_between(trace.time, on_paper, color=GENUINE["color"], linewidth=0)
        speed.axis("off")
        with files.replace_atomically(path) as temporary:
            figure.savefig(temporary, format="png")


def cut_to_ink(image: np.ndarray) -> np.ndarray:
    """Return the part of an image that holds ink."""
    rows = np.flatnonzero((image < 255).any(axis=1))
    columns = np.flatnonzero((image < 255).any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


if __name__ == "__main__":
    draw_banner(runtime.project_folder() / "docs" / "banner.png")
