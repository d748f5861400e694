"""How a calibration of one's own was carried out: the server, the accelerators, every load."""

from typing import Literal

from hardware_profiles.quantities import RelativeError
from pricing.provenance import Record
from pricing.quantities import Count, Fraction, TokenLimit, Whole


class AcceleratorState(Record):
    """One kind of accelerator as the driver described it over the run."""

    name: str
    count: Whole
    sm_mhz_low: float | None
    """Lowest clock that was read while points were measured [MHz]; None where never read."""
    sm_mhz_high: float | None
    sm_mhz_most: float | None
    """Highest clock the driver allows [MHz]."""
    power_limit_w: float | None
    """Power cap per accelerator [W]."""
    power_high_w: float | None
    """Highest draw that was read [W]."""
    temperature_high_c: float | None


class Moments(Record):
    """Mean and mean square of the lengths that were really sent or answered [token, token²]."""

    mean: float
    mean_square: float


class Predicted(Record):
    """What the fitted curve says of one load."""

    requests_per_second: float
    mean_ttft_ms: float
    mean_tpot_ms: float


class HeldOutErrors(Record):
    """Mean absolute relative errors over the loads that the fit never saw [1]."""

    throughput: RelativeError
    tpot: RelativeError
    ttft: RelativeError


class MeasuredLoad(Record):
    """One load point: what was asked for, what came of it, and where its raw rows lie."""

    id: str
    role: Literal["fit", "held_out", "repeat"]
    verdict: Literal["VALID", "INVALID"]
    """INVALID only where a held-out load lay above capacity and was left out."""
    driver: str
    """What sent the load."""
    attempts: Whole
    input_tokens: TokenLimit
    output_tokens: TokenLimit
    concurrency: Whole | None
    requests_per_second: float | None
    cached_share: Fraction
    """Share of prompt tokens that were meant to be found in the prefix cache."""
    cached_share_found: float | None
    requests: Count
    input_moments: Moments | None
    output_moments: Moments | None
    answered_per_second: float | None
    rate_se: RelativeError | None
    output_tokens_per_second: float | None
    mean_ttft_ms: float | None
    mean_tpot_ms: float | None
    goodput_share: Fraction | None
    """Share of its requests that met both objectives of the run."""
    predicted: Predicted | None
    """What the fitted curve says of it; None where the load took no part in fit or check."""
    rows: str
    """File of raw rows, beside the record."""
    rows_sha256: str


class Setting(Record):
    """One setting as the engine printed it."""

    name: str
    value: str


class RunFacts(Record):
    """Everything that decided how quick the replica was found to be."""

    plan: str
    """Digest of the plan."""
    verdict: Literal["VALID"]
    """A run that is INVALID leaves no record."""
    grade: Literal["validated", "provisional"]
    remarks: tuple[str, ...]
    """Why it is no better than provisional."""
    next_steps: tuple[str, ...]
    """What would make it better."""
    held_out_errors: HeldOutErrors | None
    """None where no load was held out."""
    goodput_ttft_ms: float
    """First token within which a request counts as goodput [ms]."""
    goodput_tpot_ms: float
    """The same for the time per token [ms]."""
    argv: tuple[str, ...]
    """Command of the server; empty where it ran already."""
    base_url: str
    """Address of a server that ran already."""
    revision: str
    """Revision of the model; empty where a folder was served."""
    max_model_len: int | None
    cache_config: tuple[Setting, ...]
    """Settings of the cache as the engine resolved them."""
    engine_config: tuple[Setting, ...] = ()
    """What the server said of itself and of its model, and where; empty where it said nothing."""
    accelerators: tuple[AcceleratorState, ...]
    """Empty where no driver was asked, as on CPU or on another machine."""
    loads: tuple[MeasuredLoad, ...]
    software: tuple[Setting, ...] = ()
    """Versions of what the fit was worked out with; empty in older records."""
