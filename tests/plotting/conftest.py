"""What was shown, kept as figure and alternative text instead of displayed."""

import importlib
import pkgutil

import pytest

from deepsign_helpers import plotting


@pytest.fixture
def shown(monkeypatch):
    """Return the figures and alternative texts that were shown, once a test has called for some."""
    calls = []

    def keep(figure, alt, note=""):
        calls.append((figure, f"{note} {alt}".strip()))

    for module in pkgutil.iter_modules(plotting.__path__, f"{plotting.__name__}."):
        if hasattr(importlib.import_module(module.name), "show"):
            monkeypatch.setattr(f"{module.name}.show", keep)
    return calls
