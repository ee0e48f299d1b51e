"""Figures of chapter 09: what they say in words is what they were given."""

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import corpora, synthesis
from deepsign_helpers.plotting import chapter_09


@pytest.fixture(scope="module")
def photo():
    """A photographed sheet of six boxes, two of them filled."""
    rng = np.random.default_rng(4)
    sheet = corpora.Sheet(writer=5, boxes=6)
    fillings = corpora.sign_sheet(sheet, synthesis.sample_writer(rng), rng, filled=2)
    return corpora.photograph_sheet(sheet, fillings, rng, "phone")


def test_boxes_are_outlined_where_they_are_by_whether_they_are_filled(photo, shown):
    cut = corpora.read_sheet(photo)
    chapter_09.show_sheet(photo, cut)
    [(figure, alt)] = shown
    assert "genuine signatures of writer 005, day 1; 2 of 6 boxes are filled" in alt
    [axis] = figure.axes
    names = [line.get_label() for line in axis.lines]
    assert names == ["filled box"] * 2 + ["empty box"] * 4
    styles = {line.get_label(): line.get_linestyle() for line in axis.lines}
    assert styles["filled box"] != styles["empty box"]
    for line in axis.lines:
        assert (line.get_xydata() > 0).all()
        assert (line.get_xydata() < photo.shape[::-1]).all()
    assert sorted(text.get_text() for text in figure.legends[0].texts) == [
        "empty box",
        "filled box",
    ]


def test_both_errors_are_told_for_each_set(shown):
    rates = pd.DataFrame({"FRR": [12.0, 25.4], "FAR": [12.5, 6.0]}, index=["home", "fax"])
    chapter_09.show_moved_threshold(rates)
    [(figure, alt)] = shown
    assert "home: FRR 12, FAR 12; fax: FRR 25, FAR 6" in alt
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [12.0, 25.4, 12.5, 6.0]


def test_the_band_holds_eight_draws_of_ten(shown):
    found = pd.DataFrame(
        {
            "writers": np.repeat([2, 8], 101),
            "FRR": np.concatenate([np.arange(101), np.arange(101) / 2]),
            "FAR": 20.0,
        }
    )
    chapter_09.show_own_thresholds(found, {"FRR": 12.0, "FAR": 15.0})
    [(figure, alt)] = shown
    assert "FRR by number of writers: 2: 10 to 90, 8: 5 to 45; moved 12" in alt
    assert "FAR by number of writers: 2: 20 to 20, 8: 20 to 20; moved 15" in alt
    assert figure.axes[0].get_ylim()[0] == 0
    middle = figure.axes[0].lines[0].get_xydata()
    assert middle.tolist() == [[2, 50], [8, 25]]
