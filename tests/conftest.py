"""What every test relies on: silence, a list of slow tests, a drawn stand-in for a signature."""

import os
from pathlib import Path

os.environ.setdefault("DEEPSIGN_QUIET", "1")

import cv2
import numpy as np
import pytest
from hypothesis import settings

# The same examples every time in CI, so that a red run can be repeated; new ones at the desk.
settings.register_profile("course", deadline=None, derandomize=bool(os.environ.get("CI")))
# For `make bench`: pytest --hypothesis-profile long.
settings.register_profile("long", deadline=None, max_examples=1000)
settings.load_profile("course")

# `make check` leaves these out, beside what is marked as slow where it stands.
SLOW = (
    "notebooks",  # notebooks run in kernels of their own
    "studies",  # encoders are trained
    "tools/test_chapter_99.py",  # a copy of the checkout is built
    "tools/test_website.py",  # the site is built, and opened in a browser
    "test_backends.py",  # JAX is installed
)
SLOW_TESTS = {
    # Several processes, each of which imports TensorFlow.
    "test_a_cluster_makes_the_lines_that_one_process_makes",
    "test_two_devices_train_what_one_trains",
    "test_two_processes_make_the_lines_that_one_makes",
    # An environment like Colab's is set up.
    "test_the_cell_sets_the_course_up_without_touching_tensorflow_keras_or_numpy",
}


def pytest_collection_modifyitems(items):
    """Mark the slow tests."""
    here = Path(__file__).parent
    slow = [here / name for name in SLOW]
    for item in items:
        is_in_slow_file = any(item.path.is_relative_to(path) for path in slow)
        if is_in_slow_file or item.name.split("[")[0] in SLOW_TESTS:
            item.add_marker(pytest.mark.slow)


def draw_signature(height: int = 128, width: int = 256, ink: int = 30) -> np.ndarray:
    """Draw a looping line with a flourish; it is not the same read backwards.

    Returns
    -------
    uint8 array, shape (height, width)
        Paper 255.
    """
    time = np.linspace(0, 1, 400)
    loops = np.cos(2 * np.pi * 5 * time)
    x = width * (0.12 + 0.7 * time + 0.05 * np.sin(2 * np.pi * 5 * time))
    y = height * (0.55 - 0.22 * loops * (1 - 0.7 * time) - 0.1 * time)
    line = np.stack([x, y], axis=1)
    flourish = np.stack([width * (0.2 + 0.65 * time), height * (0.85 - 0.1 * time**2)], axis=1)
    image = np.full((height, width), 255, np.uint8)
    sixteenths = [np.round(16 * part).astype(np.int32) for part in (line, flourish)]
    return cv2.polylines(image, sixteenths, False, ink, thickness=2, lineType=cv2.LINE_AA, shift=4)


@pytest.fixture
def signature() -> np.ndarray:
    """A drawn stand-in for a scanned signature: uint8 (128, 256), paper 255."""
    return draw_signature()


@pytest.fixture
def prepared_signature() -> np.ndarray:
    """The same, prepared at the classroom's size: float32 (32, 64, 1), paper 0.0, ink up to 1.0."""
    small = cv2.resize(draw_signature(), (64, 32), interpolation=cv2.INTER_AREA)
    ink = 1 - small.astype(np.float32) / 255
    return (ink / ink.max())[..., None]
