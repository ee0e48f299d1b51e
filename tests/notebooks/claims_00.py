"""What notebook 00 claims; its variables after the last cell stand as parameters."""

import numpy as np
import pytest

from deepsign_helpers.plotting import chapter_00


def test_half_of_the_twenty_are_forged(board, forgeries):
    assert board["number"].max() == 20
    assert len(forgeries) == 10
    assert (forgeries["number"] > 0).all()


def test_the_area_under_a_burst_of_speed_is_the_length_of_the_stroke(travelled, length):
    assert abs(travelled - length) < 0.01


def test_a_burst_rises_fast_and_dies_away_slowly(times, speed):
    peak = np.argmax(speed)
    quick = speed > 0.01 * speed.max()
    assert times[peak] - times[quick][0] < times[quick][-1] - times[peak]


def test_overlapping_strokes_round_the_corner_and_others_do_not(corners, targets):
    nearest = []
    for trace in corners.values():
        distances = np.hypot(trace.x - targets[1, 0], trace.y - targets[1, 1])
        nearest.append(distances.min())
    overlapping, waiting = nearest
    assert waiting < 0.1 < 1 < overlapping


def test_the_forger_takes_longer_is_slower_and_halts_more_often(genuine, forged):
    assert forged.time[-1] > 1.5 * genuine.time[-1]
    assert forged.speed.mean() < 0.75 * genuine.speed.mean()
    halting = [np.mean(trace.down & (trace.speed < 10)) for trace in (genuine, forged)]
    assert halting[0] < halting[1]


def test_about_a_quarter_of_the_error_of_four_genuine_signatures_is_shared(shares, own, writer):
    assert len(own) == 4
    assert shares["four genuine"] < 0.45
    assert shares["four forgers"] < 0.6
    # A single signature shares all of its error with itself.
    assert share_by_spread([own[0]] * 4, writer.model) == pytest.approx(1)


def share_by_spread(traces, model):
    """Count the shared error in another way: from the variance that is left about the mean."""
    paths = []
    for trace in [*traces, model]:
        way = np.cumsum(trace.speed)
        at = np.linspace(way[0], way[-1], 400)
        path = np.stack([np.interp(at, way, trace.x), np.interp(at, way, trace.y)])
        path -= path.mean(axis=1, keepdims=True)
        paths.append(path / path.std())
    errors = np.array(paths[:-1]) - paths[-1]
    return 1 - errors.var(axis=0).mean() / (errors**2).mean()


def test_the_shared_error_is_the_part_that_the_spread_leaves(shares, groups, writer):
    for name, traces in groups.items():
        assert shares[name] == pytest.approx(share_by_spread(traces, writer.model))


def test_one_forger_makes_one_mistake_four_times(shares):
    assert shares["one forger"] > 0.5
    assert shares["one forger"] > shares["four forgers"] + 0.1


def test_the_writer_presses_in_the_same_places_and_neither_forger_does(alike):
    assert alike["genuine again"] > 0.35
    assert alike["drawing forger"] < alike["genuine again"] - 0.2
    assert alike["fluent forger"] < alike["genuine again"] - 0.2


def test_of_twelve_writers_all_forgers_share_more_error_and_press_elsewhere(by_hand):
    assert (by_hand.size() == 12).all()
    medians = by_hand.median()
    for forger in ("drawing forger", "fluent forger"):
        assert medians.loc[forger, "shared error"] > medians.loc["the writer", "shared error"] + 0.2
        assert medians.loc[forger, "pressure"] < medians.loc["the writer", "pressure"] - 0.1


def test_no_sign_is_certain_in_a_single_case(by_hand):
    smallest, largest = by_hand.min(numeric_only=True), by_hand.max(numeric_only=True)
    forgers = ["drawing forger", "fluent forger"]
    assert smallest.loc[forgers, "shared error"].min() < largest.loc["the writer", "shared error"]
    assert largest.loc[forgers, "pressure"].max() > smallest.loc["the writer", "pressure"]


def test_only_those_who_draw_break_isochrony_and_end_bluntly(hands):
    powers = {}
    starts = {}
    for hand, traces in hands.items():
        powers[hand] = chapter_00.power_of(*chapter_00.times_by_length(traces))
        near_start = np.nanmean([chapter_00.pressure_near_start(trace) for trace in traces], axis=0)
        starts[hand] = np.interp(0.5, chapter_00.NEAR_START, near_start)
    for hand in ("the writer", "fluent forger"):
        assert powers["drawing forger"] > 1.3 * powers[hand]
        assert starts["drawing forger"] > starts[hand] + 0.05


def test_real_signatures_stand_beside_each_row_shown(beside, rows_shown):
    assert len(beside) == len(rows_shown)
    assert (beside["real from"] < beside["real to"]).all()
    assert beside.notna().all(axis=None)


def test_form_and_darkness_tell_in_the_right_order(realism):
    rows = realism.set_index(["name", "what", "script"])["generated"]
    for script in ("latin", "devanagari", "paraph"):
        form = [rows["agreement (0.15)", kind, script] for kind in ("genuine", "skilled", "random")]
        assert form == sorted(form, reverse=True)


def test_rows_outside_are_named(realism, rows_shown, named):
    keys = realism.set_index(["name", "what"]).index
    is_outside = keys.isin(list(rows_shown)) & ~realism["inside"].to_numpy()
    assert len(named) == is_outside.sum()


def test_the_tracing_lies_closest_to_the_model_and_the_clumsier_a_forgery_the_farther_off(strays):
    assert strays.idxmin() == "traced"
    assert strays["skill 0.85"] < strays["skill 0.5"] < strays["skill 0.15"]


def test_the_stroke_that_strays_most_strays_farther_than_the_average(by_stroke, worst):
    assert by_stroke[worst] > 2 * np.nanmean(by_stroke)


def test_scanners_differ_in_the_grey_of_the_page(scans):
    greys = {domain: np.median(scan) for domain, scan in scans.items()}
    assert greys["phone"] < greys["office"] < greys["clean"]
    assert greys["phone, prepared"] == 0  # paper


def test_medians_of_genuine_and_forged_differ_less_than_signatures_do(figures):
    by_kind = figures.groupby("kind")
    medians = by_kind.median()
    differences = (medians.loc["forged"] - medians.loc["genuine"]).abs()
    assert (differences < 0.5 * by_kind.std().loc["genuine"]).all()


def test_one_image_alone_tells_little(giveaway):
    assert giveaway.max() < 0.65
