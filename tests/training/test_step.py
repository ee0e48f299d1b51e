"""A step of training: its loss, its learning rate, and the same result on one device and on two."""

import gc
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import QUICK, make_corpus, make_encoder

from deepsign_helpers import losses, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.evaluation import DIFFERENT, SAME
from deepsign_helpers.training import fit, learning_rate_at
from deepsign_helpers.training.step import LOSSES, loss_function, while_training

IMAGES, TABLE = make_corpus()


@given(st.integers(1, 500), st.floats(0, 0.5))
@settings(deadline=None)
def test_the_learning_rate_rises_to_its_peak_once_and_falls_without_reaching_zero(steps, warm_up):
    wanted = replace(QUICK, warm_up=warm_up, learning_rate=0.5)
    rates = np.array([learning_rate_at(step, steps, wanted) for step in range(1, steps + 1)])
    peak = int(rates.argmax())
    assert rates[peak] == pytest.approx(0.5)
    assert (np.diff(rates[: peak + 1]) > 0).all() and (np.diff(rates[peak:]) < 0).all()
    assert (rates > 0).all()


def test_balanced_class_weights_let_both_classes_count_alike():
    identity = np.array([(writer, genuine) for writer in range(3) for genuine in (1, 1, 0)])
    embeddings = embed(make_encoder(), IMAGES[:9])
    weighted = loss_function(replace(QUICK, loss="contrastive", class_weight="balanced"), identity)
    alone = [
        losses.contrastive(identity, embeddings, class_weight=w)
        for w in ({SAME: 1, DIFFERENT: 0}, {SAME: 0, DIFFERENT: 1})
    ]
    assert float(weighted(identity, embeddings)) == pytest.approx(float(sum(alone)) / 2, rel=1e-5)


def test_a_finished_training_leaves_no_graph_in_memory():
    def graphs() -> int:
        gc.collect()
        return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())

    before = graphs()
    fit(make_encoder(), *make_corpus(), settings=replace(QUICK, steps=2))
    assert graphs() <= before


def test_mixed_precision_and_xla_are_off_without_a_gpu_and_say_why():
    history = fit(
        make_encoder(), IMAGES, TABLE, settings=replace(QUICK, mixed_precision=True, xla=True)
    )
    assert [note.split(":")[0] for note in history.notes] == [
        "Mixed precision is off",
        "XLA is off",
    ]


def test_half_precision_computes_in_float16_ends_in_float32_and_leaves_nothing_behind():
    encoder = make_encoder()
    before = embed(encoder, IMAGES)
    with while_training(encoder, half=True):
        dense = next(layer for layer in encoder.layers if isinstance(layer, keras.layers.Dense))
        assert (dense.compute_dtype, dense.kernel.dtype) == ("float16", "float32")
        embeddings = np.asarray(encoder(IMAGES))
        assert embeddings.dtype == np.float32
        assert np.linalg.norm(embeddings, axis=1) == pytest.approx(1, abs=1e-5)
        assert not np.array_equal(embeddings, before)
        assert embeddings == pytest.approx(before, abs=0.02)
    assert all(layer.compute_dtype == "float32" for layer in encoder.layers)


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    """What came of trainings on one device and on two."""
    script, path = (
        Path(__file__).with_name("two_devices.py"),
        tmp_path_factory.mktemp("devices") / "made.npz",
    )
    environment = os.environ | {
        "PYTHONPATH": str(runtime.PACKAGE_FOLDER.parent),
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    result = subprocess.run(
        [sys.executable, script, path], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-2000:]
    with np.load(path) as file:
        return dict(file)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("what", ["losses", "rates", "embeddings", "means"])
def test_two_devices_train_what_one_trains(devices, loss, what):
    one, two = (devices[f"{loss} {name} {what}"] for name in ("one", "two"))
    np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-4)
    assert what != "losses" or (len(one) == QUICK.steps and np.ptp(one) > 0.01)


@pytest.mark.parametrize("what", ["losses", "rates", "embeddings", "means"])
def test_a_training_on_two_devices_that_was_interrupted_goes_on_to_the_same_result(devices, what):
    expected = devices[f"supervised_contrastive two {what}"]
    np.testing.assert_allclose(devices[f"interrupted two {what}"], expected, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_under_two_devices_an_image_has_one_embedding(devices, loss):
    for name in ("one", "two"):
        embeddings = devices[f"{loss} {name} embeddings"]
        assert len(embeddings) == 90
        np.testing.assert_allclose(devices[f"{loss} {name} within"], embeddings[:7], atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_batch_normalisation_goes_over_all_devices_only_while_training(devices, loss):
    for name in ("one", "two"):
        synchronized = devices[f"{loss} {name} synchronized"]
        assert len(synchronized) == 1 and not synchronized.any()


def test_a_batch_that_two_devices_cannot_share_is_refused(devices):
    assert (
        devices["refusals"].tolist()
        == ["settings: 3 writers a batch for 2 devices; give a multiple."] * 2
    )
