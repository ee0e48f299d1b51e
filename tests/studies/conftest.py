"""A small world for the studies: few writers, small images, a few steps."""

from dataclasses import replace

import pytest

from deepsign_helpers import training
from studies import comparisons, corpora, judging, presets
from studies import tables as study_tables

SHORT = {"epochs": 2, "steps_per_epoch": 7, "seconds": 30.0, "size": (16, 32), "writers": 4}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Shrink the studies: few writers, small images, a few steps."""
    folder = tmp_path_factory.mktemp("study")
    few = {}
    for name, drawn in corpora.CORPORA.items():
        writers = 12 if name == "train" else 6
        few[name] = replace(drawn, writers=writers, genuine=8, forged=4)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(corpora, "FOLDER", folder)
        changed.setattr(study_tables, "SHARED", folder / "tables")
        changed.setattr(corpora, "CORPORA", few)
        changed.setattr(corpora, "CLASS_WRITERS", 10)
        changed.setattr(comparisons, "MOST_EPOCHS", 2)
        changed.setattr(comparisons, "STEPS_PER_EPOCH", 7)
        changed.setattr(comparisons, "SECONDS", 2.0)
        for name, settings in presets.PRESETS.items():
            changed.setitem(presets.PRESETS, name, replace(settings, **SHORT))
        changed.setattr(training, "CLASSROOM", presets.PRESETS["CLASSROOM"])
        forget()
        yield folder
        forget()


def forget() -> None:
    """Forget corpora and lines that are kept in memory."""
    corpora.corpus.cache_clear()
    judging.traced.cache_clear()
