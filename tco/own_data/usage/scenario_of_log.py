"""A scenario from a log: what it tells of today's models, and what it cannot tell, said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pricing.errors import InputError, Problem
from pricing.figures import grouped
from pricing.offer import GLOBAL, STANDARD
from tco.own_data.usage.bill_lines import UsageBill, UsageLine
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.fitting import (
    FEWEST_WEEKS,
    FittedGrowth,
    growth_of,
    length_with_mean,
    week_of,
    whole_weeks,
)
from tco.own_data.usage.kinds_of_log import RequestKind, kinds_of, main_lifetime
from tco.own_data.usage.lines_of_log import (
    OFFERED_AS,
    TodaysLine,
    sold_on,
    some,
    todays_lines,
)
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.traffic_of_log import (
    DayOfLog,
    LengthClass,
    TimeTold,
    busiest_minute,
    ends_of,
    requests_by_day,
    requests_by_hour,
    time_told,
)
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import UsageLog
from tco.own_data.usage.volume_of_log import LogVolume
from tco.question.files import document_of, scenario_from
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass, Workload
from tco.words.figures import number, plural, share, share_change
from tco.words.markdown import cut

_MOST_BURST: Final = 100.0
_LEAST_GROWTH: Final = -0.9
_MOST_GROWTH: Final = 10.0
_TOLD: Final = 0.0005
"""Growth a month from which it shows in a tenth of a percent."""
_USUAL: Final = (STANDARD, GLOBAL)
_LONGEST_NAME: Final = 30
"""Characters of a model's name in those of its classes."""
_FEWEST_IN_AN_HOUR: Final = 60
"""Requests of its hour from which a busiest minute says more than chance."""


@dataclass(frozen=True, slots=True)
class LogFinding:
    """One value of the scenario, and how far the log tells it."""

    field: str
    said: str
    from_log: bool
    """False: the log cannot tell it, and what stands there is a default."""


@dataclass(frozen=True, slots=True)
class LogScenario:
    """What a log became."""

    scenario: Scenario
    findings: tuple[LogFinding, ...]
    bill: UsageBill
    """Of the whole log, by `OFFERED_AS`."""
    lines: tuple[UsageLine, ...]
    """Lines of the bill that the scenario is about, the dearest first."""
    days: tuple[DayOfLog, ...]
    rows: str
    """Query of the rows it is about, while the log is open."""
    tells_requests: bool
    """Whether each of those rows is one request."""
    time: TimeTold
    """How finely they tell time."""


@dataclass(frozen=True, slots=True)
class ScenarioTerms:
    """How a scenario is asked for."""

    start: Scenario
    """Where everything that is no traffic comes from."""
    name: str = "From your log"
    models: tuple[str, ...] = ()
    """``provider/model/tier`` or ``provider/model/tier/residency`` to be asked about, the dearest
    of its regions where none is said; all of the log when left out."""
    requests: int | None = None
    """How many requests the files hold, where they do not tell."""
    prices_on: date | None = None
    """Day whose prices are asked for; that of `start`, or the last of a later log."""


def scenario_of_log(log: UsageLog, sellers: Sellers, terms: ScenarioTerms) -> LogScenario:
    """Turn a log into a scenario.

    Raises
    ------
    InputError
        Nothing in it has a price, it counts no requests and none are given, or what it tells is
        beyond what a scenario holds.
    PriceError
        Its price changes with the hour.
    """
    bill = usage_bill(log, sellers, BillTerms(by=OFFERED_AS))
    told = todays_lines(log, sellers, bill, terms.models)
    days = requests_by_day(log.connection, _all_rows(told))
    on = terms.prices_on or max([terms.start.prices_on, *(day.day for day in days[-1:])])
    sold = sold_on(told, sellers, on)
    kinds = kinds_of(log, sellers, sold, on)
    lines = tuple(one for one in sold if any(kind.line is one for kind in kinds))
    if not lines:
        limit = "every request failed, or was answered by a cache of the gateway"
        remedy = "Give a log with requests that were answered and paid for."
        raise InputError(Problem(", ".join(log.files), "", limit, remedy))
    rows = _all_rows(lines)
    days = requests_by_day(log.connection, rows)
    counts = all(one.line.requests and not one.line.uncounted_rows for one in lines)
    counted = terms.requests or sum(day.requests for day in days)
    if not (counted and days and (terms.requests or counts)):
        some_counted = any(one.line.requests for one in lines)
        limit = "does not count the requests of every row" if some_counted else "counts no requests"
        limit = limit if days else "tells no days"
        remedy = "Say how many there were with --requests, or give a log of requests."
        shapes = ", ".join(dict.fromkeys(one.part.shape.key for one in lines))
        raise InputError(Problem(", ".join(log.files), shapes, limit, remedy))
    within_an_hour = all(one.part.shape.tells_hours for one in lines)
    time = time_told(log.connection, rows, within_an_hour=within_an_hour)
    ends = ends_of(log.connection, rows) if time != "day" else None
    volume = LogVolume(counted, days, ends)
    work = _Work(log, lines, kinds, rows, time, volume, bill, counts)
    findings: list[LogFinding] = []
    workload = work.workload(findings)
    today = work.today
    others = terms.start.apis
    if len(lines) == 1:
        others = tuple(api for api in others if api != today)
    scenario = terms.start.model_copy(
        update={
            "name": terms.name,
            "note": work.note(findings),
            "prices_on": on,
            "workload": workload,
            "baseline": today,
            "apis": others,
            "hybrids": (),
        }
    )
    return LogScenario(
        scenario_from(document_of(scenario)),
        tuple(findings),
        bill,
        tuple(one.line for one in lines),
        tuple(days),
        rows,
        work.single,
        time,
    )


def _all_rows(lines: Sequence[TodaysLine]) -> str:
    return " UNION ALL BY NAME ".join(f"({one.rows})" for one in lines)


@dataclass(frozen=True, slots=True)
class _Work:
    """A scenario in the making."""

    log: UsageLog
    lines: Sequence[TodaysLine]
    kinds: Sequence[RequestKind]
    rows: str
    """Query of all rows it is about."""
    time: TimeTold
    volume: LogVolume
    bill: UsageBill
    counts: bool
    """Whether every row says how many requests it holds."""

    @property
    def days(self) -> Sequence[DayOfLog]:
        """Days with requests, in order."""
        return self.volume.days

    @property
    def today(self) -> ApiOption:
        """The API that is paid most, with the cache that most is written to."""
        kept = main_lifetime([kind for kind in self.kinds if kind.line is self.lines[0]])
        return self.lines[0].option.model_copy(update={"cache_lifetime": kept})

    @property
    def single(self) -> bool:
        """Whether every row is one request."""
        return all(one.part.shape.tells_requests for one in self.lines)

    def source(self, *lines: TodaysLine) -> str:
        """Whose figures those of some lines are, with the rows they were read from."""
        files = self.log.files
        named = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
        first, last = self.days[0].day, self.days[-1].day
        shapes = some(dict.fromkeys(one.part.shape.key for one in lines))
        rows = plural(sum(one.line.rows for one in lines), "row")
        return f"your log: {named} ({shapes}), {first} to {last}, {rows}"

    def workload(self, findings: list[LogFinding]) -> Workload:
        """Traffic of the log, with every finding noted."""
        first = self.lines[0]
        for name, value in zip(OFFERED_AS, first.line.group, strict=True):
            findings.append(LogFinding(f"baseline.{name}", value, True))
        if self.today.cache_lifetime:
            findings.append(LogFinding("baseline.cache_lifetime", self.today.cache_lifetime, True))
        growth = growth_of(self.days)
        volume = self.volume.said(grows=growth is not None and abs(growth.per_month) >= _TOLD)
        findings.append(LogFinding("workload.requests_per_month", volume, True))
        return Workload(
            requests_per_month=self.volume.per_month,
            growth_per_month=self._growth(growth, findings),
            profile=self._week(findings),
            peak_within_hour=self._burst(findings),
            classes=self._classes(findings),
        )

    def _growth(self, growth: FittedGrowth | None, findings: list[LogFinding]) -> float:
        if growth is None:
            few = len(whole_weeks(self.days)) < FEWEST_WEEKS
            why = "fewer than four whole weeks" if few else "a whole week without requests"
            findings.append(
                LogFinding("workload.growth_per_month", f"none is assumed: {why}", False)
            )
            return 0.0
        held = min(max(growth.per_month, _LEAST_GROWTH), _MOST_GROWTH)
        told = f"{share_change(growth.per_month)} a month"
        said = f"{told}, standard error {share(growth.standard_error)}"
        if held != growth.per_month:
            said = f"{share_change(held)} a month, as far as a scenario goes: the log tells {said}"
        findings.append(LogFinding("workload.growth_per_month", said, True))
        return held

    def _week(self, findings: list[LogFinding]) -> str | tuple[float, ...]:
        hours = requests_by_hour(self.log.connection, self.rows)
        week = week_of(hours, self.days) if self.time != "day" else None
        if week is None or not any(week):
            why = "tells days and no hours" if self.time == "day" else "covers no whole week"
            said = f"business-hours is assumed: the log {why}"
            findings.append(LogFinding("workload.profile", said, False))
            return "business-hours"
        findings.append(LogFinding("workload.profile", "168 hours of the week, UTC", True))
        return week

    def _burst(self, findings: list[LogFinding]) -> float:
        told = self.single and self.time == "minute"
        busiest = busiest_minute(self.log.connection, self.rows) if told else None
        if busiest is None or busiest.in_its_hour < _FEWEST_IN_AN_HOUR:
            assumed = float(Workload.model_fields["peak_within_hour"].default)
            said = f"{assumed} is assumed: too few requests, or no minutes, are told"
            findings.append(LogFinding("workload.peak_within_hour", said, False))
            return assumed
        held = min(busiest.over_its_hour, _MOST_BURST)
        said = (
            f"{number(held)} times the mean minute of its hour: {grouped(busiest.requests)} of "
            f"{grouped(busiest.in_its_hour)} requests in the busiest minute"
        )
        if held != busiest.over_its_hour:
            said += (
                f"; they are {number(busiest.over_its_hour)} times, beyond what a scenario holds"
            )
        findings.append(LogFinding("workload.peak_within_hour", said, True))
        return held

    def _classes(self, findings: list[LogFinding]) -> tuple[RequestClass, ...]:
        found = self.kinds
        if not self.counts:
            whole = sum(_tokens(kind.lengths) for kind in found) or 1
            found = [
                replace(
                    kind,
                    lengths=replace(
                        kind.lengths, requests=self.volume.requests * _tokens(kind.lengths) / whole
                    ),
                )
                for kind in found
            ]
        single = self.single
        said = "by band and cache" if single else "means alone: their spread is assumed (cv 1)"
        if len(self.lines) > 1:
            said = f"by model and {said}" if single else f"by model, {said}"
        findings.append(
            LogFinding(
                "workload.classes", f"{plural(len(found), 'class', 'classes')}, {said}", single
            )
        )
        kept = [kind for kind in found if kind.lengths.requests]
        total = sum(kind.lengths.requests for kind in kept)
        shares = [kind.lengths.requests / total for kind in kept[:-1]]
        shares.append(1 - sum(shares))
        return tuple(self._class(kind, part) for kind, part in zip(kept, shares, strict=True))

    def _class(self, kind: RequestKind, part: float) -> RequestClass:
        place = self.lines.index(kind.line)
        whose = f"{place + 1}. {cut(_short(kind.line.line), _LONGEST_NAME)}: "
        today = None if kind.option == self.today else kind.option
        return _request_class(
            kind, part, self.source(kind.line), whose if len(self.lines) > 1 else "", today
        )

    def note(self, findings: Sequence[LogFinding]) -> str:
        """What the scenario rests on, and what it leaves out."""
        lines = [one.line for one in self.lines]
        said = [f"From {self.source(*self.lines)}."]
        if len(lines) > 1:
            said.append(f"Today: {some(_named(line) for line in lines)}.")
        out, whole = [line for line in self.bill.lines if line not in lines], self.bill.total
        if out and whole.upper_usd:
            part = share(float(sum(line.upper_usd for line in lines) / whole.upper_usd))
            alone = "/".join(lines[0].group) if len(lines) == 1 else f"{len(lines)} of its models"
            said.append(
                f"It is about {alone} alone, {part} of the log's bill; left out: "
                f"{some(_named(line) for line in out)}."
            )
        if self.bill.unpriced_rows:
            rows = plural(self.bill.unpriced_rows, "row")
            why = some(aside.reason for aside in self.bill.set_aside if not aside.is_quiet)
            said.append(f"Left out without a price: {rows} ({why}).")
        failed = sum(line.requests for line in lines) - sum(day.requests for day in self.days)
        if self.counts and failed:
            said.append(
                f"Left out, as they may have cost nothing: {plural(failed, 'failed request')}."
            )
        if self.volume.limits:
            said.append(f"Requests a month: {self.volume.limits}.")
        defaults = [f"{f.field}: {f.said}" for f in findings if not f.from_log]
        if defaults:
            said.append(f"Not told by the log: {'; '.join(defaults)}.")
        return " ".join(said)


def _named(line: UsageLine) -> str:
    return "/".join(line.group[1:])


def _short(line: UsageLine) -> str:
    """Its model, with tier and region where they are not the usual ones."""
    _, model, tier, residency = line.group
    return "/".join((model, *(word for word in (tier, residency) if word not in _USUAL)))


def _tokens(kind: LengthClass) -> float:
    return kind.input_tokens + kind.output_tokens


def _request_class(
    kind: RequestKind, part: float, source: str, whose: str, today: ApiOption | None
) -> RequestClass:
    found = kind.lengths
    beyond = "prompts" if not found.band else f"prompts beyond edge {found.band}"
    kept = f", written for {kind.cache_lifetime}" if kind.cache_lifetime else ""
    fresh = found.input_tokens - found.cached_tokens
    return RequestClass(
        name=f"{whose}{beyond}, {'with' if found.reads_cache else 'without'} cache reads{kept}",
        share=part,
        input=length_with_mean(found.input_quantiles, found.input_tokens / found.requests),
        output=length_with_mean(found.output_quantiles, found.output_tokens / found.requests),
        cached_share=found.cached_tokens / found.input_tokens if found.input_tokens else 0.0,
        cache_written_share=found.written_tokens / fresh if fresh else 0.0,
        today=today,
        source=source,
    )
