"""What Hypothesis damages and invents: bytes, JSON, tables, images and the files that hold them."""

import io
import json

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

FORMATS = {
    "PNG": {},
    "PNG of 1 bit": {"format": "PNG", "bits": 1},
    "JPEG": {"quality": 90},
    "BMP": {},
    "TIFF": {},
    "TIFF, LZW": {"format": "TIFF", "compression": "tiff_lzw"},
    "TIFF, deflate": {"format": "TIFF", "compression": "tiff_adobe_deflate"},
    "TIFF, JPEG": {"format": "TIFF", "compression": "jpeg"},
}
# What stands in a cell of a table, or in JSON, where nobody expects it.
ODD_TEXTS = ("", " ", "nan", "None", "-1", "1e999", "../manifest.csv", "a\nb", "=1+1", "é" * 300)
ODD_VALUES = (None, True, -1, 0, 10**30, 0.5, [], {}, [None], *ODD_TEXTS)


def flips(content: bytes) -> st.SearchStrategy[bytes]:
    """One bit the other way."""
    return st.integers(0, 8 * len(content) - 1).map(lambda bit: flipped(content, bit))


def flipped(content: bytes, bit: int) -> bytes:
    """Return a content with one bit the other way."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def cuts(content: bytes) -> st.SearchStrategy[bytes]:
    """The beginning alone, or even nothing."""
    return st.integers(0, len(content) - 1).map(lambda length: content[:length])


@st.composite
def edits(draw, content: bytes) -> bytes:
    """Some bytes replaced by others, more or fewer, as by an editor or a failing disk."""
    start = draw(st.integers(0, len(content)))
    stop = draw(st.integers(start, min(start + 64, len(content))))
    middle = draw(
        st.binary(max_size=16) | st.sampled_from([b"\0" * 64, content[start : start + 8]])
    )
    return content[:start] + middle + content[stop:]


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Whatever befalls a file, so that it is no longer what was written."""
    anything = flips(content) | cuts(content) | edits(content)
    return anything.filter(lambda changed: changed != content)


@st.composite
def edited_json(draw, text: str) -> str:
    """JSON that is well formed, with one value gone, renamed or replaced by an odd one."""
    tree = json.loads(text)
    holder = tree
    key = draw(st.sampled_from(keys_of(holder)))
    while isinstance(holder[key], dict | list) and holder[key] and draw(st.booleans()):
        holder = holder[key]
        key = draw(st.sampled_from(keys_of(holder)))
    action = draw(st.sampled_from(["remove", "replace", "nudge"]))
    if action == "remove":
        del holder[key]
    elif action == "nudge" and isinstance(holder[key], int | float):
        holder[key] += draw(st.sampled_from([-1, 1, 1e-9, float("nan"), float("inf")]))
    else:
        holder[key] = draw(st.sampled_from(ODD_VALUES))
    return json.dumps(tree, indent=1, ensure_ascii=False)


def keys_of(holder: dict | list) -> list[str] | list[int]:
    """Return by what the values of an object or a list are reached."""
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


@st.composite
def edited_csv(draw, text: str) -> str:
    """A table with a row or a column gone, doubled or moved, or with an odd value."""
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    row = draw(st.integers(0, len(table) - 1))
    column = draw(st.sampled_from(list(table)))
    action = draw(st.sampled_from(["drop row", "double row", "swap", "drop column", "replace"]))
    if action == "drop row":
        table = table.drop(index=row)
    elif action == "double row":
        table = pd.concat([table, table.iloc[[row]]])
    elif action == "swap":
        other = draw(st.integers(0, len(table) - 1))
        table.loc[[row, other], column] = table.loc[[other, row], column].to_numpy()
    elif action == "drop column":
        table = table.drop(columns=column)
    else:
        table.loc[row, column] = draw(st.sampled_from(ODD_TEXTS))
    return table.to_csv(index=False)


@st.composite
def image_files(draw) -> tuple[str, bytes]:
    """A name of a format, and a file of a small grey image in it."""
    name = draw(st.sampled_from(sorted(FORMATS)))
    options = {"format": name} | FORMATS[name]
    seed = draw(st.integers(0, 9))
    levels = np.random.default_rng(seed).integers(0, 256, (24, 40)).astype(np.uint8)
    image = Image.fromarray(levels)
    if options.pop("bits", 8) == 1:
        image = image.convert("1")
    file = io.BytesIO()
    image.save(file, **options)
    return name, file.getvalue()


def images() -> st.SearchStrategy[np.ndarray]:
    """Arrays that somebody might take for an image: of any kind, shape and values."""
    kinds = st.sampled_from([np.uint8, np.uint16, np.float32, np.float64, np.bool_, np.int64])
    shapes = st.sampled_from([(24, 40), (16, 16), (1, 40), (0, 40), (24, 40, 3), (24,), ()])
    return arrays.arrays(kinds, shapes)


@st.composite
def tables(draw) -> pd.DataFrame:
    """A corpus table of a few writers, whole or with an odd value in it."""
    rows = []
    for writer in range(draw(st.integers(1, 6))):
        for sample in range(draw(st.integers(1, 4))):
            for kind in ("genuine", "forged"):
                path = f"w{writer}/{kind}_{sample}.png"
                forgery = "skilled" if kind == "forged" else ""
                rows.append((path, f"w{writer}", kind, str(sample), forgery, ""))
    columns = ["path", "writer", "kind", "sample", "forgery", "forger"]
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    if draw(st.booleans()):
        row = draw(st.integers(0, len(table) - 1))
        column = draw(st.sampled_from(columns))
        table.loc[row, column] = draw(st.sampled_from([float("nan"), None, *ODD_TEXTS]))
    return table
