"""One page on a verifier: its error rates, how sure they are, and the protocol without which they mean nothing."""

import json
from dataclasses import dataclass

import pandas as pd

from deepsign_helpers.evaluation.intervals import bootstrap_by_writer
from deepsign_helpers.evaluation.protocol import FUSIONS, forgery_kinds, scores_and_labels
from deepsign_helpers.evaluation.rates import (
    equal_error_rate,
    equal_error_threshold,
    false_reject_rate_at,
    rates_at,
)

FALSE_ACCEPT_RATES = (0.1, 0.01, 0.001)


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """Error rates of one model under one protocol; `table` has a row for each kind of forgery, rates in [0, 1]."""

    protocol: str
    threshold: float | None
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.protocol}\n{self._readable().to_string()}"

    def _repr_html_(self) -> str:
        return f"{self._readable().to_html(border=0)}<p>{self.protocol}</p>"

    def to_json(self) -> str:
        """Return protocol, threshold and table as one JSON object."""
        content = {"protocol": self.protocol, "threshold": self.threshold, "table": self.table.to_dict("records")}
        return json.dumps(content, indent=2)

    def _readable(self) -> pd.DataFrame:
        """Return the table with a column for each kind of forgery, rates as percentages."""
        columns = self.table.set_index("forgeries").astype(object).T  # counts stay whole numbers
        return columns.map(lambda value: f"{value * 100:.1f} %" if isinstance(value, float) else value)


def evaluate(scores_table: pd.DataFrame, seed: int = 0) -> Report:
    """Report a score table: each kind of forgery apart, with 95 % intervals over writers.

    Where the column `split` holds "validation" and "test", the threshold comes from the validation writers' skilled
    forgeries (or the first kind there is) and the rates from the test writers. An operating point with too few forged
    scores is refused in the table, with the number needed.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it: one model, one number of references, one fusion.
    seed : int
        Seed of the bootstrap.

    Raises
    ------
    ValueError
        If the table mixes protocols, models or splits other than validation and test.
    """
    for column in ("model", "references", "fusion"):
        if column in scores_table and scores_table[column].nunique() > 1:
            raise ValueError(f"scores_table: several values of {column}; report one at a time")
    splits = sorted(set(scores_table["split"])) if "split" in scores_table else []
    if len(splits) > 1 and splits != ["test", "validation"]:
        raise ValueError(f"scores_table: splits {', '.join(splits)}; give one of them, or validation and test")

    tested, threshold, origin = scores_table, None, "no a-priori threshold; rates at a FAR are read off these scores"
    kinds = forgery_kinds(scores_table)
    if len(splits) > 1:
        validation, tested = (scores_table[scores_table["split"] == name] for name in ("validation", "test"))
        threshold = equal_error_threshold(*scores_and_labels(validation, kinds[0]))
        origin = (
            f"threshold {threshold:.3f} from the {kinds[0]} forgeries of {validation['writer'].nunique()} other writers"
        )
    count, fusion = int(tested["references"].iloc[0]), tested["fusion"].iloc[0]
    model = f"{tested['model'].iloc[0]}: " if "model" in tested else ""
    protocol = (
        f"{model}writer-independent, {tested['writer'].nunique()} writers, "
        f"{count} reference{'s' * (count > 1)} each, distances to the references fused by "
        f"{FUSIONS.get(fusion, fusion)}, {' and '.join(kinds)} forgeries apart; {origin}; 95 % intervals over writers."
    )
    return Report(protocol, threshold, pd.DataFrame([row_of(tested, kind, threshold, seed) for kind in kinds]))


def row_of(tested: pd.DataFrame, kind: str, threshold: float | None, seed: int) -> dict:
    """Return a report's line on one kind of forgery."""
    scores, labels = scores_and_labels(tested, kind)
    low, high = bootstrap_by_writer(tested, kind=kind, seed=seed)
    row = {"forgeries": kind, "genuine scores": int(labels.sum()), "forged scores": int((1 - labels).sum())}
    row |= {"EER": equal_error_rate(scores, labels), "EER from": low, "EER to": high}
    for rate in FALSE_ACCEPT_RATES:
        try:
            value = false_reject_rate_at(scores, labels, rate)
        except ValueError as refused:
            value = str(refused)
        row[f"FRR at FAR {rate * 100:g} %"] = value
    if threshold is not None:
        row |= dict(zip(("FAR at threshold", "FRR at threshold"), rates_at(scores, labels, threshold), strict=True))
    return row
