"""Reads any corpus of signatures, ours or a licensed one, as a table with a row for each image."""

import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from deepsign_helpers.corpora import claims
from deepsign_helpers.corpora.manifest import CorpusError, files_below, is_image, read_manifest
from deepsign_helpers.preprocessing.reading import ENDINGS, printable
from deepsign_helpers.tables import KINDS, natural_order

# What a pattern may ask of a path.
PLACEHOLDERS = ("writer", "kind", "sample", "forger", "script")

# A pattern, or several, for each kind, as the argument `layout` of `load` takes them.
NAMED_LAYOUTS = {
    "cedar": {
        "genuine": ["full_org/original_{writer}_{sample}.*"],
        "forged": ["full_forg/forgeries_{writer}_{sample}.*"],
    },
    # The folder is the writer, with zeros or without: some files in it bear another's number.
    "bhsig260": {
        "genuine": ["{writer:1-3}/{script}-S-*-G-{sample}.*"],
        "forged": ["{writer:1-3}/{script}-S-*-F-{sample}.*"],
    },
    # The forger's four digits precede the writer's three; the test set puts the sample's number
    # first.
    "sigcomp2011": {
        "genuine": [
            "{writer:3}_{sample:1-2}.*",
            "{sample:1-2}_{writer:3}.*",
        ],
        "forged": [
            "{forger:4}{writer:3}_{sample:1-2}.*",
            "{sample:1-2}_{forger:4}{writer:3}.*",
        ],
    },
}

# How a pattern ends that takes any image, and what that means.
ANY_ENDING = ".*"
ENDING = r"\.(?:" + "|".join(ending.strip(".") for ending in ENDINGS) + ")"

# How many digits a placeholder takes: {writer:3}, {sample:1-2}.
DIGITS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")

# Words for a kind in the names of folders and files; no letter stands before or behind them.
WORD_FOR_KIND = re.compile(
    r"(?<![^\W\d_])"
    r"(?:(?P<genuine>genuines?|originals?|org|real)|(?P<forged>forg(?:ed|ery|eries)?|fakes?))"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)

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
    says_kind : bool
        Whether {kind} or a word in the pattern says the kind. Where only numbers do, a word in the
        path beats them.
    """

    expression: re.Pattern
    kinds: Mapping[str, str]
    says_kind: bool


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
        The corpus; folders below it are searched too, links are followed, hidden files are not
        read.
    layout : str, or mapping from str to str or list of str
        One of

        - "auto": our own manifest if the folder has one, otherwise the one named layout that fits;
        - a name: "deepsign", "cedar", "bhsig260" or "sigcomp2011";
        - a pattern of the end of the paths, such as "{writer}/{kind}/{sample}.png";
        - a pattern, or several, for each kind:
          {"genuine": "org/{writer}_{sample}.png", "forged": "forg/{writer}_{sample}.png"}.

        `{writer:3}` takes three digits, `{sample:1-2}` one or two, a placeholder without number as
        much of a folder's or file's name as it can; `*` stands for anything in a name, and `.*` at
        the end for the ending of any image that can be read. Upper and lower case are the same.
        `{forger}` also becomes a part of the sample's name, and `{script}` of the writer's. Where
        numbers alone tell the kind, a file in a folder `forged`, `forg` or `fake` is forged.
    kinds : mapping from str to str, optional
        What stands for a pattern's `{kind}` in the paths, such as {"genuine": "org", "forged":
        "forg"}; the words themselves if left out.

    Returns
    -------
    DataFrame
        Text columns path, writer, kind ("genuine" or "forged"), sample, forgery, forger, as
        `tables.CORPUS_COLUMNS` says, and from a manifest script, domain, condition, difficulty.
        Without a manifest every forgery counts as skilled. `attrs["left_out"]` says which images of
        the folder are not in the table: from the reason ("fits no pattern", "copy of another") to
        `count` and `example`.

    Warns
    -----
    UserWarning
        Where images are left out: one sentence, with an example and the cure.

    Raises
    ------
    CorpusError
        If the folder is missing or fits no layout, `kinds` stands beside a layout without `{kind}`,
        two files claim one sample, a writer has no genuine signature, one image stands under two
        writers or kinds, a manifest and its images disagree, or a folder cannot be read.

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
        unread = []  # it has refused a folder with images that are not listed
    else:
        table, unread = _read_folder(folder, layout, kinds)
    claims.require_one_file_a_sample(table)
    original_of_copy = claims.originals_of_copies(table)
    table = table[~table["path"].isin(original_of_copy)].reset_index(drop=True)
    claims.require_genuine_of_each_writer(table)

    left_out = claims.left_out(unread, original_of_copy)
    table.attrs["left_out"] = left_out
    if left_out:
        warnings.warn(printable(f"{folder}: {claims.sentence_on(left_out)}"), stacklevel=2)
    return table


def _read_folder(
    folder: Path, layout: Layout, kinds: Mapping[str, str] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table of a folder without manifest, and the images that fit no pattern."""
    if layout == "auto":
        paths = files_below(folder)
        table = _detect(folder, paths)
    else:
        patterns = _path_patterns(layout, kinds)  # refused before the folder is searched
        paths = files_below(folder)
        table = _match(folder, paths, patterns)
    if table.empty:
        cure = "compare it with a path in the folder."
        raise CorpusError(f"{folder}: no file fits the layout {layout!r}; {cure}")
    images = {str(path) for path in paths if is_image(path)}
    unread = images - set(table["path"])
    return table, sorted(unread, key=natural_order)


def _detect(folder: Path, paths: Sequence[Path]) -> pd.DataFrame:
    """Return the table by the one named layout that fits."""
    fitting = {}
    for name in NAMED_LAYOUTS:
        table = _match(folder, paths, _path_patterns(name))
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
        return [PathPattern(expression, _meanings(kinds), says_kind=True)]

    if isinstance(layout, str):
        if layout not in NAMED_LAYOUTS:
            names = ", ".join(("auto", "deepsign", *NAMED_LAYOUTS))
            cure = f'use {names} or a pattern such as "{{writer}}/{{kind}}/…".'
            raise CorpusError(f"layout {layout!r}: unknown; {cure}")
        layout = NAMED_LAYOUTS[layout]
    if not isinstance(layout, Mapping) or not layout or not set(layout) <= set(KINDS):
        wanted = 'give a text, or one pattern a kind with the keys "genuine" and "forged".'
        raise CorpusError(f"layout {layout!r}: {wanted}")

    patterns = []
    for kind, texts in layout.items():
        if isinstance(texts, str):
            texts = [texts]
        if not isinstance(texts, Sequence):
            raise CorpusError(f"layout {layout!r}: the patterns of a kind are a text or a list.")
        for text in texts:
            expression = _compile(text, needed=("writer", "sample"))
            # Whoever writes a word for a kind into a pattern knows what it means.
            says_kind = WORD_FOR_KIND.search(re.sub(r"\{[^{}]*\}", "", text)) is not None
            patterns.append(PathPattern(expression, {"": kind}, says_kind))
    return patterns


def _meanings(kinds: Mapping[str, str] | None) -> dict[str, str]:
    """Return, for each word that paths may say for a kind, in lower case, which kind it means."""
    if not kinds:
        return {kind: kind for kind in KINDS}
    wanted = 'the keys are "genuine" and "forged", the values what paths say.'
    is_mapping = isinstance(kinds, Mapping)
    if not is_mapping or not all(isinstance(word, str) for word in kinds.values()):
        raise CorpusError(f"kinds {kinds!r}: {wanted}")
    if not set(kinds) <= set(KINDS):
        raise CorpusError(f"kinds {dict(kinds)}: {wanted}")
    meanings = {word.lower(): kind for kind, word in kinds.items()}
    if len(meanings) < len(kinds):
        raise CorpusError(f"kinds {dict(kinds)}: one word stands for both; tell them apart.")
    return meanings


def _compile(pattern: str, needed: Sequence[str]) -> re.Pattern:
    """Turn a pattern with placeholders into a regular expression with a group for each of them."""
    if not isinstance(pattern, str):
        raise CorpusError(f"layout {pattern!r}: a pattern is a text, such as '{{writer}}/….png'.")
    expression = "(?:.*/)?"  # whatever folders come before
    seen = []
    # Some file systems store é as two characters, keyboards write one.
    composed = unicodedata.normalize("NFC", pattern)
    for part in re.split(r"(\{[^{}]*\}|\*)", composed.removesuffix(ANY_ENDING)):
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
        expression += f"(?P<{name}>{_text_of(part, digits, pattern)})"
    if composed.endswith(ANY_ENDING):
        expression += ENDING

    lacking = sorted(set(needed) - set(seen))
    if lacking:
        example = "{'genuine': …, 'forged': …}"
        cure = f"where the paths say no {{kind}}, give one pattern a kind: {example}."
        raise CorpusError(f"layout {pattern!r}: lacks {{{lacking[0]}}}; {cure}")
    return re.compile(expression, re.IGNORECASE)


def _text_of(part: str, digits: str, pattern: str) -> str:
    """Return the regular expression of what stands for a placeholder, such as {sample:1-2}."""
    if ":" not in part:
        return "[^/]+"
    count = DIGITS.fullmatch(digits)
    least = int(count[1]) if count else 0
    most = int(count[2] or count[1]) if count else 0
    if not 1 <= least <= most:
        example = "{writer:3} or {sample:1-2}"
        raise CorpusError(f"layout {pattern!r}: {part} says no number of digits, as {example} do.")
    return rf"\d{{{least},{most}}}"


def _match(folder: Path, paths: Sequence[Path], patterns: Sequence[PathPattern]) -> pd.DataFrame:
    """Return the table of the files that fit a pattern, by writer, forgery and sample."""
    rows = []
    for path in paths:
        relative = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        readings = set()
        for pattern in patterns:
            match = pattern.expression.fullmatch(relative)
            if match is None:
                continue
            kinds = pattern.kinds
            if not pattern.says_kind and _last_word_for_kind(relative) == "forged":
                kinds = {"": "forged"}
            readings.add(_read_path(path, match.groupdict(""), kinds))
        if len(readings) > 1:
            problem = "fits more than one pattern of the layout"
            raise CorpusError(f"{relative}: {problem}; make them differ.")
        rows.extend(readings)

    rows.sort(key=_place_in_table)
    table = pd.DataFrame(rows, columns=list(Reading._fields), dtype=str)
    names_scripts = table["script"].any()
    return table if names_scripts else table.drop(columns="script")


def _last_word_for_kind(relative: str) -> str:
    """Return the kind that the last word for one in a path says; "" where there is no such word.

    The last, since a folder around the whole corpus may be called "signature-forgery-detection".
    """
    words = list(WORD_FOR_KIND.finditer(relative))
    return words[-1].lastgroup if words else ""


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
