"""The exercises in their notebooks: stubs agree, solutions run, mistakes get their hints."""

import ast
import inspect

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from deepsign_helpers import runtime
from deepsign_helpers.exercises import tutor
from tools import notebooks

FOLDER = runtime.project_folder() / "notebooks"
NOTEBOOKS = notebooks.find(runtime.project_folder())

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def tagged(cells, tag):
    return [cell for cell in cells if tag in notebooks.tags_of(cell)]


def names(source):
    """Return the names that a cell uses, and those that it gives a value."""
    used = set()
    given = set()
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
        if isinstance(node, ast.Name):
            names_of = used if isinstance(node.ctx, ast.Load) else given
            names_of.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            given |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return used, given


def without_training(cells):
    """Return the code cells that need no training.

    Left out are those tagged so, and what uses a name that one of them made.
    """
    kept = []
    missing = set()
    for cell in cells:
        if cell.cell_type != "code" or "colab" in notebooks.tags_of(cell):
            continue
        used, given = names(cell.source)
        if "training" in notebooks.tags_of(cell) or used & missing:
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
    cells = notebooks.read(path).cells
    expected = tutor.exercises(path.stem[:2])
    stubs = [cell.source for cell in tagged(cells, "exercise")]
    assert stubs == [tutor.stub(one) for one in expected.values()]
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
def test_a_mistake_gets_its_hint_and_with_all_solutions_the_notebook_runs_to_its_end(
    path, monkeypatch
):
    monkeypatch.setenv("DEEPSIGN_QUIET", "1")
    exercises = tutor.exercises(path.stem[:2])
    content = notebooks.read(path)
    content.cells = without_training(content.cells)
    stubs = [cell.source for cell in tagged(content.cells, "exercise")]
    checks = tagged(content.cells, "check")
    left = dict(zip(stubs, exercises.items(), strict=True))
    client = NotebookClient(content, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    with client.setup_kernel():
        for index, cell in enumerate(content.cells):
            if cell.source in left:
                number, exercise = left.pop(cell.source)
                # Of the first exercise only: a check needs nothing of the notebook that another
                # one does not.
                if number.endswith(".1"):
                    make_each_mistake(client, index, checks[0], exercise)
                cell.source = inspect.getsource(exercise.solution)
            client.execute_cell(cell, index)
    assert not left
    assert len(checks) == len(exercises)
    for done, cell in enumerate(checks, start=1):
        assert said(cell).endswith(f"Solved in this chapter: {done} of {len(exercises)}.")


def make_each_mistake(client, index, check, exercise):
    """Fill the stub at an index with each classic mistake, and see that its check says its hint."""
    stub = client.nb.cells[index]
    for mistake in exercise.mistakes:
        name = exercise.solution.__name__
        stub.source = f"from {mistake.__module__} import {mistake.__name__} as {name}"
        client.execute_cell(stub, index)
        client.execute_cell(check, client.nb.cells.index(check))
        assert " ".join(inspect.getdoc(mistake).split()) in said(check)


def test_what_rests_on_a_training_is_left_out_and_nothing_else():
    def cell(source, *tags):
        return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})

    sources = ["a = 1", "b = train(a)", "print(b)", "c = b + 1", "print(a)", "b = 2", "print(b)"]
    cells = [cell(source, *(["training"] if "train" in source else [])) for source in sources]
    cells.append(cell("print(c)"))
    kept = [one.source for one in without_training(cells)]
    assert kept == ["a = 1", "print(a)", "b = 2", "print(b)"]
