"""Signals: how alike two lines are, in the few numbers that an examiner would ask for.

None was trained. Others were tried on generated signatures, and told nothing more once they were
added: width along the line, line ends, missing parts, the weakest parts, the bending needed. Nor
did the descriptor there; it stays for real scans, on which it does more by itself than here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from deepsign_helpers.strokes.laying import Laid, Match, lay
from deepsign_helpers.strokes.line import Line

AGREEMENT = "agreement of direction"
DARKNESS = "darkness along the line"
DESCRIPTOR = "gradient descriptor"


@dataclass(frozen=True)
class Signal:
    """What a reader has to know of a signal.

    Attributes
    ----------
    name : str
    unit : str
    sentence : str
        What it says, for who has never heard of it.
    usual : float
        How alike two genuine signatures of one generated writer are: the median over writers.
    """

    name: str
    unit: str
    sentence: str
    usual: float


# The usual values: 90 generated writers of three scripts, on a scanner, a phone and a fax.
SIGNALS = (
    Signal(
        AGREEMENT,
        "share, 0 to 1",
        "how much of both lines runs in the same place and direction, one laid upon the other",
        usual=0.76,
    ),
    Signal(
        DARKNESS,
        "rank correlation, −1 to 1",
        "whether the line is dark and pale, pressed and light, in the same places",
        usual=0.37,
    ),
    Signal(
        DESCRIPTOR,
        "cosine, 0 to 1",
        "whether strokes of the same directions lie in the same parts of the whole picture",
        usual=0.66,
    ),
)

NAMES = [signal.name for signal in SIGNALS]

# How much is taken off of how alike the references are among themselves: who varies a lot is
# forgiven a lot. Not all of it, since a few references only estimate how much a writer varies.
OWN_SHARE = 0.8

# Of full agreement. From there on a point and its partner are the same place of the signature, and
# are compared by their darkness, too.
SAME_PLACE = 0.5
FEWEST_PLACES = 20  # on fewer, a correlation says nothing


def signals(line: Line, upon: Line) -> dict[str, float]:
    """Lay a questioned line upon a reference, and say how alike they are.

    Derived in chapter 08, *What an examiner looks at*.

    Parameters
    ----------
    line, upon : Line
        As `trace_line` returns them.

    Returns
    -------
    dict of float
        By the names in `SIGNALS`, in their units. Higher is more alike. What both ways of looking,
        from a point of one to the other line, say is averaged.

    See Also
    --------
    compare : with several references, and with what is usual for their writer.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> from deepsign_helpers.strokes import trace_line
    >>> line = trace_line(runtime.data_folder() / "images" / "w000" / "genuine_00.png")
    >>> {name: round(value, 2) for name, value in signals(line, line).items()}
    {'agreement of direction': 1.0, 'darkness along the line': 1.0, 'gradient descriptor': 1.0}
    """
    return signals_of(lay(line, upon))


def signals_of(laid: Laid) -> dict[str, float]:
    """Return the signals of one line that has been laid upon another."""
    agreement_there = laid.there.agreement.mean()
    agreement_back = laid.back.agreement.mean()
    darkness_there = darkness_along(laid.line, laid.upon, laid.there)
    darkness_back = darkness_along(laid.upon, laid.line, laid.back)
    cosine = np.dot(laid.line.descriptor, laid.upon.descriptor)
    return {
        AGREEMENT: float(agreement_there + agreement_back) / 2,
        DARKNESS: (darkness_there + darkness_back) / 2,
        DESCRIPTOR: float(cosine),
    }


def darkness_along(line: Line, other: Line, match: Match) -> float:
    """Return the rank correlation of both lines' darkness, where they run in the same place.

    Ranks know nothing of how dark a pen or how bright a scan is; only of where it is darker.

    Returns
    -------
    float, in [−1, 1]
        0 where one of both is equally dark everywhere, or hardly anything is in the same place.
    """
    is_same_place = match.agreement >= SAME_PLACE
    if is_same_place.sum() < FEWEST_PLACES:
        return 0.0
    there = line.darkness[is_same_place]
    here = other.darkness[match.partner[is_same_place]]
    return rank_correlation(there, here)


def rank_correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Return Spearman's correlation of two arrays; 0 where one of them never varies.

    Examples
    --------
    >>> round(rank_correlation(np.array([1, 2, 3]), np.array([1, 10, 100])), 6)
    1.0
    >>> rank_correlation(np.array([1, 2, 3]), np.array([7, 7, 7]))
    0.0
    """
    middle = (len(left) + 1) / 2
    ranks = rankdata(left) - middle
    other_ranks = rankdata(right) - middle
    lengths = np.linalg.norm(ranks) * np.linalg.norm(other_ranks)
    return float(ranks @ other_ranks / lengths) if lengths > 0 else 0.0


def own_likeness(references: Sequence[Line]) -> pd.DataFrame:
    """Say how alike a writer's references are among themselves.

    Where there is but one, nothing can be seen of how its writer varies. What is usual for
    generated writers stands in, so that scores with one reference and with five are on one scale.

    Derived in chapter 08, *What is usual for this writer*.

    Parameters
    ----------
    references : sequence of Line, at least one
        Of one writer.

    Returns
    -------
    DataFrame
        A row a signal; `mean`, over all pairs, and `best`, for each reference that of the others
        which it is most alike, averaged.

    Raises
    ------
    ValueError
        If there is no reference.
    """
    count = len(references)
    if count == 0:
        raise ValueError("references: there are none; give at least one.")
    if count == 1:
        usual = [signal.usual for signal in SIGNALS]
        return pd.DataFrame({"mean": usual, "best": usual}, index=NAMES)
    return own_likeness_of(likeness_of_pairs(references))


def likeness_of_pairs(lines: Sequence[Line]) -> np.ndarray:
    """Return how alike lines are, each with each: float array (n, n, signals), NaN with itself."""
    alike = np.full((len(lines), len(lines), len(SIGNALS)), np.nan)
    for first in range(len(lines)):
        for second in range(first):
            # Laid the other way, hardly anything changes.
            pair = list(signals(lines[first], lines[second]).values())
            alike[first, second] = pair
            alike[second, first] = pair
    return alike


def own_likeness_of(alike: np.ndarray) -> pd.DataFrame:
    """Return what `own_likeness` does, of at least two lines that have been compared already.

    Parameters
    ----------
    alike : float array, shape (n, n, signals)
        As `likeness_of_pairs` returns it.
    """
    mean = np.nanmean(alike, axis=(0, 1))
    best = np.nanmax(alike, axis=1).mean(axis=0)  # of each line the most alike, averaged
    return pd.DataFrame({"mean": mean, "best": best}, index=NAMES)


def compare(
    questioned: Line, references: Sequence[Line], own: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Compare a questioned line with a writer's references, signal by signal.

    Each signal is told in two figures: its mean over the references, and that of the best. Of each,
    0.8 of the same among the references themselves is taken off.

    Derived in chapter 08, *What is usual for this writer*.

    Parameters
    ----------
    questioned : Line
        As `trace_line` returns it.
    references : sequence of Line, at least one
        Of one writer.
    own : DataFrame, optional
        What `own_likeness` returns of the references, where that is known.

    Returns
    -------
    DataFrame
        A row a signal. `mean` and `best` are the figures, higher is more alike; `mean_of_pairs`
        and `best_of_pairs` are the same with nothing taken off; `own_mean` and `own_best` are
        those of the references.

    Raises
    ------
    ValueError
        If there is no reference.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> from deepsign_helpers.strokes import trace_line
    >>> folder = runtime.data_folder() / "images" / "w000"
    >>> lines = [trace_line(folder / f"genuine_0{number}.png") for number in range(3)]
    >>> compare(lines[0], lines[1:]).shape
    (3, 6)
    """
    if own is None:
        own = own_likeness(references)
    pairs = pd.DataFrame([signals(questioned, reference) for reference in references])
    mean = pairs.mean()
    best = pairs.max()
    return pd.DataFrame(
        {
            "mean": mean - OWN_SHARE * own["mean"],
            "best": best - OWN_SHARE * own["best"],
            "mean_of_pairs": mean,
            "best_of_pairs": best,
            "own_mean": own["mean"],
            "own_best": own["best"],
        }
    )
