"""Numbers from outside, each with its unit and its limits, as pydantic field types.

All are strict: text, ``True`` and not-a-number are refused, never converted. Each has an upper
limit far above what anybody pays or sends, and far below what arithmetic loses: a value beyond it
is a mistake of units.
"""

from typing import Annotated, Final

from annotated_types import Interval
from pydantic import Strict

from pricing.units import Unit

Usd = Annotated[float, Strict(), Unit("USD"), Interval(ge=0, le=1e10)]
UsdPerHour = Annotated[float, Strict(), Unit("USD/h"), Interval(ge=0, le=1e6)]
UsdPerMonth = Annotated[float, Strict(), Unit("USD/month"), Interval(ge=0, le=1e9)]
UsdPerKwh = Annotated[float, Strict(), Unit("USD/kWh"), Interval(ge=0, le=10)]
UsdPerGb = Annotated[float, Strict(), Unit("USD/GB"), Interval(ge=0, le=1_000)]
UsdPerKwMonth = Annotated[float, Strict(), Unit("USD/kW-month"), Interval(ge=0, le=100_000)]
Fraction = Annotated[float, Strict(), Unit("1"), Interval(ge=0, le=1)]
Ratio = Annotated[float, Strict(), Unit("1"), Interval(gt=0, le=1e9)]
Multiple = Annotated[float, Strict(), Unit("1"), Interval(ge=1, le=1_000)]
GrowthRate = Annotated[float, Strict(), Unit("1"), Interval(gt=-1, le=10)]
Count = Annotated[int, Strict(), Unit("1"), Interval(ge=0, le=10**15)]
Whole = Annotated[int, Strict(), Unit("1"), Interval(ge=1, le=10**15)]
Tokens = Annotated[float, Strict(), Unit("token"), Interval(ge=1e-3, le=10_000_000)]
TokenLimit = Annotated[int, Strict(), Unit("token"), Interval(ge=1, le=1_000_000_000)]
LEAST_REQUESTS_PER_MONTH: Final = 1e-3
MOST_REQUESTS_PER_MONTH: Final = 1e12
RequestsPerMonth = Annotated[
    float,
    Strict(),
    Unit("request/month"),
    Interval(ge=LEAST_REQUESTS_PER_MONTH, le=MOST_REQUESTS_PER_MONTH),
]
RequestsPerMinute = Annotated[float, Strict(), Unit("request/min"), Interval(gt=0, le=1e9)]
Minutes = Annotated[float, Strict(), Unit("min"), Interval(gt=0, le=44_640)]
Milliseconds = Annotated[float, Strict(), Unit("ms"), Interval(gt=0, le=1e9)]
Hours = Annotated[float, Strict(), Unit("h"), Interval(ge=0, le=1e6)]
WaitMinutes = Annotated[float, Strict(), Unit("min"), Interval(ge=0, le=10_080)]
Months = Annotated[int, Strict(), Unit("month"), Interval(ge=1, le=120)]
Years = Annotated[float, Strict(), Unit("year"), Interval(ge=1 / 12, le=15)]
YearsUsed = Annotated[float, Strict(), Unit("year"), Interval(ge=0, le=15)]
Engineers = Annotated[float, Strict(), Unit("FTE"), Interval(ge=0, le=1_000)]
Kilowatts = Annotated[float, Strict(), Unit("kW"), Interval(gt=0, le=10_000)]
Gigabytes = Annotated[float, Strict(), Unit("GB"), Interval(ge=0, le=1e9)]
