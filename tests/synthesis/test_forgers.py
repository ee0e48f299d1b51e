"""Forgers with a mind: each gets the same things wrong every time, learns, and has a school."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from deepsign_helpers.synthesis.ensemble import ENSEMBLE
from deepsign_helpers.synthesis.forging import (
    SCHOOLS,
    deviations,
    forge,
    misunderstand,
    sample_forger,
)
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.writers import sample_writer

every_script = pytest.mark.parametrize("script", SCRIPTS)
every_school = pytest.mark.parametrize("school", SCHOOLS)

# Hands and forgers as different as can be: whatever is fitted, the two schools differ.
UNLIKE = replace(
    ENSEMBLE,
    press_spread=0.4,
    forger_press_spread=0.05,
    taper=0.15,
    forger_taper=0.02,
    taper_spread=0.1,
    heaviness=0.8,
    extra_lifts=0.0,
)


def writer(seed, script="latin"):
    return sample_writer(np.random.default_rng(seed), script, "usual")


def forger(seed, school="drawing", ensemble=UNLIKE, **habits):
    return replace(sample_forger(np.random.default_rng(seed), school, ensemble), **habits)


def turning_points(trace):
    """Where the pen is when each stroke ends, (strokes, 2): about 0, and to one scale."""
    last_samples = np.flatnonzero(np.diff(trace.stroke, append=trace.stroke[-1] + 1))
    points = np.stack([trace.x, trace.y], axis=1)[last_samples]
    points -= points.mean(axis=0)
    return points / np.sqrt(np.mean(points**2))


def attempts(someone, imitator, seeds=range(8)):
    """Some attempts of a forger, who learns nothing: (attempts, strokes, 2)."""
    forged = [
        forge(someone, np.random.default_rng(seed), forger=imitator, skill=0.5) for seed in seeds
    ]
    return np.array([turning_points(trace) for trace in forged])


def size(differences):
    return np.sqrt(np.mean(differences**2))


# What a forger misunderstands


@every_school
@every_script
def test_a_forger_makes_the_same_mistakes_every_time(school, script):
    systematic, by_chance = [], []
    for seed in range(8):
        someone = writer(seed, script)
        forged = attempts(someone, forger(seed, school))
        systematic.append(size(forged.mean(axis=0) - turning_points(someone.model)))
        by_chance.append(size(forged - forged.mean(axis=0)))
    ratios = np.divide(systematic, by_chance)
    assert np.median(ratios) > 1.2
    assert np.mean(ratios > 0.8) > 0.7


@every_script
def test_a_writer_makes_no_mistake_every_time(script):
    ratios = []
    for seed in range(12):
        someone = writer(seed, script)
        model = turning_points(someone.model)
        genuine = [turning_points(someone.sign(np.random.default_rng(each))) for each in range(40)]
        # Those without a lift that the model has not.
        alike = np.array([points for points in genuine if len(points) == len(model)][:8])
        if len(alike) == 8:
            systematic = size(alike.mean(axis=0) - model)
            ratios.append(systematic / size(alike - alike.mean(axis=0)))
    assert len(ratios) >= 6
    assert np.median(ratios) < 0.7


@every_school
def test_another_forger_makes_other_mistakes(school):
    ratios = []
    for seed in range(10):
        someone = writer(seed)
        imitator = forger(seed, school)
        first = attempts(someone, imitator)
        # As good at everything, and of the same slant; only somebody else.
        second = attempts(someone, replace(imitator, hand=imitator.hand + 1))
        of_two_forgers = size(first.mean(axis=0) - second.mean(axis=0))
        of_two_halves = size(first[:4].mean(axis=0) - first[4:].mean(axis=0))
        ratios.append(of_two_forgers / of_two_halves)
    assert np.median(ratios) > 2
    assert min(ratios) > 1


def test_what_is_misunderstood_grows_with_clumsiness_and_is_nothing_without_it():
    someone = writer(1)
    imitator = forger(1, roundness=1.0)

    def astray(clumsiness):
        understood = misunderstand(someone.plan, imitator, clumsiness, someone.style.x_height)
        return size(understood.points - someone.plan.points)

    assert astray(2.0) > 1.5 * astray(1.0)
    assert astray(1.0) > 1.5 * astray(0.5)
    # What is left is that corners are seen where overlapping strokes have rounded them.
    assert astray(0.0) < 0.2 * astray(1.0)


@pytest.mark.parametrize("habit", ["proportions", "redraws"])
def test_proportions_and_redrawn_pieces_are_wrong_in_the_same_way_every_time(habit):
    none = {"slant": 0.0, "width": 1.0, "rise": 0.0, "proportions": 0.0, "redraws": 0.0}
    none |= {"bends": 0.0, "turns": 0.0, "lost_lifts": 0.0, "strays": 0.0, "roundness": 1.0}
    for seed in range(5):
        someone = writer(seed)
        faithful = attempts(someone, forger(seed, **none)).mean(axis=0)
        wrong = attempts(someone, forger(seed, **none | {habit: 0.4}))
        systematic = size(wrong.mean(axis=0) - faithful)
        assert systematic > size(wrong - wrong.mean(axis=0))


def test_what_catches_the_eye_is_redrawn_more_exactly_than_what_lies_between():
    eye, between = [], []
    for seed in range(20):
        someone = writer(seed)
        none = {"slant": 0.0, "width": 1.0, "rise": 0.0, "proportions": 0.0}
        understood = misunderstand(
            someone.plan, forger(seed, redraws=0.4, **none), 1.0, someone.style.x_height
        )
        astray = np.hypot(*(understood.points - someone.plan.points).T)
        rises = np.sign(np.diff(someone.plan.points[:, 1]))
        turns = np.flatnonzero(rises[1:] != rises[:-1]) + 1
        eye.append(astray[turns].mean())
        between.append(np.delete(astray, turns)[1:-1].mean())
    assert np.median(between) > 1.3 * np.median(eye)


def test_loops_that_turn_the_other_way_do_so_in_every_attempt():
    someone = writer(2)
    imitator = forger(2, turns=0.3, bends=0.0, roundness=1.0)
    again = [misunderstand(someone.plan, imitator, 1.0, someone.style.x_height) for _ in range(2)]
    turned = [np.sign(plan.bends) != np.sign(someone.plan.bends) for plan in again]
    assert np.array_equal(*turned)
    assert 0.1 < turned[0].mean() < 0.5


def lifts(plan):
    return np.sum(np.diff(plan.down.astype(int)) == -1)


@every_script
def test_a_forger_lifts_the_pen_at_the_wrong_places_the_same_every_time(script):
    for seed in range(5):
        someone = writer(seed, script)
        x_height = someone.style.x_height
        more = forger(seed, extra_lifts=0.3, lost_lifts=0.0)
        fewer = forger(seed, extra_lifts=0.0, lost_lifts=1.0)
        added = [misunderstand(someone.plan, more, 1.0, x_height) for _ in range(2)]
        lost = misunderstand(someone.plan, fewer, 1.0, x_height)
        assert np.array_equal(added[0].down, added[1].down)
        assert lifts(added[0]) > lifts(someone.plan) >= lifts(lost)


def test_only_a_lift_over_a_short_way_is_overlooked():
    imitator = forger(4, lost_lifts=1.0)
    for seed in range(5):
        plan = writer(seed).plan
        assert misunderstand(plan, imitator, 1.0, x_height=1e6).down.all()
        assert np.array_equal(misunderstand(plan, imitator, 1.0, x_height=0.0).down, plan.down)


# Learning


def strays(imitator, attempt):
    distances = []
    for seed in range(12):
        someone = writer(seed)
        rng = np.random.default_rng(seed)
        trace = forge(someone, rng, forger=imitator, skill=0.5, attempt=attempt)
        distances.append(trace.deviation[trace.down].mean())
    return np.mean(distances)


@every_school
def test_attempts_come_nearer(school):
    learner = forger(3, school, learns=0.15)
    first, third, ninth = (strays(learner, attempt) for attempt in (0, 2, 8))
    assert first > 1.05 * third
    assert third > 1.1 * ninth


def test_who_does_not_learn_forges_as_before():
    stubborn = forger(3, learns=0.0)
    first, ninth = (
        forge(writer(3), np.random.default_rng(3), forger=stubborn, skill=0.5, attempt=attempt)
        for attempt in (0, 8)
    )
    assert np.array_equal(first.x, ninth.x)


def test_forgers_of_the_ensemble_learn():
    assert sample_forger(np.random.default_rng(0)).learns > 0


# Schools


def test_a_school_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="school 'psychic' is not known; choose from drawing, flu"):
        sample_forger(np.random.default_rng(0), "psychic")


def forgeries(school, count=16, **habits):
    for seed in range(count):
        someone = writer(seed)
        imitator = forger(seed, school, **habits)
        yield someone, forge(someone, np.random.default_rng(seed), forger=imitator)


def unevenness(trace):
    """How much the pressure varies where the pen is long down, relative to its mean."""
    steady = np.convolve(trace.down, np.ones(41), "same") > 40.5
    pressed = trace.press[steady]
    return pressed.std() / pressed.mean()


def pressure_at_landing(trace):
    """How hard the pen presses 15 ms after it is set down, relative to the line as a whole."""
    landings = np.flatnonzero(trace.down[1:] & ~trace.down[:-1]) + 1
    after = np.minimum(landings + 3, len(trace.press) - 1)
    return np.mean(trace.press[np.append(after, 3)]) / np.median(trace.press[trace.down])


def test_who_draws_presses_evenly_and_who_writes_at_one_go_does_not():
    uneven = {
        school: np.median([unevenness(trace) for _, trace in forgeries(school)])
        for school in SCHOOLS
    }
    assert uneven["drawing"] < 0.7 * uneven["fluent"]


@every_school
def test_no_attempt_is_pressed_like_the_one_before(school):
    someone, imitator = writer(0), forger(0, school, tremor=0.0)
    attempts = [
        forge(someone, np.random.default_rng(seed), forger=imitator, skill=0.5) for seed in (0, 1)
    ]
    hardest = []
    for trace in attempts:
        by_stroke = np.zeros(trace.stroke.max() + 1)
        np.maximum.at(by_stroke, trace.stroke, trace.press)
        hardest.append(by_stroke)
    # The same habit, and yet not the same pressure.
    assert 0.3 < np.corrcoef(hardest)[0, 1] < 0.95


def test_who_draws_ends_lines_bluntly_and_who_writes_at_one_go_tapers_them():
    landing = {
        school: np.median([pressure_at_landing(trace) for _, trace in forgeries(school)])
        for school in SCHOOLS
    }
    assert landing["drawing"] > 0.9
    assert landing["fluent"] < 0.8


def grows_with_length(someone, trace):
    """Whether longer strokes take longer than the writer's: a rank correlation."""
    lengths = np.hypot(*np.diff(someone.plan.points, axis=0).T)
    # From one stroke's beginning to the next one's; the last is followed by none.
    seconds, usual = (np.bincount(one.stroke)[:-1] for one in (trace, someone.model))
    return spearmanr(lengths[:-1], seconds / usual).statistic


def test_long_strokes_take_who_draws_longer_than_they_take_the_writer():
    correlations = {
        school: np.median([grows_with_length(*pair) for pair in forgeries(school)])
        for school in SCHOOLS
    }
    assert correlations["drawing"] > 0.3
    assert abs(correlations["fluent"]) < 0.15


def test_without_heaviness_a_forger_keeps_the_writers_rhythm():
    found = [grows_with_length(*pair) for pair in forgeries("drawing", heaviness=0.0)]
    assert abs(np.median(found)) < 0.15


def test_who_writes_at_one_go_is_faster_and_steadier_and_further_off():
    seconds = {school: [trace.time[-1] for _, trace in forgeries(school)] for school in SCHOOLS}
    assert np.mean(np.greater(seconds["drawing"], seconds["fluent"])) > 0.8
    drawing, fluent = ([forger(seed, school) for seed in range(40)] for school in SCHOOLS)
    assert any(one.tremor for one in drawing)
    assert not any(one.tremor or one.extra_lifts for one in fluent)
    for one, other in zip(drawing, fluent, strict=True):
        assert other.proportions > one.proportions
        assert other.redraws > one.redraws


@every_school
def test_of_neither_school_all_are_good_at_the_same_things(school):
    skills = np.array(
        [
            (one.proportions, one.redraws, one.bends, one.strays)
            for one in (forger(seed, school) for seed in range(300))
        ]
    )
    spread = np.log(skills).std(axis=0)
    assert (spread > 0.2).all()
    together = np.corrcoef(np.log(skills).T)[np.triu_indices(4, 1)]
    assert np.abs(together).max() < 0.25


# The ensemble


def test_forgers_are_drawn_from_the_ensemble_that_is_given():
    nothing = replace(
        ENSEMBLE,
        forger_slant=0.0,
        forger_width=0.0,
        forger_rise=0.0,
        proportions=0.0,
        redraws=0.0,
        forger_bends=0.0,
        turns=0.0,
        extra_lifts=0.0,
        lost_lifts=0.0,
        strays=0.0,
    )
    near, usual = [], []
    for seed in range(12):
        someone = writer(seed)
        for found, ensemble in ((near, nothing), (usual, ENSEMBLE)):
            imitator = forger(seed, ensemble=ensemble, tremor=0.0)
            trace = forge(someone, np.random.default_rng(seed), forger=imitator)
            found.append(deviations(trace, someone.model)[trace.down].mean())
    assert np.median(near) < 0.6 * np.median(usual)
