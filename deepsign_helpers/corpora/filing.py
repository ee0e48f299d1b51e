"""Files photographed sheets as a corpus that git never keeps, and takes writers out of it again."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import pandas as pd

from deepsign_helpers import files, runtime
from deepsign_helpers.corpora import claims
from deepsign_helpers.corpora.cutting import CutSheet, read_sheet
from deepsign_helpers.corpora.manifest import (
    MANIFEST,
    MANIFEST_COLUMNS,
    CorpusError,
    files_below,
    read_manifest,
)
from deepsign_helpers.corpora.sheets import Sheet
from deepsign_helpers.preprocessing.reading import ImageError, printable

# What a manifest says of how the sheets were scanned.
DOMAIN = "sheet"
# Folders of a checkout that git does not keep.
PRIVATE = ("data_real", "build")
# How the paths of filed boxes look.
OURS_FOLDER = re.compile(r"\d{3}")
OURS = re.compile(r"images/\d{3}/(?:genuine|forged)_\d+-\d\d\.png")


def file_sheets(photos: Iterable[str | Path], folder: str | Path) -> pd.DataFrame:
    """Cut photographed sheets and file their boxes as a corpus, beside what is filed there already.

    All photographs are read before anything is written: if one cannot be used, nothing is filed.
    The writers are called by the numbers of their sheets, "007". Derived in chapter 09, *From a
    photograph to boxes*.

    Parameters
    ----------
    photos : iterable of paths
        A photograph or scan for each sheet.
    folder : path
        Made if absent. In a checkout of this project it lies below `data_real`, which git does not
        keep.

    Returns
    -------
    DataFrame
        The table of the whole corpus, as `corpora.load` returns it; `attrs["empty_boxes"]` says how
        many boxes of these photographs were left out.

    Raises
    ------
    ImageError
        If photographs cannot be used; it names each, with the cure.
    CorpusError
        If there is no photograph, two show the same sheet, one was filed before, a sheet is empty,
        a writer would have forgeries only, or the folder holds another corpus.
    ValueError
        If git would keep the folder.
    OSError
        If it cannot be written to.

    See Also
    --------
    cut_sheet : cuts one sheet, and files nothing.
    withdraw : deletes one writer's signatures.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from deepsign_helpers import corpora, synthesis
    >>> rng = np.random.default_rng(0)
    >>> sheet = corpora.Sheet(writer=3, boxes=6)
    >>> fillings = corpora.sign_sheet(sheet, synthesis.sample_writer(rng), rng, filled=2)
    >>> photo = corpora.photograph_sheet(sheet, fillings, rng)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = cv2.imwrite(f"{folder}/photo.png", photo)
    ...     table = file_sheets([f"{folder}/photo.png"], f"{folder}/class")
    >>> table[["writer", "kind", "sample"]]
      writer     kind sample
    0    003  genuine   1-01
    1    003  genuine   1-02
    """
    folder = Path(folder).absolute()
    require_private(folder)
    paths = [Path(photo) for photo in photos]
    if not paths:
        raise CorpusError("photos: there are none; give a photograph or scan for each sheet.")
    sheets = read_all(paths)
    require_each_once(sheets, paths)

    with files.spoken_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with files.alone_at(folder / "images"):
        before = filed_in(folder)
        require_new(sheets, paths, before)
        rows = [row for cut in sheets for row in rows_of(cut)]
        new = pd.DataFrame(rows, columns=[*MANIFEST_COLUMNS, "image"])
        table = pd.concat([before, new.drop(columns="image")], ignore_index=True)
        claims.require_genuine_of_each_writer(
            table,
            problem="has forgeries, but no genuine sheet",
            cure="file the genuine sheet with them.",
        )
        write_images(folder, new)
        write_manifest(folder, table)
    filed = read_manifest(folder)
    filed.attrs["empty_boxes"] = sum(cut.sheet.boxes - len(cut.images) for cut in sheets)
    return filed


def require_private(folder: Path) -> None:
    """Refuse a folder in a git repository, but for those of this project that git ignores.

    Raises
    ------
    ValueError
        One sentence with the cure.
    """
    resolved = folder.resolve()
    for repository in (resolved, *resolved.parents):
        if (repository / ".git").exists():
            break
    else:
        return
    is_ours = repository == runtime.PACKAGE_FOLDER.parent
    parts = resolved.relative_to(repository).parts
    if is_ours and parts and parts[0] in PRIVATE:
        return
    place = f"below {repository / PRIVATE[0]}" if is_ours else f"outside of {repository}"
    raise ValueError(f"{folder}: git would keep these signatures; choose a folder {place}.")


def read_all(paths: Sequence[Path]) -> list[CutSheet]:
    """Read all photographs, or say of each that cannot be used why not.

    Raises
    ------
    ImageError
        A sentence for each.
    """
    sheets = []
    refused = []
    for path in runtime.progress(paths, "sheets"):
        try:
            sheets.append(read_sheet(path))
        except ImageError as error:
            refused.append(str(error))
    if refused:
        nothing_filed = "" if len(refused) == 1 else f"{len(refused)} photographs cannot be used: "
        raise ImageError(nothing_filed + " ".join(refused))
    for cut, path in zip(sheets, paths, strict=True):
        if not cut.images:
            cure = "leave it out, or scan it again if something stands there."
            raise CorpusError(f"{path}: nothing is written in the boxes of this sheet; {cure}")
    return sheets


def require_each_once(sheets: Sequence[CutSheet], paths: Sequence[Path]) -> None:
    """Refuse two photographs of one sheet: its signatures would count twice.

    Raises
    ------
    CorpusError
        One sentence that names both.
    """
    path_of_sheet = {}
    for cut, path in zip(sheets, paths, strict=True):
        key = key_of(cut.sheet)
        if key in path_of_sheet:
            problem = f"both show the {cut.sheet.name}"
            cure = "give one of them; a second sheet of one day would need another day's number."
            raise CorpusError(f"{path_of_sheet[key]} and {path}: {problem}; {cure}")
        path_of_sheet[key] = path


def key_of(sheet: Sheet) -> tuple[int, str, int]:
    """Return what tells a sheet from all others: writer, kind, and day or forger."""
    return (sheet.writer, sheet.kind, sheet.second)


def filed_in(folder: Path) -> pd.DataFrame:
    """Return the manifest of the sheets in a folder, with checksums; an empty one if it is new.

    Boxes that it does not list are deleted: a filing that was killed has left them.

    Raises
    ------
    CorpusError
        If something else stands there, or what was filed has been changed.
    """
    if not (folder / MANIFEST).exists():
        if files_below(folder / "images"):
            problem = f"holds files in images, but no {MANIFEST}"
            cure = "choose another folder, or move them away."
            raise CorpusError(f"{folder}: {problem}; {cure}")
        return pd.DataFrame(columns=MANIFEST_COLUMNS)
    table = listed_in(folder)
    sweep(folder, table)
    read_manifest(folder)  # refuses images that are missing or changed
    return table


def listed_in(folder: Path) -> pd.DataFrame:
    """Return the manifest of filed sheets as it stands; no image is looked at.

    Raises
    ------
    CorpusError
        If it is no such manifest.
    """
    manifest = folder / MANIFEST
    try:
        table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        cure = "move the folder away, and file the sheets again."
        raise CorpusError(f"{manifest}: is not a readable table; {cure}") from error
    is_of_sheets = set(MANIFEST_COLUMNS) <= set(table) and len(table) > 0
    if not is_of_sheets or not (table["domain"] == DOMAIN).all():
        raise CorpusError(f"{folder}: holds another corpus; choose another folder for the sheets.")
    return table


def sweep(folder: Path, table: pd.DataFrame) -> int:
    """Delete the boxes that a manifest does not list, and folders that are empty then.

    Links are not followed: what they lead to is somebody else's.

    Returns
    -------
    int
        How many boxes are gone.
    """
    listed = set(table["path"])
    gone = 0
    for place in sorted((folder / "images").iterdir()):
        if place.is_symlink() or not place.is_dir():
            continue
        for path in sorted(place.iterdir()):
            relative = path.relative_to(folder).as_posix()
            if OURS.fullmatch(relative) and relative not in listed and not path.is_symlink():
                with files.spoken_errors(path):
                    path.unlink()
                gone += 1
        if OURS_FOLDER.fullmatch(place.name) and not any(place.iterdir()):
            place.rmdir()
    return gone


def require_new(sheets: Sequence[CutSheet], paths: Sequence[Path], before: pd.DataFrame) -> None:
    """Refuse a sheet of which boxes have been filed before.

    Raises
    ------
    CorpusError
        One sentence with the cure.
    """
    filed = set(before["path"])
    for cut, path in zip(sheets, paths, strict=True):
        if any(path_of(cut.sheet, box) in filed for box in range(1, cut.sheet.boxes + 1)):
            cure = "leave it out, or withdraw the writer first to file it anew."
            raise CorpusError(f"{path}: the {cut.sheet.name} are filed already; {cure}")


def path_of(sheet: Sheet, box: int) -> str:
    """Return where the image of a box stands, relative to the corpus."""
    return f"images/{sheet.writer:03d}/{sheet.kind}_{sample_of(sheet, box)}.png"


def sample_of(sheet: Sheet, box: int) -> str:
    """Return what tells a writer's signatures of one kind apart: day or forger, and box."""
    first = f"{sheet.second:03d}" if sheet.kind == "forged" else str(sheet.second)
    return f"{first}-{box:02d}"


def rows_of(cut: CutSheet) -> list[dict]:
    """Return a row of the manifest for each filled box of a sheet, and its encoded image."""
    sheet = cut.sheet
    is_forged = sheet.kind == "forged"
    rows = []
    for box, image in cut.images.items():
        _, encoded = cv2.imencode(".png", image)
        content = encoded.tobytes()
        row = dict.fromkeys(MANIFEST_COLUMNS, "")
        row |= {
            "path": path_of(sheet, box),
            "writer": f"{sheet.writer:03d}",
            "kind": sheet.kind,
            "sample": sample_of(sheet, box),
            "forgery": "skilled" if is_forged else "",
            "forger": f"{sheet.forger:03d}" if is_forged and sheet.forger else "",
            "domain": DOMAIN,
            "sha256": hashlib.sha256(content).hexdigest(),
            "image": content,
        }
        rows.append(row)
    return rows


def write_images(folder: Path, new: pd.DataFrame) -> None:
    """Write the images of new rows; if one cannot be written, none stays."""
    written = []
    try:
        for relative, content in zip(new["path"], new["image"], strict=True):
            path = folder / relative
            with files.spoken_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                written.append(path)
                path.write_bytes(content)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def write_manifest(folder: Path, table: pd.DataFrame) -> None:
    """Write the manifest of a corpus of sheets, whole or not at all."""
    with files.replace_atomically(folder / MANIFEST) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def withdraw(folder: str | Path, writer: str | int) -> int:
    """Delete what one person has written: their signatures, forgeries of them, and those by them.

    Forgeries by this person are known by the forger's number alone: those on a sheet that bears
    none stay. Copies elsewhere, photographs, prepared images and trained verifiers are not reached:
    delete them, and train again. Derived in chapter 09, *Deleting*.

    Parameters
    ----------
    folder : path
        A corpus that `file_sheets` has filed.
    writer : str or int
        The number on that person's sheets, such as 7 or "007".

    Returns
    -------
    int
        How many images are gone.

    Raises
    ------
    CorpusError
        If the folder holds no such corpus, or nothing of this person.
    OSError
        If something cannot be deleted.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     try:
    ...         withdraw(f"{folder}/class", 7)
    ...     except CorpusError as error:
    ...         print(str(error).removeprefix(folder))
    /class: no sheets are filed here; is it the right folder?
    """
    folder = Path(folder).absolute()
    number = str(writer).strip().zfill(3)
    if not (folder / MANIFEST).exists():
        raise CorpusError(f"{folder}: no sheets are filed here; is it the right folder?")
    with files.alone_at(folder / "images"):
        table = listed_in(folder)
        is_theirs = (table["writer"] == number) | (table["forger"] == number)
        if not is_theirs.any():
            problem = "nothing by that number is filed; what is on the sheet?"
            raise CorpusError(printable(f"writer {number}: {problem}"))
        kept = table[~is_theirs]
        # If this process is killed, the next one sweeps what the list lacks; where nobody is left,
        # the list stays until all images are gone.
        if not kept.empty:
            write_manifest(folder, kept)
        gone = sweep(folder, kept)
        if kept.empty:
            (folder / MANIFEST).unlink()
    return gone
