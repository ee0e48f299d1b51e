"""Watches a training: the validation writers, the best weights, what a later run goes on from."""

import math
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, files
from deepsign_helpers.encoders import embed
from deepsign_helpers.training.settings import Settings

Corpus = tuple[np.ndarray, pd.DataFrame]
TIMED = 12  # steps after which it is first told how many the time allows; the first ones compile


def validation_scores(
    encoder: keras.Model, images: np.ndarray, table: pd.DataFrame
) -> pd.DataFrame:
    """Score signatures as `evaluation.score_table` does: five references, fusion "partial".

    There are fewer references where a writer would have no genuine signature left to question.
    """
    fewest = table.loc[table["kind"] == "genuine", "writer"].value_counts().min()
    references = int(np.clip(fewest - 1, 1, 5))
    return evaluation.score_table(
        embed(encoder, images), table, references, "partial" if references > 1 else "min"
    )


class Watch:
    """Looks at the validation writers now and then, and keeps the best weights.

    Without such writers it keeps the last weights.

    Attributes
    ----------
    log
        A row a step: step, loss, learning rate, seconds since training began, seconds waited for
        the batch.
    rates
        A row a look: step, seconds, equal error rate.
    steps
        How many there will be.
    """

    def __init__(
        self, encoder: keras.Model, validation: Corpus | None, checkpoint: Path | None, steps: int
    ) -> None:
        self.encoder, self.validation, self.checkpoint, self.steps = (
            encoder,
            validation,
            checkpoint,
            steps,
        )
        self.started, self.looking, self.log, self.rates, self.best_rate = (
            time.perf_counter(),
            0.0,
            [],
            [],
            math.nan,
        )

    def seconds(self) -> float:
        """Return the seconds since training began."""
        return time.perf_counter() - self.started

    def look(self, step: int) -> None:
        """Measure the equal error rate; if it is the lowest so far, keep weights and checkpoint."""
        began = self.seconds()
        if self.validation is not None:
            scores = validation_scores(self.encoder, *self.validation)
            rate, *_ = evaluation.equal_error_rates(
                scores
            ).values()  # of random forgeries where there are no others
            self.rates.append((step, began, rate))
            self.looking = self.seconds() - began
            if rate >= self.best_rate:  # never true at the first look, when it is NaN
                self.fruitless += 1
                return
            self.best_rate = rate
        self.best_step, self.best_weights, self.fruitless = step, self.encoder.get_weights(), 0
        if self.checkpoint is not None:
            with files.replace_atomically(self.checkpoint) as temporary:
                self.encoder.save(temporary)

    def affordable_steps(self, settings: Settings) -> int:
        """Return how many steps fit into the time, by the last ones; of a few, one may be slow."""
        taken = np.diff(
            [row[3] for row in self.log[max(1, len(self.log) - max(2, settings.validate_every)) :]]
        )
        a_step = (np.median if len(self.log) <= TIMED else np.mean)(
            taken
        ) + self.looking / settings.validate_every
        left = settings.seconds - self.seconds() - self.looking
        return min(settings.steps, len(self.log) + max(1, int(left / a_step)))

    def keep(self, path: str | Path, run: str, optimizer: keras.optimizers.Optimizer) -> None:
        """Write all that training needs to go on from here: an .npz file, replaced as a whole."""
        kept = {"run": run, "log": self.log, "rates": self.rates, "seconds": self.seconds()}
        kept |= {name: getattr(self, name) for name in KEPT}
        now = [variable.numpy() for variable in (*self.encoder.variables, *optimizer.variables)]
        weights = {"now": now, "best": self.best_weights}
        kept |= {
            f"{name} {number:04d}": some
            for name, all_ in weights.items()
            for number, some in enumerate(all_)
        }
        with files.replace_atomically(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **kept)

    def go_on(self, path: str | Path, run: str, optimizer: keras.optimizers.Optimizer) -> bool:
        """Take up the training that was kept at `path`, if there is one, and say whether there was.

        Raises
        ------
        ValueError
            If the file is damaged, or of a training on other signatures, with other settings or
            another seed.
        """
        if not Path(path).is_file():
            return False
        try:
            with (
                Path(path).open("rb") as file,
                np.load(file) as arrays,
            ):  # np.load leaves a damaged file open
                kept = dict(arrays)
            theirs = str(kept["run"])
        except Exception as error:  # zipfile and NumPy raise a dozen kinds of errors
            raise ValueError(f"{path}: is damaged; delete it, and training begins anew.") from error
        if theirs != run:
            raise ValueError(
                f"{path}: belongs to another training; "
                "delete it, or keep this one under another name."
            )
        found = (
            [kept[key] for key in sorted(kept) if key.startswith(name)]
            for name in ("now ", "best ")
        )
        now, self.best_weights = found
        for variable, value in zip(
            (*self.encoder.variables, *optimizer.variables), now, strict=True
        ):
            variable.assign(value)
        self.log, self.rates = kept["log"].tolist(), kept["rates"].tolist()
        for name in KEPT:
            setattr(self, name, kept[name].item())
        self.started = time.perf_counter() - kept["seconds"].item()
        return True


KEPT = ("best_rate", "best_step", "fruitless", "looking", "steps")
