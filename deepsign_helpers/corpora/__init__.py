"""Corpora of signatures, ours or licensed ones, as tables, and what their images give away."""

from deepsign_helpers.corpora.completeness import completeness
from deepsign_helpers.corpora.cutting import CutSheet, cut_sheet, read_sheet
from deepsign_helpers.corpora.doubles import find_doubles
from deepsign_helpers.corpora.filing import file_sheets, withdraw
from deepsign_helpers.corpora.findings import Findings
from deepsign_helpers.corpora.headers import file_formats
from deepsign_helpers.corpora.inspecting import inspect
from deepsign_helpers.corpora.layouts import load
from deepsign_helpers.corpora.manifest import CorpusError
from deepsign_helpers.corpora.named import NAMED_LAYOUTS, UNPUBLISHED
from deepsign_helpers.corpora.photographs import Filling, photograph_sheet, sign_sheet
from deepsign_helpers.corpora.printing import print_sheet
from deepsign_helpers.corpora.probes import giveaway_areas, giveaway_figures, shape_figures
from deepsign_helpers.corpora.published import PUBLISHED, Edition, nearest_edition
from deepsign_helpers.corpora.sheets import Sheet
from deepsign_helpers.corpora.usability import usability
