"""A finished run looked at again: every byte, every figure, every gate."""

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calibrate.files import digest_of, read_document, read_file
from calibrate.plan.plan import CalibrationPlan
from calibrate.result.assemble import assemble
from calibrate.result.compare import otherwise, software
from calibrate.result.own_record import RUN, own_record
from calibrate.run.point import MeasuredPoint, points_of
from calibrate.run.raw_rows import read_rows
from calibrate.run.run import outcome_so_far
from calibrate.run.steady_window import figures, open_window
from calibrate.run.verdict import is_stopped, remedy
from hardware_profiles import CalibrationRecord, Library
from hardware_profiles.calibration import read_record
from hardware_profiles.fingerprint import Difference, Fingerprint, differences, fingerprint_of
from pricing.errors import Problem, RecordInvalidError

ROUNDING: Final = 1e-9
MOST_PROBLEMS: Final = 20
RESTORE: Final = "Measure again, or restore the files."


@dataclass(frozen=True, slots=True)
class Validated:
    """A run whose files agree with each other."""

    record: CalibrationRecord
    grade: str
    remarks: tuple[str, ...]
    differences: tuple[Difference, ...]


def validate_run(folder: Path, library: Library, meant: Fingerprint) -> Validated:
    """Work out the record again from the raw rows, and compare every figure.

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
        going_on = f"Go on with: tco-calibrate resume {shlex.quote(str(folder))}"
        problems.append(_problem("journal", "is not finished", going_on))
    for load_id, point in points_of(outcome.entries).items():
        problems += _row_problems(folder, load_id, point, outcome.plan)
    problems += [_problem(reason.code, reason.said, remedy(reason)) for reason in outcome.reasons]
    found = assemble(outcome, library) if not problems else ()
    if isinstance(found, tuple):
        raise RecordInvalidError(*problems, *(_problem(r.code, r.said, remedy(r)) for r in found))
    record = own_record(outcome, found)
    problems = [_problem(reason.code, reason.said, remedy(reason)) for reason in found.reasons]
    kept = _kept_record(folder, record.id)
    moved = _software_moved(kept)
    problems += [
        _problem(f"{kept.id}.json", f"is not what the measured points give{moved}: {place}")
        for place in otherwise(_compared(kept), _compared(record))
    ]
    if problems:
        raise RecordInvalidError(*problems[:MOST_PROBLEMS])
    flags = tuple(differences(fingerprint_of(kept), meant))
    return Validated(kept, found.grade, (*found.remarks, *_software_notes(kept)), flags)


def _kept_record(folder: Path, name: str) -> CalibrationRecord:
    """The record as the run wrote it; one that was changed since is refused."""
    content = read_file(folder / f"{name}.json", "record")
    account = read_document(folder / RUN, "account")
    if hashlib.sha256(content).hexdigest() != account.get("record_sha256"):
        raise RecordInvalidError(
            _problem(f"{name}.json", "is not as it was written: its digest differs")
        )
    return read_record(content, name)


def _compared(record: CalibrationRecord) -> dict[str, object]:
    """What has to be the same wherever it is worked out."""
    document = record.model_dump(mode="json")
    document["run"].pop("software", None)
    return document


def _software_notes(record: CalibrationRecord) -> Iterator[str]:
    """Versions that differ from those the record was worked out with."""
    here = software()
    for setting in record.run.software if record.run else ():
        now = here.get(setting.name, "none")
        if now != setting.value:
            yield f"worked out with {setting.name} {setting.value}, checked with {now}"


def _software_moved(record: CalibrationRecord) -> str:
    moved = "; ".join(_software_notes(record))
    return f" ({moved})" if moved else ""


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
    if digest_of(folder / point.rows.file, "rows") != point.rows.sha256:
        yield _problem(point.rows.file, "is not as it was written: its digest differs")
        return
    if all(load.id != load_id for load in plan.points):
        yield _problem(load_id, "is not a point of the plan")
        return
    window = open_window(read_rows(folder, point), point.sent)
    found = figures(window) if window else None
    mine = found and found.model_dump(mode="json")
    kept = point.judged.figures and point.judged.figures.model_dump(mode="json")
    if any(otherwise(mine, kept, tolerance=ROUNDING)):
        yield _problem(load_id, "its figures are not what its raw rows give")


def _problem(field: str, said: str, remedy: str = RESTORE) -> Problem:
    return Problem(field, "", said, remedy)
