"""Every notebook of the course, and strict nbval in a process of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deepsign_helpers import runtime
from tools import course

PROJECT = runtime.project_folder()
NBVAL = (
    *("--nbval", "--nbval-cell-timeout", "900", "-p", "comparison", "-p", "no:cacheprovider"),
    *(
        "--override-ini",
        "addopts=",
        "--override-ini",
        "filterwarnings=",
        "--rootdir",
        str(PROJECT),
        "--color",
        "no",
        "-q",
    ),
)


@pytest.fixture
def compare(tmp_path):
    """Run a notebook and compare its outputs with the stored ones: status, report, seconds, and the kernel's MB."""

    def run(notebook):
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent), "DEEPSIGN_QUIET": "1"}
        report, peak, started = tmp_path / "report.txt", course.PeakMemory(), time.perf_counter()
        with report.open("w") as file:
            command = [sys.executable, "-m", "pytest", *NBVAL, str(notebook)]
            process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdout=file, stderr=subprocess.STDOUT
            )
            with peak.of(kernel_of(process)):
                status = process.wait()
        return (
            status,
            report.read_text(encoding="utf-8"),
            time.perf_counter() - started,
            peak.megabytes,
        )

    return run


def kernel_of(process):
    """Wait until a run of nbval has started its kernel, or has ended; return the identifier of the one to watch."""
    while process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                if any("ipykernel_launcher" in part for part in child.cmdline()):
                    return child.pid
            except psutil.Error:
                continue
        time.sleep(0.05)
    return process.pid
