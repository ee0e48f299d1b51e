"""How many scans of 350×580 pixels `prepare` turns into 128×256 in a second of one core's time."""

import time

import cv2
import numpy as np

from deepsign_helpers import preprocessing

LEAST_PER_SECOND = 150


def scan(seed: int) -> np.ndarray:
    """Draw a tilted signature on shaded, grainy paper, with dust: no stage returns early."""
    rng = np.random.default_rng(seed)
    time_along = np.linspace(0, 1, 300)
    turn = 2 * np.pi * rng.uniform(4, 9) * time_along
    x = 580 * (0.15 + 0.65 * time_along) + 20 * np.sin(turn)
    height_in_line = 0.45 + 0.15 * np.cos(turn) * np.sin(5 * time_along)
    y = 350 * height_in_line + rng.uniform(-40, 60) * time_along
    page = np.full((350, 580), 255, np.uint8)
    line = np.stack([x, y], axis=1).astype(np.int32)
    cv2.polylines(page, [line], False, 40, 4, cv2.LINE_AA)
    cv2.circle(page, (560, 335), 2, 30, -1)
    light = np.outer(np.linspace(0.95, 0.75, 350), np.linspace(0.85, 1, 580))
    return np.clip(page * light + rng.normal(0, 4, page.shape), 0, 255).astype(np.uint8)


def test_prepare_handles_150_scans_in_a_second_of_processor_time():
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    scans = [scan(seed) for seed in range(20)]
    preprocessing.prepare(scans[0])
    count = 0
    start = time.process_time()
    while time.process_time() - start < 2:
        for image in scans:
            preprocessing.prepare(image)
        count += len(scans)
    per_second = count / (time.process_time() - start)
    cv2.setNumThreads(threads)
    print(f"\nprepare: {per_second:.0f} images per CPU-second")
    assert per_second >= LEAST_PER_SECOND
