"""Figures of the notebooks on a page: each place finds its picture, and a wrong one is refused."""

import re

import nbformat
import pytest

from deepsign_helpers import runtime
from tools import figures

PROJECT = runtime.project_folder()
PAGE = PROJECT / "docs" / "ten_figures.md"
NUMBERED = re.compile(r"\d")


def alternatives(notebook):
    """Return the alternative texts of a notebook's figures, read without the code under test."""
    outputs = nbformat.read(PROJECT / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
    outputs = [output for cell in outputs for output in cell.get("outputs", [])]
    return [
        output["metadata"]["image/png"]["alt"]
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


def test_ten_figures_are_filled_with_pictures_captions_and_nothing_left_over(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    filled = figures.fill(text, tmp_path / "pictures")
    assert text.count("<!-- figure:") == 10
    assert "<!-- figure:" not in filled
    shown = re.findall(r"^!\[(.+)\]\(pictures/(.+\.png)\)\n\n\*(.+)\*$", filled, re.MULTILINE)
    assert len({name for _, name, _ in shown}) == 10
    for alternative, name, caption in shown:
        assert caption == alternative
        assert alternative.replace("\\", "") in alternatives(name.rsplit("_", 1)[0])
        assert (tmp_path / "pictures" / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_place_names_no_number_that_the_next_run_may_change():
    beginnings = figures.PLACE.findall(PAGE.read_text(encoding="utf-8"))
    for _, beginning in beginnings:
        assert len(beginning) >= 20
        assert not NUMBERED.search(beginning)


def test_the_paragraphs_leave_the_numbers_to_the_captions():
    text = PAGE.read_text(encoding="utf-8")
    paragraphs = re.sub(r"<!--.*?-->|\[[^]]*\]\([^)]*\)|^#.*$", "", text, flags=re.MULTILINE)
    assert not NUMBERED.search(paragraphs)


def test_the_text_around_a_place_stays(tmp_path):
    place = '<!-- figure: 00_signatures_and_ethics "One corner written twice, path and speed" -->'
    filled = figures.fill(f"Before.\n\n{place}\n\nAfter.\n", tmp_path / "pictures")
    assert filled.startswith("Before.\n\n![One corner written twice, path and speed")
    assert filled.endswith("*\n\nAfter.\n")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            '01_preprocessing "A picture that nobody drew"',
            '^01_preprocessing: 0 figures begin with "A picture that',
        ),
        (
            '06_eer_analysis "Generated signatures: "',
            '^06_eer_analysis: [2-9] figures begin with "Generated',
        ),
        ('77_nowhere "A picture that nobody drew"', "^77_nowhere: there is no such notebook"),
    ],
)
def test_a_place_without_its_one_figure_is_refused(place, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        figures.fill(f"<!-- figure: {place} -->\n", tmp_path / "pictures")
    assert not (tmp_path / "pictures").exists()
