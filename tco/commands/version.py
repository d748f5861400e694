"""Which version of the planner this is, for either command line."""

from typing import Annotated

import typer

from tco.words.version import planner_version


def _show(asked: bool) -> None:
    if asked:
        typer.echo(planner_version())
        raise typer.Exit


ShowVersion = Annotated[
    bool,
    typer.Option("--version", callback=_show, is_eager=True, help="Print the version, and end."),
]
