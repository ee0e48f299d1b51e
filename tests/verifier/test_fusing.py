"""Fusion: figures measured in spreads and added, by equal weights or by fitted ones."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from deepsign_helpers.verifier import ENCODER, FIGURES, VOICES, Fusion, leave_one_world_out
from deepsign_helpers.verifier.fusing import OWN_DISTANCE, STRENGTH, figures_of_voice


def draw_figures(seed=0, writers=6, kinds=("genuine", "skilled", "random")):
    """Draw figures of worlds in which the encoder tells least, and the first signal most."""
    rng = np.random.default_rng(seed)
    below = {"genuine": 0.0, "skilled": 1.5, "random": 4.0}
    rows = []
    for writer in range(writers):
        for kind in kinds:
            for _ in range(8):
                row = {"writer": f"w{writer}", "kind": kind, "world": "abc"[writer % 3]}
                for place, name in enumerate(FIGURES):
                    tells = 1 / (1 + (place - 1) ** 2)
                    size = 10.0 ** (place - 3)  # each in a unit of its own
                    row[name] = size * (rng.normal() - tells * below[kind] + place)
                rows.append({**row, OWN_DISTANCE: 0.1 * writer})
    return pd.DataFrame(rows)


FIGURES_DRAWN = draw_figures()


def test_with_equal_weights_each_voice_is_heard_as_much():
    fusion = Fusion.equal(FIGURES_DRAWN)
    genuine = FIGURES_DRAWN[FIGURES_DRAWN["kind"] == "genuine"]
    # By hand: every figure less its middle, over its spread; two figures of a signal are averaged.
    total = 0
    for voice in VOICES:
        parts = []
        for name in figures_of_voice(voice):
            middle = sum(genuine[name]) / len(genuine)
            spread = np.sqrt(sum((value - middle) ** 2 for value in genuine[name]) / len(genuine))
            parts.append((FIGURES_DRAWN[name] - middle) / spread)
        total = total + sum(parts) / len(parts)
    assert fusion.score(FIGURES_DRAWN) == pytest.approx(total / 4)


def test_nothing_that_is_forged_changes_equal_weights():
    is_genuine = FIGURES_DRAWN["kind"] == "genuine"
    spoilt = FIGURES_DRAWN.copy()
    spoilt.loc[~is_genuine, list(FIGURES)] *= -3
    assert Fusion.equal(spoilt) == Fusion.equal(FIGURES_DRAWN)


@pytest.mark.parametrize("make", [Fusion.equal, Fusion.fitted])
def test_a_score_does_not_depend_on_units(make):
    other = FIGURES_DRAWN.copy()
    for place, name in enumerate(FIGURES):
        other[name] = (place + 0.5) * other[name] - 7
    expected = make(FIGURES_DRAWN).score(FIGURES_DRAWN)
    assert make(other).score(other) == pytest.approx(expected, abs=1e-3)


def test_fitted_weights_are_those_of_a_search_for_the_least_loss():
    fusion = Fusion.fitted(FIGURES_DRAWN)
    judged = FIGURES_DRAWN[FIGURES_DRAWN["kind"] != "random"]
    sign = np.where(judged["kind"] == "genuine", 1, -1)
    values = judged[list(FIGURES)]
    genuine = values[sign > 0]
    standard = ((values - genuine.mean()) / genuine.std(ddof=0)).to_numpy()

    def loss(weights):
        margins = sign * (standard @ weights[1:] + weights[0])
        return STRENGTH * np.logaddexp(0, -margins).sum() + (weights[1:] ** 2).sum() / 2

    found = minimize(loss, np.zeros(1 + len(FIGURES))).x[1:]
    assert fusion.weights == pytest.approx(found / np.abs(found).sum(), abs=1e-3)
    assert np.argmax(fusion.weights) == 1  # the one that tells most


def test_without_skilled_forgeries_weights_are_fitted_on_strangers():
    strangers = FIGURES_DRAWN[FIGURES_DRAWN["kind"] != "skilled"]
    assert Fusion.fitted(strangers) != Fusion.fitted(FIGURES_DRAWN)
    without_strangers = FIGURES_DRAWN[FIGURES_DRAWN["kind"] != "random"]
    with_strangers = Fusion.fitted(FIGURES_DRAWN)
    fitted = Fusion.fitted(without_strangers)
    # The mean of more rows is rounded elsewhere, in the last digit.
    assert fitted.usual_distance == pytest.approx(with_strangers.usual_distance)
    assert replace(fitted, usual_distance=with_strangers.usual_distance) == with_strangers
    with pytest.raises(ValueError, match="nothing is forged; weights cannot be fitted"):
        Fusion.fitted(FIGURES_DRAWN[FIGURES_DRAWN["kind"] == "genuine"])


def test_some_voices_can_be_left_out():
    fusion = Fusion.equal(FIGURES_DRAWN, voices=VOICES[1:])
    assert fusion.names == FIGURES[1:]
    assert sum(fusion.weights) == pytest.approx(1)
    spoilt = FIGURES_DRAWN.assign(**{ENCODER: np.nan})
    assert fusion.score(spoilt) == pytest.approx(fusion.score(FIGURES_DRAWN))
    with pytest.raises(ValueError, match="voice 'pressure' is not known; choose from encoder"):
        Fusion.equal(FIGURES_DRAWN, voices=["pressure"])


def test_what_each_voice_says_adds_up_to_the_score():
    fusion = Fusion.equal(FIGURES_DRAWN)
    for row in (0, 10, 20):
        one = FIGURES_DRAWN.iloc[[row]]
        said = fusion.by_voice(one)
        assert said.index.tolist() == list(VOICES)
        assert said["weight"].tolist() == pytest.approx([0.25] * 4)
        total = (said["spreads"] * said["weight"]).sum()
        assert total == pytest.approx(fusion.score(one)[0])


def test_a_collapsed_encoder_says_nothing():
    collapsed = FIGURES_DRAWN.assign(**{ENCODER: 1.0})
    fusion = Fusion.equal(collapsed)
    assert fusion.by_voice(collapsed.head(1)).loc[ENCODER, "spreads"] == 0
    assert np.isfinite(Fusion.fitted(collapsed).score(collapsed)).all()


def test_every_writer_counts_once_for_the_usual_distance():
    is_first = FIGURES_DRAWN["writer"] == "w0"
    once = FIGURES_DRAWN[~is_first | (FIGURES_DRAWN["kind"] == "genuine")]
    assert Fusion.equal(once).usual_distance == pytest.approx(np.mean([0, 0.1, 0.2, 0.3, 0.4, 0.5]))
    with_one_reference = FIGURES_DRAWN.assign(**{OWN_DISTANCE: np.nan})
    assert Fusion.equal(with_one_reference).usual_distance is None


@pytest.mark.parametrize("make", [Fusion.equal, Fusion.fitted])
def test_a_world_that_is_left_out_has_no_say(make):
    turns = list(leave_one_world_out(FIGURES_DRAWN, "world", make))
    assert [world for world, _, _ in turns] == ["a", "b", "c"]
    for world, fusion, scores in turns:
        assert set(scores["world"]) == {world}
        assert scores["score"].to_numpy() == pytest.approx(fusion.score(scores))
        spoilt = FIGURES_DRAWN.copy()
        spoilt.loc[spoilt["world"] == world, list(FIGURES)] += 99
        again = {name: fused for name, fused, _ in leave_one_world_out(spoilt, "world", make)}
        assert again[world] == fusion
    with pytest.raises(ValueError, match="world has one value only"):
        list(leave_one_world_out(FIGURES_DRAWN.assign(world="a"), "world"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"names": ("pressure",)}, "figure 'pressure' is not known"),
        ({"names": (ENCODER, ENCODER)}, "stands there twice"),
        ({"middles": ()}, "^middles: .* one finite number for each figure"),
        ({"middles": (float("nan"),)}, "^middles: "),
        ({"weights": ("1",)}, "^weights: "),
        ({"spreads": (0.0,)}, "^spreads: .* above 0"),
        ({"usual_distance": -0.1}, "^usual_distance: "),
        ({"usual_distance": float("nan")}, "^usual_distance: "),
    ],
)
def test_a_fusion_that_adds_nothing_cannot_be_made(changes, sentence):
    sound = {"names": (ENCODER,), "middles": (0.9,), "spreads": (0.1,), "weights": (1.0,)}
    Fusion(**sound)
    with pytest.raises(ValueError, match=sentence):
        Fusion(**{**sound, **changes})


def test_one_genuine_comparison_has_no_spread():
    with pytest.raises(ValueError, match="1 genuine comparisons; their spread needs two"):
        Fusion.equal(FIGURES_DRAWN.head(1))
