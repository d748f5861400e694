"""The pinned ``genai-prices`` package, or a snapshot of its data file. Imported only to build.

Its runtime updater is never started, and nothing is fetched here.
"""

import re
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Final

from genai_prices.data import providers as packaged_providers
from genai_prices.types import Provider, StartDateConstraint, _providers_from_raw

from pricing.errors import InputError, Problem
from pricing.parsing import parse_json

NAME: Final = "genai-prices"
VERSION: Final = version(NAME)
DATA_URL: Final = "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
READ_ON: Final = re.compile(r"(?:verified|[Cc]hecked) (?:on )?(\d{4}-\d{2}-\d{2})")
"""How the data's comments say that a page was read on a day."""


@dataclass(frozen=True, slots=True)
class Package:
    """One state of the upstream price list: the installed package, or a snapshot of its file."""

    version: str
    providers: tuple[Provider, ...]

    def provider(self, name: str) -> Provider:
        """Provider by its id."""
        found = next((item for item in self.providers if item.id == name), None)
        if found is None:
            raise InputError(
                Problem("upstream", name, "has no such provider", "Correct scope.toml.")
            )
        return found

    def newest_reading(self) -> date:
        """Newest day on which the data say that a price was read.

        OpenRouter's prices are dated by the day they were first seen; elsewhere a first day
        may be announced ahead of time, so it does not count.
        """
        days = {date.min}
        for item in self.providers:
            for model in item.models:
                comments = model.price_comments or ""
                days |= {date.fromisoformat(day) for day in READ_ON.findall(comments)}
                if item.id == "openrouter" and isinstance(model.prices, list):
                    days |= {
                        price.constraint.start_date
                        for price in model.prices
                        if isinstance(price.constraint, StartDateConstraint)
                    }
        return max(days)


def packaged() -> Package:
    """Prices of the installed, pinned package."""
    return Package(VERSION, tuple(packaged_providers))


def snapshot(content: bytes, name: str) -> Package:
    """Prices of a data file of the upstream project, as it publishes them.

    Raises
    ------
    InputError
        The file is not such a list of prices.
    """
    try:
        return Package(name, tuple(_providers_from_raw(parse_json(content))))
    except (ValueError, TypeError, AttributeError) as error:
        limit = f"is not a price file of {NAME}: {error}"[:300]
        raise InputError(Problem("prices", name, limit, "Give its data.json.")) from error
