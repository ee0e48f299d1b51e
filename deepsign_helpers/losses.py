"""What training minimises: one writer's genuine signatures together, everything else apart.

A batch holds several signatures of a few writers. Each is embedded once, and every pair in the
batch is compared, so a loss takes the batch's identities and its embeddings. `pair_contrastive` is
the exception: it takes pairs that were drawn beforehand, as the classic siamese network does.
"""

import math
from collections.abc import Mapping

from keras import KerasTensor, ops

from deepsign_helpers.tables import DIFFERENT, SAME

# The square root has no finite slope at 0, where two embeddings coincide: below this, a distance
# counts as 1e-4.
SMALLEST_SQUARED_DISTANCE = 1e-8
NO_DISTANCE = 1e9  # stands where a pair does not count, so that a minimum never picks it
SMALLEST_WEIGHT = 1e-9  # so that a mean over nothing is 0, not a division by 0
EVERY_PAIR_ALIKE = {SAME: 1.0, DIFFERENT: 1.0}


def pairwise_distances(embeddings: KerasTensor) -> KerasTensor:
    """Return the distances between all rows, with a finite gradient everywhere.

    Parameters
    ----------
    embeddings : float tensor, shape (n, d)
        One vector a row.

    Returns
    -------
    distances : float32 tensor, shape (n, n)
        At least 1e-4, even on the diagonal: there the root has no finite slope.

    Notes
    -----
    The square of a distance is the sum of two squared lengths less twice the product of the
    vectors: one matrix product gives all of them. Derived in chapter 05, *A batch that gives many
    pairs*.

    Examples
    --------
    >>> import numpy as np
    >>> corners = np.array([[0, 0], [3, 4]], "float32")
    >>> print(np.round(pairwise_distances(corners), 3))
    [[0. 5.]
     [5. 0.]]
    """
    embeddings = ops.cast(embeddings, "float32")
    products = ops.matmul(embeddings, ops.transpose(embeddings))  # (n, n)
    squared_lengths = ops.sum(ops.square(embeddings), axis=1)  # (n,)
    squared = squared_lengths[:, None] + squared_lengths[None, :] - 2 * products
    return ops.sqrt(ops.maximum(squared, SMALLEST_SQUARED_DISTANCE))


def pair_masks(identity: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """Say which pairs of a batch are SAME and which DIFFERENT; a pair may be neither.

    SAME: one writer, both genuine. DIFFERENT: one writer, exactly one forged (a skilled forgery),
    or two writers, both genuine (a random forgery). A forgery beside another forgery, or beside
    somebody else's signature, says nothing about either writer's hand: such pairs are left out.

    Parameters
    ----------
    identity : int tensor, shape (n, 2)
        Writer index; 1 for genuine, 0 for forged.

    Returns
    -------
    same, different : bool tensors, shape (n, n)
        Symmetric, with an empty diagonal.

    Notes
    -----
    Derived in chapter 05, *A batch that gives many pairs*.

    Examples
    --------
    Two genuine signatures of one writer, a forgery of them, and somebody else's genuine signature:

    >>> import numpy as np
    >>> same, different = pair_masks(np.array([(0, 1), (0, 1), (0, 0), (1, 1)]))
    >>> print(np.array(same, int))
    [[0 1 0 0]
     [1 0 0 0]
     [0 0 0 0]
     [0 0 0 0]]
    >>> print(np.array(different, int))
    [[0 0 1 1]
     [0 0 1 1]
     [1 1 0 0]
     [1 1 0 0]]
    """
    writer = identity[:, 0]
    genuine = ops.equal(identity[:, 1], 1)
    # (n, n) each
    one_writer = ops.equal(writer[:, None], writer[None, :])
    both_genuine = genuine[:, None] & genuine[None, :]
    one_forged = genuine[:, None] ^ genuine[None, :]
    itself = ops.eye(ops.shape(identity)[0], dtype="bool")

    same = one_writer & both_genuine & ~itself
    skilled_forgery = one_writer & one_forged
    random_forgery = ~one_writer & both_genuine
    return same, skilled_forgery | random_forgery


def weighted_mean(values: KerasTensor, weights: KerasTensor) -> KerasTensor:
    """Return the weighted mean; 0 where every weight is 0.

    A value that is no number makes the mean none, even where it weighs nothing: an encoder that has
    broken down must not seem to have learnt.

    Parameters
    ----------
    values, weights : float32 tensors of one shape
        Weights from 0 on.

    Examples
    --------
    >>> import numpy as np
    >>> float(weighted_mean(np.array([1, 4], "float32"), np.array([2, 1], "float32")))
    2.0
    """
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), SMALLEST_WEIGHT)


def margin_loss(
    distances: KerasTensor,
    same: KerasTensor,
    different: KerasTensor,
    same_margin: float = 0.2,
    different_margin: float = 1.0,
    class_weight: Mapping[int, float] | None = None,
) -> KerasTensor:
    """Return the contrastive loss of pairs at these distances; the masks say what each pair is."""
    weight = class_weight or EVERY_PAIR_ALIKE
    too_far_apart = ops.relu(distances - same_margin)
    too_close = ops.relu(different_margin - distances)
    costs = ops.square(ops.where(same, too_far_apart, too_close))
    weight_unless_same = ops.where(different, weight[DIFFERENT], 0.0)
    weights = ops.where(same, weight[SAME], weight_unless_same)
    return weighted_mean(costs, weights)


def contrastive(
    identity: KerasTensor,
    embeddings: KerasTensor,
    same_margin: float = 0.2,
    different_margin: float = 1.0,
    class_weight: Mapping[int, float] | None = None,
) -> KerasTensor:
    """Pull SAME pairs within one margin and push DIFFERENT ones beyond another, over all pairs.

    Parameters
    ----------
    identity : int tensor, shape (n, 2)
        Writer index; 1 for genuine, 0 for forged.
    embeddings : float tensor, shape (n, d)
        Unit length, so that distances lie between 0 and 2.
    same_margin, different_margin : float in [0, 2]
        A SAME pair nearer than the first costs nothing, nor does a DIFFERENT pair farther than the
        second.
    class_weight : mapping from SAME and DIFFERENT to weights, optional
        As from `pairing.class_weights`; without it every pair counts alike, and DIFFERENT ones are
        the great majority.

    Returns
    -------
    loss : float32 scalar
        The weighted mean over the pairs, 0 if there are none.

    Notes
    -----
    Derived in chapter 05, *What the loss asks for*.

    References
    ----------
    Hadsell, Chopra, LeCun (2006), doi:10.1109/CVPR.2006.100.

    Examples
    --------
    Two signatures of one writer at distance 0.6 are 0.4 too far apart:

    >>> import numpy as np
    >>> identity = np.array([(0, 1), (0, 1)])
    >>> embeddings = np.array([(1, 0), (0.82, 0.572364)], "float32")
    >>> round(float(contrastive(identity, embeddings)), 3)
    0.16
    """
    same, different = pair_masks(identity)
    return margin_loss(
        pairwise_distances(embeddings),
        same,
        different,
        same_margin=same_margin,
        different_margin=different_margin,
        class_weight=class_weight,
    )


def pair_contrastive(
    labels: KerasTensor,
    distances: KerasTensor,
    same_margin: float = 0.2,
    different_margin: float = 1.0,
    class_weight: Mapping[int, float] | None = None,
) -> KerasTensor:
    """Return the contrastive loss of explicit pairs, as `encoders.siamese` makes them.

    Parameters
    ----------
    labels : int tensor, shape (n,) or (n, 1)
        SAME (1) or DIFFERENT (0).
    distances : float tensor, shape (n,) or (n, 1)
        Between the two embeddings of each pair.
    same_margin, different_margin, class_weight
        As for `contrastive`.

    Returns
    -------
    loss : float32 scalar

    Notes
    -----
    Derived in chapter 05, *What the loss asks for*.

    Examples
    --------
    Near and the same, far and different: nothing to pay.

    >>> import numpy as np
    >>> near_and_far = np.array([0.1, 1.5], "float32")
    >>> float(pair_contrastive(np.array([SAME, DIFFERENT]), near_and_far))
    0.0
    """
    same = ops.equal(ops.reshape(labels, (-1,)), SAME)
    return margin_loss(
        ops.cast(ops.reshape(distances, (-1,)), "float32"),
        same,
        ~same,
        same_margin=same_margin,
        different_margin=different_margin,
        class_weight=class_weight,
    )


def triplet(identity: KerasTensor, embeddings: KerasTensor, margin: float = 0.3) -> KerasTensor:
    """Ask of every SAME pair that the anchor's nearest semi-hard negative lie farther by a margin.

    Semi-hard is the nearest negative that is farther than the positive; where all are nearer, the
    farthest of them. Anchor and positive are genuine signatures of one writer, in both orders.

    Parameters
    ----------
    identity : int tensor, shape (n, 2)
        Writer index; 1 for genuine, 0 for forged.
    embeddings : float tensor, shape (n, d)
        Unit length.
    margin : float in (0, 2]
        By how much the negative must lie farther away than the positive.

    Returns
    -------
    loss : float32 scalar
        The mean over the SAME pairs whose anchor has a negative, 0 if there are none.

    Notes
    -----
    Derived in chapter 05, *What the loss asks for*.

    References
    ----------
    Schroff, Kalenichenko, Philbin (2015), doi:10.1109/CVPR.2015.7298682.

    Examples
    --------
    A positive at distance 0.6 and a forgery at distance 1: farther by more than the margin.

    >>> import numpy as np
    >>> identity = np.array([(0, 1), (0, 1), (0, 0)])
    >>> embeddings = np.array([(1, 0), (0.82, 0.572364), (0.5, -0.866025)], "float32")
    >>> float(triplet(identity, embeddings))
    0.0
    >>> float(triplet(identity, embeddings, margin=0.5)) > 0
    True
    """
    distances = pairwise_distances(embeddings)
    same, different = pair_masks(identity)

    # (anchor, positive, negative): a batch of 96 makes 0.9 million triplets, far less work than
    # embedding it
    to_positive = distances[:, :, None]
    to_negative = distances[:, None, :]
    is_farther = different[:, None, :] & (to_negative > to_positive)
    nearest_farther = ops.min(ops.where(is_farther, to_negative, NO_DISTANCE), axis=2)

    # (anchor, positive)
    farthest = ops.max(ops.where(different, distances, 0.0), axis=1, keepdims=True)
    semi_hard = ops.where(ops.any(is_farther, axis=2), nearest_farther, farthest)
    has_negative = ops.any(different, axis=1, keepdims=True)
    counted = ops.cast(same & has_negative, "float32")
    return weighted_mean(ops.relu(distances - semi_hard + margin), counted)


def supervised_contrastive(
    identity: KerasTensor,
    embeddings: KerasTensor,
    temperature: float = 0.1,
    forgery_weight: float = 1.0,
) -> KerasTensor:
    """Ask of every genuine signature that it pick out its writer's others from all it is shown.

    Compared are the other genuine signatures of the batch and the forgeries of the anchor's own
    writer.

    Parameters
    ----------
    identity : int tensor, shape (n, 2)
        Writer index; 1 for genuine, 0 for forged.
    embeddings : float tensor, shape (n, d)
        Unit length.
    temperature : float > 0
        The lower, the more the hardest comparisons decide.
    forgery_weight : float > 0
        A skilled forgery counts so many times among the compared: a batch holds few of a writer and
        many strangers.

    Returns
    -------
    loss : float32 scalar
        The mean over the anchors that have a positive, 0 if there are none.

    Notes
    -----
    Derived in chapter 05, *What the loss asks for*.

    References
    ----------
    Khosla et al. (2020), doi:10.48550/arXiv.2004.11362, equation 2; the weight is ours.

    Examples
    --------
    Two signatures of one writer coincide, a stranger's stands at a right angle:

    >>> import numpy as np
    >>> identity = np.array([(0, 1), (0, 1), (1, 1)])
    >>> embeddings = np.array([(1, 0), (1, 0), (0, 1)], "float32")
    >>> round(float(supervised_contrastive(identity, embeddings, temperature=0.5)), 3)
    0.127
    >>> round(float(np.log(1 + np.exp(-1 / 0.5))), 3)
    0.127
    """
    embeddings = ops.cast(embeddings, "float32")
    same, different = pair_masks(identity)

    # (anchor, compared): similarities, and how much each counts among the compared
    logits = ops.matmul(embeddings, ops.transpose(embeddings)) / temperature
    is_forged = 1 - ops.cast(identity[:, 1], "float32")
    heavier = math.log(forgery_weight) * is_forged
    compared = ops.where(same | different, logits + heavier, -NO_DISTANCE)
    log_share = logits - ops.logsumexp(compared, axis=1, keepdims=True)

    # (anchor,)
    positives = ops.cast(same, "float32")
    count = ops.sum(positives, axis=1)
    losses = -ops.sum(positives * log_share, axis=1) / ops.maximum(count, 1.0)
    return weighted_mean(losses, ops.cast(count > 0, "float32"))
