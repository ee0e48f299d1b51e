"""How fast signatures are written: images per CPU-second, PNG included, and what everything but drawing takes."""

import time

import cv2
import numpy as np

from deepsign_helpers.synthesis import forge, render, sample_writer


def test_a_core_writes_a_hundred_images_a_second_and_the_hand_takes_under_four_milliseconds():
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    writers = [sample_writer(rng) for _ in range(20)]
    start = time.process_time()
    traces = [trace for writer in writers for _ in range(5) for trace in (writer.sign(rng), forge(writer, rng))]
    moved = time.process_time()
    images = [render(trace, rng) for trace in traces]
    drawn = time.process_time()
    for image in images:
        cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    encoded = time.process_time()
    milliseconds = [1000 * taken / len(traces) for taken in (moved - start, drawn - moved, encoded - drawn)]
    print("\nms an image: hand {:.2f}, drawing {:.2f}, PNG {:.2f}".format(*milliseconds))
    print(f"images per CPU-second: {1000 / sum(milliseconds):.0f}")
    assert 1000 / sum(milliseconds) >= 100
    assert milliseconds[0] <= 4
