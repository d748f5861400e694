"""Numbers from outside, each with its unit and its limits, as pydantic field types.

All are strict: text, ``True`` and not-a-number are refused, never converted.
"""

from typing import Annotated

from annotated_types import Ge, Gt, Interval
from pydantic import Strict

from pricing.units import Unit

Usd = Annotated[float, Strict(), Unit("USD"), Ge(0)]
UsdPerHour = Annotated[float, Strict(), Unit("USD/h"), Ge(0)]
UsdPerMonth = Annotated[float, Strict(), Unit("USD/month"), Ge(0)]
UsdPerKwh = Annotated[float, Strict(), Unit("USD/kWh"), Ge(0)]
UsdPerGb = Annotated[float, Strict(), Unit("USD/GB"), Ge(0)]
UsdPerKwMonth = Annotated[float, Strict(), Unit("USD/kW-month"), Ge(0)]
Fraction = Annotated[float, Strict(), Unit("1"), Interval(ge=0, le=1)]
Ratio = Annotated[float, Strict(), Unit("1"), Gt(0)]
Multiple = Annotated[float, Strict(), Unit("1"), Ge(1)]
GrowthRate = Annotated[float, Strict(), Unit("1"), Interval(gt=-1, le=10)]
Count = Annotated[int, Strict(), Unit("1"), Ge(0)]
Whole = Annotated[int, Strict(), Unit("1"), Ge(1)]
Tokens = Annotated[float, Strict(), Unit("token"), Gt(0), Interval(le=10_000_000)]
TokenLimit = Annotated[int, Strict(), Unit("token"), Ge(1)]
RequestsPerMonth = Annotated[float, Strict(), Unit("request/month"), Interval(gt=0, le=1e12)]
RequestsPerMinute = Annotated[float, Strict(), Unit("request/min"), Interval(gt=0, le=1e9)]
Minutes = Annotated[float, Strict(), Unit("min"), Interval(gt=0, le=44_640)]
Milliseconds = Annotated[float, Strict(), Unit("ms"), Gt(0)]
WaitMinutes = Annotated[float, Strict(), Unit("min"), Interval(ge=0, le=10_080)]
Months = Annotated[int, Strict(), Unit("month"), Interval(ge=1, le=120)]
Years = Annotated[float, Strict(), Unit("year"), Interval(gt=0, le=15)]
Engineers = Annotated[float, Strict(), Unit("FTE"), Interval(ge=0, le=1_000)]
Kilowatts = Annotated[float, Strict(), Unit("kW"), Gt(0)]
Gigabytes = Annotated[float, Strict(), Unit("GB"), Ge(0)]
