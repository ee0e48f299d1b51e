"""One page on a verifier: its error rates, how sure they are, and the protocol they belong to."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from string import Template

import pandas as pd

from deepsign_helpers.evaluation.protocol import Protocol
from deepsign_helpers.evaluation.rates import rule_of_three

# What a report calls the costs of likelihood ratios, which are in bits, not rates. Cllr is the mean
# cost of misleading ratios: 0 is perfect, 1 is what saying nothing costs.
IN_BITS = ("Cllr", "minimal Cllr", "calibration loss")

# The page as it is printed; $title, $report and $figures are filled in.
PAGE = Path(__file__).with_name("page.html")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """Error rates of one model under one protocol.

    Derived in chapter 07, *One report*.

    Attributes
    ----------
    protocol : Protocol
        The rules of the test.
    threshold : float, a score, or None
        The one threshold of all writers, if there is one.
    table : DataFrame
        A row for each kind of forgery; rates in [0, 1], Cllr in bits.

    See Also
    --------
    evaluate : makes it from a score table.

    Examples
    --------
    >>> protocol = Protocol(writers=2, references=5, fusion="min", kinds=("skilled",))
    >>> counts = {"forgeries": "skilled", "genuine scores": 60, "forged scores": 60}
    >>> rates = {"EER": 0.1, "EER from": 0.05, "EER to": 0.2, "EER on the convex hull": 0.0}
    >>> report = Report(protocol, threshold=None, table=pd.DataFrame([counts | rates]))
    >>> report.readable()
    forgeries                                         skilled
    genuine scores                                         60
    forged scores                                          60
    EER                                  10.0 % (5.0 to 20.0)
    EER on the convex hull  ≤ 5.0 % (0 of 60, if independent)
    """

    protocol: Protocol
    threshold: float | None
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.readable().to_string()}"

    def _repr_html_(self) -> str:
        return f"{self.readable().to_html(border=0)}<p>{escape(self.caption)}</p>"

    @property
    def caption(self) -> str:
        """The protocol in a sentence, with the threshold."""
        if self.threshold is None:
            return str(self.protocol)
        return f"{self.protocol} Threshold: {self.threshold:.3f}."

    def to_json(self) -> str:
        """Return protocol, threshold and table as one JSON object.

        Its part "readable" says the table in words, zero errors as a bound.
        """
        without_gaps = self.table.astype(object).where(self.table.notna(), None)  # no NaN in JSON
        content = {
            "protocol": asdict(self.protocol),
            "caption": self.caption,
            "threshold": self.threshold,
            "table": without_gaps.to_dict("records"),
            "readable": self.readable().to_dict(),
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    def readable(self) -> pd.DataFrame:
        """Return the table as a person reads it.

        Returns
        -------
        DataFrame
            A column for each kind of forgery; rates as percentages with their interval, zero
            errors as a bound.
        """
        columns = {}
        for row in self.table.to_dict("records"):
            columns[row["forgeries"]] = {name: in_words(name, row) for name in row}
        table = pd.DataFrame(columns).rename_axis(columns="forgeries")
        # Ends of intervals stand beside their rate, and the kind of forgery over the column.
        is_shown_elsewhere = table.index.str.contains("^forgeries$| from$| to$")
        return table[~is_shown_elsewhere]


def in_words(name: str, row: Mapping) -> object:
    """Return one value of a report's row as a person reads it."""
    value = row[name]
    if not isinstance(value, float):
        return value
    if name in IN_BITS:
        return f"{value:.3f}"
    # No error seen does not mean none possible, and an interval of such scores may be 0 to 0: say
    # instead the highest rate that so many scores without an error leave possible (at 95 %).
    if value == 0:
        scores = scores_behind(name, row)
        bound = rule_of_three(scores) * 100
        return f"≤ {bound:.1f} % (0 of {scores}, if independent)"
    if f"{name} from" not in row:
        return f"{value * 100:.1f} %"
    low = row[f"{name} from"] * 100
    high = row[f"{name} to"] * 100
    return f"{value * 100:.1f} % ({low:.1f} to {high:.1f})"


def scores_behind(name: str, row: Mapping) -> int:
    """Return how many scores a rate is the share of; for an EER, the fewer of both classes."""
    if name.startswith("FAR"):
        return row["forged scores"]
    if name.startswith("FRR"):
        return row["genuine scores"]
    return min(row["forged scores"], row["genuine scores"])


def page(report: Report, figures: Iterable[tuple[bytes, str]], title: str) -> str:
    """Return a report as a web page that prints on one sheet (A4) and needs no other file.

    Parameters
    ----------
    report : Report
        What the page is about.
    figures : pairs of bytes and str
        For each figure a PNG file and its alternative text.
    title : str
        What was tested; it stands over the page.

    Returns
    -------
    str
        The HTML.

    Examples
    --------
    >>> protocol = Protocol(writers=2, references=5, fusion="min", kinds=("skilled",))
    >>> counts = {"forgeries": "skilled", "genuine scores": 60, "forged scores": 60, "EER": 0.1}
    >>> report = Report(protocol, threshold=None, table=pd.DataFrame([counts]))
    >>> html = page(report, figures=[(b"...", "EER 10 %")], title="a verifier on <paper>")
    >>> "<h1>a verifier on &lt;paper&gt;</h1>" in html
    True
    """
    template = Template(PAGE.read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title), report=report._repr_html_(), figures=as_html(figures)
    )


def as_html(figures: Iterable[tuple[bytes, str]]) -> str:
    """Return figures, each a PNG file and its alternative text, as HTML that needs no file."""
    images = []
    for picture, text in figures:
        encoded = base64.b64encode(picture).decode()
        images.append(f'<img alt="{escape(text)}" src="data:image/png;base64,{encoded}">')
    return "".join(images)
