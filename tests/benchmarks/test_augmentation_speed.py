"""How many prepared images a recipe varies in a second of one core's time."""

import time

import pytest

from deepsign_helpers import augmentation

LEAST_PER_SECOND = 2000
IMAGES = 4000


@pytest.mark.parametrize("recipe", [augmentation.geometric, augmentation.everything])
def test_two_thousand_classroom_images_a_second_on_one_core(recipe, prepared_signature):
    vary = recipe(0, prepared=True)
    start = time.process_time()
    for _ in range(IMAGES):
        vary(image=prepared_signature)
    assert IMAGES / (time.process_time() - start) >= LEAST_PER_SECOND
