"""Inputs of money: token and GPU prices, their drift, and the costs around the model."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from tco.analysis.decision import Question
from tco.analysis.factor import PLANNERS, Factor, set_path
from tco.analysis.reprice import repriced, with_purchase_price
from tco.answer.spreads import HIGHEST_CHANGE, LOWEST_CHANGE
from tco.facts.cost_facts import CostFacts
from tco.question.files import changed
from tco.question.scenario import Scenario
from tco.question.terms import Costs


def market_price_factors(scenario: Scenario) -> Iterator[Factor]:
    """What tokens and GPUs cost, over what they cost today."""
    yield Factor(
        "api_price",
        "API token prices",
        "× list",
        1.0,
        0.5,
        1.1,
        PLANNERS,
        (0.01, 100.0),
        _api_price,
    )
    if scenario.self_hosted:
        yield Factor(
            "gpu_price",
            "GPU prices, rented and bought",
            "× list",
            1.0,
            0.6,
            1.3,
            PLANNERS,
            (0.02, 50.0),
            _gpu_price,
        )


def drift_factors(scenario: Scenario) -> Iterator[Factor]:
    """Inputs that act over the horizon only."""
    growth, finance = scenario.workload.growth_per_month, scenario.finance
    yield Factor(
        "workload.growth_per_month",
        "Growth",
        "1/month",
        growth,
        growth - 0.03,
        growth + 0.03,
        PLANNERS,
        (-0.5, 1.0),
        partial(set_path, "workload.growth_per_month"),
    )
    if not finance.api_price_steps:
        change = finance.api_price_change_per_year
        yield _yearly("api_price", "Change of API prices", change, change - 0.3, change + 0.05)
    if scenario.self_hosted and not finance.gpu_price_steps:
        change = finance.gpu_price_change_per_year
        yield _yearly("gpu_price", "Change of GPU prices", change, change - 0.3, change + 0.3)
    yield Factor(
        "finance.discount_rate",
        "Discount rate",
        "1/year",
        finance.discount_rate,
        min(finance.discount_rate, 0.05),
        max(finance.discount_rate, 0.12),
        PLANNERS,
        (0.0, 1.0),
        partial(set_path, "finance.discount_rate"),
    )


def _yearly(prices: str, label: str, change: float, low: float, high: float) -> Factor:
    """How some prices change a year; prices that follow steps have none."""
    field = f"finance.{prices}_change_per_year"
    limits = (LOWEST_CHANGE, HIGHEST_CHANGE)
    return Factor(
        field,
        label,
        "1/year",
        change,
        max(low, LOWEST_CHANGE),
        min(high, HIGHEST_CHANGE),
        PLANNERS,
        limits,
        partial(set_path, field),
    )


def cost_factors(question: Question) -> Iterator[Factor]:
    """Surrounding costs that the library has a range for."""
    scenario, library = question.scenario, question.data.library
    facts = CostFacts.of(scenario, library)
    for key in Costs.model_fields:
        fact, value = library.assumption(key), facts.value(key)
        if value is None or fact.low is None or fact.high is None or fact.low == fact.high:
            continue
        yield Factor(
            f"costs.{key}",
            fact.label,
            fact.unit,
            value,
            min(fact.low, value),
            max(fact.high, value),
            f"library: {fact.source.name}",
            _cost_limits(key, value),
            partial(set_path, f"costs.{key}"),
        )


def _api_price(question: Question, value: float) -> Question:
    data = replace(question.data, catalogue=repriced(question.data.catalogue, value))
    return replace(question, data=data)


def _gpu_price(question: Question, value: float) -> Question:
    library = question.data.library
    rents: dict[str, Any] = {}
    for index, option in enumerate(question.scenario.self_hosted):
        lease, there = option.lease, option.already_owned
        if lease is not None and lease.usd_per_server_month is not None:
            paid = f"self_hosted.{index}.lease.usd_per_server_month"
            rents[paid] = value * lease.usd_per_server_month
        if there is not None and there.market_usd is not None:
            rents[f"self_hosted.{index}.already_owned.market_usd"] = value * there.market_usd
        if option.rent is not None:
            listed = library.offer(option.rent).usd_per_gpu_hour
            rent = option.usd_per_gpu_hour
            rents[f"self_hosted.{index}.usd_per_gpu_hour"] = value * (
                listed if rent is None else rent
            )
    for bought in {option.own for option in question.scenario.self_hosted if option.own}:
        library = with_purchase_price(library, bought, value)
    return replace(
        question,
        scenario=changed(question.scenario, rents),
        data=replace(question.data, library=library),
    )


def _cost_limits(key: str, value: float) -> tuple[float, float]:
    bounds = {
        "pue": (1.0, 4.0),
        "average_power_share": (0.0, 1.0),
        "residual_share": (0.0, 1.0),
        "hardware_support_per_year": (0.0, 1.0),
        "useful_life_years": (0.5, 15.0),
    }
    return bounds.get(key, (0.0, 1_000.0 * value if value else 1_000.0))
