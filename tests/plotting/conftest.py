"""What tests of figures share: scores to draw, and what was shown instead of displayed."""

import importlib
import pkgutil

import numpy as np
import pytest

from deepsign_helpers import evaluation, plotting


@pytest.fixture
def scores_and_labels():
    """Return scores of genuine signatures and of forgeries that overlap, and their labels."""
    rng = np.random.default_rng(0)
    labels = np.repeat([evaluation.SAME, evaluation.DIFFERENT], [150, 250])
    return rng.normal(0.4 * labels, 0.2), labels


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
