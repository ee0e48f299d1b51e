"""Reads any corpus of signatures, ours or a licensed one, as a table with a row for each image."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from deepsign_helpers import files
from deepsign_helpers.corpora.manifest import CorpusError, read_manifest
from deepsign_helpers.tables import KINDS, NAME_PARTS, natural_order

# What a pattern may ask of a path.
PLACEHOLDERS = ("writer", "kind", "sample", "forger", "script")

# A pattern, or several, for each kind, as the argument `layout` of `load` takes them.
NAMED_LAYOUTS = {
    "cedar": {
        "genuine": ["full_org/original_{writer}_{sample}.png"],
        "forged": ["full_forg/forgeries_{writer}_{sample}.png"],
    },
    # The folder is the writer: some files in it bear a number without zeros, or another writer's.
    "bhsig260": {
        "genuine": ["{writer:3}/{script}-S-*-G-{sample}.tif"],
        "forged": ["{writer:3}/{script}-S-*-F-{sample}.tif"],
    },
    # The forger's four digits precede the writer's three; the test set puts the sample's number
    # first.
    "sigcomp2011": {
        "genuine": [
            "{writer:3}_{sample:1-2}.png",
            "{sample:1-2}_{writer:3}.png",
        ],
        "forged": [
            "{forger:4}{writer:3}_{sample:1-2}.png",
            "{sample:1-2}_{forger:4}{writer:3}.png",
        ],
    },
}

Layout = str | Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class PathPattern:
    """How the paths of some of a corpus's files are built.

    Attributes
    ----------
    expression : re.Pattern
        Fits the whole of a path, relative to the corpus, with a group for each placeholder.
    kinds : mapping from str to str
        From what paths say for {kind}, in lower case, to the kind that is meant. Where they say
        nothing, all are of one kind: from "".
    """

    expression: re.Pattern
    kinds: Mapping[str, str]


class Reading(NamedTuple):
    """What one path says, as a row of the table."""

    path: str
    writer: str
    kind: str
    sample: str
    forgery: str
    forger: str
    script: str


def load(
    folder: str | Path, layout: Layout = "auto", kinds: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the table of a corpus: a row for each image, with paths that can be opened.

    Parameters
    ----------
    folder : str or Path
        The corpus; the folders below it are searched too, hidden files are not.
    layout : str, or mapping from str to str or list of str
        One of

        - "auto": our own manifest if the folder has one, otherwise the one named layout that fits;
        - a name: "deepsign", "cedar", "bhsig260" or "sigcomp2011";
        - a pattern of the end of the paths, such as "{writer}/{kind}/{sample}.png";
        - a pattern, or several, for each kind:
          {"genuine": "org/{writer}_{sample}.png", "forged": "forg/{writer}_{sample}.png"}.

        `{writer:3}` takes three digits, `{sample:1-2}` one or two, a placeholder without number as
        much of a folder's or file's name as it can; `*` stands for anything in a name. Upper and
        lower case are the same. `{forger}` also becomes a part of the sample's name, and `{script}`
        of the writer's.
    kinds : mapping from str to str, optional
        What stands for a pattern's `{kind}` in the paths, such as {"genuine": "org", "forged":
        "forg"}; the words themselves if left out.

    Returns
    -------
    DataFrame
        Text columns path, writer, kind ("genuine" or "forged"), sample, forgery, forger, as
        `tables.CORPUS_COLUMNS` says, and from a manifest script, domain, condition, difficulty.
        Without a manifest every forgery counts as skilled.

    Raises
    ------
    CorpusError
        If the folder is missing or fits no layout, `kinds` stands beside a layout without `{kind}`,
        two files claim one sample, a writer has no genuine signature, one image stands under two
        writers or kinds, or a manifest and its images disagree.

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
    if not folder.is_dir():
        cure = "check the path, or generate a corpus with `make data`."
        raise CorpusError(f"{folder}: no such folder; {cure}")
    asks_for_kind = isinstance(layout, str) and "{kind" in layout
    if kinds and not asks_for_kind:
        cure = "give a pattern with {kind} in it."
        raise CorpusError(f"kinds: the layout {layout!r} does not ask for them; {cure}")

    has_manifest = (folder / "manifest.csv").exists()
    if layout == "deepsign" or (layout == "auto" and has_manifest):
        table = read_manifest(folder)
    elif layout == "auto":
        table = _detect(folder)
    else:
        table = _match(folder, _path_patterns(layout, kinds))

    if table.empty:
        cure = "compare it with a path in the folder."
        raise CorpusError(f"{folder}: no file fits the layout {layout!r}; {cure}")
    _require_one_file_a_sample(table)
    _require_genuine_of_each_writer(table)
    _require_one_claim_an_image(table)
    return table


def _detect(folder: Path) -> pd.DataFrame:
    """Return the table by the one named layout that fits."""
    fitting = {}
    for name in NAMED_LAYOUTS:
        table = _match(folder, _path_patterns(name))
        if len(table):
            fitting[name] = table
    if not fitting:
        problem = f"holds no manifest.csv and fits no known layout ({', '.join(NAMED_LAYOUTS)})"
        example = 'layout="{writer}/{kind}/{sample}.png"'
        cure = f"generate it again, or say how its paths are built, such as {example}."
        raise CorpusError(f"{folder}: {problem}; {cure}")
    if len(fitting) > 1:
        cure = f"name one, as layout={min(fitting)!r}."
        raise CorpusError(f"{folder}: fits the layouts {' and '.join(fitting)}; {cure}")
    return next(iter(fitting.values()))


def _path_patterns(layout: Layout, kinds: Mapping[str, str] | None = None) -> list[PathPattern]:
    """Return the patterns of a layout, compiled."""
    if isinstance(layout, str) and "{" in layout:
        expression = _compile(layout, needed=("writer", "kind", "sample"))
        return [PathPattern(expression, _meanings(kinds))]

    if isinstance(layout, str):
        if layout not in NAMED_LAYOUTS:
            names = ", ".join(("auto", "deepsign", *NAMED_LAYOUTS))
            cure = f'use {names} or a pattern such as "{{writer}}/{{kind}}/…".'
            raise CorpusError(f"layout {layout!r}: unknown; {cure}")
        layout = NAMED_LAYOUTS[layout]
    if not set(layout) <= set(KINDS):
        raise CorpusError('layout: one pattern a kind has the keys "genuine" and "forged".')

    patterns = []
    for kind, texts in layout.items():
        if isinstance(texts, str):
            texts = [texts]
        for text in texts:
            expression = _compile(text, needed=("writer", "sample"))
            patterns.append(PathPattern(expression, kinds={"": kind}))
    return patterns


def _meanings(kinds: Mapping[str, str] | None) -> dict[str, str]:
    """Return, for each word that paths may say for a kind, in lower case, which kind it means."""
    if not kinds:
        return {kind: kind for kind in KINDS}
    if not set(kinds) <= set(KINDS):
        wanted = 'the keys are "genuine" and "forged", the values what paths say.'
        raise CorpusError(f"kinds {dict(kinds)}: {wanted}")
    return {word.lower(): kind for kind, word in kinds.items()}


def _compile(pattern: str, needed: Sequence[str]) -> re.Pattern:
    """Turn a pattern with placeholders into a regular expression with a group for each of them."""
    expression = "(?:.*/)?"  # whatever folders come before
    seen = []
    # Some file systems store é as two characters, keyboards write one.
    for part in re.split(r"(\{[^{}]*\}|\*)", unicodedata.normalize("NFC", pattern)):
        if part == "*":
            expression += "[^/]*"
            continue
        if "{" not in part and "}" not in part:
            expression += re.escape(part)
            continue
        name, _, digits = part.strip("{}").partition(":")
        if name not in PLACEHOLDERS:
            known = "{" + "}, {".join(PLACEHOLDERS) + "}"
            raise CorpusError(f"layout {pattern!r}: {part} is unknown; it may hold {known}.")
        if name in seen:
            expression += f"(?P={name})"  # what stands twice must be the same twice
            continue
        seen.append(name)
        text = r"\d{" + digits.replace("-", ",") + "}" if digits else "[^/]+"
        expression += f"(?P<{name}>{text})"

    lacking = sorted(set(needed) - set(seen))
    if lacking:
        example = "{'genuine': …, 'forged': …}"
        cure = f"where the paths say no {{kind}}, give one pattern a kind: {example}."
        raise CorpusError(f"layout {pattern!r}: lacks {{{lacking[0]}}}; {cure}")
    return re.compile(expression, re.IGNORECASE)


def _match(folder: Path, patterns: Sequence[PathPattern]) -> pd.DataFrame:
    """Return the table of the files that fit a pattern, by writer, forgery and sample."""
    rows = []
    for path in files.files_below(folder):
        relative = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        readings = set()
        for pattern in patterns:
            match = pattern.expression.fullmatch(relative)
            if match:
                readings.add(_read_path(path, match.groupdict(""), pattern.kinds))
        if len(readings) > 1:
            problem = "fits more than one pattern of the layout"
            raise CorpusError(f"{relative}: {problem}; make them differ.")
        rows.extend(readings)

    rows.sort(key=_place_in_table)
    table = pd.DataFrame(rows, columns=list(Reading._fields), dtype=str)
    names_scripts = table["script"].any()
    return table if names_scripts else table.drop(columns="script")


def _place_in_table(row: Reading) -> list:
    """Return the key by which rows are sorted."""
    return [natural_order(row.writer), natural_order(row.forgery), natural_order(row.sample)]


def _read_path(path: Path, found: Mapping[str, str], kinds: Mapping[str, str]) -> Reading:
    """Return what a path says, from what stands for each placeholder."""
    word = found.get("kind", "")
    if word.lower() not in kinds:
        known = " or ".join(repr(kind) for kind in kinds)
        problem = f"{word!r} stands where {known} was expected"
        cure = "say what it means, such as kinds={'genuine': 'org', 'forged': 'forg'}."
        raise CorpusError(f"{path}: {problem}; {cure}")

    kind = kinds[word.lower()]
    writer = found["writer"]
    sample = found["sample"]
    script = found.get("script", "")
    forger = found.get("forger", "")
    # One number may stand for a writer in each script, and for a sample of each forger.
    return Reading(
        path=str(path),
        writer=f"{script}-{writer}" if script else writer,
        kind=kind,
        sample=f"{forger}-{sample}" if forger else sample,
        forgery="skilled" if kind == "forged" else "",
        forger=forger,
        script=script,
    )


def _require_one_file_a_sample(table: pd.DataFrame) -> None:
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


def _require_genuine_of_each_writer(table: pd.DataFrame) -> None:
    """Refuse a writer of whom there are forgeries only."""
    with_genuine = set(table.loc[table["kind"] == "genuine", "writer"])
    without = sorted(set(table["writer"]) - with_genuine, key=natural_order)
    if not without:
        return
    problem = f"has no genuine signature to compare with (writers like this: {len(without)})"
    cure = "add some, or check what the layout takes for genuine."
    raise CorpusError(f"writer {without[0]}: {problem}; {cure}")


def _require_one_claim_an_image(table: pd.DataFrame) -> None:
    """Refuse an image that stands under two writers, or two kinds."""
    # Only files of one size can hold the same image: nothing else is read.
    sizes = table["path"].map(lambda path: Path(path).stat().st_size)
    alike = table[sizes.duplicated(keep=False)]
    checksums = alike["path"].map(files.checksum)
    for _, copies in alike.groupby(checksums, sort=False):
        claims = copies.drop_duplicates(["writer", "kind"]).head(2)
        if len(claims) < 2:
            continue
        paths = " and ".join(claims["path"])
        claimed = " and as ".join(claims["kind"] + " of writer " + claims["writer"])
        raise CorpusError(f"{paths}: one image stands as {claimed}; remove the wrong one.")
