"""One page on a verifier: its error rates, how sure they are, and the protocol without which they mean nothing."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape

import pandas as pd

from deepsign_helpers.evaluation import rates
from deepsign_helpers.evaluation.evidence import calibrate, cllr, minimal_cllr
from deepsign_helpers.evaluation.intervals import bootstrap_by_writer
from deepsign_helpers.evaluation.protocol import Protocol, forgery_kinds, scores_and_labels

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
        return f"{self.protocol}" + ("" if self.threshold is None else f" Threshold: {self.threshold:.3f}.")

    def to_json(self) -> str:
        """Return protocol, threshold and table as one JSON object; "readable" says it in words, zero errors too."""
        content = {"protocol": asdict(self.protocol), "caption": self.caption, "threshold": self.threshold}
        content |= {"table": self.table.to_dict("records"), "readable": self.readable().to_dict()}
        return json.dumps(content, indent=2, ensure_ascii=False)

    def readable(self) -> pd.DataFrame:
        """Return the table with a column for each kind of forgery, rates as percentages, zero errors as a bound."""
        columns = {
            row["forgeries"]: {name: in_words(name, row) for name in row} for row in self.table.to_dict("records")
        }
        return pd.DataFrame(columns).drop(index=["forgeries", "EER from", "EER to"]).rename_axis(columns="forgeries")


def in_words(name: str, row: Mapping) -> object:
    """Return one value of a report's row as a person reads it."""
    value, genuine, forged = row[name], row["genuine scores"], row["forged scores"]
    if not isinstance(value, float):
        return value
    if name in IN_BITS:
        return f"{value:.3f}"
    trials = {"FAR": forged, "FRR": genuine, "EER": min(genuine, forged)}.get(name.split()[0])
    rate = f"{value * 100:.1f} %" if value else f"≤ {rates.rule_of_three(trials) * 100:.1f} % (0 of {trials})"
    return f"{rate} ({row['EER from'] * 100:.1f} to {row['EER to'] * 100:.1f})" if name == "EER" else rate


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
    missing = {"writer", "kind", "references", "fusion", "score"} - set(scores_table)
    if missing or not len(scores_table):
        raise ValueError(f"scores_table: lacks {', '.join(sorted(missing)) or 'rows'}; score_table makes one")
    for column in ("model", "references", "fusion"):
        if column in scores_table and scores_table[column].nunique() > 1:
            raise ValueError(f"scores_table: several values of {column}; report one at a time")
    splits = sorted(set(scores_table["split"])) if "split" in scores_table else []
    if len(splits) > 1 and splits != ["test", "validation"]:
        raise ValueError(f"scores_table: splits {', '.join(splits)}; give one of them, or validation and test")
    validation, tested, kinds, failures = None, scores_table, forgery_kinds(scores_table), failures or {}
    if len(splits) > 1:
        validation, tested = (scores_table[scores_table["split"] == name] for name in ("validation", "test"))
    if validation is not None or scope != "global":
        origin = origin or "a-priori"
    if unknown := set(failures) - {"genuine", *kinds}:
        raise ValueError(f"failures: {', '.join(unknown)} is no kind here; there are genuine, {', '.join(kinds)}")
    threshold, judges = None, 0
    if origin:
        source = source_of_thresholds(tested, validation, scope, origin)
        tested, judges = with_thresholds(tested, source, kinds[0], scope), source["writer"].nunique()
        threshold = float(tested["threshold"].iloc[0]) if scope == "global" else None
    first = tested.iloc[0]
    about = {"references": int(first["references"]), "fusion": first["fusion"], "model": first.get("model", "")}
    about |= {"kinds": tuple(kinds), "scope": scope, "origin": origin, "judges": judges}
    rows = [row_of(tested, validation, kind, failures, seed) for kind in kinds]
    return Report(Protocol(tested["writer"].nunique(), **about), threshold, pd.DataFrame(rows))


def source_of_thresholds(
    tested: pd.DataFrame, validation: pd.DataFrame | None, scope: str, origin: str
) -> pd.DataFrame:
    """Return the scores on which thresholds are found, or say why there are none."""
    if scope not in ("global", "user") or origin not in ("a-priori", "a-posteriori"):
        raise ValueError(f'scope "{scope}", origin "{origin}": use global or user, a-priori or a-posteriori')
    if origin == "a-posteriori":
        return tested
    if validation is None:
        raise ValueError("scores_table: has no validation writers; a threshold a priori is found on others' scores")
    if scope == "user" and not set(tested["writer"]) <= set(validation["writer"]):
        raise ValueError('scope "user": not all writers have validation scores; the fusion "normalised" needs none')
    return validation


def with_thresholds(tested: pd.DataFrame, source: pd.DataFrame, kind: str, scope: str) -> pd.DataFrame:
    """Return the tested scores with the `threshold` that judges each."""
    if scope == "global":
        return tested.assign(threshold=rates.equal_error_threshold(*scores_and_labels(source, kind)))
    of_writer = {
        name: rates.equal_error_threshold(*scores_and_labels(part, kind)) for name, part in source.groupby("writer")
    }
    return tested.assign(threshold=tested["writer"].map(of_writer))


def row_of(tested: pd.DataFrame, validation: pd.DataFrame | None, kind: str, failures: Mapping, seed: int) -> dict:
    """Return a report's line on one kind of forgery."""
    chosen = tested[tested["kind"].isin(["genuine", kind])]
    scores, labels = scores_and_labels(chosen, kind)
    low, high = bootstrap_by_writer(chosen, kind=kind, seed=seed)
    genuine, forged = int(labels.sum()), int((1 - labels).sum())
    row = {"forgeries": kind, "genuine scores": genuine, "forged scores": forged}
    row |= {"EER": rates.equal_error_rate(scores, labels), "EER from": low, "EER to": high}
    row["EER on the convex hull"] = rates.equal_error_rate(scores, labels, method="rocch")
    for rate in FALSE_ACCEPT_RATES:
        try:
            value = rates.false_reject_rate_at(scores, labels, rate)
        except ValueError as refused:
            value = str(refused)
        row[f"FRR at FAR {rate * 100:g} %"] = value
    if "threshold" in chosen:
        false_match_rate, false_non_match_rate = rates.rates_at(scores - chosen["threshold"].to_numpy(), labels, 0)
        genuine_unread, forged_unread = failures.get("genuine", 0), failures.get(kind, 0)
        if failures:
            row |= {"failures to acquire": f"{genuine_unread} genuine, {forged_unread} forged"}
        genuine_read = genuine / (genuine + genuine_unread)
        row["FAR at threshold"] = forged / (forged + forged_unread) * false_match_rate
        row["FRR at threshold"] = 1 - genuine_read + genuine_read * false_non_match_rate
    if validation is not None:
        ratios = calibrate(*scores_and_labels(validation, kind)).log_likelihood_ratios(scores)
        costs = cllr(ratios, labels), minimal_cllr(scores, labels)
        row |= dict(zip(IN_BITS, (*costs, costs[0] - costs[1]), strict=True))
    return row
