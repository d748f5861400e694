"""One case of many as a question of its own, answered by itself: the oracle of the arrays."""

from dataclasses import replace

import numpy as np

from tco.analysis.factors import factor_of, factors
from tco.analysis.reprice import with_record
from tco.facts.cost_facts import CostFacts
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS
from tco.question.files import changed


def at(values, index):
    """Value of one case; inputs that are alike in all cases are one number."""
    return float(values[index, 0]) if np.ndim(values) else float(values)


def drifting(finance, over_given):
    """Changes that let API prices drift by so much a year over what is given, step by step too."""
    if over_given == 1:
        return {}
    if not finance.api_price_steps:
        yearly = (1 + finance.api_price_change_per_year) * over_given - 1
        return {"finance.api_price_change_per_year": yearly}
    given, monthly = 1.0, []
    steps = {step.from_month: step.factor for step in finance.api_price_steps}
    for month in range(1, finance.horizon_months + 1):
        given = steps.get(month, given)
        factor = given * over_given ** ((month - 1) / 12)
        monthly.append({"from_month": month, "factor": factor})
    return {"finance.api_price_steps": monthly}


def question_of_case(question, cases, index):
    """Write one case down as a scenario and data of its own."""
    known, one = factors(question), question
    for key, value in (
        ("workload.output_tokens", at(cases.output, index)),
        ("api_price", at(cases.api_price, index)),
        ("gpu_price", at(cases.gpu_price, index)),
    ):
        if any(factor.key == key for factor in known) and value != 1:
            factor = factor_of(known, key)
            one = factor.apply(one, factor.value * value)
    scenario, library = one.scenario, one.data.library
    facts = CostFacts.of(scenario, library)
    engineers = {
        f"costs.{key}": at(cases.engineers, index) * facts.value(key)
        for key in ("rented_fte", "owned_fte")
        if facts.value(key) is not None
    }
    volume, change = scenario.workload.requests_per_month, scenario.finance
    drift = drifting(change, at(cases.api_drift, index))
    requests = {"workload.requests_per_month": volume * at(cases.requests, index)}
    for name, step in cases.steps.items():
        record = library.calibration(name)
        drawn = {p: at(getattr(step, p), index) for p in LOG_NORMAL_PARAMETERS}
        if index:  # a draw has one capacity; the question as asked is planned with the median
            exact = {"covariance": tuple((0.0,) * len(row) for row in record.covariance)}
            parameters = record.parameters.model_copy(update=drawn)
            exact |= {"parameters": parameters, "residual_sd": 0.0, "rate_residual_sd": None}
            library = with_record(library, record.model_copy(update=exact))
    return replace(
        one,
        scenario=changed(scenario, requests | engineers | drift),
        data=replace(one.data, library=library),
    )
