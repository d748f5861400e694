"""Edits of what a scenario compares: today's models and alternatives, added, copied, moved."""

from collections.abc import Sequence
from typing import Final, Literal

from pricing.provenance import Record
from tco.question.files import Document, document_of, scenario_from
from tco.question.hybrids import Spill
from tco.question.options import ApiOption, SelfHostedOption
from tco.question.own_facts import OwnApiPrice, OwnPurchase, OwnRental
from tco.question.scenario import Scenario
from tco.question.traffic import SPREAD_WHEN_UNKNOWN

Listing = Literal["apis", "self_hosted", "hybrids"]
LISTINGS: Final[tuple[Listing, ...]] = ("apis", "self_hosted", "hybrids")
BLANK: Final = "Your own case, from scratch"
_BLANK_NOTE: Final = "Started from nothing: what was not typed is a round figure, to be typed over."
_BLANK_CLASS: Final = {
    "name": "requests",
    "input": {"kind": "lognormal", "mean_tokens": 1_000.0, "cv": SPREAD_WHEN_UNKNOWN},
    "output": {"kind": "lognormal", "mean_tokens": 300.0, "cv": SPREAD_WHEN_UNKNOWN},
}
_HALF: Final = 0.5


def blank(start: Scenario) -> Scenario:
    """Build a question with nothing to compare with yet: today's API, one kind of requests."""
    return scenario_from(
        {
            "name": BLANK,
            "note": _BLANK_NOTE,
            "prices_on": start.prices_on,
            "workload": {"requests_per_month": 1e6, "classes": [_BLANK_CLASS]},
            "baseline": {"provider": start.baseline.provider, "model": start.baseline.model},
        }
    )


def with_model_of_today(scenario: Scenario, option: ApiOption) -> Scenario:
    """Let another API answer half of the main kind of requests today, of the same lengths."""
    document = document_of(scenario)
    classes: list[Document] = document["workload"]["classes"]
    main = max(classes, key=lambda each: float(each.get("share", 1.0)))
    share = float(main.get("share", 1.0)) * _HALF
    main["share"] = share
    name = _unused(f"{main['name']} to {option.model}", [each["name"] for each in classes])
    classes.append({**main, "name": name, "today": _plain(option)})
    return scenario_from(document)


def with_option(scenario: Scenario, option: ApiOption | SelfHostedOption) -> Scenario:
    """Compare with a further offer of tokens, or with further servers of your own.

    Raises
    ------
    InputError
        If the scenario holds it already.
    """
    return _with(scenario, "apis" if isinstance(option, ApiOption) else "self_hosted", option)


def with_machine(
    scenario: Scenario, option: SelfHostedOption, machine: OwnRental | OwnPurchase
) -> Scenario:
    """Compare with servers of your own on a machine that you name, its price included."""
    document = document_of(scenario)
    held = "rentals" if isinstance(machine, OwnRental) else "purchases"
    document.setdefault("library", {}).setdefault(held, []).append(_plain(machine))
    return with_option(scenario_from(document), option)


def with_price(scenario: Scenario, price: OwnApiPrice) -> Scenario:
    """Compare with tokens at a price of your own.

    Raises
    ------
    InputError
        If the scenario holds it already.
    """
    document = document_of(scenario)
    document.setdefault("library", {}).setdefault("api_prices", []).append(_plain(price))
    option = ApiOption(provider=price.provider, model=price.model)
    document.setdefault("apis", []).append(_plain(option))
    return scenario_from(document)


def with_model(scenario: Scenario, option: SelfHostedOption, config: Document) -> Scenario:
    """Compare with servers of your own that serve a model known by its ``config.json``.

    Raises
    ------
    InputError
        Naming what of its dimensions is missing or not known.
    """
    document = document_of(scenario)
    own = document.setdefault("library", {}).setdefault("models", [])
    if option.model not in [model["name"] for model in own]:
        own.append({"name": option.model, "config": config})
    document.setdefault("self_hosted", []).append(_plain(option))
    return scenario_from(document)


def with_spill(scenario: Scenario, host: str) -> Scenario:
    """Compare with the base load on own servers and the rest of each hour on today's API."""
    name = _unused(f"{host}, the rest on the API", [hybrid.name for hybrid in scenario.hybrids])
    return _with(scenario, "hybrids", Spill(name=name, self_hosted=host))


def copied_option(scenario: Scenario, kind: Listing, place: int) -> Scenario:
    """Put a copy behind an alternative, under a name of its own."""
    document = document_of(scenario)
    options: list[Document] = document[kind]
    name = _unused(options[place]["name"], [option["name"] for option in options])
    options.insert(place + 1, {**options[place], "name": name})
    return scenario_from(document)


def removed_option(scenario: Scenario, kind: Listing, place: int) -> Scenario:
    """Compare with one alternative less; hybrids that stand on it go with it."""
    document = document_of(scenario)
    gone: Document = document[kind].pop(place)
    if kind == "self_hosted":
        mixed = document.get("hybrids", [])
        document["hybrids"] = [h for h in mixed if h["self_hosted"] != gone["name"]]
    return scenario_from(document)


def moved_option(scenario: Scenario, kind: Listing, place: int, by: int) -> Scenario:
    """Put an alternative further up (-1) or down (+1) among those of its kind."""
    document = document_of(scenario)
    options: list[Document] = document[kind]
    there = min(max(place + by, 0), len(options) - 1)
    options.insert(there, options.pop(place))
    return scenario_from(document)


def unused_name(scenario: Scenario, wanted: str) -> str:
    """Name for servers of your own that no other option bears."""
    return _unused(wanted, [option.name for option in scenario.self_hosted])


def _with(scenario: Scenario, kind: Listing, option: Record) -> Scenario:
    document = document_of(scenario)
    document.setdefault(kind, []).append(_plain(option))
    return scenario_from(document)


def _plain(record: Record) -> Document:
    plain: Document = record.model_dump(mode="json", exclude_none=True)
    return plain


def _unused(wanted: str, taken: Sequence[str]) -> str:
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name
