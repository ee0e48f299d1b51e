"""One image as it is measured: its ink level and framed, and the line in the middle of it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage.morphology import skeletonize

from deepsign_helpers import preprocessing

BOX = (128, 256)  # pixels, height and width; the ink is scaled until it fills one of them
IS_INK = 0.35  # of full ink: what is fainter is the edge of a stroke
SHORTEST_LINE = 30  # pixels: on less there is nothing to measure

# Standard deviations of the blurs, in pixels of the box.
EDGE_BLUR = 1.2  # before differences are taken
AROUND = 2.0  # over which the direction of a line is averaged
DARKNESS_BLUR = 1.5  # about a stroke's width


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the figures and the likeness are measured on.

    Attributes
    ----------
    rise : float, degrees
        By how much the ink was turned to lie level; positive where it rises to the right.
    aspect : float
        Width of the ink as it was written, by its height.
    ink : float32 array, shape (height, width), in [0, 1]
        Fills the box along one side; paper 0.
    line : bool array, shape (height, width)
        The middle of the strokes, one pixel wide.
    right, down : float32 arrays, shape (height, width)
        How fast the ink darkens in both directions.
    direction : float32 array, shape (height, width), rad
        Of the line that runs there, downwards from the right. What differs by π is the same.
    clearness : float32 array, shape (height, width), in [0, 1]
        How much one direction outweighs the others there: 1 along a straight edge.
    darkness : float32 array, shape (height, width), in [0, 1]
        Of the ink, averaged over about a stroke's width.
    """

    rise: float
    aspect: float
    ink: np.ndarray
    line: np.ndarray
    right: np.ndarray
    down: np.ndarray
    direction: np.ndarray
    clearness: np.ndarray
    darkness: np.ndarray


def look(image: str | Path | np.ndarray) -> Drawing:
    """Return an image as it is measured.

    Parameters
    ----------
    image : path or uint8 array, shape (height, width)
        A scan, or its grey levels: paper light, ink dark.

    Raises
    ------
    ValueError
        If there is next to no line, or nothing but ink.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> for top in (30, 100):  # two lines that fall to the right
    ...     _ = cv2.line(page, (50, top), (350, top + 53), color=0, thickness=5)
    >>> drawing = look(page)
    >>> round(drawing.rise)
    -10
    """
    gray = image if isinstance(image, np.ndarray) else preprocessing.read_gray(image)
    written = preprocessing.crop_to_ink(ink_of(gray))
    skew = preprocessing.skew_angle(written)
    level = preprocessing.crop_to_ink(preprocessing.rotate(written, skew))
    ink = framed(level)

    is_ink = ink > IS_INK
    line = skeletonize(is_ink)
    if line.sum() < SHORTEST_LINE or is_ink.all():
        raise ValueError("the ink is a spot, not a line; is it a signature?")
    right, down, direction, clearness = directions(ink)
    return Drawing(
        rise=-skew,
        aspect=written.shape[1] / written.shape[0],
        ink=ink,
        line=line,
        right=right,
        down=down,
        direction=direction,
        clearness=clearness,
        darkness=cv2.GaussianBlur(ink, (0, 0), DARKNESS_BLUR),
    )


def ink_of(gray: np.ndarray) -> np.ndarray:
    """Return an image with paper of exactly 255: what Otsu's threshold calls paper, and specks.

    The project finds ink in another way, which asks less of a scan. The real corpora were measured
    with this one, whose strokes are a little thinner.
    """
    even = cv2.divide(gray, preprocessing.estimate_paper(gray), scale=255)
    smooth = cv2.GaussianBlur(even, (3, 3), 0)
    _, is_paper = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return preprocessing.remove_specks(cv2.bitwise_or(np.minimum(even, 254), is_paper))


def framed(level: np.ndarray) -> np.ndarray:
    """Scale ink until it fills the box along one side; return it as levels from 0 to 1."""
    height, width = level.shape
    scale = min(BOX[0] / height, BOX[1] / width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    # Averaged over areas where it shrinks, so that no thin stroke is lost.
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return preprocessing.normalise(cv2.resize(level, size, interpolation=way))[..., 0]


def directions(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return how fast ink darkens, to the right and down; direction and clearness of its lines.

    The last two are read off the structure tensor: squares and products of the first two, averaged
    over the surroundings.

    References
    ----------
    J. Bigün, G. H. Granlund, Optimal orientation detection of linear symmetry, ICCV 1987.
    """
    smooth = cv2.GaussianBlur(ink, (0, 0), EDGE_BLUR)
    right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    across = cv2.GaussianBlur(right * right, (0, 0), AROUND)
    along = cv2.GaussianBlur(down * down, (0, 0), AROUND)
    together = cv2.GaussianBlur(right * down, (0, 0), AROUND)

    # Ink darkens across its line: a quarter turn from that, the line runs.
    direction = 0.5 * np.arctan2(2 * together, across - along) + np.pi / 2
    clearness = np.hypot(across - along, 2 * together) / (across + along + 1e-9)
    return right, down, direction, clearness
