"""The chapters of the course, as chapters.toml lists them."""

import tomllib
from dataclasses import dataclass

from deepsign_helpers import runtime


@dataclass(frozen=True)
class Chapter:
    """One chapter of the course.

    Attributes
    ----------
    number : str
        Two digits: "00", "01" …
    title : str
    notebook : str
        Name of the notebook, without its ending.
    module : str
        The module of the package that the chapter explains.
    learn : str
        What the student is able to do afterwards.
    minutes : int
        To read and do.
    seconds, megabytes : int
        Limits of a run on two cores.
    """

    number: str
    title: str
    notebook: str
    module: str
    learn: str
    minutes: int
    seconds: int
    megabytes: int


def chapters() -> list[Chapter]:
    """Return the chapters in order.

    Examples
    --------
    >>> chapters()[1].notebook
    '01_preprocessing'
    """
    inside = runtime.PACKAGE_FOLDER / "chapters.toml"  # where the package is installed without a checkout
    path = inside if inside.is_file() else runtime.project_folder() / "chapters.toml"
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["chapters"]
    return [Chapter(**fields) for fields in listed]
