"""Files that are whole: their checksums, and writing that replaces one at once or not at all."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def checksum(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def replace_atomically(path: str | Path) -> Iterator[Path]:
    """Yield a path of the same name in a folder beside `path`; move it into place when the block has succeeded.

    A block that fails, or a process that is killed in it, leaves whatever stood at `path` untouched.

    Raises
    ------
    OSError
        If the folder is missing, cannot be written to, or the disk is full; the sentence names `path`.
    """
    path = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
            temporary = Path(folder, path.name)
            yield temporary
            temporary.chmod(0o644)
            temporary.replace(path)
    except OSError as error:
        cure = (
            "is the disk full?"
            if os.access(path.parent, os.W_OK)
            else "is it read-only, does its folder exist?"
        )
        raise OSError(f"{path}: cannot be written ({error.strerror or error}); {cure}") from error
