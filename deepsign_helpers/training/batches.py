"""What is trained on: a `tf.data.Dataset` of batches, a few writers in each, every image varied.

Which signatures a batch holds is drawn here, in NumPy; `tf.data` fills several batches at once and
has the next one ready before it is asked for.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers import pairing, records
from deepsign_helpers.preprocessing import require_prepared
from deepsign_helpers.tables import identities, require_whole, without_disguised
from deepsign_helpers.training.settings import CLASSROOM, Settings

Corpus = tuple[np.ndarray, pd.DataFrame]  # prepared images, and their table: a row an image
WriterRows = tuple[np.ndarray, np.ndarray]  # a writer's row numbers: of genuine, of forged
CALLS_AT_ONCE = 2  # batches that are filled side by side; more do not pay on two cores
BATCHES_AHEAD = 2  # ready before they are asked for


def dataset(
    source: str | Path | Corpus, settings: Settings, seed: int = 0, start: int = 0
) -> tf.data.Dataset:
    """Return batches of a few writers, without end: each writer comes once before any comes twice.

    A batch holds P writers, and of each K genuine signatures and F forgeries, drawn anew in every
    round and varied by the settings' recipe. Batch number i is the same for the same seed, however
    many threads fill it. Derived in chapter 05, *A batch that gives many pairs*.

    Parameters
    ----------
    source : path, or (images, table)
        A folder that `records.write_records` wrote, or float images (n, height, width, 1) with
        their corpus table, a row an image.
    settings : Settings
        What a batch holds (`writers`, `genuine`, `forged`), and how it is varied (`recipe`).
    seed : int, at least 0
        Of the draw and of the variation.
    start : int, at least 0
        Number of the first batch: a training that goes on begins where it stopped.

    Returns
    -------
    tf.data.Dataset of (images, identity)
        float32 (P·(K + F), height, width, 1), and int32 (P·(K + F), 2): the writer's number, and 1
        for genuine or 0 for forged, as the losses take it.

    Raises
    ------
    ValueError
        If fewer than two writers have two genuine signatures, or images and table differ in length.
    records.RecordsError
        If records are missing or damaged.

    See Also
    --------
    pairs_dataset : gives pairs, for two towers.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["a", "b"] * 3, "kind": ["genuine"] * 4 + ["forged"] * 2})
    >>> images = np.zeros((6, 32, 64, 1), np.float32)
    >>> wanted = Settings(writers=2, genuine=2, forged=1, recipe=None)
    >>> batch, identity = next(iter(dataset((images, table.assign(forgery="")), wanted)))
    >>> tuple(batch.shape), identity.numpy()[:, 1].tolist()
    ((6, 32, 64, 1), [1, 1, 0, 1, 1, 0])
    """
    images, table = as_arrays(source)
    identity = identities(table)  # (n, 2)
    rows, _ = rows_of_writers(table)
    writers_a_batch = min(settings.writers, len(rows))
    images_a_batch = writers_a_batch * (settings.genuine + settings.forged)

    # As many draws as the settings have steps; whoever takes more batches gets those again.
    drawn = list(islice(draw_rows(rows, settings, seed), settings.steps))

    def fill(number: np.int64, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        batch = images[chosen].astype(np.float32)
        varied = vary(batch, settings, seed=[seed, int(number)])
        return varied, identity[chosen]

    def fill_in_graph(number: tf.Tensor, chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        types = (tf.float32, tf.int32)
        batch, of_whom = tf.numpy_function(fill, [number, chosen], types, stateful=False)
        # TensorFlow does not know what shapes come out of NumPy.
        batch = tf.ensure_shape(batch, (images_a_batch, *images.shape[1:]))
        of_whom = tf.ensure_shape(of_whom, (images_a_batch, 2))
        return batch, of_whom

    drawn_rows = np.stack(drawn).astype(np.int32)  # (batches, images)
    batches = tf.data.Dataset.from_tensor_slices(drawn_rows)
    batches = batches.repeat().enumerate().skip(start)
    batches = batches.map(fill_in_graph, num_parallel_calls=CALLS_AT_ONCE, deterministic=True)
    return batches.prefetch(BATCHES_AHEAD)


def pairs_dataset(
    table: pd.DataFrame, images: np.ndarray, settings: Settings = CLASSROOM, seed: int = 0
) -> tf.data.Dataset:
    """Return batches of the pairs of `pairing.make_pairs`, for two towers, without end.

    A batch holds as many images as one of `dataset` does. The pairs are shuffled anew in every
    round. Derived in chapter 03, *Pairs for two towers*.

    Parameters
    ----------
    table : DataFrame
        Corpus table, a row an image.
    images : float array, shape (n, height, width, 1)
        Prepared.
    settings : Settings
        How many images a batch holds, and how it is varied (`recipe`).
    seed : int, at least 0
        Of the pairs, their order and their variation.

    Returns
    -------
    tf.data.Dataset of ((left, right), labels)
        float32 (pairs, height, width, 1) each, and int64 (pairs,), of `SAME` and `DIFFERENT`.

    Raises
    ------
    ValueError
        If there are no balanced pairs, a signature stands in the table twice, or images and table
        differ in length.

    See Also
    --------
    dataset : compares all images of a batch with each other.
    encoders.siamese : the two towers.

    Examples
    --------
    >>> columns = ["writer", "kind", "sample", "path"]
    >>> rows = [(writer, "genuine", sample, writer + sample) for writer in "ab" for sample in "01"]
    >>> table = pd.DataFrame(rows, columns=columns).assign(forgery="")
    >>> images = np.zeros((4, 32, 64, 1), np.float32)
    >>> wanted = Settings(writers=2, genuine=2, forged=0, recipe=None)
    >>> (left, right), labels = next(iter(pairs_dataset(table, images, wanted)))
    >>> tuple(left.shape), tuple(right.shape), tuple(labels.shape)
    ((2, 32, 64, 1), (2, 32, 64, 1), (2,))
    """
    images, table = as_arrays((images, table))
    require_whole(table)
    row_of_path = pd.Series(np.arange(len(table)), index=table["path"])
    pairs = pairing.make_pairs(table.drop(columns="split", errors="ignore"), seed)
    left_rows = row_of_path[pairs["left"]].to_numpy()
    right_rows = row_of_path[pairs["right"]].to_numpy()
    labels_of_all = pairs["label"].to_numpy()
    pairs_a_batch = settings.writers * (settings.genuine + settings.forged) // 2

    def fill(number: np.int64, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        both = images[np.concatenate([left, right])].astype(np.float32)
        return vary(both, settings, seed=[seed, int(number)])

    def fill_in_graph(number: tf.Tensor, batch: tuple) -> tuple:
        left, right, labels = batch
        both = tf.numpy_function(fill, [number, left, right], tf.float32, stateful=False)
        both = tf.ensure_shape(both, (2 * pairs_a_batch, *images.shape[1:]))
        towers = (both[:pairs_a_batch], both[pairs_a_batch:])
        return towers, labels

    batches = tf.data.Dataset.from_tensor_slices((left_rows, right_rows, labels_of_all))
    batches = batches.shuffle(len(pairs), seed=seed, reshuffle_each_iteration=True).repeat()
    batches = batches.batch(pairs_a_batch, drop_remainder=True).enumerate()
    batches = batches.map(fill_in_graph, num_parallel_calls=CALLS_AT_ONCE, deterministic=True)
    return batches.prefetch(BATCHES_AHEAD)


def vary(images: np.ndarray, settings: Settings, seed: list[int]) -> np.ndarray:
    """Return the images, each varied by the settings' recipe, made from a seed for this batch."""
    if settings.recipe is None:
        return images
    recipe_seed = np.random.default_rng(seed).integers(2**31)
    recipe = settings.recipe(int(recipe_seed))
    varied = [recipe(image=image)["image"] for image in images]
    return np.stack(varied)


def as_arrays(source: str | Path | Corpus) -> Corpus:
    """Return images and table of a source: read from its records, or as they are given."""
    if isinstance(source, str | Path):
        return records.load_records(source)
    images, table = source
    require_row_for_each(images, table, "table")
    require_prepared(images)
    return images, table.reset_index(drop=True)


def require_row_for_each(images: np.ndarray, table: pd.DataFrame, name: str) -> None:
    """Refuse a table, which errors call by the given name, that is no row an image."""
    if len(images) != len(table):
        problem = f"{len(table)} rows for {len(images)} images"
        raise ValueError(f"{name}: {problem}; give one for each.")


def rows_of_writers(table: pd.DataFrame, name: str = "table") -> tuple[list[WriterRows], list[str]]:
    """Return row numbers of each writer who can be trained on, and notes on those who lack some.

    A writer with a single genuine signature has no pair of them, and is left out. A disguised
    signature is the writer's own and made to look forged: it is left out too.

    Parameters
    ----------
    table : DataFrame
        Corpus table.
    name : str
        What error messages call the table.

    Returns
    -------
    rows : list of (genuine, forged)
        Two int arrays for each writer, in alphabetical order: positions of rows in the table.
    notes : list of str
        A sentence on writers left out, and one on writers without forgeries.

    Raises
    ------
    ValueError
        If fewer than two writers remain: nobody to tell apart.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["a", "b", "b", "a", "a"], "kind": "genuine"})
    >>> rows, notes = rows_of_writers(table.assign(forgery=""))
    >>> [genuine.tolist() for genuine, forged in rows]
    [[0, 3, 4], [1, 2]]
    >>> print(*notes)
    2 of 2 writers have no forgeries; genuine signatures stand in their place.
    """
    table = without_disguised(table.reset_index(drop=True))
    rows = []
    left_out = 0
    for _, of_writer in table.groupby("writer", sort=True):
        genuine = of_writer.index[of_writer["kind"] == "genuine"].to_numpy()
        forged = of_writer.index[of_writer["kind"] == "forged"].to_numpy()
        if len(genuine) > 1:
            rows.append((genuine, forged))
        else:
            left_out += 1
    if len(rows) < 2:
        problem = f"{len(rows)} writers have two genuine signatures"
        raise ValueError(f"{name}: {problem}; give two such writers.")

    notes = []
    if left_out:
        lacking = f"{left_out} writers have fewer than two genuine signatures"
        notes.append(f"{lacking} and were left out.")
    without_forgeries = sum(len(forged) == 0 for _, forged in rows)
    if without_forgeries:
        lacking = f"{without_forgeries} of {len(rows)} writers have no forgeries"
        notes.append(f"{lacking}; genuine signatures stand in their place.")
    return rows, notes


def draw_rows(rows: list[WriterRows], settings: Settings, seed: int) -> Iterator[np.ndarray]:
    """Yield without end the row numbers of one batch after the other.

    Every writer comes once before any comes twice. Writers who no longer fill a batch wait for the
    next one, and come last in the round that it begins.
    """
    rng = np.random.default_rng(seed)
    writers_a_batch = min(settings.writers, len(rows))
    waiting = np.empty(0, int)
    while True:
        if len(waiting) < writers_a_batch:
            order = rng.permutation(len(rows))
            has_waited = np.isin(order, waiting)
            waiting = np.concatenate([waiting, order[~has_waited], order[has_waited]])
        chosen = waiting[:writers_a_batch]
        waiting = waiting[writers_a_batch:]
        drawn = []
        for writer in chosen:
            genuine, forged = rows[writer]
            drawn.append(draw_of_one(genuine, forged, settings, rng))
        yield np.concatenate(drawn)


def draw_of_one(
    genuine: np.ndarray, forged: np.ndarray, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
    """Draw one writer's rows: K genuine, then F forged; without forgeries, K + F genuine.

    A writer with fewer signatures of a kind than asked for gives some twice.
    """
    genuine_wanted = settings.genuine
    forged_wanted = settings.forged
    if len(forged) == 0:
        genuine_wanted += forged_wanted
        forged_wanted = 0
    of_genuine = rng.choice(genuine, genuine_wanted, replace=len(genuine) < genuine_wanted)
    of_forged = rng.choice(forged, forged_wanted, replace=len(forged) < forged_wanted)
    return np.concatenate([of_genuine, of_forged])
