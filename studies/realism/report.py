"""The generator as it is, measured script by script beside real signatures."""

import joblib
import pandas as pd

from deepsign_helpers import synthesis
from deepsign_helpers.corpora import load
from studies import corpora
from studies.realism.measure import QUESTIONED, REFERENCES, SCRIPTS, measure

WRITERS = 60  # of a script: as many as the real corpora had
SEED = 500  # no other study's


def realism() -> pd.DataFrame:
    """Draw sixty writers of each script, `medium` and `clean`, and measure them.

    Returns
    -------
    DataFrame
        The rows of `Measured` for each script, `generated` beside `real from` and
        `real to`. Numbers have three digits, as those of real signatures do.
    """
    tables = []
    for script in SCRIPTS:
        folder = corpora.FOLDER / "corpora" / f"realism_{script}"
        with joblib.parallel_config(n_jobs=corpora.PROCESSES):
            written = synthesis.ensure_corpus(
                folder,
                writers=WRITERS,
                genuine=REFERENCES + QUESTIONED,
                forged=QUESTIONED,
                difficulty="medium",
                seed=SEED,
                scripts=(script,),
                domains=("clean",),
            )
            rows = measure(load(written)).rows()
        rows.insert(0, "script", script)
        tables.append(rows)
    table = pd.concat(tables, ignore_index=True)
    # `measured` is the date, in every table of the studies.
    table = table.rename(columns={"measured": "generated", "low": "real from", "high": "real to"})
    numbers = ["generated", "real from", "real to"]
    table[numbers] = table[numbers].map("{:.3g}".format)
    return table
