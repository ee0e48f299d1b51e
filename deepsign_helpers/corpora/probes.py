"""What one image alone gives away: figures of shape, ink and paper that don't tell who wrote it."""

import math

import cv2
import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepsign_helpers.preprocessing.cleaning import PAPER, remove_background, shrink
from deepsign_helpers.preprocessing.framing import crop_to_ink
from deepsign_helpers.preprocessing.reading import read_gray
from deepsign_helpers.tables import require_filled, require_kinds

# Pixels. Larger scans are shrunk, so that the resolution of the scanner matters little.
LONGEST_SIDE = 1000
# Pixels. Smaller groups of ink are grain.
LEAST_INK = 15
# Pixels. Smaller groups are dots, and are not counted as strokes.
LEAST_COMPONENT = 60

# Writers are divided into so many parts; each is judged by a regression that has not seen it.
FOLDS = 5


def shape_figures(gray: np.ndarray, name: str = "") -> dict[str, float]:
    """Measure five figures of a signature's shape that tell nothing about who wrote it.

    Longest side at most 1,000 px, 3×3 Gaussian blur, Otsu's threshold, components under 15 px
    dropped, tight box. Derived in chapter 01, *What did we throw away?*.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
        A scan as `preprocessing.read_gray` returns it.
    name : str
        What error messages call the image.

    Returns
    -------
    dict from str to float
        `aspect` (width / height of the box), `ink_coverage` (ink / box area), `stroke_width` (twice
        the median of the distance transform on its ridge / box height), `ink_length` (ink area /
        stroke width / box diagonal), `components` (how many over 60 px).

    Raises
    ------
    ImageError
        If there is no ink.

    Examples
    --------
    >>> page = np.full((300, 900), 255, np.uint8)
    >>> page[100:109, 50:450] = 0  # a bar, nine pixels thick
    >>> round(shape_figures(page)["aspect"])  # 400 / 9
    44
    """
    ink, areas = _ink_without_grain(gray)
    height, width = crop_to_ink(PAPER - PAPER * ink, name).shape
    area = int(ink.sum())
    stroke_width = _stroke_width(ink)
    return {
        "aspect": width / height,
        "ink_coverage": area / (width * height),
        "stroke_width": stroke_width / height,
        "ink_length": area / stroke_width / math.hypot(width, height),
        "components": int(np.count_nonzero(areas > LEAST_COMPONENT)),
    }


def _ink_without_grain(gray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where ink is (1) or not (0), and the pixels of each group of ink, grain included."""
    blurred = cv2.GaussianBlur(shrink(gray, LONGEST_SIDE), (3, 3), 0)
    otsu = cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU
    _, ink = cv2.threshold(blurred, 0, 1, otsu)
    _, group, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0  # the paper, which comes first, is no ink
    is_kept = areas >= LEAST_INK
    return is_kept[group].astype(np.uint8), areas


def _stroke_width(ink: np.ndarray) -> float:
    """Return the width of strokes in pixels: twice the depth on the ridge in their middle."""
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    deepest_around = cv2.dilate(depth, np.ones((3, 3), np.uint8))
    ridge = (ink > 0) & (depth >= deepest_around)
    return 2 * float(np.median(depth[ridge]))


def giveaway_figures(table: pd.DataFrame) -> pd.DataFrame:
    """Measure on each image of a corpus six figures that should not tell a forgery, and may.

    None of them compares the image with a reference: all come from the paper, the scanner and the
    pen. Work is spread over as many processes as `joblib.parallel_config` says. Derived in chapter
    01, *The trap: the background gives the answer away*.

    Parameters
    ----------
    table : DataFrame
        Corpus table; its `path` can be opened.

    Returns
    -------
    DataFrame, with the index of the table
        `writer` and `kind` of the table, and of the scan as it was read `median_background` (median
        grey level, which is that of the paper), `mean_grey`, of its ink `ink_level` (mean grey
        level, relative to the paper), `ink_deviation` (standard deviation of the grey level) and
        `ink_area` (pixels), and `stroke_width`, as `shape_figures` says.

    Raises
    ------
    ImageError
        If an image cannot be read or holds no ink.

    See Also
    --------
    giveaway_areas : says how well the figures tell forged from genuine.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> table = corpora.load(runtime.data_folder()).head(2)
    >>> figures = giveaway_figures(table)
    >>> figures["median_background"].tolist()  # clean paper
    [255.0, 255.0]
    """
    tasks = (joblib.delayed(_figures_of_one)(path) for path in table["path"])
    figures = pd.DataFrame(joblib.Parallel()(tasks), index=table.index)
    return pd.concat([table[["writer", "kind"]], figures], axis=1)


def _figures_of_one(path: str) -> dict[str, float]:
    gray = read_gray(path)
    stroke_width = shape_figures(gray, name=path)["stroke_width"]
    paperless = remove_background(gray)
    ink = paperless[paperless < PAPER]
    return {
        "median_background": float(np.median(gray)),
        "mean_grey": float(gray.mean()),
        "ink_level": float(ink.mean()),
        "ink_deviation": float(ink.std()),
        "ink_area": len(ink),
        "stroke_width": stroke_width,
    }


def giveaway_areas(figures: pd.DataFrame) -> pd.Series:
    """Return how well each figure of one image alone tells forged from genuine, and all together.

    The measure is the area under the ROC curve: the share of the couples of a forged and a genuine
    image in which the forged one has the larger figure. A figure of which the smaller is the forged
    one's gives away as much, so areas under 0.5 are taken from 1. Derived in chapter 01, *The trap:
    the background gives the answer away*.

    Parameters
    ----------
    figures : DataFrame
        Columns writer and kind, and one for each figure, as `giveaway_figures` returns it.

    Returns
    -------
    Series of float, in [0.5, 1]
        0.5 is a coin, 1 certainty. Its index has the names of the figures, and "logistic
        regression" for all of them, each writer judged by a regression on other writers (five
        folds); that one can fall below 0.5, where what other writers' forgeries have in common
        misleads.

    Raises
    ------
    ValueError
        If there are fewer than five writers, or only one kind of signature; for a row without
        writer or kind, and for a figure that is not finite.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> figures = pd.DataFrame({
    ...     "writer": np.repeat([f"w{number}" for number in range(10)], 20),
    ...     "kind": ["genuine", "forged"] * 100,
    ...     "paper": [247, 242] * 100,  # scanned in spring, and in autumn
    ...     "ink": rng.normal(60, 5, 200),
    ... })
    >>> giveaway_areas(figures).round(1).to_dict()
    {'paper': 1.0, 'ink': 0.5, 'logistic regression': 1.0}
    """
    require_filled(figures, ["writer"], "figures")
    require_kinds(figures)
    writers = figures["writer"]
    is_forged = (figures["kind"] == "forged").to_numpy()
    if writers.nunique() < FOLDS:
        cure = f"give {FOLDS} or more, so that each is judged by what others show."
        raise ValueError(f"figures: there are {writers.nunique()} writers; {cure}")
    if is_forged.all() or not is_forged.any():
        raise ValueError("figures: all are of one kind; give genuine and forged signatures.")

    values = figures.drop(columns=["writer", "kind"])
    for name in values:
        if not np.isfinite(values[name]).all():
            raise ValueError(f"figures: {name} is NaN or infinite in some rows; leave them out.")
    areas = {}
    for name in values:
        area = roc_auc_score(is_forged, values[name])
        areas[name] = max(area, 1 - area)

    regression = make_pipeline(StandardScaler(), LogisticRegression())
    decisions = cross_val_predict(
        regression,
        values,
        is_forged,
        groups=writers,
        cv=GroupKFold(FOLDS),
        method="decision_function",
    )
    areas["logistic regression"] = roc_auc_score(is_forged, decisions)
    return pd.Series(areas)
