"""Training on a small world: what is learned, refused and noted, here and in many processes."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster, get_task_stream
from joblib.externals.loky import get_reusable_executor
from small_world import QUICK, keep, make_corpus, make_encoder, skilled_rate

from deepsign_helpers import losses, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.training import cross_validate, fit, train_and_judge
from deepsign_helpers.training.step import LOSSES

IMAGES, TABLE = make_corpus()
OTHERS = make_corpus(seed=1)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_falls(loss):
    history = fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, loss=loss, steps=40))
    assert history.steps["loss"].tail(5).mean() < 0.9 * history.steps["loss"].head(5).mean()


def test_writers_never_seen_are_told_apart_better_than_before():
    encoder = make_encoder()
    before = skilled_rate(encoder, *OTHERS)
    history = fit(encoder, IMAGES, TABLE, OTHERS, replace(QUICK, steps=60))
    assert skilled_rate(encoder, *OTHERS) < before - 0.1
    assert history.health.name == "healthy"


def test_the_seed_repeats_a_run():
    one, again, other = (
        fit(make_encoder(), IMAGES, TABLE, OTHERS, QUICK, seed=seed) for seed in (4, 4, 5)
    )
    assert one.steps["loss"].to_numpy() == pytest.approx(again.steps["loss"].to_numpy(), rel=1e-4)
    assert abs(one.steps["loss"] - other.steps["loss"]).max() > 0.01


def test_a_loss_that_is_no_number_is_named_with_the_step_and_the_cure():
    def broken(identity, embeddings):
        return losses.contrastive(identity, embeddings) * np.nan

    with pytest.raises(
        FloatingPointError, match=r"loss: is nan at step 1; lower the learning rate \(0.01\)"
    ):
        fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, loss=broken))


def test_writers_on_both_sides_are_refused():
    with pytest.raises(
        ValueError,
        match=r"writer w000 is in training and judged too, like 7 others; split by writer",
    ):
        fit(make_encoder(), IMAGES, TABLE, (IMAGES, TABLE), QUICK)


def test_images_and_table_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="table: 80 rows for 79 images"):
        fit(make_encoder(), IMAGES[1:], TABLE, settings=QUICK)
    with pytest.raises(ValueError, match="validation: 80 rows for 79 images"):
        fit(make_encoder(), IMAGES, TABLE, (OTHERS[0][1:], OTHERS[1]), QUICK)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"loss": "hinge"},
            "loss: 'hinge' is not known; choose from contrastive, triplet, supervised_contrastive",
        ),
        (
            {"loss": "triplet", "class_weight": "balanced"},
            "class_weight: belongs to a loss over pairs",
        ),
        ({"steps": 0}, "settings: steps 0, validate_every 4; give 1 or more"),
        ({"validate_every": 0}, "settings: steps 12, validate_every 0; give 1 or more"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(make_encoder(), IMAGES, TABLE, settings=replace(QUICK, **changes))


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
        fit(encoder, IMAGES, TABLE, others, QUICK)
    assert np.array_equal(embed(encoder, IMAGES), before)


def test_a_loss_that_breaks_down_later_leaves_the_checkpoint_and_the_state_of_sounder_days(
    tmp_path,
):
    def recipe(seed):
        seeds.append(seed)
        return lambda image: {"image": image * (np.nan if len(seeds) == 7 else 1)}

    seeds = []
    with pytest.raises(
        FloatingPointError, match=r"loss: is nan at step 7; lower the learning rate"
    ):
        fit(
            make_encoder(),
            *(IMAGES, TABLE, OTHERS, replace(QUICK, recipe=recipe)),
            checkpoint=tmp_path / "best.keras",
            state=tmp_path / "state.npz",
        )
    checkpoint = keras.models.load_model(tmp_path / "best.keras")
    with np.load(tmp_path / "state.npz") as state:
        assert np.isfinite(state["log"]).all() and len(state["log"]) == 4
    assert np.isfinite(embed(checkpoint, IMAGES)).all()


def test_writers_who_lack_something_are_trained_on_or_left_out_with_a_note():
    alone = (TABLE["writer"] == "w000") & (TABLE["kind"] == "genuine") & (TABLE["sample"] > "0")
    unforged = (TABLE["writer"] == "w001") & (TABLE["kind"] == "forged")
    history = fit(make_encoder(), *keep((IMAGES, TABLE), ~(alone | unforged)), OTHERS, QUICK)
    assert history.notes == (
        "1 writers have fewer than two genuine signatures and were left out.",
        "1 of 7 writers have no forgeries; genuine signatures stand in their place.",
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_a_corpus_without_any_forgery_is_learned_from_with_a_note(loss):
    genuine = keep((IMAGES, TABLE), TABLE["kind"] == "genuine")
    history = fit(make_encoder(), *genuine, settings=replace(QUICK, loss=loss, steps=30))
    assert history.notes == (
        "8 of 8 writers have no forgeries; genuine signatures stand in their place.",
    )
    assert history.steps["loss"].tail(5).mean() < 0.9 * history.steps["loss"].head(5).mean()
    assert set(history.health.distances["kind"]) == {"genuine", "random"}


def test_a_checkpoint_and_a_state_that_cannot_be_written_are_named_with_the_cure(tmp_path):
    for option in ("checkpoint", "state"):
        path = tmp_path / "absent" / "file.keras"
        with pytest.raises(
            OSError, match=r"absent/file\.keras: cannot be written .+ does its folder exist\?"
        ):
            fit(make_encoder(), IMAGES, TABLE, settings=QUICK, **{option: path})


def build(folder):
    """Make an encoder, and leave word of which process made it."""
    Path(folder, f"{os.getpid()}").touch()
    runtime.seed_everything(0)  # else a busy machine adds up in another order
    return make_encoder()


WANTED = replace(QUICK, steps=6, recipe=lambda seed: lambda image: {"image": image + seed % 7})


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
        fit(encoder, IMAGES, TABLE, settings=replace(WANTED, loss=loss), seed=seed)
        assert line[1] == pytest.approx(skilled_rate(encoder, *OTHERS), abs=1e-6)


def assert_same_lines(made, expected):
    for table, other in zip(made[:2], expected[:2], strict=True):
        pd.testing.assert_frame_equal(
            table.drop(columns="seconds"), other.drop(columns="seconds"), atol=1e-6
        )
    assert os.getpid() not in made[2]


def test_two_processes_make_the_lines_that_one_makes(here, tmp_path):
    # Processes that earlier tests have left would take TensorFlow's memory for a leak, and stop
    # amid their work.
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
