"""The map of the difference: it points where a stroke was changed, and at nothing else."""

import numpy as np
import pytest
from drawn_lines import course, stroke, written

from deepsign_helpers import strokes, synthesis


def wavering(seed):
    """Write the course as a hand does: each time a little otherwise, its last third wildly so."""
    rng = np.random.default_rng(seed)
    points = course()
    time = np.linspace(0, 1, len(points))
    for frequency in (5, 8):
        wave = np.sin(2 * np.pi * frequency * time + rng.uniform(0, 2 * np.pi))
        points[:, 1] += wave * np.where(time > 0.65, 9, 1)
    return points


def test_a_changed_stroke_is_where_the_map_is_highest():
    references = [strokes.trace_line(written(wavering(seed))) for seed in range(3)]
    points = wavering(9)
    is_changed = np.zeros(len(points), bool)
    is_changed[100:180] = True
    points[100:180, 1] += 60 * np.sin(np.linspace(0, np.pi, 80))  # a loop hangs further down
    questioned = strokes.trace_line(written(points))
    differences = strokes.difference_map(questioned, references)

    place = questioned.on_page[differences.argmax()]
    assert np.hypot(*(points[is_changed] - place).T).min() < 12
    gaps = np.sqrt(((questioned.on_page[:, np.newaxis] - points) ** 2).sum(axis=2))
    of_changed = is_changed[gaps.argmin(axis=1)]
    assert differences[of_changed].mean() > 4 * np.abs(differences[~of_changed].mean())


def test_where_the_references_differ_as_much_nothing_is_marked():
    few = [strokes.trace_line(written(wavering(seed))) for seed in range(4)]
    # Once more, and upon one reference: what is usual at the unsteady end is then not known.
    questioned = strokes.trace_line(written(wavering(20)))
    with_own = strokes.difference_map(questioned, few)
    alone = np.mean([strokes.difference_map(questioned, [one]) for one in few], axis=0)
    assert (alone >= 0).all()
    assert with_own.mean() < 0.5 * alone.mean()
    is_end = questioned.on_page[:, 0] > 110 + 380 * 0.7
    taken_off = alone - with_own
    assert taken_off[is_end].mean() > 1.5 * taken_off[~is_end].mean()


def test_one_reference_and_the_same_image_differ_nowhere():
    line = strokes.trace_line(written())
    assert strokes.difference_map(line, [line]) == pytest.approx(0, abs=1e-6)


def test_no_reference_is_refused():
    with pytest.raises(ValueError, match="give at least one"):
        strokes.difference_map(strokes.trace_line(written()), [])


def test_on_generated_forgeries_it_follows_the_truth_that_their_maker_knows():
    correlations = []
    for seed in range(10):
        rng = np.random.default_rng(500 + seed)
        writer = synthesis.sample_writer(rng)
        known = [synthesis.render(writer.sign(rng), rng) for _ in range(3)]
        references = [strokes.trace_line(image) for image in known]
        image, truth = synthesis.render_with_truth(synthesis.forge(writer, rng), rng)
        questioned = strokes.trace_line(image)
        differences = strokes.difference_map(questioned, references)
        columns, rows = np.round(questioned.on_page).astype(int).T
        correlations.append(np.corrcoef(differences, truth[rows, columns])[0, 1])
    assert np.mean(correlations) > 0.2


def test_painted_values_lie_on_the_ink_and_nowhere_else():
    page = written()
    line = strokes.trace_line(page)
    painted = strokes.paint(line, line.on_page[:, 0])
    assert painted.shape == page.shape
    is_painted = ~np.isnan(painted)
    is_ink = page < 128
    assert is_painted[is_ink].mean() > 0.97
    assert is_ink[is_painted].mean() > 0.7
    _, columns = np.nonzero(is_painted)
    assert np.abs(painted[is_painted] - columns).max() < 12


def test_where_strokes_cross_the_larger_value_is_seen():
    page = stroke(written(), [(80, 250), (520, 60)])
    line = strokes.trace_line(page)
    values = np.zeros(len(line.points))
    values[140] = 1.0
    column, row = np.round(line.on_page[140]).astype(int)
    assert strokes.paint(line, values)[row, column] == 1


def test_one_value_a_point_is_asked_for():
    line = strokes.trace_line(written())
    with pytest.raises(ValueError, match="give one each"):
        strokes.paint(line, np.zeros(3))
