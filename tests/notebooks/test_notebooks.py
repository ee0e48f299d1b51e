"""The notebooks: outputs repeat, claims hold, facts are true, figures speak, no machine shows."""

import ast
import inspect
import itertools
import re
import statistics
import struct
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from deepsign_helpers import corpora, preprocessing, runtime
from deepsign_helpers.chapters import chapters
from tools import figures, notebooks

PROJECT = runtime.project_folder()
HERE = Path(__file__).parent
NOTEBOOKS = notebooks.find(PROJECT)
CHAPTERS = {chapter.notebook: chapter for chapter in chapters()}
COLUMNS = 88  # of a cell; ruff has one width for all files
TENSORFLOW_MEGABYTES = 400  # a chapter with less room than this can't load TensorFlow
SECTIONS = (
    "You will learn",
    "Before you start",
    "Exercises",
    "Quiz",
    "What we saw",
    "What this does not show",
    "In the real world",
    "References",
)
NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?= ?%|(?![\w,.]*\d))")
# Formulas, code, targets of links, and years of papers are no results.
NO_RESULT = re.compile(
    r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)|\([^()]*(?:19|20)\d\d[^()]*\)|https?://\S+",
    re.DOTALL,
)
STUBS_IN_THE_STORY = ("09",)  # these chapters need no section "Exercises"
# Numbers of papers, of other corpora, and of conventions; all others belong into a cell or a claim.
NOT_MEASURED_HERE = {
    # People's errors in papers, the interval of 3 in 10, a public corpus.
    "00": {"19", "7", "65", "95", "1.000"},
    # A public corpus; the bound of this one.
    "01": {"1.000", "0.60"},
    # An encoder's size, roughly; paper; a coin.
    "02": {"300,000", "0.0", "50"},
    # A coin.
    "04": {"50"},
    # A coin; fusion, health, the rule of three, STUDY, intervals.
    "05": {"50", "0.7", "0.07", "3,000", "2,400", "95"},
    # The rule of three, and examples of odds.
    "06": {"3,000", "30", "26", "75", "1,024", "1.4"},
    "07": {"3,000", "30", "26", "75", "1,024", "1.4"},
    # The bound of a giveaway.
    "09": {"0.60"},
    # Error rates of three public corpora.
    "08": {
        *("10.1", "8.7", "12.4", "13.0", "9.0", "18.1"),
        *("10.5", "6.8", "16.5", "18.4", "22.0"),
    },
}
MACHINE_PATH = re.compile(
    r"(?<![\w.])(?:/(?:home|Users|root|tmp|work|opt|var|usr|mnt|content)/|[A-Z]:\\\\?\w)"
)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
IGNORED = "nbval-ignore-output"
START = 6  # seconds for pytest and the kernel, which no reader waits for
PREPARED = 150  # images a second: what the design asks of `prepare`
PIECE_OF_WORK = 0.55  # seconds of what `pace` does, on the two cores where the facts were measured

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path, colab=True):
    """Return the cells of code, with the one for Colab or without."""
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    if colab:
        return cells
    return [cell for cell in cells if "colab" not in notebooks.tags_of(cell)]


def prose(path):
    cells = notebooks.read(path).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def facts(path):
    """Return the minutes, seconds and megabytes that a notebook's title cell states."""
    return notebooks.facts(notebooks.read(path))


def chapter_of(path):
    return CHAPTERS[path.stem]


def texts(cells):
    """Yield every stored text output as (cell, container, key), so that a test can alter it."""
    for cell in cells:
        for output in cell.outputs:
            if "text" in output:
                yield cell, output, "text"
            for kind in output.get("data", {}):
                if kind.startswith("text/"):
                    yield cell, output.data, kind


def claims_file(path):
    return HERE / f"claims_{path.name[:2]}.py"


def claims(path):
    """Return the functions that check what a notebook claims."""
    module = import_module(claims_file(path).stem)
    named = inspect.getmembers(module, inspect.isfunction)
    return [function for name, function in named if name.startswith("test_")]


def statements(cell):
    """Return the syntax tree of a cell, IPython's own commands included."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def names_made(cell):
    """Return the names that a cell gives a value."""
    made = set()
    for node in ast.walk(statements(cell)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            made.add(node.name)
    return made


def test_the_list_of_chapters_and_the_notebooks_are_the_same():
    there = {path.stem for path in (PROJECT / "notebooks").glob("*.ipynb")}
    assert there == set(CHAPTERS)
    numbers = [chapter.number for chapter in CHAPTERS.values()]
    assert numbers == sorted(numbers)
    for chapter in CHAPTERS.values():
        assert chapter.notebook.startswith(f"{chapter.number}_")


@every_notebook
def test_outputs_repeat_and_claims_hold_within_the_stated_seconds_and_memory(path, compare):
    run = compare(path)
    assert run.status == 0, run.report[-6000:]
    assert f"{len(code_cells(path)) + len(claims(path))} passed" in run.report
    # A machine that is busy with other things takes longer by the clock, but no more CPU time.
    assert_facts(path, run.seconds, min(run.seconds, run.cpu_seconds), run.megabytes, pace())


def assert_facts(path, longest, shortest, megabytes, pace=1):
    """Hold a chapter's line of facts to what was measured, at a machine's pace."""
    stated = facts(path)
    assert min(1, pace) * stated.seconds / 1.5 - START <= longest
    assert shortest <= 1.5 * stated.seconds * max(1, pace) + START
    assert stated.megabytes / 1.5 <= megabytes <= 1.5 * stated.megabytes
    assert megabytes <= chapter_of(path).megabytes


def pace():
    """Return how many times as long work takes as where the facts were measured.

    Of two kinds of work, arithmetic and the reading and filtering of images, the slower counts.
    """
    product = np.ones((800, 800), np.float32)
    numbers = np.arange(3_000_000) % 1009
    times = []
    for _ in range(3):
        started = time.perf_counter()
        np.sort(numbers)
        for _ in range(30):
            product @ product
        sum(range(2_000_000))
        times.append(time.perf_counter() - started)
    return max(statistics.median(times) / PIECE_OF_WORK, PREPARED * seconds_to_prepare())


def seconds_to_prepare(images=60):
    """Return the seconds that it takes to prepare an image of the small corpus."""
    table = corpora.load(runtime.data_folder()).head(images)
    started = time.perf_counter()
    preprocessing.prepare_all(table, size=(128, 192), fit="aspect")
    return (time.perf_counter() - started) / images


@every_notebook
def test_the_stated_facts_keep_to_the_list_of_chapters(path):
    stated = facts(path)
    chapter = chapter_of(path)
    assert 10 <= stated.minutes <= 120
    assert stated.minutes == chapter.minutes
    assert stated.seconds <= chapter.seconds
    assert stated.megabytes <= chapter.megabytes


@every_notebook
def test_a_result_in_the_prose_is_checked_by_a_claim_or_inserted_by_a_cell(path):
    assert unchecked(path) <= NOT_MEASURED_HERE.get(path.name[:2], set())


def unchecked(path):
    """Return the decimals, thousands and percentages of the prose that no cell or claim names."""
    sources = [cell.source for cell in code_cells(path)]
    if claims_file(path).is_file():
        sources.append(claims_file(path).read_text(encoding="utf-8"))
    named = set(re.findall(r"[\d.]+", "\n".join(sources).replace("_", "")))
    story = prose(path).split("## References")[0].split("<!-- /badges -->")[1]
    story = NO_RESULT.sub("", story)
    found = set()
    for number in NUMBER.finditer(story):
        is_percentage = story[number.end() :].lstrip(" ").startswith("%")
        is_result = "." in number[0] or "," in number[0] or is_percentage
        if is_result and number[0].replace(",", "") not in named:
            found.add(number[0])
    return found


def test_an_altered_number_is_found(tmp_path, compare):
    # Cut after the first number that is stored, to save time: with it altered, that cell fails and
    # no other. The copy's name has no number, so it claims nothing.
    content = notebooks.read(PROJECT / "notebooks" / "01_preprocessing.ipynb")
    cells = [cell for cell in content.cells if cell.cell_type == "code"]
    compared = [cell for cell in cells if IGNORED not in notebooks.tags_of(cell)]
    stored = [found for found in texts(compared) if re.search(r"\d", found[1][found[2]])]
    cell, place, key = stored[0]
    content.cells = content.cells[: content.cells.index(cell) + 1]
    copy = tmp_path / "copy.ipynb"
    nbformat.write(content, copy)
    run = compare(copy)
    assert run.status == 0, run.report
    place[key] = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), place[key], count=1)
    nbformat.write(content, copy)
    run = compare(copy)
    assert run.status == 1
    assert re.search(r"1 failed(?:, \d+ passed)? in", run.report), run.report
    assert f"Cell {cell.execution_count - 1}" in run.report  # nbval counts from 0


@every_notebook
def test_committed_executed_from_top_to_bottom_and_normalised(path):
    content = notebooks.read(path)
    nbformat.validate(content)
    cells = code_cells(path)
    counts = [cell.execution_count for cell in cells]
    # nbval checks no cell without a count.
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    for cell in cells:
        assert not any(output.output_type == "error" for output in cell.outputs)
    normalised = notebooks.text_of(notebooks.normalise(content))
    assert normalised == path.read_text(encoding="utf-8"), "run `make notebooks`"
    assert path.stat().st_size <= 1_000_000


@every_notebook
def test_nothing_of_a_machine_is_in_it(path):
    stored = [place[key] for _, place, key in texts(code_cells(path))]
    for text in (*stored, *(cell.source for cell in notebooks.read(path).cells)):
        assert not MACHINE_PATH.search(text), MACHINE_PATH.search(text)
        assert str(PROJECT) not in text
    assert "widgets" not in notebooks.read(path).metadata


@every_notebook
def test_cells_are_short_and_narrow(path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(path, colab=False)]
    assert max(lengths) <= 20
    assert statistics.median(lengths) <= 5
    for cell in code_cells(path):
        for line in cell.source.splitlines():
            assert len(line) <= COLUMNS, line


@every_notebook
def test_every_cell_is_announced(path):
    cells = notebooks.read(path).cells
    cells = [cell for cell in cells if "colab" not in notebooks.tags_of(cell)]
    for before, cell in itertools.pairwise(cells):
        is_announced = cell.cell_type == "markdown" or before.cell_type == "markdown"
        assert is_announced, f"nothing announces:\n{cell.source}"


@every_notebook
def test_every_figure_says_in_words_the_number_it_is_about(path):
    found = list(figures.figures(notebooks.read(path)))
    assert 4 <= len(found) <= 8
    for picture, alternative in found:
        assert re.search(r"\d", alternative), f"no number in {alternative!r}"
        width = struct.unpack(">I", picture[16:20])[0]  # where a PNG states it
        assert width <= 700


@every_notebook
def test_the_page_is_the_students(path):
    # What checks a cell stands in its tags and among the claims.
    for cell in code_cells(path):
        assert "NBVAL_" not in cell.source
        for node in ast.walk(statements(cell)):
            assert not isinstance(node, ast.Assert), cell.source


@every_notebook
def test_what_is_left_out_of_the_comparison_is_looked_at_by_a_claim(path):
    looked_at = set()
    for claim in claims(path):
        looked_at |= set(inspect.signature(claim).parameters)
    for cell in code_cells(path):
        if IGNORED in notebooks.tags_of(cell):
            assert names_made(cell) & looked_at, f"no claim looks at this:\n{cell.source}"


@every_notebook
def test_the_anatomy_of_a_chapter(path):
    text = prose(path)
    assert notebooks.read(path).cells[0].source.startswith("# ")
    needed = list(SECTIONS)
    if path.name.startswith(STUBS_IN_THE_STORY):
        needed.remove("Exercises")
    places = [text.find(f"## {section}\n") for section in needed]
    assert -1 not in places, needed[places.index(-1)]
    assert places == sorted(places)
    for section in SECTIONS[4:6]:
        assert text.split(f"## {section}\n")[1].split("\n## ")[0].count("\n- ") >= 3, (
            f"{section}: a list of three"
        )
    assert text.count("**Predict") >= 2
    assert "https://doi.org/" in text


@every_notebook
def test_imports_say_nothing_and_a_light_chapter_never_loads_tensorflow(path):
    imports = []
    for cell in code_cells(path):
        for node in ast.walk(statements(cell)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports.append(ast.unparse(node))
    imports.append("import sys; print(sorted({'tensorflow', 'keras'} & set(sys.modules)))")
    command = [sys.executable, "-c", "\n".join(imports)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    # TensorFlow speaks on stderr, in red, unless the package is imported before it.
    assert result.stderr == ""
    if chapter_of(path).megabytes <= TENSORFLOW_MEGABYTES:
        assert result.stdout.strip() == "[]"


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
        text += "\n".join(str(place[key]) for _, place, key in texts(code_cells(path)))
    targets = [target for pair in LINK.findall(text) for target in pair if target]
    for target in targets:
        if not re.match(r"(?:https?|mailto|data):|#", target):
            assert (path.parent / target.split("#")[0]).exists(), target


def drop(title):
    """Return what takes a section's heading away."""
    return lambda cells: respell_all(cells, f"## {title}\n", "")


def respell_all(cells, text, other):
    for cell in cells:
        cell.source = cell.source.replace(text, other)


def respell(cells, text, other):
    cells[0].source = cells[0].source.replace(text, other)


def first(cells, kind="code"):
    """Return the first cell of a kind that is not the one for Colab."""
    found = [cell for cell in cells if cell.cell_type == kind]
    return next(cell for cell in found if "colab" not in notebooks.tags_of(cell))


def lengthen(cells):
    first(cells).source += "\nx = 1" * 20


def widen(cells):
    first(cells).source += f"\nx = {'1 + ' * 25}1"


def silence(cells):
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    pictures[0].metadata["image/png"]["alt"] = "A signature."


def leave_out(cells):
    cell = nbformat.v4.new_code_cell("nobody_looks_at_this = 1", metadata={"tags": [IGNORED]})
    cells.append(cell)


def assert_in_a_cell(cells):
    first(cells).source += "\nassert True"


def mark_in_a_comment(cells):
    first(cells).source += "\n# NBVAL_IGNORE_OUTPUT"


def mute(cells):
    cells.remove(next(cell for cell in cells if cell.source.startswith("Ask the tutor.")))


def mistype(cells):
    first(cells, "markdown").source += "\n[lost](07_lost.ipynb)"


def betray(cells):
    first(cells).outputs = [nbformat.v4.new_output("stream", text="read /home/somebody/scan.png")]


def outdate(cells):
    first(cells[2:], "markdown").source += "\nThe error falls to 12.34 %."


def miscount(cells):
    first(cells).execution_count = 9


def leave(cells):
    """Spoil nothing."""


def run_too_long(path):
    too_long = 1.7 * facts(path).seconds + START
    assert_facts(path, too_long, too_long, facts(path).megabytes)


def run_too_short(path):
    too_short = 0.5 * facts(path).seconds
    assert_facts(path, too_short, too_short, facts(path).megabytes)


def hold_too_much(path):
    seconds = facts(path).seconds
    assert_facts(path, seconds, seconds, 1.6 * facts(path).megabytes)


def hold_too_little(path):
    seconds = facts(path).seconds
    assert_facts(path, seconds, seconds, 0.6 * facts(path).megabytes)


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        (test_cells_are_short_and_narrow, lengthen),
        (test_cells_are_short_and_narrow, widen),
        (test_every_figure_says_in_words_the_number_it_is_about, silence),
        (test_every_cell_is_announced, mute),
        (test_what_is_left_out_of_the_comparison_is_looked_at_by_a_claim, leave_out),
        (test_the_page_is_the_students, assert_in_a_cell),
        (test_the_page_is_the_students, mark_in_a_comment),
        (test_links_inside_the_repository_lead_somewhere, mistype),
        (test_nothing_of_a_machine_is_in_it, betray),
        (test_a_result_in_the_prose_is_checked_by_a_claim_or_inserted_by_a_cell, outdate),
        (test_committed_executed_from_top_to_bottom_and_normalised, miscount),
        (test_the_anatomy_of_a_chapter, lambda cells: respell_all(cells, "doi.org", "")),
        (test_the_anatomy_of_a_chapter, lambda cells: respell_all(cells, "**Pre", "")),
        *((test_the_anatomy_of_a_chapter, drop(title)) for title in SECTIONS),
        (
            test_the_stated_facts_keep_to_the_list_of_chapters,
            lambda cells: respell(cells, "runs in ", "runs in 9"),
        ),
        (
            test_the_stated_facts_keep_to_the_list_of_chapters,
            lambda cells: respell(cells, "memory ", "memory 9"),
        ),
        (run_too_long, leave),
        (run_too_short, leave),
        (hold_too_much, leave),
        (hold_too_little, leave),
    ],
)
def test_a_spoiled_chapter_is_refused(check, spoil, tmp_path):
    path = tmp_path / "05_training.ipynb"
    content = notebooks.read(PROJECT / "notebooks" / path.name)
    for neighbour in NOTEBOOKS:  # which the chapter links to
        (tmp_path / neighbour.name).touch()
    spoil(content.cells)
    path.write_text(notebooks.text_of(content), encoding="utf-8")
    with pytest.raises(AssertionError):
        check(path)
