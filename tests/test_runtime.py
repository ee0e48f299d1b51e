"""This process: folders, switches, seeds and silence."""

import errno
import logging
import os
import platform
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from deepsign_helpers import runtime


def test_switches_are_set_before_anything_heavy_is_imported():
    code = (
        "import os, sys\n"
        "os.environ.pop('OMP_NUM_THREADS', None)\n"
        "import deepsign_helpers\n"
        "names = 'TF_CPU_ALLOCATOR_USE_BFC', 'NO_ALBUMENTATIONS_UPDATE', 'OMP_NUM_THREADS'\n"
        "heavy = {'tensorflow', 'keras', 'albumentations'} & set(sys.modules)\n"
        "print(*[os.environ[name] for name in names], sorted(heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    allocator, no_update, threads, heavy = run.stdout.split(" ", 3)
    assert (allocator, no_update) == ("1", "1")
    assert 1 <= int(threads) <= os.cpu_count()
    assert heavy.strip() == "[]"


def test_a_switch_that_is_set_already_is_left_alone(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    runtime.configure()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "7"
    assert os.environ["TF_NUM_INTEROP_THREADS"] == "2"


ARENAS_OF_MANY_THREADS = """
import ctypes, sys, threading
import deepsign_helpers
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(6)
def work():
    taken = libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
def test_many_threads_take_memory_from_where_few_did(tmp_path):
    described = tmp_path / "malloc.xml"
    code = [sys.executable, "-c", ARENAS_OF_MANY_THREADS, described]
    subprocess.run(code, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    # The first, and those of threads that imported modules had begun before the switch.
    assert described.read_text().count("<heap ") <= 3


def test_tensorflow_starts_without_a_word():
    code = "from deepsign_helpers import encoders; import tensorflow as tf; tf.constant(1.0) + 1"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == ""


def test_what_was_held_back_is_shown_when_the_block_fails(capfd):
    with runtime.stderr_held_back():
        os.write(2, b"a harmless line")
    with pytest.raises(ImportError), runtime.stderr_held_back():
        os.write(2, b"the reason")
        raise ImportError
    os.write(2, b", and what comes later")
    assert capfd.readouterr().err == "the reason, and what comes later"


def test_a_checkout_is_found_and_an_installed_package_works_in_the_current_folder(
    monkeypatch, tmp_path
):
    assert (runtime.project_folder() / "pyproject.toml").is_file()
    installed = tmp_path / "site-packages" / "deepsign_helpers"
    monkeypatch.setattr(runtime, "PACKAGE_FOLDER", installed)
    monkeypatch.chdir(tmp_path)
    assert runtime.project_folder() == tmp_path
    assert runtime.build_folder() == tmp_path / "build"
    assert runtime.build_folder().is_dir()
    assert runtime.data_folder() == tmp_path / "data_synthetic"
    (installed / "data_synthetic").mkdir(parents=True)
    assert runtime.data_folder() == installed / "data_synthetic"


@pytest.fixture
def read_only_checkout(monkeypatch, tmp_path):
    """A checkout on a disk that can't be written to, though a user's cache can."""

    def mkdir(path, *arguments, **options):
        if path.is_relative_to(tmp_path / "checkout") and not path.exists():
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return make(path, *arguments, **options)

    def write_text(path, *arguments, **options):
        if path.is_relative_to(tmp_path / "checkout"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return write(path, *arguments, **options)

    (tmp_path / "checkout").mkdir()
    make = Path.mkdir
    write = Path.write_text
    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(Path, "write_text", write_text)
    monkeypatch.setattr(runtime, "project_folder", lambda: tmp_path / "checkout")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name, **_: tmp_path / name)
    runtime.cached_build_folder.cache_clear()
    yield tmp_path / "checkout"
    runtime.cached_build_folder.cache_clear()


@pytest.mark.parametrize("has_build", [False, True])
def test_a_checkout_that_cannot_be_written_to_builds_in_the_users_cache_and_says_so_once(
    read_only_checkout, tmp_path, capsys, has_build
):
    if has_build:
        os.mkdir(read_only_checkout / "build")  # noqa: PTH102
    assert runtime.build_folder() == tmp_path / "deepsign" / "build"
    assert runtime.build_folder().is_dir()
    said = f"{read_only_checkout / 'build'}: cannot be written to; {runtime.build_folder()} takes"
    assert capsys.readouterr().err == f"{said} its place.\n"


def test_git_ignores_the_build_folder_of_an_installed_package(monkeypatch, tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.setattr(runtime, "project_folder", lambda: tmp_path)
    (runtime.build_folder() / "verifier.json").touch()
    status = ["git", "-C", tmp_path, "status", "--porcelain"]
    assert subprocess.run(status, check=True, capture_output=True).stdout == b""


def test_a_machine_without_any_place_to_write_is_told_the_cure(read_only_checkout, monkeypatch):
    nowhere = read_only_checkout / "home"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: nowhere)
    with pytest.raises(OSError, match="set XDG_CACHE_HOME to a folder that can"):
        runtime.build_folder()


def test_the_seed_repeats_python_numpy_and_keras():
    # In a process of its own: it makes TensorFlow's operations repeatable for good.
    code = (
        "import random, numpy, keras; from deepsign_helpers import runtime\n"
        "def draw():\n"
        "    runtime.seed_everything(3)\n"
        "    return random.random(), numpy.random.random(), float(keras.random.normal(()))\n"
        "assert draw() == draw()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("name", ["CI", "DEEPSIGN_QUIET"])
def test_a_progress_bar_is_silent_where_its_output_would_be_kept(name, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("DEEPSIGN_QUIET", raising=False)
    assert list(runtime.progress([1, 2], "counting")) == [1, 2]
    assert "counting" in capsys.readouterr().err
    monkeypatch.setenv(name, "1")
    assert list(runtime.progress([1, 2], "counting")) == [1, 2]
    assert capsys.readouterr().err == ""


def test_tensorflow_is_heard_only_when_something_is_wrong(caplog):
    runtime.configure()
    logger = logging.getLogger("tensorflow")
    logger.warning("retracing")
    logger.error("no such device")
    assert caplog.messages == ["no such device"]
