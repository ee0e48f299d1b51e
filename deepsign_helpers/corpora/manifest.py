"""Our own layout: images, and a manifest that says what each is and what it must hold."""

from pathlib import Path

import pandas as pd

from deepsign_helpers import files
from deepsign_helpers.tables import CORPUS_COLUMNS, GENERATED_COLUMNS, KINDS

MANIFEST_COLUMNS = (*CORPUS_COLUMNS, *GENERATED_COLUMNS, "sha256")
CURE = "generate the corpus again."


class CorpusError(ValueError):
    """A folder that cannot be read as a corpus; the message is one sentence with the cure."""


def read_manifest(folder: Path) -> pd.DataFrame:
    """Return the table of a generated corpus, once every image is what the manifest says.

    Parameters
    ----------
    folder : Path
        Holds manifest.csv and the folder images.

    Returns
    -------
    DataFrame
        The manifest's columns as text, less the checksums; paths can be opened as they are.

    Raises
    ------
    CorpusError
        If the manifest is missing, damaged, cut short or empty, or an image is missing or altered.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> table = read_manifest(runtime.data_folder())
    >>> table.loc[0, ["writer", "kind", "sample"]].tolist()
    ['w000', 'genuine', '00']
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        problem = "holds no manifest.csv, as a corpus left half-written"
        raise CorpusError(f"{folder}: {problem}; generate it again.")
    try:
        table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise CorpusError(f"{manifest}: is not a readable table; {CURE}") from error

    _require_whole(table, manifest)
    for relative, checksum in zip(table["path"], table["sha256"], strict=True):
        _require_unaltered(relative, checksum, manifest)

    table = table.drop(columns="sha256")
    return table.assign(path=[str(folder / relative) for relative in table["path"]])


def _require_whole(table: pd.DataFrame, manifest: Path) -> None:
    """Refuse a manifest that lacks a column or an image, lists none, or names a third kind."""
    for column in MANIFEST_COLUMNS:
        if column not in table:
            raise CorpusError(f"{manifest}: lacks the column {column!r}; {CURE}")

    folder = manifest.parent
    # PNG only: a file manager leaves other files there.
    images = files.files_below(folder / "images", "*.png")
    found = {path.relative_to(folder).as_posix() for path in images}
    unlisted = found - set(table["path"])
    if unlisted:
        problem = f"was cut short, it lacks {len(unlisted)} images"
        raise CorpusError(f"{manifest}: {problem}; {CURE}")
    if table.empty:
        raise CorpusError(f"{manifest}: is empty, it lists no image; {CURE}")
    if not table["kind"].isin(KINDS).all():
        raise CorpusError(f'{manifest}: a kind is neither "genuine" nor "forged"; {CURE}')


def _require_unaltered(relative: str, checksum: str, manifest: Path) -> None:
    """Refuse an image that is missing, or has changed since it was listed."""
    path = manifest.parent / relative
    if not path.is_file():
        raise CorpusError(f"{manifest}: lists {relative}, which is missing; {CURE}")
    if files.checksum(path) != checksum:
        problem = f"{relative} is no longer the image it lists"
        raise CorpusError(f"{manifest}: {problem}; {CURE}")
