"""References that are known: prepared, embedded, traced and compared with each other, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, strokes
from deepsign_helpers.strokes import Line
from deepsign_helpers.verifier import comparing
from deepsign_helpers.verifier.fusing import Fusion

if TYPE_CHECKING:
    # For type hints alone: importing it takes seconds, since TensorFlow starts.
    from keras import Model

FEWEST_TO_COMPARE = 3  # references, of which each is compared with the others


@dataclass(frozen=True, eq=False)
class Enrolled:
    """A writer's references, as `Verifier.enrol` keeps them.

    Attributes
    ----------
    encoder : keras.Model
        Of the verifier that enrolled them.
    fusion : Fusion or None
        Of the same; None for an encoder alone.
    prepared : float32 array, shape (n, height, width, 1)
        Their images.
    vectors : float array, shape (n, d)
        Of unit length.
    lines : list of Line
        Empty for an encoder alone.
    own : DataFrame or None
        `strokes.own_likeness` of the lines; None for an encoder alone.
    scores : float array, shape (n,)
        Of each, compared with the others; empty where there are fewer than three.
    doubts : tuple of str
        Sentences on what is doubtful about an image.
    """

    encoder: "Model"
    fusion: Fusion | None
    prepared: np.ndarray
    vectors: np.ndarray
    lines: list[Line]
    own: pd.DataFrame | None
    scores: np.ndarray
    doubts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def signatures(self) -> comparing.Signatures:
        """Vectors and lines together."""
        return comparing.Signatures(self.vectors, self.lines)


def scores_of_vectors(vectors: np.ndarray, rule: str) -> np.ndarray:
    """Return the encoder's score of each reference, compared with the others: float array (n,)."""
    if len(vectors) < FEWEST_TO_COMPARE:
        return np.zeros(0)
    scores = []
    for number in range(len(vectors)):
        others = np.delete(vectors, number, axis=0)
        one, _ = evaluation.compare(vectors[[number]], others, rule)
        scores.append(one[0])
    return np.array(scores)


def own_and_scores(
    vectors: np.ndarray, lines: Sequence[Line], rule: str, fusion: Fusion
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return how alike references are, and the fused score of each, compared with the others.

    Every pair of them is laid upon each other once for both.
    """
    if len(lines) == 1:
        return strokes.own_likeness(lines), np.zeros(0)
    alike = strokes.likeness_of_pairs(lines)  # (n, n, signals)
    own = strokes.own_likeness_of(alike)
    if len(lines) < FEWEST_TO_COMPARE:
        return own, np.zeros(0)
    rows = []
    for number in range(len(lines)):
        rows.append(comparing.figures_of_reference(number, vectors, alike, rule))
    return own, fusion.score(pd.concat(rows))
