"""Preparing a corpus, and finding it prepared."""

import joblib
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from deepsign_helpers import preprocessing
from deepsign_helpers.training import prepare_all

SIZE = (32, 64)


@pytest.fixture
def table(tmp_path, signature):
    paths = []
    for number in range(4):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.fromarray(np.roll(signature, 3 * number, axis=0)).rotate(number, fillcolor=255).save(
            paths[-1]
        )
    return pd.DataFrame({"path": paths})


def must_not_run(*arguments, **options):
    raise AssertionError("prepared again")


def test_all_images_are_prepared_in_order_in_one_process_or_two(table):
    expected = [
        preprocessing.prepare(preprocessing.read_gray(path), SIZE) for path in table["path"]
    ]
    assert np.array_equal(prepare_all(table, SIZE), expected)
    with joblib.parallel_config(n_jobs=2):
        assert np.array_equal(prepare_all(table, SIZE), expected)


def test_the_cache_is_read_the_next_time(table, tmp_path, monkeypatch):
    first = prepare_all(table, SIZE, tmp_path / "prepared.npz")
    monkeypatch.setattr(preprocessing, "prepare", must_not_run)
    again = prepare_all(table, SIZE, tmp_path / "prepared.npz")
    assert np.array_equal(first, again) and again.dtype == np.float32


def test_the_cache_is_not_believed_for_another_size_fit_table_or_changed_file(
    table, tmp_path, monkeypatch
):
    cache = tmp_path / "prepared.npz"
    prepare_all(table, SIZE, cache)
    assert prepare_all(table, (16, 32), cache).shape == (4, 16, 32, 1)
    assert not np.array_equal(
        prepare_all(table, SIZE, cache, fit="aspect"), prepare_all(table, SIZE, cache)
    )
    assert len(prepare_all(table[:3], SIZE, cache)) == 3
    prepare_all(table, SIZE, cache)
    Image.open(table["path"][1]).save(table["path"][0])
    assert np.array_equal(*prepare_all(table, SIZE, cache)[:2])


def test_a_damaged_cache_is_made_again(table, tmp_path):
    cache = tmp_path / "prepared.npz"
    expected = prepare_all(table, SIZE, cache)
    cache.write_bytes(cache.read_bytes()[:1000])
    assert np.array_equal(prepare_all(table, SIZE, cache), expected)
    with np.load(cache) as kept:
        assert np.array_equal(kept["images"], expected)


@pytest.mark.parametrize("content", ["nothing", "a lone array", "a zip file of a later version"])
def test_a_cache_that_is_something_else_is_made_again(table, tmp_path, content):
    cache = tmp_path / "prepared.npz"
    expected = prepare_all(table, SIZE, cache)
    damaged = bytearray(cache.read_bytes())
    damaged[damaged.index(b"PK\x01\x02") + 6] = 255  # the version needed to read the first entry
    np.save(tmp_path / "array.npy", expected)
    contents = {"nothing": b"", "a lone array": (tmp_path / "array.npy").read_bytes()}
    cache.write_bytes(contents.get(content, damaged))
    assert np.array_equal(prepare_all(table, SIZE, cache), expected)


@pytest.mark.parametrize("name", ["prepared", "prepared.cache"])
def test_a_cache_may_be_called_anything(table, tmp_path, monkeypatch, name):
    folder = tmp_path / "caches"
    folder.mkdir()
    first = prepare_all(table, SIZE, folder / name)
    assert [path.name for path in folder.iterdir()] == [name]
    monkeypatch.setattr(preprocessing, "prepare", must_not_run)
    assert np.array_equal(prepare_all(table, SIZE, folder / name), first)


def test_files_are_read_where_they_are_prepared(table, monkeypatch):
    monkeypatch.setattr(
        preprocessing, "read_gray", must_not_run
    )  # in this process, not in the others
    with joblib.parallel_config(n_jobs=2):
        assert len(prepare_all(table, SIZE)) == 4


def test_an_image_that_cannot_be_used_is_named(table, tmp_path):
    Image.new("L", (100, 100), 255).save(table["path"][2])
    with pytest.raises(preprocessing.ImageError, match=r"2\.png"):
        prepare_all(table, SIZE)
