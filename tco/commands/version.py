"""Which version of the planner this is, for either command line."""

from importlib.metadata import version
from typing import Annotated

import typer


def _show(asked: bool) -> None:
    if asked:
        typer.echo(version("gpt-or-llama-planner"))
        raise typer.Exit


ShowVersion = Annotated[
    bool,
    typer.Option("--version", callback=_show, is_eager=True, help="Print the version, and end."),
]
