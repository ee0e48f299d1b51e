"""A plugin for nbval: what is not compared, and what a notebook claims.

What the cells of notebook NN claim stands in `claims_NN.py`: functions `test_…` whose parameters
are names of the notebook's variables. Each function is one test, run in the notebook's own kernel
after its last cell.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import nbformat
from nbval.plugin import IPyNbCell

HERE = Path(__file__).parent
COLOURS = re.compile(r"\x1b\[[\d;]*m")  # with which IPython paints a traceback
CODE = """\
import sys
sys.path[:0] = {folders!r}
import claim_runner
claim_runner.hold({module!r}, {function!r}, globals())"""


class Claim(IPyNbCell):
    """A function of `claims_NN.py`: to nbval one more cell, whose output is not compared."""

    def reportinfo(self):
        """Say where a failure belongs to."""
        return self.path, 0, self.name

    def repr_failure(self, excinfo):
        """Return the report of a failure in plain letters."""
        return COLOURS.sub("", super().repr_failure(excinfo))


def pytest_addoption(parser):
    """Add the option that says where the claims are: the tests of this plugin bring their own."""
    parser.addoption("--claims", default=str(HERE), help="Folder of claims_NN.py.")


def pytest_collectstart(collector):
    """Leave out stderr: warnings differ from machine to machine. HTML tables are compared."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "application/vnd.jupyter.widget-view+json")


def pytest_collection_modifyitems(config, items):
    """Add the claims of each notebook after its last cell."""
    last_cells = {item.parent: item for item in items if isinstance(item, IPyNbCell)}
    for notebook, last_cell in last_cells.items():
        claims = claims_of(notebook, Path(config.getoption("claims")), last_cell.cell_num)
        place = items.index(last_cell) + 1
        items[place:place] = claims


def claims_of(notebook, folder, last_number):
    """Return the tests that a notebook's claims make, in the order in which they are written."""
    module = f"claims_{notebook.path.name[:2]}"
    file = folder / f"{module}.py"
    if not file.is_file():
        return []
    claims = []
    for number, function in enumerate(functions_of(file), start=last_number + 1):
        code = CODE.format(folders=[str(folder), str(HERE)], module=module, function=function)
        claim = Claim.from_parent(
            notebook,
            name=f"{module}.{function}",
            cell_num=number,
            cell=nbformat.v4.new_code_cell(code),
            options=defaultdict(bool),
        )
        claims.append(claim)
    return claims


def functions_of(file):
    """Return the names of a module's tests. It is read, not imported: only the kernel runs it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in functions if name.startswith("test_")]
