"""The whole way in one call: a scan, or a corpus of scans, as the encoder's input."""

from contextlib import suppress
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import files, runtime
from deepsign_helpers.preprocessing.cleaning import remove_background, remove_specks, shrink
from deepsign_helpers.preprocessing.framing import NO_INK, crop_to_ink, deskew, fit_to, normalise
from deepsign_helpers.preprocessing.reading import ImageError, check_size, read_gray

LEAST_INK, MOST_INK = 0.0002, 0.6  # shares of the scan


def prepare(
    image: str | Path | bytes | np.ndarray,
    size: tuple[int, int] = (128, 256),
    fit: str = "halfway",
    name: str = "",
) -> np.ndarray:
    """Turn a scan into the encoder's input: background, specks, skew, margins, size and ink level removed.

    Parameters
    ----------
    image : path of a scan, its content, or uint8 (height, width), paper light and ink dark, as `read_gray` returns it
    size : (height, width) of the result in pixels
    fit : "aspect" or "halfway", see `fit_to`
    name : what error messages call the image

    Returns
    -------
    float32 array (height, width, 1), paper exactly 0.0, ink up to 1.0

    Raises
    ------
    ImageError
        If the array is not a grey image, is too small or too large, holds no ink or hardly anything but ink.
    """
    if isinstance(image, str | Path | bytes):
        return prepare(
            read_gray(image, name),
            size,
            fit,
            name or ("image" if isinstance(image, bytes) else str(image)),
        )
    name = name or "image"
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 2:
        found = (
            f"{image.dtype} {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise ImageError(
            f"{name}: is {found}, not uint8 (height, width); read the file with read_gray."
        )
    check_size(*image.shape, name)
    if image.mean() < 64:  # there is no paper to speak of
        raise ImageError(f"{name}: nearly all of it is dark; is the scan inverted or underexposed?")
    clean = remove_background(
        shrink(image, 2048)
    )  # a signature across a quarter of a page still has 400 pixels
    ink = np.count_nonzero(clean < 255) / clean.size
    if ink < LEAST_INK:
        raise ImageError(f"{name}: {NO_INK}")
    if ink > MOST_INK:
        raise ImageError(
            f"{name}: {ink:.0%} of it is ink; is the scan inverted, or a photograph of something else?"
        )
    return normalise(fit_to(crop_to_ink(deskew(remove_specks(clean)), name), size, fit))


def prepare_all(
    table: pd.DataFrame,
    size: tuple[int, int],
    cache: str | Path | None = None,
    fit: str = "halfway",
    dtype: type = np.float32,
) -> np.ndarray:
    """Return the prepared images of a corpus, in the table's order.

    Work is spread over as many processes as `joblib.parallel_config` says.

    Parameters
    ----------
    table : corpus table; its `path` can be opened
    size, fit : as for `prepare`
    dtype : of the images; float16 takes half the memory, and is exact to 1/2048
    cache : a file in .npz format, read if it was made from the same files, sizes and times of change, written otherwise

    Returns
    -------
    images : (n, height, width, 1)

    Raises
    ------
    ImageError
        If an image cannot be used; the sentence names it.
    """
    made_from = [
        (path, Path(path).stat().st_size, Path(path).stat().st_mtime_ns) for path in table["path"]
    ]
    fingerprint = joblib.hash((tuple(size), fit, np.dtype(dtype).name, made_from))
    if cache is not None:
        # Absent, of other images, or damaged, for which zipfile and NumPy raise a dozen kinds of errors: made again.
        with suppress(Exception), Path(cache).open("rb") as file, np.load(file) as kept:
            if kept["fingerprint"] == fingerprint:
                return kept["images"]
    work = (joblib.delayed(prepare)(path, size, fit) for path in table["path"])
    prepared = joblib.Parallel(return_as="generator", batch_size=16)(work)
    images = np.empty((len(table), *size, 1), dtype)
    for row, image in enumerate(runtime.progress(prepared, "preparing", total=len(table))):
        images[row] = image
    if cache is not None:
        # Given a path, np.savez would append .npz to a name that ends otherwise.
        with files.replace_atomically(cache) as temporary, temporary.open("wb") as file:
            np.savez(file, images=images, fingerprint=fingerprint)
    return images
