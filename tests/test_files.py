"""Files that are whole or not there, and those that a folder holds."""

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time

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
@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644)])
def test_a_file_can_be_read_by_those_whom_the_user_lets_read_new_files(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with files.replace_atomically(tmp_path / "scores.csv") as temporary:
            np.savetxt(temporary, [1])
    finally:
        os.umask(before)
    assert (tmp_path / "scores.csv").stat().st_mode & 0o777 == mode


def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_is_soon_after(
    tmp_path, monkeypatch
):
    target = tmp_path / "scores.csv"
    synced = []
    monkeypatch.setattr(files, "sync", lambda path: synced.append((path, target.exists())))
    with files.replace_atomically(target) as temporary:
        temporary.write_text("new")
    assert synced == [(temporary, False), (tmp_path, True)]


def test_a_file_that_can_not_be_synced_is_not_put_in_place(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "scores.csv").write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    sentence = "scores.csv: cannot be written .No space left"
    with (
        pytest.raises(OSError, match=sentence),
        files.replace_atomically(tmp_path / "scores.csv") as temporary,
    ):
        temporary.write_text("new")
    assert (tmp_path / "scores.csv").read_text() == "old"


@pytest.mark.skipif(os.name != "posix", reason="Windows opens no folders")
def test_a_folder_and_a_file_that_is_open_elsewhere_can_be_synced(tmp_path):
    files.sync(tmp_path)
    with (tmp_path / "file").open("w"):
        files.sync(tmp_path / "file")


def test_a_sentence_is_not_told_twice():
    with (
        pytest.raises(files.WriteError, match=r"^image\.png: cannot be written \(gone\)"),
        files.spoken_errors("corpus"),
        files.spoken_errors("image.png"),
    ):
        raise OSError("gone")


# One at a time


STAY = """
import sys
from deepsign_helpers import files
with files.alone_at(sys.argv[1]), files.staging(sys.argv[1]) as folder:
    (folder / "half").touch()
    print("in", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def somebody_at_work(path):
    """Have another process at work at a path until it is killed."""
    command = [
        sys.executable,
        "-c",
        f"import sys; from deepsign_helpers import files\n{STAY}",
        path,
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_who_comes_second_says_so_and_waits(tmp_path, capsys):
    path = tmp_path / "corpus"
    with somebody_at_work(path) as process:
        threading.Timer(0.5, process.kill).start()
        begun = time.monotonic()
        with files.alone_at(path):
            assert time.monotonic() - begun > 0.3
    sentence = "another process is at work there; waiting until it has finished …"
    assert capsys.readouterr().err == f"{path}: {sentence}\n"


def test_nobody_waits_who_works_elsewhere(tmp_path, capsys):
    with somebody_at_work(tmp_path / "corpus"), files.alone_at(tmp_path / "corpus-2"):
        pass
    assert capsys.readouterr().err == ""


def test_threads_take_turns_and_nothing_remains(tmp_path):
    inside = []

    def work():
        with files.alone_at(tmp_path / "corpus"):
            inside.append("in")
            time.sleep(0.01)
            inside.append("out")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == ["in", "out"] * 8
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_and_nothing_else_is(tmp_path):
    kept = [".corpus.partial", ".corpus-2-abcdefgh.deepsign.partial", "corpus-old", ".corpus-notes"]
    for name in kept:
        (tmp_path / name).mkdir()
        (tmp_path / name / "precious").touch()
    path = tmp_path / "corpus"
    with somebody_at_work(path):
        assert len(list(tmp_path.iterdir())) == len(kept) + 2
    assert len(list(tmp_path.iterdir())) > len(kept)
    with files.alone_at(path):
        pass  # even who finds nothing to do tidies up
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(kept)
    assert all((tmp_path / name / "precious").exists() for name in kept)


def test_a_worker_that_still_writes_does_not_find_the_folder_that_is_being_removed(
    tmp_path, monkeypatch
):
    found = []

    def rmtree_meanwhile(path, **options):
        found.append(folder.exists())
        rmtree(path, **options)

    rmtree = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", rmtree_meanwhile)
    with files.alone_at(tmp_path / "corpus"), files.staging(tmp_path / "corpus") as folder:
        (folder / "image").touch()
    assert found == [False]
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_after_a_writer_was_killed_and_nothing_remains(tmp_path):
    target = tmp_path / "scores.csv"
    with somebody_at_work(target):
        pass
    with files.replace_atomically(target) as temporary:
        temporary.write_text("new")
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError), files.alone_at(tmp_path / "nowhere" / "corpus"):
        pass
    assert list(tmp_path.iterdir()) == []


# What a folder holds


def test_the_hash_of_a_package_changes_with_its_code_and_its_data_only(tmp_path):
    for name in ("a.py", "inside/b.py", "inside/letters.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one")
    seen = {files.checksum_of_code(tmp_path)}
    for name in ("notes.txt", "__pycache__/a.cpython-311.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("not looked at")
    assert files.checksum_of_code(tmp_path) in seen
    for name in ("a.py", "inside/b.py", "inside/letters.json"):
        (tmp_path / name).write_text("other")
        seen.add(files.checksum_of_code(tmp_path))
    (tmp_path / "a.py").rename(tmp_path / "c.py")
    seen.add(files.checksum_of_code(tmp_path))
    assert len(seen) == 5


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


def test_links_to_folders_and_files_are_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.png").touch()
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "b.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    assert files.files_below(folder) == [folder / "b.png", folder / "linked" / "a.png"]


def test_links_that_lead_in_a_circle_are_refused(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a").symlink_to(tmp_path / "other")
    (tmp_path / "other" / "b").symlink_to(tmp_path / "one")
    with pytest.raises(OSError, match=r"one/a/b: is a link to a folder that it lies in; remove"):
        files.files_below(tmp_path / "one")
    (tmp_path / "other" / "b").unlink()
    (tmp_path / "other" / "b").symlink_to(tmp_path / "other" / "..")
    with pytest.raises(OSError, match="is a link to a folder that it lies in"):
        files.files_below(tmp_path / "other")


def test_a_link_to_nothing_is_refused_and_so_is_a_folder_that_cannot_be_read(tmp_path, monkeypatch):
    (tmp_path / ".#lock").symlink_to(tmp_path / "nobody")  # an editor's, hidden
    assert files.files_below(tmp_path) == []
    (tmp_path / "a.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(OSError, match=r"a\.png: is a link to nothing; mend it, or remove it\.$"):
        files.files_below(tmp_path)
    (tmp_path / "a.png").unlink()

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(files.os, "scandir", refuse)
    with pytest.raises(
        OSError, match=r": cannot be read \(Permission denied\); may you read it\?$"
    ):
        files.files_below(tmp_path)
