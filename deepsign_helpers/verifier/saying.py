"""What is said beside a score: the evidence, signal by signal, and what weakens a verdict."""

import math
from typing import Any

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation
from deepsign_helpers.evaluation.rates import similarity
from deepsign_helpers.evaluation.scoring import MUTUAL_SHARES
from deepsign_helpers.strokes import AGREEMENT, DARKNESS, DESCRIPTOR, OWN_SHARE
from deepsign_helpers.verifier.comparing import own_distance
from deepsign_helpers.verifier.enrolling import Enrolled
from deepsign_helpers.verifier.fusing import ENCODER, figures_of_voice

COLUMNS = ["signal", "value", "usual", "spreads", "weight", "sentence"]

# Usual spreads. Of the usual bell curve, a sixth lies more than one below its middle, and one in
# forty more than two.
SOMEWHAT = 1.0
CLEARLY = 2.0

# What is said of each signal, where it is as usual and where it is not.
ALIKE = {
    ENCODER: "to the trained encoder it looks like this writer's references",
    AGREEMENT: "the line runs where this writer's runs",
    DARKNESS: "the line is dark and pale where this writer's is",
    DESCRIPTOR: "strokes of each direction lie where this writer's lie",
}
UNLIKE = {
    ENCODER: "to the trained encoder it looks unlike this writer's references",
    AGREEMENT: "the line runs in other places or directions than this writer's",
    DARKNESS: "the line is not dark and pale in the places where this writer's is",
    DESCRIPTOR: "strokes of some directions do not lie where this writer's lie",
}

ONE_REFERENCE = (
    "With one reference, nothing shows how much this writer varies: what is usual for other "
    "writers stands in."
)
ONLY_STRANGERS = (
    "The threshold was set by strangers' signatures alone: how a skilled forgery scores is not "
    "known."
)
PLAIN_DISTANCE = (
    "With one reference, the encoder's plain distance counts: this verifier has learned from one "
    "reference a writer, and does not know how far apart a writer's own signatures usually are."
)


def sentence_of(signal: str, spreads: float, is_one: bool = False) -> str:
    """Say a signal to a reader who has never heard of it.

    Parameters
    ----------
    signal : str
        One of `fusing.VOICES`.
    spreads : float
        How many usual spreads the questioned signature lies above what is usual.
    is_one : bool
        Whether there is but one reference, so that nobody knows what is usual for the writer.

    Examples
    --------
    >>> sentence_of(AGREEMENT, -3.12)
    "the line runs in other places or directions than this writer's: 3.1 usual spreads below what is usual for this writer"
    """  # noqa: E501
    if spreads < -CLEARLY:
        said = UNLIKE[signal]
    elif spreads < -SOMEWHAT:
        said = f"in part, {UNLIKE[signal]}"
    else:
        said = ALIKE[signal]
    where = "above" if spreads > 0 else "below"
    whom = "other writers" if is_one else "this writer"
    return f"{said}: {abs(spreads):.1f} usual spreads {where} what is usual for {whom}"


def evidence_of_encoder(distances: np.ndarray, known: np.ndarray) -> pd.DataFrame:
    """Return the evidence of an encoder alone: the mean distance, whatever the score's fusion.

    Parameters
    ----------
    distances : float array, shape (references,)
        Of the questioned signature.
    known : float array, shape (references, d)
        The references' vectors.
    """
    row = {
        "signal": "mean distance to the references",
        "value": float(np.mean(distances)),
        "usual": own_distance(known),
        "spreads": math.nan,  # how much genuine signatures scatter is known to a fusion only
        "weight": 1.0,
        "sentence": "",
    }
    return pd.DataFrame([row], columns=COLUMNS)


def evidence_of_all(figures: pd.DataFrame, asked: np.ndarray, references: Enrolled) -> pd.DataFrame:
    """Return the evidence of encoder and strokes.

    Parameters
    ----------
    figures : DataFrame, one row
        Of the questioned signature, with a column for each of `FIGURES`.
    asked : float array, shape (1, d)
        Its vector.
    references : Enrolled
        With what it was compared, by a verifier that fuses.
    """
    known = references.vectors
    is_one = len(known) == 1
    likeness, _ = evaluation.compare(asked, known, "mean")
    value = {ENCODER: likeness[0]}
    distance = references.fusion.usual_distance if is_one else own_distance(known)
    usual = {ENCODER: math.nan if distance is None else similarity(distance)}
    for signal, own in references.own["mean"].items():
        name_of_mean, _ = figures_of_voice(signal)
        # What was taken off to make a figure of it is put on again.
        value[signal] = figures[name_of_mean].iloc[0] + OWN_SHARE * own
        usual[signal] = own

    rows = []
    for signal, said in references.fusion.by_voice(figures).iterrows():
        row = {
            "signal": signal,
            "value": float(value[signal]),
            "usual": float(usual[signal]),
            "spreads": said["spreads"],
            "weight": said["weight"],
            "sentence": sentence_of(signal, said["spreads"], is_one),
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def warnings_on(
    references: Enrolled, prepared: np.ndarray, protocol: dict[str, Any], rejected: int
) -> tuple[str, ...]:
    """Return what weakens a verdict.

    Parameters
    ----------
    references : Enrolled
        With what was compared.
    prepared : float32 array, shape (height, width, 1)
        The questioned signature.
    protocol : dict
        Of the verifier: how the threshold was found.
    rejected : int
        How many references would be rejected by the others.
    """
    count = len(references)
    planned = protocol.get("references")
    sentences = []
    if planned is not None and count != planned:
        sentences.append(
            f"The threshold was found with {planned} references; "
            f"with {count}, error rates are not known."
        )
    if count == 1 and references.fusion is not None:
        sentences.append(ONE_REFERENCE)
        takes_off = protocol["fusion"] in MUTUAL_SHARES
        if takes_off and references.fusion.usual_distance is None:
            sentences.append(PLAIN_DISTANCE)
    kinds = protocol.get("kinds", ())
    if len(kinds) > 0 and kinds[0] == "random":
        sentences.append(ONLY_STRANGERS)
    if any(np.array_equal(reference, prepared) for reference in references.prepared):
        sentences.append(
            "The questioned signature is the same image as a reference: nobody signs twice alike."
        )
    distinct = {reference.tobytes() for reference in references.prepared}
    if len(distinct) < count:
        sentences.append("Some references are the same image: fewer would say as much.")
    if rejected > count / 2:
        problem = f"{rejected} of {count} references would be rejected by the others"
        sentences.append(
            f"{problem}; are all of them by one hand, and is nothing else on the scans?"
        )
    return tuple(sentences)
