"""How long a piece of work takes, and how much memory it holds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from deepsign_helpers import runtime

ROUNDS = 7  # in which two pieces of work are timed in turn
REPEATS = 5  # of a piece of work in one round
FOR_NOTHING = 2  # repeats that are not counted: what is compiled or cached at first


def seconds_of(work: Callable[[], object], repeats: int = 15) -> float:
    """Return the median seconds of a piece of work, after doing it twice for nothing."""
    taken = []
    for _ in range(FOR_NOTHING + repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken[FOR_NOTHING:]))


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object]
) -> tuple[float, tuple[float, float]]:
    """Time two pieces of work in turn, so that whatever else the machine does slows both.

    Returns
    -------
    ratio : float
        The median of how many times as fast the first is.
    seconds : (float, float)
        The median of each.
    """
    our_seconds = []
    their_seconds = []
    for _ in range(ROUNDS):
        our_seconds.append(seconds_of(ours, REPEATS))
        their_seconds.append(seconds_of(theirs, REPEATS))
    ratio = np.median(np.divide(their_seconds, our_seconds))
    return float(ratio), (float(np.median(our_seconds)), float(np.median(their_seconds)))


def milliseconds(ours: float, theirs: float) -> str:
    """Return two times as text."""
    return f"{1000 * ours:.3g} and {1000 * theirs:.3g} ms"


def peak_megabytes() -> float:
    """Return the most memory that this process has held."""
    import resource  # Windows has none

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def time_one_step(
    encoder: str = "lightweight", size: tuple[int, int] | None = None, **environment: str
) -> tuple[float, float]:
    """Time a training step in a process of its own: seconds, and that process's peak megabytes.

    Parameters
    ----------
    encoder : str
        One of `comparisons.ENCODERS`.
    size : (int, int), optional
        Of the images, pixels; the classroom's by default.
    **environment : str
        Variables that the process starts with.
    """
    command = [sys.executable, "-m", "studies.one_step", encoder]
    if size is not None:
        command += [str(side) for side in size]
    result = subprocess.run(
        command,
        cwd=runtime.project_folder(),
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
        text=True,
    )
    seconds, megabytes = result.stdout.split()
    return float(seconds), float(megabytes)
