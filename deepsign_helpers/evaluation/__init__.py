"""Error rates, intervals and protocols of signature verification; nothing here imports TensorFlow (chapter 06)."""

from deepsign_helpers.evaluation.descriptor import gradient_descriptor
from deepsign_helpers.evaluation.intervals import bootstrap_by_writer, writer_draws
from deepsign_helpers.evaluation.protocol import equal_error_rates, forgery_kinds, fuse, score_table, scores_and_labels
from deepsign_helpers.evaluation.rates import (
    DIFFERENT,
    SAME,
    det,
    equal_error_rate,
    equal_error_threshold,
    error_rates,
    false_reject_rate_at,
    rates_at,
    roc,
    similarity,
)
from deepsign_helpers.evaluation.report import Report, evaluate
