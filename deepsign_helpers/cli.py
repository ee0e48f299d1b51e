"""DeepSign, a course in signature verification: python -m deepsign_helpers data | serve, run from a checkout."""

import sys
from pathlib import Path

import joblib
import typer

from deepsign_helpers import runtime

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)


@app.command()
def data() -> None:
    """Generate the small corpus that the notebooks read; nobody has signed it."""
    from deepsign_helpers import synthesis

    folder = runtime.data_folder()
    with joblib.parallel_config(n_jobs=2):
        scripts = ("latin", "devanagari", "latin", "paraph")
        table = synthesis.write_corpus(
            folder, writers=24, genuine=12, forged=12, seed=0, scripts=scripts
        )
    print(
        f"{folder.name}: {len(table)} signatures of {table['writer'].nunique()} writers who do not exist"
    )


@app.command()
def serve(folder: Path | None = None, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Answer over HTTP whether a signature fits its references, with the verifier that chapter 05 trained."""
    from deepsign_helpers import serving

    serving.serve(folder or runtime.build_folder() / "classroom", host, port)


def main() -> None:
    """Run the command line; an error is one sentence."""
    try:
        app()
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(str(error))
