"""Laying one signature upon another, as on a light table: shift, stretch and shear, then bend.

Nobody signs twice in the same place, size and slant, nor with the same space between two letters.
What is left after both are allowed for is what a signature is told by.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from deepsign_helpers.strokes.line import Line

# Radii. So far apart two points may lie and still agree: a standard deviation, about a third of a
# small letter's height.
TOLERANCE = 0.15
NEIGHBOURS = 3  # of a point that are asked; the one that runs in its direction answers

# The fit.
ROUNDS = 8  # it has settled by then
KEPT = 0.8  # share of the points, those with the nearest neighbours, that the fit heeds
CLOSE = 0.12  # radii: so near, a point is always heeded
STIFFNESS = 0.02  # weight of no stretch and no shear, against that of the points
SHIFTABLE = 1e-6  # weight of no shift: enough for the equations to have one solution

# The bend.
BENDS = 3  # rounds of it
REACH = 0.3  # radii: a standard deviation, about a letter. What lies so near goes the same way.
HOLD = 10  # points' worth of staying where one is: a hair that strays alone bends nothing


@dataclass(frozen=True, eq=False)
class Match:
    """For each point of one line, the point of the other that answers it.

    Attributes
    ----------
    partner : int array, shape (n,)
        Numbers of points of the other line.
    distance : float array, shape (n,), radii
        To the partner.
    agreement : float array, shape (n,), in [0, 1]
        exp(−distance² / 2 · 0.15²) · max(0, cos 2Δ), where Δ is the angle between both directions:
        1 for the same place and direction, 0 from 45° on.
    """

    partner: np.ndarray
    distance: np.ndarray
    agreement: np.ndarray


@dataclass(frozen=True, eq=False)
class Laid:
    """One line laid upon another.

    Attributes
    ----------
    line : Line
        The moved one; of it, points, ends and directions have changed.
    upon : Line
        The other.
    matrix : float array, shape (2, 2)
    shift : float array, shape (2,), radii
        A point, as a row, was moved to point @ matrix + shift, and then bent.
    bend : float array, shape (n, 2), radii
        How far each point was moved beyond that.
    there, back : Match
        For each point of `line` its partner in `upon`, and the other way round.
    """

    line: Line
    upon: Line
    matrix: np.ndarray
    shift: np.ndarray
    bend: np.ndarray
    there: Match
    back: Match


def lay(line: Line, upon: Line) -> Laid:
    """Lay a line upon another: shift, size, slant and proportions of one are taken from the other.

    Both have their centre at 0 and a radius of 1: that much moments tell. Then iterated closest
    points, looked for both ways, fit an affine map that holds fast to leaving the line as it is,
    and heed only the nearest four fifths of the points: a crumb has no say. Last, each place goes
    where its surroundings, about a letter, still have to go on average. Nothing is drawn by lot.
    Derived in chapter 08, *On the light table*.

    Parameters
    ----------
    line, upon : Line
        As `trace_line` returns them.

    Returns
    -------
    Laid

    References
    ----------
    P. J. Besl, N. D. McKay, A method for registration of 3-D shapes, IEEE PAMI 14, 1992,
    doi:10.1109/34.121791.

    Examples
    --------
    >>> from deepsign_helpers.strokes.line import line_of_ink
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[97:103, 50:350] = page[50:97, 80:86] = 30
    >>> laid = lay(line_of_ink(page), line_of_ink(page))
    >>> bool(np.allclose(laid.matrix, np.eye(2)) and np.allclose(laid.bend, 0))
    True
    >>> round(float(laid.there.agreement.min()), 6)
    1.0
    """
    matrix, shift = fit(line.points, upon.points)
    stretched = stretch(line, matrix, shift)
    bent = bend(stretched, upon)
    there, back = match_both_ways(bent, upon)
    return Laid(bent, upon, matrix, shift, bent.points - stretched.points, there, back)


def stretch(line: Line, matrix: np.ndarray, shift: np.ndarray) -> Line:
    """Return a line whose points, ends and directions an affine map has moved."""
    arrows = np.column_stack([np.cos(line.direction), np.sin(line.direction)]) @ matrix
    return replace(
        line,
        points=line.points @ matrix + shift,
        ends=line.ends @ matrix + shift,
        direction=np.arctan2(arrows[:, 1], arrows[:, 0]),
    )


def fit(points: np.ndarray, upon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the affine map, close to none, that brings points near to others.

    Parameters
    ----------
    points : float array, shape (n, 2), radii
        What is moved.
    upon : float array, shape (m, 2), radii
        What it is moved to.

    Returns
    -------
    matrix : float array, shape (2, 2)
    shift : float array, shape (2,)
    """
    matrix = np.eye(2)
    shift = np.zeros(2)
    tree = KDTree(upon)
    for _ in range(ROUNDS):
        moved = points @ matrix + shift
        distance, nearest = tree.query(moved)
        is_heeded = distance <= max(CLOSE, np.quantile(distance, KEPT))
        distance_back, nearest_back = KDTree(moved).query(upon)
        is_heeded_back = distance_back <= max(CLOSE, np.quantile(distance_back, KEPT))

        # Pairs of points, found both ways: so a line can't shrink into a corner of the other.
        start = np.concatenate([points[is_heeded], points[nearest_back[is_heeded_back]]])
        goal = np.concatenate([upon[nearest[is_heeded]], upon[is_heeded_back]])

        # Least squares of the gaps that are left, and of the change.
        with_one = np.column_stack([start, np.ones(len(start))])  # (pairs, 3)
        stiffness = STIFFNESS * len(start)
        system = with_one.T @ with_one + np.diag([stiffness, stiffness, SHIFTABLE])
        change = np.linalg.solve(system, with_one.T @ (goal - start))  # (3, 2)
        matrix = np.eye(2) + change[:2]
        shift = change[2]
    return matrix, shift


def bend(line: Line, upon: Line) -> Line:
    """Move each point as its surroundings still have to be moved, on average.

    A partner that agrees better counts for more, and `HOLD` points that want to stay count, too.
    """
    nearness = gaussian(line.points, line.points)  # (n, n)
    ends_nearness = gaussian(line.ends, line.points)  # (m, n)
    points = line.points
    ends = line.ends
    for _ in range(BENDS):
        moved = replace(line, points=points)
        there, back = match_both_ways(moved, upon)
        # What each point is asked to do, by its partner and by those whose partner it is.
        weight = there.agreement.copy()  # (n,)
        pull = there.agreement[:, np.newaxis] * (upon.points[there.partner] - points)  # (n, 2)
        gaps = back.agreement[:, np.newaxis] * (upon.points - points[back.partner])
        np.add.at(weight, back.partner, back.agreement)
        np.add.at(pull, back.partner, gaps)

        points = points + nearness @ pull / (nearness @ weight + HOLD)[:, np.newaxis]
        ends = ends + ends_nearness @ pull / (ends_nearness @ weight + HOLD)[:, np.newaxis]
    return replace(line, points=points, ends=ends)


def gaussian(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how near points are to others, 1 to 0, as a bell curve tells: shape (some, others)."""
    gaps = some[:, np.newaxis] - others
    return np.exp(-(gaps**2).sum(axis=2) / (2 * REACH**2))


def match_both_ways(line: Line, upon: Line) -> tuple[Match, Match]:
    """Return for each point its partner in the other line, there and back."""
    return match(line, upon), match(upon, line)


def match(line: Line, other: Line) -> Match:
    """Look for the partner of each point: of its three nearest, the one that agrees best."""
    distance, nearest = KDTree(other.points).query(line.points, k=NEIGHBOURS)  # (n, 3)
    turn = line.direction[:, np.newaxis] - other.direction[nearest]
    parallel = np.maximum(np.cos(2 * turn), 0)
    agreement = np.exp(-(distance**2) / (2 * TOLERANCE**2)) * parallel
    best = agreement.argmax(axis=1)
    every = np.arange(len(best))
    return Match(nearest[every, best], distance[every, best], agreement[every, best])
