"""Strangers that a verifier accepts where all scans of a writer share a page: a desk, a rim, print.

A verifier compares what `prepare` leaves. If it leaves the desk, all signatures on that desk are
alike. Here the references and the questioned signature lie on pages of one kind; eight writers are
each claimed by five strangers. An empty page of that kind is asked about, too.
"""

import numpy as np
import pytest

from deepsign_helpers import preprocessing, runtime, synthesis
from deepsign_helpers.synthesis import ink as inks
from deepsign_helpers.synthesis import paper
from deepsign_helpers.synthesis.paper import DOMAINS
from deepsign_helpers.verifier import Verifier

WRITERS = 8
STRANGERS = 5  # that claim to be each of them
REFERENCES = 5
# More than on plain pages: of 40 strangers two are within chance.
MOST_MORE = 2
FATES = ("accepted", "accepted, warned", "rejected", "refused")


@pytest.fixture(scope="module")
def verifier():
    """The verifier that chapter 05 leaves."""
    try:
        return Verifier.load(runtime.build_folder() / "classroom")
    except (FileNotFoundError, ValueError) as error:
        pytest.skip(str(error))


def page(writer, domain, rng, written=True):
    """Let a writer sign on a page of a kind; or show the same page before it is signed."""
    ink, _ = inks.draw(writer.sign(rng), rng)
    image, _ = paper.scan(ink, np.zeros_like(ink), rng, domain, written)
    return image


def fate(verifier, references, questioned):
    """Return what becomes of a questioned image."""
    try:
        verdict = verifier.verify(references, questioned)
    except preprocessing.ImageError:
        return "refused"
    if verdict.decision != "accept":
        return "rejected"
    return "accepted, warned" if verdict.warnings else "accepted"


def pages_of(domain):
    """Yield for each writer the references, one more signature, the strangers', and empty pages."""
    for number in range(WRITERS):
        rng = np.random.default_rng([number, 31])
        writer = synthesis.sample_writer(rng)
        references = [page(writer, domain, rng) for _ in range(REFERENCES)]
        own = page(writer, domain, rng)
        strangers = []
        empty = []
        for stranger in range(STRANGERS):
            rng = np.random.default_rng([number, stranger, 57])
            other = synthesis.sample_writer(rng)
            strangers.append(page(other, domain, rng))
            empty.append(page(other, domain, rng, written=False))
        yield references, own, strangers, empty


def fates_on(domain, verifier):
    """Count what becomes of strangers' signatures, of empty pages, and of writers' own."""
    counts = {asked: dict.fromkeys(FATES, 0) for asked in ("strangers", "empty", "own")}
    for references, own, strangers, empty in pages_of(domain):
        counts["own"][fate(verifier, references, own)] += 1
        for questioned in strangers:
            counts["strangers"][fate(verifier, references, questioned)] += 1
        for questioned in empty:
            counts["empty"][fate(verifier, references, questioned)] += 1
    return counts


@pytest.fixture(scope="module")
def counts(verifier):
    """For each kind of page, how many images of whom were accepted, rejected or refused."""
    return {domain: fates_on(domain, verifier) for domain in DOMAINS}


def test_a_page_that_signatures_share_lets_hardly_more_strangers_in(counts, capsys):
    with capsys.disabled():
        for domain, counted in counts.items():
            print(f"\n{domain}")
            for asked, fates in counted.items():
                print(f"  {asked:9s}", ", ".join(f"{fates[one]} {one}" for one in FATES))
    plain = counts["clean"]["strangers"]["accepted"]
    for domain, counted in counts.items():
        assert counted["strangers"]["accepted"] <= plain + MOST_MORE, domain


def test_a_page_that_nobody_has_signed_is_not_accepted(counts):
    for domain, counted in counts.items():
        if domain != "two":  # the other signature is there
            assert counted["empty"]["accepted"] == 0, domain
