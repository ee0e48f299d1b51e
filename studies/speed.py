"""How well two cores are used: each line is a ratio of two things timed in turn, in one run."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from deepsign_helpers import encoders, evaluation, training
from deepsign_helpers.training.learn import untrained_encoder
from studies import corpora
from studies.presets import PRESETS
from studies.timing import in_turn, milliseconds, seconds_of, time_one_step

SIDE = 2048  # of the matrices whose product the arithmetic of training is compared with
LARGER = (64, 128)  # pixels, where the allocator has more to do
PROCESSES_EACH = 3  # that time a step with either allocator
IDLE_STEPS = 50
NOT_COUNTED = 10  # before these, while TensorFlow compiles and warms up


@dataclass(frozen=True)
class Measured:
    """One line of the table.

    Attributes
    ----------
    what : str
        What is divided by what.
    ratio : float
    measured_as : str
        The two numbers, with their units.
    """

    what: str
    ratio: float
    measured_as: str


def speed() -> pd.DataFrame:
    """Measure training steps, their switches, the allocator and inference."""
    lines = []
    for name, settings in PRESETS.items():
        lines.append(arithmetic(name, settings))
        lines.append(waiting(name, settings))
    lines.append(switched("mixed precision", replace(training.CLASSROOM, mixed_precision=True)))
    lines.append(switched("XLA", replace(training.CLASSROOM, jit_compile=True)))
    lines.append(allocators())
    lines += inference()
    table = pd.DataFrame(lines)
    return table.rename(columns={"measured_as": "measured as"})


def arithmetic(name: str, settings: training.Settings) -> Measured:
    """Compare the arithmetic rate of a training step with that of a plain matrix product."""
    ratio, (step_seconds, product_seconds) = in_turn(step_work(settings), product_work())
    in_step = step_operations(settings)
    in_product = 2 * SIDE**3
    step_rate = in_step / step_seconds / 1e9
    product_rate = in_product / product_seconds / 1e9
    return Measured(
        what=f"{name}: arithmetic of a training step / matrix product",
        ratio=ratio * in_step / in_product,
        measured_as=f"{step_rate:.0f} of {product_rate:.0f} GFLOP/s",
    )


def waiting(name: str, settings: training.Settings) -> Measured:
    """Measure the share of a training in which a step waited for its batch.

    `fit` takes its batches out of sight. Here they are taken by hand, and `next` is clocked.
    """
    data = corpora.prepared("validation", settings.size)
    batches = iter(training.dataset((data.images, data.table), settings))
    learner = compiled_learner(settings)
    for _ in range(NOT_COUNTED):
        take_step(learner, next(batches))
    waited = 0.0
    started = time.perf_counter()
    for _ in range(IDLE_STEPS):
        asked = time.perf_counter()
        batch = next(batches)
        waited += time.perf_counter() - asked
        take_step(learner, batch)
    all_seconds = time.perf_counter() - started
    waited_a_step = 1000 * waited / IDLE_STEPS
    a_step = 1000 * all_seconds / IDLE_STEPS
    return Measured(
        what=f"{name}: time in which a step waited for its batch / all",
        ratio=waited / all_seconds,
        measured_as=f"{waited_a_step:.1f} ms of {a_step:.0f} ms a step",
    )


def switched(switch: str, settings: training.Settings) -> Measured:
    """Compare a step of the classroom with a switch and without."""
    ratio, seconds = in_turn(step_work(settings), step_work(training.CLASSROOM))
    what = f"CLASSROOM: steps a second with {switch} / without"
    return Measured(what, ratio, milliseconds(*seconds))


def allocators() -> Measured:
    """Compare a step with TensorFlow's allocator and with the system's, processes in turn."""
    ours = []
    theirs = []
    for _ in range(PROCESSES_EACH):
        ours.append(time_one_step(size=LARGER, TF_CPU_ALLOCATOR_USE_BFC="1")[0])
        theirs.append(time_one_step(size=LARGER, TF_CPU_ALLOCATOR_USE_BFC="0")[0])
    our_seconds = float(np.median(ours))
    their_seconds = float(np.median(theirs))
    return Measured(
        what="steps a second at 64×128, TensorFlow's allocator / the system's",
        ratio=their_seconds / our_seconds,
        measured_as=milliseconds(our_seconds, their_seconds),
    )


def product_work() -> Callable:
    """Return a plain float32 matrix product, to be timed."""
    left, right = np.random.default_rng(0).random((2, SIDE, SIDE), np.float32)
    multiply = tf.function(tf.linalg.matmul)
    return partial(multiply, tf.constant(left), tf.constant(right))


def step_operations(settings: training.Settings) -> float:
    """Return the floating-point operations of a training step.

    Forward they are two a multiplication with addition, and backward twice as many.
    """
    macs = encoders.layer_table(settings.encoder((*settings.size, 1)))["macs"].sum()
    images = settings.writers * (settings.genuine + settings.forged)
    return 2 * 3 * macs * images


def compiled_learner(settings: training.Settings) -> training.Learner:
    """Return a learner with an untrained encoder, compiled as the settings ask for."""
    learner = training.Learner(untrained_encoder(settings))
    learner.compile(
        optimizer=settings.optimizer(settings.learning_rate, weight_decay=settings.weight_decay),
        loss=settings.loss,
        jit_compile=settings.jit_compile,
    )
    return learner


def take_step(learner: training.Learner, batch: tuple) -> float:
    """Take one step of `fit` on a batch that is ready; return the loss.

    `train_on_batch` would add sample weights to the batch, which the learner does not know.
    """
    learner.make_train_function()
    logs = learner.train_function(iter([batch]))
    return float(logs["loss"])  # waits until the step is done


def step_work(settings: training.Settings) -> Callable:
    """Return a training step on a batch that is ready, to be timed."""
    identity = []
    for writer in range(settings.writers):
        identity += [(writer, 1)] * settings.genuine
        identity += [(writer, 0)] * settings.forged
    identity = np.array(identity, np.int32)  # (images, 2)
    images = np.random.default_rng(0).random((len(identity), *settings.size, 1), np.float32)
    return partial(take_step, compiled_learner(settings), (images, identity))


def inference() -> list[Measured]:
    """Compare ways to embed one image and sixty-four, and ONNX Runtime's answer with Keras's."""
    data = corpora.prepared("in-domain", training.SIZE)
    encoder = encoders.lightweight_encoder((*training.SIZE, 1))
    encoders.embed(encoder, data.images[:64])
    by_onnx = onnx_runtime(encoder)
    ways = {
        "compiled call": encoder.predict_on_batch,
        "ONNX Runtime": by_onnx,
    }
    lines = []
    for count in (1, 64):
        batch = data.images[:count]
        keras_seconds = seconds_of(partial(encoder.predict, batch, verbose=0))
        for way, answer in ways.items():
            seconds = seconds_of(partial(answer, batch))
            line = Measured(
                what=f"{count} at once: Model.predict / {way}",
                ratio=keras_seconds / seconds,
                measured_as=milliseconds(keras_seconds, seconds),
            )
            lines.append(line)
    keras_vectors = encoders.embed(encoder, data.images)
    onnx_vectors = by_onnx(data.images)
    difference = float(np.abs(keras_vectors - onnx_vectors).max())
    keras_rate = skilled_rate(keras_vectors, data.table)
    onnx_rate = skilled_rate(onnx_vectors, data.table)
    line = Measured(
        what="largest difference of an embedding, ONNX Runtime and Keras",
        ratio=difference,
        measured_as=f"{difference:.0e}; skilled EER {keras_rate:.4f} and {onnx_rate:.4f}",
    )
    return [*lines, line]


def onnx_runtime(encoder: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Export an encoder; return what embeds images with it in ONNX Runtime."""
    import onnxruntime

    exported = corpora.FOLDER / "encoder.onnx"
    encoder.export(exported, format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def embed(images: np.ndarray) -> np.ndarray:
        return session.run(None, {name: images})[0]

    return embed


def skilled_rate(vectors: np.ndarray, table: pd.DataFrame) -> float:
    """Return the equal error rate, in [0, 1], among skilled forgeries."""
    scores = evaluation.score_by_protocols(vectors, table, model="")
    return evaluation.equal_error_rates(scores)["skilled"]
