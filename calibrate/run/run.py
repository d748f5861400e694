"""A run from its plan to its verdict, and from where it stopped to its end."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calibrate.files import refusing_io, require_space, write_whole
from calibrate.plan.plan import CalibrationPlan, Load, read_plan
from calibrate.run.journal import JOURNAL, Entry, Journal
from calibrate.run.lock import hold
from calibrate.run.point import MeasuredPoint, Reason, points_of
from calibrate.run.raw_rows import ROWS
from calibrate.run.server_lifetime import Options
from calibrate.run.session import Session, missing_points
from hardware_profiles import Library
from pricing.errors import InputError, Problem, RecordInvalidError

PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    plan: CalibrationPlan
    entries: tuple[Entry, ...]
    reasons: tuple[Reason, ...]
    """Why the run is INVALID; empty where it is VALID."""


def start_run(
    plan: CalibrationPlan, folder: Path, options: Options, *, confirmed_model: str = ""
) -> Outcome:
    """Run a plan into a new folder.

    Raises
    ------
    InputError
        If the model is neither known nor confirmed, or the folder holds another plan.
    PlannerError
        As `Session.run`.
    """
    require_known_model(plan, confirmed_model, options)
    with refusing_io(folder, "out"):
        (folder / ROWS).mkdir(parents=True, exist_ok=True)
    with hold(folder):
        kept = folder / PLAN
        if kept.exists() and read_plan(kept).id != plan.id:
            raise InputError(
                Problem("out", str(folder), "holds a run of another plan", "Choose another folder.")
            )
        require_space(folder)
        write_whole(kept, (plan.model_dump_json(indent=1) + "\n").encode())
        return _carry_out(plan, folder, options)


def resume_run(folder: Path, options: Options) -> Outcome:
    """Measure what a run left undone; nothing that was finished is repeated.

    Raises
    ------
    StorageError
        If the folder holds no plan.
    PlannerError
        As `Session.run`.
    """
    plan = read_plan(folder / PLAN)
    with hold(folder):
        require_space(folder)
        return _carry_out(plan, folder, options)


def _carry_out(plan: CalibrationPlan, folder: Path, options: Options) -> Outcome:
    with Journal.open(folder / JOURNAL) as journal:
        if journal.torn_bytes:
            options.tell(f"an unfinished entry of {journal.torn_bytes} bytes was dropped")
        if missing_points(plan, journal.entries, again=options.again):
            asyncio.run(Session(plan, folder, journal, options).run())
        missing = missing_points(plan, journal.entries)
        if not missing and not journal.is_sealed:
            journal.seal()
        entries = journal.entries
    return Outcome(plan, entries, tuple(run_reasons(plan, entries)))


def run_reasons(plan: CalibrationPlan, entries: Sequence[Entry]) -> Iterator[Reason]:
    """Everything that makes a run INVALID."""
    points = points_of(entries)
    for load in plan.points:
        point = points.get(load.id)
        if point is None:
            yield _missing(load.id, entries)
        elif point.judged.verdict == "INVALID" and not is_overload(load, point):
            yield Reason(code="point_invalid", said=f"{load.id}: {point.reasons_text}")
    yield from _drift(plan, points)


def is_overload(load: Load, point: MeasuredPoint) -> bool:
    """Whether a held-out point lay above capacity: it is then left out, which is no fault."""
    return load.role == "held_out" and point.judged.saturated


def require_known_model(plan: CalibrationPlan, confirmed: str, options: Options) -> None:
    """Serve only a model of the library, or one that was named twice."""
    spec = plan.server
    if options.base_url is not None:
        return
    known = {model.hf_id: model for model in Library.load().models.values()}
    if spec.model in known or spec.model == confirmed:
        return
    raise InputError(
        Problem(
            "server.model",
            spec.model,
            "is not in the library, and a model's files decide what runs on this machine",
            f"If it is the one meant, add --confirm-model {spec.model}",
        )
    )


def verdict_error(reasons: Sequence[Reason]) -> RecordInvalidError:
    """Refusal to use a run."""
    return RecordInvalidError(
        *(
            Problem(reason.code, "", reason.said, "See the journal and the server's log.")
            for reason in reasons
        )
    )


def _missing(point: str, entries: Sequence[Entry]) -> Reason:
    """Why a point was not measured."""
    lost = points_of(entries, "lost").get(point)
    if lost is not None:
        reason = lost.judged.reasons[0]
        return Reason(code=reason.code, said=f"{point} was not measured: {reason.said}")
    for entry in reversed(entries):
        if entry["kind"] == "refused":
            said = f"{point} was not measured: {entry['said']}"
            return Reason(code=str(entry["code"]), said=said)
    return Reason(code="missing", said=f"{point} was not measured")


def _drift(plan: CalibrationPlan, points: Mapping[str, MeasuredPoint]) -> Iterator[Reason]:
    """The repeated point against its first run."""
    for load in plan.points:
        if load.role != "repeat":
            continue
        first = next((p for p in plan.points if p.role != "repeat" and same_load(p, load)), None)
        pair = [points.get(load.id), None if first is None else points.get(first.id)]
        found = [point.judged.figures for point in pair if point is not None]
        if first is None or len(found) < 2 or found[0] is None or found[1] is None:
            continue
        change = found[0].mean_tpot_ms / found[1].mean_tpot_ms - 1
        if abs(change) > plan.rules.drift:
            said = f"time per token changed by {change:+.1%} between {first.id} and {load.id}"
            yield Reason(code="drift", said=said)


def same_load(one: Load, other: Load) -> bool:
    """Whether two points put the server under the same load."""
    left_out = {"id", "role", "purpose", "requests", "seed"}
    return one.model_dump(exclude=left_out) == other.model_dump(exclude=left_out)
