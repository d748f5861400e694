"""A scenario file into a question, its answer, and a document on standard output."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tco.commands.defaults import SCENARIO
from tco.commands.notes import detail, note
from tco.words.figures import plural, whole
from tco.words.version import planner_version

if TYPE_CHECKING:
    from tco.analysis.decision import Question
    from tco.answer.worked import Evaluation

STANDARD_INPUT: Final = Path("-")
ScenarioFile = Annotated[
    Path | None,
    typer.Argument(
        help="Scenario as TOML or JSON, or an exported CSV; - reads standard input; the default "
        "when left out."
    ),
]
OwnLibrary = Annotated[
    list[Path] | None,
    typer.Option(
        "--library", help="Folder of your own facts and records, beside those of TCO_LIBRARY."
    ),
]
Assume = Annotated[
    str | None,
    typer.Option(
        metavar="[frugal|typical|careful]",
        help="Published figures for what you give none of: the cheapest, the usual, the dearest; "
        "as the scenario says when left out.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one versioned JSON document.")]


def question_in(
    path: Path | None, library: list[Path] | None, assume: str | None = None
) -> "Question":
    """Read the question of a scenario file, of the default scenario when there is none.

    Parameters
    ----------
    library
        Folders of your own facts and records, from here on part of every answer.
    assume
        Set of assumptions to take instead of the scenario's.
    """
    from tco.analysis.decision import Question
    from tco.question.files import MAX_BYTES, changed, read_scenario_file, scenario_without_name

    use_library(library)
    if path == STANDARD_INPUT:
        held = scenario_without_name(sys.stdin.buffer.read(MAX_BYTES + 1))
    else:
        held = read_scenario_file(path if path is not None else default_scenario())
    for edit in held.edits:
        note(f"Edited since it was exported: {edit}.")
    scenario = held.scenario if assume is None else changed(held.scenario, {"assume": assume})
    question = Question.of(scenario)
    _say_details(question)
    return question


def default_scenario() -> Path:
    """Scenario that is meant where none is named: your own default, else the one that ships."""
    from tco.question.presets import preset_paths

    return Path(os.environ.get(SCENARIO) or preset_paths()[0])


def _say_details(question: "Question") -> None:
    """Say what is answered from what, to who asked for details."""
    catalogue = question.data.catalogue
    records = question.data.library.calibrations.values()
    own = sum(record.own for record in records)
    detail(f"Scenario {question.scenario.name!r}, prices of {question.scenario.prices_on}.")
    detail(f"Planner {planner_version()}, catalogue {catalogue.version}.")
    detail(f"{plural(len(records), 'calibration record')}, {whole(own)} of them your own.")


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
