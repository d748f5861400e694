"""Hybrids: a routing rule between an API and your own servers, its fleet and its bill."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from tco.bill.hybrid_lines import api_lines, routing_lines, routing_one_off
from tco.bill.self_hosted import HostedFleet, host_lines, one_off_lines, serving_of
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHybrid
from tco.kernel import routing
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.routing import Split
from tco.question.hybrids import CostTier, EvaluationRun, Fallback, Hybrid, PrivateFirst, Specialist
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, CostLine, Finding, Serving
from tco.serving.fleet import baseline_share, state_of

_SPLITS: Final[dict[type, Callable[[Any], Split]]] = {
    PrivateFirst: lambda o: routing.private_first(
        o.sensitive_share, o.escalated_share, o.summary_share
    ),
    CostTier: lambda o: routing.cost_tier(
        o.cheap_share, o.misrouted_share, local_is_cheap=o.cheap_side == "self-hosted"
    ),
    EvaluationRun: lambda o: routing.evaluation(o.compared_share, o.reviewed_share),
    Fallback: lambda o: routing.fallback(
        o.outage_share, o.reserved_share, local_is_reserve=o.first == "api"
    ),
    Specialist: lambda o: routing.specialist(o.share, o.acceptance_rate),
}


@dataclass(frozen=True, slots=True)
class RoutedHybrid:
    """A hybrid that splits requests by rule; without a rule of growth where it is refused."""

    alternative: Alternative
    split: Split
    rule: FleetRule | AutoscaleRule | None
    """Grows with the whole workload, of which the own servers see their share."""


def split_of(hybrid: ResolvedHybrid) -> Split:
    """Where the requests go; while spot machines are gone, the API answers for them."""
    split = _SPLITS[type(hybrid.option)](hybrid.option)
    away = baseline_share(hybrid.host)
    return Split(
        local=split.local * (1 - away),
        api=split.api + split.local * away,
        reviews=split.reviews,
        reserve=split.sized_for,
    )


def routed_hybrid(
    hybrid: ResolvedHybrid,
    api: Alternative,
    fleet: HostedFleet,
    scenario: Scenario,
    facts: CostFacts,
) -> RoutedHybrid:
    """Size the own servers of a hybrid for their share, and price both sides."""
    split = split_of(hybrid)
    findings = (*hybrid_findings(api, fleet), *_of_the_rule(hybrid.option, split))
    refused = any(finding.severity == "refused" for finding in findings)
    empty = hybrid_alternative(hybrid, api, scenario, facts, (), None, findings)
    if refused or fleet.rule is None:
        return RoutedHybrid(empty, split, None)
    own_rule = _standing(fleet.rule, hybrid.option)
    volume = scenario.workload.requests_per_month
    state = _state(own_rule, volume, split)
    lines = (
        *host_lines(hybrid.host, scenario, facts, state, volume * split.local),
        *api_lines(api, split.api),
        *routing_lines(hybrid.option, split.reviews, volume),
    )
    serving = serving_of(hybrid.host, fleet.capacity, own_rule, state)
    whole = serving.requests_per_month_capacity / (split.local or split.sized_for)
    return RoutedHybrid(
        replace(empty, lines=lines, serving=replace(serving, requests_per_month_capacity=whole)),
        split,
        _of_the_whole(own_rule, split),
    )


def _standing(rule: FleetRule | AutoscaleRule, option: Hybrid) -> FleetRule | AutoscaleRule:
    """A reserve for outages, which nobody announces, does not come and go with the hours."""
    is_reserve = isinstance(option, Fallback) and option.first == "api"
    return rule.base if is_reserve and isinstance(rule, AutoscaleRule) else rule


def _state(rule: FleetRule | AutoscaleRule, volume: float, split: Split) -> FleetState:
    """Size the fleet for what it must be able to carry, and say how busy its own share keeps it."""
    state = state_of(rule, volume * split.sized_for)
    used = split.local / split.sized_for
    if used == 1:
        return state
    causes = (*state.causes, ("held in reserve", used))
    return replace(
        state, utilisation=state.utilisation * used, reachable=state.reachable * used, causes=causes
    )


def _of_the_whole(rule: FleetRule | AutoscaleRule, split: Split) -> FleetRule | AutoscaleRule:
    """The same fleet as a rule of the whole workload."""
    if isinstance(rule, AutoscaleRule):
        return replace(rule, base=_scaled(rule.base, split.sized_for))
    return _scaled(rule, split.sized_for)


def _scaled(rule: FleetRule, share: float) -> FleetRule:
    return replace(rule, capacity_rps=rule.capacity_rps / share)


def hybrid_alternative(
    hybrid: ResolvedHybrid,
    api: Alternative,
    scenario: Scenario,
    facts: CostFacts,
    lines: tuple[CostLine, ...],
    serving: Serving | None,
    findings: tuple[Finding, ...],
) -> Alternative:
    """Put a hybrid beside the other alternatives."""
    option = hybrid.option
    return Alternative(
        key=f"hybrid/{option.name}",
        label=option.name,
        kind="hybrid",
        model=hybrid.host.model.name,
        interactive=api.interactive,
        lines=lines,
        one_off=(*one_off_lines(hybrid.host, facts), *routing_one_off(option, api)),
        requests_per_month=scenario.workload.requests_per_month,
        input_tokens_per_request=api.input_tokens_per_request,
        output_tokens_per_request=api.output_tokens_per_request,
        serving=serving,
        findings=findings,
    )


def hybrid_findings(api: Alternative, fleet: HostedFleet) -> tuple[Finding, ...]:
    """What is to be known of either side; one that is refused refuses the hybrid."""
    return tuple(dict.fromkeys((*fleet.alternative.findings, *api.findings)))


def _of_the_rule(option: Hybrid, split: Split) -> tuple[Finding, ...]:
    if split.sized_for == 0:
        return (
            Finding(
                "refused",
                "no-local",
                "Nothing is sent to your own servers: there is no fleet to size.",
                "Give the share they answer, or leave the hybrid out.",
            ),
        )
    if isinstance(option, PrivateFirst):
        return (
            Finding(
                "remark",
                "same-mix",
                "Sensitive requests are taken to be as long as the others.",
            ),
        )
    return ()
