"""The teaching documents: links lead somewhere, names exist, and a lesson is as long as it says."""

import ast
import csv
import inspect
import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from deepsign_helpers import runtime
from deepsign_helpers.chapters import chapters
from tools import notebooks, reference

PROJECT = runtime.project_folder()
DOCS = sorted((PROJECT / "docs").glob("*.md"))
GLOSSARY = PROJECT / "docs" / "glossary.md"
INSTRUCTOR = PROJECT / "docs" / "instructor.md"
# A plan of a lesson: its minutes in the short class and the long one, section by section.
LESSON = re.compile(
    r"^\| (50(?: \+ 50)?) \| 90 \| section .+\n\|[-|]+\|\n((?:\| .+\n)+)", re.MULTILINE
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
MODULES = "|".join(reference.modules())

every_document = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)


def anchors(path):
    """Return the anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows_of_glossary():
    """Return the cells of each row of the glossary."""
    rows = []
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("| **"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def what_is_in(module, name):
    """Return what a module of the package calls by a name."""
    found = getattr(import_module(f"deepsign_helpers.{module}"), name, None)
    assert found is not None, f"{module}.{name}"
    return found


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
    columns = {"left", "right", "label"}
    for name in ("manifest.csv", "scores.csv", "elsewhere.csv"):
        with (runtime.data_folder() / name).open(encoding="utf-8", newline="") as file:
            columns |= set(next(csv.reader(file)))
    for _, _, _, code, _ in rows_of_glossary():
        for module, name in re.findall(rf"`({MODULES})\.(\w+)`", code):
            what_is_in(module, name)
        of_functions = re.findall(rf"(?<!column )`(\w+)` of `({MODULES})\.(\w+)`", code)
        for parameter, module, name in of_functions:
            signature = inspect.signature(what_is_in(module, name))
            assert parameter in signature.parameters, f"{parameter} of {module}.{name}"
        for column in re.findall(r"column `(\w+)`", code):
            assert column in columns, column


def test_a_lesson_is_as_long_as_its_table_says():
    plans = LESSON.findall(INSTRUCTOR.read_text(encoding="utf-8"))
    assert len(plans) == len(chapters())
    for promised, plan in plans:
        rows = [row.strip("| ").split(" | ") for row in plan.splitlines()]
        short = sum(int(row[0]) for row in rows if row[0] != "–")
        long = sum(int(row[1]) for row in rows if row[1] != "–")
        assert short == sum(int(part) for part in promised.split(" + "))
        assert long == 90


def test_the_recipe_for_nbgrader_marks_every_stub_and_check(tmp_path, monkeypatch):
    code = re.findall(r"```python\n(.+?)```", INSTRUCTOR.read_text(encoding="utf-8"), re.DOTALL)
    [recipe] = [one for one in code if "schema_version" in one]
    without_hidden = shutil.ignore_patterns(".*")
    shutil.copytree(PROJECT / "notebooks", tmp_path / "notebooks", ignore=without_hidden)
    monkeypatch.chdir(tmp_path)
    for chapter in chapters():
        ours = recipe.replace("03_pairing", chapter.notebook)
        exec(ours.replace("chapter_03", chapter.notebook), {})
        name = chapter.notebook
        made = notebooks.read(Path("grading", "source", name, f"{name}.ipynb"))
        stubs = [cell for cell in made.cells if "exercise" in notebooks.tags_of(cell)]
        checks = [cell for cell in made.cells if "check" in notebooks.tags_of(cell)]
        assert len(stubs) == len(checks) >= 2
        for cell in stubs:
            assert "    ### BEGIN SOLUTION\n    ...\n    ### END SOLUTION" in cell.source
        for cell in checks:
            assert "assert feedback.passed" in cell.source
        marks = [cell.metadata["nbgrader"] for cell in (*stubs, *checks)]
        assert len({mark["grade_id"] for mark in marks}) == len(marks)
        assert [mark["points"] for mark in marks if mark["grade"]] == [2] * len(checks)
        for mark in marks:
            assert mark["solution"] != mark["grade"]
            assert mark["locked"] == mark["grade"]


def test_the_exercises_are_named_as_in_the_notebooks():
    text = INSTRUCTOR.read_text(encoding="utf-8")
    in_the_guide = set(re.findall(r"^\| (\d\.\d .+?) \|", text, re.MULTILINE))
    in_the_notebooks = set()
    for path in notebooks.find(PROJECT):
        for cell in notebooks.read(path).cells:
            in_the_notebooks |= set(re.findall(r"^### (\d\.\d .+)", cell.source))
    assert in_the_guide == in_the_notebooks


def test_the_readme_shows_code_that_python_can_read_and_the_package_has():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    for code in re.findall(r"```python\n(.+?)```", text, re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("deepsign_helpers"):
                for alias in node.names:
                    exec(f"from {node.module} import {alias.name}", {})
            is_in_module = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if is_in_module and node.value.id in reference.modules():
                what_is_in(node.value.id, node.attr)
