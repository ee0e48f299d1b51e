"""The two presets, scored at home and elsewhere, and what has learned nothing beside them."""

from collections.abc import Sequence

import joblib
import keras
import numpy as np
import pandas as pd

from deepsign_helpers import descriptor, encoders, evaluation, plotting, runtime, training
from deepsign_helpers.verifier import Verifier
from deepsign_helpers.verifier.folder import FACTS
from studies import corpora
from studies.corpora import PLACES
from studies.timing import peak_megabytes

PRESETS = {"STUDY": training.STUDY, "CLASSROOM": training.CLASSROOM}


def preset(name: str) -> pd.DataFrame:
    """Train one preset into a folder of its own, score it in all places and write its report."""
    splits = ("train", "validation", *PLACES)
    table = pd.concat([corpora.corpus(split) for split in splits], ignore_index=True)
    table["split"] = table["split"].replace("in-domain", "test")
    folder = corpora.FOLDER
    if name == "CLASSROOM":
        table = table[(table["split"] != "train") | corpora.in_class(table)]
        folder = folder / "classroom"
    with joblib.parallel_config(n_jobs=corpora.PROCESSES):
        _, history = training.learn(table, folder, PRESETS[name])
    scores = pd.read_csv(folder / "scores.csv")
    plotting.write_page(evaluation.reported(scores), folder / "report.html", "Generated signatures")
    places = scores["split"].replace("test", "in-domain")
    return rates(scores.assign(split=places)).assign(
        seconds=round(history.seconds),
        megabytes=round(peak_megabytes()),
        steps=history.steps,
    )


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
            for kind, rate in evaluation.equal_error_rates(part).items():
                low, high = evaluation.bootstrap_by_writer(part, kind=kind)
                row[kind] = 100 * rate
                row[f"{kind} from"] = 100 * low
                row[f"{kind} to"] = 100 * high
            rows.append(row)
    return pd.DataFrame(rows).sort_values(["references", "place"], ascending=[False, True])


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


def described(place: str) -> pd.DataFrame:
    """Return the scores of the untrained descriptor in a place."""
    data = corpora.prepared(place, descriptor.DESCRIPTOR_SIZE, "aspect")
    vectors = np.stack([descriptor.gradient_descriptor(image) for image in data.images])
    return evaluation.score_by_protocols(vectors, data.table, "untrained descriptor")


def last_look() -> pd.DataFrame:
    """Score the presets' verifiers, and the descriptor, in a world that nothing has looked at.

    Script, scanner and forgers are others than those of the training, and no search, no fit and no
    choice was made by them. Whoever looks often and mends what is seen makes it a world like any
    other.
    """
    place = "last look"
    scored = [described(place)]
    folders = {"CLASSROOM": corpora.FOLDER / "classroom", "STUDY": corpora.FOLDER}
    trained = {name: folder for name, folder in folders.items() if (folder / FACTS).exists()}
    for name, folder in trained.items():
        verifier = Verifier.load(folder)
        data = corpora.prepared(place, verifier.size)
        vectors = encoders.embed(verifier.encoder, data.images)
        scored.append(evaluation.score_by_protocols(vectors, data.table, name))
    return rates(pd.concat(scored, ignore_index=True), places=(place,))


def fresh(settings: training.Settings, seed: int = 0) -> keras.Model:
    """Return an encoder as it begins, always the same for a seed."""
    runtime.seed_everything(seed)
    return settings.encoder((*settings.size, 1))
