"""What training minimises: one writer's genuine signatures together, everything else apart."""

import math
from collections.abc import Mapping

from keras import KerasTensor, ops

from deepsign_helpers.evaluation import DIFFERENT, SAME

# The square root has no finite slope at 0, where two embeddings coincide; below this, a distance counts as 1e-4.
SMALLEST_SQUARED_DISTANCE = 1e-8
NO_DISTANCE = 1e9  # stands where a pair does not count, so that a minimum never picks it


def pairwise_distances(embeddings: KerasTensor) -> KerasTensor:
    """Return the distances between all rows, shape (n, n), in float32 and with a finite gradient everywhere."""
    embeddings = ops.cast(embeddings, "float32")
    products = ops.matmul(embeddings, ops.transpose(embeddings))
    squared = ops.sum(ops.square(embeddings), axis=1)
    return ops.sqrt(
        ops.maximum(squared[:, None] + squared[None, :] - 2 * products, SMALLEST_SQUARED_DISTANCE)
    )


def pair_masks(identity: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """Say which pairs of a batch are SAME and which DIFFERENT; a pair may be neither.

    SAME: one writer, both genuine. DIFFERENT: one writer, exactly one forged (a skilled forgery), or two writers, both
    genuine (a random forgery). A forgery beside another forgery, or beside somebody else's signature, says nothing
    about either writer's hand: such pairs are left out.

    Parameters
    ----------
    identity : int (n, 2)
        Writer index; 1 for genuine, 0 for forged.

    Returns
    -------
    same, different : bool (n, n)
        Symmetric, with an empty diagonal.
    """
    writer, genuine = identity[:, 0], ops.equal(identity[:, 1], 1)
    one_writer = ops.equal(writer[:, None], writer)
    both_genuine = genuine[:, None] & genuine
    one_forged = genuine[:, None] ^ genuine
    itself = ops.eye(ops.shape(identity)[0], dtype="bool")
    return one_writer & both_genuine & ~itself, (one_writer & one_forged) | (
        ~one_writer & both_genuine
    )


def weighted_mean(values: KerasTensor, weights: KerasTensor) -> KerasTensor:
    """Return the weighted mean; 0 where every weight is 0."""
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1e-9)


def _margin_loss(
    distances, same, different, same_margin=0.2, different_margin=1.0, class_weight=None
) -> KerasTensor:
    """Return the contrastive loss of pairs at these distances; `same` and `different` say what each pair is."""
    weight = class_weight or {SAME: 1.0, DIFFERENT: 1.0}
    if_same, if_different = (
        ops.relu(distances - same_margin),
        ops.relu(different_margin - distances),
    )
    weights = ops.where(same, weight[SAME], ops.where(different, weight[DIFFERENT], 0.0))
    return weighted_mean(ops.square(ops.where(same, if_same, if_different)), weights)


def contrastive(
    identity: KerasTensor,
    embeddings: KerasTensor,
    same_margin: float = 0.2,
    different_margin: float = 1.0,
    class_weight: Mapping[int, float] | None = None,
) -> KerasTensor:
    """Pull SAME pairs within one margin and push DIFFERENT pairs beyond another, over every pair of the batch.

    Parameters
    ----------
    identity : int (n, 2)
        Writer index; 1 for genuine, 0 for forged.
    embeddings : float (n, d)
        Unit length, so that distances lie between 0 and 2.
    same_margin, different_margin : float in [0, 2]
        A SAME pair nearer than the first costs nothing, nor does a DIFFERENT pair farther than the second.
    class_weight : mapping from SAME and DIFFERENT to weights
        As from `pairing.class_weights`; without it every pair counts alike, and DIFFERENT ones are the great majority.

    Returns
    -------
    float32 scalar: the weighted mean over the pairs, 0 if there are none.

    References
    ----------
    Hadsell, Chopra, LeCun (2006), doi:10.1109/CVPR.2006.100.
    """
    distances = pairwise_distances(embeddings)
    return _margin_loss(
        distances, *pair_masks(identity), same_margin, different_margin, class_weight
    )


def pair_contrastive(labels: KerasTensor, distances: KerasTensor, **options) -> KerasTensor:
    """Return the contrastive loss of explicit pairs, as `encoders.siamese` makes them.

    Parameters
    ----------
    labels : int (n,) or (n, 1)
        SAME (1) or DIFFERENT (0).
    distances : float, as many as labels
    options : same_margin, different_margin, class_weight
        As for `contrastive`.
    """
    same = ops.equal(ops.reshape(labels, (-1,)), SAME)
    return _margin_loss(ops.cast(ops.reshape(distances, (-1,)), "float32"), same, ~same, **options)


def triplet(identity: KerasTensor, embeddings: KerasTensor, margin: float = 0.3) -> KerasTensor:
    """Ask of every SAME pair that the anchor's nearest semi-hard negative lie farther away by a margin.

    Semi-hard is the nearest negative that is farther than the positive; where all are nearer, the farthest of them.
    Anchor and positive are genuine signatures of one writer, in both orders.

    Parameters
    ----------
    identity : int (n, 2)
        Writer index; 1 for genuine, 0 for forged.
    embeddings : float (n, d), unit length
    margin : float in (0, 2]

    Returns
    -------
    float32 scalar: the mean over the SAME pairs whose anchor has a negative, 0 if there are none.

    References
    ----------
    Schroff, Kalenichenko, Philbin (2015), doi:10.1109/CVPR.2015.7298682.
    """
    distances = pairwise_distances(embeddings)
    same, different = pair_masks(identity)
    # Axes: anchor, positive, negative. A batch of 96 makes 0.9 million triplets, far less work than embedding it.
    farther = different[:, None, :] & (distances[:, None, :] > distances[:, :, None])
    nearest_farther = ops.min(ops.where(farther, distances[:, None, :], NO_DISTANCE), axis=2)
    farthest = ops.max(ops.where(different, distances, 0.0), axis=1, keepdims=True)
    negative = ops.where(ops.any(farther, axis=2), nearest_farther, farthest)
    counted = same & ops.any(different, axis=1, keepdims=True)
    return weighted_mean(ops.relu(distances - negative + margin), ops.cast(counted, "float32"))


def supervised_contrastive(
    identity: KerasTensor,
    embeddings: KerasTensor,
    temperature: float = 0.1,
    forgery_weight: float = 1.0,
) -> KerasTensor:
    """Ask of every genuine signature that it pick out its writer's others from all that it is compared with.

    Compared are the other genuine signatures of the batch and the forgeries of the anchor's own writer.

    Parameters
    ----------
    identity : int (n, 2)
        Writer index; 1 for genuine, 0 for forged.
    embeddings : float (n, d), unit length
    temperature : float > 0
        The lower, the more the hardest comparisons decide.
    forgery_weight : float > 0
        A skilled forgery counts so many times among the compared: a batch holds few of a writer and many strangers.

    Returns
    -------
    float32 scalar: the mean over the anchors that have a positive, 0 if there are none.

    References
    ----------
    Khosla et al. (2020), doi:10.48550/arXiv.2004.11362, equation 2; the weight is ours.
    """
    embeddings = ops.cast(embeddings, "float32")
    same, different = pair_masks(identity)
    logits = ops.matmul(embeddings, ops.transpose(embeddings)) / temperature
    heavier = math.log(forgery_weight) * (
        1 - ops.cast(identity[:, 1], "float32")
    )  # if it is compared: see pair_masks
    compared = ops.where(same | different, logits + heavier, -NO_DISTANCE)
    log_share = logits - ops.logsumexp(compared, axis=1, keepdims=True)
    positives = ops.cast(same, "float32")
    count = ops.sum(positives, axis=1)
    losses = -ops.sum(positives * log_share, axis=1) / ops.maximum(count, 1.0)
    return weighted_mean(losses, ops.cast(count > 0, "float32"))
