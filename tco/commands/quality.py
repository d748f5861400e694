"""The quality commands: your own tasks against both sides, and what came of them."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pricing.errors import InputError, Problem
from pricing.text_files import require_absent, write_whole
from pricing.told_to_end import STOPPED_EXIT_CODE
from tco.commands.extras import require_installed
from tco.commands.notes import note
from tco.commands.question_file import (
    AsJson,
    OwnLibrary,
    answer_to,
    print_json,
    question_in,
)

if TYPE_CHECKING:
    from tco.quality.run import QualityRun, RunEnd

quality = typer.Typer(
    no_args_is_help=True, help="Whose answers you accept, on tasks of your own, and what they cost."
)


@quality.command("run")
def run_tasks(
    tasks: Annotated[Path, typer.Argument(help="Tasks as JSON, one a line.")],
    *,
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            help="Who answers: NAME=ADDRESS, such as openai/gpt-5.4=https://api.openai.com/v1, or "
            "'Llama 3.3 70B=http://127.0.0.1:8000/v1#served-name' for a server of yours. Several.",
        ),
    ],
    judge: Annotated[
        list[str] | None, typer.Option(help="Who grades, as --model; by the name tasks give.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VARIABLE that holds its key; a seller's is SELLER_API_KEY."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that keeps every answer.")] = Path("quality"),
    resume: Annotated[bool, typer.Option("--resume", help="Ask what is not answered yet.")] = False,
    budget: Annotated[
        float | None, typer.Option(help="Most that may be spent on tokens [USD].", min=0)
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Requests at once.", min=1, max=256)] = 4,
    max_output: Annotated[int, typer.Option(help="Output tokens of an answer.", min=1)] = 2_048,
    seed: Annotated[int, typer.Option(help="Sent with every request.", min=0)] = 20261124,
) -> None:
    """Ask every model every task, and score what they answer; resumable at any moment."""
    require_installed("quality", "inspect_ai", "openai")
    from pricing.catalogue import Catalogue
    from tco.quality.endpoints import endpoints_of
    from tco.quality.run import QualityRun, RunSettings
    from tco.quality.tasks import read_tasks

    catalogue = Catalogue.load()
    limit = None if budget is None else Decimal(str(budget))
    run = QualityRun(
        tasks=read_tasks(tasks),
        models=endpoints_of(model, key or [], catalogue, option="--model"),
        judges=endpoints_of(judge or [], key or [], catalogue, option="--judge"),
        folder=out,
        settings=RunSettings(concurrency, seed, max_output, limit),
        catalogue=catalogue,
    )
    end = _run(run, resume=resume)
    note(f"{end.answered} of {end.asked} answered. Sum up: tco quality sum {out}")
    if end.answered < end.asked:
        if end.is_over_budget:
            note("The budget held the rest back: raise it and --resume.")
        raise typer.Exit(STOPPED_EXIT_CODE)


def _run(run: "QualityRun", *, resume: bool) -> "RunEnd":
    from pricing.figures import exact

    run.check()
    run.begin(resume=resume)
    most = exact(run.first_requests_usd())
    note(f"At most {most} USD for the first request of every task.")

    def _tell(finished: int, spent: Decimal) -> None:
        note(f"{finished} done, {exact(spent)} USD spent")

    return run.answer(_tell)


@quality.command("sum")
def sum_up(
    logs: Annotated[
        list[Path],
        typer.Argument(help="Folders of runs, logs of Inspect, results of promptfoo, CSVs."),
    ],
    *,
    scenario: Annotated[
        Path | None, typer.Option(help="Scenario to answer with what was measured.")
    ] = None,
    quick_as: Annotated[
        str | None,
        typer.Option("--as-quick-as", help="Model whose times become the latency objective."),
    ] = None,
    retries: Annotated[
        int | None, typer.Option(help="Further tries of an answer that is not accepted.", min=0)
    ] = None,
    unaccepted: Annotated[
        float | None,
        typer.Option(help="Cost of what is not accepted in the end [USD].", min=0),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Scenario file to write, as TOML.")] = None,
    tasks: Annotated[
        Path | None, typer.Option(help="CSV to write: a row per task and model, for the page.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Say whose answers are accepted, how surely, at what cost; and what a scenario makes of it."""
    from pricing.catalogue import Catalogue
    from tco.analysis.decision import Question
    from tco.answer.documents import scenario_toml
    from tco.commands.quality_documents import print_summary, remarks, summary_document
    from tco.quality.summary import as_quick_as, is_log, summary_of, with_measured_quality
    from tco.quality.trials_file import trials_csv

    if any(map(is_log, logs)):
        require_installed("quality", "inspect_ai")
    follows = {"retries": retries, "usd_per_unaccepted": unaccepted}
    told = {name: value for name, value in follows.items() if value is not None}
    if scenario is None and (told or to is not None or quick_as is not None):
        limit = "needs a scenario to start from"
        raise InputError(Problem("--scenario", "", limit, "Name one."))
    summary = summary_of(logs, Catalogue.load())
    for line in remarks(summary):
        note(line)
    if tasks is not None:
        _write(tasks, trials_csv(summary.trials), replace=force)
    answers = None
    if scenario is not None:
        before = question_in(scenario, library)
        after = with_measured_quality(before.scenario, summary, told)
        if quick_as is not None:
            after = as_quick_as(after, summary, quick_as)
        if to is not None:
            _write(to, scenario_toml(after), replace=force)
        answers = (answer_to(before), answer_to(Question.of(after)))
    if as_json:
        print_json(summary_document(summary, answers))
    else:
        print_summary(summary, answers)


def _write(path: Path, text: str, *, replace: bool) -> None:
    if not replace:
        require_absent(path)
    write_whole(path, text.encode())
    note(f"Wrote {path}.")
