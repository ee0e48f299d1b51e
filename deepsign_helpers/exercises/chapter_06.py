"""Exercises of chapter 06: two rates at a threshold, and a threshold that is honest."""

import numpy as np

from deepsign_helpers import evaluation
from deepsign_helpers.exercises.tutor import Exercise


def rates_at(
    scores: np.ndarray,
    labels: np.ndarray,
    threshold: float,
) -> tuple[float, float]:
    """Return the false accept rate and the false reject rate at a threshold, in [0, 1].

    scores : float (n,), higher means more alike; accepted at or above the threshold
    labels : int (n,), 1 for genuine and 0 for forged
    """
    accepted = scores >= threshold
    rejected = ~accepted
    false_accept_rate = accepted[labels == 0].mean()
    false_reject_rate = rejected[labels == 1].mean()
    return float(false_accept_rate), float(false_reject_rate)


def rates_above_only(scores, labels, threshold):
    """A score that lies exactly at the threshold is rejected here; this course accepts it. With
    scores that repeat, as rounded ones do, that moves both rates.
    """
    just_above = np.nextafter(threshold, np.inf)
    return rates_at(scores, labels, just_above)


def rates_of_all(scores, labels, threshold):
    """Both errors are divided by all comparisons. FAR is a share of the forgeries, FRR a share of
    the genuine: only so does a rate not depend on how many of each were tried.
    """
    accepted = scores >= threshold
    false_accepts = accepted & (labels == 0)
    false_rejects = ~accepted & (labels == 1)
    return float(false_accepts.mean()), float(false_rejects.mean())


def rates_exchanged(scores, labels, threshold):
    """The two have changed places: FAR is about forgeries that are accepted, and it comes first."""
    false_accept_rate, false_reject_rate = rates_at(scores, labels, threshold)
    return false_reject_rate, false_accept_rate


def score_sets() -> dict[str, tuple]:
    """Return trials whose scores repeat, so that some lie exactly at the threshold."""
    rng = np.random.default_rng(4)
    labels = np.repeat([1, 0], [12, 20])
    scores = np.round(rng.normal(0.6 + 0.2 * labels, 0.15), 1)
    return {"rounded scores": (scores, labels, 0.7), "a strict threshold": (scores, labels, 0.8)}


def honest_rates(validation: tuple, test: tuple) -> tuple[float, float]:
    """Return FAR and FRR on the test writers, at a threshold of equal errors.

    It is a threshold that somebody could have known before.

    validation, test : scores and labels (1 for genuine, 0 for forged) of two sets
    """
    threshold = evaluation.equal_error_threshold(*validation)
    return evaluation.rates_at(*test, threshold)


def rates_tuned_on_the_test(validation, test):
    """The threshold comes from the test writers. It fits them best, and nobody has their answers
    beforehand: that is the second fraud of this chapter.
    """
    threshold = evaluation.equal_error_threshold(*test)
    return evaluation.rates_at(*test, threshold)


def rates_tuned_on_both(validation, test):
    """The threshold comes from both sets together, so the test writers have had a say in it. Keep
    them out until the threshold is frozen.
    """
    both = [np.concatenate(parts) for parts in zip(validation, test, strict=True)]
    threshold = evaluation.equal_error_threshold(*both)
    return evaluation.rates_at(*test, threshold)


def rates_on_validation(validation, test):
    """These are the rates on the writers that chose the threshold. They are equal because it was
    made so; what a user meets is what other writers get.
    """
    threshold = evaluation.equal_error_threshold(*validation)
    return evaluation.rates_at(*validation, threshold)


def two_sets_of_writers() -> dict[str, tuple]:
    """Return trials in which the test writers' own threshold would be another one."""
    rng = np.random.default_rng(7)
    labels = np.repeat([1, 0], [60, 90])
    validation = (rng.normal(0.6 + 0.2 * labels, 0.15), labels)
    harder = (rng.normal(0.55 + 0.15 * labels, 0.15), labels)
    easier = (rng.normal(0.7 + 0.25 * labels, 0.12), labels)
    return {
        "harder test writers": (validation, harder),
        "test writers who score higher": (validation, easier),
    }


EXERCISES = {
    "6.1": Exercise(
        title="Two rates at a threshold",
        solution=rates_at,
        mistakes=(rates_above_only, rates_of_all, rates_exchanged),
        hints=(
            "First one array of decisions, True where the score is accepted.",
            "FAR looks at the decisions on forgeries only, "
            "FRR at those on genuine signatures only.",
            "`decisions[labels == 0].mean()` is a share. "
            "Mind that a score *at* the threshold is accepted.",
        ),
        trials=score_sets,
    ),
    "6.2": Exercise(
        title="An honest threshold",
        solution=honest_rates,
        mistakes=(rates_tuned_on_the_test, rates_tuned_on_both, rates_on_validation),
        hints=(
            "Which of the two sets of writers may choose the threshold, and which one is judged?",
            "`evaluation.equal_error_threshold(scores, labels)` finds the threshold of equal "
            "errors.",
            "`evaluation.rates_at(scores, labels, threshold)` judges with a threshold that is "
            "fixed.",
        ),
        trials=two_sets_of_writers,
    ),
}
