"""What is trained on: batches of a few writers, every image varied a little."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pandas as pd

from deepsign_helpers.tables import identities, without_disguised
from deepsign_helpers.training.settings import Settings


def rows_of_writers(
    table: pd.DataFrame, name: str = "table"
) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
    """Return row numbers of genuine and of forged signatures for each writer of use, and notes.

    A writer with a single genuine signature has no pair of them, and is left out. A disguised
    signature is the writer's own and made to look forged: it is left out too.

    Parameters
    ----------
    table : DataFrame
        Corpus table.
    name : str
        What error messages call the table.

    Raises
    ------
    ValueError
        If fewer than two writers remain: nobody to tell apart.
    """
    table = without_disguised(table.reset_index(drop=True))
    groups = [group["kind"] for _, group in table.groupby("writer", sort=True)]
    rows = [
        tuple(kinds.index[kinds == kind].to_numpy() for kind in ("genuine", "forged"))
        for kinds in groups
    ]
    usable = [pair for pair in rows if len(pair[0]) > 1]
    if len(usable) < 2:
        raise ValueError(
            f"{name}: {len(usable)} writers have two genuine signatures; give two such writers."
        )
    notes = []
    if left_out := len(rows) - len(usable):
        notes.append(
            f"{left_out} writers have fewer than two genuine signatures and were left out."
        )
    if without := sum(len(forged) == 0 for _, forged in usable):
        notes.append(
            f"{without} of {len(usable)} writers have no forgeries; "
            "genuine signatures stand in their place."
        )
    return usable, notes


def draw_rows(
    rows: list[tuple[np.ndarray, np.ndarray]], settings: Settings, seed: int
) -> Iterator[np.ndarray]:
    """Yield without end the row numbers of one batch after the other.

    Every writer comes once before any comes twice. Writers who no longer fill a batch wait for the
    next one, and come last in the round that it begins. A writer with fewer signatures of a kind
    than asked for gives some twice; one without forgeries gives more genuine.
    """
    rng = np.random.default_rng(seed)
    at_once = min(settings.writers, len(rows))

    def one_writer(genuine: np.ndarray, forged: np.ndarray) -> list[np.ndarray]:
        no_forgeries = settings.forged if len(forged) == 0 else 0
        wanted = [
            (genuine, settings.genuine + no_forgeries),
            (forged, settings.forged - no_forgeries),
        ]
        return [rng.choice(some, count, replace=len(some) < count) for some, count in wanted]

    queue = np.empty(0, int)
    while True:
        if len(queue) < at_once:
            order = rng.permutation(len(rows))
            waited = np.isin(order, queue)
            queue = np.concatenate([queue, order[~waited], order[waited]])
        chosen, queue = np.split(queue, [at_once])
        yield np.concatenate([part for number in chosen for part in one_writer(*rows[number])])


def batches(
    images: np.ndarray,
    table: pd.DataFrame,
    rows: list,
    settings: Settings,
    seed: int,
    start: int = 0,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield without end a batch's images and identities; a thread makes the next one meanwhile.

    Parameters
    ----------
    images : float array, shape (n, height, width, 1)
        Prepared.
    table : DataFrame
        Corpus table, a row an image.
    rows : list
        As `rows_of_writers` returns them.
    settings : Settings
        What a batch holds, and how it is varied.
    seed : int
        Of the draw and of the variation.
    start : int
        How many batches to leave out; the others come out as if those had been made.

    Yields
    ------
    float32 (writers · (genuine + forged), height, width, 1) and int32 (the same number, 2)
    """
    identity = identities(table)

    def fill(number: int, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        batch = images[chosen].astype(np.float32, copy=False)
        if settings.recipe:
            recipe = settings.recipe(int(np.random.default_rng([seed, number]).integers(2**31)))
            batch = np.stack([recipe(image=image)["image"] for image in batch])
        return batch, identity[chosen]

    drawn = islice(enumerate(draw_rows(rows, settings, seed)), start, None)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(fill, *next(drawn))
        while True:
            ready = coming.result()
            coming = thread.submit(fill, *next(drawn))
            yield ready
