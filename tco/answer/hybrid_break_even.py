"""Utilisation and volume from which a hybrid costs less than staying, or why there is none."""

from typing import Final

from tco.answer.comparison import Comparison
from tco.answer.volumes import dearer, highest_volume
from tco.bill.base_fleet import BaseFleet
from tco.bill.routing_rules import RULES
from tco.kernel.break_even import Crossing
from tco.kernel.cases import first
from tco.kernel.spill import pays_from, pays_from_any, pays_up_to
from tco.kernel.unit_cost import break_even_utilisation
from tco.question.hybrids import Hybrid
from tco.question.scenario import Scenario
from tco.results.answer import Reason, UtilisationAnswer, VolumeAnswer
from tco.words.figures import share
from tco.words.shown_money import ShownMoney

OTHER_API: Final = Reason(
    "routing", "not defined: the API of the hybrid is not the one you use today; compare the bills"
)


def routed_utilisation(
    comparison: Comparison, option: Hybrid, money: ShownMoney
) -> UtilisationAnswer:
    """Utilisation of the hybrid's fleet at which its bill equals staying."""
    why_none = RULES[type(option)].no_utilisation
    if why_none:
        return _none(comparison, Reason("routing", f"not defined: {why_none}"))
    return _meeting(comparison, first(comparison.saving_per_request_usd), money)


def spill_utilisation(
    comparison: Comparison, base: BaseFleet, money: ShownMoney
) -> UtilisationAnswer:
    """Utilisation of the base fleet from which it saves more than it costs.

    Each request it serves saves its API price less its transfer, whatever is spilled above.
    """
    if not base.spills_to(comparison.stay_usd_per_request):
        return _none(comparison, OTHER_API)
    return _meeting(comparison, first(base.spilled_usd) - first(base.served_usd), money)


def spill_volume(comparison: Comparison, base: BaseFleet, scenario: Scenario) -> VolumeAnswer:
    """Find the one volume above which, or up to which, the mixture costs less."""
    reach = 4 * highest_volume(scenario)
    if not base.spills_to(comparison.stay_usd_per_request):
        return VolumeAnswer((), (), None, reach, OTHER_API)
    saving, instance_usd = first(base.saving_usd), first(base.instance_usd)
    instances, gap = round(first(base.instances)), first(comparison.fixed_gap_usd)
    if saving <= 0:
        return _losing(base, gap, scenario)
    if base.chosen:
        pays = pays_from_any(base.rule, gap - instances * instance_usd, instance_usd, saving)
    else:
        pays = pays_from(base.rule, instances, gap, saving)
    if pays is None:
        money = scenario.currency.money
        full = first(base.rule.carries(instances)) * base.rule.busy_share / instances
        text = (
            f"full in every hour, an instance saves {money(full * saving)} a month and costs "
            f"{money(instance_usd)}"
        )
        return VolumeAnswer((), (), None, reach, Reason("dear", text))
    crossing = () if pays == 0 else (Crossing(pays, "self-hosting", "continuous"),)
    return VolumeAnswer(((pays, None),), crossing, pays, max(reach, pays), None)


def _losing(base: BaseFleet, gap: float, scenario: Scenario) -> VolumeAnswer:
    """Of a fleet each of whose requests saves nothing; the fewest machines that serve any."""
    reach, saving = 4 * highest_volume(scenario), first(base.saving_usd)
    reason = dearer(1_000 * saving, scenario.currency.money)
    instances = round(first(base.instances))
    if base.chosen:
        gap += (base.rule.first_instances - instances) * first(base.instance_usd)
        instances = base.rule.first_instances
    if gap >= 0:
        return VolumeAnswer((), (), None, reach, reason)
    turns = pays_up_to(base.rule, instances, gap, saving)
    if turns is None:
        return VolumeAnswer(((0.0, None),), (), 0.0, reach, None)
    crossing = Crossing(turns, "api", "continuous")
    return VolumeAnswer(((0.0, turns),), (crossing,), None, max(reach, 2 * turns), reason)


def _meeting(comparison: Comparison, saving_usd: float, money: ShownMoney) -> UtilisationAnswer:
    serving, gap = comparison.serving, first(comparison.fixed_gap_usd)
    capacity = serving.requests_per_month_capacity
    meet = first(break_even_utilisation(gap, capacity, saving_usd))
    if saving_usd <= 0 and meet:
        text = (
            f"a thousand requests cost {money(-1_000 * saving_usd)} more than today, before any "
            "machine"
        )
        if gap < 0:
            turns = gap / (capacity * saving_usd)
            return _none(comparison, Reason("until", f"only up to {share(turns)} busy: {text}"))
        return _none(comparison, Reason("price", text))
    if meet == 0:
        text = "cheaper even when idle: the fixed costs of staying are higher"
        return _none(comparison, Reason("idle", text), 0.0)
    own, reachable = serving.utilisation, serving.reachable_utilisation
    if meet > 1:
        text = f"the fleet would have to be {share(meet)} busy"
        return _none(comparison, Reason("dear", text))
    if meet > reachable:
        text = f"this fleet can be {share(reachable)} busy at most"
        return UtilisationAnswer(meet, own, reachable, Reason("capacity", text))
    return UtilisationAnswer(meet, own, reachable, None)


def _none(comparison: Comparison, reason: Reason, value: float | None = None) -> UtilisationAnswer:
    serving = comparison.serving
    return UtilisationAnswer(value, serving.utilisation, serving.reachable_utilisation, reason)
