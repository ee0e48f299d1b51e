"""Signals: each against what it says, and the writer's own measure that is taken off."""

import numpy as np
import pytest
from drawn_lines import course, pressed, written
from scipy.stats import spearmanr

from deepsign_helpers import strokes, synthesis
from deepsign_helpers.strokes import AGREEMENT, DARKNESS, DESCRIPTOR, SIGNALS
from deepsign_helpers.strokes.signals import rank_correlation


@pytest.fixture(scope="module")
def hands():
    """Six genuine signatures, two skilled forgeries, and another writer's, of each of 8 writers."""
    found = []
    for seed in range(8):
        rng = np.random.default_rng(100 + seed)
        writer = synthesis.sample_writer(rng)
        traces = [writer.sign(rng) for _ in range(6)]
        traces += [synthesis.forge(writer, rng) for _ in range(2)]
        traces.append(synthesis.sample_writer(rng).sign(rng))
        lines = [strokes.trace_line(synthesis.render(trace, rng)) for trace in traces]
        found.append(lines)
    return found


def test_a_line_is_as_like_itself_as_can_be():
    line = strokes.trace_line(pressed((30, 120, 60, 150)))
    assert list(strokes.signals(line, line).values()) == pytest.approx([1, 1, 1])


def test_every_signal_has_a_name_a_unit_and_a_sentence():
    line = strokes.trace_line(written())
    assert list(strokes.signals(line, line)) == [signal.name for signal in SIGNALS]
    for signal in SIGNALS:
        assert signal.unit
        assert len(signal.sentence.split()) > 8
        assert 0 < signal.usual < 1


def test_agreement_falls_with_the_share_of_the_line_that_goes_elsewhere():
    points = course()
    whole = strokes.trace_line(written(points))
    values = []
    for part in (0, 100, 250):
        other = points.copy()
        other[:part, 1] = 300 - other[:part, 1]  # upside down
        found = strokes.signals(strokes.trace_line(written(other)), whole)
        values.append(found[AGREEMENT])
    assert values[0] > values[1] + 0.03
    assert values[1] > values[2] + 0.03


def test_darkness_tells_where_the_pen_pressed_and_not_how_much():
    first = strokes.trace_line(pressed((30, 130, 50, 150)))
    paler = strokes.trace_line(pressed((100, 170, 110, 180)))
    otherwise = strokes.trace_line(pressed((130, 30, 150, 50)))
    assert strokes.signals(paler, first)[DARKNESS] > 0.7
    assert strokes.signals(otherwise, first)[DARKNESS] < -0.3
    # Of direction and shape, all three are alike.
    assert strokes.signals(otherwise, first)[AGREEMENT] > 0.9


def test_the_descriptor_is_a_cosine():
    left = strokes.trace_line(written())
    right = strokes.trace_line(written(course()[:400]))
    assert strokes.signals(left, right)[DESCRIPTOR] == pytest.approx(
        float(np.sum(left.descriptor * right.descriptor))
    )


@pytest.mark.parametrize("seed", range(3))
def test_rank_correlation_agrees_with_scipy(seed):
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 9, 60)
    right = left + rng.integers(0, 9, 60)
    assert rank_correlation(left, right) == pytest.approx(spearmanr(left, right).statistic)


def test_it_hardly_matters_which_of_two_is_laid_upon_the_other(hands):
    for lines in hands:
        there = np.array(list(strokes.signals(lines[0], lines[1]).values()))
        back = np.array(list(strokes.signals(lines[1], lines[0]).values()))
        assert np.abs(there - back).max() < 0.12
        assert there[2] == pytest.approx(back[2])


def test_own_likeness_is_mean_and_best_over_the_references_pairs(hands):
    references = hands[0][:3]
    pairs = {}
    for first in range(3):
        for second in range(first):
            found = strokes.signals(references[first], references[second])[AGREEMENT]
            pairs[first, second] = pairs[second, first] = found
    own = strokes.own_likeness(references)
    assert own.loc[AGREEMENT, "mean"] == pytest.approx(np.mean(list(pairs.values())))
    bests = [max(pairs[0, 1], pairs[0, 2]), max(pairs[1, 0], pairs[1, 2])]
    bests.append(max(pairs[2, 0], pairs[2, 1]))
    assert own.loc[AGREEMENT, "best"] == pytest.approx(np.mean(bests))


def test_compare_takes_off_four_fifths_of_the_writers_own(hands):
    *references, questioned = hands[0][:4]
    table = strokes.compare(questioned, references)
    values = [strokes.signals(questioned, reference)[DARKNESS] for reference in references]
    own = strokes.own_likeness(references)
    mean = np.mean(values) - 0.8 * own.loc[DARKNESS, "mean"]
    best = max(values) - 0.8 * own.loc[DARKNESS, "best"]
    assert table.loc[DARKNESS, ["mean", "best"]].tolist() == pytest.approx([mean, best])
    assert table.equals(strokes.compare(questioned, references, own))


def test_with_one_reference_the_usual_writer_stands_in(hands):
    table = strokes.compare(hands[0][1], hands[0][:1])
    values = strokes.signals(hands[0][1], hands[0][0])
    for signal in SIGNALS:
        figures = table.loc[signal.name, ["mean", "best"]]
        assert figures.tolist() == pytest.approx([values[signal.name] - 0.8 * signal.usual] * 2)


def test_no_reference_at_all_is_refused(hands):
    with pytest.raises(ValueError, match="give at least one"):
        strokes.compare(hands[0][0], [])


def test_genuine_ones_are_more_alike_than_forged_and_other_peoples_are_least(hands):
    figures = []
    for lines in hands:
        own = strokes.own_likeness(lines[:5])
        tables = [strokes.compare(line, lines[:5], own) for line in lines[5:]]
        figures.append([table.loc[AGREEMENT, "mean"] for table in tables])
    genuine, forged, forged_too, other = np.mean(figures, axis=0)
    assert genuine > forged + 0.02
    assert genuine > forged_too + 0.02
    assert min(forged, forged_too) > other + 0.05
