"""What the quality gate says of a whole corpus: counted, with an example each."""

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
from drawings import draw

from deepsign_helpers import corpora


@pytest.fixture
def table(tmp_path):
    """Two signatures, one turned by a quarter, two blank pages and a file that is no image."""
    blank = np.full((100, 200), 255, np.uint8)
    images = {
        "a": draw(),
        "b": blank,
        "c": draw(loops=7),
        "d": np.ascontiguousarray(np.rot90(draw(120, 400))),
        "e": blank,
    }
    paths = []
    for name, image in images.items():
        paths.append(str(tmp_path / f"{name}.png"))
        cv2.imwrite(paths[-1], image)
    (tmp_path / "f.png").write_text("nothing")
    paths.append(str(tmp_path / "f.png"))
    return pd.DataFrame({"path": paths}, index=range(10, 16))


def test_verdicts_are_counted_from_the_worst_on_with_an_example(table, tmp_path):
    found = corpora.usability(table)
    assert found["verdict"].tolist() == ["unusable", "unusable", "doubtful", "usable"]
    assert found["images"].tolist() == [2, 1, 1, 2]
    examples = [str(tmp_path / f"{name}.png") for name in "bfda"]
    assert found["example"].tolist() == examples
    assert found["said"][0].startswith("no ink found")
    assert found["said"][1].startswith("is not an image")
    assert found["said"][2].startswith("it is much taller than wide")
    assert found["said"][3] == ""


def test_two_processes_count_what_one_counts(table):
    with joblib.parallel_config(n_jobs=2):
        pd.testing.assert_frame_equal(corpora.usability(table), corpora.usability(table))


def test_an_empty_corpus_has_nothing_to_count(table):
    assert corpora.usability(table.iloc[:0]).empty
