"""Damage, from one bit to a whole column, is refused in a sentence, or changes nothing."""

import functools

import numpy as np
import pytest
import stored
import strategies
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import pairing, preprocessing

WRITERS = {"corpus": stored.corpus, "records": stored.records, "verifier": stored.verifier}


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Write a corpus, records or a verifier, once."""

    @functools.cache
    def written(kind):
        return WRITERS[kind](tmp_path_factory.mktemp("fuzzing") / kind)

    return written


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("corpus", "manifest.csv"),
        ("corpus", "images/*/genuine_00.png"),
        ("records", "index.json"),
        ("records", "00001-of-*.tfrecord"),
        ("verifier", "verifier.json"),
        ("verifier", "encoder.keras"),
    ],
)
@given(data=st.data())
def test_no_damaged_file_loads_as_something_else(kind, pattern, data, write):
    written = write(kind)
    path = min(written.folder.glob(pattern))
    content = data.draw(strategies.damaged(path.read_bytes()))
    fate = written.fate(path.relative_to(written.folder), content)
    assert fate != stored.SILENT


@given(data=st.data())
def test_no_edited_table_loads_as_something_else(data, write):
    corpus = write("corpus")
    text = (corpus.folder / "manifest.csv").read_text(encoding="utf-8")
    edited = data.draw(strategies.edited_csv(text))
    assert corpus.fate("manifest.csv", edited.encode()) != stored.SILENT


@pytest.mark.parametrize(
    ("kind", "name"), [("records", "index.json"), ("verifier", "verifier.json")]
)
@given(data=st.data())
def test_no_edited_json_loads_as_something_else(kind, name, data, write):
    written = write(kind)
    text = (written.folder / name).read_text(encoding="utf-8")
    edited = data.draw(strategies.edited_json(text))
    assert written.fate(name, edited.encode()) != stored.SILENT


@given(image=strategies.image_files(), data=st.data())
def test_a_damaged_scan_is_read_as_an_image_or_refused(image, data):
    _, whole = image
    content = data.draw(strategies.damaged(whole))
    try:
        read = preprocessing.read_gray(content, "scan")
    except preprocessing.ImageError as error:
        stored.require_sentence(str(error))
        return
    assert read.dtype == np.uint8
    assert read.ndim == 2


@given(data=st.data())
def test_what_png_does_not_notice_is_no_damage(data):
    # Each part of such a file has a checksum; the other formats hold none.
    _, whole = data.draw(strategies.image_files().filter(lambda image: image[0].startswith("PNG")))
    content = data.draw(strategies.flips(whole) | strategies.cuts(whole))
    try:
        read = preprocessing.read_gray(content, "scan")
    except preprocessing.ImageError:
        return
    np.testing.assert_array_equal(read, preprocessing.read_gray(whole))


@given(strategies.images())
def test_an_array_is_prepared_or_refused_in_a_sentence(image):
    try:
        prepared = preprocessing.prepare(image, (32, 64), name="scan")
    except preprocessing.ImageError as error:
        stored.require_sentence(str(error))
        return
    assert prepared.shape == (32, 64, 1)
    assert np.isfinite(prepared).all()
    assert prepared.min() >= 0
    assert prepared.max() <= 1


@given(table=strategies.tables(), seed=st.integers(0, 9))
def test_a_table_is_paired_without_an_image_twice_or_refused_in_a_sentence(table, seed):
    try:
        pairs = pairing.make_pairs(table, seed=seed)
    except ValueError as error:
        stored.require_sentence(str(error))
        return
    assert (pairs["left"] != pairs["right"]).all()
    assert set(pairs["label"]) <= {0, 1}
