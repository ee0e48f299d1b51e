"""What generated signatures measure beside real ones: shape, and how hard they are to tell."""

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import corpora, descriptor, evaluation, preprocessing

# Measured on four public corpora of real signatures, the range over the corpora of: the 10th, 50th
# and 90th percentile of the writers' means; one writer's coefficient of variation; how far forged
# lies from genuine, in the writer's own standard deviations.
REAL = {
    "aspect": {
        "10th": (1.3, 3.6),
        "50th": (2.2, 4.5),
        "90th": (4.1, 6.1),
        "spread": (0.09, 0.12),
        "shift": (1.2, 1.8),
    },
    "ink_coverage": {
        "10th": (0.05, 0.11),
        "50th": (0.08, 0.13),
        "90th": (0.13, 0.17),
        "spread": (0.10, 0.11),
        "shift": (1.0, 1.4),
    },
    "stroke_width": {
        "10th": (0.014, 0.034),
        "50th": (0.022, 0.044),
        "90th": (0.040, 0.071),
        "spread": (0.10, 0.14),
        "shift": (1.3, 1.7),
    },
    "ink_length": {
        "10th": (1.7, 2.5),
        "50th": (2.9, 3.7),
        "90th": (3.4, 5.5),
        "spread": (0.07, 0.10),
        "shift": (0.8, 1.3),
    },
    "components": {
        "10th": (1, 3),
        "50th": (2, 6),
        "90th": (5, 9),
        "spread": (0.2, 0.36),
        "shift": (0.6, 1.2),
    },
}
SHAPES = list(REAL)
WIDENED = 1.2  # the ranges, by a fifth on either side


def measure_image(path):
    """Return the descriptor of an image, and the five figures of its shape."""
    image = preprocessing.read_gray(path)
    prepared = preprocessing.prepare(image, descriptor.DESCRIPTOR_SIZE, fit="aspect")
    return descriptor.gradient_descriptor(prepared), corpora.shape_figures(image)


def measure(table):
    """Return the descriptors, a row for each image, and the figures of shape."""
    measured = joblib.Parallel()(joblib.delayed(measure_image)(path) for path in table["path"])
    vectors = np.stack([vector for vector, _ in measured])
    figures = pd.DataFrame([figures for _, figures in measured], index=table.index)
    return vectors, pd.concat([table[["writer", "kind"]], figures], axis=1)


def difficulty(vectors, table, references, draws=4):
    """Return the descriptor's equal error rate for each kind of forgery, averaged over draws."""
    rates = []
    for seed in range(draws):
        scores = evaluation.score_table(vectors, table, references, fusion="min", seed=seed)
        rates.append(evaluation.equal_error_rates(scores))
    return pd.DataFrame(rates).mean()


def shapes(figures):
    """Return what was measured beside the range of real signatures, and whether it fits.

    There is a row for each figure, kind of signature and number: percentiles of the writers' means;
    spread, the median writer's coefficient of variation; shift, the median over the forgeries of
    the distance from the writer's genuine mean, in the writer's standard deviations.
    """
    genuine = figures[figures["kind"] == "genuine"].groupby("writer")[SHAPES]
    mean = genuine.mean()
    deviation = genuine.std()
    forged = figures[figures["kind"] == "forged"].set_index("writer")[SHAPES]
    distance = (forged - mean.loc[forged.index]).abs() / deviation.loc[forged.index]
    spread = (deviation / mean).median()
    shift = distance.replace(np.inf, np.nan).median()

    rows = []
    for kind, part in figures.groupby("kind"):
        means = part.groupby("writer")[SHAPES].mean()
        measured = {f"{percent}th": means.quantile(percent / 100) for percent in (10, 50, 90)}
        if kind == "genuine":
            measured["spread"] = spread
        else:
            measured["shift"] = shift
        for figure in SHAPES:
            for name, values in measured.items():
                low, high = REAL[figure][name]
                fits = low / WIDENED <= values[figure] <= high * WIDENED
                rows.append((figure, kind, name, values[figure], low, high, fits))
    columns = ["figure", "kind", "what", "measured", "real from", "real to", "fits"]
    return pd.DataFrame(rows, columns=columns)
