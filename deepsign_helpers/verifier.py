"""A trained verifier as a folder: the encoder, and what must be known to use it."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from keras import Model, models

from deepsign_helpers import files

ENCODER, FACTS = "encoder.keras", "verifier.json"
CURE = "train it again (chapter 05, or training.learn)"


@dataclass(frozen=True)
class Verifier:
    """An encoder with what must be known to use it: how to prepare an image, and from which score on to accept it.

    Attributes
    ----------
    encoder : prepared image -> vector of unit length
    threshold : a score at or above it is accepted
    size, fit : as `preprocessing.prepare` takes them
    protocol : how the threshold was found: references, fusion, on which writers…
    """

    encoder: Model
    threshold: float
    size: tuple[int, int]
    fit: str
    protocol: dict


def save_verifier(
    folder: str | Path,
    encoder: Model,
    threshold: float,
    size: tuple[int, int],
    protocol: dict,
    fit: str = "halfway",
) -> None:
    """Write a verifier's folder, replacing one that is there; killed half-way, it leaves one that is refused.

    Parameters
    ----------
    folder : made if absent
    threshold, size, protocol, fit : as in `Verifier`; the protocol holds what JSON can hold

    Raises
    ------
    ValueError
        If the size is not what the encoder takes, or the threshold is no finite number.
    OSError
        If the folder cannot be written to or the disk is full.
    """
    if tuple(size) != tuple(encoder.input_shape[1:3]):
        raise ValueError(
            f"size: {tuple(size)}, but the encoder takes {encoder.input_shape[1:3]}; give the latter."
        )
    if threshold is None or not math.isfinite(threshold):
        raise ValueError(
            f"threshold: {threshold} decides nothing; find one with evaluation.equal_error_threshold."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with files.replace_atomically(folder / ENCODER) as temporary:
        encoder.save(temporary)
    facts = {"size": list(size), "fit": fit, "threshold": float(threshold), "protocol": protocol}
    facts["sha256"] = files.checksum(folder / ENCODER)
    with files.replace_atomically(folder / FACTS) as temporary:
        temporary.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def load_verifier(folder: str | Path) -> Verifier:
    """Read a verifier's folder, or say what is wrong with it.

    Raises
    ------
    FileNotFoundError
        If there is no verifier in the folder.
    ValueError
        If a file is damaged, or the two do not belong together.
    """
    folder = Path(folder)
    for name in (FACTS, ENCODER):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder}: holds no {name}, so no verifier; {CURE}.")
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        size, fit, threshold = (
            tuple(map(int, facts["size"])),
            str(facts["fit"]),
            float(facts["threshold"]),
        )
        protocol, expected = dict(facts["protocol"]), facts["sha256"]
        if not math.isfinite(threshold):
            raise ValueError(threshold)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / FACTS}: is damaged; {CURE}.") from error
    if files.checksum(folder / ENCODER) != expected:
        raise ValueError(
            f"{folder / ENCODER}: is damaged, or not the encoder that {FACTS} describes; {CURE}."
        )
    encoder = models.load_model(folder / ENCODER, compile=False)
    if (takes := encoder.input_shape[1:3]) != size:
        raise ValueError(
            f"{folder / FACTS}: says size {size}, but the encoder takes {takes}; {CURE}."
        )
    return Verifier(encoder, threshold, size, fit, protocol)
