"""The line of a signature: points along the middle of its strokes, and how the pen ran there.

A document examiner follows a line: where it runs, how it was pressed, how wide it is, where it
ends. So does this module. A scan is cleaned as in chapter 01, brought to one scale and levelled;
its ink is thinned to the middle of the strokes; and at points along that middle direction, darkness
and width are read.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage.morphology import skeletonize

from deepsign_helpers import preprocessing
from deepsign_helpers.descriptor import DESCRIPTOR_SIZE, gradient_descriptor
from deepsign_helpers.preprocessing.cleaning import PAPER
from deepsign_helpers.preprocessing.preparing import LONGEST_SIDE, require_page
from deepsign_helpers.preprocessing.quality import judge
from deepsign_helpers.preprocessing.reading import spoken_name

# Pixels of the working image that make a radius: the root mean square distance of the ink from its
# centre. A signature is some 240 of them wide then, and a stroke four: thin enough to tell two
# strokes apart, thick enough to have a middle. Unlike a box, the radius is not changed by a turn,
# and hardly by the tip of a flourish.
RADIUS = 64
# Radii. What lies further out counts neither for the centre nor for the radius. The ends of a bar
# lie at 1.7; beyond 2.5 there are tips of flourishes, and crumbs.
OUTLYING = 2.5
ROUNDS = 5  # of leaving out what lies further; it has settled by then
# Pixels of the working image: ink strewn over a page would make it larger than memory.
LONGEST_WORKING_SIDE = 1024
MARGIN = 6  # pixels of paper about the working image: a blur reaches as far

# Standard deviations of blurs, in pixels of the working image.
OUTLINE_BLUR = 0.7  # a rough outline grows hairs when it is thinned
EDGE_BLUR = 1.2  # before differences are taken: one pixel's noise has no direction
AROUND = 2.0  # half a stroke: over that a direction is averaged
DARKNESS_BLUR = 1.5  # so that the whole width of a stroke tells how dark it is

IS_INK = 0.35  # of full ink: what is fainter is the soft edge of a stroke
SHORTEST = 30  # pixels of line: on less there is nothing to compare
THICKEST = 0.5  # radii, eight times a usual stroke: what is thicker has no middle to speak of
POINTS = 300  # of a line at most: one in two or three pixels; with more, no error fell
# Radii that the descriptor sees, across: of its picture, the ends of a long bar just lie inside.
SEEN = 4.2

NO_LINE = "its ink is a spot, not a line; is it a signature?"


@dataclass(frozen=True, eq=False)
class Line:
    """The line of a signature, point by point. Derived in chapter 08, *The middle of a stroke*.

    Attributes
    ----------
    points : float array, shape (n, 2), radii
        x to the right and y downwards from the centre, the line of writing levelled. The points'
        root mean square distance from the centre is 1, what lies far out left aside.
    direction : float array, shape (n,), rad
        In which the line runs, from x towards y. What differs by π is the same direction.
    darkness : float array, shape (n,), in [0, 1]
        Of the ink, as a share of full ink.
    width : float array, shape (n,), radii
        Of the stroke.
    ends : float array, shape (m, 2), radii
        Where the line ends; a ring has no end.
    on_page : float array, shape (n, 2), pixels
        The same points, x and y, on the image that was given.
    box : tuple of four int, pixels
        Left, top, right and bottom of the ink on that image.
    radius : float, pixels
        How long a radius is on that image.
    shape : tuple of two int, pixels
        Height and width of that image.
    descriptor : float32 array, shape (2772,)
        The gradient descriptor of the level signature, framed by centre and radius.
    """

    points: np.ndarray
    direction: np.ndarray
    darkness: np.ndarray
    width: np.ndarray
    ends: np.ndarray
    on_page: np.ndarray
    box: tuple[int, int, int, int]
    radius: float
    shape: tuple[int, int]
    descriptor: np.ndarray


def trace_line(image: str | Path | bytes | np.ndarray, name: str = "") -> Line:
    """Find the line of a signature on a scan.

    Derived in chapter 08, *The middle of a stroke*.

    Parameters
    ----------
    image : str, Path, bytes or uint8 array, shape (height, width)
        A scan, as for `preprocessing.prepare`: paper light and ink dark.
    name : str
        What error messages call the image; by default the path, or "image".

    Returns
    -------
    Line

    Raises
    ------
    ImageError
        For what `preprocessing.prepare` refuses, and if there is no line.

    See Also
    --------
    line_of_ink : where the page has been cleared already.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> line = trace_line(cv2.circle(page, (200, 100), 60, color=30, thickness=6))
    >>> len(line.ends), round(line.radius)  # a ring has no end
    (0, 60)
    """
    is_file = isinstance(image, str | Path | bytes | bytearray | memoryview)
    gray = preprocessing.read_gray(image, name) if is_file else image
    name = spoken_name(image, name)
    require_page(gray, name)
    smaller = preprocessing.shrink(gray, LONGEST_SIDE)
    page = preprocessing.clear_page(smaller)
    judge(page.ink, smaller, page.doubts, page.removed).require_usable(name)
    return line_of_ink(page.ink, gray.shape, name)


def line_of_ink(ink: np.ndarray, shape: tuple[int, int] | None = None, name: str = "") -> Line:
    """Find the line of ink on white paper.

    Parameters
    ----------
    ink : uint8 array, shape (height, width), paper exactly 255
        As `preprocessing.clear_page` leaves it.
    shape : (int, int), pixels, optional
        Height and width of the scan, where that was shrunk before it was cleared.
    name : str
        What error messages call the image.

    Returns
    -------
    Line

    Raises
    ------
    ImageError
        If there is no ink, or next to no line.

    Examples
    --------
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[97:103, 50:350] = 30  # a bar
    >>> line = line_of_ink(page)
    >>> bool(np.allclose(np.sin(line.direction), 0, atol=0.1))  # level
    True
    >>> len(line.ends), round(line.radius)  # 300 / √12, less where thinning eats the ends
    (2, 85)
    """
    shape = ink.shape if shape is None else shape
    level, from_page = working_image(ink, name)
    is_ink = (cv2.GaussianBlur(level, (0, 0), OUTLINE_BLUR) > IS_INK).astype(np.uint8)
    middle = skeletonize(is_ink > 0)
    rows, columns = np.nonzero(middle)
    if len(rows) < SHORTEST:
        raise preprocessing.ImageError(f"{name or 'image'}: {NO_LINE}")
    places = np.stack([columns, rows], axis=1).astype(float)
    centre, radius = centre_and_radius(places)

    # Column by column, evenly: no lot decides which points are kept.
    order = np.lexsort((rows, columns))
    some = order[np.linspace(0, len(order) - 1, min(POINTS, len(order))).round().astype(int)]
    rows, columns, places = rows[some], columns[some], places[some]
    # From the middle of a stroke to the middle of the first pixel of paper: half of its width, and
    # half of that pixel.
    to_paper = cv2.distanceTransform(is_ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[rows, columns]
    widths = (2 * to_paper - 1) / radius
    if np.median(widths) > THICKEST:
        raise preprocessing.ImageError(f"{name or 'image'}: {NO_LINE}")
    dark = cv2.GaussianBlur(level, (0, 0), DARKNESS_BLUR)

    scale = shape[1] / ink.shape[1]
    to_page = scale * cv2.invertAffineTransform(from_page)
    left, top, across, down = cv2.boundingRect((ink < PAPER).astype(np.uint8))
    box = np.round(scale * np.array([left, top, left + across, top + down])).astype(int)
    return Line(
        points=(places - centre) / radius,
        direction=directions(level)[rows, columns],
        darkness=dark[rows, columns],
        width=widths,
        ends=(ends_of(middle) - centre) / radius,
        on_page=places @ to_page[:, :2].T + to_page[:, 2],
        box=tuple(box.tolist()),
        radius=float(radius * np.linalg.norm(to_page[:, 0])),
        shape=tuple(shape),
        descriptor=framed_descriptor(level, centre, radius),
    )


def centre_and_radius(places: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the centre of points and their root mean square distance from it.

    Points further than two and a half such distances don't count: a crumb far off would shift and
    stretch the measure of all others.

    Parameters
    ----------
    places : float array, shape (n, 2)
        In any unit.

    Returns
    -------
    centre : float array, shape (2,)
    radius : float

    Examples
    --------
    >>> square = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]] * 20)
    >>> centre, radius = centre_and_radius(np.vstack([square, [[90.0, 0]]]))  # a crumb
    >>> centre.round(6) + 0, round(radius, 3)
    (array([0., 0.]), 1.414)
    """
    counts = np.ones(len(places), bool)
    for _ in range(ROUNDS):
        centre = places[counts].mean(axis=0)
        squares = ((places - centre) ** 2).sum(axis=1)
        radius = np.sqrt(squares[counts].mean())
        counts = squares <= (OUTLYING * radius) ** 2
    return centre, float(radius)


def working_image(ink: np.ndarray, name: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Bring ink to one scale and level its line of writing.

    Returns
    -------
    level : float32 array, shape (height, width), in [0, 1]
        Paper 0, full ink 1.
    from_page : float array, shape (2, 3)
        Leads a point (x, y, 1) of `ink` to `level`.
    """
    left, top, width, height = cv2.boundingRect((ink < PAPER).astype(np.uint8))
    crop = preprocessing.crop_to_ink(ink, name)
    rows, columns = np.nonzero(crop < PAPER)
    _, radius = centre_and_radius(np.stack([columns, rows], axis=1).astype(float))
    scale = min(RADIUS / max(radius, 1), LONGEST_WORKING_SIDE / max(crop.shape))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Averaged over areas where it shrinks, so that no thin stroke is lost.
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, size, interpolation=way)

    # Turned as `preprocessing.deskew` does; the matrix is wanted, too.
    turn = cv2.getRotationMatrix2D((0, 0), preprocessing.skew_angle(scaled), 1.0)
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size]) @ turn[:, :2].T
    turn[:, 2] = MARGIN - corners.min(axis=0)
    canvas = np.ceil(np.ptp(corners, axis=0)).astype(int) + 2 * MARGIN
    level = cv2.warpAffine(scaled, turn, canvas.tolist(), borderValue=PAPER)

    # A pixel's number is that of its middle: half a pixel from its edge, at either scale.
    steps = np.array([size[0] / width, size[1] / height])
    shift = -steps * (left, top) + (steps - 1) / 2
    from_page = np.column_stack([turn[:, :2] * steps, turn[:, :2] @ shift + turn[:, 2]])
    return preprocessing.normalise(level)[..., 0], from_page


def directions(level: np.ndarray) -> np.ndarray:
    """Return in which direction strokes run at each pixel, in rad, from right towards down.

    Read off the structure tensor: squares and products of the differences between neighbours,
    averaged over the surroundings.

    References
    ----------
    J. Bigün, G. H. Granlund, Optimal orientation detection of linear symmetry, ICCV 1987.
    """
    smooth = cv2.GaussianBlur(level, (0, 0), EDGE_BLUR)
    right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    across = cv2.GaussianBlur(right * right, (0, 0), AROUND)
    along = cv2.GaussianBlur(down * down, (0, 0), AROUND)
    together = cv2.GaussianBlur(right * down, (0, 0), AROUND)
    # Ink darkens across its line: a quarter turn from that, the line runs.
    return 0.5 * np.arctan2(2 * together, across - along) + np.pi / 2


def ends_of(middle: np.ndarray) -> np.ndarray:
    """Return the pixels of a thinned line that have one neighbour, x and y: float array (m, 2)."""
    around = np.ones((3, 3), np.float32)
    around[1, 1] = 0
    line = middle.astype(np.uint8)
    neighbours = cv2.filter2D(line, cv2.CV_8U, around, borderType=cv2.BORDER_CONSTANT)
    rows, columns = np.nonzero(middle & (neighbours == 1))
    return np.stack([columns, rows], axis=1).astype(float)


def framed_descriptor(level: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Return the gradient descriptor of what lies about the centre.

    A box would change with the tip of a flourish; centre and radius hardly do.
    """
    height, width = DESCRIPTOR_SIZE
    scale = width / (SEEN * radius)
    shift = np.array([width, height]) / 2 - scale * centre
    matrix = np.column_stack([scale * np.eye(2), shift])
    seen = cv2.warpAffine(level, matrix, (width, height))
    return gradient_descriptor(seen)
