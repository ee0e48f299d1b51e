"""What a hand does in every signature: where it presses, its hooks, and how it swells."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from deepsign_helpers.synthesis import ENSEMBLE, Ensemble, forge, render
from deepsign_helpers.synthesis.forging import SCHOOLS, deviations, sample_forger
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.styles import sample_style
from deepsign_helpers.synthesis.writers import (
    A_LETTER,
    LIGHTEST,
    add_hooks,
    gains_along,
    learn_plan,
    reproportion,
    sample_writer,
    shake,
)

every_script = pytest.mark.parametrize("script", SCRIPTS)

# A hand that repeats what it has learned, but for its timing.
EXACT = replace(ENSEMBLE, misses=0.0, bends=0.0, drift=0.0, swells=0.0, press_noise=0.0)


def writer(seed, script="latin", ensemble=ENSEMBLE):
    return sample_writer(np.random.default_rng(seed), script, "usual", ensemble)


def strays(trace, model):
    return deviations(trace, model)[trace.down].mean()


# Pressure


def along_the_line(trace, steps=300):
    """The pressure at equal steps along the inked line."""
    way = np.cumsum(np.where(trace.down, trace.speed, 0.0))
    return np.interp(np.linspace(0, way[-1], steps), way, trace.pressure)


def alike(one, other):
    """The rank correlation of the pressure along two lines."""
    return spearmanr(along_the_line(one), along_the_line(other)).statistic


@every_script
def test_a_writer_presses_at_the_same_places_every_time_and_a_forger_does_not_know_them(script):
    genuine, forged = [], []
    for seed in range(30):
        someone = writer(seed, script)
        rng = np.random.default_rng(seed)
        first = someone.sign(rng)
        genuine.append(alike(first, someone.sign(rng)))
        forged.append(alike(first, forge(someone, rng)))
    assert np.median(genuine) > 0.15
    assert np.median(genuine) > np.median(forged) + 0.1
    assert np.mean(np.greater(genuine, forged)) > 0.65


def test_pressure_goes_letter_by_letter_not_line_by_line():
    near, far = [], []
    for seed in range(40):
        logarithms = np.log(writer(seed).plan.presses)
        near.append(np.corrcoef(logarithms[1:], logarithms[:-1])[0, 1])
        far.append(np.corrcoef(logarithms[8:], logarithms[:-8])[0, 1])
    assert np.median(near) > np.median(far) + 0.2


@every_script
def test_a_pen_that_is_down_presses_and_never_harder_than_it_can(script):
    for seed in range(12):
        someone = writer(seed, script)
        assert np.all((someone.plan.presses >= LIGHTEST) & (someone.plan.presses <= 1))
        trace = someone.sign(np.random.default_rng(seed))
        assert np.all((trace.pressure >= 0) & (trace.pressure <= trace.press + 1e-12))
        assert np.all(trace.press <= 1 + 1e-12)
        assert np.all(trace.pressure[trace.down] > 0)


def test_who_presses_hard_downwards_does_so_where_the_line_falls():
    style = sample_style(np.random.default_rng(0))
    even = replace(ENSEMBLE, press_spread=0.0)

    def pressed(heavy_down):
        habit = replace(style, heavy_down=heavy_down, press=0.5)
        plan = learn_plan("Ofo Lamun", "latin", habit, np.random.default_rng(1), even)
        falls = np.diff(plan.points[:, 1]) < 0
        return plan.presses[falls].mean(), plan.presses[~falls].mean()

    down, up = pressed(1.3)
    assert down > 1.3 * up
    down, up = pressed(1.0)
    assert down == pytest.approx(up)


def test_a_trembling_hand_presses_as_it_means_to():
    still = writer(3).sign(np.random.default_rng(1))
    trembling = shake(still, np.random.default_rng(2), 0.3)
    assert np.array_equal(trembling.press, still.press)


def test_a_heavy_hand_can_be_seen_on_paper():
    someone = writer(3)
    darkness = []
    for share in (0.4, 1.0):
        plan = replace(someone.plan, presses=share * np.ones(len(someone.plan.bends)))
        model = replace(someone, plan=plan).model
        image = render(model, np.random.default_rng(0), pen=someone.pen)
        darkness.append((255 - image[image < 250]).mean())
    light, heavy = darkness
    assert heavy > 1.1 * light


# Hooks

# Two lines of two strokes each: x, y, bend, pen down (1) or up (0), as `spell` returns them.
TWO_LINES = np.array(
    [
        [0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 0.5, 1.0],
        [2.0, 0.0, 0.5, 1.0],
        [4.0, 0.0, 0.0, 0.0],
        [5.0, 1.0, 0.5, 1.0],
        [6.0, 0.0, 0.5, 1.0],
    ]
)


def test_who_makes_no_hooks_makes_none():
    assert np.array_equal(add_hooks(TWO_LINES, 0.0, np.random.default_rng(0)), TWO_LINES)


def test_a_hook_is_a_small_stroke_where_the_pen_is_set_down_and_where_it_is_lifted():
    for seed in range(10):
        hooked = add_hooks(TWO_LINES, 1.0, np.random.default_rng(seed))
        is_old = [np.any(np.all(point == TWO_LINES[:, :2], axis=1)) for point in hooked[:, :2]]
        # Landing, then a hook to where the line begins; at its end, a hook away from it.
        assert is_old == [False, True, True, True, False] * 2
        assert hooked[:, 3].tolist() == [0, 1, 1, 1, 1] * 2
        lengths = np.hypot(*np.diff(hooked[:, :2], axis=0).T)
        assert lengths[[0, 3, 5, 8]].max() < 0.6


def test_hooks_are_as_frequent_as_the_style_says():
    style = sample_style(np.random.default_rng(0))

    def strokes_and_lifts(hooks):
        plans = [
            learn_plan(
                "O L", "latin", replace(style, hooks=hooks, lifts=0.0), np.random.default_rng(seed)
            )
            for seed in range(60)
        ]
        strokes = np.mean([len(plan.bends) for plan in plans])
        lifts = np.mean([np.sum(~plan.down) for plan in plans])
        return strokes, lifts

    none, lifts = strokes_and_lifts(0.0)
    some, _ = strokes_and_lifts(0.5)
    most, lifts_with_hooks = strokes_and_lifts(1.0)
    assert lifts_with_hooks == pytest.approx(lifts, rel=0.1)
    assert most - none > 2
    assert some - none == pytest.approx((most - none) / 2, rel=0.35)


# Letters that swell


def test_who_swells_no_letter_leaves_all_as_they_are():
    points = writer(2).plan.points
    assert reproportion(points, 0.0, np.random.default_rng(0)) == pytest.approx(points)


def test_letters_swell_above_and_below_the_base_line_and_the_whole_remains_as_wide():
    points = np.array([[0.0, 0.0], [2.0, 6.0], [4.0, 0.0], [5.0, -4.0], [9.0, 0.0], [12.0, 3.0]])
    for seed in range(20):
        swollen = reproportion(points, 0.4, np.random.default_rng(seed))
        assert swollen[0, 0] == points[0, 0]
        assert np.ptp(swollen[:, 0]) == pytest.approx(12.0)
        assert (np.diff(swollen[:, 0]) > 0).all()
        assert np.array_equal(np.sign(swollen[:, 1]), np.sign(points[:, 1]))
        assert np.abs(swollen - points).max() > 0.1


def test_neighbours_swell_together_and_letters_apart_do_not():
    gains = np.log([gains_along(60, 0.3, np.random.default_rng(seed)) for seed in range(200)])
    assert gains.std() == pytest.approx(0.3, rel=0.3)
    assert np.corrcoef(gains[:, 10], gains[:, 11])[0, 1] > 0.7
    assert abs(np.corrcoef(gains[:, 10], gains[:, 10 + 3 * A_LETTER])[0, 1]) < 0.3


# The ensemble


def test_a_hand_is_drawn_from_the_ensemble_that_is_given():
    leaning = replace(ENSEMBLE, slant=1.0, slant_spread=0.0, lifts=0.0, hooks=0.0)
    for seed in range(5):
        style = writer(seed, ensemble=leaning).style
        assert (style.slant, style.lifts, style.hooks) == (1.0, 0.0, 0.0)
        assert writer(seed).style.slant != 1.0


@every_script
def test_how_much_a_writer_varies_is_said_by_the_ensemble(script):
    exact, usual = [], []
    for seed in range(8):
        someone = writer(seed, script)
        exacting = replace(someone, ensemble=EXACT)
        exact.append(strays(exacting.sign(np.random.default_rng(seed)), someone.model))
        usual.append(strays(someone.sign(np.random.default_rng(seed)), someone.model))
    assert np.median(exact) < 0.7 * np.median(usual)


def test_a_writer_remembers_the_ensemble_they_were_drawn_from():
    assert writer(0, ensemble=EXACT).ensemble is EXACT
    assert writer(0).ensemble is ENSEMBLE


def fingerprints(ensemble):
    """What comes of an ensemble: styles, movements and forgeries of a few people, as numbers."""
    numbers = []
    for seed in range(6):
        someone = writer(seed, ensemble=ensemble)
        rng = np.random.default_rng(seed)
        signature = someone.sign(rng)
        numbers.append(signature.x.sum() + signature.press.sum())
        numbers.extend(getattr(someone.style, name) for name in ("taper", "loose", "rise"))
        for school in SCHOOLS:
            forger = sample_forger(rng, school, ensemble)
            forged = forge(someone, rng, forger=forger, attempt=1)
            numbers.append(forged.x.sum() + forged.press.sum())
    return np.array(numbers)


@pytest.fixture(scope="module")
def usual_fingerprints():
    return fingerprints(ENSEMBLE)


@pytest.mark.parametrize("name", [field.name for field in fields(Ensemble)])
def test_every_number_of_the_ensemble_matters(name, usual_fingerprints):
    doubled = replace(ENSEMBLE, **{name: 2 * getattr(ENSEMBLE, name)})
    assert not np.array_equal(fingerprints(doubled), usual_fingerprints)
