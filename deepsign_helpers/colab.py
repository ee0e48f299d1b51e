"""Sets the course up on Colab: adds the packages that are missing there and changes none that is."""

import contextlib
import importlib
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path


def install_missing() -> None:
    """Install what the course needs and the machine lacks, and say so in one line.

    Every package that is there is pinned to its version while pip works, TensorFlow, Keras and NumPy among them: they
    are Colab's, fit its drivers, and are loaded already.

    Raises
    ------
    RuntimeError
        If something missing cannot be installed beside what is there.
    """
    installed = {}
    for found in metadata.distributions():
        # A removal that broke off leaves folders without name or version; the backport importlib_metadata, which takes
        # over wherever something has loaded it, raises there.
        with contextlib.suppress(FileNotFoundError, KeyError):
            if found.name and found.version:
                # Of two, the first is what Python imports.
                installed.setdefault(found.name.lower().replace("_", "-"), found.version)
    needed = [text for text in metadata.requires("deepsign") if "extra ==" not in text]
    missing = {
        name: text for text in needed if (name := re.match(r"[\w.-]+", text)[0]) not in installed
    }
    if missing:
        install(list(missing.values()), installed)
        importlib.invalidate_caches()
    kept = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("tensorflow", "keras", "numpy")
    )
    added = f"; added {', '.join(missing)}" if missing else ""
    print(f"DeepSign {metadata.version('deepsign')} is ready beside {kept}{added}.")


def install(requirements: list[str], installed: dict[str, str]) -> None:
    """Let pip install requirements without changing what is installed."""
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(
            "".join(f"{name}=={version}\n" for name, version in installed.items())
        )
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-qq",
            "--constraint",
            str(constraints),
            *requirements,
        ]
        result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise RuntimeError(
            f"Colab: the course's packages cannot be added ({last}); start a new runtime and try again."
        )
