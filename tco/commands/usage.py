"""The usage commands: what can be read, and what it cost."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pricing.errors import InputError, PriceError, Problem
from tco.commands.notes import note
from tco.commands.question_file import (
    AsJson,
    OwnLibrary,
    default_scenario,
    print_json,
    use_library,
)

if TYPE_CHECKING:
    from pricing.catalogue import Catalogue
    from tco.own_data.usage.column_map import ColumnMap
    from tco.own_data.usage.sellers import Sellers

usage = typer.Typer(
    no_args_is_help=True, help="What your logs, exports and invoices say: bills and scenarios."
)

UsageFiles = Annotated[
    list[str], typer.Argument(help="CSV, JSON, JSON lines or Parquet, packed or not; folders.")
]
AsShape = Annotated[str, typer.Option("--as", help="Shape of every file, instead of found.")]
MapFile = Annotated[
    Path | None, typer.Option("--map", help="TOML that names columns, constants and models.")
]
Seller = Annotated[str, typer.Option("--provider", help="Seller of rows that name none.")]
Requests = Annotated[
    int | None, typer.Option(help="Requests in the files, where they do not count them.")
]


@usage.command("shapes")
def list_shapes(*, as_json: AsJson = False) -> None:
    """Say what can be read, and by what it is recognised."""
    from tco.commands.usage_documents import shapes_document
    from tco.own_data.usage.registry import USAGE_SHAPES

    if as_json:
        print_json(shapes_document(USAGE_SHAPES))
        return
    from tco.commands.usage_console import print_shapes

    print_shapes(USAGE_SHAPES)


@usage.command("bill")
def bill_usage(
    files: UsageFiles,
    *,
    by: Annotated[
        str, typer.Option(help="Dimensions, separated by commas: day, month, model, band, …")
    ] = "provider,model,tier",
    prices: Annotated[
        str, typer.Option(help="actual: each day its own; or a day whose prices hold for all.")
    ] = "actual",
    at: Annotated[
        str, typer.Option(help="Price it all at PROVIDER/MODEL or PROVIDER/MODEL/TIER instead.")
    ] = "",
    shape: AsShape = "",
    column_map: MapFile = None,
    provider: Seller = "",
    as_json: AsJson = False,
) -> None:
    """Price usage exactly or between bounds; exit 3 where rows have no price."""
    from pricing.catalogue import Catalogue
    from tco.commands.usage_documents import bill_document
    from tco.own_data.usage.bill_terms import BillTerms, elsewhere
    from tco.own_data.usage.usage_bill import usage_bill
    from tco.own_data.usage.usage_log import open_usage

    columns = _map(column_map)
    sellers = sellers_for(Catalogue.load(), columns, provider)
    terms = BillTerms(
        by=tuple(name.strip() for name in by.split(",") if name.strip()),
        prices_on=given_day(prices, "--prices") if prices != "actual" else None,
        at=elsewhere(sellers, at) if at else None,
    )
    with open_usage(files, shape=shape, columns=columns) as log:
        bill = usage_bill(log, sellers, terms)
    if as_json:
        print_json(bill_document(bill, sellers.catalogue))
    else:
        from tco.commands.usage_console import print_bill

        print_bill(bill)
    if bill.unpriced_rows:
        raise typer.Exit(PriceError.exit_code)


@usage.command("reconcile")
def reconcile_usage(
    files: UsageFiles,
    *,
    costs: Annotated[
        list[str] | None,
        typer.Option(help="Files that tell what was charged; the usage's own costs when left out."),
    ] = None,
    shape: AsShape = "",
    column_map: MapFile = None,
    provider: Seller = "",
    as_json: AsJson = False,
) -> None:
    """Hold our bill against what was charged, and say why they differ."""
    from pricing.catalogue import Catalogue
    from tco.commands.usage_documents import reconciliation_document
    from tco.own_data.usage.reconcile import reconcile
    from tco.own_data.usage.usage_log import open_usage

    columns = _map(column_map)
    sellers = sellers_for(Catalogue.load(), columns, provider)
    with open_usage(files, shape=shape, columns=columns) as log:
        if costs:
            with open_usage(costs) as books:
                found = reconcile(log, books, sellers)
        else:
            found = reconcile(log, None, sellers)
    if as_json:
        print_json(reconciliation_document(found, sellers.catalogue))
    else:
        from tco.commands.usage_console import print_reconciliation

        print_reconciliation(found)


@usage.command("scenario")
def scenario_from_usage(
    files: UsageFiles,
    *,
    out: Annotated[
        Path | None, typer.Option(help="TOML file to write; standard output when left out.")
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Scenario whose other parts are kept; the default one."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="PROVIDER/MODEL/TIER it is about, repeatable; all of the log."),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the scenario.")] = "From your log",
    requests: Requests = None,
    prices: Annotated[
        str,
        typer.Option(help="Day whose prices are asked for; as in --from when left out."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    shape: AsShape = "",
    column_map: MapFile = None,
    provider: Seller = "",
    as_json: AsJson = False,
) -> None:
    """Turn usage into a scenario: volume, growth, week, lengths, cache, with the log as source."""
    from pricing.catalogue import Catalogue
    from pricing.text_files import require_absent, write_whole
    from tco.answer.documents import scenario_toml
    from tco.commands.usage_console import print_set_aside
    from tco.commands.usage_documents import scenario_document
    from tco.own_data.usage.scenario_of_log import ScenarioTerms, scenario_of_log
    from tco.own_data.usage.usage_log import open_usage
    from tco.question.files import load_scenario

    if out is not None and not force:
        require_absent(out)
    columns = _map(column_map)
    sellers = sellers_for(Catalogue.load(), columns, provider)
    base = load_scenario(start if start is not None else default_scenario())
    on = given_day(prices, "--prices") if prices else None
    terms = ScenarioTerms(base, name, tuple(model or ()), requests, on)
    with open_usage(files, shape=shape, columns=columns) as log:
        made = scenario_of_log(log, sellers, terms)
    if as_json:
        print_json(scenario_document(made))
    elif out is None:
        typer.echo(scenario_toml(made.scenario))
    print_set_aside(made.bill.set_aside)
    for remark in made.bill.remarks:
        note(remark)
    for finding in made.findings:
        origin = "from your log" if finding.from_log else "not told by your log"
        note(f"{finding.field}: {finding.said} ({origin})")
    if out is not None:
        write_whole(out, scenario_toml(made.scenario))
        note(f"Wrote {out}.")


@usage.command("sql")
def write_usage_sql(
    *,
    dialect: Annotated[str, typer.Option(help="duckdb, spark, bigquery, snowflake, postgres, …")],
    table: Annotated[str, typer.Option(help="Table of requests, as the warehouse names it.")],
    column_map: MapFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the query that adds up a table of requests where it lies; bill reads its result."""
    from pricing.catalogue import Catalogue
    from tco.commands.usage_documents import USAGE_SQL_SCHEMA
    from tco.own_data.usage.warehouse_sql import OWN_COLUMNS_ALONE, usage_sql

    query = usage_sql(dialect, table, Catalogue.load(), _map(column_map))
    if as_json:
        print_json({"schema": USAGE_SQL_SCHEMA, "dialect": dialect, "sql": query})
    else:
        typer.echo(query, nl=False)
    if column_map is None:
        note(OWN_COLUMNS_ALONE)


@usage.command("watch")
def watch_plan(
    scenario: Annotated[Path, typer.Argument(help="Scenario that was planned with.")],
    files: UsageFiles,
    *,
    library: OwnLibrary = None,
    shape: AsShape = "",
    column_map: MapFile = None,
    provider: Seller = "",
    requests: Requests = None,
    as_json: AsJson = False,
) -> None:
    """Hold a plan against months of usage, and say whether its verdict still stands."""
    from tco.analysis.usage_watch import watch_usage
    from tco.commands.usage_documents import watch_document
    from tco.facts.data import Data
    from tco.own_data.usage.usage_log import open_usage
    from tco.question.files import load_scenario

    use_library(library)
    plan = load_scenario(scenario)
    columns, data = _map(column_map), Data.shipped()
    sellers = sellers_for(data.catalogue, columns, provider)
    with open_usage(files, shape=shape, columns=columns) as log:
        found = watch_usage(plan, log, data, sellers, requests)
    if as_json:
        print_json(watch_document(found))
    else:
        from tco.commands.usage_console import print_watch

        print_watch(found)


def sellers_for(catalogue: "Catalogue", columns: "ColumnMap | None", provider: str) -> "Sellers":
    """Look-up of names, with those a user gave."""
    from tco.own_data.usage.sellers import Sellers

    return Sellers(catalogue, dict(columns.models) if columns else {}, provider)


def given_day(text: str, option: str) -> date:
    """Day that an option gives.

    Raises
    ------
    InputError
        It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(Problem(option, text, "is no day", "Write it as 2026-11-20.")) from None


def _map(path: Path | None) -> "ColumnMap | None":
    from tco.own_data.usage.column_map import read_map

    return read_map(path) if path else None
