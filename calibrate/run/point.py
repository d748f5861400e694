"""A measured point: what was seen of it, its figures, and every reason against it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from calibrate.load.driver import Driven
from calibrate.plan.plan import Load
from calibrate.run.steady_window import Figures
from calibrate.server.device import DeviceReading
from calibrate.server.endpoint import Counters
from pricing.provenance import Record

Verdict = Literal["VALID", "INVALID"]


class Sidecar(Record):
    """A file of raw rows beside the journal."""

    file: str
    sha256: str
    count: int


class Reason(Record):
    """One thing that is wrong with a point or a run."""

    code: str
    said: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Everything that was seen of one attempt at a point."""

    driven: Driven
    before: Counters | None
    after: Counters | None
    stopped: str
    """Why the attempt ended early; empty where it did not."""
    saturated: bool
    devices: tuple[DeviceReading, ...]
    clock_step_s: float
    """Growth of the wall clock less that of the monotonic one [s]."""
    block_size: int | None


class Judged(Record):
    """A point with its verdict."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]
    sent: int
    ok: int
    failed: int
    cancelled: int
    errors: dict[str, int]
    saturated: bool
    cached_share: float | None
    """Share of prompt tokens found in the prefix cache; None where the server does not count."""
    preemptions: float | None
    loop_lag_ms: float | None
    send_lag_ms: float | None
    goodput_share: float | None = None
    """Share of the requests that met both objectives; None where an older journal is read."""
    figures: Figures | None


class MeasuredPoint(Record):
    """One attempt at a point, as the journal keeps it."""

    kind: Literal["point", "lost"]
    """``lost`` where the server was lost under it and it was to be tried again."""
    id: str
    attempt: int
    seed: int
    driver: str
    at: str
    seconds: float
    sent: Load
    """The load as it was sent; a schedule may have been set to the speed that was met."""
    devices: tuple[DeviceReading, ...] = ()
    rows: Sidecar | None = None
    judged: Judged

    @property
    def reasons_text(self) -> str:
        """All reasons in one line."""
        return "; ".join(f"{reason.code}: {reason.said}" for reason in self.judged.reasons)


def points_of(
    entries: Sequence[Mapping[str, object]], kind: str = "point"
) -> dict[str, MeasuredPoint]:
    """Points by id; the last entry of a point counts."""
    return {
        str(entry["id"]): MeasuredPoint.model_validate_json(json.dumps(entry))
        for entry in entries
        if entry["kind"] == kind
    }
