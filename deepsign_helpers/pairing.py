"""Splits writers and pairs their signatures, so that no writer stands on both sides of an exam."""

from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedGroupKFold

from deepsign_helpers.evaluation import DIFFERENT, SAME
from deepsign_helpers.evaluation.scoring import without_disguised


def split_writers(
    table: pd.DataFrame, validation: float = 0.2, test: float = 0.2, seed: int = 0
) -> pd.DataFrame:
    """Return the table with a column `split`: every writer is in "train", "validation" or "test", and in one only.

    Scripts are spread evenly where the table has a column `script`. A writer's split depends on the set of writers and
    the seed, not on the order of the rows. A forgery goes with the writer whose signature it imitates.

    Parameters
    ----------
    table : corpus table with a column `writer`
    validation, test : shares of the writers, each in [0, 1), together below 1; a share above 0 gets a writer at least

    Raises
    ------
    ValueError
        For shares out of range, or too few writers to put one into each split.
    """
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise ValueError(
            f"shares {validation:g} and {test:g}: must be in [0, 1) and leave some writers for training."
        )
    scripts = table["script"] if "script" in table else pd.Series("", index=table.index)
    writers = scripts.groupby(table["writer"].to_numpy()).first().sort_index()
    counts = [max(1, round(share * len(writers))) if share else 0 for share in (validation, test)]
    if sum(counts) >= len(writers):
        asked = f"{counts[0]} in validation, {counts[1]} in test"
        raise ValueError(
            f"{len(writers)} writers: too few for {asked} and any in training; add writers."
        )
    shuffled = writers.sample(frac=1, random_state=np.random.default_rng(seed))
    # By where a writer stands within the script.
    order = (
        shuffled.groupby(shuffled).rank(method="first", pct=True).sort_values(kind="stable").index
    )
    names = np.repeat(["validation", "test", "train"], [*counts, len(order) - sum(counts)]).tolist()
    return table.assign(split=table["writer"].map(dict(zip(order, names, strict=True))))


def make_pairs(
    table: pd.DataFrame, seed: int = 0, pairs_per_writer: int | None = None
) -> pd.DataFrame:
    """Return balanced pairs: as many SAME as DIFFERENT, the latter half forgeries, half other writers' signatures.

    SAME joins two genuine signatures of a writer, a forged pair a genuine signature of a writer (left) and a forgery of
    it, a random pair genuine signatures of two writers. No pair comes twice, in whatever order, and none leaves its
    split if the table has a column `split`. A writer with one signature is in forged and random pairs only. Where one
    sort runs short the others are cut to match, evenly over writers; without any forgery to pair in a split, DIFFERENT
    is all random. A disguised signature is its own writer's and is in no pair. The result depends on the seed, not on
    the order of the rows.

    Parameters
    ----------
    table : corpus table with path, writer, kind, sample and perhaps forgery, split
    pairs_per_writer : how many SAME pairs a writer gives at most (as many DIFFERENT); all there are if left out

    Returns
    -------
    DataFrame with columns left, right (paths), label (`SAME` or `DIFFERENT`), kind ("genuine", "random" or the sort of
    forgery: "skilled" …) and `split` if the table has it, in random order within a split.

    Raises
    ------
    ValueError
        If a split gives no balanced pairs, or pairs_per_writer is below 1.
    """
    if pairs_per_writer is not None and pairs_per_writer < 1:
        raise ValueError(
            f"pairs_per_writer {pairs_per_writer}: must be 1 or more, or left out for all."
        )
    rng = np.random.default_rng(seed)
    table = table.sort_values(["writer", "kind", "sample", "path"], ignore_index=True)
    if "split" not in table:
        return _pair_split(table, rng, pairs_per_writer, "the table")
    parts = []
    for name, rows in table.groupby("split", sort=True):
        parts.append(_pair_split(rows, rng, pairs_per_writer, f"split {name!r}").assign(split=name))
    return pd.concat(parts, ignore_index=True)


def _pair_split(
    table: pd.DataFrame, rng: np.random.Generator, most: int | None, place: str
) -> pd.DataFrame:
    table = without_disguised(table).reset_index(drop=True)
    genuine = table[table["kind"] == "genuine"]
    own = {writer: rows.to_numpy() for writer, rows in genuine.groupby("writer").groups.items()}
    forged = table[table["kind"] == "forged"].groupby("writer").groups
    same = _evenly(rng, most, [list(combinations(rows, 2)) for rows in own.values()])
    skilled = _evenly(
        rng,
        most,
        [list(product(own[writer], forged[writer])) for writer in own if writer in forged],
    )
    random = _random_pairs(rng, genuine, len(same))
    if skilled:
        half = min(len(same) // 2, len(skilled), len(random))
        same, skilled, random = same[: 2 * half], skilled[:half], random[:half]
    else:
        same = same[: len(random)]
    if not same:
        raise ValueError(
            f"{place}: no balanced pairs; give two writers with two genuine signatures each."
        )
    pairs = rng.permutation(np.array([*same, *skilled, *random]))
    left, right = (
        table.loc[pairs[:, 0]].reset_index(drop=True),
        table.loc[pairs[:, 1]].reset_index(drop=True),
    )
    kind = right["sort"].where(left["writer"] == right["writer"], "random")
    label = np.where(kind == "genuine", SAME, DIFFERENT)
    return pd.DataFrame(
        {"left": left["path"], "right": right["path"], "label": label, "kind": kind}
    )


def _evenly(
    rng: np.random.Generator, most: int | None, by_writer: list[list]
) -> list[tuple[int, int]]:
    """Return the writers' pairs in turns, each writer's in random order: any beginning of it is spread evenly."""
    turns = []
    for pairs, tie in zip(by_writer, rng.permutation(len(by_writer)), strict=True):
        turns += [
            (turn, tie, pairs[choice])
            for turn, choice in enumerate(rng.permutation(len(pairs))[:most])
        ]
    return [pair for _, _, pair in sorted(turns)]


def _random_pairs(
    rng: np.random.Generator, genuine: pd.DataFrame, count: int
) -> list[tuple[int, int]]:
    """Return up to `count` pairs of signatures of two writers, every signature about equally often.

    The signatures stand in a ring in random order, and each is paired with the one `step` places on: the steps from 1
    to half of the ring meet every pair once.
    """
    ring = rng.permutation(genuine.index)
    writers = genuine["writer"].loc[ring].to_numpy()
    pairs = []
    for step in rng.permutation(np.arange(1, len(ring) // 2 + 1)):
        places = np.arange(len(ring) // 2 if 2 * step == len(ring) else len(ring))
        other = (places + step) % len(ring)
        differ = writers[places] != writers[other]
        pairs += zip(ring[places[differ]], ring[other[differ]], strict=True)
        if len(pairs) >= count:
            break
    return pairs[:count]


def writer_folds(
    table: pd.DataFrame, n_splits: int = 5, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each fold the row numbers to train on and to validate on; no writer is on both sides.

    Folds keep the share of genuine and forged, and of scripts if the table has them, as even as whole writers allow.

    Parameters
    ----------
    table : corpus table with the columns writer and kind

    Returns
    -------
    list of n_splits pairs of int arrays, row positions (for `table.iloc`); each row validates once

    Raises
    ------
    ValueError
        For fewer than two folds or fewer writers than folds.
    """
    writers = table["writer"].nunique()
    if not 2 <= n_splits <= writers:
        raise ValueError(
            f"{n_splits} folds: need 2 or more, and a writer for each; there are {writers} writers."
        )
    strata = table["script"] + " " + table["kind"] if "script" in table else table["kind"]
    return list(
        StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed).split(
            table, strata, table["writer"]
        )
    )


def class_weights(labels: ArrayLike) -> dict[int, float]:
    """Return for each class the weight that lets both count alike in a loss over pairs: n / (2 · its number).

    Parameters
    ----------
    labels : int array, shape (n,), of `SAME` and `DIFFERENT`

    Returns
    -------
    dict from label to weight; the weights average 1 over the labels

    Raises
    ------
    ValueError
        If a class is missing, or there is a label besides the two.
    """
    found, counts = np.unique(np.asarray(labels), return_counts=True)
    if set(found) != {SAME, DIFFERENT}:
        raise ValueError(
            f"labels {found.tolist()}: need both SAME ({SAME}) and DIFFERENT ({DIFFERENT}) and no other."
        )
    return {
        int(label): float(counts.sum() / (2 * count))
        for label, count in zip(found, counts, strict=True)
    }
