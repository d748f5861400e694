"""How requests move to your own servers: step by step, and who answers the rest meanwhile."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from pricing.clashes import ClashError
from pricing.provenance import Record
from pricing.quantities import Fraction, Months
from tco.question.hybrids import BASELINE
from tco.words.figures import as_entered


class MovedShare(Record):
    """From a month on, a share of the requests has moved."""

    from_month: Months
    """First month of it, counted from 1."""
    share: Annotated[Fraction, Field(gt=0)]
    """Share of all requests that are answered by the new side from then on."""


class Rollout(Record):
    """A move that takes months: one side takes over what the other still answers."""

    moved: Annotated[tuple[MovedShare, ...], Field(min_length=1, max_length=120)]
    """Shares by month; before the first of them nothing has moved, and nothing new is paid for."""
    meanwhile: Annotated[str, Field(max_length=1_000)] = BASELINE
    """Key of the option that answers what has not moved: an API, such as
    ``together/llama-3.3-70b/standard``, or own servers rented by the hour, such as
    ``self-hosted/H100 on demand``; ``baseline`` is what you do today."""

    @property
    def first_month(self) -> int:
        """First month in which anything has moved, counted from 1."""
        return self.moved[0].from_month

    @property
    def at_once(self) -> bool:
        """Whether all requests have moved from the first month on, so that nobody else answers."""
        return self.first_month == 1 and self.moved[0].share == 1

    def share_by_month(self, months: int) -> list[float]:
        """Share of the requests that has moved, in months 1 to n [1]."""
        return [
            max((step.share for step in self.moved if step.from_month <= month), default=0.0)
            for month in range(1, months + 1)
        ]

    @model_validator(mode="after")
    def _only_grows(self) -> Self:
        for place, (before, step) in enumerate(pairwise(self.moved), 1):
            for key, more in (("from_month", "later"), ("share", "larger")):
                given, last = getattr(step, key), getattr(before, key)
                if given <= last:
                    raise ClashError(
                        f"moved.{place}.{key}",
                        given,
                        f"must be {more} than that of the step before it, {as_entered(last)}",
                        f"Give a {more} one, or leave the step out.",
                    )
        return self
