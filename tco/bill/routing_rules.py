"""Kinds of hybrid that split requests by rule: one entry for each.

The one place such a kind is entered, beside its fields in `tco.question.hybrids`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tco.bill.cost_lines import CostComponent, component
from tco.facts.cost_facts import YOURS
from tco.kernel import routing
from tco.kernel.arrays import Numbers
from tco.kernel.routing import Split
from tco.question.hybrids import (
    CostTier,
    EvaluationRun,
    Fallback,
    PrivateFirst,
    Specialist,
)
from tco.results.bill import Finding

Components = tuple[CostComponent, ...]


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """What one kind of hybrid does; options are of its own class in `tco.question.hybrids`."""

    split: Callable[[Any], Split]
    monthly: Callable[[Any, Numbers], Components] = lambda _option, _reviews: ()
    """What it adds each month, given the answers that people read [review/month]."""
    one_off: Callable[[Any], Components] = lambda _option: ()
    """What it needs once."""
    remarks: tuple[Finding, ...] = ()
    stands_by: Callable[[Any], bool] = lambda _option: False
    """Whether its servers wait for outages that nobody announces, and never come and go."""
    accepts: bool = False
    """Whether the rule says which answers of its servers are accepted, and asks the API for the
    others: each is then tried once, and none is repaired."""
    stays_inside: bool = False
    """Whether what its servers answer may not be sent to the API instead."""
    no_utilisation: str = ""
    """Why no utilisation of its fleet breaks even, whatever the prices; empty where one can."""


def _review(option: EvaluationRun, reviews: Numbers) -> Components:
    if option.reviewed_share == 0:
        return ()
    return (component("review", reviews, option.usd_per_review, YOURS),)


def _refresh(option: Specialist, _reviews: Numbers) -> Components:
    return (component("refresh", 1 / option.refresh_months, option.refresh_usd, YOURS),)


def _fine_tune(option: Specialist) -> Components:
    return (component("fine-tune", 1.0, option.fine_tune_usd, YOURS),)


RULES: Final[Mapping[type, RoutingRule]] = {
    PrivateFirst: RoutingRule(
        lambda o: routing.private_first(o.sensitive_share, o.escalated_share, o.summary_share),
        remarks=(
            Finding(
                "remark",
                "same-mix",
                "Sensitive requests are taken to be as long as the others.",
            ),
        ),
        stays_inside=True,
    ),
    CostTier: RoutingRule(
        lambda o: routing.cost_tier(
            o.cheap_share, o.misrouted_share, local_is_cheap=o.cheap_side == "self-hosted"
        )
    ),
    EvaluationRun: RoutingRule(
        lambda o: routing.evaluation(o.compared_share, o.reviewed_share),
        monthly=_review,
        no_utilisation="the API answers everything, so a busier fleet saves nothing",
    ),
    Fallback: RoutingRule(
        lambda o: routing.fallback(
            o.outage_share, o.reserved_share, local_is_reserve=o.first == "api"
        ),
        stands_by=lambda o: bool(o.first == "api"),
        no_utilisation="machines held for outages are idle by design",
    ),
    Specialist: RoutingRule(
        lambda o: routing.specialist(o.share, o.acceptance_rate),
        monthly=_refresh,
        one_off=_fine_tune,
        accepts=True,
    ),
}
