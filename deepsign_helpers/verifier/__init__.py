"""A trained verifier, its folder, and what it says of a signature."""

from deepsign_helpers.verifier.comparing import Signatures, figure_table, scores_of, trace_all
from deepsign_helpers.verifier.enrolling import Enrolled
from deepsign_helpers.verifier.fusing import (
    ENCODER,
    FIGURES,
    VOICES,
    Fusion,
    leave_one_world_out,
)
from deepsign_helpers.verifier.verdict import LikelihoodLine, Verdict
from deepsign_helpers.verifier.verifier import MOST_REFERENCES, Verifier
