"""What a signature was written with and scanned by: a writer's own, and no kind's."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import ks_2samp

from deepsign_helpers.synthesis import Trace, corpus, paper, sample_forger, sample_writer
from deepsign_helpers.synthesis.corpus import A_FORGER, A_SESSION, write_corpus
from deepsign_helpers.synthesis.forging import SCHOOLS, take_pen
from deepsign_helpers.synthesis.ink import Pen
from deepsign_helpers.synthesis.scanners import Scanner


class Drawn(NamedTuple):
    """What an image was drawn from."""

    trace: Trace
    pen: Pen
    scanner: Scanner | None


def drawn_corpus(folder, **settings):
    """Write a small corpus; return its table with a column of what each image was drawn from."""
    drawn = []

    def render(trace, rng, size, domain, pen, scanner):
        drawn.append(Drawn(trace, pen, scanner))
        return paper.render(trace, rng, size, domain, pen, scanner)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "render", render)
        table = write_corpus(folder, size=(64, 128), **settings)
    return table.assign(drawn=drawn)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Six writers, two sessions each, as many forgeries as genuine signatures."""
    folder = tmp_path_factory.mktemp("office")
    settings = {"writers": 6, "genuine": 2 * A_SESSION, "forged": 2 * A_FORGER}
    return drawn_corpus(folder, domains=("office",), **settings)


def scanners(images):
    """The scanners of some images; how a sheet lies on the glass is no part of them."""
    return {replace(drawn.scanner, turn=0.0) for drawn in images}


# Scanners


def test_a_session_has_one_scanner_and_the_forgeries_have_the_same_ones(office):
    seen = []
    for _, of_writer in office.groupby("writer"):
        genuine = of_writer[of_writer["kind"] == "genuine"]
        forged = of_writer[of_writer["kind"] == "forged"]
        for _, of_session in genuine.groupby("session"):
            assert len(scanners(of_session["drawn"])) == 1
        assert len(scanners(genuine["drawn"])) == 2
        assert scanners(genuine["drawn"]) == scanners(forged["drawn"])
        seen.append(scanners(genuine["drawn"]))
    assert len(set.union(*seen)) == 2 * len(seen), "two writers share a scanner"


def test_a_scanner_scans_as_many_forgeries_as_genuine_signatures(office):
    table = office.assign(paper=[drawn.scanner.paper for drawn in office["drawn"]])
    counts = table.groupby(["writer", "paper"])["kind"].value_counts().unstack()
    assert (counts["genuine"] == counts["forged"]).all()


def test_every_sheet_lies_on_the_glass_in_its_own_way(office):
    turns = {drawn.scanner.turn for drawn in office["drawn"]}
    assert len(turns) == len(office)


def test_a_writer_has_a_scanner_for_each_domain(tmp_path):
    domains = ("clean", "office", "phone")
    table = drawn_corpus(tmp_path, writers=2, genuine=A_SESSION, forged=12, domains=domains)
    for (_, domain), images in table.groupby(["writer", "domain"]):
        if domain == "clean":
            assert {drawn.scanner for drawn in images["drawn"]} == {None}
        else:
            assert len(scanners(images["drawn"])) == 1


def test_what_one_scanner_scans_lies_on_the_same_grey():
    someone = sample_writer(np.random.default_rng(0))
    bright, dim = (
        replace(paper.choose_scanner("office", np.random.default_rng(0)), paper=grey)
        for grey in (250.0, 200.0)
    )

    def backgrounds(scanner):
        greys = []
        for seed in range(4):
            rng = np.random.default_rng(seed)
            image = paper.render(someone.sign(rng), rng, domain="office", scanner=scanner)
            greys.append(np.median(image))
        return greys

    light, dark = backgrounds(bright), backgrounds(dim)
    assert max(np.ptp(light), np.ptp(dark)) < 8
    assert min(light) > max(dark) + 20


# Pens


def make(pen):
    """What all pens of a make have in common."""
    return pen.runs, pen.pressed, pen.blot, pen.nib


def test_whoever_signs_on_one_day_keeps_the_pen_and_so_does_each_forger(office):
    hands = office["forger"].where(office["kind"] == "forged", office["writer"])
    within, means = [], []
    for _, images in office["drawn"].groupby([hands, office["session"]]):
        pens = [drawn.pen for drawn in images]
        assert len({make(pen) for pen in pens}) == 1
        widths = np.log([pen.width for pen in pens])
        within.append(widths.std())
        means.append(widths.mean())
    assert len(means) == 6 * 4  # two days of the writer, and two forgers each
    assert 0 < np.mean(within) < 0.6 * np.std(means)


def test_on_another_day_three_writers_in_ten_sign_with_another_pen():
    someone = sample_writer(np.random.default_rng(0))
    days = [someone.later(np.random.default_rng(seed)) for seed in range(400)]
    assert 0.2 < np.mean([day.pen != someone.pen for day in days]) < 0.4


def test_three_forgers_in_ten_have_the_writers_pen_and_are_otherwise_who_they_were():
    someone = sample_writer(np.random.default_rng(0))
    forger = sample_forger(np.random.default_rng(1))
    forgers = [take_pen(forger, someone, np.random.default_rng(seed)) for seed in range(400)]
    assert {one.pen for one in forgers} == {someone.pen, forger.pen}
    assert 0.2 < np.mean([one.pen == someone.pen for one in forgers]) < 0.4
    assert {replace(one, pen=forger.pen) for one in forgers} == {forger}


def test_a_disguised_signature_is_written_with_the_writers_own_pen(tmp_path):
    table = drawn_corpus(tmp_path, writers=4, genuine=1, forged=2, forgeries=("disguised",))
    for _, images in table.groupby("writer"):
        assert len({(make(drawn.pen), drawn.pen.skips) for drawn in images["drawn"]}) == 1


@pytest.mark.parametrize("school", SCHOOLS)
def test_writers_and_forgers_take_their_pens_from_one_box(school):
    own = [sample_writer(np.random.default_rng(seed), "paraph").pen for seed in range(400)]
    forged = [
        sample_forger(np.random.default_rng(10_000 + seed), school).pen for seed in range(400)
    ]
    for quality in ("width", "darkness", "runs", "pressed", "blot", "skips", "nib"):
        of_writers, of_forgers = ([getattr(pen, quality) for pen in pens] for pens in (own, forged))
        assert ks_2samp(of_writers, of_forgers).pvalue > 0.001, quality


# Forgers in a corpus


def asked(monkeypatch, folder, name, **settings):
    """Write a corpus; return the arguments with which a function of its module was called."""
    calls = []
    called = getattr(corpus, name)
    monkeypatch.setattr(corpus, name, lambda *given: calls.append(given) or called(*given))
    write_corpus(folder, writers=2, genuine=1, size=(16, 32), **settings)
    return calls


def test_each_forger_counts_their_own_attempts_and_keeps_their_skill(tmp_path, monkeypatch):
    calls = asked(monkeypatch, tmp_path, "forge", forged=2 * A_FORGER + 2)
    attempts = {}
    for _, _, _, _, forger, skill, attempt in calls:
        attempts.setdefault((forger.hand, skill), []).append(attempt)
    assert list(attempts.values()) == [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1]] * 2
    assert len({skill for _, skill in attempts}) == len(attempts)


@pytest.mark.parametrize("schools", [("drawing",), ("fluent",), ("drawing", "fluent")])
def test_forgers_come_from_the_schools_asked_for_in_turn(tmp_path, monkeypatch, schools):
    calls = asked(monkeypatch, tmp_path, "sample_forger", forged=4 * A_FORGER, schools=schools)
    assert [school for _, school in calls] == list(np.resize(schools, 4)) * 2


def test_another_school_forges_other_signatures_of_the_same_writers(tmp_path):
    settings = {"writers": 2, "genuine": 2, "forged": 2, "size": (64, 128)}
    drawing = write_corpus(tmp_path / "drawing", **settings)
    fluent = write_corpus(tmp_path / "fluent", **settings, schools=("fluent",))
    same = drawing["sha256"] == fluent["sha256"]
    assert same[drawing["kind"] == "genuine"].all()
    assert not same[drawing["kind"] == "forged"].any()
