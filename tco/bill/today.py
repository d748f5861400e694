"""What you pay today where several APIs answer, each its own kinds of requests."""

from collections.abc import Sequence
from dataclasses import replace

from tco.bill.api import api_bill, request_cost
from tco.bill.bill import EVERYBODY, Bill
from tco.bill.cost_lines import lines_of
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedApi
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass, mean_tokens


def todays_bill(api: ResolvedApi, scenario: Scenario, facts: CostFacts) -> Bill:
    """Price each kind of requests at who answers it; people and platform are paid once.

    Parameters
    ----------
    api
        What is used today; several APIs (`parts`) or one.
    """
    workload = scenario.workload
    classes, volume = workload.classes, workload.requests_per_month
    if not api.parts:
        return api_bill(api, classes, volume, facts, today=None)
    bills = [
        api_bill(part.api, part.classes, volume * part.share, facts, today=None)
        for part in api.parts
    ]
    answering = [bill.alternative for bill in bills]
    first = answering[0]
    components = (
        *(
            line.named(part.key, bill.alternative.label)
            for part, bill in zip(api.parts, bills, strict=True)
            for line in bill.components
            if line.driver == "request"
        ),
        *(line for line in bills[0].components if line.driver != "request"),
    )
    findings = tuple(dict.fromkeys(found for one in answering for found in one.findings))
    is_refused = any(one.refused for one in answering)
    accepted = [one.accepted_share for one in answering]
    shown = replace(
        first,
        key=api.key,
        label=" + ".join(one.label for one in answering),
        kind="api" if any(one.kind == "api" for one in answering) else "hosted",
        model=" + ".join(dict.fromkeys(one.model for one in answering)),
        interactive=any(one.interactive for one in answering),
        lines=() if is_refused else lines_of(components),
        requests_per_month=volume,
        input_tokens_per_request=mean_tokens(classes, "input"),
        output_tokens_per_request=mean_tokens(classes, "output"),
        findings=findings,
        accepted_share=None
        if None in accepted
        else sum(
            part.share * (share or 0.0) for part, share in zip(api.parts, accepted, strict=True)
        ),
    )
    return Bill(shown, () if is_refused else components, (), EVERYBODY)


def todays_usd(api: ResolvedApi, classes: Sequence[RequestClass]) -> float:
    """Cost of the tokens of a request of the mix today, on average [USD/request]."""
    parts = [(1.0, request_cost(api, classes))]
    if api.parts:
        parts = [(part.share, request_cost(part.api, part.classes)) for part in api.parts]
    return sum(share * (cost.prompt_usd + cost.output_usd) for share, cost in parts)
