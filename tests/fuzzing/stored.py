"""What the package stores: damaged, it must be refused in a sentence, or load as it was."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from small_verifier import make_verifier

from deepsign_helpers import corpora, synthesis
from deepsign_helpers.records import RecordsError, read_records, write_records
from deepsign_helpers.verifier import Fusion, LikelihoodLine, Verifier

LOADED = "loaded"
REFUSED = "refused"
SILENT = "silent"
FATES = (LOADED, REFUSED, SILENT)
LONGEST_SENTENCE = 400  # letters, paths included


@dataclass(frozen=True)
class Stored:
    """A folder that the package wrote, and how it reads it.

    Attributes
    ----------
    folder : Path
        Where it was written.
    read : callable
        Takes the folder, and returns all that is in it, to be compared.
    refusal : type of exception
        What `read` raises for damage, and nothing else.
    whole : object
        What `read` returned before any damage.
    """

    folder: Path
    read: Callable[[Path], Any]
    refusal: type[Exception]
    whole: Any

    def fate(self, name: str, content: bytes) -> str:
        """Return what becomes of a file's new content: loaded as it was, refused, or silent.

        An exception of another type, or one that is no sentence, is not caught.
        """
        with replaced(self.folder / name, content):
            try:
                found = self.read(self.folder)
            except self.refusal as error:
                require_sentence(str(error))
                return REFUSED
        return LOADED if found == self.whole else SILENT


def require_sentence(message: str) -> None:
    """Require that a message is one sentence, which begins with what it is about."""
    assert message.isprintable(), message
    assert ": " in message, message
    assert len(message) <= LONGEST_SENTENCE, message


@contextlib.contextmanager
def replaced(path: Path, content: bytes) -> Iterator[None]:
    """Give a file other content in a block, and its own again afterwards."""
    own = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(own)


def corpus(folder: Path) -> Stored:
    """Write a corpus of six images."""
    synthesis.write_corpus(folder, writers=2, genuine=2, forged=1, size=(64, 128))
    return Stored(folder, read_corpus, corpora.CorpusError, read_corpus(folder))


def read_corpus(folder: Path) -> Any:
    """Return the columns and rows of a corpus' table."""
    return corpora.load(folder).to_dict("list")


def records(folder: Path) -> Stored:
    """Write records of nine images in two shards."""
    images = np.random.default_rng(0).random((9, 8, 16, 1), np.float32)
    table = pd.DataFrame(
        {
            "writer": [f"w{number % 3}" for number in range(9)],
            "kind": ["genuine", "forged", "genuine"] * 3,
            "sample": [str(number) for number in range(9)],
            "forgery": ["", "skilled", ""] * 3,
        }
    )
    write_records(folder, images, table, shards=2)
    return Stored(folder, read_all_records, RecordsError, read_all_records(folder))


def read_all_records(folder: Path) -> Any:
    """Return every record: the bytes of its image, its identity and texts."""
    found = []
    dataset = read_records(folder)
    for record in dataset.as_numpy_iterator():
        plain = {name: value for name, value in record.items() if name not in ("image", "identity")}
        plain["image"] = record["image"].tobytes()
        plain["identity"] = record["identity"].tolist()
        found.append(plain)
    return len(dataset), found


def verifier(folder: Path) -> Stored:
    """Save a verifier that has learned nothing, and hears the encoder and one signal."""
    line = LikelihoodLine(slope=9.5, intercept=-4.25, low=-1.5, high=2.0)
    made = make_verifier("min", references=5, accept_from=0.88115, reject_below=0.625, line=line)
    heard = Fusion(
        names=("encoder", "agreement of direction, mean"),
        middles=(0.875, 0.1525),
        spreads=(0.0625, 0.0815),
        weights=(0.25, 0.75),
        usual_distance=0.7725,
    )
    replace(made, fusion=heard).save(folder)
    return Stored(folder, read_verifier, ValueError, read_verifier(folder))


def read_verifier(folder: Path) -> Any:
    """Return what a verifier decides by, and its weights."""
    loaded = Verifier.load(folder)
    weights = [values.tobytes() for values in loaded.encoder.get_weights()]
    return loaded.size, loaded.fit, loaded.rules, loaded.line, loaded.fusion, weights
