"""A calibration record and a request mix into the capacity of one replica."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from hardware_profiles.calibration import UNMEASURED, CalibrationRecord
from hardware_profiles.fingerprint import Fingerprint, differences, fingerprint_of
from tco.kernel.capacity import (
    HIGHEST_CONCURRENCY_STRETCH,
    WIDENING,
    Capacity,
    Extrapolation,
    Infeasible,
    Kind,
    MeasuredSpan,
    extrapolation,
    slo_capacity,
)
from tco.kernel.request_mix import RequestMix
from tco.kernel.simulated_work import Work
from tco.kernel.told import Doubt, doubts
from tco.kernel.workload import ClassLoad
from tco.question.options import Deployment
from tco.question.terms import Objective
from tco.results.bill import Finding
from tco.serving.doubts import MOST_UNMET, means_only, met_by_nobody, not_simulated, seldom_met
from tco.serving.posterior import Posterior, limits_of, posterior_of, step_of
from tco.serving.simulation import MOST_WORK, Simulated, names_percentiles, simulated
from tco.words.figures import number

NO_OBJECTIVE: Final = Objective(mean_ttft_ms=600_000.0, mean_tpot_ms=10_000.0)
"""The longest times that may be asked for."""
_UNMEASURED: Final = {
    "estimated": "data sheet and dimensions alone",
    "stated": "a figure that somebody states",
}
"""What a speed that nobody measured rests on, by kind."""


@dataclass(frozen=True, slots=True)
class ReplicaCapacity:
    """What one replica carries under the objective, how sure that is, and what to know.

    All figures are NaN when a finding refuses.
    """

    requests_per_second: float
    """Planned with: the median of what the record holds possible at this load."""
    p10: float
    """Of the same, by the record's error and how far it is carried [request/s]."""
    p90: float
    running: float
    """At capacity, with step times in the middle of the record, as are the two times below."""
    mean_ttft_ms: float | None
    """None where memory or slots are so full that the closed form does not tell it."""
    mean_tpot_ms: float
    bound_by: str
    extrapolation: str
    findings: tuple[Finding, ...]
    simulated_factor: float = 1.0
    """Capacity as simulated over that by closed form, 1 where nothing is simulated [1]."""
    widening: float = 1.0
    """Factor on the record's own error, by how far it is carried [1]."""
    unmet_share: float = 0.0
    """How much of what the record holds possible meets the objective at no rate [1]."""
    work: int = 0
    """Requests and steps that were simulated for it."""

    @property
    def slow_end(self) -> float:
        """How little it may carry [request/s]: the P10.

        Where a tenth of what the record holds possible meets no objective, the P10 is 0. Then the
        slow end is taken as far below the median as the P90 is above it, by their ratio.
        """
        return self.p10 or self.requests_per_second**2 / self.p90


@lru_cache(maxsize=512)
def replica_capacity(
    record: CalibrationRecord,
    mix: RequestMix,
    objective: Objective,
    classes: tuple[ClassLoad, ...] = (),
    carried: float | None = None,
    most_work: int = MOST_WORK,
) -> ReplicaCapacity:
    """Highest request rate at which one replica of the record meets the objective.

    The answer is kept: sensitivities ask for the same replica again and again.

    Parameters
    ----------
    classes
        What is sent; needed where the objective names percentiles, for these are simulated, and
        so that a load of which the closed form says too little is simulated too.
    carried
        What a simulation leaves of the capacity under the means, known from a load like this one:
        taken, and not simulated anew [1].
    most_work
        Requests and steps that may be simulated.
    """
    objective = objective_for(record, objective)
    within = reach_of(record, mix, objective)
    if isinstance(within, Finding):
        return _refused(within)
    held = posterior_of(record, mix, objective, within.extrapolation.multiplier)
    if held.p50 == 0:
        return _refused(met_by_nobody(float(held.unmet_share), record.label))
    step, limits, found = step_of(record), limits_of(record), within.capacity
    doubted = () if record.kind == "stated" else doubts(step, limits, mix, found.running)
    by_means = _by_means(record, within, held, doubted)
    if not names_percentiles(objective):
        by_means = replace(by_means, findings=(*by_means.findings, means_only()))
        if not (classes and doubted) or carried is not None:
            carried = 1.0 if carried is None else carried
            return _held_to(_carried(by_means, carried, doubted), found, record)
    work = Work(most_work)
    seen = simulated(step, limits, classes, objective, found, doubted, work)
    if isinstance(seen, Finding):
        return replace(_refused(seen), work=work.done)
    return replace(_held_to(_as_simulated(by_means, seen), found, record), work=work.done)


def objective_for(record: CalibrationRecord, objective: Objective) -> Objective:
    """Objective to hold a record to: a stated rate is carried at whatever times it was seen at."""
    return NO_OBJECTIVE if record.kind == "stated" else objective


@dataclass(frozen=True, slots=True)
class Reach:
    """The load that step times in the middle of a record allow, and how far that carries it."""

    capacity: Capacity
    extrapolation: Extrapolation


def reach_of(record: CalibrationRecord, mix: RequestMix, objective: Objective) -> Reach | Finding:
    """Find how far a record is carried for a mix; a finding where that is refused."""
    span = _span(record)
    found = slo_capacity(
        step_of(record),
        limits_of(record),
        mix,
        mean_tpot_ms=objective.mean_tpot_ms,
        mean_ttft_ms=objective.mean_ttft_ms,
        running_cap=HIGHEST_CONCURRENCY_STRETCH * span.concurrency_high,
    )
    if isinstance(found, Infeasible):
        return Finding(
            "refused",
            "slo",
            f"No number of replicas meets the objective: {found.reason}.",
            "Relax the objective, or choose a quicker replica.",
            record.label,
        )
    reach = extrapolation(span, mix, found.running, _kind_of(record))
    reach = reach._replace(multiplier=max(reach.multiplier, _where_measured(record)))
    if reach.name == "refused":
        return Finding(
            "refused",
            "span",
            f"The calibration says nothing about this load: {'; '.join(reach.reasons)}.",
            "Calibrate with your own lengths, or choose another record.",
            record.label,
        )
    return Reach(found, reach)


def _by_means(
    record: CalibrationRecord, within: Reach, held: Posterior, doubted: tuple[Doubt, ...]
) -> ReplicaCapacity:
    """Take the capacity that meets the means of an objective by closed form."""
    found, reach = within.capacity, within.extrapolation
    full = any(doubt.cause in {"memory", "slots"} for doubt in doubted)
    return ReplicaCapacity(
        requests_per_second=float(held.p50),
        p10=float(held.p10),
        p90=float(held.p90),
        running=found.running,
        mean_ttft_ms=None if full else found.ttft_ms,
        mean_tpot_ms=found.tpot_ms,
        bound_by=found.bound_by,
        extrapolation=reach.name,
        findings=(_provenance(record), *_reach(record, reach)),
        widening=reach.multiplier,
        unmet_share=float(held.unmet_share),
    )


def _held_to(
    planned: ReplicaCapacity, middle: Capacity, record: CalibrationRecord
) -> ReplicaCapacity:
    """Flag a replica that much of what its record holds possible keeps from the objective."""
    if planned.unmet_share < MOST_UNMET:
        return planned
    flag = seldom_met(
        planned.unmet_share,
        planned.requests_per_second,
        middle.requests_per_second * planned.simulated_factor,
        record.label,
    )
    return replace(planned, findings=(*planned.findings, flag))


def _as_simulated(by_means: ReplicaCapacity, seen: Simulated) -> ReplicaCapacity:
    return replace(
        _lowered(by_means, seen.factor),
        running=seen.running,
        mean_ttft_ms=seen.mean_ttft_ms,
        mean_tpot_ms=seen.mean_tpot_ms,
        bound_by=seen.bound_by,
        findings=(*by_means.findings, seen.finding),
    )


def _carried(
    by_means: ReplicaCapacity, factor: float, doubted: tuple[Doubt, ...]
) -> ReplicaCapacity:
    flags = (not_simulated(doubted),) if doubted else ()
    return replace(_lowered(by_means, factor), findings=(*by_means.findings, *flags))


def _lowered(by_means: ReplicaCapacity, factor: float) -> ReplicaCapacity:
    return replace(
        by_means,
        requests_per_second=by_means.requests_per_second * factor,
        p10=by_means.p10 * factor,
        p90=by_means.p90 * factor,
        simulated_factor=factor,
    )


def _span(record: CalibrationRecord) -> MeasuredSpan:
    return MeasuredSpan(
        shapes=tuple((shape.input_tokens, shape.output_tokens) for shape in record.span.shapes),
        concurrency_low=record.span.concurrency.low,
        concurrency_high=record.span.concurrency.high,
        cached_share_low=record.span.cached_share.low,
        cached_share_high=record.span.cached_share.high,
    )


def _refused(finding: Finding) -> ReplicaCapacity:
    nan = float("nan")
    return ReplicaCapacity(nan, nan, nan, nan, nan, nan, "", "refused", (finding,))


def measured_otherwise(
    record: CalibrationRecord, deployment: Deployment | None
) -> Iterator[Finding]:
    """Flag where the record was not measured with what is meant to serve."""
    if deployment is None:
        return
    meant = Fingerprint(
        engine_version=deployment.engine_version,
        revision=deployment.revision,
        flags=deployment.flags or None,
    )
    found = [str(difference) for difference in differences(fingerprint_of(record), meant)]
    if found:
        yield Finding(
            "flagged",
            "measured-otherwise",
            f"The speed was measured otherwise than you mean to serve: {'; '.join(found)}. "
            f"The interval does not cover that.",
            "Calibrate with what you mean to serve.",
            record.label,
        )


def _provenance(record: CalibrationRecord) -> Finding:
    if record.kind in UNMEASURED:
        *notes, remedy = record.notes
        told = "; ".join([f"Speed: {record.label}, from {_UNMEASURED[record.kind]}", *notes])
        return Finding("flagged", record.kind, f"{told}.", f"{remedy}.", record.source.name)
    yours = f"Speed: yours, {record.label}, measured {record.measured_on}"
    if record.run is None and record.own:
        return Finding("remark", "own-measurement", f"{yours}.", "", record.source.name)
    if record.run is None:
        return Finding(
            "flagged",
            "not-your-measurement",
            f"Speed: {record.label}.",
            "Run a calibration on your own GPUs.",
            record.source.name,
        )
    why = "; ".join(record.run.remarks)
    return Finding(
        "remark" if record.run.grade == "validated" else "flagged",
        "own-measurement",
        f"{yours}{f' ({why})' if why else ''}.",
        ""
        if record.run.grade == "validated"
        else "tco-calibrate report says what to measure next.",
        record.source.name,
    )


def _kind_of(record: CalibrationRecord) -> Kind:
    return "mixture" if record.experts else "dense"


def _where_measured(record: CalibrationRecord) -> float:
    """Factor on the interval at a load that was measured [1].

    That of held-out points; nothing was held out of few published rates to narrow their band by.
    """
    return WIDENING[_kind_of(record)]["fold"] if record.kind == "measured" else 1.0


def _reach(record: CalibrationRecord, reach: Extrapolation) -> tuple[Finding, ...]:
    if not reach.reasons:
        return ()
    measured = _where_measured(record)
    return (
        Finding(
            "flagged",
            "extrapolated",
            f"Outside what was measured ({reach.name}): {'; '.join(reach.reasons)}. "
            f"The interval is {number(reach.multiplier / measured, 2)} times as wide.",
            "Calibrate with your own lengths.",
            record.label,
        ),
    )
