"""What moved between two days: old and new rates side by side, and what began or ended."""

from collections.abc import Iterable, Set
from datetime import date
from typing import Final

from pandas import DataFrame

from pricing.catalogue import Catalogue
from pricing.change import Change
from pricing.offer import GLOBAL
from tco.question.scenario import Scenario
from tco.words.figures import NO_VALUE, plural, share_change, whole
from tco.words.money import unit_price

FIRST_SEEN: Final = "first_observed"
"""A rate card whose first day is the day somebody first looked."""


def models_of(scenario: Scenario, catalogue: Catalogue) -> Set[tuple[str, str]]:
    """Provider and model of everything the scenario buys."""
    offers = (catalogue.offer(option.provider, option.model) for option in scenario.bought)
    return {(offer.provider, offer.model) for offer in offers}


def moved(changes: Iterable[Change], among: Set[tuple[str, str]] | None) -> list[Change]:
    """Rates and tiers that changed, of some models or of all; regional copies are left out."""
    return [
        change
        for change in changes
        if change.card is not None
        and change.card.residency == GLOBAL
        and (among is None or (change.provider, change.model) in among)
    ]


def rate_table(changes: Iterable[Change]) -> DataFrame:
    """Rates that moved, old and new, with the change in per cent [USD/Mtok]."""
    return DataFrame(
        [
            {
                "Model": change.title,
                "Provider": change.provider_title,
                "Tier": change.card.tier,
                "Prompt": f"above {whole(change.above_input_tokens)}"
                if change.above_input_tokens
                else "from the first token",
                "Tokens": change.tokens,
                "Before": _rate(change.old),
                "After": _rate(change.new),
                "Change": _percent(change),
                "Since": change.card.since.isoformat() if change.card.since else "not known",
            }
            for change in changes
            if change.kind == "rate" and change.card is not None
        ]
    )


def began_or_ended(changes: Iterable[Change]) -> list[str]:
    """Tiers that came or went, in words; one that was only first looked at says so."""
    return [
        change.words
        + (" It was first looked at then, and may be older." if _first_seen(change) else "")
        for change in changes
        if change.kind == "tier"
    ]


def change_finding(changes: list[Change], was: date, now: date) -> str:
    """Sum up what happened between the days."""
    rates = [change for change in changes if change.kind == "rate"]
    if not rates:
        return f"No rate moved from {was} to {now}."
    models = {(change.provider, change.model) for change in rates}
    up = sum(1 for change in rates if change.factor is not None and change.factor > 1)
    down = sum(1 for change in rates if change.factor is not None and change.factor < 1)
    others = len(rates) - up - down
    return (
        f"From {was} to {now}, {plural(len(rates), 'rate')} of "
        f"{plural(len(models), 'model')} moved: {whole(up)} up, {whole(down)} down"
        + (f", {whole(others)} gained or lost." if others else ".")
    )


def day_of_version(version: str) -> date | None:
    """Day a catalogue was made, from its version; None where that is no day.

    Examples
    --------
    >>> day_of_version("2026.10.14"), day_of_version("mine")
    (datetime.date(2026, 10, 14), None)
    """
    try:
        return date.fromisoformat("-".join(version.split(".")[:3]))
    except ValueError:
        return None


def _first_seen(change: Change) -> bool:
    begins = "now has" in change.words
    return begins and change.card is not None and change.card.date_basis == FIRST_SEEN


def _rate(text: str) -> str:
    return unit_price(float(text)) if text else NO_VALUE


def _percent(change: Change) -> str:
    return NO_VALUE if change.factor is None else share_change(float(change.factor - 1))
