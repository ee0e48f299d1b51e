"""The seven notebooks: stored outputs repeat, facts are true, figures speak, and nothing of a machine is in them."""

import ast
import itertools
import re
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from deepsign_helpers import runtime
from tools import course, figures

PROJECT = runtime.project_folder()
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
CHAPTERS = (
    *("00_signatures_and_ethics", "01_preprocessing", "02_augmentation", "03_pairing"),
    *("04_encoder_design", "05_training", "06_eer_analysis"),
)
LIGHT = ("00", "01", "02", "06")
SECONDS = {"03": 60, "05": 300} | dict.fromkeys(LIGHT, 20)  # elsewhere 150
MEGABYTES = dict.fromkeys(LIGHT, 400)  # elsewhere 1,200
FACTS = re.compile(
    r"^\*(\d+) min to read and do · runs in (\d+) s on two cores · peak memory ([\d,]+) MB · before this: .+\*$",
    re.M,
)
SECTIONS = (
    *(
        "You will learn",
        "Before you start",
        "Exercises",
        "Quiz",
        "What we saw",
        "What this does not show",
    ),
    *("In the real world", "References"),
)
NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?= ?%|(?![\w,.]*\d))")
NO_RESULT = re.compile(  # formulas, code, targets of links, years of papers
    r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)|\([^()]*(?:19|20)\d\d[^()]*\)|https?://\S+", re.S
)
NOT_MEASURED_HERE = {  # numbers of papers, of other corpora, and of conventions; all others belong into a cell
    "00": {
        "19",
        "7",
        "65",
        "95",
        "1.000",
    },  # people's errors in papers, the interval of 3 in 10, a public corpus
    "01": {"1.000", "0.60"},  # a public corpus; the bound of this one
    "02": {"300,000", "0.0", "50"},  # an encoder's size, roughly; paper; a coin
    "04": {"50"},  # a coin
    "05": {
        "50",
        "0.7",
        "0.07",
        "3,000",
        "2,400",
        "95",
    },  # a coin; fusion, health, rule of three, STUDY, intervals
    "06": {"3,000", "30", "26", "75", "1,024", "1.4"},  # the rule of three, and examples of odds
}
MACHINE_PATH = re.compile(
    r"(?<![\w.])(?:/(?:home|Users|root|tmp|work|opt|var|usr|mnt|content)/|[A-Z]:\\\\?\w)"
)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
MARKED = "# NBVAL_IGNORE_OUTPUT"
START = 6  # seconds for pytest and the kernel, which no reader waits for
PIECE_OF_WORK = 0.55  # seconds of what `pace` does, on the two cores where the facts were measured

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path, colab=True):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    return (
        cells if colab else [cell for cell in cells if "colab" not in cell.metadata.get("tags", [])]
    )


def prose(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def facts(path):
    """Return the minutes, seconds and megabytes that a notebook's title cell states."""
    found = FACTS.search(read(path).cells[0].source)
    assert found, "the title cell lacks the line of facts"
    return tuple(int(number.replace(",", "")) for number in found.groups())


def texts(path):
    """Yield every stored text output as (cell, container, key), so that a test can alter it."""
    for cell in code_cells(path) if isinstance(path, Path) else path:
        for output in cell.outputs:
            if "text" in output:
                yield cell, output, "text"
            for kind in output.get("data", {}):
                if kind.startswith("text/"):
                    yield cell, output.data, kind


def test_the_course_has_its_chapters():
    assert tuple(path.stem for path in NOTEBOOKS) == CHAPTERS


@every_notebook
def test_every_stored_output_repeats_within_the_stated_seconds_and_memory(path, compare):
    status, report, seconds, megabytes = compare(path)
    assert status == 0, report[-6000:]
    assert f"{len(code_cells(path))} passed" in report
    assert_facts(path, seconds, megabytes, pace())


def assert_facts(path, seconds, megabytes, pace=1):
    """Hold a chapter's line of facts to what was measured, at a machine's pace, and both to the design."""
    _, stated_seconds, stated_megabytes = facts(path)
    assert (
        min(1, pace) * stated_seconds / 1.5 - START
        <= seconds
        <= 1.5 * stated_seconds * max(1, pace) + START
    )
    assert stated_megabytes / 1.5 <= megabytes <= 1.5 * stated_megabytes
    assert megabytes <= MEGABYTES.get(path.name[:2], 1200)


def pace():
    """Return how many times as long a piece of work takes as where the facts were measured."""
    product, numbers = np.ones((800, 800), np.float32), np.arange(3_000_000) % 1009
    times = []
    for _ in range(3):
        started = time.perf_counter()
        np.sort(numbers), [product @ product for _ in range(30)], sum(range(2_000_000))
        times.append(time.perf_counter() - started)
    return statistics.median(times) / PIECE_OF_WORK


@every_notebook
def test_the_stated_facts_keep_to_the_design(path):
    minutes, seconds, megabytes = facts(path)
    assert 10 <= minutes <= 120
    assert seconds <= SECONDS.get(path.name[:2], 150)
    assert megabytes <= MEGABYTES.get(path.name[:2], 1200)


@every_notebook
def test_a_result_in_the_prose_is_asserted_by_a_cell_or_inserted_by_one(path):
    assert unasserted(path) <= NOT_MEASURED_HERE.get(path.name[:2], set())


def unasserted(path):
    """Return the decimals, thousands and percentages of the prose that no code cell names."""
    named = set(
        re.findall(r"[\d.]+", "\n".join(cell.source.replace("_", "") for cell in code_cells(path)))
    )
    text = NO_RESULT.sub("", prose(path).split("## References")[0].split("<!-- /badges -->")[1])
    return {
        number[0]
        for number in NUMBER.finditer(text)
        if (
            "." in number[0] or "," in number[0] or text[number.end() :].lstrip(" ").startswith("%")
        )
        and number[0].replace(",", "") not in named
    }


def test_an_altered_number_is_found(tmp_path, compare):
    # Cut after the first number that is stored, to save time: with it altered, that cell fails and no other.
    content = read(PROJECT / "notebooks" / "01_preprocessing.ipynb")
    compared = [
        cell for cell in content.cells if cell.cell_type == "code" and MARKED not in cell.source
    ]
    cell, place, key = next(
        found for found in texts(compared) if re.search(r"\d", found[1][found[2]])
    )
    content.cells = content.cells[: content.cells.index(cell) + 1]
    copy = tmp_path / "01_copy.ipynb"
    nbformat.write(content, copy)
    status, report, _, _ = compare(copy)
    assert status == 0, report
    place[key] = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), place[key], count=1)
    nbformat.write(content, copy)
    status, report, _, _ = compare(copy)
    assert status == 1
    assert re.search(r"1 failed(?:, \d+ passed)? in", report), report
    assert f"Cell {cell.execution_count - 1}" in report  # nbval counts from 0


@every_notebook
def test_committed_executed_from_top_to_bottom_and_normalised(path):
    content = read(path)
    nbformat.validate(content)
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), (
        "run `make notebooks`: nbval checks no cell without a count"
    )
    assert not any(
        output.output_type == "error" for cell in code_cells(path) for output in cell.outputs
    )
    normalised = course.normalise(read(path))
    assert course.text_of(normalised) == path.read_text(encoding="utf-8"), "run `make notebooks`"
    assert path.stat().st_size <= 1_000_000


@every_notebook
def test_nothing_of_a_machine_is_in_it(path):
    stored = [place[key] for _, place, key in texts(path)]
    for text in (*stored, *(cell.source for cell in read(path).cells)):
        assert not MACHINE_PATH.search(text), MACHINE_PATH.search(text)
        assert str(PROJECT) not in text
    assert "widgets" not in read(path).metadata


@every_notebook
def test_cells_are_short(path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(path, colab=False)]
    assert max(lengths) <= 20
    assert statistics.median(lengths) <= 5


@every_notebook
def test_every_cell_is_announced(path):
    cells = [cell for cell in read(path).cells if "colab" not in cell.metadata.get("tags", [])]
    for before, cell in itertools.pairwise(cells):
        assert cell.cell_type == "markdown" or before.cell_type == "markdown", (
            f"nothing announces:\n{cell.source}"
        )


@every_notebook
def test_every_figure_says_in_words_the_number_it_is_about(path):
    found = list(figures.figures(read(path)))
    assert 4 <= len(found) <= 8
    for picture, alternative in found:
        assert re.search(r"\d", alternative), f"no number in {alternative!r}"
        width = struct.unpack(">I", picture[16:20])[0]  # where a PNG states it
        assert width <= 700


@every_notebook
def test_only_what_cannot_repeat_is_left_out_of_the_comparison_and_its_range_is_asserted(path):
    cells = code_cells(path)
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if "NBVAL_" in cell.source:
            assert cell.source.startswith(MARKED)
            assert following is not None and "assert" in following.source, (
                f"no range is asserted after:\n{cell.source}"
            )


@every_notebook
def test_the_anatomy_of_a_chapter(path):
    text = prose(path)
    assert read(path).cells[0].source.startswith("# ")
    places = [text.find(f"## {section}\n") for section in SECTIONS]
    assert -1 not in places, SECTIONS[places.index(-1)]
    assert places == sorted(places)
    for section in SECTIONS[4:6]:
        assert text.split(f"## {section}\n")[1].split("\n## ")[0].count("\n- ") >= 3, (
            f"{section}: a list of three"
        )
    assert text.count("**Predict") >= 2
    assert "https://doi.org/" in text


@every_notebook
def test_a_light_chapter_never_loads_tensorflow(path):
    if not path.name.startswith(LIGHT):
        pytest.skip("this chapter is about networks")
    statements = []
    for cell in code_cells(path):
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        statements += [
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
    statements.append("import sys; print(sorted({'tensorflow', 'keras'} & set(sys.modules)))")
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(statements)], capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize(
    "path",
    [
        *NOTEBOOKS,
        *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "data_synthetic/README.md")),
    ],
    ids=lambda path: path.relative_to(PROJECT).as_posix(),
)
def test_links_inside_the_repository_lead_somewhere(path):
    text = prose(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text += "\n".join(str(place[key]) for _, place, key in texts(path))
    targets = [target for pair in LINK.findall(text) for target in pair if target]
    for target in targets:
        if not re.match(r"(?:https?|mailto|data):|#", target):
            assert (path.parent / target.split("#")[0]).exists(), target


@every_notebook
def test_the_course_map_states_the_same_times(path):
    minutes, seconds, _ = facts(path)
    rows = [
        line
        for line in (PROJECT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| [")
    ]
    (row,) = [line for line in rows if f"(notebooks/{path.name})" in line]
    assert row.endswith(f"| {minutes} min | {seconds} s |")


def drop(title):
    """Return what takes a section's heading away."""
    return lambda cells: [
        cell.update(source=cell.source.replace(f"## {title}\n", "")) for cell in cells
    ]


def first(cells, kind="code"):
    return next(
        cell
        for cell in cells
        if cell.cell_type == kind and "colab" not in cell.metadata.get("tags", [])
    )


def lengthen(cells):
    first(cells).source += "\nx = 1" * 20


def silence(cells):
    pictures = [
        output
        for cell in cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    pictures[0].metadata["image/png"]["alt"] = "A signature."


def leave_unasserted(cells):
    next(cell for cell in cells if MARKED in cell.source).source += "\n"
    cells.append(nbformat.v4.new_code_cell(f"{MARKED}\nprint(1)"))


def mute(cells):
    cells.remove(next(cell for cell in cells if cell.source.startswith("Ask the tutor.")))


def mistype(cells):
    first(cells, "markdown").source += "\n[lost](07_lost.ipynb)"


def betray(cells):
    first(cells).outputs = [nbformat.v4.new_output("stream", text="read /home/somebody/scan.png")]


def outdate(cells):
    first(cells[2:], "markdown").source += "\nThe error falls to 12.34 %."


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        (test_cells_are_short, lengthen),
        (test_every_figure_says_in_words_the_number_it_is_about, silence),
        (test_every_cell_is_announced, mute),
        (
            test_only_what_cannot_repeat_is_left_out_of_the_comparison_and_its_range_is_asserted,
            leave_unasserted,
        ),
        (test_links_inside_the_repository_lead_somewhere, mistype),
        (test_nothing_of_a_machine_is_in_it, betray),
        (test_a_result_in_the_prose_is_asserted_by_a_cell_or_inserted_by_one, outdate),
        (
            test_committed_executed_from_top_to_bottom_and_normalised,
            lambda cells: first(cells).update(execution_count=9),
        ),
        (
            test_the_anatomy_of_a_chapter,
            lambda cells: [c.update(source=c.source.replace("doi.org", "")) for c in cells],
        ),
        (
            test_the_anatomy_of_a_chapter,
            lambda cells: [c.update(source=c.source.replace("**Pre", "")) for c in cells],
        ),
        *((test_the_anatomy_of_a_chapter, drop(title)) for title in SECTIONS),
        (
            test_the_course_map_states_the_same_times,
            lambda cells: respell(cells, "runs in ", "runs in 9"),
        ),
        (
            test_the_stated_facts_keep_to_the_design,
            lambda cells: respell(cells, "memory ", "memory 9"),
        ),
        (
            lambda path: assert_facts(path, 1.7 * facts(path)[1] + START, facts(path)[2]),
            lambda cells: None,
        ),
        (lambda path: assert_facts(path, 0.5 * facts(path)[1], facts(path)[2]), lambda cells: None),
        (lambda path: assert_facts(path, facts(path)[1], 1.6 * facts(path)[2]), lambda cells: None),
        (lambda path: assert_facts(path, facts(path)[1], 0.6 * facts(path)[2]), lambda cells: None),
    ],
)
def test_a_spoiled_chapter_is_refused(check, spoil, tmp_path):
    path = tmp_path / "05_training.ipynb"
    content = read(PROJECT / "notebooks" / path.name)
    for neighbour in NOTEBOOKS:  # which the chapter links to
        (tmp_path / neighbour.name).touch()
    spoil(content.cells)
    path.write_text(course.text_of(content), encoding="utf-8")
    with pytest.raises(AssertionError):
        check(path)


def respell(cells, text, other):
    cells[0].source = cells[0].source.replace(text, other)
