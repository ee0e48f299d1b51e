"""Figures of a training and its results: without validation, without a kind, with one reference."""

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.plotting import chapter_05


def test_the_pairs_of_a_batch_are_counted_once_each_and_coloured_by_kind(shown):
    # Two genuine signatures and a forgery of writer 0, a genuine one and a forgery of writer 1.
    identity = np.array([(0, 1), (0, 1), (0, 0), (1, 1), (1, 0)])
    same = np.zeros((5, 5), bool)
    different = np.zeros((5, 5), bool)
    same[0, 1] = True
    for left, right in [(0, 2), (1, 2), (3, 4), (0, 3), (1, 3)]:
        different[left, right] = True
    chapter_05.show_pairs_of_batch(identity, same | same.T, different | different.T)

    figure, alt = shown[0]
    assert alt.startswith("All 10 pairs of a batch of 5 images")
    assert alt.endswith("1 same, 3 skilled, 2 random, 4 left out.")
    drawn = figure.axes[0].images[0].get_array()
    assert (drawn[0, 1], drawn[0, 2], drawn[0, 3], drawn[0, 4]) == (0, 1, 2, 3)
    keys = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert keys == ["1 same", "3 skilled", "2 random", "4 left out"]


def test_the_words_on_costs_say_where_a_pair_is_free(shown):
    distances = np.linspace(0, 2, 21)
    if_same = np.maximum(distances - 0.4, 0) ** 2
    if_different = np.maximum(1.5 - distances, 0) ** 2
    chapter_05.show_pair_costs(distances, if_same, if_different)
    assert "free up to 0.4, a DIFFERENT pair from 1.5 on" in shown[0][1]


def test_a_training_without_validation_is_drawn(shown):
    chapter_05.show_training(pd.DataFrame({"loss": [3.0, 2.0, 1.0]}))
    figure, alt = shown[0]
    assert len(figure.axes) == 1
    assert alt == "The loss goes from 3.00 to 1.00 over 3 epochs."


def test_a_training_with_validation_tells_the_rate_of_the_epoch_that_is_kept(shown):
    epochs = pd.DataFrame({"loss": [3.0, 2.0, 1.0], "validation_eer": [0.3, 0.125, 0.2]})
    chapter_05.show_training(epochs, yardsticks={"guessing": 0.5})
    figure, alt = shown[0]
    assert "12.5 %, is that of epoch 2; guessing 50.0%." in alt
    ring = figure.axes[1].lines[1]
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (2, 12.5)
    labels = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert labels == ["encoder", "kept", "guessing"]


def test_distances_can_be_drawn_without_skilled_pairs(shown):
    table = pd.DataFrame(
        {"kind": ["genuine"] * 3 + ["random"] * 3, "distance": [0.1, 0.2, 0.3, 1.1, 1.2, 1.3]}
    )
    chapter_05.show_distances({"after": table})
    assert shown[0][1].endswith("after: genuine 0.20, random 1.20.")


@pytest.mark.parametrize(
    ("references", "words"), [(1, "any, 1 reference:"), (5, "any, 5 references:")]
)
def test_results_count_references_in_words_that_agree(shown, references, words):
    scores = pd.DataFrame(
        {
            "model": "any",
            "references": references,
            "fusion": "min",
            "kind": np.repeat(["genuine", "skilled", "random"], 4),
            "score": np.tile([0.9, 0.8, 0.7, 0.6], 3),
        }
    )
    chapter_05.show_test_results(scores)
    assert words in shown[0][1]


def test_results_have_a_panel_for_each_protocol_and_rates_for_each_model(shown):
    genuine = pd.DataFrame({"kind": "genuine", "score": [0.9, 0.8, 0.7, 0.6]})
    skilled = pd.DataFrame({"kind": "skilled", "score": [0.65, 0.5, 0.4, 0.3]})
    random = pd.DataFrame({"kind": "random", "score": [0.1, 0.1, 0.1, 0.1]})
    good = pd.concat([genuine, skilled, random]).assign(model="good")
    blind = good.assign(model="blind", score=0.5)
    one_protocol = pd.concat([good, blind])
    scores = pd.concat([one_protocol.assign(references=1), one_protocol.assign(references=5)])
    chapter_05.show_test_results(scores)

    figure, alt = shown[0]
    assert [axis.get_title() for axis in figure.axes] == [
        "5 references a writer",
        "1 reference a writer",
    ]
    assert "good, 5 references: 25.0% and 0.0%; blind, 5 references: 50.0% and 50.0%" in alt


def test_each_change_is_told_beside_what_the_seed_does(shown):
    rates = pd.DataFrame(
        {"trial": ["base", "other", "base", "other"], "mean EER": [20.0, 25.0, 22.5, 26.0]}
    )
    chapter_05.show_search(rates)
    [(figure, alt)] = shown
    assert "the lowest first: base 21.2; other 25.5. The seeds of the base alone give 20.0" in alt
    [axis] = figure.axes
    dots = axis.lines[0]
    named = [axis.get_yticklabels()[int(row)].get_text() for row in dots.get_ydata()]
    assert sorted(zip(named, dots.get_xdata(), strict=True)) == sorted(
        rates.itertuples(index=False)
    )
