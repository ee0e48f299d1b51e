"""What notebook 03 claims; its variables after the last cell stand as parameters."""

import numpy as np

from deepsign_helpers import pairing, preprocessing


def test_there_are_as_many_pairs_of_each_kind_as_the_writers_make(same, skilled, strangers):
    assert len(same) == 24 * 66
    assert len(skilled) == 24 * 144
    assert len(strangers) == 24 * 23 // 2 * 144


def test_few_pairs_have_the_label_same(share):
    assert share < 4


def test_chosen_pairs_are_balanced_and_the_forgeries_half_skilled(pairs, half, chosen_counts):
    assert len(pairs) == 4 * half
    assert chosen_counts == {"genuine": 2 * half, "skilled": half, "random": half}


def test_by_hand_as_many_different_pairs_were_chosen(same, chosen_skilled, chosen_random):
    assert len(chosen_skilled) + len(chosen_random) == len(same)


def test_the_weights_are_those_of_the_package(weights, all_labels):
    assert weights == pairing.class_weights(all_labels)


def test_always_saying_different_is_right_in_half_of_the_weight(right_number, right_weight):
    assert right_number > 96
    assert abs(right_weight - 50) < 1e-6


def test_genuine_pairs_score_highest_and_random_pairs_lowest(scores_of_kind):
    medians = {kind: np.median(scores) for kind, scores in scores_of_kind.items()}
    assert medians["genuine"] > medians["skilled"] > medians["random"]


def test_the_labels_are_the_right_way_round(same_score, different_score):
    assert same_score > different_score


def test_flipped_labels_land_on_the_wrong_side_of_one_half(error_rate, flipped_rate):
    assert error_rate < 0.5 < flipped_rate
    assert abs(error_rate + flipped_rate - 1) < 0.01


def test_shuffled_images_and_pairs_leak(leaky, honest, leaky_pairs, honest_pairs):
    assert leaky.mean() > 0.85
    assert leaky.mean() - honest.mean() > 0.2
    assert leaky_pairs.mean() - honest_pairs.mean() > 0.1


def test_most_of_the_success_was_an_illusion_and_little_is_left(
    leaky, honest, leaky_pairs, honest_pairs
):
    assert 0.5 < honest.mean() < 0.65
    assert honest.mean() - 0.5 < (leaky.mean() - 0.5) / 3
    assert honest_pairs.mean() - 0.5 < (leaky_pairs.mean() - 0.5) / 3


def test_no_writer_is_in_two_splits(training_writers, validation_writers, test_writers, writers):
    parts = np.concatenate([training_writers, validation_writers, test_writers])
    assert sorted(parts) == sorted(writers)


def test_no_pair_leaves_its_split(table, split_pairs):
    split_of = table.set_index("path")["split"]
    for side in ("left", "right"):
        assert (split_pairs[side].map(split_of) == split_pairs["split"]).all()


def test_each_writer_validates_in_one_fold_with_all_images(shares):
    assert ((shares["writer_folds"] == 1).sum(axis=0) == 1).all()
    assert np.allclose(shares["writer_folds"].sum(axis=0), 1)
    assert (shares["shuffled images"] < 1).all()


def test_stratified_folds_differ_less_in_their_share_of_forgeries(forged_shares):
    spreads = {way: max(shares) - min(shares) for way, shares in forged_shares.items()}
    assert spreads["Stratified"] < spreads["By group only"]


def test_float16_rounds_by_less_than_a_step_of_grey(images, corpus):
    exact = preprocessing.prepare_all(corpus[:60], size=(32, 64), dtype=np.float32)
    assert np.abs(images[:60] - exact).max() <= 1 / 4096


def test_a_record_made_by_hand_takes_less_room_than_its_image(image_bytes, example_bytes):
    assert len(example_bytes) < len(image_bytes) / 2


def test_the_records_take_a_fraction_of_the_room(array_size, records_size):
    assert array_size == 576 * 32 * 64 * 2 / 1000
    assert array_size > 3 * records_size


def test_nothing_is_lost_altered_or_mixed_up(images, images_back, samples_back, corpus):
    assert np.array_equal(images_back, images)
    assert samples_back == corpus["sample"].tolist()


def test_another_pass_begins_with_other_writers(beginnings):
    one, other = beginnings
    assert one != other
    assert len(set(one.split())) > 4


def test_a_small_buffer_hardly_mixes(writers_in_batch):
    without, one_writer, all_records = writers_in_batch.values()
    assert without <= 3
    assert one_writer <= 2 * without
    assert all_records > 20


def test_what_is_loaded_is_what_was_written(loaded_images, loaded_table, images, corpus):
    assert loaded_images.dtype == np.float16
    assert np.array_equal(loaded_images, images)
    for column in ("writer", "kind", "sample"):
        assert loaded_table[column].tolist() == corpus[column].tolist()
    assert loaded_table["path"][0] == "w000/genuine/00"


def test_the_first_pass_fills_the_memory(first_pass, corpus):
    assert first_pass == len(corpus)


def test_records_are_many_times_faster_than_scans(rates):
    assert rates["records, from four shards"] > 5 * rates["scans, prepared anew"]
    assert rates["records, kept in memory"] > 5 * rates["scans, prepared anew"]


def test_tensorflow_does_not_miss_a_record(found, corpus):
    assert found == len(corpus) - 1


def test_read_records_says_what_is_missing(sentence):
    assert "truncated or altered, 143 of 144 records are whole" in sentence


def test_interrupted_writing_leaves_nothing(left):
    assert left == []


def test_writing_again_is_the_cure(written_again, corpus):
    assert written_again == len(corpus)


def test_pairs_by_hand_join_the_images_that_the_table_says(
    train_pairs, rows_of_pairs, corpus, left_images, right_images, batch_labels, images
):
    rows = list(rows_of_pairs.as_numpy_iterator())
    paths = corpus["path"].to_numpy()
    in_table = list(zip(train_pairs["left"], train_pairs["right"], strict=True))
    assert [(paths[left], paths[right]) for left, right, _ in rows] == in_table

    label_of = {}
    for left, right, label in rows:
        label_of[images[left].tobytes(), images[right].tobytes()] = label
    for left, right, label in zip(left_images, right_images, batch_labels, strict=True):
        as_stored = [np.float16(image).tobytes() for image in (left, right)]
        assert label_of[tuple(as_stored)] == label


def test_pairs_for_training_are_of_training_writers(train_pairs, table):
    split_of = table.set_index("path")["split"]
    assert set(split_of[train_pairs["left"]]) == {"train"}
    assert set(split_of[train_pairs["right"]]) == {"train"}


def test_a_batch_of_the_package_has_24_pairs_varied_and_of_both_labels(
    left_varied, right_varied, varied_labels, loaded_images
):
    assert left_varied.shape == right_varied.shape == (24, 32, 64, 1)
    assert set(varied_labels.numpy()) == {pairing.SAME, pairing.DIFFERENT}
    stored = {image.tobytes() for image in loaded_images}
    varied = [np.float16(image).tobytes() not in stored for image in left_varied]
    assert np.mean(varied) > 0.9
