"""Prepares all images of a corpus once, and finds them prepared the next time."""

import hashlib
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import preprocessing, runtime


def prepare_all(
    table: pd.DataFrame, size: tuple[int, int], cache: str | Path | None = None, fit: str = "halfway"
) -> np.ndarray:
    """Return the prepared images of a corpus, in the table's order.

    Work is spread over as many processes as `joblib.parallel_config` says.

    Parameters
    ----------
    table : corpus table; its `path` can be opened
    size, fit : as for `preprocessing.prepare`
    cache : a file in .npz format, read if it was made from the same files, sizes and times of change, written otherwise

    Returns
    -------
    float32 (n, height, width, 1)

    Raises
    ------
    preprocessing.ImageError
        If an image cannot be used; the sentence names it.
    """
    key = fingerprint(table, size, fit)
    if cache is not None and (images := read_cache(Path(cache), key)) is not None:
        return images
    work = (joblib.delayed(preprocessing.prepare_file)(path, size, fit, path) for path in table["path"])
    prepared = joblib.Parallel(return_as="generator", batch_size=16)(work)
    images = np.empty((len(table), *size, 1), np.float32)
    for row, image in enumerate(runtime.progress(prepared, "preparing", total=len(table))):
        images[row] = image
    if cache is not None:
        # Given a path, np.savez would append .npz to a name that ends otherwise.
        with runtime.replace_atomically(cache) as temporary, temporary.open("wb") as file:
            np.savez(file, images=images, fingerprint=key)
    return images


def fingerprint(table: pd.DataFrame, size: tuple[int, int], fit: str) -> str:
    """Return a checksum of which files are prepared and how; it changes when a file does."""
    seen = hashlib.sha256(f"{size} {fit}".encode())
    for path in table["path"]:
        status = Path(path).stat()
        seen.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def read_cache(cache: Path, key: str) -> np.ndarray | None:
    """Return the images kept under this key, or None where there are none, others, or a damaged file."""
    try:
        with cache.open("rb") as file, np.load(file) as kept:
            return kept["images"] if kept["fingerprint"] == key else None
    except Exception:  # zipfile and NumPy raise a dozen kinds of errors on damaged data
        return None
