"""What a month on your own servers costs: the fleet the traffic needs, and its lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hardware_profiles.offer import PurchaseOffer, RentalOffer
from pricing.units import BYTES_PER_GB, HOURS_PER_MONTH
from tco.bill.acceptance import repair_lines
from tco.bill.api import loads_of, mean_tokens
from tco.bill.eligibility import licence_findings, longest_prompt, machine_region_findings, too_long
from tco.bill.owned_machines import owned_lines
from tco.bill.people_and_platform import monthly, people, platform_lines
from tco.facts.cost_facts import YOURS, CostFacts, basis_of
from tco.facts.resolve import ResolvedHost
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.workload import request_mix
from tco.question.options import accepted_of, tries_of
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, CostLine, Serving
from tco.serving.fleet import baseline_share, fleet_rule, rent_findings, state_of
from tco.serving.replica import ReplicaCapacity, measured_otherwise, replica_capacity


@dataclass(frozen=True, slots=True)
class HostedFleet:
    """A self-hosted alternative, and the rule its fleet grows by; None when refused."""

    alternative: Alternative
    rule: FleetRule | AutoscaleRule | None
    capacity: ReplicaCapacity


def self_hosted_alternative(
    host: ResolvedHost,
    scenario: Scenario,
    profile: Sequence[float],
    facts: CostFacts,
    baseline: Alternative | None = None,
) -> HostedFleet:
    """Size the fleet for the first month and price it.

    Parameters
    ----------
    profile
        168 hourly weights of the week.
    baseline
        Today's bill, whose API answers while spot machines are gone if the option says so.
    """
    workload = scenario.workload
    loads = loads_of(workload.classes, as_open_model=True)
    room = min(host.model.max_context_tokens, int(host.record.limits.kv_tokens))
    mix = request_mix(loads)
    capacity = replica_capacity(host.record, mix, scenario.objective, tuple(loads))
    findings = (
        *too_long(loads, longest_prompt(loads, room, None), host.model.name),
        *licence_findings(host.model, scenario.company),
        *machine_region_findings(_region(host.machine), scenario.company),
        *capacity.findings,
        *measured_otherwise(host.record, host.option.deployment),
        *rent_findings(host, scenario.fleet),
    )
    refused = any(finding.severity == "refused" for finding in findings)
    rule = state = None
    if not refused:
        rule = fleet_rule(host, scenario, profile, capacity)
        state = state_of(rule, workload.requests_per_month)
    away = baseline_share(host) if baseline is not None else 0.0
    served = workload.requests_per_month * (1 - away)
    alternative = Alternative(
        key=f"self-hosted/{host.option.name}",
        label=host.option.name,
        kind="rented" if host.option.rent else "owned",
        model=host.model.name,
        interactive=True,
        lines=(
            *host_lines(host, scenario, facts, state, served),
            *_while_interrupted(baseline, away),
        )
        if state
        else (),
        one_off=one_off_lines(host, facts),
        requests_per_month=workload.requests_per_month,
        input_tokens_per_request=mean_tokens(workload.classes, "input"),
        output_tokens_per_request=mean_tokens(workload.classes, "output"),
        serving=serving_of(host, capacity, rule, state) if rule and state else None,
        findings=findings,
        accepted_share=accepted_of(host.option.quality),
    )
    return HostedFleet(alternative, rule, capacity)


def _while_interrupted(baseline: Alternative | None, away: float) -> tuple[CostLine, ...]:
    """Tokens of the requests that today's API answers while spot machines are gone."""
    if baseline is None or away == 0:
        return ()
    return tuple(
        replace(
            line,
            key=f"interrupted-{line.key}",
            name=f"While interrupted: {line.name[:1].lower()}{line.name[1:]}",
            quantity=None if line.quantity is None else line.quantity * away,
        )
        for line in baseline.lines
        if line.driver == "request"
    )


def serving_of(
    host: ResolvedHost,
    capacity: ReplicaCapacity,
    rule: FleetRule | AutoscaleRule,
    state: FleetState,
) -> Serving:
    """How a sized fleet carries its load."""
    base = rule if isinstance(rule, FleetRule) else rule.base
    mean = None if state.mean_instances is None else float(state.mean_instances)
    instances = int(state.instances)
    paid = instances if mean is None else mean
    return Serving(
        calibration=host.record.id,
        calibration_kind=host.record.kind,
        calibration_label=host.record.label,
        capacity_per_replica_rps=capacity.requests_per_second,
        capacity_sd=capacity.relative_sd,
        bound_by=capacity.bound_by,
        extrapolation=capacity.extrapolation,
        running=capacity.running,
        mean_ttft_ms=capacity.mean_ttft_ms,
        mean_tpot_ms=capacity.mean_tpot_ms,
        replicas=int(state.replicas),
        spare_replicas=base.spare_replicas,
        instances=instances,
        gpus=instances * host.machine.gpus,
        utilisation=float(state.utilisation),
        utilisation_causes=tuple((cause, float(factor)) for cause, factor in state.causes),
        reachable_utilisation=float(state.reachable),
        requests_per_month_capacity=(
            paid * base.replicas_per_instance * float(rule.capacity_requests)
        ),
        mean_instances=mean,
    )


def host_lines(
    host: ResolvedHost,
    scenario: Scenario,
    facts: CostFacts,
    state: FleetState,
    requests_per_month: float,
) -> tuple[CostLine, ...]:
    """Price a month of a fleet that answers so many requests."""
    machine = host.machine
    paid = float(state.instances if state.mean_instances is None else state.mean_instances)
    if isinstance(machine, RentalOffer):
        machines: tuple[CostLine, ...] = (_rent(host, machine, paid),)
        platform, engineers = "platform_rented_usd_per_month", "rented_fte"
    else:
        machines = owned_lines(machine, scenario.finance, facts, int(state.instances))
        platform, engineers = "platform_owned_usd_per_month", "owned_fte"
    loads = loads_of(scenario.workload.classes, as_open_model=True)
    output_tokens = sum(load.share * load.output.mean for load in loads)
    return (
        *machines,
        _storage(facts, paid),
        _egress(facts, requests_per_month * tries_of(host.option.quality) * output_tokens),
        *repair_lines(host.option.quality, requests_per_month),
        monthly(facts, "load-balancer", "Load balancer", "load_balancer_usd_per_month"),
        monthly(facts, "platform", "Serving platform", platform),
        *platform_lines(facts),
        people(facts, engineers),
    )


def _rent(host: ResolvedHost, offer: RentalOffer, instances: float) -> CostLine:
    own_rent = host.option.usd_per_gpu_hour
    return CostLine(
        key="rent",
        group="machines",
        name=f"GPU instances, {offer.gpus} × {offer.accelerator}, host included",
        quantity=instances * (1 - baseline_share(host)) * HOURS_PER_MONTH,
        unit="instance-h",
        unit_price_usd=offer.usd_per_instance_hour if own_rent is None else own_rent * offer.gpus,
        basis=basis_of(offer.source) if own_rent is None else YOURS,
        driver="instance",
    )


def _storage(facts: CostFacts, instances: float) -> CostLine:
    per_instance = facts.value("storage_gb_per_instance")
    return CostLine(
        "storage",
        "host",
        "Storage",
        None if per_instance is None else instances * per_instance,
        "GB-month",
        facts.value("storage_usd_per_gb_month"),
        facts.basis("storage_gb_per_instance"),
        "instance",
    )


def _egress(facts: CostFacts, output_tokens: float) -> CostLine:
    return CostLine(
        "egress",
        "network",
        "Network transfer out",
        output_tokens * facts.known("bytes_per_token") / BYTES_PER_GB,
        "GB",
        facts.value("egress_usd_per_gb"),
        facts.basis("egress_usd_per_gb"),
        "request",
    )


def one_off_lines(host: ResolvedHost, facts: CostFacts) -> tuple[CostLine, ...]:
    """Moving to your own servers, and leaving them."""
    migration = "migration_rented_usd" if host.option.rent else "migration_owned_usd"
    return (
        CostLine(
            "migration",
            "one-off",
            "Migration to your own servers",
            1.0,
            "move",
            facts.value(migration),
            facts.basis(migration),
        ),
        CostLine(
            "exit",
            "one-off",
            "Leaving self-hosting",
            1.0,
            "move",
            facts.value("exit_usd"),
            facts.basis("exit_usd"),
        ),
    )


def _region(machine: RentalOffer | PurchaseOffer) -> str:
    return machine.region if isinstance(machine, RentalOffer) else "where you put it"
