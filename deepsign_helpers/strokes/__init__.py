"""Stroke by stroke: the line of a signature, laid upon another, and what differs (chapter 08)."""

from deepsign_helpers.strokes.laying import Laid, Match, lay
from deepsign_helpers.strokes.line import Line, line_of_ink, trace_line
from deepsign_helpers.strokes.map import difference_map, paint
from deepsign_helpers.strokes.signals import (
    AGREEMENT,
    DARKNESS,
    DESCRIPTOR,
    NAMES,
    OWN_SHARE,
    SIGNALS,
    Signal,
    compare,
    likeness_of_pairs,
    own_likeness,
    own_likeness_of,
    signals,
    signals_of,
)
