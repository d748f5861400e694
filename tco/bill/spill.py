"""Base load on your own servers and the rest on an API: the fleet of least cost, and its bill."""

from dataclasses import replace

from tco.bill.base_fleet import BaseFleet
from tco.bill.bill import NOBODY, Bill, SizedFleet
from tco.bill.cost_lines import CostComponent, lines_of, usd_by_driver
from tco.bill.hybrid import api_components, both_findings, hybrid_alternative
from tco.bill.self_hosted import host_components, moving, serving_of
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHybrid
from tco.kernel.arrays import Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import Cases, first
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.spill import SpillRule, hourly_shares
from tco.question.hybrids import Spill
from tco.question.scenario import Scenario
from tco.question.week import WeeklyProfile
from tco.results.bill import Alternative, Finding
from tco.serving.fleet import baseline_share
from tco.words.figures import plural, share


def spill_bill(
    hybrid: ResolvedHybrid,
    api: Bill,
    own: Bill,
    scenario: Scenario,
    profile: WeeklyProfile,
    facts: CostFacts,
    cases: Cases,
    told: Alternative | None = None,
) -> Bill:
    """Size the base fleet, or take it as given, and price both sides.

    While spot machines are gone the fleet serves nothing; lost hours of either kind are taken
    off what it carries.

    Parameters
    ----------
    told
        What was said of it when the question was worked out as asked; nothing is said anew.
    """
    option = hybrid.option
    assert isinstance(option, Spill)
    one_off: tuple[CostComponent, ...] = ()
    shown = told
    if shown is None:
        one_off = (*moving(hybrid.host, facts), *(part.named("api", "API") for part in api.one_off))
        findings = (*both_findings(api, own), *_no_working_replica(hybrid, option))
        shown = hybrid_alternative(hybrid, api, scenario, one_off, findings)
    if own.fleet is None or own.replica is None or shown.refused:
        return Bill(shown, (), one_off, NOBODY)
    alone = own.fleet.rule
    rule = alone.base if isinstance(alone, AutoscaleRule) else alone
    assert isinstance(rule, FleetRule)
    requests = scenario.workload.requests_per_month * cases.requests
    base = _base_fleet(hybrid, api, rule, scenario, profile, facts, cases)
    spilled = base.spilled_share(requests, base.instances)
    state = _state(base, rule, requests, spilled)
    fleet = SizedFleet(base, state, state.replicas * rule.capacity_requests)
    served = tuple(
        replace(part, driver="served") if part.driver == "request" else part
        for part in host_components(hybrid.host, scenario, facts, state, requests, cases)
    )
    parts = (*served, *api_components(api, 1.0, "spilled"))
    if told is None:
        shown = replace(
            shown,
            lines=lines_of(_in_the_first_month(parts, spilled)),
            serving=serving_of(hybrid.host, own.replica, fleet, option.spare_replicas),
            findings=(*shown.findings, _said(base, first(requests), first(spilled))),
        )
    return Bill(shown, parts, one_off, own.serves & api.serves, own.replica, fleet)


def _in_the_first_month(parts: tuple[CostComponent, ...], spilled: Numbers) -> list[CostComponent]:
    """Components of the shares that fleet and API have in the first month."""
    shares: dict[str, Numbers] = {"served": 1 - spilled, "spilled": spilled}
    scaled = (part.times(shares.get(part.driver, 1.0)) for part in parts)
    return [part for part in scaled if part.driver != "spilled" or first(spilled) > 0]


def _base_fleet(
    hybrid: ResolvedHybrid,
    api: Bill,
    rule: FleetRule,
    scenario: Scenario,
    profile: WeeklyProfile,
    facts: CostFacts,
    cases: Cases,
) -> BaseFleet:
    option = hybrid.option
    assert isinstance(option, Spill)
    spill = SpillRule(
        capacity_requests=rule.capacity_requests,
        usable_load=rule.usable_load,
        peak_within_hour=scenario.workload.peak_within_hour,
        replicas_per_instance=rule.replicas_per_instance,
        spare_replicas=option.spare_replicas,
        shares=hourly_shares(profile.weights),
    )
    requests = scenario.workload.requests_per_month * cases.requests
    bare = FleetState(spill.replicas_per_instance, 1, 0.0, (), 0.0)
    one = usd_by_driver(host_components(hybrid.host, scenario, facts, bare, 1.0, cases))
    found = BaseFleet(
        spill,
        float(option.instances or 0),
        option.instances is None,
        baseline_share(hybrid.host),
        one["instance"],
        one["request"],
        usd_by_driver(api.components)["request"] / requests,
    )
    if not found.chosen:
        return found
    chosen = found.cheapest(requests, found.instance_usd, found.spilled_usd)
    return replace(found, instances=chosen)


def _no_working_replica(hybrid: ResolvedHybrid, option: Spill) -> tuple[Finding, ...]:
    if option.instances is None:
        return ()
    packed = hybrid.host.replicas_per_instance
    least = option.spare_replicas // packed + 1
    if option.instances >= least:
        return ()
    return (
        Finding(
            "refused",
            "no-working-replica",
            f"{option.instances} × {packed} replicas are all spares "
            f"(spare_replicas = {option.spare_replicas}): none is left to work.",
            f"Give at least {plural(least, 'instance')}, or fewer spare replicas.",
        ),
    )


def _state(base: BaseFleet, alone: FleetRule, volume: Numbers, spilled: Numbers) -> FleetState:
    rule, instances = base.rule, base.instances
    replicas = instances * rule.replicas_per_instance
    served = volume * (1 - spilled)
    working = replicas - rule.spare_replicas
    there = 1 - base.away
    most = rule.usable_load / rule.peak_within_hour * working / replicas * there
    return FleetState(
        replicas=replicas,
        instances=instances,
        utilisation=served / (replicas * rule.capacity_requests),
        causes=(
            ("bursts within the hour", 1 / rule.peak_within_hour),
            *alone.load_causes,
            ("spare replicas", working / replicas),
            *((("hours without machines", there),) if base.away else ()),
            ("quiet hours", served / (rule.carries(instances) * there)),
        ),
        reachable=most,
    )


def _said(base: BaseFleet, volume: float, spilled: float) -> Finding:
    """Say which fleet was taken, and what it leaves to the API."""
    instances = round(first(base.instances))
    rule = base.rule
    most = round(first(rule.full_instances(volume)))
    how = f"The base fleet has {plural(instances, 'machine')}"
    if base.chosen and most > rule.first_instances:
        costs = "costs" if instances == 1 else "cost"
        how = f"Of {rule.first_instances} to {most} machines, {instances} {costs} least"
    return Finding("remark", "spill", f"{how}; the API answers {share(spilled)} of requests.")
