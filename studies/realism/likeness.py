"""How alike two signatures are once one is laid upon the other: points, their fit, its signals."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import KDTree
from scipy.stats import rankdata

from deepsign_helpers import descriptor
from studies.realism.drawing import BOX, Drawing

POINTS = 260  # at most, of a line: a few pixels from one to the next
# Of a signature's points, the root mean square distance from their centre is 1. In that unit:
NEAR, FAR = 0.07, 0.15  # how far apart two points may lie and still agree, standard deviations
CLOSE = 0.12  # so near points are never left out of the fit

ROUNDS = 6  # of the fit; it has settled by then
KEPT = 0.8  # share of the points, those with the nearest neighbours, that it heeds
STIFFNESS = 0.02  # weight of no deformation, against that of the points
NEIGHBOURS = 3  # of a point that are asked; the one that runs in its direction answers
MATCHED = 0.3  # of full agreement: from there on, a point is compared by its darkness, too
FEWEST_MATCHED = 20  # points; on fewer a correlation says nothing

PROFILE = (64, 96)  # rows and columns that profiles of the ink are scaled to
DIRECTIONS = 12  # over 180°

SIGNALS = (
    "agreement (0.07)",
    "agreement (0.15)",
    "darkness along the line",
    "deformation needed",
    "gradient descriptor",
    "directions",
    "row profile",
    "column profile",
    "aspect",
    "line length",
)


Line = tuple[np.ndarray, np.ndarray, np.ndarray]  # places, directions and darkness of its points


@dataclass(frozen=True, eq=False)
class Points:
    """What of a signature is laid upon another, and compared with it.

    Attributes
    ----------
    places : float array, shape (n, 2)
        Points of the line, x and y, with their centre at 0 and a mean square distance of 1.
    directions : float array, shape (n,), rad
        In which the line runs there.
    darkness : float array, shape (n,)
        Of the ink there.
    descriptor : float array, shape (2772,)
        The gradient descriptor, of unit length.
    shares : float array, shape (12,)
        Of the points, by direction.
    rows, columns : float arrays, shapes (64,) and (96,)
        Shares of the ink, from the top and from the left.
    log_aspect, log_length : float
        Logarithms of width by height once it lies level, and of the line's length in diagonals.
    """

    places: np.ndarray
    directions: np.ndarray
    darkness: np.ndarray
    descriptor: np.ndarray
    shares: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    log_aspect: float
    log_length: float


def points(drawing: Drawing) -> Points:
    """Return what of a drawing is laid upon another one; always the same points of it."""
    rows, columns = np.nonzero(drawing.line)
    some = np.random.default_rng(0).permutation(len(rows))[:POINTS]
    rows, columns = rows[some], columns[some]
    places = np.stack([columns, rows], axis=1).astype(float)
    places -= places.mean(axis=0)
    places /= np.sqrt((places**2).sum(axis=1).mean())

    height, width = drawing.line.shape
    runs = drawing.direction[rows, columns]
    shares, _ = np.histogram(runs % np.pi, DIRECTIONS, (0, np.pi))
    return Points(
        places=places,
        directions=runs,
        darkness=drawing.darkness[rows, columns],
        descriptor=descriptor.gradient_descriptor(in_the_middle(drawing.ink)),
        shares=shares / len(rows),
        rows=profile(drawing.ink.sum(axis=1), PROFILE[0]),
        columns=profile(drawing.ink.sum(axis=0), PROFILE[1]),
        log_aspect=np.log(width / height),
        log_length=np.log(drawing.line.sum() / np.hypot(height, width)),
    )


def in_the_middle(ink: np.ndarray) -> np.ndarray:
    """Return ink in the middle of the box."""
    down = BOX[0] - ink.shape[0]
    right = BOX[1] - ink.shape[1]
    return np.pad(ink, [(down // 2, down - down // 2), (right // 2, right - right // 2)])


def profile(sums: np.ndarray, length: int) -> np.ndarray:
    """Return the ink of rows or columns, scaled to so many, as shares of all."""
    scaled = cv2.resize(sums[np.newaxis], (length, 1))[0]
    return scaled / scaled.sum()


def lay(moved: Points, upon: Points) -> tuple[np.ndarray, np.ndarray]:
    """Find how to stretch, shear, turn and shift one signature so that it lies upon another.

    Iterated closest points, which hold fast to the unchanged signature: to deform it costs as much
    as to leave a fiftieth of the points at the same distance.

    Parameters
    ----------
    moved, upon : Points
        Both with their centre at 0 and of one size: what moments can tell has been done.

    Returns
    -------
    matrix : float array, shape (2, 2)
    shift : float array, shape (2,)
        A point, as a row, goes to point @ matrix + shift.

    References
    ----------
    P. J. Besl, N. D. McKay, A method for registration of 3-D shapes, IEEE PAMI 14, 1992.
    """
    matrix = np.eye(2)
    shift = np.zeros(2)
    tree = KDTree(upon.places)
    for _ in range(ROUNDS):
        distances, nearest = tree.query(moved.places @ matrix + shift)
        kept = distances < max(CLOSE, np.quantile(distances, KEPT))
        start = moved.places[kept]
        gap = upon.places[nearest[kept]] - start

        # Least squares of the gap that is left, and of the deformation.
        with_one = np.column_stack([start, np.ones(len(start))])  # (points, 3)
        stiffness = STIFFNESS * len(start)
        # A shift is free, but for what keeps the system solvable.
        system = with_one.T @ with_one + np.diag([stiffness, stiffness, 1e-6])
        change = np.linalg.solve(system, with_one.T @ gap)  # (3, 2)
        matrix = np.eye(2) + change[:2]
        shift = change[2]
    return matrix, shift


def agreements(
    left: Line,
    right: Line,
) -> tuple[float, float, float]:
    """Look for each point of a signature near the other one's line: is it there, and as dark?

    Parameters
    ----------
    left, right : tuples of arrays
        Places, directions and darkness of the points of a line.

    Returns
    -------
    near, far : float in [0, 1]
        How well each point of `left` agrees with the best of its neighbours, on average.
    darkness : float in [-1, 1]
        Rank correlation of both darknesses, where points agree.
    """
    places, runs, dark = left
    other_places, other_runs, other_dark = right
    distances, nearest = KDTree(other_places).query(places, k=NEIGHBOURS)  # (points, 3)
    # 1 for the same direction, 0 from 45° on.
    parallel = np.maximum(np.cos(2 * (runs[:, np.newaxis] - other_runs[nearest])), 0)
    near = np.exp(-(distances**2) / (2 * NEAR**2)) * parallel
    far = np.exp(-(distances**2) / (2 * FAR**2)) * parallel

    best = near.argmax(axis=1)
    every = np.arange(len(places))
    agreement = near[every, best]
    is_matched = agreement > MATCHED
    correlation = 0.0
    if is_matched.sum() > FEWEST_MATCHED:
        partner = nearest[every, best]
        correlation = rank_correlation(dark[is_matched], other_dark[partner[is_matched]])
    return agreement.mean(), far.max(axis=1).mean(), correlation


def rank_correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Return Spearman's correlation; 0 where one of both never varies."""
    ranks = rankdata(left) - (len(left) + 1) / 2  # their mean is 0
    other_ranks = rankdata(right) - (len(right) + 1) / 2
    lengths = np.linalg.norm(ranks) * np.linalg.norm(other_ranks)
    return float(ranks @ other_ranks / lengths) if lengths else 0.0


def signals(questioned: Points, reference: Points) -> np.ndarray:
    """Lay a questioned signature upon a reference, and say how alike they are.

    Returns
    -------
    float array, shape (10,)
        In the order of `SIGNALS`; more is more alike. Agreements are from 0 to 1, darkness from −1
        to 1; the others are distances with a minus.

    Examples
    --------
    >>> from studies.realism.drawing import look
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> ring = points(look(cv2.circle(page, (200, 100), 60, color=0, thickness=8)))
    >>> dict(zip(SIGNALS, signals(ring, ring)))["agreement (0.07)"].round(3)
    np.float64(1.0)
    """
    matrix, shift = lay(questioned, reference)
    places = questioned.places @ matrix + shift
    arrows = np.column_stack([np.cos(questioned.directions), np.sin(questioned.directions)])
    arrows = arrows @ matrix
    laid = (places, np.arctan2(arrows[:, 1], arrows[:, 0]), questioned.darkness)
    fixed = (reference.places, reference.directions, reference.darkness)
    both_ways = np.array([agreements(laid, fixed), agreements(fixed, laid)])
    near, far, darkness = both_ways.mean(axis=0)

    stretches = np.linalg.svd(matrix, compute_uv=False)
    return np.array(
        [
            near,
            far,
            darkness,
            -np.abs(np.log(stretches)).sum(),
            -np.linalg.norm(questioned.descriptor - reference.descriptor),
            -moved_share(questioned.shares, reference.shares),
            -moved_share(questioned.rows, reference.rows),
            -moved_share(questioned.columns, reference.columns),
            -abs(questioned.log_aspect - reference.log_aspect),
            -abs(questioned.log_length - reference.log_length),
        ]
    )


def moved_share(left: np.ndarray, right: np.ndarray) -> float:
    """Return how far shares must be carried to turn one profile into another (earth mover's)."""
    return float(np.abs(np.cumsum(left - right)).sum())
