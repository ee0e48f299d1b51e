"""What the tables of the course say: labels, columns, kinds of signature, and the names of signatures."""

from collections.abc import Collection

import numpy as np
import pandas as pd

SAME, DIFFERENT = 1, 0
KINDS = ("genuine", "forged")
CONDITIONS = ("split", "condition", "script", "domain", "difficulty")


def require_known(what: str, asked: Collection[str], known: Collection[str]) -> None:
    """Raise a ValueError that names the choices unless something is asked for, and nothing that is not known."""
    unknown = [name for name in asked if name not in known]
    if unknown or not asked:
        named = ", ".join(map(repr, unknown)) or "(none)"
        raise ValueError(f"{what} {named} is not known; choose from {', '.join(known)}.")


def signature_names(table: pd.DataFrame) -> pd.Series:
    """Return the name of each signature of a corpus table: "writer/kind/sample"."""
    return (
        table["writer"].astype(str)
        + "/"
        + table["kind"].astype(str)
        + "/"
        + table["sample"].astype(str)
    )


def parts_of_names(names: pd.Series) -> pd.DataFrame:
    """Take names of signatures apart: columns writer, kind and sample; a writer's own name may hold a slash."""
    parts = names.astype(str).str.rsplit("/", n=2, expand=True).reindex(columns=range(3))
    return parts.set_axis(["writer", "kind", "sample"], axis=1)


def without_disguised(table: pd.DataFrame) -> pd.DataFrame:
    """Return a corpus table less the disguised signatures, which are their own writer's and made to look forged.

    A column `sort` is added: "genuine", or the sort of forgery, "skilled" where the table says nothing.
    """
    said = table["forgery"].fillna("").replace("", "skilled") if "forgery" in table else "skilled"
    table = table.assign(sort=np.where(table["kind"] == "genuine", "genuine", said))
    return table[table["sort"] != "disguised"]


def identities(table: pd.DataFrame) -> np.ndarray:
    """Return what the losses need to know of each row: int32 (n, 2), the writer's number and 1 genuine or 0 forged."""
    return np.stack(
        [pd.factorize(table["writer"], sort=True)[0], table["kind"] == "genuine"], axis=1
    ).astype(np.int32)
