"""One signature image that stands in a corpus twice: as a file, as pixels, or scanned anew."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import runtime
from deepsign_helpers.corpora.thumbnails import Fingerprint, fingerprint_of
from deepsign_helpers.preprocessing.preparing import quality
from deepsign_helpers.preprocessing.reading import ImageError, read_gray
from deepsign_helpers.tables import require_filled

COLUMNS = ["path", "double", "likeness", "where", "correlation"]
SAME_FILE = "same file"
SAME_PIXELS = "same pixels"
NEAR = "near"

# Correlation of two thumbnails, laid upon each other, from which on they are one image. Measured on
# 300 generated writers of all scripts, 100 each of the domains clean, office and phone: of 36,000
# pairs of signatures of or after one writer, the highest is 0.966, of two tracings of one original
# by one forger. Of 600 images saved anew (JPEG 60, scaled by 0.8 and 1.2, margins cut, darker,
# lighter, all at once) 96.5 in 100 or more of each way are found, of clean ones all, from 0.988 on.
LEAST_LIKENESS = 0.975
# Correlation of their coarse copies, as they lie, from which on two thumbnails are laid upon each
# other.
LEAST_COARSE_LIKENESS = 0.88
# Height and width of the coarse copies, pixels, and by what they are blurred before, pixels of a
# thumbnail.
COARSE_SIZE = (16, 32)
COARSE_BLUR = 2.0
# Pixels of a thumbnail: what is left of the difference between two scanners.
FINE_BLUR = 0.5
# Steps of laying one thumbnail upon the other. Doubles are as good as there after five.
STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-4)

# Thumbnails that are compared with all others at once: of 20,000 that takes 40 MB.
BLOCK = 500
# Images, or pairs, that a process is given at once.
AT_ONCE = 16


def find_doubles(table: pd.DataFrame) -> pd.DataFrame:
    """Find the signature images that stand in a corpus twice, however they were saved.

    A double is right for free where it is compared with its original, and a double in the test of
    an image in training is no test. Work is spread over as many processes as
    `joblib.parallel_config` says.

    Parameters
    ----------
    table : DataFrame
        Corpus table; its `path` can be opened. A column `split` is heeded where there is one.

    Returns
    -------
    DataFrame, a row for each pair
        The `path` of the first in the table and that of its `double`; their `likeness`: "same
        file", "same pixels" (saved in another format) or "near" (rescaled, compressed, cropped or
        lightened, or scanned anew); `where` they stand: "within a writer", or "across writers",
        "across kinds", "across splits", or several, as "across writers and splits"; and the
        `correlation` of their ink, laid upon each other, which is 1 for same pixels. Of several
        equal images each is paired with the first. Images that can't be read have no pixels to
        compare.

    Raises
    ------
    ValueError
        If a row has no path, writer or kind.

    See Also
    --------
    inspect : says what doubles there are among much else.

    Notes
    -----
    The ink of each image is laid into one frame by its centre and its spread. Coarse copies of all
    are compared with each other; those that resemble each other are laid upon each other by an
    affine map (the enhanced correlation coefficient of Evangelidis and Psarakis), and compared
    again. Two genuine signatures of one writer, and even a traced one, differ in more than that.

    References
    ----------
    G. D. Evangelidis, E. Z. Psarakis, Parametric image alignment using enhanced correlation
    coefficient maximization, IEEE Transactions on Pattern Analysis and Machine Intelligence 30,
    2008, https://doi.org/10.1109/TPAMI.2008.113.

    Examples
    --------
    >>> from deepsign_helpers import corpora
    >>> table = corpora.load(runtime.data_folder()).head(3)
    >>> find_doubles(table).empty
    True
    >>> twice = pd.concat([table, table.head(1).assign(kind="forged")], ignore_index=True)
    >>> find_doubles(twice)[["likeness", "where", "correlation"]]
        likeness         where  correlation
    0  same file  across kinds          1.0
    """
    require_filled(table, ["path", "writer", "kind"])
    tasks = (joblib.delayed(_fingerprint)(path) for path in table["path"])
    parallel = joblib.Parallel(return_as="generator", batch_size=AT_ONCE)
    fingerprints = list(runtime.progress(parallel(tasks), "looking for doubles", len(table)))
    return doubles_among(table, fingerprints)


def _fingerprint(path: str) -> Fingerprint:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError):  # ValueError for a path that no file can have
        return Fingerprint()
    try:
        gray = read_gray(content)
    except ImageError:
        return fingerprint_of(content)
    try:
        is_signature = not quality(gray).reasons
    except ImageError:
        is_signature = False
    return fingerprint_of(content, gray, is_signature)


def doubles_among(table: pd.DataFrame, fingerprints: Sequence[Fingerprint]) -> pd.DataFrame:
    """Return the doubles of a corpus, as `find_doubles` does, from fingerprints taken before.

    Parameters
    ----------
    table : DataFrame
        Corpus table.
    fingerprints : sequence of Fingerprint
        One for each row.

    Returns
    -------
    DataFrame
    """
    checksums = [fingerprint.file for fingerprint in fingerprints]
    same_file = dict(first_of_equals(checksums))
    others = [row for row in range(len(table)) if row not in same_file]
    pixels = [fingerprints[row].pixels for row in others]
    same_pixels = {others[row]: others[first] for row, first in first_of_equals(pixels)}
    originals = [
        row for row in others if row not in same_pixels and fingerprints[row].thumbnail is not None
    ]
    near = near_pairs([fingerprints[row].thumbnail for row in originals])

    found = [(first, row, SAME_FILE, 1.0) for row, first in same_file.items()]
    found += [(first, row, SAME_PIXELS, 1.0) for row, first in same_pixels.items()]
    found += [(originals[one], originals[other], NEAR, value) for one, other, value in near]
    rows = [
        {
            "path": table["path"].iloc[one],
            "double": table["path"].iloc[other],
            "likeness": likeness,
            "where": where(table.iloc[one], table.iloc[other]),
            "correlation": correlation,
        }
        for one, other, likeness, correlation in sorted(found)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def first_of_equals(checksums: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the place of each checksum that was there before, and that of the first; "" is none."""
    first_of = {}
    for place, checksum in enumerate(checksums):
        first = first_of.setdefault(checksum, place)
        if checksum and first != place:
            yield place, first


def where(one: pd.Series, other: pd.Series) -> str:
    """Return between what two rows of a corpus table stand.

    Examples
    --------
    >>> ann = pd.Series({"writer": "ann", "kind": "genuine", "split": "train"})
    >>> bob = pd.Series({"writer": "bob", "kind": "genuine", "split": "test"})
    >>> where(ann, bob)
    'across writers and splits'
    """
    differing = [
        f"{name}s"
        for name in ("writer", "kind", "split")
        if name in one and one[name] != other[name]
    ]
    return f"across {' and '.join(differing)}" if differing else "within a writer"


def near_pairs(thumbnails: Sequence[np.ndarray]) -> list[tuple[int, int, float]]:
    """Return the pairs of thumbnails that are one image, each with its correlation."""
    candidates = list(coarsely_alike(thumbnails))
    tasks = (
        joblib.delayed(likeness)(thumbnails[one], thumbnails[other]) for one, other in candidates
    )
    parallel = joblib.Parallel(return_as="generator", batch_size=AT_ONCE)
    values = runtime.progress(parallel(tasks), "comparing", total=len(candidates))
    pairs = zip(candidates, values, strict=True)
    return [(one, other, value) for (one, other), value in pairs if value >= LEAST_LIKENESS]


def coarsely_alike(thumbnails: Sequence[np.ndarray]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of thumbnails, the first before the second, whose coarse copies are alike."""
    if len(thumbnails) < 2:
        return
    # One row an image, of mean 0 and length 1: the product of two rows is their correlation.
    coarse = np.stack([_coarse_copy(thumbnail) for thumbnail in thumbnails])
    for start in range(0, len(coarse), BLOCK):
        block = coarse[start : start + BLOCK]
        correlations = block @ coarse[start:].T
        ones, others = np.nonzero(correlations >= LEAST_COARSE_LIKENESS)
        is_before = ones < others
        for one, other in zip(ones[is_before], others[is_before], strict=True):
            yield start + int(one), start + int(other)


def _coarse_copy(thumbnail: np.ndarray) -> np.ndarray:
    blurred = cv2.GaussianBlur(thumbnail.astype(np.float32), (0, 0), COARSE_BLUR)
    height, width = COARSE_SIZE
    small = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_AREA).ravel()
    centred = small - small.mean()
    return centred / max(float(np.linalg.norm(centred)), 1e-6)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Return the correlation of two thumbnails once one is laid upon the other.

    Parameters
    ----------
    one, other : uint8 arrays, shape (64, 128)
        As `thumbnail_of` returns them.

    Returns
    -------
    float, in [-1, 1]
        0 where one cannot be laid upon the other.
    """
    upon = cv2.GaussianBlur(one.astype(np.float32), (0, 0), FINE_BLUR)
    laid = cv2.GaussianBlur(other.astype(np.float32), (0, 0), FINE_BLUR)
    try:
        _, matrix = cv2.findTransformECC(
            upon, laid, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, STEPS, None, 1
        )
    except cv2.error:  # it drifts apart: they are not alike
        return 0.0
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(laid, matrix, upon.shape[::-1], flags=flags)
    if moved.std() == 0:
        return 0.0
    return float(np.corrcoef(upon.ravel(), moved.ravel())[0, 1])
