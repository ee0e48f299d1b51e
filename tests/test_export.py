"""An encoder exported to ONNX and run without Keras: the same embeddings, the same error rates."""

import warnings

import keras
import numpy as np
import onnxruntime
import pytest

from deepsign_helpers import corpora, encoders, evaluation, runtime
from deepsign_helpers.preprocessing import prepare_all

SIZE = (32, 64)


@pytest.fixture(scope="module")
def corpus():
    """Images and table of eight writers of the small corpus."""
    table = corpora.load(runtime.data_folder())
    table = table[table["writer"].isin(sorted(set(table["writer"]))[:8])].reset_index(drop=True)
    return prepare_all(table, SIZE), table


@pytest.fixture(scope="module", params=[encoders.lightweight_encoder, encoders.attentive_encoder])
def exported(request, corpus, tmp_path_factory):
    """An encoder with batch statistics of these images, and a session that runs its export."""
    keras.utils.set_random_seed(0)
    encoder = request.param((*SIZE, 1))
    for _ in range(20):
        encoder(corpus[0][:32], training=True)
    path = tmp_path_factory.mktemp("onnx") / "encoder.onnx"
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "In the future `np.object`", FutureWarning
        )  # tf2onnx, or Keras for it
        encoder.export(path, format="onnx", verbose=False)
    return encoder, onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def run(session, images):
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def test_an_exported_encoder_embeds_real_images_as_the_encoder_does(exported, corpus):
    encoder, session = exported
    expected = encoders.embed(encoder, corpus[0])
    assert np.abs(run(session, corpus[0]) - expected).max() < 1e-5
    assert np.ptp(expected, axis=0).max() > 0.001


@pytest.mark.parametrize("count", [1, 3])
def test_an_exported_encoder_takes_any_number_of_images(exported, corpus, count):
    encoder, session = exported
    images = corpus[0][:count]
    assert run(session, images) == pytest.approx(encoders.embed(encoder, images), abs=1e-5)


def test_an_exported_encoder_has_the_same_error_rates(exported, corpus):
    encoder, session = exported
    images, table = corpus
    of_encoder = evaluation.score_table(encoders.embed(encoder, images), table, 5, "normalised")
    of_export = evaluation.score_table(run(session, images), table, 5, "normalised")
    expected = evaluation.equal_error_rates(of_encoder)
    found = evaluation.equal_error_rates(of_export)
    assert found == pytest.approx(expected, abs=1e-6)
    assert set(expected) == {"skilled", "random"}
    assert all(0 < rate < 0.6 for rate in expected.values())
