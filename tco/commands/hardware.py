"""The hardware commands: every machine on record, all that is known of one, and newer rents."""

import re
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tco.commands.differences import print_diff, print_refresh
from tco.commands.prices import Folder, On
from tco.commands.question_file import AsJson, OwnLibrary, use_library

if TYPE_CHECKING:
    from hardware_profiles.library import Library
    from pricing.provenance import Record

_DIFF_SCHEMA: Final = "tco.hardware-diff/1"
_NONE: Final = "No machine changed."

hardware = typer.Typer(no_args_is_help=True, help="What machines are and cost, and who says so.")

_SOURCES: Final = "The source of each: tco hardware show NAME, or --json for all."
_PRICES: Final = ("usd_per_gpu_hour", "usd_per_gpu")
_COLUMNS: Final = (
    "id",
    "accelerator",
    "gpus",
    "term",
    "usd_per_gpu_hour",
    "usd_per_gpu",
    "as_of",
    "age_days",
)


@hardware.command("list")
def list_hardware(
    text: Annotated[str, typer.Argument(help="Part of a machine's id or accelerator.")] = "",
    *,
    term: Annotated[str, typer.Option(help="Only rents of this term.")] = "",
    stale: Annotated[
        bool, typer.Option("--stale", help="Only prices older than 90 days, or of no day.")
    ] = False,
    on: On = None,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Show machines with price, source and age, the cheapest of each accelerator first."""
    from tco.answer.documents import json_text
    from tco.commands.tables import print_table
    from tco.facts.machine_list import listed_machines

    day = _day(on)
    chosen = [
        machine
        for machine in listed_machines(_library(library), day)
        if text.lower() in f"{machine.id} {machine.accelerator}".lower()
        and term in ("", machine.term)
        and (machine.is_stale or not stale)
    ]
    rows = [asdict(machine) for machine in chosen]
    if as_json:
        typer.echo(json_text({"schema": "tco.hardware/1", "on": day.isoformat(), "machines": rows}))
    else:
        shown = [row | {key: _price(row[key]) for key in _PRICES} for row in rows]
        print_table(f"Machines, USD; ages on {day}", _COLUMNS, shown, _SOURCES)


@hardware.command("show")
def show_hardware(
    name: Annotated[str, typer.Argument(help="Machine, accelerator or model, by its name.")],
    *,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is on record of one machine, accelerator or model, with its source."""
    from tco.answer.documents import json_text
    from tco.commands.tables import print_table
    from tco.question.files import flatten

    kind, fact = _fact(_library(library), name)
    values = fact.model_dump(mode="json", exclude_none=True)
    if as_json:
        typer.echo(json_text({"schema": "tco.hardware/1", "kind": kind, **values}))
        return
    rows: list[dict[str, Any]] = [
        {"what": re.sub("[._]", " ", path), "value": _value(value)}
        for path, value in flatten(values).items()
    ]
    print_table(f"{kind} {name}", ("what", "value"), rows)


@hardware.command("refresh")
def refresh_rents(
    recorded: Annotated[
        Path,
        typer.Option(
            "--from",
            help="Folder of sellers' lists that you fetched, with its sources.toml.",
            exists=True,
            file_okay=False,
        ),
    ],
    *,
    accept: Annotated[bool, typer.Option(help="Write what changed.")] = False,
    accept_large: Annotated[
        bool, typer.Option(help="Write also what takes a price away or moves it threefold.")
    ] = False,
) -> None:
    """Read rents from sellers' lists, show what would change; exit 10 where it is not written."""
    from hardware_profiles.feeds import refresh

    done = refresh.refresh_rents(recorded, accept=accept, accept_large=accept_large)
    print_refresh(done, _NONE)


@hardware.command("diff")
def diff_libraries(
    old: Folder,
    new: Folder,
    *,
    scenario: Annotated[
        Path | None, typer.Option(help="Say what it does to this scenario's verdict.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say in words what machines of two libraries cost, and what that does to a verdict."""
    from hardware_profiles.feeds.changes import machine_changes
    from hardware_profiles.library import Library

    before, after = Library.load(old), Library.load(new)
    changes = [
        *machine_changes(before.rentals, after.rentals),
        *machine_changes(before.purchases, after.purchases),
    ]
    said = _verdicts(scenario, before, after) if scenario else {}
    print_diff(changes, said, _NONE, _DIFF_SCHEMA, as_json=as_json)


def _verdicts(path: Path, before: "Library", after: "Library") -> dict[str, str]:
    from pricing.catalogue import Catalogue
    from tco.commands.differences import verdicts
    from tco.facts.data import Data

    catalogue = Catalogue.load()
    return verdicts(path, Data(catalogue, before), Data(catalogue, after))


def _value(value: object) -> str:
    from tco.words.figures import as_entered

    if isinstance(value, bool):
        return "yes" if value else "no"
    return as_entered(value) if isinstance(value, int | float) else str(value)


def _price(usd: float | None) -> str:
    from tco.words.figures import number

    return "" if usd is None else number(usd, 4)


def _library(folders: "OwnLibrary") -> "Library":
    from tco.facts.data import Data

    use_library(folders)
    return Data.shipped().library


def _fact(library: "Library", name: str) -> "tuple[str, Record]":
    from pricing.errors import InputError, Problem, did_you_mean

    kinds = {
        "rent": library.rentals,
        "purchase": library.purchases,
        "accelerator": library.accelerators,
        "model": library.models,
    }
    for kind, known in kinds.items():
        if name in known:
            return kind, known[name]
    names = [known_name for known in kinds.values() for known_name in known]
    limit = "is no machine, accelerator or model of the library"
    raise InputError(Problem("name", name, limit, did_you_mean(name, names)))


def _day(on: datetime | None) -> date:
    return (on or datetime.now(tz=UTC)).date()
