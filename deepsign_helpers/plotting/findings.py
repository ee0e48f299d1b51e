"""What an inspection of a corpus found, in figures and as a page that prints."""

from html import escape
from pathlib import Path
from string import Template

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepsign_helpers import corpora, files
from deepsign_helpers.evaluation.report import as_html
from deepsign_helpers.plotting.style import (
    FORGED,
    GENUINE,
    NEUTRAL,
    as_png,
    describe_images,
    draw_image,
    new_figure,
    show,
)
from deepsign_helpers.preprocessing import ImageError, read_gray

# The page as it is printed.
PAGE = Path(__file__).with_name("findings.html")

# Up to here an image alone hardly tells.
LIMIT = 0.60
STAGES = {"scan": FORGED, "prepared": GENUINE}
SHIFT = {"scan": -0.16, "prepared": 0.16}  # of a dot from the middle of its row
ROW_HEIGHT = 0.27  # inches
SPACE = 1  # rows between two groups

MOST_PAIRS = 4
PAIR_HEIGHT = 1.35  # inches, of two images side by side and their titles
LONGEST_NAME = 34  # letters of a path that a title has room for


def show_giveaways(findings: corpora.Findings) -> None:
    """Show how well each figure of one image alone tells forged from genuine, before and after.

    Shown in chapter 09, *Does the scanner give the answer away?*.

    Parameters
    ----------
    findings : Findings
        As `corpora.inspect` returns them.

    Raises
    ------
    ValueError
        If nothing could be judged.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> table = corpora.load(runtime.data_folder())
    >>> few = table.groupby(["writer", "kind"]).head(1).head(12)
    >>> show_giveaways(corpora.inspect(few))
    <IPython.core.display.Image object>
    """
    show(*draw_giveaways(findings))


def draw_giveaways(findings: corpora.Findings) -> tuple[Figure, str]:
    """Return the figure of `show_giveaways` and its alternative text."""
    giveaways = findings.giveaways
    if giveaways.empty:
        raise ValueError(f"findings: nothing can be shown, {findings.verdict}")
    places = _places(giveaways)
    height = ROW_HEIGHT * (max(places.values()) + 1) + 1.0
    figure, axis = new_figure(height=height)
    for stage, style in STAGES.items():
        _draw_dots(axis, giveaways, places, stage, style)
    axis.axvline(LIMIT, color=NEUTRAL, linewidth=0.8, linestyle=":")
    axis.text(LIMIT, -0.9, f" limit {LIMIT:.2f}", color=NEUTRAL, fontsize=8, va="bottom")
    axis.axvline(0.5, color=NEUTRAL, linewidth=0.5)
    axis.set_yticks(list(places.values()), list(places))
    axis.set(ylim=(max(places.values()) + 0.6, -1), xlabel="AUC of one image alone, 95 % interval")
    axis.set_xlim(right=1.02)
    axis.legend(frameon=False, loc="lower right", fontsize=8)
    return figure, _giveaways_in_words(giveaways)


def _places(giveaways: pd.DataFrame) -> dict[str, int]:
    """Return at which height each row is drawn: the groups one below the other, with a space."""
    places = {}
    height = 0
    for number, (_, rows) in enumerate(giveaways.groupby("group", sort=False)):
        height += SPACE if number else 0
        for name in rows.index:
            places[name] = height
            height += 1
    return places


def _draw_dots(
    axis: Axes, giveaways: pd.DataFrame, places: dict[str, int], stage: str, style: dict
) -> None:
    """Draw the areas of one stage as dots, with their intervals."""
    present = giveaways[giveaways[stage].notna()]
    y = np.array([places[name] for name in present.index]) + SHIFT[stage]
    area = present[stage].astype(float)
    low, high = (present[f"{stage}_{end}"].astype(float) for end in ("low", "high"))
    axis.hlines(y, low, high, color=style["color"], linewidth=1.2)
    axis.plot(
        area,
        y,
        linestyle="none",
        marker=style["marker"],
        color=style["color"],
        markersize=5,
        label="as scanned" if stage == "scan" else "prepared",
    )


def _giveaways_in_words(giveaways: pd.DataFrame) -> str:
    parts = []
    for stage, said in (("scan", "As scanned"), ("prepared", "prepared")):
        fires = giveaways.index[giveaways[f"{stage}_says"] == "fires"]
        above = ", ".join(f"{name} {giveaways.loc[name, stage]:.2f}" for name in fires)
        together = giveaways.loc["all together", stage]
        which = f"these are surely above {LIMIT:.2f}: {above}" if above else "none is surely above"
        parts.append(f"{said}, {which}; all together {together:.2f}")
    return (
        f"Area under the ROC curve of one image alone for {len(giveaways)} figures, limit "
        f"{LIMIT:.2f}. {'; '.join(parts)}."
    )


def show_doubles(findings: corpora.Findings, pairs: int = MOST_PAIRS) -> None:
    """Show images that stand in a corpus twice, side by side: those across splits first.

    Parameters
    ----------
    findings : Findings
        As `corpora.inspect` returns them.
    pairs : int
        How many are shown at most.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> table = corpora.load(runtime.data_folder()).head(2)
    >>> twice = pd.concat([table, table.assign(writer="another")], ignore_index=True)
    >>> show_doubles(corpora.inspect(twice))
    <IPython.core.display.Image object>
    """
    show(*draw_doubles(findings, pairs))


def draw_doubles(findings: corpora.Findings, pairs: int = MOST_PAIRS) -> tuple[Figure, str]:
    """Return the figure of `show_doubles` and its alternative text."""
    doubles = findings.doubles
    if doubles.empty:
        raise ValueError("findings: no image stands in the corpus twice; there is none to show.")
    gravest_first = doubles["where"].map(_gravity).sort_values(kind="stable").index
    shown = doubles.loc[gravest_first].head(pairs)
    figure, axes = new_figure(len(shown), 2, PAIR_HEIGHT * len(shown), squeeze=False)
    drawn = []
    for row, pair in zip(axes, shown.itertuples(), strict=True):
        likeness = f"{pair.likeness}, {pair.where}"
        for axis, path, title in (
            (row[0], pair.path, likeness),
            (row[1], pair.double, f"likeness {pair.correlation:.3f}"),
        ):
            image = _image_or_blank(path)
            draw_image(axis, image, f"{_short(path)}\n{title}")
            drawn.append(image)
    titles = [f"{pair.likeness} {pair.where}" for pair in shown.itertuples() for _ in range(2)]
    alt = f"{len(shown)} of {len(doubles)} pairs of doubles. {describe_images(titles, drawn)}"
    return figure, alt


def _gravity(where: str) -> int:
    """Return 0 for doubles across splits, 1 across kinds, 2 across writers, 3 within a writer."""
    for place, name in enumerate(("split", "kind", "writers")):
        if where.startswith("across") and name in where:
            return place
    return 3


def _image_or_blank(path: str) -> np.ndarray:
    try:
        return read_gray(path)
    except ImageError:  # the same file twice, and no image
        return np.full((64, 128), 255, np.uint8)


def _short(path: str) -> str:
    return path if len(path) <= LONGEST_NAME else f"…{path[1 - LONGEST_NAME :]}"


def write_findings(findings: corpora.Findings, path: str | Path, title: str = "A corpus") -> None:
    """Write findings as a web page that prints and needs no other file.

    Parameters
    ----------
    findings : Findings
        As `corpora.inspect` returns them.
    path : str or Path
        The HTML file to write; a file that stands there is replaced.
    title : str
        What was inspected; it stands over the page.

    Raises
    ------
    OSError
        If the file cannot be written.

    See Also
    --------
    write_page : the report on a verifier.

    Examples
    --------
    >>> import tempfile
    >>> from deepsign_helpers import runtime
    >>> findings = corpora.inspect(corpora.load(runtime.data_folder()).head(2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_findings(findings, Path(folder, "page.html"), title="two <images>")
    ...     "two &lt;images&gt;" in Path(folder, "page.html").read_text(encoding="utf-8")
    True
    """
    drawn = []
    if not findings.giveaways.empty:
        drawn.append(draw_giveaways(findings))
    if not findings.doubles.empty:
        drawn.append(draw_doubles(findings))
    figures = [(as_png(figure), text) for figure, text in drawn]
    points = "".join(f"<li>{escape(sentence)}</li>" for sentence in findings.sentences)
    html = Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        verdict=escape(findings.verdict),
        counts=findings.counts.to_html(border=0),
        sentences=points,
        figures=as_html(figures),
    )
    with files.replace_atomically(Path(path)) as temporary:
        temporary.write_text(html, encoding="utf-8")
