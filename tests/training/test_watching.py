"""What watches a training: validation EER, limit of seconds, stopping, a loss that is none."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from small_world import QUICK, keep, make_corpus, make_encoder, skilled_rate

from deepsign_helpers import evaluation, losses
from deepsign_helpers.encoders import embed
from deepsign_helpers.training import (
    Learner,
    TimeLimit,
    WarmUpCosine,
    dataset,
    train,
    watching,
)
from deepsign_helpers.training.watching import RATE, Stopping

CORPUS = make_corpus()
OTHERS = make_corpus(seed=1)


class Clock:
    """Stands in for the time: `perf_counter` returns what the test has set."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


def test_the_rate_in_the_log_is_that_of_the_validation_writers():
    encoder = make_encoder()
    history = train(encoder, CORPUS, OTHERS, replace(QUICK, epochs=1))
    assert history.epochs[RATE].item() == pytest.approx(skilled_rate(encoder, *OTHERS))


def test_the_encoder_ends_with_the_weights_of_its_best_epoch():
    epochs_after_the_best = []
    for seed in range(4):
        encoder = make_encoder()
        history = train(encoder, CORPUS, OTHERS, replace(QUICK, epochs=6), seed)
        rates = history.epochs[RATE]
        assert skilled_rate(encoder, *OTHERS) == pytest.approx(rates.min())
        assert rates.idxmin() == history.best_epoch
        epochs_after_the_best.append(len(rates) - 1 - history.best_epoch)
    assert max(epochs_after_the_best) > 0, "no seed tells the best epoch from the last"


def test_without_validation_the_last_weights_are_kept():
    encoder = make_encoder()
    history = train(encoder, CORPUS, settings=QUICK)
    assert history.best_epoch == QUICK.epochs - 1
    assert history.epochs.columns.tolist() == ["epoch", "loss"]
    # As many steps by hand: the last weights, not those of an earlier epoch.
    by_hand = Learner(make_encoder())
    schedule = WarmUpCosine(QUICK.learning_rate, QUICK.steps, QUICK.warm_up)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=QUICK.weight_decay)
    by_hand.compile(optimizer=optimizer, loss=QUICK.loss)
    for images, identity in dataset(CORPUS, QUICK).take(QUICK.steps):
        by_hand.train_on_batch(images, identity)
    expected = embed(by_hand.encoder, CORPUS[0])
    assert embed(encoder, CORPUS[0]) == pytest.approx(expected, abs=1e-4)


def test_validation_goes_by_random_forgeries_where_there_are_no_others():
    encoder = make_encoder()
    genuine = keep(OTHERS, OTHERS[1]["kind"] == "genuine")
    history = train(encoder, CORPUS, genuine, replace(QUICK, epochs=1))
    scores = evaluation.score_table(embed(encoder, genuine[0]), genuine[1], 5, "partial")
    assert history.epochs[RATE].item() == pytest.approx(
        evaluation.equal_error_rates(scores)["random"]
    )


def test_there_are_fewer_references_where_a_writer_has_few_signatures():
    _, table = OTHERS
    is_fourth_or_later = (table["kind"] == "genuine") & (table["sample"] > "2")
    is_first_writer = table["writer"] == "w100"
    images, table = keep(OTHERS, ~(is_fourth_or_later & is_first_writer))
    scores = watching.validation_scores(make_encoder(), images, table)
    assert set(scores["references"]) == {2}  # of three, one is questioned
    assert set(scores["fusion"]) == {"partial"}


def stopping_after(rates, patience, earlier=()):
    """Return how many of these rates early stopping looks at."""
    callback = Stopping(patience, list(earlier))
    callback.set_model(keras.Model())
    callback.model.stop_training = False
    callback.on_train_begin()
    for epoch, rate in enumerate(rates, start=len(earlier)):
        callback.on_epoch_end(epoch, {RATE: rate})
        if callback.model.stop_training:
            return epoch + 1
    return len(earlier) + len(rates)


@pytest.mark.parametrize("cut", range(1, 7))
def test_stopping_counts_the_epochs_before_an_interruption(cut):
    rates = [0.4, 0.3, 0.35, 0.31, 0.3, 0.2, 0.1]
    uninterrupted = stopping_after(rates, patience=3)
    assert uninterrupted == 5
    if cut < uninterrupted:
        assert stopping_after(rates[cut:], patience=3, earlier=rates[:cut]) == uninterrupted


def model_with(schedule):
    """Make a model with nothing but an optimizer that follows the schedule."""
    model = keras.Model()
    model.optimizer = keras.optimizers.AdamW(schedule)
    model.stop_training = False
    return model


@pytest.mark.parametrize(("a_step", "expected"), [(1.0, 1000), (2.0, 500), (4.0, 250)])
def test_a_slow_machine_gets_as_many_steps_as_fit_and_the_schedule_ends_with_them(
    monkeypatch, a_step, expected
):
    clock = Clock()
    monkeypatch.setattr(watching, "time", clock)
    schedule = WarmUpCosine(0.01, 1000)
    limit = TimeLimit(1000.0, schedule)
    model = model_with(schedule)
    limit.set_model(model)
    limit.on_train_begin()
    made = 0
    while not model.stop_training:
        clock.now += a_step
        made += 1
        model.optimizer.iterations.assign(made)
        limit.on_train_batch_end(made)
        if made % 100 == 0:
            limit.on_epoch_end(made // 100)
    assert made == pytest.approx(expected, abs=2)
    assert watching.count(schedule.steps) == made
    assert float(schedule(made - 1)) < 0.001 * 0.01


def test_time_that_validation_takes_is_left_for_it(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(watching, "time", clock)
    schedule = WarmUpCosine(0.01, 1000)
    limit = TimeLimit(1000.0, schedule)
    model = model_with(schedule)
    limit.set_model(model)
    limit.on_train_begin()
    made = 0
    while not model.stop_training:
        clock.now += 1.0
        made += 1
        model.optimizer.iterations.assign(made)
        limit.on_train_batch_end(made)
        if made % 100 == 0 and not model.stop_training:
            clock.now += 100.0  # a validation takes as long as the steps before
            limit.on_epoch_end(made // 100)
    # Another validation follows the last step.
    assert clock.now + 100 == pytest.approx(1000, abs=10)
    assert made == pytest.approx(500, abs=5)


def test_the_time_after_an_interruption_is_for_the_steps_that_are_left(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(watching, "time", clock)
    schedule = WarmUpCosine(0.01, 1000)
    limit = TimeLimit(200.0, schedule)
    model = model_with(schedule)
    limit.set_model(model)
    limit.on_train_begin()
    model.optimizer.iterations.assign(600)  # the backup is restored by another callback
    made = 600
    while not model.stop_training:
        clock.now += 1.0
        made += 1
        model.optimizer.iterations.assign(made)
        limit.on_train_batch_end(made)
    assert made == watching.count(schedule.steps) == pytest.approx(800, abs=2)


def test_one_slow_step_among_the_first_does_not_shorten_the_plan(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(watching, "time", clock)
    schedule = WarmUpCosine(0.01, 1000)
    limit = TimeLimit(1100.0, schedule)
    model = model_with(schedule)
    limit.set_model(model)
    limit.on_train_begin()
    for step in range(1, watching.STEPS_TO_TIME + 1):
        clock.now += 40.0 if step == 3 else 1.0
        model.optimizer.iterations.assign(step)
        limit.on_train_batch_end(step)
    assert watching.count(schedule.steps) == 1000


def test_a_training_that_was_cut_says_so(monkeypatch):
    monkeypatch.setattr(watching, "STEPS_TO_TIME", 2)
    history = train(make_encoder(), CORPUS, settings=replace(QUICK, seconds=1e-6))
    assert history.steps < QUICK.steps
    assert history.notes == (
        f"This machine was too slow for {QUICK.steps} steps in 1e-06 s and made {history.steps}.",
    )


def test_a_loss_that_is_no_number_is_named_with_the_step_and_the_cure():
    def broken(identity, embeddings):
        return losses.contrastive(identity, embeddings) * np.nan

    with pytest.raises(
        FloatingPointError, match=r"loss: is nan at step 1; lower the learning rate"
    ):
        train(make_encoder(), CORPUS, settings=replace(QUICK, loss=broken))
