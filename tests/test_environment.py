"""pyproject.toml, locks, environment.yml and workflow agree; git keeps out what must stay out."""

import itertools
import os
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import deepsign_helpers
from deepsign_helpers import runtime

PROJECT = runtime.project_folder()
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
SETTINGS = PYPROJECT["project"]
EXTRAS = SETTINGS["optional-dependencies"]
ENVIRONMENT = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load(
    (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
)
PYTHONS = ("3.11", "3.12", "3.13")
OUTSIDE_MAKE = {name: value for name, value in os.environ.items() if "MAKE" not in name}
PINNED = re.compile(r"([a-z0-9-]+==[\w.!+]+( ; .+?)?)( --hash=sha256:[0-9a-f]{64})+")


def pins_of(name):
    """Return the lines of a lock; one goes on where it ends with a backslash."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    return re.sub(r"\s*\\\n\s*", " ", text).splitlines()


def locked(name, python):
    """Return the versions that a lock gives to Linux with one version of Python."""
    machine = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
        "os_name": "posix",
    }
    requirements = [Requirement(PINNED.fullmatch(pin)[1]) for pin in pins_of(name)]
    chosen = [one for one in requirements if one.marker is None or one.marker.evaluate(machine)]
    versions = {canonicalize_name(one.name): next(iter(one.specifier)).version for one in chosen}
    assert len(versions) == len(chosen), "a package is pinned twice"
    return versions


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_exact_versions_with_hashes_and_nothing_else(name):
    odd = [pin for pin in pins_of(name) if not PINNED.fullmatch(pin)]
    assert odd == []  # no registry's address, no option, no path


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("requirements.lock", ("course", "serve")),
        ("requirements-dev.lock", ("course", "serve", "cluster", "export", "site", "dev")),
    ],
)
def test_every_dependency_is_locked_within_its_bound(name, extras, python):
    versions = locked(name, python)
    for text in SETTINGS["dependencies"] + [text for extra in extras for text in EXTRAS[extra]]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), text


def test_every_dependency_has_a_lower_bound_and_no_upper_one():
    for text in itertools.chain(SETTINGS["dependencies"], *EXTRAS.values()):
        assert [one.operator for one in Requirement(text).specifier] == [">="], text


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_for_development_only_adds_to_the_other(python):
    course = locked("requirements.lock", python)
    development = locked("requirements-dev.lock", python)
    assert course.items() <= development.items()
    added = development.keys() - course.keys()
    assert {"ruff", "hypothesis", "pyeer", "lir", "distributed", "onnxruntime"} <= added


def test_conda_mamba_and_binder_install_the_lock_and_then_the_package():
    assert ENVIRONMENT["name"] == "deepsign"
    *conda, section = ENVIRONMENT["dependencies"]
    assert conda == ["python=3.11", "pip"]
    assert section == {"pip": ["-r requirements.lock"]}  # pip checks no folder against a hash
    script = PROJECT / "postBuild"  # the name by which Binder knows it
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "python -m pip install --no-deps --editable ."
    assert not (PROJECT / "binder").exists(), "a folder of this name would hide environment.yml"


def commands_of(job):
    """Return the commands that a job of the workflow runs."""
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_workflow_installs_exactly_the_pip_section_of_the_environment(tmp_path):
    commands = commands_of(WORKFLOW["jobs"]["environment"])
    extract = commands[0]
    install = commands[1]
    (tmp_path / "environment.yml").write_bytes((PROJECT / "environment.yml").read_bytes())
    subprocess.run(extract, shell=True, check=True, cwd=tmp_path)
    section = ENVIRONMENT["dependencies"][-1]
    assert (tmp_path / "pip-section.txt").read_text().splitlines() == section["pip"]
    assert install == "python -m pip install -r pip-section.txt"
    assert commands[2] == "./postBuild"
    assert not any("pip install" in command for command in commands[3:])


def test_the_workflow_runs_the_quick_tests_on_every_python_and_everything_on_one():
    check = WORKFLOW["jobs"]["check"]
    assert check["strategy"]["matrix"]["python"] == list(PYTHONS)
    assert commands_of(check) == ["make check"]
    everything = WORKFLOW["jobs"]["test"]
    assert "strategy" not in everything
    assert commands_of(everything) == [".ci/run"]
    for job in (check, everything):
        assert any(step.get("with", {}).get("cache") == "pip" for step in job["steps"])
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)", script, re.MULTILINE) == ["lint", "test"]


def test_the_workflow_tests_the_bounds_and_the_newest_versions_every_week():
    job = WORKFLOW["jobs"]["versions"]
    assert job["if"] == "github.event_name == 'schedule'"
    runs = {one["target"]: one["python"] for one in job["strategy"]["matrix"]["include"]}
    assert runs == {"test-lowest": PYTHONS[0], "test-newest": PYTHONS[-1]}
    assert commands_of(job) == ["make ${{ matrix.target }}"]


def test_the_workflow_runs_known_code_with_no_more_rights_than_it_needs():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    audits = []
    for name, job in WORKFLOW["jobs"].items():
        assert "permissions" not in job, name
        actions = {step["uses"]: step.get("with", {}) for step in job["steps"] if "uses" in step}
        for action, settings in actions.items():
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), f"{name}: {action}"
            if action.startswith("actions/checkout@"):
                assert settings["persist-credentials"] is False, name
            if action.startswith("pypa/gh-action-pip-audit@"):
                audits.append(settings["inputs"].split())
    assert audits == [["requirements.lock", "requirements-dev.lock"]]


def test_one_version_everywhere():
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    versions = {deepsign_helpers.__version__, SETTINGS["version"], citation["version"]}
    versions.add(PYPROJECT["tool"]["deepsign"]["tag"].removeprefix("v"))
    assert len(versions) == 1


@pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="not a clone of the repository")
@pytest.mark.parametrize(
    "path",
    [
        "data_real/cedar/full_org/original_1_1.png",
        "notebooks/data_real/cedar/genuine_1.png",
        "build/classroom/verifier.json",
        "notebooks/build/cedar/scores.csv",
        "docs/build/report.html",
        "encoder.keras",
        "notebooks/best.weights.h5",
        "deepsign_helpers/encoder.onnx",
        "encoder.pt",
        "encoder.tflite",
        "data_synthetic/embeddings.npz",
        "data_synthetic/.images-abcdefgh.deepsign.partial/new/images/w000/genuine_00.png",
        "data_synthetic/.images.lock",
        "notebooks/build/cedar/scores.csv",
        "notebooks/data_real/cedar/full_org/original_1_1.png",
        "notebooks/.ipynb_checkpoints/00_signatures_and_ethics-checkpoint.ipynb",
        ".venv/ready",
    ],
)
def test_git_ignores(path):
    command = ["git", "-c", "safe.directory=*", "check-ignore", "--quiet", path]
    assert subprocess.run(command, cwd=PROJECT).returncode == 0


def test_jax_is_nobodys_dependency():
    # TensorFlow imports it wherever it finds it, at 110 MB.
    for python in PYTHONS:
        assert not {"jax", "jaxlib"} & locked("requirements-dev.lock", python).keys()


def test_the_quick_tests_are_lint_the_examples_in_docstrings_and_what_is_not_slow():
    result = subprocess.run(
        ["make", "--dry-run", "check"],
        cwd=PROJECT,
        env=OUTSIDE_MAKE,
        capture_output=True,
        text=True,
        check=True,
    )
    lint, tests = result.stdout.splitlines()[-2:]
    assert "-m tools.guard" in lint
    assert "ruff check" in lint
    assert "--doctest-modules deepsign_helpers" in tests
    assert tests.endswith('pytest -m "not slow"')


def test_the_makefile_says_so_in_one_sentence_where_python_is_too_old(tmp_path):
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    command = ["make", "test", "PYTHON=no-such-python"]
    result = subprocess.run(command, cwd=tmp_path, env=OUTSIDE_MAKE, capture_output=True, text=True)
    assert result.returncode
    assert result.stderr.splitlines()[0].startswith(
        "Python 3.11, 3.12 or 3.13 is needed; install one"
    )
    assert not (tmp_path / ".venv").exists()


def test_a_set_up_that_was_interrupted_is_not_taken_for_done(tmp_path):
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)

    def dry_run():
        command = ["make", "--dry-run", "test"]
        return subprocess.run(
            command, cwd=tmp_path, env=OUTSIDE_MAKE, capture_output=True, text=True, check=True
        ).stdout

    half = dry_run()
    assert "venv --clear .venv" in half
    assert half.index("pip install") < half.index("touch .venv/ready")
    (tmp_path / ".venv" / "ready").touch()
    (tmp_path / "data_synthetic").mkdir()
    (tmp_path / "data_synthetic" / "manifest.csv").touch()
    assert dry_run().splitlines() == [
        ".venv/bin/python -m pytest --doctest-modules deepsign_helpers"
        " && .venv/bin/python -m pytest"
    ]
