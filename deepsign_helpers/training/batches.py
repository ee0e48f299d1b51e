"""Fills batches: a few writers, a few genuine signatures and forgeries of each, every image varied a little."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from deepsign_helpers.evaluation.protocol import without_disguised
from deepsign_helpers.training.settings import Settings


def identities(table: pd.DataFrame) -> np.ndarray:
    """Return what the losses need to know of each row: int32 (n, 2), the writer's number and 1 genuine or 0 forged."""
    numbers = pd.factorize(table["writer"], sort=True)[0]
    return np.stack([numbers, table["kind"] == "genuine"], axis=1).astype(np.int32)


def rows_of_writers(table: pd.DataFrame) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
    """Return, for each writer that can be trained on, the row numbers of genuine and of forged signatures, and notes.

    A writer with a single genuine signature has no pair of them, and is left out. A disguised signature is the
    writer's own and made to look forged: it is left out too.

    Raises
    ------
    ValueError
        If fewer than two writers remain: nobody to tell apart.
    """
    table = without_disguised(table.reset_index(drop=True))
    rows = [
        (group.index[group["kind"] == "genuine"].to_numpy(), group.index[group["kind"] == "forged"].to_numpy())
        for _, group in table.groupby("writer", sort=True)
    ]
    usable = [pair for pair in rows if len(pair[0]) > 1]
    if len(usable) < 2:
        raise ValueError(f"table: {len(usable)} writers have two genuine signatures; training needs two such writers.")
    notes = []
    if len(usable) < len(rows):
        notes.append(f"{len(rows) - len(usable)} writers have fewer than two genuine signatures and were left out.")
    without = sum(len(forged) == 0 for _, forged in usable)
    if without:
        notes.append(f"{without} of {len(usable)} writers have no forgeries; genuine signatures stand in their place.")
    return usable, notes


def draw_rows(rows: list[tuple[np.ndarray, np.ndarray]], settings: Settings, seed: int) -> Iterator[np.ndarray]:
    """Yield without end the row numbers of one batch after the other; every writer comes once before any comes twice.

    Writers who no longer fill a batch wait for the next one, and come last in the round that it begins.
    A writer with fewer signatures of a kind than asked for gives some twice; one without forgeries gives more genuine.
    """
    rng = np.random.default_rng(seed)
    at_once = min(settings.writers, len(rows))

    def some(of: np.ndarray, count: int) -> np.ndarray:
        return rng.choice(of, count, replace=len(of) < count)

    def one_writer(genuine: np.ndarray, forged: np.ndarray) -> list[np.ndarray]:
        if len(forged) == 0:
            return [some(genuine, settings.genuine + settings.forged)]
        return [some(genuine, settings.genuine), some(forged, settings.forged)]

    waiting = np.empty(0, int)
    while True:
        order = rng.permutation(len(rows))
        twice = np.isin(order, waiting)
        order = np.concatenate([waiting, order[~twice], order[twice]])
        waiting = order[len(order) - len(order) % at_once :]
        for start in range(0, len(order) - at_once + 1, at_once):
            chosen = order[start : start + at_once]
            yield np.concatenate([part for number in chosen for part in one_writer(*rows[number])])


def batches(
    images: np.ndarray, table: pd.DataFrame, rows: list, settings: Settings, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield without end a batch's images and identities; the next is made in a thread while one is trained on.

    Parameters
    ----------
    images : float32 (n, height, width, 1), prepared
    table : corpus table, a row an image
    rows : as `rows_of_writers` returns them

    Yields
    ------
    float32 (writers · (genuine + forged), height, width, 1) and int32 (the same number, 2)
    """
    identity = identities(table)
    recipe = settings.recipe(seed) if settings.recipe else None

    def fill(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        batch = images[chosen]
        if recipe:
            batch = np.stack([recipe(image=image)["image"] for image in batch])
        return batch, identity[chosen]

    drawn = draw_rows(rows, settings, seed)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(fill, next(drawn))
        while True:
            ready = coming.result()
            coming = thread.submit(fill, next(drawn))
            yield ready
