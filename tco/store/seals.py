"""The seal of a signed version: what it covers, how it is made, and whether it still holds.

Without a key of the server the seal is a plain digest. It notices damage and careless changes; who
writes to the store and knows this file can make a new one. With a key (`SEAL_KEY_VARIABLE`) that
takes the key too, which lies outside the store.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final

from pricing.errors import InputError, Problem
from tco.question.files import canonical_json
from tco.store.tables import VersionRow

SEAL_KEY_VARIABLE: Final = "PLANNER_SEAL_KEY"
LEAST_KEY_CHARACTERS: Final = 32


def seal_key(environment: Mapping[str, str] = os.environ) -> bytes | None:
    """Key of this server; None where none is configured.

    Raises
    ------
    InputError
        If it is too short to be a secret.
    """
    key = environment.get(SEAL_KEY_VARIABLE, "")
    if key and len(key) < LEAST_KEY_CHARACTERS:
        limit = f"has fewer than {LEAST_KEY_CHARACTERS} characters"
        raise InputError(
            Problem(SEAL_KEY_VARIABLE, "", limit, "Give random characters, the same to all.")
        )
    return key.encode() or None


def seal(version: VersionRow, key: bytes | None) -> str:
    """SHA-256 of all that is signed: scenario, answer, comments, notes, who and when.

    With a key it is an HMAC (RFC 2104), and covers which scenario the version belongs to.
    """
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
    if key is None:
        return hashlib.sha256(canonical_json(signed).encode()).hexdigest()
    content = canonical_json({**signed, "scenario": version.scenario_id})
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def claims_a_signature(version: VersionRow) -> bool:
    """Whether any trace of a signature stands in the row."""
    return any((version.signed_at, version.signed_by, version.seal, version.sign_off))


def is_broken(version: VersionRow, key: bytes | None) -> bool:
    """Whether a version claims to be signed and its seal is missing, or is not the one it had."""
    if not claims_a_signature(version):
        return False
    complete = version.signed_at is not None and version.signed_by and version.seal
    return not (complete and hmac.compare_digest(str(version.seal), seal(version, key)))
