"""From a corpus to a verifier that is judged: `learn`; and `cross_validate`, fold by fold."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, files, pairing, preprocessing, runtime
from deepsign_helpers.encoders import embed
from deepsign_helpers.evaluation.protocol import ComparisonRule
from deepsign_helpers.evaluation.scoring import COURSE_IMPOSTORS
from deepsign_helpers.tables import require_whole
from deepsign_helpers.training.batches import Corpus, require_row_for_each
from deepsign_helpers.training.fitting import History, require_trainable, train
from deepsign_helpers.training.settings import CLASSROOM, Settings
from deepsign_helpers.training.watching import validation_scores
from deepsign_helpers.verifier import (
    Fusion,
    Signatures,
    Verifier,
    figure_table,
    scores_of,
    trace_all,
)
from deepsign_helpers.verifier.folder import require_ours

Builder = Callable[[], keras.Model]


def learn(
    table: pd.DataFrame,
    folder: str | Path,
    settings: Settings = CLASSROOM,
    seed: int = 0,
    with_strokes: bool = True,
) -> tuple[Verifier, History]:
    """Train a verifier on a corpus, and score every writer that it was not trained on.

    The folder holds the verifier in the end, `scores.csv`, and `figures.csv`: what the encoder and
    each signal of the strokes say by themselves. A training that was interrupted goes on where it
    stood when the same call is made again. Derived in chapter 05, *Keep the verifier*.

    Parameters
    ----------
    table : DataFrame
        Corpus table, generated or licensed, as `corpora.load` returns it. Without a column `split`
        its writers are split here; with one, "train" is trained on, "validation" chooses the
        weights and sets the threshold, "test" is reported, and any other split is scored too.
        Validation writers from elsewhere than the training writers choose what carries over.
    folder : path
        Made if absent.
    settings : Settings
        `CLASSROOM`, `STUDY`, or your own.
    seed : int, at least 0
        Of the split, the first weights and the batches.
    with_strokes : bool
        Whether encoder and strokes are fused, with equal weights, by the measure of the validation
        writers. Without, the encoder is alone, and there is no `figures.csv`.

    Returns
    -------
    verifier : Verifier
        As it stands in the folder.
    history : History
        What its training went through.

    Warns
    -----
    UserWarning
        If the corpus gives less than is usual: fewer than five references a writer, or nothing
        forged by the validation writers' name.

    Raises
    ------
    ValueError
        If the table cannot be trained on and judged, or the folder holds somebody else's files
        under the names that will be replaced: it is said before training.
    preprocessing.ImageError
        If an image cannot be used.
    OSError
        If the folder cannot be written to.

    See Also
    --------
    train : trains an encoder on images that are prepared already.
    """
    require_ours(Path(folder), "scores.csv", "figures.csv")
    require_whole(table)
    require_files(table)
    if "split" not in table:
        table = pairing.split_writers(table, validation=0.15, test=0.15, seed=seed)
    is_trained_on = table["split"] == "train"
    train_table = table[is_trained_on].reset_index(drop=True)
    judged_table = table[~is_trained_on].reset_index(drop=True)
    rules = rules_for(judged_table)
    kinds = require_judgeable(train_table, judged_table, settings, rules)
    warn_of_what_lacks(judged_table, rules, kinds)

    # float16 takes half the memory, and the training writers are many.
    train_images = preprocessing.prepare_all(train_table, settings.size, dtype=np.float16)
    judged_images = preprocessing.prepare_all(judged_table, settings.size)
    # Traced before the training, which takes longer: an image without a line stops it.
    lines = trace_all(judged_table) if with_strokes else []
    is_validation = judged_table["split"] == "validation"
    validation_table = judged_table[is_validation].reset_index(drop=True)
    validation = (judged_images[is_validation.to_numpy()], validation_table)

    runtime.seed_everything(seed)
    encoder = untrained_encoder(settings)
    history = train(encoder, (train_images, train_table), validation, settings, seed, folder)
    encoder = in_float32(encoder, settings)

    signatures = Signatures(embed(encoder, judged_images), lines)
    scores, figures, fusion = judge(signatures, judged_table, rules)
    judged = scores[scores["references"] == rules[0].references]
    judged = judged[judged["split"].isin(["validation", "test"])]
    verifier = Verifier.from_scores(encoder, settings.size, judged, fusion=fusion)
    verifier.save(folder)
    keep(scores.round({"score": 4}), Path(folder) / "scores.csv")
    if figures is not None:
        keep(figures.round(5), Path(folder) / "figures.csv")
    return verifier, history


def judge(
    signatures: Signatures, table: pd.DataFrame, rules: Sequence[ComparisonRule]
) -> tuple[pd.DataFrame, pd.DataFrame | None, Fusion | None]:
    """Score writers that were not trained on, under each rule.

    Returns
    -------
    scores : DataFrame
        As `evaluation.score_by_protocols` returns them.
    figures : DataFrame or None
        As `verifier.figure_table` returns them; None where no lines were traced.
    fusion : Fusion or None
        Of the validation writers' figures under the first rule.
    """
    if not signatures.lines:
        model = "trained encoder"
        scores = evaluation.score_by_protocols(signatures.vectors, table, model, rules=rules)
        return scores, None, None
    first, *others = rules
    arguments = {"rule": first.fusion, "impostors": COURSE_IMPOSTORS}
    found = [figure_table(signatures, table, first.references, **arguments)]
    fusion = Fusion.equal(found[0][found[0]["split"] == "validation"])
    arguments["usual_distance"] = fusion.usual_distance
    for rule in others:
        found.append(figure_table(signatures, table, rule.references, **arguments))
    figures = pd.concat(found, ignore_index=True)
    return scores_of(figures, fusion).assign(model="encoder and strokes"), figures, fusion


def keep(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all."""
    with files.replace_atomically(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def rules_for(table: pd.DataFrame) -> tuple[ComparisonRule, ...]:
    """Return by which rules judged writers can be compared, the one with most references first.

    They are `evaluation.PROTOCOLS`, with fewer references where a writer has too few genuine
    signatures: one of them is left to be questioned.
    """
    several, one = evaluation.PROTOCOLS
    most = fewest_genuine(table).min() - 1
    if most >= several.references:
        return several, one
    if most > one.references:
        return several._replace(references=int(most)), one
    return (one,)


def fewest_genuine(table: pd.DataFrame) -> pd.Series:
    """Return how many genuine signatures each writer has, the poorest first."""
    genuine = table.loc[table["kind"] == "genuine", "writer"]
    return genuine.value_counts(ascending=True)


def warn_of_what_lacks(
    table: pd.DataFrame, rules: Sequence[ComparisonRule], kinds: Sequence[str]
) -> None:
    """Say if a corpus gives less than is usual: fewer references, or nothing forged."""
    usual = evaluation.PROTOCOLS[0].references
    most = rules[0].references
    if most < usual:
        genuine = fewest_genuine(table)
        warnings.warn(
            f"table: writer {genuine.index[0]} has {genuine.iloc[0]} genuine signatures, so all "
            f"are judged with {most} of each, not {usual}; leave such writers out to have more.",
            stacklevel=3,
        )
    if kinds[0] == "random":
        warnings.warn(
            "table: nothing is forged among the writers that are judged; strangers' signatures set "
            "the threshold, and how a skilled forgery scores is not known.",
            stacklevel=3,
        )


def cross_validate(
    build: Builder,
    images: np.ndarray,
    table: pd.DataFrame,
    settings: Settings = CLASSROOM,
    n_splits: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Train a fresh encoder for each fold of writers; judge it on the fold that it has not seen.

    The judged writers play no part in the training: no early stopping, the last weights count.
    Folds are trained in as many processes, or on as many machines, as `joblib.parallel_config`
    says. Derived in chapter 05, *Folds: would other writers have said the same?*.

    Parameters
    ----------
    build : callable
        Makes an untrained encoder.
    images : float array, shape (n, height, width, 1)
        Prepared.
    table : DataFrame
        Corpus table, a row an image.
    settings : Settings
        How to train.
    n_splits : int, at least 2
        Number of folds, as for `pairing.writer_folds`.
    seed : int, at least 0
        Of the folds, and of the batches of each.

    Returns
    -------
    DataFrame
        A row a fold: fold, writers (judged), the equal error rate, in [0, 1], for each kind of
        forgery there is ("skilled", "random" …), and seconds.

    Raises
    ------
    ValueError
        For fewer writers than folds, a writer that cannot be scored, or a signature that stands in
        the table twice: it is said before training.
    """
    require_row_for_each(images, table, "table")
    preprocessing.require_prepared(images)
    require_whole(table)
    nobody = np.ones((len(table), 1))
    evaluation.score_table(nobody, table, references=1)  # refuses what could not be scored
    trainings = []
    writers = []
    for fold, (train_rows, judged_rows) in enumerate(pairing.writer_folds(table, n_splits, seed)):
        trained_on = (images[train_rows], table.iloc[train_rows])
        judged_table = table.iloc[judged_rows]
        places = {"": (images[judged_rows], judged_table)}
        one_training = joblib.delayed(train_and_judge)
        trainings.append(one_training(build, trained_on, places, settings, seed + fold))
        writers.append(judged_table["writer"].nunique())
    results = pd.DataFrame(joblib.Parallel()(trainings))
    results.insert(0, "fold", np.arange(len(results)))
    results.insert(1, "writers", writers)
    return results


def train_and_judge(
    build: Builder,
    corpus: Corpus,
    places: Mapping[str, Corpus],
    settings: Settings = CLASSROOM,
    seed: int = 0,
) -> dict[str, float]:
    """Train a fresh encoder on a corpus and judge it in several places.

    Parameters
    ----------
    build : callable
        Makes an untrained encoder.
    corpus : (images, table)
        What to train on; all steps are made, and the last weights count.
    places : mapping from a name to (images, table)
        Other writers, judged as by `validation_scores`.
    settings : Settings
        How to train.
    seed : int, at least 0
        Of the batches.

    Returns
    -------
    dict
        The equal error rate, in [0, 1], for each kind of forgery in each place ("fax skilled", "fax
        random" …), and the seconds of training.

    Raises
    ------
    ValueError
        For a corpus that cannot be trained on, or places that cannot be scored.
    """
    encoder = build()
    history = train(encoder, corpus, settings=settings, seed=seed)
    found = {}
    for place, (images, table) in places.items():
        scores = validation_scores(encoder, images, table)
        for kind, rate in evaluation.equal_error_rates(scores).items():
            found[f"{place} {kind}".strip()] = rate
    found["seconds"] = history.seconds
    return found


def untrained_encoder(settings: Settings) -> keras.Model:
    """Return an encoder with its first weights, in float16 where mixed precision is asked for."""
    before = keras.config.dtype_policy()
    if settings.mixed_precision:
        keras.config.set_dtype_policy("mixed_float16")
    try:
        return settings.encoder((*settings.size, 1))
    finally:
        keras.config.set_dtype_policy(before)


def in_float32(encoder: keras.Model, settings: Settings) -> keras.Model:
    """Return a trained encoder whose layers compute in float32, as every processor does well."""
    if not settings.mixed_precision:
        return encoder
    plain = settings.encoder((*settings.size, 1))
    plain.set_weights(encoder.get_weights())
    return plain


def require_files(table: pd.DataFrame) -> None:
    """Refuse a corpus table whose images are not all there."""
    missing = [path for path in table["path"] if not Path(path).is_file()]
    if missing:
        cure = "check where the corpus lies."
        raise ValueError(f"table: {missing[0]} is missing ({len(missing)} such files); {cure}")


def require_judgeable(
    train: pd.DataFrame,
    judged: pd.DataFrame,
    settings: Settings,
    rules: Sequence[ComparisonRule],
) -> tuple[str, ...]:
    """Refuse tables that cannot be trained on and judged, before their images are prepared.

    Returns
    -------
    tuple of str
        The kinds of forgery that there are, skilled first.
    """
    nobody = np.ones((len(judged), 1), np.float32)  # vectors all alike can be scored, at no cost
    require_trainable(train, (nobody, judged), settings)
    scores = evaluation.score_by_protocols(nobody, judged, "nobody", rules=rules[:1])
    judging = scores[scores["split"].isin(["validation", "test"])]
    report = evaluation.evaluate(judging)
    if report.threshold is None:
        needed = 'needs writers in each of the splits "train", "validation" and "test"'
        raise ValueError(f"table: {needed}; give it some.")
    return report.protocol.kinds
