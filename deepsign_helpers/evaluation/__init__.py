"""Error rates, intervals, evidence and costs of verification, without TensorFlow (06 and 07)."""

from deepsign_helpers.evaluation.decisions import Band, Costs, cheapest_threshold, review_band
from deepsign_helpers.evaluation.evaluating import evaluate
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
from deepsign_helpers.evaluation.protocol import FUSIONS, PROTOCOLS, Protocol
from deepsign_helpers.evaluation.rates import (
    det,
    equal_error_rate,
    equal_error_threshold,
    error_rates,
    false_reject_rate_at,
    rates_at,
    roc,
    rule_of_three,
    similarity,
)
from deepsign_helpers.evaluation.report import Report
from deepsign_helpers.evaluation.scoring import (
    compare,
    equal_error_rates,
    forgery_kinds,
    fuse,
    of_kind,
    reported,
    score_by_protocols,
    score_table,
    scores_and_labels,
)
from deepsign_helpers.tables import DIFFERENT, SAME
