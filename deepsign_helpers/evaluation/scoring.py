"""Score tables: who is compared with whom, and how distances to references become a score.

A *questioned* signature is said to be a writer's; it is compared with *references*, signatures
known to be that writer's. It is "genuine", or a forgery: "skilled" if somebody imitated the writer,
"random" if it is simply the genuine signature of another writer, the *impostor*.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.spatial.distance import cdist, pdist

from deepsign_helpers.evaluation.protocol import FUSIONS, PROTOCOLS, ComparisonRule, Protocol
from deepsign_helpers.evaluation.rates import equal_error_rate, judgeable, similarity
from deepsign_helpers.tables import (
    CONDITIONS,
    DIFFERENT,
    NAME_PARTS,
    SAME,
    SCORE_COLUMNS,
    parts_of_names,
    require_filled,
    require_known,
    signature_names,
    without_disguised,
)

# What others import from here; the protocol's names are passed on.
__all__ = [
    "FUSIONS",
    "PROTOCOLS",
    "Protocol",
    "compare",
    "equal_error_rates",
    "forgery_kinds",
    "fuse",
    "of_kind",
    "reported",
    "score_by_protocols",
    "score_table",
    "scores_and_labels",
]

# How much of the references' own mutual distance a fusion takes off the mean distance. A few
# references only estimate how much a writer varies, so "partial" takes off less than all of it.
# Whoever changes 0.7 changes `FUSIONS` in protocol.py and the docstring of `fuse`, too.
MUTUAL_SHARES = {"normalised": 1.0, "partial": 0.7}

# How far the squared length of a vector may be from 1: float16 vectors are a little off.
LENGTH_TOLERANCE = 2e-3

# Other writers whom each writer is compared with where the course scores its models: enough for
# an equal error rate of random forgeries, and a table that stays small.
COURSE_IMPOSTORS = 6


def fuse(
    distances: np.ndarray, fusion: str = "min", mutual: np.ndarray | float | None = None
) -> np.ndarray:
    """Return one distance for each questioned signature from its distances to the references.

    Derived in chapter 06, *One questioned signature*.

    Parameters
    ----------
    distances : float array, shape (n, references)
        A row for each questioned signature, a column for each reference.
    fusion : "mean", "min", "max", "normalised" or "partial"
        The average, the nearest or the farthest reference; "normalised" is the average less
        `mutual`, so that a writer whose own signatures vary is not judged by the measure of a
        steady one; "partial" is the average less 0.7 times `mutual`, because a few references
        only estimate how much a writer varies.
    mutual : float array, shape (n,), or one float, optional
        Mean distance among the references themselves, for "normalised" and "partial".

    Returns
    -------
    float array, shape (n,)
        In the unit of `distances`.

    Raises
    ------
    ValueError
        For an unknown fusion, and for "normalised" and "partial" with fewer than two references.

    See Also
    --------
    compare : fuses distances between vectors, and makes them a score.

    Examples
    --------
    >>> distances = np.array([[0.2, 0.6], [0.9, 1.1]])
    >>> fuse(distances, "min").tolist()
    [0.2, 0.9]
    >>> fuse(distances, "normalised", mutual=0.3).round(2).tolist()
    [0.1, 0.7]
    """
    require_known("fusion", [fusion], FUSIONS)
    distances = np.asarray(distances)
    if fusion == "min":
        return distances.min(axis=1)
    if fusion == "max":
        return distances.max(axis=1)
    if fusion == "mean":
        return distances.mean(axis=1)

    if mutual is None or distances.shape[1] < 2:
        raise ValueError(
            f'fusion: "{fusion}" needs the mutual distance of at least two references; '
            'use "min" with one'
        )
    return distances.mean(axis=1) - MUTUAL_SHARES[fusion] * mutual


def compare(
    questioned: np.ndarray, references: np.ndarray, fusion: str
) -> tuple[np.ndarray, np.ndarray]:
    """Compare questioned vectors with the references of one writer.

    Derived in chapter 06, *One questioned signature*.

    Parameters
    ----------
    questioned : float array, shape (n, d)
        Vectors of unit length.
    references : float array, shape (references, d)
        Vectors of unit length, all of one writer.
    fusion : str
        As for `fuse`.

    Returns
    -------
    scores : float array, shape (n,)
        Similarities, 1 − distance / 2 after fusion: higher means more alike. 1 is the same vector;
        "normalised" and "partial" can go above 1.
    distances : float array, shape (n, references)
        Euclidean, in [0, 2].

    See Also
    --------
    score_table : compares the signatures of a whole corpus.

    Examples
    --------
    >>> references = np.array([[1.0, 0.0], [0.8, 0.6]])
    >>> scores, distances = compare(np.array([[0.6, 0.8]]), references, fusion="min")
    >>> scores.round(3).tolist(), distances.round(3).tolist()
    ([0.859], [[0.894, 0.283]])
    """
    require_unit_vectors(questioned, count=len(questioned))
    require_unit_vectors(references, count=len(references))
    distances = cdist(questioned, references)  # (n, references)
    mutual = pdist(references).mean() if len(references) > 1 else None
    return similarity(fuse(distances, fusion, mutual)), distances


def score_table(
    embeddings: np.ndarray,
    table: pd.DataFrame,
    references: int = 5,
    fusion: str = "min",
    seed: int = 0,
    impostors: int | None = None,
) -> pd.DataFrame:
    """Score every writer's questioned signatures against references drawn by lot.

    A writer's references are drawn from the genuine signatures. Questioned are the other genuine
    ones, the forgeries of this writer, and one genuine signature of every other writer (of the
    same `split`, where the table has one). Where that is too much, `impostors` other writers drawn
    by lot will do. Disguised signatures are left out. The result does not depend on the order of
    the rows, nor a writer's references on who else is there.

    Derived in chapter 06, *Hundreds of questioned signatures*.

    Parameters
    ----------
    embeddings : float array, shape (n, d)
        Vectors of unit length, a row for each row of `table`.
    table : DataFrame, n rows
        A corpus table: path, writer, kind, sample and, where there are such columns, forgery,
        split, condition…
    references : int, from 1 on
        References a writer.
    fusion : str
        As for `fuse`.
    seed : int
        Seed of the draw.
    impostors : int, optional
        How many other writers to question at most, for each writer.

    Returns
    -------
    DataFrame
        A row for each comparison: writer, questioned ("writer/kind/sample"), kind ("genuine",
        "random", and "skilled" or what else the table says of a forgery), references, fusion,
        score, and the table's conditions.

    Raises
    ------
    ValueError
        If lengths differ, a vector is not of unit length or is NaN, a writer has too few genuine
        signatures, or a signature stands there twice, or without its writer, kind or sample.

    See Also
    --------
    evaluate : reports on a score table.
    score_by_protocols : scores one model as the course does.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["ann"] * 3 + ["bob"] * 3, "sample": [0, 1, 2] * 2})
    >>> table = table.assign(kind=["genuine", "genuine", "forged"] * 2, path="")
    >>> angles = np.radians([0, 10, 40, 90, 105, 60])
    >>> vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> scores = score_table(vectors, table, references=1)
    >>> scores[["writer", "questioned", "kind", "score"]].round(2)
      writer     questioned     kind  score
    0    ann  ann/genuine/1  genuine   0.91
    1    ann   ann/forged/2  skilled   0.66
    2    ann  bob/genuine/0   random   0.29
    3    bob  bob/genuine/1  genuine   0.87
    4    bob   bob/forged/2  skilled   0.74
    5    bob  ann/genuine/1   random   0.36
    """
    embeddings = np.asarray(embeddings)  # not copied: as float64 they would take twice the memory
    require_unit_vectors(embeddings, count=len(table))
    drawn = draw_comparisons(table, references, seed, impostors)
    found = []
    for one in drawn:
        scores, _ = compare(embeddings[one.questioned], embeddings[one.references], fusion)
        found.append(pd.DataFrame({"score": scores}))
    named = name_comparisons(drawn, found, table)
    named = named.assign(references=references, fusion=fusion)
    conditions = [name for name in CONDITIONS if name in table]
    return named[[*SCORE_COLUMNS, *conditions]]


class Drawn(NamedTuple):
    """Which signatures of a corpus table were drawn for one writer.

    Attributes
    ----------
    writer : str
        Whose references they are.
    references, questioned : int array
        Numbers of rows of the table, from 0.
    kinds : list of str
        For each questioned signature "genuine", "random", or the kind of forgery.
    """

    writer: str
    references: np.ndarray
    questioned: np.ndarray
    kinds: list[str]


def draw_comparisons(
    table: pd.DataFrame, references: int, seed: int = 0, impostors: int | None = None
) -> list[Drawn]:
    """Draw each writer's references and questioned signatures, as `score_table` says.

    Parameters
    ----------
    table, references, seed, impostors
        As for `score_table`.

    Returns
    -------
    list of Drawn
        In the order of the splits and the writers' names.

    Raises
    ------
    ValueError
        For what `score_table` refuses of a table.
    """
    if not isinstance(references, int | np.integer) or references < 1:
        raise ValueError(f"references: {references} is too few; compare with at least one")
    require_comparable(table)
    table = without_disguised(in_order(table))
    parts = [part for _, part in table.groupby("split")] if "split" in table else [table]
    drawn = []
    for part in parts:
        drawn += draw_within(part, references, seed, impostors)
    return drawn


def name_comparisons(
    drawn: list[Drawn], found: list[pd.DataFrame], table: pd.DataFrame
) -> pd.DataFrame:
    """Return what was found of drawn comparisons in one table, with names and conditions.

    Parameters
    ----------
    drawn : list of Drawn
        As `draw_comparisons` returns them.
    found : list of DataFrame
        For each of them a row for each questioned signature: a score, or other figures.
    table : DataFrame
        The corpus table that they were drawn from.

    Returns
    -------
    DataFrame
        writer, questioned, kind, the columns found, and the table's conditions.
    """
    rows = np.concatenate([one.questioned for one in drawn])
    sizes = [len(one.questioned) for one in drawn]
    named = pd.DataFrame(
        {
            "writer": np.repeat([one.writer for one in drawn], sizes),
            "questioned": signature_names(table).to_numpy()[rows],
            "kind": [kind for one in drawn for kind in one.kinds],
        }
    )
    conditions = [name for name in CONDITIONS if name in table]
    seen = table[conditions].iloc[rows].reset_index(drop=True)
    return pd.concat([named, pd.concat(found, ignore_index=True), seen], axis=1)


def require_comparable(table: pd.DataFrame) -> None:
    """Raise a ValueError for a corpus table with a gap, or with one signature in two rows."""
    columns = [*NAME_PARTS, *({"split"} & set(table))]
    require_filled(table, columns)
    is_doubled = table.duplicated(list(NAME_PARTS))
    if is_doubled.any():
        name = signature_names(table[is_doubled]).iloc[0]
        raise ValueError(f"table: {name} stands there twice; drop one, or it is its own reference")


def require_unit_vectors(embeddings: np.ndarray, count: int) -> None:
    """Raise a ValueError unless there are `count` vectors, each of unit length."""
    if np.ndim(embeddings) != 2 or len(embeddings) != count:
        raise ValueError(
            f"embeddings: shape {np.shape(embeddings)} for {count} signatures; give a row for each"
        )
    if not np.isfinite(embeddings).all():
        raise ValueError(
            "embeddings: some are NaN or infinite; has the encoder's training diverged?"
        )
    squared_lengths = np.einsum("ij,ij->i", embeddings, embeddings, dtype=np.float64)
    if not np.allclose(squared_lengths, 1, atol=LENGTH_TOLERANCE):
        raise ValueError(
            "embeddings: some are not of unit length; divide each by its Euclidean norm"
        )


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return a corpus table sorted by name (`questioned`); its index says which row was which."""
    names = signature_names(table)
    order = np.lexsort((table["path"].astype(str), names))  # by name (the last key), then path
    numbered = table.assign(questioned=names).set_axis(np.arange(len(table)))
    return numbered.iloc[order]


def draw_within(
    part: pd.DataFrame, references: int, seed: int, impostors: int | None
) -> Iterator[Drawn]:
    """Yield each writer's draw within a part of a corpus table.

    The part is in order; its index says which row of the whole table belongs to which signature.
    """
    genuine = part[part["kind"] == "genuine"]
    forged = part[part["kind"] == "forged"]
    # Where in `genuine` the signatures of each writer begin, and how many there are.
    _, first, sizes = np.unique(genuine["writer"].to_numpy(), return_index=True, return_counts=True)
    for number, writer in enumerate(np.unique(part["writer"].to_numpy())):
        own = genuine.index[genuine["writer"] == writer]
        forgeries = forged[forged["writer"] == writer]
        require_one_to_question(writer, genuine=len(own), references=references)

        # Each writer's draw has a seed of its own, so it does not depend on who else is there.
        # crc32 makes a number of the name, the same in every process, which hash() is not.
        rng = np.random.default_rng([seed, zlib.crc32(str(writer).encode())])
        drawn = rng.permutation(len(own))
        known = own[drawn[:references]]
        questioned = own[np.sort(drawn[references:])]
        # By lot one of each writer's signatures, which begin at `first` and are `sizes` many.
        steps = (rng.random(len(sizes)) * sizes).astype(int)  # each from 0 to its size less 1
        one_of_each_writer = genuine.index[first + steps]
        # Nobody is their own impostor. Whoever lacks genuine signatures is refused, so `number`
        # counts the same writers as `first` does. All others stay where `impostors` is None.
        of_others = rng.permutation(np.delete(one_of_each_writer, number))[:impostors]

        rows = np.concatenate([questioned, forgeries.index, of_others])
        kinds = ["genuine"] * len(questioned)
        # "sort", which `without_disguised` added: "skilled", or what the column `forgery` says.
        kinds += list(forgeries["sort"])
        kinds += ["random"] * len(of_others)
        yield Drawn(writer, known.to_numpy(), rows, kinds)


def require_one_to_question(writer: object, genuine: int, references: int) -> None:
    """Raise a ValueError if a writer's genuine signatures are no more than the references."""
    if genuine <= references:
        raise ValueError(
            f"writer {writer}: {genuine} genuine signatures; "
            f"{references} references and one to question need {references + 1}"
        )


def require_scores(scores_table: pd.DataFrame) -> None:
    """Raise a ValueError for a score table without names, kinds or finite scores in each row."""
    columns = ["writer", "kind", *({"questioned"} & set(scores_table))]
    require_filled(scores_table, columns, "scores_table")
    if "score" not in scores_table or not is_numeric_dtype(scores_table["score"]):
        raise ValueError("scores_table: has no column score of numbers; score the signatures")
    if not np.isfinite(scores_table["score"]).all():
        raise ValueError(
            "scores_table: some scores are NaN or infinite; "
            "find out which signatures could not be embedded"
        )


def of_kind(scores_table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the comparisons with genuine signatures and with one kind of forgery.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.
    kind : str
        A kind of forgery, such as "skilled".

    Returns
    -------
    DataFrame
        The chosen rows of `scores_table`, in its order.

    Examples
    --------
    >>> of_kind(pd.DataFrame({"kind": ["genuine", "random", "skilled"]}), "skilled")
          kind
    0  genuine
    2  skilled
    """
    return scores_table[scores_table["kind"].isin(["genuine", kind])]


def scores_and_labels(
    scores_table: pd.DataFrame, kind: str = "skilled"
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and labels of the genuine signatures and of one kind of forgery.

    Derived in chapter 06, *Hundreds of questioned signatures*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.
    kind : str
        A kind of forgery, such as "skilled".

    Returns
    -------
    scores : float array, shape (n,)
        In the table's order.
    labels : int array, shape (n,)
        `SAME` (1) for genuine, `DIFFERENT` (0) for forged.

    Raises
    ------
    ValueError
        If there are no scores of the kind, or no genuine ones, or some are not finite; for a row
        without kind, which would be passed over.

    Examples
    --------
    >>> table = pd.DataFrame({"kind": ["genuine", "skilled", "random"], "score": [0.9, 0.6, 0.2]})
    >>> scores, labels = scores_and_labels(table, "random")
    >>> scores.tolist(), labels.tolist()
    ([0.9, 0.2], [1, 0])
    """
    require_filled(scores_table, ["kind"], "scores_table")
    known = set(scores_table["kind"].astype(str))
    missing = {"genuine", kind} - known
    if missing:
        raise ValueError(
            f'scores_table: no scores of kind "{min(missing)}"; there are {sorted(known)}'
        )
    chosen = of_kind(scores_table, kind)
    labels = np.where(chosen["kind"] == "genuine", SAME, DIFFERENT)
    return judgeable(chosen["score"], labels)


def impostor_writers(scores_table: pd.DataFrame) -> pd.Series:
    """Return whose name each questioned signature bears; empty where the table has no names.

    For a random forgery that is the impostor, another writer, who signed as usual. For every other
    forgery it is the writer imitated, not the forger, whom nobody knows.
    """
    if "questioned" not in scores_table:
        return pd.Series("", index=scores_table.index)
    require_filled(scores_table, ["questioned"], "scores_table")
    return parts_of_names(scores_table["questioned"])["writer"]


def forgery_kinds(scores_table: pd.DataFrame) -> list[str]:
    """Return the kinds of forgery in a score table, skilled first and random last.

    They are judged apart: pooled, many easy random forgeries hide what the skilled ones do.
    Derived in chapter 06, *Three more frauds*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.

    Returns
    -------
    list of str

    Examples
    --------
    >>> forgery_kinds(pd.DataFrame({"kind": ["random", "genuine", "traced", "skilled"]}))
    ['skilled', 'traced', 'random']
    """
    require_filled(scores_table, ["kind"], "scores_table")
    kinds = set(scores_table["kind"]) - {"genuine"}
    # False sorts before True.
    return sorted(kinds, key=lambda kind: (kind == "random", kind != "skilled", kind))


def equal_error_rates(scores_table: pd.DataFrame) -> dict[str, float]:
    """Return the equal error rate for each kind of forgery in a score table.

    Derived in chapter 06, *Three more frauds*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.

    Returns
    -------
    dict from kind to float in [0, 1]

    See Also
    --------
    equal_error_rate : the same for scores and labels.

    Examples
    --------
    >>> kinds = ["genuine", "genuine", "skilled", "skilled", "random"]
    >>> equal_error_rates(pd.DataFrame({"kind": kinds, "score": [0.9, 0.7, 0.8, 0.5, 0.1]}))
    {'skilled': 0.5, 'random': 0.0}
    """
    equal_errors = {}
    for kind in forgery_kinds(scores_table):
        scores, labels = scores_and_labels(scores_table, kind)
        equal_errors[kind] = equal_error_rate(scores, labels)
    return equal_errors


def reported(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores that a report is on: several references, validation and test writers.

    Parameters
    ----------
    scores : DataFrame
        As `score_by_protocols` returns them, with a column `split`.

    Returns
    -------
    DataFrame
        The chosen rows, in their order: what `evaluate` takes.

    Examples
    --------
    >>> reported(pd.DataFrame({"references": [5, 5, 1], "split": ["test", "train", "test"]}))
       references split
    0           5  test
    """
    several = scores["references"] > 1
    held_out = scores["split"].isin(["validation", "test"])
    return scores[several & held_out]


def score_by_protocols(
    vectors: np.ndarray,
    table: pd.DataFrame,
    model: str,
    seed: int = 0,
    rules: Sequence[ComparisonRule] = PROTOCOLS,
) -> pd.DataFrame:
    """Return the scores of one model under the course's two protocols, or under other rules.

    Derived in chapter 05, *The result, with its protocol*.

    Parameters
    ----------
    vectors : float array, shape (n, d)
        Vectors of unit length, a row for each row of `table`.
    table : DataFrame, n rows
        A corpus table, for `PROTOCOLS` at least six genuine signatures a writer.
    model : str
        Name of what made the vectors.
    seed : int
        Seed of the draw.
    rules : sequence of ComparisonRule
        Each a number of references and a fusion.

    Returns
    -------
    DataFrame
        As `score_table` returns it, with a column `model`.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["ann"] * 7 + ["bob"] * 7, "sample": [*range(7)] * 2})
    >>> table = table.assign(kind=(["genuine"] * 6 + ["forged"]) * 2, path="")
    >>> scores = score_by_protocols(np.ones((14, 1)), table, "says 1 to everybody")
    >>> scores.groupby(["references", "fusion"]).size().to_dict()
    {(1, 'min'): 14, (5, 'partial'): 6}
    """
    scored = []
    for rule in rules:
        scores = score_table(
            vectors,
            table,
            references=rule.references,
            fusion=rule.fusion,
            seed=seed,
            impostors=COURSE_IMPOSTORS,
        )
        scored.append(scores)
    return pd.concat(scored, ignore_index=True).assign(model=model)
