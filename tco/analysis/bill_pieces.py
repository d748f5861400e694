"""The bill of one alternative by what each part grows with, or why the draws cannot follow it."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from tco.analysis.decision import Question
from tco.analysis.factors import factor_of, factors
from tco.facts.resolve import ResolvedApi, ResolvedHost
from tco.kernel.draws import HostCosts, TokenCosts
from tco.kernel.fleet import FleetRule
from tco.kernel.speed import FloatArray, Numbers
from tco.months.api_prices import price_path
from tco.months.price_levels import PriceLevels
from tco.question.options import tries_of
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, CostLine
from tco.serving.fleet import comes_and_goes
from tco.serving.tenure import Holding

GPU_LINES: Final = frozenset({"rent", "capital", "support"})
"""Lines of an instance that are a share of what its GPUs cost."""
INSTANCE_LINES: Final = GPU_LINES | {"electricity", "colocation", "storage", "install"}
OUTPUT_LINES: Final = frozenset({"egress"})
"""Lines of a self-hosted request that grow with its output."""
REQUEST_LINES: Final = frozenset({"repair"})
"""Lines of a request that do not."""


def api_not_drawn(bill: Alternative) -> str:
    """Why the draws cannot follow the bill of an API."""
    if bill.refused is not None:
        return bill.refused.message
    return _unknown(
        line
        for line in bill.lines
        if line.driver == "request" and line.group != "tokens" and line.key not in REQUEST_LINES
    )


def host_not_drawn(
    bill: Alternative,
    host: ResolvedHost,
    held: Holding,
    scenario: Scenario,
    levels: PriceLevels,
) -> str:
    """Why the draws cannot follow a self-hosted option."""
    if bill.refused is not None:
        return bill.refused.message
    if scenario.fleet.autoscale is not None and comes_and_goes(host):
        return "draws do not follow fleets that scale by the hour"
    if held.term_months is not None and np.any(levels.gpus != 1):
        return "draws do not follow the renewal of terms while GPU prices move"
    return _unknown(
        line
        for line in bill.lines
        if (line.driver == "instance" and line.key not in INSTANCE_LINES)
        or (line.driver == "request" and line.key not in OUTPUT_LINES | REQUEST_LINES)
    )


def _unknown(lines: Iterable[CostLine]) -> str:
    names = ", ".join(line.name for line in lines)
    return f"draws do not know how {names} varies" if names else ""


def _cost(lines: Iterable[CostLine]) -> float:
    return sum(line.cost_usd for line in lines if line.cost_usd is not None)


def token_costs(
    question: Question, api: ResolvedApi, bill: Alternative, levels: PriceLevels
) -> TokenCosts:
    """Take the bill of an API apart, its prices in every month of the horizon."""
    asked = [line for line in bill.lines if line.driver == "request"]
    tokens = [line for line in asked if line.group == "tokens"]
    output = _cost(line for line in tokens if line.key.startswith("output"))
    prompt = _cost(line for line in tokens if not line.key.startswith("output"))
    paths = _published(
        question, api, prompt / bill.requests_per_month, output / bill.requests_per_month
    )
    worth = levels.deflate[1:]
    fixed = [line for line in bill.lines if line.driver == "fixed"]
    people = _cost(line for line in fixed if line.group == "people")
    rest = _cost(line for line in fixed if line.group != "people")
    repair = _cost(line for line in asked if line.group != "tokens") / bill.requests_per_month
    return TokenCosts(
        fixed_usd=_alike((people * levels.wages + rest * levels.rest) * worth),
        prompt_usd=_alike(paths[0] * levels.drift * worth),
        output_usd=_alike(paths[1] * levels.drift * worth),
        request_usd=_alike(repair * levels.wages * worth),
    )


def _published(
    question: Question, api: ResolvedApi, prompt_usd: float, output_usd: float
) -> tuple[FloatArray, FloatArray]:
    """Cost of prompt and output in each month under the rates that are already published.

    The cost of a request is linear in its output, so two price paths, one of them with every
    output twice as long, tell its two parts apart.
    """
    finance = question.scenario.finance
    steady = question.scenario.model_copy(
        update={"finance": finance.model_copy(update={"api_price_change_per_year": 0.0})}
    )
    path = price_path(api, steady, question.data.catalogue).factors
    if np.all(path == 1):
        return path * prompt_usd, path * output_usd
    output = factor_of(factors(question), "workload.output_tokens")
    longer = output.apply(Question(steady, question.data), 2 * output.value).scenario
    doubled = price_path(api, longer, question.data.catalogue).factors
    once, twice = path * (prompt_usd + output_usd), doubled * (prompt_usd + 2 * output_usd)
    return 2 * once - twice, twice - once


def host_costs(
    bill: Alternative, rule: FleetRule, host: ResolvedHost, held: Holding, levels: PriceLevels
) -> HostCosts:
    """Take the bill of a self-hosted option apart, its prices in every month of the horizon."""
    serving, worth = bill.serving, levels.deflate[1:]
    assert serving is not None
    flat = np.ones_like(worth)
    machines = [line for line in bill.lines if line.driver == "instance"]
    rent_path = levels.gpus if held.term_months is None else flat
    of_gpus = {"rent": rent_path, "capital": flat, "support": levels.rest}
    gpu = sum(
        (
            _cost(line for line in machines if line.key == key) * path
            for key, path in of_gpus.items()
        )
    )
    rest = _cost(line for line in machines if line.key not in GPU_LINES) * levels.rest
    fixed = [line for line in bill.lines if line.driver == "fixed"]
    asked = [line for line in bill.lines if line.driver == "request"]
    egress = _cost(line for line in asked if line.key in OUTPUT_LINES)
    repair = _cost(line for line in asked if line.key not in OUTPUT_LINES)
    return HostCosts(
        fixed_usd=_alike(
            _cost(line for line in fixed if line.group != "people") * levels.rest * worth
        ),
        people_usd=_alike(
            _cost(line for line in fixed if line.group == "people") * levels.wages * worth
        ),
        output_usd=_alike(egress / bill.requests_per_month * levels.rest * worth),
        gpu_usd=_alike(gpu / serving.instances * worth),
        instance_usd=_alike(rest / serving.instances * worth),
        peak_to_mean=rule.peak_to_mean,
        allowed_load=rule.usable_load,
        replicas_per_instance=rule.replicas_per_instance,
        min_replicas=rule.min_replicas,
        spare_replicas=rule.spare_replicas,
        kept=held.kept,
        tries=tries_of(host.option.quality),
        request_usd=_alike(repair / bill.requests_per_month * levels.wages * worth),
    )


def _alike(months: FloatArray) -> Numbers:
    """One number where all months are alike, which is quicker to reckon with."""
    return float(months[0]) if np.all(months == months[0]) else months
