"""Figures of a training and its results: also without validation, without a kind of pair, with one reference."""

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.plotting import chapter_05

STEPS = pd.DataFrame(
    {"step": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "learning_rate": [0.001, 0.002, 0.001]}
)


def test_a_training_without_validation_is_drawn(shown):
    chapter_05.show_training(STEPS, pd.DataFrame(), best_step=3)
    figure, alt = shown[0]
    assert len(figure.axes) == 2
    assert alt == "The loss goes from 3.00 to 2.00 over 3 steps."  # means of up to 20 steps


def test_a_training_with_validation_tells_the_rate_of_the_step_that_is_kept(shown):
    validations = pd.DataFrame(
        {"step": [0, 2, 3], "seconds": [0, 1, 2], "equal_error_rate": [0.3, 0.125, 0.2]}
    )
    chapter_05.show_training(STEPS, validations, best_step=2, yardsticks={"guessing": 0.5})
    figure, alt = shown[0]
    assert "12.5 %, is at step 2; guessing 50.0%." in alt
    labels = [text.get_text() for text in figure.axes[2].get_legend().get_texts()]
    assert labels == ["encoder", "kept", "guessing"]


def test_distances_can_be_drawn_without_skilled_pairs(shown):
    table = pd.DataFrame(
        {"kind": ["genuine"] * 3 + ["random"] * 3, "distance": [0.1, 0.2, 0.3, 1.1, 1.2, 1.3]}
    )
    chapter_05.show_distances({"after": table})
    assert shown[0][1].endswith("after: genuine 0.20, random 1.20.")


@pytest.mark.parametrize(
    ("references", "told"), [(1, "any, 1 reference:"), (5, "any, 5 references:")]
)
def test_results_count_references_in_words_that_agree(shown, references, told):
    kinds = np.repeat(["genuine", "skilled", "random"], 4)
    scores = pd.DataFrame(
        {"model": "any", "references": references, "fusion": "min", "kind": kinds}
    )
    chapter_05.show_test_results(
        scores.assign(score=np.tile([0.9, 0.8, 0.7, 0.6], 3), writer="w000")
    )
    assert told in shown[0][1]
