"""What a training keeps: the best weights, a checkpoint, and the state that one goes on from."""

import io
import itertools
import math
import re
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from albumentations import Affine, Compose
from small_world import QUICK, keep, make_corpus, make_encoder, skilled_rate

from deepsign_helpers.encoders import embed, lightweight_encoder
from deepsign_helpers.training import fit
from deepsign_helpers.training.watch import Watch

IMAGES, TABLE = make_corpus()
OTHERS = make_corpus(seed=1)
WILD = replace(
    QUICK, learning_rate=0.05, steps=20
)  # neither the first nor the last validation is its best


def test_the_encoder_ends_with_the_weights_of_its_best_validation():
    encoder = make_encoder()
    history = fit(encoder, IMAGES, TABLE, OTHERS, WILD)
    rates = history.validations.set_index("step")["equal_error_rate"]
    assert history.equal_error_rate == rates.min()
    assert history.best_step == rates.idxmin() < 16
    assert skilled_rate(encoder, *OTHERS) == pytest.approx(history.equal_error_rate)


def test_training_stops_when_validation_no_longer_improves():
    history = fit(
        make_encoder(),
        IMAGES,
        TABLE,
        OTHERS,
        replace(QUICK, learning_rate=0.0, steps=400, patience=2),
    )
    assert history.validations["step"].iloc[-3] == history.best_step
    assert len(history.steps) == history.best_step + 2 * QUICK.validate_every < 400


def test_without_validation_the_last_weights_are_kept():
    history = fit(make_encoder(), IMAGES, TABLE, settings=QUICK)
    assert history.best_step == 12
    assert math.isnan(history.equal_error_rate)
    assert history.validations.empty


def test_validation_goes_by_random_forgeries_where_there_are_no_others():
    images, table = keep(OTHERS, OTHERS[1]["kind"] == "genuine")
    history = fit(make_encoder(), IMAGES, TABLE, (images, table), QUICK)
    assert history.validations["equal_error_rate"].between(0, 1).all()


def test_a_machine_too_slow_for_the_time_makes_fewer_steps_and_says_so():
    def slow(seed):
        def recipe(image):
            time.sleep(0.005)
            return {"image": image}

        return recipe

    wanted = replace(QUICK, steps=1000, seconds=4, recipe=slow)
    history = fit(make_encoder(), IMAGES, TABLE, OTHERS, wanted)
    made = len(history.steps)
    assert 12 < made < 100
    assert history.seconds < 6
    assert history.notes == (f"This machine was too slow for 1000 steps in 4 s and made {made}.",)
    assert history.steps["learning_rate"].iloc[-1] < 0.2 * 0.01


def test_one_slow_step_among_the_first_does_not_shorten_the_plan():
    watch = Watch(make_encoder(), None, None, 1000)
    ended = np.cumsum([2.0, 0.1, 0.1, 0.1, 2.0, *[0.1] * 7])
    watch.log = [(step, 1.0, 0.01, seconds, 0.0) for step, seconds in enumerate(ended, start=1)]
    assert watch.affordable_steps(replace(QUICK, steps=1000, seconds=150)) == 1000
    assert watch.affordable_steps(replace(QUICK, steps=1000, seconds=50)) < 600


def test_a_machine_that_was_busy_for_a_while_makes_all_its_steps():
    made = itertools.count(1)

    def slow_at_first(seed):
        if next(made) <= 16:
            time.sleep(0.3)
        return lambda image: {"image": image}

    wanted = replace(QUICK, steps=150, patience=100, seconds=20, recipe=slow_at_first)
    history = fit(make_encoder(), IMAGES, TABLE, OTHERS, wanted)
    assert (
        history.steps["learning_rate"].iloc[12] > 0.009
    )  # falling already: there seemed to be time for some 60 steps
    assert len(history.steps) == 150 and history.notes == ()


def test_the_checkpoint_is_the_best_encoder(tmp_path):
    encoder = make_encoder()
    fit(encoder, IMAGES, TABLE, OTHERS, QUICK, checkpoint=tmp_path / "best.keras")
    loaded = keras.models.load_model(tmp_path / "best.keras")
    assert np.array_equal(embed(loaded, OTHERS[0]), embed(encoder, OTHERS[0]))
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]


def test_a_checkpoint_cut_off_leaves_the_last_one_whole(tmp_path, monkeypatch):
    encoder = make_encoder()
    fit(encoder, IMAGES, TABLE, settings=QUICK, checkpoint=tmp_path / "best.keras")
    before = (tmp_path / "best.keras").read_bytes()

    def half_written(path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(encoder, "save", half_written)
    with pytest.raises(KeyboardInterrupt):
        fit(encoder, IMAGES, TABLE, settings=QUICK, checkpoint=tmp_path / "best.keras")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


def varied(seed):
    return Compose([Affine(scale=(0.8, 1.2), translate_percent=0.1, p=1)], seed=seed)


def unvaried(seed):
    return lambda image: {"image": image}


def at_batch(number, do, recipe=unvaried):
    """Return a recipe that does something at one step; all of these count as one setting."""
    made = itertools.count(1)

    def fused(seed):
        if next(made) == number:
            do()
        return recipe(seed)

    return fused


def interrupt():
    raise KeyboardInterrupt


def begin(state, step=7, settings=QUICK, validation=None, recipe=varied, **options):
    """Begin a training and interrupt it before a step."""
    settings = replace(settings, recipe=at_batch(step, interrupt, recipe))
    with pytest.raises(KeyboardInterrupt):
        fit(make_encoder(), IMAGES, TABLE, validation, settings, state=state, **options)


def finish(state=None, settings=QUICK, validation=None, recipe=varied, **options):
    """Train to the end, from a state if there is one, and return encoder and history."""
    encoder = make_encoder()
    settings = replace(settings, recipe=at_batch(None, interrupt, recipe))
    return encoder, fit(encoder, IMAGES, TABLE, validation, settings, state=state, **options)


@cache
def uninterrupted(settings=QUICK, validated=False):
    """Train to the end without a state."""
    return finish(None, settings, OTHERS if validated else None)


def agree(resumed, expected):
    """Compare two trained encoders and what is told of their training, all but the seconds."""
    for weights, others in zip(resumed[0].get_weights(), expected[0].get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, atol=1e-6)
    for name, columns in [
        ("steps", ["step", "loss", "learning_rate"]),
        ("validations", ["step", "equal_error_rate"]),
    ]:
        one, other = (getattr(history, name)[columns] for _, history in (resumed, expected))
        pd.testing.assert_frame_equal(one, other, rtol=0, atol=1e-6)
    assert resumed[1].best_step == expected[1].best_step
    assert resumed[1].equal_error_rate == pytest.approx(expected[1].equal_error_rate, nan_ok=True)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """The bytes of a state that was left at step 4 of 12."""
    state = tmp_path_factory.mktemp("interrupted") / "state.npz"
    begin(state)
    return state.read_bytes()


@pytest.mark.parametrize(("step", "validated"), [(4, False), (12, False), (5, True), (8, True)])
def test_an_interrupted_training_goes_on_to_the_result_of_an_uninterrupted_one(
    tmp_path, step, validated
):
    state, validation = tmp_path / "state.npz", OTHERS if validated else None
    begin(state, step, validation=validation)
    assert state.exists() == (step > QUICK.validate_every)
    agree(finish(state, validation=validation), uninterrupted(validated=validated))
    assert list(tmp_path.iterdir()) == []


def test_only_the_steps_that_were_lost_are_made_again(tmp_path, interrupted):
    made, state = [], tmp_path / "state.npz"
    state.write_bytes(interrupted)
    finish(state, recipe=lambda seed: made.append(seed) or varied(seed))
    assert 8 <= len(made) <= 9  # steps 5 to 12, and a batch that is made ahead


def test_a_training_interrupted_after_its_best_validation_still_ends_with_that(tmp_path):
    expected = finish(None, WILD, OTHERS, unvaried)
    assert 0 < expected[1].best_step < 16
    begin(tmp_path / "state.npz", 18, WILD, OTHERS, unvaried, checkpoint=tmp_path / "best.keras")
    resumed = finish(
        tmp_path / "state.npz", WILD, OTHERS, unvaried, checkpoint=tmp_path / "best.keras"
    )
    agree(resumed, expected)
    checkpoint = keras.models.load_model(tmp_path / "best.keras")
    assert np.array_equal(embed(checkpoint, IMAGES), embed(resumed[0], IMAGES))
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]


def test_patience_counts_the_validations_before_the_interruption(tmp_path):
    settings = replace(QUICK, learning_rate=0.0, steps=400, patience=2)
    expected = uninterrupted(settings, validated=True)
    begin(tmp_path / "state.npz", len(expected[1].steps), settings, OTHERS)
    agree(finish(tmp_path / "state.npz", settings, OTHERS), expected)


def test_a_training_interrupted_in_its_very_last_moment_ends_as_it_would_have(
    tmp_path, monkeypatch
):
    def cut_off(path, missing_ok=False):
        raise KeyboardInterrupt

    state, settings = (
        tmp_path / "state.npz",
        replace(QUICK, learning_rate=0.0, steps=400, patience=2),
    )
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", cut_off)
        finish(state, settings, OTHERS)
    agree(finish(state, settings, OTHERS), uninterrupted(settings, validated=True))
    assert list(tmp_path.iterdir()) == []


def test_a_training_may_be_interrupted_many_times_and_its_seconds_add_up(tmp_path):
    state = tmp_path / "state.npz"
    for _ in range(2):
        begin(state, 6, recipe=lambda seed: time.sleep(0.2) or varied(seed))
    resumed = finish(state)
    agree(resumed, uninterrupted())
    assert resumed[1].seconds > 8 * 0.2
    assert (np.diff(resumed[1].steps["seconds"]) > 0).all()


def test_a_state_cut_off_while_it_is_written_leaves_the_former_whole(tmp_path, monkeypatch):
    state, written = tmp_path / "state.npz", []

    def cut_off(file, **arrays):
        if written:
            file.write(b"half")
            raise KeyboardInterrupt
        whole(file, **arrays)
        file.flush()
        written.append(tmp_path.joinpath(file.name).read_bytes())

    whole = np.savez
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(np, "savez", cut_off)
        finish(state)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == written
    agree(finish(state), uninterrupted())


@pytest.mark.parametrize(
    "damage", ["empty", "no archive", "cut off", "a byte changed", "of something else"]
)
def test_a_damaged_state_is_named_with_the_cure(tmp_path, interrupted, damage):
    state = tmp_path / "state.npz"
    content, weight = bytearray(interrupted), np.load(io.BytesIO(interrupted))["best 0000"]
    if damage == "of something else":
        np.savez(state, images=IMAGES[:2])
    else:
        content[content.index(weight.tobytes())] ^= 1
        changed = {
            "empty": b"",
            "no archive": b"no archive",
            "cut off": content[: len(content) // 2],
        }
        state.write_bytes(changed.get(damage, content))
    left = state.read_bytes()
    with pytest.raises(
        ValueError,
        match=rf"^{re.escape(str(state))}: is damaged; delete it, and training begins anew",
    ):
        finish(state)
    assert state.read_bytes() == left


@pytest.mark.parametrize(
    "change",
    [
        {"settings": replace(QUICK, learning_rate=0.02)},
        {"settings": replace(QUICK, loss="triplet")},
        {"seed": 1},
        {"images": IMAGES[::-1]},
        {"images": IMAGES[:-1], "table": TABLE[:-1]},
        {"table": TABLE.assign(path="elsewhere/" + TABLE["path"])},
        {"table": TABLE.assign(writer=TABLE["writer"].to_numpy()[::-1])},
        {"validation": OTHERS},
        {"encoder": lightweight_encoder((8, 16, 1))},
    ],
    ids=[
        "learning rate",
        "loss",
        "seed",
        "images",
        "fewer images",
        "files",
        "writers",
        "validation",
        "encoder",
    ],
)
def test_a_state_of_another_training_is_named_with_the_cure_and_kept(tmp_path, interrupted, change):
    state, best = tmp_path / "state.npz", tmp_path / "best.keras"
    state.write_bytes(interrupted)
    best.write_bytes(b"the best so far")
    settings = replace(change.get("settings", QUICK), recipe=at_batch(None, interrupt, varied))
    encoder = change.get("encoder") or make_encoder()
    images, table = change.get("images", IMAGES), change.get("table", TABLE)
    sentence = (
        rf"^{re.escape(str(state))}: belongs to another training; "
        "delete it, or keep this one under another name"
    )
    with pytest.raises(ValueError, match=sentence):
        fit(
            encoder,
            images,
            table,
            change.get("validation"),
            settings,
            change.get("seed", 0),
            best,
            state,
        )
    assert state.read_bytes() == interrupted
    assert best.read_bytes() == b"the best so far"


@contextmanager
def full_disk():
    """Yield a function that lets the system refuse every file of more than so many bytes."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda room: resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize(
    ("name", "room"),
    [("best.keras", 0), ("best.keras", 20_000), ("state.npz", 0), ("state.npz", 10_000)],
)
def test_a_disk_that_is_full_is_said_with_the_file_and_leaves_the_former_whole(
    tmp_path, name, room
):
    path, before = tmp_path / name, []

    def fill():
        before.append(path.read_bytes())
        leave(room)

    option = {"checkpoint" if name == "best.keras" else "state": path}
    settings = replace(QUICK, recipe=at_batch(6, fill, varied))
    sentence = rf"^{re.escape(str(path))}: cannot be written \(.+\); is the disk full\?"
    with full_disk() as leave, pytest.raises(OSError, match=sentence):
        fit(make_encoder(), IMAGES, TABLE, settings=settings, **option)
    assert len(before[0]) > room
    assert [path.read_bytes() for path in tmp_path.iterdir()] == before
    if name == "state.npz":
        agree(finish(path), uninterrupted())
    else:
        assert keras.models.load_model(path).count_params() == make_encoder().count_params()
