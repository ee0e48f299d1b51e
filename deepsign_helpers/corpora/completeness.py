"""Is a copy of a corpus whole: counted, compared with what is published, its defects named."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from deepsign_helpers.corpora.headers import UNREADABLE, file_formats
from deepsign_helpers.corpora.manifest import ARCHIVERS_FOLDER
from deepsign_helpers.corpora.published import Edition, nearest_edition
from deepsign_helpers.preprocessing.reading import printable
from deepsign_helpers.tables import natural_order

# Where a layout's file names repeat the number of the writer's folder, and which of them counts.
NUMBER_IN_NAME = {
    "bhsig260": re.compile(r"-S-(\d+)-", re.IGNORECASE),
    "gpds": re.compile(r"^cf?-(\d+)-", re.IGNORECASE),
}
WHICH_COUNTS = {
    "bhsig260": "the folder counts, for BHSig260 is known for this in its Hindi folder 123",
    "gpds": "the name counts, so compare the images",
}

# Files and folders that file managers, archivers and notebooks leave behind.
LEFTOVER_FILES = ("Thumbs.db", "desktop.ini", ".DS_Store")
LEFTOVER_FOLDERS = (ARCHIVERS_FOLDER, ".ipynb_checkpoints")

# By how much the shares of a kind of file among genuine and forged images may differ.
MOST_DIFFERENCE_OF_SHARES = 0.1


# What a genuine signature, and each kind of forgery, is called: one, and several.
CALLED = {
    "genuine": ("genuine signature", "genuine signatures"),
    "simple": ("simple forgery", "simple forgeries"),
    "traced": ("traced forgery", "traced forgeries"),
    "skilled": ("skilled forgery", "skilled forgeries"),
    "disguised": ("disguised signature", "disguised signatures"),
}


class Finding(NamedTuple):
    """What is found of a copy of a corpus: a row of `completeness`."""

    about: str
    said: str
    count: int
    example: str
    is_defect: bool


def completeness(table: pd.DataFrame) -> pd.DataFrame:
    """Count a corpus, compare it with what is published of it, and say what its files are.

    The headers of all files are read, but no pixel.

    Parameters
    ----------
    table : DataFrame
        Corpus table as `load` returns it. Its `attrs` say the layout and the folder; without them,
        nothing is compared with publications or searched for leftovers.

    Returns
    -------
    DataFrame, a row for each finding, defects first
        What it is `about` ("counts", "published", "writers", "signatures", "labels", "files",
        "sizes", "left out" or "leftovers"), a sentence, `said`; how many images or writers it
        concerns, `count`; the path or writer of the first as an `example`, or ""; and `is_defect`.

    See Also
    --------
    usability : counts the images that the quality gate refuses.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> table = corpora.load(runtime.data_folder())
    >>> completeness(table)[["about", "is_defect"]].head(2)
        about  is_defect
    0  counts      False
    1   files      False
    """
    findings = [
        _count(table),
        *_against_publications(table),
        *_mislabelled(table),
        *_kinds_of_files(table),
        *_left_out(table),
        *_leftovers(table),
    ]
    findings = [one._replace(said=printable(one.said)) for one in findings]
    findings.sort(key=lambda one: not one.is_defect)  # a stable sort
    return pd.DataFrame(findings, columns=list(Finding._fields))


def _number(count: int, one: str, many: str) -> str:
    """Return a number with what is counted: "1 image", "2,640 images"."""
    return f"{count:,} {one if count == 1 else many}"


def _sorts(table: pd.DataFrame) -> pd.Series:
    """Return, for each row, "genuine" or the kind of forgery."""
    return table["forgery"].where(table["kind"] == "forged", "genuine")


def _count(table: pd.DataFrame) -> Finding:
    """Say how many writers and signatures there are."""
    counts = _sorts(table).value_counts(sort=False)
    parts = [_number(count, *CALLED[sort]) for sort, count in counts.items()]
    said = f"{_number(table['writer'].nunique(), 'writer', 'writers')}: {', '.join(parts)}."
    return Finding("counts", said, len(table), "", False)


def _against_publications(table: pd.DataFrame) -> Iterator[Finding]:
    """Compare the writers and signatures with the nearest edition that is published."""
    layout = table.attrs.get("layout", "")
    scripts = table["script"] if "script" in table else pd.Series("", index=table.index)
    for script, part in table.groupby(scripts.str.upper(), sort=False):
        edition = nearest_edition(layout, part["writer"].nunique(), len(part), script)
        if edition is None:
            continue
        defects = [*_wrong_writers(part, edition), *_wrong_numbers(part, edition)]
        if not defects:
            said = f"{edition.name}: complete, as published ({edition.source})."
            yield Finding("published", said, len(part), "", False)
        yield from defects


def _wrong_writers(part: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Name writers that are missing, or too many."""
    writers = sorted(part["writer"].unique(), key=natural_order)
    difference = len(writers) - edition.writers
    if difference > 0:
        problem = f"{len(writers):,} writers, but {edition.writers:,} are published"
        said = f"{edition.name}: {problem}; is another corpus among them?"
        yield Finding("writers", said, difference, writers[-1], True)
    if difference < 0:
        missing = ""
        if edition.first is not None:
            numbers = {int(digits) for name in writers for digits in re.findall(r"\d+$", name)}
            wanted = range(edition.first, edition.first + edition.writers)
            missing = next(str(number) for number in wanted if number not in numbers)
        such_as = f", such as {missing}" if missing else ""
        problem = f"{-difference:,} of {edition.writers:,} writers missing{such_as}"
        said = f"{edition.name}: {problem}; is this a part of it, or was it not copied in full?"
        yield Finding("writers", said, -difference, missing, True)


def _wrong_numbers(part: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Name writers with fewer signatures than are published, or with more."""
    if edition.images and len(part) != edition.images:
        problem = f"{len(part):,} images, but {edition.images:,} are published"
        said = f"{edition.name}: {problem} ({edition.source}); compare it with the archive."
        yield Finding("signatures", said, abs(len(part) - edition.images), "", True)

    sorts = _sorts(part)
    writers = sorted(part["writer"].unique(), key=natural_order)
    for sort, published in edition.per_writer.items():
        counts = part.loc[sorts == sort, "writer"].value_counts().reindex(writers, fill_value=0)
        for wrong, cure in (
            (counts[counts < published], "copy the corpus again."),
            (counts[counts > published], "is another corpus among them?"),
        ):
            if wrong.empty:
                continue
            writer = wrong.index[0]
            has = f"writer {writer} has {_number(wrong.iloc[0], *CALLED[sort])}"
            like_this = f"{published} published (writers like this: {len(wrong):,})"
            said = f"{edition.name}: {has}, {like_this}; {cure}"
            yield Finding("signatures", said, len(wrong), writer, True)


def _mislabelled(table: pd.DataFrame) -> Iterator[Finding]:
    """Name files whose number is not that of the folder that they lie in."""
    layout = table.attrs.get("layout", "")
    if layout not in NUMBER_IN_NAME:
        return
    wrong = []
    for path in map(Path, table["path"]):
        number = NUMBER_IN_NAME[layout].search(path.name)
        folder = path.parent.name
        if number and folder.isdecimal() and int(number[1]) != int(folder):
            wrong.append(str(path))
    if wrong:
        named = _number(len(wrong), "file is", "files are")
        problem = f"{named} numbered otherwise than the folder, such as {wrong[0]}"
        said = f"{problem}; {WHICH_COUNTS[layout]}."
        yield Finding("labels", said, len(wrong), wrong[0], True)


def _kinds_of_files(table: pd.DataFrame) -> Iterator[Finding]:
    """Say what the files are, and name a mixture: it may tell genuine from forged."""
    headers = file_formats(table["path"].tolist()).set_axis(table.index)
    for said, group in headers.groupby("said", sort=False):
        example = table.loc[group.index[0], "path"]
        is_unreadable = said == UNREADABLE[-1]
        sentence = f"{_number(len(group), 'image is', 'images are')} {said}"
        sentence += f", such as {example}; copy or scan again." if is_unreadable else "."
        yield Finding("files", sentence, len(group), example, is_unreadable)

    readable = headers[headers["format"] != ""]
    kinds_of_files = readable["said"].unique()
    if len(kinds_of_files) > 1:
        yield _mixture(table.loc[readable.index], readable["said"])
    if len(readable):
        sizes = readable[["height", "width"]]
        low, high = sizes.min(), sizes.max()
        said = f"all are {low['height']} × {low['width']} px."
        if (low != high).any():
            heights = f"{low['height']} to {high['height']} px high"
            said = f"they are {heights} and {low['width']} to {high['width']} px wide."
        yield Finding("sizes", said, len(sizes), "", False)


def _mixture(table: pd.DataFrame, said: pd.Series) -> Finding:
    """Say what a mixture of kinds of files gives away."""
    shares = pd.crosstab(said, table["kind"], normalize="columns")
    shares = shares.reindex(columns=["genuine", "forged"])
    differences = (shares["genuine"] - shares["forged"]).abs()
    kind_of_file = differences.idxmax() if differences.notna().any() else said.iloc[0]
    example = table.loc[said == kind_of_file, "path"].iloc[0]
    if differences.max() > MOST_DIFFERENCE_OF_SHARES:
        genuine, forged = shares.loc[kind_of_file]
        problem = f"{genuine:.0%} of the genuine but {forged:.0%} of the forged are {kind_of_file}"
        sentence = f"{problem}: the kind of file gives the answer away; convert all alike."
    else:
        kinds = " and ".join(sorted(said.unique()))
        sentence = f"the files are a mixture of {kinds}; convert all alike."
    return Finding("files", sentence, len(table), example, True)


def _left_out(table: pd.DataFrame) -> Iterator[Finding]:
    """Repeat what `load` has left out."""
    for reason, what in table.attrs.get("left_out", {}).items():
        count = what["count"]
        example = what["example"]
        images = _number(count, "image is", "images are")
        said = f"{images} not in the table ({reason}: {example})."
        yield Finding("left out", said, count, example, True)


def _leftovers(table: pd.DataFrame) -> Iterator[Finding]:
    """Say what file managers, archivers and notebooks have left in the folder."""
    folder = table.attrs.get("folder", "")
    if not folder:
        return
    counts = Counter()
    for place, _, names in os.walk(folder):
        parts = Path(place).relative_to(folder).parts
        inside = [name for name in LEFTOVER_FOLDERS if name in parts]
        for name in names:
            if inside:
                counts[inside[0]] += 1
            elif name in LEFTOVER_FILES:
                counts[name] += 1
            elif name.startswith("._"):
                counts["._…"] += 1
    if counts:
        listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        leftovers = _number(counts.total(), "leftover", "leftovers")
        said = f"{leftovers} of other programs passed over ({listed})."
        yield Finding("leftovers", said, counts.total(), "", False)
