"""Whether a run may be used: its bad points counted, its speed at the end held against the start.

A bad point costs that point: it is left out of the fit, and the record says so. A run is INVALID
when too few of the points to fit are left, or when the machine changed its speed meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from calibrate.plan.plan import CalibrationPlan, Load
from calibrate.run.attempt import INTERRUPTED
from calibrate.run.journal import Entry
from calibrate.run.judge import UNSTEADY
from calibrate.run.point import MeasuredPoint, Reason, points_of
from pricing.errors import Problem, RecordInvalidError

POINT_REMEDIES: Final = {
    "window": "Raise patience.point_s, or give the point fewer clients.",
    "little": "Stop what else runs on the machine; resume --again measures the point once more.",
    "not_steady": "Stop what else runs on the machine; resume --again measures the point again.",
    "client_bound": "Run the load generator on another machine, or give the point fewer clients.",
    "drift": "Let the machine warm up, stop what else runs on it, and measure again.",
    "prefix_hits": "Somebody else's prompts, or a cache setting: serve this run alone.",
    "token_accounting": "Somebody else uses the server, or a gateway changes answers.",
    "output_length": "The server ends answers early: see its max_model_len and stop settings.",
    "input_length": "The server's tokenizer is not the model's.",
    "no_requests": "Give a vLLM that can generate load with --vllm, or --driver built-in.",
    "engine_failing": "See the end of the server's log.",
    "error_share": "See the errors in run.json and the server's log.",
    "too_long": "Raise patience.point_s, or give the point fewer clients.",
    "device_throttled": "Cool the machine or raise its power cap.",
    "device_shared": "Stop the other processes, or give the run accelerators of its own.",
    "device_lost": "Check the driver with nvidia-smi.",
    "server_died": "See the end of the server's log; resume goes on with the next point.",
    "hung": "See the end of the server's log; raise patience.stall_s where answers are slow.",
    "too_few_points": "Resume the run, or plan for more points.",
    "kv_tokens": "Use a vLLM that prints vllm:cache_config_info in /metrics.",
    "held_out_error": "Look in report.html for the held-out point that is unlike the rest.",
}
"""What to change, by what was wrong."""
TIME_UP: Final = "time_up"
NOT_MEASURED: Final = " not measured: "
MOST_NAMED: Final = 3


def run_reasons(plan: CalibrationPlan, entries: Sequence[Entry]) -> Iterator[Reason]:
    """Everything that makes a run INVALID; nothing where what is bad is only left out."""
    points = points_of(entries)
    fit = [load for load in _begun_or_needed(plan, points) if load.role == "fit"]
    bad = [found for load in fit for found in _against(load, points, entries)]
    if len(fit) - len(bad) < plan.rules.valid_share * len(fit):
        yield from _together(bad)
    for first, again, change in drifts(plan, points):
        if abs(change) > plan.rules.drift:
            said = f"time per token changed by {change:+.1%} between {first} and {again}"
            yield Reason(code="drift", said=said)


def left_out(plan: CalibrationPlan, entries: Sequence[Entry]) -> Iterator[str]:
    """Points that the record does without, in words."""
    points = points_of(entries)
    for load in _begun_or_needed(plan, points):
        for found in _against(load, points, entries):
            yield f"left out: {found.said}"
    for first, again, change in drifts(plan, points):
        yield f"time per token changed by {change:+.1%} between {first} and {again}"


def _begun_or_needed(
    plan: CalibrationPlan, points: Mapping[str, MeasuredPoint]
) -> tuple[Load, ...]:
    """Points that may speak against a run: a spare one without time for it is no fault."""
    return tuple(load for load in plan.points if not load.spare or load.id in points)


def is_stopped(entries: Sequence[Entry]) -> bool:
    """Whether a signal or its time ended the run; the points it lacks are no fault then."""
    return bool(entries) and entries[-1]["kind"] in {INTERRUPTED, TIME_UP}


def is_overload(load: Load, point: MeasuredPoint) -> bool:
    """Whether a held-out point lay above capacity: it is then left out, which is no fault."""
    return load.role == "held_out" and point.judged.saturated


def drifts(
    plan: CalibrationPlan, points: Mapping[str, MeasuredPoint]
) -> Iterator[tuple[str, str, float]]:
    """First point, repeated point, and the relative change of the time per token between them."""
    for load in plan.points:
        if load.role != "repeat":
            continue
        first = next((p for p in plan.points if p.role != "repeat" and same_load(p, load)), None)
        pair = [points.get(load.id), None if first is None else points.get(first.id)]
        found = [point.judged.figures for point in pair if point is not None]
        if first is not None and len(found) == 2 and found[0] is not None and found[1] is not None:
            yield first.id, load.id, found[0].mean_tpot_ms / found[1].mean_tpot_ms - 1


def is_unsteady(
    plan: CalibrationPlan, point: MeasuredPoint, points: Mapping[str, MeasuredPoint]
) -> bool:
    """Whether nothing but unrest speaks against a point, so that it may be better next time."""
    codes = {reason.code for reason in point.judged.reasons}
    if codes:
        return codes <= UNSTEADY
    moved = {again: abs(change) for _, again, change in drifts(plan, points)}
    return moved.get(point.id, 0.0) > plan.rules.drift


def same_load(one: Load, other: Load) -> bool:
    """Whether two points put the server under the same load."""
    not_load = {"id", "role", "purpose", "requests", "seed", "expected_s", "spare"}
    return one.model_dump(exclude=not_load) == other.model_dump(exclude=not_load)


def verdict_error(reasons: Sequence[Reason]) -> RecordInvalidError:
    """Refusal to use a run, with what to change."""
    return RecordInvalidError(
        *(Problem(reason.code, "", reason.said, remedy(reason)) for reason in reasons)
    )


def remedy(reason: Reason) -> str:
    """What to change, for a point or a run with this reason against it."""
    code = reason.code
    if code == "point_invalid":
        codes = [part.split(":")[0].strip() for part in reason.said.split(": ", 1)[1].split(";")]
        code = next((one for one in codes if one in POINT_REMEDIES), code)
    return POINT_REMEDIES.get(code, "See run.json.")


def _together(reasons: Sequence[Reason]) -> Iterator[Reason]:
    """One reason for all points that the same thing kept from being measured."""
    points: dict[tuple[str, str], list[str]] = {}
    for reason in reasons:
        point, was_not_measured, why = reason.said.partition(NOT_MEASURED)
        if was_not_measured:
            points.setdefault((reason.code, why), []).append(point)
        else:
            yield reason
    for (code, why), names in points.items():
        count = f"{len(names)} points" if len(names) > MOST_NAMED else ", ".join(names)
        yield Reason(code=code, said=f"{count}{NOT_MEASURED}{why}")


def _against(
    load: Load, points: Mapping[str, MeasuredPoint], entries: Sequence[Entry]
) -> Iterator[Reason]:
    """Why a point is not used; nothing where it is, or where the run has only not come to it."""
    point = points.get(load.id)
    if point is not None:
        if point.judged.verdict == "INVALID" and not is_overload(load, point):
            yield Reason(code="point_invalid", said=f"{load.id}: {point.reasons_text}")
        return
    lost = points_of(entries, "lost").get(load.id)
    if lost is not None:
        reason = lost.judged.reasons[0]
        yield Reason(code=reason.code, said=f"{load.id}{NOT_MEASURED}{reason.said}")
        return
    if is_stopped(entries):
        return
    refused = next((entry for entry in reversed(entries) if entry["kind"] == "refused"), None)
    if refused is not None:
        said = f"{load.id}{NOT_MEASURED}{refused['said']}"
        yield Reason(code=str(refused["code"]), said=said)
        return
    yield Reason(code="missing", said=f"{load.id}{NOT_MEASURED}the run ended before")
