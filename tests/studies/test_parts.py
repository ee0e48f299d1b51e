"""The study: each of its parts, in a small world, leaves what a chapter reads."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import tables, training, verifier
from studies import parts as study

SHORT = {"steps": 14, "seconds": 30.0, "validate_every": 7, "size": (16, 32), "writers": 4}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Shrink the study: few writers, small images, a few steps."""
    with pytest.MonkeyPatch.context() as changed:
        folder = tmp_path_factory.mktemp("study")
        changed.setattr(study, "FOLDER", folder)
        changed.setattr(study, "TABLES", folder / "tables")
        writers = {
            name: (12 if name == "train" else 6, 8, 4, *rest)
            for name, (_, _, _, *rest) in study.CORPORA.items()
        }
        changed.setattr(study, "CORPORA", writers)
        changed.setattr(study, "CLASS", 10)
        changed.setattr(study, "EQUAL_TIME", {"steps": 14, "seconds": 2.0})
        for name, settings in study.PRESETS.items():
            changed.setitem(study.PRESETS, name, replace(settings, **SHORT))
        changed.setattr(training, "CLASSROOM", study.PRESETS["CLASSROOM"])
        yield folder


def test_a_preset_leaves_a_verifier_a_report_and_a_table_with_intervals_for_each_place(small):
    study.main(["study"], in_place=True)
    assert verifier.load_verifier(small).size == SHORT["size"]
    assert "Generated signatures" in (small / "report.html").read_text(encoding="utf-8")
    table = pd.read_csv(small / "study.csv")
    assert (small / "tables" / "study.csv").read_bytes() == (small / "study.csv").read_bytes()
    assert sorted(zip(table["references"], table["place"], strict=True)) == sorted(
        (references, place) for references in (1, 5) for place in study.PLACES
    )
    assert (table["skilled from"] <= table["skilled"]).all() and (
        table["skilled"] <= table["skilled to"]
    ).all()
    assert (
        table["skilled"].between(1, 60).all()
        and (table["megabytes"] > 300).all()
        and (table["steps"] == 14).all()
    )


def test_the_class_is_trained_on_the_first_writers_of_the_study(small):
    images, table = study.prepared("train", SHORT["size"])
    kept = study.some((images, table), study.in_class(table))
    assert sorted(set(kept[1]["writer"])) == [f"train w{number:03d}" for number in range(10)]
    assert np.array_equal(kept[0][3], images[3])


def test_a_line_of_a_search_can_change_settings_rows_and_preparation(small):
    lines = {
        "plain": {},
        "clean scans": {"train": lambda table: table["domain"] == "clean", "fit": "aspect"},
    }
    found = study.trials(lines, seeds=(0, 1))
    assert found["trial"].tolist() == ["plain", "plain", "clean scans", "clean scans"]
    assert found["seed"].tolist() == [0, 1, 0, 1]
    assert found[list(study.PLACES)].to_numpy().min() > 1


def test_both_ways_to_make_pairs_get_their_time(small):
    table = study.pairs().set_index("way")
    assert list(table.index) == ["all pairs of a batch", "two towers"]
    assert (table["pairs a second"] > 0).all()
    assert (
        2 <= table.loc["two towers", "seconds"] < 30
    )  # a step that has begun ends, however busy the machine


def test_folds_judge_each_writer_of_the_class_once(small):
    table = study.folds()
    assert table["writers"].sum() == 10 and len(table) == 5


def test_what_has_learned_nothing_is_judged_as_the_presets_are(small):
    table = study.untrained()
    models = ["untrained descriptor", "untrained encoder, CLASSROOM", "untrained encoder, STUDY"]
    assert sorted(set(table["model"])) == models
    assert len(table) == len(models) * len(study.PLACES) * 2


def test_encoders_are_compared_by_costs_and_errors(small, monkeypatch):
    monkeypatch.setattr(study, "alone", lambda code: [0.1, 500.0])
    monkeypatch.setattr(
        study, "ENCODERS", {name: study.ENCODERS[name] for name in ("hybrid", "dense")}
    )
    table = study.encoders_compared().set_index("trial")
    assert list(table.index) == ["hybrid", "dense"]
    assert (
        table[["parameters", "million MACs", "milliseconds a step", "megabytes", *study.PLACES]] > 0
    ).all(axis=None)


def test_losses_are_compared_under_one_protocol_with_two_seeds(small):
    table = study.losses_compared()
    assert (table.groupby("trial")["seed"].nunique() == 2).all() and table["trial"].nunique() == 4


@pytest.mark.parametrize("name", study.SEARCH)
def test_a_line_of_the_search_differs_from_the_base_and_has_writers_to_learn_from(small, name):
    changes = study.BASE | study.SEARCH[name]
    assert changes != study.BASE
    _, table = study.prepared("train", SHORT["size"])
    assert training.rows_of_writers(table[changes["train"](table)])
    settings = {
        key: value for key, value in changes.items() if key not in ("train", "fit", "optimizer")
    }
    settings = replace(training.CLASSROOM, **settings)
    identity = tables.identities(table)[:24]  # two writers
    vectors = study.fresh(settings)(np.zeros((24, *settings.size, 1), np.float32))
    assert float(training.step.loss_function(settings, identity)(identity, vectors)) >= 0


def test_the_search_tries_every_way_to_use_five_references(small, monkeypatch):
    monkeypatch.setattr(study, "BASE", study.BASE | {"steps": 3})
    monkeypatch.setattr(
        study, "SEARCH", {"an average": study.SEARCH["weights averaged over some 50 steps"]}
    )
    table = study.search().set_index("trial")
    assert list(table.index)[:4] == ["base", "base", "base", "an average"]
    fused = table[table.index.str.contains("fused by")]
    assert len(fused) == 5 and fused[list(study.PLACES)].notna().all(axis=None)


@pytest.mark.filterwarnings(
    "ignore:In the future `np.object`:FutureWarning"
)  # tf2onnx, or Keras for it
def test_speed_is_told_as_ratios(small, monkeypatch):
    monkeypatch.setattr(study, "alone", lambda code, **environment: [0.1])
    monkeypatch.setattr(study, "SIDE", 64)
    # Where other tests have asked for repeatable operations, XLA refuses the gradient of max-pooling.
    step_work = study.step_work
    monkeypatch.setattr(
        study, "step_work", lambda settings, half=False, xla=False: step_work(settings, half)
    )
    table = study.speed().set_index("what")
    assert (table["ratio"] >= 0).all() and table["measured as"].notna().all()
    assert table["ratio"].filter(like="waited").between(0, 1).all()
    assert (
        float(table["measured as"].filter(like="largest difference").item().split(";")[0]) <= 1e-5
    )


def test_two_pieces_of_work_are_timed_in_turn():
    turns = []
    ratio, (short, long) = study.faster(
        lambda: turns.append("a"), lambda: (turns.append("b"), time.sleep(0.01))
    )
    assert ratio > 3 and long > short
    assert "".join(turns) == ("a" * 7 + "b" * 7) * 7


def test_an_unknown_part_is_refused_with_the_choices(small):
    with pytest.raises(ValueError, match="part 'sudy' is not known; choose from study, classroom"):
        study.main(["sudy"])
