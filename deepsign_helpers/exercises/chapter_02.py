"""Exercises of chapter 02: how far to vary, grain that does not wrap, copies for training only."""

import numpy as np
import pandas as pd

from deepsign_helpers.exercises.tutor import Exercise


def widest_range(
    degrees: np.ndarray, moved: np.ndarray, genuine: np.ndarray, forged: np.ndarray
) -> float:
    """Return the largest turn that moves a signature no further than its writer does.

    One of the turns that were tried, in degrees; 0 if each of them goes too far.

    Parameters
    ----------
    degrees : float array, shape (n,)
        The turns that were tried, rising.
    moved : float array, shape (n,)
        The median distance by which each turn moves a signature.
    genuine : float array
        Distances between two genuine signatures of a writer.
    forged : float array
        Distances between a genuine signature and a forgery of it.
    """
    own_variation = np.median(genuine)
    harmless = degrees[moved <= own_variation]
    return float(harmless.max(initial=0))


def range_up_to_the_forger(degrees, moved, genuine, forged):
    """This range reaches as far as a forger does. An encoder trained on it learns that a forgery's
    distance means "the same hand". The mark to stay under is the writer's own variation.
    """
    return widest_range(degrees, moved, genuine=forged, forged=genuine)


def range_one_too_far(degrees, moved, genuine, forged):
    """This is the first turn that moves a signature *too* far; the largest that does not is one
    before it.
    """
    harmless = moved <= np.median(genuine)
    first_too_far = min(harmless.sum(), len(degrees) - 1)
    return float(degrees[first_too_far])


def range_by_the_worst_pair(degrees, moved, genuine, forged):
    """One odd couple decides: the mark is the largest genuine distance. A single careless signature
    would allow any range; the median is what the writer does on a usual day.
    """
    worst_pair = np.array([genuine.max()])
    return widest_range(degrees, moved, genuine=worst_pair, forged=forged)


def doses() -> dict[str, tuple]:
    """Return one curve of turns and the distances of three writers, from usual to like a stamp."""
    degrees = np.array([1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0])
    moved = np.array([0.2, 0.35, 0.55, 0.68, 0.79, 0.95, 1.1])
    rng = np.random.default_rng(5)
    genuine = rng.normal(0.7, 0.02, 41)
    forged = rng.normal(0.85, 0.02, 41)
    genuine[0] = 5  # the odd couple
    return {
        "a writer of usual spread": (degrees, moved, genuine, forged),
        "a writer who hardly varies": (degrees, moved, genuine - 0.3, forged - 0.3),
        "a writer like a stamp": (degrees, moved, genuine - 0.6, forged - 0.3),
    }


def with_grain(scan: np.ndarray, spread: float, seed: int) -> np.ndarray:
    """Return a scan with grain: normal noise added to each pixel.

    Parameters
    ----------
    scan : uint8 array, shape (height, width)
        Paper 255, ink dark.
    spread : float, grey levels
        Standard deviation of the noise.
    seed : int
        Of the generator `np.random.default_rng`: the same seed gives the same grain.

    Returns
    -------
    uint8 array, shape (height, width)
    """
    rng = np.random.default_rng(seed)
    noisy = scan + rng.normal(0, spread, scan.shape)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def grain_that_wraps(scan, spread, seed):
    """White paper has got black specks: 255 and a little more does not fit into 8 bits and starts
    again at 0. Cut the values off at 0 and 255 before you turn them into uint8.
    """
    rng = np.random.default_rng(seed)
    noisy = scan + rng.normal(0, spread, scan.shape)
    return np.round(noisy).astype(np.int64).astype(np.uint8)


def grain_without_the_seed(scan, spread, seed):
    """Every seed gives the same grain: the generator is not made from the seed that was given. An
    encoder would see one and the same noise in each epoch.
    """
    return with_grain(scan, spread, seed=0)


def grain_as_numbers(scan, spread, seed):
    """Two pixels of one row always have the same noise: it was drawn once a row. Ask for as many
    numbers as the scan has pixels.
    """
    rng = np.random.default_rng(seed)
    noisy = scan + rng.normal(0, spread, (len(scan), 1))
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def papers() -> dict[str, tuple]:
    """Return white paper with ink, and two seeds for its grain."""
    paper = np.full((6, 8), 255, np.uint8)
    paper[2:4, 1:6] = 2
    return {
        "white paper with ink": (paper, 40.0, 3),
        "the same, with another seed": (paper, 40.0, 8),
    }


def training_copies(table: pd.DataFrame, copies: int) -> list[str]:
    """Return paths to prepare: each of a training writer several times in a row.

    Parameters
    ----------
    table : DataFrame
        Columns path, writer, split ("train", "validation" or "test").
    copies : int
        How often a path of a training writer stands in the list.

    Returns
    -------
    list of str
        In the table's order; every path that is no training writer's stands in it once.
    """
    is_training = table["split"] == "train"
    repeats = np.where(is_training, copies, 1)
    return np.repeat(table["path"], repeats).tolist()


def copies_of_everything(table, copies):
    """Test writers are varied too. The test then asks how well the verifier does on *our*
    variations, and eight copies of one signature count as eight signatures.
    """
    return np.repeat(table["path"], copies).tolist()


def copies_and_nothing_else(table, copies):
    """The validation and test writers are gone. They are not varied, but they are still needed."""
    training = table[table["split"] == "train"]
    return np.repeat(training["path"], copies).tolist()


def copies_for_validation_too(table, copies):
    """Validation writers are varied as well. They choose the weights and the threshold, so they
    must look as the test writers will: like scans.
    """
    is_test = table["split"] == "test"
    repeats = np.where(is_test, 1, copies)
    return np.repeat(table["path"], repeats).tolist()


def split_tables() -> dict[str, tuple]:
    """Return writers of all three splits, and writers of two."""
    splits = ["train", "test", "train", "validation", "train"]
    rows = []
    for number, split in enumerate(splits):
        for sample in range(2):
            rows.append((f"{number}/{sample}.png", f"w{number}", split))
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
            "Which of the two kinds of distance says how far a writer moves a signature from "
            "day to day?",
            "The mark is the median of that kind. Compare it with how far each turn moves a "
            "signature.",
            "Pick the degrees whose move is at most the mark, and return the largest of them.",
        ),
        trials=doses,
    ),
    "2.2": Exercise(
        title="Grain, and nothing but grain",
        solution=with_grain,
        mistakes=(grain_that_wraps, grain_without_the_seed, grain_as_numbers),
        hints=(
            "`np.random.default_rng(seed)` makes a generator; its `normal` draws noise of "
            "any shape.",
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
