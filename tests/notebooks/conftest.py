"""Strict nbval, with the claims, in a process of its own."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deepsign_helpers import runtime
from tools.memory import PeakMemory

HERE = Path(__file__).parent
PROJECT = runtime.project_folder()
NBVAL = [
    *["--nbval", "--nbval-cell-timeout", "900"],
    *["-p", "comparison", "-p", "no:cacheprovider"],
    *["--override-ini", "addopts=", "--override-ini", "filterwarnings="],
    *["--rootdir", str(PROJECT), "--color", "no", "-q"],
]


@dataclass(frozen=True)
class Comparison:
    """A run of a notebook, compared with its stored outputs.

    Attributes
    ----------
    status : int
        0 if all is as it was and every claim holds.
    report : str
        What pytest says.
    seconds : float
        By the clock.
    cpu_seconds : float
        Of all processes; where the machine is busy with other things, this stays what it is.
    megabytes : float
        The most memory that the kernel held.
    """

    status: int
    report: str
    seconds: float
    cpu_seconds: float
    megabytes: float


@pytest.fixture
def compare(tmp_path):
    """Run a notebook, compare its outputs with the stored ones, and check its claims."""

    def run(notebook, claims=HERE):
        environment = os.environ | {"PYTHONPATH": str(HERE), "DEEPSIGN_QUIET": "1"}
        command = [sys.executable, "-m", "pytest", *NBVAL, "--claims", str(claims), str(notebook)]
        report = tmp_path / "report.txt"
        peak = PeakMemory()
        cpu_before = cpu_seconds_of_children()
        started = time.perf_counter()
        with report.open("w") as file:
            process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdout=file, stderr=subprocess.STDOUT
            )
            with peak.of(kernel_of(process)):
                status = process.wait()
        return Comparison(
            status=status,
            report=report.read_text(encoding="utf-8"),
            seconds=time.perf_counter() - started,
            cpu_seconds=cpu_seconds_of_children() - cpu_before,
            megabytes=peak.megabytes,
        )

    return run


def cpu_seconds_of_children():
    """Return the CPU seconds of the processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def kernel_of(process):
    """Return the identifier of the kernel that a run of nbval starts, or its own if it ended."""
    while process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                if any("ipykernel_launcher" in part for part in child.cmdline()):
                    return child.pid
            except psutil.Error:
                continue
        time.sleep(0.05)
    return process.pid
