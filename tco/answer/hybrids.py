"""Every hybrid of a scenario: its bill, its months, its break-even."""

from collections.abc import Mapping

from tco.answer.comparison import Contest
from tco.answer.hybrid_break_even import (
    routed_utilisation,
    routed_volume,
    spill_utilisation,
    spill_volume,
)
from tco.bill.hybrid import routed_hybrid
from tco.bill.self_hosted import HostedFleet
from tco.bill.spill import spill_hybrid
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import Resolved, ResolvedHybrid, api_key
from tco.months.horizon import Horizon
from tco.months.spill_growth import spill_growth
from tco.question.hybrids import Spill
from tco.results.answer import BreakEven
from tco.results.bill import Alternative
from tco.serving.tenure import holding


def hybrid_answers(
    resolved: Resolved,
    apis: Mapping[str, Alternative],
    fleets: Mapping[str, HostedFleet],
    facts: CostFacts,
    horizon: Horizon,
) -> tuple[tuple[Alternative, ...], tuple[BreakEven, ...]]:
    """Work out the hybrids of a scenario in turn.

    Parameters
    ----------
    apis
        Bills of the API options, by key.
    fleets
        Bills of the self-hosted options, by name.
    """
    found = [
        (_spill if isinstance(hybrid.option, Spill) else _routed)(
            hybrid,
            resolved,
            apis[api_key(hybrid.api.option)],
            fleets[hybrid.host.option.name],
            facts,
            horizon,
            apis[horizon.baseline],
        )
        for hybrid in resolved.hybrids
    ]
    return tuple(a for a, _ in found), tuple(answer for _, answer in found if answer is not None)


def _routed(
    hybrid: ResolvedHybrid,
    resolved: Resolved,
    api: Alternative,
    fleet: HostedFleet,
    facts: CostFacts,
    horizon: Horizon,
    baseline: Alternative,
) -> tuple[Alternative, BreakEven | None]:
    mixed = routed_hybrid(hybrid, api, fleet, resolved.scenario, facts)
    alternative = mixed.alternative
    if mixed.rule is None:
        return alternative, None
    horizon.add_fleet(alternative, mixed.rule, hybrid.host, facts, hybrid.api)
    contest = Contest.of(baseline, alternative)
    return alternative, BreakEven(
        alternative=alternative.key,
        utilisation=routed_utilisation(contest, hybrid.option),
        volume=routed_volume(contest, mixed, resolved.scenario),
        month=horizon.month(alternative.key),
    )


def _spill(
    hybrid: ResolvedHybrid,
    resolved: Resolved,
    api: Alternative,
    fleet: HostedFleet,
    facts: CostFacts,
    horizon: Horizon,
    baseline: Alternative,
) -> tuple[Alternative, BreakEven | None]:
    mixed = spill_hybrid(hybrid, api, fleet, resolved.scenario, resolved.profile, facts)
    alternative = mixed.alternative
    if mixed.rule is None:
        return alternative, None
    held = holding(hybrid.host, facts)
    tokens, gpus = horizon.tokens(api.key), horizon.levels.gpus
    growth = spill_growth(mixed, resolved.scenario, tokens, gpus, kept=held.kept)
    horizon.add_grown(alternative, growth, tokens, held)
    contest = Contest.of(baseline, alternative)
    return alternative, BreakEven(
        alternative=alternative.key,
        utilisation=spill_utilisation(contest, mixed),
        volume=spill_volume(contest, mixed, resolved.scenario),
        month=horizon.month(alternative.key),
    )
