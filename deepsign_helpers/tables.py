"""What the tables of the course say: labels, columns, kinds, and the names of signatures."""

import re
from collections.abc import Collection

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

# Labels of a pair, and of a score: written by one hand, or not.
SAME = 1
DIFFERENT = 0

# What a signature in a corpus table is: written by the writer whose name it is, or made to look so.
KINDS = ("genuine", "forged")

# The columns that every corpus table has.
CORPUS_COLUMNS = (
    "path",  # of the image, to be opened as it is; in manifest.csv relative to the folder
    "writer",  # whose signature it is, or is meant to be
    "kind",  # one of KINDS
    "sample",  # tells a writer's signatures of one kind apart
    "forgery",  # "simple", "traced", "skilled" or "disguised"; empty for a genuine signature
    "forger",  # who wrote a forgery; empty where nobody knows, and for a genuine signature
)

# Those that the table of a generated corpus has besides.
GENERATED_COLUMNS = (
    "script",  # "latin", "devanagari" …: in what the name is written
    "domain",  # "clean", "office", "phone" …: what the sheet was scanned with
    "condition",  # of the writer's hand: "usual", "hurried", "elderly" …
    "difficulty",  # "easy", "medium" or "hard": how good the forgers are
)

# The columns that every score table has: a signature, compared with a writer's references.
SCORE_COLUMNS = (
    "writer",  # whose references they are
    "questioned",  # name of the signature that was compared with them: "writer/kind/sample"
    "kind",  # of the comparison: "genuine", "random", or the kind of forgery, such as "skilled"
    "references",  # with how many references it was compared
    "fusion",  # how the distances to them became one
    "score",  # a similarity: higher means more alike
)

# What a score table says besides of the questioned signature, where the corpus table says it.
CONDITIONS = ("split", "condition", "script", "domain", "difficulty")

NAME_PARTS = ("writer", "kind", "sample")  # of a signature, in the order of its name

# What pandas calls a column whose values cannot be sorted.
MIXED = ("mixed", "mixed-integer")


def require_known(what: str, asked: Collection[str], known: Collection[str]) -> None:
    """Refuse what is not known, and an empty choice, with the names that there are.

    Parameters
    ----------
    what : str
        What is chosen, as the sentence calls it.
    asked : collection of str
        The names chosen.
    known : collection of str
        The names that there are.

    Raises
    ------
    ValueError
        If a name is not known, or none is chosen.

    Examples
    --------
    >>> require_known("script", ["latin"], ["latin", "devanagari"])
    >>> require_known("script", ["runes"], ["latin", "devanagari"])
    Traceback (most recent call last):
    ValueError: script 'runes' is not known; choose from latin, devanagari.
    """
    unknown = [name for name in asked if name not in known]
    if asked and not unknown:
        return
    named = ", ".join(repr(name) for name in unknown) or "(none)"
    raise ValueError(f"{what} {named} is not known; choose from {', '.join(known)}.")


def require_filled(table: pd.DataFrame, columns: Collection[str], name: str = "table") -> None:
    """Refuse a table that lacks a column, or has a gap in one: a comparison would pass over it.

    Parameters
    ----------
    table : DataFrame
        Any table.
    columns : collection of str
        Those that must be there in full.
    name : str
        What the sentence calls the table.

    Raises
    ------
    ValueError
        If a column is absent, has a gap (NaN, None), or mixes text and numbers, which have no
        order.

    Examples
    --------
    >>> require_filled(pd.DataFrame({"writer": ["ann", None]}), ["writer"])
    Traceback (most recent call last):
    ValueError: table: a row has no writer; give one to each, or leave the row out.
    """
    for column in columns:
        if column not in table:
            found = ", ".join(str(name) for name in table.columns) or "none"
            raise ValueError(f"{name}: has no column {column!r}; its columns are {found}.")
        if table[column].isna().any():
            cure = "give one to each, or leave the row out."
            raise ValueError(f"{name}: a row has no {column}; {cure}")
        if infer_dtype(table[column]) in MIXED:
            raise ValueError(f"{name}: {column} is text in some rows only; make it text in all.")


def require_whole(table: pd.DataFrame, name: str = "table") -> None:
    """Refuse a corpus table with a gap, with a third kind, or with a signature that stands twice.

    Said before a table is paired or trained on: a pair of an image with itself is right for free,
    and an image without a kind would count as forged.

    Parameters
    ----------
    table : DataFrame
        Corpus table.
    name : str
        What the sentence calls it.

    Raises
    ------
    ValueError
        If path, writer, kind or sample is absent in a row; a kind is none of `KINDS`; or two rows
        have one path, or one writer, kind and sample.

    Examples
    --------
    >>> one = {"path": "a.png", "writer": "ann", "kind": "genuine", "sample": "1"}
    >>> require_whole(pd.DataFrame([one]))
    >>> require_whole(pd.DataFrame([one, {**one, "sample": "2"}]))
    Traceback (most recent call last):
    ValueError: table: a.png stands for a signature that is there already (1 such rows); drop them.
    """
    require_filled(table, ["path", *NAME_PARTS], name)
    require_kinds(table)
    is_doubled = table["path"].duplicated() | table.duplicated(list(NAME_PARTS))
    if is_doubled.any():
        path = table.loc[is_doubled, "path"].iloc[0]
        problem = "stands for a signature that is there already"
        raise ValueError(f"{name}: {path} {problem} ({is_doubled.sum()} such rows); drop them.")


def require_kinds(table: pd.DataFrame) -> None:
    """Refuse a corpus table with a kind that is neither "genuine" nor "forged", NaN included."""
    require_filled(table, ["kind"])
    is_known = table["kind"].isin(KINDS)
    if not is_known.all():
        found = table.loc[~is_known, "kind"].iloc[0]
        raise ValueError(f"table: the kind {found!r} is neither {' nor '.join(KINDS)}; mend it.")


def signature_names(table: pd.DataFrame) -> pd.Series:
    """Return the name of each signature of a corpus table: "writer/kind/sample".

    Parameters
    ----------
    table : DataFrame
        Corpus table, or any table with the columns writer, kind and sample.

    Returns
    -------
    Series of str, with the index of the table

    Raises
    ------
    ValueError
        If a row lacks one of the three: its name would be another's.

    See Also
    --------
    parts_of_names : takes them apart again.

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["w003"], "kind": ["genuine"], "sample": ["07"]})
    >>> signature_names(table).tolist()
    ['w003/genuine/07']
    """
    require_filled(table, NAME_PARTS)
    writer = table["writer"].astype(str)
    kind = table["kind"].astype(str)
    sample = table["sample"].astype(str)
    return writer + "/" + kind + "/" + sample


def parts_of_names(names: pd.Series) -> pd.DataFrame:
    """Take names of signatures apart into writer, kind and sample.

    Parameters
    ----------
    names : Series of str
        As `signature_names` makes them. A writer's own name may hold a slash, kind and sample may
        not. Of another text, what stands before the first slash counts as the writer, and what is
        lacking is None.

    Returns
    -------
    DataFrame
        Text columns writer, kind and sample, with the index of the names.

    See Also
    --------
    signature_names : makes them.

    Examples
    --------
    >>> parts_of_names(pd.Series(["Bengali/001/forged/07"]))
            writer    kind sample
    0  Bengali/001  forged     07
    """
    parts = names.astype(str).str.rsplit("/", n=2, expand=True)
    parts = parts.reindex(columns=range(len(NAME_PARTS)))  # where no name has all three
    return parts.set_axis(list(NAME_PARTS), axis=1)


def without_disguised(table: pd.DataFrame) -> pd.DataFrame:
    """Return a corpus table less the disguised signatures, which are neither genuine nor another's.

    Who disguises a signature writes it in a false hand, to deny it later: the writer is the true
    one, and yet it is meant to look forged. Neither label would be fair, so training and tests
    leave it out.

    Parameters
    ----------
    table : DataFrame
        Corpus table; without a column `forgery`, every forgery counts as skilled.

    Returns
    -------
    DataFrame
        The other rows, with a column `sort` added: what becomes of a row in a comparison with its
        own writer, "genuine" or the kind of forgery ("skilled", "traced" …). It says in one column
        what `kind` and `forgery` say in two.

    Raises
    ------
    ValueError
        If a kind is neither "genuine" nor "forged".

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "kind": ["genuine", "forged", "forged", "forged"],
    ...     "forgery": ["", "traced", "", "disguised"],
    ... })
    >>> without_disguised(table)["sort"].tolist()
    ['genuine', 'traced', 'skilled']
    """
    require_kinds(table)
    if "forgery" in table:
        forgery = table["forgery"].fillna("").replace("", "skilled")
    else:
        forgery = "skilled"
    is_genuine = table["kind"] == "genuine"
    table = table.assign(sort=np.where(is_genuine, "genuine", forgery))
    return table[table["sort"] != "disguised"]


def identities(table: pd.DataFrame) -> np.ndarray:
    """Return what the losses need to know of each row: whose signature, and whether it is genuine.

    Parameters
    ----------
    table : DataFrame
        Corpus table.

    Returns
    -------
    int32 array, shape (n, 2)
        The writer's number, in the order of the writers' names, from 0; and 1 genuine or 0 forged.

    Raises
    ------
    ValueError
        If a row has no writer, or a kind is neither "genuine" nor "forged".

    Examples
    --------
    >>> table = pd.DataFrame({"writer": ["b", "a"], "kind": ["genuine", "forged"]})
    >>> identities(table)
    array([[1, 1],
           [0, 0]], dtype=int32)
    """
    require_filled(table, ["writer"])
    require_kinds(table)
    numbers, _ = pd.factorize(table["writer"], sort=True)
    is_genuine = table["kind"] == "genuine"
    return np.stack([numbers, is_genuine], axis=1).astype(np.int32)


def natural_order(text: str) -> list[str | int]:
    """Return a key that sorts writer 2 before writer 10.

    Parameters
    ----------
    text : str
        A name, such as a writer's.

    Returns
    -------
    list
        Text and numbers in turns, the first and the last always text.

    Examples
    --------
    >>> sorted(["w10", "w2"], key=natural_order)
    ['w2', 'w10']
    """
    parts = re.split(r"(\d+)", text)
    return [int(part) if part.isdecimal() else part for part in parts]
