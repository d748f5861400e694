"""Facts that carry their source: the base record, who says so, and since when."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

Confidence = Literal["high", "medium", "low"]


class Record(BaseModel):
    """A fact or a question from outside: closed to unknown keys, to NaN and to change."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Source(Record):
    """Who says so, and when it was read."""

    name: str
    """Document, page or file, as its publisher names it."""
    url: str = ""
    """Address of the page; empty where the source has none."""
    as_of: str
    """Date the source carries, ISO where it has a day; 'undated' where it has none."""
    confidence: Confidence = "high"
    note: str = ""


class Effective(Record):
    """A half-open span of days, by UTC date: ``since`` is in it, ``until`` is not."""

    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            msg = f"since {self.since} must lie before until {self.until}"
            raise ValueError(msg)
        return self

    def covers(self, day: date) -> bool:
        """Whether the span holds on `day`."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )
