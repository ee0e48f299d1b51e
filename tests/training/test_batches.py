"""Batches: who is in them, in which order, and what happens to writers who lack something."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import tensorflow as tf
from albumentations import Compose, PixelDropout
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import QUICK, keep, make_corpus

from deepsign_helpers import pairing, records
from deepsign_helpers.tables import identities
from deepsign_helpers.training import batches
from deepsign_helpers.training.batches import dataset, draw_rows, pairs_dataset, rows_of_writers

IMAGES, TABLE = make_corpus()


VARIED = replace(QUICK, recipe=lambda seed: Compose([PixelDropout(0.5, p=1)], seed=seed))


def first_batches(corpus, wanted=QUICK, seed=0, count=6):
    return list(dataset(corpus, wanted, seed).take(count).as_numpy_iterator())


def assert_same_batches(found, expected):
    for (images, identity), (same_images, same_identity) in zip(found, expected, strict=True):
        assert np.array_equal(images, same_images)
        assert np.array_equal(identity, same_identity)


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
    first, second, third, fourth = [set(TABLE["writer"].iloc[chosen]) for chosen in drawn]
    assert first | second == third | fourth == set(TABLE["writer"])
    assert not first & second
    assert not third & fourth


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
    one = first_batches((IMAGES, TABLE), VARIED, seed=5)
    again = first_batches((IMAGES, TABLE), VARIED, seed=5)
    assert_same_batches(one, again)
    other = first_batches((IMAGES, TABLE), VARIED, seed=6)
    assert not np.array_equal(other[0][1], one[0][1])


def test_each_image_is_varied_on_its_own_and_the_corpus_stays_as_it_was():
    before = IMAGES.copy()
    twins = np.ones_like(IMAGES)
    (images, _), (later, _) = first_batches((twins, TABLE), VARIED, count=2)
    every_image = np.concatenate([images, later])
    assert len({image.tobytes() for image in every_image}) == len(every_image)
    assert images.dtype == np.float32
    first_batches((IMAGES, TABLE), VARIED)
    assert np.array_equal(IMAGES, before)


def test_a_recipe_that_fails_says_so_where_the_batch_is_used():
    def recipe(seed):
        def fail(image):
            raise RuntimeError("the recipe failed")

        return fail

    with pytest.raises(tf.errors.OpError, match="the recipe failed"):
        first_batches((IMAGES, TABLE), replace(QUICK, recipe=recipe))


def test_a_writer_with_one_genuine_signature_is_left_out_and_counted():
    is_of_one = (TABLE["writer"] == "w000") & (TABLE["kind"] == "genuine")
    _, table = keep((IMAGES, TABLE), ~is_of_one | (TABLE["sample"] == "0"))
    rows, notes = rows_of_writers(table)
    assert len(rows) == 7
    for genuine, forged in rows:
        assert "w000" not in set(table["writer"][[*genuine, *forged]])
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
    sentence = "table: 1 writers have two genuine signatures; give two such writers"
    with pytest.raises(ValueError, match=sentence):
        rows_of_writers(TABLE[TABLE["writer"] == "w003"])


def test_writers_are_numbered_by_name_whatever_the_order_of_the_rows():
    shuffled = TABLE.sample(frac=1, random_state=0)
    assert np.array_equal(identities(TABLE)[shuffled.index], identities(shuffled))


def test_batches_are_the_same_however_many_threads_fill_them(monkeypatch):
    monkeypatch.setattr(batches, "CALLS_AT_ONCE", 1)
    one = first_batches((IMAGES, TABLE), VARIED)
    monkeypatch.setattr(batches, "CALLS_AT_ONCE", 5)
    assert_same_batches(first_batches((IMAGES, TABLE), VARIED), one)


def test_a_training_that_goes_on_gets_the_batches_that_it_would_have_got():
    whole = first_batches((IMAGES, TABLE), VARIED, count=6)
    rest = dataset((IMAGES, TABLE), VARIED, start=4).take(2)
    assert_same_batches(list(rest.as_numpy_iterator()), whole[4:])


def test_records_give_the_batches_that_arrays_give_bit_for_bit(tmp_path):
    ink = np.random.default_rng(0).random(IMAGES.shape).astype(np.float16)
    records.write_records(tmp_path, ink, TABLE, shards=3)
    assert_same_batches(first_batches(tmp_path, VARIED), first_batches((ink, TABLE), VARIED))


def test_two_towers_get_every_pair_of_make_pairs_once_a_round_with_its_label():
    pairs = pairing.make_pairs(TABLE, seed=0)
    pairs_a_batch = 10  # of 4 writers with 3 genuine and 2 forged signatures
    count = len(pairs) // pairs_a_batch
    path_of = {image.tobytes(): path for image, path in zip(IMAGES, TABLE["path"], strict=True)}
    drawn = []
    one_round = pairs_dataset(TABLE, IMAGES, QUICK).take(count)
    for (left, right), labels in one_round.as_numpy_iterator():
        for one, other, label in zip(left, right, labels, strict=True):
            drawn.append((path_of[one.tobytes()], path_of[other.tobytes()], label))
    expected = set(pairs[["left", "right", "label"]].itertuples(index=False, name=None))
    assert len(set(drawn)) == len(drawn) == count * pairs_a_batch
    assert set(drawn) <= expected


def first_pairs(wanted, seed=0):
    """Return the images of both towers in the first three batches, and their labels."""
    images = []
    labels = []
    for (left, right), of_batch in pairs_dataset(TABLE, IMAGES, wanted, seed).take(3):
        images.extend([left.numpy(), right.numpy()])
        labels.append(of_batch.numpy())
    return np.array(images), np.array(labels)


def test_the_seed_decides_the_pairs_and_how_they_are_varied():
    images, labels = first_pairs(VARIED, seed=5)
    same_images, same_labels = first_pairs(VARIED, seed=5)
    assert np.array_equal(images, same_images)
    assert np.array_equal(labels, same_labels)
    assert not np.array_equal(labels, first_pairs(VARIED, seed=6)[1])
    assert images.dtype == np.float32
    assert not np.array_equal(images, first_pairs(QUICK, seed=5)[0])


def test_images_and_table_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="table: 80 rows for 79 images"):
        dataset((IMAGES[1:], TABLE), QUICK)
    with pytest.raises(ValueError, match="table: 80 rows for 79 images"):
        pairs_dataset(TABLE, IMAGES[1:], QUICK)
