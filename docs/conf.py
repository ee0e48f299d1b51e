"""Configures the site: what Sphinx reads, how a page looks, and that no other host is asked."""

import hashlib
import os
import sys
import tomllib
from pathlib import Path

import latex2mathml.converter
from docutils import nodes

PROJECT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
HOME = SETTINGS["tool"]["deepsign"]

project = "DeepSign"
author = SETTINGS["project"]["authors"][0]["name"]
version = release = SETTINGS["project"]["version"]
project_copyright = "code MIT, prose and pictures CC BY 4.0"
language = "en"

# TensorFlow reads its switches when it is imported, as autodoc does.
sys.path.insert(0, str(PROJECT))
os.environ.setdefault("DEEPSIGN_QUIET", "1")

from tools import figures, notebooks  # noqa: E402 - found by the path above

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["README.md"]  # the start page includes the part that it needs

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the committed outputs
nb_render_markdown_format = "myst"
nb_ipywidgets_js = {}  # would come from another host
html_math_renderer = "mathml"

default_role = "code"  # in docstrings, single backticks hold code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the parameters say it, with shapes and units
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]  # two may share a line
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_title = "DeepSign"
html_static_path = ["_static"]
html_favicon = "_static/icon.svg"
html_css_files = ["deepsign.css"]
html_js_files = [
    # A page that was opened as a file may not fetch another one to quote from it.
    (None, {"body": 'DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:"'}),
]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's machine is set
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options = {
    "repository_url": f"https://github.com/{HOME['repository']}",
    "repository_branch": HOME["tag"],
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
        "notebook_interface": "jupyterlab",
    },
    "navbar_persistent": [],  # the sidebar has the search field
    "home_page_in_toc": True,
    "use_repository_button": True,
    "use_download_button": False,
    "toc_title": "On this page",
}


def show_inline_formula(translator, node):
    translator.body.append(latex2mathml.converter.convert(node.astext()))
    raise nodes.SkipNode


def show_formula(translator, node):
    formula = latex2mathml.converter.convert(node.astext(), display="block")
    translator.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def restore_alternative_texts(app, document):
    """Give a notebook's figures the alternative texts of their outputs: MyST-NB leaves them out."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    pictures = figures.figures(notebooks.read(path))
    texts = {hashlib.sha256(png).hexdigest(): alternative for png, alternative in pictures}
    for image in document.findall(nodes.image):
        name = Path(image["uri"]).stem  # MyST-NB names a file by what is in it
        if name in texts:
            image["alt"] = texts[name]


def setup(app):
    app.add_html_math_renderer("mathml", (show_inline_formula, None), (show_formula, None))
    app.connect("doctree-read", restore_alternative_texts)
