"""The report as a page: everything in one file, and nothing in it that belongs elsewhere."""

import re

import pandas as pd
import pytest

from deepsign_helpers import evaluation, plotting, runtime


@pytest.fixture(scope="module")
def scores():
    table = pd.read_csv(runtime.data_folder() / "scores.csv")
    return table[(table["model"] == "trained encoder") & (table["references"] == 5)]


def test_the_page_holds_table_protocol_and_figures_with_words(scores, tmp_path):
    plotting.write_page(scores, tmp_path / "report.html", "Invented signatures")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    report = evaluation.evaluate(scores)
    assert report._repr_html_() in page
    assert "<h1>trained encoder on Invented signatures</h1>" in page
    texts = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,', page)
    assert len(texts) == 3
    assert all(text.startswith("Invented signatures") and re.search(r"\d", text) for text in texts)
    assert "Generated" not in page


@pytest.mark.parametrize("constant", ["test", "validation", "both"])
def test_a_verifier_that_gives_everybody_one_score_gets_its_page_too(constant, scores, tmp_path):
    same = scores["split"].isin(["test", "validation"] if constant == "both" else [constant])
    plotting.write_page(
        scores.assign(score=scores["score"].mask(same, 0.5)),
        tmp_path / "report.html",
        "Invented ones",
    )
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == 3
    assert ("50.0 % (50.0 to 50.0)" in page) == (constant != "validation")


def test_training_writers_beside_the_others_do_not_change_the_page(scores, tmp_path):
    train = scores.assign(split="train", score=0.5)
    beside = pd.concat([train, scores], ignore_index=True)
    plotting.write_page(scores, tmp_path / "without.html", "Invented signatures")
    plotting.write_page(beside, tmp_path / "beside.html", "Invented signatures")
    assert (tmp_path / "beside.html").read_bytes() == (tmp_path / "without.html").read_bytes()


def test_a_table_without_validation_writers_is_refused_and_writes_nothing(scores, tmp_path):
    with pytest.raises(ValueError, match="no validation writers"):
        plotting.write_page(
            scores[scores["split"] == "test"], tmp_path / "report.html", "Invented signatures"
        )
    assert list(tmp_path.iterdir()) == []
