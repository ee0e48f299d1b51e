"""Measures what takes longer than a class: python -m studies [PART] [--in-place]."""

import subprocess
import sys
from functools import partial
from typing import Annotated

import typer

from deepsign_helpers import tables
from studies.comparisons import augmentation, encoders_compared, folds, losses_compared, pairs
from studies.fusion import fusion, last_look
from studies.maps import maps
from studies.presets import game_answered, preset, untrained
from studies.realism.calibration import calibration
from studies.realism.report import realism
from studies.search import search
from studies.sheets import sheets
from studies.speed import speed
from studies.tables import measure

PARTS = {
    "study": partial(preset, "STUDY"),
    "classroom": partial(preset, "CLASSROOM"),
    "untrained": untrained,
    "fusion": fusion,
    "game": game_answered,
    "speed": speed,
    "encoders": encoders_compared,
    "losses": losses_compared,
    "augmentation": augmentation,
    "folds": folds,
    "pairs": pairs,
    "search": search,
    "realism": realism,
    "maps": maps,
    "sheets": sheets,
}
# Only for whoever asks: an hour's search, and a look that is the last only if it is not repeated.
ON_REQUEST = {"calibration": calibration, "last-look": last_look}


def main(
    parts: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Of {', '.join(PARTS)}; all of these if left out. Or {', '.join(ON_REQUEST)}."
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option(help="Copy the tables to where chapters read them, for everyone.")
    ] = False,
) -> None:
    """Measure into build/study: the verifier, its report, and a table for each part."""
    wanted = parts or list(PARTS)
    known = PARTS | ON_REQUEST
    tables.require_known("part", wanted, known)
    if len(wanted) > 1:
        for part in wanted:
            run_alone(part, in_place)
        return
    part = wanted[0]
    table = measure(part, known[part], in_place)
    print(f"{part}\n{table.round(2).to_string(index=False)}")


def run_alone(part: str, in_place: bool) -> None:
    """Run a part in a process of its own, whose peak memory it is."""
    command = [sys.executable, "-m", "studies", part]
    if in_place:
        command.append("--in-place")
    subprocess.run(command, check=True)


if __name__ == "__main__":
    try:
        typer.run(main)
    except subprocess.CalledProcessError:
        sys.exit(1)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
