"""Exercises of chapter 05: the contrastive loss, the negatives of a batch, and when to stop."""

import numpy as np

from deepsign_helpers.exercises.tutor import Exercise


def contrastive_loss(distances: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean cost of pairs.

    A SAME pair is free up to 0.2, a DIFFERENT one from 1.0 on. What a pair exceeds or
    lacks is squared.

    Parameters
    ----------
    distances : float, shape (n,), in [0, 2]
        Of the two embeddings of each pair.
    labels : int, shape (n,)
        1 for SAME and 0 for DIFFERENT.
    """
    if_same = np.maximum(distances - 0.2, 0) ** 2
    if_different = np.maximum(1.0 - distances, 0) ** 2
    costs = np.where(labels == 1, if_same, if_different)
    return float(np.mean(costs))


def loss_with_swapped_labels(distances, labels):
    """SAME pairs are pushed apart and DIFFERENT ones pulled together: here 1 means SAME. Published
    code and paper disagreed on this for years, and the loss fell all the same.
    """
    return contrastive_loss(distances, 1 - labels)


def loss_without_an_end(distances, labels):
    """A pair that is near enough, or far enough, still pays. Beyond its margin the cost is 0, or
    the encoder goes on pushing pairs from which nothing can be learned.
    """
    if_same = (distances - 0.2) ** 2
    if_different = (1.0 - distances) ** 2
    return float(np.mean(np.where(labels == 1, if_same, if_different)))


def loss_not_squared(distances, labels):
    """The cost grows in a straight line. Squared, one pair that is far wrong counts more than many
    nearly right.
    """
    if_same = np.maximum(distances - 0.2, 0)
    if_different = np.maximum(1.0 - distances, 0)
    return float(np.mean(np.where(labels == 1, if_same, if_different)))


def measured_pairs() -> dict[str, tuple]:
    """Return the inputs on which answers to 5.1 are tried."""
    distances = np.array([0.1, 0.5, 0.9, 1.3, 0.3, 1.6])
    return {
        "six pairs": (distances, np.array([1, 1, 0, 0, 0, 1])),
        "three of one writer": (distances[:3], np.array([1, 1, 1])),
    }


def negatives(writer: np.ndarray, genuine: np.ndarray) -> np.ndarray:
    """Return which pairs of a batch are DIFFERENT: bool, shape (n, n), symmetric.

    Parameters
    ----------
    writer : int, shape (n,)
        Who each signature is said to be by.
    genuine : bool, shape (n,)
        False for a forgery.
    """
    one_writer = writer[:, None] == writer
    skilled = one_writer & (genuine[:, None] != genuine)
    random = ~one_writer & genuine[:, None] & genuine
    return skilled | random


def negatives_of_all_strangers(writer, genuine):
    """A forgery is a negative for other writers too. It imitates one writer only; beside somebody
    else's signature it says nothing, so those pairs are left out.
    """
    one_writer = writer[:, None] == writer
    return ~one_writer | (genuine[:, None] != genuine)


def negatives_without_forgeries(writer, genuine):
    """Only strangers are told apart; the skilled forgeries are missing. They are the hard
    negatives, and what the verifier is for.
    """
    two_writers = writer[:, None] != writer
    return two_writers & genuine[:, None] & genuine


def negatives_between_forgeries(writer, genuine):
    """Two forgeries of one writer stand as DIFFERENT. They may be by one forger or by two: a
    forgery is a positive for nobody, and a negative for the writer's genuine signatures only.
    """
    one_writer = writer[:, None] == writer
    both_forged = ~genuine[:, None] & ~genuine
    itself = np.eye(len(writer), dtype=bool)
    return negatives(writer, genuine) | (one_writer & both_forged & ~itself)


def batches_to_pair() -> dict[str, tuple]:
    """Return the inputs on which answers to 5.2 are tried."""
    three_writers = np.repeat([0, 1, 2], 4)
    two_forgeries_each = np.tile([True, True, False, False], 3)
    two_writers = np.array([0, 0, 0, 0, 1, 1, 1])
    forgeries_of_one = np.array([True, True, False, False, True, True, True])
    return {
        "three writers, two forgeries each": (three_writers, two_forgeries_each),
        "two writers, one without forgeries": (two_writers, forgeries_of_one),
    }


def kept_look(rates: list[float], patience: int) -> int:
    """Return the number, from 0, of the look whose weights are kept.

    Parameters
    ----------
    rates : list of float, in [0, 1]
        Equal error rate of the validation writers at each look that a full training
        would take.
    patience : int
        Training stops after so many looks in a row without a new lowest rate.
    """
    best = 0
    for look, rate in enumerate(rates):
        if rate < rates[best]:
            best = look
        if look - best >= patience:
            break
    return best


def last_look(rates, patience):
    """These are the weights at which training stopped, not the best that it has seen. Look back by
    the patience.
    """
    best = kept_look(rates, patience)
    return min(best + patience, len(rates) - 1)


def lowest_look_of_all(rates, patience):
    """This look was never taken: training had stopped before. Patience is a bet, and it can be
    lost.
    """
    return int(np.argmin(rates))


def first_rise(rates, patience):
    """Training stops at the first rise here. An error rate on few writers jitters; that is what
    patience is for.
    """
    return kept_look(rates, 1)


def looks() -> dict[str, tuple]:
    """Return the inputs on which answers to 5.3 are tried."""
    return {
        "a rate that falls late again": ([0.30, 0.24, 0.26, 0.21, 0.22, 0.25, 0.23, 0.19], 3),
        "a rate that keeps falling": ([0.40, 0.35, 0.36, 0.30, 0.28], 2),
        "a rate that comes back to its lowest": ([0.30, 0.25, 0.25, 0.27, 0.28, 0.20], 2),
    }


EXERCISES = {
    "5.1": Exercise(
        title="The contrastive loss by hand",
        solution=contrastive_loss,
        mistakes=(loss_with_swapped_labels, loss_without_an_end, loss_not_squared),
        hints=(
            (
                "Work out what each pair would cost as SAME, and what it would cost as "
                "DIFFERENT; then choose."
            ),
            "`np.maximum(x, 0)` is what exceeds a margin, and 0 where nothing does.",
            "`np.where(labels == 1, …, …)` chooses; square before you take the mean.",
        ),
        trials=measured_pairs,
    ),
    "5.2": Exercise(
        title="Which pairs are negatives?",
        solution=negatives,
        mistakes=(
            negatives_of_all_strangers,
            negatives_without_forgeries,
            negatives_between_forgeries,
        ),
        hints=(
            (
                "Two sorts of pairs are DIFFERENT: skilled and random. What do you know of "
                "writer and kind in each?"
            ),
            "`writer[:, None] == writer` is a square table: who shares a writer with whom.",
            (
                "Skilled: one writer, exactly one of the two genuine. Random: two writers, both "
                "genuine."
            ),
        ),
        trials=batches_to_pair,
    ),
    "5.3": Exercise(
        title="When to stop",
        solution=kept_look,
        mistakes=(last_look, lowest_look_of_all, first_rise),
        hints=(
            "Go through the looks in order, as a training would, and remember the best so far.",
            (
                "After each look: how many looks ago was the best? From which number on does "
                "training stop?"
            ),
            "What is returned is the best so far, never a look that lies beyond the stop.",
        ),
        trials=looks,
    ),
}
