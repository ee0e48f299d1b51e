"""Exercises of chapter 02: how far to vary, grain that does not wrap round, and copies for training writers only."""

import numpy as np
import pandas as pd

from deepsign_helpers.exercises.tutor import Exercise


def widest_range(
    degrees: np.ndarray, moved: np.ndarray, genuine: np.ndarray, forged: np.ndarray
) -> float:
    """Return the largest of the turns tried that moves a signature no further than its writer does; 0 if none.

    degrees : the turns that were tried, rising; moved : the median distance that each moves a signature
    genuine : distances between two genuine signatures of a writer; forged : between a genuine one and a forgery of it
    """
    harmless = degrees[moved <= np.median(genuine)]
    return float(harmless.max(initial=0))


def range_up_to_the_forger(degrees, moved, genuine, forged):
    """This range reaches as far as a forger does. An encoder trained on it learns that a forgery's distance means "the
    same hand". The mark to stay under is the writer's own variation.
    """
    return widest_range(degrees, moved, forged, genuine)


def range_one_too_far(degrees, moved, genuine, forged):
    """This is the first turn that moves a signature *too* far; the largest that does not is one before it."""
    return float(degrees[min(np.sum(moved <= np.median(genuine)), len(degrees) - 1)])


def range_by_the_worst_pair(degrees, moved, genuine, forged):
    """One odd couple decides: the mark is the largest genuine distance. A single careless signature would allow any
    range; the median is what the writer does on a usual day.
    """
    return widest_range(degrees, moved, np.array([genuine.max()]), forged)


def doses() -> dict[str, tuple]:
    degrees = np.array([1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0])
    moved = np.array([0.2, 0.35, 0.55, 0.68, 0.79, 0.95, 1.1])
    rng = np.random.default_rng(5)
    genuine, forged = rng.normal(0.7, 0.02, 41), rng.normal(0.85, 0.02, 41)
    genuine[0] = 5  # the odd couple
    return {
        "a writer of usual spread": (degrees, moved, genuine, forged),
        "a writer who hardly varies": (degrees, moved, genuine - 0.3, forged - 0.3),
        "a writer like a stamp": (degrees, moved, genuine - 0.6, forged - 0.3),
    }


def with_grain(scan: np.ndarray, spread: float, seed: int) -> np.ndarray:
    """Return a scan with grain: normal noise added to each pixel, uint8 (height, width), from 0 to 255.

    spread : standard deviation of the noise in grey levels
    seed : of the generator `np.random.default_rng`, so that the same seed gives the same grain
    """
    noise = np.random.default_rng(seed).normal(0, spread, scan.shape)
    return np.clip(np.round(scan + noise), 0, 255).astype(np.uint8)


def grain_that_wraps(scan, spread, seed):
    """White paper has got black specks: 255 and a little more does not fit into 8 bits and starts again at 0. Cut the
    values off at 0 and 255 before you turn them into uint8.
    """
    noise = np.random.default_rng(seed).normal(0, spread, scan.shape)
    return np.round(scan + noise).astype(np.int64).astype(np.uint8)


def grain_without_the_seed(scan, spread, seed):
    """Every seed gives the same grain: the generator is not made from the seed that was given. An encoder would see one
    and the same noise in each epoch.
    """
    return with_grain(scan, spread, 0)


def grain_as_numbers(scan, spread, seed):
    """Two pixels of one row always have the same noise: it was drawn once a row. Ask for as many numbers as the scan
    has pixels.
    """
    noise = np.random.default_rng(seed).normal(0, spread, (len(scan), 1))
    return np.clip(np.round(scan + noise), 0, 255).astype(np.uint8)


def papers() -> dict[str, tuple]:
    paper = np.full((6, 8), 255, np.uint8)
    paper[2:4, 1:6] = 2
    return {
        "white paper with ink": (paper, 40.0, 3),
        "the same, with another seed": (paper, 40.0, 8),
    }


def training_copies(table: pd.DataFrame, copies: int) -> list[str]:
    """Return each path of a training writer `copies` times in a row, every other path once, in the table's order.

    table : columns path, writer, split ("train", "validation" or "test")
    copies : how often a path of a training writer stands in the list
    """
    often = np.where(table["split"] == "train", copies, 1)
    return np.repeat(table["path"], often).tolist()


def copies_of_everything(table, copies):
    """Test writers are varied too. The test then asks how well the verifier does on *our* variations, and eight copies
    of one signature count as eight signatures.
    """
    return np.repeat(table["path"], copies).tolist()


def copies_and_nothing_else(table, copies):
    """The validation and test writers are gone. They are not varied, but they are still needed."""
    return np.repeat(table.loc[table["split"] == "train", "path"], copies).tolist()


def copies_for_validation_too(table, copies):
    """Validation writers are varied as well. They choose the weights and the threshold, so they must look as the test
    writers will: like scans.
    """
    return np.repeat(table["path"], np.where(table["split"] == "test", 1, copies)).tolist()


def split_tables() -> dict[str, tuple]:
    splits = ["train", "test", "train", "validation", "train"]
    rows = [
        (f"{writer}/{sample}.png", f"w{writer}", splits[writer])
        for writer in range(5)
        for sample in range(2)
    ]
    table = pd.DataFrame(rows, columns=["path", "writer", "split"])
    return {
        "five writers, three copies": (table, 3),
        "two writers, eight copies": (table.iloc[:4], 8),
    }


EXERCISES = {
    "2.1": Exercise(
        title="How far may you turn it?",
        solution=widest_range,
        mistakes=(range_up_to_the_forger, range_one_too_far, range_by_the_worst_pair),
        hints=(
            "Which of the two kinds of distance says how far a writer moves a signature from day to day?",
            "The mark is the median of that kind. Compare it with how far each turn moves a signature.",
            "Pick the degrees whose move is at most the mark, and return the largest of them.",
        ),
        trials=doses,
    ),
    "2.2": Exercise(
        title="Grain, and nothing but grain",
        solution=with_grain,
        mistakes=(grain_that_wraps, grain_without_the_seed, grain_as_numbers),
        hints=(
            "`np.random.default_rng(seed)` makes a generator; its `normal` draws noise of any shape.",
            "The sum is a float and may lie outside 0 to 255. What does uint8 make of 257?",
            "Add, round, cut off with `np.clip`, and only then turn to uint8.",
        ),
        trials=papers,
        tolerance=1.01,  # rounded up or down
    ),
    "2.3": Exercise(
        title="Vary training writers only",
        solution=training_copies,
        mistakes=(copies_of_everything, copies_and_nothing_else, copies_for_validation_too),
        hints=(
            "How often should an image of a test writer occur? And one of a validation writer?",
            "Make a number for each row: `copies` where the split is train, 1 elsewhere.",
            "`np.repeat(values, numbers)` repeats each value as often as its number says.",
        ),
        trials=split_tables,
    ),
}
