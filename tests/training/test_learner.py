"""The learner: its schedule, its step, class weights, and the same result on several devices."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import QUICK, make_corpus, make_encoder

from deepsign_helpers import losses, pairing
from deepsign_helpers.training import Learner, WarmUpCosine, dataset, train
from deepsign_helpers.training.learn import untrained_encoder
from deepsign_helpers.training.learner import loss_function

IMAGES, TABLE = make_corpus()


@given(st.integers(1, 500), st.floats(0, 0.5))
@settings(deadline=None, max_examples=25)
def test_the_learning_rate_rises_in_a_line_and_falls_along_a_cosine(steps, warm_up):
    schedule = WarmUpCosine(0.01, steps, warm_up)
    rising_for = max(1, round(warm_up * steps))
    for step in {1, rising_for, min(steps, rising_for + 1), (rising_for + steps) // 2, steps}:
        expected = 0.01 * step / rising_for
        if step > rising_for:
            share = (step - rising_for) / (steps - rising_for + 1)
            expected = 0.01 * (1 + math.cos(math.pi * share)) / 2
        assert float(schedule(step - 1)) == pytest.approx(expected, rel=1e-6)


def test_in_mixed_precision_the_loss_is_scaled_and_steps_that_overflow_are_left_out():
    half = replace(QUICK, size=(8, 16), mixed_precision=True, seconds=600)
    encoder = untrained_encoder(half)
    history = train(encoder, (IMAGES, TABLE), settings=half)
    assert 0 < history.steps <= half.steps
    assert np.isfinite(history.epochs["loss"]).all()
    learner = Learner(encoder)
    learner.compile(optimizer="sgd", loss=losses.contrastive)
    assert isinstance(learner.optimizer, keras.optimizers.LossScaleOptimizer)


def test_a_schedule_can_be_stored_and_made_again():
    schedule = WarmUpCosine(0.01, 30, 0.2)
    again = WarmUpCosine.from_config(schedule.get_config())
    for step in range(30):
        assert float(again(step)) == float(schedule(step))


@pytest.mark.parametrize(
    "loss", [losses.contrastive, losses.triplet, losses.supervised_contrastive]
)
def test_a_step_follows_the_gradient_of_the_loss_over_the_whole_batch(loss):
    images, identity = next(iter(dataset((IMAGES, TABLE), QUICK)))
    encoder = make_encoder()
    before = [weight.numpy() for weight in encoder.trainable_variables]
    with tf.GradientTape() as tape:
        expected_loss = loss(identity, encoder(images, training=True))
    gradients = tape.gradient(expected_loss, encoder.trainable_variables)
    learner = Learner(encoder)
    learner.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss)
    said = learner.train_on_batch(images, identity)
    assert float(said) == pytest.approx(float(expected_loss), rel=1e-4)
    for weight, was, gradient in zip(encoder.trainable_variables, before, gradients, strict=True):
        assert weight.numpy() == pytest.approx(was - 0.1 * gradient.numpy(), abs=1e-5)


def test_balanced_class_weights_let_both_classes_count_alike():
    _, identity = next(iter(dataset((IMAGES, TABLE), QUICK)))
    same, different = losses.pair_masks(identity)
    of_same = np.sum(same)
    of_different = np.sum(different)
    balanced = replace(QUICK, loss=losses.contrastive, class_weight="balanced")
    weights = loss_function(balanced, identity).keywords["class_weight"]
    all_of_same = weights[pairing.SAME] * of_same
    assert all_of_same == pytest.approx(weights[pairing.DIFFERENT] * of_different)


def test_class_weights_belong_to_a_loss_over_pairs():
    wanted = replace(QUICK, loss=losses.triplet, class_weight="balanced")
    with pytest.raises(ValueError, match="class_weight: belongs to a loss over pairs"):
        loss_function(wanted, np.zeros((2, 2)))


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    """What one device and two make of the same trainings, by a process of its own."""
    path = tmp_path_factory.mktemp("devices") / "made.npz"
    script = Path(__file__).with_name("two_devices.py")
    done = subprocess.run(
        [sys.executable, script, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(path) as made:
        return dict(made)


def test_two_devices_train_what_one_trains(devices):
    names = {name.removeprefix("one ") for name in devices if name.startswith("one ")}
    assert len(names) == 9
    for name in names:
        assert devices[f"two {name}"] == pytest.approx(devices[f"one {name}"], abs=1e-4), name
