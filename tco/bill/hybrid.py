"""Hybrids: a routing rule between an API and your own servers, its fleet and its bill."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tco.bill.base_fleet import BaseFleet
from tco.bill.bill import NOBODY, Bill, SizedFleet
from tco.bill.cost_lines import CostComponent, lines_of
from tco.bill.routing_rules import RULES, RoutingRule
from tco.bill.self_hosted import fleet_of, host_components, moving, serving_of
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHybrid
from tco.kernel.arrays import Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import Cases
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.routing import Split
from tco.question.keys import hybrid_key
from tco.question.options import tries_of
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, Driver, Finding
from tco.serving.fleet import baseline_share


def split_of(hybrid: ResolvedHybrid) -> Split:
    """Where the requests go; while spot machines are gone, the API answers each of them once."""
    split = RULES[type(hybrid.option)].split(hybrid.option)
    away = baseline_share(hybrid.host)
    there = 1 - away
    return Split(
        local=split.local * there,
        api=split.api * there + away,
        reviews=split.reviews * there,
        reserve=split.sized_for,
    )


def routed_bill(
    hybrid: ResolvedHybrid,
    api: Bill,
    own: Bill,
    scenario: Scenario,
    facts: CostFacts,
    cases: Cases,
    told: Alternative | None = None,
) -> Bill:
    """Size the own servers of a hybrid for their share, and price both sides.

    Parameters
    ----------
    told
        What was said of it when the question was worked out as asked; nothing is said anew.
    """
    rule, split = RULES[type(hybrid.option)], split_of(hybrid)
    one_off: tuple[CostComponent, ...] = ()
    shown = told
    if shown is None:
        one_off = (
            *moving(hybrid.host, facts),
            *(part.named("api", "API") for part in api.one_off),
            *rule.one_off(hybrid.option),
        )
        findings = (*both_findings(api, own), *_of_the_rule(rule, split, hybrid))
        shown = hybrid_alternative(hybrid, api, scenario, one_off, findings)
    if own.fleet is None or own.replica is None or shown.refused:
        return Bill(shown, (), one_off, NOBODY)
    requests = scenario.workload.requests_per_month * cases.requests
    host = replace(hybrid.host, quality=None) if rule.accepts else hybrid.host
    tried = tries_of(host.quality) / tries_of(hybrid.host.quality)
    fleet = _fleet(own.fleet, requests, split, tried, stands_by=rule.stands_by(hybrid.option))
    parts = (
        *host_components(host, scenario, facts, fleet.state, requests * split.local, cases),
        *api_components(api, split.api),
        *rule.monthly(hybrid.option, requests * split.reviews),
    )
    if told is None:
        serving = serving_of(hybrid.host, own.replica, fleet)
        shown = replace(shown, lines=lines_of(parts), serving=serving)
    return Bill(shown, parts, one_off, own.serves & api.serves, own.replica, fleet)


def api_components(
    api: Bill, calls: Numbers, driver: Driver = "request"
) -> tuple[CostComponent, ...]:
    """Price the API's share of a hybrid: what each call costs, and the people of both sides.

    Parameters
    ----------
    calls
        Calls of the API per request of the workload [1].
    driver
        What the calls grow with.
    """
    asked = (part for part in api.components if part.driver == "request")
    called = (part.times(calls, driver) for part in asked) if np.any(calls) else ()
    people = (
        part for part in api.components if part.kind.group == "people" and part.driver == "fixed"
    )
    return tuple(part.named("api", "API") for part in (*called, *people))


def _fleet(
    own: SizedFleet, volume: Numbers, split: Split, tried: float, *, stands_by: bool
) -> SizedFleet:
    """Size a fleet for its share of the workload, as a rule of the whole.

    A reserve for outages, which nobody announces, does not come and go with the hours.

    Parameters
    ----------
    tried
        Tries of a request over those of the option alone [1].
    """
    rule = own.rule
    if stands_by and isinstance(rule, AutoscaleRule):
        rule = rule.base
    assert not isinstance(rule, BaseFleet)
    rule = _scaled(rule, tried)
    sized = fleet_of(rule, volume * split.sized_for)
    return SizedFleet(
        _scaled(rule, split.sized_for),
        _used(sized.state, split.local / split.sized_for),
        sized.capacity_requests / (split.local or split.sized_for),
    )


def _used(state: FleetState, used: float) -> FleetState:
    """Say how busy its own share keeps a fleet that must be able to carry more."""
    if used == 1:
        return state
    causes = (*state.causes, ("held in reserve", used))
    return replace(
        state, utilisation=state.utilisation * used, reachable=state.reachable * used, causes=causes
    )


def _scaled(rule: FleetRule | AutoscaleRule, share: float) -> FleetRule | AutoscaleRule:
    """The rule of a fleet by which the whole workload brings it only such a share of its load."""
    if isinstance(rule, AutoscaleRule):
        base = replace(rule.base, capacity_rps=rule.base.capacity_rps / share)
        return replace(rule, base=base)
    return replace(rule, capacity_rps=rule.capacity_rps / share)


def hybrid_alternative(
    hybrid: ResolvedHybrid,
    api: Bill,
    scenario: Scenario,
    one_off: Sequence[CostComponent],
    findings: tuple[Finding, ...],
) -> Alternative:
    """Put a hybrid beside the other alternatives, before its fleet is sized."""
    bought = api.alternative
    return Alternative(
        key=hybrid_key(hybrid.option),
        label=hybrid.option.name,
        kind="hybrid",
        model=hybrid.host.model.name,
        interactive=bought.interactive,
        lines=(),
        one_off=lines_of(one_off),
        requests_per_month=scenario.workload.requests_per_month,
        input_tokens_per_request=bought.input_tokens_per_request,
        output_tokens_per_request=bought.output_tokens_per_request,
        serving=None,
        findings=findings,
        accepted_share=hybrid.option.accepted_share,
    )


def both_findings(api: Bill, own: Bill) -> tuple[Finding, ...]:
    """What is to be known of either side; one that is refused refuses the hybrid.

    What is owed of a term depends on the fleet, so that a hybrid says it of its own.
    """
    both = (*own.alternative.findings, *api.alternative.findings)
    return tuple(dict.fromkeys(found for found in both if found.code != "unfinished-term"))


def _of_the_rule(rule: RoutingRule, split: Split, hybrid: ResolvedHybrid) -> tuple[Finding, ...]:
    if split.sized_for == 0:
        return (
            Finding(
                "refused",
                "no-local",
                "Nothing is sent to your own servers: there is no fleet to size.",
                "Give the share they answer, or leave the hybrid out.",
            ),
        )
    if rule.stays_inside and baseline_share(hybrid.host):
        return (
            Finding(
                "refused",
                "would-leave",
                "While its spot machines are gone the API would answer requests that may not "
                "leave.",
                'Set interruption.then = "re-run", or name machines that stay.',
            ),
        )
    return rule.remarks
