"""One image that stands in a corpus twice: found however it was saved, and nothing else is."""

from itertools import combinations
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
from drawings import draw
from PIL import Image

from deepsign_helpers import synthesis
from deepsign_helpers.corpora import doubles, find_doubles
from deepsign_helpers.corpora.thumbnails import thumbnail_of
from deepsign_helpers.preprocessing import read_gray


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Return the table of ten generated writers, among whose forgeries are traced ones."""
    return synthesis.write_corpus(
        tmp_path_factory.mktemp("corpus"),
        writers=10,
        genuine=4,
        forged=4,
        difficulty="hard",
        seed=3,
        scripts=("latin", "devanagari", "paraph"),
        forgeries=("traced", "skilled"),
    )


def planted(table, row, path, **changes):
    """Return the table with one row more: the given image, said to be something else."""
    new = table.iloc[[row]].assign(path=str(path), sample="99", **changes)
    return pd.concat([table, new], ignore_index=True)


def as_jpeg(gray):
    return cv2.imdecode(cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 0)


def scaled(gray, by):
    return cv2.resize(gray, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)


SAVED_ANEW = {
    "compressed": as_jpeg,
    "smaller": lambda gray: scaled(gray, 0.8),
    "larger": lambda gray: scaled(gray, 1.2),
    "margins cut": lambda gray: gray[6:-8, 4:-10],
    "darker": lambda gray: (0.85 * gray).astype(np.uint8),
    "ink paler": lambda gray: (60 + gray * (195 / 255)).astype(np.uint8),
    "all at once": lambda gray: as_jpeg((0.9 * scaled(gray, 0.8)).astype(np.uint8))[4:-5, 3:-2],
}


def test_different_signatures_are_no_doubles_traced_ones_included(corpus):
    assert find_doubles(corpus).empty


@pytest.mark.parametrize("how", SAVED_ANEW)
def test_an_image_saved_anew_is_near_and_nothing_else_is_found(corpus, tmp_path, how):
    table = corpus
    rows = [0, 13, 30]
    for row in rows:
        path = tmp_path / f"{row}.png"
        cv2.imwrite(str(path), SAVED_ANEW[how](read_gray(table["path"][row])))
        table = planted(table, row, path)
    found = find_doubles(table)
    assert found["path"].tolist() == corpus["path"][rows].tolist()
    assert found["double"].tolist() == [str(tmp_path / f"{row}.png") for row in rows]
    assert set(found["likeness"]) == {"near"}
    assert set(found["where"]) == {"within a writer"}
    assert found["correlation"].between(doubles.LEAST_LIKENESS, 1).all()


def test_a_copied_file_and_the_same_pixels_in_another_format_are_told_apart(corpus, tmp_path):
    copied = tmp_path / "copy.png"
    copied.write_bytes(Path(corpus["path"][5]).read_bytes())
    as_tiff = tmp_path / "again.tiff"
    Image.open(corpus["path"][5]).convert("L").save(as_tiff)
    table = planted(planted(corpus, 5, copied), 5, as_tiff)
    found = find_doubles(table)
    assert found["likeness"].tolist() == ["same file", "same pixels"]
    assert found["path"].tolist() == [corpus["path"][5]] * 2
    assert found["double"].tolist() == [str(copied), str(as_tiff)]
    assert found["correlation"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, "within a writer"),
        ({"writer": "another"}, "across writers"),
        ({"kind": "forged"}, "across kinds"),
        ({"split": "test"}, "across splits"),
        ({"writer": "another", "split": "test"}, "across writers and splits"),
        ({"writer": "another", "kind": "forged"}, "across writers and kinds"),
    ],
)
@pytest.mark.parametrize("how", ["same file", "near"])
def test_it_is_said_between_what_a_double_stands(corpus, tmp_path, changes, where, how):
    few = corpus.head(12).assign(split="train")
    path = tmp_path / "double.png"
    if how == "near":
        cv2.imwrite(str(path), scaled(read_gray(few["path"][2]), 0.8))
    else:
        path.write_bytes(Path(few["path"][2]).read_bytes())
    found = find_doubles(planted(few, 2, path, **changes))
    assert found[["likeness", "where"]].to_numpy().tolist() == [[how, where]]


def test_blank_and_unreadable_images_are_no_doubles_unless_their_bytes_agree(tmp_path):
    blank = np.full((100, 200), 255, np.uint8)
    cv2.imwrite(str(tmp_path / "blank.png"), blank)
    cv2.imwrite(str(tmp_path / "grey.png"), blank - 10)
    (tmp_path / "text.png").write_text("nothing")
    (tmp_path / "again.png").write_text("nothing")
    names = ["blank", "grey", "text", "again", "absent", "gone"]
    table = pd.DataFrame({"path": [str(tmp_path / f"{name}.png") for name in names]})
    found = find_doubles(table.assign(writer="w", kind="genuine"))
    assert found["likeness"].tolist() == ["same file"]
    assert found["double"].tolist() == [str(tmp_path / "again.png")]


def test_blocks_and_processes_find_the_pairs_that_comparing_each_with_each_finds(
    corpus, monkeypatch
):
    thumbnails = [thumbnail_of(read_gray(path)) for path in corpus["path"][:40]]

    def coarse(thumbnail):
        blurred = cv2.GaussianBlur(thumbnail.astype(np.float32), (0, 0), doubles.COARSE_BLUR)
        return blurred.reshape(16, 4, 32, 4).mean(axis=(1, 3)).ravel()

    monkeypatch.setattr(doubles, "LEAST_COARSE_LIKENESS", 0.6)
    expected = [
        (one, other)
        for one, other in combinations(range(40), 2)
        if np.corrcoef(coarse(thumbnails[one]), coarse(thumbnails[other]))[0, 1] >= 0.6
    ]
    assert len(expected) > 40
    for block in (7, 40, 500):
        monkeypatch.setattr(doubles, "BLOCK", block)
        assert sorted(doubles.coarsely_alike(thumbnails)) == expected
    with joblib.parallel_config(n_jobs=2):
        pd.testing.assert_frame_equal(find_doubles(corpus), find_doubles(corpus.copy()))


def test_likeness_is_that_of_a_picture_laid_upon_itself(signature):
    thumbnail = thumbnail_of(signature)
    turned = cv2.warpAffine(
        thumbnail, cv2.getRotationMatrix2D((64, 32), 4, 1.05), thumbnail.shape[::-1]
    )
    apart = np.corrcoef(thumbnail.ravel(), turned.ravel())[0, 1]
    assert apart < 0.9
    assert doubles.likeness(thumbnail, turned) > 0.98
    other = thumbnail_of(draw(loops=8, phase=2.0))
    assert doubles.likeness(thumbnail, other) < 0.9


def test_a_page_without_ink_or_with_a_line_only_has_no_thumbnail():
    page = np.full((100, 200), 255, np.uint8)
    assert thumbnail_of(page) is None
    page[50, 20:180] = 0
    assert thumbnail_of(page) is None
