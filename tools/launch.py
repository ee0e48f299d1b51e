"""Sets the course up as others do: on oldest and newest packages, on Colab, without a network.

Everything lies in folders of its own below `build`; the environment that runs this stays as it is.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import typer

from deepsign_helpers import runtime
from tools import badges
from tools.memory import MEGABYTE, PeakMemory

RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}  # as uv calls them
COLAB_LISTS = Path(__file__).with_name("colab.toml")
UNASKED = ("--quiet", "--no-deps")  # what a resolved list brings is complete
UV = (sys.executable, "-m", "uv")
INSTALLED = """
import json
from importlib import metadata

print(json.dumps({found.name.lower(): found.version for found in metadata.distributions()}))
"""
AS_ON_COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
# What a notebook does, at its smallest: read, prepare, compare strokes, train, judge.
NOTEBOOK_IN_SMALL = """
from dataclasses import replace
from pathlib import Path

from deepsign_helpers import corpora, preprocessing, runtime, strokes

table = corpora.load(runtime.data_folder())
table = table[table.writer.isin(sorted(table.writer.unique())[:10])].reset_index(drop=True)
images = preprocessing.prepare_all(table, (32, 64))
lines = [strokes.trace_line(preprocessing.read_gray(path)) for path in table.path[:2]]
figures = strokes.signals(*lines)

from deepsign_helpers import training

few = replace(training.CLASSROOM, epochs=1, steps_per_epoch=2)
verifier, history = training.learn(table, Path("verifier"), few, with_strokes=False)
verdict = verifier.verify(list(table.path[:5]), table.path[5])
print(f"{len(images)} images, {len(figures)} signals of strokes, decision: {verdict.decision}")
"""
OFFLINE_README = """\
# DeepSign without a network

Wheels of the course and of all that it needs: for Python {python} on {system}, and for no other.
Copy this folder to each machine of the classroom. There:

    python{python} -m venv .venv
    .venv/bin/python -m pip install --no-index --find-links wheels -r requirements.txt
    .venv/bin/python -m jupyterlab notebooks

On Windows write `py -{python}` for `python{python}` and `.venv\\Scripts` for `.venv/bin`.
"""

app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def test(which: str) -> None:
    """Run the unit tests on the "lowest" or the "newest" packages that the bounds allow."""
    project = runtime.project_folder()
    environment = runtime.build_folder() / which
    requirements = environment.with_suffix(".txt")
    resolve(project, requirements, RESOLUTIONS[which])
    python = make_environment(environment, *UNASKED, "--requirement", requirements)
    call(*UV, "pip", "install", "--python", python, *UNASKED, "--editable", project)
    print(f"{which}: {' '.join(pins_of_the_package(project, requirements))}", flush=True)
    call(python, "-m", "pytest", "-m", "not slow", "-q", cwd=project)


def resolve(project: Path, requirements: Path, resolution: str) -> None:
    """Write the versions of all that the package and its tests need.

    The package's own needs are resolved by themselves: what the tests bring along may not raise
    them.

    Parameters
    ----------
    project : path
        The folder with pyproject.toml.
    requirements : path
        Where the versions go, one a line.
    resolution : str
        "lowest-direct" or "highest".
    """
    requirements.parent.mkdir(parents=True, exist_ok=True)
    settings = project / "pyproject.toml"
    resolver = [
        *UV,
        "pip",
        "compile",
        "--quiet",
        "--upgrade",
        "--resolution",
        resolution,
        "--python",
    ]
    resolver += [sys.executable, "--no-header", "--no-annotate", "--output-file", requirements]
    call(*resolver, settings)
    override = requirements.with_suffix(".override.txt")
    override.write_text("\n".join(pins_of_the_package(project, requirements)), encoding="utf-8")
    call(*resolver, "--all-extras", "--override", override, settings)


def pins_of_the_package(project: Path, requirements: Path) -> list[str]:
    """Return "name==version" of each package that pyproject.toml itself asks for."""
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {text.partition(">=")[0] for text in settings["project"]["dependencies"]}
    pins = requirements.read_text(encoding="utf-8").splitlines()
    return [pin for pin in pins if pin.partition("==")[0] in asked]


@app.command()
def colab(release: str, python: Path = Path(sys.executable)) -> None:
    """Run a notebook's first cell beside what Colab has installed with a release of TensorFlow."""
    lists = tomllib.loads(COLAB_LISTS.read_text(encoding="utf-8"))
    environment = runtime.build_folder() / "colab" / release
    python = make_environment(environment, *lists[release], interpreter=python)
    before = installed(python)
    content = environment / "content"
    content.mkdir()
    seconds, _ = run_in(python, AS_ON_COLAB + cell_for(runtime.project_folder()), content)
    after = installed(python)
    print(f"the cell took {seconds:.0f} s; added {', '.join(sorted(after.keys() - before))}")
    changed = [name for name in before if after.get(name) != before[name]]
    if changed:
        sys.exit(f"{', '.join(changed)}: changed or removed; the cell may only add.")
    seconds, megabytes = run_in(python, NOTEBOOK_IN_SMALL, content)
    print(f"a notebook in small took {seconds:.0f} s and {megabytes:,.0f} MB")


def cell_for(checkout: Path) -> str:
    """Return the cell for Colab, which takes the course from a checkout instead of its home."""
    elsewhere = badges.COLAB_CELL.format(repository="course", tag="tag")
    return elsewhere.replace("git+https://github.com/course@tag", str(checkout))


def installed(python: Path) -> dict[str, str]:
    """Return the version of each package that a Python has."""
    found = subprocess.run([python, "-c", INSTALLED], check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


def run_in(python: Path, code: str, folder: Path) -> tuple[float, float]:
    """Run code in a folder that knows nothing of this checkout; return seconds and megabytes."""
    peak = PeakMemory()
    started = time.perf_counter()
    process = subprocess.Popen([python, "-c", code], cwd=folder, env=clean_variables())
    with peak.of(process.pid):
        process.wait()
    if process.returncode:
        sys.exit(f"{python}: the code for {folder} failed; its error stands above.")
    return time.perf_counter() - started, peak.megabytes


@app.command()
def offline() -> None:
    """Collect what a classroom without a network installs, into build/offline."""
    folder = runtime.build_folder() / "offline"
    collect(runtime.project_folder(), folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / MEGABYTE:,.0f} MB for {this_system()}; its README.md says the rest.")


def collect(project: Path, folder: Path) -> None:
    """Collect wheels, notebooks and a README; pip there checks every wheel against its hash.

    Parameters
    ----------
    project : path
        The checkout.
    folder : path
        What lies there goes.
    """
    if folder.exists():
        shutil.rmtree(folder)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    lock = project / "requirements.lock"
    pip = (sys.executable, "-m", "pip")
    quietly = ("--quiet", "--disable-pip-version-check", "--dest", wheels)
    call(*pip, "download", *quietly, "--only-binary", ":all:", "--requirement", lock)
    hatchling = (sys.executable, "-m", "hatchling", "build", "--target", "wheel")
    call(*hatchling, "--directory", wheels, cwd=project)
    [ours] = wheels.glob("deepsign-*.whl")
    version = ours.name.split("-")[1]
    digest = hashlib.sha256(ours.read_bytes()).hexdigest()
    pinned = f"deepsign=={version} --hash=sha256:{digest}\n"
    requirements = lock.read_text(encoding="utf-8") + pinned
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    for name in ("notebooks", "docs"):
        left_out = shutil.ignore_patterns("build", ".*", "__pycache__")
        shutil.copytree(project / name, folder / name, ignore=left_out)
    system, python = this_system(), f"{sys.version_info.major}.{sys.version_info.minor}"
    readme = OFFLINE_README.format(system=system, python=python)
    (folder / "README.md").write_text(readme, encoding="utf-8")


def this_system() -> str:
    """Return the system that wheels are collected for, such as "Linux x86_64"."""
    return f"{platform.system()} {platform.machine()}"


def make_environment(folder: Path, *packages, interpreter: Path = Path(sys.executable)) -> Path:
    """Return the Python of a new environment that holds these packages and pip."""
    call(interpreter, "-m", "venv", "--clear", folder)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    call(*UV, "pip", "install", "--quiet", "--python", python, *packages)
    return python


def clean_variables() -> dict[str, str]:
    """Return this process's environment variables less those that point into the checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def call(*command, cwd: Path | None = None) -> None:
    """Run a command; where it fails, so does this process, with the same status."""
    words = [str(word) for word in command]
    status = subprocess.run(words, cwd=cwd, env=clean_variables()).returncode
    if status:
        sys.exit(status)


if __name__ == "__main__":
    app()
