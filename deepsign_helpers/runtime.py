"""This process: the switches that TensorFlow reads at its start, seeds, folders, progress bars."""

import contextlib
import ctypes
import functools
import gc
import importlib.util
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import joblib
import platformdirs
from tqdm.auto import tqdm

PACKAGE_FOLDER = Path(__file__).resolve().parent

# Where one of these is set, nobody watches the bar, and what it shows would be kept in a log or a
# notebook.
QUIET_WHERE_SET = ("CI", "DEEPSIGN_QUIET")

M_ARENA_MAX = -8  # of mallopt: how many places there are to take memory from (malloc.h)


def configure() -> None:
    """Set the environment variables that TensorFlow, OpenMP and Albumentations read at their start.

    A variable that is set already is left alone. None of the three is imported here: the switches
    cost no time.

    Notes
    -----
    The allocator keeps memory that the system's would return and fault in again: on one machine of
    two cores that made training half as fast again, on another it changed nothing (the table of
    speed in chapter 05).

    Examples
    --------
    >>> configure()
    >>> "TF_CPU_ALLOCATOR_USE_BFC" in os.environ
    True
    """
    # It honours the quota of a container, where os.cpu_count() sees the whole host.
    cores = str(joblib.cpu_count())
    switches = {
        "TF_CPU_ALLOCATOR_USE_BFC": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": cores,
        "TF_NUM_INTEROP_THREADS": "2",
        "OMP_NUM_THREADS": cores,
        "NO_ALBUMENTATIONS_UPDATE": "1",
    }
    for name, value in switches.items():
        os.environ.setdefault(name, value)
    share_one_arena()
    if "tensorflow" not in sys.modules and QUIET_TENSORFLOW not in sys.meta_path:
        sys.meta_path.insert(0, QUIET_TENSORFLOW)
    # A filter, since TensorFlow resets the level. It warns of encoders that each compile a call,
    # which is on purpose.
    logging.getLogger("tensorflow").addFilter(is_an_error)


def share_one_arena() -> None:
    """Let all threads take memory from one place; tens of megabytes less stand idle.

    Linux gives each thread a place of its own, and keeps what is freed there.
    """
    with contextlib.suppress(OSError, AttributeError):  # glibc alone has this
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 1)


def is_an_error(record: logging.LogRecord) -> bool:
    """Tell whether a message says that something is wrong, and not merely that it might be."""
    return record.levelno >= logging.ERROR


class QuietTensorFlow:
    """Find TensorFlow as Python does, but hold back what it prints while it is imported.

    On a machine without a GPU its C++ part prints some lines before it heeds any switch, and a
    notebook would show them in red.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return where TensorFlow is, with a loader that is silent unless it fails."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)  # once is enough; and the next line would find this again
        spec = importlib.util.find_spec(name)
        if spec is None:
            return None
        load = spec.loader.exec_module

        def load_silently(module: ModuleType) -> None:
            with stderr_held_back():
                load(module)

        spec.loader.exec_module = load_silently
        return spec


QUIET_TENSORFLOW = QuietTensorFlow()  # one, however often a process is configured


@contextlib.contextmanager
def stderr_held_back() -> Iterator[None]:
    """Hold back what this process writes to stderr, its C++ parts included; show it on failure."""
    shown = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            held_back.seek(0)
            os.write(shown, held_back.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and make TensorFlow's operations repeatable.

    Two trainings with one seed on one machine then agree to the last bit; on another processor they
    agree only roughly. What earlier trainings left in memory is given back first.

    Parameters
    ----------
    seed : int, at least 0
        The same seed, the same numbers.

    Examples
    --------
    Not run with the others, because it lasts as long as the process:

    >>> seed_everything(3)  # doctest: +SKIP
    """
    import keras
    import tensorflow as tf

    give_back_memory()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def give_back_memory() -> None:
    """Let go of what nothing refers to any more: a training leaves tens of megabytes of it.

    Examples
    --------
    >>> give_back_memory()
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # Linux alone has this
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def project_folder() -> Path:
    """Return the checkout that holds the package, or the current folder where there is none.

    Examples
    --------
    >>> project_folder().is_dir()
    True
    """
    checkout = PACKAGE_FOLDER.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout
    return Path.cwd()


def build_folder() -> Path:
    """Return the folder for everything that can be made again, created if absent; git ignores it.

    It is the checkout's. Where that can't be written to, as on a course's shared disk, it is one in
    the user's cache, and a line on stderr says where.

    Raises
    ------
    OSError
        If neither can be written to.

    Examples
    --------
    >>> build_folder().name
    'build'
    """
    folder = project_folder() / "build"
    if not can_be_written(folder):
        return cached_build_folder(folder)
    return folder


def can_be_written(folder: Path) -> bool:
    """Tell whether files can be made in a folder, which is created if absent; git ignores it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The package may be installed, and the folder lie in a repository of the user's.
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError:
        return False
    return True


@functools.cache  # it is said once
def cached_build_folder(instead_of: Path) -> Path:
    """Return a build folder in the user's cache, created if absent, and say where it is."""
    folder = platformdirs.user_cache_path("deepsign", appauthor=False) / "build"
    if not can_be_written(folder):
        cure = "set XDG_CACHE_HOME to a folder that can"
        raise OSError(f"{instead_of}: cannot be written to, nor can {folder}; {cure}.")
    print(f"{instead_of}: cannot be written to; {folder} takes its place.", file=sys.stderr)
    return folder


def data_folder() -> Path:
    """Return the small generated corpus: the checkout's, or the copy inside an installed package.

    Examples
    --------
    >>> (data_folder() / "manifest.csv").is_file()
    True
    """
    inside = PACKAGE_FOLDER / "data_synthetic"
    if inside.is_dir():
        return inside
    return project_folder() / "data_synthetic"


def progress(iterable: Iterable, description: str, total: int | None = None) -> tqdm:
    """Wrap an iterable in a progress bar, silent in CI and where DEEPSIGN_QUIET is set.

    Parameters
    ----------
    iterable : iterable
        What is gone through.
    description : str
        What stands before the bar.
    total : int, optional
        How many there are, where the iterable itself can't say.

    Returns
    -------
    tqdm
        Gives the same things in the same order.

    Examples
    --------
    >>> os.environ["DEEPSIGN_QUIET"] = "1"
    >>> sum(progress([1, 2, 3], "adding"))
    6
    """
    is_quiet = any(os.environ.get(name) for name in QUIET_WHERE_SET)
    return tqdm(iterable, description, total, disable=is_quiet)
