"""DeepSign, a course in signature verification: python -m deepsign_helpers data | serve | verify.

Each command is one step of the course. Run from a checkout, it finds the folders by itself.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import joblib
import typer

from deepsign_helpers import runtime

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)

Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of a trained verifier; by default the one that chapter 05 left."),
]
References = Annotated[
    list[Path], typer.Argument(help="Scans of 1 to 10 genuine signatures of the writer.")
]
Questioned = Annotated[
    Path, typer.Option(help="Scan of the signature that is said to be the same writer's.")
]
Host = Annotated[str, typer.Option(help="Address that is listened on.")]
Port = Annotated[int, typer.Option(help="Port that is listened on, 1 to 65535.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine to read.")]


@app.command()
def data() -> None:
    """Generate the small corpus that the notebooks read; nobody has signed it."""
    from deepsign_helpers import synthesis

    folder = runtime.data_folder()
    with joblib.parallel_config(n_jobs=2):
        table = synthesis.write_corpus(
            folder,
            writers=24,
            genuine=12,
            forged=12,
            seed=0,
            scripts=("latin", "devanagari", "latin", "paraph"),
        )
    writers = table["writer"].nunique()
    print(f"{folder.name}: {len(table)} signatures of {writers} writers who do not exist")


@app.command()
def serve(folder: Folder = None, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Answer over HTTP whether a signature fits its references."""
    from deepsign_helpers import serving

    serving.serve(folder or classroom(), host, port)


@app.command()
def verify(
    references: References,
    questioned: Questioned,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a signature fits its references: verify REFERENCES... --questioned SCAN."""
    from deepsign_helpers.verifier import Verifier

    verifier = Verifier.load(folder or classroom())
    verdict = verifier.verify(references, questioned)
    if as_json:
        print(json.dumps({**verdict.to_dict(), **verifier.rules}, ensure_ascii=False))
    else:
        print(verdict)


def classroom() -> Path:
    """Return the folder that chapter 05 leaves its verifier in."""
    return runtime.build_folder() / "classroom"


def main() -> None:
    """Run the command line; an error is one sentence."""
    try:
        app()
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(str(error))
