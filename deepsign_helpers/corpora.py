"""Reads any corpus of signatures, ours or a licensed one, as a table with one row an image."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

COLUMNS = ("path", "writer", "kind", "sample", "forgery", "forger")
MANIFEST_COLUMNS = (*COLUMNS, "script", "domain", "condition", "difficulty", "sha256")
PLACEHOLDERS = ("writer", "kind", "sample", "forger", "script")
KINDS = ("genuine", "forged")

# A named layout has a pattern, or several, for each kind; a pattern is matched against the end of a file's path.
NAMED_LAYOUTS = {
    "cedar": {
        "genuine": "full_org/original_{writer}_{sample}.png",
        "forged": "full_forg/forgeries_{writer}_{sample}.png",
    },
    # The folder is the writer: some files in it bear a number without zeros, or another writer's.
    "bhsig260": {
        "genuine": "{writer:3}/{script}-S-*-G-{sample}.tif",
        "forged": "{writer:3}/{script}-S-*-F-{sample}.tif",
    },
    # The forger's four digits precede the writer's three; the test set puts the sample's number first.
    "sigcomp2011": {
        "genuine": ("{writer:3}_{sample:1-2}.png", "{sample:1-2}_{writer:3}.png"),
        "forged": ("{forger:4}{writer:3}_{sample:1-2}.png", "{sample:1-2}_{forger:4}{writer:3}.png"),
    },
}

Layout = str | Mapping[str, str | Sequence[str]]
Patterns = list[tuple[re.Pattern, Mapping[str, str]]]


class CorpusError(ValueError):
    """A folder that cannot be read as a corpus; the message is one sentence with the cure."""


def load(folder: str | Path, layout: Layout = "auto", kinds: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the table of a corpus: one row an image, with paths that can be opened as they are.

    Parameters
    ----------
    folder : the corpus; the folders below it are searched too, hidden files are not
    layout : one of
        - "auto": our own manifest if the folder has one, otherwise the one named layout that fits;
        - a name: "deepsign", "cedar", "bhsig260" or "sigcomp2011";
        - a pattern of the end of the paths, such as "{writer}/{kind}/{sample}.png";
        - a pattern, or several, for each kind: {"genuine": "org/{writer}_{sample}.png", "forged": "…"}.
        `{writer:3}` takes three digits, `{sample:1-2}` one or two, a placeholder without number as much of a folder's
        or file's name as it can; `*` stands for anything in a name. Upper and lower case are the same. `{forger}` also
        becomes a part of the sample's name, and `{script}` of the writer's.
    kinds : what stands for `{kind}` in the paths, such as {"genuine": "org", "forged": "forg"}; the words themselves
        if left out

    Returns
    -------
    DataFrame with the text columns path, writer, kind ("genuine" or "forged"), sample, forgery, forger and, from a
    manifest, script, domain, condition, difficulty. Without a manifest every forgery counts as skilled.

    Raises
    ------
    CorpusError
        If the folder is missing or fits no layout, two files claim one sample, a writer has no genuine signature, one
        image stands under two writers or kinds, or a manifest and its images disagree.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder; check the path, or generate a corpus with `make data`.")
    if layout == "auto":
        table = _detect(folder)
    elif layout == "deepsign":
        table = _read_manifest(folder)
    else:
        table = _match(folder, _patterns(layout, kinds))
    if table.empty:
        raise CorpusError(f"{folder}: no file fits the layout {layout!r}; compare it with a path in the folder.")
    _check(table)
    return table.drop(columns="sha256")


def _detect(folder: Path) -> pd.DataFrame:
    if (folder / "manifest.csv").exists():
        return _read_manifest(folder)
    tables = {name: _match(folder, _patterns(name, None)) for name in NAMED_LAYOUTS}
    fitting = [name for name, table in tables.items() if len(table)]
    if not fitting:
        raise CorpusError(
            f"{folder}: holds no manifest.csv and fits no known layout ({', '.join(NAMED_LAYOUTS)}); "
            'generate it again, or say how its paths are built, such as layout="{writer}/{kind}/{sample}.png".'
        )
    if len(fitting) > 1:
        raise CorpusError(f"{folder}: fits the layouts {' and '.join(fitting)}; name one, as in layout={fitting[0]!r}.")
    return tables[fitting[0]]


def _patterns(layout: Layout, kinds: Mapping[str, str] | None) -> Patterns:
    """Return each compiled pattern with a dict from what `{kind}` may read, in lower case, to what it means."""
    if isinstance(layout, str) and "{" in layout:
        kinds = kinds or {kind: kind for kind in KINDS}
        if not set(kinds) <= set(KINDS):
            raise CorpusError(f'kinds {dict(kinds)}: the keys are "genuine" and "forged", the values what paths say.')
        return [(_compile(layout, {"writer", "kind", "sample"}), {text.lower(): kind for kind, text in kinds.items()})]
    if isinstance(layout, str) and layout not in NAMED_LAYOUTS:
        names = ", ".join(("auto", "deepsign", *NAMED_LAYOUTS))
        raise CorpusError(f'layout {layout!r}: unknown; use {names} or a pattern such as "{{writer}}/{{kind}}/…".')
    layout = NAMED_LAYOUTS[layout] if isinstance(layout, str) else layout
    if kinds or not set(layout) <= set(KINDS):
        raise CorpusError('layout: one pattern a kind has the keys "genuine" and "forged" and no `kinds` beside it.')
    lists = {kind: [some] if isinstance(some, str) else some for kind, some in layout.items()}
    return [(_compile(text, {"writer", "sample"}), {"": kind}) for kind in lists for text in lists[kind]]


def _compile(pattern: str, needed: set[str]) -> re.Pattern:
    expression, seen = "(?:.*/)?", set()
    for part in re.split(r"(\{[^{}]*\}|\*)", _composed(pattern)):
        name, _, digits = part.strip("{}").partition(":")
        if part == "*":
            expression += "[^/]*"
        elif not re.search("[{}]", part):
            expression += re.escape(part)
        elif name not in PLACEHOLDERS:
            raise CorpusError(f"layout {pattern!r}: {part} is unknown; it may hold {{{'}, {'.join(PLACEHOLDERS)}}}.")
        elif name in seen:
            expression += f"(?P={name})"  # what stands twice must be the same twice
        else:
            seen.add(name)
            text = r"\d{" + digits.replace("-", ",") + "}" if digits else "[^/]+"
            expression += f"(?P<{name}>{text})"
    if not needed <= seen:
        raise CorpusError(
            f"layout {pattern!r}: lacks {{{min(needed - seen)}}}; "
            "where the paths say no {kind}, give one pattern a kind: {'genuine': …, 'forged': …}."
        )
    return re.compile(expression, re.IGNORECASE)


def _match(folder: Path, patterns: Patterns) -> pd.DataFrame:
    rows = []
    for path in _files_below(folder):
        relative = _composed(path.relative_to(folder).as_posix())
        matches = [(pattern.fullmatch(relative), kinds) for pattern, kinds in patterns]
        readings = [_read_path(path, match.groupdict(""), kinds) for match, kinds in matches if match]
        if any(reading != readings[0] for reading in readings):
            raise CorpusError(f"{relative}: fits more than one pattern of the layout; make them differ.")
        rows += readings[:1]
    rows.sort(key=lambda row: [_natural(row[column]) for column in ("writer", "forgery", "sample")])
    table = pd.DataFrame(rows, columns=[*COLUMNS, "script", "sha256"], dtype=str)
    return table if table["script"].any() else table.drop(columns="script")


def _read_path(path: Path, found: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, str]:
    kind = kinds.get(found.get("kind", "").lower())
    if kind is None:
        raise CorpusError(
            f"{path}: {found['kind']!r} stands where {' or '.join(map(repr, kinds))} was expected; "
            "say what it means, such as kinds={'genuine': 'org', 'forged': 'forg'}."
        )
    script, forger = found.get("script", ""), found.get("forger", "")
    return {
        "path": str(path),
        "writer": "-".join(filter(None, (script, found["writer"]))),
        "kind": kind,
        "sample": "-".join(filter(None, (forger, found["sample"]))),
        "forgery": "skilled" if kind == "forged" else "",
        "forger": forger,
        "script": script,
        "sha256": "",
    }


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _composed(text: str) -> str:
    """Return the text with composed accents: some file systems store é as two characters, keyboards write one."""
    return unicodedata.normalize("NFC", text)


def _natural(text: str) -> list:
    """Return a key that sorts writer 2 before writer 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text)]


def _read_manifest(folder: Path) -> pd.DataFrame:
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(f"{folder}: holds no manifest.csv, as a corpus left half-written; generate it again.")
    try:
        table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise CorpusError(f"{manifest}: is not a readable table; generate the corpus again.") from error
    missing = [column for column in MANIFEST_COLUMNS if column not in table]
    if missing:
        raise CorpusError(f"{manifest}: lacks the column {missing[0]!r}; generate the corpus again.")
    listed = set(table["path"])
    unlisted = sum(path.relative_to(folder).as_posix() not in listed for path in _files_below(folder / "images"))
    if unlisted:
        raise CorpusError(f"{manifest}: was cut short, {unlisted} images are not in it; generate the corpus again.")
    if not table["kind"].isin(KINDS).all():
        raise CorpusError(f'{manifest}: a kind is neither "genuine" nor "forged"; generate the corpus again.')
    for relative, checksum in zip(table["path"], table["sha256"], strict=True):
        if not (folder / relative).is_file():
            raise CorpusError(f"{manifest}: lists {relative}, which is missing; generate the corpus again.")
        if _checksum(folder / relative) != checksum:
            raise CorpusError(f"{manifest}: {relative} is no longer the image it lists; generate the corpus again.")
    return table.assign(path=[str(folder / relative) for relative in table["path"]])


def _checksum(path: str | Path) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(table: pd.DataFrame) -> None:
    claims, owners = {}, {}
    for row in table.itertuples():
        other = claims.setdefault((row.writer, row.kind, row.sample), row)
        if other is not row:
            raise CorpusError(
                f"{other.path} and {row.path}: both are {row.kind} sample {row.sample} of writer {row.writer}; "
                "load each collection from its own folder."
            )
    alone = sorted(set(table["writer"]) - set(table.loc[table["kind"] == "genuine", "writer"]), key=_natural)
    if alone:
        raise CorpusError(
            f"writer {alone[0]}: has no genuine signature to compare with (writers like this: {len(alone)}); "
            "add some, or check what the layout takes for genuine."
        )
    sizes = [Path(path).stat().st_size for path in table["path"]]
    often = Counter(sizes)
    for row, size in zip(table.itertuples(), sizes, strict=True):
        if often[size] == 1:
            continue  # no other file can hold the same image: nothing to read
        owner = owners.setdefault(row.sha256 or _checksum(row.path), row)
        if (owner.writer, owner.kind) != (row.writer, row.kind):
            raise CorpusError(
                f"{owner.path} and {row.path}: one image stands as {owner.kind} of writer {owner.writer} "
                f"and as {row.kind} of writer {row.writer}; remove the wrong one."
            )
