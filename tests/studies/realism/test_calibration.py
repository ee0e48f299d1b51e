"""The search for knobs: what it draws, what it loses, and that it finds."""

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.synthesis import ENSEMBLE, SCRIPTS
from studies import __main__ as command_line
from studies.realism import calibration


def row(measured, low=1.0, high=2.0, weight=1):
    inside = low <= measured <= high
    return {"measured": measured, "low": low, "high": high, "weight": weight, "inside": inside}


def test_a_loss_is_zero_well_inside_and_counts_widths_from_there():
    inside = pd.DataFrame([row(1.2), row(1.7), row(1.8, weight=2)])
    assert calibration.loss(inside) == 0
    outside = pd.DataFrame([row(0.5), row(4.0), row(8.0, low=2.0, high=4.0, weight=2)])
    assert calibration.misses(outside) == pytest.approx([0.6, 2.1, 2.1 * np.sqrt(2)])
    # Far off, a miss counts by its distance: 2 · 100, less what is near.
    assert calibration.loss(pd.DataFrame([row(102.0)])) == pytest.approx(200, rel=0.02)


def test_knobs_are_numbers_of_the_ensemble_that_start_within_their_bounds():
    for name, (low, high) in calibration.KNOBS.items():
        assert low <= getattr(ENSEMBLE, name) <= high, name


def test_an_hours_search_runs_only_for_whoever_asks_for_it():
    assert "realism" in command_line.PARTS
    assert "calibration" not in command_line.PARTS
    assert "calibration" in command_line.ON_REQUEST


def test_the_script_that_is_kept_unseen_is_never_drawn():
    assert "arabic" not in calibration.SCRIPTS
    assert set(calibration.SCRIPTS) < set(SCRIPTS)


def test_the_same_writer_is_drawn_again_and_a_forgers_knob_leaves_the_genuine_alone():
    first = calibration.draw(1, "latin", ENSEMBLE, genuine=2, forged=1)
    changed = vars(ENSEMBLE) | {"forger_slant": 2 * ENSEMBLE.forger_slant}
    turned = calibration.draw(1, "latin", type(ENSEMBLE)(**changed), genuine=2, forged=1)
    assert np.array_equal(first.genuine, turned.genuine)
    assert not np.array_equal(first.forged[0], turned.forged[0])


@pytest.fixture
def invented_world(tmp_path, monkeypatch):
    """Let two knobs of the ensemble be what is measured, and two others turn nothing."""

    def measured_rows(ensemble, writers):
        wide = ensemble.width / ENSEMBLE.width
        slanted = ensemble.slant / ENSEMBLE.slant
        return pd.DataFrame(
            [
                row(wide + slanted, low=2.25, high=2.35),
                row(wide - slanted, low=0.05, high=0.15, weight=2),
                row(7.0, low=1.0, high=2.0),  # which no knob can change
            ]
        )

    monkeypatch.setattr(calibration, "measured_rows", measured_rows)
    monkeypatch.setattr(calibration.corpora, "FOLDER", tmp_path)
    few = {name: calibration.KNOBS[name] for name in ("width", "slant", "rise", "taper")}
    monkeypatch.setattr(calibration, "KNOBS", few)
    return tmp_path


def test_the_search_finds_knobs_that_bring_rows_into_their_ranges(invented_world, capsys):
    trials = calibration.calibration(minutes=1)
    assert trials["outside"].iloc[0] == 3
    best = trials.loc[trials["loss"].idxmin()]
    assert best["outside"] <= 2  # the bounds of least squares are just touched, if at all
    assert best["loss"] < trials["loss"].iloc[0] - 0.1
    assert len(trials) < 100
    stored = pd.read_csv(invented_world / "trials.csv")
    assert stored["loss"].to_numpy() == pytest.approx(trials["loss"].to_numpy())
    printed = capsys.readouterr().out
    assert f"width: float = {best['width']:.3g}" in printed
    assert "# Fitted on 20" in printed


def test_a_search_stops_when_its_time_is_up(invented_world, monkeypatch):
    clock = iter(np.arange(0, 1000, 20.0))  # two calls a trial: 40 seconds each
    monkeypatch.setattr(calibration.time, "monotonic", lambda: float(next(clock)))
    assert len(calibration.calibration(minutes=2)) == 3
