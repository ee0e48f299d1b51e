"""Figures about encoders: their words follow the data."""

import pandas as pd
import pytest

from deepsign_helpers.plotting import chapter_04


def test_the_map_tells_whose_signature_lies_next_to_a_genuine_one_whatever_forgeries_lie_between(
    shown,
):
    apart = pd.DataFrame(
        {
            "x": [0, 1, 10, 11, 0.1],
            "y": 0.0,
            "writer": list("aabbb"),
            "kind": ["genuine"] * 4 + ["forged"],
        }
    )
    mixed = apart.assign(x=[0, 10, 1, 11, 5])
    chapter_04.show_embedding_maps({"after": apart, "before": mixed})
    figure, alt = shown[0]
    assert "after, the nearest neighbour of 100% of the genuine signatures" in alt
    assert "before, the nearest neighbour of 0% of the genuine signatures" in alt
    lines = figure.axes[0].get_lines()
    looks = {(line.get_color(), line.get_marker()): line.get_xdata().tolist() for line in lines}
    assert looks[("C0", "o")] == pytest.approx([0, 1])
    assert looks[("C1", "x")] == pytest.approx([0.1])
