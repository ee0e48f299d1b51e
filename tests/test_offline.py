"""Nothing that is opened asks another host for a part of itself; links may lead out."""

import re

import nbformat
import pytest

from deepsign_helpers import runtime
from tools import notebooks

PROJECT = runtime.project_folder()
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"]
DOCUMENTS += sorted((PROJECT / "docs").rglob("*.md"))
PARTS_OF_PAGES = [
    path
    for folder in ("deepsign_helpers", "docs", "tools")
    for ending in ("py", "html", "css", "svg", "js", "mplstyle")
    for path in sorted((PROJECT / folder).rglob(f"*.{ending}"))
]
# What a page, a style sheet, a script, or Markdown takes in, unlike a link.
TAKEN_IN = (
    r"\b(?:src|srcset|poster|data|background)\s*=\s*[\"']?\s*(?P<attribute>[^\s\"'>]+)",
    r"<link\b[^>]*?\bhref\s*=\s*[\"']?\s*(?P<link>[^\s\"'>]+)",
    r"<(?:image|use)\b[^>]*?\bhref\s*=\s*[\"']?\s*(?P<drawing>[^\s\"'>]+)",
    r"url\(\s*[\"']?(?P<style>[^\"')\s]+)",
    r"@import\s+[\"'](?P<sheet>[^\"']+)",
    r"(?:\bfetch|\bimport|importScripts)\(\s*[\"'](?P<script>[^\"']+)",
    r"!\[[^\]]*\]\(\s*<?(?P<picture>[^\s)>]+)",
)
PATTERN = re.compile("|".join(TAKEN_IN), re.IGNORECASE)


def taken_from_elsewhere(text):
    """Return the addresses on other hosts of what a text takes in."""
    found = []
    for match in PATTERN.finditer(text):
        address = match[match.lastgroup]
        if re.match(r"(?:[a-z]+:)?//", address, re.IGNORECASE):
            found.append(address)
    return found


def texts_of(notebook):
    """Return what Jupyter draws of a notebook: its prose, and what its cells wrote as a page."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            texts.append(cell.source)
            continue
        for output in cell.outputs:
            data = output.get("data", {})
            kinds = ("text/html", "text/markdown", "image/svg+xml", "application/javascript")
            texts += [data[kind] for kind in kinds if kind in data]
    return texts


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_takes_anything_from_another_host(path):
    assert taken_from_elsewhere(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", notebooks.find(PROJECT), ids=lambda path: path.stem)
def test_no_notebook_takes_anything_from_another_host(path):
    texts = texts_of(nbformat.read(path, as_version=4))
    assert [address for text in texts for address in taken_from_elsewhere(text)] == []


def test_no_page_that_the_package_writes_takes_anything_from_another_host():
    # The site is tested as it is built, in tests/tools/test_website.py.
    found = {path.name: taken_from_elsewhere(path.read_text("utf-8")) for path in PARTS_OF_PAGES}
    assert {"page.html", "deepsign.css", "icon.svg", "service.py"} <= set(found)
    assert {name: addresses for name, addresses in found.items() if addresses} == {}


@pytest.mark.parametrize(
    "text",
    [
        "[![Open](https://badges.example/open.svg)](https://home.example)",
        '<img alt="" src="https://pictures.example/a.png">',
        "<img srcset=//pictures.example/a.png>",
        "<script src='HTTPS://cdn.example/x.js'></script>",
        '<link rel="stylesheet" href="https://fonts.example/a.css">',
        '<svg><image xlink:href="http://pictures.example/a.png"/></svg>',
        "body { background: url('//pictures.example/a.png') }",
        '@import "https://fonts.example/a.css";',
        'import("https://cdn.example/x.js")',
        "<object data=https://cdn.example/x.pdf></object>",
    ],
)
def test_this_finds_what_it_is_for(text):
    assert len(taken_from_elsewhere(text)) == 1


def test_a_link_may_lead_out_and_what_is_inside_may_be_shown():
    text = (
        '<a href="https://doi.org/1">1</a> [2](https://doi.org/2) ![3](docs/banner.png)'
        '<img src="data:image/png;base64,AAAA"> url(a.png) xmlns="http://www.w3.org/2000/svg"'
    )
    assert taken_from_elsewhere(text) == []
