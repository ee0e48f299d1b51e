"""Corpora of signatures, ours or licensed ones, as tables, and what their images give away."""

from deepsign_helpers.corpora.layouts import NAMED_LAYOUTS, load
from deepsign_helpers.corpora.manifest import CorpusError
from deepsign_helpers.corpora.probes import giveaway_areas, giveaway_figures, shape_figures
from deepsign_helpers.corpora.usability import usability
