"""The digest of a calibration record: what it says is what was written, or it is refused.

It is of the content and not of the bytes: a file that was indented anew is the same record.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

KEY: Final = "content_sha256"


def content_digest(document: Mapping[str, object]) -> str:
    """SHA-256 of a record's document, its own digest aside."""
    text = json.dumps(
        without_digest(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def with_digest(document: Mapping[str, object]) -> dict[str, object]:
    """Build the same document with the digest of what it says."""
    return {**without_digest(document), KEY: content_digest(document)}


def without_digest(document: Mapping[str, object]) -> dict[str, object]:
    """Everything that a record's document says but its digest."""
    return {key: value for key, value in document.items() if key != KEY}
