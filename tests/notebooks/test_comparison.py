"""The plugin for nbval: claims run in the notebook's kernel, and a failing one says what it saw."""

import nbformat
import pytest

CLAIMS = '''"""What a tiny notebook claims."""


def test_the_sum_is_five(total):
    assert total == 5


def test_the_sum_is_more_than_its_parts(total, parts):
    assert all(total > part for part in parts)


def test_the_sum_is_six(total):
    assert total == 6


def test_a_variable_that_nobody_made(average):
    assert average == 2.5
'''


@pytest.fixture
def tiny(tmp_path):
    """A notebook of two executed cells, and what it claims."""
    cells = [
        nbformat.v4.new_code_cell("parts = [2, 3]", execution_count=1),
        nbformat.v4.new_code_cell(
            "total = sum(parts)\nprint(total)",
            execution_count=2,
            outputs=[nbformat.v4.new_output("stream", text="5\n")],
        ),
    ]
    path = tmp_path / "98_tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    (tmp_path / "claims_98.py").write_text(CLAIMS, encoding="utf-8")
    return path


def test_each_claim_is_a_test_of_its_own_and_a_failing_one_says_why(tiny, compare):
    run = compare(tiny, claims=tiny.parent)
    assert run.status == 1
    assert "2 failed, 4 passed in" in run.report, run.report  # two cells and two claims
    assert "claims_98.test_the_sum_is_six does not hold of total = 5" in run.report
    assert "assert total == 6" in run.report
    unmade = "claims_98.test_a_variable_that_nobody_made looks at average: after its last"
    assert unmade in run.report


def test_a_notebook_without_claims_is_compared_as_it_is(tiny, compare):
    (tiny.parent / "claims_98.py").unlink()
    run = compare(tiny, claims=tiny.parent)
    assert run.status == 0
    assert "2 passed in" in run.report


def test_a_cell_with_the_tag_is_run_but_its_output_is_not_compared(tiny, compare):
    (tiny.parent / "claims_98.py").unlink()
    content = nbformat.read(tiny, as_version=4)
    content.cells[1].outputs[0].text = "6\n"
    nbformat.write(content, tiny)
    assert compare(tiny, claims=tiny.parent).status == 1
    content.cells[1].metadata["tags"] = ["nbval-ignore-output"]
    nbformat.write(content, tiny)
    assert compare(tiny, claims=tiny.parent).status == 0
