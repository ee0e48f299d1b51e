"""Batches: who is in them, in which order, and what happens to writers who lack something."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from albumentations import Compose, PixelDropout
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import QUICK, keep, make_corpus

from deepsign_helpers.training.batches import batches, draw_rows, identities, rows_of_writers

IMAGES, TABLE = make_corpus()


def first_batches(corpus, wanted=QUICK, seed=0, count=6):
    rows, _ = rows_of_writers(corpus[1])
    return list(islice(batches(*corpus, rows, wanted, seed), count))


@given(st.integers(1, 10), st.integers(2, 6), st.integers(0, 4), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_a_batch_holds_the_number_asked_for_of_each_kind_of_each_writer(
    writers, genuine, forged, seed
):
    wanted = replace(QUICK, writers=writers, genuine=genuine, forged=forged)
    for chosen in islice(draw_rows(rows_of_writers(TABLE)[0], wanted, seed), 5):
        drawn = TABLE.iloc[chosen]
        counts = drawn.groupby(["writer", "kind"]).size().unstack(fill_value=0)
        assert len(counts) == min(writers, 8)
        assert (counts["genuine"] == genuine).all()
        assert forged == 0 or (counts["forged"] == forged).all()
        assert drawn["path"].is_unique


def test_every_writer_comes_once_before_any_comes_twice():
    drawn = islice(draw_rows(rows_of_writers(TABLE)[0], QUICK, seed=3), 4)
    first, second, third, fourth = (set(TABLE["writer"].iloc[chosen]) for chosen in drawn)
    assert first | second == third | fourth == set(TABLE["writer"])
    assert not first & second and not third & fourth


@given(st.integers(1, 10), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_every_writer_comes_once_a_round_even_where_batches_do_not_divide_the_round(writers, seed):
    drawn = islice(draw_rows(rows_of_writers(TABLE)[0], replace(QUICK, writers=writers), seed), 24)
    sequence = [writer for chosen in drawn for writer in TABLE["writer"].iloc[chosen].unique()]
    for start in range(0, len(sequence) - 7, 8):
        assert len(set(sequence[start : start + 8])) == 8


def test_images_and_identities_belong_together():
    for images, identity in first_batches((IMAGES, TABLE)):
        for image, (writer, genuine) in zip(images, identity, strict=True):
            row = TABLE.iloc[int(np.flatnonzero((image == IMAGES).all(axis=(1, 2, 3)))[0])]
            assert sorted(set(TABLE["writer"]))[writer] == row["writer"]
            assert genuine == (row["kind"] == "genuine")


def test_the_seed_decides_the_batches():
    one, again, other = (first_batches((IMAGES, TABLE), seed=seed) for seed in (5, 5, 6))
    assert all(
        np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])
        for a, b in zip(one, again, strict=True)
    )
    assert any(not np.array_equal(a[0], b[0]) for a, b in zip(one, other, strict=True))


def test_each_image_is_varied_on_its_own_and_the_corpus_stays_as_it_was():
    before = IMAGES.copy()
    twins = np.ones_like(IMAGES)
    wanted = replace(QUICK, recipe=lambda seed: Compose([PixelDropout(0.5, p=1)], seed=seed))
    (images, _), (later, _) = first_batches((twins, TABLE), wanted, count=2)
    assert len({image.tobytes() for image in np.concatenate([images, later])}) == len(images) + len(
        later
    )
    assert images.dtype == np.float32
    first_batches((IMAGES, TABLE), wanted)
    assert np.array_equal(IMAGES, before)


def test_a_recipe_that_fails_says_so_where_the_batch_is_used():
    def recipe(seed):
        def fail(image):
            raise RuntimeError("the recipe failed")

        return fail

    with pytest.raises(RuntimeError, match="the recipe failed"):
        first_batches((IMAGES, TABLE), replace(QUICK, recipe=recipe))


def test_a_writer_with_one_genuine_signature_is_left_out_and_counted():
    table = keep(
        (IMAGES, TABLE),
        ~((TABLE["writer"] == "w000") & (TABLE["kind"] == "genuine") & (TABLE["sample"] > "0")),
    )[1]
    rows, notes = rows_of_writers(table)
    assert len(rows) == 7
    assert "w000" not in {table["writer"][row] for pair in rows for part in pair for row in part}
    assert notes == ["1 writers have fewer than two genuine signatures and were left out."]


def test_genuine_signatures_stand_in_for_missing_forgeries_and_keep_their_identity():
    corpus = keep((IMAGES, TABLE), (TABLE["kind"] == "genuine") | (TABLE["writer"] > "w003"))
    _, notes = rows_of_writers(corpus[1])
    assert notes == ["4 of 8 writers have no forgeries; genuine signatures stand in their place."]
    for images, identity in first_batches(corpus):
        assert len(images) == 4 * (3 + 2)
        assert all(genuine for writer, genuine in identity if writer < 4)


def test_a_corpus_without_any_forgery_still_makes_batches():
    corpus = keep((IMAGES, TABLE), TABLE["kind"] == "genuine")
    assert all(identity[:, 1].all() for _, identity in first_batches(corpus))


def test_a_disguised_signature_is_in_no_batch():
    table = TABLE.assign(forgery=TABLE["forgery"].where(TABLE["sample"] != "1", "disguised"))
    table["forgery"] = table["forgery"].where(table["kind"] == "forged", "")
    rows, _ = rows_of_writers(table)
    drawn = {row for _, forged in rows for row in forged}
    assert set(table["forgery"].iloc[sorted(drawn)]) == {"skilled"}


def test_one_writer_is_too_few():
    with pytest.raises(
        ValueError, match="table: 1 writers have two genuine signatures; give two such writers"
    ):
        rows_of_writers(TABLE[TABLE["writer"] == "w003"])


def test_writers_are_numbered_by_name_whatever_the_order_of_the_rows():
    shuffled = TABLE.sample(frac=1, random_state=0)
    assert np.array_equal(identities(TABLE)[shuffled.index], identities(shuffled))
