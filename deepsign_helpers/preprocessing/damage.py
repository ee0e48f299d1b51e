"""Damage that decoders pass over: missing rows, ends cut off, and what they only mumble."""

import contextlib
import logging
import math
import os
import re
import struct
import tempfile
import threading
import warnings
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin

PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
JPEG_BEGINS = b"\xff\xd8\xff"

# A progressive JPEG is drawn in scans, each over the whole picture. Encoders write about ten; a
# small file of thousands of empty ones keeps a decoder busy for minutes.
MOST_SCANS = 50
# Chunks of a PNG, segments of a JPEG and the bytes between them: a page has some hundred, and
# millions take minutes, too.
MOST_PARTS = 50_000

CHANNELS_OF_PNG = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by its type of colour
# Of an interlaced PNG, the seven passes: first column and row, and the steps to the next ones.
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
# In bytes: deflate makes at most 1032 of one, so that 68 MB are unpacked at once.
PACKED_AT_ONCE = 65_536
DEFLATED = (8, 32946)  # values of TIFF's tag Compression
MOST_PIXELS_OF_A_TILE = 50_000_000  # as many as an image may have

START_OF_SCAN = 0xDA
END_OF_IMAGE = 0xD9
MARKERS_ALONE = {0x01, *range(0xD0, 0xD9)}  # no length and no content follow them
# What ends the coded data of a scan: neither a stuffed zero nor a mark to restart from.
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")

# How lines begin that libjpeg, libtiff and OpenCV write. Any other is somebody else's.
OF_DECODERS = re.compile(
    rb"Corrupt JPEG|Premature end of JPEG|Invalid SOS|Inconsistent progression|Unsupported marker"
    rb"|\[ *(WARN|ERROR):|tempfile\.tif: |\w*(TIFF|Tiff|tiff|Decode|Fax|JPEG|Required)\w*: "
)
# Of one process there is but one stderr.
ONE_AT_A_TIME = threading.Lock()

# Where nobody listens to Pillow's log, Python would print its errors.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class DamageError(ValueError):
    """Say that a file is no longer what was written."""


class TooManyPartsError(ValueError):
    """Say that a file has more parts than a picture needs."""


def require_few_parts(content: bytes) -> None:
    """Refuse a PNG or JPEG of so many parts that reading it would take minutes."""
    parts = []
    if content.startswith(PNG_BEGINS):
        parts = _png_chunks(content)
    elif content.startswith(JPEG_BEGINS):
        parts = _jpeg_markers(content)
    if len(parts) > MOST_PARTS or parts.count(START_OF_SCAN) > MOST_SCANS:
        raise TooManyPartsError


def require_whole(image: Image.Image, content: bytes) -> None:
    """Refuse an opened file that lacks a part of its picture, as far as its format can tell."""
    if image.format == "PNG":
        _require_all_rows(content)
    elif image.format == "TIFF":
        _require_tiff(image, content)
    elif content.startswith(JPEG_BEGINS):
        _require_jpeg(content)


def _png_chunks(content: bytes) -> list[tuple[bytes, int, int]]:
    """Return the chunks of a PNG: their names, where their data begin, and where they end."""
    chunks = []
    position = len(PNG_BEGINS)
    while position + 8 <= len(content) and len(chunks) <= MOST_PARTS:
        length, kind = struct.unpack_from(">I4s", content, position)
        start = position + 8
        chunks.append((kind, start, start + length))
        position = start + length + 4  # the checksum
    return chunks


def _require_all_rows(content: bytes) -> None:
    """Refuse a PNG whose data don't unpack to the rows that its header announces."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    bits = depth * CHANNELS_OF_PNG[colour]
    announced = 0
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns = len(range(left, width, across))
        rows = len(range(top, height, down))
        if columns:
            announced += rows * (1 + _row_size(columns, bits))  # each row begins with its filter
    packed = [content[start:stop] for kind, start, stop in _png_chunks(content) if kind == b"IDAT"]
    if _unpacked_size(b"".join(packed), most=announced) != announced:
        raise DamageError


def _row_size(columns: int, bits: int) -> int:
    """Return how many bytes a row of pixels takes."""
    return (columns * bits + 7) // 8


def _unpacked_size(packed: bytes, most: int) -> int:
    """Return how many bytes deflated data unpack to; refuse a wrong checksum and what is too much.

    So a small file cannot keep us unpacking.
    """
    unpacking = zlib.decompressobj()
    size = 0
    for start in range(0, len(packed), PACKED_AT_ONCE):
        size += len(unpacking.decompress(packed[start : start + PACKED_AT_ONCE]))
        if size > most:
            raise DamageError
    if not unpacking.eof:
        raise DamageError
    return size


def _require_tiff(image: TiffImagePlugin.TiffImageFile, content: bytes) -> None:
    """Refuse a TIFF of giant tiles, or a deflated one that differs from its checksums.

    libtiff leaves a checksum aside where it has got all the rows that it wants. Other ways to store
    a TIFF have none.
    """
    tags = image.tag_v2
    width, height = (tags[tag] for tag in (TiffImagePlugin.IMAGEWIDTH, TiffImagePlugin.IMAGELENGTH))
    # A strip is a tile as wide as the image.
    across = tags.get(TiffImagePlugin.TILEWIDTH, width)
    down = tags.get(TiffImagePlugin.TILELENGTH) or min(
        tags.get(TiffImagePlugin.ROWSPERSTRIP, height), height
    )
    if across * down > MOST_PIXELS_OF_A_TILE:
        raise Image.DecompressionBombError
    if tags.get(TiffImagePlugin.COMPRESSION) not in DEFLATED:
        return
    starts = tags.get(TiffImagePlugin.TILEOFFSETS) or tags[TiffImagePlugin.STRIPOFFSETS]
    sizes = tags.get(TiffImagePlugin.TILEBYTECOUNTS) or tags[TiffImagePlugin.STRIPBYTECOUNTS]
    bits = sum(tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    tiles = math.ceil(width / across) * math.ceil(height / down)
    left = tiles * down * _row_size(across, bits)
    for start, size in zip(starts, sizes, strict=True):
        left -= _unpacked_size(content[start : start + size], most=left)


def _jpeg_markers(content: bytes) -> list[int]:
    """Return the second bytes of the markers of a JPEG, up to its end."""
    markers = []
    padding = 0  # bytes between segments
    position = 2
    while position + 2 <= len(content) and len(markers) <= MOST_PARTS:
        found = NEXT_MARKER.search(content, position)
        if found is None:
            break
        if START_OF_SCAN not in markers[-1:]:
            padding += found.end() - 2 - position
        position = found.end()
        marker = content[position - 1]
        markers.append(marker)
        if marker == END_OF_IMAGE:
            break
        if marker not in MARKERS_ALONE:
            position += int.from_bytes(content[position : position + 2])
    if padding > MOST_PARTS:
        raise TooManyPartsError
    return markers


def _require_jpeg(content: bytes) -> None:
    """Have libjpeg complain of a JPEG that is damaged, for `complaints_raised` to hear.

    Pillow keeps it from saying so. OpenCV lets it, and makes a picture of an eighth, which takes a
    fraction of the time.
    """
    coded = np.frombuffer(content, np.uint8)
    cv2.imdecode(coded, cv2.IMREAD_REDUCED_GRAYSCALE_8)


@contextlib.contextmanager
def complaints_raised() -> Iterator[None]:
    """Hold back what decoders print and warn of in a block, and raise a `DamageError` instead.

    They write to stderr from C, where Python can't see it. What others write meanwhile is passed
    on.
    """
    with ONE_AT_A_TIME, warnings.catch_warnings(), _nobodys_file() as held_back:
        warnings.filterwarnings("error", module=r"PIL\.")
        # Scanners repeat a resolution or an orientation, and the first of them is right.
        warnings.filterwarnings("ignore", message="Metadata Warning", module=r"PIL\.")
        shown = _stderr()
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(shown, 2)
            os.close(shown)
            held_back.seek(0)
            lines = held_back.read().splitlines(keepends=True)
            of_others = [line for line in lines if not OF_DECODERS.match(line)]
            if of_others:
                os.write(2, b"".join(of_others))
        if len(of_others) < len(lines):
            raise DamageError


def _nobodys_file() -> BinaryIO:
    """Return an empty file without a name, in memory where the system has that (Linux)."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("held_back"), "rb", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _stderr() -> int:
    """Return a second descriptor of stderr, or of nothing where a process has none."""
    try:
        return os.dup(2)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
