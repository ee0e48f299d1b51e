"""Bad images: one sentence each, that names the file and says what to do."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from deepsign_helpers.preprocessing import ImageError, prepare, read_gray


def drawing(mode="L", width=300, height=150):
    """A scan with a line in it."""
    image = Image.new("L", (width, height), 250)
    ImageDraw.Draw(image).line([(40, 100), (120, 40), (180, 110), (260, 50)], fill=20, width=4)
    return image.convert(mode)


def encoded(file_format, image=None, **options):
    stream = io.BytesIO()
    (image or drawing()).save(stream, file_format, **options)
    return stream.getvalue()


def cut(data, share=0.6):
    return data[: int(len(data) * share)]


def corrupted(data):
    middle = len(data) // 2
    return (
        data[:middle]
        + bytes(255 - byte for byte in data[middle : middle + 20])
        + data[middle + 20 :]
    )


def png_that_claims(width, height):
    """A PNG of a few bytes whose header announces any size: a decompression bomb."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    framed = [
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (chunk, data)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


DAMAGED = "the image is damaged or cut short; copy or scan it again."
NO_IMAGE = "is not an image that can be read; save it as PNG, JPEG, TIFF or BMP."
NOTHING_LEFT = (
    "no ink is left; what lies beyond the sheet, a desk or a rim, was taken away; "
    "is the page signed?"
)
NO_INK = "no ink found; is the page blank or the contrast very low?"
DARK = "nearly all of it is dark; is the scan inverted or underexposed?"
WHITE_UNKNOWN = (
    "stores its levels in a way ({}) that does not say what is white; "
    "save it in 8 or 16 bits, grey or colour."
)

FILES = {
    "empty": (lambda: b"", "the file is empty; save or copy it again."),
    "PNG cut short": (lambda: cut(encoded("PNG")), DAMAGED),
    "PNG, header only": (lambda: encoded("PNG")[:20], DAMAGED),
    "PNG, bytes changed": (lambda: corrupted(encoded("PNG")), DAMAGED),
    "JPEG cut short": (lambda: cut(encoded("JPEG")), DAMAGED),
    "JPEG, header only": (lambda: encoded("JPEG")[:30], DAMAGED),
    "TIFF cut short": (lambda: cut(encoded("TIFF")), DAMAGED),
    "TIFF, compressed, cut short": (
        lambda: cut(encoded("TIFF", compression="tiff_lzw"), 0.5),
        DAMAGED,
    ),
    "BMP cut short": (lambda: cut(encoded("BMP")), DAMAGED),
    "text": (lambda: b"writer,kind,sample\nw000,genuine,0\n", NO_IMAGE),
    "PDF": (lambda: encoded("PDF"), NO_IMAGE),
    "PostScript": (lambda: encoded("EPS"), NO_IMAGE),
    "TIFF, 32-bit float": (lambda: encoded("TIFF", drawing("F")), WHITE_UNKNOWN.format("F")),
    "TIFF, 32-bit integer": (lambda: encoded("TIFF", drawing("I")), WHITE_UNKNOWN.format("I")),
    "51 megapixels": (
        lambda: png_that_claims(8500, 6000),
        "has more than 50 megapixels; crop it or scan it at 300 dpi.",
    ),
    "100 megapixels": (
        lambda: png_that_claims(10_000, 10_000),
        "has more than 50 megapixels; crop it or scan it at 300 dpi.",
    ),
    "10,000 megapixels": (
        lambda: png_that_claims(100_000, 100_000),
        "has more than 50 megapixels; crop it or scan it at 300 dpi.",
    ),
    "15 rows": (
        lambda: encoded("PNG", Image.new("L", (300, 15), 255)),
        "is 15 × 300 px, under 16 px; scan it at a higher resolution.",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_cannot_be_read_gets_one_sentence_with_its_name(kind, tmp_path):
    make, sentence = FILES[kind]
    path = tmp_path / "scan_07.png"
    path.write_bytes(make())
    with pytest.raises(ImageError) as raised:
        read_gray(path, name="scan_07.png")
    assert str(raised.value) == f"scan_07.png: {sentence}"
    with pytest.raises(ImageError) as raised:
        read_gray(make())
    assert str(raised.value) == f"image: {sentence}"


def test_a_missing_file_or_a_folder_is_named_with_its_path(tmp_path):
    missing = tmp_path / "missing.png"
    with pytest.raises(ImageError) as raised:
        read_gray(missing)
    assert (
        str(raised.value)
        == f"{missing}: cannot be opened (No such file or directory); is the path right?"
    )
    with pytest.raises(ImageError, match="cannot be opened"):
        read_gray(tmp_path)


def noise(mean, deviation):
    return (
        np.random.default_rng(0).normal(mean, deviation, (150, 300)).clip(0, 255).astype(np.uint8)
    )


def one_speck():
    page = np.full((350, 580), 250, np.uint8)
    page[200:203, 300:303] = 0
    return page


def half_black():
    page = np.full((150, 300), 250, np.uint8)
    page[:, :200] = 20
    return page


ARRAYS = {
    "blank": (lambda: np.full((150, 300), 255, np.uint8), NO_INK),
    "grey": (lambda: np.full((150, 300), 128, np.uint8), NO_INK),
    "paper grain": (lambda: noise(225, 8), NO_INK),
    "faint, 10 levels": (lambda: (np.array(drawing()) // 23 + 240).astype(np.uint8), NO_INK),
    "one speck of dust": (one_speck, NO_INK),
    "transparent": (
        lambda: read_gray(encoded("PNG", Image.new("RGBA", (300, 150), (0, 0, 0, 0)))),
        NO_INK,
    ),
    "black": (lambda: np.zeros((150, 300), np.uint8), DARK),
    "inverted": (lambda: 255 - np.array(drawing()), DARK),
    "two thirds black": (half_black, NOTHING_LEFT),
    "15 columns": (
        lambda: np.full((150, 15), 255, np.uint8),
        "is 150 × 15 px, under 16 px; scan it at a higher resolution.",
    ),
    "no pixels": (
        lambda: np.zeros((0, 0), np.uint8),
        "is 0 × 0 px, under 16 px; scan it at a higher resolution.",
    ),
    "51 megapixels": (
        lambda: np.broadcast_to(np.uint8(255), (6000, 8500)),
        "has more than 50 megapixels; crop it or scan it at 300 dpi.",
    ),
    "prepared already": (
        lambda: prepare(np.array(drawing())),
        "is float32 (128, 256, 1), not uint8 (height, width); read the file with read_gray.",
    ),
    "colour": (
        lambda: np.array(drawing("RGB")),
        "is uint8 (150, 300, 3), not uint8 (height, width); read the file with read_gray.",
    ),
    "a list": (
        lambda: [[255, 0], [0, 255]],
        "is list, not uint8 (height, width); read the file with read_gray.",
    ),
    "nothing": (
        lambda: None,
        "is NoneType, not uint8 (height, width); read the file with read_gray.",
    ),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_without_a_signature_gets_one_sentence_with_its_name(kind):
    make, sentence = ARRAYS[kind]
    with pytest.raises(ImageError) as raised:
        prepare(make(), name="scan_07.png")
    assert str(raised.value) == f"scan_07.png: {sentence}"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_file_in_memory_is_prepared_whatever_holds_it(kind):
    content = encoded("PNG")
    assert np.array_equal(prepare(kind(content)), prepare(read_gray(content)))


def test_without_a_name_the_sentence_speaks_of_an_image():
    with pytest.raises(ImageError, match=r"^image: no ink found"):
        prepare(np.full((150, 300), 255, np.uint8))


SEEDS = [
    encoded("PNG"),
    encoded("JPEG"),
    encoded("TIFF"),
    encoded("TIFF", compression="tiff_lzw"),
    encoded("BMP"),
]


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), max_size=4),
    st.floats(0, 1),
)
def test_whatever_the_bytes_the_answer_is_an_image_or_one_sentence(data, changes, length):
    data = bytearray(data[: max(1, round(length * len(data)))])
    for where, new in changes:
        start = int(where * (len(data) - 1))
        data[start : start + len(new)] = new
    with contextlib.suppress(ImageError):
        gray = read_gray(bytes(data))
        assert gray.dtype == np.uint8 and gray.ndim == 2
