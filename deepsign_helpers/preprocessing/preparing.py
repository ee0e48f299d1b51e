"""The whole way in one call: a scan, or a corpus of scans, as the encoder's input."""

import warnings
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
import PIL

from deepsign_helpers import __version__, files, runtime
from deepsign_helpers.preprocessing.cleaning import shrink
from deepsign_helpers.preprocessing.framing import crop_to_ink, deskew, fit_to, normalise
from deepsign_helpers.preprocessing.pages import ClearedPage, clear_page
from deepsign_helpers.preprocessing.quality import Quality, judge
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
# Images that a process is given at once. One takes a few milliseconds, and so does handing over.
IMAGES_AT_ONCE = 16
# Unusable images that a message names. Where there are more, something else is wrong.
MOST_NAMED = 10

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

    Background, what belongs to the page (desk, rules, print, stamps, specks), skew, margins, size
    and ink level are removed. Derived in chapter 01, one section a step.

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
        If a file cannot be read, or an array is not a grey image, is too small or too large, or
        shows no signature: `quality` says why.

    See Also
    --------
    prepare_all : prepares a whole corpus.
    quality : says what is doubtful, too.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> path = runtime.data_folder() / "images" / "w000" / "genuine_00.png"
    >>> prepared = prepare(path, size=(32, 64))
    >>> prepared.shape, float(prepared.min()), float(prepared.max())
    ((32, 64, 1), 0.0, 1.0)
    """
    prepared, _ = prepare_and_judge(image, size, fit, name)
    return prepared


def prepare_and_judge(
    image: str | Path | bytes | np.ndarray,
    size: tuple[int, int] = (128, 256),
    fit: str = "halfway",
    name: str = "",
) -> tuple[np.ndarray, Quality]:
    """Return a scan as the encoder's input, as `prepare` does, and what is to be said of it."""
    name = spoken_name(image, name)
    page, gray = _signature_on(image, name)
    found = judge(page.ink, gray, page.doubts, page.removed)
    found.require_usable(name)

    # Cropped before it is turned, too: to turn a page takes time by the pixel.
    level = deskew(crop_to_ink(page.ink, name))
    cropped = crop_to_ink(level, name)
    fitted = fit_to(cropped, size, fit)
    return normalise(fitted), found


def quality(image: str | Path | bytes | np.ndarray, name: str = "") -> Quality:
    """Say whether a scan shows a signature: what `prepare` refuses, and what it has doubts about.

    Derived in chapter 01, *Is it a signature at all?*.

    Parameters
    ----------
    image, name
        As for `prepare`.

    Returns
    -------
    Quality

    Raises
    ------
    ImageError
        If a file cannot be read, or an array is not a grey image, or is too small or too large.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> quality(runtime.data_folder() / "images" / "w000" / "genuine_00.png").verdict
    'usable'
    >>> blank = np.full((200, 400), 255, np.uint8)
    >>> quality(blank).reasons
    ('no ink found; is the page blank or the contrast very low?',)
    """
    page, gray = _signature_on(image, spoken_name(image, name))
    return judge(page.ink, gray, page.doubts, page.removed)


def _signature_on(
    image: str | Path | bytes | np.ndarray, name: str
) -> tuple[ClearedPage, np.ndarray]:
    """Return the ink of a scan on white paper, and the scan itself, as large."""
    is_file = isinstance(image, str | Path | bytes | bytearray | memoryview)
    gray = read_gray(image, name) if is_file else image
    require_page(gray, name)

    smaller = shrink(gray, LONGEST_SIDE)
    return clear_page(smaller), smaller


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


def prepare_all(
    table: pd.DataFrame,
    size: tuple[int, int],
    cache: str | Path | None = None,
    fit: str = "halfway",
    dtype: type = np.float32,
    unusable: str = "raise",
) -> np.ndarray | tuple[np.ndarray, pd.DataFrame]:
    """Prepare all images of a corpus, in the table's order.

    One that cannot be used does not cost the others: all of them are named at once, or left out.
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
    unusable : "raise" or "leave out"
        What becomes of images that cannot be used. To leave them out shortens the result, so that
        the table of those that were kept is returned beside it.

    Returns
    -------
    images : array of `dtype`, shape (n, height, width, 1)
        Alone, unless images are to be left out.
    kept : DataFrame
        Only with `unusable="leave out"`, even where nothing was: the rows that the images belong
        to, numbered anew from 0, so that row i is image i. Its `attrs["unusable"]` gives the
        reason for each path that was left out.

    Warns
    -----
    UserWarning
        Once, if images are left out; it names up to ten of them.

    Raises
    ------
    ImageError
        If images cannot be used; it names up to ten of them. Also if none is left.
    OSError
        If the cache cannot be written.
    ValueError
        If `unusable` is neither of the two, or a file that is no cache stands where the cache shall
        be written.

    See Also
    --------
    prepare : prepares one image.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> table = corpora.load(runtime.data_folder()).head(2)
    >>> prepare_all(table, size=(32, 64), dtype=np.float16).shape
    (2, 32, 64, 1)
    >>> images, kept = prepare_all(table, size=(32, 64), unusable="leave out")
    >>> len(images), len(kept), kept.attrs["unusable"]
    (2, 2, {})
    """
    if unusable not in ("raise", "leave out"):
        raise ValueError(f'unusable: is {unusable!r}; "raise" and "leave out" are possible.')
    images, reasons = _images_and_reasons(table["path"], size, cache, fit, dtype, unusable)
    if unusable == "raise":
        return images

    is_usable = reasons == ""
    kept = table[is_usable].reset_index(drop=True)
    left_out = table["path"][~is_usable]
    kept.attrs["unusable"] = dict(zip(left_out, reasons[~is_usable].tolist(), strict=True))
    if len(left_out):
        warnings.warn(_named(reasons, "they are left out"), stacklevel=2)
    return images, kept


def _images_and_reasons(
    paths: pd.Series,
    size: tuple[int, int],
    cache: str | Path | None,
    fit: str,
    dtype: type,
    unusable: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the usable images, and for each path why its image is none of them, or ""."""
    fingerprint = _fingerprint(paths, size, fit, dtype)
    if cache is not None:
        found = _read_cache(cache, fingerprint)
        if found is not None:
            _require_enough(found[1], unusable)
            return found
        _require_ours(cache)
        with files.spoken_errors(cache), files.alone_at(cache):
            pass  # where it can't be written, that is said now, not after the work

    tasks = (joblib.delayed(_prepared_or_reason)(path, size, fit) for path in paths)
    parallel = joblib.Parallel(return_as="generator", batch_size=IMAGES_AT_ONCE)
    prepared = runtime.progress(parallel(tasks), "preparing", total=len(paths))

    height, width = size
    images = np.empty((len(paths), height, width, 1), dtype)
    usable = 0
    reasons = []
    for image in prepared:
        if isinstance(image, str):
            reasons.append(image)
        else:
            images[usable] = image
            usable += 1
            reasons.append("")
    images = images[:usable]
    reasons = np.array(reasons, str)

    _require_enough(reasons, unusable)
    if cache is not None:
        _write_cache(cache, fingerprint, images, reasons)
    return images, reasons


def _prepared_or_reason(path: str, size: tuple[int, int], fit: str) -> np.ndarray | str:
    """Return a prepared image, or the sentence that says why it cannot be used."""
    try:
        return prepare(path, size, fit)
    except ImageError as error:
        return str(error)


def _require_enough(reasons: np.ndarray, unusable: str) -> None:
    """Refuse a corpus with an image that cannot be used, or of nothing else."""
    unusable_images = np.count_nonzero(reasons)
    if unusable_images == 0:
        return
    if unusable == "raise" and unusable_images == 1:
        raise ImageError("".join(reasons))
    if unusable == "raise":
        cure = "mend them, or have prepare_all leave them out"
        raise ImageError(_named(reasons, cure))
    if unusable_images == len(reasons):
        raise ImageError(_named(reasons, "none is left"))


def _named(reasons: np.ndarray, consequence: str) -> str:
    """Return how many images of a corpus cannot be used, and what is wrong with the first ones."""
    sentences = reasons[reasons != ""]
    named = "".join(f"\n- {sentence}" for sentence in sentences[:MOST_NAMED])
    others = len(sentences) - MOST_NAMED
    if others > 0:
        named += f"\nand {others} more"
    return f"{len(sentences)} of {len(reasons)} images cannot be used; {consequence}:{named}"


def _fingerprint(paths: pd.Series, size: tuple[int, int], fit: str, dtype: type) -> str:
    """Return a hash of all that the prepared images depend on: it changes when a file does."""
    made_from = []
    for path in paths:
        try:
            status = Path(path).stat()
            made_from.append((path, status.st_size, status.st_mtime_ns))
        except (OSError, ValueError):  # there is no such file: `prepare` says so
            made_from.append((path, None, None))
    return joblib.hash((MADE_WITH, tuple(size), fit, np.dtype(dtype).name, made_from))


def _read_cache(cache: str | Path, fingerprint: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return images and reasons of a cache; None where it is absent, of others, or damaged."""
    try:
        with Path(cache).open("rb") as file, np.load(file) as kept:
            # NumPy reads as far as the stated shape goes; only whole members have their checksum
            # compared.
            if kept.zip.testzip() is not None:
                return None
            is_ours = kept["fingerprint"] == fingerprint
            return (kept["images"], kept["reasons"]) if is_ours else None
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


def _write_cache(
    cache: str | Path, fingerprint: str, images: np.ndarray, reasons: np.ndarray
) -> None:
    # Opened here, since np.savez would append .npz to a path that ends otherwise.
    with files.replace_atomically(cache) as temporary, temporary.open("wb") as file:
        np.savez(file, fingerprint=fingerprint, images=images, reasons=reasons)
