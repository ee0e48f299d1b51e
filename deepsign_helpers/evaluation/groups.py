"""Who bears the errors: by writer, by condition, by script, and the animals of Doddington's zoo."""

import pandas as pd

from deepsign_helpers.evaluation.intervals import bootstrap_by_writer
from deepsign_helpers.evaluation.rates import equal_error_rate, rates_at, require_threshold
from deepsign_helpers.evaluation.scoring import (
    impostor_writers,
    of_kind,
    require_scores,
    scores_and_labels,
)
from deepsign_helpers.tables import require_filled


def error_by_writer(
    scores_table: pd.DataFrame, threshold: float, kind: str = "skilled"
) -> pd.DataFrame:
    """Return each writer's errors at one threshold, those turned away most often first.

    Derived in chapter 07, *Who bears the errors*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.
    threshold : float, a score
        One for all writers.
    kind : str
        The kind of forgery that counts.

    Returns
    -------
    DataFrame
        A row for each writer: genuine, forged (counts), FRR, FAR (in [0, 1], NaN where there is
        nothing to count) and the mean score of the genuine signatures.

    Raises
    ------
    ValueError
        For a threshold that is NaN, a score that is not finite, or a row without writer or kind.

    See Also
    --------
    error_by : the same for groups of writers.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["ann"] * 2 + ["bob"] * 2, "score": [0.9, 0.1, 0.4, 0.6]})
    >>> table = table.assign(kind=["genuine", "skilled"] * 2)
    >>> error_by_writer(table, threshold=0.5)[["FRR", "FAR"]].to_dict("index")
    {'bob': {'FRR': 1.0, 'FAR': 1.0}, 'ann': {'FRR': 0.0, 'FAR': 0.0}}
    """
    require_threshold(threshold)
    require_scores(scores_table)
    genuine = scores_table[scores_table["kind"] == "genuine"]
    forged = scores_table[scores_table["kind"] == kind]
    rejected = genuine["score"] < threshold
    accepted = forged["score"] >= threshold
    by_writer = pd.DataFrame(
        {"genuine": genuine["writer"].value_counts(), "forged": forged["writer"].value_counts()}
    )
    by_writer["FRR"] = rejected.groupby(genuine["writer"]).mean()
    by_writer["FAR"] = accepted.groupby(forged["writer"]).mean()
    by_writer["mean genuine score"] = genuine.groupby("writer")["score"].mean()
    counts = by_writer[["genuine", "forged"]].fillna(0).astype(int)
    by_writer = by_writer.assign(**counts)
    return by_writer.sort_values(["FRR", "mean genuine score"], ascending=[False, True])


def error_by(
    scores_table: pd.DataFrame, column: str, threshold: float, kind: str = "skilled"
) -> pd.DataFrame:
    """Return the error rates of each group of a score table.

    Derived in chapter 07, *Who bears the errors*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.
    column : str
        What divides it: "condition", "script", "domain", "difficulty"…
    threshold : float, a score
        One for all groups: an EER balances each group by itself, which no single threshold does.
    kind : str
        The kind of forgery that counts.

    Returns
    -------
    DataFrame
        A row for each group: writers, genuine, forged (counts), EER, EER from, EER to (its 95 %
        interval), FAR, FRR, in [0, 1].

    Raises
    ------
    ValueError
        If the table has no such column or it has a gap, a group has fewer than two writers, no
        genuine scores or none of the kind; for what `error_by_writer` refuses.

    See Also
    --------
    error_by_writer : the errors of each writer.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["ann"] * 2 + ["bob"] * 2, "score": [0.9, 0.1, 0.4, 0.6]})
    >>> table = table.assign(kind=["genuine", "skilled"] * 2, script="latin")
    >>> latin = error_by(table, "script", threshold=0.5).loc["latin"]
    >>> latin[["EER", "EER from", "EER to", "FAR", "FRR"]].tolist()
    [0.5, 0.0, 1.0, 0.5, 0.5]
    """
    require_scores(scores_table)
    require_filled(scores_table, [column], "scores_table")
    rows = {}
    for name, group in of_kind(scores_table, kind).groupby(column):
        scores, labels = scores_and_labels(group, kind)
        low, high = bootstrap_by_writer(group, kind=kind)
        false_accept_rate, false_reject_rate = rates_at(scores, labels, threshold)
        rows[name] = {
            "writers": group["writer"].nunique(),
            "genuine": labels.sum(),
            "forged": (1 - labels).sum(),
            "EER": equal_error_rate(scores, labels),
            "EER from": low,
            "EER to": high,
            "FAR": false_accept_rate,
            "FRR": false_reject_rate,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(column)


def menagerie(scores_table: pd.DataFrame, share: float = 0.1) -> pd.DataFrame:
    """Name the writers who stand out: goats, lambs and wolves among the sheep.

    *Goats* have the lowest genuine scores, *lambs* are the easiest to be taken for (the highest
    scores of random forgeries against their references), *wolves* the best at being taken for
    others. The lowest or highest `share` of writers always exists, in noise too, and one odd
    reference moves all of a writer's scores: an animal is real when it comes back with other
    references.

    Derived in chapter 07, *Who bears the errors*.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it, with random forgeries.
    share : float in (0, 1)
        Of all writers, how many are a goat, how many a lamb and how many a wolf.

    Returns
    -------
    DataFrame
        A row for each writer: mean scores "genuine", "as victim", "as impostor", and "animal":
        "sheep", or "goat", "lamb", "wolf" or several.

    Raises
    ------
    ValueError
        If there are no random forgeries, whose names ("writer/kind/sample" in `questioned`) say
        who the impostor is; for a score that is not finite, or a row without writer or kind.

    See Also
    --------
    error_by_writer : what a threshold does to each writer.

    References
    ----------
    G. Doddington et al., Sheep, goats, lambs and wolves: a statistical analysis of speaker
    performance, ICSLP 1998, https://doi.org/10.21437/ICSLP.1998-244.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["ann", "bob", "cyd"] * 2})
    >>> table = table.assign(kind=["genuine"] * 3 + ["random"] * 3)
    >>> table["questioned"] = [f"{writer}/genuine/0" for writer in ["ann", "bob", "cyd"] * 2]
    >>> table.loc[3:, "questioned"] = ["bob/genuine/0", "cyd/genuine/0", "ann/genuine/0"]
    >>> table["score"] = [0.9, 0.5, 0.8, 0.1, 0.2, 0.4]
    >>> menagerie(table, share=0.3)["animal"].to_dict()
    {'ann': 'wolf', 'bob': 'goat', 'cyd': 'lamb'}
    """
    require_scores(scores_table)
    genuine = scores_table[scores_table["kind"] == "genuine"]
    random = scores_table[scores_table["kind"] == "random"]
    if random.empty or "questioned" not in random:
        raise ValueError(
            "scores_table: names no random forgeries; score some, they tell lambs and wolves"
        )
    # Names hold writers as text, so all are compared as text.
    animals = pd.DataFrame(
        {
            "genuine": genuine["score"].groupby(genuine["writer"].astype(str)).mean(),
            "as victim": random["score"].groupby(random["writer"].astype(str)).mean(),
            "as impostor": random["score"].groupby(impostor_writers(random)).mean(),
        }
    ).rename_axis(index=None)
    ranks = pd.DataFrame(
        {
            "goat": (-animals["genuine"]).rank(pct=True),  # the lowest stand out
            "lamb": animals["as victim"].rank(pct=True),
            "wolf": animals["as impostor"].rank(pct=True),
        }
    )
    stands_out = ranks > 1 - share
    return animals.assign(animal=stands_out.apply(animal_name, axis=1))


def animal_name(stands_out: pd.Series) -> str:
    """Return the animals that a writer is, by a row that says of each whether the writer is it."""
    names = stands_out.index[stands_out]
    if names.empty:
        return "sheep"
    return " and ".join(names)
