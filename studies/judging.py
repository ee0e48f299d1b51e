"""What encoder and strokes of a verifier say in each place, by number of references."""

from functools import cache

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import encoders, evaluation
from deepsign_helpers.evaluation.scoring import COURSE_IMPOSTORS, draw_comparisons
from deepsign_helpers.strokes import Line
from deepsign_helpers.verifier import ENCODER, Signatures, Verifier, figure_table, trace_all
from deepsign_helpers.verifier.comparing import encoder_scores, own_distance
from deepsign_helpers.verifier.fusing import OWN_DISTANCE
from studies import corpora

RULE = "partial"  # of the encoder's distances, as in `evaluation.PROTOCOLS`
ALONE = "encoder alone"
FUSED = "encoder and strokes"


@cache
def traced(name: str) -> list[Line]:
    """Return the lines of a corpus; they are kept for the next time."""
    kept = corpora.kept(name, "lines.joblib")
    if not kept.exists():
        with joblib.parallel_config(n_jobs=corpora.PROCESSES):
            joblib.dump(trace_all(corpora.corpus(name)), kept)
    return joblib.load(kept)


def stroke_figures(name: str, references: int) -> pd.DataFrame:
    """Return what the strokes say in a corpus, with no encoder beside them; kept, too."""
    kept = corpora.kept(name, f"{references} references.csv")
    if not kept.exists():
        lines = traced(name)
        nobody = Signatures(np.ones((len(lines), 1)), lines)
        with joblib.parallel_config(n_jobs=corpora.PROCESSES):
            found = figure_table(
                nobody, corpora.corpus(name), references, RULE, impostors=COURSE_IMPOSTORS
            )
        found.to_csv(kept, index=False)
    return pd.read_csv(kept, keep_default_na=False)


def figures(verifier: Verifier, name: str, references: int) -> pd.DataFrame:
    """Return what encoder and strokes of a verifier say in a corpus.

    Parameters
    ----------
    verifier : Verifier
        With a fusion.
    name : str
        Of the corpus.
    references : int
        How many genuine signatures of each writer are compared with.

    Returns
    -------
    DataFrame
        As `verifier.figure_table` returns it.
    """
    data = corpora.prepared(name, verifier.size)
    vectors = encoders.embed(verifier.encoder, data.images)
    scores = []
    distances = []
    for one in draw_comparisons(data.table, references, seed=0, impostors=COURSE_IMPOSTORS):
        known = vectors[one.references]
        found = encoder_scores(vectors[one.questioned], known, RULE, verifier.fusion.usual_distance)
        scores.append(found)
        distances.append(np.full(len(found), own_distance(known)))
    return stroke_figures(name, references).assign(
        **{ENCODER: np.concatenate(scores), OWN_DISTANCE: np.concatenate(distances)}
    )


def judged(verifier: Verifier, place: str, references: int) -> pd.DataFrame:
    """Return the scores of a verifier in a place: the encoder's alone, and the fused ones."""
    found = figures(verifier, place, references).assign(split=place)
    alone = found.assign(score=found[ENCODER], model=ALONE)
    fused = found.assign(score=verifier.fusion.score(found), model=FUSED)
    return pd.concat([alone, fused], ignore_index=True)


def judged_everywhere(verifier: Verifier, places: tuple[str, ...]) -> pd.DataFrame:
    """Return the scores of a verifier in places, under both protocols of the course."""
    tables = []
    for place in places:
        for rule in evaluation.PROTOCOLS:
            tables.append(judged(verifier, place, rule.references))
    return pd.concat(tables, ignore_index=True)
