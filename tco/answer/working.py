"""Every alternative of a scenario worked out: its bill, its months, its bill against staying."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from pricing.errors import PriceError, Problem
from tco.answer.api_options import api_as_asked, api_in_cases, told_apart
from tco.answer.choice import Choice, choose
from tco.answer.rests_on_resale import rests_on_resale
from tco.answer.worked import Asked, Worked
from tco.bill.api import labels_by_seller
from tco.bill.base_fleet import BaseFleet
from tco.bill.bill import EVERYBODY, Bill
from tco.bill.eligibility import quality_findings
from tco.bill.ended import ended_api, ended_hybrid
from tco.bill.hybrid import routed_bill
from tco.bill.rollout import moving_bill, paid_once
from tco.bill.self_hosted import self_hosted_bill
from tco.bill.spill import spill_bill
from tco.facts.cost_facts import CostFacts
from tco.facts.data import Data
from tco.facts.resolve import Resolved, ResolvedApi, ResolvedHost, ResolvedHybrid, resolve
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import AS_ASKED, Cases
from tco.months.api_prices import PricePath, market_prices, price_path
from tco.months.borrowed import borrowed
from tco.months.cash_flow import monthly_costs
from tco.months.committed import committed_finding, committed_line, committed_spend
from tco.months.growth import Growth, api_growth, fleet_growth, units_growth, volumes
from tco.months.spill_growth import spill_growth
from tco.months.unfinished_terms import unfinished_terms
from tco.question.hybrids import BASELINE, Spill
from tco.question.keys import hybrid_key, own_key
from tco.question.price_levels import price_levels
from tco.question.rollout import Rollout
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, Finding
from tco.serving.allowance import Allowance
from tco.serving.tenure import Holding, holding


@dataclass(eq=False)
class Working:
    """Alternatives in the order of the scenario, and what was worked out for them."""

    asked: Asked
    facts: CostFacts
    alternatives: tuple[Alternative, ...]
    worked: Mapping[str, Worked]
    """Of those that are not refused, by key."""
    paths: Mapping[str, PricePath]
    """Prices of each API option over the months, by key."""

    @cached_property
    def choice(self) -> Choice:
        """The alternatives told of."""
        return choose(self.alternatives, self.worked)


@dataclass(eq=False)
class _Desk:
    """What every alternative is worked out with, and what was worked out so far."""

    asked: Asked
    facts: CostFacts
    paths: Mapping[str, PricePath]
    known: Mapping[str, Worked]
    """Each alternative of the question as it was asked, by key; then nothing is said anew."""
    worked: dict[str, Worked] = field(default_factory=dict)
    allowance: Allowance = field(default_factory=Allowance)
    _held: dict[str, Holding] = field(default_factory=dict)

    @cached_property
    def requests(self) -> FloatArray:
        """Requests of each month [request/month]."""
        return volumes(self.asked.scenario, self.asked.cases)

    @cached_property
    def by_requests(self) -> Growth:
        """How a bill of tokens grows, alike for every API."""
        return api_growth(self.requests)

    @cached_property
    def tokens(self) -> Mapping[str, FloatArray]:
        """Prices of each API in each month over those of the first [1], by key."""
        market = market_prices(self.asked.levels, self.asked.cases)
        alike: dict[bytes, FloatArray] = {}
        for path in self.paths.values():
            if path.factors.tobytes() not in alike:
                alike[path.factors.tobytes()] = path.factors * market
        return {key: alike[path.factors.tobytes()] for key, path in self.paths.items()}

    def told(self, key: str) -> Alternative | None:
        """What is said of an alternative already."""
        known = self.known.get(key)
        return None if known is None else known.alternative

    def holding(self, host: ResolvedHost) -> Holding:
        """How the machines of an option are held."""
        name = host.option.name
        if name not in self._held:
            self._held[name] = holding(host, self.facts, self.asked.cases.gpu_price)
        return self._held[name]


def look_up(scenario: Scenario, data: Data, cases: Cases = AS_ASKED) -> Asked:
    """Look up what a scenario names, for one case or many.

    Raises
    ------
    InputError
        If the scenario names things that do not exist or do not go together.
    """
    data = data.with_facts_of(scenario)
    resolved = resolve(scenario, data.catalogue, data.library)
    return Asked(resolved, data, price_levels(scenario.finance), cases)


def work_out(asked: Asked, known: Working | None = None) -> Working:
    """Work out every alternative of a scenario.

    Parameters
    ----------
    known
        The same question worked out as it was asked, the first of the cases. What it says of each
        alternative holds for them all; those it refused are left out.

    Raises
    ------
    PriceError
        If the baseline cannot serve the workload.
    """
    answered: Mapping[str, Worked] = {}
    if known is not None:
        answered = known.worked
        asked = replace(asked, resolved=_not_refused(asked.resolved, answered))
    resolved, scenario = asked.resolved, asked.scenario
    facts = CostFacts.of(scenario, asked.data.library) if known is None else known.facts
    paths = {api.key: _path_of(api, asked, known) for api in (resolved.baseline, *resolved.apis)}
    desk = _Desk(asked, facts, paths, answered)
    apis = dict(_apis(desk))
    today = apis[resolved.baseline.key]
    alone = {own_key(host.option): _alone(desk, host, today) for host in resolved.hosts}
    own = {h.option.name: _own(desk, h, alone, apis) for h in resolved.hosts}
    hybrids = [
        _hybrid(desk, hybrid, apis[hybrid.api.key], own[hybrid.host.option.name])
        for hybrid in resolved.hybrids
    ]
    if known is not None:
        return Working(asked, facts, known.alternatives, desk.worked, paths)
    alternatives = (
        *(bill.alternative for bill in apis.values()),
        *(ended_api(api, scenario) for api in resolved.ended),
        *(bill.alternative for bill in (*own.values(), *hybrids)),
        *(ended_hybrid(hybrid, scenario) for hybrid in resolved.ended_hybrids),
    )
    return Working(asked, facts, alternatives, desk.worked, paths)


def _path_of(api: ResolvedApi, asked: Asked, known: Working | None) -> PricePath:
    found = None if known is None else known.paths[api.key]
    if found is not None and not found.follows_output:
        return found
    return price_path(api, asked.scenario, asked.data.catalogue, asked.cases)


def _not_refused(resolved: Resolved, known: Container[str]) -> Resolved:
    return replace(
        resolved,
        apis=tuple(api for api in resolved.apis if api.key in known),
        hosts=tuple(host for host in resolved.hosts if own_key(host.option) in known),
        hybrids=tuple(mixed for mixed in resolved.hybrids if hybrid_key(mixed.option) in known),
    )


def _apis(desk: _Desk) -> Iterator[tuple[str, Bill]]:
    """Bill the API options; the baseline must have a bill."""
    resolved, labels = desk.asked.resolved, set[str]()
    apis = (resolved.baseline, *resolved.apis)
    named = {} if desk.known else labels_by_seller(api for api in apis if not api.parts)
    for api in apis:
        is_baseline = api is resolved.baseline
        bill = _api(desk, api)
        if not desk.known:
            bill = told_apart(bill, named.get(api.key, bill.alternative.label), labels)
        shown = bill.alternative
        labels.add(shown.label)
        if shown.refused is None:
            followed = _followed(desk, bill, api, _tokens_growth(desk, bill, api))
            worked = desk.worked[shown.key] = _committed(desk, followed)
            if worked is not followed:
                bill = replace(bill, alternative=worked.alternative)
        elif is_baseline:
            reason = shown.refused
            limit = reason.message.removesuffix(".")
            raise PriceError(Problem("baseline", shown.label, limit, reason.remedy))
        yield shown.key, bill


def _tokens_growth(desk: _Desk, bill: Bill, api: ResolvedApi) -> Growth:
    taken = api.option.provisioned
    if bill.units is None or taken is None:
        return desk.by_requests
    return units_growth(desk.requests, bill.units, taken.units)


def _committed(desk: _Desk, api: Worked) -> Worked:
    """Add what is committed to beyond what is used, where anything is."""
    commitment = api.api.option.commitment
    if commitment is None:
        return api
    levels, money = desk.asked.levels, desk.asked.scenario.currency.money
    found = committed_spend(api.components, api.growth, api.tokens, commitment, levels)
    line, shown = committed_line(found), api.alternative
    if not desk.known:
        said = committed_finding(found, commitment, money)
        shown = replace(shown, lines=(*shown.lines, line.line), findings=(*shown.findings, said))
    costs = replace(api.costs, committed=found)
    return replace(
        api,
        alternative=shown,
        components=(*api.components, line),
        costs=costs,
        settled=costs,
    )


def _api(desk: _Desk, api: ResolvedApi) -> Bill:
    """Bill an API option in every case: its lines as asked, times what moves them."""
    known = desk.known.get(api.key)
    if known is None:
        bill = api_as_asked(api, desk.asked, desk.facts, desk.paths[api.key])
    else:
        used = tuple(part for part in known.components if part.kind.path != "committed")
        bill = Bill(known.alternative, used, (), EVERYBODY)
    return api_in_cases(bill, api, desk.asked)


def _alone(desk: _Desk, host: ResolvedHost, today: Bill) -> Bill:
    """Bill own servers in a month in which all requests have moved there."""
    asked, known = desk.asked, desk.known.get(own_key(host.option))
    return self_hosted_bill(
        host,
        asked.scenario,
        asked.resolved.profile.weights,
        desk.facts,
        today,
        desk.allowance,
        asked.cases,
        None if known is None else known.alternative,
        None if known is None else known.replica,
    )


def _own(
    desk: _Desk, host: ResolvedHost, alone: Mapping[str, Bill], apis: Mapping[str, Bill]
) -> Bill:
    """Follow own servers, with what answers until all requests have moved."""
    resolved, rollout = desk.asked.resolved, host.option.rollout
    bill, api = alone[own_key(host.option)], resolved.baseline
    if rollout is not None and bill.fleet is not None:
        api = resolved.api_called(rollout.meanwhile) or api
        answers = rollout.meanwhile if rollout.meanwhile != BASELINE else api.key
        other = next((h for h in resolved.hosts if own_key(h.option) == answers), None)
        by_the_hour = other is None or desk.holding(other).kept_months is None
        bill = moving_bill(
            bill,
            rollout,
            apis.get(answers) or alone.get(answers),
            by_the_hour=by_the_hour,
            bars=_bars_meanwhile(desk, rollout, answers, apis),
            told=desk.told(own_key(host.option)),
        )
    return _follow_fleet(desk, bill, api, host)


def _bars_meanwhile(
    desk: _Desk, rollout: Rollout, answers: str, apis: Mapping[str, Bill]
) -> list[Finding]:
    """What keeps an API from answering until all requests have moved: its tier, or its end."""
    if answers not in apis:
        return []
    months = desk.asked.scenario.finance.horizon_months
    unmoved = sum(share < 1 for share in rollout.share_by_month(months))
    lasts, codes = desk.paths[answers].answers_for, {"late"}
    if lasts is not None and lasts < unmoved:
        codes |= {"retired", "unfit-later"}
    return [
        replace(one, message=f"Until all requests have moved: {one.message}")
        for one in apis[answers].alternative.findings
        if one.severity == "barred" and one.code in codes
    ]


def _hybrid(desk: _Desk, hybrid: ResolvedHybrid, api: Bill, own: Bill) -> Bill:
    asked, scenario = desk.asked, desk.asked.scenario
    told = desk.told(hybrid_key(hybrid.option))
    if isinstance(hybrid.option, Spill):
        profile = asked.resolved.profile
        bill = spill_bill(hybrid, api, own, scenario, profile, desk.facts, asked.cases, told)
    else:
        bill = routed_bill(hybrid, api, own, scenario, desk.facts, asked.cases, told)
    return _follow_fleet(desk, bill, hybrid.api, hybrid.host, hybrid)


def _follow_fleet(
    desk: _Desk,
    bill: Bill,
    api: ResolvedApi,
    host: ResolvedHost,
    hybrid: ResolvedHybrid | None = None,
) -> Bill:
    """Follow a bill with own machines, compare it with staying, say what it rests on."""
    if bill.fleet is None:
        return bill
    growth = _growth(desk, bill, api, host, host.option.rollout)
    own = desk.worked[bill.alternative.key] = _followed(desk, bill, api, growth, host, hybrid)
    if desk.known:
        return bill
    today = desk.worked[desk.asked.resolved.baseline.key]
    scenario = desk.asked.scenario
    money = scenario.currency.money
    found = (
        *quality_findings(bill.alternative.accepted_share, scenario.objective),
        *bill.alternative.findings,
        *unfinished_terms(host, own.holding, own.costs, money),
        *borrowed(own.holding, own.costs, money),
        *rests_on_resale(today, own, scenario),
    )
    shown = replace(bill.alternative, findings=found)
    desk.worked[shown.key] = replace(own, alternative=shown)
    return replace(bill, alternative=shown)


def _growth(
    desk: _Desk,
    bill: Bill,
    api: ResolvedApi,
    host: ResolvedHost,
    rollout: Rollout | None,
) -> Growth:
    held, fleet, other = desk.holding(host), bill.fleet, bill.meanwhile_fleet
    assert fleet is not None
    if isinstance(fleet.rule, BaseFleet):
        return spill_growth(
            fleet.rule, desk.requests, desk.tokens[api.key], desk.asked.levels, held
        )
    months = desk.asked.scenario.finance.horizon_months
    moved = None if rollout is None else np.array(rollout.share_by_month(months))
    meanwhile = None if rollout is None or other is None else other.rule
    assert not isinstance(meanwhile, BaseFleet)
    return fleet_growth(desk.requests, fleet.rule, held, moved, meanwhile)


def _followed(
    desk: _Desk,
    bill: Bill,
    api: ResolvedApi,
    growth: Growth,
    host: ResolvedHost | None = None,
    hybrid: ResolvedHybrid | None = None,
) -> Worked:
    """Follow a bill through the months."""
    asked = desk.asked
    held = Holding() if host is None else desk.holding(host)
    tokens, volume = desk.tokens[api.key], asked.scenario.workload.requests_per_month
    finance, levels = asked.scenario.finance, asked.levels
    rollout = None if host is None else host.option.rollout
    once = paid_once(bill.alternative.one_off, rollout)
    costs = monthly_costs(
        (*bill.components, *bill.meanwhile), once, growth, finance, levels, tokens, held
    )
    settled = costs
    if host is not None and bill.fleet is not None and rollout is not None:
        at_once = _growth(desk, bill, api, host, None)
        settled = monthly_costs(bill.components, once, at_once, finance, levels, tokens, held)
    return Worked(
        alternative=bill.alternative,
        components=(*bill.components, *bill.meanwhile),
        requests_per_month=volume * asked.cases.requests,
        api=api,
        host=host,
        hybrid=hybrid,
        holding=held,
        replica=bill.replica,
        fleet=bill.fleet,
        growth=growth,
        tokens=tokens,
        costs=costs,
        settled=settled,
        once=once,
        serves=bill.serves,
        staying=None if host is None else desk.worked[desk.asked.resolved.baseline.key],
    )
