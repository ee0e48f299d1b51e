"""Times one training step in this process: python -m studies.one_step ENCODER [HEIGHT WIDTH]."""

import sys
from dataclasses import replace

from deepsign_helpers import training
from studies.comparisons import ENCODERS
from studies.speed import step_work
from studies.timing import peak_megabytes, seconds_of


def main(encoder: str, *size: str) -> None:
    """Print the seconds of a training step of the classroom, and the megabytes of this process."""
    settings = replace(training.CLASSROOM, encoder=ENCODERS[encoder])
    if size:
        height, width = size
        settings = replace(settings, size=(int(height), int(width)))
    seconds = seconds_of(step_work(settings))
    print(seconds, peak_megabytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
