"""The exercises of chapter 08: right however they are solved, and no usual slip passes."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from deepsign_helpers.exercises import chapter_08, check


def lay_with_complex_numbers(points, upon):
    moved = points[:, 0] + 1j * points[:, 1]
    stays = upon[:, 0] + 1j * upon[:, 1]
    moved = (moved - moved.mean()) * (stays.std() / moved.std()) + stays.mean()
    return np.column_stack([moved.real, moved.imag])


def figures_by_loops(alike, among):
    pairs = []
    best = []
    for row in range(len(among)):
        others = [among[row, column] for column in range(len(among)) if column != row]
        pairs += others
        best.append(max(others))
    mean = sum(alike) / len(alike) - 0.8 * sum(pairs) / len(pairs)
    return mean, max(alike) - 0.8 * sum(best) / len(best)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("8.1", lay_with_complex_numbers),
        ("8.2", figures_by_loops),
        ("8.3", average_precision_score),
    ],
)
def test_another_way_to_the_same_answer_is_right(number, answer):
    assert check(number, answer).passed is True


def lay_shifted_only(points, upon):
    return points - points.mean(axis=0) + upon.mean(axis=0)


def lay_by_boxes(points, upon):
    ratio = np.ptp(upon[:, 0]) / np.ptp(points[:, 0])
    return (points - points.mean(axis=0)) * ratio + upon.mean(axis=0)


def lay_by_mean_distances(points, upon):
    centre = points.mean(axis=0)
    upon_centre = upon.mean(axis=0)
    ratio = np.linalg.norm(upon - upon_centre, axis=1).mean()
    ratio /= np.linalg.norm(points - centre, axis=1).mean()
    return (points - centre) * ratio + upon_centre


def lay_about_the_own_centre(points, upon):
    return chapter_08.lay_by_moments(points, upon) - upon.mean(axis=0) + points.mean(axis=0)


def figures_exchanged(alike, among):
    mean, best = chapter_08.two_figures(alike, among)
    return best, mean


def figures_with_nothing_off(alike, among):
    return float(alike.mean()), float(alike.max())


def figures_with_the_mean_off_both(alike, among):
    usual = among[~np.eye(len(among), dtype=bool)].mean()
    return float(alike.mean() - 0.8 * usual), float(alike.max() - 0.8 * usual)


def figures_less_the_least_alike(alike, among):
    mean, _ = chapter_08.two_figures(alike, among)
    return mean, float(alike.max() - 0.8 * among.min(axis=1).mean())


def share_found(is_astray, values):
    """Recall, in place of precision."""
    found = is_astray[np.argsort(-values)]
    shares = np.cumsum(found) / found.sum()
    return float(shares[found].mean())


def share_of_one_more_point(is_astray, values):
    """A count from 0."""
    found = is_astray[np.argsort(-values)]
    shares = np.cumsum(found) / (np.arange(len(found)) + 2)
    return float(shares[found].mean())


def in_the_order_of_ranks(is_astray, values):
    """Each point's rank is taken for the number of the point that has it."""
    ranks = np.argsort(np.argsort(-values))
    found = is_astray[ranks]
    return float((np.cumsum(found) / np.arange(1, len(found) + 1))[found].mean())


@pytest.mark.parametrize(
    ("number", "slip"),
    [
        ("8.1", lay_shifted_only),
        ("8.1", lay_by_boxes),
        ("8.1", lay_by_mean_distances),
        ("8.1", lay_about_the_own_centre),
        ("8.2", figures_exchanged),
        ("8.2", figures_with_nothing_off),
        ("8.2", figures_with_the_mean_off_both),
        ("8.2", figures_less_the_least_alike),
        ("8.3", share_found),
        ("8.3", share_of_one_more_point),
        ("8.3", in_the_order_of_ranks),
    ],
)
def test_no_usual_slip_passes(number, slip):
    assert check(number, slip).passed is False


def test_all_answers_differ_on_every_trial():
    for exercise in chapter_08.EXERCISES.values():
        for arguments in exercise.trials().values():
            answers = [exercise.solution, *exercise.mistakes]
            outcomes = [np.ravel(answer(*arguments)) for answer in answers]
            for place, one in enumerate(outcomes):
                for other in outcomes[place + 1 :]:
                    assert not np.allclose(one, other, atol=1e-4)
