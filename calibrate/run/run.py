"""A run from its plan to its verdict, and from where it stopped to its end."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calibrate.files import refusing_io, require_space, write_whole
from calibrate.plan.by_number import with_cpu
from calibrate.plan.plan import CalibrationPlan, read_plan
from calibrate.run.journal import JOURNAL, SEAL, Entry, Journal, read_journal
from calibrate.run.lock import hold
from calibrate.run.point import Reason
from calibrate.run.raw_rows import ROWS
from calibrate.run.server_lifetime import Options
from calibrate.run.session import Session
from calibrate.run.time_left import missing_points
from calibrate.run.verdict import is_stopped, run_reasons
from hardware_profiles import Library
from pricing.errors import InputError, Problem

PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    plan: CalibrationPlan
    entries: tuple[Entry, ...]
    reasons: tuple[Reason, ...]
    """Why the run is INVALID; empty where it is VALID."""
    finished: bool = True
    """Whether every point was measured that has to be."""


def start_run(plan: CalibrationPlan, folder: Path, options: Options) -> Outcome:
    """Run a plan into a new folder.

    Raises
    ------
    InputError
        If the model is neither known nor confirmed, or the folder holds another plan.
    PlannerError
        As `Session.run`.
    """
    require_known_model(plan, options)
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
    return Outcome(plan, entries, tuple(run_reasons(plan, entries)), not missing)


def server_of_run(folder: Path) -> str | None:
    """Address of the running server that a run was measured on; None where it started its own.

    Raises
    ------
    StorageError
        If the journal cannot be read, or was changed.
    """
    if not (folder / JOURNAL).exists():
        return None
    servers = [e for e in read_journal(folder / JOURNAL).entries if e["kind"] == "server"]
    return str(servers[-1]["base_url"]) or None if servers else None


def outcome_so_far(folder: Path) -> Outcome:
    """What a run that was stopped, or is over, has come to.

    Raises
    ------
    StorageError
        If plan or journal cannot be read, or the journal was changed.
    """
    plan = read_plan(folder / PLAN)
    contents = read_journal(folder / JOURNAL)
    entries = tuple(entry for entry in contents.entries if entry["kind"] != SEAL)
    finished = contents.sealed or (is_stopped(entries) and not missing_points(plan, entries))
    return Outcome(plan, entries, tuple(run_reasons(plan, entries)), finished)


def require_known_model(plan: CalibrationPlan, options: Options) -> None:
    """Serve only a model of the library, or one that was named twice."""
    spec = plan.server
    if options.base_url is not None:
        return
    known = {model.hf_id for model in with_cpu(Library.load()).models.values()}
    if spec.model in known or spec.model == options.confirmed_model:
        return
    raise InputError(
        Problem(
            "server.model",
            spec.model,
            "is not in the library, and a model's files decide what runs on this machine",
            f"If it is the one meant, add --confirm-model {spec.model}",
        )
    )
