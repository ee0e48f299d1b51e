"""Only prepared images are described, varied and embedded: none whose levels are another's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from deepsign_helpers import augmentation, encoders, preprocessing
from deepsign_helpers.descriptor import gradient_descriptor
from deepsign_helpers.preprocessing.prepared import require_prepared

levels = st.floats(0, 1, width=32)
images = arrays.arrays(np.float32, (4, 6, 1), elements=levels)
outside = (
    st.floats(-1e6, 0, exclude_max=True, width=32, allow_subnormal=False)
    | st.floats(1, 1e6, exclude_min=True, width=32)
    | st.sampled_from([np.nan, np.inf, -np.inf])
)


@given(images, st.integers(0, 23), outside)
def test_one_level_outside_is_enough_to_refuse_an_image(image, place, level):
    require_prepared(image)
    image.flat[place] = level
    said = "a level is NaN" if np.isnan(level) else "levels from .* pass it through preprocessing"
    with pytest.raises(ValueError, match=f"^images: {said}"):
        require_prepared(image)


def test_what_is_prepared_and_what_is_empty_pass(signature):
    require_prepared(preprocessing.prepare(signature, (32, 64)))
    require_prepared(preprocessing.prepare(signature, (32, 64)).astype(np.float16))
    require_prepared(np.empty((0, 32, 64, 1), np.float32))


@pytest.mark.parametrize("factor", [255, np.nan, -1])
def test_levels_of_a_scan_are_neither_described_nor_embedded_nor_varied(factor, prepared_signature):
    scaled = prepared_signature * np.float32(factor)
    with pytest.raises(ValueError, match=r"^prepared: (levels from|a level is NaN)"):
        gradient_descriptor(scaled)
    with pytest.raises(ValueError, match=r"^images: (levels from|a level is NaN)"):
        encoders.embed(encoders.lightweight_encoder((32, 64, 1)), scaled[None])
    with pytest.raises(ValueError, match=r"^image: (levels from|a level is NaN)"):
        augmentation.everything(seed=0, prepared=True)(image=scaled)


@pytest.mark.parametrize("recipe", ["geometric", "tone", "noise", "everything"])
def test_a_recipe_refuses_the_other_sort_of_image(recipe, signature, prepared_signature):
    make = getattr(augmentation, recipe)
    with pytest.raises(ValueError, match=r"^image: float32 where uint8 is needed; say prepared"):
        make(seed=0)(image=prepared_signature)
    with pytest.raises(ValueError, match=r"^image: uint8 where float32 is needed; say prepared"):
        make(seed=0, prepared=True)(image=signature)
