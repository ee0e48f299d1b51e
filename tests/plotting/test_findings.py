"""Figures and page of an inspection: what is drawn, what is said, and that nothing is left out."""

import re

import cv2
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import corpora, plotting, synthesis
from deepsign_helpers.plotting import findings as page_of_findings
from deepsign_helpers.preprocessing import read_gray


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Return a corpus of six writers whose forgeries lie on grey paper, and a double of one."""
    folder = tmp_path_factory.mktemp("corpus")
    table = synthesis.write_corpus(folder, writers=6, genuine=2, forged=2, size=(128, 256))
    for path in table.loc[table["kind"] == "forged", "path"]:
        cv2.imwrite(path, (0.9 * read_gray(path)).astype(np.uint8))
    double = table.iloc[[0]].assign(writer="another <one>", sample="77")
    return pd.concat([table, double], ignore_index=True)


@pytest.fixture(scope="module")
def found(table):
    return corpora.inspect(table)


def test_each_figure_has_its_dot_before_and_after_and_the_groups_stand_apart(found, shown):
    plotting.show_giveaways(found)
    [(figure, alt)] = shown
    axis = figure.axes[0]
    dots = {line.get_label(): line for line in axis.lines if not line.get_label().startswith("_")}
    giveaways = found.giveaways
    assert dots["as scanned"].get_xdata() == pytest.approx(giveaways["scan"].astype(float))
    assert dots["prepared"].get_xdata() == pytest.approx(giveaways["prepared"].dropna())
    labels = [text.get_text() for text in axis.get_yticklabels()]
    assert set(labels) == set(giveaways.index)
    assert labels.index("paper and scanner") == 4 and labels.index("ink and hand") == 10
    place_of = dict(zip(labels, axis.get_yticks(), strict=True))
    expected = [place_of[name] for name in giveaways.index]
    assert np.round(dots["as scanned"].get_ydata()).tolist() == expected
    steps = np.diff(axis.get_yticks())
    assert sorted(set(steps)) == [1, 2] and (steps == 2).sum() == 4
    assert any(list(line.get_xdata()) == [0.6, 0.6] for line in axis.lines)
    assert "median_background 1.00" in alt
    assert re.search(r"prepared, none is surely above; all together \d\.\d\d", alt)


def test_doubles_are_shown_side_by_side_with_the_gravest_first(found, shown):
    plotting.show_doubles(found)
    [(figure, alt)] = shown
    assert len(figure.axes) == 2
    assert "same file, across writers" in figure.axes[0].get_title()
    pixels = [axis.images[0].get_array() for axis in figure.axes]
    assert np.array_equal(*pixels)
    assert alt.startswith("1 of 1 pairs of doubles. 2 images of 128 × 256 pixels")


@pytest.mark.parametrize("most", [1, 2])
def test_doubles_across_splits_come_before_those_within_a_writer(found, most):
    where = ["within a writer", "across writers", "across kinds", "across writers and splits"]
    one = found.doubles.iloc[[0] * 4].assign(where=where).reset_index(drop=True)
    several = corpora.Findings(**{**vars(found), "doubles": one})
    figure, alt = page_of_findings.draw_doubles(several, pairs=most)
    shown = [axis.get_title().split(", ")[1] for axis in figure.axes[::2]]
    assert shown == ["across writers and splits", "across kinds"][:most]
    assert alt.startswith(f"{most} of 4 pairs")


def test_a_long_path_is_cut_at_its_beginning():
    assert page_of_findings._short("a/b.png") == "a/b.png"
    short = page_of_findings._short("x" * 50 + "/forged_07.png")
    assert len(short) == page_of_findings.LONGEST_NAME
    assert short.startswith("…") and short.endswith("/forged_07.png")


def test_where_there_is_nothing_to_show_that_is_said(found):
    few = corpora.Findings(
        **{**vars(found), "giveaways": found.giveaways.iloc[:0], "doubles": found.doubles.iloc[:0]}
    )
    with pytest.raises(ValueError, match="nothing can be shown"):
        plotting.show_giveaways(few)
    with pytest.raises(ValueError, match="no image stands in the corpus twice"):
        plotting.show_doubles(few)


def test_the_page_holds_verdict_sentences_counts_and_figures_with_words(found, tmp_path):
    plotting.write_findings(found, tmp_path / "page.html", title="Mine & <theirs>")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h1>Mine &amp; &lt;theirs&gt;</h1>" in page
    assert "the scanner tells forged from genuine" in page
    assert page.count("<li>") == len(found.sentences)
    assert found.counts.to_html(border=0) in page
    texts = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,', page)
    assert len(texts) == 2 and all(re.search(r"\d", text) for text in texts)
    assert "<one>" not in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_a_page_on_a_corpus_that_could_not_be_judged_has_no_figure(table, tmp_path):
    genuine = corpora.inspect(table[table["kind"] == "genuine"].head(3))
    plotting.write_findings(genuine, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "not judged: all signatures are genuine" in page
    assert "<img" not in page
