"""The gradient descriptor against the same definition, written out pixel by pixel."""

import math

import numpy as np
import pytest

from deepsign_helpers.descriptor import gradient_descriptor


def strokes(seed, height=128, width=192):
    """A few anti-aliased arcs on paper 0.0."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    image = np.zeros((height, width))
    for _ in range(6):
        row = rng.uniform(0, height)
        column = rng.uniform(0, width)
        radius = rng.uniform(8, height / 2)
        from_arc = np.abs(np.hypot(rows - row, columns - column) - radius)
        image = np.maximum(image, np.clip(2 - from_arc, 0, 1))
    return image.astype(np.float32)[:, :, None]


def descriptor_by_hand(prepared):
    image = [[float(value) for value in row] for row in prepared[:, :, 0]]
    cells = [[[0.0] * 9 for _ in range(12)] for _ in range(8)]
    for row in range(128):
        for column in range(192):
            down = image[row + 1][column] - image[row - 1][column] if 0 < row < 127 else 0.0
            right = image[row][column + 1] - image[row][column - 1] if 0 < column < 191 else 0.0
            degrees = math.degrees(math.atan2(down, right))
            degrees = degrees + 180 if degrees < 0 else degrees
            bin_number = 0 if degrees >= 180 else int(degrees // 20)
            cells[row // 16][column // 16][bin_number] += math.sqrt(down**2 + right**2) / 256
    vector = []
    for top in range(7):
        for left in range(11):
            block = [
                cells[top + i][left + j][b] for b in range(9) for i in range(2) for j in range(2)
            ]
            for clip in (0.2, math.inf):
                length = math.sqrt(sum(value**2 for value in block) + 1e-10)
                block = [min(value / length, clip) for value in block]
            vector += block
    length = math.sqrt(sum(value**2 for value in vector))
    return [value / length for value in vector]


@pytest.mark.parametrize("seed", range(3))
def test_descriptor_agrees_with_the_definition_written_out_pixel_by_pixel(seed):
    image = strokes(seed)
    np.testing.assert_allclose(gradient_descriptor(image), descriptor_by_hand(image), atol=2e-6)


@pytest.mark.parametrize("shape", [(128, 192), (128, 256), (32, 64), (256, 512)])
def test_any_size_gives_a_float32_vector_of_unit_length(shape):
    vector = gradient_descriptor(strokes(1, *shape))
    assert vector.shape == (7 * 11 * 4 * 9,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_half_the_resolution_changes_the_descriptor_less_than_another_drawing_does():
    image = strokes(2, 256, 384)
    whole = gradient_descriptor(image)
    half = gradient_descriptor(image[::2, ::2])
    other = gradient_descriptor(strokes(3, 256, 384))
    assert np.linalg.norm(whole - half) < np.linalg.norm(whole - other)


def test_contrast_hardly_changes_the_descriptor():
    image = strokes(4)
    alike = gradient_descriptor(image) @ gradient_descriptor(image * 0.5)
    assert alike == pytest.approx(1, abs=0.01)


def test_a_blank_image_is_refused():
    with pytest.raises(ValueError, match="blank"):
        gradient_descriptor(np.zeros((128, 192, 1), np.float32))
