"""API prices over the horizon: published changes, your assumed drift, and life after retirement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from pricing.catalogue import Catalogue
from pricing.offer import Offer
from pricing.price_path import MonthRates, PriceOutlook, outlook
from pricing.rate_card import RateCard
from pricing.units import MONTHS_PER_YEAR
from tco.bill.api import RequestCost, not_taken, request_cost
from tco.facts.resolve import ResolvedApi
from tco.kernel.arrays import FloatArray, read_only
from tco.kernel.cases import AS_ASKED, Cases
from tco.question.options import tries_of
from tco.question.price_levels import PriceLevels
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass
from tco.results.bill import Finding

SHARED_OUT: Final = Finding(
    "remark",
    "shared-out",
    "Prices of the APIs you use today do not change alike: a month's bill is exact, and its lines "
    "stand to each other as in the first month.",
)


@dataclass(frozen=True, slots=True)
class PricePath:
    """What a request's tokens cost in each month, over the first, before any drift of a case."""

    factors: FloatArray
    """Shape (cases, months), or (months,) where all cases are alike [1]."""
    findings: tuple[Finding, ...]
    later: tuple[tuple[int, str], ...] = ()
    """Other models that answer, by the first month in which each does."""
    answers_for: int | None = None
    """Months in which it is sold and takes these requests; None where that is all of them."""
    follows_output: bool = False
    """Whether longer outputs change the factors."""


def price_path(
    api: ResolvedApi, scenario: Scenario, catalogue: Catalogue, cases: Cases = AS_ASKED
) -> PricePath:
    """Follow one API option through the months of the horizon.

    Once the model is retired its successor's rates hold; without one its own are carried on, and
    a finding says so.

    Raises
    ------
    UnknownModelError
        If a successor is not on record.
    """
    if api.parts:
        return _path_of_parts(api, scenario, catalogue, cases)
    return _path(api, scenario.workload.classes, scenario, catalogue, cases)


def _path_of_parts(
    api: ResolvedApi, scenario: Scenario, catalogue: Catalogue, cases: Cases
) -> PricePath:
    """Paths of several APIs, each by what it bills in the first month."""
    paths = [_path(part.api, part.classes, scenario, catalogue, cases) for part in api.parts]
    first = [
        part.share
        * tries_of(part.api.quality)
        * request_cost(part.api, part.classes).with_output(cases.output)
        for part in api.parts
    ]
    factors = sum(usd * path.factors for usd, path in zip(first, paths, strict=True)) / sum(first)
    findings = [found for path in paths for found in path.findings]
    differ = not all(np.array_equal(path.factors, paths[0].factors) for path in paths)
    if differ:
        findings.append(SHARED_OUT)
    moves = differ or any(path.follows_output for path in paths)
    return PricePath(np.asarray(factors), tuple(findings), follows_output=moves)


def _path(
    api: ResolvedApi,
    classes: Sequence[RequestClass],
    scenario: Scenario,
    catalogue: Catalogue,
    cases: Cases,
) -> PricePath:
    course = _course(
        catalogue,
        api.offer,
        scenario.prices_on,
        scenario.finance.horizon_months,
        -scenario.finance.api_price_change_per_year,
        tuple((s.provider, s.model) for s in api.option.successors),
        api.option.tier,
        api.option.residency,
    )
    months, drift, later = course.months, course.drift, course.later
    unfit = _unfit(api, months, classes)
    findings = (*_findings(api, months), *(() if unfit is None else (unfit[1],)))
    kept = api.option.provisioned is not None
    ends = [m.month for m in months if m.card is None or (kept and m.offer != api.offer)][:1]
    lasts = min([*ends, *(() if unfit is None else (unfit[0],))], default=None)
    if all(card.bands == api.card.bands for card in course.cards):
        return PricePath(drift, findings, later, lasts)
    costs = _costs(api, months, classes)
    prompt = np.array([cost.prompt_usd for cost in costs])
    output = np.array([cost.output_usd for cost in costs])
    usd = prompt + output * cases.output
    return PricePath(usd / usd[..., :1] * drift, findings, later, lasts, follows_output=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """An offer through the months, whatever is sent to it."""

    months: tuple[MonthRates, ...]
    drift: FloatArray
    """Assumed price over the card's in each month [1]."""
    later: tuple[tuple[int, str], ...]
    """Models that answer after the offer's own, by their first month."""
    cards: tuple[RateCard, ...]
    """Every card that holds in some month."""


@lru_cache(maxsize=256)
def _course(
    catalogue: Catalogue,
    offer: Offer,
    start: date,
    months: int,
    decline_per_year: float,
    successors: tuple[tuple[str, str], ...],
    tier: str,
    residency: str,
) -> _Course:
    """Rates of every month; they do not depend on the workload, so that many questions share."""
    assumed = PriceOutlook(decline_per_year=decline_per_year, successors=successors)
    found = outlook(
        catalogue,
        offer,
        start=start,
        months=months,
        assumed=assumed,
        tier=tier,
        residency=residency,
    )
    cards = {id(month.card): month.card for month in found if month.card is not None}
    drift = read_only(np.array([month.factor for month in found]))
    return _Course(found, drift, _later(offer, found), tuple(cards.values()))


@lru_cache(maxsize=32)  # another volume has the same prices; an answer asks for four
def market_prices(levels: PriceLevels, cases: Cases) -> FloatArray:
    """What all API prices move by in each month, beyond what is published [1].

    Shape (cases, months), or (months,) where all cases are alike.
    """
    if not np.ndim(cases.api_drift):
        return levels.drift
    years = np.arange(len(levels.drift)) / MONTHS_PER_YEAR
    return read_only(np.asarray(levels.drift * cases.api_drift**years))


def availability_findings(api: ResolvedApi, scenario: Scenario) -> tuple[Finding, ...]:
    """Say when an offer ends within the horizon, or is not known to be still sold."""
    return tuple(
        found
        for seller in api.sellers
        for found in _availability(seller.offer, scenario, bool(seller.option.successors))
    )


def _availability(offer: Offer, scenario: Scenario, has_successor: bool) -> tuple[Finding, ...]:
    name = f"{offer.title} at {offer.provider_title}"
    if offer.retires is not None:
        months = _months_between(scenario.prices_on, offer.retires.on)
        if months >= scenario.finance.horizon_months:
            return ()
        message = f"{name} ends on {offer.retires.on}, within the horizon."
        remedy = "" if has_successor else "Plan for a successor or another provider."
        return (Finding("flagged", "ends", message, remedy, offer.retires.source.name),)
    if offer.availability(scenario.prices_on) == "listed":
        message = f"{name} stands in a price list; that it is still served was not seen."
        return (Finding("remark", "listed", message, "Ask the provider before you plan on it."),)
    return ()


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month


def _costs(
    api: ResolvedApi, months: Sequence[MonthRates], classes: Sequence[RequestClass]
) -> list[RequestCost]:
    """Published cost of a request in each month; the last one known where nothing is sold."""
    card = api.card
    cost, costs = request_cost(api, classes), []
    for month in months:
        if month.card is not None and month.card.bands != card.bands:
            card = month.card
            cost = request_cost(replace(api, offer=month.offer, card=card), classes)
        costs.append(cost)
    return costs


def _findings(api: ResolvedApi, months: Sequence[MonthRates]) -> list[Finding]:
    title = api.offer.title
    found = []
    unsold = next((month for month in months if month.card is None), None)
    if unsold is not None:
        found.append(
            Finding(
                "flagged",
                "retired",
                f"{title} is no longer sold in month {unsold.month + 1} of the horizon "
                f"({unsold.reason}); its last price is carried on.",
                "Name a successor of the option.",
            )
        )
    moved = next((month for month in months if month.card and month.offer != api.offer), None)
    if moved is not None:
        if api.option.provisioned is not None:
            found.append(
                Finding(
                    "flagged",
                    "retired",
                    f"Provisioned units of {title} end with it, before month {moved.month + 1} of "
                    f"the horizon; what units of {moved.offer.title} carry is not counted.",
                    "Leave the units out, or plan up to that month.",
                )
            )
        found.append(
            Finding(
                "remark",
                "successor",
                f"From month {moved.month + 1} on, {title} is replaced by {moved.offer.title}"
                f"{_at_whom(moved.offer, api.offer)}.",
            )
        )
    return found


def _unfit(
    api: ResolvedApi, months: Sequence[MonthRates], classes: Sequence[RequestClass]
) -> tuple[int, Finding] | None:
    """Say from when on requests that are taken today are too long for what answers then."""
    seen = [(api.offer, api.card)]
    for month in months:
        if month.card is None or (month.offer, month.card) == seen[-1]:
            continue
        seen.append((month.offer, month.card))
        unfit = not_taken(replace(api, offer=month.offer, card=month.card), classes)
        if unfit is not None and not_taken(api, classes) is None:
            message = f"From month {month.month + 1} of the horizon on: {unfit.message}"
            said = replace(unfit, severity="flagged", code="unfit-later", message=message)
            return month.month, said
    return None


def _later(offer: Offer, months: Sequence[MonthRates]) -> tuple[tuple[int, str], ...]:
    """Name the models that answer after the offer's own, by their first month."""
    names = {_model(offer): 0}
    for month in months:
        if month.card is not None:
            names.setdefault(_model(month.offer), month.month + 1)
    return tuple((first, name) for name, first in names.items() if first)


def _model(offer: Offer) -> str:
    return offer.open_weights or offer.title


def _at_whom(successor: Offer, offer: Offer) -> str:
    """Name the seller of a successor, where it is another one."""
    return "" if successor.provider == offer.provider else f" at {successor.provider_title}"


def told_successors(path: PricePath) -> tuple[Finding, ...]:
    """Say which model answers after the one that an option names."""
    return tuple(found for found in path.findings if found.code == "successor")
