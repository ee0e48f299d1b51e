"""A verification by encoder and strokes: how long it takes, and what a scan may change of it."""

import time
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import runtime, strokes, synthesis
from deepsign_helpers.synthesis.ink import sample_pen
from deepsign_helpers.verifier import Verifier

WRITERS = 24
REFERENCES = 5
MOST_ENROLLED = 0.1  # seconds of processor time, once the references are known
MOST_COLD = 0.25
# Of what separates a skilled forgery from a genuine signature.
MOST_MOVED = 1 / 3


@pytest.fixture(scope="module")
def verifier():
    """The verifier that chapter 08 leaves, or the studies."""
    for folder in ("classroom", "study/classroom"):
        try:
            found = Verifier.load(runtime.build_folder() / folder)
        except (FileNotFoundError, ValueError):
            continue
        if found.fusion is not None:
            return found
    pytest.skip("no verifier of encoder and strokes; run chapter 08, or make study PART=classroom")


def seconds_of(work) -> float:
    """Return the processor time of some work: the median of 15 times, after once for nothing."""
    work()
    spent = []
    for _ in range(15):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return float(np.median(spent))


def test_a_verification_takes_a_tenth_of_a_second_once_the_references_are_known(verifier):
    rng = np.random.default_rng(3)
    writer = synthesis.sample_writer(rng)
    pages = [synthesis.render(writer.sign(rng), rng) for _ in range(REFERENCES + 1)]
    *known, questioned = pages
    enrolled = verifier.enrol(known)
    first, second = (strokes.trace_line(page) for page in pages[:2])
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    found = {
        "line": seconds_of(lambda: strokes.trace_line(questioned)),
        "laying": seconds_of(lambda: strokes.lay(first, second)),
        "one comparison": seconds_of(lambda: strokes.signals(first, second)),
        "verification, references known": seconds_of(lambda: verifier.verify(enrolled, questioned)),
        "verification, five references": seconds_of(lambda: verifier.verify(known, questioned)),
    }
    cv2.setNumThreads(threads)
    print()
    for what, seconds in found.items():
        print(f"{what}: {1000 * seconds:.1f} ms of processor time")
    assert found["verification, references known"] <= MOST_ENROLLED
    assert found["verification, five references"] <= MOST_COLD


def turned(page: np.ndarray, degrees: float) -> np.ndarray:
    """Return a page that lay askew, all of it in the picture."""
    page = cv2.copyMakeBorder(page, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(page, matrix, (width, height), borderValue=255)


def cropped(page: np.ndarray) -> np.ndarray:
    """Return a page cut to the box of its ink, with three pixels of paper."""
    x, y, width, height = cv2.boundingRect((page < 200).astype(np.uint8))
    return page[max(0, y - 3) : y + height + 3, max(0, x - 3) : x + width + 3]


def fainter(page: np.ndarray, share: float) -> np.ndarray:
    """Return a page of which only a share of the contrast is left."""
    return (255 - share * (255.0 - page)).round().astype(np.uint8)


def scaled(page: np.ndarray, factor: float) -> np.ndarray:
    """Return a page that was scanned at another resolution."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(page, None, fx=factor, fy=factor, interpolation=how)


def changed(trace, pen, seed) -> dict[str, np.ndarray]:
    """Return pages of one signature: as it was, and after all that may happen to it."""

    def drawn(factor: float) -> np.ndarray:
        wider = replace(pen, width=factor * pen.width)
        return synthesis.render(trace, np.random.default_rng(seed), pen=wider)

    page = drawn(1.0)
    return {
        "as it was": page,
        "turned by 3°": turned(page, 3),
        "turned by 6°": turned(page, 6),
        "turned by 12°": turned(page, -12),
        "half the size": scaled(page, 0.5),
        "twice the size": scaled(page, 2),
        "a pen half as thick again": drawn(1.5),
        "a pen two thirds as thick": drawn(1 / 1.5),
        "60 % of the contrast": fainter(page, 0.6),
        "35 % of the contrast": fainter(page, 0.35),
        "cropped margins": cropped(page),
    }


def test_no_scan_moves_a_score_by_a_third_of_what_a_skilled_forgery_does(verifier):
    rows = []
    for number in range(WRITERS):
        rng = np.random.default_rng([number, 44])
        writer = synthesis.sample_writer(rng)
        pen = sample_pen(rng)
        known = [synthesis.render(writer.sign(rng), rng, pen=pen) for _ in range(REFERENCES)]
        enrolled = verifier.enrol(known)
        pages = changed(writer.sign(rng), pen, seed=[number, 45])
        pages["a skilled forgery"] = synthesis.render(synthesis.forge(writer, rng), rng, pen=pen)
        rows.append({name: verifier.verify(enrolled, page).score for name, page in pages.items()})
    scores = pd.DataFrame(rows)
    moved = scores.sub(scores["as it was"], axis=0).drop(columns="as it was")
    fall = -moved.pop("a skilled forgery").mean()
    shares = pd.DataFrame({"mean": moved.mean() / fall, "either way": moved.abs().mean() / fall})
    print(f"\nA skilled forgery's fall: {fall:.2f} spreads; shares of it:\n{shares.round(2)}")
    assert (shares["mean"].abs() <= MOST_MOVED).all()
