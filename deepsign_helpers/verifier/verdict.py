"""What a verifier says of a signature: a verdict, and what its score is worth as evidence."""

import math
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """What a verifier says of one questioned signature.

    Attributes
    ----------
    score : float
        Similarity to the references: higher means more alike. An encoder's alone is 1 less half a
        distance; a fused one is told in usual spreads, 0 for what is usual for the genuine.
    decision : "accept", "review" or "reject"
        What follows from the score under the verifier's thresholds; "review" asks for a person.
    likelihood_ratio : float > 0, or None
        How many times as probable such a score is for a genuine signature as for a skilled forgery;
        None where the verifier knows no such ratio.
    evidence : DataFrame
        A row for each signal behind the score: `signal`, its `value` for the questioned
        signature, what is `usual` among the references, how many usual `spreads` it lies above
        that (negative: below), its `weight` in the score, and a `sentence` for the reader. An
        encoder alone knows no spreads (NaN) and says no sentence, nor with one reference what is
        usual; fused, what is usual for other writers stands in for it.
    warnings : tuple of str
        Sentences on what weakens the verdict; empty where nothing does.

    Examples
    --------
    >>> Verdict(0.9, "accept", likelihood_ratio=12.0, evidence=pd.DataFrame(), warnings=())
    accept: score 0.900, 12 times as probable for a genuine signature as for a forgery.
    """

    score: float
    decision: str
    likelihood_ratio: float | None
    evidence: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The decision in words, with the score and what it is worth."""
        said = f"{self.decision}: score {self.score:.3f}"
        ratio = self.likelihood_ratio
        if ratio is None:
            return f"{said}."
        if ratio >= 1:
            return f"{said}, {_times(ratio)} as probable for a genuine signature as for a forgery."
        return f"{said}, {_times(1 / ratio)} as probable for a forgery as for a genuine signature."

    @property
    def reasons(self) -> list[str]:
        """What the evidence says, a sentence a signal, the signal that speaks against it first."""
        if "sentence" not in self.evidence:
            return []
        by_spreads = self.evidence.sort_values("spreads", kind="stable")
        return [sentence for sentence in by_spreads["sentence"] if sentence]

    def __repr__(self) -> str:
        reasons = [f"- {reason}" for reason in self.reasons]
        return "\n".join([self.sentence, *reasons, *self.warnings])

    def _repr_html_(self) -> str:
        table = self.evidence.round(3).to_html(border=0, index=False)
        paragraphs = [f"<p>{escape(warning)}</p>" for warning in self.warnings]
        return "\n".join([f"<p>{escape(self.sentence)}</p>", table, *paragraphs])

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON can hold it: evidence as a list of records, None for NaN."""
        evidence = self.evidence.astype(object).where(self.evidence.notna(), None)
        return {
            "score": self.score,
            "decision": self.decision,
            "likelihood_ratio": self.likelihood_ratio,
            "evidence": evidence.to_dict("records"),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class LikelihoodLine:
    """The line from a score to the log10 of its likelihood ratio, and the bounds of what it says.

    Attributes
    ----------
    slope : float
        Powers of ten for one unit of score.
    intercept : float
        log10 of the likelihood ratio at a score of 0.
    low, high : float
        Bounds of the log10; beyond them the calibration writers were too few to say anything.

    Raises
    ------
    ValueError
        If one of the four is no finite number, or the bounds are the wrong way round.

    Examples
    --------
    >>> line = LikelihoodLine(slope=10.0, intercept=-5.0, low=-1.0, high=2.0)
    >>> [round(line.likelihood_ratio(score), 2) for score in (0.2, 0.5, 0.6, 0.9)]
    [0.1, 1.0, 10.0, 100.0]
    """

    slope: float
    intercept: float
    low: float
    high: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not is_finite_number(value):
                raise ValueError(f"{name}: {value} is no finite number; give one.")
        if self.low > self.high:
            raise ValueError(f"low: {self.low} lies above high, {self.high}; exchange the two.")

    @classmethod
    def from_scores(cls, scores: np.ndarray, labels: np.ndarray) -> "LikelihoodLine":
        """Return the line that `evaluation.calibrate` finds for these scores and labels."""
        calibration = evaluation.calibrate(scores, labels)
        # Two points give the line. In the middle of the scores the probability is not yet rounded
        # to 0 or 1; where an encoder has collapsed, all scores are alike.
        middle = np.mean(scores)
        step = max(np.std(scores) / 10, 1e-6)
        left = middle - step
        right = middle + step
        # Both classes weighed alike in the calibration, so the odds are the likelihood ratio.
        probabilities = calibration.probability(np.array([left, right]))
        log_odds_left, log_odds_right = np.log10(probabilities / (1 - probabilities))
        slope = (log_odds_right - log_odds_left) / (right - left)
        return cls(
            slope=float(slope),
            intercept=float(log_odds_left - slope * left),
            low=float(calibration.low),
            high=float(calibration.high),
        )

    def likelihood_ratio(self, score: float) -> float:
        """Return how many times as probable a score is for a genuine signature as for a forgery."""
        log_likelihood_ratio = self.slope * score + self.intercept
        within_bounds = min(max(log_likelihood_ratio, self.low), self.high)
        return 10.0**within_bounds


def _times(ratio: float) -> str:
    """Return how many times, as a person says it: "3.4 times", "35 times", "1,204 times"."""
    digits = f"{ratio:.2g}" if ratio < 99.5 else f"{ratio:,.0f}"
    return f"{digits} times"


def is_finite_number(value: object) -> bool:
    """Tell whether a value is a number that can be compared with a score."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return is_number and math.isfinite(value)
