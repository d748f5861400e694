"""Requests a month from the days a log covers, and what that month rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pricing.figures import grouped
from pricing.units import HOURS_PER_MONTH
from tco.own_data.usage.fitting import WEEKS_PER_MONTH, whole_weeks
from tco.own_data.usage.traffic_of_log import DayOfLog
from tco.words.figures import plural

_DAYS_OF_A_WEEK: Final = 7
_MOSTLY: Final = 0.9
"""Share of its days that a log's moments cover where its first and last day count as whole."""


@dataclass(frozen=True, slots=True)
class LogVolume:
    """How many requests a month a log stands for."""

    requests: int
    days: Sequence[DayOfLog]
    ends: tuple[datetime, datetime] | None
    """First and last moment, where hours are told."""

    @property
    def hours(self) -> int:
        """Hours from the first day to the last, both whole [h]."""
        return ((self.days[-1].day - self.days[0].day).days + 1) * 24

    @property
    def per_month(self) -> float:
        """Requests a month, every day like those of the log."""
        return self.requests * HOURS_PER_MONTH / self.hours

    @property
    def limits(self) -> str:
        """What the log does not tell of a month; empty where that is little."""
        said = []
        if self.ends is not None and (seen := self._seen) < _MOSTLY * self.hours:
            first, last = (end.isoformat(" ", "minutes") for end in self.ends)
            alike = grouped(self.requests * HOURS_PER_MONTH / seen)
            said.append(
                f"its first and last day count as whole, though its requests lie between {first} "
                f"and {last} UTC; were all hours like those, there would be {alike} a month"
            )
        if self.hours < _DAYS_OF_A_WEEK * 24:
            said.append("every week is taken to be like these days, fewer than a week")
        if empty := self.hours // 24 - len(self.days):
            said.append(f"{plural(empty, 'day')} between them without requests count as such")
        return "; ".join(said)

    def said(self, *, grows: bool) -> str:
        """The volume, from what, and how far it holds.

        Parameters
        ----------
        grows
            Whether a growth is counted on from it.
        """
        days = plural(self.hours / 24, "day")
        said = [f"{grouped(self.per_month)}: {plural(self.requests, 'request')} in {days}"]
        if grows:
            now = grouped(whole_weeks(self.days)[-1] * WEEKS_PER_MONTH)
            said.append(
                f"growth is counted on from this mean; the last whole week had {now} a month"
            )
        return "; ".join(filter(None, (*said, self.limits)))

    @property
    def _seen(self) -> float:
        """Hours between the first moment and the last, in full hours [h]."""
        assert self.ends is not None
        first, last = (end.replace(minute=0, second=0, microsecond=0) for end in self.ends)
        return (last - first).total_seconds() / 3600 + 1
