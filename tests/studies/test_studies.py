"""The studies: each of their parts, in a small world, leaves what a chapter reads."""

import time
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import tables, training
from deepsign_helpers.training.learner import loss_function
from deepsign_helpers.verifier import Verifier
from studies import __main__ as command_line
from studies import comparisons, corpora, judging, presets, search, speed, timing
from studies.corpora import PLACES, SEARCHED


def test_a_preset_leaves_a_verifier_a_report_and_a_table_with_intervals_for_each_place(small):
    command_line.main(["study"], in_place=True)
    verifier = Verifier.load(small)
    assert verifier.size == presets.PRESETS["CLASSROOM"].size
    assert verifier.fusion is not None
    assert "Generated signatures" in (small / "report.html").read_text(encoding="utf-8")
    table = pd.read_csv(small / "study.csv")
    assert (small / "tables" / "study.csv").read_bytes() == (small / "study.csv").read_bytes()
    judged = sorted(zip(table["references"], table["place"], table["model"], strict=True))
    assert judged == sorted(product((1, 5), PLACES, (judging.ALONE, judging.FUSED)))
    assert (table["skilled from"] <= table["skilled"]).all()
    assert (table["skilled"] <= table["skilled to"]).all()
    assert table["skilled"].between(1, 60).all()
    assert (table["megabytes"] > 300).all()
    assert (table["steps"] == 14).all()


def test_the_class_is_trained_on_the_first_writers_of_the_study(small):
    everybody = corpora.prepared("train", presets.PRESETS["CLASSROOM"].size)
    in_class = everybody.only(corpora.in_class)
    assert sorted(set(in_class.table["writer"])) == [f"train w{number:03d}" for number in range(10)]
    assert np.array_equal(in_class.images[3], everybody.images[3])


def test_a_line_can_change_settings_rows_and_preparation(small):
    settings = comparisons.equal_time()
    lines = [
        comparisons.Line("plain", settings),
        comparisons.Line("clean scans", settings, search.clean_only, fit="aspect"),
    ]
    found = comparisons.judged(lines, seeds=(0, 1))
    assert found["trial"].tolist() == ["plain", "plain", "clean scans", "clean scans"]
    assert found["seed"].tolist() == [0, 1, 0, 1]
    assert found[list(SEARCHED)].to_numpy().min() > 1


def test_both_ways_to_make_pairs_get_their_time(small, monkeypatch):
    monkeypatch.setattr(comparisons, "MOST_EPOCHS", 10_000)
    monkeypatch.setattr(comparisons, "SECONDS", 6.0)
    table = comparisons.pairs()
    assert table["way"].tolist() == ["all pairs of a batch", "two towers"]
    assert (table["pairs a second"] > 0).all()
    # Seventy thousand steps would take minutes.
    assert table["seconds"].between(3, 30).all()


def test_augmentation_is_compared_with_three_seeds_for_all_of_the_steps(small, monkeypatch):
    trained = []

    def counted(line, seed):
        trained.append((line.settings.recipe, line.settings.seconds, seed))
        return dict.fromkeys(SEARCHED, 20.0) | {"trial": line.name, "seed": seed}

    monkeypatch.setattr(comparisons, "judge", counted)
    comparisons.augmentation()
    recipes = (None, training.CLASSROOM.recipe, training.STUDY.recipe)
    assert trained == [(recipe, None, seed) for recipe in recipes for seed in (0, 1, 2)]


def test_folds_judge_each_writer_of_the_class_once(small):
    table = comparisons.folds()
    assert table["writers"].sum() == 10
    assert len(table) == 5


def test_what_has_learned_nothing_is_judged_as_the_presets_are(small):
    table = presets.untrained()
    models = ["untrained descriptor", "untrained encoder, CLASSROOM", "untrained encoder, STUDY"]
    assert sorted(set(table["model"])) == models
    assert len(table) == len(models) * len(PLACES) * 2


def test_encoders_are_compared_by_costs_and_errors(small, monkeypatch):
    two = {name: comparisons.ENCODERS[name] for name in ("hybrid", "dense")}
    monkeypatch.setattr(comparisons, "ENCODERS", two)
    monkeypatch.setattr(comparisons, "time_one_step", lambda encoder: (0.1, 500.0))
    table = comparisons.encoders_compared()
    assert table["trial"].tolist() == ["hybrid", "dense"]
    costs = ["parameters", "million MACs", "milliseconds a step", "megabytes"]
    assert (table[[*costs, *SEARCHED]] > 0).all(axis=None)


def test_losses_are_compared_under_one_protocol_with_two_seeds(small):
    table = comparisons.losses_compared()
    assert (table.groupby("trial")["seed"].nunique() == 2).all()
    assert table["trial"].nunique() == 4


def test_a_line_of_the_search_differs_from_the_base_and_has_writers_to_learn_from(small):
    base = replace(training.CLASSROOM, epochs=2, steps_per_epoch=10, seconds=None)
    lines = search.lines(base)
    names = [line.name for line in lines]
    assert len(set(names)) == len(names) > 10
    train = corpora.prepared("train", presets.PRESETS["CLASSROOM"].size)
    identity = tables.identities(train.table)[:24]  # two writers
    for line in lines:
        plain = comparisons.Line(line.name, base, corpora.everybody)
        assert line != plain, line.name
        assert training.rows_of_writers(train.table[line.rows(train.table)]), line.name
        images = np.zeros((24, *line.settings.size, 1), np.float32)
        vectors = presets.fresh(line.settings)(images)
        loss = loss_function(line.settings, identity)
        assert float(loss(identity, vectors)) >= 0, line.name


def test_the_search_tries_every_way_to_use_five_references(small, monkeypatch):
    monkeypatch.setattr(search, "EPOCHS", 1)
    monkeypatch.setattr(search, "STEPS_PER_EPOCH", 3)
    monkeypatch.setattr(search, "lines", lambda base: search.of_size(base)[1:2])
    table = search.search().set_index("trial")
    assert list(table.index)[:5] == ["base", "base", "base", "half the width", "half the width"]
    fused = table[table.index.str.contains("fused by")]
    assert len(fused) == 5
    assert fused[list(SEARCHED)].notna().all(axis=None)


# tf2onnx, or Keras for it.
@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")
def test_speed_is_told_as_ratios(small, monkeypatch):
    monkeypatch.setattr(speed, "time_one_step", lambda size, **environment: (0.1, 500.0))
    monkeypatch.setattr(speed, "SIDE", 64)
    compiled_learner = speed.compiled_learner

    def without_xla(settings):
        # Where other tests have asked for repeatable operations, XLA refuses the gradient of
        # max-pooling.
        return compiled_learner(replace(settings, jit_compile=False))

    monkeypatch.setattr(speed, "compiled_learner", without_xla)
    table = speed.speed().set_index("what")
    assert table.columns.tolist() == ["ratio", "measured as"]
    assert (table["ratio"] >= 0).all()
    assert table["measured as"].notna().all()
    assert table["ratio"].filter(like="waited").between(0, 1).all()
    difference = table["measured as"].filter(like="largest difference").item()
    assert float(difference.split(";")[0]) <= 1e-5


def test_two_pieces_of_work_are_timed_in_turn():
    turns = []

    def short():
        turns.append("a")

    def long():
        turns.append("b")
        time.sleep(0.01)

    ratio, (short_seconds, long_seconds) = timing.in_turn(short, long)
    assert ratio > 3
    assert long_seconds > short_seconds
    assert "".join(turns) == ("a" * 7 + "b" * 7) * 7


def test_a_step_is_timed_in_a_process_of_its_own():
    seconds, megabytes = timing.time_one_step("hybrid", size=(16, 32))
    assert 0 < seconds < 10
    assert megabytes > 100


def test_an_unknown_part_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="part 'sudy' is not known; choose from study, classroom"):
        command_line.main(["sudy"])
