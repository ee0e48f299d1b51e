"""What encoder and strokes are worth in each place, alone and together, by number of references."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, strokes
from deepsign_helpers.evaluation.protocol import ComparisonRule
from deepsign_helpers.verifier import (
    ENCODER,
    VOICES,
    Fusion,
    LikelihoodLine,
    Verifier,
    leave_one_world_out,
)
from studies import judging, presets
from studies.corpora import PLACES

REFERENCES = (1, 3, 5, 10)
# A verifier is made with so many, and then used with any number.
USUAL = 5
# Where weights are fitted at home: other writers than those who are judged there.
HOME = "searched in-domain"
TRAINED_ON = "trained on"
LAST = "last look"
STROKES = tuple(signal.name for signal in strokes.SIGNALS)
NOBODY = "untrained"  # in place of a verifier

DESCRIPTOR_ALONE = "untrained descriptor"
STROKES_TOGETHER = "strokes together"
EQUAL = "fused, equal weights"
AT_HOME = "fused, fitted at home"
ON_TRAINED = "fused, fitted on training writers"
ELSEWHERE = "fused, fitted elsewhere"


def fusion() -> pd.DataFrame:
    """Judge each signal, the encoder, and five ways to put them together.

    Returns
    -------
    DataFrame
        A row for each verifier, place, number of references and score: equal error rates (%) with
        their intervals, Cllr and its floor against skilled forgeries (bits), and the share of the
        weights that is the encoder's.
    """
    verifiers = presets.trained()
    found = [of_descriptor(PLACES)]
    one = next(iter(verifiers.values()))  # its encoder has no say in the strokes
    found.append(of_fusions(NOBODY, one, PLACES, dict.fromkeys(PLACES, of_strokes(one))))
    for name, verifier in verifiers.items():
        found.append(of_fusions(name, verifier, PLACES, of_both(verifier)))
    return pd.concat(found, ignore_index=True)


def last_look() -> pd.DataFrame:
    """Judge the same in a world that nothing has looked at.

    Script, scanner and forgers are others than those of the training, and no search, no fit and no
    choice was made by them. Whoever looks often and mends what is seen makes it a world like any
    other.

    Returns
    -------
    DataFrame
        As `fusion` returns it.
    """
    verifiers = presets.trained()
    place = (LAST,)
    found = [of_descriptor(place)]
    one = next(iter(verifiers.values()))
    found.append(of_fusions(NOBODY, one, place, {LAST: of_strokes(one)}))
    for name, verifier in verifiers.items():
        found.append(of_fusions(name, verifier, place, of_both(verifier)))
    return pd.concat(found, ignore_index=True)


def of_strokes(verifier: Verifier) -> dict[str, Fusion]:
    """Return the scores that no encoder has a say in."""
    validation = judging.figures(verifier, "validation", USUAL)
    ways = {name: Fusion.equal(validation, (name,)) for name in STROKES}
    ways[STROKES_TOGETHER] = Fusion.equal(validation, STROKES)
    return ways


def of_both(verifier: Verifier) -> dict[str, dict[str, Fusion]]:
    """Return, for each place and the last look, the scores that the encoder has a say in.

    Weights that are fitted elsewhere are fitted on the other places: each differs from the place
    that is judged in scanner, script or forgers.
    """
    validation = judging.figures(verifier, "validation", USUAL)
    places = [judging.figures(verifier, place, USUAL).assign(place=place) for place in PLACES]
    everywhere = pd.concat(places, ignore_index=True)
    alone = Fusion.equal(validation, (ENCODER,))
    equal = Fusion.equal(validation, VOICES)
    at_home = Fusion.fitted(judging.figures(verifier, HOME, USUAL))
    on_trained = Fusion.fitted(judging.figures(verifier, TRAINED_ON, USUAL))
    fitted_elsewhere = {LAST: Fusion.fitted(everywhere)}
    for place, elsewhere, _ in leave_one_world_out(everywhere, "place"):
        fitted_elsewhere[place] = elsewhere
    ways = {}
    for place, elsewhere in fitted_elsewhere.items():
        ways[place] = {
            judging.ALONE: alone,
            EQUAL: equal,
            AT_HOME: at_home,
            ON_TRAINED: on_trained,
            ELSEWHERE: elsewhere,
        }
    return ways


def of_fusions(
    name: str,
    verifier: Verifier,
    places: Sequence[str],
    ways: Mapping[str, Mapping[str, Fusion]],
) -> pd.DataFrame:
    """Judge ways to make a score, in places, with each number of references."""
    validation = judging.figures(verifier, "validation", USUAL)
    rows = []
    for place in places:
        for references in REFERENCES:
            figures = judging.figures(verifier, place, references)
            for score, way in ways[place].items():
                line = line_of(way, validation)
                scored = figures.assign(score=way.score(figures))
                row = {"verifier": name, "place": place, "references": references, "score": score}
                row |= presets.rates_with_intervals(scored)
                row |= costs(scored, line)
                row["encoder's weight"] = share_of_encoder(way)
                rows.append(row)
    return pd.DataFrame(rows)


def of_descriptor(places: Sequence[str]) -> pd.DataFrame:
    """Judge the untrained descriptor in places, with each number of references."""
    rules = [ComparisonRule(references, judging.RULE) for references in REFERENCES[1:]]
    rules.append(ComparisonRule(1, "min"))
    rows = []
    for place in places:
        scored = presets.described(place, rules)
        for references, part in scored.groupby("references"):
            row = {"verifier": NOBODY, "place": place, "references": references}
            row["score"] = DESCRIPTOR_ALONE
            rows.append(row | presets.rates_with_intervals(part))
    return pd.DataFrame(rows)


def line_of(way: Fusion, validation: pd.DataFrame) -> LikelihoodLine:
    """Return what a score is worth as evidence, by the validation writers."""
    scored = validation.assign(score=way.score(validation))
    return LikelihoodLine.from_scores(*evaluation.scores_and_labels(scored, "skilled"))


def costs(scored: pd.DataFrame, line: LikelihoodLine) -> dict[str, float]:
    """Return what likelihood ratios cost in a place, and what they would cost at best (bits)."""
    scores, labels = evaluation.scores_and_labels(scored, "skilled")
    said = np.log10([line.likelihood_ratio(score) for score in scores])
    return {
        "Cllr": evaluation.cllr(said, labels),
        "Cllr floor": evaluation.minimal_cllr(scores, labels),
    }


def share_of_encoder(way: Fusion) -> float:
    """Return which share of the weights is the encoder's, in [0, 1]."""
    weights = dict(zip(way.names, np.abs(way.weights), strict=True))
    return float(weights.get(ENCODER, 0.0) / sum(weights.values()))
