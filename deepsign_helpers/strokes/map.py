"""A map of the difference: where along its line a questioned signature leaves the references."""

from collections.abc import Sequence

import cv2
import numpy as np
from scipy.spatial import KDTree

from deepsign_helpers.strokes.laying import fit, gaussian
from deepsign_helpers.strokes.line import Line
from deepsign_helpers.strokes.signals import OWN_SHARE

# Radii, an eighth of a signature's width. A stroke that no reference has is missing, however far
# the next one is.
FARTHEST = 0.5
FARTHEST_NEXT = 3  # usual distances from a point to the next: there may be a gap, but no bridge


def difference_map(questioned: Line, references: Sequence[Line]) -> np.ndarray:
    """Say of each point of a line how far off the references' lines it runs.

    The questioned line is stretched and sheared upon each reference, but not bent: bends are what
    is looked for. Of a point's mean distance to their lines, 0.8 of what is usual there is taken
    off: how far off the other references the same place of a reference runs. With one reference
    nothing is known of that, and nothing is taken off.

    Derived in chapter 08, *The stroke that decided*.

    Parameters
    ----------
    questioned : Line
        Along which the differences are told.
    references : sequence of Line, at least one
        Of one writer.

    Returns
    -------
    float array, shape (n,), radii
        Along `questioned.points`; from −0.4 to 0.5. At 0 and below, the writer's own signatures
        differ there as much.

    Raises
    ------
    ValueError
        If there is no reference.

    See Also
    --------
    paint : shows it on the image.

    Examples
    --------
    >>> from deepsign_helpers.strokes.line import line_of_ink
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[97:103, 50:350] = page[40:100, 200:206] = 30
    >>> reference = line_of_ink(page)
    >>> page[103:160, 100:106] = 30  # a stroke that is not the writer's
    >>> questioned = line_of_ink(page)
    >>> worst = difference_map(questioned, [reference]).argmax()
    >>> questioned.on_page[worst].round(-1)
    array([100., 160.])
    """
    if len(references) == 0:
        raise ValueError("references: there are none; give at least one.")
    differences = []
    for reference in references:
        away, nearest = distance_from(questioned, reference)
        others = [other for other in references if other is not reference]
        if others:
            away = away - OWN_SHARE * own_differences(reference, others)[nearest]
        differences.append(away)
    return np.mean(differences, axis=0)


def distance_from(line: Line, upon: Line) -> tuple[np.ndarray, np.ndarray]:
    """Lay a line upon another without bending it; return each point's distance, and from which.

    Returns
    -------
    distance : float array, shape (n,), radii
        At most `FARTHEST`.
    nearest : int array, shape (n,)
        Numbers of points of the other line.
    """
    matrix, shift = fit(line.points, upon.points)
    distance, nearest = KDTree(upon.points).query(line.points @ matrix + shift)
    return np.minimum(distance, FARTHEST), nearest


def own_differences(reference: Line, others: Sequence[Line]) -> np.ndarray:
    """Return how far off the other references each point of a reference runs: float array (n,).

    Averaged over about a letter: a few references say little about a single point.
    """
    away = np.mean([distance_from(reference, other)[0] for other in others], axis=0)
    nearness = gaussian(reference.points, reference.points)
    return nearness @ away / nearness.sum(axis=1)


def paint(line: Line, values: np.ndarray) -> np.ndarray:
    """Spread values along a line over the strokes of its image.

    Parameters
    ----------
    line : Line
        As `trace_line` returns it.
    values : float array, shape (n,)
        One a point, such as `difference_map` returns.

    Returns
    -------
    float32 array, shape of the image
        NaN where no stroke is, so that nothing is drawn there. Where strokes meet, the largest.

    Raises
    ------
    ValueError
        If there is not one value for each point.

    Examples
    --------
    >>> from deepsign_helpers.strokes.line import line_of_ink
    >>> page = np.full((200, 400), 255, np.uint8)
    >>> page[97:103, 50:350] = 30
    >>> line = line_of_ink(page)
    >>> picture = paint(line, line.on_page[:, 0])
    >>> picture.shape, bool(abs(picture[100, 200] - 200) < 5), bool(np.isnan(picture[0, 0]))
    ((200, 400), True, True)
    """
    values = np.asarray(values)
    if values.shape != (len(line.points),):
        raise ValueError(f"values: {values.shape} for {len(line.points)} points; give one each.")
    painted = np.full(line.shape, np.nan, np.float32)
    # A stroke runs on to the next point on either side; what is further off is another stroke.
    distance, nearest = KDTree(line.on_page).query(line.on_page, k=3)
    longest = FARTHEST_NEXT * np.median(distance[:, 1])
    thickness = np.round(line.width * line.radius).astype(int) + 1  # its soft edges, too
    for number in np.argsort(values):  # the largest last, on top
        start = line.on_page[number]
        for away, other in zip(distance[number], nearest[number], strict=True):
            if away <= longest:
                half_way = (start + line.on_page[other]) / 2
                ends = np.round([start, half_way]).astype(int).tolist()
                cv2.line(painted, *ends, float(values[number]), int(thickness[number]))
    return painted
