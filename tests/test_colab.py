"""The cell for Colab, run as there: in an environment that has a TensorFlow, a Keras and a NumPy of its own."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deepsign_helpers import colab, runtime
from tools import badges

PROJECT = runtime.project_folder()
HOME = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["deepsign"]
NUMPY = "2.2.6"  # older than the lock's
STAND_INS = {"tensorflow": "2.18.0", "keras": "3.8.0"}
BEFORE_THE_CELL = (
    "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
)
AFTERWARDS = """
import json
from importlib import metadata

import numpy, tensorflow, keras
from deepsign_helpers import augmentation, corpora, evaluation, pairing, plotting, preprocessing, runtime, synthesis

modules = {"numpy": numpy, "tensorflow": tensorflow, "keras": keras}
report = {name: [module.__version__, metadata.version(name)] for name, module in modules.items()}
data = runtime.data_folder()
report["inside"] = str(data).startswith(sys.prefix)
report["signatures"] = len(corpora.load(data))
print(json.dumps(report))
"""


def run(*command, **options):
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=600, **options
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result


def publish(folder):
    """Return a bare repository with the working tree at the tag: what git tracks, and what it would."""
    source, bare = folder / "source", folder / "bare.git"
    listed = run(
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        cwd=PROJECT,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((PROJECT / name).read_bytes())
    author = (
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "commit.gpgsign=false",
    )
    run("git", "init", "--quiet", source)
    run("git", "add", "--all", cwd=source)
    run("git", *author, "commit", "--quiet", "--message", "as it stands", cwd=source)
    run("git", *author, "tag", HOME["tag"], cwd=source)
    run("git", "clone", "--quiet", "--bare", source, bare)
    return bare


def bare_environment(folder):
    """Return the Python of a new environment with stand-ins, another NumPy, and what every Colab machine has."""
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "-qq",
        "--no-compile",
        f"numpy=={NUMPY}",
        "joblib",
        "tqdm",
    ]
    first = subprocess.run(command, capture_output=True, text=True)
    if first.returncode:
        reason = f"no package registry can be reached: {first.stderr.strip()[-300:]}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    )
    for name, version in STAND_INS.items():
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text(f"__version__ = {version!r}\n")
        information = packages / f"{name}-{version}.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        (information / "RECORD").touch()
    return python


@pytest.mark.skipif(sys.platform == "win32", reason="Colab runs Linux")
@pytest.mark.skipif(
    not (PROJECT / ".git").exists(),
    reason="not a clone of the repository: nothing can be published",
)
def test_the_cell_sets_the_course_up_without_touching_tensorflow_keras_or_numpy(tmp_path):
    python = bare_environment(tmp_path / "colab")
    bare = publish(tmp_path)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "GIT_CONFIG"))
    }
    environment |= {
        "PIP_NO_COMPILE": "1",  # saves time here alone: most of what is installed is never imported
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{bare.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{HOME['repository']}",
    }
    empty = tmp_path / "content"
    empty.mkdir()
    cell = BEFORE_THE_CELL + badges.COLAB_CELL.format(HOME["repository"], HOME["tag"])
    result = run(python, "-c", cell + AFTERWARDS, cwd=empty, env=environment)
    line, report = result.stdout.splitlines()
    assert line.startswith(
        f"DeepSign {HOME['tag'].removeprefix('v')} is ready beside tensorflow 2.18.0, keras 3.8.0"
    )
    assert result.stderr == ""
    report = json.loads(report)
    for name, version in (STAND_INS | {"numpy": NUMPY}).items():
        assert report[name] == [version, version]
    assert report["inside"]
    assert report["signatures"] == 576

    again = run(
        python, "-c", "from deepsign_helpers import colab; colab.install_missing()", cwd=empty
    )
    assert again.stdout.endswith(f"numpy {NUMPY}.\n")  # nothing was missing any more


@pytest.mark.parametrize("finder", ["importlib.metadata", "importlib_metadata"])
def test_a_package_that_was_half_removed_is_passed_over(finder, monkeypatch, tmp_path, capsys):
    pytest.importorskip(finder)  # the backport, once loaded, answers for both
    for folder, text in (
        ("half_removed-1.0", ""),
        ("versionless-1.0", "Name: versionless\n"),
        ("here-2.0", None),
    ):
        (tmp_path / f"{folder}.dist-info").mkdir()
        metadata = "Name: Not_There_Before\nVersion: 2.0\n" if text is None else text
        (tmp_path / f"{folder}.dist-info" / "METADATA").write_text(metadata)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    pinned = {}
    monkeypatch.setattr(colab.metadata, "requires", lambda name: ["numpy>=1", "surely-absent>=3"])
    monkeypatch.setattr(colab, "install", lambda requirements, installed: pinned.update(installed))
    colab.install_missing()
    assert capsys.readouterr().out.endswith("; added surely-absent.\n")
    assert pinned["not-there-before"] == "2.0"
    assert "versionless" not in pinned and all(pinned) and all(pinned.values())


def test_a_package_that_does_not_fit_what_is_there_is_one_sentence(monkeypatch):
    def refuse(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: ResolutionImpossible\n")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(
        RuntimeError, match=r"^Colab: .*ResolutionImpossible.*; start a new runtime"
    ):
        colab.install(["albumentations>=2"], {"numpy": "1.0"})
