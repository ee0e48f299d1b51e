"""Measure signatures: the figures of their ink, and how alike they are, beside real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation
from deepsign_helpers.tables import DIFFERENT, SAME
from studies.realism.drawing import look
from studies.realism.figures import figures
from studies.realism.likeness import SIGNALS, Points, points, signals
from studies.realism.ranges import real_ranges

SCRIPTS = ("latin", "devanagari", "paraph")  # to measure like people's; never "arabic"

# As the real corpora were measured.
REFERENCES = 5  # a writer's first genuine signatures
QUESTIONED = 12  # genuine and forged signatures of a writer, at most
STRANGERS = 6  # whose last genuine signature is taken for the writer's
# Of how alike the references are among themselves: whoever varies a lot is forgiven a lot.
OWN_SHARE = 0.8
LEAST_WITHIN = 1e-9  # so that what never varies can be divided by

Image = str | Path | np.ndarray


@dataclass(frozen=True, eq=False)
class Signatures:
    """What is measured of one writer.

    Attributes
    ----------
    genuine, forged : lists of images
        Paths, or uint8 arrays, shape (height, width); at least 7 and 3 of them.
    """

    genuine: Sequence[Image]
    forged: Sequence[Image]


@dataclass(frozen=True, eq=False)
class Seen:
    """One writer's signatures, looked at.

    Attributes
    ----------
    genuine_figures, forged_figures : DataFrames
        A row an image.
    genuine, forged : lists of Points
        What is laid upon one another.
    """

    genuine_figures: pd.DataFrame
    forged_figures: pd.DataFrame
    genuine: list[Points]
    forged: list[Points]


@dataclass(frozen=True, eq=False)
class Measured:
    """What generated signatures measure, beside real ones.

    Attributes
    ----------
    figures, signals : DataFrames
        A row for each `name` and `what`, with the columns `measured`, `low` and `high` (the range
        of real signatures, widened), `weight`, and `inside`, whether it lies in that range.
    """

    figures: pd.DataFrame
    signals: pd.DataFrame

    def rows(self) -> pd.DataFrame:
        """Return both tables, one below the other."""
        return pd.concat([self.figures, self.signals], ignore_index=True)


def measure(writers: pd.DataFrame | Sequence[Signatures]) -> Measured:
    """Measure the signatures of some writers, in as many processes as joblib says.

    Parameters
    ----------
    writers : DataFrame or list of Signatures
        A corpus table, of whose forgeries the skilled ones count, or its writers one by one. Sixty
        writers tell enough; the real corpora had as many.

    Returns
    -------
    Measured
    """
    if isinstance(writers, pd.DataFrame):
        writers = writers_of(writers)
    return compare(joblib.Parallel()(joblib.delayed(see)(writer) for writer in writers))


def writers_of(table: pd.DataFrame) -> list[Signatures]:
    """Return a corpus table writer by writer."""
    if "forgery" in table:
        table = table[table["forgery"].isin(["", "skilled"])]
    found = []
    for _, of_writer in table.groupby("writer"):
        genuine = of_writer.loc[of_writer["kind"] == "genuine", "path"]
        forged = of_writer.loc[of_writer["kind"] == "forged", "path"]
        found.append(Signatures(genuine.tolist(), forged.tolist()))
    return found


def see(writer: Signatures) -> Seen:
    """Look at the signatures of one writer.

    Raises
    ------
    ValueError
        If there are too few.
    """
    if len(writer.genuine) < REFERENCES + 2 or len(writer.forged) < 3:
        asked = f"{REFERENCES + 2} genuine and 3 forged signatures of each writer are needed"
        raise ValueError(f"{asked}; here are {len(writer.genuine)} and {len(writer.forged)}")
    genuine = [look(image) for image in writer.genuine[: REFERENCES + QUESTIONED]]
    forged = [look(image) for image in writer.forged[:QUESTIONED]]
    return Seen(
        genuine_figures=pd.DataFrame([figures(drawing) for drawing in genuine]),
        forged_figures=pd.DataFrame([figures(drawing) for drawing in forged]),
        genuine=[points(drawing) for drawing in genuine],
        forged=[points(drawing) for drawing in forged],
    )


def compare(seen: Sequence[Seen]) -> Measured:
    """Return what some writers measure together, beside real ones.

    Parameters
    ----------
    seen : list of Seen
        More than one writer of one script.
    """
    return Measured(
        figures=beside_real("figures", of_figures(seen)),
        signals=beside_real("signals", of_signals(seen)),
    )


def beside_real(table: str, measured: pd.DataFrame) -> pd.DataFrame:
    """Lay measured numbers (a row a name, a column a `what`) beside the ranges of real ones."""
    ranges = real_ranges()
    ranges = ranges[ranges["table"] == table].drop(columns="table").reset_index(drop=True)
    values = [measured.loc[name, what] for name, what in zip(ranges.name, ranges.what, strict=True)]
    ranges.insert(2, "measured", values)
    ranges["inside"] = ranges["measured"].between(ranges["low"], ranges["high"])
    return ranges


def of_figures(seen: Sequence[Seen]) -> pd.DataFrame:
    """Return for each figure percentiles over writers, a writer's spread, the forgers' shift."""
    genuine = pd.DataFrame([writer.genuine_figures.mean() for writer in seen])  # (writers, figures)
    variances = pd.DataFrame([writer.genuine_figures.var() for writer in seen])
    forged = pd.DataFrame([writer.forged_figures.mean() for writer in seen])
    within = np.sqrt(variances.mean()).clip(lower=LEAST_WITHIN)
    between = genuine.std().clip(lower=LEAST_WITHIN)
    shifts = (forged - genuine) / within
    return pd.DataFrame(
        {
            "p10": genuine.quantile(0.1),
            "p50": genuine.quantile(0.5),
            "p90": genuine.quantile(0.9),
            "within over between": within / between,
            "shift": np.sqrt((shifts**2).mean()),
        }
    )


def of_signals(seen: Sequence[Seen]) -> pd.DataFrame:
    """Return for each signal its mean over pairs of each kind, and its equal error rates (%)."""
    rng = np.random.default_rng(0)
    tasks = []
    for number, writer in enumerate(seen):
        order = rng.permutation(len(seen))
        strangers = [seen[other].genuine[-1] for other in order if other != number][:STRANGERS]
        tasks.append(joblib.delayed(judge)(writer, strangers))
    judged = joblib.Parallel()(tasks)

    pairs = {}  # by kind: (pairs, signals)
    scores = {}  # by kind: (questioned signatures, signals)
    for kind in ("genuine", "skilled", "random"):
        pairs[kind] = np.concatenate([alike[kind].reshape(-1, len(SIGNALS)) for alike, _ in judged])
        scores[kind] = np.concatenate(
            [alike[kind].mean(axis=1) - OWN_SHARE * own for alike, own in judged]
        )
    measured = {kind: values.mean(axis=0) for kind, values in pairs.items()}
    for kind in ("skilled", "random"):
        measured[f"{kind} EER"] = error_rates(scores["genuine"], scores[kind])
    return pd.DataFrame(measured, index=list(SIGNALS))


def judge(writer: Seen, strangers: Sequence[Points]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Lay questioned signatures upon a writer's references.

    Returns
    -------
    alike : dict of float arrays, shape (questioned, references, signals)
        For the kinds `genuine`, `skilled` and `random`.
    own : float array, shape (signals,)
        How alike the references are, on average over their pairs.
    """
    references = writer.genuine[:REFERENCES]
    questioned = {
        "genuine": writer.genuine[REFERENCES:],
        "skilled": writer.forged,
        "random": strangers,
    }
    alike = {}
    for kind, some in questioned.items():
        pairs = [signals(one, reference) for one in some for reference in references]
        alike[kind] = np.reshape(pairs, (len(some), len(references), len(SIGNALS)))
    own = []
    for one in references:
        others = [reference for reference in references if reference is not one]
        own.extend(signals(one, reference) for reference in others)
    return alike, np.mean(own, axis=0)


def error_rates(genuine: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the equal error rate (%) of each signal: arrays have a row a signature."""
    labels = np.repeat([SAME, DIFFERENT], [len(genuine), len(others)])
    rates = []
    for same, different in zip(genuine.T, others.T, strict=True):
        scores = np.concatenate([same, different])
        rates.append(100 * evaluation.equal_error_rate(scores, labels))
    return np.array(rates)
