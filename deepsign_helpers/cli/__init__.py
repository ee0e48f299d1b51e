"""The command line: one word for each step of the course, thin over the package.

`deepsign --help` lists the words; `python -m deepsign_helpers --help` is the same where nothing is
installed. What a command needs is imported when it runs, so that help comes at once.
"""

import typer

from deepsign_helpers.cli import corpora, sheets, verifiers
from deepsign_helpers.cli.ending import Commands

ABOUT = """Signature verification, step by step, on signatures that nobody has signed or on yours.

Exit codes: 0 done, 1 refused, with a sentence that says why, 2 wrong usage, 3 rejected, if
`verify --fail-on-reject` was asked for, 130 interrupted."""

# Each command in the order of its step, with an example.
EXAMPLES = {
    corpora.data: "deepsign data",
    corpora.generate: "deepsign generate build/office --writers 100 --domain office",
    corpora.inspect: "deepsign inspect build/office --page build/office.html",
    sheets.sheet: "deepsign sheet build/sheets.pdf --people 20",
    sheets.cut: "deepsign cut data_real/photos/*.jpg --into data_real/class",
    verifiers.train: "deepsign train build/office --preset classroom",
    verifiers.evaluate: "deepsign evaluate build/other --verifier build/office-classroom",
    verifiers.verify: "deepsign verify genuine_1.png genuine_2.png questioned.png",
    verifiers.serve: "deepsign serve --port 8123",
}

app = typer.Typer(
    cls=Commands,
    help=ABOUT,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: no frames for a screen reader to spell out
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command, example in EXAMPLES.items():
    app.command(epilog=f"Example: {example}")(command)


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    app()
