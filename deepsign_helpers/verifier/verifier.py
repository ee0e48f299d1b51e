"""A trained verifier: the one place that prepares, embeds, compares, fuses and decides.

An encoder alone verifies nothing. Whoever uses it must prepare images as it was trained on them,
compare with as many references as the threshold was found with, and fuse distances and strokes in
the same way. A `Verifier` holds all of that, keeps it in a folder, and answers with a `Verdict`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from deepsign_helpers import evaluation, preprocessing, strokes, tables
from deepsign_helpers.evaluation.scoring import MUTUAL_SHARES
from deepsign_helpers.preprocessing.framing import FITS
from deepsign_helpers.verifier import comparing, enrolling, saying
from deepsign_helpers.verifier import folder as folders
from deepsign_helpers.verifier.comparing import Signatures
from deepsign_helpers.verifier.enrolling import Enrolled
from deepsign_helpers.verifier.fusing import Fusion
from deepsign_helpers.verifier.verdict import LikelihoodLine, Verdict, is_finite_number

if TYPE_CHECKING:
    # For type hints alone: importing it takes seconds, since TensorFlow starts.
    from keras import Model

MOST_REFERENCES = 10  # no protocol in use has more, and each has to be prepared and embedded

Image = str | Path | bytes | np.ndarray


@dataclass(frozen=True)
class Verifier:
    """An encoder, and the strokes beside it, with all that must be known to use them.

    Attributes
    ----------
    encoder : keras.Model
        Prepared images to vectors of unit length.
    size : (height, width), pixels
        Of the prepared images.
    fit : "halfway" or "aspect"
        How a signature is fitted into that size, as `preprocessing.prepare` takes it.
    protocol : dict
        How the thresholds were found: the fields of an `evaluation.Protocol`. Its `fusion`, how the
        encoder's distances become one, is needed, and `references`, if it is there, is compared
        with what `verify` is given. It holds only what JSON can hold.
    accept_from : float
        A score at or above it is accepted.
    reject_below : float
        A score below it is rejected. Scores between the two are for a person to review; as long as
        nobody sets such a band, both thresholds are equal.
    line : LikelihoodLine, optional
        What a score is worth as evidence.
    fusion : Fusion, optional
        How the encoder's score and the strokes' signals become one score. None: the encoder alone.

    Raises
    ------
    ValueError
        If the size is not what the encoder takes, a threshold is no finite number, the band is
        upside down, or the protocol names no known fusion or holds what JSON cannot.

    Notes
    -----
    A review band is set on a copy: `dataclasses.replace(verifier, accept_from=0.8,
    reject_below=0.7)`. Derived in chapter 05, *Keep the verifier*.
    """

    encoder: "Model"
    size: tuple[int, int]
    fit: str
    protocol: dict[str, Any]
    accept_from: float
    reject_below: float
    line: LikelihoodLine | None = None
    fusion: Fusion | None = None

    def __post_init__(self) -> None:
        taken = self.encoder.input_shape[1:3]  # of (batch, height, width, channels)
        if tuple(self.size) != tuple(taken):
            raise ValueError(
                f"size: {tuple(self.size)}, but the encoder takes {taken}; give the latter."
            )
        for threshold in (self.accept_from, self.reject_below):
            if not is_finite_number(threshold):
                raise ValueError(
                    f"threshold: {threshold} decides nothing; "
                    "find one with evaluation.equal_error_threshold."
                )
        if self.reject_below > self.accept_from:
            raise ValueError(
                f"reject_below: {self.reject_below} lies above accept_from, {self.accept_from}; "
                "exchange the two."
            )
        tables.require_known("fit", [self.fit], FITS)
        tables.require_known("fusion", [self.protocol.get("fusion")], evaluation.FUSIONS)
        try:
            json.dumps(self.protocol, allow_nan=False)
        except (TypeError, ValueError) as error:
            problem = f"holds what JSON cannot ({error})"
            raise ValueError(f"protocol: {problem}; give texts and plain numbers.") from error

    @classmethod
    def from_scores(
        cls,
        encoder: "Model",
        size: tuple[int, int],
        scores_table: pd.DataFrame,
        fit: str = "halfway",
        fusion: Fusion | None = None,
    ) -> "Verifier":
        """Make a verifier of an encoder and the scores of writers whom it was not trained on.

        Parameters
        ----------
        encoder : keras.Model
            Prepared images to vectors of unit length.
        size : (height, width), pixels
            Of the prepared images.
        scores_table : DataFrame
            Scores of validation and test writers under one protocol, as `evaluation.reported`
            returns them. The validation writers give the threshold of equal errors and what a score
            is worth; the protocol says so.
        fit : "halfway" or "aspect"
            How the images were fitted into the size.
        fusion : Fusion, optional
            How the scores were made, where they are not the encoder's alone.

        Raises
        ------
        ValueError
            If there are no validation or no test writers, and for what `evaluation.evaluate`
            refuses.
        """
        report = evaluation.evaluate(scores_table)
        if report.threshold is None:
            raise ValueError(
                "scores_table: gives no threshold; "
                'it needs writers in the splits "validation" and "test".'
            )
        validation = scores_table[scores_table["split"] == "validation"]
        kind = report.protocol.kinds[0]  # skilled forgeries, where there are any
        return cls(
            encoder=encoder,
            size=tuple(size),
            fit=fit,
            protocol=asdict(report.protocol),
            accept_from=report.threshold,
            reject_below=report.threshold,
            line=LikelihoodLine.from_scores(*evaluation.scores_and_labels(validation, kind)),
            fusion=fusion,
        )

    @property
    def rules(self) -> dict[str, Any]:
        """What a verdict rests on, as JSON can hold it: thresholds, and how they were found."""
        thresholds = {"accept_from": self.accept_from, "reject_below": self.reject_below}
        return {"thresholds": thresholds, "protocol": self.protocol}

    def save(self, folder: str | Path) -> None:
        """Write the verifier into a folder, replacing one that is there.

        Killed half-way, it leaves a folder that `load` refuses.

        Parameters
        ----------
        folder : path
            Made if absent.

        Raises
        ------
        OSError
            If the folder cannot be written to or the disk is full.
        """
        facts = {
            "size": list(self.size),
            "fit": self.fit,
            **self.rules,
            "likelihood_ratio": None if self.line is None else asdict(self.line),
            "fusion": None if self.fusion is None else asdict(self.fusion),
        }
        folders.write(Path(folder), self.encoder, facts)

    @classmethod
    def load(cls, folder: str | Path) -> "Verifier":
        """Read a verifier's folder, or say what is wrong with it.

        Parameters
        ----------
        folder : path
            As `save` left it.

        Raises
        ------
        FileNotFoundError
            If there is no verifier in the folder.
        ValueError
            If a file is damaged or was changed by hand, the two do not belong together, or another
            version of the course has written them.
        """
        encoder, fields = folders.read(Path(folder))
        return cls(encoder=encoder, **fields)

    def enrol(self, references: Sequence[Image], names: Sequence[str] = ()) -> Enrolled:
        """Prepare, embed and trace a writer's references, and compare them with each other, once.

        Parameters
        ----------
        references : sequence of 1 to 10 images
            As for `verify`.
        names : sequence of str, optional
            What messages call them; by default the path, or "reference 2".

        Returns
        -------
        Enrolled
            What `verify` takes in place of the references.

        Raises
        ------
        preprocessing.ImageError, ValueError
            As for `verify`.
        """
        is_path_or_content = isinstance(references, str | Path | bytes)
        is_one_array = isinstance(references, np.ndarray) and references.ndim == 2
        if is_path_or_content or is_one_array:
            raise ValueError("references: is one image; give a list, even of one.")
        references = list(references)
        self._require_references(len(references))
        parts = [f"reference {number}" for number in range(1, len(references) + 1)]
        names = list(names) or [_name(*pair) for pair in zip(references, parts, strict=True)]
        _require_names(names, references)

        prepared, lines, doubts = self._read(references, names)
        vectors = self._embed(prepared)  # (references, d)
        rule = self.protocol["fusion"]
        if self.fusion is None:
            own = None
            scores = enrolling.scores_of_vectors(vectors, rule)
        else:
            own, scores = enrolling.own_and_scores(vectors, lines, rule, self.fusion)
        return Enrolled(self.encoder, self.fusion, prepared, vectors, lines, own, scores, doubts)

    def verify(
        self,
        references: Sequence[Image] | Enrolled,
        questioned: Image,
        names: Sequence[str] = (),
    ) -> Verdict:
        """Compare a questioned signature with a writer's references, and decide.

        Parameters
        ----------
        references : sequence of 1 to 10 images, or Enrolled
            Genuine signatures of one writer: each the path of a scan, its content, or uint8
            (height, width), paper 255 and ink dark. Or what `enrol` has made of them: where they
            are compared with again and again, that takes a quarter of the time.
        questioned : image
            The signature that is said to be the same writer's.
        names : sequence of str, optional
            What messages call the images, the questioned one last; by default the path, or
            "reference 2". With enrolled references, the name of the questioned one alone.

        Returns
        -------
        Verdict

        Raises
        ------
        preprocessing.ImageError
            If one of the images cannot be read or shows no signature; the sentence names it. What
            is only doubtful is said in the verdict's warnings.
        ValueError
            For no references, more than ten, one where an encoder alone must compare references
            with each other, or some that another verifier has enrolled.

        Notes
        -----
        How distances become a score is derived in chapter 06, *One questioned signature*; how
        strokes are added, in chapter 08, *Add the network*.

        Examples
        --------
        >>> from deepsign_helpers import corpora, encoders, runtime
        >>> encoder = encoders.lightweight_encoder((32, 64, 1))  # it has not learned anything
        >>> rules = {"fusion": "mean"}
        >>> verifier = Verifier(
        ...     encoder, (32, 64), "halfway", rules, accept_from=0.9, reject_below=0.9
        ... )
        >>> scans = corpora.load(runtime.data_folder())["path"]
        >>> verdict = verifier.verify(scans[:3], scans[0])
        >>> verdict.warnings
        ('The questioned signature is the same image as a reference: nobody signs twice alike.',)
        """
        is_enrolled = isinstance(references, Enrolled)
        if names:
            _require_names(names, [questioned] if is_enrolled else [*references, questioned])
        if not is_enrolled:
            references = self.enrol(references, names[:-1])
        if references.encoder is not self.encoder or references.fusion != self.fusion:
            raise ValueError("references: another verifier has enrolled them; enrol them again.")

        name = names[-1] if names else _name(questioned, "questioned signature")
        prepared, lines, doubts = self._read([questioned], [name])
        asked = Signatures(self._embed(prepared), lines)
        score, evidence = self._compare(asked, references)
        rejected = sum(self._decide(one) == "reject" for one in references.scores)
        return Verdict(
            score=score,
            decision=self._decide(score),
            likelihood_ratio=None if self.line is None else self.line.likelihood_ratio(score),
            evidence=evidence,
            warnings=(
                *references.doubts,
                *doubts,
                *saying.warnings_on(references, prepared[0], self.protocol, rejected),
            ),
        )

    def score_table(self, table: pd.DataFrame, references: int = 5, seed: int = 0) -> pd.DataFrame:
        """Score a corpus as `verify` would score each of its questioned signatures.

        Parameters
        ----------
        table : DataFrame
            A corpus table, as `corpora.load` returns it.
        references : int, 1 to 10
            How many genuine signatures of each writer to compare with, drawn by lot.
        seed : int
            Seed of that draw.

        Returns
        -------
        DataFrame
            A score table, as `evaluation.score_table` returns it.

        Raises
        ------
        preprocessing.ImageError
            If an image cannot be used.
        ValueError
            For a number of references that `verify` would refuse, and for what
            `evaluation.score_table` refuses.
        """
        self._require_references(references)
        if self.fusion is not None:
            figures = self.figure_table(table, references, seed)
            return comparing.scores_of(figures, self.fusion)
        images = preprocessing.prepare_all(table, self.size, fit=self.fit)
        return evaluation.score_table(
            self._embed(images),
            table,
            references=references,
            fusion=self.protocol["fusion"],
            seed=seed,
        )

    def figure_table(self, table: pd.DataFrame, references: int = 5, seed: int = 0) -> pd.DataFrame:
        """Return the figures behind the fused scores of a corpus, whether they are fused or not.

        Parameters
        ----------
        table, references, seed
            As for `score_table`.

        Returns
        -------
        DataFrame
            As `verifier.comparing.figure_table` returns it: what a `Fusion` is made of.

        Raises
        ------
        preprocessing.ImageError, ValueError
            As for `score_table`.
        """
        lines = comparing.trace_all(table)
        images = preprocessing.prepare_all(table, self.size, fit=self.fit)
        signatures = Signatures(self._embed(images), lines)
        rule = self.protocol["fusion"]
        usual_distance = None if self.fusion is None else self.fusion.usual_distance
        return comparing.figure_table(
            signatures, table, references, rule, seed, usual_distance=usual_distance
        )

    def _read(
        self, images: Sequence[Image], names: Sequence[str]
    ) -> tuple[np.ndarray, list[strokes.Line], tuple[str, ...]]:
        """Return images prepared, their lines where strokes are compared, and what is doubtful."""
        prepared = []
        lines = []
        doubts = []
        for image, name in zip(images, names, strict=True):
            is_file = isinstance(image, str | Path | bytes)
            gray = preprocessing.read_gray(image, name) if is_file else image
            one, found = preprocessing.prepare_and_judge(gray, self.size, self.fit, name)
            prepared.append(one)
            doubts.extend(f"{name}: {warning}" for warning in found.warnings)
            if self.fusion is not None:
                lines.append(strokes.trace_line(gray, name))
        return np.stack(prepared), lines, tuple(doubts)

    def _compare(self, asked: Signatures, references: Enrolled) -> tuple[float, pd.DataFrame]:
        """Return the score of one questioned signature, and the evidence."""
        known = references.vectors
        rule = self.protocol["fusion"]
        if self.fusion is None:
            scores, distances = evaluation.compare(asked.vectors, known, rule)
            return float(scores[0]), saying.evidence_of_encoder(distances[0], known)
        usual_distance = self.fusion.usual_distance
        figures = comparing.figures_of(
            asked, references.signatures, rule, usual_distance, references.own
        )
        score = float(self.fusion.score(figures)[0])
        return score, saying.evidence_of_all(figures, asked.vectors, references)

    def _embed(self, prepared: np.ndarray) -> np.ndarray:
        """Return the vectors of prepared images."""
        from deepsign_helpers import encoders

        return encoders.embed(self.encoder, prepared)

    def _decide(self, score: float) -> str:
        """Return what follows from a score."""
        if score >= self.accept_from:
            return "accept"
        if score < self.reject_below:
            return "reject"
        return "review"

    def _require_references(self, count: int) -> None:
        """Refuse a number of references that the verifier cannot judge by."""
        if not 1 <= count <= MOST_REFERENCES:
            raise ValueError(f"references: {count or 'none'}; give 1 to {MOST_REFERENCES}.")
        if count == 1 and self.fusion is None and self.protocol["fusion"] in MUTUAL_SHARES:
            raise ValueError(
                "references: only 1; this verifier compares references with each other, give 2."
            )


def _name(image: Image, part: str) -> str:
    """Return what messages call an image that nobody has named: the path, or the part it plays."""
    return str(image) if isinstance(image, str | Path) else part


def _require_names(names: Sequence[str], images: Sequence[Image]) -> None:
    """Refuse names that are not one for each image."""
    if len(names) != len(images):
        raise ValueError(f"names: {len(names)} for {len(images)} images; give one for each.")
