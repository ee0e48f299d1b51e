"""How fast signatures are written: the hand, each domain, PNG included, and two workers beside one."""

import time

import cv2
import joblib
import numpy as np
import pytest

from deepsign_helpers import synthesis
from deepsign_helpers.synthesis.corpus import PNG


@pytest.fixture(scope="module")
def traces():
    """Return 300 traces, half of them forged, and the milliseconds of CPU that one took."""
    rng = np.random.default_rng(0)
    writers = [
        synthesis.sample_writer(rng, script) for script in synthesis.SCRIPTS for _ in range(10)
    ]
    start = time.process_time()
    moved = [
        trace
        for one in writers
        for _ in range(5)
        for trace in (one.sign(rng), synthesis.forge(one, rng))
    ]
    return moved, 1000 * (time.process_time() - start) / len(moved)


def test_the_hand_takes_under_four_milliseconds(traces):
    print(f"\nms a trace, deviation of the forged half included: {traces[1]:.2f}")
    assert traces[1] <= 4


@pytest.mark.parametrize("domain", synthesis.DOMAINS)
def test_images_a_second_of_one_core(traces, domain):
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    start = time.process_time()
    images = [synthesis.render(trace, rng, domain=domain) for trace in traces[0]]
    drawn = time.process_time()
    for image in images:
        cv2.imencode(".png", image, PNG)
    encoded = time.process_time()
    milliseconds = [1000 * taken / len(images) for taken in (drawn - start, encoded - drawn)]
    rate = 1000 / (sum(milliseconds) + traces[1])
    print(
        "\n{}: ms an image: drawing and scanning {:.2f}, PNG {:.2f};".format(domain, *milliseconds),
        end=" ",
    )
    print(f"{rate:.0f} images per CPU-second, the hand included")
    assert domain != "clean" or rate >= 100


def test_two_workers_write_nearly_twice_as_fast_as_one(tmp_path):
    seconds = {}
    for turn, workers in enumerate((1, 2, 1, 2)):
        with joblib.parallel_config(n_jobs=workers):
            joblib.Parallel()(
                joblib.delayed(cv2.setNumThreads)(1) for _ in range(8)
            )  # or one worker takes both cores
            start = time.perf_counter()
            table = synthesis.write_corpus(tmp_path / str(turn), writers=100)
        seconds[workers] = min(time.perf_counter() - start, seconds.get(workers, np.inf))
    rates = {workers: len(table) / taken for workers, taken in seconds.items()}
    print(
        f"\nimages a second: {rates[1]:.0f} with one worker, {rates[2]:.0f} with two: {rates[2] / rates[1]:.2f} times"
    )
    assert rates[2] >= 1.8 * rates[1]
