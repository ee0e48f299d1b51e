"""Sets the course up on Colab: adds the packages that are missing there and changes none that is.

On Colab TensorFlow, Keras and NumPy fit the machine's drivers and may be loaded already. So the
course comes without its dependencies (the first cell of a notebook installs it with `--no-deps`),
and this module then adds what is missing, with everything else pinned.
"""

import contextlib
import importlib
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

KEPT = ("tensorflow", "keras", "numpy")  # whose versions are told: they are Colab's


def install_missing() -> None:
    """Install what the course needs and the machine lacks, and say so in one line.

    Every package that is there is pinned to its version while pip works.

    Raises
    ------
    RuntimeError
        If something missing cannot be installed beside what is there.
    """
    installed = installed_versions()
    missing = {}
    for requirement in course_requirements():
        name = re.match(r"[\w.-]+", requirement)[0]
        if name not in installed:
            missing[name] = requirement
    if missing:
        install(list(missing.values()), installed)
        importlib.invalidate_caches()  # or Python would not see the new packages

    kept = ", ".join(f"{name} {metadata.version(name)}" for name in KEPT)
    added = f"; added {', '.join(missing)}" if missing else ""
    print(f"DeepSign {metadata.version('deepsign')} is ready beside {kept}{added}.")


def course_requirements() -> list[str]:
    """Return what the course needs, as "name>=version", without its extras."""
    return [text for text in metadata.requires("deepsign") if "extra ==" not in text]


def installed_versions() -> dict[str, str]:
    """Return the version of every package of this Python, by its name in lower case."""
    versions = {}
    for found in metadata.distributions():
        # A removal that broke off leaves folders without name or version; the backport
        # importlib_metadata, which takes over wherever something has loaded it, raises there.
        with contextlib.suppress(FileNotFoundError, KeyError):
            if found.name and found.version:
                name = found.name.lower().replace("_", "-")
                versions.setdefault(name, found.version)  # of two, Python imports the first
    return versions


def install(requirements: list[str], installed: dict[str, str]) -> None:
    """Let pip install requirements without changing what is installed.

    Parameters
    ----------
    requirements : list of str
        As "name>=version".
    installed : dict of str
        The version of each package that must stay.

    Raises
    ------
    RuntimeError
        If pip fails; the sentence holds its last line.
    """
    pins = "".join(f"{name}=={version}\n" for name, version in installed.items())
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(pins)
        pip = [sys.executable, "-m", "pip", "install", "-qq"]
        command = [*pip, "--constraint", str(constraints), *requirements]
        result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["pip failed"]
        raise RuntimeError(
            f"Colab: the course's packages cannot be added ({lines[-1]}); "
            "start a new runtime and try again."
        )
