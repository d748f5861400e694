"""Units of throughput taken at a seller, and the tokens of what they do not carry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pricing.errors import did_you_mean
from pricing.figures import grouped
from pricing.sizing_facts import ProvisionedModel, SizingFacts
from pricing.units import HOURS_PER_MONTH, MINUTES_PER_HOUR
from tco.bill.bill import Bill
from tco.bill.cost_lines import CostComponent, component, lines_of
from tco.bill.eligibility import REFUSED_SHARE
from tco.bill.loads import loads_of
from tco.facts.cost_facts import YOURS, basis_of
from tco.facts.resolve import ResolvedApi
from tco.kernel.cases import AS_ASKED, Cases, first
from tco.kernel.spill import SpillRule, hourly_shares
from tco.kernel.workload import ClassLoad
from tco.question.committed import ProvisionedUnits
from tco.question.options import tries_of
from tco.question.traffic import Workload
from tco.results.bill import Basis, Finding
from tco.words.figures import as_entered, count, plural, share, share_in_full


@dataclass(frozen=True, slots=True)
class UnitTerms:
    """What one unit carries and costs, from the contract or from what is on record."""

    tokens_per_minute: float
    """Input tokens that count [token/min]; those read from a cache do not."""
    output_ratio: float
    """Input tokens that one output token counts for."""
    usd_per_hour: float
    basis: Basis


def provisioned_bill(
    bill: Bill,
    api: ResolvedApi,
    workload: Workload,
    profile: Sequence[float],
    facts: SizingFacts,
) -> Bill:
    """Put units under an option's bill: they answer first, and its tokens what they do not carry.

    The bill is that of the question as it was asked.
    """
    given = api.option.provisioned
    assert given is not None
    loads = loads_of(workload.classes, as_open_model=api.offer.open_weights is not None)
    refused = _not_sold(given, api, facts) or _too_long(loads, api, facts)
    if refused is not None:
        found = (*bill.alternative.findings, refused)
        shown = replace(bill.alternative, lines=(), findings=found)
        return replace(bill, alternative=shown, components=())
    terms = _terms(given, api, facts)
    rule = units_rule(api, workload, profile, facts, AS_ASKED)
    hours = given.units * HOURS_PER_MONTH
    parts = (
        component("provisioned", hours, terms.usd_per_hour, terms.basis),
        *(_spilled(part) for part in bill.components),
    )
    requests = workload.requests_per_month
    left = rule.spilled_share(requests, float(given.units))
    shown = replace(
        bill.alternative,
        lines=lines_of(part.times(left) if part.driver == "spilled" else part for part in parts),
        findings=(*bill.alternative.findings, _said(given, rule, requests, first(left))),
    )
    return replace(bill, alternative=shown, components=parts)


def units_rule(
    api: ResolvedApi,
    workload: Workload,
    profile: Sequence[float],
    facts: SizingFacts,
    cases: Cases,
) -> SpillRule:
    """How the units of an option carry the workload of each case.

    A unit carries in an hour what it still holds in the hour's busiest minute.
    """
    given = api.option.provisioned
    assert given is not None
    terms = _terms(given, api, facts)
    loads = loads_of(workload.classes, as_open_model=api.offer.open_weights is not None)
    prompt = sum(load.share * load.input.mean * (1 - load.cached_share) for load in loads)
    output = sum(load.share * load.output.mean for load in loads) * cases.output
    counted = (prompt + terms.output_ratio * output) * tries_of(api.quality)
    return SpillRule(
        capacity_requests=terms.tokens_per_minute / counted * MINUTES_PER_HOUR * HOURS_PER_MONTH,
        usable_load=1.0,
        peak_within_hour=workload.peak_within_hour,
        replicas_per_instance=1,
        spare_replicas=0,
        shares=hourly_shares(profile),
    )


def _spilled(part: CostComponent) -> CostComponent:
    return replace(part, driver="spilled") if part.kind.key == "tokens" else part


def _terms(given: ProvisionedUnits, api: ResolvedApi, facts: SizingFacts) -> UnitTerms:
    """What units carry and cost: as you say, else as is on record."""
    record, price, basis = _on_record(api, facts), given.usd_per_unit_hour, YOURS
    carries, ratio = given.input_tokens_per_minute_per_unit, given.output_ratio
    if carries is None or ratio is None:
        assert record is not None
        carries, ratio = record.input_tokens_per_minute_per_unit, record.output_ratio
    if price is None:
        listed = facts.deployments[given.deployment]
        price = float(listed.usd_per_unit_hour) * (1 - api.option.contract_discount)
        basis = basis_of(facts.sources[listed.source])
    return UnitTerms(carries, ratio, price, basis)


def _on_record(api: ResolvedApi, facts: SizingFacts) -> ProvisionedModel | None:
    sought = (api.option.provider, api.offer.model)
    return next((one for one in facts.provisioned if (one.provider, one.model) == sought), None)


def _not_sold(given: ProvisionedUnits, api: ResolvedApi, facts: SizingFacts) -> Finding | None:
    """Why units cannot be taken so: nothing on record, or not in that number."""
    record, sold = _on_record(api, facts), facts.deployments.get(given.deployment)
    title = api.offer.title
    if given.input_tokens_per_minute_per_unit is None and record is None:
        return _refused(
            f"What a provisioned unit carries of {title} is not on record.",
            "Give input_tokens_per_minute_per_unit and output_ratio as your contract has them.",
        )
    if given.usd_per_unit_hour is None and (record is None or sold is None):
        return _refused(
            f"No price of a unit of {title} in a deployment {given.deployment!r} is on record.",
            f"Give usd_per_unit_hour. {did_you_mean(given.deployment, facts.deployments)}".strip(),
        )
    least, step = (1, 1) if sold is None else (sold.minimum_units, sold.step_units)
    if record is not None and (given.units < least or (given.units - least) % step):
        return _refused(
            f"A {given.deployment} deployment is sold from {least} units on, in steps of {step}.",
            "Give a number of units that is sold.",
        )
    return None


def _too_long(loads: Sequence[ClassLoad], api: ResolvedApi, facts: SizingFacts) -> Finding | None:
    record = _on_record(api, facts)
    if record is None or record.longest_prompt_tokens is None:
        return None
    longest = record.longest_prompt_tokens
    longer = sum(load.share * load.input.share_above(longest) for load in loads)
    if longer <= REFUSED_SHARE:
        return None
    return _refused(
        f"{share_in_full(longer, 3)} of requests have prompts over {grouped(longest)} tokens: "
        f"provisioned units of {api.offer.title} do not take them.",
        "Send these to an option that is billed by use.",
    )


def _said(given: ProvisionedUnits, rule: SpillRule, requests: float, left: float) -> Finding:
    """Say what the units carry, how busy they are, and what is left to tokens."""
    most = float(first(rule.capacity_requests)) * given.units
    return Finding(
        "remark",
        "provisioned",
        f"{plural(given.units, 'provisioned unit')} could answer {count(most)} requests a month "
        f"and are {share(requests * (1 - left) / most)} busy; {share(left)} of requests come when "
        f"they are full (the busiest minute is {as_entered(rule.peak_within_hour)} times its hour) "
        "and are billed by tokens.",
    )


def _refused(message: str, remedy: str) -> Finding:
    return Finding("refused", "units", message, remedy)
