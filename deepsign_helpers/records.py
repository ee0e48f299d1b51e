"""Stores prepared images as TFRecord shards that are either whole or refused, and reads them in parallel."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers import files

TEXTS = ("writer", "kind", "sample", "forgery")
CURE = "write the records again with records.write_records."


class RecordsError(ValueError):
    """Records that cannot be trusted; the message is one sentence with the cure."""


def write_records(
    folder: str | Path, images: Iterable[np.ndarray], table: pd.DataFrame, shards: int = 4
) -> None:
    """Write prepared images, with what the table says of them, as shards of TFRecord and an index.

    A record is a `tf.train.Example`: the image as PNG, the texts writer, kind, sample and forgery, and `identity`
    (the writer's number, and 1 for genuine or 0 for forged). PNG keeps 8 bits: ink comes back rounded to a multiple of
    1/255, off by at most 1/510. Shards are written aside and moved into place, the index last: killed at any moment, a
    write leaves what stood there before, or nothing that `read_records` takes for whole. Only one process may write
    into a folder at a time.

    Parameters
    ----------
    folder : made if absent; records that stand there are replaced
    images : float (height, width, 1) each, all of one size, paper 0.0, ink up to 1.0; a generator will do
    table : corpus table, a row an image, in the same order
    shards : number of files (no more than images), so that several can be read at once; record i is in shard
        i modulo `shards`

    Raises
    ------
    ValueError
        For an image that is not prepared or of another size, fewer or more images than rows, no row or no shard.
    OSError
        If the folder cannot be written to or the disk is full.
    """
    folder = Path(folder)
    if shards < 1 or table.empty:
        raise ValueError(f"{shards} shards for {len(table)} images: both must be 1 or more.")
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".partial-*"):
        shutil.rmtree(leftover)  # of a write that was killed
    with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
        files = [Path(partial) / f"{number:05d}" for number in range(min(shards, len(table)))]
        try:
            shape = _write_shards(files, images, table)
        except tf.errors.OpError as error:
            raise OSError(
                f"{folder}: records cannot be written ({error.message}); is the disk full?"
            ) from error
        index = {"shape": shape, "shards": []}
        for number, file in enumerate(files):
            checksum, records = files.checksum(file), len(range(number, len(table), len(files)))
            name = f"{file.name}-of-{len(files):05d}-{checksum[:12]}.tfrecord"
            index["shards"].append({"name": name, "records": records, "sha256": checksum})
            file.replace(folder / name)
    with files.replace_atomically(folder / "index.json") as temporary:
        temporary.write_text(json.dumps(index, indent=1, ensure_ascii=False), encoding="utf-8")
    for outdated in set(folder.glob("*-of-*.tfrecord")) - {
        folder / shard["name"] for shard in index["shards"]
    }:
        outdated.unlink()


def _write_shards(
    files: list[Path], images: Iterable[np.ndarray], table: pd.DataFrame
) -> list[int]:
    """Deal the images out to the files in turns; return their common shape."""
    numbers = {writer: number for number, writer in enumerate(sorted(set(table["writer"])))}
    rows, shape = table[list(TEXTS)].itertuples(index=False), None
    with ExitStack() as stack:
        writers = [stack.enter_context(tf.io.TFRecordWriter(str(file))) for file in files]
        for number, (image, row) in enumerate(zip_longest(map(np.asarray, images), rows)):
            if image is None or row is None:
                found = (
                    f"{'more' if row is None else 'fewer'} than the {len(table)} rows of the table"
                )
                raise ValueError(f"images: {found}; pass one for each row, in its order.")
            shape = shape or image.shape
            name = f"image {number} ({row.writer}, {row.kind} {row.sample})"
            if len(shape) != 3 or shape[2] != 1 or image.shape != shape:
                raise ValueError(
                    f"{name}: has shape {image.shape}; all must be prepared to one (height, width, 1)."
                )
            if not (image.min() >= 0 and image.max() <= 1):
                raise ValueError(
                    f"{name}: holds values outside 0 (paper) to 1 (ink); pass it through prepare first."
                )
            writers[number % len(writers)].write(
                _example(image, row._asdict(), numbers[row.writer])
            )
    return list(shape)


def _example(image: np.ndarray, texts: Mapping[str, str], number: int) -> bytes:
    png = cv2.imencode(".png", np.round(image * 255).astype(np.uint8))[1].tobytes()
    values = {"image": png} | {name: str(text).encode() for name, text in texts.items()}
    features = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        for name, value in values.items()
    }
    identity = tf.train.Int64List(value=[number, int(texts["kind"] == "genuine")])
    features["identity"] = tf.train.Feature(int64_list=identity)
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(
        deterministic=True
    )


def read_records(folder: str | Path, deterministic: bool = True) -> tf.data.Dataset:
    """Return a dataset of what `write_records` wrote, after checking that all of it is there.

    Parameters
    ----------
    folder : where `write_records` has written
    deterministic : keep the order in which the images were written; without it, whichever is read first comes first

    Returns
    -------
    tf.data.Dataset of dicts: image, float32 (height, width, 1), paper 0.0, ink up to 1.0; identity, int32 (2,): the
    writer's number in alphabetical order, and 1 for genuine or 0 for forged; writer, kind, sample, forgery, text. Its
    length is known. TensorFlow checks the CRC of each record once more as it is read.

    Raises
    ------
    RecordsError
        If the index is missing, as after a write that was killed, or a shard is missing, truncated or altered.
    """
    folder = Path(folder)
    shape, shards = _check(folder)
    features = {name: tf.io.FixedLenFeature([], tf.string) for name in (*TEXTS, "image")}
    features["identity"] = tf.io.FixedLenFeature([2], tf.int64)

    def parse(example):
        record = tf.io.parse_single_example(example, features)
        image = tf.ensure_shape(tf.io.decode_png(record["image"], channels=1), shape)
        return record | {
            "image": tf.cast(image, tf.float32) / 255,
            "identity": tf.cast(record["identity"], tf.int32),
        }

    paths = tf.data.Dataset.from_tensor_slices([str(path) for path, _, _ in shards])
    # Each shard is decoded by a thread of its own. Records were dealt out one by one: taken in turns they come in the
    # order of writing.
    turns = {"cycle_length": len(shards), "block_length": 1, "num_parallel_calls": tf.data.AUTOTUNE}
    read = paths.interleave(
        lambda path: tf.data.TFRecordDataset(path).map(parse), **turns, deterministic=deterministic
    )
    return read.apply(
        tf.data.experimental.assert_cardinality(sum(records for _, records, _ in shards))
    )


def _check(folder: Path) -> tuple[list[int], list[tuple[Path, int, str]]]:
    """Return the shape, and each shard's path, length and checksum, once all are there as the index states."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        shape = [int(side) for side in index["shape"]]
        shards = [
            (folder / shard["name"], int(shard["records"]), shard["sha256"])
            for shard in index["shards"]
        ]
    except FileNotFoundError as error:
        raise RecordsError(
            f"{folder}: holds no index.json, so no write was ever finished here; {CURE}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecordsError(
            f"{folder / 'index.json'}: is not an index of records; {CURE}"
        ) from error
    for path, records, checksum in shards:
        if not path.is_file():
            raise RecordsError(f"{path}: is listed in index.json but missing; {CURE}")
        if files.checksum(path) != checksum:
            whole = sum(
                1 for _ in tf.data.TFRecordDataset(str(path)).ignore_errors()
            )  # before one with a wrong CRC
            raise RecordsError(
                f"{path}: truncated or altered, {whole} of {records} records are whole; {CURE}"
            )
    return shape, shards
