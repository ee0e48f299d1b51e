"""From a score table to a report: validate, divide, find the threshold, measure each kind."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from deepsign_helpers.evaluation.evidence import calibrate, cllr, minimal_cllr
from deepsign_helpers.evaluation.intervals import bootstrap_by_writer, intervals_at_zero
from deepsign_helpers.evaluation.protocol import THRESHOLDS, Protocol
from deepsign_helpers.evaluation.rates import (
    equal_error_rate,
    equal_error_threshold,
    false_reject_rate_at,
    rates_at,
)
from deepsign_helpers.evaluation.report import Report
from deepsign_helpers.evaluation.scoring import (
    forgery_kinds,
    of_kind,
    require_scores,
    scores_and_labels,
)

NEEDED = {"writer", "kind", "references", "fusion", "score"}  # columns
FALSE_ACCEPT_RATES = (0.1, 0.01, 0.001)  # operating points that others publish, too


def evaluate(
    scores_table: pd.DataFrame,
    seed: int = 0,
    scope: str = "global",
    origin: str | None = None,
    failures: Mapping[str, int] | None = None,
) -> Report:
    """Report a score table: each kind of forgery apart, with 95 % intervals over writers.

    Where the column `split` holds "validation" and "test", the threshold and the calibration of
    likelihood ratios come from the validation writers and the rates from the test writers. Other
    splits beside these two, such as "train", are left out. An operating point with too few forged
    scores is refused in the table, with the number needed.

    Scores are those of *comparisons*, whose errors are the false match rate FMR and the false
    non-match rate FNMR. FAR and FRR at the threshold are those of *transactions*, in which a
    signature that could not be read is turned away like one that does not match (ISO/IEC 19795-1:
    FRR = FTA + (1 − FTA)·FNMR and FAR = (1 − FTA)·FMR, with FTA, the failure-to-acquire rate, for
    the share that could not be read).

    Derived in chapter 07, *One report*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it: one model, one number of references, one fusion.
    seed : int
        Seed of the bootstrap.
    scope : "global" or "user"
        One threshold for all writers, or one for each.
    origin : "a-priori" or "a-posteriori", optional
        Thresholds from the validation writers, or from the scores they then judge, which flatters.
        By default a priori where there are validation writers, and otherwise none.
    failures : mapping from kind to count, optional
        Questioned signatures of each kind ("genuine", "skilled"…) that gave no score: blank scans,
        unreadable files.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If the table mixes protocols, models or splits without both validation and test, has gaps or
        one comparison twice, or the thresholds asked for cannot be had from it.

    See Also
    --------
    score_table : scores a corpus.
    reported : the rows that the course's own reports are on.

    Examples
    --------
    Writers are split and scored, and the table is reported as it is.

    >>> rng = np.random.default_rng(0)
    >>> kinds = ["genuine", "skilled"] * 20
    >>> table = pd.DataFrame({"writer": np.repeat(list("abcd"), 10), "kind": kinds})
    >>> table["split"] = np.repeat(["train", "validation", "test"], [10, 10, 20])
    >>> table["score"] = rng.normal((table["kind"] == "genuine") + 0.5)
    >>> report = evaluate(table.assign(references=5, fusion="min"))
    >>> report.protocol.writers, report.protocol.judges, report.protocol.origin
    (2, 1, 'a-priori')
    >>> report.readable().loc["FRR at FAR 10 %", "skilled"]
    'FAR 0.1 needs 30 forged scores; there are 10'
    """
    require_fields(scores_table)
    judged = without_other_splits(scores_table)
    require_one_protocol(judged)
    validation, tested = divided(judged)
    require_each_once(judged)
    if validation is not None and origin is None:
        origin = "a-priori"
    kinds = forgery_kinds(judged) or ["skilled"]  # none: refused below, as skilled are missing
    failures = failures or {}
    require_countable(failures, kinds, origin)

    threshold = None
    judges = 0
    # A scope "user" without an origin comes in, too: `source_of_thresholds` refuses it.
    if origin is not None or scope != "global":
        source = source_of_thresholds(tested, validation, scope, origin)
        judges = source["writer"].nunique()
        thresholds = thresholds_for(tested, source, kinds[0], scope)
        tested = tested.assign(threshold=thresholds)
        if scope == "global":
            threshold = float(thresholds[0])

    first = tested.iloc[0]
    protocol = Protocol(
        writers=tested["writer"].nunique(),
        references=int(first["references"]),
        fusion=first["fusion"],
        kinds=tuple(kinds),
        scope=scope,
        origin=origin,
        judges=judges,
        model=first.get("model", ""),
    )
    rows = [row_on(kind, tested, validation, failures, seed) for kind in kinds]
    return Report(protocol=protocol, threshold=threshold, table=pd.DataFrame(rows))


def require_fields(scores_table: pd.DataFrame) -> None:
    """Raise a ValueError where a table lacks columns or rows, or a field that a report reads."""
    missing = sorted(NEEDED - set(scores_table))
    if missing or len(scores_table) == 0:
        raise ValueError(f"scores_table: lacks {', '.join(missing) or 'rows'}")
    read = {*NEEDED, "model", "split"} & set(scores_table)
    if scores_table[list(read)].isna().any(axis=None):
        raise ValueError(
            "scores_table: has empty fields; a signature without a score counts in `failures`"
        )
    require_scores(scores_table)
    if not is_integer_dtype(scores_table["references"]):
        raise ValueError("scores_table: references are no whole numbers; say how many there were")


def without_other_splits(scores_table: pd.DataFrame) -> pd.DataFrame:
    """Return the validation and test rows where there are both, and otherwise the whole table."""
    if "split" not in scores_table:
        return scores_table
    is_held_out = scores_table["split"].isin(["validation", "test"])
    has_both = scores_table.loc[is_held_out, "split"].nunique() == 2
    return scores_table[is_held_out] if has_both else scores_table


def require_one_protocol(scores_table: pd.DataFrame) -> None:
    """Raise a ValueError where a table mixes models, numbers of references or fusions."""
    for column in ("model", "references", "fusion"):
        if column in scores_table and scores_table[column].nunique() > 1:
            raise ValueError(f"scores_table: several values of {column}; report one at a time")


def require_each_once(scores_table: pd.DataFrame) -> None:
    """Raise a ValueError where one comparison stands twice: few would look like many."""
    comparison = ["writer", "kind", "questioned"]
    if "questioned" not in scores_table:
        return
    is_doubled = scores_table.duplicated(comparison)
    if is_doubled.any():
        writer, _, questioned = scores_table.loc[is_doubled, comparison].iloc[0]
        raise ValueError(
            f"scores_table: {questioned} is compared with writer {writer} twice; drop one"
        )


def divided(scores_table: pd.DataFrame) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return the validation rows, if there are any beside the test rows, and the tested rows."""
    splits = sorted(set(scores_table["split"])) if "split" in scores_table else []
    if len(splits) < 2:
        return None, scores_table
    if splits != ["test", "validation"]:
        raise ValueError(
            f"scores_table: splits {', '.join(splits)}; give one of them, or validation and test"
        )
    validation = scores_table[scores_table["split"] == "validation"]
    tested = scores_table[scores_table["split"] == "test"]
    if tested["writer"].isin(validation["writer"]).any():
        raise ValueError(
            "scores_table: some writers are in validation and in test; split by writer"
        )
    return validation, tested


def require_countable(failures: Mapping[str, int], kinds: list[str], origin: str | None) -> None:
    """Raise a ValueError for failures of unknown kinds, below 0, or without a threshold."""
    unknown = set(failures) - {"genuine", *kinds}
    uncountable = any(not count >= 0 for count in failures.values())  # NaN is not below 0 either
    without_threshold = len(failures) > 0 and origin is None
    if unknown or uncountable or without_threshold:
        raise ValueError(
            f"failures: count at a threshold, from 0 on, for genuine, {', '.join(kinds)}"
        )


def source_of_thresholds(
    tested: pd.DataFrame, validation: pd.DataFrame | None, scope: str, origin: str | None
) -> pd.DataFrame:
    """Return the rows on whose scores thresholds are found."""
    if (scope, origin) not in THRESHOLDS:
        known = [f"{one_scope}, {one_origin}" for one_scope, one_origin in THRESHOLDS if one_origin]
        # There is no threshold for each writer a priori; "normalised" adapts the scores instead.
        known.append('a priori, see the fusion "normalised"')
        raise ValueError(f'scope "{scope}", origin "{origin}": there are {"; ".join(known)}')
    if origin == "a-posteriori":
        return tested
    if validation is None:
        raise ValueError(
            "scores_table: has no validation writers; "
            "a threshold a priori is found on others' scores"
        )
    return validation


def thresholds_for(tested: pd.DataFrame, source: pd.DataFrame, kind: str, scope: str) -> np.ndarray:
    """Return the threshold that judges each tested score, shape (rows,)."""
    if scope == "global":
        threshold = equal_error_threshold(*scores_and_labels(source, kind))
        return np.full(len(tested), threshold)
    of_writer = {}
    for writer, own in source.groupby("writer"):
        of_writer[writer] = equal_error_threshold(*scores_and_labels(own, kind))
    return tested["writer"].map(of_writer).to_numpy()


def row_on(
    kind: str,
    tested: pd.DataFrame,
    validation: pd.DataFrame | None,
    failures: Mapping[str, int],
    seed: int,
) -> dict:
    """Return a report's row on one kind of forgery."""
    chosen = of_kind(tested, kind)
    _, labels = scores_and_labels(chosen, kind)
    row = {
        "forgeries": kind,
        "genuine scores": int(labels.sum()),  # labels are 1 for genuine, 0 for forged
        "forged scores": int((1 - labels).sum()),
        **equal_errors(chosen, kind, seed),
        **operating_points(chosen, kind, seed),
    }
    if "threshold" in chosen:
        row.update(errors_at_threshold(chosen, kind, failures, seed))
    if validation is not None:
        row.update(costs_in_bits(chosen, validation, kind))
    return row


def equal_errors(chosen: pd.DataFrame, kind: str, seed: int) -> dict[str, float]:
    """Return the equal error rate with its interval, and the one on the convex hull."""
    scores, labels = scores_and_labels(chosen, kind)
    ends = bootstrap_by_writer(chosen, kind=kind, seed=seed)
    return {
        **with_interval("EER", equal_error_rate(scores, labels), ends),
        "EER on the convex hull": equal_error_rate(scores, labels, method="rocch"),
    }


def operating_points(chosen: pd.DataFrame, kind: str, seed: int) -> dict[str, object]:
    """Return the FRR at each allowed FAR with its interval, or why there are too few forgeries."""
    scores, labels = scores_and_labels(chosen, kind)
    fields = {}
    for rate in FALSE_ACCEPT_RATES:
        name = f"FRR at FAR {rate * 100:g} %"
        try:
            value = false_reject_rate_at(scores, labels, rate)
        except ValueError as refused:
            fields[name] = str(refused)
            continue
        ends = bootstrap_by_writer(chosen, false_accept_rate=rate, kind=kind, seed=seed)
        fields.update(with_interval(name, value, ends))
    return fields


def errors_at_threshold(
    chosen: pd.DataFrame, kind: str, failures: Mapping[str, int], seed: int
) -> dict[str, object]:
    """Return FAR and FRR at the threshold with their intervals, as rates of transactions."""
    # How far each score is above its threshold (negative: below), so that 0 judges every writer.
    margins = chosen.assign(score=chosen["score"] - chosen["threshold"])
    false_match_rate, false_non_match_rate = rates_at(*scores_and_labels(margins, kind), 0)
    false_match_ends, false_non_match_ends = intervals_at_zero(margins, kind, seed)

    # A signature that could not be read is turned away, whoever wrote it.
    forged_read = share_read(chosen, kind, failures)
    genuine_read = share_read(chosen, "genuine", failures)
    genuine_unread = 1 - genuine_read
    fields = {}
    if failures:
        fields["failures to acquire"] = (
            f"{failures.get('genuine', 0)} genuine, {failures.get(kind, 0)} {kind}"
        )
    return {
        **fields,
        **with_interval(
            "FAR at threshold", forged_read * false_match_rate, forged_read * false_match_ends
        ),
        **with_interval(
            "FRR at threshold",
            genuine_unread + genuine_read * false_non_match_rate,
            genuine_unread + genuine_read * false_non_match_ends,
        ),
    }


def share_read(chosen: pd.DataFrame, kind: str, failures: Mapping[str, int]) -> float:
    """Return the share, in [0, 1], of the questioned signatures of a kind that gave a score."""
    read = (chosen["kind"] == kind).sum()
    return read / (read + failures.get(kind, 0))


def costs_in_bits(chosen: pd.DataFrame, validation: pd.DataFrame, kind: str) -> dict[str, float]:
    """Return the cost, on tested scores, of likelihood ratios calibrated on validation ones."""
    calibration = calibrate(*scores_and_labels(validation, kind))
    scores, labels = scores_and_labels(chosen, kind)
    cost = cllr(calibration.log_likelihood_ratios(scores), labels)
    least = minimal_cllr(scores, labels)
    return {"Cllr": cost, "minimal Cllr": least, "calibration loss": cost - least}


def with_interval(name: str, value: float, ends: Sequence[float]) -> dict[str, float]:
    """Return a value and the two ends of its interval as fields of a row."""
    low, high = ends
    return {name: float(value), f"{name} from": float(low), f"{name} to": float(high)}
