"""A scenario into its answer: resolve, work out, compare, say."""

from dataclasses import replace
from typing import Final

from pricing.catalogue import Catalogue
from pricing.flags import STALE, age_flags
from tco.answer.comparison import level_line, unit_cost_curve, utilisation_answer
from tco.answer.hybrid_break_even import routed_utilisation, spill_utilisation, spill_volume
from tco.answer.odds import DRAWS, SEED, uncertainty_of
from tco.answer.own_findings import own_findings
from tco.answer.spreads import Spreads
from tco.answer.uncertainty import Odds, Uncertainty
from tco.answer.verdict import verdict
from tco.answer.volumes import volume_of
from tco.answer.worked import Evaluation, Worked
from tco.answer.working import look_up, work_out
from tco.bill.base_fleet import BaseFleet
from tco.facts.ages import oldest
from tco.facts.data import Data
from tco.facts.resolve import Resolved
from tco.question.scenario import Scenario
from tco.results.answer import (
    BreakEven,
    Stamp,
    UtilisationAnswer,
)
from tco.results.bill import Finding
from tco.words.version import planner_version

BOUGHT: Final = frozenset({"api", "hosted"})
"""Kinds of alternative whose tokens are bought from a provider."""


def evaluate(
    scenario: Scenario, data: Data | None = None, *, draws: int = DRAWS, seed: int = SEED
) -> Evaluation:
    """Answer one scenario, and say how sure the answer is.

    Parameters
    ----------
    data
        Prices and machines; those shipped with the package when left out.
    draws, seed
        Cases drawn around the question; one seed, one answer.

    Raises
    ------
    InputError
        If the scenario names things that do not exist or do not go together.
    PriceError
        If a model, tier or date has no price, or the baseline cannot serve the workload.
    """
    working = work_out(look_up(scenario, data or Data.shipped()))
    asked, worked, alternatives = working.asked, working.worked, working.alternatives
    resolved, data = asked.resolved, asked.data
    uncertainty = uncertainty_of(working, Spreads.of(data.library), draws, seed)
    baseline = worked[resolved.baseline.key]
    owned = [key for key, w in worked.items() if w.comparison is not None]
    alone = [key for key in owned if worked[key].hybrid is None]
    answers = {k: _break_even(worked[k], baseline, scenario, uncertainty) for k in owned}
    return Evaluation(
        alternatives=alternatives,
        break_evens=tuple(answers[key] for key in alone),
        curves=tuple((key, unit_cost_curve(worked[key].against_staying)) for key in alone),
        level_lines=tuple(
            (a.key, level_line(a))
            for a in alternatives
            if a.kind in BOUGHT and not a.refused and worked[a.key].api.option.by_use
        ),
        verdict=verdict(working, uncertainty, answers),
        findings=(
            *own_findings(data),
            *_findings(resolved),
            *working.paths[baseline.alternative.key].findings,
        ),
        stamp=stamp_of(resolved, data.catalogue),
        uncertainty=uncertainty,
        asked=asked,
        worked=worked,
        hybrid_break_evens=tuple(answers[key] for key in owned if key not in alone),
    )


def _break_even(
    own: Worked, staying: Worked, scenario: Scenario, uncertainty: Uncertainty
) -> BreakEven:
    comparison, money = own.against_staying, scenario.currency.money
    assert own.fleet is not None
    rule = own.fleet.first_rule
    if isinstance(rule, BaseFleet):
        utilisation = spill_utilisation(comparison, rule, money)
        volume = spill_volume(comparison, rule, scenario)
    else:
        volume = volume_of(own, scenario)
        utilisation = (
            utilisation_answer(comparison, money)
            if own.hybrid is None
            else routed_utilisation(comparison, own.hybrid.option, money)
        )
    return BreakEven(
        alternative=own.alternative.key,
        utilisation=_with_band(utilisation, uncertainty.odds_of(own.alternative.key)),
        volume=volume,
        month=own.move_from(staying, scenario.finance),
    )


def _with_band(answer: UtilisationAnswer, odds: Odds | None) -> UtilisationAnswer:
    if odds is None or odds.threshold is None:
        return answer
    band = odds.threshold
    return replace(answer, p10=band.p10, p50=band.p50, p90=band.p90)


def _findings(resolved: Resolved) -> tuple[Finding, ...]:
    """What holds for the whole comparison."""
    found = list(_quality_findings(resolved))
    for api in resolved.sellers:
        found += [
            Finding(
                "flagged",
                "stale" if flag.startswith(STALE) else "price-age",
                f"{api.offer.title}: {flag}",
                source=api.card.source.name,
            )
            for flag in age_flags(api.card, resolved.scenario.prices_on)
        ]
    return tuple(found)


def _quality_findings(resolved: Resolved) -> tuple[Finding, ...]:
    given = [
        *(api.quality is not None for api in resolved.sellers),
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
            "Judge every model on your own tasks before acting: tco quality run.",
        ),
    )


def stamp_of(resolved: Resolved, catalogue: Catalogue) -> Stamp:
    """Say what an answer rests on: versions, dates and the objective."""
    scenario = resolved.scenario
    first = oldest(resolved)
    return Stamp(
        model_version=planner_version(),
        catalogue_version=catalogue.version,
        catalogue_sha256=catalogue.sha256,
        prices_on=scenario.prices_on.isoformat(),
        oldest=str(first.on),
        oldest_of=first.what,
        hours_per_month=scenario.fleet.hours_per_month,
        mean_ttft_ms=scenario.objective.mean_ttft_ms,
        mean_tpot_ms=scenario.objective.mean_tpot_ms,
        calibrations=tuple(sorted({host.record.id for host in resolved.hosts})),
        p95_ttft_ms=scenario.objective.p95_ttft_ms,
        p95_tpot_ms=scenario.objective.p95_tpot_ms,
    )
