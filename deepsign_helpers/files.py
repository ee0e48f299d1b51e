"""Files that are whole: checksums, one writer at a time, and replacing at once or not at all."""

import contextlib
import errno
import fnmatch
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # how the system says that no more fits
# How the name of a folder ends that something is made ready in. Nobody else's folder is called so.
PARTIAL = ".deepsign.partial"
CODE = (".py", ".json")  # endings of what a package is made of: its source, and what it reads


class WriteError(OSError):
    """What cannot be written; the message is one sentence with the path and the cure."""


def checksum(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Parameters
    ----------
    path : str or Path
        Of the file.

    Returns
    -------
    str of 64 digits

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "empty").write_bytes(b"")
    ...     checksum(Path(folder, "empty"))[:8]
    'e3b0c442'
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the files below a folder, at any depth, by the order of their paths, less hidden ones.

    Links to files and folders are followed.

    Parameters
    ----------
    folder : Path
        Where to look.
    pattern : str
        What a file's name looks like, such as `"*.png"`.

    Returns
    -------
    list of Path
        A file is hidden if its name, or that of a folder between it and `folder`, begins with a
        dot.

    Raises
    ------
    OSError
        For a folder that cannot be read, a link to nothing, and a link to a folder that the link
        itself lies in: what lies there would be left out, or come again and again.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.png", "a.png", "._a.png", "notes.txt"):
    ...         Path(folder, name).touch()
    ...     [path.name for path in files_below(Path(folder), "*.png")]
    ['a.png', 'b.png']
    """
    if not folder.is_dir():
        return []
    found = []
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_refuse_folder):
        # Changed in place: what `os.walk` goes on with.
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            _require_no_circle(Path(place, name))
        for name in fnmatch.filter(names, pattern):
            path = Path(place, name)
            if path.is_symlink() and not path.exists() and not name.startswith("."):
                raise OSError(f"{path}: is a link to nothing; mend it, or remove it.")
            if path.is_file() and not name.startswith("."):
                found.append(path)
    return sorted(found)


def _refuse_folder(error: OSError) -> None:
    """Say in one sentence which folder cannot be read."""
    cure = "may you read it?"
    raise OSError(f"{error.filename}: cannot be read ({error.strerror}); {cure}") from error


def _require_no_circle(folder: Path) -> None:
    """Refuse a link to one of the folders that lead to it."""
    if not folder.is_symlink():
        return
    leading = {parent.resolve() for parent in folder.parents}
    if folder.resolve() in leading:
        raise OSError(f"{folder}: is a link to a folder that it lies in; remove the link.")


def checksum_of_code(package: Path) -> str:
    """Return a hash of the source of a package, its data included.

    What is kept for the next time carries it, and is made again when the code has changed.

    Parameters
    ----------
    package : Path
        Folder of the package.

    Returns
    -------
    str of 64 digits

    Examples
    --------
    >>> package = Path(__file__).parent / "preprocessing"
    >>> checksum_of_code(package) == checksum_of_code(package)
    True
    """
    contents = hashlib.sha256()
    for path in files_below(package):
        if path.suffix in CODE:
            name = path.relative_to(package).as_posix()
            contents.update(f"{name} {checksum(path)} ".encode())
    return contents.hexdigest()


def sealed(facts: dict[str, Any]) -> str:
    """Return facts as JSON with a checksum of that JSON: no changed letter goes unnoticed.

    Parameters
    ----------
    facts : dict
        What JSON can hold, without the key "checksum".

    See Also
    --------
    opened : reads it.

    Examples
    --------
    >>> opened(sealed({"threshold": 0.5}))
    {'threshold': 0.5}
    """
    text = _as_json(facts)
    return _as_json({**facts, "checksum": hashlib.sha256(text.encode("utf-8")).hexdigest()})


def opened(text: str) -> dict[str, Any]:
    """Return the facts of a sealed JSON text.

    Raises
    ------
    ValueError
        If it is not, to the letter, what `sealed` made.

    Examples
    --------
    >>> opened(sealed({"threshold": 0.5}).replace("0.5", "0.4"))
    Traceback (most recent call last):
    ValueError: the text was changed after it was written
    """
    try:
        facts = json.loads(text)
        facts.pop("checksum", None)
        is_whole = text == sealed(facts)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("the text is no sealed JSON") from error
    if not is_whole:
        raise ValueError("the text was changed after it was written")
    return facts


def _as_json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)


@contextlib.contextmanager
def spoken_errors(path: str | Path) -> Iterator[None]:
    """Turn the system's errors in a block into one sentence: what was not written, and the cure.

    Parameters
    ----------
    path : str or Path
        What the block writes.

    Raises
    ------
    WriteError
        For any OSError of the block but a WriteError, which tells of another path already.

    Examples
    --------
    >>> with spoken_errors("scores.csv"):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    ...
    deepsign_helpers.files.WriteError: scores.csv: cannot be written (No space left on device); is the disk full?
    """  # noqa: E501
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        reason = error.strerror or error
        if error.errno in FULL:
            cure = "is the disk full?"
        elif os.access(Path(path).parent, os.W_OK):
            cure = "is it a folder, or open elsewhere?"
        else:
            cure = "is it read-only, does its folder exist?"
        raise WriteError(f"{path}: cannot be written ({reason}); {cure}") from error


@contextlib.contextmanager
def alone_at(path: str | Path) -> Iterator[None]:
    """Let one process (or thread) at a time work at a path: wait for another, and say so.

    The system lets go of the lock of a process that is killed.

    Parameters
    ----------
    path : str or Path
        A file or folder that the block writes; it need not be there, but its folder must. The lock
        stands beside it, in a hidden file. Don't ask for the same path within the block: that would
        wait for ever.

    Raises
    ------
    OSError
        If the folder is missing or cannot be written to.

    See Also
    --------
    staging : a folder for what shall be moved to the path.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with alone_at(Path(folder, "corpus")):
    ...         during = os.listdir(folder)
    ...     during, os.listdir(folder)
    (['.corpus.lock'], [])
    """
    path = Path(path).absolute()
    folder = path.parent.resolve(strict=True)  # an error if it's missing: the lock would make it
    lock = filelock.FileLock(folder / f".{path.name}.lock")
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        problem = "another process is at work there; waiting until it has finished"
        print(f"{path}: {problem} …", file=sys.stderr)
        lock.acquire()
    try:
        _sweep(path)
        yield
    finally:
        # Whoever waits for it makes a new one. Windows removes no file that is open: it stays.
        with contextlib.suppress(PermissionError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


@contextlib.contextmanager
def staging(path: str | Path) -> Iterator[Path]:
    """Offer an empty folder beside a path, for what shall be moved there; it goes in any case.

    Parameters
    ----------
    path : str or Path
        Where something shall stand. The caller is `alone_at` it.

    Yields
    ------
    Path
        In the same file system as `path`, so that a file or folder in it can be moved at one
        stroke. It is removed at the end of the block, or else, if the process is killed, by the
        next that is alone at `path`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = Path(folder, "report")
    ...     with alone_at(report), staging(report) as prepared:
    ...         (prepared / "report").mkdir()
    ...         moved = (prepared / "report").rename(report)
    ...     os.listdir(folder)
    ['report']
    """
    path = Path(path).absolute()
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-", suffix=PARTIAL))
    try:
        (folder / "new").mkdir()
        yield folder / "new"
    finally:
        _remove(folder)


def _sweep(path: Path) -> None:
    """Remove what processes that were killed have made ready for a path; the caller is alone."""
    ours = re.compile(rf"\.{re.escape(path.name)}-\w{{8}}{re.escape(PARTIAL)}")
    for entry in path.parent.iterdir():
        if ours.fullmatch(entry.name):
            _remove(entry)


def _remove(folder: Path) -> None:
    """Remove a folder of `staging`, even while workers that were not told to stop write to it."""
    with contextlib.suppress(OSError):
        (folder / "new").rename(folder / "old")  # they no longer find it
    shutil.rmtree(folder, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk and survives a power cut.

    Parameters
    ----------
    path : Path
        Of the file or folder; nothing is done for a folder on Windows, which opens none.

    Examples
    --------
    >>> sync(Path(__file__).parent)
    """
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError:
        if not is_folder:  # some network disks sync files, but no folders
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def replace_atomically(path: str | Path) -> Iterator[Path]:
    """Write a file whole or not at all: move it into place when the block has succeeded.

    The block writes to a path of the same name in a folder beside it. A block that fails, or a
    process that is killed in it, leaves whatever stood at `path` untouched. Of two processes, one
    waits for the other.

    Parameters
    ----------
    path : str or Path
        Where the file shall stand; its folder must exist.

    Yields
    ------
    Path
        Where to write it.

    Raises
    ------
    WriteError
        An OSError. If the folder is missing, cannot be written to, or the disk is full; the
        sentence names `path`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replace_atomically(Path(folder, "scores.csv")) as temporary:
    ...         written = temporary.write_text("score")
    ...     Path(folder, "scores.csv").read_text()
    'score'
    """
    path = Path(path)
    with spoken_errors(path), alone_at(path), staging(path) as folder:
        temporary = folder / path.name
        yield temporary
        # In this order, or a power cut could leave the new name with nothing behind it.
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
