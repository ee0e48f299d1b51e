"""The site: complete, silent, readable by everybody, from a folder as from a server."""

import functools
import http.server
import re
import shutil
import threading
from importlib.resources import files
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from deepsign_helpers import runtime
from tools import figures, notebooks, reference, website

PROJECT = runtime.project_folder()
NOTEBOOKS = notebooks.find(PROJECT)
DOCS = sorted((PROJECT / "docs").glob("*.md"))
CHAPTERS = [f"notebooks/{path.stem}.html" for path in NOTEBOOKS]
PACKAGE = [f"package/{name}.html" for name in reference.modules()]
TEXTS = [f"{path.stem}.html" for path in DOCS]
PAGES = [*CHAPTERS, *TEXTS, *PACKAGE, "search.html"]
# Those of the package are alike: one of them is looked at closely.
ONE_OF_EACH = [*CHAPTERS, *TEXTS, "package/evaluation.html", "search.html"]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# What is on its way from one colour to another has too little contrast for an instant.
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"
# What a reader would have to scroll sideways for.
CUT_OFF = (
    "[...document.querySelectorAll('.cell_input pre')]"
    ".filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent)"
)
BROKEN = (
    "[...document.images].filter(image => image.src && !image.naturalWidth).map(image => image.src)"
)
LAPTOP = {"width": 1280, "height": 800}
GRAVE = "async () => (await axe.run({resultTypes: ['violations']})).violations" + (
    ".filter(one => ['serious', 'critical'].includes(one.impact))"
    ".map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 150)).join(' | ')}`)"
)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once, two folders below the one that is served."""
    folder = tmp_path_factory.mktemp("served") / "courses" / "signatures"
    website.build(folder)
    return folder


@pytest.fixture(scope="module")
def soups(site):
    return {
        page: BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
        for page in PAGES
    }


@pytest.fixture(scope="module", params=["from a folder", "under a path of a server"])
def address(site, request):
    """Where a browser finds the site."""
    if request.param == "from a folder":
        yield site.as_uri()
        return
    handler = functools.partial(QuietHandler, directory=site.parents[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/courses/signatures"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; the other tests of the site have run")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser):
    with browser.new_page() as tab:
        yield tab


def dead_links(soups, site):
    """Return the links, anchors included, that lead nowhere inside the site."""
    names = {page: {tag["id"] for tag in soup.find_all(id=True)} for page, soup in soups.items()}
    dead = []
    for page, soup in soups.items():
        for link in soup.find_all("a", href=True):
            path, anchor = urldefrag(link["href"])
            if urlsplit(path).scheme:
                continue
            target = ((site / page).parent / unquote(path)).resolve() if path else site / page
            name = target.relative_to(site).as_posix()
            if not target.is_file() or (anchor and unquote(anchor) not in names[name] | {""}):
                dead.append(f"{page}: {link['href']}")
    return dead


def without_alternative(soups):
    """Return the pictures that have no alternative text."""
    return [
        str(image)
        for soup in soups.values()
        for image in soup.find_all("img")
        if not image.get("alt", "").strip()
    ]


def taken_from_elsewhere(soups, site):
    """Return what pages and style sheets would fetch from another host."""
    fetched = [tag["src"] for soup in soups.values() for tag in soup.find_all(src=True)]
    fetched += [tag["href"] for soup in soups.values() for tag in soup.find_all("link", href=True)]
    sheets = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    sheets += [style.get_text() for soup in soups.values() for style in soup.find_all("style")]
    for sheet in sheets:
        fetched += re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s]+)", sheet)
    return [address for address in fetched if re.match(r"(\w+:)?//", address)]


def test_every_page_can_be_reached_from_the_start_page(soups):
    linked = {link["href"] for link in soups["index.html"].find_all("a", href=True)}
    assert set(PAGES) - {"index.html", "search.html"} <= linked


def test_no_page_takes_anything_from_another_host(soups, site):
    assert taken_from_elsewhere(soups, site) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_figure_has_exactly_the_alternative_text_of_its_notebook(path, soups):
    soup = soups[f"notebooks/{path.stem}.html"]
    shown = [image["alt"] for image in soup.select("article .cell_output img")]
    assert shown == [text for _, text in figures.figures(nbformat.read(path, as_version=4))]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_is_launched_from_the_repository_at_its_tag(path, soups):
    soup = soups[f"notebooks/{path.stem}.html"]
    repository = website.HOME["repository"]
    tag = website.HOME["tag"]
    inside = path.relative_to(PROJECT).as_posix()
    assert {link["href"] for link in soup.select(".dropdown-launch-buttons a")} == {
        f"https://mybinder.org/v2/gh/{repository}/{tag}?urlpath=lab/tree/{inside}",
        f"https://colab.research.google.com/github/{repository}/blob/{tag}/{inside}",
    }
    assert "google.colab" not in soup.get_text(), "the cell for Colab is of no use here"


def test_every_module_has_a_page_with_what_it_offers(soups):
    assert set(reference.modules()) >= {"evaluation", "pairing", "synthesis", "verifier"}
    for module in reference.modules():
        text = soups[f"package/{module}.html"].get_text()
        described = [name for name in reference.public_names(module) if f"{name}(" in text]
        assert described, module
    assert "error_rates" in reference.public_names("evaluation")
    assert "show_curves" in reference.public_names("plotting")
    assert "Parameters" in soups["package/pairing.html"].get_text()


def test_every_link_leads_somewhere(soups, site):
    assert dead_links(soups, site) == []


def test_every_picture_has_an_alternative_text(soups):
    assert without_alternative(soups) == []


def test_formulas_need_no_script(soups):
    formulas = [formula for soup in soups.values() for formula in soup.find_all("math")]
    assert len(formulas) > 20
    assert all(
        "$" not in formula.get_text() and "\\" not in formula.get_text() for formula in formulas
    )


def test_these_tests_find_what_they_are_for(site):
    text = (
        '<h2 id="here"></h2><a href="#here"></a><a href="#there"></a><a href="gone.html"></a>'
        '<img src="a.png" alt=" "><script src="https://cdn.example/x.js"></script>'
        '<style>@import "//fonts.example/a.css";</style>'
    )
    soups = {
        "page.html": BeautifulSoup(text, "html.parser"),
        "index.html": BeautifulSoup("", "html.parser"),
    }
    (site / "page.html").write_text(text, encoding="utf-8")
    try:
        assert dead_links(soups, site) == ["page.html: #there", "page.html: gone.html"]
        assert len(without_alternative(soups)) == 1
        assert taken_from_elsewhere(soups, site) == [
            "https://cdn.example/x.js",
            "//fonts.example/a.css",
        ]
    finally:
        (site / "page.html").unlink()


def test_a_site_is_told_from_other_folders_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(website, "stage", None)
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / "file").touch()
    for inventory in (None, b"", b"# Sphinx inventory version 2\n# Project: Another\n"):
        (other / "index.html").touch()
        if inventory is not None:
            (other / "objects.inv").write_bytes(inventory)
        with pytest.raises(ValueError, match="other: holds something other than our site; choose"):
            website.build(other)
        assert (other / "index.html").exists()
    with pytest.raises(ValueError, match="file: holds something"):
        website.build(tmp_path / "file")


def test_a_site_takes_the_place_of_the_former_one_and_leaves_nothing_else(site, tmp_path):
    website.require_ours(site)
    website.require_ours(tmp_path / "new")
    (tmp_path / "finished").mkdir()
    (tmp_path / "finished" / "index.html").touch()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "gone.html").touch()
    website.exchange(tmp_path / "site", tmp_path / "finished")
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["index.html"]
    assert {path.name for path in tmp_path.iterdir()} == {"site", "finished"}


def test_links_lead_to_pages_or_else_to_the_repository():
    chapter = PROJECT / "notebooks" / "00_signatures_and_ethics.ipynb"
    guide = PROJECT / "docs" / "index.md"
    repository = f"https://github.com/{website.HOME['repository']}"
    tag = website.HOME["tag"]
    assert website.rewrite_links("[a](../docs/index.md#b)", chapter) == "[a](../index.md#b)"
    assert (
        website.rewrite_links("[a](01_preprocessing.ipynb)", chapter)
        == "[a](01_preprocessing.ipynb)"
    )
    assert website.rewrite_links("[a](../notebooks/01_preprocessing.ipynb)", guide) == (
        "[a](notebooks/01_preprocessing.ipynb)"
    )
    file = website.rewrite_links("[a](../LICENSE)", guide)
    assert file == f"[a]({repository}/blob/{tag}/LICENSE)"
    folder = website.rewrite_links("[a](../data_synthetic)", guide)
    assert folder == f"[a]({repository}/tree/{tag}/data_synthetic)"
    for same in (
        "[a](https://doi.org/1)",
        "[a](#b)",
        "`[a](../LICENSE)`",
        "```\n[a](../LICENSE)\n```",
    ):
        assert website.rewrite_links(same, guide) == same


def test_a_link_to_nothing_is_refused_with_its_page_and_its_target():
    with pytest.raises(
        ValueError, match=r"index\.md: links to \.\./GONE\.md, which does not exist"
    ):
        website.rewrite_links("[a](../GONE.md)", PROJECT / "docs" / "index.md")


def test_a_widget_is_replaced_by_a_sentence():
    output = nbformat.v4.new_output(
        "display_data", {website.WIDGET: {}, "text/plain": "GridBox(children=(…"}
    )
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("play()", outputs=[output])]
    )
    page = website.page_of_notebook(notebook, NOTEBOOKS[0])
    assert page.cells[0].outputs[0].data == {"text/markdown": website.NO_KERNEL}


def test_every_page_loads_in_silence_and_whole(address, tab):
    noise = []

    def listen_to_console(message):
        if message.type in ("error", "warning"):
            noise.append(message.text)

    def listen_to_failures(request):
        # Except for an icon that was still on its way when the next page was opened.
        if "ABORTED" not in request.failure:
            noise.append(f"{request.url}: {request.failure}")

    def listen_to_answers(response):
        if response.status >= 400:
            noise.append(response.url)

    def listen_to_requests(request):
        if not at_home(request.url, address):
            noise.append(request.url)

    tab.on("console", listen_to_console)
    tab.on("pageerror", lambda error: noise.append(str(error)))
    tab.on("requestfailed", listen_to_failures)
    tab.on("response", listen_to_answers)
    tab.on("request", listen_to_requests)
    for page in PAGES:
        tab.goto(f"{address}/{page}")
        assert tab.evaluate(BROKEN) == [], page
    assert noise == []


def at_home(url, address):
    return url.startswith((address, "data:"))


def test_search_finds_a_word(address, tab):
    tab.goto(f"{address}/search.html?q=Otsu")
    found = tab.locator("#search-results li a")
    found.first.wait_for(timeout=20_000)
    assert any("01_preprocessing.html" in link.get_attribute("href") for link in found.all())


def test_no_page_scrolls_sideways_on_a_telephone(site, browser):
    with browser.new_page(viewport={"width": 360, "height": 740}) as tab:
        for page in PAGES:
            tab.goto(f"{site.as_uri()}/{page}")
            assert tab.evaluate("document.scrollingElement.scrollWidth") <= 360, page


def test_no_cell_of_code_has_a_scroll_bar_on_a_laptop(site, browser):
    with browser.new_page(viewport=LAPTOP) as tab:
        for page in CHAPTERS:
            tab.goto(f"{site.as_uri()}/{page}")
            assert tab.evaluate(CUT_OFF) == [], page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme, site, browser):
    with browser.new_page(color_scheme=scheme, reduced_motion="reduce") as tab:
        found = {}
        for page in ONE_OF_EACH:
            tab.goto(f"{site.as_uri()}/{page}")
            tab.add_style_tag(content=STILL)
            assert tab.evaluate("document.documentElement.dataset.theme") == scheme
            tab.evaluate(AXE)
            found[page] = tab.evaluate(GRAVE)
        assert {page: violations for page, violations in found.items() if violations} == {}


def test_whoever_prefers_the_dark_may_switch(site, browser):
    with browser.new_page(color_scheme="light") as tab:
        tab.goto(f"{site.as_uri()}/index.html")
        tab.locator(".theme-switch-button:visible").first.click()
        tab.locator(".theme-change-button[data-mode=dark]:visible").first.click()
        assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
