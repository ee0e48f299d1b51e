"""What was shown, kept as figure and alternative text instead of displayed."""

import pytest

from deepsign_helpers.plotting import chapter_00, chapter_03, chapter_04, chapter_05, style


@pytest.fixture
def shown(monkeypatch):
    """Return the figures and alternative texts that were shown, once a test has called for some."""
    calls = []
    for module in (style, chapter_00, chapter_03, chapter_04, chapter_05):
        monkeypatch.setattr(module, "show", lambda figure, alt: calls.append((figure, alt)))
    return calls
