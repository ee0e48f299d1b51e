"""Who bears the errors: error rates by writer, by condition, by script, and the animals of Doddington's zoo."""

import pandas as pd

from deepsign_helpers.evaluation.intervals import bootstrap_by_writer
from deepsign_helpers.evaluation.rates import equal_error_rate, rates_at
from deepsign_helpers.evaluation.scoring import impostors, of_kind, scores_and_labels


def error_by_writer(
    scores_table: pd.DataFrame, threshold: float, kind: str = "skilled"
) -> pd.DataFrame:
    """Return each writer's errors at one threshold, those who are turned away most often first.

    Returns
    -------
    DataFrame with a row for each writer: genuine, forged (counts), FRR, FAR (in [0, 1], NaN where there is nothing to
    count) and the mean score of the genuine signatures.
    """
    genuine, forged = (scores_table[scores_table["kind"] == name] for name in ("genuine", kind))
    by_writer = pd.DataFrame(
        {"genuine": genuine["writer"].value_counts(), "forged": forged["writer"].value_counts()}
    )
    by_writer["FRR"] = (genuine["score"] < threshold).groupby(genuine["writer"]).mean()
    by_writer["FAR"] = (forged["score"] >= threshold).groupby(forged["writer"]).mean()
    by_writer["mean genuine score"] = genuine.groupby("writer")["score"].mean()
    counts = by_writer[["genuine", "forged"]].fillna(0).astype(int)
    return by_writer.assign(**counts).sort_values(
        ["FRR", "mean genuine score"], ascending=[False, True]
    )


def error_by(
    scores_table: pd.DataFrame, column: str, threshold: float, kind: str = "skilled"
) -> pd.DataFrame:
    """Return the error rates of each group of a score table, with the 95 % interval of its equal error rate.

    Parameters
    ----------
    scores_table : DataFrame
        As `score_table` returns it.
    column : str
        What divides it: "condition", "script", "domain", "difficulty"…
    threshold : float
        One for all groups: an EER balances each group by itself, which no single threshold does.
    kind : str
        The kind of forgery that counts.

    Returns
    -------
    DataFrame with a row for each group: writers, genuine, forged (counts), EER, EER from, EER to, FAR, FRR, in [0, 1].

    Raises
    ------
    ValueError
        If the table has no such column, or a group has fewer than two writers, no genuine scores or none of the kind.
    """
    if column not in scores_table:
        raise ValueError(
            f"scores_table: has no column {column}; there are {', '.join(scores_table.columns)}"
        )
    rows = {}
    for name, group in of_kind(scores_table, kind).groupby(column):
        scores, labels = scores_and_labels(group, kind)
        low, high = bootstrap_by_writer(group, kind=kind)
        far, frr = rates_at(scores, labels, threshold)
        rows[name] = {
            "writers": group["writer"].nunique(),
            "genuine": labels.sum(),
            "forged": (1 - labels).sum(),
        }
        rows[name] |= {
            "EER": equal_error_rate(scores, labels),
            "EER from": low,
            "EER to": high,
            "FAR": far,
            "FRR": frr,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(column)


def menagerie(scores_table: pd.DataFrame, share: float = 0.1) -> pd.DataFrame:
    """Name the writers who stand out: goats, lambs and wolves among the sheep.

    *Goats* have the lowest genuine scores, *lambs* are the easiest to be taken for (the highest scores of random
    forgeries against their references), *wolves* the best at being taken for others. The lowest or highest `share` of
    writers always exists, in noise too, and one odd reference moves all of a writer's scores: an animal is real when
    it comes back with other references.

    Returns
    -------
    DataFrame with a row for each writer: mean scores "genuine", "as victim", "as impostor", and "animal": "sheep", or
    "goat", "lamb", "wolf" or several.

    Raises
    ------
    ValueError
        If there are no random forgeries, whose names ("writer/kind/sample" in `questioned`) tell the impostor.

    References
    ----------
    G. Doddington et al., Sheep, goats, lambs and wolves: a statistical analysis of speaker performance, ICSLP 1998,
    https://doi.org/10.21437/ICSLP.1998-244.
    """
    scores_table = scores_table.reset_index(drop=True)
    genuine, random = (scores_table[scores_table["kind"] == kind] for kind in ("genuine", "random"))
    if random.empty or "questioned" not in random:
        raise ValueError(
            "scores_table: names no random forgeries; score some, they tell lambs and wolves"
        )
    roles = {
        "genuine": genuine["writer"],
        "as victim": random["writer"],
        "as impostor": impostors(random),
    }
    means = {
        role: scores_table.loc[of.index, "score"].groupby(of.astype(str)).mean()
        for role, of in roles.items()
    }
    animals = pd.DataFrame(means)
    ranks = animals.assign(genuine=-animals["genuine"]).rank(pct=True)
    stands_out = (ranks > 1 - share).set_axis(["goat", "lamb", "wolf"], axis=1)
    return animals.assign(
        animal=stands_out.apply(lambda row: " and ".join(row.index[row]) or "sheep", axis=1)
    )
