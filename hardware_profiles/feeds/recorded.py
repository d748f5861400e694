"""Lists that somebody fetched: a folder of files and `sources.toml`, which says what each is.

A file is read only where its digest is the one that was written down when it was fetched, so that
one that was cut short or edited since is refused.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from annotated_types import MinLen
from pydantic import StringConstraints, TypeAdapter, ValidationError, field_validator

from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from pricing.parsing import parse_toml
from pricing.provenance import Name, Record, is_to_come
from pricing.text_files import read_text

SOURCES_FILE: Final = "sources.toml"
_PATTERN_OF_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_DAY: Final = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?")
_TOO_LARGE: Final = "Keep the rows of the machines in feeds.toml, and the header."

Form = Literal["skypilot", "aws-ec2", "azure-retail", "vantage"]


class FeedSource(Record):
    """One list: which file it is, in whose form, from where and of which day."""

    file: Annotated[str, StringConstraints(pattern=_PATTERN_OF_NAME)]
    """Name of a file in the same folder."""
    form: Form
    """Whose list it is: SkyPilot's catalogue, AWS's price list for EC2, Azure's retail prices, or
    what Vantage copies of AWS's."""
    provider: Name
    """Seller whose machines it lists."""
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
    """Address it was fetched from."""
    as_of: Annotated[str, StringConstraints(min_length=4, max_length=60)]
    """Day it is of, or that it was fetched on; its month or year, or words, where none is known."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """Digest of the file."""

    @field_validator("as_of")
    @classmethod
    def _is_no_day_to_come(cls, told: str) -> str:
        if not told[0].isdigit():
            return told
        found = _DAY.fullmatch(told)
        try:
            begins = date.fromisoformat("".join(found.groups("-01") if found else ()))
        except ValueError:
            msg = "must be a day, such as 2026-11-27, or start with a word, such as undated"
            raise ValueError(msg) from None
        if is_to_come(begins):
            msg = "must not lie in the future"
            raise ValueError(msg)
        return told


@dataclass(frozen=True, slots=True)
class Recorded:
    """A list as it was fetched."""

    source: FeedSource
    text: str

    def problem(self, where: str, value: str, limit: str, remedy: str = "") -> Problem:
        """Say what is wrong in it."""
        field = f"{self.source.file}: {where}" if where else self.source.file
        return Problem(field, value, limit, remedy or "Fetch it again, or leave it out.")


def read_recorded(folder: Path) -> tuple[Recorded, ...]:
    """Read every list that a folder's `sources.toml` names.

    Raises
    ------
    InputError
        Naming every list that is misdescribed, missing, or not the file that was fetched.
    """
    path = folder / SOURCES_FILE
    try:
        document = parse_toml(read_text(path))
    except ValueError as error:
        problem = Problem(SOURCES_FILE, "", f"is not TOML: {error}", "Correct the file.")
        raise InputError(problem) from error
    sources = _sources(document)
    lists = tuple(
        Recorded(one, read_text(folder / one.file, too_large=_TOO_LARGE)) for one in sources
    )
    problems = [*_other_files(folder, lists), *_twice(sources)]
    if problems:
        raise InputError(*problems)
    return lists


def _sources(document: dict[str, object]) -> tuple[FeedSource, ...]:
    adapter = TypeAdapter(Annotated[tuple[FeedSource, ...], MinLen(1)])
    unknown = sorted({*document} - {"sources"})
    if unknown:
        limit = "is no key of this file"
        raise InputError(Problem(SOURCES_FILE, unknown[0], limit, "Write [[sources]] alone."))
    try:
        return adapter.validate_python(document.get("sources", ()))
    except ValidationError as error:
        raise InputError(*_faults(error)) from error


def _faults(error: ValidationError) -> Iterator[Problem]:
    for found in problems_in(error, "", "Correct the entry.", lambda _: FeedSource.model_fields):
        keys = f"sources.{found.field}".removesuffix(".")
        yield replace(found, field=f"{SOURCES_FILE}: {keys}")


def _other_files(folder: Path, lists: tuple[Recorded, ...]) -> Iterator[Problem]:
    for one in lists:
        found = hashlib.sha256((folder / one.source.file).read_bytes()).hexdigest()
        if found != one.source.sha256:
            limit = f"is not the file that was fetched: its sha256 should be {one.source.sha256}"
            remedy = "Fetch it again, or write its digest down if you mean this file."
            yield one.problem("sha256", found, limit, remedy)


def _twice(sources: tuple[FeedSource, ...]) -> Iterator[Problem]:
    names = [one.file for one in sources]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Problem(f"{SOURCES_FILE}: file", name, "is named twice", "Remove one entry.")
