"""The command line: one command per question; results to stdout, everything else to stderr.

Commands import what they need when they run, so that ``--help`` answers at once.
"""

import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pricing.errors import InputError, Problem
from pricing.text_files import require_absent, write_whole
from tco.commands.analysis import analysis
from tco.commands.defaults import settle_defaults
from tco.commands.ending import run_to_end
from tco.commands.extras import require_installed
from tco.commands.hardware import hardware
from tco.commands.notes import Quiet, Verbose, note, set_loudness
from tco.commands.prices import prices
from tco.commands.quality import quality
from tco.commands.question_file import (
    AsJson,
    Assume,
    OwnLibrary,
    ScenarioFile,
    question_in,
    use_library,
)
from tco.commands.store import store
from tco.commands.usage import usage
from tco.commands.version import ShowVersion
from tco.exports.forms import FORMS, PRINTED, Form, form_named, form_of, require_ending

if TYPE_CHECKING:
    from tco.answer.worked import Evaluation
    from tco.question.scenario import Scenario

ScenarioFiles = Annotated[
    Path | None,
    typer.Option("--folder", help="Folder whose scenario files a caller may name; else none."),
]

command_line = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="From which load on does Llama on your own GPUs cost less than GPT tokens?",
)


@command_line.callback()
def planner(
    context: typer.Context,
    *,
    quiet: Quiet = False,
    verbose: Verbose = False,
    version: ShowVersion = False,
) -> None:
    """Read the options that belong to no command, and your own defaults."""
    set_loudness(quiet=quiet, verbose=verbose)
    if context.invoked_subcommand != "doctor":  # which says what is wrong with them
        settle_defaults()


command_line.add_typer(analysis)
command_line.add_typer(prices, name="prices")
command_line.add_typer(hardware, name="hardware")
command_line.add_typer(usage, name="usage")
command_line.add_typer(quality, name="quality")
command_line.add_typer(store, name="store")


@command_line.command("evaluate")
def evaluate_scenario(
    scenario: ScenarioFile = None,
    *,
    assume: Assume = None,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Compare the alternatives: their bills, and the verdict."""
    from tco.answer.documents import document, json_text

    question, evaluation = _answer(scenario, library, assume)
    if as_json:
        typer.echo(json_text(document(question, evaluation)))
        return
    from tco.commands.console import print_evaluation

    print_evaluation(question, evaluation)


@command_line.command("break-even")
def break_even(
    scenario: ScenarioFile = None,
    *,
    assume: Assume = None,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Utilisation, volumes and month from which self-hosting pays, or why it never does."""
    from tco.answer.documents import break_even_document, json_text

    _, evaluation = _answer(scenario, library, assume)
    if as_json:
        typer.echo(json_text(break_even_document(evaluation)))
        return
    from tco.commands.console import print_break_even

    print_break_even(evaluation)


@command_line.command("export")
def export_answer(
    scenario: ScenarioFile = None,
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help="File to write, standard output when left out; a .pdf is the printed report.",
        ),
    ] = None,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            parser=form_named,
            metavar=f"[{'|'.join(FORMS)}]",
            help="As the file's ending says when left out, else csv. toml is the scenario alone, "
            "forecast a CSV of month and meter.",
        ),
    ] = None,
    charts: Annotated[
        Path | None,
        typer.Option(help="Folder to draw every chart into, as PNG and SVG, instead of a file."),
    ] = None,
    assume: Assume = None,
    library: OwnLibrary = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the scenario with its result; a CSV reads back to the same answer."""
    if charts is not None:
        if to is not None or form is not None:
            taken = "draws pictures, and --to and --format write a file"
            raise InputError(Problem("--charts", str(charts), taken, "Ask for one at a time."))
        _draw_charts(scenario, library, assume, charts, replace=force)
        return
    if to is not None and form is not None:
        require_ending(to, form)
    if to is not None and form is None and to.suffix.lower() == PRINTED:
        content = _printed_report(scenario, library, assume)
    else:
        chosen = form or (FORMS["csv"] if to is None else form_of(to))
        if chosen.name == "xlsx" and to is None and sys.stdout.isatty():
            raise InputError(Problem("--format", "xlsx", "is no text", "Name a file with --to."))
        content = chosen.write(*_answer(scenario, library, assume))
    if to is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        if not force:
            require_absent(to)
        write_whole(to, content)
        note(f"Wrote {to}.")


@command_line.command()
def validate(scenario: Path, *, library: OwnLibrary = None) -> None:
    """Check a scenario file and everything it names; print nothing but problems."""
    _answer(scenario, library)
    note(f"{scenario}: valid.")


@command_line.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from tco.answer.documents import json_text
    from tco.question.scenario import Scenario

    typer.echo(json_text(Scenario.model_json_schema()))


@command_line.command("tokens")
def count_tokens(
    files: Annotated[list[Path], typer.Argument(help="Text of your own, as UTF-8.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Measure how many Llama tokens one GPT token of your text is."""
    from tco.answer.documents import json_text
    from tco.commands.tables import print_table
    from tco.own_data.token_ratio import VOCABULARIES, count_files

    rows = [
        {
            "file": counted.name,
            "characters": counted.characters,
            "gpt_tokens": counted.gpt_tokens,
            "llama_tokens": counted.llama_tokens,
            "llama_tokens_per_gpt_token": round(counted.ratio, 4),
        }
        for counted in count_files(files)
    ]
    if as_json:
        document = {"schema": "tco.tokens/1", "vocabularies": VOCABULARIES, "files": rows}
        typer.echo(json_text(document))
    else:
        print_table("Tokens of your text", tuple(rows[0]), rows)


@command_line.command("app")
def open_page(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 8501,
    *,
    headless: Annotated[bool, typer.Option(help="Do not open a browser.")] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Name by which others reach the page, through a proxy; several times."),
    ] = None,
    path: Annotated[
        str, typer.Option(help="Path below which a proxy serves the page, as in /planner.")
    ] = "",
    library: OwnLibrary = None,
) -> None:
    """Open the planner in the browser."""
    require_installed("app", "streamlit", "plotly")
    from tco.store.connect import require_store
    from tco.ui.server.settings import ENVIRONMENT, command

    require_store()
    use_library(library)
    quiet = ["--server.headless=true"] if headless else []
    words = [*command(port, host or (), path), *quiet]
    os.execve(sys.executable, words, {**os.environ, **ENVIRONMENT})


@command_line.command("serve")
def serve_http(
    port: Annotated[int, typer.Option(help="Port; 0 for any free one.", min=0, max=65535)] = 8600,
    *,
    address: Annotated[
        str, typer.Option(help="Address to listen at; beyond this machine it needs a token.")
    ] = "127.0.0.1",
    host: Annotated[
        list[str] | None,
        typer.Option(help="Name by which others call it, through a proxy; several times."),
    ] = None,
    folder: ScenarioFiles = None,
    library: OwnLibrary = None,
) -> None:
    """Answer other programs over HTTP, with the documents of --json; described at /openapi.json.

    TCO_TOKEN in the environment is what a caller must show as a bearer.
    """
    require_installed("serve", "starlette", "uvicorn")
    from tco.service.listen import listen

    use_library(library)
    listen(folder, address=address, port=port, names=host or (), token=os.environ.get("TCO_TOKEN"))


@command_line.command("mcp")
def serve_agents(*, folder: ScenarioFiles = None, library: OwnLibrary = None) -> None:
    """Answer an agent over the Model Context Protocol, on standard input and output."""
    require_installed("mcp", "mcp")
    from tco.service.mcp_server import serve_mcp
    from tco.service.scenario_folder import ScenarioFolder

    use_library(library)
    serve_mcp(ScenarioFolder.of(folder))


@command_line.command()
def doctor(*, library: OwnLibrary = None, as_json: AsJson = False) -> None:
    """Look at what the planner needs on this machine; exit with 10 where something is at fault."""
    from tco.charts.pictures import missing
    from tco.commands.doctor import look_around

    use_library(library)
    look_around(missing, as_json=as_json)


def _printed_report(scenario: Path | None, library: list[Path] | None, assume: str | None) -> bytes:
    """Print the report of the answer with the browser of this machine."""
    from tco.charts.printed import printed
    from tco.exports.report_page import report_html

    return printed(report_html(*_answer(scenario, library, assume)))


def _draw_charts(
    scenario: Path | None,
    library: list[Path] | None,
    assume: str | None,
    folder: Path,
    *,
    replace: bool,
) -> None:
    """Draw every chart of the answer into a folder."""
    if find_spec("streamlit") is None or find_spec("plotly") is None:
        raise InputError(
            Problem("--charts", "", "needs the page's packages", "Install [app,charts].")
        )
    from tco.charts.pictures import missing, pictures

    if problem := missing():
        raise InputError(problem)
    from tco.charts.chart import Case
    from tco.charts.paper import answer_charts

    question, evaluation = _answer(scenario, library, assume)
    for name, content in pictures(
        answer_charts(Case(question, evaluation, evaluation.asked.data))
    ).items():
        folder.mkdir(parents=True, exist_ok=True)
        if not replace:
            require_absent(folder / name)
        write_whole(folder / name, content)
        note(f"Wrote {folder / name}.")


def _answer(
    path: Path | None, library: list[Path] | None, assume: str | None = None
) -> "tuple[Scenario, Evaluation]":
    from tco.answer.evaluation import evaluate

    scenario = question_in(path, library, assume).scenario
    return scenario, evaluate(scenario)


def main() -> NoReturn:
    """Run the command line; a refusal is a message and an exit code, never a traceback."""
    run_to_end(partial(command_line, standalone_mode=True))


if __name__ == "__main__":
    main()
