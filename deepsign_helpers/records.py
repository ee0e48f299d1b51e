"""Stores prepared images as TFRecord shards, whole or refused, and reads several at once."""

import re
import zlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers import files, preprocessing, tables

TEXTS = ("writer", "kind", "sample", "forgery")  # columns of the table that a record keeps
DTYPES = ("float16", "float32")  # of prepared images; a record keeps them as they are
INDEX = "index.json"
OUR_SHARD = re.compile(r"\d{5}-of-\d{5}-[0-9a-f]{12}\.tfrecord")  # a checksum is in its name
SHARDS = "records"  # what a lock and an unfinished write are named after
CURE = "write the records again with records.write_records."


class RecordsError(ValueError):
    """Records that cannot be trusted; the message is one sentence with the cure.

    Derived in chapter 03, *Half a file*.
    """


@dataclass(frozen=True)
class Shard:
    """One file of records, as the index states it.

    Attributes
    ----------
    name : str
        Of the file, in the folder of the index.
    records : int
        How many it holds.
    sha256 : str
        Its checksum, in hexadecimal.
    """

    name: str
    records: int
    sha256: str


@dataclass(frozen=True)
class Form:
    """What all images of a set of records have in common.

    Attributes
    ----------
    shape : tuple of int
        Height, width and 1.
    dtype : str
        "float16" or "float32".
    """

    shape: tuple[int, ...]
    dtype: str


def write_records(
    folder: str | Path, images: Iterable[np.ndarray], table: pd.DataFrame, shards: int = 4
) -> None:
    """Write prepared images, with what the table says of them, as shards of TFRecord and an index.

    A record is a `tf.train.Example`: the image, compressed without loss, the texts writer, kind,
    sample and forgery, and `identity` (the writer's number, and 1 for genuine or 0 for forged).
    Derived in chapter 03, *Records: prepare once, read many times*.

    Parameters
    ----------
    folder : str or Path
        Made if absent; records that stand there are replaced.
    images : iterable of float16 or float32 arrays, shape (height, width, 1), in [0, 1]
        All of one size and type, paper 0.0, ink up to 1.0; a generator will do.
    table : DataFrame
        Corpus table, a row for each image, in the same order.
    shards : int, at least 1
        Number of files (no more than images), so that several can be read at once; record i is in
        shard i modulo `shards`.

    Raises
    ------
    ValueError
        For an image that is not prepared, or of another size or type than the first, fewer or more
        images than rows, no row or no shard; for a folder with an index.json that is no index of
        records.
    OSError
        If the folder cannot be written to or the disk is full.

    See Also
    --------
    read_records : reads them.

    Notes
    -----
    Shards are written aside and moved into place, the index last: killed at any moment, a write
    leaves what stood there before, or nothing that `read_records` takes for whole. Of two processes
    one waits for the other.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "writer": ["w000", "w001"],
    ...     "kind": ["genuine", "forged"],
    ...     "sample": ["00", "00"],
    ...     "forgery": ["", "skilled"],
    ... })
    >>> images = np.zeros((2, 32, 64, 1), np.float32)
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_records(folder, images, table, shards=2)
    ...     len(read_records(folder))
    2
    """
    folder = Path(folder)
    if shards < 1 or table.empty:
        raise ValueError(f"{shards} shards for {len(table)} images: both must be 1 or more.")
    tables.require_filled(table, TEXTS)
    tables.require_kinds(table)
    index = folder / INDEX
    with files.spoken_errors(index):
        folder.mkdir(parents=True, exist_ok=True)
        with files.alone_at(folder / SHARDS), files.staging(folder / SHARDS) as staging:
            _require_ours(index)
            form, written = _write_all(folder, staging, images, table, min(shards, len(table)))
            _write_index(index, form, written)
            _remove_others(folder, written)


def _write_all(
    folder: Path, staging: Path, images: Iterable[np.ndarray], table: pd.DataFrame, count: int
) -> tuple[Form, list[Shard]]:
    """Write so many shards aside and move them into the folder; return what the index states."""
    paths = [staging / f"{number:05d}" for number in range(count)]
    try:
        form = _write_shards(paths, images, table)
    except tf.errors.OpError as error:
        problem = f"records cannot be written ({error.message})"
        raise files.WriteError(f"{folder}: {problem}; is the disk full?") from error
    written = []
    for number, path in enumerate(paths):
        # The images were dealt out in turns: of every `count`, this shard got one.
        records = len(range(number, len(table), count))
        written.append(_move_into_place(path, folder, records, count))
    files.sync(folder)
    return form, written


def _write_shards(paths: list[Path], images: Iterable[np.ndarray], table: pd.DataFrame) -> Form:
    """Deal the images out to the files in turns; return their common form."""
    names = sorted(set(table["writer"]))
    number_of = {writer: number for number, writer in enumerate(names)}
    rows = table[list(TEXTS)].itertuples(index=False)
    form = None
    with ExitStack() as stack:
        shards = [stack.enter_context(tf.io.TFRecordWriter(str(path))) for path in paths]
        for position, (image, row) in enumerate(zip_longest(map(np.asarray, images), rows)):
            _require_one_for_each(image, row, len(table))
            if form is None:
                form = Form(shape=image.shape, dtype=image.dtype.name)
            name = f"image {position} ({row.writer}, {row.kind} {row.sample})"
            _require_form(image, form, name)
            record = _record(image, row, number_of[row.writer])
            shards[position % len(shards)].write(record)
    return form


def _require_one_for_each(image: np.ndarray | None, row: tuple | None, rows: int) -> None:
    """Refuse images that go on after the last row, or end before it."""
    if image is not None and row is not None:
        return
    found = "more" if row is None else "fewer"
    problem = f"{found} than the {rows} rows of the table"
    raise ValueError(f"images: {problem}; pass one for each row, in its order.")


def _require_form(image: np.ndarray, form: Form, name: str) -> None:
    """Refuse an image of another form than the first, or with levels that are no ink."""
    if len(form.shape) != 3 or form.shape[2] != 1 or image.shape != form.shape:
        wanted = "all must be prepared to one (height, width, 1)."
        raise ValueError(f"{name}: has shape {image.shape}; {wanted}")
    if form.dtype not in DTYPES or image.dtype.name != form.dtype:
        raise ValueError(f"{name}: is {image.dtype}; all must be float16, or all float32.")
    preprocessing.require_prepared(image, name)


def _record(image: np.ndarray, row: tuple, writer_number: int) -> bytes:
    """Return one image, and what its row says of it, as the bytes of a record."""
    # Most of an image is paper, which is zeros: compressed it takes a tenth.
    features = {"image": _bytes_feature(zlib.compress(image.tobytes()))}
    for name in TEXTS:
        text = str(getattr(row, name))
        features[name] = _bytes_feature(text.encode())
    identity = tf.train.Int64List(value=[writer_number, int(row.kind == "genuine")])
    features["identity"] = tf.train.Feature(int64_list=identity)
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)


def _bytes_feature(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _move_into_place(path: Path, folder: Path, records: int, count: int) -> Shard:
    """Move a written shard beside the index, under a name that tells its content."""
    checksum = files.checksum(path)
    files.sync(path)
    name = f"{path.name}-of-{count:05d}-{checksum[:12]}.tfrecord"
    path.replace(folder / name)
    return Shard(name=name, records=records, sha256=checksum)


def _write_index(path: Path, form: Form, shards: list[Shard]) -> None:
    """Write the index, sealed: which shards there are, and what their images are like."""
    listed = []
    for shard in shards:
        listed.append({"name": shard.name, "records": shard.records, "sha256": shard.sha256})
    index = {"shape": list(form.shape), "dtype": form.dtype, "shards": listed}
    with files.replace_atomically(path) as temporary:
        temporary.write_text(files.sealed(index), encoding="utf-8")


def _remove_others(folder: Path, shards: list[Shard]) -> None:
    """Remove our shards that the index no longer lists."""
    listed = {shard.name for shard in shards}
    for path in _shards_in(folder):
        if path.name not in listed:
            path.unlink()


def _shards_in(folder: Path) -> list[Path]:
    """Return the files that are called as our shards are; TensorFlow's own lack the checksum."""
    return [path for path in folder.iterdir() if OUR_SHARD.fullmatch(path.name)]


def _require_ours(index: Path) -> None:
    """Refuse an index.json that somebody else has written; a damaged one of ours has shards."""
    if not index.exists() or _shards_in(index.parent):
        return
    try:
        files.opened(index.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{index}: is no index of records; choose another folder.") from error


def read_records(folder: str | Path, deterministic: bool = True) -> tf.data.Dataset:
    """Return a dataset of what `write_records` wrote, after checking that all of it is there.

    Derived in chapter 03, *Records: prepare once, read many times*.

    Parameters
    ----------
    folder : str or Path
        Where `write_records` has written.
    deterministic : bool
        Keep the order in which the images were written; without it, whichever is read first comes
        first.

    Returns
    -------
    tf.data.Dataset of dicts, of known length
        image, float32 (height, width, 1), paper 0.0, ink up to 1.0; identity, int32 (2,): the
        writer's number in alphabetical order, and 1 for genuine or 0 for forged; writer, kind,
        sample, forgery, text. TensorFlow checks the CRC of each record once more as it is read.

    Raises
    ------
    RecordsError
        If the index is missing, as after a write that was killed, or a shard is missing, truncated
        or altered.

    See Also
    --------
    write_records : writes them, and has an example of both.

    Examples
    --------
    >>> try:
    ...     read_records("nowhere")
    ... except RecordsError as error:
    ...     print(str(error).split(";")[0])
    nowhere: holds no index.json, so no write was ever finished here
    """
    folder = Path(folder)
    form, shards = _read_index(folder)
    for shard in shards:
        _require_unaltered(folder / shard.name, shard)

    paths = tf.data.Dataset.from_tensor_slices([str(folder / shard.name) for shard in shards])
    # Each shard is decoded by a thread of its own. Records were dealt out one by one: taken in
    # turns they come in the order of writing.
    dataset = paths.interleave(
        lambda path: _parsed(tf.data.TFRecordDataset(path), form),
        cycle_length=len(shards),
        block_length=1,
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=deterministic,
    )
    records = sum(shard.records for shard in shards)
    return dataset.apply(tf.data.experimental.assert_cardinality(records))


def load_records(folder: str | Path) -> tuple[np.ndarray, pd.DataFrame]:
    """Return all that `write_records` wrote, images and table, in the order of writing.

    Derived in chapter 03, *Records: prepare once, read many times*.

    Parameters
    ----------
    folder : str or Path
        Where `write_records` has written.

    Returns
    -------
    images : float16 or float32 array, shape (n, height, width, 1)
        The numbers that were written, to the last bit.
    table : DataFrame
        Columns path, writer, kind, sample and forgery; a record knows no file, so its path is the
        signature's name "writer/kind/sample".

    Raises
    ------
    RecordsError
        If records are missing, truncated or altered, as in `read_records`.

    See Also
    --------
    read_records : gives the same as a dataset, without holding all of it in memory.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "writer": ["w000", "w001"],
    ...     "kind": ["genuine", "forged"],
    ...     "sample": ["00", "00"],
    ...     "forgery": ["", "skilled"],
    ... })
    >>> images = np.zeros((2, 32, 64, 1), np.float16)
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_records(folder, images, table)
    ...     loaded, its_table = load_records(folder)
    >>> loaded.dtype.name, its_table["path"].tolist()
    ('float16', ['w000/genuine/00', 'w001/forged/00'])
    """
    dataset = read_records(folder)
    form, _ = _read_index(Path(folder))
    images = np.empty((len(dataset), *form.shape), form.dtype)  # (n, height, width, 1)
    rows = []
    for position, record in enumerate(dataset.as_numpy_iterator()):
        images[position] = record["image"]
        rows.append({name: record[name].decode() for name in TEXTS})
    table = pd.DataFrame(rows)
    table.insert(0, "path", tables.signature_names(table))
    return images, table


def _parsed(records: tf.data.Dataset, form: Form) -> tf.data.Dataset:
    """Return the records of one shard as dicts of an image, an identity and texts."""
    features = {name: tf.io.FixedLenFeature([], tf.string) for name in (*TEXTS, "image")}
    features["identity"] = tf.io.FixedLenFeature([2], tf.int64)

    def parse(example: tf.Tensor) -> dict[str, tf.Tensor]:
        record = tf.io.parse_single_example(example, features)
        numbers = tf.io.decode_compressed(record["image"], "ZLIB")
        ink = tf.reshape(tf.io.decode_raw(numbers, form.dtype), form.shape)
        record["image"] = tf.cast(ink, tf.float32)
        record["identity"] = tf.cast(record["identity"], tf.int32)
        return record

    return records.map(parse)


def _read_index(folder: Path) -> tuple[Form, list[Shard]]:
    """Return the form of the images, and the shards that there must be."""
    path = folder / INDEX
    try:
        index = files.opened(path.read_text(encoding="utf-8"))
        form = Form(
            shape=tuple(int(side) for side in index["shape"]),
            dtype=DTYPES[DTYPES.index(index["dtype"])],
        )
        shards = []
        for listed in index["shards"]:
            records = int(listed["records"])
            name = str(listed["name"])
            shards.append(Shard(name=name, records=records, sha256=listed["sha256"]))
    except FileNotFoundError as error:
        problem = "holds no index.json, so no write was ever finished here"
        raise RecordsError(f"{folder}: {problem}; {CURE}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecordsError(f"{path}: is not an index of records; {CURE}") from error
    return form, shards


def _require_unaltered(path: Path, shard: Shard) -> None:
    """Refuse a shard that is missing, or is not what the index states."""
    if not path.is_file():
        raise RecordsError(f"{path}: is listed in index.json but missing; {CURE}")
    if files.checksum(path) == shard.sha256:
        return
    # Up to the first record with a wrong CRC.
    readable = tf.data.TFRecordDataset(str(path)).ignore_errors()
    whole = sum(1 for _ in readable)
    problem = f"truncated or altered, {whole} of {shard.records} records are whole"
    raise RecordsError(f"{path}: {problem}; {CURE}")
