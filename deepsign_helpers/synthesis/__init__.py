"""Signatures of people who do not exist: how a hand writes, how a forger does, and ink on paper."""

from deepsign_helpers.synthesis.corpus import ensure_corpus, write_corpus
from deepsign_helpers.synthesis.ensemble import ENSEMBLE, Ensemble
from deepsign_helpers.synthesis.forging import (
    DIFFICULTIES,
    KINDS,
    SCHOOLS,
    Forger,
    deviation_by_stroke,
    forge,
    sample_forger,
)
from deepsign_helpers.synthesis.kinematics import Plan, Trace, write
from deepsign_helpers.synthesis.paper import (
    DOMAINS,
    SCANS,
    render,
    render_empty,
    render_with_ink,
    render_with_truth,
)
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.styles import CONDITIONS, Style
from deepsign_helpers.synthesis.writers import Writer, sample_writer
