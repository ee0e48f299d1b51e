"""Corpora of signatures, ours or licensed ones, as tables, and what their images give away."""

from deepsign_helpers.corpora.layouts import NAMED_LAYOUTS, CorpusError, load
from deepsign_helpers.corpora.probes import shape_figures
