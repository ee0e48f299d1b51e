"""One page on a verifier: its error rates, how sure they are, and the protocol without which they mean nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

import pandas as pd

from deepsign_helpers.evaluation import rates
from deepsign_helpers.evaluation.evidence import calibrate, cllr, minimal_cllr
from deepsign_helpers.evaluation.intervals import bootstrap_by_writer, intervals_at_zero
from deepsign_helpers.evaluation.scoring import (
    THRESHOLDS,
    Protocol,
    forgery_kinds,
    of_kind,
    scores_and_labels,
)

FALSE_ACCEPT_RATES = (0.1, 0.01, 0.001)
IN_BITS = ("Cllr", "minimal Cllr", "calibration loss")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """Error rates of one model under one protocol.

    Attributes
    ----------
    protocol : Protocol
    threshold : the one threshold of all writers, or None where there is none
    table : DataFrame with a row for each kind of forgery, rates in [0, 1], Cllr in bits
    """

    protocol: Protocol
    threshold: float | None
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.readable().to_string()}"

    def _repr_html_(self) -> str:
        return f"{self.readable().to_html(border=0)}<p>{escape(self.caption)}</p>"

    @property
    def caption(self) -> str:
        """The protocol in a sentence, with the threshold."""
        return f"{self.protocol}" + (
            "" if self.threshold is None else f" Threshold: {self.threshold:.3f}."
        )

    def to_json(self) -> str:
        """Return protocol, threshold and table as one JSON object; "readable" says it in words, zero errors too."""
        content = {
            "protocol": asdict(self.protocol),
            "caption": self.caption,
            "threshold": self.threshold,
        }
        table = self.table.astype(object).where(self.table.notna(), None)  # JSON has no NaN
        content |= {"table": table.to_dict("records"), "readable": self.readable().to_dict()}
        return json.dumps(content, indent=2, ensure_ascii=False)

    def readable(self) -> pd.DataFrame:
        """Return the table with a column for each kind of forgery, rates as percentages, zero errors as a bound."""
        kinds = {
            row["forgeries"]: {name: in_words(name, row) for name in row}
            for row in self.table.to_dict("records")
        }
        table = pd.DataFrame(kinds).drop(index="forgeries").rename_axis(columns="forgeries")
        return table[~table.index.str.contains(" from$| to$")]


def with_ends(name: str, value: float, ends: Sequence[float]) -> dict[str, float]:
    """Return a value and the two ends of its interval as fields of a row."""
    return dict(zip((name, f"{name} from", f"{name} to"), map(float, (value, *ends)), strict=True))


def in_words(name: str, row: Mapping) -> object:
    """Return one value of a report's row as a person reads it: a rate with its interval, zero errors as a bound."""
    value, trials = row[name], {"FAR": row["forged scores"], "FRR": row["genuine scores"]}
    if not isinstance(value, float):
        return value
    if name in IN_BITS:
        return f"{value:.3f}"
    if not value:
        count = trials.get(name.split()[0], min(trials.values()))
        return f"≤ {rates.rule_of_three(count) * 100:.1f} % (0 of {count}, if independent)"
    ends = [row[f"{name} {end}"] * 100 for end in ("from", "to") if f"{name} {end}" in row]
    return f"{value * 100:.1f} %" + (" ({:.1f} to {:.1f})".format(*ends) if ends else "")


def evaluate(
    scores_table: pd.DataFrame,
    seed: int = 0,
    scope: str = "global",
    origin: str | None = None,
    failures: Mapping[str, int] | None = None,
) -> Report:
    """Report a score table: each kind of forgery apart, with 95 % intervals over writers.

    Where the column `split` holds "validation" and "test", the threshold and the calibration of likelihood ratios come
    from the validation writers and the rates from the test writers. An operating point with too few forged scores is
    refused in the table, with the number needed.

    Scores are those of *comparisons*; FAR and FRR at the threshold are those of *transactions*, in which a signature
    that could not be read is turned away like one that does not match (ISO/IEC 19795-1: FRR = FTA + (1 − FTA)·FNMR and
    FAR = (1 − FTA)·FMR, with the failure-to-acquire rate FTA).

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it: one model, one number of references, one fusion.
    seed : int
        Seed of the bootstrap.
    scope : "global" or "user"
        One threshold for all writers, or one for each.
    origin : "a-priori" or "a-posteriori", optional
        Thresholds from the validation writers, or from the scores they then judge, which flatters. By default a priori
        where there are validation writers, and otherwise none.
    failures : mapping from kind to count, optional
        Questioned signatures of each kind ("genuine", "skilled"…) that gave no score: blank scans, unreadable files.

    Raises
    ------
    ValueError
        If the table mixes protocols, models or splits other than validation and test, or the thresholds asked for
        cannot be had from it.
    """
    needed = {"writer", "kind", "references", "fusion", "score"}
    if not len(scores_table) or not needed <= set(scores_table):
        raise ValueError(
            f"scores_table: lacks {', '.join(sorted(needed - set(scores_table))) or 'rows'}"
        )
    if scores_table[list({*needed, "model", "split"} & set(scores_table))].isna().any(axis=None):
        raise ValueError(
            "scores_table: has empty fields; a signature without a score counts in `failures`"
        )
    for column in ("model", "references", "fusion"):
        if column in scores_table and scores_table[column].nunique() > 1:
            raise ValueError(f"scores_table: several values of {column}; report one at a time")
    splits = sorted(set(scores_table["split"])) if "split" in scores_table else []
    if len(splits) > 1 and splits != ["test", "validation"]:
        raise ValueError(
            f"scores_table: splits {', '.join(splits)}; give one of them, or validation and test"
        )
    validation, tested, kinds, failures = (
        None,
        scores_table,
        forgery_kinds(scores_table) or ["skilled"],
        failures or {},
    )
    if len(splits) > 1:
        validation, tested = (
            scores_table[scores_table["split"] == name] for name in ("validation", "test")
        )
        origin = origin or "a-priori"
        if tested["writer"].isin(validation["writer"]).any():
            raise ValueError(
                "scores_table: some writers are in validation and in test; split by writer"
            )
    if (
        set(failures) - {"genuine", *kinds}
        or min(failures.values(), default=0) < 0
        or (failures and not origin)
    ):
        raise ValueError(
            f"failures: count at a threshold, from 0 on, for genuine, {', '.join(kinds)}"
        )
    threshold, judges = None, 0
    if origin or scope != "global":
        tested, judges = with_thresholds(tested, validation, kinds[0], scope, origin)
        threshold = float(tested["threshold"].iloc[0]) if scope == "global" else None
    first = tested.iloc[0]
    about = (
        tested["writer"].nunique(),
        int(first["references"]),
        first["fusion"],
        tuple(kinds),
        scope,
        origin,
        judges,
    )
    rows = [row_of(tested, validation, kind, failures, seed) for kind in kinds]
    return Report(Protocol(*about, first.get("model", "")), threshold, pd.DataFrame(rows))


def with_thresholds(
    tested: pd.DataFrame, validation, kind: str, scope: str, origin
) -> tuple[pd.DataFrame, int]:
    """Return the tested scores with the `threshold` that judges each, and how many writers it is from."""
    if f"{scope}, {origin}" not in THRESHOLDS:
        known = "; ".join(list(THRESHOLDS)[1:]) + '; a priori, see the fusion "normalised"'
        raise ValueError(f'scope "{scope}", origin "{origin}": there are {known}')
    if scope == "user":
        parts = {name: scores_and_labels(part, kind) for name, part in tested.groupby("writer")}
        of_writer = {name: rates.equal_error_threshold(*part) for name, part in parts.items()}
        return tested.assign(threshold=tested["writer"].map(of_writer)), len(parts)
    source = validation if origin == "a-priori" else tested
    if source is None:
        raise ValueError(
            "scores_table: has no validation writers; a threshold a priori is found on others' scores"
        )
    threshold = rates.equal_error_threshold(*scores_and_labels(source, kind))
    return tested.assign(threshold=threshold), source["writer"].nunique()


def row_of(
    tested: pd.DataFrame, validation: pd.DataFrame | None, kind: str, failures: Mapping, seed: int
) -> dict:
    """Return a report's line on one kind of forgery."""
    chosen = of_kind(tested, kind)
    scores, labels = scores_and_labels(chosen, kind)
    row = {
        "forgeries": kind,
        "genuine scores": int(labels.sum()),
        "forged scores": int((1 - labels).sum()),
    }
    row |= with_ends(
        "EER",
        rates.equal_error_rate(scores, labels),
        bootstrap_by_writer(chosen, None, kind, seed=seed),
    )
    row["EER on the convex hull"] = rates.equal_error_rate(scores, labels, method="rocch")
    for rate in FALSE_ACCEPT_RATES:
        name = f"FRR at FAR {rate * 100:g} %"
        try:
            value = rates.false_reject_rate_at(scores, labels, rate)
            row |= with_ends(name, value, bootstrap_by_writer(chosen, rate, kind, seed=seed))
        except ValueError as refused:
            row[name] = str(refused)
    if "threshold" in chosen:
        above = chosen.assign(score=scores - chosen["threshold"])
        shares, intervals = (
            rates.rates_at(above["score"], labels, 0),
            intervals_at_zero(above, kind, seed),
        )
        if failures:
            row["failures to acquire"] = ", ".join(
                f"{failures.get(name, 0)} {name}" for name in ("genuine", kind)
            )
        for name, asked, share, ends in zip(
            ("FAR", "FRR"), (kind, "genuine"), shares, intervals, strict=True
        ):
            count = (chosen["kind"] == asked).sum()
            read = count / (count + failures.get(asked, 0))
            unread = (1 - read) * (name == "FRR")  # is turned away
            row |= with_ends(f"{name} at threshold", unread + read * share, unread + read * ends)
    if validation is not None:
        ratios = calibrate(*scores_and_labels(validation, kind)).log_likelihood_ratios(scores)
        costs = cllr(ratios, labels), minimal_cllr(scores, labels)
        row |= dict(zip(IN_BITS, (*costs, costs[0] - costs[1]), strict=True))
    return row
