"""Paper and scanner, drawn for each image, that know nothing of who wrote it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deepsign_helpers.preprocessing import prepare, remove_background
from deepsign_helpers.synthesis import paper
from deepsign_helpers.synthesis.ink import PENS
from deepsign_helpers.synthesis.paper import (
    DOMAINS,
    SCANS,
    render,
    render_empty,
    render_with_ink,
    render_with_truth,
    scan,
)
from deepsign_helpers.synthesis.writers import sample_writer


def signature(seed=0):
    rng = np.random.default_rng(seed)
    return sample_writer(rng).sign(rng)


def astray(trace):
    """The same trace, 2 mm astray in its right half."""
    return replace(
        trace, deviation=np.where(trace.x < (trace.x.min() + trace.x.max()) / 2, 0.0, 2.0)
    )


@pytest.fixture
def unprinted(monkeypatch):
    monkeypatch.setattr(paper, "form", lambda ink, *_: np.zeros_like(ink))


@pytest.mark.parametrize("size", [(256, 512), (300, 200), (65, 127), (16, 16)])
@pytest.mark.parametrize("domain", DOMAINS)
def test_an_image_has_the_size_asked_for_light_paper_and_dark_ink(domain, size):
    image, truth = render_with_truth(astray(signature()), np.random.default_rng(0), size, domain)
    assert image.shape == truth.shape == size
    assert image.dtype == np.uint8 and truth.dtype == np.float32
    assert np.percentile(image, 90) - image.min() > 50


def test_clean_paper_is_255_and_ink_has_few_greys():
    image = render(signature(), np.random.default_rng(0))
    assert np.mean(image == 255) > 0.8
    assert 20 < len(np.unique(image)) <= 47


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_truth_is_an_extra_that_changes_no_image(domain):
    image, truth = render_with_truth(astray(signature()), np.random.default_rng(5), domain=domain)
    assert np.array_equal(
        image, render(astray(signature()), np.random.default_rng(5), domain=domain)
    )
    assert np.array_equal(image, render(signature(), np.random.default_rng(5), domain=domain))
    assert truth.max() == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("domain", SCANS)
def test_the_truth_stays_under_the_ink_through_the_scanner(domain, unprinted):
    # Of the ink that preprocessing finds the right half strays and no other; elsewhere nothing.
    covered, found, left_alone = [], [], []
    for seed in range(8):
        image, truth = render_with_truth(
            astray(signature(seed)), np.random.default_rng(seed), domain=domain
        )
        ink = (remove_background(image) < 255).astype(np.uint8)
        strays = (truth > 0.5).astype(np.uint8)
        left = np.flatnonzero(strays.any(axis=0)).min()
        near_ink = cv2.dilate(ink, np.ones((7, 7)))
        near_strays = cv2.dilate(strays, np.ones((7, 7)))
        covered.append(np.mean(near_ink[strays > 0]))
        found.append(np.mean(near_strays[:, left + 5 :][ink[:, left + 5 :] > 0]))
        left_alone.append(ink[:, :left].sum() / ink.sum())
    assert np.mean(covered) > 0.93 and np.mean(found) > 0.93
    assert np.mean(left_alone) > 0.2


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_course_can_read_every_domain(domain):
    for seed in range(10):
        prepared = prepare(render(signature(seed), np.random.default_rng(seed), domain=domain))
        assert prepared.max() == 1
        assert 0.005 < np.mean(prepared > 0) < 0.35


@pytest.mark.parametrize("domain", set(SCANS) - {"clean", "fax"})
def test_the_paper_is_drawn_for_each_image_whatever_is_written_on_it(domain, unprinted):
    def paper_level(trace, seed):
        ink, deviation = paper.draw(trace, np.random.default_rng(9))
        image, _ = scan(ink, deviation, np.random.default_rng(seed), domain)
        return np.median(image)

    one = signature(1)
    other = astray(signature(2))
    levels = np.array([(paper_level(one, seed), paper_level(other, seed)) for seed in range(10)])
    assert np.ptp(levels, axis=1).max() <= 4
    assert levels[:, 0].std() > 3


@pytest.mark.parametrize("domain", sorted(set(DOMAINS) - {"fax", "two"}))
def test_the_ink_that_is_said_is_what_darkens_the_page_and_nothing_else_is(domain):
    # The same page with the ink and without: what differs is the ink, through lens and sensor.
    likenesses = []
    for seed in range(8):
        ink, _ = paper.draw(signature(seed), np.random.default_rng(seed))
        seen, said = scan(ink, ink, np.random.default_rng(seed), domain)
        empty, _ = scan(ink, ink, np.random.default_rng(seed), domain, written=False)
        taken = 1 - np.minimum(seen / np.maximum(empty, 1.0), 1)
        blurred = [
            cv2.GaussianBlur(np.float32(share), (0, 0), 2).ravel() for share in (taken, said)
        ]
        likenesses.append(np.corrcoef(blurred)[0, 1])
        assert np.median(taken[said > 0.5]) > 0.3
    assert np.median(likenesses) > 0.95 and min(likenesses) > 0.8


@pytest.mark.parametrize("domain", DOMAINS)
def test_how_much_ink_there_is_changes_no_image(domain):
    image, ink = render_with_ink(signature(), np.random.default_rng(5), domain=domain)
    assert np.array_equal(image, render(signature(), np.random.default_rng(5), domain=domain))
    assert ink.dtype == np.float32 and ink.min() >= 0 and 0.5 < ink.max() <= 1


@pytest.mark.parametrize("size", [(256, 512), (64, 128), (16, 16)])
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_page_can_be_empty(domain, size):
    image = render_empty(np.random.default_rng(3), size, domain)
    again = render_empty(np.random.default_rng(3), size, domain)
    assert image.shape == size and image.dtype == np.uint8
    assert np.array_equal(image, again)
    if domain == "clean":
        assert (image == 255).all()


@pytest.mark.parametrize("domain", sorted(set(DOMAINS) - {"clean"}))
def test_a_page_knows_of_a_signature_only_where_it_stands(domain):
    corners = np.zeros((256, 512), np.float32)
    corners[[90, 160], [120, 400]] = 1
    solid = np.zeros_like(corners)
    solid[90:161, 120:401] = 1
    for seed in range(3):
        pages = [
            scan(ink, ink, np.random.default_rng(seed), domain, written=False)[0]
            for ink in (corners, solid)
        ]
        assert np.array_equal(*pages)
        another, _ = scan(solid, solid, np.random.default_rng(seed + 10), domain, written=False)
        assert not np.array_equal(pages[0], another)


def test_a_phone_sees_shadows_and_a_scanner_hardly_any(unprinted):
    def shade(domain):
        images = [
            render(signature(), np.random.default_rng(seed), domain=domain) for seed in range(10)
        ]
        blocks = [cv2.resize(image, (8, 4), interpolation=cv2.INTER_AREA) for image in images]
        return np.mean([1 - np.percentile(block, 10) / block.max() for block in blocks])

    assert shade("phone") > 0.15 > 0.08 > shade("office")


def test_a_fax_shows_pale_lines_as_well_as_dark_ones():
    dark = replace(PENS["ballpoint"], width=0.5, darkness=3.0, skips=0.0)
    pale = replace(dark, darkness=1.5)
    for seed in range(6):
        black = [
            np.mean(render(signature(seed), np.random.default_rng(seed), domain="fax", pen=pen) < 1)
            for pen in (dark, pale)
        ]
        assert black[1] > 0.5 * black[0]


def test_a_fax_is_black_and_white_only():
    for seed in range(5):
        image = render(signature(seed), np.random.default_rng(seed), domain="fax")
        assert set(np.unique(image)) == {0, 255}


def test_a_box_surrounds_the_signature_on_a_form():
    ink = np.zeros((256, 512), np.float32)
    ink[100:150, 150:350] = 1
    for seed in range(10):
        printed = paper.form(ink, 4.27, np.random.default_rng(seed), "box")
        assert ((printed > 0.9).sum(axis=0) > 40).sum() >= 2  # its two sides
        assert ((printed > 0.9).sum(axis=1) > 180).sum() >= 2
    forms = [paper.form(ink, 4.27, np.random.default_rng(seed), "office") for seed in range(40)]
    assert 8 <= sum(form.any() for form in forms) < 33


def test_an_unknown_domain_is_refused_and_the_known_ones_named():
    with pytest.raises(
        ValueError, match=r"domain 'xerox' is not known; choose from clean, office, phone, fax, box"
    ):
        render(signature(), np.random.default_rng(0), domain="xerox")
