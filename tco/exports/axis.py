"""An axis: its ends, its round values, and how a figure on it is written."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """Ends of an axis, what it measures, and how a figure on it is written."""

    low: float
    high: float
    title: str
    write: Callable[[float], str]
    log: bool = False

    @classmethod
    def around(
        cls,
        values: Sequence[float],
        title: str,
        write: Callable[[float], str],
        *,
        log: bool = False,
    ) -> "Axis":
        """Axis that holds every value, with a little room at both ends."""
        low, high = min(values), max(values)
        if log:
            return cls(low / 1.15, high * 1.15, title, write, True)
        room = 0.08 * (high - low) or abs(high) * 0.1 or 1.0
        return cls(low - room, high + room, title, write)

    def share(self, value: float) -> float:
        """Place of a value between the ends [1]."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values between the ends, at most a dozen; the lower end where there is none."""
        if self.high <= self.low:
            return [self.low]
        decades = list(_log_ticks(self.low, self.high)) if self.log else []
        found = decades or list(_ticks(self.low, self.high)) or [self.low]
        step = math.ceil(len(found) / 12)
        return found[::step]


def _log_ticks(low: float, high: float) -> Iterator[float]:
    for decade in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for digit in (1, 2, 5):
            value = float(f"{digit}e{decade}")
            if low <= value <= high:
                yield value


def _ticks(low: float, high: float) -> Iterator[float]:
    rough = (high - low) / 8
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * digit for digit in (1, 2, 5, 10) if size * digit >= rough)
    for number in range(math.ceil(low / step), math.floor(high / step) + 1):
        yield number * step
