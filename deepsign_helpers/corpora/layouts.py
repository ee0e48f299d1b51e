"""Reads any corpus of signatures, ours or a licensed one, as a table with one row an image."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepsign_helpers import files
from deepsign_helpers.tables import KINDS

COLUMNS = ("path", "writer", "kind", "sample", "forgery", "forger")
MANIFEST_COLUMNS = (*COLUMNS, "script", "domain", "condition", "difficulty", "sha256")
PLACEHOLDERS = ("writer", "kind", "sample", "forger", "script")

# Patterns for each kind, as the argument `layout` of `load` takes them. BHSig260: the folder is the writer, since some
# files in it bear a number without zeros, or another writer's. SigComp 2011: the forger's four digits precede the
# writer's three; the test set puts the sample's number first.
NAMED_LAYOUTS = {
    "cedar": {
        "genuine": ["full_org/original_{writer}_{sample}.png"],
        "forged": ["full_forg/forgeries_{writer}_{sample}.png"],
    },
    "bhsig260": {
        "genuine": ["{writer:3}/{script}-S-*-G-{sample}.tif"],
        "forged": ["{writer:3}/{script}-S-*-F-{sample}.tif"],
    },
    "sigcomp2011": {
        "genuine": ["{writer:3}_{sample:1-2}.png", "{sample:1-2}_{writer:3}.png"],
        "forged": [
            "{forger:4}{writer:3}_{sample:1-2}.png",
            "{sample:1-2}_{forger:4}{writer:3}.png",
        ],
    },
}

Layout = str | Mapping[str, str | Sequence[str]]


class CorpusError(ValueError):
    """A folder that cannot be read as a corpus; the message is one sentence with the cure."""


def load(
    folder: str | Path, layout: Layout = "auto", kinds: Mapping[str, str] | None = None
) -> pd.DataFrame:
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
    kinds : what stands for a pattern's `{kind}` in the paths, such as {"genuine": "org", "forged": "forg"}; the words
        themselves if left out

    Returns
    -------
    DataFrame with the text columns path, writer, kind ("genuine" or "forged"), sample, forgery, forger and, from a
    manifest, script, domain, condition, difficulty. Without a manifest every forgery counts as skilled.

    Raises
    ------
    CorpusError
        If the folder is missing or fits no layout, `kinds` stands beside a layout without `{kind}`, two files claim one
        sample, a writer has no genuine signature, one image stands under two writers or kinds, or a manifest and its
        images disagree.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CorpusError(
            f"{folder}: no such folder; check the path, or generate a corpus with `make data`."
        )
    if kinds and "{kind" not in layout:
        raise CorpusError(
            f"kinds: the layout {layout!r} does not ask for them; give a pattern with {{kind}} in it."
        )
    if layout == "deepsign" or (layout == "auto" and (folder / "manifest.csv").exists()):
        table = _read_manifest(folder)
    elif layout == "auto":
        table = _detect(folder)
    else:
        table = _match(folder, _patterns(layout, kinds))
    if table.empty:
        raise CorpusError(
            f"{folder}: no file fits the layout {layout!r}; compare it with a path in the folder."
        )
    _check(table)
    return table


def _detect(folder: Path) -> pd.DataFrame:
    fitting = {
        name: table for name in NAMED_LAYOUTS if len(table := _match(folder, _patterns(name)))
    }
    if not fitting:
        cure = 'generate it again, or say how its paths are built, such as layout="{writer}/{kind}/{sample}.png".'
        known = f"no known layout ({', '.join(NAMED_LAYOUTS)})"
        raise CorpusError(f"{folder}: holds no manifest.csv and fits {known}; {cure}")
    if len(fitting) > 1:
        raise CorpusError(
            f"{folder}: fits the layouts {' and '.join(fitting)}; name one, as layout={min(fitting)!r}."
        )
    return fitting.popitem()[1]


def _patterns(
    layout: Layout, kinds: Mapping[str, str] | None = None
) -> list[tuple[re.Pattern, dict[str, str]]]:
    """Return each compiled pattern with a dict from what `{kind}` may read, in lower case, to what it means."""
    if isinstance(layout, str) and "{" in layout:
        kinds = kinds or dict(zip(KINDS, KINDS, strict=True))
        if not set(kinds) <= set(KINDS):
            raise CorpusError(
                f'kinds {dict(kinds)}: the keys are "genuine" and "forged", the values what paths say.'
            )
        return [
            (
                _compile(layout, {"writer", "kind", "sample"}),
                {text.lower(): kind for kind, text in kinds.items()},
            )
        ]
    if isinstance(layout, str) and layout not in NAMED_LAYOUTS:
        names = ", ".join(("auto", "deepsign", *NAMED_LAYOUTS))
        raise CorpusError(
            f'layout {layout!r}: unknown; use {names} or a pattern such as "{{writer}}/{{kind}}/…".'
        )
    layout = NAMED_LAYOUTS[layout] if isinstance(layout, str) else layout
    if not set(layout) <= set(KINDS):
        raise CorpusError('layout: one pattern a kind has the keys "genuine" and "forged".')
    lists = {kind: [some] if isinstance(some, str) else some for kind, some in layout.items()}
    return [
        (_compile(text, {"writer", "sample"}), {"": kind}) for kind in lists for text in lists[kind]
    ]


def _compile(pattern: str, needed: set[str]) -> re.Pattern:
    expression, seen = "(?:.*/)?", set()
    for part in re.split(r"(\{[^{}]*\}|\*)", unicodedata.normalize("NFC", pattern)):
        name, _, digits = part.strip("{}").partition(":")
        if part == "*":
            expression += "[^/]*"
        elif not re.search("[{}]", part):
            expression += re.escape(part)
        elif name not in PLACEHOLDERS:
            raise CorpusError(
                f"layout {pattern!r}: {part} is unknown; it may hold {{{'}, {'.join(PLACEHOLDERS)}}}."
            )
        elif name in seen:
            expression += f"(?P={name})"  # what stands twice must be the same twice
        else:
            seen.add(name)
            text = r"\d{" + digits.replace("-", ",") + "}" if digits else "[^/]+"
            expression += f"(?P<{name}>{text})"
    if not needed <= seen:
        cure = (
            "where the paths say no {kind}, give one pattern a kind: {'genuine': …, 'forged': …}."
        )
        raise CorpusError(f"layout {pattern!r}: lacks {{{min(needed - seen)}}}; {cure}")
    return re.compile(expression, re.IGNORECASE)


def _match(folder: Path, patterns: Sequence[tuple[re.Pattern, Mapping[str, str]]]) -> pd.DataFrame:
    rows = []
    for path in _files_below(folder):
        # Some file systems store é as two characters, keyboards write one.
        relative = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        found = [(pattern.fullmatch(relative), kinds) for pattern, kinds in patterns]
        readings = {_read_path(path, match.groupdict(""), kinds) for match, kinds in found if match}
        if len(readings) > 1:
            raise CorpusError(
                f"{relative}: fits more than one pattern of the layout; make them differ."
            )
        rows += readings
    rows.sort(
        key=lambda row: [_natural(row[column]) for column in (1, 4, 3)]
    )  # writer, forgery, sample
    table = pd.DataFrame(rows, columns=[*COLUMNS, "script"], dtype=str)
    return table if table["script"].any() else table.drop(columns="script")


def _read_path(path: Path, found: Mapping[str, str], kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a path says in the order of COLUMNS, and the script."""
    kind = kinds.get(found.get("kind", "").lower())
    if kind is None:
        known = " or ".join(map(repr, kinds))
        cure = "say what it means, such as kinds={'genuine': 'org', 'forged': 'forg'}."
        raise CorpusError(f"{path}: {found['kind']!r} stands where {known} was expected; {cure}")
    script, forger = found.get("script", ""), found.get("forger", "")
    writer = "-".join(filter(None, (script, found["writer"])))
    sample = "-".join(filter(None, (forger, found["sample"])))
    return str(path), writer, kind, sample, "skilled" if kind == "forged" else "", forger, script


def _files_below(folder: Path, pattern: str = "*") -> list[Path]:
    paths = sorted(path for path in folder.rglob(pattern) if path.is_file())
    return [
        path
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _natural(text: str) -> list:
    """Return a key that sorts writer 2 before writer 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text)]


def _read_manifest(folder: Path) -> pd.DataFrame:
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(
            f"{folder}: holds no manifest.csv, as a corpus left half-written; generate it again."
        )
    try:
        table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise CorpusError(
            f"{manifest}: is not a readable table; generate the corpus again."
        ) from error
    if missing := [column for column in MANIFEST_COLUMNS if column not in table]:
        raise CorpusError(
            f"{manifest}: lacks the column {missing[0]!r}; generate the corpus again."
        )
    images = _files_below(folder / "images", "*.png")  # a file manager leaves other files there
    if unlisted := {path.relative_to(folder).as_posix() for path in images} - set(table["path"]):
        raise CorpusError(
            f"{manifest}: was cut short, it lacks {len(unlisted)} images; generate the corpus again."
        )
    if table.empty:
        raise CorpusError(f"{manifest}: is empty, it lists no image; generate the corpus again.")
    if not table["kind"].isin(KINDS).all():
        raise CorpusError(
            f'{manifest}: a kind is neither "genuine" nor "forged"; generate the corpus again.'
        )
    for relative, checksum in zip(table["path"], table["sha256"], strict=True):
        if not (folder / relative).is_file():
            raise CorpusError(
                f"{manifest}: lists {relative}, which is missing; generate the corpus again."
            )
        if files.checksum(folder / relative) != checksum:
            raise CorpusError(
                f"{manifest}: {relative} is no longer the image it lists; generate the corpus again."
            )
    return table.drop(columns="sha256").assign(
        path=[str(folder / relative) for relative in table["path"]]
    )


def _check(table: pd.DataFrame) -> None:
    claim = ["writer", "kind", "sample"]
    for (writer, kind, sample), paths in table[table.duplicated(claim, keep=False)].groupby(
        claim, sort=False
    )["path"]:
        what = f"both are {kind} sample {sample} of writer {writer}"
        raise CorpusError(
            f"{' and '.join(paths.head(2))}: {what}; load each collection from its own folder."
        )
    if alone := sorted(
        set(table["writer"]) - set(table.loc[table["kind"] == "genuine", "writer"]), key=_natural
    ):
        lacks = f"has no genuine signature to compare with (writers like this: {len(alone)})"
        raise CorpusError(
            f"writer {alone[0]}: {lacks}; add some, or check what the layout takes for genuine."
        )
    # Only files of one size can hold the same image: nothing else is read.
    alike = table[table["path"].map(lambda path: Path(path).stat().st_size).duplicated(keep=False)]
    for _, copies in alike.groupby(alike["path"].map(files.checksum), sort=False):
        claims = copies.drop_duplicates(["writer", "kind"]).head(2)
        if len(claims) == 2:
            stands = " and as ".join(claims["kind"] + " of writer " + claims["writer"])
            raise CorpusError(
                f"{' and '.join(claims['path'])}: one image stands as {stands}; remove the wrong one."
            )
