"""What one image shows without a reference, before and after preparation: read once, measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import joblib
import numpy as np

from deepsign_helpers import runtime
from deepsign_helpers.corpora.probes import shape_figures
from deepsign_helpers.corpora.thumbnails import Fingerprint, fingerprint_of
from deepsign_helpers.corpora.usability import Judgement, judgement_of, judgement_on
from deepsign_helpers.preprocessing.cleaning import PAPER, remove_background
from deepsign_helpers.preprocessing.preparing import prepare_and_judge
from deepsign_helpers.preprocessing.quality import judge
from deepsign_helpers.preprocessing.reading import ImageError, read_gray

# What paper, scanner and file decide, whoever wrote: no forger has a hand in it.
SCANNER_FIGURES = (
    "median_background",  # grey level that is that of the paper
    "paper_noise",  # grey levels
    "height",  # of the image, pixels
    "width",  # of the image, pixels
)
# What the hand decides, too: a forger draws slowly and presses. Scanners change them as well.
HAND_FIGURES = (
    "ink_level",  # mean grey level of the ink, relative to the paper
    "ink_deviation",  # of the ink's grey level
    "ink_area",  # pixels
    "stroke_width",  # share of the height of the ink's box
    "aspect",  # width / height of the ink's box
)
# What both decide, so that neither can be blamed.
MIXED_FIGURES = (
    "mean_grey",  # grey level of all of the image, paper and ink
    "edge_width",  # way from paper to ink, pixels: focus and resolution, but pressure, too
)
# Of those of the hand, what a lamp changes as well as a pen does. The others are shape: no scanner
# that leaves the size of images alone changes them.
LAMP_FIGURES = ("ink_level", "ink_deviation")
FIGURES = (*SCANNER_FIGURES, *HAND_FIGURES, *MIXED_FIGURES)
# What no network sees, but betrays that the kinds went through different hands: the size of the
# file / that of its pixels as PNG.
FILE_FIGURE = "compression"

# Height and width of prepared images, pixels, as the full encoder takes them.
PREPARED_SIZE = (128, 256)
# Pixels. Paper nearer to ink than half of it is smeared by the lens.
NEAR_INK = 9
# Pixels. What differs from the mean of such a square is grain.
GRAIN = 3
# Quick, at a few bytes more.
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)
# Images that a process is given at once.
IMAGES_AT_ONCE = 16


@dataclass(frozen=True)
class Look:
    """What was measured of one image.

    Attributes
    ----------
    scan, prepared : dict from str to float
        `FIGURES` of the scan, and its `FILE_FIGURE`, and those of the prepared image; empty where
        it has none.
    fingerprint : Fingerprint
        By which its doubles are found.
    problem : str
        Why it has no figures, or "".
    judgement : Judgement
        Whether it can be used, as `usability` counts it.
    """

    fingerprint: Fingerprint
    judgement: Judgement
    scan: dict[str, float] = field(default_factory=dict)
    prepared: dict[str, float] = field(default_factory=dict)
    problem: str = ""


def look_at_all(paths: Sequence[str]) -> list[Look]:
    """Look at images one by one, in as many processes as `joblib.parallel_config` says.

    Parameters
    ----------
    paths : sequence of str
        Of the images.

    Returns
    -------
    list of Look, in the same order
        An image that cannot be read says so in its `problem`.
    """
    tasks = (joblib.delayed(look_at)(path) for path in paths)
    parallel = joblib.Parallel(return_as="generator", batch_size=IMAGES_AT_ONCE)
    return list(runtime.progress(parallel(tasks), "inspecting", total=len(paths)))


def look_at(path: str) -> Look:
    """Read an image once, prepare it once, and measure both.

    Parameters
    ----------
    path : str
        Of the image.

    Returns
    -------
    Look

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> look = look_at(str(runtime.data_folder() / "images" / "w000" / "genuine_00.png"))
    >>> look.scan["median_background"], look.scan["height"], look.prepared["height"]
    (255.0, 256.0, 128.0)
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        problem = f"{path}: cannot be opened ({error})."
        return Look(Fingerprint(), judgement_on(path), problem=problem)
    try:
        gray = read_gray(content, name=path)
    except ImageError as error:
        return Look(fingerprint_of(content), judgement_on(path), problem=str(error))
    try:
        prepared, found = prepare_and_judge(gray, PREPARED_SIZE, name=path)
        scan = figures_of(gray, remove_background(gray), found.edge_width, path)
        page = page_of(prepared)
        after = figures_of(page, page, judge(page, page).edge_width, path)
    except ImageError as error:
        return Look(fingerprint_of(content, gray), judgement_on(path), problem=str(error))
    scan[FILE_FIGURE] = len(content) / size_as_png(gray)
    fingerprint = fingerprint_of(content, gray, is_signature=True)
    return Look(fingerprint, judgement_of(found), scan, after)


def size_as_png(gray: np.ndarray) -> int:
    """Return how many bytes the pixels take as PNG: with more ink on them, a file is larger."""
    _, encoded = cv2.imencode(".png", gray, PNG)
    return len(encoded)


def page_of(prepared: np.ndarray) -> np.ndarray:
    """Return a prepared image as a page: uint8 (height, width), paper 255, full ink 0."""
    return np.round(PAPER * (1 - prepared[..., 0])).astype(np.uint8)


def figures_of(
    gray: np.ndarray, clean: np.ndarray, edge_width: float, name: str
) -> dict[str, float]:
    """Measure what a page shows, be it a scan or a prepared one.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        The page.
    clean : uint8 array of the same shape
        Its ink on paper that is exactly 255.
    edge_width : float, pixels
        As `preprocessing.Quality` has it.
    name : str
        What error messages call the image.

    Returns
    -------
    dict from str to float
        Each of `FIGURES`.

    Raises
    ------
    ImageError
        If there is no ink.
    """
    shape = shape_figures(gray, name=name)
    ink = clean[clean < PAPER]
    height, width = gray.shape
    return {
        "median_background": float(np.median(gray)),
        "paper_noise": paper_noise(gray, clean),
        "height": float(height),
        "width": float(width),
        "edge_width": edge_width,
        "mean_grey": float(gray.mean()),
        "ink_level": float(ink.mean()),
        "ink_deviation": float(ink.std()),
        "ink_area": float(len(ink)),
        "stroke_width": shape["stroke_width"],
        "aspect": shape["aspect"],
    }


def paper_noise(gray: np.ndarray, clean: np.ndarray) -> float:
    """Return how far, on average, the paper's pixels stray from what is around them.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        The page.
    clean : uint8 array of the same shape
        Its ink on paper that is exactly 255.

    Returns
    -------
    float, grey levels
        0 where all paper is near ink.

    Examples
    --------
    >>> even = np.full((100, 200), 240, np.uint8)
    >>> paper_noise(even, np.full_like(even, 255))
    0.0
    """
    is_paper = (clean == PAPER).astype(np.uint8)
    is_far_from_ink = cv2.erode(is_paper, np.ones((NEAR_INK, NEAR_INK), np.uint8)) > 0
    if not is_far_from_ink.any():
        return 0.0
    grain = cv2.absdiff(gray, cv2.blur(gray, (GRAIN, GRAIN)))
    return float(grain[is_far_from_ink].mean())
