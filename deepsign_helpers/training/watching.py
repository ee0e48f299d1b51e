"""What watches a training beyond Keras's own callbacks: validation EER, seconds, and health."""

import time
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, pairing
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.learner import WarmUpCosine, count

# What `ValidationEER` adds to the logs of an epoch, for Keras's callbacks to monitor.
RATE = "validation_eer"
# Median distance of two writers' signatures, of 2 possible; a fresh encoder has about 0.1.
COLLAPSED_BELOW = 0.07
# Gap of the medians of genuine and of random pairs, in units of their interquartile range.
TOLD_APART_ABOVE = 0.5
# Before it is first said how many the time allows; the first ones compile.
STEPS_TO_TIME = 12
# What each finding of the health check means.
FINDINGS = {
    "collapsed": "every signature is embedded at nearly the same point, whoever wrote it",
    "not told apart": "one writer's signatures lie as far apart as two writers'",
    "healthy": "a writer's own signatures lie nearer than other writers'",
}


class ValidationEER(keras.callbacks.Callback):
    """Measure the equal error rate on writers who are not trained on, after each epoch.

    It is written into the epoch's logs as "validation_eer": put this callback before those that
    monitor it. Derived in chapter 05, *Watching a training*.

    Parameters
    ----------
    images : float array, shape (n, height, width, 1)
        Prepared.
    table : DataFrame
        Corpus table, a row an image.
    """

    def __init__(self, images: np.ndarray, table: pd.DataFrame) -> None:
        super().__init__()
        self.images = images
        self.table = table

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        """Measure, and put the rate beside the loss."""
        logs[RATE] = self.measure()

    def measure(self) -> float:
        """Return the rate, in [0, 1]: of skilled forgeries or, without any, of random ones."""
        scores = validation_scores(self.model.encoder, self.images, self.table)
        rates = evaluation.equal_error_rates(scores)
        first_kind = next(iter(rates))  # random forgeries come last
        return rates[first_kind]


class RefuseNaN(keras.callbacks.Callback):
    """Stop with a sentence when the loss is no number, before anything of it is kept.

    Keras's `TerminateOnNaN` ends the epoch as usual, so that the spoiled weights would replace the
    last sound backup.
    """

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        """Look at the loss."""
        if np.isfinite(logs["loss"]):
            return
        step = count(self.model.optimizer.iterations)
        rate = float(self.model.optimizer.learning_rate)
        cure = f"lower the learning rate ({rate:.2g} there)."
        raise FloatingPointError(f"loss: is {logs['loss']} at step {step}; {cure}")


class TimeLimit(keras.callbacks.Callback):
    """Fit a training into so many seconds: on a slow machine there are fewer steps.

    The schedule is told, so that the learning rate reaches 0 with the last of them. Derived in
    chapter 05, *Watching a training*.

    Parameters
    ----------
    seconds : float > 0
        From the first step on, validation included; an interrupted training has them anew.
    schedule : WarmUpCosine
        Of the learner's optimizer.
    """

    def __init__(self, seconds: float, schedule: WarmUpCosine) -> None:
        super().__init__()
        self.seconds = seconds
        self.schedule = schedule
        self.most_steps = count(schedule.steps)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start the clock."""
        self.started = time.perf_counter()
        self.step_ends = []  # seconds on the clock

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Say after a dozen steps how many the time allows, and stop when they are made."""
        self.step_ends.append(time.perf_counter())
        if len(self.step_ends) == STEPS_TO_TIME:
            # The median does not mind the first steps, which compile.
            self.plan(seconds_a_step=float(np.median(np.diff(self.step_ends))))
        if self.steps_done() >= count(self.schedule.steps):
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Say it again, now that it is known how long the validation takes."""
        more_steps = len(self.step_ends) - STEPS_TO_TIME
        if more_steps > 0:
            since = time.perf_counter() - self.step_ends[STEPS_TO_TIME - 1]
            self.plan(seconds_a_step=since / more_steps)

    def steps_done(self) -> int:
        """Return how many steps were made, those before an interruption included."""
        return count(self.model.optimizer.iterations)

    def plan(self, seconds_a_step: float) -> None:
        """Give the schedule as many steps as the time that is left allows."""
        left = self.seconds - (time.perf_counter() - self.started)
        more_steps = max(0, int(left / seconds_a_step))
        self.schedule.steps.assign(min(self.most_steps, self.steps_done() + more_steps))


class Stopping(keras.callbacks.EarlyStopping):
    """Keras's early stopping, which also counts the epochs that an interrupted training had done.

    Parameters
    ----------
    patience : int, epochs
        So many without a lower equal error rate, and training stops.
    earlier : list of float
        The rates of the epochs before.
    restore_best_weights : bool
        Give the model the weights of its best epoch in the end.
    """

    def __init__(
        self, patience: int, earlier: list[float], restore_best_weights: bool = False
    ) -> None:
        super().__init__(
            monitor=RATE, mode="min", patience=patience, restore_best_weights=restore_best_weights
        )
        self.earlier = earlier

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Begin where the earlier epochs ended."""
        super().on_train_begin(logs)
        if self.earlier:
            best_epoch = int(np.argmin(self.earlier))
            self.best = self.earlier[best_epoch]
            self.wait = len(self.earlier) - 1 - best_epoch


def validation_scores(
    encoder: keras.Model, images: np.ndarray, table: pd.DataFrame
) -> pd.DataFrame:
    """Score signatures with five references a writer, fusion "partial", as the verifier is judged.

    There are fewer references where a writer would have no genuine signature left to question.

    Parameters
    ----------
    encoder : keras.Model
        From one prepared image to one vector of unit length.
    images : float array, shape (n, height, width, 1)
        Prepared.
    table : DataFrame
        Corpus table, a row an image.

    Returns
    -------
    DataFrame
        Score table, as `evaluation.score_table` returns it.

    Raises
    ------
    ValueError
        If a writer has fewer than two genuine signatures.
    """
    genuine_of_each = table.loc[table["kind"] == "genuine", "writer"].value_counts()
    references = int(np.clip(genuine_of_each.min() - 1, 1, 5))
    # With one reference there is no distance among references to subtract.
    fusion = "partial" if references > 1 else "min"
    return evaluation.score_table(embed(encoder, images), table, references, fusion)


@dataclass(frozen=True)
class Health:
    """What the distances of sampled pairs say of an encoder.

    Attributes
    ----------
    name : str
        "healthy", "collapsed" or "not told apart".
    sentence : str
        The same for a person, with the two median distances.
    distances : DataFrame
        A row a pair: kind ("genuine", "random", "skilled" …) and distance, in [0, 2].
    """

    name: str
    sentence: str
    distances: pd.DataFrame


def check_health(
    embeddings: np.ndarray, table: pd.DataFrame, seed: int = 0, pairs_per_writer: int = 40
) -> Health:
    """Look at the distances of balanced pairs and name what is wrong with them, if anything.

    "collapsed": all images are embedded at nearly one point, so that every distance is nearly 0 and
    a threshold cannot be set. "not told apart": distances are there, but those within a writer are
    like those between writers. Derived in chapter 05, *Collapse, on purpose*.

    Parameters
    ----------
    embeddings : float array, shape (n, d)
        Of unit length, a row for each row of the table.
    table : DataFrame
        Corpus table.
    seed : int, at least 0
        Of the sample.
    pairs_per_writer : int, at least 1
        How many genuine pairs a writer gives at most.

    Returns
    -------
    Health

    Raises
    ------
    ValueError
        If there are no balanced pairs.

    Examples
    --------
    >>> rows = [(writer, "genuine", sample, writer + sample) for writer in "ab" for sample in "012"]
    >>> table = pd.DataFrame(rows, columns=["writer", "kind", "sample", "path"])
    >>> one_point = np.tile([1.0, 0.0], (6, 1))
    >>> check_health(one_point, table).name
    'collapsed'
    >>> two_points = np.repeat([[1.0, 0.0], [0.0, 1.0]], 3, axis=0)
    >>> check_health(two_points, table).name
    'healthy'
    """
    row_of_path = pd.Series(np.arange(len(table)), index=table["path"])
    pairs = pairing.make_pairs(table.drop(columns="split", errors="ignore"), seed, pairs_per_writer)
    left = embeddings[row_of_path[pairs["left"]].to_numpy()]
    right = embeddings[row_of_path[pairs["right"]].to_numpy()]
    distance = np.linalg.norm(left - right, axis=1)
    distances = pd.DataFrame({"kind": pairs["kind"], "distance": distance})

    genuine = distances.loc[distances["kind"] == "genuine", "distance"]
    random = distances.loc[distances["kind"] == "random", "distance"]
    gap = random.median() - genuine.median()
    spread = (_interquartile_range(genuine) + _interquartile_range(random)) / 2
    if random.median() < COLLAPSED_BELOW:
        name = "collapsed"
    elif gap < TOLD_APART_ABOVE * spread:
        name = "not told apart"
    else:
        name = "healthy"
    medians = f"median distances {genuine.median():.3f} and {random.median():.3f} of 2"
    return Health(name, f"{name}: {FINDINGS[name]} ({medians}).", distances)


def _interquartile_range(values: pd.Series) -> float:
    """Return how wide the middle half of the values lies."""
    return values.quantile(0.75) - values.quantile(0.25)
