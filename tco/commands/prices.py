"""The price commands: list rates, quote requests, renew the catalogue, say what changed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from pricing.errors import PriceError
from tco.commands.catalogue_stamp import catalogue_stamp
from tco.commands.differences import print_diff, print_refresh
from tco.commands.question_file import AsJson, OwnLibrary, use_library

if TYPE_CHECKING:
    from pricing.catalogue import Catalogue
    from pricing.upstream import Package

_DIFF_SCHEMA: Final = "tco.price-diff/2"
_NONE: Final = "No price changed."

prices = typer.Typer(no_args_is_help=True, help="What tokens cost, who says so, and since when.")

On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day whose prices are meant; today when left out."),
]
Folder = Annotated[
    Path,
    typer.Argument(
        help="Folder of such data, as this package holds them.", exists=True, file_okay=False
    ),
]


@prices.command("list")
def list_prices(
    text: Annotated[str, typer.Argument(help="Part of a model's name.")] = "",
    *,
    provider: Annotated[str | None, typer.Option(help="One provider.")] = None,
    model: Annotated[str, typer.Option(help="Part of a model's name.")] = "",
    open_model: Annotated[str | None, typer.Option(help="Open model it serves.")] = None,
    tier: Annotated[str | None, typer.Option(help="Only offers sold in this tier.")] = None,
    availability: Annotated[
        Literal["live", "listed", "ends", "ended"] | None, typer.Option(help="Still sold or not.")
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Show rates, bands, tiers, source and age."""
    from pricing.catalogue import Catalogue
    from pricing.listing import list_offers
    from tco.commands.price_documents import rates_document

    catalogue, day = Catalogue.load(), _day(on)
    listed = list_offers(
        catalogue,
        on=day,
        provider=provider,
        open_weights=open_model,
        availability=availability,
        tier=tier,
        text=text or model,
    )
    document = rates_document(catalogue, day, listed)
    if as_json:
        _print_json(document)
    else:
        _print_rates(document["rates"], catalogue, day)


@prices.command("quote")
def quote_requests(
    file: Annotated[Path, typer.Argument(help="CSV: one request, or many alike, a row.")],
    *,
    alike: Annotated[
        bool, typer.Option(help="A row that counts several requests means as many alike.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Price each row of a CSV exactly, or say why it has no price; exit 3 where one has none."""
    from pricing.catalogue import Catalogue
    from pricing.quote_file import quote_file
    from tco.commands.quotes import print_quotes, write_quotes

    catalogue = Catalogue.load()
    rows = quote_file(file, catalogue, alike=alike)
    unpriced = write_quotes(rows, catalogue_stamp(catalogue)) if as_json else print_quotes(rows)
    if unpriced:
        raise typer.Exit(PriceError.exit_code)


@prices.command("refresh")
def refresh_catalogue(
    *,
    source: Annotated[
        Path | None, typer.Option("--from", help="Snapshot file to read instead of the package.")
    ] = None,
    online: Annotated[bool, typer.Option(help="Fetch one candidate from upstream.")] = False,
    accept: Annotated[bool, typer.Option(help="Write what changed.")] = False,
    accept_large: Annotated[
        bool, typer.Option(help="Write also what takes a price away or moves it threefold.")
    ] = False,
) -> None:
    """Rebuild the catalogue and show what would change; exit 10 where that is not written."""
    from pricing.refresh import refresh

    done = refresh(
        generated_on=_day(None),
        package=_package(source, online=online),
        accept=accept,
        accept_large=accept_large,
    )
    print_refresh(done, _NONE)


@prices.command("diff")
def diff_catalogues(
    old: Folder,
    new: Folder,
    *,
    scenario: Annotated[
        Path | None, typer.Option(help="Say what it does to this scenario's verdict.")
    ] = None,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Say in words what changed between two catalogues, and what that does to a verdict."""
    from pricing.catalogue import Catalogue
    from pricing.diff import diff

    use_library(library)
    before, after = Catalogue.load(old), Catalogue.load(new)
    said = _verdicts(scenario, before, after) if scenario else {}
    print_diff(diff(before, after), said, _NONE, _DIFF_SCHEMA, as_json=as_json)


@prices.command("since")
def changes_since(
    day: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%d"], help="Day whose prices come first.")
    ],
    *,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Say in words which prices of the catalogue moved since a day."""
    from pricing.catalogue import Catalogue
    from pricing.since import changes_between

    changes = changes_between(Catalogue.load(), day.date(), _day(on))
    print_diff(changes, {}, _NONE, _DIFF_SCHEMA, as_json=as_json)


def _day(on: datetime | None) -> date:
    return (on or datetime.now(tz=UTC)).date()


def _package(source: Path | None, *, online: bool) -> "Package | None":
    from pricing.refresh import fetch, read_snapshot

    if online:
        return fetch()
    return read_snapshot(source) if source else None


def _verdicts(path: Path, before: "Catalogue", after: "Catalogue") -> dict[str, str]:
    from tco.commands.differences import verdicts
    from tco.facts.data import Data

    library = Data.shipped().library
    return verdicts(path, Data(before, library), Data(after, library))


def _print_json(content: dict[str, Any]) -> None:
    from tco.answer.documents import json_text

    typer.echo(json_text(content))


def _print_rates(rows: list[dict[str, Any]], catalogue: "Catalogue", day: date) -> None:
    from tco.commands.tables import print_table

    columns = (
        "model", "tier", "band", "input", "cached_input", "output", "sold", "as_of", "age_days",
        "source",
    )  # fmt: skip
    shown = [
        row
        | {
            "model": f"{row['provider']}/{row['model']}",
            "input": row["input_usd_per_mtok"],
            "cached_input": row["cached_input_usd_per_mtok"],
            "output": row["output_usd_per_mtok"],
            "sold": row["availability"],
            "as_of": f"undated, list of {row['as_of']}" if row["undated"] else row["as_of"],
        }
        for row in rows
    ]
    print_table(f"USD per million tokens on {day}, catalogue {catalogue.version}", columns, shown)
