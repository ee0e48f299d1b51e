"""Refuses whatever could be a real signature or trained weights, by what is in it, not its name.

A file that git keeps is text, or a picture that the generator drew: `manifest.csv` lists those of
the corpus with their checksums. Every image, archive, document or network is neither, unless it
hides in text; the few ways of hiding are looked for. What a chapter's notebook shows is left to the
test that runs it again: run none on real scans in a checkout that you commit from.

Nothing but Python itself is needed, so that the guard can stand before every commit.
"""

import base64
import csv
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).parents[1]
CORPUS = "data_synthetic"
# Pictures that a tool draws, and their checksums: to be changed here when they are drawn again.
DRAWN = {"docs/banner.png": "ea83eb5cefc2f822c11a3094d7ab3613137cb7be4dd34ed16e4c731930b9b8a2"}

# How contents begin (or what stands at a byte further on), to call them by their names.
SIGNATURES = (
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (8, b"WEBP", "a WebP image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"II+\0", "a TIFF image"),
    (0, b"MM\0+", "a TIFF image"),
    (0, b"BM", "a BMP image"),
    (4, b"ftyp", "a HEIC or AVIF image, or a film"),
    (4, b"jP  ", "a JPEG 2000 image"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (4, b"JXL ", "a JPEG XL image"),
    (0, b"8BPS", "a Photoshop image"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"{\\rtf", "an RTF document"),
    (0, b"\xd0\xcf\x11\xe0", "an Office document"),
    (0, b"PK\x03\x04", "a ZIP archive, an Office document or a network"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x89HDF", "an HDF5 file, as of weights"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x80\x02", "a pickle, as of weights"),
    (0, b"\x80\x04", "a pickle, as of weights"),
    (0, b"\x80\x05", "a pickle, as of weights"),
    (4, b"TFL3", "a TensorFlow Lite network"),
    (8, b'{"', "a safetensors file of weights"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"SQLite format 3", "an SQLite database"),
)
# How a TensorFlow checkpoint's index ends; the weights themselves bear no mark.
CHECKPOINT = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"

# Documents and images that are written in letters.
IN_LETTERS = (
    (re.compile(r"\s*%PDF-"), "a PDF document"),
    (re.compile(r"\s*%!PS"), "a PostScript document"),
    (re.compile(r"\s*\{\\rtf"), "an RTF document"),
    (re.compile(r"P[1-3]\s+(#.*\s+)*\d+\s+\d+\s"), "a PNM image"),
    (re.compile(r"\s*/\* XPM \*/"), "an XPM image"),
    (re.compile(r"\s*#define \w+_width \d+\s+#define \w+_height \d+"), "an XBM image"),
)
CONTROL = re.compile(r"[^\t\n\f\r\x20-\U0010ffff]")  # what no text holds
IMAGE_ADDRESS = re.compile(r"data:image/[\w.+-]+;base64,\s*[\w+/]{60}")
# So long a word of these 64 letters spells bytes; the first 60 spell 45, enough to tell what of.
SPELLED = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{60}")


def refusals(names: Iterable[str], checkout: Path) -> list[str]:
    """Return a sentence for each file that must not be in the repository.

    Parameters
    ----------
    names : iterable of str
        Paths relative to the checkout, with forward slashes, as git writes them.
    checkout : Path
        The folder of the repository.
    """
    generated = DRAWN | listed_images(checkout / CORPUS / "manifest.csv")
    executed = chapters(checkout / "chapters.toml")
    sentences = []
    for name in names:
        path = checkout / name
        if path.is_dir() and not path.is_symlink():
            problem = "is a repository of its own, whose files nobody sees here"
            sentences.append(f"{name}: {problem}; keep it outside this one.")
            continue
        content = content_of(name, checkout)
        kind = kind_of_notebook(content) if name in executed else kind_of(content)
        if not kind:
            continue
        if name not in generated:
            cure = "take it out (git rm --cached); signatures stay in data_real/, weights in build/"
            sentences.append(f"{name}: is {kind}; {cure}.")
        elif hashlib.sha256(content).hexdigest() != generated[name]:
            listing = "tools/guard.py" if name in DRAWN else f"{CORPUS}/manifest.csv"
            problem = f"is not the picture whose checksum stands in {listing}"
            sentences.append(f"{name}: {problem}; generate it again, or restore it (git restore).")
    return sentences


def listed_images(manifest: Path) -> dict[str, str]:
    """Return the checksums that a manifest gives to the images of its corpus, by their names."""
    if not manifest.is_file():
        return {}
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {f"{CORPUS}/{row['path']}": row["sha256"] for row in rows}


def chapters(listing: Path) -> set[str]:
    """Return the names of the course's notebooks, which the tests execute again."""
    if not listing.is_file():
        return set()
    listed = tomllib.loads(listing.read_text(encoding="utf-8"))["chapters"]
    return {f"notebooks/{chapter['notebook']}.ipynb" for chapter in listed}


def content_of(name: str, checkout: Path) -> bytes:
    """Return what git would keep of a file; of a link that is the path it leads to."""
    path = checkout / name
    if path.is_symlink():
        return str(path.readlink()).encode()
    if path.is_file():
        return path.read_bytes()
    return git(["show", f":{name}"], checkout)  # removed from the folder, but not from git


def kind_of_notebook(content: bytes) -> str:
    """Return what a notebook holds beside text, its cells' outputs aside: they are made again."""
    try:
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            cell.pop("outputs", None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return kind_of(content)  # no notebook, whatever it is called
    return kind_of(json.dumps(notebook).encode())


def kind_of(content: bytes) -> str:
    """Return what a content is, or holds, if that is no text: "a PNG image"; "" for text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return kind_of_bytes(content)
    if CONTROL.search(text):
        return kind_of_bytes(content)
    for pattern, kind in IN_LETTERS:
        if pattern.match(text):
            return kind
    if IMAGE_ADDRESS.search(text):
        return "text that holds an image"
    for spelled in SPELLED.finditer(text):
        kind = named_kind(base64.b64decode(spelled[0]))
        if kind:
            return f"text that spells {kind}"
    return ""


def kind_of_bytes(content: bytes) -> str:
    """Return what a content is that is no text."""
    if content.endswith(CHECKPOINT):
        return "the index of a TensorFlow checkpoint"
    return named_kind(content) or "no text in UTF-8, so perhaps an image, an archive or weights"


def named_kind(content: bytes) -> str:
    """Return what begins like this content; "" if nothing known does."""
    for place, signature, kind in SIGNATURES:
        if content.startswith(signature, place):
            return kind
    return ""


def kept_by_git(checkout: Path) -> list[str]:
    """Return the files that git tracks, or would if everything were added."""
    command = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = git(command, checkout).decode("utf-8", "surrogateescape")
    return sorted({name for name in listed.split("\0") if name})


def git(command: list[str], checkout: Path) -> bytes:
    """Return what git prints, in a checkout that may be another user's."""
    whole = ["git", "-c", "safe.directory=*", *command]
    return subprocess.run(whole, cwd=checkout, capture_output=True, check=True).stdout


def main(arguments: list[str]) -> str:
    """Return what is refused of the files given, or else of all that git keeps; a line for each."""
    if not (PROJECT / ".git").exists():
        return ""  # an unpacked archive: nothing is committed from it
    names = []
    for argument in arguments:
        path = Path(argument).absolute()
        if not path.is_relative_to(PROJECT) or not path.exists():
            return f"{argument}: is no file of this repository; give one, or nothing for all."
        names.append(path.relative_to(PROJECT).as_posix())
    return "\n".join(refusals(names or kept_by_git(PROJECT), PROJECT))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
