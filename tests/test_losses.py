"""Losses against loops that spell every pair out, and at the places where gradients break."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import losses
from deepsign_helpers.tables import DIFFERENT, SAME

BATCH_LOSSES = (losses.contrastive, losses.triplet, losses.supervised_contrastive)


@st.composite
def batches(draw, dimension=5):
    """Draw identities of up to four writers, in any order, and unit vectors that stand apart."""
    identity = draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=2, max_size=10)
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    embeddings = rng.normal(size=(len(identity), dimension))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.array(identity, "int32"), embeddings.astype("float32")


def relation(identity, i, j):
    """Name a pair in the words of the rule: 'same', 'different' or None."""
    (writer, genuine), (other_writer, other_genuine) = identity[i], identity[j]
    if i == j:
        return None
    if writer == other_writer:
        return {2: "same", 1: "different", 0: None}[genuine + other_genuine]
    return "different" if genuine and other_genuine else None


def distance(embeddings, i, j):
    return math.dist(embeddings[i].tolist(), embeddings[j].tolist())


def contrastive_by_hand(
    identity, embeddings, same_margin, different_margin, same_weight, different_weight
):
    total = weights = 0.0
    for i in range(len(identity)):
        for j in range(i):
            kind = relation(identity, i, j)
            if kind == "same":
                total += same_weight * max(0.0, distance(embeddings, i, j) - same_margin) ** 2
                weights += same_weight
            elif kind == "different":
                total += (
                    different_weight * max(0.0, different_margin - distance(embeddings, i, j)) ** 2
                )
                weights += different_weight
    return total / weights if weights else 0.0


def triplet_by_hand(identity, embeddings, margin):
    costs = []
    for anchor in range(len(identity)):
        negatives = [
            distance(embeddings, anchor, other)
            for other in range(len(identity))
            if identity[anchor][1] == 1 and relation(identity, anchor, other) == "different"
        ]
        for positive in range(len(identity)):
            if relation(identity, anchor, positive) == "same" and negatives:
                to_positive = distance(embeddings, anchor, positive)
                farther = [negative for negative in negatives if negative > to_positive]
                costs.append(
                    max(0.0, to_positive - (min(farther) if farther else max(negatives)) + margin)
                )
    return sum(costs) / len(costs) if costs else 0.0


def supervised_contrastive_by_hand(identity, embeddings, temperature, forgery_weight=1.0):
    costs = []
    for anchor in range(len(identity)):
        similarity = [
            float(np.dot(embeddings[anchor].astype(float), other)) for other in embeddings
        ]
        compared = [i for i in range(len(identity)) if relation(identity, anchor, i)]
        positives = [i for i in compared if relation(identity, anchor, i) == "same"]
        forged = [
            identity[i][0] == identity[anchor][0] and relation(identity, anchor, i) == "different"
            for i in compared
        ]
        counts = [forgery_weight if is_forged else 1.0 for is_forged in forged]
        everything = sum(
            count * math.exp(similarity[i] / temperature)
            for i, count in zip(compared, counts, strict=True)
        )
        if positives:
            shares = [
                math.log(math.exp(similarity[i] / temperature) / everything) for i in positives
            ]
            costs.append(-sum(shares) / len(shares))
    return sum(costs) / len(costs) if costs else 0.0


@given(batches(), st.floats(0, 0.5), st.floats(0.6, 2), st.floats(0.1, 5), st.floats(0.1, 5))
@settings(deadline=None)
def test_contrastive_agrees_with_a_loop_over_pairs(
    batch, same_margin, different_margin, same_weight, different_weight
):
    weights = {SAME: same_weight, DIFFERENT: different_weight}
    found = float(losses.contrastive(*batch, same_margin, different_margin, weights))
    by_hand = contrastive_by_hand(
        *batch, same_margin, different_margin, same_weight, different_weight
    )
    assert found == pytest.approx(by_hand, abs=1e-4)


@given(batches(), st.floats(0.05, 1))
@settings(deadline=None)
def test_triplet_agrees_with_a_loop_over_triplets(batch, margin):
    assert float(losses.triplet(*batch, margin)) == pytest.approx(
        triplet_by_hand(*batch, margin), abs=1e-4
    )


@given(batches(), st.floats(0.05, 1), st.floats(0.1, 20))
@settings(deadline=None)
def test_supervised_contrastive_agrees_with_a_loop_over_anchors(batch, temperature, forgery_weight):
    found = float(losses.supervised_contrastive(*batch, temperature))
    assert found == pytest.approx(
        supervised_contrastive_by_hand(*batch, temperature), rel=1e-4, abs=1e-4
    )
    found = float(losses.supervised_contrastive(*batch, temperature, forgery_weight))
    by_hand = supervised_contrastive_by_hand(*batch, temperature, forgery_weight)
    assert found == pytest.approx(by_hand, rel=1e-4, abs=1e-4)


@given(
    st.lists(
        st.tuples(st.sampled_from([SAME, DIFFERENT]), st.floats(0, 2, width=32)),
        min_size=1,
        max_size=20,
    )
)
@settings(deadline=None)
def test_pair_contrastive_agrees_with_a_loop(pairs):
    labels = np.array([label for label, _ in pairs])
    distances = np.array([[distance] for _, distance in pairs], "float32")
    total = sum(
        2.0 * max(0, d - 0.2) ** 2 if label == SAME else 0.5 * max(0, 1 - d) ** 2
        for label, d in pairs
    )
    weight = sum(2.0 if label == SAME else 0.5 for label, _ in pairs)
    found = float(
        losses.pair_contrastive(labels, distances, class_weight={SAME: 2.0, DIFFERENT: 0.5})
    )
    assert found == pytest.approx(total / weight, abs=1e-5)


@given(batches())
@settings(deadline=None)
def test_the_order_of_a_batch_does_not_matter(batch):
    identity, embeddings = batch
    for loss in BATCH_LOSSES:
        backwards = float(loss(identity[::-1], embeddings[::-1]))
        assert float(loss(identity, embeddings)) == pytest.approx(backwards, rel=1e-4, abs=1e-5)


def test_label_polarity_near_same_pairs_and_far_different_pairs_cost_nothing():
    near = np.array([0.1], "float32")
    far = np.array([1.5], "float32")
    assert float(losses.pair_contrastive([SAME], near)) == 0
    assert float(losses.pair_contrastive([SAME], far)) > 0
    assert float(losses.pair_contrastive([DIFFERENT], far)) == 0
    assert float(losses.pair_contrastive([DIFFERENT], near)) > 0


def directions(*degrees):
    radians = np.deg2rad(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype("float32")


@pytest.mark.parametrize("loss", BATCH_LOSSES)
def test_a_writer_gathered_apart_from_forgery_and_stranger_costs_less_than_one_mixed_with_them(
    loss,
):
    identity = np.array([(0, 1), (0, 1), (0, 0), (1, 1), (1, 1)])
    good = directions(0, 5, 90, 180, 185)
    bad = directions(0, 90, 2, 5, 95)
    assert float(loss(identity, good)) < float(loss(identity, bad)) - 0.1


def gradient_of(loss, identity, embeddings):
    embeddings = tf.Variable(embeddings)
    with tf.GradientTape() as tape:
        value = loss(np.array(identity), embeddings)
    return tape.gradient(value, embeddings).numpy()


@pytest.mark.parametrize("loss", BATCH_LOSSES)
def test_a_forgery_is_pushed_by_its_own_writer_and_by_nobody_else(loss):
    rows = directions(0, 10, 5, 3)
    owned = gradient_of(loss, [(0, 1), (0, 1), (0, 0), (0, 0)], rows)
    assert np.abs(owned[2:]).sum(axis=1).min() > 0
    strangers = gradient_of(loss, [(0, 1), (0, 1), (1, 0), (1, 0)], rows)
    assert np.all(strangers[2:] == 0)


@pytest.mark.parametrize("loss", BATCH_LOSSES)
@pytest.mark.parametrize(
    "identity",
    [[(0, 0), (0, 0), (1, 0)], [(0, 1), (1, 0), (2, 0)]],
    ids=["only forgeries", "nothing to compare"],
)
def test_a_batch_without_a_pair_costs_zero_and_its_gradient_is_zero(loss, identity):
    assert float(loss(np.array(identity), directions(0, 50, 120))) == 0
    assert np.all(gradient_of(loss, identity, directions(0, 50, 120)) == 0)


@pytest.mark.parametrize("loss", BATCH_LOSSES)
def test_the_gradient_is_finite_where_embeddings_coincide(loss):
    identity = np.array([(0, 1), (0, 1), (0, 0), (1, 1), (1, 1)])
    coinciding = directions(30, 30, 30, 30, 30)
    assert math.isfinite(float(loss(identity, coinciding)))
    assert np.isfinite(gradient_of(loss, identity, coinciding)).all()


@pytest.mark.parametrize("loss", BATCH_LOSSES)
def test_half_precision_embeddings_give_a_single_precision_loss(loss):
    identity = np.array([(0, 1), (0, 1), (1, 1), (1, 1)])
    embeddings = directions(0, 40, 60, 90)
    value = loss(identity, keras.ops.cast(embeddings, "float16"))
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert float(value) == pytest.approx(float(loss(identity, embeddings)), abs=0.02)


@pytest.mark.parametrize("weights", [(0, 0), (0, 1), (1, 1)])
def test_a_mean_of_what_is_no_number_is_none_even_where_it_weighs_nothing(weights):
    mean = losses.weighted_mean(np.array([math.nan, 1], "float32"), np.array(weights, "float32"))
    assert math.isnan(float(mean))


@pytest.mark.parametrize("loss", BATCH_LOSSES)
@pytest.mark.parametrize("identity", [[(0, 1), (0, 1), (1, 1)], [(0, 0), (1, 0), (2, 0)]])
def test_an_encoder_that_has_broken_down_does_not_seem_to_have_learnt(loss, identity):
    embeddings = np.array([(1, 0), (math.nan, math.nan), (0, 1)], "float32")
    assert math.isnan(float(loss(np.array(identity, "int32"), embeddings)))
