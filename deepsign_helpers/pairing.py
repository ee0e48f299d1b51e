"""Splits writers and pairs their signatures, so that no writer stands on both sides of an exam."""

import warnings
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedGroupKFold

from deepsign_helpers.tables import (
    DIFFERENT,
    SAME,
    require_filled,
    require_whole,
    without_disguised,
)


def split_writers(
    table: pd.DataFrame, validation: float = 0.2, test: float = 0.2, seed: int = 0
) -> pd.DataFrame:
    """Put every writer into one of "train", "validation" and "test": add a column `split`.

    Scripts are spread evenly where the table has a column `script`. A writer's split depends on the
    set of writers and the seed, not on the order of the rows. A forgery goes with the writer whose
    signature it imitates. Derived in chapter 03, *Splits and folds by writer*.

    Parameters
    ----------
    table : DataFrame
        Corpus table.
    validation : float in [0, 1)
        Share of the writers in "validation"; above 0, at least one writer.
    test : float in [0, 1)
        Share of the writers in "test"; above 0, at least one writer. Both together are below 1.
    seed : int, at least 0
        Of the draw.

    Returns
    -------
    DataFrame
        The table, in its order, with the column `split`.

    Raises
    ------
    ValueError
        For shares out of range, too few writers to put one into each split, or a row without writer
        or script.

    See Also
    --------
    writer_folds : splits several times, so that every writer validates once.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": [f"w{number}" for number in range(10)]})
    >>> split_writers(table)["split"].value_counts().to_dict()
    {'train': 6, 'validation': 2, 'test': 2}
    """
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        problem = "must be in [0, 1) and leave some writers for training."
        raise ValueError(f"shares {validation:g} and {test:g}: {problem}")
    require_filled(table, ["writer", *({"script"} & set(table))])
    scripts = table["script"] if "script" in table else pd.Series("", index=table.index)
    script_of_writer = scripts.groupby(table["writer"].to_numpy()).first().sort_index()
    writers = len(script_of_writer)
    in_validation = _share_of(writers, validation)
    in_test = _share_of(writers, test)
    in_training = writers - in_validation - in_test
    if in_training < 1:
        asked = f"{in_validation} in validation, {in_test} in test"
        raise ValueError(
            f"{writers} writers: too few for {asked} and any in training; add writers."
        )

    # Each writer stands somewhere between 0 and 1 in the queue of those of its script. In the order
    # of these numbers, any part of the writers has its share of every script.
    shuffled = script_of_writer.sample(frac=1, random_state=np.random.default_rng(seed))
    standing = shuffled.groupby(shuffled).rank(method="first", pct=True)
    order = standing.sort_values(kind="stable").index

    splits = ["validation"] * in_validation + ["test"] * in_test + ["train"] * in_training
    split_of_writer = dict(zip(order, splits, strict=True))
    return table.assign(split=table["writer"].map(split_of_writer))


def _share_of(writers: int, share: float) -> int:
    """Return how many writers a share is: at least one, unless none is asked for."""
    return max(1, round(share * writers)) if share else 0


def make_pairs(
    table: pd.DataFrame, seed: int = 0, pairs_per_writer: int | None = None
) -> pd.DataFrame:
    """Return balanced pairs: as many SAME as DIFFERENT.

    Of the latter, half are forgeries, half other writers' signatures. SAME joins two genuine
    signatures of a writer, a forged pair a genuine signature of a writer (left) and a forgery of
    it, a random pair genuine signatures of two writers. No pair comes twice, in whatever order, and
    none leaves its split if the table has a column `split`. A writer with one signature is in
    forged and random pairs only. Where one sort runs short the others are cut to match, evenly over
    writers; without any forgery to pair in a split, DIFFERENT is all random. A disguised signature
    is its own writer's and is in no pair. The result depends on the seed, not on the order of the
    rows. Derived in chapter 03, *How many pairs are there?*.

    Parameters
    ----------
    table : DataFrame
        Corpus table: path, writer, kind, sample and perhaps forgery, split.
    seed : int, at least 0
        Of the draw.
    pairs_per_writer : int, at least 1, optional
        How many SAME pairs a writer gives at most (as many DIFFERENT); all there are if left out.

    Returns
    -------
    DataFrame
        Columns left, right (paths), label (`SAME` or `DIFFERENT`), kind ("genuine", "random" or the
        kind of forgery: "skilled" …) and `split` if the table has it, in random order within a
        split.

    Raises
    ------
    ValueError
        If a split gives no balanced pairs, or pairs_per_writer is below 1. If a row lacks what it
        must say, or a signature stands there twice: it would be paired with itself.

    See Also
    --------
    class_weights : makes up for pairs that are not balanced.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> corpus = corpora.load(runtime.data_folder())
    >>> pairs = make_pairs(corpus, pairs_per_writer=4)
    >>> float(pairs["label"].mean())
    0.5
    >>> pairs["kind"].value_counts(normalize=True).to_dict()
    {'genuine': 0.5, 'skilled': 0.25, 'random': 0.25}
    """
    if pairs_per_writer is not None and pairs_per_writer < 1:
        cure = "must be 1 or more, or left out for all."
        raise ValueError(f"pairs_per_writer {pairs_per_writer}: {cure}")
    require_whole(table)
    rng = np.random.default_rng(seed)
    table = table.sort_values(["writer", "kind", "sample", "path"], ignore_index=True)
    if "split" not in table:
        return _pair_split(table, rng, pairs_per_writer, "the table")
    require_filled(table, ["split"])
    parts = []
    for name, rows in table.groupby("split", sort=True):
        pairs = _pair_split(rows, rng, pairs_per_writer, f"split {name!r}")
        parts.append(pairs.assign(split=name))
    return pd.concat(parts, ignore_index=True)


def _pair_split(
    table: pd.DataFrame, rng: np.random.Generator, most: int | None, name: str
) -> pd.DataFrame:
    """Return the pairs within one split; errors call it by the given name."""
    table = without_disguised(table).reset_index(drop=True)
    genuine = table[table["kind"] == "genuine"]
    genuine_of = genuine.groupby("writer").groups  # from writer to row numbers
    forged_of = table[table["kind"] == "forged"].groupby("writer").groups

    # Pairs of row numbers, a list for each writer.
    same_of_each = [list(combinations(rows, 2)) for rows in genuine_of.values()]
    forged_of_each = []
    for writer, rows in genuine_of.items():
        if writer in forged_of:
            forged_of_each.append(list(product(rows, forged_of[writer])))
    same = _evenly(rng, most, same_of_each)
    forged = _evenly(rng, most, forged_of_each)
    random = _random_pairs(rng, genuine, len(same))

    if forged:
        half = min(len(same) // 2, len(forged), len(random))
        same = same[: 2 * half]
        forged = forged[:half]
        random = random[:half]
    else:
        same = same[: len(random)]
    if not same:
        cure = "give two writers with two genuine signatures each."
        raise ValueError(f"{name}: no balanced pairs; {cure}")

    pairs = rng.permutation(np.array([*same, *forged, *random]))  # (pairs, 2)
    left = table.loc[pairs[:, 0]].reset_index(drop=True)
    right = table.loc[pairs[:, 1]].reset_index(drop=True)
    kind = right["sort"].where(left["writer"] == right["writer"], "random")
    label = np.where(kind == "genuine", SAME, DIFFERENT)
    columns = {"left": left["path"], "right": right["path"], "label": label, "kind": kind}
    return pd.DataFrame(columns)


def _evenly(
    rng: np.random.Generator, most: int | None, pairs_of_each: list[list[tuple[int, int]]]
) -> list[tuple[int, int]]:
    """Return the writers' pairs in turns, each writer's in random order.

    Any beginning of them is then spread evenly.
    """
    place_in_turn = rng.permutation(len(pairs_of_each))
    queue = []
    for pairs, place in zip(pairs_of_each, place_in_turn, strict=True):
        drawn = rng.permutation(len(pairs))[:most]
        for turn, number in enumerate(drawn):
            queue.append((turn, place, pairs[number]))
    return [pair for turn, place, pair in sorted(queue)]


def _random_pairs(
    rng: np.random.Generator, genuine: pd.DataFrame, count: int
) -> list[tuple[int, int]]:
    """Return up to `count` pairs of signatures of two writers, every signature about equally often.

    The signatures stand in a ring in random order, and each is paired with the one `step` further
    on: the steps from 1 to half of the ring meet every pair once.
    """
    ring = rng.permutation(genuine.index)  # row numbers
    writers = genuine["writer"].loc[ring].to_numpy()
    size = len(ring)
    pairs = []
    for step in rng.permutation(np.arange(1, size // 2 + 1)):
        # Half of the ring on, each pair would be met from both its ends.
        starts = size // 2 if 2 * step == size else size
        start = np.arange(starts)
        end = (start + step) % size
        differ = writers[start] != writers[end]
        pairs.extend(zip(ring[start[differ]], ring[end[differ]], strict=True))
        if len(pairs) >= count:
            break
    return pairs[:count]


def writer_folds(
    table: pd.DataFrame, n_splits: int = 5, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each fold the rows to train on and to validate on; no writer is on both sides.

    Folds keep the share of genuine and forged, and of scripts if the table has them, as even as
    whole writers allow. Derived in chapter 03, *Splits and folds by writer*.

    Parameters
    ----------
    table : DataFrame
        Corpus table.
    n_splits : int, at least 2
        How many folds.
    seed : int, at least 0
        Of the draw.

    Returns
    -------
    list of n_splits pairs of int arrays
        Row positions (for `table.iloc`); each row validates once.

    Raises
    ------
    ValueError
        For fewer than two folds, fewer writers than folds, or a fold that nobody is in; for a row
        without writer, kind or script.

    See Also
    --------
    split_writers : splits once.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["a", "a", "b", "b"], "kind": ["genuine", "forged"] * 2})
    >>> for train, validation in writer_folds(table, n_splits=2):
    ...     print(*table["writer"].iloc[train], "|", *table["writer"].iloc[validation])
    a a | b b
    b b | a a
    """
    require_filled(table, ["writer", "kind", *({"script"} & set(table))])
    writers = table["writer"].nunique()
    if not 2 <= n_splits <= writers:
        needed = "need 2 or more, and a writer for each"
        raise ValueError(f"{n_splits} folds: {needed}; there are {writers} writers.")
    strata = table["kind"]
    if "script" in table:
        strata = table["script"] + " " + table["kind"]
    most = strata.value_counts().max()
    if most < n_splits:
        raise ValueError(f"{n_splits} folds: no kind has more than {most} rows; ask for fewer.")
    splitter = StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # It warns of every kind with fewer rows than folds: those are as even as they can be.
        warnings.simplefilter("ignore", UserWarning)
        folds = list(splitter.split(table, strata, groups=table["writer"]))
    # Where one writer has more rows than a fold, nothing may be left for another.
    if any(len(validation) == 0 for _, validation in folds):
        raise ValueError(f"{n_splits} folds: one would be empty; ask for fewer.")
    return folds


def class_weights(labels: ArrayLike) -> dict[int, float]:
    """Return for each class the weight that lets both count alike in a loss over pairs.

    It is n / (2 · number of the class). Derived in chapter 03, *How many pairs are there?*.

    Parameters
    ----------
    labels : int array, shape (n,)
        Of `SAME` and `DIFFERENT`.

    Returns
    -------
    dict from int to float
        From label to weight; the weights average 1 over the labels.

    Raises
    ------
    ValueError
        If a class is missing, or there is a label besides the two.

    Examples
    --------
    >>> class_weights([SAME, DIFFERENT, DIFFERENT, DIFFERENT])
    {0: 0.6666666666666666, 1: 2.0}
    """
    found, counts = np.unique(np.asarray(labels), return_counts=True)
    if set(found) != {SAME, DIFFERENT}:
        needed = f"need both SAME ({SAME}) and DIFFERENT ({DIFFERENT}) and no other."
        raise ValueError(f"labels {found.tolist()}: {needed}")
    weights = counts.sum() / (2 * counts)
    return {int(label): float(weight) for label, weight in zip(found, weights, strict=True)}
