"""The exercises of chapter 04: right however they are solved, and no usual slip passes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from deepsign_helpers.exercises import chapter_04, check


def by_formula(side, channels, filters):
    return side**2 * channels * filters + 4 * filters


def by_layers(side, channels, filters):
    network = keras.Sequential([keras.Input((5, 5, channels))])
    network.add(layers.Conv2D(filters, side, use_bias=False, padding="same"))
    network.add(layers.BatchNormalization())
    return sum(layer.count_params() for layer in network.layers)


def field_by_shaking(network, images):
    """Change one column at a time, and see whether the middle cell of any image notices."""
    cells = network(images)
    middle = (slice(None), cells.shape[1] // 2, cells.shape[2] // 2)
    unchanged = np.asarray(cells)[middle]
    noticed = 0
    for column in range(images.shape[2]):
        changed = images.numpy()
        changed[:, :, column] += np.float32(1e-3) * np.arange(1, 33)[:, None]
        noticed += not np.array_equal(np.asarray(network(changed))[middle], unchanged)
    return noticed


def by_normalize(vectors, smallest=1e-12):
    return ops.normalize(vectors, axis=1, epsilon=smallest)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("4.1", by_formula),
        ("4.1", by_layers),
        ("4.2", field_by_shaking),
        ("4.3", by_normalize),
    ],
)
def test_another_way_to_the_same_answer_is_right(number, answer):
    assert check(number, answer).passed is True


def test_a_field_measured_is_the_field_computed():
    trials = chapter_04.networks_to_look_through().values()
    # (kernel − 1) · distance of neighbouring cells, for each layer, and the cell itself
    computed = [1 + 2, 1 + 2 + 3 + 2 * 4, 1 + 4 + 4 * 2]
    assert [chapter_04.receptive_field(*arguments) for arguments in trials] == computed


def test_no_image_alone_shows_the_whole_field_behind_a_pooling():
    network, images = chapter_04.networks_to_look_through()[
        "convolution, pooling over 4×4 cells, convolution"
    ]
    whole = chapter_04.receptive_field(network, images)
    assert all(chapter_04.receptive_field(network, image[None]) < whole for image in images)


def without_normalisation(side, channels, filters):
    return side**2 * channels * filters


def with_bias_and_only_what_is_trained(side, channels, filters):
    return side**2 * channels * filters + 3 * filters


def of_one_channel(side, channels, filters):
    return side**2 * filters + 4 * filters


def field_of_the_corner(network, images):
    slopes = slopes_of(network, images, lambda cells: cells[:, 0, 0])
    return np.count_nonzero(slopes.any(axis=(0, 1, 3)))


def field_in_rows(network, images):
    slopes = slopes_of(network, images, lambda cells: middle_of(cells))
    return np.count_nonzero(slopes.any(axis=(0, 2, 3)))


def field_of_rising_slopes(network, images):
    slopes = slopes_of(network, images, lambda cells: middle_of(cells))
    return np.count_nonzero((slopes > 0).any(axis=(0, 1, 3)))


def field_in_the_middle_row(network, images):
    slopes = slopes_of(network, images, lambda cells: middle_of(cells))
    return np.count_nonzero(slopes[:, 16].any(axis=(0, 2)))


def field_counted_in_all_images(network, images):
    slopes = slopes_of(network, images, lambda cells: middle_of(cells))
    return np.count_nonzero(slopes)


def middle_of(cells):
    return cells[:, cells.shape[1] // 2, cells.shape[2] // 2]


def slopes_of(network, images, choose):
    with tf.GradientTape() as tape:
        tape.watch(images)
        answer = choose(network(images))
    return tape.gradient(answer, images).numpy()


def unit_by_the_layer(vectors, smallest=1e-12):
    return layers.UnitNormalization()(vectors)


def unit_sum(vectors, smallest=1e-12):
    return vectors / ops.maximum(ops.norm(vectors, ord=1, axis=1, keepdims=True), smallest)


def unit_of_the_whole_batch(vectors, smallest=1e-12):
    return vectors / ops.maximum(ops.norm(vectors), smallest)


def unit_without_root(vectors, smallest=1e-12):
    return vectors / ops.maximum(ops.sum(vectors**2, axis=1, keepdims=True), smallest)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("4.1", without_normalisation),
        ("4.1", with_bias_and_only_what_is_trained),
        ("4.1", of_one_channel),
        ("4.2", field_of_the_corner),
        ("4.2", field_in_rows),
        ("4.2", field_of_rising_slopes),
        ("4.2", field_in_the_middle_row),
        ("4.2", field_counted_in_all_images),
        ("4.3", unit_by_the_layer),
        ("4.3", unit_sum),
        ("4.3", unit_of_the_whole_batch),
        ("4.3", unit_without_root),
    ],
)
def test_a_slip_that_has_no_hint_of_its_own_is_refused_with_the_trial_it_fails_on(number, answer):
    feedback = check(number, answer)
    assert feedback.passed is False
    assert feedback.text.startswith("Not yet. Tried on ")
    assert "wanted" in feedback.text
