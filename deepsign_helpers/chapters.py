"""The chapters of the course, as chapters.toml lists them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from deepsign_helpers import runtime


@dataclass(frozen=True)
class Chapter:
    """One chapter of the course.

    Attributes
    ----------
    number : str
        Two digits: "00", "01" …
    title : str
        What stands over it.
    notebook : str
        Name of the notebook, without its ending.
    module : str
        The module of the package that the chapter explains.
    learn : str
        What the student is able to do afterwards.
    minutes : int
        To read and do.
    seconds : int
        The most that a run may take on two cores.
    megabytes : int
        The most memory that a run may hold.
    """

    number: str
    title: str
    notebook: str
    module: str
    learn: str
    minutes: int
    seconds: int
    megabytes: int


def chapters(path: Path | None = None) -> list[Chapter]:
    """Return the chapters in order.

    Parameters
    ----------
    path : Path, optional
        A list of chapters; by default the course's own.

    Returns
    -------
    list of Chapter

    Examples
    --------
    >>> chapters()[1].notebook
    '01_preprocessing'
    """
    listed = tomllib.loads((path or own_list()).read_text(encoding="utf-8"))["chapters"]
    return [Chapter(**fields) for fields in listed]


def own_list() -> Path:
    """Return where chapters.toml is: in a checkout, or inside an installed package."""
    inside = runtime.PACKAGE_FOLDER / "chapters.toml"
    if inside.is_file():
        return inside
    return runtime.project_folder() / "chapters.toml"
