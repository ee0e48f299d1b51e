"""Encoders against NumPy alone, the table of the design, and what Keras must be able to load."""

from functools import partial

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import encoders

SIZES = [(128, 256), (64, 128), (32, 64)]
BLOCK_MAKERS = [partial(encoders.block_encoder, block=block) for block in encoders.BLOCKS]
MAKERS = [encoders.lightweight_encoder, encoders.attentive_encoder, *BLOCK_MAKERS]
# DESIGN.md's table: (filters, pooled afterwards) and what each convolution and its batch norm hold.
LIGHTWEIGHT = [(32, True), (32, False), (64, True), (64, False), (128, True), (128, False)]
CONVOLUTIONS = [288, 9216, 18432, 36864, 73728, 147456]
NORMS = [128, 128, 256, 256, 512, 512]


def images(count, size=(32, 64), seed=0):
    return np.random.default_rng(seed).random((count, *size, 1), np.float32)


def used(encoder, seed=0):
    """Give an encoder the batch-norm statistics of a trained one: none of them 0 or 1."""
    rng = np.random.default_rng(seed)
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(
                [rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()]
            )
    return encoder


@pytest.fixture(scope="module")
def lightweight():
    keras.utils.set_random_seed(0)
    return used(encoders.lightweight_encoder((32, 64, 1)))


@pytest.fixture(scope="module")
def attentive():
    keras.utils.set_random_seed(0)
    return used(encoders.attentive_encoder((32, 64, 1)))


class ByHand:
    """The lightweight encoder in NumPy alone, which counts each product of weight and value."""

    def __init__(self, weights):
        self.weights = iter(weights)
        self.parameters = 0
        self.macs = 0

    def take(self):
        weight = next(self.weights)
        self.parameters += weight.size
        return weight

    def convolve(self, x):
        kernel = self.take()
        height, width, _ = x.shape
        framed = np.pad(x, ((1, 1), (1, 1), (0, 0)))
        out = np.zeros((height, width, kernel.shape[3]))
        for i, j in np.ndindex(3, 3):
            window = framed[i : i + height, j : j + width].reshape(-1, x.shape[2])
            out += (window @ kernel[i, j]).reshape(out.shape)
            self.macs += len(window) * kernel[i, j].size
        return out

    def normalise(self, x):
        scale = self.take()
        offset = self.take()
        mean = self.take()
        variance = self.take()
        return scale * (x - mean) / np.sqrt(variance + 1e-3) + offset

    def embed(self, x):
        for _, pooled in LIGHTWEIGHT:
            x = np.maximum(self.normalise(self.convolve(x)), 0)
            if pooled:
                x = np.max([x[i::2, j::2] for i in (0, 1) for j in (0, 1)], axis=0)
        kernel = self.take()
        self.macs += kernel.size
        x = self.normalise(x.mean(axis=(0, 1)) @ kernel)
        return x / np.sqrt(np.sum(x**2))


def test_the_lightweight_encoder_computes_and_costs_what_numpy_computes_and_counts(lightweight):
    image = images(1)[0]
    by_hand = ByHand(lightweight.get_weights())
    expected = by_hand.embed(image.astype(np.float64))
    np.testing.assert_allclose(encoders.embed(lightweight, image[None])[0], expected, atol=2e-5)
    table = encoders.layer_table(lightweight)
    assert table["macs"].sum() == by_hand.macs
    assert table["parameters"].sum() == by_hand.parameters == lightweight.count_params() == 304_672


@pytest.mark.parametrize("size", SIZES)
def test_the_lightweight_encoder_has_the_designed_layers_at_any_size(size):
    encoder = encoders.lightweight_encoder((*size, 1))
    table = encoders.layer_table(encoder).set_index("layer")
    height, width = size
    for number, (filters, pooled) in enumerate(LIGHTWEIGHT, start=1):
        assert table.loc[f"conv_{number}", "output"] == (height, width, filters)
        assert table.loc[f"conv_{number}", "parameters"] == CONVOLUTIONS[number - 1]
        assert table.loc[f"conv_{number}_norm", "parameters"] == NORMS[number - 1]
        assert (f"conv_{number}_pool" in table.index) == pooled
        if pooled:
            height, width = height // 2, width // 2
        for suffix in ("_pool", "_norm", "_relu")[not pooled :]:
            assert table.loc[f"conv_{number}{suffix}", "output"] == (height, width, filters)
    assert list(table["parameters"].tail(4)) == [0, 16384, 512, 0]
    assert set(table["output"].tail(4)) == {(128,)}
    assert encoder.count_params() == 304_672
    assert sum(weight.size for weight in (w.numpy() for w in encoder.trainable_weights)) == 303_520


def test_cost_falls_fourfold_with_each_halving_of_the_side():
    tables = [encoders.layer_table(encoders.lightweight_encoder((*size, 1))) for size in SIZES]
    full, half, quarter = [table["macs"].sum() for table in tables]
    assert full == 537_935_872
    assert full / half == pytest.approx(4, rel=1e-3)
    assert full / quarter == pytest.approx(16, rel=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_the_attentive_encoder_stays_under_a_million_parameters_and_the_lightweight_ones_arithmetic(
    size,
):
    attentive = encoders.layer_table(encoders.attentive_encoder((*size, 1)))
    lightweight = encoders.layer_table(encoders.lightweight_encoder((*size, 1)))
    assert attentive["parameters"].sum() < 1_000_000
    assert attentive["macs"].sum() < lightweight["macs"].sum()
    joined = " ".join(attentive["layer"])
    assert all(
        word in joined for word in ("residual", "dense", "channel_attention", "spatial_attention")
    )


def test_a_block_encoder_has_three_blocks_of_its_sort_and_an_unknown_sort_is_refused():
    for block, telling in {
        "residual": "residual_3_add",
        "dense": "dense_3_join_4",
        "attention": "attention_3_places",
    }.items():
        layers = encoders.layer_table(encoders.block_encoder((32, 64, 1), block))
        assert telling in set(layers["layer"])
        assert layers.set_index("layer")["output"]["pool_3"] == (4, 8, 128)
    with pytest.raises(
        ValueError, match="block 'plain' is not known; choose from residual, dense, attention"
    ):
        encoders.block_encoder((32, 64, 1), "plain")


@pytest.mark.parametrize("make", MAKERS)
@settings(max_examples=5, deadline=None)
@given(height=st.integers(8, 40), width=st.integers(8, 70))
def test_any_input_size_gives_unit_vectors(make, height, width):
    embeddings = encoders.embed(make((height, width, 1)), images(2, (height, width)))
    assert embeddings.shape == (2, 128)
    np.testing.assert_allclose(np.sum(embeddings**2, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("size", [(7, 64), (64, 4)])
def test_an_input_too_small_to_pool_is_refused(make, size):
    with pytest.raises(
        ValueError,
        match=f"input_shape: {size[0]}×{size[1]} pixels cannot be halved three times; use",
    ):
        make((*size, 1))


def test_a_dense_block_hands_every_map_on_and_a_residual_block_of_zero_weights_hands_on_its_input():
    inputs = keras.Input((8, 8, 4))
    image = images(1, (8, 32)).reshape(1, 8, 8, 4)
    dense = keras.Model(
        inputs, encoders.dense_block(inputs, convolutions=3, growth=5, name="dense")
    )
    assert dense.output_shape == (None, 8, 8, 4 + 3 * 5)
    np.testing.assert_array_equal(dense.predict_on_batch(image)[..., :4], image)
    residual = keras.Model(inputs, encoders.residual_block(inputs, 4, name="residual"))
    residual.get_layer("residual_conv_2").set_weights([np.zeros((3, 3, 4, 4))])
    np.testing.assert_array_equal(residual.predict_on_batch(image), image)


@pytest.mark.parametrize("stage", ["residual", "dense"])
def test_attention_maps_lie_between_0_and_1_and_multiply_the_features(attentive, stage):
    channel = attentive.get_layer(f"{stage}_channel_attention")
    spatial = attentive.get_layer(f"{stage}_spatial_attention")
    maps = [attentive.get_layer(f"{layer.name}_map").output for layer in (channel, spatial)]
    before = channel.input[0]
    network = keras.Model(attentive.inputs, [before, *maps, spatial.output])
    features, over_channels, over_places, weighted = network.predict_on_batch(images(3))
    assert over_channels.shape == (3, 1, 1, features.shape[3])
    assert over_places.shape == (*features.shape[:3], 1)
    for weights in (over_channels, over_places):
        assert weights.min() >= 0 and weights.max() <= 1 and np.ptp(weights) > 0
    np.testing.assert_allclose(
        weighted, features * over_channels * over_places, rtol=1e-5, atol=1e-6
    )


def test_channel_attention_agrees_with_the_published_equation():
    inputs = keras.Input((6, 5, 16))
    network = keras.Model(inputs, encoders.channel_attention(inputs, "attention", reduction=4))
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 16)).astype(np.float32)
    squeeze, squeeze_bias, excite, excite_bias = network.get_weights()
    answers = sum(
        np.maximum(summary @ squeeze + squeeze_bias, 0) @ excite + excite_bias
        for summary in (x.mean(axis=(1, 2)), x.max(axis=(1, 2)))
    )
    expected = x / (1 + np.exp(-answers))[:, None, None, :]
    np.testing.assert_allclose(network.predict_on_batch(x), expected, atol=1e-5)


def test_siamese_distance_is_euclidean_symmetric_and_zero_for_identical_images(lightweight):
    network = encoders.siamese(lightweight)
    left, right = images(5, seed=1), images(5, seed=2)
    distances = network.predict_on_batch([left, right])
    assert distances.dtype == np.float32 and distances.shape == (5,)
    expected = np.linalg.norm(
        encoders.embed(lightweight, left) - encoders.embed(lightweight, right), axis=1
    )
    np.testing.assert_allclose(distances, expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(distances, network.predict_on_batch([right, left]))
    np.testing.assert_allclose(network.predict_on_batch([left, left]), 0, atol=1e-5)
    assert network.count_params() == lightweight.count_params()


@pytest.mark.parametrize("same", [True, False])
def test_gradients_are_finite_where_two_images_coincide(lightweight, same):
    tf = pytest.importorskip("tensorflow")
    network = encoders.siamese(lightweight)
    left = images(2)
    right = left if same else images(2, seed=1)
    with tf.GradientTape() as tape:
        distances = network([left, right])
    gradients = [
        tf.convert_to_tensor(gradient).numpy()
        for gradient in tape.gradient(distances, network.trainable_weights)
    ]
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert any(np.abs(gradient).max() > 0 for gradient in gradients) == (not same)


@pytest.mark.parametrize("name", ["lightweight", "attentive"])
def test_saved_models_load_in_safe_mode_and_answer_the_same(name, tmp_path, request):
    encoder = request.getfixturevalue(name)
    expected = encoders.embed(encoder, images(3))
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.saving.load_model(tmp_path / "encoder.keras", safe_mode=True, compile=False)
    np.testing.assert_array_equal(encoders.embed(loaded, images(3)), expected)
    encoders.siamese(encoder).save(tmp_path / "siamese.keras")
    network = keras.saving.load_model(tmp_path / "siamese.keras", safe_mode=True, compile=False)
    distances = network.predict_on_batch([images(3), images(3)[::-1]])
    np.testing.assert_allclose(
        distances, np.linalg.norm(expected - expected[::-1], axis=1), atol=1e-5
    )


@pytest.mark.parametrize("make", MAKERS)
def test_mixed_precision_still_gives_float32_unit_vectors_and_distances(make):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        encoder = make((32, 64, 1))
        network = encoders.siamese(encoder)
    finally:
        keras.config.set_dtype_policy("float32")
    assert encoder.get_layer("embedding").compute_dtype == "float16"
    embeddings = encoder.predict_on_batch(images(4))
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    assert network.predict_on_batch([images(4), images(4, seed=1)]).dtype == np.float32


def test_embeddings_do_not_depend_on_the_batch_they_are_computed_in(lightweight):
    together = encoders.embed(lightweight, images(7))
    np.testing.assert_allclose(
        encoders.embed(lightweight, images(7), batch_size=3), together, atol=1e-5
    )
    np.testing.assert_allclose(
        encoders.embed(lightweight, images(7)[4:5])[0], together[4], atol=1e-5
    )
    assert together.dtype == np.float32
    assert encoders.embed(lightweight, images(0)).shape == (0, 128)


def test_embedding_does_not_train_and_sees_new_weights():
    encoder = encoders.lightweight_encoder((8, 16, 1))
    before = [weight.copy() for weight in encoder.get_weights()]
    first = encoders.embed(encoder, images(2, (8, 16)))
    for kept, now in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    encoder.set_weights([-weight if weight.ndim == 4 else weight for weight in before])
    assert np.abs(encoders.embed(encoder, images(2, (8, 16))) - first).max() > 0.1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            np.zeros((2, 32, 64, 1), np.uint8),
            "images: uint8 where float32 is needed; pass them through",
        ),
        (np.zeros((2, 32, 64, 1)), "images: float64 where float32 is needed"),
        (images(1)[0], r"images: shape \(32, 64, 1\) where \(n, 32, 64, 1\) is needed"),
        (images(2, (64, 128)), r"images: shape \(2, 64, 128, 1\) where \(n, 32, 64, 1\) is needed"),
    ],
)
def test_images_that_were_not_prepared_for_this_encoder_are_refused(lightweight, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        encoders.embed(lightweight, wrong)


def test_a_layer_whose_arithmetic_is_not_counted_is_refused():
    inputs = keras.Input((8, 8, 4))
    network = keras.Model(inputs, keras.layers.DepthwiseConv2D(3, name="depthwise")(inputs))
    with pytest.raises(
        ValueError, match="depthwise: the arithmetic of a DepthwiseConv2D is not counted here"
    ):
        encoders.layer_table(network)
