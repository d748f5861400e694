"""One evaluation taken apart into the pieces that every draw is built from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from tco.analysis.bill_pieces import api_not_drawn, host_costs, host_not_drawn, token_costs
from tco.analysis.decision import Question
from tco.answer.evaluation import evaluate
from tco.bill.api import loads_of
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import api_key, resolve
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH as MOST_CONCURRENCY
from tco.kernel.capacity import HIGHEST_CONTEXT_STRETCH as MOST_CONTEXT
from tco.kernel.capacity import HIGHEST_PROMPT_SHARE_STRETCH as MOST_PROMPT_SHARE
from tco.kernel.capacity import MeasuredSpan, extrapolation
from tco.kernel.draws import ClassMoments, HostCosts, Replica, TokenCosts
from tco.kernel.fleet import FleetRule
from tco.kernel.speed import EngineLimits, RequestMix, StepTime
from tco.kernel.workload import request_mix
from tco.months.price_levels import price_levels
from tco.results.answer import Evaluation
from tco.results.bill import Alternative
from tco.serving.fleet import fleet_rule
from tco.serving.replica import replica_capacity
from tco.serving.tenure import holding


@dataclass(frozen=True, slots=True)
class CalibratedReplica:
    """A record, the replica it describes, and how uncertain that is for this load."""

    record: CalibrationRecord
    replica: Replica
    widening: float
    """Factor on the record's own error, by the class of extrapolation [1]."""
    tail_factor: float
    """Capacity under percentiles over capacity under means, taken as the same in all draws [1]."""


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
    first_month_worth: float
    """Worth of a dollar of the first month's bill in the terms of the monthly results [1]."""


def pieces_of(question: Question) -> Pieces:
    """Take the answer to a question apart.

    Raises
    ------
    InputError, PriceError
        As `evaluate` does.
    """
    scenario, library = question.scenario, question.data.library
    evaluation = evaluate(scenario, question.data)
    resolved = resolve(scenario, question.data.catalogue, library)
    levels = price_levels(scenario.finance)
    loads = loads_of(scenario.workload.classes, as_open_model=True)
    mix = request_mix(loads)
    tokens, hosts, calibrations, left_out = {}, {}, {}, {}
    replicas: dict[str, CalibratedReplica] = {}
    for api in (resolved.baseline, *resolved.apis):
        bill = evaluation.alternative(api_key(api.option))
        if reason := api_not_drawn(bill):
            left_out[bill.key] = reason
        else:
            tokens[bill.key] = token_costs(question, api, bill, levels)
    facts = CostFacts(scenario.costs, library, scenario.team)
    for host in resolved.hosts:
        bill = evaluation.alternative(f"self-hosted/{host.option.name}")
        held = holding(host, facts)
        if reason := host_not_drawn(bill, host, held, scenario, levels):
            left_out[bill.key] = reason
            continue
        capacity = replica_capacity(host.record, mix, scenario.objective, tuple(loads))
        rule = fleet_rule(host, scenario, resolved.profile.weights, capacity)
        assert isinstance(rule, FleetRule)
        hosts[bill.key] = host_costs(bill, rule, host, held, levels)
        calibrations[bill.key] = host.record.id
        replicas[host.record.id] = _replica(host.record, mix, bill, capacity.tail_factor)
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
    return Pieces(
        evaluation,
        tokens,
        hosts,
        calibrations,
        replicas,
        moments,
        left_out,
        first_month_worth=float(levels.deflate[1]),
    )


def _replica(
    record: CalibrationRecord, mix: RequestMix, bill: Alternative, tail_factor: float
) -> CalibratedReplica:
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
    return CalibratedReplica(record, replica, reach.multiplier, tail_factor)
