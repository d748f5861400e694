"""Rates as text: those behind the alternatives, and the whole catalogue, with source and age."""

from collections.abc import Iterable

from pandas import DataFrame

from pricing.catalogue import Catalogue
from pricing.flags import STALE_AFTER_DAYS
from pricing.listing import ListedRate, list_offers
from tco.answer.price_by_length import bought
from tco.answer.worked import Evaluation
from tco.question.scenario import Scenario
from tco.words.figures import NO_VALUE, whole
from tco.words.money import unit_price


def rate_rows(scenario: Scenario, evaluation: Evaluation, catalogue: Catalogue) -> DataFrame:
    """Rates of every bought alternative on the day of the scenario, list price."""
    rows = []
    for option, _, label in bought(scenario, evaluation):
        offer = catalogue.offer(option.provider, option.model)
        listed = list_offers(
            catalogue,
            on=scenario.prices_on,
            provider=offer.provider,
            tier=option.tier,
            residency=option.residency,
            text=offer.model,
        )
        rows += [
            {"Alternative": label, **_cells(rate)} for rate in listed if rate.model == offer.model
        ]
    return DataFrame(rows)


def catalogue_table(found: Iterable[ListedRate]) -> DataFrame:
    """Listed rates as a table."""
    return DataFrame(
        [
            {
                "Provider": rate.provider,
                "Model": rate.title,
                "Tier": rate.tier,
                "Sold": rate.availability,
                **_cells(rate),
            }
            for rate in found
        ]
    )


def _flag(rate: ListedRate) -> str:
    if is_stale(rate):
        return f"stale: older than {STALE_AFTER_DAYS} days"
    return "undated: when the row was last checked is not stated" if rate.undated else ""


def is_stale(rate: ListedRate) -> bool:
    """Whether a rate was last seen too long ago to pass without a flag."""
    return rate.age_days is not None and rate.age_days > STALE_AFTER_DAYS


def _cells(rate: ListedRate) -> dict[str, object]:
    writes = rate.cache_write_usd_per_mtok
    return {
        "Prompt": _prompts(rate),
        "Input": _rate(rate.input_usd_per_mtok),
        "Cached input": _rate(rate.cached_input_usd_per_mtok),
        "Cache write": ", ".join(f"{unit_price(float(w))} ({life})" for life, w in writes.items())
        or NO_VALUE,
        "Output": _rate(rate.output_usd_per_mtok) if rate.offered else "not sold",
        "Since": rate.since.isoformat() if rate.since else "not known",
        "Read": rate.as_of,
        "Age, days": rate.age_days,
        "Flag": _flag(rate),
        "Source": rate.source,
        "Link": rate.url or None,
        "Note": rate.note,
    }  # fmt: skip


def _prompts(rate: ListedRate) -> str:
    if rate.above_input_tokens:
        return f"above {whole(rate.above_input_tokens)}"
    return "any length" if rate.band == "flat" else "up to the edge"


def _rate(usd_per_mtok: object) -> str:
    return NO_VALUE if usd_per_mtok is None else unit_price(float(str(usd_per_mtok)))
