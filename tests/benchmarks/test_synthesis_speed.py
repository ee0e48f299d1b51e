"""How fast signatures are written: the hand, each domain, PNG included, and two workers."""

import time

import cv2
import joblib
import numpy as np
import pytest

from deepsign_helpers import synthesis
from deepsign_helpers.synthesis.corpus import PNG

WRITERS_A_SCRIPT = 10
SIGNATURES_A_WRITER = 5  # and as many forgeries


@pytest.fixture(scope="module")
def traces():
    """Return 500 traces, half of them forged, and the milliseconds of CPU that one took."""
    rng = np.random.default_rng(0)
    writers = []
    for script in synthesis.SCRIPTS:
        writers += [synthesis.sample_writer(rng, script) for _ in range(WRITERS_A_SCRIPT)]
    start = time.process_time()
    moved = []
    for writer in writers:
        for _ in range(SIGNATURES_A_WRITER):
            moved.append(writer.sign(rng))
            moved.append(synthesis.forge(writer, rng))
    return moved, 1000 * (time.process_time() - start) / len(moved)


def test_the_hand_takes_under_four_milliseconds(traces):
    _, milliseconds = traces
    print(f"\nms a trace, deviation of the forged half included: {milliseconds:.2f}")
    assert milliseconds <= 4


@pytest.mark.parametrize("domain", synthesis.DOMAINS)
def test_images_a_second_of_one_core(traces, domain):
    moved, hand = traces
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    start = time.process_time()
    images = [synthesis.render(trace, rng, domain=domain) for trace in moved]
    drawn = time.process_time()
    for image in images:
        cv2.imencode(".png", image, PNG)
    encoded = time.process_time()

    drawing = 1000 * (drawn - start) / len(images)  # ms an image, as all that follow
    encoding = 1000 * (encoded - drawn) / len(images)
    rate = 1000 / (hand + drawing + encoding)
    print(f"\n{domain}: ms an image: drawing and scanning {drawing:.2f}, PNG {encoding:.2f};")
    print(f"{rate:.0f} images per CPU-second, the hand included")
    assert rate >= (100 if domain == "clean" else 40)


def test_two_workers_write_nearly_twice_as_fast_as_one(tmp_path):
    seconds = {1: [], 2: []}
    for turn, workers in enumerate((1, 2, 1, 2)):
        with joblib.parallel_config(n_jobs=workers):
            # Or one worker takes both cores.
            joblib.Parallel()(joblib.delayed(cv2.setNumThreads)(1) for _ in range(8))
            start = time.perf_counter()
            table = synthesis.write_corpus(tmp_path / str(turn), writers=100)
        seconds[workers].append(time.perf_counter() - start)
    one = len(table) / min(seconds[1])
    two = len(table) / min(seconds[2])
    print(
        f"\nimages a second: {one:.0f} with one worker, {two:.0f} with two: {two / one:.2f} times"
    )
    assert two >= 1.8 * one
