"""Base load on your own servers and the rest on an API: the fleet of least cost, and its bill."""

from dataclasses import dataclass, replace

from tco.bill.hybrid import hybrid_alternative, hybrid_findings
from tco.bill.hybrid_lines import api_lines
from tco.bill.self_hosted import HostedFleet, host_lines, serving_of
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHybrid
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.spill import SpillRule, cheapest_fleet, hourly_shares
from tco.question.hybrids import Spill
from tco.question.scenario import Scenario
from tco.question.week import WeeklyProfile
from tco.results.bill import Alternative, CostLine, Driver, Finding
from tco.words.figures import share as percent


@dataclass(frozen=True, slots=True)
class SpillHybrid:
    """A base fleet with an API above it; without prices where it is refused."""

    alternative: Alternative
    rule: SpillRule | None
    instances: int
    chosen: bool
    """Whether the fleet was chosen for least cost, not given."""
    instance_usd: float
    """Month of one instance, all it brings with it [USD/month]."""
    served_usd: float
    """What a request served by the fleet costs beyond its machines [USD/request]."""
    spilled_usd: float
    """What a request costs on the API [USD/request]."""


def spill_hybrid(
    hybrid: ResolvedHybrid,
    api: Alternative,
    fleet: HostedFleet,
    scenario: Scenario,
    profile: WeeklyProfile,
    facts: CostFacts,
) -> SpillHybrid:
    """Size the base fleet, or take it as given, and price both sides.

    While spot machines are gone the fleet serves nothing; lost hours of either kind are taken
    off what it carries.
    """
    option = hybrid.option
    assert isinstance(option, Spill)
    findings = hybrid_findings(api, fleet)
    empty = hybrid_alternative(hybrid, api, scenario, facts, (), None, findings)
    if fleet.rule is None or empty.refused:
        return SpillHybrid(empty, None, 0, option.instances is None, 0.0, 0.0, 0.0)
    base = fleet.rule.base if isinstance(fleet.rule, AutoscaleRule) else fleet.rule
    rule = _rule(base, option, scenario, profile)
    volume = scenario.workload.requests_per_month
    one = host_lines(hybrid.host, scenario, facts, _bare(rule, 1), 1.0)
    instance_usd, served_usd = _sum(one, "instance"), _sum(one, "request")
    spilled_usd = _sum(api.lines, "request") / volume
    instances = option.instances or cheapest_fleet(
        rule, volume, instance_usd, spilled_usd - served_usd
    )
    state = _state(rule, base, volume, instances)
    spilled = rule.spilled_share(volume, instances)
    own = host_lines(hybrid.host, scenario, facts, state, volume * (1 - spilled))
    lines = (
        *(replace(line, driver="served") if line.driver == "request" else line for line in own),
        *api_lines(api, spilled, "spilled"),
    )
    serving = serving_of(
        hybrid.host, fleet.capacity, replace(base, spare_replicas=option.spare_replicas), state
    )
    said = (*findings, _said(rule, volume, instances, spilled, chosen=option.instances is None))
    return SpillHybrid(
        replace(empty, lines=lines, serving=serving, findings=said),
        rule,
        instances,
        option.instances is None,
        instance_usd,
        served_usd,
        spilled_usd,
    )


def _rule(base: FleetRule, option: Spill, scenario: Scenario, profile: WeeklyProfile) -> SpillRule:
    return SpillRule(
        capacity_requests=base.capacity_requests,
        usable_load=base.usable_load,
        peak_within_hour=scenario.workload.peak_within_hour,
        replicas_per_instance=base.replicas_per_instance,
        spare_replicas=option.spare_replicas,
        shares=hourly_shares(profile.weights),
    )


def _bare(rule: SpillRule, instances: int) -> FleetState:
    return FleetState(instances * rule.replicas_per_instance, instances, 0.0, (), 0.0)


def _state(rule: SpillRule, base: FleetRule, volume: float, instances: int) -> FleetState:
    replicas = instances * rule.replicas_per_instance
    served = volume * (1 - rule.spilled_share(volume, instances))
    working = replicas - rule.spare_replicas
    most = rule.usable_load / rule.peak_within_hour * working / replicas
    return FleetState(
        replicas=replicas,
        instances=instances,
        utilisation=served / (replicas * rule.capacity_requests),
        causes=(
            ("bursts within the hour", 1 / rule.peak_within_hour),
            *base.load_causes,
            ("spare replicas", working / replicas),
            ("quiet hours", served / rule.carries(instances)),
        ),
        reachable=most,
    )


def _sum(lines: tuple[CostLine, ...], driver: Driver) -> float:
    return sum(line.cost_usd or 0.0 for line in lines if line.driver == driver)


def _said(
    rule: SpillRule, volume: float, instances: int, spilled: float, *, chosen: bool
) -> Finding:
    """Say which fleet was taken, and what it leaves to the API."""
    tried = f"{rule.first_instances()} to {rule.full_instances(volume)}"
    how = (
        f"Of {tried} machines, {instances} cost least"
        if chosen
        else f"The base fleet has {instances} machines"
    )
    return Finding("remark", "spill", f"{how}; the API answers {percent(spilled)} of requests.")
