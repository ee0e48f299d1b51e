"""Who bears the errors, against plain loops over scores, and noise."""

import math

import numpy as np
import pytest

from deepsign_helpers.evaluation import (
    bootstrap_by_writer,
    equal_error_rates,
    error_by,
    error_by_writer,
    menagerie,
)

ROLES = ["genuine", "as victim", "as impostor"]


def scores_of(scores_table, kind, **where):
    """Collect scores with a loop: of one kind, and of rows whose other columns are as asked."""
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


@pytest.mark.parametrize("kind", ["skilled", "random"])
def test_each_writers_errors_agree_with_counting(kind, normal_scores):
    scores_table = normal_scores().sample(frac=1, random_state=0)
    by_writer = error_by_writer(scores_table, threshold=0.7, kind=kind)
    assert sorted(by_writer.index) == sorted(set(scores_table["writer"]))
    for writer, row in by_writer.iterrows():
        genuine, forged = (
            scores_of(scores_table, name, writer=writer) for name in ("genuine", kind)
        )
        assert (row["genuine"], row["forged"]) == (len(genuine), len(forged))
        assert row["FRR"] == pytest.approx(
            sum(1 for score in genuine if score < 0.7) / len(genuine)
        )
        assert row["FAR"] == pytest.approx(sum(1 for score in forged if score >= 0.7) / len(forged))
        assert row["mean genuine score"] == pytest.approx(math.fsum(genuine) / len(genuine))


def test_a_score_equal_to_the_threshold_is_accepted_for_each_writer(normal_scores):
    row = error_by_writer(normal_scores(writers=1).assign(score=0.5), threshold=0.5).iloc[0]
    assert (row["FRR"], row["FAR"]) == (0, 1)


def test_those_turned_away_most_often_come_first_and_the_lower_mean_first_among_equals(
    normal_scores,
):
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
        genuine, forged = (
            scores_of(scores_table, kind, script=script) for kind in ("genuine", "skilled")
        )
        assert (row["genuine"], row["forged"]) == (len(genuine), len(forged))
        assert row["FAR"] == pytest.approx(sum(1 for score in forged if score >= 0.7) / len(forged))
        assert row["FRR"] == pytest.approx(
            sum(1 for score in genuine if score < 0.7) / len(genuine)
        )
        assert row["EER"] == equal_error_rates(part)["skilled"]
        assert (row["EER from"], row["EER to"]) == bootstrap_by_writer(part)


def test_groups_count_whole_writers_and_signatures(normal_scores):
    rows = error_by(normal_scores().assign(domain="clean"), "domain", threshold=0.7, kind="random")
    assert [rows[column].dtype.kind for column in ("writers", "genuine", "forged")] == ["i"] * 3
    assert rows.index.name == "domain"


def test_a_row_whose_group_is_not_known_is_refused_not_passed_over(normal_scores):
    scores_table = normal_scores(writers=4).assign(script="latin")
    scores_table.loc[7, "script"] = np.nan
    with pytest.raises(ValueError, match="scores_table: a row has no script; give one to each"):
        error_by(scores_table, "script", threshold=0.7)


def test_a_group_that_cannot_be_judged_is_refused_in_a_sentence(normal_scores):
    scores_table = normal_scores(writers=3)
    with pytest.raises(
        ValueError, match="has no column 'script'; its columns are writer, questioned, kind"
    ):
        error_by(scores_table, "script", threshold=0.7)
    with pytest.raises(ValueError, match="1 writer; an interval over writers needs two or more"):
        error_by(scores_table.assign(script=scores_table["writer"]), "script", threshold=0.7)
    with pytest.raises(ValueError, match='no scores of kind "skilled"'):
        error_by(scores_table.assign(script=scores_table["kind"]), "script", threshold=0.7)


@pytest.mark.parametrize("kind", ["skilled", "random"])
def test_random_forgeries_do_not_bring_their_writers_into_the_impostors_group(kind, normal_scores):
    """A random forgery has the script of whoever wrote it; its `writer` is the victim."""
    scores_table = normal_scores(writers=12)
    signer = scores_table["questioned"].str.split("/").str[0]
    scores_table["script"] = np.where(signer < "w05", "latin", "arabic")
    rows = error_by(scores_table, "script", threshold=0.7, kind=kind)
    for script, row in rows.iterrows():
        judged = [one for one in scores_table.to_dict("records") if one["script"] == script]
        writers = {one["writer"] for one in judged if one["kind"] in ("genuine", kind)}
        assert row["writers"] == len(writers)
        assert row["forged"] == len(scores_of(scores_table, kind, script=script))
    if kind == "skilled":
        assert dict(rows["writers"]) == {"arabic": 7, "latin": 5}


def test_a_group_that_only_random_forgeries_fall_into_is_no_group_of_skilled_ones(normal_scores):
    scores_table = normal_scores(writers=4)
    scores_table["script"] = np.where(scores_table["kind"] == "random", "arabic", "latin")
    assert list(error_by(scores_table, "script", threshold=0.7).index) == ["latin"]


@pytest.mark.parametrize("role", ROLES)
def test_mean_scores_in_each_role_agree_with_a_loop(role, normal_scores):
    scores_table = normal_scores().sample(frac=1, random_state=0)
    expected = scores_in_role(scores_table, role)
    means = dict(menagerie(scores_table)[role])
    assert {
        name: pytest.approx(math.fsum(some) / len(some)) for name, some in expected.items()
    } == means


@pytest.mark.parametrize(
    ("writers", "share", "expected"), [(20, 0.1, 2), (20, 0.25, 5), (12, 0.1, 2), (9, 0.1, 1)]
)
def test_the_stated_share_of_writers_rounded_up_gets_each_name(
    writers, share, expected, normal_scores
):
    animals = menagerie(normal_scores(writers=writers), share)
    for animal, role, sign in (
        ("goat", "genuine", 1),
        ("lamb", "as victim", -1),
        ("wolf", "as impostor", -1),
    ):
        extreme = set((sign * animals[role]).nsmallest(expected).index)
        named = set(animals.index[animals["animal"].str.contains(animal)])
        assert named == extreme
    assert (animals["animal"] == "sheep").any()


def test_a_writer_may_be_several_animals(normal_scores):
    scores_table = normal_scores(writers=20, of_writer=0)
    victim, impostor = (
        scores_table["writer"] == "w07",
        scores_table["questioned"].str.startswith("w03/"),
    )
    kind = scores_table["kind"]
    scores_table["score"] += -4 * (victim & (kind == "genuine")) + 4 * (
        (victim | impostor) & (kind == "random")
    )
    animal = menagerie(scores_table, share=0.05)["animal"]
    assert dict(animal[animal != "sheep"]) == {"w03": "wolf", "w07": "goat and lamb"}


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_animals_too(seed, normal_scores):
    animals = menagerie(normal_scores(writers=10, of_writer=0, seed=seed))
    assert {"goat", "lamb", "wolf"} <= set(" and ".join(animals["animal"]).split(" and "))


def test_writers_who_are_numbers_are_found_under_their_names_as_impostors(normal_scores):
    scores_table = normal_scores(writers=8)
    numbers = scores_table["writer"].str.removeprefix("w").astype(int)
    names = numbers.astype(str) + "/genuine/0"
    impostors = scores_table["questioned"].str.extract("w0?([0-9]+)/")[0] + "/genuine/0"
    questioned = names.where(scores_table["kind"] != "random", impostors)
    animals = menagerie(scores_table.assign(writer=numbers, questioned=questioned))
    expected = menagerie(scores_table)
    assert list(animals.index) == [str(number) for number in range(8)]
    assert animals.to_numpy().tolist() == expected.to_numpy().tolist()


def test_without_random_forgeries_there_are_no_lambs_and_no_wolves(normal_scores):
    scores_table = normal_scores()
    for without in (
        scores_table[scores_table["kind"] != "random"],
        scores_table.drop(columns="questioned"),
    ):
        with pytest.raises(
            ValueError, match="names no random forgeries; score some, they tell lambs and wolves"
        ):
            menagerie(without)
