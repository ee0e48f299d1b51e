"""The corpora of the studies: who writes them, who scans them, where a verifier is judged."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import preprocessing, runtime, synthesis
from deepsign_helpers.corpora import load

FOLDER = runtime.build_folder() / "study"
PROCESSES = 2  # that draw and prepare images
SCAN_SIZE = (256, 512)  # pixels; where strokes are compared, they must be there to be seen
TRAINING_SIZE = (128, 256)  # pixels; an encoder is given no more, and these are many

AT_HOME = ("clean", "office", "phone")  # scanners
INVENTED = ("latin", "invented", "hung", "paraph", "invented", "hung")
WRITTEN = ("latin", "paraph")

Rows = Callable[[pd.DataFrame], pd.Series]  # says which rows of a table are wanted


@dataclass(frozen=True)
class Drawn:
    """What a corpus of a study is drawn from.

    Attributes
    ----------
    writers : int
        How many there are.
    genuine, forged : int
        Signatures of each writer.
    seed : int
        Each corpus has one of its own, so that no writer is in two of them.
    scripts : tuple of str
        What they write, by writer in turn.
    domains : tuple of str
        How it was scanned, by image.
    schools : tuple of str
        Of its forgers, in turn.
    """

    writers: int
    genuine: int
    forged: int
    seed: int
    scripts: tuple[str, ...]
    domains: tuple[str, ...]
    schools: tuple[str, ...] = ("drawing",)


CORPORA = {
    "train": Drawn(2400, 8, 8, seed=300, scripts=INVENTED, domains=AT_HOME),
    # Chooses the weights and sets the threshold: another world than that of the training, in
    # scanner and forgers.
    "validation": Drawn(
        90, 12, 8, seed=302, scripts=WRITTEN, domains=("box",), schools=("drawing", "fluent")
    ),
    "in-domain": Drawn(120, 12, 8, seed=401, scripts=WRITTEN, domains=AT_HOME),
    "unseen domain": Drawn(120, 12, 8, seed=402, scripts=WRITTEN, domains=("fax",)),
    "unseen script": Drawn(120, 12, 8, seed=403, scripts=("devanagari",), domains=AT_HOME),
    "unseen forgers": Drawn(
        120, 12, 8, seed=405, scripts=WRITTEN, domains=AT_HOME, schools=("fluent",)
    ),
    # No search and no fit has looked at it: for one look, when all is done.
    "last look": Drawn(
        120, 12, 8, seed=404, scripts=("arabic",), domains=("fax",), schools=("fluent",)
    ),
    "searched in-domain": Drawn(90, 12, 8, seed=301, scripts=WRITTEN, domains=AT_HOME),
    # The first of those who are trained on.
    "trained on": Drawn(90, 8, 8, seed=300, scripts=INVENTED, domains=AT_HOME),
    "searched unseen script": Drawn(90, 12, 8, seed=303, scripts=("devanagari",), domains=AT_HOME),
}
# Where a preset is judged.
PLACES = ("in-domain", "unseen domain", "unseen script", "unseen forgers")
# What a search is judged by is not what a preset is reported on: other writers, and for the domain
# another scanner. The script is the same, since there is no third: no weight has met it, but the
# choice of settings has.
SEARCHED = {
    "in-domain": "searched in-domain",
    "unseen domain": "validation",
    "unseen script": "searched unseen script",
}
CLASS_WRITERS = 420  # of chapter 05: the first of the study's


@dataclass(frozen=True, eq=False)
class Prepared:
    """A corpus, ready for an encoder.

    Attributes
    ----------
    images : float array, shape (n, height, width, 1)
        Prepared images.
    table : DataFrame, n rows
        The corpus table.
    """

    images: np.ndarray
    table: pd.DataFrame

    def only(self, wanted: Rows) -> "Prepared":
        """Return the part of the corpus whose rows are wanted."""
        rows = wanted(self.table)
        return Prepared(self.images[rows.to_numpy()], self.table[rows].reset_index(drop=True))


def kept(name: str, what: str) -> Path:
    """Return where something made of a corpus is kept; it is the corpus's alone."""
    drawn = CORPORA[name]
    corpus_name = f"{name}_{joblib.hash(asdict(drawn))[:6]}"
    return FOLDER / "corpora" / f"{corpus_name} {what}".replace(" ", "_")


@cache
def corpus(name: str) -> pd.DataFrame:
    """Return the table of a corpus, drawn when it is asked for the first time.

    Its name is its split.
    """
    folder = kept(name, "images")
    size = TRAINING_SIZE if name == "train" else SCAN_SIZE
    with joblib.parallel_config(n_jobs=PROCESSES):
        table = load(synthesis.ensure_corpus(folder, size=size, **asdict(CORPORA[name])))
    return table.assign(split=name, writer=f"{name} " + table["writer"])


def prepared(name: str, size: tuple[int, int], fit: str = "halfway") -> Prepared:
    """Return a corpus with its images, prepared; they are kept for the next time."""
    table = corpus(name)
    height, width = size
    with joblib.parallel_config(n_jobs=PROCESSES):
        images = preprocessing.prepare_all(
            table,
            size,
            cache=kept(name, f"{height}x{width} {fit}.npz"),
            fit=fit,
            dtype=np.float16 if name == "train" else np.float32,  # half the memory
        )
    return Prepared(images, table)


def searched(size: tuple[int, int], fit: str = "halfway") -> dict[str, tuple]:
    """Return images and table of each place that a search is judged by."""
    places = {}
    for place, name in SEARCHED.items():
        data = prepared(name, size, fit)
        places[place] = (data.images, data.table)
    return places


def first_writers(table: pd.DataFrame, count: int) -> pd.Series:
    """Say which rows are of the first so many writers."""
    numbers = table["writer"].str.rsplit("w", n=1).str[1].astype(int)
    return numbers < count


def in_class(table: pd.DataFrame) -> pd.Series:
    """Say which rows are of the writers of chapter 05."""
    return first_writers(table, CLASS_WRITERS)


def everybody(table: pd.DataFrame) -> pd.Series:
    """Say that all rows are wanted."""
    return table["writer"].notna()
