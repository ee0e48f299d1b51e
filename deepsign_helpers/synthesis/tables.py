"""Tables beside the code: what people, pens and scanners are like, and whether what is asked for is among the known."""

import json
from collections.abc import Collection
from functools import cache
from pathlib import Path

from numpy.random import Generator


@cache
def read_table(name: str) -> dict:
    """Return a table of this folder by its file's name: "habits", "pens", "scanners" or a copybook, "letters/latin"."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))


def draw_habits(whose: str, rng: Generator) -> dict:
    """Draw somebody's habits, each after its own law.

    Parameters
    ----------
    whose : "writer" | "forger"
        Their part of `habits.json`: for each habit, in the order in which they are drawn, the `law`, a method of
        `numpy.random.Generator`, and its `parameters`, in the units that `Style` and `Forger` state. A habit with a
        `chance` is had by that share of people; it is 0 for the others.
    """
    habits = {}
    for habit, entry in read_table("habits")[whose].items():
        has_it = "chance" not in entry or rng.random() < entry["chance"]
        habits[habit] = getattr(rng, entry["law"])(**entry["parameters"]) if has_it else 0.0
    return habits


def require_known(what: str, asked: Collection[str], known: Collection[str]) -> None:
    """Raise a ValueError that names the choices unless something is asked for, and nothing that is not known."""
    unknown = [name for name in asked if name not in known]
    if unknown or not asked:
        named = ", ".join(map(repr, unknown)) or "(none)"
        raise ValueError(f"{what} {named} is not known; choose from {', '.join(known)}.")
