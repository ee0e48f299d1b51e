"""Measures what takes longer than a class: both presets, the search behind them, the comparisons of 04 and 05."""

import datetime
import os
import subprocess
import sys
import time
import unittest.mock
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Annotated

import joblib
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
import typer

from deepsign_helpers import (
    corpora,
    descriptor,
    encoders,
    evaluation,
    files,
    losses,
    pairing,
    plotting,
    preprocessing,
    runtime,
    synthesis,
    tables,
    training,
)

FOLDER = runtime.build_folder() / "study"
TABLES = runtime.data_folder() / "study"
HOME = {
    "scripts": ("latin", "invented", "hung", "paraph", "invented", "hung"),
    "domains": ("clean", "office", "phone"),
}
WRITTEN = {**HOME, "scripts": ("latin", "paraph")}
CORPORA = {  # writers, genuine and forged signatures of each, seed, and what they are drawn from
    "train": (2400, 8, 8, 300, HOME),
    # Chooses the weights and sets the threshold: forms that no training writer has met.
    "validation": (90, 12, 8, 302, {**WRITTEN, "domains": ("box",)}),
    "in-domain": (120, 12, 8, 401, WRITTEN),
    "unseen domain": (120, 12, 8, 402, {**WRITTEN, "domains": ("fax",)}),
    "unseen script": (120, 12, 8, 403, {**HOME, "scripts": ("devanagari",)}),
    # What a search is judged by is not what a preset is reported on: other writers, and for the domain another scanner.
    # The script is the same, since there is no third: no weight has met it, but the choice of settings has.
    "searched in-domain": (90, 12, 8, 301, WRITTEN),
    "searched unseen script": (90, 12, 8, 303, {**HOME, "scripts": ("devanagari",)}),
}
PLACES = ("in-domain", "unseen domain", "unseen script")
SEARCHED = dict(
    zip(PLACES, ("searched in-domain", "validation", "searched unseen script"), strict=True)
)
EQUAL_TIME = {
    "seconds": 30.0,
    "steps": 20_000,
}  # what is compared gets as many steps as half a minute allows
PRESETS = {"STUDY": training.STUDY, "CLASSROOM": training.CLASSROOM}
SIDE = 2048  # of the matrices whose product the arithmetic of training is compared with
STEP_AT_64 = "print(study.seconds_of(study.step_work(study.replace(study.training.CLASSROOM, size=(64, 128)))))"
ENCODERS = {"lightweight": encoders.lightweight_encoder, "hybrid": encoders.attentive_encoder}
ENCODERS |= {block: partial(encoders.block_encoder, block=block) for block in encoders.BLOCKS}
CLASS = 420  # writers of chapter 05: the first of the study's


@cache
def corpus(name: str) -> pd.DataFrame:
    """Return one of the corpora, written when it is asked for the first time; its name is its split."""
    folder = FOLDER / "corpora" / f"{name.replace(' ', '_')}_{joblib.hash(CORPORA[name])[:6]}"
    if not (folder / "manifest.csv").is_file():
        writers, genuine, forged, seed, drawn = CORPORA[name]
        with joblib.parallel_config(n_jobs=2):
            synthesis.write_corpus(
                folder, writers, genuine, forged, seed=seed, size=(128, 256), **drawn
            )
    table = corpora.load(folder)
    return table.assign(split=name, writer=f"{name} " + table["writer"])


def prepared(name: str, size: tuple[int, int], fit: str = "halfway") -> training.watch.Corpus:
    """Return images and table of one of the corpora; the images are kept for the next time."""
    table, kept = corpus(name), f"{name} {size[0]}x{size[1]} {fit}.npz".replace(" ", "_")
    with joblib.parallel_config(n_jobs=2):
        dtype = np.float16 if name == "train" else np.float32  # half the memory
        return preprocessing.prepare_all(table, size, FOLDER / "corpora" / kept, fit, dtype), table


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
    table = pd.concat(
        [corpus(split) for split in ("train", "validation", *PLACES)], ignore_index=True
    )
    table["split"] = table["split"].replace("in-domain", "test")
    if name == "CLASSROOM":
        table = table[(table["split"] != "train") | in_class(table)]
    folder = FOLDER if name == "STUDY" else FOLDER / name.lower()
    with joblib.parallel_config(n_jobs=2):
        history, scores = training.learn(table, folder, PRESETS[name])
    plotting.write_page(evaluation.reported(scores), folder / "report.html", "Generated signatures")
    return rates(scores.replace({"split": {"test": "in-domain"}})).assign(
        seconds=round(history.seconds), megabytes=round(peak_megabytes()), steps=len(history.steps)
    )


def rates(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the equal error rates (%) with their intervals, a row for each place and number of references."""
    rows = []
    for place in PLACES:
        for (references, model), part in scores[scores["split"] == place].groupby(
            ["references", "model"]
        ):
            row = {"model": model, "place": place, "references": references}
            for kind, rate in evaluation.equal_error_rates(part).items():
                row[kind] = 100 * rate
                row[f"{kind} from"], row[f"{kind} to"] = 100 * np.array(
                    evaluation.bootstrap_by_writer(part, kind=kind)
                )
            rows.append(row)
    return pd.DataFrame(rows).sort_values(["references", "place"], ascending=[False, True])


def untrained() -> pd.DataFrame:
    """Score what has learned nothing in all places: the descriptor, and encoders as they begin."""
    tables = []
    for place in PLACES:
        images, table = prepared(place, descriptor.DESCRIPTOR_SIZE, "aspect")
        described = np.stack([descriptor.gradient_descriptor(image) for image in images])
        tables.append(evaluation.score_by_protocols(described, table, "untrained descriptor"))
        for name, settings in PRESETS.items():
            vectors = encoders.embed(fresh(settings), prepared(place, settings.size)[0])
            tables.append(
                evaluation.score_by_protocols(vectors, table, f"untrained encoder, {name}")
            )
    return rates(pd.concat(tables, ignore_index=True))


def fresh(settings: training.Settings, seed: int = 0) -> keras.Model:
    """Return an encoder as it begins, always the same for a seed."""
    runtime.seed_everything(seed)
    return settings.encoder((*settings.size, 1))


def trials(wanted: Mapping[str, dict], seeds: tuple[int, ...] = (0,)) -> pd.DataFrame:
    """Train and judge lines of a search, one after the other, or as `joblib.parallel_config` spreads them.

    Parameters
    ----------
    wanted : for each name what is different: settings, and `fit` (of `prepare`), `train` (which rows of the table), or
        `optimizer` (for AdamW)
    """
    asked = [(name, changes, seed) for name, changes in wanted.items() for seed in seeds]
    rows = joblib.Parallel()(
        joblib.delayed(one_trial)(*one) for one in runtime.progress(asked, "trials")
    )
    return pd.DataFrame(rows)


def one_trial(name: str, changes: dict, seed: int) -> dict:
    """Train and judge one line of a search: skilled EER (%) in all places."""
    changes = {"fit": "halfway", "train": in_class, "optimizer": keras.optimizers.AdamW} | changes
    fit, wanted, optimizer = (changes.pop(one) for one in ("fit", "train", "optimizer"))
    settings = replace(training.CLASSROOM, **changes)
    train = prepared("train", settings.size, fit)
    places = {place: prepared(split, settings.size, fit) for place, split in SEARCHED.items()}
    began = time.process_time()
    with unittest.mock.patch.object(keras.optimizers, "AdamW", optimizer):
        found = training.trial(
            partial(fresh, settings, seed), some(train, wanted(train[1])), places, settings, seed
        )
    judged = {place: 100 * found[f"{place} skilled"] for place in PLACES}
    spent = {"seconds": found["seconds"], "CPU seconds": time.process_time() - began}
    return {"trial": name, **judged, **spent, "seed": seed}


def encoders_compared() -> pd.DataFrame:
    """Give every encoder of chapter 04 the same time: what it holds, costs and reaches."""
    costs = {}
    for name, make in ENCODERS.items():
        table = encoders.layer_table(make((*training.SIZE, 1)))
        settings = f"study.replace(study.training.CLASSROOM, encoder=study.ENCODERS[{name!r}])"
        code = f"print(study.seconds_of(study.step_work({settings})), study.peak_megabytes())"
        a_step, megabytes = alone(code)
        costs[name] = {
            "parameters": table["parameters"].sum(),
            "million MACs": table["macs"].sum() / 1e6,
        }
        costs[name] |= {"milliseconds a step": 1000 * a_step, "megabytes": megabytes}
    found = trials({name: EQUAL_TIME | {"encoder": make} for name, make in ENCODERS.items()})
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
    settings = replace(
        training.CLASSROOM, **EQUAL_TIME, loss="contrastive", class_weight="balanced"
    )
    images, table = prepared("train", settings.size)
    chosen = some((images, table), in_class(table))
    return training.cross_validate(partial(fresh, settings), *chosen, settings, n_splits=5).assign(
        seed=0
    )


def pairs() -> pd.DataFrame:
    """Train for equal seconds on all pairs of a batch, and on explicit pairs through two towers."""
    settings = replace(
        training.CLASSROOM, **EQUAL_TIME, loss="contrastive", class_weight="balanced"
    )
    data = prepared("train", settings.size)
    data = some(data, in_class(data[1]))
    places = {place: prepared(split, settings.size) for place, split in SEARCHED.items()}
    rows = {}
    for way, train in {"all pairs of a batch": all_pairs, "two towers": two_towers}.items():
        encoder = fresh(settings)
        compared, seconds = train(encoder, *data, settings)
        judged = {
            place: training.validation_scores(encoder, *corpus) for place, corpus in places.items()
        }
        found = {
            place: 100 * evaluation.equal_error_rates(scores)["skilled"]
            for place, scores in judged.items()
        }
        rows[way] = {"pairs a second": compared / seconds, **found, "seconds": seconds, "seed": 0}
    return pd.DataFrame(rows).T.rename_axis("way").reset_index()


def all_pairs(
    encoder: keras.Model, images: np.ndarray, table: pd.DataFrame, settings: training.Settings
) -> tuple[int, float]:
    """Train as the course does; return the number of pairs compared, and the seconds."""
    history = training.fit(encoder, images, table, settings=settings)
    rows, _ = training.rows_of_writers(table)
    _, identity = next(
        training.batches(images, table, rows, replace(settings, recipe=None), seed=0)
    )
    same, different = (np.asarray(mask) for mask in losses.pair_masks(identity))
    return int(np.triu(same | different).sum()) * len(history.steps), history.seconds


def two_towers(
    encoder: keras.Model, images: np.ndarray, table: pd.DataFrame, settings: training.Settings
) -> tuple[int, float]:
    """Train on explicit balanced pairs, as many images a step; return the number of pairs compared, and the seconds."""
    network, half = (
        encoders.siamese(encoder),
        settings.writers * (settings.genuine + settings.forged) // 2,
    )
    network.compile(
        keras.optimizers.AdamW(weight_decay=settings.weight_decay), loss=losses.pair_contrastive
    )
    row, chosen = (
        pd.Series(np.arange(len(table)), table["path"]),
        pairing.make_pairs(table.drop(columns="split")),
    )
    recipe, rng, steps = settings.recipe(0), np.random.default_rng(0), 0

    def fill():
        batch = chosen.iloc[rng.choice(len(chosen), half, replace=False)]
        sides = [
            images[row[batch[side]].to_numpy()].astype(np.float32) for side in ("left", "right")
        ]
        return [
            np.stack([recipe(image=image)["image"] for image in side]) for side in sides
        ], batch["label"].to_numpy()

    thread, started = (
        ThreadPoolExecutor(1),
        time.perf_counter(),
    )  # as `fit` does, fill the next batch meanwhile
    coming = thread.submit(fill)
    while (passed := (time.perf_counter() - started) / settings.seconds) < 1:
        network.optimizer.learning_rate = training.learning_rate_at(
            1 + int(999 * passed), 1000, settings
        )
        ready, coming = coming.result(), thread.submit(fill)
        network.train_on_batch(*ready)
        steps += 1
    thread.shutdown()
    return steps * half, time.perf_counter() - started


def speed() -> pd.DataFrame:
    """Measure how well two cores are used: each line is a ratio of two things timed in turn, in one run."""
    rows = []
    for name, settings in PRESETS.items():
        ratio, (a_step, product) = faster(step_work(settings), product_work())
        told = f"{step_operations(settings) / a_step / 1e9:.0f} of {2 * SIDE**3 / product / 1e9:.0f} GFLOP/s"
        ratio *= step_operations(settings) / (2 * SIDE**3)
        rows.append((f"{name}: arithmetic of a training step / matrix product", ratio, told))
        rows.append(
            (f"{name}: time in which a step waited for its batch / all", *idle_share(settings))
        )
    for switch, changed in {"mixed precision": {"half": True}, "XLA": {"xla": True}}.items():
        ratio, taken = faster(
            step_work(training.CLASSROOM, **changed), step_work(training.CLASSROOM)
        )
        rows.append(
            (f"CLASSROOM: steps a second with {switch} / without", ratio, milliseconds(*taken))
        )
    taken = [
        [alone(STEP_AT_64, TF_CPU_ALLOCATOR_USE_BFC=switch)[0] for switch in ("1", "0")]
        for _ in range(3)
    ]
    ours, theirs = np.median(taken, axis=0)
    what = "steps a second at 64×128, TensorFlow's allocator / the system's"
    rows.append((what, theirs / ours, milliseconds(ours, theirs)))
    return pd.DataFrame(rows + inference(), columns=["what", "ratio", "measured as"])


def milliseconds(*seconds: float) -> str:
    """Return two times as text."""
    return " and ".join(f"{1000 * some:.3g}" for some in seconds) + " ms"


def faster(ours: Callable, theirs: Callable, rounds: int = 7) -> tuple[float, np.ndarray]:
    """Time two pieces of work in turn; return the median of how many times as fast the first is, and both seconds."""
    taken = np.array([(seconds_of(ours, 5), seconds_of(theirs, 5)) for _ in range(rounds)])
    return float(np.median(taken[:, 1] / taken[:, 0])), np.median(taken, axis=0)


def seconds_of(work, repeats: int = 15) -> float:
    """Return the median seconds of a piece of work, after doing it twice for nothing."""
    taken = []
    for _ in range(repeats + 2):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken[2:]))


def alone(code: str, **environment: str) -> list[float]:
    """Run a line of Python that knows this module in a new process; return the numbers that it prints."""
    command = [sys.executable, "-c", f"from studies import parts as study; {code}"]
    asked = {"cwd": Path(__file__).parents[1], "env": os.environ | environment}
    return [
        float(word)
        for word in subprocess.run(command, capture_output=True, check=True, **asked).stdout.split()
    ]


def peak_megabytes() -> float:
    """Return the most memory that this process has held."""
    import resource  # Windows has none

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def product_work() -> Callable:
    """Return a plain float32 matrix product, to be timed."""
    left, right = map(tf.constant, np.random.default_rng(0).random((2, SIDE, SIDE), np.float32))
    return partial(tf.function(tf.linalg.matmul), left, right)


def step_operations(settings: training.Settings) -> float:
    """Return the floating-point operations of a training step: forward, and twice as many backward."""
    macs = encoders.layer_table(settings.encoder((*settings.size, 1)))["macs"].sum()
    return 2 * 3 * macs * settings.writers * (settings.genuine + settings.forged)


def step_work(settings: training.Settings, half: bool = False, xla: bool = False) -> Callable:
    """Return a training step, in mixed precision and compiled by XLA or not, to be timed."""
    encoder = settings.encoder((*settings.size, 1))
    step = training.compile_step(
        encoder, keras.optimizers.AdamW(), losses.supervised_contrastive, xla
    )
    a_writer = [1] * settings.genuine + [0] * settings.forged
    identity = np.array(
        [(writer, genuine) for writer in range(settings.writers) for genuine in a_writer], np.int32
    )
    images = np.random.default_rng(0).random((len(identity), *settings.size, 1), np.float32)
    with training.step.while_training(encoder, half):
        step(images, identity)  # compiled now
    return partial(step, images, identity)


def idle_share(settings: training.Settings) -> tuple[float, str]:
    """Return the share of a training in which a step waited for its batch, and what that was measured on."""
    data = prepared("validation", settings.size)
    settings = replace(settings, steps=60, seconds=None)
    steps = training.fit(
        settings.encoder((*settings.size, 1)), *data, settings=settings
    ).steps.iloc[10:]
    waited, all_seconds = (
        steps["waited"].sum(),
        steps["seconds"].iloc[-1] - steps["seconds"].iloc[0],
    )
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
            what, told = (
                f"{count} at once: Model.predict / {way}",
                milliseconds(taken["Model.predict"], taken[way]),
            )
            rows.append((what, taken["Model.predict"] / taken[way], told))
    by_keras, by_onnx = encoders.embed(encoder, images), ways["ONNX Runtime"](images)
    rates = [
        evaluation.equal_error_rates(evaluation.score_by_protocols(some, table, ""))["skilled"]
        for some in (by_keras, by_onnx)
    ]
    rows.append(
        (
            "largest difference of an embedding, ONNX Runtime and Keras",
            float(np.abs(by_keras - by_onnx).max()),
            f"{np.abs(by_keras - by_onnx).max():.0e}; skilled EER {rates[0]:.4f} and {rates[1]:.4f}",
        )
    )
    return rows


def resized_encoder(
    shape: tuple[int, int, int],
    widths: tuple[int, ...] = (32, 32, 64, 64, 128, 128),
    numbers: int = 128,
) -> keras.Model:
    """Return the lightweight encoder with other widths of its convolutions, or more or fewer numbers in the end."""
    x = inputs = keras.Input(shape)
    for number, filters in enumerate(widths, start=1):
        x = encoders.convolution(x, filters, f"conv_{number}", pool=number % 2 == 1)
    x = keras.layers.Dense(numbers, use_bias=False)(keras.layers.GlobalAveragePooling2D()(x))
    x = keras.layers.BatchNormalization(momentum=encoders.NORM_MOMENTUM)(x)
    return keras.Model(inputs, keras.layers.UnitNormalization(dtype="float32")(x))


BASE = {
    "steps": 500,
    "seconds": None,
    "train": lambda table: table["writer"].notna(),
}  # a third of the classroom's
LOSS = training.CLASSROOM.loss
BALANCED = {pairing.SAME: 5.2, pairing.DIFFERENT: 0.55}  # in a batch of the base
SEARCH = {  # what is different from the base, one thing at a time
    "contrastive loss, balanced": {"loss": "contrastive", "class_weight": "balanced"},
    "contrastive loss, balanced, margin 1.3 for 1.0": {
        "loss": partial(losses.contrastive, different_margin=1.3, class_weight=BALANCED)
    },
    "triplet loss, margin 0.3": {"loss": "triplet"},
    "triplet loss, margin 0.1": {"loss": partial(losses.triplet, margin=0.1)},
    "temperature 0.05": {"loss": partial(LOSS, temperature=0.05)},
    "temperature 0.2": {"loss": partial(LOSS, temperature=0.2)},
    "a forgery weighs 1": {"loss": partial(LOSS, forgery_weight=1.0)},
    "a forgery weighs 16": {"loss": partial(LOSS, forgery_weight=16.0)},
    "no forgeries in training": {"train": lambda table: table["kind"] == "genuine"},
    "P 12, K 2, F 2": {"writers": 12, "genuine": 2, "forged": 2},
    "P 4, K 6, F 6": {"writers": 4, "genuine": 6, "forged": 6},
    "P 12, K 4, F 4, half the steps": {"writers": 12, "steps": 250},
    "no augmentation": {"recipe": None},
    "all augmentation": {"recipe": training.STUDY.recipe},
    "clean scans only, a third of the images": {"train": lambda table: table["domain"] == "clean"},
    "a third of the images, all scanners": {
        "train": lambda table: table["sample"].astype(int) % 3 == 0
    },
    "Latin only, a sixth of the writers": {"train": lambda table: table["script"] == "latin"},
    "a sixth of the writers, all scripts": {"train": partial(first, 400)},
    "no invented scripts, a third of the writers": {
        "train": lambda table: table["script"].isin(["latin", "paraph"])
    },
    "half the writers": {"train": partial(first, 1200)},
    "half the images of each writer": {"train": lambda table: table["sample"].astype(int) % 2 == 0},
    "learning rate 0.001": {"learning_rate": 1e-3},
    "learning rate 0.004": {"learning_rate": 4e-3},
    "weights averaged over some 50 steps": {
        "optimizer": partial(
            keras.optimizers.AdamW, use_ema=True, ema_momentum=0.98, ema_overwrite_frequency=500
        )
    },
    "48×96": {"size": (48, 96)},
    "64×128": {"size": (64, 128)},
    "half the width": {"encoder": partial(resized_encoder, widths=(16, 16, 32, 32, 64, 64))},
    "one and a half times the width": {
        "encoder": partial(resized_encoder, widths=(48, 48, 96, 96, 192, 192))
    },
    "an embedding of 32 numbers": {"encoder": partial(resized_encoder, numbers=32)},
    "an embedding of 512 numbers": {"encoder": partial(resized_encoder, numbers=512)},
    "hybrid encoder": {"encoder": encoders.attentive_encoder},
    "residual encoder": {"encoder": ENCODERS["residual"]},
    "ink keeps its aspect": {"fit": "aspect"},
    "four times the steps": {"steps": 2000},
}


def search() -> pd.DataFrame:
    """Try what might carry over, one change at a time, and other ways to compare five references with a signature."""
    settings = replace(training.CLASSROOM, steps=BASE["steps"], seconds=None)
    encoder, scored = fresh(settings), []
    training.fit(encoder, *prepared("train", settings.size), settings=settings)
    for fusion in evaluation.scoring.FUSIONS:
        line = {"trial": f"base, references fused by {fusion}", "seed": 0}
        for place, split in SEARCHED.items():
            images, table = prepared(split, settings.size)
            rates = evaluation.equal_error_rates(
                evaluation.score_table(encoders.embed(encoder, images), table, 5, fusion)
            )
            line[place] = 100 * rates["skilled"]
        scored.append(line)
    lines = trials({name: BASE | changes for name, changes in SEARCH.items()})
    return pd.concat(
        [trials({"base": BASE}, seeds=(0, 1, 2)), lines, pd.DataFrame(scored)], ignore_index=True
    )


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
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}; all of them if left out.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option(help="Copy the tables to where chapters read them, for everyone.")
    ] = False,
) -> None:
    """Measure into build/study: the verifier, its report, and a table for each part."""
    tables.require_known("part", parts or PARTS, PARTS)
    FOLDER.mkdir(exist_ok=True)
    if not parts or len(parts) > 1:  # each in a process of its own, whose peak memory it is
        for part in parts or PARTS:
            subprocess.run(
                [sys.executable, "-m", "studies", part, *["--in-place"] * in_place], check=True
            )
        return
    started = time.perf_counter()
    table = PARTS[parts[0]]()
    facts = {
        "seconds": round(time.perf_counter() - started),
        "seed": 0,
        "cores": joblib.cpu_count(),
    }
    facts = {name: fact for name, fact in facts.items() if name not in table}
    table = table.assign(**facts, measured=datetime.date.today().isoformat())
    for folder in [FOLDER, TABLES][: 1 + in_place]:
        folder.mkdir(exist_ok=True)
        with files.replace_atomically(folder / f"{parts[0]}.csv") as temporary:
            table.round(3).to_csv(temporary, index=False, lineterminator="\n")
    print(f"{parts[0]}\n{table.round(2).to_string(index=False)}")


def run() -> None:
    """Run the command line; an error is one sentence."""
    try:
        typer.run(main)
    except subprocess.CalledProcessError:
        sys.exit(1)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
