"""What a training keeps in a folder, so that the same call goes on where it was interrupted."""

import json
import shutil
from pathlib import Path

import joblib
import keras
import pandas as pd

from deepsign_helpers import files
from deepsign_helpers.training.batches import Corpus
from deepsign_helpers.training.settings import Settings
from deepsign_helpers.training.watching import RATE

IMAGES_COMPARED = 8  # so many, and the whole table, tell one corpus from another


class Kept:
    """A backup of model and optimizer, the best weights, and a line for each finished epoch.

    Keras's `BackupAndRestore` brings back model, optimizer and epoch. It forgets what the epochs
    before had reached, so the log says it to the callbacks that choose and stop.

    Parameters
    ----------
    folder : path
        Made if absent.
    this_training : str
        As `fingerprint` returns it: the backup of another training is refused.

    Raises
    ------
    ValueError
        If the folder holds the backup of another training, or a damaged one.
    """

    def __init__(self, folder: Path, this_training: str) -> None:
        self.backup = folder / "backup"
        self.weights = self.backup / "latest.weights.h5"
        self.metadata = self.backup / "training_metadata.json"
        self.best = folder / "best.weights.h5"
        self.log_file = folder / "epochs.csv"
        self.name_file = folder / "training.json"
        folder.mkdir(parents=True, exist_ok=True)
        self.require_ours()
        if self.backed_up() == this_training:
            self.go_back()
        if self.epochs_done() == 0:
            self.begin(this_training)
        else:
            self.go_on(this_training)
        self.logger = keras.callbacks.CSVLogger(self.log_file, append=True)

    def require_ours(self) -> None:
        """Refuse a folder with what a training would delete, and none has written."""
        if self.backed_up() != "":
            return
        for path in (self.backup, self.best, self.log_file):
            if path.exists():
                problem = f"belongs to no training that {self.name_file.name} beside it tells of"
                raise ValueError(f"{path}: {problem}; remove it, or choose another folder.")

    def go_back(self) -> None:
        """Take the backup of the epoch before, where the last one was not finished.

        Keras copies weights and metadata, then writes the weights, then the metadata: as long as
        these are what their copy is, the weights may be of an epoch later, or half of it.
        """
        weights_before = Path(f"{self.weights}.bkp")
        metadata_before = Path(f"{self.metadata}.bkp")
        if not metadata_before.is_file() or not self.metadata.is_file():
            return
        if self.metadata.read_bytes() in (b"", metadata_before.read_bytes()):
            shutil.copyfile(weights_before, self.weights)
            shutil.copyfile(metadata_before, self.metadata)
        metadata_before.unlink()  # once is enough: Keras copies the weights again before it

    def begin(self, this_training: str) -> None:
        """Remove what another training has left, and write down which one this is."""
        # Interrupted while the first backup was written, a training leaves half of it.
        shutil.rmtree(self.backup, ignore_errors=True)
        self.best.unlink(missing_ok=True)
        self.log_file.unlink(missing_ok=True)
        with files.replace_atomically(self.name_file) as temporary:
            temporary.write_text(files.sealed({"fingerprint": this_training}), encoding="utf-8")

    def go_on(self, this_training: str) -> None:
        """Refuse the backup of another training; forget the epoch that was not finished."""
        if self.backed_up() != this_training:
            cure = f"delete {self.backup}, or train into another folder."
            raise ValueError(f"{self.backup.parent}: holds the backup of another training; {cure}")
        written = pd.read_csv(self.log_file)
        # An epoch that was interrupted after its row was written comes again.
        finished = written[written["epoch"] < self.epochs_done()]
        with files.replace_atomically(self.log_file) as temporary:
            finished.to_csv(temporary, index=False)

    def backed_up(self) -> str:
        """Return the fingerprint of the training that the folder holds."""
        try:
            return str(files.opened(self.name_file.read_text(encoding="utf-8"))["fingerprint"])
        except (OSError, ValueError, KeyError):
            return ""

    def epochs_done(self) -> int:
        """Return how many epochs were finished before, as Keras's backup says."""
        metadata = self.metadata
        if not metadata.is_file() or metadata.stat().st_size == 0:  # the first was not finished
            return 0
        try:
            return int(json.loads(metadata.read_text(encoding="utf-8"))["epoch"])
        except (ValueError, KeyError, TypeError) as error:
            cure = f"delete {self.backup}, and training begins anew."
            raise ValueError(f"{metadata}: is damaged; {cure}") from error

    def log(self) -> pd.DataFrame:
        """Return a row for each finished epoch."""
        table = pd.read_csv(self.log_file)
        # Keras's logger has columns for a validation of Keras's own, too: they are empty.
        empty = [name for name in table if name.startswith("val_")]
        return table.drop(columns=empty)

    def earlier_rates(self) -> list[float]:
        """Return the validation EER of the epochs before."""
        if self.epochs_done() == 0:
            return []
        return self.log()[RATE].tolist()

    def callbacks(self, is_validated: bool) -> list[keras.callbacks.Callback]:
        """Return Keras's callbacks that keep the log, the best weights and, last, the backup."""
        backup = keras.callbacks.BackupAndRestore(
            self.backup, double_checkpoint=True, delete_checkpoint=False
        )
        if not is_validated:
            return [self.logger, backup]
        best = keras.callbacks.ModelCheckpoint(
            self.best,
            monitor=RATE,
            mode="min",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=min(self.earlier_rates(), default=None),
        )
        return [self.logger, best, backup]

    def close(self) -> None:
        """Close the log, which Keras leaves open where a training breaks off."""
        if self.logger.csv_file is not None:
            self.logger.csv_file.close()

    def restore_best(self, learner: keras.Model) -> None:
        """Give the learner the best weights; remove what only an interrupted training needs."""
        if self.best.is_file():
            learner.load_weights(self.best)
        # The metadata first: without it, the next call begins anew.
        self.metadata.unlink(missing_ok=True)
        shutil.rmtree(self.backup, ignore_errors=True)
        self.best.unlink(missing_ok=True)


def fingerprint(
    encoder: keras.Model, corpora: list[Corpus | None], settings: Settings, seed: int
) -> str:
    """Return a text that differs for another encoder, other signatures, settings or seed.

    Functions among the settings are known by their names.
    """
    asked = {name: getattr(value, "__qualname__", value) for name, value in vars(settings).items()}
    shapes = [tuple(weight.shape) for weight in encoder.weights]
    signatures = []
    for corpus in corpora:
        if corpus is None:
            signatures.append(None)
        else:
            images, table = corpus
            names = table[["path", "writer", "kind"]].to_csv()
            signatures.append((images.shape, images[:IMAGES_COMPARED], names))
    return joblib.hash((asked, seed, shapes, signatures))
