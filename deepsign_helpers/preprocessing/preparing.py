"""The whole way in one call: a scan, or a corpus of scans, as the encoder's input."""

from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
import PIL

from deepsign_helpers import __version__, files, runtime
from deepsign_helpers.preprocessing.cleaning import (
    PAPER,
    remove_background,
    remove_specks,
    shrink,
)
from deepsign_helpers.preprocessing.framing import NO_INK, crop_to_ink, deskew, fit_to, normalise
from deepsign_helpers.preprocessing.reading import (
    ImageError,
    read_gray,
    require_usable_size,
    spoken_name,
)

# In pixels: larger scans are shrunk before they are cleaned, which takes time by the pixel. A
# signature across a quarter of a page still has 400 of them.
LONGEST_SIDE = 2048
# Mean grey level of a page. Below it, there is no paper to speak of.
DARKEST_PAGE = 64
# Share of the scan. A dot has less, and the smallest signature on a page of A4 has more.
LEAST_INK = 0.0002
# Share of the scan. Writing leaves most of a page white; what does not is something else.
MOST_INK = 0.6

# Images that a process is given at once. One takes a few milliseconds, and so does handing over.
IMAGES_AT_ONCE = 16

HEAD_OF_CACHE = 64  # bytes: a ZIP file begins with the name of its first member

# What prepares, beside the settings. Read at once: the code of this process, whatever comes later.
MADE_WITH = {
    "deepsign": __version__,
    "code": files.checksum_of_code(Path(__file__).parent),
    "numpy": np.__version__,
    "opencv": cv2.__version__,
    "pillow": PIL.__version__,
}


def prepare(
    image: str | Path | bytes | np.ndarray,
    size: tuple[int, int] = (128, 256),
    fit: str = "halfway",
    name: str = "",
) -> np.ndarray:
    """Turn a scan into the encoder's input.

    Background, specks, skew, margins, size and ink level are removed. Derived in chapter 01, one
    section a step.

    Parameters
    ----------
    image : str, Path, bytes or uint8 array, shape (height, width)
        Path of a scan, its content, or its grey levels as `read_gray` returns them: paper light and
        ink dark.
    size : (int, int), pixels
        Height and width of the result.
    fit : "aspect" or "halfway"
        See `fit_to`.
    name : str
        What error messages call the image; by default the path, or "image".

    Returns
    -------
    float32 array, shape (height, width, 1)
        Paper exactly 0.0, ink up to 1.0.

    Raises
    ------
    ImageError
        If a file cannot be read, or an array is not a grey image, is too small or too large, holds
        no ink or hardly anything but ink.

    See Also
    --------
    prepare_all : prepares a whole corpus.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> path = runtime.data_folder() / "images" / "w000" / "genuine_00.png"
    >>> prepared = prepare(path, size=(32, 64))
    >>> prepared.shape, float(prepared.min()), float(prepared.max())
    ((32, 64, 1), 0.0, 1.0)
    """
    name = spoken_name(image, name)
    is_file = isinstance(image, str | Path | bytes)
    gray = read_gray(image, name) if is_file else image
    require_page(gray, name)

    smaller = shrink(gray, LONGEST_SIDE)
    clean = remove_background(smaller)
    require_signature(clean, name)
    without_specks = remove_specks(clean)
    level = deskew(without_specks)
    cropped = crop_to_ink(level, name)
    fitted = fit_to(cropped, size, fit)
    return normalise(fitted)


def require_page(gray: np.ndarray, name: str) -> None:
    """Refuse what is not an image of grey levels, is of no usable size, or shows no paper."""
    is_array = isinstance(gray, np.ndarray)
    if not is_array or gray.dtype != np.uint8 or gray.ndim != 2:
        found = f"{gray.dtype} {gray.shape}" if is_array else type(gray).__name__
        wanted = "uint8 (height, width)"
        raise ImageError(f"{name}: is {found}, not {wanted}; read the file with read_gray.")
    height, width = gray.shape
    require_usable_size(height, width, name)
    if gray.mean() < DARKEST_PAGE:
        raise ImageError(f"{name}: nearly all of it is dark; is the scan inverted or underexposed?")


def require_signature(clean: np.ndarray, name: str) -> None:
    """Refuse a page without its background that holds no ink, or hardly anything but ink."""
    ink = np.count_nonzero(clean < PAPER) / clean.size
    if ink < LEAST_INK:
        raise ImageError(f"{name}: {NO_INK}")
    if ink > MOST_INK:
        cure = "is the scan inverted, or a photograph of something else?"
        raise ImageError(f"{name}: {ink:.0%} of it is ink; {cure}")


def prepare_all(
    table: pd.DataFrame,
    size: tuple[int, int],
    cache: str | Path | None = None,
    fit: str = "halfway",
    dtype: type = np.float32,
) -> np.ndarray:
    """Prepare all images of a corpus, in the table's order.

    Work is spread over as many processes as `joblib.parallel_config` says.

    Parameters
    ----------
    table : DataFrame
        Corpus table; its `path` can be opened.
    size : (int, int), pixels
        Height and width of the results.
    cache : str or Path, optional
        A file in .npz format: read if the same code made it with the same settings from the same
        files, by their paths, sizes and times of change; written otherwise. Its folder must exist.
    fit : "aspect" or "halfway"
        See `fit_to`.
    dtype : NumPy type
        Of the result; float16 takes half the memory, and is exact to 1/2048.

    Returns
    -------
    array of `dtype`, shape (n, height, width, 1)

    Raises
    ------
    ImageError
        If an image cannot be used; the sentence names it.
    ValueError
        If a file that is no cache stands where the cache shall be written.
    OSError
        If the cache cannot be written.

    See Also
    --------
    prepare : prepares one image.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> table = corpora.load(runtime.data_folder()).head(2)
    >>> prepare_all(table, size=(32, 64), dtype=np.float16).shape
    (2, 32, 64, 1)
    """
    fingerprint = _fingerprint(table["path"], size, fit, dtype)
    if cache is not None:
        images = _read_cache(cache, fingerprint)
        if images is not None:
            return images
        _require_ours(cache)
        with files.spoken_errors(cache), files.alone_at(cache):
            pass  # where it can't be written, that is said now, not after the work

    tasks = (joblib.delayed(prepare)(path, size, fit) for path in table["path"])
    parallel = joblib.Parallel(return_as="generator", batch_size=IMAGES_AT_ONCE)
    prepared = runtime.progress(parallel(tasks), "preparing", total=len(table))

    height, width = size
    images = np.empty((len(table), height, width, 1), dtype)
    for row, image in enumerate(prepared):
        images[row] = image

    if cache is not None:
        _write_cache(cache, fingerprint, images)
    return images


def _fingerprint(paths: pd.Series, size: tuple[int, int], fit: str, dtype: type) -> str:
    """Return a hash of all that the prepared images depend on: it changes when a file does."""
    made_from = []
    for path in paths:
        status = Path(path).stat()
        made_from.append((path, status.st_size, status.st_mtime_ns))
    return joblib.hash((MADE_WITH, tuple(size), fit, np.dtype(dtype).name, made_from))


def _read_cache(cache: str | Path, fingerprint: str) -> np.ndarray | None:
    """Return the images of a cache; None where it is absent, of other images, or damaged."""
    try:
        with Path(cache).open("rb") as file, np.load(file) as kept:
            # NumPy reads as far as the stated shape goes; only whole members have their checksum
            # compared.
            if kept.zip.testzip() is not None:
                return None
            is_ours = kept["fingerprint"] == fingerprint
            return kept["images"] if is_ours else None
    except Exception:  # zipfile and NumPy raise a dozen kinds of errors on damaged data
        return None


def _require_ours(cache: str | Path) -> None:
    """Refuse to replace a file that is no cache: one has its first member's name at its head."""
    if not Path(cache).exists():
        return
    with Path(cache).open("rb") as file:
        head = file.read(HEAD_OF_CACHE)
    is_ours = b"fingerprint" in head or b"images.npy" in head  # earlier versions began with these
    if head and not is_ours:
        raise ValueError(f"{cache}: is no cache of prepared images; choose another name for it.")


def _write_cache(cache: str | Path, fingerprint: str, images: np.ndarray) -> None:
    # Opened here, since np.savez would append .npz to a path that ends otherwise.
    with files.replace_atomically(cache) as temporary, temporary.open("wb") as file:
        np.savez(file, fingerprint=fingerprint, images=images)
