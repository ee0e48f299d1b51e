"""What notebook 00 claims; its variables after the last cell stand as parameters."""

import numpy as np


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
    assert forged.time[-1] > 2 * genuine.time[-1]
    assert forged.speed.mean() < 0.5 * genuine.speed.mean()
    halting = [np.mean(trace.down & (trace.speed < 10)) for trace in (genuine, forged)]
    assert halting[0] < halting[1]


def test_the_tracing_lies_closest_to_the_model_and_the_easier_a_forgery_the_farther_off(strays):
    assert strays["genuine"] == strays["genuine again"] == 0
    assert strays["traced"] < strays["skilled, hard"]
    assert strays["skilled, hard"] < strays["skilled, medium"] < strays["skilled, easy"]
    assert strays["skilled, hard"] < strays["disguised"] < strays["skilled, medium"]
    assert strays["simple"] == max(strays.values())


def test_the_stroke_that_strays_most_strays_farther_than_the_average(by_stroke, worst):
    assert by_stroke[worst] > 2 * np.nanmean(by_stroke)


def test_scanners_differ_in_the_grey_of_the_page(scans):
    greys = {domain: np.median(scan) for domain, scan in scans.items()}
    assert greys["phone"] < greys["office"] < greys["clean"]
    assert greys["phone, prepared"] == 0  # paper


def test_genuine_and_forged_have_almost_the_same_medians(figures):
    medians = figures.groupby("kind").median()
    ratios = medians.loc["forged"] / medians.loc["genuine"]
    assert ratios.between(0.9, 1.1).all()


def test_one_image_alone_tells_next_to_nothing(giveaway):
    assert giveaway.max() < 0.62
