"""The exercises in their notebooks: stubs agree with the reference, solutions run, mistakes are named."""

import ast
import inspect

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from deepsign_helpers import runtime
from deepsign_helpers.exercises import tutor

FOLDER = runtime.project_folder() / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def tagged(cells, tag):
    return [cell for cell in cells if tag in cell.metadata.get("tags", [])]


def chapter_of(path):
    return int(path.stem[:2])


def names(source):
    """Return the names that a cell uses, and those that it gives a value."""
    used, given = set(), set()
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else given).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            given |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return used, given


def without_training(cells):
    """Return the code cells that need no training: not those tagged so, nor what uses a name that one of them made."""
    kept, missing = [], set()
    for cell in cells:
        if cell.cell_type == "code" and "colab" not in cell.metadata.get("tags", []):
            used, given = names(cell.source)
            if "training" in cell.metadata.get("tags", []) or used & missing:
                missing |= given
            else:
                missing -= given
                kept.append(cell)
    return kept


def said(cell):
    """Return what a cell shows as plain text."""
    return "\n".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)


@every_notebook
def test_a_stub_and_its_check_stand_there_for_each_exercise(path):
    cells, expected = read(path).cells, tutor.exercises(chapter_of(path))
    assert [cell.source for cell in tagged(cells, "exercise")] == [
        tutor.stub(one) for one in expected.values()
    ]
    checks = [f'check("{number}", {one.solution.__name__})' for number, one in expected.items()]
    assert [cell.source for cell in tagged(cells, "check")] == checks
    for cell, number in zip(tagged(cells, "check"), expected, strict=True):
        assert said(cell).startswith(f"Exercise {number} ")
        assert "Not attempted yet" in said(cell)
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for number, one in expected.items():
        assert f"### {number} {one.title}\n" in text
    assert f'quiz("{path.stem[:2]}")' in [cell.source for cell in cells]


@every_notebook
def test_with_each_mistake_its_hint_is_said_and_with_all_solutions_the_notebook_runs_to_its_end(
    path, monkeypatch
):
    monkeypatch.setenv("DEEPSIGN_QUIET", "1")
    content, exercises = read(path), tutor.exercises(chapter_of(path))
    content.cells = without_training(content.cells)
    asked = tagged(content.cells, "check")
    client = NotebookClient(content, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    left = dict(
        zip(
            [cell.source for cell in tagged(content.cells, "exercise")],
            exercises.items(),
            strict=True,
        )
    )
    with client.setup_kernel():
        for index, cell in enumerate(content.cells):
            if cell.source in left:
                number, exercise = left.pop(cell.source)
                # The mistakes of the first only: a check needs nothing of the notebook that another one does not.
                for mistake in exercise.mistakes if number.endswith(".1") else ():
                    cell.source = f"from {mistake.__module__} import {mistake.__name__} as {exercise.solution.__name__}"
                    for one in (cell, asked[0]):
                        client.execute_cell(one, content.cells.index(one))
                    assert " ".join(inspect.getdoc(mistake).split()) in said(asked[0])
                cell.source = inspect.getsource(exercise.solution)
            client.execute_cell(cell, index)
    assert not left
    assert len(asked) == len(exercises)
    for done, cell in enumerate(asked, start=1):
        assert said(cell).endswith(f"Solved in this chapter: {done} of {len(exercises)}.")


def test_what_rests_on_a_training_is_left_out_and_nothing_else():
    def cell(source, *tags):
        return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})

    sources = [
        "a = 1",
        "b = train(a)",
        "print(b)",
        "c = b + 1",
        "print(a)",
        "b = 2",
        "print(b)",
        "print(c)",
    ]
    cells = [cell(source, *(["training"] if "train" in source else [])) for source in sources]
    assert [one.source for one in without_training(cells)] == [
        "a = 1",
        "print(a)",
        "b = 2",
        "print(b)",
    ]
