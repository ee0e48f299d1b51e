"""Exercises of chapter 07: the cheapest threshold, and from a likelihood ratio to a probability."""

import numpy as np

from deepsign_helpers.exercises.tutor import Exercise


def cheapest(
    thresholds: np.ndarray,
    accepted: np.ndarray,
    rejected: np.ndarray,
    costs: tuple,
    forged: float,
) -> float:
    """Return the threshold at which one case is expected to cost least.

    accepted, rejected : FAR and FRR at each of the thresholds
    costs : of a forgery accepted and of a genuine signature rejected
    forged : the share of cases that are forged
    """
    cost_of_accepting, cost_of_rejecting = costs
    of_forgeries = forged * cost_of_accepting * accepted
    of_genuine = (1 - forged) * cost_of_rejecting * rejected
    expected = of_forgeries + of_genuine
    return float(thresholds[np.argmin(expected)])


def cheapest_if_half_were_forged(thresholds, accepted, rejected, costs, forged):
    """How rare forgeries are plays no part in it, as if half of all cases were forged. Weigh each
    error by how often it can happen at all.
    """
    return cheapest(thresholds, accepted, rejected, costs, 0.5)


def cheapest_with_shares_exchanged(thresholds, accepted, rejected, costs, forged):
    """The shares have changed places: only forged cases can be accepted falsely, only the others
    rejected falsely.
    """
    return cheapest(thresholds, accepted, rejected, costs, 1 - forged)


def threshold_of_equal_errors(thresholds, accepted, rejected, costs, forged):
    """This is the threshold of equal errors. It knows nothing of costs, nor of how rare forgeries
    are.
    """
    return float(thresholds[np.argmin(np.abs(accepted - rejected))])


def price_lists() -> dict[str, tuple]:
    """Return trials on one pair of error curves, with two ways to be expensive."""
    thresholds = np.linspace(0, 1, 101)
    accepted = (1 - thresholds) ** 2
    rejected = thresholds**3
    return {
        "a bank with few forgeries": (thresholds, accepted, rejected, (500, 20), 0.01),
        "a notary": (thresholds, accepted, rejected, (1000, 50), 0.2),
    }


def probability_forged(log_likelihood_ratios: np.ndarray, forged: float) -> np.ndarray:
    """Return the probability that each questioned signature is forged, in [0, 1].

    log_likelihood_ratios : float (n,), log10 of p(score | genuine) / p(score | forged)
    forged : the share of forgeries among all cases, known before any score is
    """
    prior_odds = (1 - forged) / forged  # genuine to forged
    likelihood_ratios = 10.0**log_likelihood_ratios
    posterior_odds = prior_odds * likelihood_ratios
    return 1 / (1 + posterior_odds)


def probability_without_prior(log_likelihood_ratios, forged):
    """How rare forgeries are plays no part in it, as if half of all cases were forged. The ratio
    says only how strongly the score speaks; multiply the prior odds by it.
    """
    return probability_forged(log_likelihood_ratios, 0.5)


def probability_by_natural_logarithm(log_likelihood_ratios, forged):
    """The logarithms are taken for natural ones. These are decimal: 1 stands for a ratio of 10 to
    1, not of 2.7 to 1, so raise 10 to them in place of `np.exp`.
    """
    as_if_natural = log_likelihood_ratios / np.log(10)
    return probability_forged(as_if_natural, forged)


def odds_for_probability(log_likelihood_ratios, forged):
    """These are the odds of forged against genuine, not yet the probability of forged: odds of
    1 to 3 are a probability of 1 in 4. Divide by one more than the odds.
    """
    probability = probability_forged(log_likelihood_ratios, forged)
    return probability / (1 - probability)


def cases_with_priors() -> dict[str, tuple]:
    """Return trials with scores that speak for either side, and with priors far from one half."""
    return {
        "one forgery in a hundred": (np.array([-1.0, 0.0, 0.9, 2.0]), 0.01),
        "three forgeries in ten": (np.array([-0.7, -0.2, 0.3]), 0.3),
        "a case in which most signatures are forged": (np.array([1.2, -0.4]), 0.8),
    }


EXERCISES = {
    "7.1": Exercise(
        title="Place the threshold by what mistakes cost",
        solution=cheapest,
        mistakes=(
            cheapest_if_half_were_forged,
            cheapest_with_shares_exchanged,
            threshold_of_equal_errors,
        ),
        hints=(
            "What does one case cost on average, at one threshold? "
            "A forged case and a genuine one differ.",
            "A share `forged` of the cases costs FAR times the first price; "
            "the others cost FRR times the second.",
            "Work it out for all thresholds at once; `np.argmin` finds where it is least.",
        ),
        trials=price_lists,
    ),
    "7.2": Exercise(
        title="From a likelihood ratio to a probability",
        solution=probability_forged,
        mistakes=(
            probability_without_prior,
            probability_by_natural_logarithm,
            odds_for_probability,
        ),
        hints=(
            "Before the score is known there are prior odds, genuine to forged. "
            "The likelihood ratio multiplies them.",
            "If `forged` of all cases are forged, the prior odds are `1 - forged` to `forged`. "
            "The ratio is 10 raised to its decimal logarithm.",
            "Odds of a to b are a probability of a / (a + b). "
            "Here the odds are genuine to forged, and the probability of forged is asked for.",
        ),
        trials=cases_with_priors,
    ),
}
