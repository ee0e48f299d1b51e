"""Figures about encoders: their words follow the data."""

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.plotting import chapter_04


def test_kernels_answer_on_one_scale_and_the_words_say_from_where_to_where(shown):
    weak = np.full((8, 16), -0.5)
    strong = np.full((8, 16), 2.0)
    image = np.zeros((8, 16, 1), "float32")
    chapter_04.show_convolutions(image, {"weak": weak, "strong": strong})

    figure, alt = shown[0]
    assert "weak: answers from -0.5 to -0.5; strong: answers from 2.0 to 2.0." in alt
    assert "2 hand-made" in alt
    for axis in figure.axes[1:]:
        assert axis.images[0].get_clim() == (-2.0, 2.0)
        assert axis.images[0].get_array().shape == (4, 8)  # the middle half of each side


def test_shares_of_layers_are_told_of_those_that_multiply(shown):
    table = pd.DataFrame(
        {"layer": ["one", "pool", "two"], "parameters": [10, 50, 30], "macs": [75, 0, 25]}
    )
    chapter_04.show_layer_costs(table)

    figure, alt = shown[0]
    assert "two holds 75 % of the parameters; one does 75 % of the arithmetic." in alt
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["one", "two"]


def test_a_square_is_drawn_around_the_middle_and_told_as_a_share_of_each_height(shown):
    images = [np.zeros((64, 128, 1), "float32"), np.zeros((16, 32, 1), "float32")]
    chapter_04.show_receptive_fields(images, {"early": 3, "late": 32})

    figure, alt = shown[0]
    assert "one cell of late sees 32×32 pixels" in alt
    assert alt.endswith("50% of a height of 64 and 200% of a height of 16.")
    for axis, image in zip(figure.axes, images, strict=True):
        late = axis.patches[1]
        assert (late.get_width(), late.get_height()) == (32, 32)
        middle = (np.array(image.shape[1::-1]) - 1) / 2
        assert late.get_center() == pytest.approx(middle)
        bottom, top = axis.get_ylim()
        assert bottom - top > max(image.shape[0], 32)  # nothing is cut off


def test_a_spread_is_told_from_the_first_layer_to_the_last(shown):
    spreads = pd.DataFrame({"alone": [0.5, 0.1, 0.02], "together": [1.0, 1.1, 1.2]}, list("abc"))
    chapter_04.show_activation_spread(spreads)

    figure, alt = shown[0]
    assert alt.endswith("alone: 0.5 to 0.02; together: 1 to 1.2.")
    assert figure.axes[0].get_yscale() == "log"
    assert len(figure.axes[0].get_lines()) == 2


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
