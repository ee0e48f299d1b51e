"""A small checkout for the tools to work on."""

import pytest

CHAPTER = """\
[[chapters]]
number = "{number}"
title = "{title}"
notebook = "{notebook}"
module = "synthesis"
learn = "do something"
minutes = 15
seconds = 20
megabytes = 400
"""


@pytest.fixture
def list_chapters(tmp_path):
    """Write a chapters.toml that lists notebooks of these names."""

    def write(*names):
        listed = []
        for name in names:
            number, title = name.split("_", maxsplit=1)
            listed.append(CHAPTER.format(number=number, title=title.title(), notebook=name))
        (tmp_path / "chapters.toml").write_text("\n".join(listed), encoding="utf-8")
        return tmp_path

    return write
