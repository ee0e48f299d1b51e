"""The table of a part of the studies, with date, seconds and seed, where chapters read it."""

import datetime
import time
from collections.abc import Callable

import joblib
import pandas as pd

from deepsign_helpers import files, runtime
from studies import corpora

SHARED = runtime.data_folder() / "study"  # committed; chapters read it
DECIMALS = 3


def measure(part: str, work: Callable[[], pd.DataFrame], in_place: bool) -> pd.DataFrame:
    """Do the work of a part; write its table, with the facts of the measurement, and return it.

    Parameters
    ----------
    part : str
        Its name, which is that of the file.
    work : callable
        Returns the table.
    in_place : bool
        Whether the table is written to where chapters read it, too.
    """
    started = time.perf_counter()
    table = work()
    facts = {
        "seconds": round(time.perf_counter() - started),
        "seed": 0,
        "cores": joblib.cpu_count(),
    }
    for name, fact in facts.items():
        if name not in table:  # some parts know better, line by line
            table[name] = fact
    table["measured"] = datetime.date.today().isoformat()
    folders = [corpora.FOLDER, SHARED] if in_place else [corpora.FOLDER]
    for folder in folders:
        folder.mkdir(exist_ok=True)
        with files.replace_atomically(folder / f"{part}.csv") as temporary:
            table.round(DECIMALS).to_csv(temporary, index=False, lineterminator="\n")
    return table
