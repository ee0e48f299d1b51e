"""The folder of a verifier: an encoder, and the facts about it, whole or refused in a sentence.

`encoder.keras` is Keras's own format. `verifier.json` says how the encoder is used, which encoder
it must be (the checksum of its file), and the checksum of all that it says itself.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepsign_helpers import evaluation, files
from deepsign_helpers.preprocessing.framing import FITS
from deepsign_helpers.verifier.fusing import Fusion
from deepsign_helpers.verifier.verdict import LikelihoodLine, is_finite_number

if TYPE_CHECKING:
    # For type hints alone: importing it takes seconds, since TensorFlow starts.
    from keras import Model

ENCODER = "encoder.keras"
FACTS = "verifier.json"
# Of verifier.json: it goes up by one when what stands there, or what it means, is changed.
FORMAT = 3
CURE = "train it again (chapter 05, or training.learn)"


def write(folder: Path, encoder: "Model", facts: dict[str, Any]) -> None:
    """Write an encoder and the facts about it into a folder, replacing those that are there.

    Parameters
    ----------
    folder : Path
        Made if absent.
    encoder : keras.Model
        Prepared images to vectors of unit length.
    facts : dict
        What JSON can hold: size, fit, thresholds, protocol, likelihood_ratio, fusion.

    Raises
    ------
    ValueError
        If what stands in the folder under their names is no verifier.
    OSError
        If the folder cannot be written to or the disk is full.
    """
    require_ours(folder)
    with files.spoken_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    place = folder / "verifier"  # what the lock and the unfinished files are named after
    with files.spoken_errors(folder / ENCODER), files.alone_at(place), files.staging(place) as new:
        encoder.save(new / ENCODER)
        facts = {"format": FORMAT, **facts, "sha256": files.checksum(new / ENCODER)}
        (new / FACTS).write_text(files.sealed(facts), encoding="utf-8")
        # Killed between the two, the facts say that the encoder is another, and that all is ours.
        for name in (FACTS, ENCODER):
            files.sync(new / name)
            (new / name).replace(folder / name)
        files.sync(folder)


def require_ours(folder: Path, *others: str) -> None:
    """Refuse a folder where somebody else's files stand under the names that will be replaced.

    Parameters
    ----------
    folder : Path
        Where a verifier is to be saved.
    *others : str
        Names of files that will be written beside it, after it.

    Raises
    ------
    ValueError
        If such a file stands there, and no verifier.json that this or another version has written.
    """
    standing = [name for name in (FACTS, ENCODER, *others) if (folder / name).exists()]
    if not standing:
        return
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        is_ours = {"protocol", "sha256"} <= set(facts)  # in every version
    except (OSError, ValueError, TypeError):
        is_ours = False
    if not is_ours:
        problem = "is damaged, or belongs to no verifier"
        raise ValueError(f"{folder / standing[0]}: {problem}; remove it, or choose another folder.")


def read(folder: Path) -> tuple["Model", dict[str, Any]]:
    """Return the encoder of a folder, and the other fields of a Verifier.

    Whatever can be refused is refused before TensorFlow starts.

    Raises
    ------
    FileNotFoundError
        If there is no verifier in the folder.
    ValueError
        If a file is damaged or was changed by hand, the two do not belong together, or another
        version has written them.
    """
    for name in (FACTS, ENCODER):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder}: holds no {name}, so no verifier; {CURE}.")
    facts = read_facts(folder / FACTS)
    if files.checksum(folder / ENCODER) != facts["sha256"]:
        problem = f"is damaged, or not the encoder that {FACTS} describes"
        raise ValueError(f"{folder / ENCODER}: {problem}; {CURE}.")

    encoder = read_encoder(folder / ENCODER)
    size = tuple(facts["size"])
    taken = encoder.input_shape[1:3]  # of (batch, height, width, channels)
    if taken != size:
        problem = f"says size {size}, but the encoder takes {taken}"
        raise ValueError(f"{folder / FACTS}: {problem}; {CURE}.")
    line = facts["likelihood_ratio"]
    fields = {
        "size": size,
        "fit": facts["fit"],
        "protocol": facts["protocol"],
        **facts["thresholds"],
        "line": None if line is None else LikelihoodLine(**line),
        "fusion": fusion_of(facts),
    }
    return encoder, fields


def fusion_of(facts: dict[str, Any]) -> Fusion | None:
    """Return how figures are added, or None where the encoder is alone."""
    kept = facts["fusion"]
    if kept is None:
        return None
    fields = {}
    for name, value in kept.items():
        fields[name] = tuple(value) if isinstance(value, list) else value  # JSON knows no tuples
    return Fusion(**fields)


def read_encoder(path: Path) -> "Model":
    """Return the encoder in a file that is what was saved; Keras may be another one."""
    import keras

    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises a dozen kinds of errors
        problem = f"cannot be read by Keras {keras.__version__}"
        raise ValueError(f"{path}: {problem}; {CURE}.") from error


def read_facts(path: Path) -> dict[str, Any]:
    """Return what a verifier's JSON file says, once it is known to be what was written there."""
    try:
        text = path.read_text(encoding="utf-8")
        facts = json.loads(text)
        is_of_another_version = "checksum" not in facts and "format" not in facts
        facts.pop("checksum", None)
        is_whole = text == files.sealed(facts)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: is damaged; {CURE}.") from error
    # Version 0.1.0 wrote neither of the two.
    if is_of_another_version or (is_whole and facts.get("format") != FORMAT):
        raise ValueError(f"{path}: another version of DeepSign has written it; {CURE}.")
    if not is_whole:
        raise ValueError(f"{path}: is damaged; {CURE}.")
    require_sense(facts, path)
    return facts


def require_sense(facts: dict[str, Any], path: Path) -> None:
    """Refuse facts that are whole, but by which nothing can be verified."""
    try:
        protocol = facts["protocol"]
        height, width = facts["size"]
        thresholds = facts["thresholds"]
        line = facts["likelihood_ratio"]
        makes_sense = (
            type(height) is type(width) is int
            and facts["fit"] in FITS
            and set(thresholds) == {"accept_from", "reject_below"}
            and all(is_finite_number(threshold) for threshold in thresholds.values())
            and thresholds["reject_below"] <= thresholds["accept_from"]
            and isinstance(protocol, dict)
            and isinstance(facts["sha256"], str)
        )
        if line is not None:
            LikelihoodLine(**line)
        fusion_of(facts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: is damaged; {CURE}.") from error
    if not makes_sense:
        raise ValueError(f"{path}: is damaged; {CURE}.")
    if protocol.get("fusion") not in evaluation.FUSIONS:
        raise ValueError(f"{path}: names no known fusion; {CURE}.")
