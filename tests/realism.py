"""What generated signatures measure, beside what real ones do: shape, difficulty for a fixed descriptor, giveaways."""

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepsign_helpers import evaluation, preprocessing

SHAPES = ["aspect", "ink_coverage", "stroke_width", "ink_length", "components"]
# Measured on four public corpora of real signatures: lowest 10th percentile of the writers' means, range of the
# medians, highest 90th percentile; range of one writer's coefficient of variation; range of a forger's shift.
REAL = pd.DataFrame(
    {
        "10th": [1.3, 0.05, 0.014, 1.7, 1],
        "50th from": [2.2, 0.08, 0.022, 2.9, 2],
        "50th to": [4.5, 0.13, 0.044, 3.7, 6],
        "90th": [6.1, 0.17, 0.071, 5.5, 9],
        "spread from": [0.09, 0.10, 0.10, 0.07, 0.20],
        "spread to": [0.12, 0.11, 0.14, 0.10, 0.36],
        "shift from": [1.2, 1.0, 1.3, 0.8, 0.6],
        "shift to": [1.8, 1.4, 1.7, 1.3, 1.2],
    },
    index=SHAPES,
)


def measure_image(path):
    """Return the descriptor of an image and every figure that might tell a forgery without a reference."""
    image = preprocessing.read_gray(path)
    ink = image[image < 200]
    figures = preprocessing.shape_figures(image) | {
        "median background": np.median(image),
        "mean grey": image.mean(),
        "ink level": ink.mean() if len(ink) else 255.0,
        "ink deviation": ink.std() if len(ink) else 0.0,
        "ink area": len(ink),
    }
    prepared = preprocessing.prepare(image, (128, 192), fit="aspect")
    return evaluation.gradient_descriptor(prepared), figures


def measure(table):
    """Return the descriptors, a row an image, and the figures beside writer and kind."""
    with joblib.parallel_config(n_jobs=2):
        work = joblib.Parallel()(joblib.delayed(measure_image)(path) for path in table["path"])
    vectors, figures = zip(*work, strict=True)
    columns = table[["writer", "kind"]].reset_index(drop=True)
    return np.stack(vectors), pd.concat([columns, pd.DataFrame(list(figures))], axis=1)


def difficulty(vectors, table, references, draws=4):
    """Return the descriptor's equal error rate for each sort of forgery, averaged over draws of the references."""
    scored = [evaluation.score_table(vectors, table, references, "min", seed) for seed in range(draws)]
    return pd.DataFrame([evaluation.equal_error_rates(scores) for scores in scored]).mean()


def shapes(figures):
    """Return, for each shape figure, percentiles of the writers' means, their own spread and the forgers' shift."""
    rows = {}
    for kind, part in figures.groupby("kind"):
        means = part.groupby("writer")[SHAPES].mean()
        rows |= {(kind, f"{percent}th"): means.quantile(percent / 100) for percent in (10, 50, 90)}
    genuine = figures[figures["kind"] == "genuine"].groupby("writer")[SHAPES]
    forged = figures[figures["kind"] == "forged"].groupby("writer")[SHAPES].mean()
    rows["genuine", "spread"] = (genuine.std() / genuine.mean()).median()
    rows["forged", "shift"] = ((forged - genuine.mean()).abs() / genuine.std()).median()
    return pd.DataFrame(rows)


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
