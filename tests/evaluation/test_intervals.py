"""Intervals over writers against a loop that copies the drawn writers' rows, and theory."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_curve

from deepsign_helpers.evaluation import (
    bootstrap_by_writer,
    equal_error_rates,
    paired_difference,
    writer_draws,
)
from deepsign_helpers.evaluation.intervals import intervals_at_zero
from deepsign_helpers.evaluation.rates import equal_error_rate, false_reject_rate_at, rates_at


def drawn_again(scores_table, repeats, seed):
    """Yield scores and labels of each draw: a writer's rows, copied as often as drawn."""
    writers = sorted(set(scores_table["writer"]))
    judged = scores_table[scores_table["kind"].isin(["genuine", "skilled"])]
    rows = {writer: judged[judged["writer"] == writer] for writer in writers}
    draws = np.random.default_rng(seed).multinomial(
        len(writers), [1 / len(writers)] * len(writers), size=repeats
    )
    for draw in draws:
        drawn = pd.concat(
            [
                rows[writer]
                for writer, times in zip(writers, draw, strict=True)
                for _ in range(times)
            ]
        )
        yield drawn["score"].to_numpy(), (drawn["kind"] == "genuine").to_numpy().astype(int)


@pytest.mark.parametrize("decimals", [1, 8])  # one decimal makes ties
def test_draws_agree_with_copying_rows(decimals, normal_scores):
    scores_table = normal_scores(writers=8).round({"score": decimals})
    expected = [equal_error_rate(*drawn) for drawn in drawn_again(scores_table, 40, seed=5)]
    np.testing.assert_allclose(writer_draws(scores_table, repeats=40, seed=5), expected, atol=1e-12)
    expected = [
        false_reject_rate_at(*drawn, 0.1) for drawn in drawn_again(scores_table, 40, seed=5)
    ]
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
    low, high = bootstrap_by_writer(scores_table, seed=1)
    draws = writer_draws(scores_table, seed=1)
    assert len(draws) == 1000
    assert (np.mean(draws < low), np.mean(draws > high)) == pytest.approx((0.025, 0.025), abs=0.01)


def test_four_times_as_many_writers_halve_the_interval(normal_scores):
    widths = [
        np.diff(bootstrap_by_writer(normal_scores(writers=writers, of_writer=1.0, seed=4)))[0]
        for writers in (40, 160)
    ]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.35)


def test_writers_who_differ_widen_the_interval_beyond_that_of_pairs(normal_scores):
    scores_table = normal_scores(writers=30, genuine=30, forged=30, of_writer=1.0)
    as_if_pairs = scores_table.assign(
        writer=[f"p{number:05}" for number in range(len(scores_table))]
    )
    width_by_writer = np.diff(bootstrap_by_writer(scores_table))[0]
    assert width_by_writer > 2 * np.diff(bootstrap_by_writer(as_if_pairs))[0]


def test_a_draw_without_one_class_is_left_out(normal_scores):
    scores_table = normal_scores(writers=2)
    one_without = scores_table[
        (scores_table["writer"] == "w00") | (scores_table["kind"] == "genuine")
    ]
    draws = writer_draws(one_without, repeats=100)
    assert 50 < len(draws) < 100 and np.isfinite(draws).all()


def random_draws_by_hand(scores_table, repeats, seed):
    """Copy a genuine row as often as its writer was drawn, a random one for each pair of both."""
    writers = sorted(set(scores_table["writer"]))
    draws = np.random.default_rng(seed).multinomial(
        len(writers), [1 / len(writers)] * len(writers), size=repeats
    )
    rates = []
    for draw in draws:
        times, scores, labels = dict(zip(writers, draw.tolist(), strict=True)), [], []
        for row in scores_table[scores_table["kind"] != "skilled"].to_dict("records"):
            impostor, copies = row["questioned"].split("/")[0], times[row["writer"]]
            if row["kind"] == "random" and impostor != row["writer"]:
                copies *= times.get(impostor, 1)
            scores += [row["score"]] * copies
            labels += [int(row["kind"] == "genuine")] * copies
        if 0 < sum(labels) < len(labels):
            rates.append(equal_error_rate(scores, labels))
    return rates


@pytest.mark.parametrize("decimals", [1, 8])
def test_a_random_forgery_comes_as_often_as_victim_and_impostor_were_drawn_together(
    decimals, normal_scores
):
    scores_table = normal_scores(writers=8, genuine=4, forged=7).round({"score": decimals})
    scores_table = scores_table.sample(frac=1, random_state=0)
    expected = random_draws_by_hand(scores_table, 60, seed=5)
    np.testing.assert_allclose(
        writer_draws(scores_table, kind="random", repeats=60, seed=5), expected, atol=1e-12
    )


@pytest.mark.parametrize("name", ["", "stranger/genuine/3", "w03/genuine/3"])
def test_a_forgery_by_nobody_known_or_by_the_victim_is_copied_for_the_victim_alone(
    name, normal_scores
):
    scores_table = normal_scores(writers=6, genuine=4, forged=6)
    scores_table.loc[
        (scores_table["kind"] == "random") & (scores_table.index % 3 == 0), "questioned"
    ] = name
    expected = random_draws_by_hand(scores_table, 60, seed=1)
    np.testing.assert_allclose(
        writer_draws(scores_table, kind="random", repeats=60, seed=1), expected, atol=1e-12
    )


def test_without_names_random_forgeries_are_drawn_with_their_victims_like_any_other_kind(
    normal_scores,
):
    scores_table = normal_scores(writers=6)
    unnamed = scores_table[scores_table["kind"] != "skilled"].drop(columns="questioned")
    as_skilled = unnamed.replace({"kind": {"random": "skilled"}})
    expected = writer_draws(as_skilled, repeats=50)
    np.testing.assert_array_equal(writer_draws(unnamed, kind="random", repeats=50), expected)
    assert not np.array_equal(writer_draws(scores_table, kind="random", repeats=50), expected)


def test_only_random_forgeries_have_two_writers(normal_scores):
    scores_table = normal_scores(writers=6)
    renamed = scores_table.assign(questioned="w01/forged/0")
    np.testing.assert_array_equal(
        writer_draws(renamed, repeats=50), writer_draws(scores_table, repeats=50)
    )


@pytest.mark.parametrize(("prefix", "kind_of_name"), [("corpus/a/", str), ("", int)])
def test_impostors_are_found_whatever_writers_are_called(prefix, kind_of_name, normal_scores):
    scores_table = normal_scores(writers=6)
    writer = (prefix + scores_table["writer"].str.removeprefix("w0")).astype(kind_of_name)
    questioned = prefix + scores_table["questioned"].str.removeprefix("w0")
    renamed = scores_table.assign(writer=writer, questioned=questioned)
    expected = writer_draws(scores_table, kind="random", repeats=50)
    np.testing.assert_array_equal(writer_draws(renamed, kind="random", repeats=50), expected)


def draw_impostors(rng, writers=20, each=5):
    """Score every writer as an impostor of every other; they differ in that role alone."""
    wolfish = 1.5 * rng.normal(size=writers)
    genuine = [
        (who, f"{who}/genuine/{one}", "genuine", 2.5)
        for who in range(writers)
        for one in range(each)
    ]
    pairs = [
        (victim, other) for victim in range(writers) for other in range(writers) if victim != other
    ]
    random = [(victim, f"{other}/genuine/0", "random", wolfish[other]) for victim, other in pairs]
    scores_table = pd.DataFrame(genuine + random, columns=["writer", "questioned", "kind", "score"])
    noise = rng.normal(size=len(scores_table))
    return scores_table.assign(
        writer=scores_table["writer"].astype(str), score=scores_table["score"] + noise
    )


def test_where_impostors_differ_victims_alone_promise_too_narrow_an_interval():
    rates, widths = [], {"both": [], "victims": []}
    for seed in range(40):
        scores_table = draw_impostors(np.random.default_rng([7, seed]))
        rates.append(equal_error_rates(scores_table)["random"])
        for drawn, table in (
            ("both", scores_table),
            ("victims", scores_table.drop(columns="questioned")),
        ):
            low, high = np.quantile(writer_draws(table, kind="random", repeats=200), [0.025, 0.975])
            widths[drawn].append(high - low)
    both, victims = np.mean(widths["both"]), np.mean(widths["victims"])
    needed = 2 * 1.96 * np.std(rates)  # how far the rates of other writers really lie apart
    assert both > 1.4 * victims
    assert victims < 0.8 * needed and 0.8 * needed < both < 1.6 * needed


@pytest.fixture
def two_models(normal_scores):
    """Return scores of two models on the same signatures; hard writers are hard for both."""

    def score(worse=0.5, noise=0.3, writers=20, seed=0):
        first = normal_scores(writers=writers, of_writer=1.0, seed=seed)
        rng = np.random.default_rng([seed, 1])
        change = noise * rng.normal(size=len(first)) - worse * (first["kind"] == "genuine")
        return first, first.assign(score=first["score"] + change)

    return score


def test_difference_agrees_with_copying_the_same_writers_rows_of_both(two_models):
    first, second = two_models(writers=8)
    both = zip(drawn_again(first, 1000, seed=3), drawn_again(second, 1000, seed=3), strict=True)
    expected = sorted(equal_error_rate(*one) - equal_error_rate(*other) for one, other in both)
    found = paired_difference(first, second.sample(frac=1, random_state=0), seed=3)
    assert found.difference == pytest.approx(
        equal_error_rates(first)["skilled"] - equal_error_rates(second)["skilled"]
    )
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])))
    beyond = min(sum(1 for one in expected if one <= 0), sum(1 for one in expected if one >= 0))
    assert found.p_value == pytest.approx(2 * (1 + beyond) / 1001)


def test_difference_turns_its_sign_where_the_models_change_places(two_models):
    first, second = two_models(worse=0.2)
    there, back = paired_difference(first, second), paired_difference(second, first)
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )
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
    for seed in range(60):
        models = two_models(worse=0, noise=0, seed=seed)
        noisy = [one.assign(score=one["score"] + rng.normal(size=len(one))) for one in models]
        p_values.append(paired_difference(*noisy).p_value)
    assert 0 < np.mean(np.array(p_values) < 0.1) < 0.2


@pytest.mark.parametrize("column", ["writer", "kind", "questioned"])
def test_models_that_judged_other_signatures_are_not_compared(column, two_models):
    first, second = two_models()
    second.loc[0, column] = {"writer": "w01", "kind": "skilled", "questioned": "w00/genuine/99"}[
        column
    ]
    with pytest.raises(ValueError, match="did not judge the same signatures"):
        paired_difference(first, second)
    with pytest.raises(ValueError, match="did not judge the same signatures"):
        paired_difference(first, second.drop(index=0))


def test_signatures_of_another_kind_do_not_matter_to_a_difference(two_models):
    first, second = two_models()
    without = second[second["kind"] != "random"]
    assert paired_difference(first, without) == paired_difference(first, second)
    with pytest.raises(ValueError, match="did not judge the same"):
        paired_difference(first, without, kind="random")


def test_intervals_at_zero_agree_with_counting_in_copied_rows(normal_scores):
    # Some scores are exactly zero, and accepted.
    scores_table = normal_scores(writers=8).round({"score": 1})
    counted = [rates_at(*drawn, 0) for drawn in drawn_again(scores_table, 1000, seed=4)]
    expected = np.quantile(counted, [0.025, 0.975], axis=0).T
    np.testing.assert_allclose(intervals_at_zero(scores_table, seed=4), expected, atol=1e-12)
    assert not np.array_equal(intervals_at_zero(scores_table, seed=5), expected)


@pytest.mark.parametrize(("score", "rates"), [(1, [[1, 1], [0, 0]]), (-1, [[0, 0], [1, 1]])])
def test_where_all_decisions_are_alike_both_intervals_are_points(score, rates, normal_scores):
    assert intervals_at_zero(normal_scores().assign(score=score)).tolist() == rates


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
    [
        ("score", np.nan, "some are NaN or infinite"),
        ("writer", None, "a row has no writer; give one"),
    ],
)
def test_a_score_or_a_writer_that_is_missing_is_refused(column, nothing, sentence, normal_scores):
    scores_table = normal_scores(writers=4)
    scores_table.loc[3, column] = nothing
    with pytest.raises(ValueError, match=sentence):
        bootstrap_by_writer(scores_table)
