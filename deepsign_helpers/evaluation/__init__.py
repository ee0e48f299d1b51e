"""Error rates, intervals, evidence and costs of verification; nothing here imports TensorFlow (chapter 06)."""

from deepsign_helpers.evaluation.decisions import Band, Costs, cheapest_threshold, review_band
from deepsign_helpers.evaluation.evidence import (
    Calibration,
    calibrate,
    cllr,
    evidence_bounds,
    minimal_cllr,
)
from deepsign_helpers.evaluation.groups import error_by, error_by_writer, menagerie
from deepsign_helpers.evaluation.intervals import (
    Difference,
    bootstrap_by_writer,
    paired_difference,
    writer_draws,
)
from deepsign_helpers.evaluation.rates import *
from deepsign_helpers.evaluation.report import Report, evaluate
from deepsign_helpers.evaluation.scoring import *
from deepsign_helpers.tables import DIFFERENT, SAME
