"""Paths of prices that have happened, as steps of a scenario's own prices."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pricing.catalogue import Catalogue
from pricing.package_files import read_toml
from pricing.provenance import Name, Record, Source
from pricing.quantities import UsdPerHour
from pricing.units import MONTHS_PER_YEAR
from tco.bill.api import request_cost
from tco.facts.resolve import ResolvedApi, api_of
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.words.figures import number


class RentOnDay(Record):
    """What an accelerator rented for on a day."""

    day: date
    usd_per_gpu_hour: UsdPerHour
    source: Source


class HappenedPath(Record):
    """Prices by day: of a line of models, each in the place of the one before, or of a rent."""

    name: str
    provider: Name = ""
    models: tuple[Name, ...] = ()
    """As the price list calls them, in the order of their first days."""
    rents: tuple[RentOnDay, ...] = ()

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        days = [rent.day for rent in self.rents]
        if bool(self.models) == bool(self.rents) or sorted(set(days)) != days:
            msg = "a path has models, or rents in the order of their days"
            raise ValueError(msg)
        return self


class _PriceHistory(Record):
    paths: Annotated[tuple[HappenedPath, ...], Field(min_length=1)]


@lru_cache(maxsize=1)
def happened_paths() -> tuple[HappenedPath, ...]:
    """Every path on record.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    place = files("tco.analysis") / "data" / "price_history.toml"
    return _PriceHistory.model_validate(read_toml(place)).paths


def as_changes(path: HappenedPath, scenario: Scenario, catalogue: Catalogue) -> dict[str, Any]:
    """Changes of a scenario by which its prices go the way that these went, from today on.

    The first price of a path is today's; from its last day on its last price stays.
    """
    of = "api" if path.models else "gpu"
    days = _model_prices(path, scenario, catalogue) if path.models else _rents(path)
    return {
        f"finance.{of}_price_change_per_year": 0.0,
        f"finance.{of}_price_steps": _steps(days, scenario.finance.horizon_months),
    }


def path_in_words(changes: dict[str, Any]) -> str:
    """Say which steps a path has: the price over today's, by month."""
    steps = next(value for key, value in changes.items() if key.endswith("_steps"))
    said = (f"× {number(step['factor'], 3)} from month {step['from_month']}" for step in steps)
    return ", ".join(said) or "no change within the horizon"


def _rents(path: HappenedPath) -> list[tuple[date, float]]:
    return [(rent.day, rent.usd_per_gpu_hour) for rent in path.rents]


def _model_prices(
    path: HappenedPath, scenario: Scenario, catalogue: Catalogue
) -> list[tuple[date, float]]:
    """Price of a request of the scenario on each day on which it changed [USD/request]."""
    prices = []
    offers = [catalogue.offer(path.provider, model) for model in path.models]
    firsts = [offer.first_day or date.max for offer in offers]
    for offer, first, until in zip(offers, firsts, (*firsts[1:], date.max), strict=True):
        since = {item.card.since or first for item in offer.price_sets}
        for day in sorted({first, *(day for day in since if first < day < until)}):
            asked = scenario.model_copy(update={"prices_on": day})
            api = api_of(ApiOption(provider=path.provider, model=offer.model), asked, catalogue)
            assert isinstance(api, ResolvedApi)
            cost = float(request_cost(api, scenario.workload.classes).with_output(1.0))
            prices.append((day, cost))
    return prices


def _steps(days: Sequence[tuple[date, float]], months: int) -> list[dict[str, float]]:
    """Steps within the horizon; of several in a month the last."""
    (start, first), *later = days
    factors = {1: 1.0}
    for day, price in later:
        month = (day.year - start.year) * MONTHS_PER_YEAR + day.month - start.month + 1
        if month > 1:
            factors[month] = price / first
    steps = [{"from_month": m, "factor": f} for m, f in factors.items() if m <= months]
    return [new for old, new in pairwise(steps) if new["factor"] != old["factor"]]
