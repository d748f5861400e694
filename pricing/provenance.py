"""Facts that carry their source: the base record, who says so, and since when."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pricing.printable import has_controls

Name = Annotated[str, Field(max_length=200)]
"""What a model, a seller, a machine or a record is called."""
ShortText = Annotated[str, Field(max_length=10_000)]
"""What a person wrote about something."""
Confidence = Literal["high", "medium", "low"]
_FIRST_TO_SEE_A_DAY: Final = timedelta(hours=14)
"""Ahead of UTC, where a day begins first."""


def is_to_come(day: date) -> bool:
    """Whether a day has begun nowhere yet, so that nothing was read on it."""
    return day > (datetime.now(UTC) + _FIRST_TO_SEE_A_DAY).date()


class Record(BaseModel):
    """A fact or a question from outside: closed to unknown keys, to NaN and to change."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    def __eq__(self, other: object) -> bool:
        """Compare kind and values; pydantic looks for extras too, which no record has."""
        return self is other or (type(self) is type(other) and self.__dict__ == other.__dict__)

    @field_validator("*")
    @classmethod
    def _is_only_shown(cls, value: object) -> object:
        """Refuse text that a terminal would obey."""
        if isinstance(value, str):
            refused = has_controls(value)
        elif isinstance(value, tuple):
            refused = any([has_controls(text) for text in value if isinstance(text, str)])
        else:
            return value
        if refused:
            msg = "must not hold control characters"
            raise ValueError(msg)
        return value


class Source(Record):
    """Who says so, and when it was read."""

    name: str
    """Document, page or file, as its publisher names it."""
    url: str = ""
    """Address of the page; empty where the source has none."""
    as_of: str
    """Date the source carries, ISO where it has a day; 'undated' where it has none."""
    undated: bool = False
    """True: `as_of` is the day of a list, and when the row was last checked is not stated."""
    confidence: Confidence = "high"
    """How far it may be trusted."""
    note: str = ""
    """What a reader must know."""

    @property
    def day(self) -> date | None:
        """Day it is of; None where `as_of` names none."""
        try:
            return date.fromisoformat(self.as_of[:10])
        except ValueError:
            return None
