"""This process: the switches that TensorFlow reads when it starts, seeds, folders and progress bars."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import joblib
from tqdm.auto import tqdm

PACKAGE_FOLDER = Path(__file__).resolve().parent


def configure() -> None:
    """Set the environment variables that TensorFlow, OpenMP and Albumentations read when they start.

    A variable that is set already is left alone. Nothing here is imported: the switches cost no time. The allocator
    keeps memory that the system's would return and fault in again: on one machine of two cores that made training half
    as fast again, on another it changed nothing (the table of speed in chapter 05).
    """
    cores = str(
        joblib.cpu_count()
    )  # honours the quota of a container, where os.cpu_count() sees the whole host
    switches = {
        "TF_CPU_ALLOCATOR_USE_BFC": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "NO_ALBUMENTATIONS_UPDATE": "1",
    }
    switches |= {
        "TF_NUM_INTRAOP_THREADS": cores,
        "TF_NUM_INTEROP_THREADS": "2",
        "OMP_NUM_THREADS": cores,
    }
    for name, value in switches.items():
        os.environ.setdefault(name, value)
    # A filter, since TensorFlow resets the level: it warns of encoders that each compile a call, which is on purpose.
    logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and make TensorFlow's operations repeatable.

    Two trainings with one seed on one machine then agree to the last bit; on another processor they agree only roughly.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def project_folder() -> Path:
    """Return the checkout that holds the package or, where it is installed without one, the current folder."""
    checkout = PACKAGE_FOLDER.parent
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def build_folder() -> Path:
    """Return the folder for everything that can be made again, created if absent; git ignores it."""
    folder = project_folder() / "build"
    folder.mkdir(exist_ok=True)
    return folder


def data_folder() -> Path:
    """Return the small generated corpus: the checkout's, or the copy that travels inside an installed package."""
    inside = PACKAGE_FOLDER / "data_synthetic"
    return inside if inside.is_dir() else project_folder() / "data_synthetic"


def progress(iterable: Iterable, description: str, total: int | None = None) -> tqdm:
    """Wrap an iterable in a progress bar, silent in CI and where DEEPSIGN_QUIET is set: what it shows would be kept."""
    return tqdm(
        iterable, description, total, disable=any(map(os.environ.get, ("CI", "DEEPSIGN_QUIET")))
    )
