"""The commands on corpora: draw one and look for what gives its images away."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deepsign_helpers import runtime
from deepsign_helpers.cli.ending import say
from deepsign_helpers.cli.options import (
    AsJson,
    Corpus,
    Kinds,
    Layout,
    Page,
    Seed,
    load_corpus,
    require_file_place,
    require_folder_place,
)

# The names that the package knows; help and completion are not to wait until it is imported.
Difficulty = StrEnum("Difficulty", "easy medium hard")
Script = StrEnum("Script", "latin devanagari paraph arabic invented hung")
Domain = StrEnum(
    "Domain",
    "clean office phone fax box desk rim stamp text two shadow field rule dotted crumbs",
)

NewCorpus = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="Where to write it; a generated corpus that stands there is replaced.",
    ),
]
Writers = Annotated[int, typer.Option(min=1, help="How many writers.")]
EachWriter = Annotated[
    tuple[int, int],
    typer.Option(
        metavar="GENUINE FORGED",
        help="How many genuine and how many forged signatures of each writer.",
    ),
]
HowHard = Annotated[Difficulty, typer.Option(help="For a verifier: how skilled the forgers are.")]
Scripts = Annotated[
    list[Script],
    typer.Option(
        "--script",
        metavar="NAME",
        help=f"What a writer writes in: {', '.join(Script)}. Given several times, writers take "
        "turns.",
    ),
]
Domains = Annotated[
    list[Domain],
    typer.Option(
        "--domain",
        metavar="NAME",
        help=f"How a sheet is scanned, or what is on it: {', '.join(Domain)}. Given several times, "
        "each has its share.",
    ),
]


def data() -> None:
    """Generate the small corpus that the notebooks read."""
    from deepsign_helpers import synthesis

    folder = runtime.data_folder()
    table = synthesis.write_corpus(
        folder,
        writers=24,
        genuine=12,
        forged=12,
        seed=0,
        scripts=("latin", "devanagari", "latin", "paraph"),
    )
    writers = table["writer"].nunique()
    say(f"{folder.name}: {len(table)} signatures of {writers} writers who do not exist")


def generate(
    folder: NewCorpus,
    writers: Writers = 24,
    signatures: EachWriter = (12, 12),
    difficulty: HowHard = Difficulty.medium,
    seed: Seed = 0,
    scripts: Scripts = (Script.latin,),
    domains: Domains = (Domain.clean,),
) -> None:
    """Generate a corpus of writers who do not exist.

    Beside their signatures, and forgeries of them, manifest.csv says what each image is, and
    corpus.json what was asked for.
    """
    require_folder_place(folder)
    from deepsign_helpers import synthesis

    genuine, forged = signatures
    table = synthesis.write_corpus(
        folder,
        writers=writers,
        genuine=genuine,
        forged=forged,
        difficulty=str(difficulty),
        seed=seed,
        scripts=tuple(map(str, scripts)),
        domains=tuple(map(str, domains)),
    )
    say(f"{folder}: {len(table)} signatures of {writers} writers who do not exist")


def inspect(
    folder: Corpus,
    layout: Layout = "auto",
    kinds: Kinds = None,
    as_json: AsJson = False,
    page: Page = None,
) -> None:
    """Say what is wrong with a corpus before it is used.

    Such as: one image alone tells whether it is forged, by its paper or size; copies; gaps.
    """
    require_file_place(page)
    from deepsign_helpers import corpora, plotting

    table = load_corpus(folder, layout, kinds)
    findings = corpora.inspect(table)
    if page is not None:
        plotting.write_findings(findings, page, folder.resolve().name)
    if as_json:
        say(json.dumps(findings.to_dict()))
    else:
        say(str(findings))
