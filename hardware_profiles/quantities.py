"""Numbers that only machines have, each with its unit and its limits, as pydantic field types."""

from typing import Annotated

from annotated_types import Ge, Gt, Interval
from pydantic import Strict

from pricing.units import Unit

TerabytesPerSecond = Annotated[float, Strict(), Unit("TB/s"), Gt(0)]
GigabytesPerSecond = Annotated[float, Strict(), Unit("GB/s"), Gt(0)]
Teraflops = Annotated[float, Strict(), Unit("TFLOPS"), Gt(0)]
Watts = Annotated[float, Strict(), Unit("W"), Gt(0)]
Gigabytes = Annotated[float, Strict(), Unit("GB"), Gt(0)]
Parameters = Annotated[int, Strict(), Unit("parameter"), Ge(1)]
Gpus = Annotated[int, Strict(), Unit("GPU"), Interval(ge=1, le=256)]
KvElements = Annotated[int, Strict(), Unit("element/token"), Ge(0)]
Users = Annotated[int, Strict(), Unit("user/month"), Ge(1)]
StepMilliseconds = Annotated[float, Strict(), Unit("ms"), Ge(0)]
MillisecondsPerToken = Annotated[float, Strict(), Unit("ms/token"), Ge(0)]
MillisecondsPerToken2 = Annotated[float, Strict(), Unit("ms/token²"), Ge(0)]
MillisecondsPerSequence = Annotated[float, Strict(), Unit("ms/sequence"), Ge(0)]
RelativeError = Annotated[float, Strict(), Unit("1"), Ge(0)]
SignedError = Annotated[float, Strict(), Unit("1")]
LogCovariance = Annotated[float, Strict(), Unit("1")]
Sequences = Annotated[float, Strict(), Unit("sequence"), Ge(0)]
TokenCount = Annotated[float, Strict(), Unit("token"), Ge(0)]
AssumedValue = Annotated[float, Strict(), Unit("see unit"), Ge(0)]
