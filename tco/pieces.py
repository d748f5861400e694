"""One evaluation taken apart into the pieces that every draw is built from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.offer import PurchaseOffer
from tco.api_bill import loads_of
from tco.decision import Question
from tco.evaluation import FLEXIBLE_TERMS, evaluate
from tco.factors import factor_of, factors
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH as MOST_CONCURRENCY
from tco.kernel.capacity import HIGHEST_CONTEXT_STRETCH as MOST_CONTEXT
from tco.kernel.capacity import HIGHEST_PROMPT_SHARE_STRETCH as MOST_PROMPT_SHARE
from tco.kernel.capacity import MeasuredSpan, extrapolation
from tco.kernel.draws import ClassMoments, HostCosts, Replica, TokenCosts
from tco.kernel.fleet import peak_to_mean
from tco.kernel.speed import EngineLimits, FloatArray, RequestMix, StepTime
from tco.kernel.workload import request_mix
from tco.outlook import price_path
from tco.resolve import ResolvedApi, ResolvedHost, resolve
from tco.results import Alternative, CostLine, Evaluation

GPU_LINES: Final = frozenset({"rent", "capital", "support"})
"""Lines of an instance that are a share of what its GPUs cost."""
INSTANCE_LINES: Final = GPU_LINES | {"electricity", "colocation", "storage", "install"}
OUTPUT_LINES: Final = frozenset({"egress"})
"""Lines of a self-hosted request that grow with its output."""


@dataclass(frozen=True, slots=True)
class CalibratedReplica:
    """A record, the replica it describes, and how uncertain that is for this load."""

    record: CalibrationRecord
    replica: Replica
    widening: float
    """Factor on the record's own error, by the class of extrapolation [1]."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the bills of one scenario are made of."""

    evaluation: Evaluation
    tokens: Mapping[str, TokenCosts]
    """Of every API and hosted option that has a bill, the baseline first."""
    hosts: Mapping[str, HostCosts]
    calibrations: Mapping[str, str]
    """Record of every self-hosted option."""
    replicas: Mapping[str, CalibratedReplica]
    classes: tuple[ClassMoments, ...]
    left_out: Mapping[str, str]
    """Alternatives the draws cannot follow, and why."""


def pieces_of(question: Question) -> Pieces:
    """Take the answer to a question apart.

    Raises
    ------
    InputError, PriceError
        As `evaluate` does.
    """
    scenario = question.scenario
    evaluation = evaluate(scenario, question.data)
    resolved = resolve(scenario, question.data.catalogue, question.data.library)
    loads = loads_of(scenario.workload.classes, as_open_model=True)
    tokens, hosts, calibrations, left_out = {}, {}, {}, {}
    replicas: dict[str, CalibratedReplica] = {}
    bills = iter(evaluation.alternatives)
    for api in (resolved.baseline, *resolved.apis):
        bill = next(bills)
        if reason := _not_drawn(bill):
            left_out[bill.key] = reason
        else:
            tokens[bill.key] = _token_costs(question, api, bill)
    for host in resolved.hosts:
        bill = evaluation.alternative(f"self-hosted/{host.option.name}")
        if reason := _not_drawn(bill):
            left_out[bill.key] = reason
            continue
        peak = peak_to_mean(resolved.profile.weights, scenario.workload.peak_within_hour)
        hosts[bill.key] = _host_costs(question, host, bill, peak)
        calibrations[bill.key] = host.record.id
        replicas[host.record.id] = _replica(host.record, request_mix(loads), bill)
    followed = {*tokens, *hosts, *left_out}
    left_out |= {
        bill.key: "draws follow options that stand alone, not mixtures of them"
        for bill in evaluation.alternatives
        if bill.key not in followed
    }
    moments = tuple(
        ClassMoments(
            load.share,
            load.input.mean,
            load.input.mean_square,
            load.output.mean,
            load.output.mean_square,
            load.cached_share,
        )
        for load in loads
    )
    return Pieces(evaluation, tokens, hosts, calibrations, replicas, moments, left_out)


def _not_drawn(bill: Alternative) -> str:
    """Why the draws cannot follow a bill: it is refused, or has lines they do not know."""
    if bill.refused is not None:
        return bill.refused.message
    hosted = bill.serving is not None
    unknown = [
        line.name
        for line in bill.lines
        if (line.driver == "instance" and line.key not in INSTANCE_LINES)
        or (line.driver == "request" and hosted and line.key not in OUTPUT_LINES)
        or (line.driver == "request" and not hosted and line.group != "tokens")
    ]
    return f"draws do not know how {', '.join(unknown)} varies" if unknown else ""


def _cost(lines: list[CostLine]) -> float:
    return sum(line.cost_usd for line in lines if line.cost_usd is not None)


def _token_costs(question: Question, api: ResolvedApi, bill: Alternative) -> TokenCosts:
    per_request = [line for line in bill.lines if line.driver == "request"]
    output = _cost([line for line in per_request if line.key.startswith("output")])
    prompt = _cost([line for line in per_request if not line.key.startswith("output")])
    outputs = output / bill.requests_per_month
    prompts = prompt / bill.requests_per_month
    prompt_path, output_path = _published(question, api, prompts, outputs)
    fixed = _cost([line for line in bill.lines if line.driver == "fixed"])
    return TokenCosts(fixed, prompt_path, output_path)


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


def _host_costs(
    question: Question, host: ResolvedHost, bill: Alternative, peak: float
) -> HostCosts:
    serving, fleet = bill.serving, question.scenario.fleet
    assert serving is not None
    by_instance = [line for line in bill.lines if line.driver == "instance"]
    gpu = _cost([line for line in by_instance if line.key in GPU_LINES]) / serving.instances
    fixed = [line for line in bill.lines if line.driver == "fixed"]
    people = _cost([line for line in fixed if line.group == "people"])
    return HostCosts(
        fixed_usd=_cost([line for line in fixed if line.group != "people"]),
        people_usd=people,
        output_usd=_cost([line for line in bill.lines if line.driver == "request"])
        / bill.requests_per_month,
        gpu_usd=gpu,
        instance_usd=_cost([line for line in by_instance if line.key not in GPU_LINES])
        / serving.instances,
        peak_to_mean=peak,
        allowed_load=fleet.allowed_load,
        replicas_per_instance=host.replicas_per_instance,
        min_replicas=fleet.min_replicas,
        spare_replicas=fleet.spare_replicas,
        kept=isinstance(host.machine, PurchaseOffer) or host.machine.term not in FLEXIBLE_TERMS,
    )


def _replica(record: CalibrationRecord, mix: RequestMix, bill: Alternative) -> CalibratedReplica:
    assert bill.serving is not None
    span, limits = record.span, record.limits
    shapes = tuple((shape.input_tokens, shape.output_tokens) for shape in span.shapes)
    measured = [RequestMix.of_lengths(prompt, output) for prompt, output in shapes]
    reach = extrapolation(
        MeasuredSpan(
            shapes,
            span.concurrency.low,
            span.concurrency.high,
            span.cached_share.low,
            span.cached_share.high,
        ),
        mix,
        bill.serving.running,
    )
    shares = [float(one.prefill_tokens / one.token_intervals) for one in measured]
    contexts = [float(np.asarray(one.context_tokens)) for one in measured]
    replica = Replica(
        step=StepTime(
            **record.parameters.model_dump(),
            experts=record.experts,
            experts_active=record.experts_active,
        ),
        limits=EngineLimits(limits.max_num_seqs, limits.max_num_batched_tokens, limits.kv_tokens),
        running_cap=MOST_CONCURRENCY * span.concurrency.high,
        most_context_tokens=MOST_CONTEXT * max(contexts),
        most_prompt_share=MOST_PROMPT_SHARE * max(shares),
    )
    return CalibratedReplica(record, replica, reach.multiplier)
