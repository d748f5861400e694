"""From the tables to what is handed out, and the seal of a signed version."""

import hashlib
import json
from dataclasses import asdict, replace

from pricing.errors import InputError, Problem, StorageError
from tco.question.files import canonical_json, scenario_from
from tco.question.scenario import Scenario
from tco.store.records import Answer, Kept, Loaded, Note, Version
from tco.store.tables import NoteRow, ScenarioRow, VersionRow


def kept(row: ScenarioRow) -> Kept:
    """One scenario with all its versions."""
    return Kept(
        id=row.id,
        name=row.name,
        revision=row.revision,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        versions=tuple(_version(version) for version in row.versions),
    )


def loaded(row: ScenarioRow, version: VersionRow) -> Loaded:
    """One version with its scenario and notes.

    Raises
    ------
    StorageError
        If a signed version was changed by other means than the planner.
    InputError
        If it holds what this planner no longer accepts.
    """
    if version.seal is not None and version.seal != seal(version):
        limit = f"version {version.number} is not what was signed off: it was changed outside"
        raise StorageError(Problem(row.name, "", limit, "Restore the store from a backup."))
    return Loaded(
        kept=kept(row),
        version=_version(version),
        scenario=_scenario(row, version),
        notes={note.field: _note(note) for note in version.notes},
    )


def copied(note: NoteRow) -> NoteRow:
    """Carry a note over to another version, with its author and date."""
    return NoteRow(
        field=note.field, text=note.text, written_at=note.written_at, written_by=note.written_by
    )


def answer_text(answer: Answer) -> str:
    """Write an answer's headline figures."""
    return canonical_json(asdict(answer))


def seal(version: VersionRow) -> str:
    """SHA-256 of all that is signed: scenario, answer, comments, notes, who and when."""
    signed = {
        "number": version.number,
        "document": version.document,
        "answer": version.answer,
        "comment": version.comment,
        "sign_off": version.sign_off,
        "signed_by": version.signed_by,
        "signed_at": version.signed_at.isoformat() if version.signed_at else None,
        "notes": sorted([note.field, note.text, note.written_by] for note in version.notes),
    }
    return hashlib.sha256(canonical_json(signed).encode()).hexdigest()


def _version(row: VersionRow) -> Version:
    return Version(
        number=row.number,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
        comment=row.comment,
        answer=Answer(**json.loads(row.answer)),
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        sign_off=row.sign_off,
    )


def _note(row: NoteRow) -> Note:
    return Note(row.text, row.written_by, row.written_at)


def _scenario(row: ScenarioRow, version: VersionRow) -> Scenario:
    try:
        return scenario_from(json.loads(version.document))
    except InputError as error:
        told = [
            replace(p, field=f"{row.name}, version {version.number}: {p.field}")
            for p in error.problems
        ]
        raise InputError(*told) from error
