"""A plan: what is served, which loads it is put under, and when a point counts."""

import hashlib
import math
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from annotated_types import Gt, Interval
from pydantic import Field, Strict, ValidationError, model_validator

from calibrate.files import read_file
from calibrate.plan.server_spec import ServerSpec
from hardware_profiles.language_model import Precision
from hardware_profiles.quantities import Gpus, RelativeError
from pricing.errors import InputError
from pricing.faults import problems_in
from pricing.provenance import Record
from pricing.quantities import Count, Fraction, Milliseconds, TokenLimit, UsdPerHour, Whole
from pricing.units import MINUTES_PER_HOUR, Unit

SECONDS_PER_MINUTE: Final = 60.0
LONGEST_DRAW: Final = 4.0  # times the mean, so that every request fits the context

EVEN_SPREAD: Final = 0.1
"""Share of the mean by which even lengths are longer or shorter, where nothing else is said."""

PointId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
Seconds = Annotated[float, Strict(), Unit("s"), Gt(0)]
RequestRate = Annotated[float, Strict(), Unit("request/s"), Gt(0)]
Minutes = Annotated[float, Strict(), Unit("min"), Gt(0)]
Spread = Annotated[float, Strict(), Unit("1"), Interval(ge=0, lt=1)]
Role = Literal["fit", "held_out", "repeat"]


class Load(Record):
    """One load point: requests of one shape, sent one way."""

    id: PointId
    role: Role
    purpose: str = ""
    input_tokens: TokenLimit
    output_tokens: Annotated[int, Strict(), Unit("token"), Interval(ge=2)]
    lengths: Literal["even", "lognormal"] = "even"
    spread: Spread = EVEN_SPREAD
    """Half-width of even lengths over their mean, or coefficient of variation of lognormal ones."""
    cached_share: Fraction = 0.0
    """Share of each prompt that was sent before."""
    concurrency: Whole | None = None
    """Clients that each send as soon as they are answered."""
    requests_per_second: RequestRate | None = None
    """Rate of requests that are sent whatever the server does, Poisson."""
    rate_of: PointId | None = None
    """Point whose measured rate decides the rate of a schedule; `requests_per_second` is then
    what is expected, and what is sent where that point came to nothing."""
    rate_share: Fraction | None = None
    """Share of that rate."""
    requests: Whole
    """A closed loop sends at least so many and goes on until its window is full; a schedule counts
    so many and goes on until they are answered."""
    seed: Count
    expected_s: Seconds | None = None
    """How long the point should take at the speed of the data sheet."""
    spare: bool = False
    """Measured only where the time of the plan still holds it."""

    @model_validator(mode="after")
    def _sends_one_way(self) -> Self:
        if (self.concurrency is None) == (self.requests_per_second is None):
            msg = "give either concurrency or requests_per_second"
            raise ValueError(msg)
        if (self.rate_of is None) != (self.rate_share is None):
            msg = "give rate_of and rate_share together"
            raise ValueError(msg)
        if self.rate_of is not None and not self.is_open:
            msg = "rate_of is for schedules, which have requests_per_second"
            raise ValueError(msg)
        return self

    @property
    def is_open(self) -> bool:
        """Whether requests are sent on a schedule."""
        return self.requests_per_second is not None

    @property
    def longest_share(self) -> float:
        """Longest length that is drawn over the mean [1]."""
        return LONGEST_DRAW if self.lengths == "lognormal" else 1 + self.spread

    @property
    def length_deviation(self) -> float:
        """Standard deviation of a drawn length over its mean [1]."""
        return self.spread if self.lengths == "lognormal" else self.spread / math.sqrt(3)

    def at_rate(self, requests_per_second: float) -> "Load":
        """The same schedule at another rate, over the same time."""
        assert self.requests_per_second is not None
        longer = requests_per_second / self.requests_per_second
        return self.model_copy(
            update={
                "requests_per_second": requests_per_second,
                "requests": max(round(self.requests * longer), 1),
            }
        )


class Rules(Record):
    """When a point is VALID; a plan may loosen a rule, and its record then shows that."""

    error_share: Fraction = 0.01
    output_length: RelativeError = 0.10
    """Most that the mean output may differ from the one asked for."""
    input_length: RelativeError = 0.02
    token_accounting: RelativeError = 0.001
    """Most that stream, usage and the server's counters may differ."""
    cached_share: Fraction = 0.02
    little: RelativeError = 0.05
    """Most that rate times residence may differ from the requests inside."""
    trend: RelativeError = 0.20
    """Most that times may grow over a point, where the growth is not chance."""
    send_lag_ms: Milliseconds = 50.0
    """99th percentile of the delay between the intended and the real sending."""
    send_lag_gap: RelativeError = 0.10
    """The same as a share of the mean gap between requests; the smaller of the two holds."""
    drift: RelativeError = 0.10
    """Most that the time per token of the repeated point may differ from its first run."""
    waves: Whole = 5
    """Answers per client that fill a window, however quickly they come."""
    fewest_waves: Whole = 2
    """Answers per client that fill a window of `window_s`."""
    window_s: Seconds = 30.0
    valid_share: Fraction = 0.75
    """Share of the points to fit that must be VALID; the others are left out."""
    clock_step_s: Seconds = 1.0
    held_out_invalid: RelativeError = 0.20
    """Mean error of the rate on held-out points beyond which nothing may be used."""

    def fills_window(self, answers: float, clients: int, seconds: float) -> bool:
        """Whether so many answers in so many seconds are enough for a point.

        Examples
        --------
        >>> rules = Rules()
        >>> [rules.fills_window(n, 8, s) for n, s in ((40, 3.0), (16, 30.0), (39, 29.0))]
        [True, True, False]
        """
        if answers >= self.waves * clients:
            return True
        return answers >= self.fewest_waves * clients and seconds >= self.window_s


class Patience(Record):
    """How long to wait for what."""

    start_s: Seconds = 1_800.0
    stall_s: Seconds = 60.0
    """Without a token while requests wait."""
    point_s: Seconds = 900.0
    grace_s: Seconds = 10.0
    """Between asking the server to end and killing it."""
    backoff_s: tuple[Seconds, ...] = (2.0, 8.0)
    deaths: Count = 2
    """Restarts after the server died in the middle."""
    hangs: Count = 1
    unsteady: Count = 1
    """Further attempts at a point that was not steady; the journal keeps every one."""


class CalibrationPlan(Record):
    """Everything that decides a run."""

    schema_version: Literal[1]
    model: str
    """Name in the library, or any other name; without facts the fit starts from the points."""
    precision: Precision
    accelerator: str
    device: Literal["cuda", "cpu", "remote"] = "cuda"
    experts: Count = 0
    experts_active: Count = 0
    server: ServerSpec
    points: tuple[Load, ...] = Field(min_length=1)
    warm_up_requests: Count = 8
    rules: Rules = Rules()
    patience: Patience = Patience()
    expected_minutes: Minutes | None = None
    within_minutes: Minutes | None = None
    """Time after which no further point is begun, the server's start included; a spare point is
    begun only if it should end within it."""
    usd_per_gpu_hour: UsdPerHour | None = None
    price_basis: str = ""
    expected_capacity_error: RelativeError | None = None
    """Error of the capacity for one's own load that 19 of 20 runs should stay below, if every point
    is off by its own 3 %."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = [point.id for point in self.points]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            msg = f"points must have different ids, and {', '.join(doubled)} come twice"
            raise ValueError(msg)
        longest = max(p.input_tokens + p.output_tokens for p in self.points)
        if longest > self.server.max_model_len:
            msg = f"a point needs {longest} tokens, server.max_model_len allows fewer"
            raise ValueError(msg)
        if not self.needed:
            msg = "all points are spare; at least one has to be measured whatever the time"
            raise ValueError(msg)
        return self

    @property
    def needed(self) -> tuple[Load, ...]:
        """Points without which a run is not finished."""
        return tuple(point for point in self.points if not point.spare)

    @property
    def gpus(self) -> Gpus:
        """Accelerators of the replica."""
        return self.server.tensor_parallel_size

    @property
    def id(self) -> str:
        """Digest of everything in the plan but what to expect of it, which follows from the rest.

        A field of later plans counts only where it is set: an older plan keeps its name.
        """
        points = {
            number: {"expected_s"} if point.spare else {"expected_s", "spare"}
            for number, point in enumerate(self.points)
        }
        document = self.model_dump_json(exclude={"expected_capacity_error": True, "points": points})
        return hashlib.sha256(document.encode()).hexdigest()[:16]

    @property
    def expected_usd(self) -> float | None:
        """What the accelerators cost meanwhile; None where no price is known [USD]."""
        if self.expected_minutes is None or self.usd_per_gpu_hour is None:
            return None
        return self.expected_minutes / MINUTES_PER_HOUR * self.gpus * self.usd_per_gpu_hour


def read_plan(path: Path) -> CalibrationPlan:
    """Read a plan; everything that is wrong is said at once.

    Raises
    ------
    InputError
        Naming every field that is wrong.
    StorageError
        If the file cannot be read.
    """
    return parse_plan(read_file(path, "plan"), path.name)


def parse_plan(content: bytes, where: str) -> CalibrationPlan:
    """Read the text of a plan."""
    try:
        return CalibrationPlan.model_validate_json(content)
    except ValidationError as error:
        remedy = "Correct the plan, or let tco-calibrate plan write one."
        raise InputError(*problems_in(error, where, remedy)) from None
