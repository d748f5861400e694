"""API options: each as asked with all that is said of it, and in every case."""

from collections.abc import Set
from dataclasses import replace

from tco.answer.api_findings import api_findings, data_findings
from tco.answer.worked import Asked
from tco.bill.api import api_bill, served_by
from tco.bill.bill import Bill
from tco.bill.provisioned import provisioned_bill, units_rule
from tco.bill.today import todays_bill
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedApi
from tco.months.api_prices import PricePath


def api_as_asked(api: ResolvedApi, asked: Asked, facts: CostFacts, path: PricePath) -> Bill:
    """Bill an API option for the question as it was asked, and say what is to be known of it.

    Parameters
    ----------
    path
        Its prices over the months.
    """
    scenario, today = asked.scenario, asked.resolved.baseline
    workload = scenario.workload
    classes, volume = workload.classes, workload.requests_per_month
    bill = (
        todays_bill(today, scenario, facts)
        if api is today
        else api_bill(api, classes, volume, facts, today=today)
    )
    if api.option.provisioned is not None and bill.alternative.refused is None:
        weights, sizing = asked.resolved.profile.weights, asked.data.sizing
        bill = provisioned_bill(bill, api, workload, weights, sizing)
    shown, kept_out = bill.alternative, data_findings(api, asked)
    found = (*kept_out, *api_findings(api, asked, path, shown))
    lines = () if kept_out else shown.lines
    return replace(bill, alternative=replace(shown, findings=found, lines=lines))


def api_in_cases(bill: Bill, api: ResolvedApi, asked: Asked) -> Bill:
    """Bill an API option in every case, from its bill for the question as it was asked."""
    workload, cases, units = asked.scenario.workload, asked.cases, None
    if api.option.provisioned is not None and bill.alternative.refused is None:
        weights, sizing = asked.resolved.profile.weights, asked.data.sizing
        units = units_rule(api, workload, weights, sizing, cases)
    return Bill(
        bill.alternative,
        tuple(part.in_cases(cases) for part in bill.components),
        bill.one_off,
        served_by(api, workload.classes, cases),
        units=units,
    )


def told_apart(bill: Bill, label: str, labels: Set[str]) -> Bill:
    """Name an option, and number one that differs from one above it in what no label says."""
    name, number = label, 2
    while name in labels:
        name, number = f"{label} ({number})", number + 1
    if name == bill.alternative.label:
        return bill
    return replace(bill, alternative=replace(bill.alternative, label=name))
