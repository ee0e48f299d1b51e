"""Records come back as they were written, and never half."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import tables
from deepsign_helpers.records import RecordsError, load_records, read_records, write_records


def corpus(count, size=(8, 16), seed=0):
    """Return random prepared images and a table that tells them apart."""
    images = np.random.default_rng(seed).random((count, *size, 1), np.float32)
    table = pd.DataFrame(
        {
            "writer": [f"é{number % 3}" for number in range(count)],
            "kind": ["forged" if number % 4 == 3 else "genuine" for number in range(count)],
            "sample": [str(number) for number in range(count)],
        }
    )
    return images, table.assign(forgery=table["kind"].map({"forged": "skilled", "genuine": ""}))


@pytest.fixture
def folder(tmp_path):
    """Records of 22 images in four shards."""
    write_records(tmp_path / "records", *corpus(22))
    return tmp_path / "records"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def shards(folder):
    return sorted(folder.glob("*.tfrecord"))


# Written and read back


@given(
    count=st.integers(1, 9),
    number=st.integers(1, 5),
    dtype=st.sampled_from(["float16", "float32"]),
    seed=st.integers(0, 99),
)
@settings(max_examples=20, deadline=None)
def test_images_come_back_in_order_to_the_last_bit_and_texts_unchanged(
    tmp_path_factory, count, number, dtype, seed
):
    images, table = corpus(count, seed=seed)
    images = images.astype(dtype)
    folder = tmp_path_factory.mktemp("records")
    write_records(folder, images, table, shards=number)
    dataset = read_records(folder)
    assert len(dataset) == count
    found = list(dataset.as_numpy_iterator())
    np.testing.assert_array_equal(np.stack([record["image"] for record in found]), images)
    for column in table:
        assert [record[column].decode() for record in found] == table[column].tolist()

    loaded, its_table = load_records(folder)
    assert loaded.dtype == dtype
    assert loaded.tobytes() == images.tobytes()
    assert its_table.columns.tolist() == ["path", *table]
    pd.testing.assert_frame_equal(its_table[list(table)], table)
    assert its_table["path"].tolist() == tables.signature_names(table).tolist()


def test_the_smallest_and_the_largest_numbers_come_back(tmp_path):
    for dtype in (np.float16, np.float32):
        limits = np.finfo(dtype)
        numbers = [0, limits.smallest_subnormal, limits.eps, 1 - limits.epsneg, 1]
        images = np.array(numbers, dtype).reshape(1, 5, 1, 1)
        write_records(tmp_path, images, corpus(1)[1])
        assert load_records(tmp_path)[0].tobytes() == images.tobytes()


def test_other_numbers_than_16_or_32_bit_floats_are_refused(tmp_path):
    images, table = corpus(2)
    for dtype in ("float64", "uint8", "bool"):
        sentence = rf"image 0 \(é0, genuine 0\): is {dtype}; all must be float16, or all float32"
        with pytest.raises(ValueError, match=sentence):
            write_records(tmp_path, np.round(images).astype(dtype), table)


def test_damaged_records_are_not_loaded(folder):
    shard = shards(folder)[2]
    shard.write_bytes(shard.read_bytes()[:-3])
    with pytest.raises(RecordsError, match="truncated or altered, 4 of 5 records are whole"):
        load_records(folder)


def test_a_record_damaged_after_the_check_is_not_read(folder):
    dataset = read_records(folder)
    shard = shards(folder)[0]
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    with pytest.raises(tf.errors.DataLossError):
        list(dataset)


def test_identity_numbers_the_writers_and_marks_forgeries(folder):
    found = [record["identity"].tolist() for record in read_records(folder).as_numpy_iterator()]
    assert found == [[number % 3, int(number % 4 != 3)] for number in range(22)]


def test_shapes_are_known_before_anything_is_read(folder):
    batch = read_records(folder).batch(5, drop_remainder=True).element_spec
    assert batch["image"] == tf.TensorSpec((5, 8, 16, 1), tf.float32)
    assert batch["identity"] == tf.TensorSpec((5, 2), tf.int32)


def test_in_any_order_everything_is_still_read_once(folder):
    found = [
        record["sample"].decode()
        for record in read_records(folder, deterministic=False).as_numpy_iterator()
    ]
    assert sorted(found, key=int) == [str(number) for number in range(22)]


def test_a_generator_is_written_like_an_array_and_one_input_gives_one_output(folder, tmp_path):
    images, table = corpus(22)
    write_records(tmp_path / "other", (image for image in images), table)
    assert contents(tmp_path / "other") == contents(folder)


def test_no_path_of_the_writing_machine_is_stored(tmp_path):
    images, table = corpus(3)
    write_records(tmp_path, images, table.assign(path="/home/someone/scan.png"))
    assert not any(b"someone" in content for content in contents(tmp_path).values())


def test_new_records_replace_the_old_and_other_files_stay(folder):
    old = contents(folder)
    (folder / "notes.tfrecord").touch()
    write_records(folder, *corpus(5, seed=1), shards=2)
    assert len(read_records(folder)) == 5
    assert len(contents(folder)) == 4 and "notes.tfrecord" in contents(folder)
    assert not set(old) & {path.name for path in shards(folder)}


# What a broken folder says


def refused(folder):
    with pytest.raises(
        RecordsError, match=r"write the records again with records\.write_records\.$"
    ) as caught:
        read_records(folder)
    return str(caught.value)


def test_a_folder_without_index_is_refused(tmp_path):
    assert "holds no index.json, so no write was ever finished here" in refused(
        tmp_path / "nowhere"
    )


def test_shards_without_the_index_that_comes_last_are_refused(folder):
    (folder / "index.json").unlink()
    assert "no write was ever finished here" in refused(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"shards": [{"name": "x"}]}', "\x00"])
def test_an_index_that_is_none_is_refused(folder, text):
    (folder / "index.json").write_text(text)
    assert "is not an index of records" in refused(folder)


@pytest.mark.parametrize("key", ["shape", "dtype", "shards"])
def test_an_index_without_the_form_of_the_images_or_their_shards_is_refused(folder, key):
    path = folder / "index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    del index[key]
    path.write_text(json.dumps(index))
    assert "is not an index of records" in refused(folder)
    for nonsense in (8, ["a"], "float64", None):
        path.write_text(json.dumps(index | {key: nonsense}))
        assert "is not an index of records" in refused(folder)


def test_a_missing_shard_is_named(folder):
    shards(folder)[2].unlink()
    assert "00002-of-00004" in refused(folder)


@pytest.mark.parametrize("kept", [0, 1, 200, -1])
def test_a_truncated_shard_is_named_with_how_much_of_it_is_whole(folder, kept):
    shard = shards(folder)[1]
    shard.write_bytes(shard.read_bytes()[:kept])
    message = refused(folder)
    assert "00001-of-00004" in message and "of 6 records are whole" in message


def test_a_truncated_shard_still_counts_its_whole_records(folder):
    shard = shards(folder)[0]
    shard.write_bytes(shard.read_bytes()[:-1])
    assert "5 of 6 records are whole" in refused(folder)


def test_one_altered_byte_is_noticed(folder):
    shard = shards(folder)[3]
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    assert "truncated or altered" in refused(folder)


def test_a_shard_cut_after_the_check_fails_while_reading_rather_than_ending_early(folder):
    dataset = read_records(folder)
    shard = shards(folder)[0]
    records = [bytes(record.numpy()) for record in tf.data.TFRecordDataset(str(shard))]
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for record in records[:-1]:
            writer.write(record)
    with pytest.raises(tf.errors.FailedPreconditionError, match="expected to contain 22 elements"):
        list(dataset)


# Killed, or out of room


def kill_a_write(folder, after):
    """Write 200 images in another process; kill it after so many, or before the index if 200."""
    code = f"""
        import time
        import numpy as np, pandas as pd
        from deepsign_helpers import files, records
        def stop(path=None):
            print("here", flush=True)
            time.sleep(600)
        def images():
            for number in range(200):
                if number == {after}:
                    stop()
                yield np.full((32, 64, 1), number / 255, np.float32)
        files.replace_atomically = stop
        table = pd.DataFrame(dict(writer="w", kind="genuine", sample=range(200), forgery=""))
        records.write_records({str(folder)!r}, images(), table)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout.readline() == "here\n"
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a signal of Unix")
def test_a_killed_write_leaves_nothing_to_read_and_the_next_one_succeeds(tmp_path):
    kill_a_write(tmp_path, after=150)
    assert list(tmp_path.glob(".records-*/new/0000*"))
    assert "no write was ever finished here" in refused(tmp_path)
    write_records(tmp_path, *corpus(22))
    assert len(list(read_records(tmp_path))) == 22
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a signal of Unix")
def test_a_write_killed_over_old_records_leaves_the_old_ones_whole(folder):
    kill_a_write(folder, after=200)
    assert len(shards(folder)) == 8
    assert [record["sample"].decode() for record in read_records(folder).as_numpy_iterator()] == [
        str(number) for number in range(22)
    ]
    write_records(folder, *corpus(5))
    assert len(shards(folder)) == 4


def test_a_write_that_fails_leaves_the_old_records_and_no_litter(folder):
    before = contents(folder)
    images, table = corpus(22, seed=1)
    with pytest.raises(ValueError, match="fewer than the 22 rows"):
        write_records(folder, images[:-1], table)
    assert contents(folder) == before
    assert not list(folder.glob(".records-*"))


@pytest.mark.skipif(os.name == "nt", reason="limits on file size are Unix's")
def test_a_full_disk_is_reported_in_one_sentence(tmp_path):
    code = f"""
        import resource, signal
        import numpy as np, pandas as pd
        from deepsign_helpers import records
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        images = np.random.default_rng(0).random((400, 32, 64, 1), np.float32)
        table = pd.DataFrame(dict(writer="w", kind="genuine", sample=range(400), forgery=""))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            records.write_records({str(tmp_path)!r}, images, table)
        except OSError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.stdout.startswith(f"{tmp_path}: records cannot be written (")
    assert done.stdout.endswith("is the disk full?\n") and done.stdout.count("\n") == 1, done
    assert not list(tmp_path.iterdir())


# What is not worth writing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda image: image * 255, "levels from"),
        (lambda image: image - 0.5, "levels from"),
        (lambda image: image * np.nan, "a level is NaN"),
        (lambda image: image[:4], r"has shape \(4, 16, 1\); all must be prepared to one"),
        (lambda image: image.astype("float16"), "is float16; all must be float16, or all float32"),
        (lambda image: image[..., 0], r"has shape \(8, 16\); all must be prepared"),
    ],
)
def test_an_image_that_is_not_prepared_is_named(tmp_path, change, message):
    images, table = corpus(4)
    images = [*images[:2], change(images[2]), images[3]]
    with pytest.raises(ValueError, match=r"image 2 \(é2, genuine 2\): " + message):
        write_records(tmp_path, images, table)


def test_images_and_rows_must_be_as_many(tmp_path):
    images, table = corpus(4)
    with pytest.raises(ValueError, match="more than the 3 rows"):
        write_records(tmp_path, images, table[:3])
    with pytest.raises(ValueError, match="fewer than the 4 rows"):
        write_records(tmp_path, [], table)


@pytest.mark.parametrize(("count", "number"), [(0, 4), (3, 0)])
def test_nothing_to_write_is_refused(tmp_path, count, number):
    with pytest.raises(
        ValueError, match=f"{number} shards for {count} images: both must be 1 or more"
    ):
        write_records(tmp_path, *corpus(count), shards=number)


def test_the_index_tells_shape_type_and_shards(folder):
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert index["shape"] == [8, 16, 1]
    assert index["dtype"] == "float32"
    assert [shard["name"] for shard in index["shards"]] == [path.name for path in shards(folder)]
    assert [shard["records"] for shard in index["shards"]] == [6, 6, 5, 5]


# Whose files are these?


def test_shards_that_another_program_has_written_are_left_alone(tmp_path):
    others = ["train-00000-of-00010.tfrecord", "00000-of-00002.tfrecord"]
    for name in others:
        (tmp_path / name).write_text("precious")
    for _ in range(2):
        write_records(tmp_path, *corpus(5))
    assert all((tmp_path / name).read_text() == "precious" for name in others)
    assert len(shards(tmp_path)) == 4 + len(others)


def test_an_index_that_another_program_has_written_is_not_replaced(tmp_path):
    (tmp_path / "index.json").write_text('{"precious": 1}')
    with pytest.raises(ValueError, match=r"index\.json: is no index of records; choose another"):
        write_records(tmp_path, *corpus(5))
    assert (tmp_path / "index.json").read_text() == '{"precious": 1}'


def test_a_damaged_index_of_ours_is_written_again(folder):
    (folder / "index.json").write_text("{")
    write_records(folder, *corpus(5))
    assert len(list(read_records(folder))) == 5
