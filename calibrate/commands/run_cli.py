"""The commands that measure: run, resume."""

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pricing.errors import InputError, Problem

if TYPE_CHECKING:
    from calibrate.run.run import Outcome
    from calibrate.run.server_lifetime import Options

AsJson = Annotated[bool, typer.Option("--json", help="Print one versioned JSON document.")]
Folder = Annotated[Path, typer.Argument(help="Folder of a run.")]
Program = Annotated[str, typer.Option("--vllm", help="Program that serves and generates load.")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="Use a server that already runs there.")
]
ServedName = Annotated[
    str | None, typer.Option("--served-name", help="Name under which that server serves.")
]
ConfirmModel = Annotated[
    str,
    typer.Option("--confirm-model", help="Model that is meant, though no library knows that name."),
]
LibraryFolder = Annotated[
    Path | None,
    typer.Option(
        "--library",
        help="Folder of your records; the record goes there too. The first of TCO_LIBRARY if left "
        "out.",
    ),
]
Driver = Annotated[
    Literal["auto", "vllm-bench", "built-in"],
    typer.Option("--driver", help="Load generator; auto takes vLLM's where it can."),
]
Port = Annotated[
    int | None, typer.Option("--port", min=1024, max=65535, help="Port; a free one if left out.")
]


def run(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN", help="Plan, as tco-calibrate plan writes it.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="New folder for everything measured.")],
    program: Program = "vllm",
    base_url: BaseUrl = None,
    served_name: ServedName = None,
    driver: Driver = "auto",
    port: Port = None,
    confirm_model: ConfirmModel = "",
    library: LibraryFolder = None,
    as_json: AsJson = False,
) -> None:
    """Start the server, put it under every load of the plan, and write a record."""
    from calibrate.plan.plan import read_plan
    from calibrate.run.run import start_run
    from hardware_profiles.own_records import first_named_folder

    options = _options(program, base_url, served_name, driver, port, confirm_model)
    options = replace(options, going_on=_going_on(options, out, library))
    library = library or first_named_folder()
    with _kept_when_stopped(out, library):
        outcome = start_run(read_plan(plan_file), out, options)
    _finish(outcome, out, library, as_json=as_json)


def resume(
    folder: Folder,
    *,
    program: Program = "vllm",
    base_url: BaseUrl = None,
    served_name: ServedName = None,
    driver: Driver = "auto",
    port: Port = None,
    confirm_model: ConfirmModel = "",
    library: LibraryFolder = None,
    again: Annotated[
        bool, typer.Option("--again", help="Measure points once more that came out INVALID.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure what a run left undone; nothing that was finished is repeated."""
    from calibrate.run.run import resume_run, server_of_run
    from hardware_profiles.own_records import first_named_folder

    base_url = base_url or server_of_run(folder)
    options = _options(program, base_url, served_name, driver, port, confirm_model)
    options = replace(options, again=again, going_on=_going_on(options, folder, library))
    library = library or first_named_folder()
    with _kept_when_stopped(folder, library):
        outcome = resume_run(folder, options)
    _finish(outcome, folder, library, as_json=as_json)


@contextmanager
def _kept_when_stopped(folder: Path, home: Path | None) -> Iterator[None]:
    """Write what a run has come to before it is left, where that is enough for a record."""
    from calibrate.errors import InterruptedRunError, ServerError
    from calibrate.files import read_document
    from calibrate.result.own_record import RUN, record_name, write_results
    from calibrate.run.run import outcome_so_far
    from hardware_profiles import Library

    try:
        yield
    except (InterruptedRunError, ServerError):
        outcome = outcome_so_far(folder)
        if not write_results(outcome, folder, Library.load(), home=home):
            grade = read_document(folder / RUN, "account")["grade"]
            _tell(f"{grade} record from what was measured: {record_name(outcome)}.json")
        raise


def _finish(outcome: "Outcome", folder: Path, home: Path | None, *, as_json: bool) -> None:
    """Write record and account, say what came of it, or refuse with the reasons."""
    from calibrate.files import read_document
    from calibrate.result.own_record import RUN, record_name, write_results
    from calibrate.run.verdict import verdict_error
    from hardware_profiles import Library

    library = Library.load()
    reasons = write_results(outcome, folder, library, home=home)
    if reasons:
        raise verdict_error(reasons)
    account = read_document(folder / RUN, "account")
    if as_json:
        typer.echo(json.dumps(account, indent=2))
        return
    typer.echo(f"VALID, {account['grade']}: {folder / record_name(outcome)}.json")
    if account["capacity"]:
        typer.echo(f"capacity: {account['capacity']['said']}")
    for name, error in account["held_out_errors"].items():
        typer.echo(f"held-out {name}: off by {error:.1%}")
    for remark in account["remarks"]:
        typer.echo(f"note: {remark}")
    known = {*library.models, *library.accelerators}
    for name in (outcome.plan.model, outcome.plan.accelerator):
        if name not in known:
            where = "put its figures into library.toml beside the record"
            typer.echo(f"note: {name} is not in the planner's library: {where}")
    typer.echo(f"next: tco evaluate SCENARIO --library {home or folder}")


def _options(
    program: str,
    base_url: str | None,
    served_name: str | None,
    driver: str,
    port: int | None,
    confirm_model: str,
) -> "Options":
    from calibrate.run.server_lifetime import Options

    if served_name is not None and base_url is None:
        limit = "chooses between the models of a server that already runs"
        remedy = "Give its address with --base-url, or leave the name out."
        raise InputError(Problem("served_name", served_name, limit, remedy))
    return Options(
        program=program,
        base_url=base_url,
        served_name=served_name,
        api_key=os.environ.get("OPENAI_API_KEY", "") if base_url else "",
        port=port,
        driver=driver,
        confirmed_model=confirm_model,
        tell=_tell,
        pulse=_pulse if sys.stderr.isatty() else lambda _: None,
    )


def _going_on(options: "Options", folder: Path, home: Path | None) -> str:
    """Command that goes on, told what this one was told; the journal keeps the address."""
    told = {
        "--vllm": (options.program, type(options)().program),
        "--served-name": (options.served_name, None),
        "--driver": (options.driver, type(options)().driver),
        "--port": (options.port, None),
        "--library": (home, None),
    }
    words = [str(w) for flag, (now, usual) in told.items() if now != usual for w in (flag, now)]
    return shlex.join(["tco-calibrate", "resume", str(folder), *words])


def _tell(line: str) -> None:
    """One line of news, stamped."""
    clear = "\x1b[K" if sys.stderr.isatty() else ""
    typer.echo(f"{clear}{time.strftime('%H:%M:%S')} {line}", err=True)
    sys.stderr.flush()


def _pulse(text: str) -> None:
    """Overwrite the last line of a terminal; the next line of news takes its place."""
    sys.stderr.write(f"\r\x1b[K{text}\r")
    sys.stderr.flush()


def add_run_commands(app: typer.Typer) -> None:
    """Put run and resume beside the others."""
    for command in (run, resume):
        app.command()(command)
