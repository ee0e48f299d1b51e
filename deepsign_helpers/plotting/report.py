"""The report on a verifier as a page that prints, with its figures."""

from pathlib import Path

import pandas as pd

from deepsign_helpers import evaluation, files
from deepsign_helpers.evaluation.report import page
from deepsign_helpers.plotting.chapter_06 import draw_curves, draw_threshold
from deepsign_helpers.plotting.chapter_07 import draw_evidence
from deepsign_helpers.plotting.style import as_png


def write_page(scores_table: pd.DataFrame, path: str | Path, signatures: str) -> None:
    """Write the report on a score table as a web page that prints on one sheet (A4).

    Shown in chapter 07, *One report*.

    Parameters
    ----------
    scores_table : DataFrame
        One model with validation and test writers, as `evaluation.evaluate` takes it.
    path : str or Path
        The HTML file to write; a file that stands there is replaced.
    signatures : str
        What was tested, such as "Generated signatures" or the name of a corpus; it stands over
        each figure.

    Raises
    ------
    ValueError
        If there are no validation writers, or `evaluate` refuses the table.
    OSError
        If the file cannot be written.

    See Also
    --------
    evaluation.evaluate : the report without figures.
    """
    report = evaluation.evaluate(scores_table)
    if report.threshold is None:
        raise ValueError(
            "scores_table: has no validation writers; the page shows a threshold that they gave"
        )
    drawn = draw_all(scores_table, report, signatures)
    figures = [(as_png(figure), text) for figure, text in drawn]
    model = report.protocol.model or "a verifier"
    html = page(report, figures, title=f"{model} on {signatures}")
    with files.replace_atomically(Path(path)) as temporary:
        temporary.write_text(html, encoding="utf-8")


def draw_all(scores_table: pd.DataFrame, report: evaluation.Report, signatures: str) -> list[tuple]:
    """Return the page's three figures, each with its alternative text.

    They show the first kind of forgery, which set the threshold.
    """
    kind = report.protocol.kinds[0]
    validation = scores_table[scores_table["split"] == "validation"]
    test = scores_table[scores_table["split"] == "test"]
    calibration = evaluation.calibrate(*evaluation.scores_and_labels(validation, kind))
    scores, labels = evaluation.scores_and_labels(test, kind)
    ratios = calibration.log_likelihood_ratios(scores)
    return [
        draw_threshold(scores, labels, report.threshold, signatures),
        draw_curves(scores, labels, signatures),
        draw_evidence(ratios, labels, signatures),
    ]
