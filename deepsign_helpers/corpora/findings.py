"""What an inspection of a corpus found: tables, and what they mean in words."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Findings:
    """What `inspect` found.

    Attributes
    ----------
    counts : DataFrame
        Writers, genuine and forged signatures: a row for each split, where there are some, and one
        for "all".
    giveaways : DataFrame
        How well one image alone tells forged from genuine, before and after preparation, as
        `giveaway_table` says; empty where nothing could be judged.
    doubles : DataFrame
        As `find_doubles` returns them.
    gaps : DataFrame
        What writers lack: the `gap`, how many `writers`, and an `example`.
    leaks : DataFrame
        What stands in more than one split: the `leak`, its `name`, and the `splits`; empty without
        a column `split`.
    usability : DataFrame
        As `usability` returns it.
    sentences : tuple of str
        Each finding in words, with its number, an example and a cure.
    verdict : str
        One sentence: what a result on these images is worth.

    See Also
    --------
    inspect : makes it.
    """

    counts: pd.DataFrame
    giveaways: pd.DataFrame
    doubles: pd.DataFrame
    gaps: pd.DataFrame
    leaks: pd.DataFrame
    usability: pd.DataFrame
    sentences: tuple[str, ...]
    verdict: str

    def __str__(self) -> str:
        points = "".join(f"\n- {sentence}" for sentence in self.sentences)
        return f"{self.verdict}\n\n{self.counts.to_string()}\n{points}"

    def __repr__(self) -> str:
        return str(self)

    def to_dict(self) -> dict:
        """Return all of it as text, numbers, lists and dictionaries, which JSON can hold.

        Examples
        --------
        >>> import json
        >>> from deepsign_helpers import corpora, runtime
        >>> table = corpora.load(runtime.data_folder()).head(2)
        >>> json.loads(json.dumps(corpora.inspect(table).to_dict()))["counts"]
        [{'split': 'all', 'writers': 1, 'genuine': 2, 'forged': 0}]
        """
        return {
            "verdict": self.verdict,
            "sentences": list(self.sentences),
            "counts": records(self.counts.rename_axis("split").reset_index()),
            "giveaways": records(self.giveaways.rename_axis("figure").reset_index()),
            "doubles": records(self.doubles),
            "gaps": records(self.gaps),
            "leaks": records(self.leaks),
            "usability": records(self.usability),
        }


def records(table: pd.DataFrame) -> list[dict]:
    """Return a table's rows as dictionaries of text and numbers, None where there is a gap."""
    plain = table.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")
