"""How well one image alone tells forged from genuine, with intervals: writers are the sample."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepsign_helpers.corpora.looking import (
    FIGURES,
    FILE_FIGURE,
    HAND_FIGURES,
    MIXED_FIGURES,
    SCANNER_FIGURES,
)
from deepsign_helpers.corpora.probes import FOLDS

# Up to here an image alone hardly tells: the limit that the generated corpora keep to, too.
QUIET = 0.60
# A thousand draws of the writers place the ends of a 95 % interval to about a tenth of its width.
DRAWS = 1000
ENDS = (0.025, 0.975)  # of a 95 % interval, as shares of the draws
# Enough for the regression to settle where a figure tells forged from genuine without an error.
MOST_STEPS = 1000

SCANNER = "paper and scanner"
HAND = "ink and hand"
MIXED = "both"
EVERYTHING = "all together"
FILE = "file"
STAGES = ("scan", "prepared")

# What is said of an area.
FIRES = "fires"
UNSURE = "not sure"
SILENT = "quiet"

# For each stage, after its name; the area itself is called like the stage.
MEASURES = ("low", "high", "within", "within_low", "within_high", "eer", "says")
MEDIANS = ("genuine", "forged")
COLUMNS = (
    "group",
    *(
        name
        for stage in STAGES
        for name in (stage, *(f"{stage}_{part}" for part in (*MEASURES, *MEDIANS)))
    ),
)


class Area(NamedTuple):
    """An area under the ROC curve, pooled and within writers, with 95 % intervals by writer."""

    pooled: float
    low: float
    high: float
    within: float
    within_low: float
    within_high: float


def giveaway_table(scan: pd.DataFrame, prepared: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Say of each figure of one image alone how well it tells forged from genuine.

    Parameters
    ----------
    scan, prepared : DataFrame
        Columns writer and kind, and one for each figure, of the same images before and after
        `preprocessing.prepare`. A figure may be absent from one of them.
    seed : int
        Of the draws of writers.

    Returns
    -------
    DataFrame, a row for each figure, for the figures of each group and for all together
        Its index says which. `group` is "paper and scanner", "ink and hand", "both", "file" of what
        no pixel shows, or "all together".
        `scan` is the area under the ROC curve over all images, in [0.5, 1] for a single figure; of
        several figures it is that of a logistic regression, each writer judged by one fitted to
        other writers (five folds), and can be lower. `scan_low` and `scan_high` are the ends of its
        95 % interval (writers drawn with replacement), `scan_within` the mean of the areas within
        each writer, with its interval, `scan_eer` the equal error rate of whoever judges by that
        alone. `scan_says` is "fires" where the interval lies above 0.60 (of paper and scanner, also
        where that within writers does), otherwise "quiet" where the area over all images is up to
        0.60, and "not sure" where it is higher. `scan_genuine` and `scan_forged` are the medians of
        a single figure. The same of the `prepared` images; NaN and "" where a figure is absent.

    Raises
    ------
    ValueError
        If there are fewer than five writers with both genuine and forged signatures, or a writer
        without both.

    See Also
    --------
    giveaway_areas : the areas alone, as chapter 01 derives them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> names = pd.DataFrame({
    ...     "writer": np.repeat([f"w{number}" for number in range(10)], 20),
    ...     "kind": ["genuine", "forged"] * 100,
    ... })
    >>> scan = names.assign(median_background=[247, 242] * 100, aspect=rng.normal(size=200))
    >>> prepared = scan.assign(median_background=255)
    >>> found = giveaway_table(scan, prepared).loc["median_background"]
    >>> found["scan_says"], found["prepared_says"]
    ('fires', 'quiet')
    """
    require_both_kinds(scan)
    stages = {"scan": scan, "prepared": prepared}
    groups = {
        **dict.fromkeys(SCANNER_FIGURES, SCANNER),
        **dict.fromkeys(HAND_FIGURES, HAND),
        **dict.fromkeys(MIXED_FIGURES, MIXED),
        FILE_FIGURE: FILE,
    }
    rows = {}
    for name, group in groups.items():
        if name in scan or name in prepared:
            rows[name] = _row(stages, group, [name], seed)
    for group, figures in (
        (SCANNER, SCANNER_FIGURES),
        (HAND, HAND_FIGURES),
        (EVERYTHING, FIGURES),
    ):
        rows[group] = _row(stages, group, figures, seed)
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))


def require_both_kinds(figures: pd.DataFrame) -> None:
    """Refuse too few writers, and a writer without forged or genuine signatures."""
    kinds = figures.groupby("writer")["kind"].nunique()
    if len(kinds) < FOLDS:
        cure = f"give {FOLDS} or more, so that each is judged by what others show."
        raise ValueError(f"figures: there are {len(kinds)} writers; {cure}")
    if (kinds < 2).any():
        writer = kinds.index[kinds < 2][0]
        raise ValueError(f"figures: writer {writer} has one kind only; leave that writer out.")


def _row(
    stages: dict[str, pd.DataFrame], group: str, figures: Sequence[str], seed: int
) -> dict[str, float | str]:
    """Return what is measured of one figure, or of a regression on several, at each stage."""
    row = {"group": group}
    for stage, table in stages.items():
        present = [name for name in figures if name in table]
        if not present:
            row |= {stage: np.nan, f"{stage}_says": ""}
            continue
        is_forged = (table["kind"] == "forged").to_numpy()
        writers = table["writer"].to_numpy()
        if len(figures) == 1:
            decisions = table[present[0]].to_numpy(float)
            area = oriented(area_by_writer(decisions, is_forged, writers, seed))
            eer = min(equal_error(decisions, is_forged), equal_error(-decisions, is_forged))
            row[f"{stage}_genuine"] = float(np.median(decisions[~is_forged]))
            row[f"{stage}_forged"] = float(np.median(decisions[is_forged]))
        else:
            decisions = judged_by_others(table[present], is_forged, writers)
            area = area_by_writer(decisions, is_forged, writers, seed)
            eer = equal_error(decisions, is_forged)
        values = (*area[1:], eer, what_it_says(area, group))
        row[stage] = area.pooled
        row |= {f"{stage}_{part}": value for part, value in zip(MEASURES, values, strict=True)}
    return row


def judged_by_others(
    values: pd.DataFrame, is_forged: np.ndarray, writers: np.ndarray
) -> np.ndarray:
    """Return how forged each image looks to a logistic regression fitted to other writers.

    Parameters
    ----------
    values : DataFrame of float, shape (n, figures)
        Of each image.
    is_forged : bool array, shape (n,)
        Of each image.
    writers : array, shape (n,)
        Whose signature it is, or is meant to be.

    Returns
    -------
    float array, shape (n,)
        Above 0 for what looks forged.
    """
    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=MOST_STEPS))
    return cross_val_predict(
        regression,
        values.to_numpy(float),
        is_forged,
        groups=writers,
        cv=GroupKFold(FOLDS),
        method="decision_function",
    )


def area_by_writer(
    decisions: np.ndarray, is_forged: np.ndarray, writers: np.ndarray, seed: int = 0
) -> Area:
    """Return the area under the ROC curve, pooled and within writers, with 95 % intervals.

    Writers are drawn with replacement, each with all images: a writer's images were scanned
    together.

    Parameters
    ----------
    decisions : float array, shape (n,)
        Larger for what looks forged.
    is_forged : bool array, shape (n,)
        Of each image.
    writers : array, shape (n,)
        Each has forged and genuine images.
    seed : int
        Of the thousand draws.

    Returns
    -------
    Area

    Examples
    --------
    >>> writers = np.repeat(["ann", "bob"], 4)
    >>> is_forged = np.array([True, False] * 4)
    >>> area_by_writer(np.array([2, 1, 2, 1, 12, 11, 12, 11]), is_forged, writers)[:4]
    (0.75, 0.75, 1.0, 1.0)
    """
    wins, forged, genuine = couples_won(decisions, is_forged, writers)
    of_each_writer = np.diag(wins) / (forged * genuine)
    writer_count = len(forged)
    equal_chances = np.full(writer_count, 1 / writer_count)
    rng = np.random.default_rng(seed)
    # How often each writer is drawn: (draws, writers).
    drawn = rng.multinomial(writer_count, equal_chances, size=DRAWS)
    won = ((drawn @ wins) * drawn).sum(axis=1)
    pooled = won / ((drawn @ forged) * (drawn @ genuine))
    within = drawn @ of_each_writer / writer_count
    return Area(
        float(wins.sum() / (forged.sum() * genuine.sum())),
        *(float(end) for end in np.quantile(pooled, ENDS)),
        float(of_each_writer.mean()),
        *(float(end) for end in np.quantile(within, ENDS)),
    )


def couples_won(
    decisions: np.ndarray, is_forged: np.ndarray, writers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the couples in which the forged image has the larger value; of equals, one half.

    Returns
    -------
    wins : float array, shape (writers, writers)
        Forged images of the writer of the row against genuine ones of the writer of the column.
    forged, genuine : int arrays, shape (writers,)
        Images of each writer.
    """
    codes, names = pd.factorize(writers, sort=True)
    forged = np.bincount(codes[is_forged], minlength=len(names))
    genuine = np.bincount(codes[~is_forged], minlength=len(names))
    order = np.argsort(codes[~is_forged], kind="stable")
    genuine_values = decisions[~is_forged][order]
    starts = np.cumsum(genuine) - genuine
    wins = np.empty((len(names), len(names)))
    for code in range(len(names)):
        values = decisions[is_forged & (codes == code)][:, np.newaxis]
        larger = (values > genuine_values).sum(axis=0)
        equal = (values == genuine_values).sum(axis=0)
        wins[code] = np.add.reduceat(larger + 0.5 * equal, starts)
    return wins, forged, genuine


def oriented(area: Area) -> Area:
    """Turn areas under 0.5 round: a figure of which the smaller is the forged one's tells, too."""
    pooled, within = area[:3], area[3:]
    if area.pooled < 0.5:
        pooled = (1 - area.pooled, 1 - area.high, 1 - area.low)
    if area.within < 0.5:
        within = (1 - area.within, 1 - area.within_high, 1 - area.within_low)
    return Area(*pooled, *within)


def what_it_says(area: Area, group: str) -> str:
    """Return whether an area is above the limit whatever writers had come, or perhaps, or not.

    That a forger's hand differs from that of the one writer is what a verifier is there to see. So
    within writers only paper and scanner count.
    """
    if area.low > QUIET or (group == SCANNER and area.within_low > QUIET):
        return FIRES
    return SILENT if area.pooled <= QUIET else UNSURE


def equal_error(decisions: np.ndarray, is_forged: np.ndarray) -> float:
    """Return the equal error rate of whoever takes for forged what has a large value.

    Examples
    --------
    >>> equal_error(np.array([1, 2, 3, 4]), np.array([False, True, False, True]))
    0.5
    """
    false_alarms, found, _ = roc_curve(is_forged, decisions)
    return float(np.interp(0, false_alarms - (1 - found), false_alarms))
