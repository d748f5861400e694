"""A list of rates as a JSON document; amounts are decimal strings."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pricing.catalogue import Catalogue
from pricing.figures import exact
from pricing.listing import ListedRate
from tco.commands.catalogue_stamp import catalogue_stamp

PRICES_SCHEMA: Final = "tco.prices/1"


def rates_document(catalogue: Catalogue, day: date, listed: Iterable[ListedRate]) -> dict[str, Any]:
    """List rates with the catalogue they are from, and the day that is meant."""
    return {
        "schema": PRICES_SCHEMA,
        **catalogue_stamp(catalogue, day),
        "rates": [_plain(rate) for rate in listed],
    }


def _plain(rate: ListedRate) -> dict[str, Any]:
    return {
        key: exact(value)
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, date)
        else {life: exact(cell) for life, cell in value.items()}
        if isinstance(value, dict)
        else value
        for key, value in asdict(rate).items()
    }
