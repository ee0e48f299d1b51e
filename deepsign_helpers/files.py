"""Files that are whole: their checksums, and writing that replaces one at once or not at all."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Temporary files are their owner's alone; a corpus or a table is read by a class, and by a server.
READABLE_BY_ALL = 0o644


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

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.png", "a.png", "._a.png", "notes.txt"):
    ...         Path(folder, name).touch()
    ...     [path.name for path in files_below(Path(folder), "*.png")]
    ['a.png', 'b.png']
    """
    found = []
    for path in sorted(folder.rglob(pattern)):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not is_hidden:
            found.append(path)
    return found


@contextlib.contextmanager
def replace_atomically(path: str | Path) -> Iterator[Path]:
    """Write a file whole or not at all: move it into place when the block has succeeded.

    The block writes to a path of the same name in a folder beside it. A block that fails, or a
    process that is killed in it, leaves whatever stood at `path` untouched.

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
    OSError
        If the folder is missing, cannot be written to, or the disk is full; the sentence names
        `path`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replace_atomically(Path(folder, "scores.csv")) as temporary:
    ...         written = temporary.write_text("score")
    ...     Path(folder, "scores.csv").read_text()
    'score'
    """
    path = Path(path)
    try:
        # Beside `path`, because a file can be moved at one stroke only within one file system.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
            temporary = Path(folder, path.name)
            yield temporary
            temporary.chmod(READABLE_BY_ALL)
            temporary.replace(path)
    except OSError as error:
        reason = error.strerror or error
        is_writable = os.access(path.parent, os.W_OK)
        cure = "is the disk full?" if is_writable else "is it read-only, does its folder exist?"
        raise OSError(f"{path}: cannot be written ({reason}); {cure}") from error
