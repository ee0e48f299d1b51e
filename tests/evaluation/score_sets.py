"""Scores for the tests of evaluation, and what counting by hand says of them."""

import numpy as np
from hypothesis import strategies as st
from scipy.stats import norm

from deepsign_helpers.evaluation import DIFFERENT, SAME


@st.composite
def score_sets(draw, smallest=1, largest=40):
    """Draw few distinct values, for ties, and a shift by 20, for perfect separation either way."""
    value = st.sampled_from([-1.5, 0.0, 0.1, 0.25, 0.3, 1.0]) | st.floats(-10, 10, width=32)
    genuine = draw(st.lists(value, min_size=smallest, max_size=largest))
    forged = draw(st.lists(value, min_size=smallest, max_size=largest))
    shift = draw(st.sampled_from([0, 0, 0, 20, -20]))
    scores = np.array([score + shift for score in genuine] + forged)
    labels = np.array([SAME] * len(genuine) + [DIFFERENT] * len(forged))
    order = draw(st.permutations(range(len(scores))))
    return scores[order], labels[order]


def gaussian_scores(d_prime, count, seed=0):
    """Return quantiles of two normal distributions `d_prime` apart: as smooth as so many can be."""
    quantiles = norm.ppf((np.arange(count) + 0.5) / count)
    scores = np.concatenate([quantiles + d_prime, quantiles])
    labels = np.repeat([SAME, DIFFERENT], count)
    order = np.random.default_rng(seed).permutation(2 * count)
    return scores[order], labels[order]


def drawn_scores(count, decimals=9, d_prime=1.5):
    """Draw `count` scores, a third of them genuine; few decimals make ties."""
    rng = np.random.default_rng(count)
    labels = (np.arange(count) % 3 == 0).astype(int)
    return (rng.normal(size=count) + d_prime * labels).round(decimals), labels


def count_by_hand(scores, labels, threshold):
    forged = [score for score, label in zip(scores, labels, strict=True) if label == 0]
    genuine = [score for score, label in zip(scores, labels, strict=True) if label == 1]
    accepted = [score for score in forged if score >= threshold]
    rejected = [score for score in genuine if score < threshold]
    return len(accepted) / len(forged), len(rejected) / len(genuine)


def curve_by_hand(scores, labels):
    return [
        count_by_hand(scores, labels, threshold)
        for threshold in [*sorted(set(scores)), float("inf")]
    ]
