"""What a refresh or a comparison says: each difference, and what it does to a verdict."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tco.commands.analysis import CHECK_FAILED
from tco.commands.notes import note, say

if TYPE_CHECKING:
    from pricing.acceptance import ChangeT, Refresh, Told
    from tco.facts.data import Data


def print_refresh(done: "Refresh[ChangeT]", nothing: str) -> None:
    """Say what a refresh changes, and end with 10 where that is not written.

    Parameters
    ----------
    nothing
        What is said where nothing changes.
    """
    _print_changes(done.changes, nothing)
    note("Written." if done.written else f"Nothing written: {done.reason}.")
    if not (done.written or done.up_to_date):
        raise typer.Exit(CHECK_FAILED)


def print_diff(
    changes: "Sequence[Told]",
    said: Mapping[str, str],
    nothing: str,
    schema: str,
    *,
    as_json: bool,
) -> None:
    """Say what differs between two lists, then what a scenario's verdict is with each."""
    from tco.answer.documents import json_text

    if as_json:
        told = [{"words": change.words, "large": change.large} for change in changes]
        typer.echo(json_text({"schema": schema, "changes": told, "verdicts": dict(said)}))
        return
    _print_changes(changes, nothing)
    for when, verdict in said.items():
        say(f"{when}: {verdict}")


def verdicts(path: Path, before: "Data", after: "Data") -> dict[str, str]:
    """Headline and sentence of a scenario with each of two sets of facts."""
    from tco.answer.evaluation import evaluate
    from tco.question.files import load_scenario

    question = load_scenario(path)
    answers = {
        when: evaluate(question, data).verdict
        for when, data in (("before", before), ("after", after))
    }
    return {when: f"{said.headline} {said.sentence}" for when, said in answers.items()}


def _print_changes(changes: "Sequence[Told]", nothing: str) -> None:
    for change in changes:
        say(f"Look at this: {change.words}" if change.large else change.words)
    if not changes:
        say(nothing)
