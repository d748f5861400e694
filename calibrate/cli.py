"""The command line of calibration: points in, records and held-out errors out."""

import json
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from calibrate.commands.plan_cli import add_plan_commands
from calibrate.commands.record_cli import add_record_commands
from calibrate.commands.run_cli import AsJson, add_run_commands
from pricing.errors import InputError, Problem
from tco.commands.ending import run_to_end
from tco.commands.version import ShowVersion

if TYPE_CHECKING:
    from calibrate.fitting.score import CrossValidation
    from hardware_profiles import CalibrationRecord, Library

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Turn measured load points into calibration records with a stated error.",
)


@app.callback()
def calibration(*, version: ShowVersion = False) -> None:
    """Read the options that belong to no command."""


Points = Annotated[
    Path | None,
    typer.Argument(help="CSV of load points; the points that ship when left out."),
]


Configs = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        metavar="MODEL=FILE",
        help="config.json of a model of the table that the library does not know. Repeatable.",
    ),
]


@app.command()
def fit(
    points: Points = None,
    *,
    configs: Configs = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write one JSON file per record to.")
    ] = None,
    measured_by: Annotated[
        str,
        typer.Option("--measured-by", help="Who measured rows that do not say so themselves."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Fit a record to every group of points whose model and accelerator are known."""
    from calibrate.fitting.printed_table import markdown_table
    from calibrate.fitting.record import record_text, write_records
    from calibrate.fitting.shipped import records_of, shipped_records

    library = _library(configs)
    fitted = (
        shipped_records(library)
        if points is None
        else records_of(_points_text(points), library, measured_by=measured_by, name=points.name)
    )
    records = fitted.records
    for reason, count in sorted(fitted.screened.items()):
        typer.echo(f"screened, {count} rows: {reason}", err=True)
    for problem in fitted.without:
        typer.echo(f"no record: {problem}", err=True)
    if out is not None:
        for path in write_records(records, out):
            typer.echo(f"Wrote {path}.", err=True)
    if as_json:
        typer.echo(_json({"schema": "calibrate.records/1", "records": _plain(records)}))
    elif out is None and len(records) == 1:
        typer.echo(record_text(records[0]), nl=False)
    else:
        typer.echo(markdown_table(records))


@app.command()
def crossval(
    points: Points = None,
    *,
    leave: Annotated[
        Literal["fold", "shape", "above", "below", "layout"],
        typer.Option(
            "--leave",
            help="What is predicted by the rest: a fold, a shape, the higher or the lower half of "
            "the clients, or a layout.",
        ),
    ] = "fold",
    folds: Annotated[int, typer.Option(help="Parts of each group, each held out once.", min=2)] = 5,
    seed: Annotated[int, typer.Option(help="Decides which point falls into which part.")] = 0,
    configs: Configs = None,
    as_json: AsJson = False,
) -> None:
    """Predict every point by a fit that never saw it, and print the errors."""
    from calibrate.fitting.score import cross_validate, document, text

    result: CrossValidation = cross_validate(
        _points_text(points), _library(configs), leave=leave, folds=folds, seed=seed
    )
    typer.echo(_json(document(result)) if as_json else text(result))


@app.command()
def table(
    page: Annotated[
        Path | None, typer.Argument(help="Page whose table to replace; printed when left out.")
    ] = None,
) -> None:
    """Print the table of the records that ship, or put it into a page."""
    from calibrate.files import read_file, write_whole
    from calibrate.fitting.printed_table import markdown_table, with_table
    from hardware_profiles import Library

    records = list(Library.load().calibrations.values())
    if page is None:
        typer.echo(markdown_table(records))
    else:
        text = read_file(page, "page").decode()
        write_whole(page, with_table(text, records).encode())


def _library(configs: list[str] | None) -> "Library":
    """Facts that ship, and the dimensions of the models that were given."""
    from calibrate.files import read_document
    from hardware_profiles import Library
    from hardware_profiles.model_config import model_of_config

    library = Library.load()
    for given in configs or ():
        model, named, path = given.partition("=")
        if not (model and named):
            limit = "must name the model as the table does, and its file"
            raise InputError(Problem("--config", given, limit, "Give MODEL=config.json."))
        name = model.split("/")[-1]
        facts = model_of_config(read_document(Path(path), "model_config"), name, hf_id=model)
        library = library.with_facts(facts)
    return library


def _points_text(points: Path | None) -> str:
    from pricing.text_files import read_text

    if points is not None:
        return read_text(points)
    with as_file(files("calibrate") / "data" / "vllm_closed_loop.csv") as shipped:
        return read_text(shipped)


def _plain(records: "tuple[CalibrationRecord, ...]") -> list[object]:
    from calibrate.fitting.record import record_document

    return [record_document(record) for record in records]


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


add_plan_commands(app)
add_run_commands(app)
add_record_commands(app)


def main() -> NoReturn:
    """Run the command line; a refusal is a message and an exit code, never a traceback."""
    run_to_end(partial(app, standalone_mode=True))
