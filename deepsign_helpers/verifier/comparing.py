"""Figures: all that is compared of a questioned signature and a writer's references.

Signatures are traced once, and the references compared among themselves once. One verification
and a table of a whole corpus go through the same function.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

from deepsign_helpers import evaluation, preprocessing, runtime, strokes, tables
from deepsign_helpers.evaluation.rates import similarity
from deepsign_helpers.evaluation.scoring import MUTUAL_SHARES, draw_comparisons, name_comparisons
from deepsign_helpers.strokes import Line
from deepsign_helpers.verifier.fusing import (
    ENCODER,
    FIGURES,
    OWN_DISTANCE,
    Fusion,
    figures_of_voice,
)

# Lines that a process traces at once. One takes some ten milliseconds, handing over one or two.
LINES_AT_ONCE = 8
MOST_NAMED = 10  # images without a line; where there are more, something else is wrong


@dataclass(frozen=True, eq=False)
class Signatures:
    """Signatures as they are compared.

    Attributes
    ----------
    vectors : float array, shape (n, d)
        The encoder's, of unit length.
    lines : list of Line, n of them
        As `strokes.trace_line` returns them.
    """

    vectors: np.ndarray
    lines: list[Line]

    def only(self, numbers: Sequence[int] | np.ndarray) -> "Signatures":
        """Return those with the given numbers, in that order."""
        return Signatures(self.vectors[numbers], [self.lines[number] for number in numbers])


def trace_all(table: pd.DataFrame) -> list[Line]:
    """Trace the lines of all images of a corpus, in the table's order.

    Work is spread over as many processes as `joblib.parallel_config` says.

    Parameters
    ----------
    table : DataFrame
        Corpus table; its `path` can be opened.

    Raises
    ------
    preprocessing.ImageError
        If images show no line; it names up to ten of them.
    """
    tasks = (joblib.delayed(_line_or_reason)(path) for path in table["path"])
    parallel = joblib.Parallel(return_as="generator", batch_size=LINES_AT_ONCE)
    lines = list(runtime.progress(parallel(tasks), "tracing", total=len(table)))
    reasons = [line for line in lines if isinstance(line, str)]
    if len(reasons) == 1:
        raise preprocessing.ImageError(reasons[0])
    if reasons:
        named = "".join(f"\n- {reason}" for reason in reasons[:MOST_NAMED])
        others = len(reasons) - MOST_NAMED
        more = f"\nand {others} more" if others > 0 else ""
        found = f"{len(reasons)} of {len(lines)} images show no line; mend them, or leave them out"
        raise preprocessing.ImageError(f"{found}:{named}{more}")
    return lines


def _line_or_reason(path: str) -> Line | str:
    """Return the line of an image, or the sentence that says why it has none."""
    try:
        return strokes.trace_line(path)
    except preprocessing.ImageError as error:
        return str(error)


def encoder_scores(
    asked: np.ndarray, known: np.ndarray, rule: str, usual_distance: float | None = None
) -> np.ndarray:
    """Return the encoder's scores; with one reference, a usual writer's own distance stands in.

    Parameters
    ----------
    asked : float array, shape (n, d)
        Vectors of questioned signatures.
    known : float array, shape (references, d)
        Vectors of one writer's references.
    rule : str
        How distances are fused, as for `evaluation.fuse`.
    usual_distance : float, optional
        What the mean distance among references usually is. Without it, a rule that takes such a
        distance off takes off nothing where there is one reference.

    Returns
    -------
    float array, shape (n,)
        As `evaluation.compare` returns them.

    Examples
    --------
    >>> asked = np.array([[0.6, 0.8]])
    >>> known = np.array([[1.0, 0.0]])
    >>> encoder_scores(asked, known, "mean").round(3).tolist()
    [0.553]
    >>> encoder_scores(asked, known, "partial", usual_distance=0.4).round(3).tolist()
    [0.693]
    """
    if len(known) > 1 or rule not in MUTUAL_SHARES:
        scores, _ = evaluation.compare(asked, known, rule)
        return scores
    _, distances = evaluation.compare(asked, known, "mean")
    taken_off = MUTUAL_SHARES[rule] * (usual_distance or 0)
    return similarity(distances[:, 0] - taken_off)


def figures_of(
    questioned: Signatures,
    references: Signatures,
    rule: str,
    usual_distance: float | None = None,
    own: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the figures of questioned signatures, compared with the references of one writer.

    Parameters
    ----------
    questioned : Signatures, n of them
        Said to be the writer's.
    references : Signatures
        Known to be the writer's.
    rule, usual_distance
        As for `encoder_scores`.
    own : DataFrame, optional
        `strokes.own_likeness` of the references, where that is known.

    Returns
    -------
    DataFrame, n rows
        A column for each of `FIGURES`, higher is more alike; and `OWN_DISTANCE`.
    """
    if own is None:
        own = strokes.own_likeness(references.lines)
    scores = encoder_scores(questioned.vectors, references.vectors, rule, usual_distance)
    rows = []
    for line, score in zip(questioned.lines, scores, strict=True):
        compared = strokes.compare(line, references.lines, own)
        rows.append(figures_in_a_row(score, compared["mean"], compared["best"]))
    return pd.DataFrame(rows).assign(**{OWN_DISTANCE: own_distance(references.vectors)})


def own_distance(vectors: np.ndarray) -> float:
    """Return the mean distance among vectors, (n, d); NaN where there is one."""
    return float(pdist(vectors).mean()) if len(vectors) > 1 else np.nan


def figures_in_a_row(score: float, mean: pd.Series, best: pd.Series) -> dict[str, float]:
    """Return the encoder's score, and both figures of each signal, by the names in `FIGURES`."""
    row = {ENCODER: float(score)}
    for name in strokes.NAMES:
        name_of_mean, name_of_best = figures_of_voice(name)
        row[name_of_mean] = float(mean[name])
        row[name_of_best] = float(best[name])
    return row


def figure_table(
    signatures: Signatures,
    table: pd.DataFrame,
    references: int = 5,
    rule: str = "partial",
    seed: int = 0,
    impostors: int | None = None,
    usual_distance: float | None = None,
) -> pd.DataFrame:
    """Return the figures of a corpus, under the protocol of `evaluation.score_table`.

    The same seed draws the same references and the same strangers as there. Work is spread over as
    many processes as `joblib.parallel_config` says, writer by writer.

    Parameters
    ----------
    signatures : Signatures, n of them
        Of the table's images, in its order.
    table : DataFrame, n rows
        A corpus table.
    references, seed, impostors
        As for `evaluation.score_table`.
    rule, usual_distance
        As for `encoder_scores`.

    Returns
    -------
    DataFrame
        A row for each comparison: writer, questioned, kind, references, fusion (the encoder's
        rule; "min" with one reference, as in `evaluation.PROTOCOLS`), a column for each of
        `FIGURES`, `OWN_DISTANCE`, and the table's conditions.

    Raises
    ------
    ValueError
        For what `evaluation.score_table` refuses.
    """
    drawn = draw_comparisons(table, references, seed, impostors)
    tasks = (
        joblib.delayed(figures_of)(
            signatures.only(one.questioned),
            signatures.only(one.references),
            rule,
            usual_distance,
        )
        for one in drawn
    )
    parallel = joblib.Parallel(return_as="generator")
    found = list(runtime.progress(parallel(tasks), "comparing", total=len(drawn)))
    named = name_comparisons(drawn, found, table)
    named.insert(3, "references", references)
    named.insert(4, "fusion", rule if references > 1 else "min")
    return named


def figures_of_reference(
    number: int, vectors: np.ndarray, alike: np.ndarray, rule: str
) -> pd.DataFrame:
    """Return the figures of one of at least three references, compared with the others.

    Parameters
    ----------
    number : int
        Which of them, from 0.
    vectors : float array, shape (n, d)
        The encoder's, of all references.
    alike : float array, shape (n, n, signals)
        As `strokes.likeness_of_pairs` returns it of all references.
    rule : str
        As for `evaluation.fuse`.

    Returns
    -------
    DataFrame, one row
        A column for each of `FIGURES`.
    """
    others = np.delete(np.arange(len(vectors)), number)
    scores, _ = evaluation.compare(vectors[[number]], vectors[others], rule)
    own = strokes.own_likeness_of(alike[np.ix_(others, others)])
    to_others = alike[number, others]  # (n - 1, signals)
    mean = to_others.mean(axis=0) - strokes.OWN_SHARE * own["mean"]
    best = to_others.max(axis=0) - strokes.OWN_SHARE * own["best"]
    return pd.DataFrame([figures_in_a_row(scores[0], mean, best)])


def scores_of(figures: pd.DataFrame, fusion: Fusion) -> pd.DataFrame:
    """Return the score table of a table of figures: their fused score in place of the figures.

    Parameters
    ----------
    figures : DataFrame
        As `figure_table` returns it.
    fusion : Fusion
        How they are added.

    Returns
    -------
    DataFrame
        As `evaluation.score_table` returns it, and what other columns there are.
    """
    scores = figures.assign(score=fusion.score(figures))
    known = (*tables.SCORE_COLUMNS, *FIGURES, OWN_DISTANCE)
    others = [name for name in figures if name not in known]
    return scores[[*tables.SCORE_COLUMNS, *others]]
