"""A scenario into its answer: resolve, work out, compare, say."""

from functools import lru_cache
from importlib.metadata import version
from typing import Final

from pricing.catalogue import Catalogue
from pricing.flags import age_flags
from pricing.units import HOURS_PER_MONTH
from tco.answer.comparison import level_line, unit_cost_curve, utilisation_answer
from tco.answer.hybrid_break_even import routed_utilisation, spill_utilisation, spill_volume
from tco.answer.ledger import ledger
from tco.answer.verdict import verdict
from tco.answer.volumes import volume_answer
from tco.answer.worked import Asked, Evaluation, Worked
from tco.answer.working import work_out
from tco.bill.base_fleet import BaseFleet
from tco.facts.ages import oldest
from tco.facts.cost_facts import CostFacts
from tco.facts.data import Data
from tco.facts.resolve import Resolved, api_key, resolve
from tco.kernel.cases import AS_ASKED, Cases
from tco.months.answer import month_answer
from tco.months.appraisal import appraise, conventions
from tco.months.price_levels import price_levels
from tco.question.scenario import Scenario
from tco.results.answer import BreakEven, Stamp
from tco.results.bill import Finding

BOUGHT: Final = frozenset({"api", "hosted"})
"""Kinds of alternative whose tokens are bought from a provider."""


@lru_cache(maxsize=1)
def _model_version() -> str:
    return version("gpt-or-llama-planner")


def evaluate(scenario: Scenario, data: Data | None = None, cases: Cases = AS_ASKED) -> Evaluation:
    """Answer one scenario.

    Parameters
    ----------
    data
        Prices and machines; those shipped with the package when left out.
    cases
        Other values of its inputs, answered at once in `Evaluation.worked`. What is said is said
        of the first case, the question as it was asked.

    Raises
    ------
    InputError
        If the scenario names things that do not exist or do not go together.
    PriceError
        If a model, tier or date has no price, or the baseline cannot serve the workload.
    """
    data = data or Data.shipped()
    resolved = resolve(scenario, data.catalogue, data.library)
    asked = Asked(resolved, data, price_levels(scenario.finance), cases)
    working = work_out(asked)
    worked, alternatives = working.worked, working.alternatives
    baseline = worked[api_key(resolved.baseline.option)]
    owned = [w for w in worked.values() if w.comparison is not None]
    alone = [w for w in owned if w.hybrid is None]
    answers = tuple(_break_even(baseline, w, scenario) for w in alone)
    return Evaluation(
        alternatives=alternatives,
        break_evens=answers,
        curves=tuple((w.alternative.key, unit_cost_curve(w.against_staying)) for w in alone),
        level_lines=tuple(
            (a.key, level_line(a)) for a in alternatives if a.kind in BOUGHT and not a.refused
        ),
        verdict=verdict(scenario, alternatives, answers, worked),
        assumptions=ledger(resolved, CostFacts(scenario.costs, data.library, scenario.team)),
        findings=(*_findings(resolved), *working.paths[baseline.alternative.key].findings),
        stamp=_stamp(resolved, data.catalogue),
        asked=asked,
        worked=worked,
        hybrid_break_evens=tuple(
            _break_even(baseline, w, scenario) for w in owned if w.hybrid is not None
        ),
        appraisals=tuple(
            appraise(key, baseline.costs, w.costs, scenario.finance) for key, w in worked.items()
        ),
        conventions=conventions(scenario.finance, scenario.currency),
    )


def _break_even(baseline: Worked, own: Worked, scenario: Scenario) -> BreakEven:
    comparison = own.against_staying
    assert own.fleet is not None
    rule = own.fleet.first_rule
    if isinstance(rule, BaseFleet):
        utilisation = spill_utilisation(comparison, rule)
        volume = spill_volume(comparison, rule, scenario)
    else:
        volume = volume_answer(comparison, rule, scenario)
        utilisation = (
            utilisation_answer(comparison)
            if own.hybrid is None
            else routed_utilisation(comparison, own.hybrid.option)
        )
    return BreakEven(
        alternative=own.alternative.key,
        utilisation=utilisation,
        volume=volume,
        month=month_answer(baseline.costs, own.costs, scenario.finance),
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
    given = [
        *(api.quality is not None for api in (resolved.baseline, *resolved.apis)),
        *(host.quality is not None for host in resolved.hosts),
    ]
    measured = sum(given)
    if measured == len(given):
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
    first = oldest(resolved)
    return Stamp(
        model_version=_model_version(),
        catalogue_version=catalogue.version,
        catalogue_sha256=catalogue.sha256,
        prices_on=scenario.prices_on.isoformat(),
        oldest=str(first.on),
        oldest_of=first.what,
        hours_per_month=HOURS_PER_MONTH,
        mean_ttft_ms=scenario.objective.mean_ttft_ms,
        mean_tpot_ms=scenario.objective.mean_tpot_ms,
        calibrations=tuple(sorted({host.record.id for host in resolved.hosts})),
        p95_ttft_ms=scenario.objective.p95_ttft_ms,
        p95_tpot_ms=scenario.objective.p95_tpot_ms,
    )
