"""How a log's requests are spread: over lengths, over the week, over the busiest minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal, Self

import duckdb

from pricing.usage_sum import DEFAULT_LIFETIME
from tco.own_data.usage.engine import quoted
from tco.own_data.usage.usage_log import UsagePart

PROBABILITIES: Final = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_EXACT_UP_TO: Final = 2_000_000
"""Rows up to which quantiles are exact; beyond, each is within a thousandth of its rank."""


TimeTold = Literal["day", "hour", "minute"]
"""How finely rows say when their requests were sent."""


@dataclass(frozen=True, slots=True)
class LengthClass:
    """Requests of one band and kind, and how long they were."""

    band: int
    """Number of the rate card's edges that their input lies beyond."""
    reads_cache: bool
    requests: float
    input_tokens: float
    cached_tokens: float
    written: Mapping[str, float]
    """Tokens written to a cache, by how long they are kept; `DEFAULT_LIFETIME` where that is not
    told."""
    output_tokens: float
    input_quantiles: tuple[float, ...]
    """At `PROBABILITIES`; empty where single requests are not told [token]."""
    output_quantiles: tuple[float, ...]

    @property
    def written_tokens(self) -> float:
        """Tokens written to a cache, however long they are kept."""
        return sum(self.written.values())

    def part(self, share: float) -> Self:
        """Build that of a share of the requests, as long as all of them are."""
        return replace(
            self,
            requests=share * self.requests,
            input_tokens=share * self.input_tokens,
            cached_tokens=share * self.cached_tokens,
            written={life: share * tokens for life, tokens in self.written.items()},
            output_tokens=share * self.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """Requests in one hour of the week, Monday 00:00 first."""

    hour: int
    requests: int


@dataclass(frozen=True, slots=True)
class BusiestMinute:
    """The minute with the most requests, and its hour."""

    requests: int
    in_its_hour: int

    @property
    def over_its_hour(self) -> float:
        """Requests of the minute over the mean minute of its hour [1]."""
        return max(1.0, self.requests * 60 / self.in_its_hour)


@dataclass(frozen=True, slots=True)
class DayOfLog:
    """Requests on one day."""

    day: date
    requests: int


def those_of(part: UsagePart, names: Sequence[tuple[str, str, str, str]]) -> str:
    """Query of a part's rows that bear one of the names (provider, model, tier, residency)."""
    listed = ", ".join(f"({', '.join(map(quoted, name))})" for name in names)
    told = ", ".join(f"coalesce({n}, '')" for n in ("provider", "model", "tier", "residency"))
    return (
        f"SELECT * FROM ({part.rows}) WHERE fault = 0 AND standing = '' AND ({told}) IN ({listed})"
    )


def names_told(
    connection: duckdb.DuckDBPyConnection, part: UsagePart
) -> list[tuple[str, str, str, str]]:
    """Provider, model, tier and residency of the rows, each combination once."""
    told = ", ".join(f"coalesce({n}, '')" for n in ("provider", "model", "tier", "residency"))
    rows = connection.execute(
        f"SELECT DISTINCT {told} FROM ({part.rows}) WHERE fault = 0 ORDER BY ALL"
    ).fetchall()
    return [(str(p), str(m), str(t), str(r)) for p, m, t, r in rows]


def length_classes(
    connection: duckdb.DuckDBPyConnection, rows: str, edges: Sequence[int], *, single: bool
) -> list[LengthClass]:
    """Requests by band and by whether they read a cache.

    Parameters
    ----------
    edges
        Longest input of each band but the last [token].
    single
        Whether every row is one request.
    """
    band = " + ".join(f"({'input' if single else 'longest'} > {e})::INT" for e in edges) or "0"
    points = ", ".join(str(p) for p in PROBABILITIES)
    count = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()
    exact = single and bool(count) and count[0] <= _EXACT_UP_TO  # type: ignore[index]
    how = "quantile_cont" if exact else "approx_quantile"
    spread = f"{how}(input, [{points}]), {how}(output, [{points}])" if single else "[], []"
    found = connection.execute(
        f"SELECT {band} AS b, cached > 0 AS c, coalesce(sum(requests), 0), sum(input), sum(cached),"
        f" sum(written), sum(written_5m), sum(written_1h), sum(output), {spread}, min(input),"
        f" max(input), min(output), max(output) FROM ({rows}) GROUP BY b, c ORDER BY b, c"
    ).fetchall()
    return [_length_class(row, single=single) for row in found]


def _length_class(row: Sequence[Any], *, single: bool) -> LengthClass:
    band, reads, requests, sent, cached, *written, answered, inputs, outputs = row[:11]
    ends = row[11:]
    if single:
        inputs = [ends[0], *inputs[1:-1], ends[1]]
        outputs = [ends[2], *outputs[1:-1], ends[3]]
    return LengthClass(
        band=int(band),
        reads_cache=bool(reads),
        requests=int(requests),
        input_tokens=int(sent),
        cached_tokens=int(cached),
        written=dict(zip((DEFAULT_LIFETIME, "5m", "1h"), map(int, written), strict=True)),
        output_tokens=int(answered),
        input_quantiles=tuple(float(v) for v in inputs),
        output_quantiles=tuple(float(v) for v in outputs),
    )


def requests_by_day(connection: duckdb.DuckDBPyConnection, rows: str) -> list[DayOfLog]:
    """Requests on every day that has some, in order."""
    found = connection.execute(
        f"SELECT CAST(moment AS DATE) AS day, coalesce(sum(requests), 0) FROM ({rows})"
        " WHERE moment IS NOT NULL GROUP BY day ORDER BY day"
    ).fetchall()
    return [DayOfLog(day, int(count)) for day, count in found]


def time_told(
    connection: duckdb.DuckDBPyConnection, rows: str, *, within_an_hour: bool
) -> TimeTold:
    """How finely the rows tell time; midnights, full hours or one hour a day are no finer time.

    Parameters
    ----------
    within_an_hour
        Whether what each row adds up was sent in the hour that its time tells.
    """
    found = connection.execute(
        "SELECT bool_or(alone), bool_or(minutes), bool_or(hours), max(most) FROM (SELECT"
        " bool_or(day_alone) AS alone, bool_or(moment <> date_trunc('hour', moment)) AS minutes,"
        " bool_or(moment <> date_trunc('day', moment)) AS hours,"
        f" count(DISTINCT hour(moment)) AS most FROM ({rows}) WHERE moment IS NOT NULL"
        " GROUP BY CAST(moment AS DATE))"
    ).fetchone()
    alone, minutes, hours, most = found or (None, False, False, 0)
    if alone is not False or not hours or not (within_an_hour or most > 1):
        return "day"
    return "minute" if minutes else "hour"


def ends_of(connection: duckdb.DuckDBPyConnection, rows: str) -> tuple[datetime, datetime]:
    """First and last moment of rows that tell some, in UTC."""
    query = f"SELECT min(moment), max(moment) FROM ({rows})"
    ((first, last),) = connection.execute(query).fetchall()
    return first, last


def requests_by_hour(connection: duckdb.DuckDBPyConnection, rows: str) -> list[HourOfWeek]:
    """Requests in every hour of the week that has some, Monday 00:00 UTC first."""
    found = connection.execute(
        "SELECT (isodow(moment) - 1) * 24 + hour(moment) AS h, coalesce(sum(requests), 0)"
        f" FROM ({rows}) WHERE moment IS NOT NULL GROUP BY h ORDER BY h"
    ).fetchall()
    return [HourOfWeek(int(hour), int(count)) for hour, count in found]


def busiest_minute(connection: duckdb.DuckDBPyConnection, rows: str) -> BusiestMinute | None:
    """Minute with the most requests; None where nothing tells when they were."""
    found = connection.execute(
        "SELECT n, h FROM (SELECT n, sum(n) OVER (PARTITION BY date_trunc('hour', m)) AS h FROM"
        f" (SELECT date_trunc('minute', moment) AS m, sum(requests) AS n FROM ({rows})"
        " WHERE moment IS NOT NULL GROUP BY m)) ORDER BY n DESC, h LIMIT 1"
    ).fetchone()
    return BusiestMinute(int(found[0]), int(found[1])) if found and found[0] else None
