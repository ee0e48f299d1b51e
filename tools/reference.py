"""Writes the pages on the package: one for each module, which Sphinx fills with its docstrings."""

import ast
from pathlib import Path

from deepsign_helpers import runtime

# What is no part of the package's line: entry points, and what chapters bring themselves.
LEFT_OUT = {"__init__", "__main__", "cli", "colab", "exercises", "data_synthetic"}
PAGE = """\
# {name}

```{{eval-rst}}
.. automodule:: deepsign_helpers.{name}
   :members: {members}
```
"""


def write_pages(folder: Path) -> None:
    """Write a page for each module of the package."""
    folder.mkdir(parents=True)
    for name in modules():
        text = PAGE.format(name=name, members=", ".join(public_names(name)))
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def modules() -> list[str]:
    """Return the names of the package's modules and packages, in alphabetical order."""
    names = []
    for path in runtime.PACKAGE_FOLDER.iterdir():
        is_package = (path / "__init__.py").is_file()
        if (is_package or path.suffix == ".py") and path.stem not in LEFT_OUT:
            names.append(path.stem)
    return sorted(names)


def public_names(module: str) -> list[str]:
    """Return what a module offers: what a package imports from its files, what a file defines.

    The source is read, not imported, as TensorFlow takes seconds to import.
    """
    folder = runtime.PACKAGE_FOLDER / module
    if not folder.is_dir():
        return definitions(folder.with_suffix(".py"))
    names = []
    for node in ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("deepsign_helpers."):
            names += [alias.asname or alias.name for alias in node.names]
    # The figures of a chapter are found by the name of their file.
    for path in sorted(folder.glob("chapter_[0-9][0-9].py")):
        names += definitions(path)
    return [name for name in names if not name.isupper()]


def definitions(path: Path) -> list[str]:
    """Return the functions and classes of a file that are for others: in `__all__`, or all."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return [name for name in names if not name.startswith("_")]
