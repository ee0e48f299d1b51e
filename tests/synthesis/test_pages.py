"""Pages: each has what its name says, drawn anew for each image, and tells no forgery."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers.corpora import giveaway_areas
from deepsign_helpers.synthesis import forge, pages, paper, printing, sample_writer
from deepsign_helpers.synthesis.pages import PAGES, SEEN_BY, find_place, lay_out

SHEETS = ("desk", "rim")
WRITERS = 300


def signature(seed=0):
    rng = np.random.default_rng(seed)
    return sample_writer(rng).sign(rng)


def written(seed=0):
    """Draw the ink of a signature."""
    ink, _ = paper.draw(signature(seed), np.random.default_rng(seed))
    return ink


def empty(domain, seed):
    """Return a page of a domain without the signature that it was laid out for."""
    ink = written(seed)
    return paper.scan(ink, ink, np.random.default_rng(seed), domain, written=False)[0]


def laid(domain, count=40):
    """Yield pages of a domain, and the place of the signature on each."""
    for seed in range(count):
        place = find_place(written(seed))
        yield lay_out(domain, place, np.random.default_rng(seed)), place


@pytest.mark.parametrize("domain", PAGES)
def test_a_signature_is_seen_whole_and_is_darker_than_what_is_next_to_it(domain):
    for seed in range(25):
        image, ink = paper.render_with_ink(
            signature(seed), np.random.default_rng(seed), domain=domain
        )
        border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert border.max() < 0.02
        is_ink = ink > 0.5
        wide = cv2.dilate(is_ink.astype(np.uint8), np.ones((21, 21)))
        near = cv2.dilate(is_ink.astype(np.uint8), np.ones((9, 9)))
        beside = (wide > 0) & (near == 0)
        assert np.mean(image[is_ink]) < 0.8 * np.median(image[beside])


@pytest.mark.parametrize("domain", PAGES)
def test_however_crooked_a_page_is_scanned_its_signature_is_seen_whole(domain, monkeypatch):
    sample_scanner = paper.sample_scanner
    monkeypatch.setattr(
        paper, "sample_scanner", lambda *asked: replace(sample_scanner(*asked), turn=15.0)
    )
    ink = np.zeros((256, 512), np.float32)
    ink[14:242, 26:486] = 1  # as large as a signature gets
    for seed in range(5):
        _, said = paper.scan(ink, ink, np.random.default_rng(seed), domain)
        assert not said[[0, -1]].any() and not said[:, [0, -1]].any()


def test_a_view_that_shows_all_is_left_as_it_is():
    box = np.array([20, 30, 80, 60])
    turned = pages.view((100, 100), 5.0, 0.0, np.random.default_rng(0))
    assert pages.keep_inside(turned, box, (100, 100)) == pytest.approx(turned)


@pytest.mark.parametrize("domain", PAGES)
def test_none_of_the_ink_is_lost_when_a_page_is_seen(domain):
    for seed in range(10):
        ink = written(seed)
        _, said = paper.scan(ink, ink, np.random.default_rng(seed), domain)
        left, top, right, bottom = find_place(ink).box
        seen_left, seen_top, seen_right, seen_bottom = find_place(said).box
        proportions = (right - left) / (bottom - top)
        seen_proportions = (seen_right - seen_left) / (seen_bottom - seen_top)
        assert seen_proportions == pytest.approx(proportions, rel=0.45)  # turned by up to 8°
        assert (said > 0.5).sum() > 0.2 * (ink > 0.5).sum()


@pytest.mark.parametrize("domain", SHEETS)
def test_one_to_four_edges_of_a_sheet_are_seen_and_its_signature_lies_within(domain):
    counts = set()
    for page, place in laid(domain):
        is_seen = np.abs(page.sheet) < pages.FAR
        counts.add(int(is_seen.sum()))
        outwards = pages.SIDES * (page.sheet - place.box)
        assert (outwards >= 2.9 * place.pixels_per_mm).all()
        beyond = pages.SIDES * (page.shown - page.sheet)
        assert (beyond[is_seen] > 0).all()
    assert counts == {1, 2, 3, 4}


def test_a_rim_is_black_and_a_desk_dark_or_grey():
    for seed in range(25):
        page = empty("rim", seed)
        assert np.percentile(page, 1) < 55 < 150 < np.median(page)
    darkness = []
    for seed in range(25):
        page = empty("desk", seed)
        darkness.append(np.percentile(page, 2) / np.percentile(page, 95))
    assert min(darkness) < 0.2
    assert 0.4 < max(darkness) < 0.9


def test_a_shadow_has_an_edge_and_a_phones_light_has_none():
    def steepest(page):
        smooth = cv2.GaussianBlur(page, (0, 0), 4).astype(float)
        slopes = np.hypot(*np.gradient(smooth)) / smooth
        return np.percentile(slopes, 98)

    shadows = [steepest(empty("shadow", seed)) for seed in range(25)]
    plain = []
    for seed in range(60):
        plain.append(steepest(empty("phone", seed)))  # one in two has something printed
    assert np.median(shadows) > 1.4 * np.percentile(plain, 25)


@pytest.mark.parametrize(
    ("domain", "least", "most"),
    [
        ("stamp", 0.01, 0.3),
        ("text", 0.001, 0.3),
        ("two", 0.005, 0.3),
        ("field", 0.05, 1.01),
        ("rule", 0.001, 0.05),
        ("dotted", 0.0005, 0.05),
        ("crumbs", 0.0001, 0.03),
    ],
)
def test_what_lies_on_a_page_takes_light_and_leaves_most_of_it_bare(domain, least, most):
    for page, place in laid(domain):
        height, width = place.size
        covered = sum((layer.share > 0.02).sum() for layer in page.layers)
        assert least < covered / (height * width) < most
        assert all(layer.share.min() >= 0 and layer.share.max() <= 1 for layer in page.layers)


@pytest.mark.parametrize("domain", ["stamp", "text", "two"])
def test_what_stands_beside_a_signature_is_shown_too(domain):
    for page, _ in laid(domain):
        for layer in page.layers:
            extent = pages.extent_of(layer)
            assert (pages.SIDES * (page.shown - extent) >= -0.5).all()


def test_a_second_signature_is_somebody_elses_and_no_part_of_the_truth():
    for seed in range(15):
        image, ink = paper.render_with_ink(
            signature(seed), np.random.default_rng(seed), domain="two"
        )
        background = cv2.medianBlur(image, 71).astype(float)
        is_dark = image < 0.75 * background
        own = cv2.dilate((ink > 0.02).astype(np.uint8), np.ones((5, 5))) > 0
        assert 0.15 < np.mean(own[is_dark]) < 0.97  # the other may be small, with a dry pen


def test_lines_to_sign_on_are_long_flat_and_near_the_feet_of_the_letters():
    for domain in ("rule", "dotted"):
        for page, place in laid(domain):
            rows, columns = np.nonzero(page.layers[0].share > 0.3)
            _, top, _, bottom = place.box
            assert np.ptp(rows) < 6
            assert np.ptp(columns) > 0.8 * (place.box[2] - place.box[0]) - 10
            assert top < rows.mean() < bottom + 0.2 * (bottom - top)
    gaps = [
        np.diff(np.flatnonzero(page.layers[0].share.max(axis=0) > 0.2)).max()
        for page, _ in laid("dotted")
    ]
    assert np.mean(np.array(gaps) > 1) > 0.7  # small dots run together, as they do in scans


def test_crumbs_leave_no_stripe_along_the_border():
    for page, _ in laid("crumbs"):
        share = page.layers[0].share
        assert not share[[0, -1]].any() and not share[:, [0, -1]].any()


def test_print_is_as_large_as_its_lines_and_stamps_are_round_or_boxed():
    font = printing.typeface("DejaVuSerif", 20)
    one = printing.print_lines(["efoso"], font)
    three = printing.print_lines(["efoso", "ri", "sejol"], font)
    assert three.shape[0] > 2.5 * one.shape[0]
    assert three.sum() > 1.8 * one.sum()
    rng = np.random.default_rng(0)
    stamps = [printing.sample_stamp(4.27, rng) for _ in range(40)]
    is_square = [stamp.shape[0] == stamp.shape[1] for stamp in stamps]
    assert 8 < sum(is_square) < 32
    for stamp in stamps:
        assert np.isfinite(stamp).all() and stamp.min() >= 0 and stamp.max() <= 1
        assert 0.05 < np.mean(stamp > 0.2) < 0.6


@pytest.mark.parametrize("domain", PAGES)
def test_every_domain_is_seen_by_each_of_its_scanners(domain, monkeypatch):
    seen = []
    sample_scanner = paper.sample_scanner
    monkeypatch.setattr(
        paper, "sample_scanner", lambda by, rng: seen.append(by) or sample_scanner(by, rng)
    )
    for seed in range(12):
        paper.render(signature(), np.random.default_rng(seed), (32, 64), domain)
    assert set(seen) == set(SEEN_BY[domain])


def measures(page):
    """Measure a page on which nothing is written."""
    rim = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    return {
        "median": np.median(page),
        "mean": page.mean(),
        "deviation": page.std(),
        "dark": np.percentile(page, 2),
        "bright": np.percentile(page, 98),
        "border": rim.mean(),
        "covered": np.mean(page < 0.8 * np.median(page)),
    }


@pytest.mark.parametrize("domain", PAGES)
def test_no_page_tells_a_forgery_from_a_genuine_signature(domain):
    rows = []
    for number in range(WRITERS):
        rng = np.random.default_rng([number, 7])
        writer = sample_writer(rng)
        for kind, trace in (("genuine", writer.sign(rng)), ("forged", forge(writer, rng))):
            ink, _ = paper.draw(trace, rng, (64, 128))
            page, _ = paper.scan(ink, ink, rng, domain, written=False)
            rows.append({"writer": f"w{number}", "kind": kind, **measures(page)})
    areas = giveaway_areas(pd.DataFrame(rows))
    print(domain, areas.round(3).to_dict())
    assert (areas <= 0.60).all()
