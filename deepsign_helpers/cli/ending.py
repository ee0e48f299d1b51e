"""How a command ends: what it has to say, its exit code, and one sentence where it went wrong."""

import os
import sys
import warnings

import joblib
import typer
from typer.core import TyperGroup

# Beside 0, and 2 for wrong usage, which is typer's own.
REFUSED = 1
REJECTED = 3
INTERRUPTED = 130  # 128 and the number of the signal, as shells count

# What the package refuses with a sentence; anything else is a mistake of ours, and shows its trace.
REFUSALS = (ValueError, OSError, RuntimeError, ArithmeticError)


class Commands(TyperGroup):
    """The commands; none of them ends with a traceback for what its user can mend."""

    def invoke(self, context: typer.Context) -> None:
        """Run one command on all cores; end with its exit code."""
        for stream in (sys.stdout, sys.stderr):
            # A letter that the terminal does not know becomes its number.
            stream.reconfigure(errors="backslashreplace")
        with joblib.parallel_config(n_jobs=-1), warnings.catch_warnings():
            warnings.showwarning = show_warning
            code, sentence = self.ending(context)
        # Said here, when a progress bar of the command has ended its line.
        if sentence:
            print(sentence, file=sys.stderr)
        if code:
            raise typer.Exit(code)

    def ending(self, context: typer.Context) -> tuple[int, str]:
        """Run a command; return its exit code, and the sentence on what went wrong, if any."""
        try:
            super().invoke(context)
        except typer.Exit as end:
            return end.exit_code, ""
        except KeyboardInterrupt:
            return INTERRUPTED, "Interrupted; the same command takes it up again."
        except BrokenPipeError:
            raise  # nobody reads the help any more: typer ends without a word
        except REFUSALS as error:
            return REFUSED, sentence_on(error)
        return 0, ""


def say(text: str) -> None:
    """Print what a command has found, even to a reader that soon has enough, such as `head`."""
    try:
        print(text, flush=True)
    except OSError as error:
        # What could not be printed is tried again when the process ends: let it vanish.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


def sentence_on(error: Exception) -> str:
    """Return what went wrong; the system's own errors say it with a number and in brackets."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'output'}: {error.strerror}."
    return str(error)


def show_warning(message: Warning | str, *place: object) -> None:
    """Show a warning as the sentence it is, without the place in the code that it came from."""
    print(message, file=sys.stderr)
