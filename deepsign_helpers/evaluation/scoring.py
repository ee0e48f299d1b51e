"""The protocol of a test: which signatures are references, which are questioned, and how distances become a score."""

import zlib
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist, pdist

from deepsign_helpers.evaluation.rates import checked, equal_error_rate, similarity
from deepsign_helpers.tables import (
    CONDITIONS,
    DIFFERENT,
    SAME,
    require_known,
    signature_names,
    without_disguised,
)

__all__ = [
    "FUSIONS",
    "PROTOCOLS",
    "Protocol",
    "compare",
    "equal_error_rates",
    "forgery_kinds",
    "fuse",
]
__all__ += ["reported", "score_by_protocols", "score_table", "scores_and_labels"]

FUSIONS = {
    "mean": "their mean",
    "min": "their minimum",
    "max": "their maximum",
    "normalised": "their mean less the references' own mutual distance",
    "partial": "their mean less 0.7 of the references' own mutual distance",
}
THRESHOLDS = {
    "global, None": "no threshold was set",
    "global, a-priori": "threshold (set by {kind} forgeries) and calibration a priori: from {judges} other writers",
    "global, a-posteriori": "one threshold for all, a posteriori: from the scores it then judges, so optimistic",
    "user, a-posteriori": "a threshold for each writer, a posteriori: from the scores it then judges, so optimistic",
}
SENTENCE = (
    "{model}writer-independent, {writers} writers, {references} reference{plural} each, distances to the references "
    "fused by {fusion}, {kinds} forgeries apart; {threshold}; EER and rates at a FAR are read off the tested scores; "
    "95 % intervals over writers."
)
PROTOCOLS = (
    (5, "partial"),
    (1, "min"),
)  # references of each writer, and how distances to them are fused
MUTUAL_SHARES = {"normalised": 1.0, "partial": 0.7}


@dataclass(frozen=True)
class Protocol:
    """Under which rules a test was made; printed, it is the sentence that belongs beside each of its results.

    Attributes
    ----------
    writers, references : how many writers were tested, and references of each; usual are 1, 3, 5 and 10
    fusion : how distances to the references became one, as for `fuse`
    kinds : kinds of forgery, each judged apart
    scope : "global", one threshold for everybody, or "user", one for each writer
    origin : where thresholds came from, "a-priori" or "a-posteriori"; without one, none was set
    judges : number of writers who gave the threshold
    model : name of what was tested
    """

    writers: int
    references: int
    fusion: str
    kinds: tuple[str, ...]
    scope: str = "global"
    origin: str | None = None
    judges: int = 0
    model: str = ""

    def __str__(self) -> str:
        threshold = THRESHOLDS[f"{self.scope}, {self.origin}"].format(
            kind=self.kinds[0], judges=self.judges
        )
        said = {"model": self.model and f"{self.model}: ", "plural": "s" * (self.references > 1)}
        said |= {"fusion": FUSIONS.get(self.fusion, self.fusion), "kinds": " and ".join(self.kinds)}
        return SENTENCE.format(**asdict(self) | said, threshold=threshold)


def fuse(
    distances: np.ndarray, fusion: str = "min", mutual: np.ndarray | float | None = None
) -> np.ndarray:
    """Return one distance for each questioned signature from its distances to the references.

    Parameters
    ----------
    distances : float array, shape (n, R)
        A row for each questioned signature, a column for each reference.
    fusion : "mean", "min", "max", "normalised" or "partial"
        The average, the nearest or the farthest reference; "normalised" is the average less `mutual`, so that a writer
        whose own signatures vary is not judged by the measure of a steady one; "partial" is the average less 0.7 times
        `mutual`, because a few references only estimate how much a writer varies.
    mutual : float array, shape (n,), or one float
        Mean distance among the references themselves, for "normalised" and "partial".

    Raises
    ------
    ValueError
        For an unknown fusion, and for these two with fewer than two references.
    """
    require_known("fusion", [fusion], FUSIONS)
    distances = np.asarray(distances)
    if fusion not in MUTUAL_SHARES:
        return getattr(distances, fusion)(axis=1)
    if mutual is None or distances.shape[1] < 2:
        raise ValueError(
            f'fusion: "{fusion}" needs the mutual distance of at least two references; use "min" with one'
        )
    return distances.mean(axis=1) - MUTUAL_SHARES[fusion] * mutual


def compare(
    questioned: np.ndarray, references: np.ndarray, fusion: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of each questioned vector, and its distance to each reference, shapes (n,) and (n, R)."""
    distances = cdist(questioned, references)
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
    """Score every writer's questioned signatures against references drawn by lot: a writer-independent test.

    A writer's references are drawn from the genuine signatures. Questioned are the other genuine ones, the forgeries
    of this writer, and one genuine signature of every other writer (of the same `split`, where the table has one).
    Where that is too much, `impostors` other writers drawn by lot will do. Disguised signatures are left out.
    The result does not depend on the order of the rows, nor a writer's references on who else is there.

    Parameters
    ----------
    embeddings : float array, shape (n, d)
        Vectors of unit length, a row for each row of `table`.
    table : DataFrame
        A corpus table: path, writer, kind, sample and, where there are such columns, forgery, split, condition…
    references : int
        References a writer.
    fusion : str
        As for `fuse`.
    seed : int
        Seed of the draw.
    impostors : int, optional
        How many other writers to question at most, for each writer.

    Returns
    -------
    DataFrame with columns writer, questioned ("writer/kind/sample"), kind ("genuine", "random", and "skilled" or what
    else the table says of a forgery), references, fusion, score, and the table's conditions.

    Raises
    ------
    ValueError
        If lengths differ, a vector is not of unit length, or a writer has too few genuine signatures.
    """
    embeddings = np.asarray(
        embeddings
    )  # as they are: a copy in float64 would take twice the memory
    if len(embeddings) != len(table):
        raise ValueError(
            f"embeddings: {len(embeddings)} rows for {len(table)} signatures; give one for each"
        )
    if not np.allclose(
        np.einsum("ij,ij->i", embeddings, embeddings, dtype=np.float64), 1, atol=2e-3
    ):
        raise ValueError(
            "embeddings: some are not of unit length; divide each by its Euclidean norm"
        )
    if references < 1:
        raise ValueError(f"references: {references} is too few; compare with at least one")

    name = signature_names(table)
    order = np.lexsort((table["path"].astype(str), name))
    table = without_disguised(
        table.assign(questioned=name).set_axis(np.arange(len(table))).iloc[order]
    )
    parts = [part for _, part in table.groupby("split")] if "split" in table else [table]
    asked = embeddings, references, fusion, seed, impostors
    trials = pd.concat(
        [trial for part in parts for trial in trials_of(part, *asked)], ignore_index=True
    )
    conditions = [name for name in CONDITIONS if name in table]
    trials = trials.join(table[["questioned", *conditions]], on="row").assign(
        references=references, fusion=fusion
    )
    return trials[["writer", "questioned", "kind", "references", "fusion", "score", *conditions]]


def trials_of(
    part: pd.DataFrame, embeddings: np.ndarray, references: int, fusion: str, seed: int, impostors
):
    """Yield each writer's trials among the writers of one part: writer, row of the questioned one, kind and score.

    The part is in order; its index says which row of the embeddings belongs to which signature.
    """
    genuine, forged = part[part["kind"] == "genuine"], part[part["kind"] == "forged"]
    writers, first, sizes = np.unique(
        genuine["writer"].to_numpy(), return_index=True, return_counts=True
    )
    for number, writer in enumerate(np.unique(part["writer"].to_numpy())):
        own, forgeries = (
            genuine.index[genuine["writer"] == writer],
            forged[forged["writer"] == writer],
        )
        if len(own) <= references:
            needed = f"{references} references and one to question need {references + 1}"
            raise ValueError(f"writer {writer}: {len(own)} genuine signatures; {needed}")
        rng = np.random.default_rng([seed, zlib.crc32(str(writer).encode())])
        drawn = rng.permutation(len(own))
        compared, questioned = embeddings[own[drawn[:references]]], own[np.sort(drawn[references:])]
        one_of_each = genuine.index[first + (rng.random(len(writers)) * sizes).astype(int)]
        others = rng.permutation(np.delete(one_of_each, number))[:impostors]
        rows = np.concatenate([questioned, forgeries.index, others])
        kinds = [*["genuine"] * len(questioned), *forgeries["sort"], *["random"] * len(others)]
        scores, _ = compare(embeddings[rows], compared, fusion)
        yield pd.DataFrame({"writer": writer, "row": rows, "kind": kinds, "score": scores})


def of_kind(scores_table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the scores of the genuine signatures and of one kind of forgery."""
    return scores_table[scores_table["kind"].isin(["genuine", kind])]


def scores_and_labels(
    scores_table: pd.DataFrame, kind: str = "skilled"
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and labels of the genuine signatures and of one kind of forgery, in the table's order.

    Raises
    ------
    ValueError
        If there are no scores of the kind, or no genuine ones, or some are not finite.
    """
    chosen = of_kind(scores_table, kind)
    known = set(scores_table["kind"].astype(str))
    if missing := {"genuine", kind} - known:
        raise ValueError(
            f'scores_table: no scores of kind "{min(missing)}"; there are {sorted(known)}'
        )
    return checked(chosen["score"], np.where(chosen["kind"] == "genuine", SAME, DIFFERENT))


def impostors(scores_table: pd.DataFrame) -> pd.Series:
    """Return who wrote each questioned signature, from its name "writer/kind/sample"; empty where it has none."""
    return (
        scores_table.get("questioned", pd.Series("", scores_table.index))
        .astype(str)
        .str.rsplit("/", n=2)
        .str[0]
    )


def forgery_kinds(scores_table: pd.DataFrame) -> list[str]:
    """Return the kinds of forgery in a score table, skilled first and random last: they are judged apart."""
    kinds = set(scores_table["kind"].dropna()) - {"genuine"}
    return sorted(kinds, key=lambda kind: (kind == "random", kind != "skilled", kind))


def equal_error_rates(scores_table: pd.DataFrame) -> dict[str, float]:
    """Return the equal error rate, in [0, 1], for each kind of forgery in a score table."""
    return {
        kind: equal_error_rate(*scores_and_labels(scores_table, kind))
        for kind in forgery_kinds(scores_table)
    }


def reported(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores that a report is on: several references, validation and test writers."""
    return scores[(scores["references"] > 1) & scores["split"].isin(["validation", "test"])]


def score_by_protocols(
    vectors: np.ndarray, table: pd.DataFrame, model: str, seed: int = 0
) -> pd.DataFrame:
    """Return the scores of one model under the course's two protocols: five references a writer, and one.

    Parameters
    ----------
    vectors : float (n, d), unit length, a row for each row of `table`
    table : corpus table
    model : name of what made the vectors
    """
    scores = [score_table(vectors, table, *protocol, seed, impostors=6) for protocol in PROTOCOLS]
    return pd.concat(scores, ignore_index=True).assign(model=model)
