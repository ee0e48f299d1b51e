"""Two hundred photographed sheets: squares found, boxes cut where they are, empty ones told."""

import joblib
import numpy as np
import pytest
from class_sheets import draw_filled, overlap, place_of

from deepsign_helpers import corpora
from deepsign_helpers.corpora.cutting import inner
from deepsign_helpers.corpora.photographs import SEEN
from deepsign_helpers.corpora.sheets import box_rectangles

PAGES = 40  # of each way of seeing


def judge(seen, seed):
    """Return whether a page was read right, how many boxes were told wrong, and all overlaps."""
    sheet, filled, photo, truth = draw_filled([200, seed], seen)
    cut = corpora.read_sheet(photo)
    wrong = len(set(cut.images) ^ filled)
    overlaps = []
    for found, drawn in zip(cut.rectangles, box_rectangles(sheet), strict=True):
        at = place_of(inner(found), cut.matrix)
        overlaps.append(overlap(at, place_of(inner(drawn), truth)))
    return cut.sheet == sheet, wrong, overlaps


@pytest.mark.parametrize("seen", SEEN)
def test_every_page_is_read_every_box_told_and_cut_where_it_is(seen):
    tasks = (joblib.delayed(judge)(seen, seed) for seed in range(PAGES))
    judged = joblib.Parallel(n_jobs=2)(tasks)
    overlaps = np.concatenate([one for _, _, one in judged])
    print(f"{seen}: {len(overlaps)} boxes, least overlap {overlaps.min():.3f}")
    assert all(is_right for is_right, _, _ in judged)
    assert sum(wrong for _, wrong, _ in judged) == 0
    assert overlaps.min() >= 0.95
