"""Reading: one grey drawing, stored in every way that scanners and phones know."""

import cv2
import numpy as np
import pytest
from drawings import draw, saved
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepsign_helpers.preprocessing import ImageError, read_gray


def over_black_with_alpha(gray):
    """The drawing's ink on transparent black: to be seen only where alpha says so."""
    alpha = Image.fromarray(255 - gray)
    return Image.merge("LA", (Image.new("L", alpha.size, 0), alpha))


def palette_with_transparency(gray):
    levels = Image.fromarray(np.where(gray < 128, 1, 0).astype(np.uint8), mode=None).convert("P")
    levels.putpalette([10, 200, 30, 0, 0, 0])  # colour 0, a loud green, is declared transparent
    return levels


def sixteen_bits(gray):
    return Image.fromarray(gray.astype(np.uint16) * 257)


def sixteen_bits_with_transparency(gray):
    """A dark level that nothing else has stands for the paper, and is declared transparent."""
    levels = np.where(gray == 255, 999, gray.astype(np.uint16) * 257).astype(np.uint16)
    return saved(Image.fromarray(levels), "PNG", transparency=999)


def turned_by_camera(gray):
    """The file holds the drawing lying on its side; EXIF says how to hold it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(Image.fromarray(np.rot90(gray)), "JPEG", exif=exif, quality=95)


def cmyk(gray):
    none = Image.new("L", gray.shape[::-1], 0)  # of cyan, magenta and yellow
    return Image.merge("CMYK", (none, none, none, Image.fromarray(255 - gray)))


def without_adobe_marker(data):
    """Cut the APP14 segment out of a JPEG: its CMYK values then count as they are, not inverted."""
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]


def inverted(image):
    return image.point(lambda level: 255 - level)


def two_pages(gray):
    blank = Image.new("L", gray.shape[::-1], 255)
    return saved(Image.fromarray(gray), "TIFF", save_all=True, append_images=[blank])


STORED = {
    "PNG, 8 bits": (lambda gray: saved(Image.fromarray(gray), "PNG"), 0),
    "PNG, 1 bit": (
        lambda gray: saved(Image.fromarray(gray).point(lambda v: 255 * (v > 127), "1"), "PNG"),
        128,
    ),
    "PNG, 16 bits": (lambda gray: saved(sixteen_bits(gray), "PNG"), 0),
    "PNG, RGB": (lambda gray: saved(Image.fromarray(gray).convert("RGB"), "PNG"), 0),
    "PNG, RGBA": (lambda gray: saved(over_black_with_alpha(gray).convert("RGBA"), "PNG"), 1),
    "PNG, grey and alpha": (lambda gray: saved(over_black_with_alpha(gray), "PNG"), 1),
    "PNG, palette": (lambda gray: saved(Image.fromarray(gray).convert("P"), "PNG"), 0),
    "PNG, palette, transparent": (
        lambda gray: saved(palette_with_transparency(gray), "PNG", transparency=0),
        128,
    ),
    "PNG, 16 bits, transparent": (sixteen_bits_with_transparency, 0),
    "JPEG": (lambda gray: saved(Image.fromarray(gray), "JPEG", quality=95), 30),
    "JPEG, turned by EXIF": (turned_by_camera, 30),
    "JPEG, CMYK by Adobe": (lambda gray: saved(cmyk(gray), "JPEG", quality=95), 30),
    "JPEG, CMYK": (
        lambda gray: without_adobe_marker(saved(inverted(cmyk(gray)), "JPEG", quality=95)),
        30,
    ),
    "TIFF, two pages": (two_pages, 0),
    "TIFF, 16 bits": (lambda gray: saved(sixteen_bits(gray), "TIFF"), 0),
    "TIFF, fax": (
        lambda gray: saved(
            Image.fromarray(gray).convert("1", dither=0), "TIFF", compression="group4"
        ),
        128,
    ),
    "TIFF, CMYK": (lambda gray: saved(cmyk(gray), "TIFF"), 1),
    "BMP": (lambda gray: saved(Image.fromarray(gray), "BMP"), 0),
}


@pytest.mark.parametrize("way", STORED)
def test_a_scan_reads_the_same_however_it_was_stored(way):
    gray = draw(ink=0)
    store, tolerance = STORED[way]
    read = read_gray(store(gray))
    assert read.dtype == np.uint8 and read.shape == gray.shape
    assert np.abs(read.astype(int) - gray).max() <= tolerance
    assert np.abs(read.astype(int) - gray).mean() < 2


def test_sixteen_bits_are_rounded_to_the_nearest_of_eight():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.abs(read_gray(saved(Image.fromarray(levels), "PNG")) - levels / 257).max() <= 0.5


def test_a_path_is_read_whatever_its_letters(tmp_path):
    path = tmp_path / "подпись – 签名 ñ.png"
    Image.fromarray(draw()).save(path)
    assert np.array_equal(read_gray(path), draw())
    assert np.array_equal(read_gray(str(path)), draw())


def test_colour_becomes_its_luminance():
    colours = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    luminance = colours @ [0.299, 0.587, 0.114]  # ITU-R BT.601
    assert np.abs(read_gray(saved(Image.fromarray(colours), "PNG")) - luminance).max() <= 1


def test_content_is_read_whatever_holds_it(signature):
    content = cv2.imencode(".png", signature)[1].tobytes()
    for held in (content, bytearray(content), memoryview(content)):
        assert np.array_equal(read_gray(held), signature)


@pytest.mark.parametrize("given", [None, 5, 0, ["a.png"], 3.5])
def test_what_is_neither_path_nor_content_is_refused_in_a_sentence(given):
    sentence = f"^image: is {type(given).__name__}; give the path of a scan, or its content as"
    with pytest.raises(ImageError, match=sentence):
        read_gray(given)


@given(st.text(max_size=20))
def test_any_text_for_a_path_is_one_sentence(name):
    with pytest.raises(ImageError) as caught:
        read_gray(f"/nowhere/{name}")
    sentence = str(caught.value)
    assert sentence.isprintable() and sentence.endswith("is the path right?")


def test_a_line_break_in_a_name_does_not_break_the_sentence(tmp_path):
    path = tmp_path / "new\nline.png"
    path.write_bytes(b"nothing")
    with pytest.raises(ImageError, match=r"new�line\.png: is not an image that can be read"):
        read_gray(path)
