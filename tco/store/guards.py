"""What the store refuses to write, each with its reason."""

from typing import Final

from pricing.errors import InputError, Problem
from tco.store.errors import ConflictError
from tco.store.seals import claims_a_signature
from tco.store.tables import ScenarioRow, VersionRow
from tco.words.figures import plural, whole

TEXT_CHARACTERS: Final = 2_000
"""Longest note or comment."""


def numbered(row: ScenarioRow, number: int | None) -> VersionRow:
    """Look up a version, the latest when none is named."""
    if number is None:
        return row.versions[-1]
    found = next((version for version in row.versions if version.number == number), None)
    if found is None:
        limit = f"has versions 1 to {whole(len(row.versions))}"
        raise InputError(Problem("version", str(number), limit, "Choose one of them."))
    return found


def unlocked(version: VersionRow) -> None:
    """Refuse to change what is signed off."""
    if claims_a_signature(version):
        day = f" on {version.signed_at.date()}" if version.signed_at else ""
        limit = f"is signed off by {version.signed_by or 'nobody'}{day} and locked"
        remedy = "Save a new version and change that."
        raise InputError(Problem("version", str(version.number), limit, remedy))


def conflict(reason: str) -> ConflictError:
    """Refuse a change by somebody who has not seen the latest one."""
    return ConflictError(Problem("scenario", "", reason, "Load it again and repeat your change."))


def plain_text(field: str, value: str, most: int, *, needed: bool = False) -> str:
    """Accept text that every database holds as it is."""
    if needed and not value.strip():
        raise InputError(Problem(field, "", "must not be empty", "Write something."))
    if len(value) > most:
        limit = f"has {plural(len(value), 'character')}, at most {whole(most)} are kept"
        raise InputError(Problem(field, "", limit, "Shorten it."))
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        limit = "holds characters that are no text"
        raise InputError(Problem(field, "", limit, "Type it again."))
    return value
