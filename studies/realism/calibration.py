"""Turn the ensemble's knobs until generated signatures measure like people's.

Each trial draws the same writers again, with other knobs, and measures them beside real ones. A
first round turns every knob by a tenth, one at a time, and notes how far each row of the two tables
moves. Least squares then tell the turns that together bring most rows into their ranges, and the
next round starts from there, until time is up. Arabic is never drawn here: it is kept unseen.
"""

import contextlib
import datetime
import time
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import typer
from scipy.optimize import least_squares

from deepsign_helpers import files, synthesis
from deepsign_helpers.synthesis import ENSEMBLE, Ensemble
from deepsign_helpers.synthesis.corpus import A_FORGER, A_SESSION
from deepsign_helpers.synthesis.forging import take_pen
from deepsign_helpers.synthesis.ink import wear
from studies import corpora
from studies.realism.measure import SCRIPTS, Seen, Signatures, compare, see

GENUINE, FORGED = 12, 12  # signatures of a writer: fewer than a measurement asks, to save time
SEED = 600  # no other study's

# The knobs and how far each may be turned: half and double of what seemed right by hand. What is
# not here hardly moves a row of its own.
KNOBS = {
    # Hands: what differs from writer to writer.
    "width": (0.45, 1.8),
    "width_spread": (0.14, 0.56),
    "slant": (0.12, 0.5),
    "slant_spread": (0.09, 0.36),
    "rise": (0.06, 0.24),
    "rise_spread": (0.04, 0.16),
    "letters": (0.05, 0.2),
    "lifts": (0.1, 0.4),
    "hooks": (0.2, 0.9),
    # Hands: what differs from one signature to the next.
    "loose": (0.5, 1.9),
    "loose_spread": (0.2, 0.8),
    "misses": (0.014, 0.056),
    "bends": (0.05, 0.19),
    "drift": (0.03, 0.12),
    "swells": (0.03, 0.12),
    # Pressure.
    "press": (0.36, 1.0),
    "press_spread": (0.15, 0.6),
    "press_noise": (0.1, 0.6),
    "taper": (0.035, 0.14),
    # Forgers: what one of them misunderstands.
    "forger_slant": (0.07, 0.28),
    "forger_width": (0.1, 0.4),
    "forger_rise": (0.06, 0.24),
    "proportions": (0.1, 0.4),
    "redraws": (0.1, 0.4),
    "forger_bends": (0.15, 0.6),
    "turns": (0.015, 0.06),
    "extra_lifts": (0.08, 0.4),
    "lost_lifts": (0.15, 0.6),
    # Forgers: how they write.
    "delay": (0.22, 0.9),
    "heaviness": (0.25, 1.0),
    "forger_press": (0.3, 0.8),
    "forger_press_spread": (0.12, 0.3),
    "forger_press_noise": (0.1, 0.3),
    "forger_taper": (0.01, 0.04),
    "strays": (0.05, 0.2),
}
TURN = 0.1  # share of a knob by which it is turned to see what moves
WELL_INSIDE = 0.1  # widths of a range: on its very edge, other writers would lie outside
INSIDE = 0.01  # share of the bounds: the search must start within them, not on them


class TimeIsUpError(Exception):
    """Ends a search that has had its minutes."""


def calibration(minutes: float = 60.0, writers: int = 24) -> pd.DataFrame:
    """Search for better knobs; print the best as lines of `ensemble.py`.

    Parameters
    ----------
    minutes : float
        Of search. A round takes as many trials as there are knobs, and some more: less than two
        rounds are not worth it.
    writers : int, at least 2
        Of each script, in each trial. Knobs fitted to eight fit others less well.

    Returns
    -------
    DataFrame
        A row a trial: its number, the minutes until then, the loss, how many of all `rows` lie
        outside their range, and the knobs. After each trial it is also written to
        `build/study/trials.csv`.
    """
    start = np.array([getattr(ENSEMBLE, name) for name in KNOBS])
    low, high = np.transpose(list(KNOBS.values())) / start  # in multiples of what they are now
    trials = []
    began = time.monotonic()

    def try_out(factors: np.ndarray) -> np.ndarray:
        if time.monotonic() - began > 60 * minutes:
            raise TimeIsUpError
        knobs = dict(zip(KNOBS, (factors * start).tolist(), strict=True))
        rows = measured_rows(replace(ENSEMBLE, **knobs), writers)
        trial = {
            "trial": len(trials),
            "minutes": (time.monotonic() - began) / 60,
            "loss": loss(rows),
            "outside": int((~rows["inside"]).sum()),
            "rows": len(rows),
            **knobs,
        }
        trials.append(trial)
        keep(trials)
        print(f"trial {trial['trial']}: loss {trial['loss']:.4f}, {trial['outside']} outside")
        return misses(rows)

    room = INSIDE * (high - low)
    first = np.clip(np.ones(len(KNOBS)), low + room, high - room)
    with contextlib.suppress(TimeIsUpError):
        least_squares(try_out, first, bounds=(low, high), diff_step=TURN, loss="soft_l1")
    table = pd.DataFrame(trials)
    print(lines_to_paste(table))
    return table


def measured_rows(ensemble: Ensemble, writers: int) -> pd.DataFrame:
    """Draw writers of each script from an ensemble; return what they measure, a row a number."""
    tables = []
    for script in SCRIPTS:
        tasks = [
            joblib.delayed(draw_and_see)(number, script, ensemble) for number in range(writers)
        ]
        with joblib.parallel_config(n_jobs=corpora.PROCESSES):
            rows = compare(joblib.Parallel()(tasks)).rows()
        tables.append(rows.assign(script=script))
    return pd.concat(tables, ignore_index=True)


def draw_and_see(number: int, script: str, ensemble: Ensemble) -> Seen:
    """Draw one writer's signatures and look at them at once: images are not sent about."""
    return see(draw(number, script, ensemble))


def draw(
    number: int,
    script: str,
    ensemble: Ensemble,
    genuine: int = GENUINE,
    forged: int = FORGED,
) -> Signatures:
    """Draw one writer's signatures, and medium forgeries of them, as `write_corpus` does.

    Each person and each signature has a stream of randomness of its own, the same in every trial:
    a knob then moves what it is there for, and not what happens to be drawn after it.

    Parameters
    ----------
    number : int
        Another number is another writer.
    script : str
        One of `SCRIPTS`.
    ensemble : Ensemble
        What hands and forgers are drawn from.
    genuine, forged : int
        How many signatures.
    """
    writer = synthesis.sample_writer(stream(number, "writer"), script, ensemble=ensemble)
    own = []
    today = writer
    for sample in range(genuine):
        rng = stream(number, "genuine", sample)
        if sample > 0 and sample % A_SESSION == 0:
            today = writer.later(rng)
        own.append(synthesis.render(today.sign(rng), rng, pen=wear(today.pen, rng)))

    others = []
    for sample in range(forged):
        which, attempt = divmod(sample, A_FORGER)
        forger_rng = stream(number, "forger", which)
        forger = synthesis.sample_forger(forger_rng, ensemble=ensemble)
        forger = take_pen(forger, writer, forger_rng)
        skill = forger_rng.uniform(*synthesis.DIFFICULTIES["medium"])
        rng = stream(number, "forged", sample)
        trace = synthesis.forge(writer, rng, forger=forger, skill=skill, attempt=attempt)
        others.append(synthesis.render(trace, rng, pen=wear(forger.pen, rng)))
    return Signatures(own, others)


def stream(number: int, what: str, sample: int = 0) -> np.random.Generator:
    """Return the stream of randomness of one person or one signature."""
    kinds = ("writer", "genuine", "forger", "forged")
    return np.random.default_rng([SEED, number, kinds.index(what), sample])


def misses(rows: pd.DataFrame) -> np.ndarray:
    """Return how far each row lies outside its range, in widths of the range; 0 well inside.

    The square of what weighs double is twice as large.
    """
    width = rows["high"] - rows["low"]
    below = (rows["low"] + WELL_INSIDE * width - rows["measured"]).clip(lower=0)
    above = (rows["measured"] - rows["high"] + WELL_INSIDE * width).clip(lower=0)
    distances = (below + above) / width
    return (np.sqrt(rows["weight"]) * distances).to_numpy()


def loss(rows: pd.DataFrame) -> float:
    """Return the mean over rows of their squared misses; what is far off counts by its distance.

    This is the loss "soft_l1" of SciPy: one row that no knob can bring near does not outweigh the
    others.
    """
    return float(np.mean(2 * (np.sqrt(1 + misses(rows) ** 2) - 1)))


def keep(trials: list[dict]) -> None:
    """Write the trials so far: a search that is stopped leaves them."""
    path = corpora.FOLDER / "trials.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replace_atomically(path) as temporary:
        pd.DataFrame(trials).to_csv(temporary, index=False, lineterminator="\n")


def lines_to_paste(trials: pd.DataFrame) -> str:
    """Return the best knobs as lines of `Ensemble`, with what they reach and the date."""
    best = trials.loc[trials["loss"].idxmin()]
    reached = f"{best['outside']:.0f} of {best['rows']:.0f} rows outside, loss {best['loss']:.4f}"
    lines = [f"# Fitted on {datetime.date.today().isoformat()}: {reached}."]
    lines.extend(f"{name}: float = {best[name]:.3g}" for name in KNOBS)
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(calibration)
