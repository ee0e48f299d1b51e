"""Every figure of the course, a file a chapter; each carries its alternative text."""

from importlib import import_module
from pathlib import Path

from deepsign_helpers.plotting.findings import show_doubles, show_giveaways, write_findings
from deepsign_helpers.plotting.report import write_page
from deepsign_helpers.plotting.style import say, show, show_images

# A new chapter's figures are found by the name of their file: nothing is to be added here.
for path in sorted(Path(__file__).parent.glob("chapter_[0-9][0-9].py")):
    chapter = import_module(f"{__name__}.{path.stem}")
    globals().update({name: getattr(chapter, name) for name in chapter.__all__})
