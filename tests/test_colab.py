"""The cell for Colab, run as there: beside a TensorFlow, a Keras and a NumPy that must stay.

No registry is asked. Whatever pip can find lies in a folder of small wheels that the test writes,
a stand-in for hatchling among them, which packs what pyproject.toml says.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deepsign_helpers import colab, runtime
from tools import badges

PROJECT = runtime.project_folder()
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
HOME = SETTINGS["tool"]["deepsign"]
NEEDED = [Requirement(text) for text in SETTINGS["project"]["dependencies"]]
OLDEST = {needed.name: next(iter(needed.specifier)).version for needed in NEEDED}
STAND_INS = {"tensorflow": "2.18.0", "keras": "3.8.0", "numpy": "2.2.6"}  # older than the bounds
# Every Colab machine has them, and the package imports them at once.
AS_HERE = ("joblib", "cloudpickle", "platformdirs", "tqdm")
BUILD_BACKEND = '''
import tomllib
import zipfile
from pathlib import Path


def build_wheel(folder, config_settings=None, metadata_directory=None):
    """Pack the packages and the further files that pyproject.toml names."""
    settings = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    contents = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    sources = {name: name for name in contents["packages"]} | contents["force-include"]
    information = f"{project['name']}-{project['version']}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    lines += [f"Requires-Dist: {needed}" for needed in project["dependencies"]]
    for extra, texts in project["optional-dependencies"].items():
        lines += [f"Requires-Dist: {text}; extra == '{extra}'" for text in texts]
    name = f"{project['name']}-{project['version']}-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder, name), "w") as wheel:
        for source, target in sources.items():
            inside = Path(source)
            files = [inside] if inside.is_file() else sorted(inside.rglob("*"))
            for path in files:
                if path.is_file():
                    wheel.write(path, Path(target, path.relative_to(inside)).as_posix())
        packed = "".join(f"{path},,\\n" for path in wheel.namelist())
        wheel.writestr(f"{information}/METADATA", "\\n".join(lines))
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{information}/RECORD", packed)
    return name
'''
BEFORE_THE_CELL = (
    "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
)
AFTERWARDS = """
import json
from importlib import metadata

import numpy, tensorflow, keras
from deepsign_helpers import runtime

modules = {"numpy": numpy, "tensorflow": tensorflow, "keras": keras}
loaded = {name: module.__version__ for name, module in modules.items()}
installed = {found.name: found.version for found in metadata.distributions()}
print(json.dumps({"loaded": loaded, "installed": installed, "data": str(runtime.data_folder())}))
"""
WITH_WHAT_IS_INSTALLED = """
from deepsign_helpers import chapters, corpora, runtime

data = runtime.data_folder()
print(str(data), len(corpora.load(data)), len(chapters.chapters()) > 0)
"""


def run(*command, **options):
    """Run a command that must succeed."""
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, timeout=600, **options)
    assert result.returncode == 0, result.stderr[-2000:]
    return result


def publish(folder):
    """Return a bare repository with the working tree at the tag: what git tracks, or would."""
    source = folder / "source"
    bare = folder / "bare.git"
    tracked = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others"]
    listed = run(*tracked, "--exclude-standard", "-z", cwd=PROJECT).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((PROJECT / name).read_bytes())
    settings = ["user.name=test", "user.email=test@example.org", "commit.gpgsign=false"]
    author = [word for setting in settings for word in ("-c", setting)]
    run("git", "init", "--quiet", source)
    run("git", "add", "--all", cwd=source)
    run("git", *author, "commit", "--quiet", "--message", "as it stands", cwd=source)
    run("git", *author, "tag", HOME["tag"], cwd=source)
    run("git", "clone", "--quiet", "--bare", source, bare)
    return bare


def write_wheel(folder, name, version, requires=(), files=None):
    """Write a wheel that holds these files, by their paths, and needs these packages."""
    module = name.replace("-", "_")
    information = f"{module}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {text}" for text in requires]
    contents = {
        **(files or {}),
        f"{information}/METADATA": "\n".join(lines),
        f"{information}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in contents.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{information}/RECORD", "".join(f"{path},,\n" for path in contents))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder with all that pip can find: each package at its oldest, some newer than may be."""
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "hatchling", "1.27.0", files={"hatchling/build.py": BUILD_BACKEND})
    for name, version in OLDEST.items():
        write_wheel(folder, name, version, requires=["numpy"] if name == "scipy" else [])
    for name in STAND_INS:
        write_wheel(folder, name, "99.0")
    write_wheel(folder, "pandas", "99.0", requires=["numpy>=99"])  # would replace NumPy
    return folder


def bare_environment(folder):
    """Return the Python of a new environment with stand-ins, and what every Colab machine has."""
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    where = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout
    packages = Path(where.strip())
    for name, version in STAND_INS.items():
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text(f"__version__ = {version!r}\n")
        information = packages / f"{name}-{version}.dist-info"
        information.mkdir()
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (information / "METADATA").write_text(about)
        (information / "RECORD").touch()
    for name in AS_HERE:
        found = metadata.distribution(name)
        shutil.copytree(found.locate_file(name), packages / name)
        information = f"{name}-{found.version}.dist-info"
        shutil.copytree(found.locate_file(information), packages / information)
    return python


@pytest.mark.skipif(sys.platform == "win32", reason="Colab runs Linux")
@pytest.mark.skipif(
    not (PROJECT / ".git").exists(),
    reason="not a clone of the repository: nothing can be published",
)
def test_the_cell_sets_the_course_up_without_touching_tensorflow_keras_or_numpy(wheels, tmp_path):
    python = bare_environment(tmp_path / "colab")
    bare = publish(tmp_path)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "GIT_CONFIG", "PIP_"))
    }
    environment.update(
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(wheels),
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0=f"url.{bare.as_uri()}.insteadOf",
        GIT_CONFIG_VALUE_0=f"https://github.com/{HOME['repository']}",
    )
    empty = tmp_path / "content"
    empty.mkdir()
    cell = BEFORE_THE_CELL + badges.COLAB_CELL.format(
        repository=HOME["repository"], tag=HOME["tag"]
    )
    result = run(python, "-c", cell + AFTERWARDS, cwd=empty, env=environment)
    line, report = result.stdout.splitlines()
    kept = ", ".join(f"{name} {version}" for name, version in STAND_INS.items())
    added = ", ".join(name for name in OLDEST if name not in {*STAND_INS, *AS_HERE})
    assert (
        line == f"DeepSign {HOME['tag'].removeprefix('v')} is ready beside {kept}; added {added}."
    )
    assert result.stderr == ""

    report = json.loads(report)
    assert report["loaded"] == STAND_INS
    assert report["installed"].items() >= {**OLDEST, **versions_here(), **STAND_INS}.items()

    # What was installed holds its data: the corpus and the list of chapters are read from it.
    alone = tmp_path / "alone"
    alone.mkdir()
    package = Path(report["data"]).parent
    assert package.is_relative_to(tmp_path / "colab")
    (alone / package.name).symlink_to(package)
    environment["PYTHONPATH"] = str(alone)
    read = run(sys.executable, "-c", WITH_WHAT_IS_INSTALLED, cwd=empty, env=environment).stdout
    assert read.split() == [report["data"], "576", "True"]

    again = "from deepsign_helpers import colab; colab.install_missing()"
    del environment["PYTHONPATH"]
    result = run(python, "-c", again, cwd=empty, env=environment)
    assert result.stdout.endswith(f"{kept}.\n")  # nothing was missing any more


def versions_here():
    """Return the versions of the packages that were copied from this environment."""
    return {name: metadata.version(name) for name in AS_HERE}


@pytest.mark.parametrize("finder", ["importlib.metadata", "importlib_metadata"])
def test_a_package_that_was_half_removed_is_passed_over(finder, monkeypatch, tmp_path, capsys):
    pytest.importorskip(finder)  # the backport, once loaded, answers for both
    for folder, about in (
        ("half_removed-1.0", ""),
        ("versionless-1.0", "Name: versionless\n"),
        ("here-2.0", "Name: Not_There_Before\nVersion: 2.0\n"),
    ):
        (tmp_path / f"{folder}.dist-info").mkdir()
        (tmp_path / f"{folder}.dist-info" / "METADATA").write_text(about)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    pinned = {}
    monkeypatch.setattr(colab.metadata, "requires", lambda name: ["numpy>=1", "surely-absent>=3"])
    monkeypatch.setattr(colab, "install", lambda requirements, installed: pinned.update(installed))
    colab.install_missing()
    assert capsys.readouterr().out.endswith("; added surely-absent.\n")
    assert pinned["not-there-before"] == "2.0"
    assert "versionless" not in pinned
    assert all(pinned)
    assert all(pinned.values())


def test_a_package_that_does_not_fit_what_is_there_is_one_sentence(monkeypatch):
    def refuse(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: ResolutionImpossible\n")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(
        RuntimeError, match=r"^Colab: .*ResolutionImpossible.*; start a new runtime"
    ):
        colab.install(["albumentations>=2"], {"numpy": "1.0"})
