"""What real signatures measure: ranges over three research corpora, as plain numbers.

They are aggregates over CEDAR (55 writers, Latin), BHSig260 (60 of its Hindi writers, Devanagari)
and SigComp2011 (60 Dutch writers); nobody's image, name or figure is among them. `ranges.csv` holds
the lowest and the highest of the three, rounded to three digits:

- table `figures`, of the ink of one image: 10th, 50th and 90th percentile of the writers' means;
  `within over between`, one writer's spread by the spread between writers; `shift`, how far a
  writer's forgeries lie from the genuine ones on average, in the writer's own spread (root mean
  square over the writers);
- table `signals`, of one signature laid upon another: the mean over pairs of a reference with a
  genuine, a skilled and a random questioned signature, and the equal error rate (%) of this signal
  alone, with five references.

`weight` is 2 where the generator of version 0.1.0 lay furthest outside.
"""

from pathlib import Path

import pandas as pd

PATH = Path(__file__).with_name("ranges.csv")

# Three corpora are few: a fourth would widen each range. By this share of its ends, at each side;
WIDENED = 0.2
# an error rate by so many points.
POINTS = 2.0
# Within these, an error rate against strangers is right whatever the corpora say: they differ, and
# what is below can't be measured on sixty writers.
RANDOM_RATES = (2.5, 12.0)


def real_ranges() -> pd.DataFrame:
    """Return the ranges that generated signatures should lie in: those of the corpora, widened.

    Returns
    -------
    DataFrame
        A row for each number, with the columns `table`, `name`, `what`, `low`, `high` and `weight`.

    Examples
    --------
    >>> ranges = real_ranges().set_index(["name", "what"])
    >>> ranges.loc[("line_ends", "p50"), ["low", "high"]].round(2).tolist()  # 2.37 to 3.36
    [1.9, 4.03]
    """
    ranges = pd.read_csv(PATH)
    low = ranges["low"]
    high = ranges["high"]
    is_rate = ranges["what"].isin(["skilled EER", "random EER"])
    ranges["low"] = (low - POINTS).where(is_rate, low - WIDENED * low.abs())
    ranges["high"] = (high + POINTS).where(is_rate, high + WIDENED * high.abs())

    against_strangers = ranges["what"] == "random EER"
    lowest, highest = RANDOM_RATES
    ranges.loc[against_strangers, "low"] = ranges["low"].clip(lower=lowest)
    ranges.loc[against_strangers, "high"] = ranges["high"].clip(lower=highest)
    return ranges
