"""Training on a small world: what is learned, kept, refused and noted."""

import gc
import math
import time
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import QUICK, keep, make_corpus, make_encoder

from deepsign_helpers import evaluation, losses
from deepsign_helpers.encoders import embed
from deepsign_helpers.evaluation import DIFFERENT, SAME
from deepsign_helpers.training import cross_validate, fit, learning_rate_at
from deepsign_helpers.training.fit import LOSSES, half_precision, loss_function

IMAGES, TABLE = make_corpus()
OTHERS = make_corpus(seed=1)


def skilled_rate(encoder, images, table):
    scores = evaluation.score_table(embed(encoder, images), table, 5, "normalised")
    return evaluation.equal_error_rates(scores)["skilled"]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_falls(loss):
    history = fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, loss=loss, steps=40))
    assert history.steps["loss"].tail(5).mean() < 0.9 * history.steps["loss"].head(5).mean()


def test_writers_never_seen_are_told_apart_better_than_before():
    encoder = make_encoder()
    before = skilled_rate(encoder, *OTHERS)
    history = fit(encoder, IMAGES, TABLE, OTHERS, replace(QUICK, steps=60))
    assert skilled_rate(encoder, *OTHERS) < before - 0.1
    assert history.health.name == "healthy"


def test_the_seed_repeats_a_run():
    one, again, other = (fit(make_encoder(), IMAGES, TABLE, OTHERS, QUICK, seed=seed) for seed in (4, 4, 5))
    assert one.steps["loss"].to_numpy() == pytest.approx(again.steps["loss"].to_numpy(), rel=1e-4)
    assert abs(one.steps["loss"] - other.steps["loss"]).max() > 0.01


def test_a_finished_training_leaves_no_graph_in_memory():
    def graphs() -> int:
        gc.collect()
        return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())

    before = graphs()
    fit(make_encoder(), *make_corpus(), settings=replace(QUICK, steps=2))
    assert graphs() <= before


def test_the_encoder_ends_with_the_weights_of_its_best_validation():
    encoder = make_encoder()
    history = fit(encoder, IMAGES, TABLE, OTHERS, replace(QUICK, steps=30, learning_rate=0.3))
    rates = history.validations.set_index("step")["equal_error_rate"]
    assert history.equal_error_rate == rates.min()
    assert history.best_step == rates.idxmin()
    assert skilled_rate(encoder, *OTHERS) == pytest.approx(history.equal_error_rate)


def test_training_stops_when_validation_no_longer_improves():
    history = fit(make_encoder(), IMAGES, TABLE, OTHERS, replace(QUICK, learning_rate=0.0, steps=400, patience=2))
    assert history.validations["step"].iloc[-3] == history.best_step
    assert len(history.steps) == history.best_step + 2 * QUICK.validate_every < 400


def test_without_validation_the_last_weights_are_kept():
    history = fit(make_encoder(), IMAGES, TABLE, settings=QUICK)
    assert history.best_step == 12
    assert math.isnan(history.equal_error_rate)
    assert history.validations.empty


def test_validation_goes_by_random_forgeries_where_there_are_no_others():
    images, table = keep(OTHERS, OTHERS[1]["kind"] == "genuine")
    history = fit(make_encoder(), IMAGES, TABLE, (images, table), QUICK)
    assert history.validations["equal_error_rate"].between(0, 1).all()


def test_the_checkpoint_is_the_best_encoder(tmp_path):
    encoder = make_encoder()
    fit(encoder, IMAGES, TABLE, OTHERS, QUICK, checkpoint=tmp_path / "best.keras")
    loaded = keras.models.load_model(tmp_path / "best.keras")
    assert np.array_equal(embed(loaded, OTHERS[0]), embed(encoder, OTHERS[0]))
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]


def test_a_checkpoint_cut_off_leaves_the_last_one_whole(tmp_path, monkeypatch):
    encoder = make_encoder()
    fit(encoder, IMAGES, TABLE, settings=QUICK, checkpoint=tmp_path / "best.keras")
    before = (tmp_path / "best.keras").read_bytes()

    def half_written(path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(encoder, "save", half_written)
    with pytest.raises(KeyboardInterrupt):
        fit(encoder, IMAGES, TABLE, settings=QUICK, checkpoint=tmp_path / "best.keras")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


def test_a_loss_that_is_no_number_is_named_with_the_step_and_the_cure():
    def broken(identity, embeddings):
        return losses.contrastive(identity, embeddings) * np.nan

    with pytest.raises(FloatingPointError, match=r"loss: is nan at step 1; lower the learning rate \(0.01\)"):
        fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, loss=broken))


def test_mixed_precision_and_xla_are_off_without_a_gpu_and_say_why():
    history = fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, mixed_precision=True, xla=True))
    assert [note.split(":")[0] for note in history.notes] == ["Mixed precision is off", "XLA is off"]


def test_half_precision_computes_in_float16_ends_in_float32_and_leaves_nothing_behind():
    encoder = make_encoder()
    before = embed(encoder, IMAGES)
    with half_precision(encoder, True):
        dense = next(layer for layer in encoder.layers if isinstance(layer, keras.layers.Dense))
        assert (dense.compute_dtype, dense.kernel.dtype) == ("float16", "float32")
        embeddings = np.asarray(encoder(IMAGES))
        assert embeddings.dtype == np.float32
        assert np.linalg.norm(embeddings, axis=1) == pytest.approx(1, abs=1e-5)
        assert not np.array_equal(embeddings, before)
        assert embeddings == pytest.approx(before, abs=0.02)
    assert all(layer.compute_dtype == "float32" for layer in encoder.layers)


def test_a_machine_too_slow_for_the_time_makes_fewer_steps_and_says_so():
    def slow(seed):
        def recipe(image):
            time.sleep(0.005)
            return {"image": image}

        return recipe

    wanted = replace(QUICK, steps=1000, seconds=4, recipe=slow)
    history = fit(make_encoder(), IMAGES, TABLE, OTHERS, wanted)
    made = len(history.steps)
    assert 12 < made < 100
    assert history.seconds < 6
    assert history.notes == (f"This machine was too slow for 1000 steps in 4 s and made {made}.",)
    assert history.steps["learning_rate"].iloc[-1] < 0.2 * 0.01


@given(st.integers(1, 500), st.floats(0, 0.5))
@settings(deadline=None)
def test_the_learning_rate_rises_to_its_peak_once_and_falls_without_reaching_zero(steps, warm_up):
    wanted = replace(QUICK, warm_up=warm_up, learning_rate=0.5)
    rates = np.array([learning_rate_at(step, steps, wanted) for step in range(1, steps + 1)])
    peak = int(rates.argmax())
    assert rates[peak] == pytest.approx(0.5)
    assert (np.diff(rates[: peak + 1]) > 0).all() and (np.diff(rates[peak:]) < 0).all()
    assert (rates > 0).all()


def test_writers_on_both_sides_are_refused():
    with pytest.raises(ValueError, match=r"writer w000 is in training too, like 7 others; split by writer"):
        fit(make_encoder(), IMAGES, TABLE, (IMAGES, TABLE), QUICK)


def test_images_and_table_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="table: 80 rows for 79 images"):
        fit(make_encoder(), IMAGES[1:], TABLE, settings=QUICK)
    with pytest.raises(ValueError, match="validation: 80 rows for 79 images"):
        fit(make_encoder(), IMAGES, TABLE, (OTHERS[0][1:], OTHERS[1]), QUICK)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"loss": "hinge"}, "loss: 'hinge' is not known; choose from contrastive, triplet, supervised_contrastive"),
        ({"loss": "triplet", "class_weight": "balanced"}, "class_weight: belongs to a loss over pairs"),
        ({"steps": 0}, "settings: steps 0, validate_every 4; give 1 or more"),
        ({"validate_every": 0}, "settings: steps 12, validate_every 0; give 1 or more"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, **changes))


@pytest.mark.parametrize(
    "left_out", ["writer > 'w100'", "writer > 'w100' or kind == 'forged'", "kind == 'genuine' and sample > '0'"]
)
def test_a_validation_without_two_writers_to_tell_apart_is_refused_before_training(left_out):
    encoder = make_encoder()
    before = embed(encoder, IMAGES)
    others = keep(OTHERS, ~OTHERS[1].eval(left_out))
    with pytest.raises(ValueError, match=r"validation: \d writers have two genuine signatures; give two such writers"):
        fit(encoder, IMAGES, TABLE, others, QUICK)
    assert np.array_equal(embed(encoder, IMAGES), before)


def test_balanced_class_weights_let_both_classes_count_alike():
    identity = np.array([(writer, genuine) for writer in range(3) for genuine in (1, 1, 0)])
    embeddings = embed(make_encoder(), IMAGES[:9])
    weighted = loss_function(replace(QUICK, loss="contrastive", class_weight="balanced"), identity)
    alone = [
        losses.contrastive(identity, embeddings, class_weight=w)
        for w in ({SAME: 1, DIFFERENT: 0}, {SAME: 0, DIFFERENT: 1})
    ]
    assert float(weighted(identity, embeddings)) == pytest.approx(float(sum(alone)) / 2, rel=1e-5)


def test_folds_judge_every_writer_once_and_never_one_they_trained_on():
    seen = []

    def build():
        seen.append(make_encoder())
        return seen[-1]

    folds = cross_validate(build, IMAGES, TABLE, QUICK, n_splits=4)
    assert len(seen) == 4
    assert folds["writers"].tolist() == [2, 2, 2, 2]
    assert folds[["skilled", "random"]].stack().between(0, 1).all()
    assert isinstance(folds, pd.DataFrame)
