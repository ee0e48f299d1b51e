"""Patterns of paths: from what a layout says to a row for each file that fits."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from deepsign_helpers.corpora.manifest import CorpusError
from deepsign_helpers.corpora.named import NAMED_LAYOUTS, UNPUBLISHED
from deepsign_helpers.preprocessing.reading import ENDINGS
from deepsign_helpers.tables import KINDS, natural_order

# What a pattern may ask of a path.
PLACEHOLDERS = ("writer", "kind", "sample", "forger", "script")
# A layout may tell kinds of forgery apart, where "forged" alone counts as skilled.
FORGERIES = ("simple", "traced", "skilled", "disguised")
KEYS = f'"genuine" and "forged" (or {", ".join(FORGERIES)})'

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
        From what paths say for {kind}, in lower case, to what is meant: one of `KINDS` or of
        `FORGERIES`. Where they say nothing, all are of one kind: from "".
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


def path_patterns(layout: Layout, kinds: Mapping[str, str] | None = None) -> list[PathPattern]:
    """Return the patterns of a layout, compiled.

    Parameters
    ----------
    layout, kinds
        As `layouts.load` takes them, less "auto" and "deepsign".

    Raises
    ------
    CorpusError
        If the layout is unknown, or its text or mapping makes no sense.

    Examples
    --------
    >>> (pattern,) = path_patterns("{writer}/{kind}/{sample}.png")
    >>> pattern.expression.fullmatch("scans/ann/genuine/1.png")["writer"]
    'ann'
    """
    if isinstance(layout, str) and "{" in layout:
        expression = _compile(layout, needed=("writer", "kind", "sample"))
        return [PathPattern(expression, _meanings(kinds), says_kind=True)]

    if isinstance(layout, str):
        if layout in UNPUBLISHED:
            raise CorpusError(f"layout {layout!r}: {UNPUBLISHED[layout]}")
        if layout not in NAMED_LAYOUTS:
            names = ", ".join(("auto", "deepsign", *NAMED_LAYOUTS))
            cure = f'use {names} or a pattern such as "{{writer}}/{{kind}}/…".'
            raise CorpusError(f"layout {layout!r}: unknown; {cure}")
        layout = NAMED_LAYOUTS[layout]
    if not isinstance(layout, Mapping) or not layout or not set(layout) <= {*KINDS, *FORGERIES}:
        wanted = f"give a text, or one pattern a kind with the keys {KEYS}."
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
    wanted = f"the keys are {KEYS}, the values what paths say."
    is_mapping = isinstance(kinds, Mapping)
    if not is_mapping or not all(isinstance(word, str) for word in kinds.values()):
        raise CorpusError(f"kinds {kinds!r}: {wanted}")
    if not set(kinds) <= {*KINDS, *FORGERIES}:
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


def names_below(folder: Path, paths: Sequence[Path]) -> dict[str, str]:
    """Return what patterns see of each path: what follows the folder in it, accents composed.

    Examples
    --------
    >>> names_below(Path("corpora"), [Path("corpora/ann/1.png")])
    {'corpora/ann/1.png': 'ann/1.png'}
    """
    return {
        str(path): unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        for path in paths
    }


def match(names: Mapping[str, str], patterns: Sequence[PathPattern]) -> pd.DataFrame:
    """Return the table of the files that fit a pattern, by writer, forgery and sample.

    Parameters
    ----------
    names : mapping from str to str
        From the paths of files to what patterns see of them, as `names_below` returns it; of equal
        signatures, the order stays as it is.
    patterns : sequence of PathPattern
        As `path_patterns` returns them.

    Returns
    -------
    DataFrame
        Text columns as `Reading` names them; script only where a path says one.

    Raises
    ------
    CorpusError
        If a path fits two patterns that say different things, or a word for {kind} is unknown.

    Examples
    --------
    >>> patterns = path_patterns("cedar")
    >>> table = match({"cedar/full_org/original_3_7.png": "full_org/original_3_7.png"}, patterns)
    >>> table.loc[0, ["writer", "kind", "sample"]].tolist()
    ['3', 'genuine', '7']
    """
    rows = []
    for path, relative in names.items():
        readings = set()
        for pattern in patterns:
            fit = pattern.expression.fullmatch(relative)
            if fit is None:
                continue
            kinds = pattern.kinds
            if not pattern.says_kind and last_word_for_kind(relative) == "forged":
                kinds = {"": "forged"}
            readings.add(_read_path(path, fit.groupdict(""), kinds))
        if len(readings) > 1:
            # Numbers of hand and writer: where they are the same, nobody forged.
            readings = {one for one in readings if one.forger != one.writer}
        if len(readings) > 1:
            problem = "fits more than one pattern of the layout"
            raise CorpusError(f"{relative}: {problem}; make them differ.")
        rows.extend(readings)

    rows.sort(key=_place_in_table)
    table = pd.DataFrame(rows, columns=list(Reading._fields), dtype=str)
    names_scripts = table["script"].any()
    return table if names_scripts else table.drop(columns="script")


def last_word_for_kind(relative: str) -> str:
    """Return the kind that the last word for one in a path says; "" where there is no such word.

    The last, since a folder around the whole corpus may be called "signature-forgery-detection".
    """
    words = list(WORD_FOR_KIND.finditer(relative))
    return words[-1].lastgroup if words else ""


def _place_in_table(row: Reading) -> list:
    """Return the key by which rows are sorted."""
    return [natural_order(row.writer), natural_order(row.forgery), natural_order(row.sample)]


def _read_path(path: str, found: Mapping[str, str], kinds: Mapping[str, str]) -> Reading:
    """Return what a path says, from what stands for each placeholder."""
    word = found.get("kind", "")
    if word.lower() not in kinds:
        known = " or ".join(repr(kind) for kind in kinds)
        problem = f"{word!r} stands where {known} was expected"
        cure = "say what it means, such as kinds={'genuine': 'org', 'forged': 'forg'}."
        raise CorpusError(f"{path}: {problem}; {cure}")

    meant = kinds[word.lower()]
    writer = found["writer"]
    script = found.get("script", "")
    forger = found.get("forger", "")
    told = meant if meant in FORGERIES else ""
    # One number may stand for a writer in each script, and for a sample of each kind of forgery
    # and of each forger.
    parts_of_sample = [part for part in (told, forger, found["sample"]) if part]
    return Reading(
        path=path,
        writer=f"{script}-{writer}" if script else writer,
        kind="genuine" if meant == "genuine" else "forged",
        sample="-".join(parts_of_sample),
        forgery="" if meant == "genuine" else told or "skilled",
        forger=forger,
        script=script,
    )
