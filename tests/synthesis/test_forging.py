"""Forgers: slower, shakier, with habits of their own, and how far they stray."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers.synthesis.forging import (
    DENIED,
    DIFFICULTIES,
    KINDS,
    deny,
    deviation_by_stroke,
    deviations,
    forge,
    sample_forger,
)
from deepsign_helpers.synthesis.kinematics import trace_of
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.writers import sample_writer

# Who misunderstands nothing.
STEADY = replace(
    sample_forger(np.random.default_rng(0)),
    slant=0.0,
    width=1.0,
    rise=0.0,
    proportions=0.0,
    redraws=0.0,
    bends=0.0,
    turns=0.0,
    extra_lifts=0.0,
    lost_lifts=0.0,
    roundness=1.0,
    delay=1.0,
    heaviness=0.0,
    tremor=0.0,
    strays=0.05,
)
every_kind = pytest.mark.parametrize("kind", KINDS)


def writer(seed=3, script="latin"):
    return sample_writer(np.random.default_rng(seed), script, "usual")


def forgeries(kind, count=20, script="latin", **arguments):
    return [
        forge(writer(seed, script), np.random.default_rng(seed), kind, **arguments)
        for seed in range(count)
    ]


def genuine(count=20, script="latin"):
    return [writer(seed, script).sign(np.random.default_rng(seed)) for seed in range(count)]


def leaning(trace):
    """Return the slant, x per y, of the line from sample to sample: a rising base line is none."""
    inked = trace.down[1:] & trace.down[:-1]
    along_x, along_y = np.diff(trace.x)[inked], np.diff(trace.y)[inked]
    return np.sum(along_x * along_y) / np.sum(along_y**2)


def strays(trace):
    return trace.deviation[trace.down].mean()


def pace(trace):
    return trace.speed[trace.down].mean()


def moved(trace, shift_x=0.0, shift_y=0.0, scale=1.0):
    x = scale * trace.x + shift_x
    y = scale * trace.y + shift_y
    return trace_of(x, y, trace.down, trace.stroke, trace.press)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"kind": "telepathic"},
            "forgery kind 'telepathic' is not known; choose from skilled, simple, traced, disg",
        ),
        (
            {"difficulty": "absurd"},
            "difficulty 'absurd' is not known; choose from easy, medium, hard",
        ),
        ({"skill": -0.1}, "skill: -0.1 is out of range; give 0 .* to 1"),
        ({"skill": 1.1}, "skill: 1.1 is out of range"),
        ({"skill": float("nan")}, "skill: nan is out of range"),
    ],
)
def test_what_is_not_known_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        forge(writer(), np.random.default_rng(0), **arguments)


@every_kind
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_forgery_strays_from_its_model_and_a_genuine_signature_is_none(kind, script):
    for trace, own in zip(forgeries(kind, 4, script), genuine(4, script), strict=True):
        assert np.isfinite([trace.x, trace.y, trace.speed, trace.pressure, trace.deviation]).all()
        assert strays(trace) > 0.1
        assert (trace.deviation >= 0).all()
        assert not trace.deviation[~trace.down].any()
        assert not own.deviation.any()


@every_kind
def test_the_same_seed_gives_the_same_forgery(kind):
    first = forge(writer(), np.random.default_rng(9), kind)
    second = forge(writer(), np.random.default_rng(9), kind)
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.deviation, second.deviation)


def nearest_by_brute_force(trace, model):
    """Lay one line upon the other by NumPy's mean and covariance; then try all pairs of samples."""

    def mean_and_spread(one):
        path = np.array([one.x, one.y])[:, one.down]
        weights = one.speed[one.down]
        mean = np.average(path, axis=1, weights=weights)
        return path, mean, np.cov(path, aweights=weights, ddof=0).trace() ** 0.5

    path, mean, spread = mean_and_spread(trace)
    target, target_mean, target_spread = mean_and_spread(model)
    laid = (path - mean[:, None]) / spread * target_spread + target_mean[:, None]
    distances = np.full(len(trace.x), 0.0)
    distances[trace.down] = [np.hypot(*(target - point[:, None])).min() for point in laid.T]
    return distances


@every_kind
def test_a_deviation_is_the_distance_to_the_nearest_ink_of_the_model(kind):
    trace = forge(writer(), np.random.default_rng(4), kind)
    assert trace.deviation == pytest.approx(nearest_by_brute_force(trace, writer().model), abs=1e-5)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.3, 3))
def test_where_and_how_large_somebody_signs_is_no_deviation(shift_x, shift_y, scale):
    trace = forge(writer(), np.random.default_rng(4))
    model = writer().model
    again = deviations(moved(trace, shift_x, shift_y, scale), model)
    assert again == pytest.approx(trace.deviation, abs=1e-5)
    assert deviations(moved(model, shift_x, shift_y, scale), model) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_deviation_is_found_on_the_stroke_where_it_was_put(side):
    found, contrasts = [], []
    for seed in range(4):
        trace = writer(seed).sign(np.random.default_rng(seed))
        strokes = [
            np.flatnonzero(trace.stroke == stroke) for stroke in np.unique(trace.stroke[trace.down])
        ]
        for samples in (samples for samples in strokes if len(samples) >= 10):
            stroke = trace.stroke[samples[0]]
            bulge = np.zeros(len(trace.y))
            bulge[samples] = 5 * side * np.sin(np.linspace(0, np.pi, len(samples))) ** 2
            altered = trace_of(trace.x, trace.y + bulge, trace.down, trace.stroke)
            strayed = deviation_by_stroke(replace(altered, deviation=deviations(altered, trace)))
            found.append(np.nanargmax(strayed) == stroke)
            contrasts.append(strayed[stroke] / np.nanmedian(strayed))
    assert np.mean(found) > 0.75  # a few bulges come to lie on ink that is right
    assert np.median(contrasts) > 3


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.floats(0, 9)), min_size=2, max_size=60)
)
def test_deviation_by_stroke_agrees_with_a_grouped_table(samples):
    samples = sorted(samples, key=lambda sample: sample[0])
    stroke = np.array([number for number, _, _ in samples])
    down = np.array([is_down for _, is_down, _ in samples])
    deviation = np.array([strayed for _, _, strayed in samples])
    trace = replace(
        trace_of(np.zeros(len(stroke)), np.zeros(len(stroke)), down, stroke), deviation=deviation
    )
    table = pd.DataFrame({"stroke": stroke, "deviation": deviation})[down]
    expected = table.groupby("stroke")["deviation"].mean().reindex(range(stroke.max() + 1))
    assert deviation_by_stroke(trace) == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_who_only_knows_the_name_strays_further_than_who_has_practised():
    simple = np.mean([strays(trace) for trace in forgeries("simple")])
    skilled = np.mean([strays(trace) for trace in forgeries("skilled")])
    assert simple > 1.3 * skilled


def test_an_easy_forgery_strays_further_than_a_hard_one():
    strayed = {
        difficulty: np.mean(
            [strays(trace) for trace in forgeries("skilled", difficulty=difficulty)]
        )
        for difficulty in DIFFICULTIES
    }
    assert strayed["easy"] > 1.1 * strayed["medium"]
    assert strayed["medium"] > 1.1 * strayed["hard"]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_difficulty_is_a_range_of_skill(difficulty):
    clumsiest, best = DIFFICULTIES[difficulty]
    furthest = np.mean([strays(trace) for trace in forgeries("skilled", skill=clumsiest)])
    nearest = np.mean([strays(trace) for trace in forgeries("skilled", skill=best)])
    drawn = np.mean([strays(trace) for trace in forgeries("skilled", difficulty=difficulty)])
    assert furthest > nearest
    assert 0.85 * nearest < drawn < 1.15 * furthest


def test_forgers_are_slower():
    ratios = [
        forged.time[-1] / own.time[-1]
        for forged, own in zip(forgeries("skilled"), genuine(), strict=True)
    ]
    assert 1.5 < np.median(ratios) < 3.0


def test_tracing_is_slow_and_even():
    for traced, own in zip(forgeries("traced", 12, forger=STEADY), genuine(12), strict=True):
        speed, pressure = traced.speed[traced.down], traced.pressure[traced.down]
        assert 29 < np.median(speed) < 84
        assert np.ptp(np.percentile(speed, [10, 90])) < 0.25 * np.median(speed)
        assert np.ptp(np.percentile(pressure, [25, 75])) < 0.03
        assert np.ptp(np.percentile(own.pressure[own.down], [25, 75])) > 0.06
    paces = [np.median(traced.speed) for traced in forgeries("traced", 12, forger=STEADY)]
    assert max(paces) > 1.3 * min(paces)


def test_a_traced_line_runs_along_a_genuine_one():
    beside, between = [], []
    for seed in range(8):
        model = writer(seed).sign(np.random.default_rng(seed))
        another = writer(seed).sign(np.random.default_rng(seed + 100))
        traced = forge(
            writer(seed), np.random.default_rng(seed), "traced", forger=STEADY, skill=1.0
        )
        beside.append(deviations(traced, model)[traced.down].mean())
        between.append(deviations(another, model)[another.down].mean())
    assert np.median(beside) < 0.3
    assert np.median(beside) < 0.4 * np.median(between)


@pytest.mark.parametrize("kind", ["simple", "disguised"])
def test_who_writes_their_own_letters_is_fluent(kind):
    ratios = [
        pace(forged) / pace(own) for forged, own in zip(forgeries(kind), genuine(), strict=True)
    ]
    assert 0.75 < np.median(ratios) < 1.35
    copied = [
        pace(forged) / pace(own)
        for forged, own in zip(forgeries("skilled"), genuine(), strict=True)
    ]
    assert np.median(copied) < 0.8


def test_a_forger_who_has_not_seen_the_signature_writes_their_own_letters_every_time():
    same, other = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        victim = writer(seed)
        first = sample_forger(rng)
        second = sample_forger(rng)
        one = forge(victim, rng, "simple", forger=first)
        again = forge(victim, rng, "simple", forger=first)
        different = forge(victim, rng, "simple", forger=second)
        same.append(deviations(again, one)[again.down].mean())
        other.append(deviations(different, one)[different.down].mean())
    assert np.mean(np.less(same, other)) > 0.8
    assert np.median(same) < 0.75 * np.median(other)


def test_who_means_to_deny_it_writes_at_another_slant():
    turned, usual = [], []
    for seed in range(40):
        someone = writer(seed)
        rng = np.random.default_rng(seed)
        own = someone.sign(rng)
        another = someone.sign(rng)
        disguised = forge(someone, rng, "disguised")
        turned.append(abs(leaning(disguised) - leaning(own)))
        usual.append(abs(leaning(another) - leaning(own)))
    assert np.median(turned) > np.median(usual)


def test_a_disguised_plan_is_the_writers_in_another_size_and_slant_but_for_a_made_up_beginning():
    plan = writer().plan
    sizes, slants = [], []
    for seed in range(20):
        denied = deny(plan, np.random.default_rng(seed), writer().style.x_height)
        change = np.linalg.lstsq(plan.points[DENIED:], denied.points[DENIED:], rcond=None)[0]
        left_over = np.hypot(*(plan.points @ change - denied.points).T)
        assert left_over[DENIED:].max() < 1e-9
        assert left_over[:DENIED].mean() > 0.5
        assert np.array_equal(denied.gaps, plan.gaps)
        sizes.append(change[0, 0])
        slants.append(change[1, 0] / change[0, 0])
    assert min(sizes) < 0.85
    assert max(sizes) > 1.2
    assert np.abs(slants).min() > 0.1
    assert min(slants) < 0 < max(slants)


def test_a_forgers_slant_shows_in_all_their_forgeries():
    def slant(added, seed):
        forger = replace(STEADY, slant=added)
        return leaning(forge(writer(), np.random.default_rng(seed), forger=forger))

    differences = [slant(0.3, seed) - slant(-0.3, seed) for seed in range(8)]
    assert np.median(differences) > 0.2
    assert min(differences) > 0


def test_a_forgers_proportions_show_in_all_their_forgeries():
    def width(gain, seed):
        trace = forge(writer(), np.random.default_rng(seed), forger=replace(STEADY, width=gain))
        return np.ptp(trace.x[trace.down])

    assert min(width(1.2, seed) / width(0.8, seed) for seed in range(8)) > 1.2


def test_half_of_the_forgers_have_a_steady_hand():
    rng = np.random.default_rng(0)
    steady = np.mean([sample_forger(rng).tremor == 0 for _ in range(400)])
    assert 0.4 < steady < 0.6
