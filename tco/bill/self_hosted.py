"""What a month on your own servers costs: the fleet the traffic needs, and its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hardware_profiles.calibration import UNMEASURED
from hardware_profiles.offer import RentalOffer
from hardware_profiles.region import Region
from pricing.units import BYTES_PER_GB
from tco.bill.acceptance import repair
from tco.bill.already_owned import already_owned
from tco.bill.bill import NOBODY, Bill, SizedFleet
from tco.bill.cost_lines import CostComponent, component, lines_of
from tco.bill.eligibility import (
    licence_findings,
    machine_region_findings,
    serves_lengths,
    too_long,
)
from tco.bill.loads import loads_of, same_output
from tco.bill.machines import machines_of
from tco.bill.own_cache import own_cache, own_hits, own_loads
from tco.bill.people_and_platform import engineering, monthly, platform
from tco.facts.ages import machine_age, record_age
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHost
from tco.kernel.arrays import Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import AS_ASKED, Cases, first
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.length_limits import LengthLimits
from tco.kernel.workload import ClassLoad, mix_as_asked
from tco.question.keys import own_key
from tco.question.options import accepted_of, tries_of
from tco.question.scenario import Scenario
from tco.question.traffic import mean_tokens
from tco.results.bill import Alternative, Finding, Serving
from tco.serving.allowance import Allowance
from tco.serving.case_capacity import case_capacities
from tco.serving.fleet import baseline_share, fleet_rule, rent_findings, state_of
from tco.serving.redundancy import shared_spares
from tco.serving.replica import ReplicaCapacity, measured_otherwise
from tco.serving.simulation import NOT_SIMULATED


def self_hosted_bill(
    host: ResolvedHost,
    scenario: Scenario,
    profile: Sequence[float],
    facts: CostFacts,
    baseline: Bill,
    allowance: Allowance,
    cases: Cases = AS_ASKED,
    told: Alternative | None = None,
    replica: ReplicaCapacity | None = None,
) -> Bill:
    """Size the fleet for the first month and price it.

    Parameters
    ----------
    profile
        168 hourly weights of the week.
    baseline
        Today's bill, whose API answers while spot machines are gone if the option says so.
    allowance
        What the question may still simulate.
    told
        What was said of it when the question was worked out as asked; nothing is said anew.
    replica
        What a replica was found to carry then; nothing is simulated anew.
    """
    workload = scenario.workload
    hits = own_hits(host, scenario, profile)
    loads = own_loads(scenario, hits)
    room = LengthLimits(
        together=min(host.model.max_context_tokens, int(host.record.limits.kv_tokens))
    )
    known = cases.simulated
    carried = None if known is None else known.get(host.option.name, 1.0)
    if replica is None:
        replica = _capacity(host, scenario, loads, allowance, carried)
    one_off = () if told else moving(host, facts)
    shown = told
    if shown is None:
        findings = (
            *_findings(host, scenario, loads, room, replica, hits, facts.library.regions),
            *already_owned(host, facts, scenario.currency.money),
        )
        shown = _empty(host, scenario, one_off, findings, _accepted(host, baseline))
        if shown.refused:
            return Bill(shown, (), one_off, NOBODY)
    rates, meets = case_capacities(host.record, loads, scenario.objective, replica, cases)
    requests = workload.requests_per_month * cases.requests
    rule = fleet_rule(host, scenario, profile, rates)
    fleet = fleet_of(rule, requests)
    away = baseline_share(host)
    parts = (
        *host_components(host, scenario, facts, fleet.state, requests * (1 - away), cases),
        *_while_interrupted(baseline, away),
    )
    if told is None:
        shown = replace(
            shown,
            lines=lines_of(parts),
            serving=serving_of(host, replica, fleet),
            findings=(*shown.findings, *shared_spares(rule, requests)),
        )
    serves = meets & serves_lengths(loads, room, cases)
    return Bill(shown, parts, one_off, serves, replica, fleet)


def _empty(
    host: ResolvedHost,
    scenario: Scenario,
    one_off: Sequence[CostComponent],
    findings: tuple[Finding, ...],
    accepted_share: float | None,
) -> Alternative:
    """Put own servers beside the other alternatives, before their fleet is sized."""
    workload = scenario.workload
    return Alternative(
        key=own_key(host.option),
        label=told_name(host),
        kind="rented" if host.option.rent else "owned",
        model=host.model.name,
        interactive=True,
        lines=(),
        one_off=lines_of(one_off),
        requests_per_month=workload.requests_per_month,
        input_tokens_per_request=mean_tokens(workload.classes, "input"),
        output_tokens_per_request=mean_tokens(workload.classes, "output"),
        serving=None,
        findings=findings,
        accepted_share=accepted_share,
    )


def told_name(host: ResolvedHost) -> str:
    """Name of an option; what nobody measured says so wherever it is named."""
    if host.record.kind in UNMEASURED:
        return f"{host.option.name} ({host.record.label})"
    return host.option.name


def is_simulated(host: ResolvedHost, scenario: Scenario, profile: Sequence[float]) -> bool:
    """Whether the capacity of a replica is found by simulating it; nothing is simulated here."""
    loads = own_loads(scenario, own_hits(host, scenario, profile))
    nothing_done = _capacity(host, scenario, loads, Allowance(0), None)
    return any(finding.code == NOT_SIMULATED for finding in nothing_done.findings)


def _capacity(
    host: ResolvedHost,
    scenario: Scenario,
    loads: Sequence[ClassLoad],
    allowance: Allowance,
    carried: float | None,
) -> ReplicaCapacity:
    mix = mix_as_asked(tuple(loads))
    return allowance.capacity(host.record, mix, scenario.objective, loads, carried)


def fleet_of(rule: FleetRule | AutoscaleRule, requests_per_month: Numbers) -> SizedFleet:
    """Size a fleet for the first month."""
    state = state_of(rule, requests_per_month)
    base = rule if isinstance(rule, FleetRule) else rule.base
    paid = state.instances if state.mean_instances is None else state.mean_instances
    return SizedFleet(rule, state, paid * base.replicas_per_instance * rule.capacity_requests)


def _findings(
    host: ResolvedHost,
    scenario: Scenario,
    loads: Sequence[ClassLoad],
    room: LengthLimits,
    replica: ReplicaCapacity,
    hits: float,
    regions: Mapping[str, Region],
) -> tuple[Finding, ...]:
    return (
        *too_long(loads, room, host.model.name),
        *licence_findings(host.model, scenario.company),
        *machine_region_findings(host, scenario.company, regions),
        *same_output(scenario.workload.classes),
        *own_cache(host, scenario, hits, replica),
        *replica.findings,
        *machine_age(host, scenario.prices_on),
        *record_age(host.record, scenario.prices_on),
        *measured_otherwise(host.record, host.option.deployment),
        *rent_findings(host, scenario.fleet),
    )


def _accepted(host: ResolvedHost, baseline: Bill) -> float | None:
    """Share of answers that are accepted, those of lost hours as today's are; None = not known."""
    own, today = accepted_of(host.quality), baseline.alternative.accepted_share
    away = baseline_share(host)
    if away == 0 or own is None:
        return own
    return None if today is None else (1 - away) * own + away * today


def _while_interrupted(baseline: Bill, away: float) -> tuple[CostComponent, ...]:
    """Tokens of the requests that today's API answers while spot machines are gone."""
    if away == 0:
        return ()
    asked = (part for part in baseline.components if part.driver == "request")
    return tuple(part.times(away).named("interrupted", "While interrupted") for part in asked)


def serving_of(
    host: ResolvedHost,
    replica: ReplicaCapacity,
    fleet: SizedFleet,
    spare_replicas: int | None = None,
) -> Serving:
    """How a sized fleet carries its load, in the first case.

    Parameters
    ----------
    spare_replicas
        As the rule of the fleet has it where left out.
    """
    rule, state = fleet.rule, fleet.state
    base = rule.base if isinstance(rule, AutoscaleRule) else rule
    if spare_replicas is None:
        assert isinstance(base, FleetRule)
        spare_replicas = base.spare_replicas
    instances = round(first(state.instances))
    return Serving(
        calibration=host.record.id,
        calibration_kind=host.record.kind,
        calibration_label=host.record.label,
        capacity_per_replica_rps=replica.requests_per_second,
        capacity_p10_rps=replica.p10,
        capacity_p90_rps=replica.p90,
        unmet_share=replica.unmet_share,
        bound_by=replica.bound_by,
        extrapolation=replica.extrapolation,
        running=replica.running,
        mean_ttft_ms=replica.mean_ttft_ms,
        mean_tpot_ms=replica.mean_tpot_ms,
        replicas=round(first(state.replicas)),
        spare_replicas=spare_replicas,
        instances=instances,
        gpus=instances * host.machine.gpus,
        utilisation=first(state.utilisation),
        utilisation_causes=tuple((cause, first(part)) for cause, part in state.causes),
        reachable_utilisation=first(state.reachable),
        requests_per_month_capacity=first(fleet.capacity_requests),
        mean_instances=None if state.mean_instances is None else first(state.mean_instances),
    )


def host_components(
    host: ResolvedHost,
    scenario: Scenario,
    facts: CostFacts,
    state: FleetState,
    requests_per_month: Numbers,
    cases: Cases,
) -> tuple[CostComponent, ...]:
    """Price a month of a fleet that answers so many requests."""
    machine, quality = host.machine, host.quality
    paid = state.instances if state.mean_instances is None else state.mean_instances
    held = "rented" if isinstance(machine, RentalOffer) else "owned"
    machines = machines_of(host, scenario, facts, state.instances, paid, cases.gpu_price)
    loads = loads_of(scenario.workload.classes, as_open_model=True)
    output_tokens = sum(load.share * load.output.mean for load in loads) * cases.output
    return (
        *machines,
        _storage(facts, paid),
        _egress(facts, requests_per_month * tries_of(quality) * output_tokens),
        *repair(quality, requests_per_month),
        monthly(facts, "load-balancer", "load_balancer_usd_per_month"),
        monthly(facts, "platform", f"platform_{held}_usd_per_month"),
        *platform(facts),
        engineering(facts, f"{held}_fte", cases.engineers),
    )


def _storage(facts: CostFacts, instances: Numbers) -> CostComponent:
    per_instance = facts.value("storage_gb_per_instance")
    return component(
        "storage",
        None if per_instance is None else instances * per_instance,
        facts.value("storage_usd_per_gb_month"),
        facts.basis("storage_gb_per_instance"),
    )


def _egress(facts: CostFacts, output_tokens: Numbers) -> CostComponent:
    return component(
        "egress",
        output_tokens * facts.known("bytes_per_token") / BYTES_PER_GB,
        *facts.read("egress_usd_per_gb"),
    )


def moving(host: ResolvedHost, facts: CostFacts) -> tuple[CostComponent, ...]:
    """Moving to your own servers, and leaving them."""
    field = "migration_rented_usd" if host.option.rent else "migration_owned_usd"
    return (
        component(
            "migration",
            1.0,
            *facts.read(field),
            name="Migration to your own servers",
        ),
        component("exit", 1.0, *facts.read("exit_usd")),
    )
