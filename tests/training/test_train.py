"""Training on a small world: what is learned, refused and noted, and lines of a search."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster, get_task_stream
from joblib.externals.loky import get_reusable_executor
from small_world import QUICK, keep, make_corpus, make_encoder, skilled_rate

from deepsign_helpers import losses, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training import cross_validate, pairs_dataset, train, train_and_judge

IMAGES, TABLE = make_corpus()
LOSSES = (losses.contrastive, losses.triplet, losses.supervised_contrastive)
OTHERS = make_corpus(seed=1)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_falls(loss):
    history = train(make_encoder(), (IMAGES, TABLE), settings=replace(QUICK, loss=loss, epochs=10))
    assert history.epochs["loss"].iloc[-1] < 0.9 * history.epochs["loss"].iloc[0]


def test_writers_never_seen_are_told_apart_better_than_before():
    encoder = make_encoder()
    before = skilled_rate(encoder, *OTHERS)
    history = train(encoder, (IMAGES, TABLE), OTHERS, replace(QUICK, epochs=15))
    assert skilled_rate(encoder, *OTHERS) < before - 0.1
    assert history.health.name == "healthy"


def test_the_seed_repeats_a_run():
    one = train(make_encoder(), (IMAGES, TABLE), OTHERS, QUICK, seed=4)
    again = train(make_encoder(), (IMAGES, TABLE), OTHERS, QUICK, seed=4)
    other = train(make_encoder(), (IMAGES, TABLE), OTHERS, QUICK, seed=5)
    assert one.epochs["loss"].to_numpy() == pytest.approx(again.epochs["loss"].to_numpy(), rel=1e-4)
    assert abs(one.epochs["loss"] - other.epochs["loss"]).max() > 0.01


def test_writers_on_both_sides_are_refused():
    with pytest.raises(
        ValueError,
        match=r"writer w000 is in training and judged too, like 7 others; split by writer",
    ):
        train(make_encoder(), (IMAGES, TABLE), (IMAGES, TABLE), QUICK)


def test_images_and_table_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="table: 80 rows for 79 images"):
        train(make_encoder(), (IMAGES[1:], TABLE), settings=QUICK)
    with pytest.raises(ValueError, match="validation: 80 rows for 79 images"):
        train(make_encoder(), (IMAGES, TABLE), (OTHERS[0][1:], OTHERS[1]), QUICK)


def with_a_row_more(corpus, **changes):
    """Return a corpus with its first signature once more, differing in these columns."""
    images, table = corpus
    again = table.iloc[[0]].assign(**changes)
    return np.concatenate([images, images[:1]]), pd.concat([table, again], ignore_index=True)


@pytest.mark.parametrize("changes", [{}, {"sample": "99"}, {"path": "other.png"}])
def test_a_signature_that_stands_twice_is_refused_before_training(changes):
    doubled = with_a_row_more((IMAGES, TABLE), **changes)
    sentence = r"table: .*\.png stands for a signature that is there already \(1 such rows\)"
    fails = replace(QUICK, recipe=pytest.fail)
    with pytest.raises(ValueError, match=sentence):
        train(make_encoder(), doubled, settings=fails)
    with pytest.raises(ValueError, match=sentence):
        cross_validate(pytest.fail, *doubled, fails)
    with pytest.raises(ValueError, match=sentence):
        pairs_dataset(doubled[1], doubled[0], fails)
    with pytest.raises(ValueError, match=sentence.replace("table", "validation")):
        train(make_encoder(), OTHERS, doubled, fails)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"loss": losses.triplet, "class_weight": "balanced"},
            "class_weight: belongs to a loss over pairs",
        ),
        ({"epochs": 0}, "settings: epochs 0, steps_per_epoch 4; give 1 or more"),
        ({"steps_per_epoch": 0}, "settings: epochs 3, steps_per_epoch 0; give 1 or more"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        train(make_encoder(), (IMAGES, TABLE), settings=replace(QUICK, **changes))


@pytest.mark.parametrize(
    "left_out",
    [
        "writer > 'w100'",
        "writer > 'w100' or kind == 'forged'",
        "kind == 'genuine' and sample > '0'",
    ],
)
def test_a_validation_without_two_writers_to_tell_apart_is_refused_before_training(left_out):
    encoder = make_encoder()
    before = embed(encoder, IMAGES)
    others = keep(OTHERS, ~OTHERS[1].eval(left_out))
    with pytest.raises(
        ValueError,
        match=r"validation: \d writers have two genuine signatures; give two such writers",
    ):
        train(encoder, (IMAGES, TABLE), others, QUICK)
    assert np.array_equal(embed(encoder, IMAGES), before)


def test_writers_who_lack_something_are_trained_on_or_left_out_with_a_note():
    alone = (TABLE["writer"] == "w000") & (TABLE["kind"] == "genuine") & (TABLE["sample"] > "0")
    unforged = (TABLE["writer"] == "w001") & (TABLE["kind"] == "forged")
    history = train(make_encoder(), keep((IMAGES, TABLE), ~(alone | unforged)), OTHERS, QUICK)
    assert history.notes == (
        "1 writers have fewer than two genuine signatures and were left out.",
        "1 of 7 writers have no forgeries; genuine signatures stand in their place.",
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_a_corpus_without_any_forgery_is_learned_from_with_a_note(loss):
    genuine = keep((IMAGES, TABLE), TABLE["kind"] == "genuine")
    history = train(make_encoder(), genuine, settings=replace(QUICK, loss=loss, epochs=8))
    assert history.notes == (
        "8 of 8 writers have no forgeries; genuine signatures stand in their place.",
    )
    assert history.epochs["loss"].iloc[-1] < 0.9 * history.epochs["loss"].iloc[0]
    assert set(history.health.distances["kind"]) == {"genuine", "random"}


def build(folder):
    """Make an encoder, and leave word of which process made it."""
    Path(folder, f"{os.getpid()}").touch()
    runtime.seed_everything(0)  # else a busy machine adds up in another order
    return make_encoder()


WANTED = replace(
    QUICK,
    epochs=1,
    steps_per_epoch=6,
    recipe=lambda seed: lambda image: {"image": image + seed % 7},
)


def lines(folder, backend, n_jobs=2):
    """Return a cross-validation, lines of a search, and which processes made the encoders."""
    folder.mkdir()
    places = {"here": keep(OTHERS, OTHERS[1]["kind"] == "genuine"), "there": OTHERS}
    with joblib.parallel_config(backend=backend, n_jobs=n_jobs):
        folds = cross_validate(partial(build, folder), IMAGES, TABLE, WANTED, n_splits=4, seed=3)
        work = (
            joblib.delayed(train_and_judge)(
                partial(build, folder), (IMAGES, TABLE), places, replace(WANTED, loss=loss), seed
            )
            for seed, loss in enumerate(LOSSES)
        )
        search = pd.DataFrame(joblib.Parallel()(work))
    return folds, search, {int(path.name) for path in folder.iterdir()}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The lines, made in this process."""
    return lines(tmp_path_factory.mktemp("here") / "made", "sequential")


def test_folds_judge_every_writer_once_and_never_one_they_trained_on(here):
    folds, _, processes = here
    assert folds.columns.tolist() == ["fold", "writers", "skilled", "random", "seconds"]
    assert folds["fold"].tolist() == [0, 1, 2, 3]
    assert folds["writers"].tolist() == [2, 2, 2, 2]
    assert folds[["skilled", "random"]].stack().between(0, 1).all()
    assert processes == {os.getpid()}


def test_a_writer_who_cannot_be_judged_is_named_before_any_fold_is_trained():
    once = (TABLE["writer"] != "w003") | (TABLE["kind"] == "forged") | (TABLE["sample"] == "0")
    with pytest.raises(
        ValueError,
        match="writer w003: 1 genuine signatures; 1 references and one to question need 2",
    ):
        cross_validate(pytest.fail, *keep((IMAGES, TABLE), once), QUICK)


def test_a_line_of_a_search_judges_the_last_weights_in_each_place(here):
    _, search, _ = here
    assert search.columns.tolist() == ["here random", "there skilled", "there random", "seconds"]
    for (seed, loss), line in zip(enumerate(LOSSES), search.itertuples(index=False), strict=True):
        encoder = make_encoder()
        train(encoder, (IMAGES, TABLE), settings=replace(WANTED, loss=loss), seed=seed)
        assert line[1] == pytest.approx(skilled_rate(encoder, *OTHERS), abs=1e-6)


def assert_same_lines(made, expected):
    for table, other in zip(made[:2], expected[:2], strict=True):
        pd.testing.assert_frame_equal(
            table.drop(columns="seconds"), other.drop(columns="seconds"), atol=1e-6
        )
    assert os.getpid() not in made[2]


def test_two_processes_make_the_lines_that_one_makes(here, tmp_path):
    # Processes that earlier tests have left would take TensorFlow's memory for a leak, and stop.
    get_reusable_executor().shutdown(wait=True)
    together = lines(tmp_path / "made", "loky")
    assert_same_lines(together, here)
    assert len(together[2]) == 2


def test_a_cluster_makes_the_lines_that_one_process_makes(here, tmp_path):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        workers = client.run(os.getpid)
        with get_task_stream(client) as stream:
            together = lines(tmp_path / "made", "dask", n_jobs=-1)
        assert {task["worker"] for task in stream.data} <= set(workers)
    assert_same_lines(together, here)
    assert together[2] <= set(workers.values())  # on a busy machine one of them may do it all
