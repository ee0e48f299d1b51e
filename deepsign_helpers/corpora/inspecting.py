"""Inspect a corpus before anything is trained on it: giveaways, doubles, leaks, gaps."""

import numpy as np
import pandas as pd

from deepsign_helpers.corpora import wording
from deepsign_helpers.corpora.doubles import doubles_among
from deepsign_helpers.corpora.findings import Findings
from deepsign_helpers.corpora.giveaways import COLUMNS, giveaway_table
from deepsign_helpers.corpora.looking import Look, look_at_all
from deepsign_helpers.corpora.manifest import CorpusError
from deepsign_helpers.corpora.probes import FOLDS
from deepsign_helpers.corpora.usability import count_judgements
from deepsign_helpers.tables import KINDS, natural_order, without_disguised

NEEDED = ("path", "writer", "kind")

# What writers may lack, and what that means for who trains or tests on them.
NO_FORGERIES = "no forgery"
NO_GENUINE = "no genuine signature"
ONE_GENUINE = "one genuine signature only"
MEANING = {
    NO_FORGERIES: "only random forgeries can be tried on them",
    NO_GENUINE: "there is nothing to compare their forgeries with",
    ONE_GENUINE: "there is none left to compare it with",
}


def inspect(table: pd.DataFrame, seed: int = 0) -> Findings:
    """Find out what a corpus is worth as a test: giveaways, doubles, leaks and gaps.

    Most public corpora were scanned in two sessions, and one image alone, without any reference,
    tells from which. A network learns that first. Each image is read once, is measured before and
    after `preprocessing.prepare`, and compared with all others; nothing is trained but a logistic
    regression. Images that cannot be used are left out, and said. Work is spread over as many
    processes as `joblib.parallel_config` says.

    Derived in chapter 09, *Does the scanner give the answer away?*.

    Parameters
    ----------
    table : DataFrame
        Corpus table, as `load` returns it; with a column `split` leaks are looked for, too.
    seed : int
        Of the draws of writers, from which the intervals come.

    Returns
    -------
    Findings

    Raises
    ------
    CorpusError
        If the table lacks a path, writer or kind in every row.

    See Also
    --------
    giveaway_areas : the areas alone, as chapter 01 derives them.
    find_doubles, usability : parts of it.
    deepsign_helpers.plotting.write_findings : writes a page of it.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> table = corpora.load(runtime.data_folder())
    >>> few = table[table["writer"].isin(["w000", "w001"])].groupby(["writer", "kind"]).head(2)
    >>> print(inspect(few).verdict)
    not judged: 2 writers have both genuine and forged signatures that can be used, 5 are needed.
    """
    whole, left_out = rows_with_names(table)
    looks = look_at_all(whole["path"].tolist())
    doubles = doubles_among(whole, [look.fingerprint for look in looks])
    leaks = leaks_of(whole, doubles)
    gaps = gaps_of(whole)
    found = count_judgements(whole["path"].tolist(), [look.judgement for look in looks])

    scan, prepared = figure_tables(whole, looks)
    unjudged = why_unjudged(whole, scan)
    giveaways = giveaway_table(scan, prepared, seed) if not unjudged else no_giveaways()
    sentences = (
        *wording.sentences_on_giveaways(giveaways, unjudged),
        *wording.sentences_on_doubles(doubles),
        *wording.sentences_on_leaks(leaks),
        *wording.sentences_on_gaps(gaps),
        *wording.sentences_on_usability(found),
        *left_out,
        *unmeasured(looks),
    )
    return Findings(
        counts=counts_of(whole),
        giveaways=giveaways,
        doubles=doubles,
        gaps=gaps,
        leaks=leaks,
        usability=found,
        sentences=sentences,
        verdict=wording.verdict_on(giveaways, unjudged),
    )


def rows_with_names(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that say what image they are of whom, and a sentence on the others."""
    for column in NEEDED:
        if column not in table:
            cure = "load the corpus with corpora.load."
            raise CorpusError(f"table: has no column {column!r}; {cure}")
    is_whole = table[list(NEEDED)].notna().all(axis=1) & table["kind"].isin(KINDS)
    whole = table[is_whole].reset_index(drop=True)
    whole = whole.assign(path=whole["path"].astype(str), writer=whole["writer"].astype(str))
    if whole.empty:
        raise CorpusError("table: no row has path, writer and kind; is the corpus empty?")
    missing = int((~is_whole).sum())
    if not missing:
        return whole, []
    rows = "1 row lacks" if missing == 1 else f"{missing} rows lack"
    return whole, [f"{rows} path, writer or a known kind, and were left out. Cure: fill them in."]


def counts_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return writers, genuine and forged signatures of each split, and of all."""
    parts = {"all": table}
    if "split" in table:
        parts = {str(split): rows for split, rows in table.groupby("split", sort=False)} | parts
    rows = {
        name: {
            "writers": part["writer"].nunique(),
            "genuine": int((part["kind"] == "genuine").sum()),
            "forged": int((part["kind"] == "forged").sum()),
        }
        for name, part in parts.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def gaps_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return what writers lack: forgeries, or genuine signatures to compare with."""
    genuine = (table["kind"] == "genuine").groupby(table["writer"]).sum()
    forged = (table["kind"] == "forged").groupby(table["writer"]).sum()
    rows = []
    for gap, has_it in (
        (NO_FORGERIES, forged == 0),
        (NO_GENUINE, genuine == 0),
        (ONE_GENUINE, genuine == 1),
    ):
        writers = sorted(genuine.index[has_it], key=natural_order)
        if writers:
            row = {"gap": gap, "writers": len(writers), "example": writers[0]}
            rows.append(row | {"means": MEANING[gap]})
    return pd.DataFrame(rows, columns=["gap", "writers", "example", "means"])


def leaks_of(table: pd.DataFrame, doubles: pd.DataFrame) -> pd.DataFrame:
    """Return the writers and the images that stand in more than one split."""
    columns = ["leak", "name", "splits"]
    if "split" not in table:
        return pd.DataFrame(columns=columns)
    splits = table.groupby("writer")["split"].agg(
        lambda names: " and ".join(names.dropna().unique())
    )
    is_split = table.groupby("writer")["split"].nunique() > 1
    rows = [("writer", writer, splits[writer]) for writer in splits.index[is_split]]
    split_of = dict(zip(table["path"], table["split"], strict=True))
    across = doubles[doubles["where"].str.contains("splits")]
    for pair in across.itertuples():
        names = f"{pair.path} and {pair.double}"
        rows.append(("image", names, f"{split_of[pair.path]} and {split_of[pair.double]}"))
    return pd.DataFrame(rows, columns=columns)


def figure_tables(table: pd.DataFrame, looks: list[Look]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures of scans and prepared images, of writers who have both kinds.

    Disguised signatures are left out, being neither; so are images without figures.
    """
    has_figures = np.array([bool(look.scan) for look in looks])
    usable = without_disguised(table[has_figures])
    both_kinds = usable.groupby("writer")["kind"].transform("nunique") == 2
    usable = usable[both_kinds]
    names = usable[["writer", "kind"]]
    scan = pd.DataFrame([looks[row].scan for row in usable.index], index=usable.index)
    prepared = pd.DataFrame([looks[row].prepared for row in usable.index], index=usable.index)
    return pd.concat([names, scan], axis=1), pd.concat([names, prepared], axis=1)


def why_unjudged(table: pd.DataFrame, figures: pd.DataFrame) -> str:
    """Return why it cannot be said what one image alone gives away, or ""."""
    for kind, other in (("forged", "genuine"), ("genuine", "forged")):
        if not (table["kind"] == kind).any():
            return f"all signatures are {other}, there is none that is {kind}"
    writers = figures["writer"].nunique()
    if writers < FOLDS:
        have = "1 writer has" if writers == 1 else f"{writers} writers have"
        return f"{have} both genuine and forged signatures that can be used, {FOLDS} are needed"
    return ""


def no_giveaways() -> pd.DataFrame:
    """Return the table of giveaways without a row."""
    return pd.DataFrame(columns=list(COLUMNS))


def unmeasured(looks: list[Look]) -> list[str]:
    """Return a sentence on images of which no giveaway could be measured."""
    problems = [look.problem for look in looks if look.problem]
    if not problems:
        return []
    images = "1 image was" if len(problems) == 1 else f"{len(problems)} images were"
    return [f"{images} left out of the giveaways, such as {problems[0]}"]
