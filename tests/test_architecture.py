"""The house rules: who imports whom, what starts without TensorFlow, how long code may be."""

import ast
import io
import subprocess
import sys
import tokenize

import pytest

from deepsign_helpers import runtime

PROJECT = runtime.project_folder()
PACKAGE = runtime.PACKAGE_FOLDER

# A module imports only what stands before it.
LINE = (
    "runtime",
    "files",
    "chapters",
    "tables",
    "preprocessing",
    "descriptor",
    "synthesis",
    "corpora",
    "augmentation",
    "pairing",
    "evaluation",
    "strokes",
    "records",
    "encoders",
    "losses",
    "verifier",
    "training",
    "serving",
)
BESIDE = ("plotting",)  # may import any of the line; nothing of the line imports it
ABOVE = ("exercises", "game", "colab", "cli", "__main__")  # may import all of these
LIGHT = (*LINE[: LINE.index("strokes") + 1], "plotting", "game")
HEAVY = {"tensorflow", "keras"}

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
MOST_PARAMETERS = 7
# What may have more parameters, and why.
MANY_PARAMETERS = {
    # What a corpus is drawn from is said in one call, which the README and chapter 03 show.
    "synthesis/corpus.py: write_corpus",
}

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
# A mirrored signature is not a signature of that hand.
FLIPS = {"Transpose", "D4", "RandomRotate90", "SquareSymmetry", "FLIP_LEFT_RIGHT"}


def python_files(folder):
    """Return the Python files of a folder, in order."""
    return sorted(path for path in folder.rglob("*.py") if "data_synthetic" not in path.parts)


FILES = python_files(PACKAGE)
# Tools and studies keep to the same lengths as the package.
OURS = [*FILES, *python_files(PROJECT / "tools"), *python_files(PROJECT / "studies")]


def name_of(path):
    base = PACKAGE if path.is_relative_to(PACKAGE) else PROJECT
    return path.relative_to(base).as_posix()


def source_of(path):
    return path.read_text(encoding="utf-8")


def room_of(path):
    """Return the module of the line that a file belongs to: a package counts as one."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(source):
    """Return the full names that a source imports, and for `from a import b` also `a.b`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported_rooms(source):
    """Return the rooms of the package that a source imports from."""
    rooms = set()
    for name in imported_modules(source):
        package, *inside = name.split(".")
        if package == "deepsign_helpers" and inside:
            rooms.add(inside[0])
    return rooms - {"__version__"}


def allowed_rooms(room):
    """Return the rooms that a room may import from, beside itself."""
    if room == "__init__":
        return {"runtime"}
    if room in ABOVE:
        return {*LINE, *BESIDE, *ABOVE}
    if room in BESIDE:
        return {*LINE}
    return {*LINE[: LINE.index(room)]}


def violations(room, source):
    """Return what a file of the given room must not import, but does."""
    return imported_rooms(source) - allowed_rooms(room) - {room}


def documentation_of(tree):
    """Return the numbers of the lines that docstrings take."""
    lines = set()
    for node in ast.walk(tree):
        has_one = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if has_one and ast.get_docstring(node) is not None:
            lines |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def code_lines(source):
    """Return the numbers of the lines that hold code: no blanks, comments or docstrings."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines - documentation_of(ast.parse(source))


def functions(source):
    """Yield each function of a source: its name, its lines of code, its parameters."""
    with_code = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            lines = with_code & set(range(node.lineno, node.end_lineno + 1))
            takes = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = [one.arg for one in takes if one.arg not in {"self", "cls"}]
            yield node.name, len(lines), len(names)


def test_a_module_imports_only_what_stands_before_it():
    found = {}
    for path in FILES:
        assert room_of(path) in {*LINE, *BESIDE, *ABOVE, "__init__"}, f"{path}: not in the design"
        wrong = violations(room_of(path), source_of(path))
        if wrong:
            found[name_of(path)] = wrong
    assert found == {}


def test_the_rule_itself_finds_a_violation():
    assert violations("pairing", "from deepsign_helpers import encoders, runtime") == {"encoders"}
    inside = "def f():\n    import deepsign_helpers.training.learner"
    assert violations("losses", inside) == {"training"}
    assert violations("training", "from deepsign_helpers.plotting import show") == {"plotting"}
    assert violations("plotting", "from deepsign_helpers import training, badges") == {"badges"}
    assert violations("verifier", "from deepsign_helpers.exercises import check") == {"exercises"}
    within = "from deepsign_helpers.training.watching import check_health"
    assert violations("training", within) == set()
    assert violations("game", "from deepsign_helpers import plotting, runtime") == set()


@pytest.mark.parametrize("module", ["", *LIGHT])
def test_a_light_module_runs_without_tensorflow(module):
    name = f"deepsign_helpers.{module}" if module else "deepsign_helpers"
    code = f"import sys, {name}; print(sorted({HEAVY} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


def test_a_light_module_never_names_tensorflow():
    # `runtime.seed_everything` imports it where it is called.
    for path in FILES:
        if room_of(path) in LIGHT and room_of(path) != "runtime":
            roots = {name.split(".")[0] for name in imported_modules(source_of(path))}
            assert roots.isdisjoint(HEAVY), name_of(path)


def test_a_file_can_be_read_in_one_sitting():
    lengths = {name_of(path): len(code_lines(source_of(path))) for path in OURS}
    too_long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE}
    assert too_long == {}


def test_a_function_can_be_explained_aloud():
    too_long = {}
    too_many = {}
    for path in OURS:
        for name, lines, parameters in functions(source_of(path)):
            place = f"{name_of(path)}: {name}"
            if lines > MOST_LINES_OF_A_FUNCTION:
                too_long[place] = lines
            if parameters > MOST_PARAMETERS and place not in MANY_PARAMETERS:
                too_many[place] = parameters
    assert too_long == {}
    assert too_many == {}


def test_an_exception_that_nobody_needs_any_more_is_taken_off_its_list():
    found = {}
    for path in OURS:
        for name, _, parameters in functions(source_of(path)):
            found[f"{name_of(path)}: {name}"] = parameters
    for place in MANY_PARAMETERS:
        assert found[place] > MOST_PARAMETERS, place


def test_lines_and_parameters_are_counted_without_blanks_comments_and_docstrings():
    source = '''"""Says."""

# why
x = [  # one
    1,
]


def f(self, one, *, two):
    """Do."""

    return "a\\nb"
'''
    assert len(code_lines(source)) == 5
    assert list(functions(source)) == [("f", 2, 2)]


def test_a_module_says_its_job_in_its_first_line():
    for path in OURS:
        first = source_of(path).splitlines()[0]
        assert first.startswith('"""'), path
        assert first.endswith('."""') or first.endswith("."), path


def test_no_signature_is_ever_flipped():
    for path in FILES:
        for node in ast.walk(ast.parse(source_of(path))):
            if isinstance(node, ast.Attribute | ast.alias):
                name = getattr(node, "attr", getattr(node, "name", ""))
                assert "flip" not in name.lower(), path
                assert name not in FLIPS, path


def test_no_network_is_loaded_that_keras_refuses():
    for path in FILES:
        for node in ast.walk(ast.parse(source_of(path))):
            assert getattr(node, "attr", "") != "Lambda", path
