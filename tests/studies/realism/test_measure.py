"""The two tables: what few generated writers measure beside real ones."""

import joblib
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import preprocessing, synthesis
from studies.realism import measure as measuring
from studies.realism import ranges, report
from studies.realism.likeness import SIGNALS
from studies.realism.measure import Signatures, measure

WRITERS = 4


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "latin"
    return synthesis.write_corpus(
        folder, writers=WRITERS, genuine=8, forged=4, size=(128, 256), seed=3
    )


@pytest.fixture(scope="module")
def measured(table):
    return measure(table)


def test_every_row_has_a_range_and_says_whether_it_lies_inside(measured):
    rows = measured.rows()
    assert len(measured.figures) == 25 * 5
    assert len(measured.signals) == len(SIGNALS) * 5
    assert np.isfinite(rows["measured"].astype(float)).all()
    assert (rows["inside"] == rows["measured"].between(rows["low"], rows["high"])).all()


def test_means_and_shifts_are_those_of_the_images(table, measured):
    seen = [measuring.see(writer) for writer in measuring.writers_of(table)]
    widths = [writer.genuine_figures["stroke_width"].to_numpy() for writer in seen]
    forged = [writer.forged_figures["stroke_width"].to_numpy() for writer in seen]
    within = np.sqrt(np.mean([values.var(ddof=1) for values in widths]))
    means = np.array([values.mean() for values in widths])
    shifts = (np.array([values.mean() for values in forged]) - means) / within
    found = measured.figures.set_index(["name", "what"])["measured"]
    assert found["stroke_width", "p50"] == pytest.approx(np.median(means))
    assert found["stroke_width", "shift"] == pytest.approx(np.sqrt(np.mean(shifts**2)))
    expected = within / means.std(ddof=1)
    assert found["stroke_width", "within over between"] == pytest.approx(expected)


def test_whoever_signs_again_is_more_like_than_a_forger_and_a_stranger(measured):
    found = measured.signals.set_index(["name", "what"])["measured"]
    for signal in ("agreement (0.07)", "agreement (0.15)", "gradient descriptor"):
        assert found[signal, "genuine"] > found[signal, "skilled"] > found[signal, "random"]
        assert 0 <= found[signal, "random EER"] <= found[signal, "skilled EER"] <= 60


def test_images_in_memory_and_in_two_processes_measure_the_same(table, measured):
    in_memory = []
    for writer in measuring.writers_of(table):
        genuine = [preprocessing.read_gray(path) for path in writer.genuine]
        forged = [preprocessing.read_gray(path) for path in writer.forged]
        in_memory.append(Signatures(genuine, forged))
    with joblib.parallel_config(n_jobs=2):
        again = measure(in_memory)
    pd.testing.assert_frame_equal(again.rows(), measured.rows())


def test_only_skilled_forgeries_are_measured(table):
    others = table[table["kind"] == "forged"].assign(forgery="traced")
    with_others = pd.concat([table, others], ignore_index=True)
    assert len(measuring.writers_of(with_others)[0].forged) == 4


def test_too_few_signatures_are_refused(table):
    writer = measuring.writers_of(table)[0]
    with pytest.raises(ValueError, match="are needed; here are 6 and 4"):
        measuring.see(Signatures(writer.genuine[:6], writer.forged))


def test_ranges_are_widened_by_a_fifth_and_rates_by_two_points():
    corpora = pd.read_csv(ranges.PATH).set_index(["name", "what"])
    asked = ranges.real_ranges().set_index(["name", "what"])
    assert asked.index.is_unique
    assert (asked["low"] < corpora["low"]).mean() > 0.95
    assert (asked["low"] < asked["high"]).all()
    below = asked.loc["rise_degrees", :].loc["p10"]
    assert below["low"] == pytest.approx(1.2 * -2.18)
    assert below["high"] == pytest.approx(0.8 * -1.74)
    rate = asked.loc[("agreement (0.15)", "skilled EER"), ["low", "high"]]
    assert rate.tolist() == pytest.approx([11.9, 21.6])
    rate = asked.loc[("agreement (0.15)", "random EER"), ["low", "high"]]
    assert rate.tolist() == [2.5, 12.0]


def test_the_report_has_the_rows_of_each_script(tmp_path, monkeypatch, measured):
    monkeypatch.setattr(report.corpora, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "WRITERS", 2)
    monkeypatch.setattr(report, "QUESTIONED", 4)
    monkeypatch.setattr(report, "measure", lambda table: measured)
    table = report.realism()
    assert table["script"].unique().tolist() == ["latin", "devanagari", "paraph"]
    assert len(table) == 3 * len(measured.rows())
    assert table["generated"].astype(float).notna().all()
