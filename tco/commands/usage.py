"""The usage commands: what can be read, and what it cost."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pricing.errors import InputError, PriceError, Problem
from tco.commands.question_file import AsJson, print_json

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


@usage.command("shapes")
def list_shapes(*, as_json: AsJson = False) -> None:
    """Say what can be read, and by what it is recognised."""
    from tco.commands.usage_documents import shapes_document
    from tco.own_data.usage.registry import SHAPES

    if as_json:
        print_json(shapes_document(SHAPES))
        return
    from tco.commands.usage_console import print_shapes

    print_shapes(SHAPES)


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
    at: Annotated[str, typer.Option(help="Price it all at PROVIDER/MODEL[/TIER] instead.")] = "",
    shape: AsShape = "",
    column_map: MapFile = None,
    provider: Seller = "",
    as_json: AsJson = False,
) -> None:
    """Price usage exactly or between bounds; exit 3 where rows have no price."""
    from pricing.catalogue import Catalogue
    from tco.commands.usage_documents import bill_document
    from tco.own_data.usage.usage_bill import BillTerms, elsewhere, usage_bill
    from tco.own_data.usage.usage_log import open_usage

    columns = _map(column_map)
    sellers = sellers_for(Catalogue.load(), columns, provider)
    terms = BillTerms(
        by=tuple(name.strip() for name in by.split(",") if name.strip()),
        prices_on=day_in(prices, "--prices") if prices != "actual" else None,
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


def sellers_for(catalogue: "Catalogue", columns: "ColumnMap | None", provider: str) -> "Sellers":
    """Look-up of names, with those a user gave."""
    from tco.own_data.usage.sellers import Sellers

    return Sellers(catalogue, dict(columns.models) if columns else {}, provider)


def day_in(text: str, option: str) -> date:
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
