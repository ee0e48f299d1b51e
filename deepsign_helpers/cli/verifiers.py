"""The commands on verifiers: train one, judge it, ask it, and let others ask it."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deepsign_helpers import runtime
from deepsign_helpers.cli.ending import REJECTED, say
from deepsign_helpers.cli.options import (
    BY_DEFAULT,
    AsJson,
    Corpus,
    Kinds,
    Layout,
    Page,
    Seed,
    classroom,
    load_corpus,
    require_file_place,
    require_folder_place,
)

# On a full disk HDF5 does not raise an error but ends the process, minutes into a training.
MEGABYTES_OF_A_TRAINING = 50

Preset = StrEnum("Preset", "classroom study")

Into = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where to leave the verifier; a verifier that stands there is replaced. By default "
        "build/NAME-PRESET with the name of the corpus: what chapter 05 trained stays.",
    ),
]
HowLong = Annotated[
    Preset, typer.Option(help="How to train: for two minutes, or for half an hour.")
]
OfVerifier = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help=f"Folder of a verifier; {BY_DEFAULT}")
]
HowMany = Annotated[
    int, typer.Option(min=1, max=10, help="How many genuine signatures to compare with.")
]
References = Annotated[
    list[Path],
    typer.Argument(metavar="REFERENCE", help="Scans of 1 to 10 genuine signatures of the writer."),
]
Questioned = Annotated[
    Path,
    typer.Argument(
        metavar="QUESTIONED",
        help="The last one: the scan of the signature that is said to be the same writer's.",
    ),
]
FailOnReject = Annotated[
    bool, typer.Option("--fail-on-reject", help=f"End with exit code {REJECTED} on a reject.")
]
Host = Annotated[str, typer.Option(help="Address that is listened on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port that is listened on.")]


def train(
    folder: Corpus,
    into: Into = None,
    preset: HowLong = Preset.classroom,
    layout: Layout = "auto",
    kinds: Kinds = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Train a verifier on a corpus.

    Most writers train it, the others judge it; there must be ten or more. Beside the verifier,
    scores.csv and report.html say how it errs. A training that was interrupted goes on when the
    same command is given again.
    """
    table = load_corpus(folder, layout, kinds)
    into = into or runtime.build_folder() / f"{folder.resolve().name}-{preset}"
    require_folder_place(into, MEGABYTES_OF_A_TRAINING)
    import pandas as pd

    from deepsign_helpers import evaluation, plotting, training

    settings = {"classroom": training.CLASSROOM, "study": training.STUDY}[preset]
    print(f"training: {settings.seconds / 60:.0f} minutes at most", file=sys.stderr)
    _, history = training.learn(table, into, settings, seed)
    scores = pd.read_csv(into / "scores.csv")
    judged = scores[scores["references"] == scores["references"].max()]
    report = evaluation.evaluate(judged)
    plotting.write_page(judged, into / "report.html", folder.resolve().name)

    if as_json:
        facts = {"folder": str(into), "seconds": round(history.seconds), "notes": history.notes}
        say(json.dumps({**facts, "report": json.loads(report.to_json())}))
        return
    say(
        "\n".join(
            [
                str(report),
                *history.notes,
                history.health.sentence,
                f"{into}: the verifier, trained in {history.seconds:.0f} s; report.html beside it "
                "shows how it errs.",
                f"It has seen most writers of {folder}: evaluate it on others.",
            ]
        )
    )


def evaluate(
    folder: Corpus,
    verifier: OfVerifier = None,
    layout: Layout = "auto",
    kinds: Kinds = None,
    references: HowMany = 5,
    as_json: AsJson = False,
    page: Page = None,
) -> None:
    """Report the error rates of a verifier on a corpus.

    Half of the writers set the threshold, the others are judged; there must be four or more. Take
    writers that it was not trained on: with those that it knows it errs less than with others.
    """
    require_file_place(page)
    table = load_corpus(folder, layout, kinds)
    import numpy as np

    from deepsign_helpers import evaluation, pairing, plotting
    from deepsign_helpers.verifier import Verifier

    validation_rows, _ = next(iter(pairing.writer_folds(table, n_splits=2)))
    is_validation = table.index.isin(validation_rows)
    table["split"] = ["validation" if one else "test" for one in is_validation]
    # What cannot be judged is refused now: vectors all alike are scored at no cost.
    evaluation.evaluate(evaluation.score_table(np.ones((len(table), 1)), table, references))
    scores = Verifier.load(verifier or classroom()).score_table(table, references)
    report = evaluation.evaluate(scores)
    if page is not None:
        plotting.write_page(scores, page, folder.resolve().name)
    say(report.to_json() if as_json else str(report))


def verify(
    references: References,
    questioned: Questioned,
    folder: OfVerifier = None,
    as_json: AsJson = False,
    fail_on_reject: FailOnReject = False,
) -> None:
    """Say whether a signature fits its references.

    The references come first, the questioned signature last.
    """
    from deepsign_helpers import preprocessing
    from deepsign_helpers.verifier import Verifier

    paths = [*references, questioned]
    images = [preprocessing.read_gray(path) for path in paths]  # refused before TensorFlow starts
    known = Verifier.load(folder or classroom())
    verdict = known.verify(images[:-1], images[-1], names=[str(path) for path in paths])
    if as_json:
        say(json.dumps({**verdict.to_dict(), **known.rules}))
    else:
        say(str(verdict))
    if fail_on_reject and verdict.decision == "reject":
        raise typer.Exit(REJECTED)


def serve(folder: OfVerifier = None, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Answer the same over HTTP, until Ctrl-C."""
    try:
        from deepsign_helpers import serving
    except ModuleNotFoundError as error:
        cure = "install the extra: pip install 'deepsign[serve]'."
        raise RuntimeError(f"serve: needs {error.name}, which is missing; {cure}") from error

    serving.serve(folder or classroom(), host, port)
