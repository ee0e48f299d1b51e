"""A training that was interrupted goes on to the result of one that was not."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from small_world import QUICK, killed_at, leave_alone, make_corpus, make_encoder

from deepsign_helpers.encoders import embed
from deepsign_helpers.training import TimeLimit, train, watching

CORPUS = make_corpus()
OTHERS = make_corpus(seed=1)
LONGER = replace(QUICK, epochs=6, learning_rate=0.02, recipe=leave_alone)
KILLED = """
import os, signal, sys
from dataclasses import replace
from test_resuming import CORPUS, LONGER, OTHERS, leave_alone, make_encoder, train

made = []

def recipe(seed):
    made.append(seed)
    if len(made) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return lambda image: {"image": image}

recipe.__qualname__ = leave_alone.__qualname__
train(make_encoder(), CORPUS, OTHERS, replace(LONGER, recipe=recipe), folder=sys.argv[1])
"""


def trained(folder, recipe=leave_alone, validation=OTHERS, seed=0):
    """Return the history and the embeddings of a training in a folder."""
    encoder = make_encoder()
    history = train(encoder, CORPUS, validation, replace(LONGER, recipe=recipe), seed, folder)
    return history, embed(encoder, CORPUS[0])


def test_killed_three_times_it_ends_with_the_weights_of_an_uninterrupted_one(tmp_path):
    history, expected = trained(tmp_path / "whole")
    folders = [str(Path(__file__).parent), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    for batch in (2, 9, 8):  # before any epoch is done, in the third, and some epochs later
        command = [sys.executable, "-c", KILLED, tmp_path / "cut", str(batch)]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    again, embeddings = trained(tmp_path / "cut")
    assert np.array_equal(embeddings, expected)
    assert again.epochs.equals(history.epochs)
    assert again.best_epoch == history.best_epoch


@pytest.mark.parametrize("batch", [1, 6, 11])
def test_without_validation_too(tmp_path, batch):
    _, expected = trained(tmp_path / "whole", validation=None)
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path / "cut", recipe=killed_at(batch), validation=None)
    _, embeddings = trained(tmp_path / "cut", validation=None)
    assert np.array_equal(embeddings, expected)


def test_interrupted_between_log_and_backup_an_epoch_comes_again_and_counts_once(
    tmp_path, monkeypatch
):
    history, expected = trained(tmp_path / "whole")

    def interrupt(self, epoch, logs):
        if epoch == 2:
            raise RuntimeError("interrupted")
        self._current_epoch = epoch + 1
        self._save_model()

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="interrupted"):
        patch.setattr(keras.callbacks.BackupAndRestore, "on_epoch_end", interrupt)
        trained(tmp_path / "cut")
    assert len(pd.read_csv(tmp_path / "cut" / "epochs.csv")) == 3
    again, embeddings = trained(tmp_path / "cut")
    assert np.array_equal(embeddings, expected)
    assert again.epochs.equals(history.epochs)


def test_weights_that_were_best_before_an_interruption_stay_the_best(tmp_path):
    for seed in range(9):
        history, expected = trained(tmp_path / f"whole {seed}", seed=seed)
        if 0 < history.best_epoch < len(history.epochs) - 1:
            break
    assert history.best_epoch < len(history.epochs) - 1, "no seed gives an early best epoch"
    batches_until_then = LONGER.steps_per_epoch * (history.best_epoch + 1)
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path / "cut", recipe=killed_at(batches_until_then + 2), seed=seed)
    again, embeddings = trained(tmp_path / "cut", seed=seed)
    assert again.best_epoch == history.best_epoch
    assert np.array_equal(embeddings, expected)


def test_half_a_first_backup_counts_for_nothing(tmp_path):
    _, expected = trained(tmp_path / "whole")
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path / "cut", recipe=killed_at(2))
    (tmp_path / "cut" / "backup").mkdir(exist_ok=True)
    (tmp_path / "cut" / "backup" / "latest.weights.h5").write_bytes(b"half")
    _, embeddings = trained(tmp_path / "cut")
    assert np.array_equal(embeddings, expected)


def test_where_a_backup_was_not_finished_the_one_before_counts(tmp_path):
    _, expected = trained(tmp_path / "whole")
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path / "cut", recipe=killed_at(9))
    backup = tmp_path / "cut" / "backup"
    # As Keras does it: copies of both, then the weights; killed before it comes to the metadata.
    for name in ("latest.weights.h5", "training_metadata.json"):
        shutil.copyfile(backup / name, backup / f"{name}.bkp")
    (backup / "latest.weights.h5").write_bytes(b"of an epoch later, or half of it")
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path / "cut", recipe=killed_at(1))
    (backup / "latest.weights.h5.bkp").write_bytes(b"half a copy: killed once more")
    _, embeddings = trained(tmp_path / "cut")
    assert np.array_equal(embeddings, expected)


@pytest.mark.parametrize("name", ["backup/scan.png", "best.weights.h5", "epochs.csv"])
def test_what_no_training_has_left_is_not_removed(tmp_path, name):
    precious = tmp_path / name
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("precious")
    with pytest.raises(ValueError, match=r"belongs to no training .*, or choose another folder\.$"):
        trained(tmp_path)
    assert precious.read_text() == "precious"


def test_the_best_weights_of_another_training_are_not_taken_for_this_one_s(tmp_path):
    _, expected = trained(tmp_path / "whole", validation=None)
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path / "cut", recipe=killed_at(9))
    assert (tmp_path / "cut" / "best.weights.h5").is_file()
    shutil.rmtree(tmp_path / "cut" / "backup")  # as the sentence of a refusal says
    _, embeddings = trained(tmp_path / "cut", validation=None)
    assert np.array_equal(embeddings, expected)


def test_an_interrupted_training_has_a_plan_for_the_steps_that_are_left(tmp_path, monkeypatch):
    limited = replace(LONGER, seconds=1e6)
    with pytest.raises(Exception, match="interrupted"):
        train(make_encoder(), CORPUS, None, replace(limited, recipe=killed_at(9)), 0, tmp_path)
    planned_for = TimeLimit.plan

    def time_for_two_steps(self, seconds_a_step):
        planned_for(self, seconds_a_step=self.seconds / 2.5)

    monkeypatch.setattr(TimeLimit, "plan", time_for_two_steps)
    monkeypatch.setattr(watching, "STEPS_TO_TIME", 2)
    history = train(make_encoder(), CORPUS, None, limited, 0, tmp_path)
    # Two epochs, of four steps each, were done; after two steps more there is time for two.
    assert history.steps == 8 + 2 + 2
    assert history.notes == ("This machine was too slow for 24 steps in 1e+06 s and made 12.",)


def test_all_steps_are_counted_whichever_epoch_was_the_best(tmp_path):
    counts = set()
    for seed in range(4):
        history, _ = trained(tmp_path / str(seed), seed=seed)
        assert history.steps == LONGER.steps_per_epoch * len(history.epochs)
        counts.add(history.best_epoch < len(history.epochs) - 1)
    assert True in counts


def test_with_a_folder_or_without_the_result_is_the_same(tmp_path):
    encoder = make_encoder()
    history = train(encoder, CORPUS, OTHERS, LONGER)
    same_history, embeddings = trained(tmp_path)
    assert np.array_equal(embed(encoder, CORPUS[0]), embeddings)
    assert same_history.best_epoch == history.best_epoch
    assert same_history.epochs["loss"].to_numpy() == pytest.approx(history.epochs["loss"])


def test_only_the_log_and_whose_it_is_stay_when_all_is_done(tmp_path):
    for seed in range(2):  # what another training of ours has left may go
        trained(tmp_path, seed=seed)
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {"epochs.csv", "training.json"}


def test_the_backup_of_another_training_is_refused_and_kept(tmp_path):
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path, recipe=killed_at(9))
    kept = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="holds the backup of another training; delete"):
        trained(tmp_path, seed=1)
    assert sorted(path.name for path in tmp_path.rglob("*")) == kept


def test_a_damaged_backup_is_named_with_the_cure(tmp_path):
    with pytest.raises(Exception, match="interrupted"):
        trained(tmp_path, recipe=killed_at(9))
    (tmp_path / "backup" / "training_metadata.json").write_text("{")
    with pytest.raises(ValueError, match=r"training_metadata\.json: is damaged; delete"):
        trained(tmp_path)
