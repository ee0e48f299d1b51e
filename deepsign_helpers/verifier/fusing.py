"""Fusion: what the encoder says and what the strokes say, added to one score.

A comparison gives seven figures: one of the encoder, and two of each signal of the strokes. Each is
measured in *spreads*: how far it lies above or below what is usual for a genuine signature, in
units of how much genuine signatures scatter. Then they can be added.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from deepsign_helpers import evaluation, strokes, tables
from deepsign_helpers.verifier.verdict import is_finite_number

# What has a say of its own in a score, and in the evidence.
ENCODER = "encoder"
VOICES = (ENCODER, *(signal.name for signal in strokes.SIGNALS))

# Inverse strength of the regularisation of fitted weights: scikit-learn's own. Figures of one
# signal are much alike, and without it one may be weighed against the other.
STRENGTH = 1.0


def figures_of_voice(voice: str) -> tuple[str, ...]:
    """Return the names of the figures that a voice speaks in.

    Examples
    --------
    >>> figures_of_voice("encoder")
    ('encoder',)
    >>> figures_of_voice("gradient descriptor")
    ('gradient descriptor, mean', 'gradient descriptor, best')
    """
    if voice == ENCODER:
        return (ENCODER,)
    return (f"{voice}, mean", f"{voice}, best")


# A column beside the figures: the mean distance among a writer's references, to the encoder.
OWN_DISTANCE = "own distance"

FIGURES = tuple(figure for voice in VOICES for figure in figures_of_voice(voice))


@dataclass(frozen=True)
class Fusion:
    """How figures of a comparison become one score. Derived in chapter 08, *Add the network*.

    Attributes
    ----------
    names : tuple of str
        Of the figures, each one of `FIGURES`.
    middles : tuple of float
        What each figure is for genuine signatures, on average.
    spreads : tuple of float > 0
        Their standard deviation for genuine signatures.
    weights : tuple of float
        Of each figure, once it is measured in spreads. Their absolute values add up to 1.
    usual_distance : float, optional
        The mean distance among references, on average over writers. It stands in where a writer has
        one reference alone. None where it is not known: then nothing is taken off the distance.

    Raises
    ------
    ValueError
        If there is not one plain number of each for each name, a name is not known or stands there
        twice, or a spread is not above 0.

    Examples
    --------
    >>> fusion = Fusion(("encoder",), middles=(0.9,), spreads=(0.05,), weights=(1.0,))
    >>> fusion.score(pd.DataFrame({"encoder": [0.9, 0.75]})).round(6).tolist()
    [0.0, -3.0]
    """

    names: tuple[str, ...]
    middles: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    usual_distance: float | None = None

    def __post_init__(self) -> None:
        tables.require_known("figure", self.names, FIGURES)
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"names: {', '.join(self.names)}: one stands there twice; drop it.")
        for what in ("middles", "spreads", "weights"):
            values = getattr(self, what)
            are_numbers = all(is_finite_number(value) for value in values)
            if len(values) != len(self.names) or not are_numbers:
                raise ValueError(f"{what}: {values}; give one finite number for each figure.")
        if min(self.spreads) <= 0:
            raise ValueError(f"spreads: {self.spreads}; each must lie above 0.")
        if self.usual_distance is not None and not 0 <= self.usual_distance <= 2:
            raise ValueError(f"usual_distance: {self.usual_distance}; give one in 0 to 2, or None.")

    @classmethod
    def equal(cls, figures: pd.DataFrame, voices: Collection[str] = VOICES) -> "Fusion":
        """Give every voice the same weight, and its figures equal parts of it.

        Nothing but the middles and spreads is learned from the figures, and these from genuine
        signatures alone: nothing is learned about forgers.

        Parameters
        ----------
        figures : DataFrame
            As `figure_table` returns it, of writers whom the encoder was not trained on.
        voices : collection of str
            Of `VOICES`, which shall have a say.

        Raises
        ------
        ValueError
            For an unknown voice, and if there are no genuine signatures.
        """
        tables.require_known("voice", voices, VOICES)
        names = []
        weights = []
        for voice in voices:
            its_figures = figures_of_voice(voice)
            for figure in its_figures:
                names.append(figure)
                weights.append(1 / len(voices) / len(its_figures))
        middles, spreads = middles_and_spreads(figures, names)
        return cls(tuple(names), middles, spreads, tuple(weights), usual_distance_of(figures))

    @classmethod
    def fitted(cls, figures: pd.DataFrame, voices: Collection[str] = VOICES) -> "Fusion":
        """Find weights by logistic regression of genuine against skilled forgeries.

        Parameters
        ----------
        figures : DataFrame
            As `figure_table` returns it, of writers whom the encoder was not trained on. Where
            nobody has forged them, strangers stand in for skilled forgers.
        voices : collection of str
            Of `VOICES`, which shall have a say.

        Raises
        ------
        ValueError
            As for `equal`, and if nothing is forged.

        References
        ----------
        G. S. Morrison, Tutorial on logistic-regression calibration and fusion, Australian Journal
        of Forensic Sciences 45, 2013, https://doi.org/10.1080/00450618.2012.733025.
        """
        even = cls.equal(figures, voices)
        kinds = evaluation.forgery_kinds(figures)  # skilled first, where there are any
        if not kinds:
            raise ValueError("figures: nothing is forged; weights cannot be fitted, use equal ones")
        chosen = evaluation.of_kind(figures, kinds[0])
        regression = LogisticRegression(C=STRENGTH, class_weight="balanced")
        regression.fit(even.in_spreads(chosen), chosen["kind"] == "genuine")
        found = regression.coef_[0]
        # Only proportions count: threshold and likelihood ratio are found on the score afterwards.
        weights = found / max(np.abs(found).sum(), np.finfo(float).tiny)
        return replace(even, weights=tuple(weights.tolist()))

    def in_spreads(self, figures: pd.DataFrame) -> np.ndarray:
        """Return how many usual spreads each figure lies above what is usual: (n, names)."""
        values = figures[list(self.names)].to_numpy(np.float64)
        return (values - np.array(self.middles)) / np.array(self.spreads)

    def score(self, figures: pd.DataFrame) -> np.ndarray:
        """Return one score for each row of figures.

        Parameters
        ----------
        figures : DataFrame, n rows
            With a column for each of `names`.

        Returns
        -------
        float array, shape (n,)
            In usual spreads: 0 is what is usual for a genuine signature, −3 is three of its
            spreads below.
        """
        return self.in_spreads(figures) @ np.array(self.weights)

    def by_voice(self, figures: pd.DataFrame) -> pd.DataFrame:
        """Say what each voice has to say of one comparison.

        Parameters
        ----------
        figures : DataFrame, one row
            With a column for each of `names`.

        Returns
        -------
        DataFrame
            A row a voice: `spreads`, its figures' average, and `weight`, their sum. With equal
            weights, the products of both add up to the score.
        """
        in_spreads = self.in_spreads(figures)[0]
        weights = np.array(self.weights)
        rows = {}
        for voice in VOICES:
            is_its = np.isin(self.names, figures_of_voice(voice))
            if is_its.any():
                rows[voice] = {
                    "spreads": float(in_spreads[is_its].mean()),
                    "weight": float(weights[is_its].sum()),
                }
        return pd.DataFrame.from_dict(rows, orient="index")


def middles_and_spreads(
    figures: pd.DataFrame, names: Collection[str]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of figures over all comparisons with the genuine."""
    tables.require_filled(figures, ["kind", *names], "figures")
    genuine = figures.loc[figures["kind"] == "genuine", list(names)]
    if len(genuine) < 2:
        raise ValueError(f"figures: {len(genuine)} genuine comparisons; their spread needs two")
    spreads = genuine.std(ddof=0)
    # A figure that never varies, such as a collapsed encoder's, is always in the middle.
    spreads = spreads.where(spreads > 0, 1.0)
    return tuple(genuine.mean().tolist()), tuple(spreads.tolist())


def usual_distance_of(figures: pd.DataFrame) -> float | None:
    """Return the mean distance among references, over writers; None where each has but one."""
    if OWN_DISTANCE not in figures or figures[OWN_DISTANCE].isna().all():
        return None
    of_writers = figures.groupby("writer")[OWN_DISTANCE].mean()
    return float(of_writers.mean())


def leave_one_world_out(
    figures: pd.DataFrame, worlds: str, make: Callable[[pd.DataFrame], Fusion] = Fusion.fitted
) -> Iterator[tuple[str, Fusion, pd.DataFrame]]:
    """Make a fusion on all worlds but one, and score that one by it; for each world in turn.

    Derived in chapter 08, *Weights that were fitted at home*.

    Parameters
    ----------
    figures : DataFrame
        As `figure_table` returns it.
    worlds : str
        The column that says which world a comparison is of, such as "script" or "domain".
    make : function from figures to a Fusion
        Such as `Fusion.equal`.

    Yields
    ------
    world : str
        The one that was left out.
    fusion : Fusion
        Made on the others.
    scores : DataFrame
        The figures of the world left out, with a column `score`.

    Raises
    ------
    ValueError
        If there are fewer than two worlds.
    """
    tables.require_filled(figures, [worlds], "figures")
    names = sorted(set(figures[worlds]))
    if len(names) < 2:
        raise ValueError(f"figures: {worlds} has one value only; leave one out of two or more")
    for world in names:
        is_left_out = figures[worlds] == world
        fusion = make(figures[~is_left_out])
        left_out = figures[is_left_out]
        yield world, fusion, left_out.assign(score=fusion.score(left_out))
