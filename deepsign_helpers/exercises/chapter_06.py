"""Exercises of chapter 06: two rates at a threshold, an honest threshold, and the cheapest one."""

import numpy as np

from deepsign_helpers import evaluation
from deepsign_helpers.exercises.tutor import Exercise


def rates_at(scores: np.ndarray, labels: np.ndarray, threshold: float) -> tuple[float, float]:
    """Return the false accept rate and the false reject rate at a threshold, in [0, 1].

    scores : float (n,), higher means more alike; accepted at or above the threshold
    labels : int (n,), 1 for genuine and 0 for forged
    """
    accepted = scores >= threshold
    return float(accepted[labels == 0].mean()), float((~accepted)[labels == 1].mean())


def rates_above_only(scores, labels, threshold):
    """A score that lies exactly at the threshold is rejected here; this course accepts it. With scores that repeat, as
    rounded ones do, that moves both rates.
    """
    return rates_at(scores, labels, np.nextafter(threshold, np.inf))


def rates_of_all(scores, labels, threshold):
    """Both errors are divided by all comparisons. FAR is a share of the forgeries, FRR a share of the genuine: only so
    does a rate not depend on how many of each were tried.
    """
    accepted = scores >= threshold
    return float((accepted & (labels == 0)).mean()), float((~accepted & (labels == 1)).mean())


def rates_exchanged(scores, labels, threshold):
    """The two have changed places: FAR is about forgeries that are accepted, and it comes first."""
    return rates_at(scores, labels, threshold)[::-1]


def score_sets() -> dict[str, tuple]:
    rng = np.random.default_rng(4)
    labels = np.repeat([1, 0], [12, 20])
    scores = np.round(rng.normal(0.6 + 0.2 * labels, 0.15), 1)
    return {"rounded scores": (scores, labels, 0.7), "a strict threshold": (scores, labels, 0.8)}


def honest_rates(validation: tuple, test: tuple) -> tuple[float, float]:
    """Return FAR and FRR on the test writers, at the threshold of equal errors that somebody could have known before.

    validation, test : scores and labels (1 for genuine, 0 for forged) of two sets of writers
    """
    threshold = evaluation.equal_error_threshold(*validation)
    return evaluation.rates_at(*test, threshold)


def rates_tuned_on_the_test(validation, test):
    """The threshold comes from the test writers. It fits them best, and nobody has their answers beforehand: that is
    the second fraud of this chapter.
    """
    return evaluation.rates_at(*test, evaluation.equal_error_threshold(*test))


def rates_tuned_on_both(validation, test):
    """The threshold comes from both sets together, so the test writers have had a say in it. Keep them out until the
    threshold is frozen.
    """
    both = [np.concatenate(parts) for parts in zip(validation, test, strict=True)]
    return evaluation.rates_at(*test, evaluation.equal_error_threshold(*both))


def rates_on_validation(validation, test):
    """These are the rates on the writers that chose the threshold. They are equal because it was made so; what a user
    meets is what other writers get.
    """
    return evaluation.rates_at(*validation, evaluation.equal_error_threshold(*validation))


def two_sets_of_writers() -> dict[str, tuple]:
    rng = np.random.default_rng(7)
    labels = np.repeat([1, 0], [60, 90])
    validation = rng.normal(0.6 + 0.2 * labels, 0.15), labels
    harder = rng.normal(0.55 + 0.15 * labels, 0.15), labels
    easier = rng.normal(0.7 + 0.25 * labels, 0.12), labels
    return {
        "harder test writers": (validation, harder),
        "test writers who score higher": (validation, easier),
    }


def cheapest(
    thresholds: np.ndarray, accepted: np.ndarray, rejected: np.ndarray, costs: tuple, forged: float
) -> float:
    """Return the threshold at which one case is expected to cost least.

    accepted, rejected : FAR and FRR at each of the thresholds; forged : the share of cases that are forged
    costs : of a forgery accepted and of a genuine signature rejected
    """
    expected = forged * costs[0] * accepted + (1 - forged) * costs[1] * rejected
    return float(thresholds[np.argmin(expected)])


def cheapest_if_half_were_forged(thresholds, accepted, rejected, costs, forged):
    """How rare forgeries are plays no part in it, as if half of all cases were forged. Weigh each error by how often it
    can happen at all.
    """
    return cheapest(thresholds, accepted, rejected, costs, 0.5)


def cheapest_with_shares_exchanged(thresholds, accepted, rejected, costs, forged):
    """The shares have changed places: only forged cases can be accepted falsely, only the others rejected falsely."""
    return cheapest(thresholds, accepted, rejected, costs, 1 - forged)


def threshold_of_equal_errors(thresholds, accepted, rejected, costs, forged):
    """This is the threshold of equal errors. It knows nothing of costs, nor of how rare forgeries are."""
    return float(thresholds[np.argmin(np.abs(accepted - rejected))])


def price_lists() -> dict[str, tuple]:
    thresholds = np.linspace(0, 1, 101)
    accepted, rejected = (1 - thresholds) ** 2, thresholds**3
    curves = thresholds, accepted, rejected
    return {
        "a bank with few forgeries": (*curves, (500, 20), 0.01),
        "a notary": (*curves, (1000, 50), 0.2),
    }


EXERCISES = {
    "6.1": Exercise(
        title="Two rates at a threshold",
        solution=rates_at,
        mistakes=(rates_above_only, rates_of_all, rates_exchanged),
        hints=(
            "First one array of decisions, True where the score is accepted.",
            "FAR looks at the decisions on forgeries only, FRR at those on genuine signatures only.",
            "`decisions[labels == 0].mean()` is a share. Mind that a score *at* the threshold is accepted.",
        ),
        trials=score_sets,
    ),
    "6.2": Exercise(
        title="An honest threshold",
        solution=honest_rates,
        mistakes=(rates_tuned_on_the_test, rates_tuned_on_both, rates_on_validation),
        hints=(
            "Which of the two sets of writers may choose the threshold, and which one is judged?",
            "`evaluation.equal_error_threshold(scores, labels)` finds the threshold of equal errors.",
            "`evaluation.rates_at(scores, labels, threshold)` judges with a threshold that is fixed.",
        ),
        trials=two_sets_of_writers,
    ),
    "6.3": Exercise(
        title="Place the threshold by what mistakes cost",
        solution=cheapest,
        mistakes=(
            cheapest_if_half_were_forged,
            cheapest_with_shares_exchanged,
            threshold_of_equal_errors,
        ),
        hints=(
            "What does one case cost on average, at one threshold? A forged case and a genuine one differ.",
            "A share `forged` of the cases costs FAR times the first price; the others cost FRR times the second.",
            "Work it out for all thresholds at once; `np.argmin` finds where it is least.",
        ),
        trials=price_lists,
    ),
}
