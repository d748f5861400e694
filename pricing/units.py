"""The units the planner counts in, and the constants that turn one into another."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit a number is measured in, such as ``USD/Mtok``."""

    symbol: str


TOKENS_PER_MTOK: Final = 1_000_000
HOURS_PER_YEAR: Final = 8_760.0  # 365 days; leap days are ignored throughout
HOURS_PER_MONTH: Final = HOURS_PER_YEAR / 12  # 730, the clouds' billing month
HOURS_PER_WEEK: Final = 168
MINUTES_PER_HOUR: Final = 60
SECONDS_PER_HOUR: Final = 3_600.0
SECONDS_PER_MONTH: Final = HOURS_PER_MONTH * SECONDS_PER_HOUR
MONTHS_PER_YEAR: Final = 12
BYTES_PER_GB: Final = 1e9
