"""What generated signatures measure, beside what real ones do: shape, difficulty for a fixed descriptor, giveaways."""

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepsign_helpers import corpora, descriptor, evaluation, preprocessing

# Measured on four public corpora of real signatures, the range over the corpora of: the 10th, 50th and 90th percentile
# of the writers' means; one writer's coefficient of variation; how far forged lies from genuine, in the writer's own
# standard deviations.
REAL = {
    "aspect": {
        "10th": (1.3, 3.6),
        "50th": (2.2, 4.5),
        "90th": (4.1, 6.1),
        "spread": (0.09, 0.12),
        "shift": (1.2, 1.8),
    },
    "ink_coverage": {
        **{"10th": (0.05, 0.11), "50th": (0.08, 0.13), "90th": (0.13, 0.17)},
        **{"spread": (0.10, 0.11), "shift": (1.0, 1.4)},
    },
    "stroke_width": {
        **{"10th": (0.014, 0.034), "50th": (0.022, 0.044), "90th": (0.040, 0.071)},
        **{"spread": (0.10, 0.14), "shift": (1.3, 1.7)},
    },
    "ink_length": {
        **{"10th": (1.7, 2.5), "50th": (2.9, 3.7), "90th": (3.4, 5.5)},
        **{"spread": (0.07, 0.10), "shift": (0.8, 1.3)},
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
    """Return the descriptor of an image and every figure that might tell a forgery without a reference."""
    image = preprocessing.read_gray(path)
    paperless = preprocessing.remove_background(image)
    ink = paperless[paperless < 255]
    figures = corpora.shape_figures(image) | {
        "median background": np.median(image),
        "mean grey": image.mean(),
        "ink level": ink.mean(),
        "ink deviation": ink.std(),
        "ink area": len(ink),
    }
    prepared = preprocessing.prepare(image, (128, 192), fit="aspect")
    return descriptor.gradient_descriptor(prepared), figures


def measure(table):
    """Return the descriptors, a row an image, and the figures beside writer and kind."""
    with joblib.parallel_config(n_jobs=2):
        work = joblib.Parallel()(joblib.delayed(measure_image)(path) for path in table["path"])
    vectors, figures = zip(*work, strict=True)
    columns = table[["writer", "kind"]].reset_index(drop=True)
    return np.stack(vectors), pd.concat([columns, pd.DataFrame(list(figures))], axis=1)


def difficulty(vectors, table, references, draws=4):
    """Return the descriptor's equal error rate for each sort of forgery, averaged over draws of the references."""
    scored = [
        evaluation.score_table(vectors, table, references, "min", seed) for seed in range(draws)
    ]
    return pd.DataFrame([evaluation.equal_error_rates(scores) for scores in scored]).mean()


def shapes(figures):
    """Return, a row a figure and kind, what was measured beside the range of real signatures, and whether it fits.

    Percentiles are of the writers' means; spread is the median writer's coefficient of variation; shift is the median,
    over the forgeries, of the distance from the writer's genuine mean in the writer's standard deviations.
    """
    rows = []
    genuine = figures[figures["kind"] == "genuine"].groupby("writer")[SHAPES]
    forged = figures[figures["kind"] == "forged"].set_index("writer")[SHAPES]
    shift = (forged - genuine.mean().loc[forged.index]).abs() / genuine.std().loc[forged.index]
    spread, shift = (
        (genuine.std() / genuine.mean()).median(),
        shift.replace(np.inf, np.nan).median(),
    )
    for kind, part in figures.groupby("kind"):
        means = part.groupby("writer")[SHAPES].mean()
        measured = {f"{percent}th": means.quantile(percent / 100) for percent in (10, 50, 90)}
        measured |= {"spread": spread} if kind == "genuine" else {"shift": shift}
        for figure in SHAPES:
            for name, values in measured.items():
                low, high = REAL[figure][name]
                fits = low / WIDENED <= values[figure] <= high * WIDENED
                rows.append((figure, kind, name, values[figure], low, high, fits))
    return pd.DataFrame(
        rows, columns=["figure", "kind", "what", "measured", "real from", "real to", "fits"]
    )


def giveaways(figures):
    """Return how well each figure of one image alone tells forged from genuine, and all of them together (AUC)."""
    forged = (figures["kind"] == "forged").to_numpy()
    single = figures.drop(columns=["writer", "kind"])
    single = single[[*single.columns[5:], "stroke_width"]]
    areas = single.apply(lambda figure: roc_auc_score(forged, figure))
    model = make_pipeline(StandardScaler(), LogisticRegression())
    decided = {"groups": figures["writer"], "cv": GroupKFold(5), "method": "decision_function"}
    together = roc_auc_score(forged, cross_val_predict(model, single, forged, **decided))
    return pd.concat([np.maximum(areas, 1 - areas), pd.Series({"logistic regression": together})])
