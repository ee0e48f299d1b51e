"""Who bears the errors, against plain loops over scores, rank sums by hand, and noise."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, kstest, rankdata

from deepsign_helpers.evaluation import (
    bootstrap_by_writer,
    equal_error_rates,
    error_by,
    error_by_writer,
    menagerie,
)

ROLES = ["genuine", "as victim", "as impostor"]


def scores_of(scores_table, kind, **where):
    """Collect scores with a loop: of one kind, and of rows whose other columns are as told."""
    return [
        row["score"]
        for row in scores_table.to_dict("records")
        if row["kind"] == kind and all(row[column] == value for column, value in where.items())
    ]


def scores_in_role(scores_table, role):
    """Return each writer's scores in one role, as lists."""
    collected = {}
    for row in scores_table.to_dict("records"):
        if row["kind"] == ("genuine" if role == "genuine" else "random"):
            name = row["questioned"].split("/")[0] if role == "as impostor" else row["writer"]
            collected.setdefault(name, []).append(row["score"])
    return collected


def kruskal_by_hand(samples):
    """Compare each sample's mean rank with the mean of all; there are no ties."""
    ranks, count = rankdata(np.concatenate(samples)), sum(map(len, samples))
    parts = np.split(ranks, np.cumsum([len(some) for some in samples])[:-1])
    statistic = 12 / (count * (count + 1)) * sum(len(some) * (some.mean() - (count + 1) / 2) ** 2 for some in parts)
    return chi2.sf(statistic, len(samples) - 1)


@pytest.mark.parametrize("kind", ["skilled", "random"])
def test_each_writers_errors_agree_with_counting(kind, normal_scores):
    scores_table = normal_scores().sample(frac=1, random_state=0)
    by_writer = error_by_writer(scores_table, threshold=0.7, kind=kind)
    assert sorted(by_writer.index) == sorted(set(scores_table["writer"]))
    for writer, row in by_writer.iterrows():
        genuine, forged = (scores_of(scores_table, name, writer=writer) for name in ("genuine", kind))
        assert (row["genuine"], row["forged"]) == (len(genuine), len(forged))
        assert row["FRR"] == pytest.approx(sum(1 for score in genuine if score < 0.7) / len(genuine))
        assert row["FAR"] == pytest.approx(sum(1 for score in forged if score >= 0.7) / len(forged))
        assert row["mean genuine score"] == pytest.approx(math.fsum(genuine) / len(genuine))


def test_a_score_equal_to_the_threshold_is_accepted_for_each_writer(normal_scores):
    row = error_by_writer(normal_scores(writers=1).assign(score=0.5), threshold=0.5).iloc[0]
    assert (row["FRR"], row["FAR"]) == (0, 1)


def test_those_turned_away_most_often_come_first_and_the_lower_mean_first_among_equals(normal_scores):
    by_writer = error_by_writer(normal_scores(writers=40), threshold=1.0)
    order = list(zip(-by_writer["FRR"], by_writer["mean genuine score"], strict=True))
    assert order == sorted(order) and by_writer["FRR"].duplicated().any()


def test_a_writer_without_forgeries_is_listed_with_nothing_to_count(normal_scores):
    scores_table = normal_scores(writers=3)
    without = (scores_table["writer"] == "w01") & (scores_table["kind"] == "skilled")
    by_writer = error_by_writer(scores_table[~without], threshold=0.7)
    assert by_writer.loc["w01", "forged"] == 0 and math.isnan(by_writer.loc["w01", "FAR"])
    assert by_writer["forged"].dtype == by_writer["genuine"].dtype == int


def test_each_groups_rates_are_those_of_its_rows_alone(normal_scores):
    scores_table = normal_scores(writers=12)
    scores_table["script"] = np.where(scores_table["writer"] < "w05", "latin", "arabic")
    rows = error_by(scores_table, "script", threshold=0.7)
    assert list(rows.index) == ["arabic", "latin"] and list(rows["writers"]) == [7, 5]
    for script, row in rows.iterrows():
        part = scores_table[scores_table["script"] == script]
        genuine, forged = (scores_of(scores_table, kind, script=script) for kind in ("genuine", "skilled"))
        assert (row["genuine"], row["forged"]) == (len(genuine), len(forged))
        assert row["FAR"] == pytest.approx(sum(1 for score in forged if score >= 0.7) / len(forged))
        assert row["FRR"] == pytest.approx(sum(1 for score in genuine if score < 0.7) / len(genuine))
        assert row["EER"] == equal_error_rates(part)["skilled"]
        assert (row["EER from"], row["EER to"]) == bootstrap_by_writer(part)


def test_groups_count_whole_writers_and_signatures(normal_scores):
    rows = error_by(normal_scores().assign(domain="clean"), "domain", threshold=0.7, kind="random")
    assert [rows[column].dtype.kind for column in ("writers", "genuine", "forged")] == ["i"] * 3
    assert rows.index.name == "domain"


def test_a_group_that_cannot_be_judged_is_refused_in_a_sentence(normal_scores):
    scores_table = normal_scores(writers=3)
    with pytest.raises(ValueError, match="has no column script; there are writer, questioned, kind"):
        error_by(scores_table, "script", threshold=0.7)
    with pytest.raises(ValueError, match="1 writer; an interval over writers needs two or more"):
        error_by(scores_table.assign(script=scores_table["writer"]), "script", threshold=0.7)
    with pytest.raises(ValueError, match='no scores of kind "skilled"'):
        error_by(scores_table.assign(script=scores_table["kind"]), "script", threshold=0.7)


@pytest.mark.parametrize("role", ROLES)
def test_means_and_p_values_agree_with_ranking_by_hand(role, normal_scores):
    scores_table = normal_scores().sample(frac=1, random_state=0)
    animals, p_values = menagerie(scores_table)
    expected = scores_in_role(scores_table, role)
    assert {name: pytest.approx(math.fsum(some) / len(some)) for name, some in expected.items()} == dict(animals[role])
    assert p_values[role] == pytest.approx(kruskal_by_hand(list(expected.values())))


@pytest.mark.parametrize(("writers", "share", "expected"), [(20, 0.1, 2), (20, 0.25, 5), (12, 0.1, 2), (9, 0.1, 1)])
def test_the_stated_share_of_writers_rounded_up_gets_each_name(writers, share, expected, normal_scores):
    animals, _ = menagerie(normal_scores(writers=writers), share)
    for animal, role, sign in (("goat", "genuine", 1), ("lamb", "as victim", -1), ("wolf", "as impostor", -1)):
        extreme = set((sign * animals[role]).nsmallest(expected).index)
        named = set(animals.index[animals["animal"].str.contains(animal)])
        assert named == extreme
    assert (animals["animal"] == "sheep").any()


def test_a_writer_may_be_several_animals_and_the_p_values_say_that_they_are_real(normal_scores):
    scores_table = normal_scores(writers=20, of_writer=0)
    victim, impostor = scores_table["writer"] == "w07", scores_table["questioned"].str.startswith("w03/")
    kind = scores_table["kind"]
    scores_table["score"] += -4 * (victim & (kind == "genuine")) + 4 * ((victim | impostor) & (kind == "random"))
    animals, p_values = menagerie(scores_table, share=0.05)
    assert dict(animals["animal"][animals["animal"] != "sheep"]) == {"w03": "wolf", "w07": "goat and lamb"}
    assert (p_values < 0.01).all()


def test_noise_has_animals_too_but_its_p_values_are_nearly_uniform(normal_scores):
    p_values = []
    for seed in range(250):
        animals, of_noise = menagerie(normal_scores(writers=10, of_writer=0, seed=seed))
        assert {"goat", "lamb", "wolf"} <= set(" and ".join(animals["animal"]).split(" and "))
        p_values.append(of_noise)
    for role in ROLES:
        of_role = pd.DataFrame(p_values)[role]
        assert kstest(of_role, "uniform").statistic < 0.12 and (of_role < 0.05).mean() < 0.08


def test_without_random_forgeries_there_are_no_lambs_and_no_wolves(normal_scores):
    scores_table = normal_scores()
    with pytest.raises(ValueError, match="no random forgeries"):
        menagerie(scores_table[scores_table["kind"] != "random"])
