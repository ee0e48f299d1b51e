"""Measures what takes longer than a class: both presets, the search behind them, the comparisons of 04 and 05."""

import datetime
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import joblib
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
import typer

from deepsign_helpers import (
    augmentation,
    corpora,
    encoders,
    evaluation,
    losses,
    pairing,
    plotting,
    runtime,
    synthesis,
    training,
)

FOLDER = runtime.build_folder() / "study"
TABLES = runtime.data_folder() / "study"
HOME = {"scripts": ("latin", "invented", "hung", "paraph", "invented", "hung"), "domains": ("clean", "office", "phone")}
WRITTEN = {**HOME, "scripts": ("latin", "paraph")}
CORPORA = {  # writers, genuine and forged signatures of each, seed, and what they are drawn from
    "train": (1600, 8, 8, 300, HOME),
    # Chooses the weights and sets the threshold: forms that no training writer has met.
    "validation": (90, 12, 8, 302, {**WRITTEN, "domains": ("box",)}),
    "in-domain": (120, 12, 8, 401, WRITTEN),
    "unseen domain": (120, 12, 8, 402, {**WRITTEN, "domains": ("fax",)}),
    "unseen script": (120, 12, 8, 403, {**HOME, "scripts": ("devanagari",)}),
    # What a search is judged by is not what a preset is reported on.
    "searched in-domain": (90, 12, 8, 301, WRITTEN),
    "searched unseen script": (90, 12, 8, 303, {**HOME, "scripts": ("devanagari",)}),
}
PLACES = ("in-domain", "unseen domain", "unseen script")
SEARCHED = dict(zip(PLACES, ("searched in-domain", "validation", "searched unseen script"), strict=True))
EQUAL_TIME = {"seconds": 30.0, "steps": 20_000}  # what is compared gets as many steps as half a minute allows
PRESETS = {"STUDY": training.STUDY, "CLASSROOM": training.CLASSROOM}
MIDDLE = replace(training.CLASSROOM, size=(64, 128))
CLASS = 420  # writers of chapter 05: the first of the study's


def corpus(name: str) -> pd.DataFrame:
    """Return one of the corpora, written when it is asked for the first time; its name is its split."""
    folder = FOLDER / "corpora" / name.replace(" ", "_")
    if not (folder / "manifest.csv").is_file():
        writers, genuine, forged, seed, drawn = CORPORA[name]
        with joblib.parallel_config(n_jobs=2):
            synthesis.write_corpus(folder, writers, genuine, forged, seed=seed, size=(128, 256), **drawn)
    table = corpora.load(folder)
    return table.assign(split=name, writer=f"{name} " + table["writer"])


def prepared(name: str, size: tuple[int, int], fit: str = "halfway") -> training.watch.Corpus:
    """Return images and table of one of the corpora; the images are kept for the next time."""
    table, kept = corpus(name), f"{name} {size[0]}x{size[1]} {fit}.npz".replace(" ", "_")
    with joblib.parallel_config(n_jobs=2):
        return training.prepare_all(table, size, FOLDER / "corpora" / kept, fit), table


def some(data: training.watch.Corpus, wanted: pd.Series) -> training.watch.Corpus:
    """Return the rows of a corpus that are wanted."""
    images, table = data
    return images[wanted.to_numpy()], table[wanted].reset_index(drop=True)


def first(count: int, table: pd.DataFrame) -> pd.Series:
    """Say which rows are of the first so many writers."""
    return table["writer"].str.rsplit("w", n=1).str[1].astype(int) < count


def in_class(table: pd.DataFrame) -> pd.Series:
    """Say which rows are of the writers of chapter 05."""
    return first(CLASS, table)


def preset(name: str) -> pd.DataFrame:
    """Train one preset into a folder of its own, score it in all places and write its report."""
    table = pd.concat([corpus(split) for split in ("train", "validation", *PLACES)], ignore_index=True)
    table["split"] = table["split"].replace("in-domain", "test")
    if name == "CLASSROOM":
        table = table[(table["split"] != "train") | in_class(table)]
    folder = FOLDER if name == "STUDY" else FOLDER / name.lower()
    with joblib.parallel_config(n_jobs=2):
        history, scores = training.learn(table, folder, PRESETS[name])
    plotting.write_page(
        scores[(scores["references"] > 1) & scores["split"].isin(["validation", "test"])],
        folder / "report.html",
        "Generated signatures",
    )
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return rates(scores.replace({"split": {"test": "in-domain"}})).assign(
        seconds=round(history.seconds), megabytes=round(spent), steps=len(history.steps)
    )


def rates(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the equal error rates (%) with their intervals, a row for each place and number of references."""
    rows = []
    for place in PLACES:
        for (references, model), part in scores[scores["split"] == place].groupby(["references", "model"]):
            row = {"model": model, "place": place, "references": references}
            for kind, rate in evaluation.equal_error_rates(part).items():
                row[kind] = 100 * rate
                row[f"{kind} from"], row[f"{kind} to"] = 100 * np.array(evaluation.bootstrap_by_writer(part, kind=kind))
            rows.append(row)
    return pd.DataFrame(rows).sort_values(["references", "place"], ascending=[False, True])


def untrained() -> pd.DataFrame:
    """Score what has learned nothing in all places: the descriptor, and encoders as they begin."""
    tables = []
    for place in PLACES:
        images, table = prepared(place, evaluation.DESCRIPTOR_SIZE)
        described = np.stack([evaluation.gradient_descriptor(image) for image in images])
        tables.append(training.score(described, table, "untrained descriptor"))
        for name, settings in PRESETS.items():
            vectors = encoders.embed(fresh(settings), prepared(place, settings.size)[0])
            tables.append(training.score(vectors, table, f"untrained encoder, {name}"))
    return rates(pd.concat(tables, ignore_index=True))


def fresh(settings: training.Settings, seed: int = 0) -> keras.Model:
    """Return an encoder as it begins, always the same for a seed."""
    runtime.seed_everything(seed)
    return settings.encoder((*settings.size, 1))


def trials(wanted: Mapping[str, dict], seeds: tuple[int, ...] = (0,)) -> pd.DataFrame:
    """Train and judge lines of a search, one after the other, or as `joblib.parallel_config` spreads them.

    Parameters
    ----------
    wanted : for each name what is different: settings, and `fit` (of `prepare`), `train` (which rows of the table)
    """
    asked = [(name, changes, seed) for name, changes in wanted.items() for seed in seeds]
    rows = joblib.Parallel()(joblib.delayed(one_trial)(*one) for one in runtime.progress(asked, "trials"))
    return pd.DataFrame(rows)


def one_trial(name: str, changes: dict, seed: int) -> dict:
    """Train and judge one line of a search: skilled EER (%) in all places."""
    changes = dict(changes)
    fit, wanted = changes.pop("fit", "halfway"), changes.pop("train", in_class)
    settings = replace(training.CLASSROOM, **changes)
    train = prepared("train", settings.size, fit)
    places = {place: prepared(split, settings.size, fit) for place, split in SEARCHED.items()}
    found = training.trial(partial(fresh, settings, seed), some(train, wanted(train[1])), places, settings, seed)
    judged = {place: 100 * found[f"{place} skilled"] for place in PLACES}
    return {"trial": name, **judged, "seconds": found["seconds"], "seed": seed}


def encoders_compared() -> pd.DataFrame:
    """Give every encoder of chapter 04 the same time: what it holds, costs and reaches."""
    kinds = {"lightweight": encoders.lightweight_encoder, "hybrid": encoders.attentive_encoder}
    kinds |= {block: partial(encoders.block_encoder, block=block) for block in encoders.BLOCKS}
    costs = {}
    for name, make in kinds.items():
        table = encoders.layer_table(make((*training.SIZE, 1)))
        costs[name] = {"parameters": table["parameters"].sum(), "million MACs": table["macs"].sum() / 1e6}
    found = trials({name: EQUAL_TIME | {"encoder": make} for name, make in kinds.items()})
    return pd.DataFrame(costs).T.merge(found, left_index=True, right_on="trial")


def losses_compared() -> pd.DataFrame:
    """Train with each loss under one protocol, with two seeds."""
    wanted = {
        "contrastive": {"loss": "contrastive", "class_weight": "balanced"},
        "triplet": {"loss": "triplet"},
        "supervised contrastive": {"loss": "supervised_contrastive"},
        "supervised contrastive, a forgery weighs 4": {},
    }
    return trials({name: EQUAL_TIME | changes for name, changes in wanted.items()}, seeds=(0, 1))


def folds() -> pd.DataFrame:
    """Judge each writer of chapter 05 once, in five folds."""
    settings = replace(training.CLASSROOM, **EQUAL_TIME, loss="contrastive", class_weight="balanced")
    images, table = prepared("train", settings.size)
    chosen = some((images, table), in_class(table))
    return training.cross_validate(partial(fresh, settings), *chosen, settings, n_splits=5).assign(seed=0)


def pairs() -> pd.DataFrame:
    """Train for equal seconds on all pairs of a batch, and on explicit pairs through two towers."""
    settings = replace(training.CLASSROOM, **EQUAL_TIME, loss="contrastive", class_weight="balanced")
    data = prepared("train", settings.size)
    data = some(data, in_class(data[1]))
    places = {place: prepared(split, settings.size) for place, split in SEARCHED.items()}
    rows = {}
    for way, train in {"all pairs of a batch": all_pairs, "two towers": two_towers}.items():
        encoder = fresh(settings)
        compared, seconds = train(encoder, *data, settings)
        judged = {place: training.validation_scores(encoder, *corpus) for place, corpus in places.items()}
        found = {place: 100 * evaluation.equal_error_rates(scores)["skilled"] for place, scores in judged.items()}
        rows[way] = {"pairs a second": compared / seconds, **found, "seconds": seconds, "seed": 0}
    return pd.DataFrame(rows).T.rename_axis("way").reset_index()


def all_pairs(
    encoder: keras.Model, images: np.ndarray, table: pd.DataFrame, settings: training.Settings
) -> tuple[int, float]:
    """Train as the course does; return the number of pairs compared, and the seconds."""
    history = training.fit(encoder, images, table, settings=settings)
    rows, _ = training.rows_of_writers(table)
    _, identity = next(training.batches(images, table, rows, replace(settings, recipe=None), seed=0))
    same, different = (np.asarray(mask) for mask in losses.pair_masks(identity))
    return int(np.triu(same | different).sum()) * len(history.steps), history.seconds


def two_towers(
    encoder: keras.Model, images: np.ndarray, table: pd.DataFrame, settings: training.Settings
) -> tuple[int, float]:
    """Train on explicit balanced pairs, as many images a step; return the number of pairs compared, and the seconds."""
    network, half = encoders.siamese(encoder), settings.writers * (settings.genuine + settings.forged) // 2
    network.compile(keras.optimizers.AdamW(settings.learning_rate), loss=losses.pair_contrastive)
    row, chosen = pd.Series(np.arange(len(table)), table["path"]), pairing.make_pairs(table.drop(columns="split"))
    recipe, rng, steps, started = settings.recipe(0), np.random.default_rng(0), 0, time.perf_counter()
    while (passed := (time.perf_counter() - started) / settings.seconds) < 1:
        network.optimizer.learning_rate = training.learning_rate_at(1 + int(999 * passed), 1000, settings)
        batch = chosen.iloc[rng.choice(len(chosen), half, replace=False)]
        sides = [images[row[batch[side]].to_numpy()].astype(np.float32) for side in ("left", "right")]
        sides = [np.stack([recipe(image=image)["image"] for image in side]) for side in sides]
        network.train_on_batch(sides, batch["label"].to_numpy())
        steps += 1
    return steps * half, time.perf_counter() - started


def speed() -> pd.DataFrame:
    """Measure how well two cores are used: each line is a ratio of two things measured in one run."""
    rows = []
    for name, settings in PRESETS.items():
        rate, product = training_rate(settings), product_rate()
        told = f"{rate / 1e9:.0f} of {product / 1e9:.0f} GFLOP/s"
        rows.append((f"{name}: arithmetic of a training step / matrix product", rate / product, told))
        idle, told = idle_share(settings)
        rows.append((f"{name}: time in which a step waited for its batch / all", idle, told))
    code = "import study; print(study.training_rate(study.MIDDLE))"
    asked = {"cwd": Path(__file__).parent, "capture_output": True, "text": True, "check": True}
    ours, theirs = (
        float(
            subprocess.run(
                [sys.executable, "-c", code], env=os.environ | {"TF_CPU_ALLOCATOR_USE_BFC": bfc}, **asked
            ).stdout
        )
        for bfc in ("1", "0")
    )
    told = f"{ours / 1e9:.0f} and {theirs / 1e9:.0f} GFLOP/s"
    rows.append(("training at 64×128, TensorFlow's allocator / the system's", ours / theirs, told))
    rows += inference()
    return pd.DataFrame(rows, columns=["what", "ratio", "measured as"])


def seconds_of(work, repeats: int = 15) -> float:
    """Return the median seconds of a piece of work, after doing it twice for nothing."""
    taken = []
    for _ in range(repeats + 2):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken[2:]))


def product_rate(side: int = 2048) -> float:
    """Return the floating-point operations a second of a plain float32 matrix product."""
    left, right = np.random.default_rng(0).random((2, side, side), np.float32)
    multiply = tf.function(lambda: tf.linalg.matmul(left, right))
    return 2 * side**3 / seconds_of(lambda: multiply().numpy())


def training_rate(settings: training.Settings) -> float:
    """Return the floating-point operations a second of a training step: forward, and twice as many backward."""
    count = settings.writers * (settings.genuine + settings.forged)
    encoder = settings.encoder((*settings.size, 1))
    step = training.compile_step(encoder, keras.optimizers.AdamW(), losses.supervised_contrastive)
    images = np.random.default_rng(0).random((count, *settings.size, 1), np.float32)
    a_writer = [1] * settings.genuine + [0] * settings.forged
    identity = np.stack([np.repeat(np.arange(settings.writers), len(a_writer)), np.tile(a_writer, settings.writers)], 1)
    operations = 2 * 3 * encoders.layer_table(encoder)["macs"].sum() * count
    return operations / seconds_of(lambda: step(images, identity.astype(np.int32)))


def idle_share(settings: training.Settings) -> tuple[float, str]:
    """Return the share of a training in which a step waited for its batch, and what that was measured on."""
    data = prepared("validation", settings.size)
    settings = replace(settings, steps=60, seconds=None)
    steps = training.fit(settings.encoder((*settings.size, 1)), *data, settings=settings).steps.iloc[10:]
    waited, all_seconds = steps["waited"].sum(), steps["seconds"].iloc[-1] - steps["seconds"].iloc[0]
    return (
        waited / all_seconds,
        f"{1000 * steps['waited'].mean():.1f} ms of {1000 * all_seconds / len(steps):.0f} ms a step",
    )


def inference() -> list[tuple[str, float, str]]:
    """Compare ways to embed one image and sixty-four, and what ONNX Runtime answers with what Keras answers."""
    import onnxruntime

    images, table = prepared("in-domain", training.SIZE)
    encoder = encoders.lightweight_encoder((*training.SIZE, 1))
    encoders.embed(encoder, images[:64])
    exported = FOLDER / "encoder.onnx"
    encoder.export(exported, format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    ways = {
        "Model.predict": lambda some: encoder.predict(some, verbose=0),
        "compiled call": lambda some: encoder.predict_on_batch(some),
        "ONNX Runtime": lambda some: session.run(None, {name: some})[0],
    }
    rows = []
    for count in (1, 64):
        taken = {way: seconds_of(partial(answer, images[:count])) for way, answer in ways.items()}
        for way in list(ways)[1:]:
            told = f"{1000 * taken['Model.predict']:.2f} and {1000 * taken[way]:.2f} ms"
            rows.append(
                (f"{count} image{'s' * (count > 1)}: Model.predict / {way}", taken["Model.predict"] / taken[way], told)
            )
    by_keras, by_onnx = encoders.embed(encoder, images), ways["ONNX Runtime"](images)
    rates = [evaluation.equal_error_rates(training.score(some, table, ""))["skilled"] for some in (by_keras, by_onnx)]
    rows.append(
        (
            "largest difference of an embedding, ONNX Runtime and Keras",
            float(np.abs(by_keras - by_onnx).max()),
            f"skilled EER {rates[0]:.4f} and {rates[1]:.4f}",
        )
    )
    return rows


def search() -> pd.DataFrame:
    """Try what might carry over, one change at a time; the base has a quarter of the classroom's steps."""
    loss = training.CLASSROOM.loss
    base = {"steps": 500, "seconds": None, "train": lambda table: table["writer"].notna()}
    changed = {
        "loss: contrastive, balanced": {"loss": "contrastive", "class_weight": "balanced"},
        "loss: triplet": {"loss": "triplet"},
        "temperature 0.05": {"loss": partial(loss, temperature=0.05)},
        "temperature 0.2": {"loss": partial(loss, temperature=0.2)},
        "a forgery weighs 1": {"loss": partial(loss, forgery_weight=1.0)},
        "a forgery weighs 16": {"loss": partial(loss, forgery_weight=16.0)},
        "no forgeries in training": {"train": lambda table: table["kind"] == "genuine"},
        "P 12, K 2, F 2": {"writers": 12, "genuine": 2, "forged": 2},
        "P 4, K 6, F 6": {"writers": 4, "genuine": 6, "forged": 6},
        "P 12, K 4, F 4, half the steps": {"writers": 12, "steps": 250},
        "no augmentation": {"recipe": None},
        "all augmentation": {"recipe": lambda seed: augmentation.everything(seed, prepared=True)},
        "clean scans only": {"train": lambda table: table["domain"] == "clean"},
        "Latin only": {"train": lambda table: table["script"] == "latin"},
        "no invented scripts": {"train": lambda table: table["script"].isin(["latin", "paraph"])},
        "420 writers": {"train": in_class},
        "800 writers, 8 + 8 images of each": {"train": partial(first, 800)},
        "1,600 writers, 4 + 4 images of each": {"train": lambda table: table["sample"].astype(int) < 4},
        "learning rate 0.001": {"learning_rate": 1e-3},
        "learning rate 0.004": {"learning_rate": 4e-3},
        "48×96": {"size": (48, 96)},
        "64×128": {"size": (64, 128)},
        "attentive encoder": {"encoder": encoders.attentive_encoder},
        "residual encoder": {"encoder": partial(encoders.block_encoder, block="residual")},
        "ink keeps its aspect": {"fit": "aspect"},
        "four times the steps": {"steps": 2000},
    }
    lines = trials({name: base | changes for name, changes in changed.items()})
    return pd.concat([trials({"base": base}, seeds=(0, 1, 2)), lines], ignore_index=True)


PARTS = {
    "study": partial(preset, "STUDY"),
    "classroom": partial(preset, "CLASSROOM"),
    "untrained": untrained,
    "speed": speed,
    "encoders": encoders_compared,
    "losses": losses_compared,
    "folds": folds,
    "pairs": pairs,
    "search": search,
}


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}; all of them if left out.")] = None,
    in_place: Annotated[bool, typer.Option(help="Copy the tables to where chapters read them, for everyone.")] = False,
) -> None:
    """Measure into build/study: the verifier, its report, and a table for each part."""
    runtime.require_known("part", parts or PARTS, PARTS)
    FOLDER.mkdir(exist_ok=True)
    if not parts or len(parts) > 1:  # each in a process of its own, whose peak memory it is
        for part in parts or PARTS:
            subprocess.run([sys.executable, __file__, part, *["--in-place"] * in_place], check=True)
        return
    table = PARTS[parts[0]]().assign(measured=datetime.date.today().isoformat())
    for folder in [FOLDER, TABLES][: 1 + in_place]:
        folder.mkdir(exist_ok=True)
        with runtime.replace_atomically(folder / f"{parts[0]}.csv") as temporary:
            table.round(3).to_csv(temporary, index=False, lineterminator="\n")
    print(f"{parts[0]}\n{table.round(2).to_string(index=False)}")


if __name__ == "__main__":
    try:
        typer.run(main)
    except subprocess.CalledProcessError:
        sys.exit(1)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
