"""A small corpus, and a verifier that fuses what its encoder and the strokes say of it."""

from dataclasses import replace

import pytest
from small_verifier import make_verifier

from deepsign_helpers import synthesis
from deepsign_helpers.verifier import Fusion


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """Four writers, six genuine signatures and two skilled forgeries of each."""
    folder = tmp_path_factory.mktemp("corpus")
    return synthesis.write_corpus(folder, writers=4, genuine=6, forged=2, size=(128, 256))


@pytest.fixture(scope="session")
def figures(corpus):
    """The corpus's figures, with three references a writer."""
    return make_verifier("partial").figure_table(corpus, references=3)


@pytest.fixture(scope="session")
def fused(figures):
    """An encoder that has learned nothing, and strokes; the threshold lies within all scores."""
    alone = make_verifier("partial", references=3, accept_from=-1.5, reject_below=-1.5)
    return replace(alone, fusion=Fusion.equal(figures))


@pytest.fixture(scope="session")
def genuine_of(corpus):
    """A function that returns the paths of a writer's genuine signatures."""

    def paths(number):
        writer = sorted(set(corpus["writer"]))[number]
        is_own = (corpus["writer"] == writer) & (corpus["kind"] == "genuine")
        return corpus.loc[is_own, "path"].tolist()

    return paths
