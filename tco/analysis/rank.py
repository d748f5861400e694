"""Everything on record that could do this work: every API offer, every machine with a record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.offer import PurchaseOffer, RentalOffer
from hardware_profiles.region import ANYWHERE, lies_in
from pricing.errors import InputError
from pricing.offer import Availability, Offer
from pricing.provenance import Confidence, Source
from pricing.refusal import PriceRefusedError
from tco.analysis.decision import Question, once_simulated
from tco.answer.worked import Asked, Worked
from tco.answer.working import work_out
from tco.facts.resolve import (
    EndedApi,
    Resolved,
    ResolvedApi,
    ResolvedHost,
    api_of,
    host_of,
    resolve,
)
from tco.kernel.cases import Cases
from tco.question.keys import api_key, today_key
from tco.question.options import ApiOption, SelfHostedOption
from tco.question.price_levels import price_levels
from tco.question.scenario import Scenario
from tco.results.bill import Alternative

Machine = RentalOffer | PurchaseOffer
Sold = Availability | Literal["rent", "purchase"]
BY_THE_HOUR_OF_DAY: Final = frozenset({"peak", "off-peak"})
"""Tiers that are no choice: the hour of the request decides."""
LONGEST_NAME: Final = 80
"""Characters of an option's name."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One offer of the catalogue or the library, worked out for a scenario."""

    alternative: Alternative
    """Its bill, and what keeps it out."""
    option: ApiOption | SelfHostedOption
    """What would be added to the scenario."""
    present_usd: float | None
    """Present value of all its money over the horizon [USD]; None where it has no bill."""
    availability: Sold
    """Of an API, whether it is known to be served; else how the machine is had."""
    confidence: Confidence
    """Of its price."""
    price_as_of: str
    served_as: str
    """Kind of the record that says how quickly it serves; empty for an API."""
    in_scenario: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """Offers by what they cost over the horizon, cheapest first; those without a bill last."""

    staying_usd: float
    """Present value of staying [USD]."""
    rows: tuple[Ranked, ...]


def rank(question: Question) -> Ranking:
    """Work out every offer for the workload of a scenario.

    Of loads that no closed form tells, those of the scenario's own records are simulated; the
    others are flagged.

    Raises
    ------
    InputError, PriceError
        If the scenario itself cannot be answered.
    """
    scenario, data = question.scenario, question.data
    bare = scenario.model_copy(update={"apis": (), "self_hosted": (), "hybrids": ()})
    today = resolve(bare, data.catalogue, data.library)
    apis = list(_apis(question))
    hosts = tuple(_hosts(question))
    wide = Resolved(
        bare,
        today.profile,
        today.baseline,
        tuple(api for api in apis if isinstance(api, ResolvedApi)),
        hosts,
        ended=tuple(api for api in apis if isinstance(api, EndedApi)),
    )
    cases = Cases(simulated=_simulated(question, hosts))
    working = work_out(Asked(wide, data, price_levels(scenario.finance), cases))
    own = {f"self-hosted/{host.option.name}": host for host in hosts}
    bought = {api_key(api.option): api for api in apis} | {today.baseline.key: today.baseline}
    rows = [
        _own_row(question, found, working.worked.get(found.key), own[found.key])
        if found.key in own
        else _api_row(question, found, working.worked.get(found.key), bought[found.key])
        for found in working.alternatives
    ]
    rows.sort(key=lambda row: (row.present_usd is None, row.present_usd, row.alternative.key))
    staying = working.worked[today.baseline.key]
    return Ranking(_present(question, staying) or 0.0, tuple(rows))


def _simulated(question: Question, hosts: Sequence[ResolvedHost]) -> dict[str, float]:
    """What a simulation leaves of the capacity of every machine with a record in use [1]."""
    left = once_simulated(question).simulated or {}
    options = question.scenario.self_hosted
    of_record = {option.record_id: left.get(option.name, 1.0) for option in options}
    return {host.option.name: of_record.get(host.record.id, 1.0) for host in hosts}


def _apis(question: Question) -> Iterator[ResolvedApi | EndedApi]:
    """Every offer in every tier but today's own; in the region data must stay in, if it can."""
    scenario = question.scenario
    for offer in question.data.catalogue.offers():
        for tier in offer.tiers:
            option = ApiOption(
                provider=offer.provider,
                model=offer.model,
                tier=tier,
                residency=_residency(offer, question),
            )
            if tier in BY_THE_HOUR_OF_DAY or scenario.answering_today == (option,):
                continue
            try:
                yield api_of(option, scenario, question.data.catalogue)
            except PriceRefusedError:  # no rate of this tier in this region, on any day
                continue


def _residency(offer: Offer, question: Question) -> str:
    wanted, regions = question.scenario.company.data_region, question.data.library.regions
    if wanted is None:
        return ANYWHERE
    return next((name for name in offer.residencies if lies_in(name, wanted, regions)), ANYWHERE)


def _hosts(question: Question) -> Iterator[ResolvedHost]:
    """Every machine with every record that holds for it."""
    library = question.data.library
    machines: list[Machine] = [*library.rentals.values(), *library.purchases.values()]
    for record in library.calibrations.values():
        for machine in machines:
            if machine.accelerator != record.accelerator:
                continue
            option = _option(record, machine, question.scenario)
            try:
                yield host_of(option, question.scenario, library)
            except InputError:  # too small for a replica
                continue


def _option(record: CalibrationRecord, machine: Machine, scenario: Scenario) -> SelfHostedOption:
    """A model the scenario names, where the record serves it, else the one that was measured."""
    served = (record.model, *record.also_serves)
    model = next((o.model for o in scenario.self_hosted if o.model in served), record.model)
    rented = isinstance(machine, RentalOffer)
    return SelfHostedOption(
        name=f"{machine.id[: LONGEST_NAME - len(record.id) - 2]}, {record.id}",
        model=model,
        calibration=record.id,
        rent=machine.id if rented else None,
        own=None if rented else machine.id,
    )


def _present(question: Question, worked: Worked | None) -> float | None:
    if worked is None:
        return None
    return float(worked.present_usd[0])


def _api_row(
    question: Question, found: Alternative, worked: Worked | None, api: ResolvedApi | EndedApi
) -> Ranked:
    scenario = question.scenario
    source = api.card.source if isinstance(api, ResolvedApi) else _last_source(api.offer)
    there = {today_key(scenario), *(api_key(option) for option in scenario.apis)}
    return Ranked(
        found,
        api.option,
        _present(question, worked),
        api.offer.availability(scenario.prices_on),
        source.confidence,
        source.as_of,
        "",
        found.key in there,
    )


def _last_source(offer: Offer) -> Source:
    return offer.price_sets[-1].card.source


def _own_row(
    question: Question, found: Alternative, worked: Worked | None, host: ResolvedHost
) -> Ranked:
    option = host.option
    there = {_same(each) for each in question.scenario.self_hosted}
    return Ranked(
        found,
        option,
        _present(question, worked),
        "rent" if option.rent else "purchase",
        host.machine.source.confidence,
        host.machine.source.as_of,
        host.record.kind,
        _same(option) in there,
    )


def _same(option: SelfHostedOption) -> tuple[str | None, ...]:
    return (option.model, option.record_id, option.rent, option.own)
