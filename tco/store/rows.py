"""From the tables to what is handed out; what was signed is held to its seal."""

from dataclasses import asdict, replace
from typing import Final

from pricing.errors import InputError, Problem, StorageError
from pricing.parsing import parse_json
from tco.question.files import canonical_json, scenario_from
from tco.question.scenario import Scenario
from tco.store.digests import document_holds, holds
from tco.store.records import Answer, Kept, Loaded, LoggedChange, Note, Version
from tco.store.seals import is_broken
from tco.store.tables import ChangeRow, NoteRow, ScenarioRow, VersionRow

RESTORE: Final = "Restore the store from a backup."


def kept(row: ScenarioRow, key: bytes | None) -> Kept:
    """One scenario with all its versions; where it is damaged itself, so are all of them."""
    damaged = not _is_whole(row)
    return Kept(
        id=row.id,
        name=row.name,
        revision=row.revision,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        versions=tuple(
            _version(version, key, damaged=damaged or not holds(version))
            for version in row.versions
        ),
    )


def loaded(row: ScenarioRow, version: VersionRow, key: bytes | None) -> Loaded:
    """One version with its scenario and notes.

    Raises
    ------
    StorageError
        If a signed version was changed by other means than the planner, or it cannot be read.
    InputError
        If it holds what this planner no longer accepts.
    """
    whole = kept(row, key)
    as_saved(row, version, key)
    return Loaded(
        kept=whole,
        version=next(each for each in whole.versions if each.number == version.number),
        scenario=_scenario(row, version),
        notes={note.field: _note(note) for note in version.notes},
    )


def logged(row: ChangeRow) -> LoggedChange:
    """One line of the change log.

    Raises
    ------
    ValueError
        If it is not what was written.
    """
    if not holds(row):
        msg = f"a line of the change log is not what was written on {row.at}"
        raise ValueError(msg)
    return LoggedChange(row.at, row.who, row.what, row.version, row.detail)  # type: ignore[arg-type]


def copied(note: NoteRow) -> NoteRow:
    """Carry a note over to another version, with its author and date; it was looked at before."""
    return NoteRow(
        field=note.field, text=note.text, written_at=note.written_at, written_by=note.written_by
    )


def answer_text(answer: Answer) -> str:
    """Write an answer's headline figures."""
    return canonical_json(asdict(answer))


def as_saved(row: ScenarioRow, version: VersionRow, key: bytes | None) -> VersionRow:
    """Give a version back, unless it is not what was saved, or not what was signed.

    Raises
    ------
    StorageError
        If its seal is missing or broken, or a digest does not hold: its own, that of its document,
        of its notes or of its scenario, or a version of that went missing.
    """
    if is_broken(version, key):
        raise _seal_broken(row, version)
    digests_hold = all(map(holds, (version, *version.notes))) and document_holds(version)
    if not (_is_whole(row) and digests_hold):
        limit = f"version {version.number} is not what was saved: a digest does not hold"
        raise StorageError(Problem(row.name, "", limit, RESTORE))
    return version


def _is_whole(row: ScenarioRow) -> bool:
    """Whether a scenario is what was written, and none of its versions went missing."""
    numbers = [version.number for version in row.versions]
    return holds(row) and numbers == list(range(1, len(numbers) + 1))


def _seal_broken(row: ScenarioRow, version: VersionRow) -> StorageError:
    limit = f"version {version.number} is not what was signed off: its seal does not hold"
    remedy = "Restore the store from a backup, or give this server the key it was sealed with."
    return StorageError(Problem(row.name, "", limit, remedy))


def _version(row: VersionRow, key: bytes | None, *, damaged: bool) -> Version:
    return Version(
        number=row.number,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
        comment=row.comment,
        answer=_answer(row),
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        sign_off=row.sign_off,
        broken=is_broken(row, key),
        damaged=damaged,
    )


def _answer(row: VersionRow) -> Answer:
    """Answer a version was saved with; one that cannot be read says so in its headline."""
    try:
        return Answer(**parse_json(row.answer))
    except (ValueError, TypeError):
        return Answer.unreadable()


def _note(row: NoteRow) -> Note:
    return Note(row.text, row.written_by, row.written_at)


def _scenario(row: ScenarioRow, version: VersionRow) -> Scenario:
    try:
        return scenario_from(parse_json(version.document))
    except ValueError as error:
        limit = f"version {version.number} is damaged: {error}"
        raise StorageError(Problem(row.name, "", limit, RESTORE)) from error
    except InputError as error:
        told = [
            replace(p, field=f"{row.name}, version {version.number}: {p.field}")
            for p in error.problems
        ]
        raise InputError(*told) from error
