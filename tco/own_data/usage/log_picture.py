"""What a log looks like: requests by hour of the week, prompts by length, cost by day and model."""

from dataclasses import dataclass
from typing import Final

from pricing.units import HOURS_PER_WEEK
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.scenario_of_log import LogFinding, LogScenario
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.traffic_of_log import requests_by_hour
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import UsageLog

PARTS_OF_A_DOUBLING: Final = 2
"""Bars between a length and its double."""
OF_A_CLASS: Final = frozenset({"share", "input", "output", "cached_share", "cache_written_share"})
"""Values of a class of requests that a log tells, their means at least."""


@dataclass(frozen=True, slots=True)
class DayCost:
    """What one model cost on one day."""

    day: str
    model: str
    lower_usd: float
    upper_usd: float


@dataclass(frozen=True, slots=True)
class LogPicture:
    """A log, to be looked at."""

    source: str
    week: tuple[int, ...]
    """Requests in each hour of the week, Monday 00:00 UTC first; empty where hours are not told."""
    lengths: tuple[tuple[int, int], ...]
    """Longest prompt of each bar and its requests, ascending; empty where single prompts are not
    told."""
    edges: tuple[int, ...]
    """Prompt lengths beyond which a request is rated anew [token]."""
    costs: tuple[DayCost, ...]
    findings: tuple[LogFinding, ...]
    remarks: tuple[str, ...]
    """What to know of the log's bill: what may lack or count twice, what its shape leaves open."""

    def tells(self, path: str) -> bool:
        """Whether a value of the scenario, by its path, came from the log."""
        _, _, of_class = path.partition("workload.classes.")
        if of_class:
            return of_class.split(".")[1] in OF_A_CLASS
        return any(path == f.field for f in self.findings if f.from_log)


def picture_of(log: UsageLog, made: LogScenario, sellers: Sellers) -> LogPicture:
    """Look at a log that became a scenario, while it is open."""
    hours = requests_by_hour(log.connection, made.rows)
    counts = {hour.hour: hour.requests for hour in hours}
    bill = usage_bill(log, sellers, BillTerms(by=("day", "model")))
    return LogPicture(
        source=made.scenario.workload.classes[0].source,
        week=tuple(counts.get(hour, 0) for hour in range(HOURS_PER_WEEK))
        if made.time != "day"
        else (),
        lengths=_lengths(log, made.rows) if made.tells_requests else (),
        edges=_edges(made, sellers),
        costs=tuple(
            DayCost(line.group[0], line.group[1], float(line.lower_usd), float(line.upper_usd))
            for line in bill.lines
        ),
        findings=made.findings,
        remarks=made.bill.remarks,
    )


def _lengths(log: UsageLog, rows: str) -> tuple[tuple[int, int], ...]:
    found = log.connection.execute(
        f"SELECT ceil(log2(greatest(input, 1)) * {PARTS_OF_A_DOUBLING})::INT AS bar, count(*)"
        f" FROM ({rows}) GROUP BY bar ORDER BY bar"
    ).fetchall()
    return tuple(
        (round(2 ** (bar / PARTS_OF_A_DOUBLING)), int(requests)) for bar, requests in found
    )


def _edges(made: LogScenario, sellers: Sellers) -> tuple[int, ...]:
    api = made.scenario.baseline
    offer = sellers.catalogue.offer(api.provider, api.model)
    card = offer.rate_card(api.tier, on=made.scenario.prices_on, residency=api.residency)
    return tuple(band.most_input_tokens_below for band in card.bands[1:])
