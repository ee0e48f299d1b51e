"""What the files of a corpus may not claim, and what a table leaves out: said, never silent."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepsign_helpers.corpora.manifest import CorpusError, checksum_of
from deepsign_helpers.tables import NAME_PARTS, natural_order

# Why an image is not in the table, as `attrs["left_out"]` says it.
UNREAD = "fits no pattern"
COPY = "copy of another"


def require_one_file_a_sample(table: pd.DataFrame) -> None:
    """Refuse two files that claim to be one sample."""
    name = list(NAME_PARTS)
    repeated = table[table.duplicated(name, keep=False)]
    if repeated.empty:
        return
    writer, kind, sample = repeated.iloc[0][name]
    is_same = (repeated[name] == [writer, kind, sample]).all(axis=1)
    paths = " and ".join(repeated.loc[is_same, "path"].head(2))
    problem = f"both are {kind} sample {sample} of writer {writer}"
    raise CorpusError(f"{paths}: {problem}; load each collection from its own folder.")


def require_genuine_of_each_writer(
    table: pd.DataFrame,
    problem: str = "has no genuine signature to compare with",
    cure: str = "add some, or check what the layout takes for genuine.",
) -> None:
    """Refuse a writer of whom there are forgeries only, in these words."""
    with_genuine = set(table.loc[table["kind"] == "genuine", "writer"])
    without = sorted(set(table["writer"]) - with_genuine, key=natural_order)
    if not without:
        return
    raise CorpusError(f"writer {without[0]}: {problem} (writers like this: {len(without)}); {cure}")


def originals_of_copies(table: pd.DataFrame) -> dict[str, str]:
    """Return of which image each copy is one: from the path of the copy to that of the original.

    Copies are of one writer and kind, as a browser makes them when it saves a file twice. Compared
    with its original, a copy is right for free.

    Raises
    ------
    CorpusError
        If one image stands under two writers, or two kinds.
    """
    # Only files of one size can hold the same image: nothing else is read.
    sizes = table["path"].map(lambda path: Path(path).stat().st_size)
    alike = table[sizes.duplicated(keep=False)]
    checksums = alike["path"].map(checksum_of)
    alike = alike[checksums.duplicated(keep=False)]
    original_of_copy = {}
    for _, same in alike.groupby(checksums, sort=False):
        _require_one_claim(same)
        original, *copies = same["path"]
        original_of_copy.update(dict.fromkeys(copies, original))
    return original_of_copy


def _require_one_claim(same: pd.DataFrame) -> None:
    """Refuse one image that stands under two writers, or two kinds; the rows are all of it."""
    claims = same.drop_duplicates(["writer", "kind"]).head(2)
    if len(claims) < 2:
        return
    paths = " and ".join(claims["path"])
    claimed = " and as ".join(claims["kind"] + " of writer " + claims["writer"])
    raise CorpusError(f"{paths}: one image stands as {claimed}; remove the wrong one.")


def left_out(unread: Sequence[str], copies: Mapping[str, str]) -> dict[str, dict[str, int | str]]:
    """Return what a table leaves out, by reason: how many images, and one of them.

    Parameters
    ----------
    unread : sequence of str
        Paths of images that fit no pattern.
    copies : mapping from str to str
        Paths of copies to the paths of their originals.
    """
    reasons = {}
    if unread:
        reasons[UNREAD] = {"count": len(unread), "example": unread[0]}
    if copies:
        copy, original = next(iter(copies.items()))
        reasons[COPY] = {"count": len(copies), "example": f"{copy} of {original}"}
    return reasons


def sentence_on(reasons: Mapping[str, Mapping[str, int | str]]) -> str:
    """Return what a person is told of the images left out, with the cure."""
    parts = []
    for reason, cure in (
        (UNREAD, "give a layout that fits, or move them away"),
        (COPY, "delete the copies"),
    ):
        if reason in reasons:
            count = reasons[reason]["count"]
            example = reasons[reason]["example"]
            images = "image" if count == 1 else "images"
            parts.append(f"{count} {images} ({reason}: {example}; {cure})")
    return f"left out {' and '.join(parts)}."
