"""The header of a file says what it is; no pixel is decoded."""

import numpy as np
import pytest
from corpus_trees import fill, fill_images
from PIL import Image

from deepsign_helpers.corpora import file_formats


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("a.png", "1", "PNG of 1 bit (black and white, no grey)"),
        ("a.tif", "1", "TIFF of 1 bit (black and white, no grey)"),
        ("a.png", "L", "PNG of 8 bits (grey)"),
        ("a.bmp", "RGB", "BMP of 3 × 8 bits (colour)"),
        ("a.png", "RGB", "PNG of 3 × 8 bits (colour)"),
        ("a.png", "RGBA", "PNG of 4 × 8 bits (colour with transparency)"),
        ("a.jpg", "CMYK", "JPEG of 4 × 8 bits (colour for print)"),
        ("a.tif", "LA", "TIFF of 2 × 8 bits (grey with transparency)"),
        ("a.tif", "F", "TIFF of 32 bits (grey)"),
    ],
)
def test_a_header_is_said_in_words(tmp_path, name, mode, said):
    fill_images(tmp_path, name, mode=mode, size=(20, 30))
    row = file_formats([str(tmp_path / name)]).iloc[0]
    assert row["said"] == said
    assert (row["height"], row["width"]) == (20, 30)


def test_a_palette_is_no_grey(tmp_path):
    image = Image.new("P", (30, 20))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.save(tmp_path / "a.png")
    assert file_formats([str(tmp_path / "a.png")])["said"].str.endswith("(palette)").all()


def test_sixteen_bits_are_seen(tmp_path):
    levels = np.full((20, 30), 40_000, dtype=np.uint16)
    Image.fromarray(levels).save(tmp_path / "a.png")
    row = file_formats([str(tmp_path / "a.png")]).iloc[0]
    assert row[["channels", "bits"]].tolist() == [1, 16]


def test_what_counts_is_the_content_and_not_the_ending(tmp_path):
    fill_images(tmp_path, "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    assert file_formats([str(tmp_path / "a.tif")])["format"].tolist() == ["PNG"]


def test_damaged_missing_and_unknown_files_do_not_stop_the_count(tmp_path):
    fill(tmp_path, "a.png")
    fill_images(tmp_path, "b.png", "c.gif")
    (tmp_path / "cut.png").write_bytes((tmp_path / "b.png").read_bytes()[:20])
    paths = [str(tmp_path / name) for name in ("a.png", "b.png", "c.gif", "cut.png", "none.png")]
    assert file_formats(paths)["format"].tolist() == ["", "PNG", "", "", ""]


def test_no_pixel_is_decoded(tmp_path):
    fill_images(tmp_path, "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    assert file_formats([str(tmp_path / "a.png")])["said"].tolist() == ["PNG of 8 bits (grey)"]
