"""Preprocessing: what each stage keeps, what it removes, and that no way of storing a scan changes the result."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from deepsign_helpers import preprocessing as pre

SIZES = st.sampled_from([(32, 64), (64, 128), (128, 256), (50, 50)])
FITS = st.sampled_from(["aspect", "halfway"])


def draw(height=200, width=400, loops=5, phase=0.0, thickness=4, ink=30):
    """Draw loops that shrink to the right over a rising flourish: uint8 (height, width), paper 255, ink inside."""
    time = np.linspace(0, 1, 500)
    turn = 2 * np.pi * loops * time + phase
    line = np.stack(
        [0.15 + 0.65 * time + 0.04 * np.sin(turn), 0.5 - 0.2 * np.cos(turn) * (1 - 0.6 * time)],
        axis=1,
    )
    flourish = np.stack([0.2 + 0.5 * time, 0.8 - 0.05 * time], axis=1)
    lines = [np.round(16 * part * (width, height)).astype(np.int32) for part in (line, flourish)]
    image = np.full((height, width), 255, np.uint8)
    return cv2.polylines(image, lines, False, ink, thickness, cv2.LINE_AA, 4)


signatures = st.builds(
    draw,
    loops=st.integers(3, 8),
    phase=st.floats(0, 6),
    thickness=st.integers(3, 7),
    ink=st.integers(0, 110),
)


def difference(left, right):
    """Mean absolute difference of two prepared images, relative to the ink; blurred: half a pixel is forgiven."""
    left, right = (cv2.GaussianBlur(image, (0, 0), 1.5) for image in (left, right))
    return np.abs(left - right).mean() / left.mean()


def placed(image, height, width, top, left):
    """The image on a larger sheet."""
    sheet = np.full((height, width), 255, np.uint8)
    sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


def saved(image, file_format, **options):
    """A Pillow image as the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


# Reading: one grey drawing, stored in every way that scanners and phones know.


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
    cyan, magenta, yellow = (Image.new("L", gray.shape[::-1], 0) for _ in range(3))
    return Image.merge("CMYK", (cyan, magenta, yellow, Image.fromarray(255 - gray)))


def without_adobe_marker(data):
    """Cut the APP14 segment out of a JPEG: its CMYK values are then not inverted, so invert them before saving."""
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]


def inverted(image):
    return (
        Image.fromarray(255 - np.array(image), mode=None)
        if image.mode == "L"
        else image.point(lambda v: 255 - v)
    )


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
    read = pre.read_gray(store(gray))
    assert read.dtype == np.uint8 and read.shape == gray.shape
    assert np.abs(read.astype(int) - gray).max() <= tolerance
    assert np.abs(read.astype(int) - gray).mean() < 2


def test_sixteen_bits_are_rounded_to_the_nearest_of_eight():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.abs(pre.read_gray(saved(Image.fromarray(levels), "PNG")) - levels / 257).max() <= 0.5


def test_a_path_is_read_whatever_its_letters(tmp_path):
    path = tmp_path / "подпись – 签名 ñ.png"
    Image.fromarray(draw()).save(path)
    assert np.array_equal(pre.read_gray(path), draw())
    assert np.array_equal(pre.read_gray(str(path)), draw())


def test_colour_becomes_its_luminance():
    colours = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    luminance = colours @ [0.299, 0.587, 0.114]  # ITU-R BT.601
    assert np.abs(pre.read_gray(saved(Image.fromarray(colours), "PNG")) - luminance).max() <= 1


# The paper


def test_the_paper_is_followed_across_a_slope_and_under_the_ink():
    paper = np.add.outer(np.linspace(250, 190, 200), np.linspace(0, -40, 400))
    page = np.minimum(paper, draw()).astype(np.uint8)
    assert np.abs(pre.estimate_paper(page) - paper).max() < 20
    assert np.abs(pre.estimate_paper(page) - paper).mean() < 4


def test_a_dark_area_as_large_as_half_the_page_is_not_taken_for_paper():
    page = np.full((200, 400), 250, np.uint8)
    page[:, 200:] = 20
    assert np.mean(pre.remove_background(page) < 255) == pytest.approx(0.5, abs=0.05)


def otsu_by_hand(image):
    """Try all 256 thresholds and return the one of the largest variance between the two classes."""

    def variance_between(threshold):
        dark, light = image[image <= threshold], image[image > threshold]
        return (
            dark.size * light.size * (light.mean() - dark.mean()) ** 2
            if dark.size and light.size
            else 0.0
        )

    return max(range(256), key=variance_between)


@settings(deadline=None, max_examples=15)
@given(signatures, st.integers(0, 2**32 - 1))
def test_ink_is_what_otsu_calls_ink(gray, seed):
    noisy = np.clip(
        gray - np.abs(np.random.default_rng(seed).normal(0, 8, gray.shape)), 0, 255
    ).astype(np.uint8)
    even = np.minimum(np.round(noisy / (pre.estimate_paper(noisy) / 255)), 255)
    blurred = cv2.GaussianBlur(even.astype(np.uint8), (3, 3), 0)
    is_ink = (blurred <= otsu_by_hand(blurred)) & (even < 255)
    assert np.mean((pre.remove_background(noisy) < 255) != is_ink) < 0.001


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 2**32 - 1))
def test_uneven_paper_does_not_change_what_is_ink(gray, down, across, seed):
    light = np.outer(
        np.linspace(1, 1 - down, gray.shape[0]), np.linspace(1, 1 - across, gray.shape[1]) ** 0.5
    )
    noise = np.random.default_rng(seed).normal(0, 2, gray.shape)
    page = np.clip(gray * light + noise, 0, 255).astype(np.uint8)
    ink, expected = (pre.remove_background(image) < 255 for image in (page, gray))
    assert (ink & expected).sum() / (ink | expected).sum() > 0.9


def test_ink_keeps_its_level_relative_to_the_paper():
    gray = draw(thickness=9, ink=100)
    shaded = np.round(gray * 0.6).astype(np.uint8)
    solid = cv2.erode((gray == 100).astype(np.uint8), np.ones((3, 3))) > 0
    assert np.abs(pre.remove_background(shaded)[solid] - 100.0).max() < 5


def test_paper_without_ink_becomes_all_white():
    noise = np.random.default_rng(0).normal(230, 8, (350, 580)).clip(0, 255).astype(np.uint8)
    assert np.all(pre.remove_background(noise) == 255)


# Specks


def test_a_far_speck_goes_a_near_dot_and_a_far_word_stay():
    page = placed(draw(), 600, 900, 20, 20)
    speck, dot, word = page.copy(), page.copy(), page.copy()
    cv2.circle(speck, (850, 560), 3, 0, -1)
    cv2.circle(dot, (200, 50), 3, 0, -1)
    word[350:550, 450:850] = np.minimum(word[350:550, 450:850], draw())
    assert np.array_equal(pre.remove_specks(speck), page)
    assert np.array_equal(pre.remove_specks(dot), dot)
    assert np.array_equal(pre.remove_specks(word), word)


def test_dots_that_are_all_small_and_far_apart_are_not_all_specks():
    page = np.full((1200, 1200), 255, np.uint8)
    for row, column in np.ndindex(10, 10):
        cv2.circle(page, (80 + 115 * column, 80 + 115 * row), 3, 0, -1)
    assert np.array_equal(pre.remove_specks(page), page)
    assert pre.prepare(page, name="scan_07.tif").max() == 1


# Skew


@settings(deadline=None, max_examples=25)
@given(signatures)
def test_the_angle_is_that_of_a_fitted_line_damped_by_roundness(gray):
    rows, columns = np.nonzero(gray < 255)
    slope = np.polyfit(columns, rows, 1)[0] * (1 - (rows.std() / columns.std()) ** 4)
    assert pre.skew_angle(gray) == pytest.approx(np.degrees(np.arctan(slope)), abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(4, 8), st.floats(0, 6), st.floats(-15, 15))
def test_the_angle_of_a_turned_signature_is_found(loops, phase, angle):
    gray = draw(160, 600, loops, phase)
    found = pre.skew_angle(gray) - pre.skew_angle(pre.rotate(gray, angle))
    assert found == pytest.approx(angle, abs=0.5 + 0.2 * abs(angle))


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(-15, 15))
def test_deskewing_takes_away_most_of_the_skew(gray, angle):
    turned = pre.rotate(gray, angle)
    assert abs(pre.skew_angle(pre.deskew(turned))) <= 0.2 + 0.5 * abs(pre.skew_angle(turned))


def test_no_turn_exceeds_twenty_degrees_and_round_upright_or_blank_pages_stay():
    blank = np.full((300, 600), 255, np.uint8)
    steep = cv2.line(blank.copy(), (50, 20), (500, 270), 0, 5)
    assert pre.skew_angle(steep) == 20.0
    circle = cv2.circle(blank.copy(), (300, 150), 100, 0, 5)
    upright = cv2.line(blank.copy(), (300, 20), (320, 280), 0, 5)
    dot = blank.copy()
    dot[100, 100] = 0
    for page in (circle, upright, blank, dot):
        assert pre.skew_angle(page) == pytest.approx(0, abs=0.5)
    assert np.array_equal(pre.deskew(blank), blank)


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(-90, 90))
def test_turning_cuts_nothing_off_and_keeps_paper_white(gray, angle):
    tight = gray[np.ix_((gray < 255).any(axis=1), (gray < 255).any(axis=0))]
    turned = pre.rotate(tight, angle)
    assert (255.0 - turned).sum() == pytest.approx((255.0 - tight).sum(), rel=0.02)
    assert np.all(pre.rotate(np.full((40, 90), 255, np.uint8), angle) == 255)


def test_a_quarter_turn_moves_every_pixel_exactly():
    assert np.array_equal(pre.rotate(draw(), 90), np.rot90(draw()))
    assert np.array_equal(pre.rotate(draw(), -90), np.rot90(draw(), -1))


# Crop, fit, normalise


@settings(deadline=None, max_examples=25)
@given(signatures, st.integers(0, 50), st.integers(0, 50))
def test_cropping_leaves_no_empty_edge_and_loses_no_ink(gray, top, left):
    page = placed(gray, 260, 470, top, left)
    cropped = pre.crop_to_ink(page)
    assert (cropped < 255).sum() == (page < 255).sum()
    assert all(
        (edge < 255).any() for edge in (cropped[0], cropped[-1], cropped[:, 0], cropped[:, -1])
    )


def test_cropping_a_blank_page_says_so():
    with pytest.raises(pre.ImageError, match="image: no ink found"):
        pre.crop_to_ink(np.full((50, 50), 255, np.uint8))
    with pytest.raises(pre.ImageError, match=r"^scan_07\.tif: no ink found"):
        pre.crop_to_ink(np.full((50, 50), 255, np.uint8), name="scan_07.tif")


def ink_box(gray):
    rows, columns = np.nonzero(gray < 255)
    return (
        np.ptp(rows) + 1,
        np.ptp(columns) + 1,
        rows.min() + rows.max(),
        columns.min() + columns.max(),
    )


@given(st.integers(1, 400), st.integers(1, 400), SIZES)
def test_aspect_keeps_the_proportions_halfway_takes_the_geometric_mean(height, width, size):
    block = np.zeros((height, width), np.uint8)
    scale = min(size[0] / height, size[1] / width)
    expected = {
        "aspect": (height * scale, width * scale),
        "halfway": (np.sqrt(height * scale * size[0]), np.sqrt(width * scale * size[1])),
    }
    for fit, (tall, wide) in expected.items():
        fitted = pre.fit_to(block, size, fit)
        found_tall, found_wide, twice_row, twice_column = ink_box(fitted)
        assert fitted.shape == size and fitted.dtype == np.uint8
        assert abs(found_tall - tall) <= max(0.51, 1 - tall) and abs(found_wide - wide) <= max(
            0.51, 1 - wide
        )
        assert abs(twice_row - (size[0] - 1)) <= 1 and abs(twice_column - (size[1] - 1)) <= 1


def test_shrinking_averages_whole_areas():
    gray = np.random.default_rng(0).integers(0, 256, (256, 512), dtype=np.uint8)
    blocks = gray.reshape(64, 4, 128, 4).mean(axis=(1, 3))
    assert np.abs(pre.fit_to(gray, (64, 128), "aspect") - blocks).max() <= 0.5


def test_an_unknown_fit_is_refused():
    with pytest.raises(ValueError, match=r"fit: 'fill' is unknown; use 'aspect' or 'halfway'\."):
        pre.fit_to(draw(), (64, 128), "fill")


def test_the_darkest_twentieth_of_the_ink_becomes_one():
    gray = np.full((20, 30), 255, np.uint8)
    gray[:5, :20] = np.arange(60, 160, 5)  # a twentieth has each level
    ink = pre.normalise(gray)[0, :, 0]
    assert ink[0] == 1 and ink[19] == pytest.approx((255 - 155) / (255 - 65), abs=0.002)


@settings(deadline=None)
@given(signatures)
def test_normalising_keeps_the_order_of_darkness_up_to_the_darkest_twentieth(gray):
    ink = pre.normalise(gray)
    assert ink.dtype == np.float32 and ink.shape == (*gray.shape, 1)
    assert np.all((ink[..., 0] == 0) == (gray == 255))
    assert ink.max() == 1 and np.mean(ink[ink > 0] == 1) >= 0.05
    darkness = (255.0 - gray)[..., None]
    inside = (ink > 0) & (ink < 1)
    assert np.ptp(ink[inside] / darkness[inside]) < 1e-6


def test_normalising_a_blank_page_gives_zeros():
    assert not pre.normalise(np.full((20, 30), 255, np.uint8)).any()


# All of it


@settings(deadline=None, max_examples=30)
@given(signatures, SIZES, FITS, st.integers(0, 2**32 - 1))
def test_a_prepared_image_has_its_shape_type_and_range_and_empty_paper(gray, size, fit, seed):
    noise = np.random.default_rng(seed).normal(0, 6, gray.shape)
    prepared = pre.prepare(np.clip(gray * 0.9 + noise, 0, 255).astype(np.uint8), size, fit)
    assert prepared.dtype == np.float32 and prepared.shape == (*size, 1)
    assert prepared.min() == 0.0 and prepared.max() == 1.0
    assert np.mean(prepared == 0.0) > 0.2


@settings(deadline=None, max_examples=25)
@given(signatures, st.integers(0, 200), st.integers(0, 300), FITS)
def test_where_the_signature_stands_on_the_sheet_does_not_matter(gray, top, left, fit):
    here, there = placed(gray, 400, 700, 0, 0), placed(gray, 400, 700, top, left)
    assert difference(pre.prepare(here, fit=fit), pre.prepare(there, fit=fit)) < 0.35


@settings(deadline=None, max_examples=25)
@given(st.integers(3, 8), st.floats(0, 6), st.floats(0.7, 2.5))
def test_the_resolution_of_the_scan_hardly_matters(loops, phase, scale):
    height, width = round(400 * scale), round(800 * scale)
    scan = draw(800, 1600, loops, phase, thickness=16)
    again = cv2.resize(scan, (width, height), interpolation=cv2.INTER_AREA)
    assert difference(pre.prepare(scan), pre.prepare(again)) < 0.35


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(0.5, 1.0), st.integers(0, 40))
def test_the_exposure_of_the_scan_hardly_matters(gray, gain, offset):
    exposed = np.clip(gray * gain + offset, 0, 255).astype(np.uint8)
    assert difference(pre.prepare(gray), pre.prepare(exposed)) < 0.25


@settings(deadline=None, max_examples=15)
@given(st.integers(5, 8), st.floats(0, 6), st.sampled_from([-9, 9]))
def test_a_turned_sheet_matters_less_than_if_it_were_not_turned_back(loops, phase, angle):
    gray = draw(200, 800, loops, phase)
    turned = pre.rotate(gray, angle)
    level = pre.normalise(pre.fit_to(pre.crop_to_ink(gray), (128, 256)))
    left_askew = pre.normalise(pre.fit_to(pre.crop_to_ink(turned), (128, 256)))
    assert difference(pre.prepare(gray), pre.prepare(turned)) < 0.8 * difference(level, left_askew)


def test_dust_far_from_the_signature_does_not_matter():
    page = placed(draw(), 600, 900, 20, 20)
    dusty = cv2.circle(page.copy(), (850, 560), 3, 0, -1)
    assert difference(pre.prepare(page), pre.prepare(dusty)) < 0.1


def test_a_signature_and_its_mirror_image_stay_different():
    assert difference(pre.prepare(draw()), pre.prepare(draw()[:, ::-1].copy())) > 0.5


def test_a_file_or_its_content_is_read_and_prepared_in_one_call(tmp_path):
    path = tmp_path / "scan.png"
    Image.fromarray(draw()).save(path)
    expected = pre.prepare(draw(), (64, 128), "aspect")
    for content in (path, str(path), path.read_bytes()):
        assert np.array_equal(
            pre.prepare_file(content, (64, 128), "aspect", "scan_07.tif"), expected
        )
    for content in (b"", saved(Image.new("L", (99, 99), 255), "PNG"), tmp_path / "absent.png"):
        with pytest.raises(pre.ImageError, match=r"^scan_07\.tif: "):
            pre.prepare_file(content, (64, 128), "aspect", name="scan_07.tif")


def test_the_argument_is_left_as_it_was():
    gray = draw()
    pre.prepare(gray)
    assert np.array_equal(gray, draw())


def test_a_page_of_eight_megapixels_is_shrunk_and_prepared_like_its_signature_alone(monkeypatch):
    sizes, remove_background = [], pre.remove_background
    monkeypatch.setattr(
        pre, "remove_background", lambda gray: sizes.append(gray.shape) or remove_background(gray)
    )
    signature = draw(400, 800, thickness=8)
    page = placed(signature, 3508, 2480, 2500, 900)
    assert difference(pre.prepare(signature), pre.prepare(page)) < 0.4
    assert sizes == [(400, 800), (2048, 1448)]


# The five figures of a shape


def test_the_five_figures_of_a_bar_and_a_square_are_known():
    page = np.full((300, 900), 255, np.uint8)
    page[100:109, 50:450] = 0  # nine pixels thick: the ridge is five deep
    page[160:169, 441:450] = 0
    page[10:13, 10:14] = 0  # twelve pixels: dropped
    figures = pre.shape_figures(page)
    area, height, width = 400 * 9 + 81, 69, 400
    assert figures["aspect"] == pytest.approx(width / height, rel=0.01)
    assert figures["ink_coverage"] == pytest.approx(area / (width * height), rel=0.01)
    assert figures["stroke_width"] == pytest.approx(10 / height, rel=0.01)
    assert figures["ink_length"] == pytest.approx(area / 10 / np.hypot(height, width), rel=0.01)
    assert figures["components"] == 2


@settings(deadline=None, max_examples=15)
@given(st.integers(3, 8), st.floats(0, 6))
def test_the_figures_do_not_depend_on_how_large_the_scan_is(loops, phase):
    large = draw(1000, 2000, loops, phase, thickness=20)
    half = cv2.resize(large, (1000, 500), interpolation=cv2.INTER_AREA)
    for name, value in pre.shape_figures(large).items():
        assert pre.shape_figures(half)[name] == pytest.approx(value, rel=0.02), name


def test_a_blank_page_has_no_figures():
    with pytest.raises(pre.ImageError, match=r"^image: no ink found"):
        pre.shape_figures(np.full((100, 100), 255, np.uint8))
    with pytest.raises(pre.ImageError, match=r"^scan_07\.tif: no ink found"):
        pre.shape_figures(np.full((100, 100), 255, np.uint8), name="scan_07.tif")
