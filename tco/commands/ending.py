"""How a command ends: what it says of a refusal, and the exit code that scripts rely on."""

import json
import os
import sys
from collections.abc import Callable
from typing import Final, NoReturn

import typer

from pricing.errors import PlannerError, Problem, StorageError
from pricing.printable import escape_what_cannot_be_encoded
from pricing.told_to_end import STOPPED_EXIT_CODE, end_when_told
from tco.commands.notes import say_beside

SHELLS_CTRL_C: Final = 130
"""What typer makes of Ctrl-C, as a shell does."""
_NO_OUTPUT = Problem(
    "standard output", "", "cannot be written", "Check the space where it is written to."
)


def run_to_end(command: Callable[[], object]) -> NoReturn:
    """Run a command; a refusal is a message and an exit code, never a traceback.

    Output that cannot be written, on a full disk or into a pipe that was closed, and a path that
    nothing can be under, end with the code of storage; a command that is told to end, by SIGTERM
    or Ctrl-C, with one of its own.
    """
    end_when_told()
    output = sys.stdout
    escape_what_cannot_be_encoded(output)
    try:
        try:
            command()
        except SystemExit as end:
            sys.exit(_code(end, closed=sys.stdout is not output))
        except PlannerError as error:
            _say(error)
            sys.exit(error.exit_code)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()
        sys.exit(StorageError.exit_code)
    except OSError as error:
        if error.filename is None:
            _give_up_output()
        say_beside(f"error: {_unusable(error)} {error.strerror}.")
        sys.exit(StorageError.exit_code)
    sys.exit(0)


def _unusable(error: OSError) -> Problem:
    """Say what the machine does not let be written or read: a path, or the output."""
    if error.filename is None:
        return _NO_OUTPUT
    return Problem(str(error.filename), "", "cannot be used", "Name another path.")


def _code(end: SystemExit, *, closed: bool) -> str | int | None:
    """Exit code as documented; typer has its own for Ctrl-C and for output that was closed.

    Of the latter it leaves another standard output behind, which takes everything in silence.
    """
    if closed:
        return StorageError.exit_code
    return STOPPED_EXIT_CODE if end.code == SHELLS_CTRL_C else end.code


def _say(error: PlannerError) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps(error.document(), indent=2, ensure_ascii=False))
        return
    for problem in error.problems:
        say_beside(f"error: {problem}")


def _give_up_output() -> None:
    """Let the interpreter end in peace: it would try to write what is left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
