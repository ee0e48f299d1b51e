"""The quality gate: every plausible signature passes, what is no signature is told in words."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawings import draw, placed
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import preprocessing, synthesis
from deepsign_helpers.preprocessing import ImageError, Quality, prepare, quality
from deepsign_helpers.preprocessing.quality import judge
from deepsign_helpers.synthesis import ink as inks
from deepsign_helpers.synthesis.paper import SCANS
from deepsign_helpers.synthesis.scripts import SCRIPTS

PAGE = (300, 600)
SPOTS = "it shows spots, not strokes"
LINE = "it shows nothing but a straight line"
DARK = "it shows dark areas, not strokes"
PRINT = "nearly all of its ink is print"
BORDER = "its border is dark"
BLURRED = "it is blurred beyond all strokes"
NOISE = "its ink is scattered about"
NO_INK = "no ink found"


def blank():
    return np.full(PAGE, 255, np.uint8)


def judged(page):
    """Judge a drawing whose paper is exactly 255, as it is after cleaning."""
    return judge(page, page)


def printed(page, lines, top=20, height=12):
    """Print lines of words across a page."""
    for line in range(lines):
        at = (30, top + 2 * height * line + height)
        words = "the bank pays to the order of the bearer on demand"
        cv2.putText(page, words, at, cv2.FONT_HERSHEY_SIMPLEX, height / 21, 0, 1, cv2.LINE_AA)
    return page


def scattered(count, radius, seed=0):
    page = blank()
    rng = np.random.default_rng(seed)
    for x, y in rng.integers((20, 20), (580, 280), (count, 2)).tolist():
        cv2.circle(page, (x, y), radius, 0, -1)
    return page


# What is a signature


def test_in_a_small_picture_a_letter_that_runs_into_itself_is_no_dark_area():
    page = np.full((128, 256), 255, np.uint8)
    cv2.polylines(page, [np.array([[80, 70], [95, 60], [110, 72], [125, 62]])], False, 0, 2)
    cv2.circle(page, (160, 64), 5, 0, -1)
    cv2.line(page, (160, 64), (172, 50), 0, 3)
    assert judged(page).verdict != "unusable"


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("domain", SCANS)
def test_generated_signatures_are_never_called_unusable(script, domain):
    for seed in range(8):
        rng = np.random.default_rng([seed, 3])
        trace = synthesis.sample_writer(rng, script).sign(rng)
        found = quality(synthesis.render(trace, rng, domain=domain))
        assert found.verdict != "unusable", (seed, found.reasons)


@settings(deadline=None, max_examples=30)
@given(
    thickness=st.integers(1, 12),
    loops=st.integers(1, 9),
    phase=st.floats(0, 6),
    ink=st.integers(0, 120),
    margin=st.integers(0, 200),
)
def test_thin_thick_pale_and_tightly_cut_hands_are_signatures(thickness, loops, phase, ink, margin):
    drawn = draw(loops=loops, phase=phase, thickness=thickness, ink=ink)
    height, width = drawn.shape
    page = placed(drawn, height + 2 * margin, width + 2 * margin, margin, margin)
    assert judged(page).reasons == ()


@pytest.mark.parametrize("width", [0.2, 1.5, 2.5])  # mm: a fine pen, a marker, a thick one
def test_fine_pens_and_markers_are_signatures(width):
    for seed in range(10):
        rng = np.random.default_rng([seed, 7])
        pen = replace(inks.sample_pen(rng), width=width, nib=0)
        ink, _ = inks.draw(synthesis.sample_writer(rng).sign(rng), rng, pen=pen)
        page = np.pad(np.round(255 - 220 * np.clip(ink, 0, 1)), 20, constant_values=255)
        assert quality(page.astype(np.uint8)).reasons == (), seed


@pytest.mark.parametrize("letters", ["A", "JM", "J.M.", "O"])
@pytest.mark.parametrize("thickness", [1, 4, 12])
def test_initials_with_and_without_dots_are_signatures(letters, thickness):
    font = cv2.FONT_HERSHEY_SCRIPT_COMPLEX
    page = cv2.putText(blank(), letters, (80, 220), font, 4, 30, thickness, cv2.LINE_AA)
    assert judged(page).verdict == "usable"


@pytest.mark.parametrize("scale", [0.2, 1, 4])
def test_how_large_a_signature_is_scanned_does_not_matter(scale):
    page = cv2.resize(draw(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert quality(page).verdict == "usable"


# What is none

NONE = {
    "nothing": (blank, NO_INK),
    "a blot": (lambda: cv2.circle(blank(), (300, 150), 60, 0, -1), SPOTS),
    "a dot": (lambda: cv2.circle(blank(), (300, 150), 5, 0, -1), SPOTS),
    "crumbs": (lambda: scattered(15, 4), SPOTS),
    "a rule": (lambda: cv2.line(blank(), (40, 200), (560, 206), 0, 2), LINE),
    "a dash": (lambda: cv2.line(blank(), (250, 200), (300, 200), 0, 9), LINE),
    "a paragraph": (lambda: printed(blank(), 8), PRINT),
    "a line of print": (lambda: printed(blank(), 1), PRINT),
    "a desk below": (lambda: np.where(np.mgrid[:300, :600][0] > 220, 40, 255), BORDER),
    "a rim": (lambda: cv2.rectangle(blank(), (0, 0), (599, 299), 0, 12), BORDER),
    "a bar beside strokes": (
        lambda: cv2.rectangle(draw(300, 600), (40, 20), (90, 280), 0, -1),
        DARK,
    ),
    "scattered grains": (lambda: scattered(3000, 3), NOISE),
    "all ink": (lambda: np.zeros(PAGE), "most of it is ink"),
}


@pytest.mark.parametrize("kind", NONE)
def test_what_is_no_signature_is_told_in_words(kind):
    make, sentence = NONE[kind]
    found = judged(make().astype(np.uint8))
    assert found.verdict == "unusable"
    (reason,) = found.reasons
    assert reason.startswith(sentence)
    assert found.warnings == ()


def test_a_soft_gradient_is_no_signature():
    page = cv2.GaussianBlur(draw(300, 600, thickness=30), (0, 0), 25)
    clean = np.where(page < 215, page, 255).astype(np.uint8)
    (reason,) = judge(clean, page).reasons
    assert reason.startswith(BLURRED)


def test_the_outline_of_something_dark_is_no_stroke():
    page = cv2.ellipse(blank(), (300, 150), (150, 90), 0, 0, 360, 60, -1)
    outline = cv2.ellipse(blank(), (300, 150), (150, 90), 0, 0, 360, 60, 4)
    assert judge(outline, outline).verdict == "usable"
    (reason,) = judge(outline, page).reasons
    assert reason.startswith(DARK)


@pytest.mark.parametrize("seed", range(5))
def test_photographs_of_nothing_are_refused(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(100, 255, (3, 4)).astype(np.float32)
    light = cv2.resize(coarse, PAGE[::-1], interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 2, PAGE)
    page = (light + grain).clip(0, 255).astype(np.uint8)
    assert quality(page).verdict == "unusable"


def test_prepare_refuses_what_is_no_signature_with_the_name_and_the_reason():
    crumbs = scattered(15, 4)
    with pytest.raises(ImageError, match=rf"^scan_07\.tif: {SPOTS}, or|^scan_07\.tif: {SPOTS};"):
        prepare(crumbs, name="scan_07.tif")
    (reason,) = quality(crumbs).reasons
    with pytest.raises(ImageError, match=r"^image: ") as refused:
        prepare(crumbs)
    assert str(refused.value) == f"image: {reason}"


# What is doubtful


def stacked(gap):
    """Two signatures, one above the other, a gap of pixels apart."""
    box = draw(120, 400)
    _, top, _, height = cv2.boundingRect((box < 255).astype(np.uint8))
    part = box[top : top + height]
    space = np.full((gap, 400), 255, np.uint8)
    border = np.full((30, 400), 255, np.uint8)
    return np.concatenate([border, part, space, part, border]), height


DOUBTS = {
    "two, one above the other": (lambda: stacked(150)[0], "its ink lies in two places"),
    "two, side by side": (
        lambda: np.concatenate([draw(), np.full((200, 200), 255, np.uint8), draw()], axis=1),
        "its ink lies in two places",
    ),
    "turned by a quarter": (lambda: np.rot90(draw(120, 400)), "it is much taller than wide"),
    "a signature below print": (
        lambda: np.concatenate([printed(blank(), 2)[:80], draw(300, 600, thickness=8)]),
        "some of its ink is print",
    ),
    "very small": (
        lambda: cv2.resize(draw(), (40, 20), interpolation=cv2.INTER_AREA),
        "it is a few",
    ),
}


@pytest.mark.parametrize("kind", DOUBTS)
def test_what_is_doubtful_is_prepared_and_said(kind):
    make, sentence = DOUBTS[kind]
    page = np.ascontiguousarray(make())
    found = judged(page)
    assert found.verdict == "doubtful"
    (warning,) = found.warnings
    assert warning.startswith(sentence)
    found.require_usable("scan.png")


def test_a_signature_out_of_focus_is_doubtful():
    page = cv2.GaussianBlur(draw(), (0, 0), 7)
    clean = np.where(page < 235, page, 255).astype(np.uint8)
    assert judge(clean, page).warnings == ("it is blurred; is it in focus?",)


def test_two_words_of_one_name_are_one_signature():
    page, height = stacked(4)
    assert judged(page).verdict == "usable"
    assert judged(page).gap == pytest.approx(4 / height, rel=0.3)


def test_what_is_seen_on_the_page_is_a_doubt_too():
    page = draw()
    found = judge(page, page, doubts=("a stamp touches it.",))
    assert (found.verdict, found.warnings) == ("doubtful", ("a stamp touches it.",))


def test_two_pens_side_by_side_are_doubtful():
    left = draw(thickness=3)[:, :350]
    page = np.concatenate([left, draw(loops=7, thickness=6, ink=90)[:, 30:]], axis=1)
    (warning,) = judged(page).warnings
    assert warning.startswith("two parts of it seem of two pens")
    page = np.concatenate([left, draw(loops=7, thickness=3)[:, 30:]], axis=1)
    assert judged(page).verdict == "usable"


def test_a_few_strokes_far_apart_are_doubtful():
    good = judged(draw())
    assert replace(good, line_length=0.8).warnings[0].startswith("its ink is little and lies far")
    assert replace(good, line_length=0.3).reasons[0].startswith(SPOTS)


# What it rests on


def test_the_figures_of_a_bar_are_known():
    page = cv2.rectangle(blank(), (100, 140), (499, 148), 0, -1)  # 400 x 9
    found = judged(page)
    assert (found.height, found.width, found.groups) == (9, 400, 1)
    assert found.stroke_width == pytest.approx(9, abs=1)
    assert found.ink_share == pytest.approx(3600 / 180_000)
    assert found.line_length == pytest.approx(1, rel=0.1)
    assert found.ink_share_of_box == pytest.approx(1)
    assert (found.in_strokes, found.border, found.gap, found.print_share) == (1, 0, 0, 0)


@pytest.mark.parametrize("blur", [1.5, 2, 4])
def test_an_edge_is_as_wide_as_it_was_blurred(blur):
    page = cv2.rectangle(blank(), (100, 100), (499, 199), 0, -1)
    soft = cv2.GaussianBlur(page, (0, 0), blur)
    clean = np.where(soft < 128, soft, 255).astype(np.uint8)
    # The steepest part of a blurred edge falls by one contrast in sqrt(2 pi) standard deviations.
    assert judge(clean, soft).edge_width == pytest.approx(np.sqrt(2 * np.pi) * blur, rel=0.15)


def test_a_verdict_follows_from_the_figures():
    good = judged(draw())
    assert good.verdict == "usable"
    assert replace(good, border=0.5).verdict == "unusable"
    assert replace(good, gap=2.0).verdict == "doubtful"
    low = replace(good, flatness=5.0, height=40, width=200)
    assert replace(low, ink_share=0.005).warnings[0].startswith("it is as low as a word of print")
    assert replace(low, removed=("a box was taken away",)).verdict == "doubtful"
    assert replace(low, ink_share=0.05).verdict == "usable"
    nothing = Quality(ink_share=0.0, removed=("a box was taken away", "a stamp was taken away"))
    expected = "no ink is left; a box was taken away; a stamp was taken away; is the page signed?"
    assert nothing.reasons == (expected,)
    assert Quality(ink_share=0.0).verdict == Quality(ink_share=0.9).verdict == "unusable"


def test_quality_and_prepare_agree():
    page = draw()
    prepared, found = preprocessing.prepare_and_judge(page, (32, 64))
    assert found == quality(page)
    assert np.array_equal(prepared, prepare(page, (32, 64)))


def test_a_thin_line_along_the_edge_of_a_page_is_no_desk_and_a_thick_one_is():
    page = np.full((200, 400), 255, np.uint8)
    cv2.ellipse(page, (200, 90), (90, 40), 0, 0, 330, 30, 3)
    borders = []
    for thickness in (2, 4):
        ink = page < 128
        ink[-thickness:] = True
        ink[:, -thickness:] = True
        black = np.where(ink, 0, 255).astype(np.uint8)
        borders.append(judge(black, black, (), ()).border)
    assert borders[0] < 0.01
    assert borders[1] > 0.4
