"""Files that are whole or not there, and those that a folder holds."""

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deepsign_helpers import files


def test_a_checksum_is_that_of_the_whole_content(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)
    assert files.checksum(tmp_path / "file") == files.checksum(str(tmp_path / "file"))
    assert files.checksum(tmp_path / "file") == hashlib.sha256(content).hexdigest()


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
        "import os, signal, sys; from deepsign_helpers import files\n"
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
    cure = r"is it read-only, does its folder exist\?"
    sentence = rf"scores\.csv: cannot be written \(Read-only file system\); {cure}"
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


def test_files_below_are_found_at_any_depth_and_hidden_ones_are_not(tmp_path):
    for name in ("b.png", "deep/er/a.png", "deep/._a.png", ".hidden/a.png", "deep/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in files.files_below(tmp_path, "*.png")]
    assert found == ["b.png", "deep/er/a.png"]
    assert len(files.files_below(tmp_path)) == 3


def test_a_hidden_folder_that_is_asked_for_hides_nothing(tmp_path):
    folder = tmp_path / ".cache"
    folder.mkdir()
    (folder / "a.png").touch()
    assert files.files_below(folder) == [folder / "a.png"]
