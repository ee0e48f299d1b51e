"""The study: each of its parts, in a small world, leaves what a chapter reads."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import study

from deepsign_helpers import training

SHORT = {"steps": 14, "seconds": 30.0, "validate_every": 7, "size": (16, 32), "writers": 4}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Shrink the study: few writers, small images, a few steps."""
    with pytest.MonkeyPatch.context() as changed:
        folder = tmp_path_factory.mktemp("study")
        changed.setattr(study, "FOLDER", folder)
        changed.setattr(study, "TABLES", folder / "tables")
        writers = {
            name: (12 if name == "train" else 6, 8, 4, *rest) for name, (_, _, _, *rest) in study.CORPORA.items()
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
    verifier = training.load_verifier(small)
    assert verifier.size == SHORT["size"]
    assert "Generated signatures" in (small / "report.html").read_text(encoding="utf-8")
    table = pd.read_csv(small / "study.csv")
    assert (small / "tables" / "study.csv").read_bytes() == (small / "study.csv").read_bytes()
    assert sorted(zip(table["references"], table["place"], strict=True)) == sorted(
        (references, place) for references in (1, 5) for place in study.PLACES
    )
    assert (table["skilled from"] <= table["skilled"]).all() and (table["skilled"] <= table["skilled to"]).all()
    assert table["skilled"].between(1, 60).all() and (table["megabytes"] > 300).all() and (table["steps"] == 14).all()


def test_the_class_is_trained_on_the_first_writers_of_the_study(small):
    images, table = study.prepared("train", SHORT["size"])
    kept = study.some((images, table), study.in_class(table))
    assert sorted(set(kept[1]["writer"])) == [f"train w{number:03d}" for number in range(10)]
    assert np.array_equal(kept[0][3], images[3])


def test_a_line_of_a_search_can_change_settings_rows_and_preparation(small):
    lines = {"plain": {}, "clean scans": {"train": lambda table: table["domain"] == "clean", "fit": "aspect"}}
    found = study.trials(lines, seeds=(0, 1))
    assert found["trial"].tolist() == ["plain", "plain", "clean scans", "clean scans"]
    assert found["seed"].tolist() == [0, 1, 0, 1]
    assert found[list(study.PLACES)].to_numpy().min() > 1


def test_both_ways_to_make_pairs_get_their_time(small):
    table = study.pairs().set_index("way")
    assert list(table.index) == ["all pairs of a batch", "two towers"]
    assert (table["pairs a second"] > 0).all()
    assert table.loc["two towers", "seconds"] == pytest.approx(2, abs=1.5)


def test_folds_judge_each_writer_of_the_class_once(small):
    table = study.folds()
    assert table["writers"].sum() == 10 and len(table) == 5


def test_an_unknown_part_is_refused_with_the_choices(small):
    with pytest.raises(ValueError, match="part 'sudy' is not known; choose from study, classroom"):
        study.main(["sudy"])
