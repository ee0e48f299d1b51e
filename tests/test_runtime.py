"""Folders, switches, seeds, silence, and files that are whole or not there."""

import errno
import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deepsign_helpers import files, runtime


def test_switches_are_set_before_anything_heavy_is_imported():
    code = (
        "import os, sys; os.environ.pop('OMP_NUM_THREADS', None); import deepsign_helpers; "
        "print(os.environ['TF_CPU_ALLOCATOR_USE_BFC'], os.environ['NO_ALBUMENTATIONS_UPDATE'], "
        "os.environ['OMP_NUM_THREADS'], sorted({'tensorflow', 'keras', 'albumentations'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split(" ", 3)
    assert shown[:2] == ["1", "1"]
    assert 1 <= int(shown[2]) <= os.cpu_count()
    assert shown[3].strip() == "[]"


def test_a_switch_that_is_set_already_is_left_alone(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    runtime.configure()
    assert (os.environ["TF_NUM_INTRAOP_THREADS"], os.environ["TF_NUM_INTEROP_THREADS"]) == (
        "7",
        "2",
    )


def test_a_checkout_is_found_and_an_installed_package_works_in_the_current_folder(
    monkeypatch, tmp_path
):
    assert (runtime.project_folder() / "pyproject.toml").is_file()
    monkeypatch.setattr(runtime, "PACKAGE_FOLDER", tmp_path / "site-packages" / "deepsign_helpers")
    monkeypatch.chdir(tmp_path)
    assert runtime.project_folder() == tmp_path
    assert runtime.build_folder() == tmp_path / "build"
    assert runtime.build_folder().is_dir()
    assert runtime.data_folder() == tmp_path / "data_synthetic"
    (tmp_path / "site-packages" / "deepsign_helpers" / "data_synthetic").mkdir(parents=True)
    assert (
        runtime.data_folder() == tmp_path / "site-packages" / "deepsign_helpers" / "data_synthetic"
    )


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


def test_a_checksum_is_that_of_the_whole_content(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)
    assert files.checksum(tmp_path / "file") == files.checksum(str(tmp_path / "file"))
    assert files.checksum(tmp_path / "file") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["CI", "DEEPSIGN_QUIET"])
def test_a_progress_bar_is_silent_where_its_output_would_be_kept(name, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("DEEPSIGN_QUIET", raising=False)
    assert list(runtime.progress([1, 2], "counting")) == [1, 2]
    assert "counting" in capsys.readouterr().err
    monkeypatch.setenv(name, "1")
    assert list(runtime.progress([1, 2], "counting")) == [1, 2]
    assert capsys.readouterr().err == ""


def test_a_file_is_replaced_when_the_block_has_succeeded(tmp_path):
    target = tmp_path / "scores.csv"
    target.write_text("old")
    with files.replace_atomically(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
        assert temporary.suffix == ".csv"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_what_stood_there_and_nothing_else(tmp_path, failure):
    target = tmp_path / "scores.csv"
    target.write_text("old")
    with pytest.raises(failure), files.replace_atomically(target) as temporary:
        temporary.write_text("half")
        raise failure
    assert {path: path.read_text() for path in tmp_path.iterdir()} == {target: "old"}


def test_a_process_killed_in_the_block_leaves_what_stood_there(tmp_path):
    target = tmp_path / "scores.csv"
    target.write_text("old")
    code = (
        "import os, signal, sys; from deepsign_helpers import runtime\n"
        "with files.replace_atomically(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(target)], check=False).returncode < 0
    assert target.read_text() == "old"


def test_a_missing_folder_is_named(tmp_path):
    missing = tmp_path / "nowhere" / "scores.csv"
    sentence = r"scores\.csv: cannot be written .* is it read-only, does its folder exist\?"
    with pytest.raises(OSError, match=sentence), files.replace_atomically(missing):
        pass


def test_a_folder_that_cannot_be_written_to_is_no_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
    sentence = r"scores\.csv: cannot be written \(Read-only file system\); is it read-only, does its folder exist\?"
    with pytest.raises(OSError, match=sentence), files.replace_atomically(tmp_path / "scores.csv"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_full_disk_is_named_with_the_file(tmp_path):
    sentence = r"scores\.csv: cannot be written \(No space left on device\); is the disk full\?"
    with pytest.raises(OSError, match=sentence), files.replace_atomically(tmp_path / "scores.csv"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_file_can_be_read_by_others_even_where_new_files_are_private(tmp_path):
    private = os.umask(0o077)
    try:
        with files.replace_atomically(tmp_path / "scores.csv") as temporary:
            np.savetxt(temporary, [1])
    finally:
        os.umask(private)
    assert Path(tmp_path / "scores.csv").stat().st_mode & 0o777 == 0o644


def test_tensorflow_is_heard_only_when_something_is_wrong(caplog):
    runtime.configure()
    logger = logging.getLogger("tensorflow")
    logger.warning("retracing")
    logger.error("no such device")
    assert caplog.messages == ["no such device"]
