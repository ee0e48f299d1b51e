"""A verifier that has learned nothing, and scans to show it."""

import cv2
import keras
import numpy as np

from deepsign_helpers import encoders
from deepsign_helpers.verifier import LikelihoodLine, Verifier

SIZE = (32, 64)
THRESHOLD = 0.5


def make_verifier(
    fusion: str = "mean",
    references: int | None = None,
    accept_from: float = THRESHOLD,
    reject_below: float = THRESHOLD,
    line: LikelihoodLine | None = None,
    seed: int = 0,
) -> Verifier:
    """Make a verifier with the plain encoder's first weights."""
    keras.utils.set_random_seed(seed)
    return Verifier(
        encoder=encoders.lightweight_encoder((*SIZE, 1)),
        size=SIZE,
        fit="halfway",
        protocol={"references": references, "fusion": fusion, "where": "nowhere, not even Zürich"},
        accept_from=accept_from,
        reject_below=reject_below,
        line=line,
    )


def png(image: np.ndarray) -> bytes:
    """Return the file of an image."""
    return cv2.imencode(".png", image)[1].tobytes()


def shifted(signature: np.ndarray, seed: int) -> np.ndarray:
    """Return the signature stretched and leaning, so that no two are alike."""
    rng = np.random.default_rng(seed)
    across = [rng.uniform(0.7, 1), rng.uniform(-0.2, 0.2), 20]
    down = [0, rng.uniform(0.6, 1), 10]
    matrix = np.array([across, down], np.float32)
    return cv2.warpAffine(signature, matrix, signature.shape[::-1], borderValue=255)
