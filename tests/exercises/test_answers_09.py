"""The exercises of chapter 09: right however they are solved, and no usual slip passes."""

import cv2
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from deepsign_helpers.exercises import check


def straighten_by_least_squares(photo, corners, size):
    """Find the homography from the equations of the text, without OpenCV's help."""
    height, width = size
    wanted = [(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)]
    rows = []
    for (x, y), (u, v) in zip(corners.astype(float), wanted, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
    matrix = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    return cv2.warpPerspective(photo, matrix / matrix[2, 2], (width, height))


def giveaway_by_scikit_learn(forged, genuine):
    labels = np.repeat([1, 0], [len(forged), len(genuine)])
    area = roc_auc_score(labels, np.concatenate([forged, genuine]))
    return max(area, 1 - area)


def to_delete_by_query(table, number):
    return list(table.query("writer == @number or forger == @number")["path"])


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("9.1", straighten_by_least_squares),
        ("9.2", giveaway_by_scikit_learn),
        ("9.3", to_delete_by_query),
    ],
)
def test_another_way_to_the_same_answer_is_right(number, answer):
    assert check(number, answer).passed is True


def straighten_to_full_sides(photo, corners, size):
    """Take width for the last pixel, which is width - 1."""
    height, width = size
    wanted = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, wanted)
    return cv2.warpPerspective(photo, matrix, (width, height))


def straighten_upside_down(photo, corners, size):
    return cv2.rotate(straighten_by_least_squares(photo, corners, size), cv2.ROTATE_180)


def giveaway_of_means(forged, genuine):
    return float(abs(forged.mean() - genuine.mean()) / np.concatenate([forged, genuine]).std())


def giveaway_or_equal(forged, genuine):
    share = (forged[:, None] >= genuine).mean()
    return float(max(share, 1 - share))


def to_delete_if_both(table, number):
    is_theirs = (table["writer"] == number) & (table["forger"] == number)
    return table.loc[is_theirs, "path"].tolist()


def to_delete_genuine_alone(table, number):
    is_theirs = (table["writer"] == number) & (table["kind"] == "genuine")
    return table.loc[is_theirs, "path"].tolist()


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("9.1", straighten_to_full_sides),
        ("9.1", straighten_upside_down),
        ("9.2", giveaway_of_means),
        ("9.2", giveaway_or_equal),
        ("9.3", to_delete_if_both),
        ("9.3", to_delete_genuine_alone),
    ],
)
def test_a_slip_that_has_no_hint_of_its_own_is_still_refused(number, answer):
    assert check(number, answer).passed is False
