"""The two presets, scored at home and elsewhere, and what has learned nothing beside them."""

from collections.abc import Sequence
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd

from deepsign_helpers import (
    descriptor,
    encoders,
    evaluation,
    game,
    plotting,
    runtime,
    training,
)
from deepsign_helpers.corpora import load
from deepsign_helpers.evaluation.protocol import ComparisonRule
from deepsign_helpers.verifier import Verifier
from deepsign_helpers.verifier.folder import FACTS
from studies import corpora, judging
from studies.corpora import PLACES
from studies.timing import peak_megabytes

PRESETS = {"STUDY": training.STUDY, "CLASSROOM": training.CLASSROOM}


def preset(name: str) -> pd.DataFrame:
    """Train one preset into a folder of its own, write its report, and judge it in all places."""
    splits = ("train", "validation", "in-domain")
    table = pd.concat([corpora.corpus(split) for split in splits], ignore_index=True)
    table["split"] = table["split"].replace("in-domain", "test")
    if name == "CLASSROOM":
        table = table[(table["split"] != "train") | corpora.in_class(table)]
    folder = folder_of(name)
    with joblib.parallel_config(n_jobs=corpora.PROCESSES):
        verifier, history = training.learn(table, folder, PRESETS[name])
    scores = pd.read_csv(folder / "scores.csv")
    plotting.write_page(evaluation.reported(scores), folder / "report.html", "Generated signatures")
    return rates(judging.judged_everywhere(verifier, PLACES)).assign(
        seconds=round(history.seconds),
        megabytes=round(peak_megabytes()),
        steps=history.steps,
    )


def folder_of(name: str) -> Path:
    """Return where a preset's verifier is kept."""
    return corpora.FOLDER if name == "STUDY" else corpora.FOLDER / name.lower()


def rates(scores: pd.DataFrame, places: Sequence[str] = PLACES) -> pd.DataFrame:
    """Return the equal error rates (%) with their intervals.

    Returns
    -------
    DataFrame
        A row for each place, number of references and model.
    """
    rows = []
    for place in places:
        judged = scores[scores["split"] == place]
        for (references, model), part in judged.groupby(["references", "model"]):
            row = {"model": model, "place": place, "references": references}
            rows.append(row | rates_with_intervals(part))
    return pd.DataFrame(rows).sort_values(["references", "place"], ascending=[False, True])


def rates_with_intervals(scores: pd.DataFrame) -> dict[str, float]:
    """Return the equal error rate (%) for each kind of forgery, and the ends of its interval."""
    row = {}
    for kind, rate in evaluation.equal_error_rates(scores).items():
        low, high = evaluation.bootstrap_by_writer(scores, kind=kind)
        row[kind] = 100 * rate
        row[f"{kind} from"] = 100 * low
        row[f"{kind} to"] = 100 * high
    return row


def untrained() -> pd.DataFrame:
    """Score what has learned nothing in all places: the descriptor, and encoders as they begin."""
    scored = []
    for place in PLACES:
        scored.append(described(place))
        for name, settings in PRESETS.items():
            data = corpora.prepared(place, settings.size)
            vectors = encoders.embed(fresh(settings), data.images)
            model = f"untrained encoder, {name}"
            scored.append(evaluation.score_by_protocols(vectors, data.table, model))
    return rates(pd.concat(scored, ignore_index=True))


def described(place: str, rules: Sequence[ComparisonRule] = evaluation.PROTOCOLS) -> pd.DataFrame:
    """Return the scores of the untrained descriptor in a place, under each rule."""
    data = corpora.prepared(place, descriptor.DESCRIPTOR_SIZE, "aspect")
    vectors = np.stack([descriptor.gradient_descriptor(image) for image in data.images])
    return evaluation.score_by_protocols(vectors, data.table, "untrained descriptor", rules=rules)


def trained() -> dict[str, Verifier]:
    """Return the presets' verifiers, as far as they have been trained.

    Raises
    ------
    ValueError
        If there is none.
    """
    found = {}
    for name in PRESETS:
        folder = folder_of(name)
        if (folder / FACTS).exists():
            found[name] = Verifier.load(folder)
    if not found:
        raise ValueError("no preset was trained; run `python -m studies classroom study` first.")
    return found


def game_answered() -> pd.DataFrame:
    """Let CLASSROOM play the game of chapter 00.

    Returns
    -------
    DataFrame
        A row for each questioned signature of the board, in its order.
    """
    verifier = trained()["CLASSROOM"]
    answers = game.answers_of(verifier, game.deal(load(runtime.data_folder())))
    is_accepted = answers["score"] >= verifier.accept_from
    answers["answer"] = np.where(is_accepted, "genuine", "forged")
    return answers[["number", "questioned", "kind", "references", "score", "answer"]]


def fresh(settings: training.Settings, seed: int = 0) -> keras.Model:
    """Return an encoder as it begins, always the same for a seed."""
    runtime.seed_everything(seed)
    return settings.encoder((*settings.size, 1))
