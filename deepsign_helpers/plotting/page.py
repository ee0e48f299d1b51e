"""A report as one page: table, protocol and figures in a file that needs no other."""

import base64
from html import escape
from pathlib import Path
from string import Template

import pandas as pd

from deepsign_helpers import evaluation, runtime
from deepsign_helpers.plotting.chapter_06 import draw_curves, draw_evidence, draw_threshold
from deepsign_helpers.plotting.style import as_png

TEMPLATE = Path(__file__).with_name("page.html")


def write_page(scores_table: pd.DataFrame, path: str | Path, signatures: str) -> None:
    """Write the report on a score table as a web page that prints on one sheet (A4).

    Parameters
    ----------
    scores_table : one model with validation and test writers, as `evaluation.evaluate` takes it
    path : the HTML file to write; a file that stands there is replaced
    signatures : what was tested, such as "Generated signatures" or the name of a corpus; it stands over each figure

    Raises
    ------
    ValueError
        If there are no validation writers, or `evaluate` refuses the table.
    OSError
        If the file cannot be written.
    """
    report = evaluation.evaluate(scores_table)
    if report.threshold is None:
        raise ValueError("scores_table: has no validation writers; the page shows a threshold that they gave")
    kind, parts = report.protocol.kinds[0], dict(list(scores_table.groupby("split")))
    validation, test = (evaluation.scores_and_labels(parts[name], kind) for name in ("validation", "test"))
    ratios = evaluation.calibrate(*validation).log_likelihood_ratios(test[0])
    drawn = [draw_threshold(*test, report.threshold, signatures), draw_curves(*test, signatures)]
    drawn.append(draw_evidence(ratios, test[1], signatures))
    pictures = [(base64.b64encode(as_png(figure)).decode(), escape(alt)) for figure, alt in drawn]
    figures = "".join(f'<img alt="{alt}" src="data:image/png;base64,{picture}">' for picture, alt in pictures)
    title = escape(f"{report.protocol.model or 'a verifier'} on {signatures}")
    fields = {"title": title, "report": report._repr_html_(), "figures": figures}
    with runtime.replace_atomically(Path(path)) as temporary:
        temporary.write_text(Template(TEMPLATE.read_text(encoding="utf-8")).substitute(fields), encoding="utf-8")
