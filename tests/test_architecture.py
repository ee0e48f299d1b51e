"""The house rules: who imports whom, what starts without TensorFlow, how long the package is, what is never done."""

import ast
import io
import subprocess
import sys
import tokenize

import pytest

from deepsign_helpers import runtime

PACKAGE = runtime.PACKAGE_FOLDER
LINE = (
    *("runtime", "preprocessing", "evaluation", "synthesis", "corpora", "augmentation", "pairing"),
    *("records", "encoders", "losses", "training", "explaining", "serving"),
)
BESIDE = {"plotting"}  # may import any of the line; nothing of the line imports it
TOOLS = {"__main__", "colab"}  # the command line and what it runs; nothing imports them
LIGHT = ("preprocessing", "evaluation", "synthesis", "corpora", "augmentation", "pairing")
HEAVY = ("tensorflow", "keras")
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "data_synthetic" not in path.parts)
NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT),
    *(tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER),
}


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def room_of(path):
    """Return the module of the line that a file belongs to: a package counts as one."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(source):
    """Return the full names that a source imports, anywhere in it, and for `from a import b` also `a.b`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def imported_rooms(source):
    parts = [name.split(".") for name in imported_modules(source)]
    return {part[1] for part in parts if part[0] == "deepsign_helpers" and len(part) > 1} - {
        "__version__"
    }


def violations(room, source):
    """Return what a file of the given room must not import, but does."""
    rooms = imported_rooms(source) - {room}
    if room in TOOLS:
        return set()
    if room == "__init__":
        return rooms - {"runtime"}
    allowed = set(LINE) if room in BESIDE else set(LINE[: LINE.index(room)])
    return rooms - allowed


def code_lines(source):
    """Return how many lines hold code: no blanks, comments or docstrings."""
    documentation, lines = set(), set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node) is not None
        ):
            documentation |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - documentation)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_imports_only_what_stands_before_it(path):
    assert room_of(path) in {*LINE, *BESIDE, *TOOLS, "__init__", "exercises"}, (
        "a room that the design does not know"
    )
    if room_of(path) != "exercises":
        assert violations(room_of(path), path.read_text(encoding="utf-8")) == set()


def test_the_rule_itself_finds_a_violation():
    assert violations("pairing", "from deepsign_helpers import encoders, runtime") == {"encoders"}
    assert violations("losses", "def f():\n    import deepsign_helpers.training.fit") == {
        "training"
    }
    assert violations("training", "from deepsign_helpers.plotting import show") == {"plotting"}
    assert violations("plotting", "from deepsign_helpers import training, badges") == {"badges"}
    assert violations("training", "from deepsign_helpers.training.health import collapse") == set()


@pytest.mark.parametrize("module", ["", *LIGHT, "plotting"])
def test_a_light_module_runs_without_tensorflow(module):
    # "plotting" must not pull TensorFlow in either: notebooks 00, 01, 02 and 06 draw.
    name = f"deepsign_helpers.{module}" if module else "deepsign_helpers"
    code = f"import sys, {name}; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) in LIGHT], ids=name_of)
def test_a_light_module_never_names_tensorflow(path):
    roots = {name.split(".")[0] for name in imported_modules(path.read_text(encoding="utf-8"))}
    assert roots.isdisjoint(HEAVY)


def test_the_package_and_its_files_can_be_read_in_one_sitting():
    lengths = {name_of(path): code_lines(path.read_text(encoding="utf-8")) for path in FILES}
    counted = {
        name: length for name, length in lengths.items() if not name.startswith("exercises/")
    }
    assert {name: length for name, length in counted.items() if length > 300} == {}
    assert sum(counted.values()) <= 3000


def test_code_lines_are_counted_without_blanks_comments_and_docstrings():
    source = '"""Says."""\n\n# why\nx = [  # one\n    1,\n]\n\n\ndef f():\n    """Do."""\n    return "a\\nb"\n'
    assert code_lines(source) == 5


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_says_its_job_in_its_first_line(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith('"""')
    assert first.endswith('."""') or "." in first


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_signature_is_ever_flipped(path):
    # A mirrored signature is not a signature of that hand.
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            assert "flip" not in name.lower()
            assert name not in {
                "Transpose",
                "D4",
                "RandomRotate90",
                "SquareSymmetry",
                "FLIP_LEFT_RIGHT",
            }


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_network_is_loaded_that_keras_refuses(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Attribute) and node.attr == "Lambda")
