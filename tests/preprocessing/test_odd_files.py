"""Hundreds of odd and damaged files: each is read rightly, or refused in one sentence, and soon."""

import io
import os
import socket
import subprocess
import sys
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import odd_files
import pytest
from drawings import draw, saved
from PIL import Image

from deepsign_helpers.preprocessing import ImageError, read_gray

GRAY = draw(ink=0)
STORED = odd_files.ways_to_store(GRAY)
MOST_SECONDS = 2
# Levels of grey that a lossy format may be off, and a format of two levels along the edges.
TOLERANCES = {"JPEG": 30, "jpeg": 30, "1 bit": 128, "group": 128, "ccitt": 128}


@pytest.fixture(autouse=True)
def is_quiet(capfd):
    """Require that nothing comes out on stderr, from C or from Python."""
    yield
    assert capfd.readouterr().err == ""


def outcome(content):
    """Return the grey levels of a file, or the sentence that refuses it, within two seconds."""
    begun = time.process_time()
    try:
        return read_gray(content, "scan")
    except ImageError as error:
        sentence = str(error)
        assert sentence.isprintable()
        assert sentence.startswith("scan: ")
        assert sentence.endswith((".", "?"))
        return sentence
    finally:
        assert time.process_time() - begun < MOST_SECONDS


def require_drawing(read, name, gray=GRAY):
    """Require that a scan shows the drawing, as well as its format can."""
    assert isinstance(read, np.ndarray), read
    assert read.shape == gray.shape
    tolerance = max([off for word, off in TOLERANCES.items() if word in name], default=1)
    off = np.abs(read.astype(int) - gray)
    assert off.max() <= tolerance
    assert off.mean() < 2


@pytest.mark.parametrize("name", STORED)
def test_every_way_to_store_a_drawing_shows_it(name):
    gray = GRAY[:, :256] if "tile" in name else GRAY
    require_drawing(outcome(STORED[name]), name, gray)


def test_every_orientation_is_undone():
    files = odd_files.turned(GRAY)
    assert len(files) == 24
    for name, content in files.items():
        require_drawing(outcome(content), name)


REFUSED = odd_files.refused(GRAY)


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_drawing_is_refused_with_its_reason(name):
    content, reason = REFUSED[name]
    sentence = outcome(content)
    assert isinstance(sentence, str)
    assert reason in sentence


# What a damaged file of each kind must not be read as: other grey levels than before. Other kinds
# have no checksum, and a pixel more or less cannot be told from damage.
CHECKED = {"flip": "PNG", "cut": ("PNG", "TIFF, grey, tiff_deflate", "TIFF, grey, tiff_adobe")}


def test_three_hundred_damaged_files_are_read_or_refused():
    fates = Counter()
    for seed, (name, whole) in enumerate(STORED.items()):
        for damage, content in odd_files.damaged(whole, flips=5, cuts=3, seed=seed):
            read = outcome(content)
            if isinstance(read, str):
                fate = "refused"
            else:
                fate = "same" if np.array_equal(read, outcome(whole)) else "other"
            fates[damage, fate] += 1
            assert fate != "other" or not name.startswith(CHECKED[damage]), name
    assert sum(fates.values()) > 300
    assert fates["cut", "other"] == 0
    assert fates["flip", "refused"] > fates["flip", "same"]


@pytest.mark.parametrize("compression", ["tiff_adobe_deflate", "tiff_deflate"])
def test_no_flipped_bit_in_the_data_of_a_deflated_tiff_is_passed_over(compression):
    whole = saved(Image.fromarray(GRAY), "TIFF", compression=compression)
    for bit in range(8 * 8, 8 * (len(whole) - 300), 211):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        read = outcome(bytes(changed))
        assert isinstance(read, str) or np.array_equal(read, GRAY)


def test_what_libjpeg_warns_of_is_damage():
    whole = saved(Image.fromarray(GRAY), "JPEG", quality=95)
    half = whole[: len(whole) // 2] + b"\xff\xd9"
    assert np.array(Image.open(io.BytesIO(half))).shape == GRAY.shape  # Pillow keeps silent
    assert "damaged" in outcome(half)


def test_what_libtiff_says_is_damage():
    whole = saved(odd_files.black_and_white(GRAY), "TIFF", compression="group4")
    start = whole.index(bytes(1), 8) + 100
    assert "damaged" in outcome(whole[:start] + b"\x55" * 20 + whole[start + 20 :])


# What is no file


def test_a_pipe_a_socket_a_device_and_a_folder_are_refused_without_waiting(tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    link = tmp_path / "link.png"
    link.symlink_to(pipe)
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    with socket.socket(socket.AF_UNIX) as listening:
        address = tmp_path / "s.png"
        listening.bind(str(address))
        for path in (pipe, link, address, "/dev/zero", "/dev/null", "/dev/stdin"):
            assert "cannot be opened (it is a pipe or a device, and no file)" in outcome(path)
    assert "cannot be opened (it is a folder, and no file)" in outcome(tmp_path)
    assert "cannot be opened (Too many levels of symbolic links)" in outcome(loop)


def test_a_file_of_more_bytes_than_any_page_has_is_refused_unread(tmp_path):
    path = tmp_path / "sparse.tif"
    with path.open("wb") as file:
        file.write(b"II*\0")
        file.truncate(10**10)
    assert "has 10,000 MB, over 400; save its first page alone" in outcome(path)


# What decoders say


def test_what_others_write_to_stderr_meanwhile_is_passed_on_and_is_no_damage(capfd, monkeypatch):
    decode = cv2.imdecode

    def decode_while_others_write(*arguments):
        os.write(2, b"INFO:     another thread\n")
        return decode(*arguments)

    monkeypatch.setattr(cv2, "imdecode", decode_while_others_write)
    require_drawing(outcome(STORED["JPEG, colour"]), "JPEG")
    assert "damaged" in outcome(STORED["JPEG, colour"][:9000] + b"\xff\xd9")
    # One file was read at once, the other, to be sure that it is damaged, twice.
    assert capfd.readouterr().err == 3 * "INFO:     another thread\n"


def test_what_another_thread_says_of_its_own_damage_costs_no_file(monkeypatch):
    decode = cv2.imdecode
    said = iter([b"DecodeWorker: still alive\n"])

    def decode_while_a_thread_complains(*arguments):
        os.write(2, next(said, b""))
        return decode(*arguments)

    monkeypatch.setattr(cv2, "imdecode", decode_while_a_thread_complains)
    require_drawing(outcome(STORED["JPEG, colour"]), "JPEG")


def test_what_decoders_say_is_held_back_where_memory_is_no_file(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)  # there is none but on Linux
    assert "damaged" in outcome(REFUSED["JPEG, cut and ended"][0])
    require_drawing(outcome(STORED["JPEG, colour"]), "JPEG")


def test_threads_read_beside_each_other():
    damaged = REFUSED["JPEG, cut and ended"][0]
    contents = [STORED["JPEG, colour"], damaged, STORED["TIFF, grey, tiff_lzw"], damaged] * 20
    filters = list(warnings.filters)
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(outcome, contents))
    for position, read in enumerate(outcomes):
        assert isinstance(read, str) == (position % 2 == 1)
    assert warnings.filters == filters


READ_ALL = """
import sys
from deepsign_helpers import preprocessing
refused = 0
for path in sys.argv[1:]:
    try:
        preprocessing.read_gray(path)
    except preprocessing.ImageError:
        refused += 1
print(refused)
"""


def say_what_is_refused(code, folder):
    """Read all files that are to be refused in another process; return what it prints."""
    paths = []
    for number, (content, _) in enumerate(REFUSED.values()):
        paths.append(folder / f"{number}.png")
        paths[-1].write_bytes(content)
    paths.append(folder / "whole.jpg")
    paths[-1].write_bytes(STORED["JPEG, colour"])
    command = [sys.executable, "-c", code, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(REFUSED)
    return done.stderr


def test_where_no_test_listens_nothing_is_said_either(tmp_path):
    # Python would print Pillow's warnings and its log.
    assert say_what_is_refused(READ_ALL, tmp_path) == ""


WITHOUT_STDERR = """
import os
def dup(descriptor):
    raise OSError("Bad file descriptor")
os.dup = dup
"""


def test_a_process_without_stderr_tells_damage_as_well(tmp_path):
    assert say_what_is_refused(WITHOUT_STDERR + READ_ALL, tmp_path) == ""


# Resolution


def faxed(gray, across, down):
    """Return what a scanner of unequal resolutions makes of a page of 200 dots an inch."""
    height, width = gray.shape
    size = (round(width * across / 200), round(height * down / 200))
    return Image.fromarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


WITH_RESOLUTION = {
    "PNG": lambda image, dpi: saved(image, "PNG", dpi=dpi),
    "TIFF": lambda image, dpi: saved(image, "TIFF", dpi=dpi),
    "TIFF, by the centimetre": lambda image, dpi: saved(
        image, "TIFF", resolution_unit="cm", x_resolution=dpi[0] / 2.54, y_resolution=dpi[1] / 2.54
    ),
    "TIFF, without a unit": lambda image, dpi: saved(
        image, "TIFF", resolution_unit=1, x_resolution=dpi[0], y_resolution=dpi[1]
    ),
    "TIFF, 1 bit": lambda image, dpi: saved(
        image.convert("1", dither=0), "TIFF", compression="group4", dpi=dpi
    ),
    "JPEG": lambda image, dpi: saved(image, "JPEG", dpi=dpi, quality=95),
    "JPEG, a proportion": lambda image, dpi: odd_files.with_density(
        saved(image, "JPEG", quality=95), 0, *dpi
    ),
    "BMP": lambda image, dpi: saved(image, "BMP", dpi=dpi),
}


@pytest.mark.parametrize("kind", WITH_RESOLUTION)
@pytest.mark.parametrize("dpi", [(204, 98), (204, 196), (204, 391), (100, 200), (200, 200)])
def test_a_fax_gets_square_pixels(kind, dpi):
    across, down = dpi
    read = outcome(WITH_RESOLUTION[kind](faxed(GRAY, across, down), dpi))
    most = max(dpi) / 200
    expected = cv2.resize(GRAY, None, fx=most, fy=most, interpolation=cv2.INTER_AREA)
    assert np.abs(np.subtract(read.shape, expected.shape)).max() <= 2
    same_size = cv2.resize(read, expected.shape[::-1])
    blurred = [cv2.GaussianBlur(image, (0, 0), 2).astype(int) for image in (same_size, expected)]
    assert np.corrcoef(blurred[0].ravel(), blurred[1].ravel())[0, 1] > 0.98


@pytest.mark.parametrize(
    "dpi", [(0, 0), (0, 98), (204, 0), (72, 72), (300, 300.5), (1, 300), (10**6, 1)]
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_resolution_that_no_scanner_has_is_not_believed(kind, dpi):
    read = outcome(WITH_RESOLUTION[kind](Image.fromarray(GRAY), dpi))
    assert np.array_equal(read, GRAY)


@pytest.mark.parametrize("file_format", ["TIFF", "JPEG", "PNG"])
def test_a_fax_that_lies_on_its_side_is_stretched_the_right_way(file_format):
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(np.rot90(np.array(faxed(GRAY, 98, 204))))
    options = {"quality": 95} if file_format == "JPEG" else {}
    read = outcome(saved(lying, file_format, exif=exif, dpi=(204, 98), **options))
    assert np.abs(np.subtract(read.shape, (204, 408))).max() <= 2


def test_a_page_that_grows_too_large_by_its_resolution_is_refused():
    page = Image.new("L", (7000, 4000), 255)
    assert "more than 50 megapixels" in outcome(saved(page, "PNG", dpi=(204, 98), compress_level=1))
