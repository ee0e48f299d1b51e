"""Reads any corpus of signatures, ours or a licensed one, as a table with a row for each image."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepsign_helpers.corpora import claims
from deepsign_helpers.corpora.manifest import (
    MANIFEST,
    CorpusError,
    files_below,
    is_image,
    read_manifest,
)
from deepsign_helpers.corpora.named import NAMED_LAYOUTS
from deepsign_helpers.corpora.patterns import (
    Layout,
    last_word_for_kind,
    match,
    names_below,
    path_patterns,
)
from deepsign_helpers.preprocessing.reading import ENDINGS, printable
from deepsign_helpers.tables import natural_order

# How the names of files end that other files are packed in.
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")

# How many images another layout may read otherwise, or alone, for each that the best one reads. A
# few files beside a corpus may happen to be called like another's; more are a second corpus.
MOST_OTHERWISE = 0.1


def load(
    folder: str | Path, layout: Layout = "auto", kinds: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the table of a corpus: a row for each image, with paths that can be opened.

    Parameters
    ----------
    folder : str or Path
        The corpus; folders below it are searched too, links are followed, hidden files are not
        read.
    layout : str, or mapping from str to str or list of str
        One of

        - "auto": our own manifest if the folder has one, otherwise the named layout that reads the
          most images, unless another contradicts it;
        - a name: "deepsign", or one of `NAMED_LAYOUTS`: "bhsig260", "cedar", "gpds",
          "handwritten-signatures", "mcyt75", "sigcomp2009-evaluation", "sigcomp2009-training",
          "sigcomp2011", "sigwicomp2013", "utsig";
        - a pattern of the end of the paths, such as "{writer}/{kind}/{sample}.png";
        - a pattern, or several, for each kind:
          {"genuine": "org/{writer}_{sample}.png", "forged": "forg/{writer}_{sample}.png"}; with the
          keys "simple", "traced", "skilled" and "disguised" for kinds of forgery.

        The last two are for corpora whose naming is not published, such as IDCAR: compare the
        pattern with a path of your copy.

        `{writer:3}` takes three digits, `{sample:1-2}` one or two, a placeholder without number as
        much of a folder's or file's name as it can; `*` stands for anything in a name, and `.*` at
        the end for the ending of any image that can be read. Upper and lower case are the same.
        `{forger}` and the kind of forgery also become a part of the sample's name, and `{script}`
        of the writer's. Where numbers alone tell the kind, a file in a folder `forged`, `forg` or
        `fake` is forged.
    kinds : mapping from str to str, optional
        What stands for a pattern's `{kind}` in the paths, such as {"genuine": "org", "forged":
        "forg"}; the words themselves if left out.

    Returns
    -------
    DataFrame
        Text columns path, writer, kind ("genuine" or "forged"), sample, forgery, forger, as
        `tables.CORPUS_COLUMNS` says, and from a manifest script, domain, condition, difficulty.
        A forgery of which nothing else is said counts as skilled. `attrs["left_out"]` says which
        images of the folder are not in the table: from the reason ("fits no pattern", "copy of
        another") to `count` and `example`; `attrs["layout"]` is the layout's name, or "pattern",
        and `attrs["folder"]` the corpus.

    Warns
    -----
    UserWarning
        Where images are left out: one sentence, with an example and the cure.

    Raises
    ------
    CorpusError
        If the folder is missing, empty, still packed, or fits no layout or two of them; `kinds`
        stands beside a layout without `{kind}`, two files claim one sample, a writer has no genuine
        signature, one image stands under two writers or kinds, a manifest and its images disagree,
        or a folder cannot be read.

    See Also
    --------
    completeness : compares the table with what is published of the corpus.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> table = load(runtime.data_folder())
    >>> table.loc[0, ["writer", "kind", "sample"]].tolist()
    ['w000', 'genuine', '00']

    Any other corpus with a pattern of its paths; here, ours is read as if it had no manifest:

    >>> table = load(runtime.data_folder(), "{writer}/{kind}_{sample}.png")
    >>> table["kind"].unique().tolist()
    ['genuine', 'forged']
    """
    folder = Path(folder)
    _require_folder(folder)
    asks_for_kind = isinstance(layout, str) and "{kind" in layout
    if kinds and not asks_for_kind:
        cure = "give a pattern with {kind} in it."
        raise CorpusError(f"kinds: the layout {layout!r} does not ask for them; {cure}")

    has_manifest = (folder / MANIFEST).exists()
    if layout == "deepsign" or (layout == "auto" and has_manifest):
        name = "deepsign"
        table = read_manifest(folder)
        unread = []  # it has refused a folder with images that are not listed
    else:
        name, table, unread = _read_folder(folder, layout, kinds)
    original_of_copy = claims.originals_of_copies(table)
    table = table[~table["path"].isin(original_of_copy)].reset_index(drop=True)
    claims.require_one_file_a_sample(table)
    claims.require_genuine_of_each_writer(table)

    left_out = claims.left_out(unread, original_of_copy)
    table.attrs.update(left_out=left_out, layout=name, folder=str(folder))
    if left_out:
        warnings.warn(printable(f"{folder}: {claims.sentence_on(left_out)}"), stacklevel=2)
    return table


def _require_folder(folder: Path) -> None:
    """Refuse what is missing, and a file where a folder was expected."""
    if folder.is_dir():
        return
    if not folder.exists():
        cure = "check the path, or generate a corpus with `make data`."
        raise CorpusError(f"{folder}: no such folder; {cure}")
    cure = "give the folder that it lies in."
    if folder.suffix.lower() in ARCHIVES:
        cure = "unpack it, and give the folder that it becomes."
    raise CorpusError(f"{folder}: is a file, and no folder; {cure}")


def _read_folder(
    folder: Path, layout: Layout, kinds: Mapping[str, str] | None
) -> tuple[str, pd.DataFrame, list[str]]:
    """Return a folder's layout, its table, and the images that fit no pattern."""
    if layout == "auto":
        paths = files_below(folder)
        name, table = _detect(folder, paths)
    else:
        patterns = path_patterns(layout, kinds)  # refused before the folder is searched
        paths = files_below(folder)
        is_named = isinstance(layout, str) and layout in NAMED_LAYOUTS
        name = layout if is_named else "pattern"
        table = match(names_below(folder, paths), patterns)
    if table.empty:
        problem = f"no file fits the layout {layout!r}"
        raise CorpusError(f"{folder}: {problem}; {_cure_of_misfit(folder, paths)}")
    images = {str(path) for path in paths if is_image(path)}
    unread = images - set(table["path"])
    return name, table, sorted(unread, key=natural_order)


def _detect(folder: Path, paths: Sequence[Path]) -> tuple[str, pd.DataFrame]:
    """Return the named layout that reads the most images, and its table."""
    fitting = _fitting(folder, paths)
    if not fitting:
        _require_images(folder, paths)
        _require_one_kind_a_path(folder, paths)
        problem = f"holds no manifest.csv and fits no known layout ({', '.join(NAMED_LAYOUTS)})"
        example = 'layout="{writer}/{kind}/{sample}.png"'
        cure = f"generate it again, or say how its paths are built, such as {example}."
        packed = _archives(paths)
        if packed:
            problem += f", and is not unpacked in full ({packed[0].name})"
        raise CorpusError(f"{folder}: {problem}; {cure}")

    best = max(fitting, key=lambda name: len(fitting[name]))  # of equals, the first that is named
    table = fitting[best]
    said = set(table.itertuples(index=False, name=None))
    rivals = [best]
    for name, other in fitting.items():
        otherwise = set(other.reindex(columns=table.columns).itertuples(index=False, name=None))
        if len(otherwise - said) > MOST_OTHERWISE * len(table):
            rivals.append(name)
    if len(rivals) > 1:
        named = " and ".join(name for name in fitting if name in rivals)
        cure = f"name one, as layout={min(rivals)!r}, or load each corpus from its own folder."
        raise CorpusError(f"{folder}: fits the layouts {named}; {cure}")
    return best, table


def _fitting(folder: Path, paths: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Return the table of each named layout that fits a file."""
    names = names_below(folder, paths)
    tables = {layout: match(names, path_patterns(layout)) for layout in NAMED_LAYOUTS}
    return {layout: table for layout, table in tables.items() if len(table)}


def _cure_of_misfit(folder: Path, paths: Sequence[Path]) -> str:
    """Return what to do where no file fits the layout that was asked for."""
    _require_images(folder, paths)
    others = " or ".join(repr(name) for name in _fitting(folder, paths))
    if others:
        return f"its files are called as in {others}, so ask for that."
    return "compare it with a path in the folder."


def _require_images(folder: Path, paths: Sequence[Path]) -> None:
    """Refuse a folder without an image that can be read: empty, still packed, of other formats."""
    if any(path.suffix.lower() in ENDINGS for path in paths):
        return
    packed = _archives(paths)
    unreadable = [path for path in paths if is_image(path)]
    if packed:
        problem = f"holds no image, but an archive ({packed[0].name})"
        cure = "unpack it there."
    elif unreadable:
        problem = f"none of its {len(unreadable)} images can be read ({unreadable[0].name})"
        cure = "save them as PNG, JPEG, TIFF or BMP."
    else:
        problem = "holds no image"
        cure = "is it the right folder, and was the corpus copied into it?"
    raise CorpusError(f"{folder}: {problem}; {cure}")


def _archives(paths: Sequence[Path]) -> list[Path]:
    """Return the files that others are packed in."""
    return [path for path in paths if path.suffix.lower() in ARCHIVES]


def _require_one_kind_a_path(folder: Path, paths: Sequence[Path]) -> None:
    """Refuse an image whose name says another kind than the folder that it lies in."""
    for path in filter(is_image, paths):
        of_folder = last_word_for_kind(path.relative_to(folder).parent.as_posix())
        of_name = last_word_for_kind(path.name)
        if of_folder and of_name and of_folder != of_name:
            problem = f"the folder says {of_folder}, the name says {of_name}"
            raise CorpusError(f"{path}: {problem}; were two folders given each other's name?")
