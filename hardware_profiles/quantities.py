"""Numbers that only machines have, each with its unit and its limits, as pydantic field types."""

from typing import Annotated

from annotated_types import Ge, Interval
from pydantic import Strict

from pricing.units import Unit

TerabytesPerSecond = Annotated[float, Strict(), Unit("TB/s"), Interval(gt=0, le=1_000)]
GigabytesPerSecond = Annotated[float, Strict(), Unit("GB/s"), Interval(gt=0, le=100_000)]
Teraflops = Annotated[float, Strict(), Unit("TFLOPS"), Interval(gt=0, le=1_000_000)]
Watts = Annotated[float, Strict(), Unit("W"), Interval(gt=0, le=100_000)]
Gigabytes = Annotated[float, Strict(), Unit("GB"), Interval(gt=0, le=100_000)]
Parameters = Annotated[int, Strict(), Unit("parameter"), Interval(ge=1, le=10**14)]
Gpus = Annotated[int, Strict(), Unit("GPU"), Interval(ge=1, le=256)]
KvElements = Annotated[int, Strict(), Unit("element/token"), Interval(ge=0, le=10**9)]
AdmittedSequences = Annotated[int, Strict(), Unit("sequence"), Interval(ge=1, le=100_000)]
AdmittedTokens = Annotated[int, Strict(), Unit("token"), Interval(ge=1, le=10_000_000)]
Users = Annotated[int, Strict(), Unit("user/month"), Interval(ge=1, le=10**11)]
StepMilliseconds = Annotated[float, Strict(), Unit("ms"), Interval(ge=0, le=600_000)]
MillisecondsPerToken = Annotated[float, Strict(), Unit("ms/token"), Interval(ge=0, le=1_000)]
MillisecondsPerToken2 = Annotated[float, Strict(), Unit("ms/token²"), Interval(ge=0, le=1)]
MillisecondsPerSequence = Annotated[float, Strict(), Unit("ms/sequence"), Interval(ge=0, le=1_000)]
RelativeError = Annotated[float, Strict(), Unit("1"), Interval(ge=0, le=100)]
SignedError = Annotated[float, Strict(), Unit("1"), Interval(ge=-100, le=100)]
LogCovariance = Annotated[float, Strict(), Unit("1"), Interval(ge=-25, le=25)]
"""Within e^5 either way: beyond it a parameter is not known at all."""
Sequences = Annotated[float, Strict(), Unit("sequence"), Interval(ge=0, le=1e6)]
TokenCount = Annotated[float, Strict(), Unit("token"), Interval(ge=0, le=1e12)]
AssumedValue = Annotated[float, Strict(), Unit("see unit"), Ge(0)]
