"""A scenario into its answer: resolve, bill, compare, say."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version

from pricing.catalogue import Catalogue
from pricing.errors import PriceError, Problem
from pricing.flags import age_flags
from pricing.sizing_facts import SizingFacts
from pricing.units import HOURS_PER_MONTH
from tco.answer.comparison import Contest, level_line, unit_cost_curve, utilisation_answer
from tco.answer.hybrids import hybrid_answers
from tco.answer.ledger import ledger
from tco.answer.verdict import verdict
from tco.answer.volumes import volume_answer
from tco.bill.api import api_alternative
from tco.bill.eligibility import residency_findings
from tco.bill.rate_limits import rate_limit_findings
from tco.bill.self_hosted import HostedFleet, self_hosted_alternative
from tco.facts.cost_facts import CostFacts
from tco.facts.data import Data
from tco.facts.resolve import Resolved, ResolvedApi, resolve
from tco.kernel.fleet import peak_to_mean
from tco.months.api_prices import availability_findings
from tco.months.appraisal import conventions
from tco.months.horizon import Horizon
from tco.question.options import ApiOption, SelfHostedOption
from tco.question.scenario import Scenario
from tco.results.answer import BreakEven, Evaluation, Stamp
from tco.results.bill import Alternative, Finding
from tco.serving.tenure import FLEXIBLE_TERMS

__all__ = ["FLEXIBLE_TERMS", "Data", "evaluate"]


@lru_cache(maxsize=1)
def _model_version() -> str:
    return version("gpt-or-llama-planner")


def evaluate(scenario: Scenario, data: Data | None = None) -> Evaluation:
    """Answer one scenario.

    Parameters
    ----------
    data
        Prices and machines; those shipped with the package when left out.

    Raises
    ------
    InputError
        If the scenario names things that do not exist or do not go together.
    PriceError
        If a model, tier or date has no price, or the baseline cannot serve the workload.
    """
    data = data or Data.shipped()
    facts = CostFacts(scenario.costs, data.library, scenario.team)
    resolved = resolve(scenario, data.catalogue, data.library)
    apis = _apis(resolved, facts, data.sizing)
    fleets = [
        self_hosted_alternative(host, scenario, resolved.profile.weights, facts, apis[0])
        for host in resolved.hosts
    ]
    horizon = _months(resolved, apis, fleets, facts, data.catalogue)
    answers = tuple(
        _break_even(apis[0], fleet, scenario, horizon) for fleet in fleets if fleet.rule is not None
    )
    hybrids, hybrid_break_evens = hybrid_answers(
        resolved,
        {api.key: api for api in apis},
        {fleet.alternative.label: fleet for fleet in fleets},
        facts,
        horizon,
    )
    alternatives = (*apis, *(fleet.alternative for fleet in fleets), *hybrids)
    return Evaluation(
        alternatives=alternatives,
        break_evens=answers,
        curves=tuple(
            (fleet.alternative.key, unit_cost_curve(Contest.of(apis[0], fleet.alternative)))
            for fleet in fleets
            if fleet.rule is not None
        ),
        level_lines=tuple((a.key, level_line(a)) for a in apis if not a.refused),
        verdict=verdict(scenario, alternatives, answers),
        assumptions=ledger(resolved, facts),
        findings=(*_findings(resolved), *horizon.paths[horizon.baseline].findings),
        stamp=_stamp(resolved, data.catalogue),
        hybrid_break_evens=hybrid_break_evens,
        appraisals=horizon.appraisals(),
        conventions=conventions(scenario.finance, scenario.currency),
    )


def _months(
    resolved: Resolved,
    apis: Sequence[Alternative],
    fleets: Sequence[HostedFleet],
    facts: CostFacts,
    catalogue: Catalogue,
) -> Horizon:
    """Follow every API and self-hosted option through the months."""
    horizon = Horizon.of(resolved, catalogue)
    for api in apis:
        if not api.refused:
            horizon.add_api(api)
    for fleet, host in zip(fleets, resolved.hosts, strict=True):
        if fleet.rule is not None:
            horizon.add_fleet(fleet.alternative, fleet.rule, host, facts)
    return horizon


def _apis(resolved: Resolved, facts: CostFacts, sizing: SizingFacts) -> list[Alternative]:
    alternatives = [
        _api(api, resolved, facts, sizing) for api in (resolved.baseline, *resolved.apis)
    ]
    if (reason := alternatives[0].refused) is not None:
        raise PriceError(Problem("baseline", alternatives[0].label, reason.message, reason.remedy))
    return alternatives


def _api(
    api: ResolvedApi, resolved: Resolved, facts: CostFacts, sizing: SizingFacts
) -> Alternative:
    workload = resolved.scenario.workload
    billed = api_alternative(
        api,
        workload.classes,
        workload.requests_per_month,
        facts,
        is_baseline=api is resolved.baseline,
    )
    peak = peak_to_mean(resolved.profile.weights, workload.peak_within_hour)
    limits = rate_limit_findings(api, workload.classes, workload.requests_per_month, peak, sizing)
    availability = availability_findings(api, resolved.scenario)
    residency = residency_findings(api.option, resolved.scenario.company)
    findings = (*residency, *billed.findings, *limits, *availability)
    return replace(billed, findings=findings, lines=() if residency else billed.lines)


def _break_even(
    baseline: Alternative, fleet: HostedFleet, scenario: Scenario, horizon: Horizon
) -> BreakEven:
    assert fleet.rule is not None
    contest = Contest.of(baseline, fleet.alternative)
    return BreakEven(
        alternative=fleet.alternative.key,
        utilisation=utilisation_answer(contest),
        volume=volume_answer(contest, fleet.rule, scenario),
        month=horizon.month(fleet.alternative.key),
    )


def _findings(resolved: Resolved) -> tuple[Finding, ...]:
    """What holds for the whole comparison."""
    found = list(_quality_findings(resolved))
    for api in (resolved.baseline, *resolved.apis):
        found += [
            Finding(
                "flagged",
                "price-age",
                f"{api.offer.title}: {flag}",
                source=api.card.source.name,
            )
            for flag in age_flags(api.card, resolved.scenario.prices_on)
        ]
    return tuple(found)


def _quality_findings(resolved: Resolved) -> tuple[Finding, ...]:
    options: tuple[ApiOption | SelfHostedOption, ...] = (
        *(api.option for api in (resolved.baseline, *resolved.apis)),
        *(host.option for host in resolved.hosts),
    )
    measured = sum(option.quality is not None for option in options)
    if measured == len(options):
        return ()
    told = (
        "an acceptance rate was given for some alternatives only"
        if measured
        else ("no acceptance rate of your own tasks was given")
    )
    return (
        Finding(
            "flagged" if measured else "remark",
            "quality",
            f"Quality is assumed equal: {told}.",
            "Judge every model on your own tasks before acting: tco quality FILE.",
        ),
    )


def _stamp(resolved: Resolved, catalogue: Catalogue) -> Stamp:
    scenario = resolved.scenario
    cards = [api.card for api in (resolved.baseline, *resolved.apis)]
    return Stamp(
        model_version=_model_version(),
        catalogue_version=catalogue.version,
        catalogue_sha256=catalogue.sha256,
        prices_on=scenario.prices_on.isoformat(),
        oldest_price=min(card.source.as_of for card in cards),
        hours_per_month=HOURS_PER_MONTH,
        mean_ttft_ms=scenario.objective.mean_ttft_ms,
        mean_tpot_ms=scenario.objective.mean_tpot_ms,
        calibrations=tuple(sorted({host.record.id for host in resolved.hosts})),
        p95_ttft_ms=scenario.objective.p95_ttft_ms,
        p95_tpot_ms=scenario.objective.p95_tpot_ms,
    )
