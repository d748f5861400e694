"""Utilisation and volume from which a hybrid costs less than staying, or why there is none."""

import math

from tco.answer.comparison import P90_DEVIATE, Contest
from tco.answer.volumes import highest_volume, volume_answer
from tco.bill.hybrid import RoutedHybrid
from tco.bill.spill import SpillHybrid
from tco.kernel.spill import pays_from, pays_from_any
from tco.kernel.unit_cost import break_even_utilisation
from tco.question.hybrids import EvaluationRun, Fallback, Hybrid
from tco.question.scenario import Scenario
from tco.results.answer import Crossing, UtilisationAnswer, VolumeAnswer
from tco.results.bill import Alternative
from tco.words.figures import share as percent
from tco.words.figures import usd


def routed_utilisation(contest: Contest, option: Hybrid) -> UtilisationAnswer:
    """Utilisation of the hybrid's fleet at which its bill equals staying."""
    if isinstance(option, Fallback):
        reason = "not defined: machines held for outages are idle by design"
        return _none(contest, reason)
    if isinstance(option, EvaluationRun):
        reason = "not defined: the API answers everything, so a busier fleet saves nothing"
        return _none(contest, reason)
    return _meeting(contest, contest.saving_per_request_usd)


def spill_utilisation(contest: Contest, spill: SpillHybrid) -> UtilisationAnswer:
    """Utilisation of the base fleet from which it saves more than it costs.

    Each request it serves saves its API price less its transfer, whatever is spilled above.
    """
    if not _same_api(contest.baseline, spill):
        return _none(contest, OTHER_API)
    return _meeting(contest, spill.spilled_usd - spill.served_usd)


def routed_volume(contest: Contest, hybrid: RoutedHybrid, scenario: Scenario) -> VolumeAnswer:
    """Volumes of the whole workload at which the hybrid costs less, its fleet growing along."""
    assert hybrid.rule is not None
    return volume_answer(contest, hybrid.rule, scenario)


def spill_volume(contest: Contest, spill: SpillHybrid, scenario: Scenario) -> VolumeAnswer:
    """Find the one volume above which the mixture costs less, if there is one."""
    assert spill.rule is not None
    reach = 4 * highest_volume(scenario)
    if not _same_api(contest.baseline, spill):
        return VolumeAnswer((), (), None, reach, OTHER_API)
    saving = spill.spilled_usd - spill.served_usd
    machines = spill.instances * spill.instance_usd
    rest = contest.fixed_gap_usd - machines
    if spill.chosen:
        found = pays_from_any(spill.rule, rest, spill.instance_usd, saving)
        pays = None if found is None else found[0]
    else:
        pays = pays_from(spill.rule, spill.instances, contest.fixed_gap_usd, saving)
    if pays is None:
        full = spill.rule.carries(spill.instances) * spill.rule.busy_share / spill.instances
        reason = (
            f"price: full in every hour, an instance saves {usd(full * saving)} a month and costs "
            f"{usd(spill.instance_usd)}"
        )
        return VolumeAnswer((), (), None, reach, reason)
    at = float(pays)
    crossing = () if at == 0 else (Crossing(at, "self-hosting", "continuous"),)
    return VolumeAnswer(((at, None),), crossing, at, max(reach, at), "")


OTHER_API = "not defined: the API of the hybrid is not the one you use today; compare the bills"


def _same_api(baseline: Alternative, spill: SpillHybrid) -> bool:
    today = sum(line.cost_usd or 0.0 for line in baseline.lines if line.driver == "request")
    return math.isclose(today / baseline.requests_per_month, spill.spilled_usd, rel_tol=1e-12)


def _meeting(contest: Contest, saving_usd: float) -> UtilisationAnswer:
    serving = contest.serving
    if saving_usd <= 0:
        reason = (
            f"price: a thousand requests cost {usd(-1_000 * saving_usd)} more than today, before "
            "any machine"
        )
        return _none(contest, reason)
    meet = break_even_utilisation(
        contest.fixed_gap_usd, serving.requests_per_month_capacity, saving_usd
    )
    if meet == 0:
        return _none(contest, "cheaper even when idle: the fixed costs of staying are higher", 0.0)
    spread = math.exp(P90_DEVIATE * serving.capacity_sd)
    low, high = meet / spread, meet * spread
    own, reachable = serving.utilisation, serving.reachable_utilisation
    if meet > 1:
        reason = f"price: the fleet would have to be {percent(meet)} busy"
        return UtilisationAnswer(None, low, high, own, reachable, reason)
    reason = ""
    if meet > reachable:
        reason = f"capacity: this fleet can be {percent(reachable)} busy at most"
    return UtilisationAnswer(meet, low, high, own, reachable, reason)


def _none(contest: Contest, reason: str, value: float | None = None) -> UtilisationAnswer:
    serving = contest.serving
    return UtilisationAnswer(
        value, value, value, serving.utilisation, serving.reachable_utilisation, reason
    )
