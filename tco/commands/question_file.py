"""A scenario file into a question, its answer, and a document on standard output."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tco.analysis.decision import Question
    from tco.answer.worked import Evaluation

ScenarioFile = Annotated[
    Path | None,
    typer.Argument(help="Scenario as TOML or JSON, or an exported CSV; the default when left out."),
]
OwnLibrary = Annotated[
    list[Path] | None,
    typer.Option(
        "--library", help="Folder of your own facts and records, beside those of TCO_LIBRARY."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one versioned JSON document.")]


def question_in(path: Path | None, library: list[Path] | None) -> "Question":
    """Read the question of a scenario file, of the default scenario when there is none.

    Parameters
    ----------
    library
        Folders of your own facts and records, from here on part of every answer.
    """
    from tco.analysis.decision import Question
    from tco.question.files import read_scenario_file
    from tco.question.presets import preset_paths

    use_library(library)
    held = read_scenario_file(path if path is not None else preset_paths()[0])
    for edit in held.edits:
        typer.echo(f"Edited since it was exported: {edit}.", err=True)
    return Question.of(held.scenario)


def use_library(folders: list[Path] | None) -> None:
    """Answer from the records of these folders too, in processes that are started as well."""
    from hardware_profiles.own_records import name_library

    if folders:
        name_library(folders)


def answer_to(question: "Question") -> "Evaluation":
    """Evaluate a question."""
    from tco.answer.evaluation import evaluate

    return evaluate(question.scenario, question.data)


def stamp_values(question: "Question") -> dict[str, Any]:
    """Plain values of what a question is answered with."""
    from tco.answer.documents import plain
    from tco.answer.evaluation import stamp_of
    from tco.answer.working import look_up

    resolved = look_up(question.scenario, question.data).resolved
    stamp: dict[str, Any] = plain(stamp_of(resolved, question.data.catalogue))
    return stamp


def print_json(content: dict[str, Any]) -> None:
    """Print one document and nothing else."""
    from tco.answer.documents import json_text

    typer.echo(json_text(content))
