"""The teaching documents: links lead somewhere, names exist, and a lesson is as long as it says."""

import csv
import importlib
import inspect
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from deepsign_helpers import runtime

PROJECT = runtime.project_folder()
DOCS = sorted((PROJECT / "docs").glob("*.md"))
GLOSSARY = PROJECT / "docs" / "glossary.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")
MODULES = "augmentation|corpora|encoders|evaluation|losses|pairing|plotting|preprocessing|synthesis|training"

every_document = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)


def anchors(path):
    """Return the anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows_of_glossary():
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| **")
    ]


@every_document
def test_links_lead_somewhere(path):
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            found = path.parent / file if file else path
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


def test_the_glossary_is_alphabetical_complete_rows_and_each_term_once():
    terms = [row[0].strip("*").lower().replace("-", " ") for row in rows_of_glossary()]
    assert terms == sorted(terms)
    assert len(set(terms)) == len(terms) >= 50
    assert all(len(row) == 5 and all(row) for row in rows_of_glossary())


def test_the_glossary_names_what_the_code_has():
    header = {"left", "right", "label"}
    for name in ("manifest.csv", "scores.csv", "elsewhere.csv"):
        with (runtime.data_folder() / name).open(encoding="utf-8", newline="") as file:
            header |= set(next(csv.reader(file)))
    for _, _, _, code, _ in rows_of_glossary():
        for module, name in re.findall(rf"`({MODULES})\.(\w+)`", code):
            assert hasattr(importlib.import_module(f"deepsign_helpers.{module}"), name), (
                f"{module}.{name}"
            )
        for parameter, module, name in re.findall(
            rf"(?<!column )`(\w+)` of `({MODULES})\.(\w+)`", code
        ):
            function = getattr(importlib.import_module(f"deepsign_helpers.{module}"), name)
            assert parameter in inspect.signature(function).parameters, (
                f"{parameter} of {module}.{name}"
            )
        for column in re.findall(r"column `(\w+)`", code):
            assert column in header, column


def test_a_lesson_is_as_long_as_its_table_says():
    text = (PROJECT / "docs" / "instructor.md").read_text(encoding="utf-8")
    plans = re.findall(
        r"^\| (50(?: \+ 50)?) \| 90 \| section .+\n\|[-|]+\|\n((?:\| .+\n)+)", text, re.MULTILINE
    )
    assert len(plans) == 7
    for promised, plan in plans:
        cells = [row.strip("| ").split(" | ")[:2] for row in plan.splitlines()]
        minutes = [
            sum(int(cell) for cell in column if cell != "–") for column in zip(*cells, strict=True)
        ]
        assert minutes == [sum(map(int, promised.split(" + "))), 90]


def test_the_recipe_for_nbgrader_marks_every_stub_and_check(tmp_path, monkeypatch):
    text = (PROJECT / "docs" / "instructor.md").read_text(encoding="utf-8")
    (recipe,) = [
        code
        for code in re.findall(r"```python\n(.+?)```", text, re.DOTALL)
        if "schema_version" in code
    ]
    shutil.copytree(
        PROJECT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*")
    )
    monkeypatch.chdir(tmp_path)
    for path in sorted(Path("notebooks").glob("*.ipynb")):
        exec(
            compile(
                recipe.replace("03_pairing", path.stem).replace("chapter_03", path.stem),
                "recipe",
                "exec",
            ),
            {},
        )
        made = nbformat.read(Path("grading") / "source" / path.stem / path.name, as_version=4)
        tags = {"exercise": [], "check": []}
        for cell in made.cells:
            for tag in {"exercise", "check"} & set(cell.metadata.get("tags", [])):
                tags[tag].append(cell)
        assert len(tags["exercise"]) == len(tags["check"]) >= 2
        assert all(
            "    ### BEGIN SOLUTION\n    ...\n    ### END SOLUTION" in cell.source
            for cell in tags["exercise"]
        )
        assert all("assert feedback.passed" in cell.source for cell in tags["check"])
        marks = [cell.metadata["nbgrader"] for cell in (*tags["exercise"], *tags["check"])]
        assert len({mark["grade_id"] for mark in marks}) == len(marks)
        assert [mark["points"] for mark in marks if mark["grade"]] == [2] * len(tags["check"])
        assert all(mark["solution"] != mark["grade"] == mark["locked"] for mark in marks)


def test_the_exercises_are_named_as_in_the_notebooks():
    text = (PROJECT / "docs" / "instructor.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| (\d\.\d .+?) \|", text, re.MULTILINE))
    cells = [
        cell
        for path in (PROJECT / "notebooks").glob("*.ipynb")
        for cell in nbformat.read(path, 4).cells
    ]
    assert named == {
        found[1] for cell in cells if (found := re.match(r"### (\d\.\d .+)", cell.source))
    }
