"""Other people's machines, in small: no registry is asked, all packages lie in a folder."""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deepsign_helpers import runtime
from tools import launch

PROJECT = runtime.project_folder()
SETTINGS = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "deepsign"
version = "7.8"
requires-python = ">=3.11"
dependencies = ["ink>=1.5"]

[project.optional-dependencies]
dev = ["oracle>=2.0"]

[tool.hatch.build.targets.wheel]
packages = ["deepsign_helpers"]
"""


def write_wheel(folder, name, version, requires=()):
    """Write an empty package's wheel, which needs these packages; return its path."""
    about = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    about += [f"Requires-Dist: {text}" for text in requires]
    information = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{information}/METADATA", "\n".join(about))
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")
    return path


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small project beside a folder of wheels, which is all that pip and uv can find."""
    wheels = tmp_path / "registry"
    wheels.mkdir()
    for version in ("1.4", "1.5", "1.6", "2.0"):
        write_wheel(wheels, "ink", version, requires=["paper>=1"])
    for version in ("1.0", "1.1"):
        write_wheel(wheels, "paper", version)
    for version in ("2.0", "2.1"):
        write_wheel(wheels, "oracle", version, requires=["ink>=1.6"])
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    project = tmp_path / "checkout"
    for name in ("deepsign_helpers", "notebooks", "docs"):
        (project / name).mkdir(parents=True)
    (project / "deepsign_helpers" / "__init__.py").touch()
    (project / "notebooks" / "00_first.ipynb").write_text("{}")
    (project / "pyproject.toml").write_text(SETTINGS)
    return project


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("lowest", {"ink": "1.5", "paper": "1.1", "oracle": "2.0"}),
        ("newest", {"ink": "2.0", "paper": "1.1", "oracle": "2.1"}),
    ],
)
def test_each_package_is_at_its_bound_or_newest_whatever_a_test_tool_asks_for(
    which, expected, checkout, tmp_path
):
    requirements = tmp_path / "build" / f"{which}.txt"
    for _ in range(2):  # what is there already changes nothing
        launch.resolve(checkout, requirements, launch.RESOLUTIONS[which])
        lines = requirements.read_text().splitlines()
        assert dict(line.split("==") for line in lines) == expected
        assert launch.pins_of_the_package(checkout, requirements) == [f"ink=={expected['ink']}"]
    folder = tmp_path / "environment"
    python = launch.make_environment(folder, *launch.UNASKED, "--requirement", requirements)
    assert launch.installed(python).items() >= expected.items()


def test_what_is_collected_installs_without_a_network_and_nothing_else_does(checkout, tmp_path):
    ink = tmp_path / "registry" / "ink-1.6-py3-none-any.whl"
    paper = tmp_path / "registry" / "paper-1.0-py3-none-any.whl"
    lock = [
        f"{path.name.split('-')[0]}=={path.name.split('-')[1]}"
        f" --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in (ink, paper)
    ]
    (checkout / "requirements.lock").write_text("".join(lock))
    folder = tmp_path / "offline"
    for _ in range(2):  # nothing of an earlier one is left
        launch.collect(checkout, folder)
        found = sorted(path.name for path in (folder / "wheels").iterdir())
        assert found == ["deepsign-7.8-py3-none-any.whl", ink.name, paper.name]
        (folder / "wheels" / "left-over.whl").touch()
    assert (folder / "notebooks" / "00_first.ipynb").is_file()

    readme = (folder / "README.md").read_text(encoding="utf-8")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"Python {python} on {launch.this_system()}" in readme
    [command] = [line.split() for line in readme.splitlines() if " install " in line]
    options = command[command.index("install") :]
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", *options, "--target", target]
    without = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run(pip, cwd=folder, env=without, check=True, capture_output=True)
    names = {path.name for path in target.iterdir()}
    assert {"deepsign_helpers", "ink.py", "paper.py", "deepsign-7.8.dist-info"} <= names

    write_wheel(folder / "wheels", "paper", "1.0", requires=["something"])  # changed on its way
    again = subprocess.run(
        [*pip, "--upgrade"], cwd=folder, env=without, capture_output=True, text=True
    )
    assert again.returncode
    assert "DO NOT MATCH THE HASHES" in again.stderr


def test_the_simulated_cell_is_the_notebooks_own_but_for_where_the_course_comes_from():
    cell = launch.cell_for(Path("/somewhere/course"))
    notebook = json.loads(next((PROJECT / "notebooks").glob("00_*.ipynb")).read_text("utf-8"))
    [stored] = [
        "".join(one["source"])
        for one in notebook["cells"]
        if "colab" in one["metadata"].get("tags", ())
    ]
    pairs = zip(cell.splitlines(), stored.splitlines(), strict=True)
    changed = [(ours, theirs) for ours, theirs in pairs if ours != theirs]
    [(ours, theirs)] = changed
    assert ours.strip() == 'source = "/somewhere/course"'
    assert theirs.strip().startswith('source = "git+https://github.com/')


@pytest.mark.parametrize("release", ["2.19", "2.20", "2.21"])
def test_it_is_known_what_colab_has_that_is_older_than_tested(release):
    listed = tomllib.loads(launch.COLAB_LISTS.read_text(encoding="utf-8"))[release]
    pins = {Requirement(text).name: Requirement(text).specifier for text in listed}
    versions = {name: next(iter(pin)).version for name, pin in pins.items() if len(pin)}
    assert versions["tensorflow"].startswith(release)
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [Requirement(text) for text in settings["project"]["dependencies"]]
    older = {one.name for one in needed if not one.specifier.contains(versions[one.name])}
    # What ipywidgets 7.7 shows in Colab, JupyterLab shows from 8 on. OpenCV 4 reads the same, but
    # writes the print of generated pages in other letters. Folds are less alike, but share no one.
    expected = {"ipywidgets", "opencv-python-headless", "scikit-learn"}
    if release == "2.19":
        expected.add("keras")  # a training repeats there in a new process only
    assert older == expected
