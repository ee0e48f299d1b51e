"""What is published adds up to the totals that the publications name."""

import pytest

from deepsign_helpers.corpora import NAMED_LAYOUTS, PUBLISHED, nearest_edition

# Totals as the sources, or several readers of the corpora, state them.
TOTALS = {
    "CEDAR": 2640,
    "BHSig260 Bengali": 5400,
    "BHSig260 Hindi": 8640,
    "SigComp 2009, training (NISDCC)": 1920,
    "UTSig": 8280,
    "MCYT-75": 2250,
    "GPDS Synthetic": 216_000,
}


@pytest.mark.parametrize("name", TOTALS)
def test_writers_times_signatures_are_the_total_that_is_published(name):
    (edition,) = (one for one in PUBLISHED if one.name == name)
    assert edition.total == TOTALS[name]


def test_each_edition_belongs_to_a_layout_and_names_its_source():
    for edition in PUBLISHED:
        assert edition.layout in NAMED_LAYOUTS
        assert edition.source
        assert bool(edition.images) != bool(edition.per_writer)


@pytest.mark.parametrize("edition", PUBLISHED, ids=lambda edition: edition.name)
def test_a_whole_copy_is_taken_for_its_own_edition(edition):
    found = nearest_edition(edition.layout, edition.writers, edition.total, edition.script)
    assert found is edition


def test_nothing_is_published_of_ones_own_corpus():
    assert nearest_edition("pattern", 10, 100) is None
