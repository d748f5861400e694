"""What a command says in sentences: of its result, and beside it on standard error."""

import sys
from contextvars import ContextVar
from typing import Annotated, Final

import typer

_LOUDNESS: Final[ContextVar[int]] = ContextVar("loudness", default=0)
"""Below 0 quiet, above 0 with details."""

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and refusals.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say on standard error what is answered from what.")
]


def set_loudness(*, quiet: bool, verbose: bool) -> None:
    """Say less or more from here on."""
    _LOUDNESS.set(int(verbose) - int(quiet))


def is_quiet() -> bool:
    """Whether nothing is said beside results and refusals."""
    return _LOUDNESS.get() < 0


def say(text: str) -> None:
    """Say a part of the result, in lines of whole words."""
    from tco.commands.terminal import Terminal

    Terminal().say(text)


def say_beside(text: str) -> None:
    """Say something beside the result, in lines of whole words where it is read in a terminal."""
    if sys.stderr.isatty():
        from tco.commands.terminal import Terminal

        Terminal(stderr=True).say(text)
    else:
        typer.echo(text, err=True)


def note(text: str) -> None:
    """Say what became of a command, unless it is to be quiet."""
    if not is_quiet():
        say_beside(text)


def detail(text: str) -> None:
    """Say what only somebody asks for who wants every detail."""
    if _LOUDNESS.get() > 0:
        say_beside(text)
