"""Exercises of chapter 08: lay by moments, what is usual for a writer, and the score of a map."""

import numpy as np

from deepsign_helpers.exercises.tutor import Exercise


def lay_by_moments(points: np.ndarray, upon: np.ndarray) -> np.ndarray:
    """Return points, shifted and resized, with the centre and the radius of others.

    The centre is the mean; the radius is the root mean square distance from it.

    points : float (n, 2), pixels, x and y of the signature that is moved
    upon : float (m, 2), pixels, x and y of the signature that stays
    """
    centre = points.mean(axis=0)
    upon_centre = upon.mean(axis=0)
    radius = np.sqrt(((points - centre) ** 2).sum(axis=1).mean())
    upon_radius = np.sqrt(((upon - upon_centre) ** 2).sum(axis=1).mean())
    return (points - centre) * (upon_radius / radius) + upon_centre


def lay_with_each_axis_apart(points, upon):
    """Width and height are resized apart here, and that changes the shape: a flat signature would
    be pulled up until it fits. One number has to resize both.
    """
    spreads = upon.std(axis=0) / points.std(axis=0)
    return (points - points.mean(axis=0)) * spreads + upon.mean(axis=0)


def lay_resized_about_the_corner(points, upon):
    """The points are resized about the corner of the page, where x and y are 0, so that their
    centre moves as well. Take the centre off first, and add the other one last.
    """
    centre, radius = centre_and_radius(points)
    upon_centre, upon_radius = centre_and_radius(upon)
    return points * (upon_radius / radius) + upon_centre - centre


def lay_with_the_ratio_turned_round(points, upon):
    """The ratio of both radii is the wrong way round: what is too small gets smaller still."""
    centre, radius = centre_and_radius(points)
    upon_centre, upon_radius = centre_and_radius(upon)
    return (points - centre) * (radius / upon_radius) + upon_centre


def centre_and_radius(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the mean of points, and their root mean square distance from it."""
    centre = points.mean(axis=0)
    return centre, np.sqrt(((points - centre) ** 2).sum(axis=1).mean())


def pairs_of_signatures() -> dict[str, tuple]:
    """Return trials that differ in place, size, number of points, and in proportions."""
    rng = np.random.default_rng(8)
    wide = rng.normal(size=(30, 2)) * [90, 20] + [300, 80]
    high = rng.normal(size=(45, 2)) * [40, 30] + [120, 200]
    return {
        "a wide signature upon a higher one": (wide, high),
        "a small signature upon a large one": (0.3 * high + 5, wide[:20]),
    }


def two_figures(alike: np.ndarray, among: np.ndarray) -> tuple[float, float]:
    """Return the mean and the best likeness, each less 0.8 of what is usual.

    Usual is, for the mean, that of all pairs of two references; for the best, how alike
    each reference is to its most alike other one, averaged over the references.

    alike : float (n,), likeness of the questioned signature to each of n references
    among : float (n, n), of the references to each other; on the diagonal to themselves
    """
    count = len(among)
    is_pair = ~np.eye(count, dtype=bool)
    of_pairs = among[is_pair].reshape(count, count - 1)
    usual_mean = of_pairs.mean()
    usual_best = of_pairs.max(axis=1).mean()
    return float(alike.mean() - 0.8 * usual_mean), float(alike.max() - 0.8 * usual_best)


def figures_with_the_diagonal(alike, among):
    """Each reference is compared with itself here, and nobody is more alike. That makes every
    writer look steady: leave the diagonal out.
    """
    usual_best = among.max(axis=1).mean()
    return float(alike.mean() - 0.8 * among.mean()), float(alike.max() - 0.8 * usual_best)


def figures_with_the_best_pair(alike, among):
    """The best of all pairs is taken for what is usual. A single pair that happens to be alike then
    speaks for the writer: look for the best of each reference, and average over the references.
    """
    mean, _ = two_figures(alike, among)
    of_pairs = among[~np.eye(len(among), dtype=bool)]
    return mean, float(alike.max() - 0.8 * of_pairs.max())


def figures_less_all_that_is_usual(alike, among):
    """All that is usual is taken off, in place of 0.8 of it. Five references say only roughly how
    much a writer varies, so they shouldn't have the whole say.
    """
    mean, best = two_figures(alike, among)
    usual_mean = (alike.mean() - mean) / 0.8
    usual_best = (alike.max() - best) / 0.8
    return float(alike.mean() - usual_mean), float(alike.max() - usual_best)


def likenesses() -> dict[str, tuple]:
    """Return trials of a steady hand and of one that varies."""
    rng = np.random.default_rng(9)
    trials = {}
    for name, count, level in (("a steady hand", 5, 0.9), ("a hand that varies", 4, 0.5)):
        among = level + rng.uniform(-0.1, 0.09, (count, count))
        among = (among + among.T) / 2
        np.fill_diagonal(among, 1.0)
        trials[name] = (level + rng.uniform(-0.2, 0.05, count), among)
    return trials


def average_precision(is_astray: np.ndarray, values: np.ndarray) -> float:
    """Return the average precision of a map, in [0, 1].

    Go through the points from the highest value down. At each point that is astray,
    note which share of the points so far is astray. Return the mean of these shares.

    is_astray : bool (n,), True where the line truly strays
    values : float (n,), what the map says of each point, no two the same
    """
    from_the_top = is_astray[np.argsort(-values)]
    so_far = np.arange(1, len(values) + 1)
    shares = np.cumsum(from_the_top) / so_far
    return float(shares[from_the_top].mean())


def precision_from_the_bottom(is_astray, values):
    """The points are gone through from the lowest value up. A map is asked about what it marks
    most, so begin with the highest.
    """
    return average_precision(is_astray, -values)


def precision_averaged_over_all_points(is_astray, values):
    """The shares are averaged over all points, also over those that are not astray. Note the share
    only where a point is astray.
    """
    from_the_top = is_astray[np.argsort(-values)]
    return float(np.mean(np.cumsum(from_the_top) / np.arange(1, len(values) + 1)))


def precision_at_the_number_astray(is_astray, values):
    """This is the share at one place only: among as many points as are astray. The average notes
    the share at every point that is astray, down to the last.
    """
    from_the_top = is_astray[np.argsort(-values)]
    return float(from_the_top[: is_astray.sum()].mean())


def maps_of_a_line() -> dict[str, tuple]:
    """Return trials of a good map and of a poor one."""
    rng = np.random.default_rng(10)
    is_astray = np.zeros(40, bool)
    is_astray[[3, 4, 5, 20, 21, 30, 31, 32]] = True
    return {
        "a map that often points right": (is_astray, is_astray + rng.normal(0, 0.6, 40)),
        "a map that knows little": (is_astray[::-1], rng.normal(0, 1, 40)),
    }


EXERCISES = {
    "8.1": Exercise(
        title="Lay by moments",
        solution=lay_by_moments,
        mistakes=(
            lay_with_each_axis_apart,
            lay_resized_about_the_corner,
            lay_with_the_ratio_turned_round,
        ),
        hints=(
            "Take the centre off first: what is left are arrows from the centre to each point.",
            "The radius is one number for x and y together: square the arrows, add along axis 1, "
            "average, take the root.",
            "Multiply the arrows by the other radius over their own, and add the other centre.",
        ),
        trials=pairs_of_signatures,
    ),
    "8.2": Exercise(
        title="What is usual for a writer",
        solution=two_figures,
        mistakes=(
            figures_with_the_diagonal,
            figures_with_the_best_pair,
            figures_less_all_that_is_usual,
        ),
        hints=(
            "Nobody is asked about themselves: `np.eye` with `dtype=bool` is True where one "
            "meets itself.",
            "With the diagonal gone, each of the n rows has n − 1 likenesses left. Their mean is "
            "usual for the mean.",
            "For the best: the largest of each row, then the mean of these.",
        ),
        trials=likenesses,
    ),
    "8.3": Exercise(
        title="Average precision",
        solution=average_precision,
        mistakes=(
            precision_from_the_bottom,
            precision_averaged_over_all_points,
            precision_at_the_number_astray,
        ),
        hints=(
            "`np.argsort(-values)` puts the points in order, the highest first.",
            "`np.cumsum` of the ordered truth says how many were astray so far; divide by how many "
            "points that were.",
            "Keep the shares at the points that are astray, and average only those.",
        ),
        trials=maps_of_a_line,
    ),
}
