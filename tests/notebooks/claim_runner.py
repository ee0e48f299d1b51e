"""Runs one claim inside a notebook's kernel; comparison.py sends it there."""

import importlib
import inspect
import reprlib


def hold(module, function, variables):
    """Call a function of a module of claims with the notebook's variables that its parameters name.

    Raises
    ------
    NameError
        If the notebook has no variable of that name after its last cell.
    AssertionError
        If the claim does not hold; with the variables that it looked at.
    """
    claim = getattr(importlib.import_module(module), function)
    wanted = list(inspect.signature(claim).parameters)
    missing = [name for name in wanted if name not in variables]
    if missing:
        raise NameError(
            f"{module}.{function} looks at {', '.join(missing)}: after its last cell, "
            "the notebook has no variable of that name."
        )
    looked_at = {name: variables[name] for name in wanted}
    try:
        claim(**looked_at)
    except AssertionError as error:
        values = "; ".join(f"{name} = {reprlib.repr(value)}" for name, value in looked_at.items())
        raise AssertionError(f"{module}.{function} does not hold of {values}. {error}") from error
