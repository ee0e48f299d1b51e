"""Intervals over writers against a plain loop that copies the drawn writers' rows, and against theory."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_curve

from deepsign_helpers.evaluation import bootstrap_by_writer, equal_error_rates, paired_difference, writer_draws
from deepsign_helpers.evaluation.rates import equal_error_rate, false_reject_rate_at


def drawn_again(scores_table, repeats, seed):
    """Yield, for each repeat, the scores and labels of the drawn writers, copied as often as they were drawn."""
    writers = sorted(set(scores_table["writer"]))
    draws = np.random.default_rng(seed).multinomial(len(writers), [1 / len(writers)] * len(writers), size=repeats)
    for draw in draws:
        copies = [
            scores_table[scores_table["writer"] == writer]
            for writer, times in zip(writers, draw, strict=True)
            for _ in range(times)
        ]
        drawn = pd.concat(copies)
        drawn = drawn[drawn["kind"].isin(["genuine", "skilled"])]
        yield drawn["score"].to_numpy(), (drawn["kind"] == "genuine").to_numpy().astype(int)


@pytest.mark.parametrize("decimals", [1, 8])  # one decimal makes ties
def test_draws_agree_with_copying_rows(decimals, normal_scores):
    scores_table = normal_scores(writers=8).round({"score": decimals})
    expected = [equal_error_rate(*drawn) for drawn in drawn_again(scores_table, 40, seed=5)]
    np.testing.assert_allclose(writer_draws(scores_table, repeats=40, seed=5), expected, atol=1e-12)
    expected = [false_reject_rate_at(*drawn, 0.1) for drawn in drawn_again(scores_table, 40, seed=5)]
    draws = writer_draws(scores_table, false_accept_rate=0.1, repeats=40, seed=5)
    np.testing.assert_allclose(draws, expected, atol=1e-12)


def test_draws_agree_with_scikit_learns_curve(normal_scores):
    scores_table = normal_scores(writers=8, seed=2)
    for (scores, labels), rate in zip(
        drawn_again(scores_table, 20, seed=0), writer_draws(scores_table, repeats=20), strict=True
    ):
        accepted_forged, accepted_genuine, _ = roc_curve(labels, scores, drop_intermediate=False)
        nearest = np.argmin(np.abs(accepted_forged - (1 - accepted_genuine)))
        low, high = sorted([accepted_forged[nearest], 1 - accepted_genuine[nearest]])
        assert low - 0.05 <= rate <= high + 0.05


def test_interval_is_deterministic_and_holds_the_rate(normal_scores):
    scores_table = normal_scores(writers=30)
    low, high = bootstrap_by_writer(scores_table, seed=1)
    assert (low, high) == bootstrap_by_writer(scores_table.sample(frac=1, random_state=0), seed=1)
    assert low < equal_error_rates(scores_table)["skilled"] < high


def test_interval_leaves_out_one_draw_in_forty_on_either_side(normal_scores):
    scores_table = normal_scores(writers=30)
    low, high = bootstrap_by_writer(scores_table, repeats=2000, seed=1)
    draws = writer_draws(scores_table, repeats=2000, seed=1)
    assert (np.mean(draws < low), np.mean(draws > high)) == pytest.approx((0.025, 0.025), abs=0.01)


def test_four_times_as_many_writers_halve_the_interval(normal_scores):
    widths = [
        np.diff(bootstrap_by_writer(normal_scores(writers=writers, of_writer=1.0, seed=4)))[0] for writers in (40, 160)
    ]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.35)


def test_writers_who_differ_widen_the_interval_beyond_that_of_pairs(normal_scores):
    scores_table = normal_scores(writers=30, genuine=30, forged=30, of_writer=1.0)
    as_if_pairs = scores_table.assign(writer=[f"p{number:05}" for number in range(len(scores_table))])
    width_by_writer = np.diff(bootstrap_by_writer(scores_table))[0]
    assert width_by_writer > 2 * np.diff(bootstrap_by_writer(as_if_pairs))[0]


def test_a_draw_without_one_class_is_left_out(normal_scores):
    scores_table = normal_scores(writers=2)
    one_without = scores_table[(scores_table["writer"] == "w00") | (scores_table["kind"] == "genuine")]
    draws = writer_draws(one_without, repeats=100)
    assert 50 < len(draws) < 100 and np.isfinite(draws).all()


@pytest.fixture
def two_models(normal_scores):
    """Return the scores of two models on the same signatures: hard writers are hard for both, the second errs more."""

    def score(worse=0.5, noise=0.3, writers=20, seed=0):
        first = normal_scores(writers=writers, of_writer=1.0, seed=seed)
        rng = np.random.default_rng([seed, 1])
        change = noise * rng.normal(size=len(first)) - worse * (first["kind"] == "genuine")
        return first, first.assign(score=first["score"] + change)

    return score


def test_difference_agrees_with_copying_the_same_writers_rows_of_both(two_models):
    first, second = two_models(writers=8)
    both = zip(drawn_again(first, 200, seed=3), drawn_again(second, 200, seed=3), strict=True)
    expected = sorted(equal_error_rate(*one) - equal_error_rate(*other) for one, other in both)
    found = paired_difference(first, second.sample(frac=1, random_state=0), repeats=200, seed=3)
    assert found.difference == pytest.approx(equal_error_rates(first)["skilled"] - equal_error_rates(second)["skilled"])
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])))
    beyond = min(sum(1 for one in expected if one <= 0), sum(1 for one in expected if one >= 0))
    assert found.p_value == pytest.approx(2 * (1 + beyond) / 201)


def test_difference_turns_its_sign_where_the_models_change_places(two_models):
    first, second = two_models(worse=0.2)
    there, back = paired_difference(first, second), paired_difference(second, first)
    assert (back.difference, back.low, back.high) == pytest.approx((-there.difference, -there.high, -there.low))
    assert there.p_value == back.p_value


def test_a_better_model_is_below_zero_and_hard_writers_do_not_hide_it(two_models):
    first, second = two_models()
    found = paired_difference(first, second)
    assert found.low <= found.difference <= found.high < 0 and found.p_value < 0.02
    assert found.high - found.low < 0.7 * np.diff(bootstrap_by_writer(first))[0]


def test_a_model_does_not_differ_from_itself(two_models):
    first, _ = two_models()
    assert paired_difference(first, first) == (0, 0, 0, 1)


def test_equally_good_models_rarely_seem_to_differ(two_models):
    rng, p_values = np.random.default_rng(0), []
    for seed in range(100):
        models = two_models(worse=0, noise=0, seed=seed)
        noisy = [one.assign(score=one["score"] + rng.normal(size=len(one))) for one in models]
        p_values.append(paired_difference(*noisy, repeats=200).p_value)
    assert 0 < np.mean(np.array(p_values) < 0.1) < 0.2


@pytest.mark.parametrize("column", ["writer", "kind", "questioned"])
def test_models_that_judged_other_signatures_are_not_compared(column, two_models):
    first, second = two_models()
    second.loc[0, column] = {"writer": "w01", "kind": "skilled", "questioned": "w00/genuine/99"}[column]
    with pytest.raises(ValueError, match="did not judge the same signatures"):
        paired_difference(first, second)
    with pytest.raises(ValueError, match="did not judge the same signatures"):
        paired_difference(first, second.drop(index=0))


def test_trials_of_another_kind_of_forgery_do_not_matter_to_a_comparison(two_models):
    first, second = two_models()
    without = second[second["kind"] != "random"]
    assert paired_difference(first, without) == paired_difference(first, second)
    with pytest.raises(ValueError, match="did not judge the same"):
        paired_difference(first, without, kind="random")


def test_bad_input_is_refused_in_a_sentence(normal_scores):
    scores_table = normal_scores(writers=1)
    with pytest.raises(ValueError, match="needs two or more"):
        bootstrap_by_writer(scores_table)
    scores_table = normal_scores(writers=4)
    with pytest.raises(ValueError, match=r"FAR 0\.01 needs 300 forged scores; there are 40"):
        bootstrap_by_writer(scores_table, false_accept_rate=0.01)
    with pytest.raises(ValueError, match=r"1 % is 0\.01"):
        bootstrap_by_writer(scores_table, false_accept_rate=10)


@pytest.mark.parametrize(
    ("column", "nothing", "sentence"),
    [("score", np.nan, "some are NaN or infinite"), ("writer", None, "some scores have no writer")],
)
def test_a_score_or_a_writer_that_is_missing_is_refused(column, nothing, sentence, normal_scores):
    scores_table = normal_scores(writers=4)
    scores_table.loc[3, column] = nothing
    with pytest.raises(ValueError, match=sentence):
        bootstrap_by_writer(scores_table)
