"""Our own layout: images, and a manifest that says what each is and what it must hold."""

import json
from pathlib import Path

import pandas as pd

from deepsign_helpers import files
from deepsign_helpers.preprocessing.reading import ENDINGS, printable
from deepsign_helpers.tables import CORPUS_COLUMNS, GENERATED_COLUMNS, KINDS

MANIFEST = "manifest.csv"
MANIFEST_COLUMNS = (*CORPUS_COLUMNS, *GENERATED_COLUMNS, "sha256")
# Says, beside what a corpus was made from, what its manifest must hold. A corpus may lack it.
FACTS = "corpus.json"
CURE = "generate the corpus again."

# How the names of other images end: `read_gray` cannot read them, but they are somebody's scans.
UNREADABLE_ENDINGS = (".gif", ".webp", ".heic", ".jp2", ".pdf")

# A folder that the Mac puts into its archives: what lies in it is about files, and is none.
ARCHIVERS_FOLDER = "__MACOSX"


class CorpusError(ValueError):
    """A folder that cannot be read as a corpus; the message is one sentence with the cure."""

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))  # a file's name may hold a line break


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
        If the manifest is missing, damaged, altered, cut short or empty, or an image is missing,
        altered or not listed.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> table = read_manifest(runtime.data_folder())
    >>> table.loc[0, ["writer", "kind", "sample"]].tolist()
    ['w000', 'genuine', '00']
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        problem = "holds no manifest.csv, as a corpus left half-written"
        raise CorpusError(f"{folder}: {problem}; generate it again.")
    try:
        table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{manifest}: is not a readable table; {CURE}") from error

    _require_whole(table, manifest)
    _require_every_image(table, manifest)
    for relative, checksum in zip(table["path"], table["sha256"], strict=True):
        _require_unaltered(relative, checksum, manifest)
    _require_described(manifest)

    table = table.drop(columns="sha256")
    return table.assign(path=[str(folder / relative) for relative in table["path"]])


def files_below(folder: Path) -> list[Path]:
    """Return the files below a folder, or say in one sentence why they cannot be found."""
    try:
        found = files.files_below(folder)
    except OSError as error:
        raise CorpusError(str(error)) from error
    return [path for path in found if ARCHIVERS_FOLDER not in path.relative_to(folder).parts]


def is_image(path: Path) -> bool:
    """Tell whether a file is called like an image, be it one that `read_gray` cannot read."""
    return path.suffix.lower() in (*ENDINGS, *UNREADABLE_ENDINGS)


def checksum_of(path: str | Path) -> str:
    """Return a file's checksum, or say in one sentence that it cannot be read."""
    try:
        return files.checksum(path)
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise CorpusError(f"{path}: {problem}; may you read it?") from error


def _require_whole(table: pd.DataFrame, manifest: Path) -> None:
    """Refuse a manifest that lacks a column, lists a path twice, or names a third kind."""
    for column in MANIFEST_COLUMNS:
        if column not in table:
            raise CorpusError(f"{manifest}: lacks the column {column!r}; {CURE}")
    if not table["kind"].isin(KINDS).all():
        raise CorpusError(f'{manifest}: a kind is neither "genuine" nor "forged"; {CURE}')
    doubled = table.loc[table["path"].duplicated(), "path"]
    if len(doubled):
        raise CorpusError(f"{manifest}: lists {doubled.iloc[0]} twice; {CURE}")


def _require_every_image(table: pd.DataFrame, manifest: Path) -> None:
    """Refuse a manifest that lists no image, or not all that lie there."""
    folder = manifest.parent
    images = filter(is_image, files_below(folder / "images"))
    found = {path.relative_to(folder).as_posix() for path in images}
    unlisted = sorted(found - set(table["path"]))
    if unlisted:
        problem = f"was cut short, it lacks {len(unlisted)} images, such as {unlisted[0]}"
        raise CorpusError(f"{manifest}: {problem}; {CURE}")
    if table.empty:
        raise CorpusError(f"{manifest}: is empty, it lists no image; {CURE}")


def _require_unaltered(relative: str, checksum: str, manifest: Path) -> None:
    """Refuse an image that is missing, or has changed since it was listed."""
    path = manifest.parent / relative
    if not path.is_file():
        raise CorpusError(f"{manifest}: lists {relative}, which is missing; {CURE}")
    if checksum_of(path) != checksum:
        problem = f"{relative} is no longer the image it lists"
        raise CorpusError(f"{manifest}: {problem}; {CURE}")


def _require_described(manifest: Path) -> None:
    """Refuse a manifest that has changed since its corpus was written, where that is on record."""
    facts = manifest.parent / FACTS
    if not facts.exists():
        return
    try:
        expected = json.loads(facts.read_text(encoding="utf-8"))["manifest"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{facts}: is damaged; {CURE}") from error
    if checksum_of(manifest) != expected:
        raise CorpusError(f"{manifest}: is not the one that {FACTS} describes; {CURE}")
