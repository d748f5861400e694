"""A finished run looked at again: every byte, every figure, every gate."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calibrate.files import read_file
from calibrate.fitting.record import record_text
from calibrate.plan.plan import CalibrationPlan
from calibrate.result.assemble import assemble
from calibrate.result.own_record import own_record
from calibrate.run.point import MeasuredPoint, points_of
from calibrate.run.raw_rows import read_rows
from calibrate.run.run import outcome_so_far
from calibrate.run.steady_window import figures, open_window
from calibrate.run.verdict import is_stopped
from hardware_profiles import CalibrationRecord, Library
from hardware_profiles.calibration import read_record
from hardware_profiles.fingerprint import Difference, Fingerprint, differences, fingerprint_of
from pricing.errors import Problem, RecordInvalidError


@dataclass(frozen=True, slots=True)
class Validated:
    """A run whose files agree with each other."""

    record: CalibrationRecord
    grade: str
    remarks: tuple[str, ...]
    differences: tuple[Difference, ...]


def validate_run(folder: Path, library: Library, meant: Fingerprint) -> Validated:
    """Work out the record again from the raw rows and compare it byte by byte.

    Raises
    ------
    RecordInvalidError
        Naming every file that is not what the journal says, and every rule that is broken.
    StorageError
        If a file cannot be read, or the journal was changed.
    """
    outcome = outcome_so_far(folder)
    problems: list[Problem] = []
    if not outcome.finished and not is_stopped(outcome.entries):
        problems.append(_problem("journal", "is not finished: resume the run"))
    for load_id, point in points_of(outcome.entries).items():
        problems += _row_problems(folder, load_id, point, outcome.plan)
    problems += [_problem(reason.code, reason.said) for reason in outcome.reasons]
    found = assemble(outcome, library) if not problems else ()
    if isinstance(found, tuple):
        raise RecordInvalidError(*problems, *(_problem(r.code, r.said) for r in found))
    record = own_record(outcome, found)
    problems = [_problem(reason.code, reason.said) for reason in found.reasons]
    path = folder / f"{record.id}.json"
    if read_file(path, "record") != record_text(record).encode():
        problems.append(_problem(path.name, "is not what the measured points give"))
    if problems:
        raise RecordInvalidError(*problems)
    flags = tuple(differences(fingerprint_of(record), meant))
    return Validated(record, found.grade, found.remarks, flags)


def read_record_file(path: Path) -> CalibrationRecord:
    """Read one record; one of a newer schema is refused by its number.

    Raises
    ------
    InputError
        Naming what is wrong.
    StorageError
        If the file cannot be read.
    """
    return read_record(read_file(path, "record"), path.name)


def _row_problems(
    folder: Path, load_id: str, point: MeasuredPoint, plan: CalibrationPlan
) -> Iterator[Problem]:
    if point.rows is None:
        yield _problem(load_id, "has no raw rows")
        return
    digest = hashlib.sha256(read_file(folder / point.rows.file, "rows")).hexdigest()
    if digest != point.rows.sha256:
        yield _problem(point.rows.file, "is not as it was written: its digest differs")
        return
    if all(load.id != load_id for load in plan.points):
        yield _problem(load_id, "is not a point of the plan")
        return
    window = open_window(read_rows(folder, point), point.sent)
    if (figures(window) if window else None) != point.judged.figures:
        yield _problem(load_id, "its figures are not what its raw rows give")


def _problem(field: str, said: str) -> Problem:
    return Problem(field, "", said, "Measure again, or restore the files.")
