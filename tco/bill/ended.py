"""Alternatives with no price on the scenario's day: refused alone, with the reason."""

from pricing.errors import Problem
from tco.bill.api import api_label
from tco.bill.eligibility import answers_at_once
from tco.facts.resolve import EndedApi, EndedHybrid
from tco.question.keys import api_key, hybrid_key
from tco.question.scenario import Scenario
from tco.question.traffic import mean_tokens
from tco.results.bill import Alternative, AlternativeKind, Finding


def ended_api(api: EndedApi, scenario: Scenario) -> Alternative:
    """Refuse an API option that is not sold on the scenario's day."""
    offer = api.offer
    return _refused(
        api_key(api.option),
        api_label(offer, api.option),
        "hosted" if offer.open_weights else "api",
        offer.open_weights or offer.title,
        api,
        scenario,
    )


def ended_hybrid(hybrid: EndedHybrid, scenario: Scenario) -> Alternative:
    """Refuse a hybrid whose API option is not sold on the scenario's day."""
    name = hybrid.option.name
    return _refused(
        hybrid_key(hybrid.option), name, "hybrid", hybrid.host.model.name, hybrid.api, scenario
    )


def _refused(
    key: str, label: str, kind: AlternativeKind, model: str, api: EndedApi, scenario: Scenario
) -> Alternative:
    workload = scenario.workload
    return Alternative(
        key=key,
        label=label,
        kind=kind,
        model=model,
        interactive=answers_at_once(api.option),
        lines=(),
        one_off=(),
        requests_per_month=workload.requests_per_month,
        input_tokens_per_request=mean_tokens(workload.classes, "input"),
        output_tokens_per_request=mean_tokens(workload.classes, "output"),
        serving=None,
        findings=(_no_price(api.reason),),
    )


def _no_price(reason: Problem) -> Finding:
    day = f" (prices of {reason.value})" if reason.value else ""
    return Finding("refused", "ended", f"{reason.limit}{day}.", reason.remedy)
