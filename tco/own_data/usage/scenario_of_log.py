"""A scenario from a log: what it tells of today's main model, and what it cannot tell, said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pricing.errors import InputError, PriceError, Problem
from pricing.figures import grouped
from pricing.offer import GLOBAL, STANDARD
from pricing.refusal import PriceRefusedError
from pricing.units import HOURS_PER_MONTH
from tco.own_data.usage.bill_lines import UsageBill, UsageLine
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.fitting import (
    FEWEST_WEEKS,
    growth_of,
    length_with_mean,
    week_of,
    whole_weeks,
)
from tco.own_data.usage.sellers import Sellers, tier_word
from tco.own_data.usage.traffic_of_log import (
    DayOfLog,
    LengthClass,
    busiest_minute,
    length_classes,
    names_told,
    requests_by_day,
    requests_by_hour,
    those_of,
)
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import UsageLog, UsagePart
from tco.question.files import document_of, scenario_from
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass, Workload
from tco.words.figures import number, plural, share, share_change

MAIN: Final = ("provider", "model", "tier", "residency")
_MOST_BURST: Final = 100.0
_LEAST_GROWTH: Final = -0.9
_MOST_GROWTH: Final = 10.0
_MOST_NAMED: Final = 20
"""Models left out, and reasons of rows left out, that the note names."""
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
    """Of the whole log, by `MAIN`."""
    main: UsageLine
    """Line of the bill that the scenario is about."""
    days: tuple[DayOfLog, ...]
    rows: str
    """Query of the rows it is about, while the log is open."""
    tells_requests: bool
    """Whether each of those rows is one request."""


@dataclass(frozen=True, slots=True)
class ScenarioTerms:
    """How a scenario is asked for."""

    start: Scenario
    """Where everything that is no traffic comes from."""
    name: str = "From your log"
    main: str = ""
    """``provider/model/tier`` or ``provider/model/tier/residency`` to be asked about, the dearest
    of its regions where none is said; the dearest of all when left out."""
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
    bill = usage_bill(log, sellers, BillTerms(by=MAIN))
    main = _main_line(bill, terms.main)
    _require_one_price(sellers, bill, main)
    part, rows = _rows_of(log, sellers, main)
    days = requests_by_day(log.connection, rows)
    counted = terms.requests or main.requests
    if not counted or not days:
        limit = "counts no requests" if days else "tells no days"
        remedy = "Say how many there were with --requests, or give a log of requests."
        raise InputError(Problem(", ".join(log.files), part.shape.key, limit, remedy))
    on = terms.prices_on or max(days[-1].day, terms.start.prices_on)
    work = _Work(log, part, rows, days, counted, main, bill, on)
    findings: list[LogFinding] = []
    workload = work.workload(sellers, findings)
    option = ApiOption(**dict(zip(MAIN, main.group, strict=True)))
    others = tuple(api for api in terms.start.apis if api != option)
    scenario = terms.start.model_copy(
        update={
            "name": terms.name,
            "note": work.note(findings),
            "prices_on": on,
            "workload": workload,
            "baseline": option,
            "apis": others,
            "hybrids": (),
        }
    )
    checked = scenario_from(document_of(scenario))
    told = part.shape.tells_requests
    return LogScenario(checked, tuple(findings), bill, main, tuple(days), rows, told)


@dataclass(frozen=True, slots=True)
class _Work:
    """A scenario in the making."""

    log: UsageLog
    part: UsagePart
    rows: str
    days: Sequence[DayOfLog]
    requests: int
    main: UsageLine
    bill: UsageBill
    on: date
    """Day whose prices are asked for."""

    @property
    def hours(self) -> int:
        """Hours from the first day to the last, both whole [h]."""
        return ((self.days[-1].day - self.days[0].day).days + 1) * 24

    @property
    def source(self) -> str:
        """Whose figures they are."""
        files = self.log.files
        named = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
        first, last = self.days[0].day, self.days[-1].day
        rows = grouped(self.main.rows)
        return f"your log: {named} ({self.part.shape.key}), {first} to {last}, {rows} rows"

    def workload(self, sellers: Sellers, findings: list[LogFinding]) -> Workload:
        """Traffic of the log, with every finding noted."""
        for name, value in zip(MAIN, self.main.group, strict=True):
            findings.append(LogFinding(f"baseline.{name}", value, True))
        volume = self.requests * HOURS_PER_MONTH / self.hours
        findings.append(LogFinding("workload.requests_per_month", f"{grouped(volume)}", True))
        return Workload(
            requests_per_month=volume,
            growth_per_month=self._growth(findings),
            profile=self._week(findings),
            peak_within_hour=self._burst(findings),
            classes=self._classes(sellers, findings),
        )

    def _growth(self, findings: list[LogFinding]) -> float:
        growth = growth_of(self.days)
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
        by_hour = self.part.shape.tells_requests or any(hour.hour % 24 for hour in hours)
        week = week_of(hours, self.days) if by_hour else None
        if week is None or not any(week):
            said = "business-hours is assumed: the log does not cover every hour of a week"
            findings.append(LogFinding("workload.profile", said, False))
            return "business-hours"
        findings.append(LogFinding("workload.profile", "168 hours of the week, UTC", True))
        return week

    def _burst(self, findings: list[LogFinding]) -> float:
        minutes = self.part.shape.tells_requests
        busiest = busiest_minute(self.log.connection, self.rows) if minutes else None
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

    def _classes(self, sellers: Sellers, findings: list[LogFinding]) -> tuple[RequestClass, ...]:
        provider, model, tier, residency = self.main.group
        offer = sellers.catalogue.offer(provider, model)
        card = offer.rate_card(tier, on=self.on, residency=residency)
        edges = [band.most_input_tokens_below for band in card.bands[1:] if band.offered]
        single = self.part.shape.tells_requests
        found = length_classes(self.log.connection, self.rows, edges, single=single)
        if not self.main.requests:
            whole = sum(c.input_tokens + c.output_tokens for c in found) or 1
            found = [
                replace(c, requests=self.requests * (c.input_tokens + c.output_tokens) / whole)
                for c in found
            ]
        said = "by band and cache" if single else "means alone: their spread is assumed (cv 1)"
        findings.append(LogFinding("workload.classes", f"{len(found)} classes, {said}", single))
        kept = [c for c in found if c.requests]
        total = sum(c.requests for c in kept)
        shares = [c.requests / total for c in kept[:-1]]
        shares.append(1 - sum(shares))
        return tuple(
            _request_class(c, part, self.source) for c, part in zip(kept, shares, strict=True)
        )

    def note(self, findings: Sequence[LogFinding]) -> str:
        """What the scenario rests on, and what it leaves out."""
        said = [f"From {self.source}."]
        lines, whole = self.bill.lines, self.bill.total.upper_usd
        if len(lines) > 1 and whole:
            others = _some("/".join(line.group[1:]) for line in lines if line is not self.main)
            part = share(float(self.main.upper_usd / whole))
            said.append(
                f"It is about {'/'.join(self.main.group)} alone, {part} of the log's bill; "
                f"a scenario has one model of today, so these are left out: {others}."
            )
        if self.bill.unpriced_rows:
            rows = plural(self.bill.unpriced_rows, "row")
            why = _some(aside.reason for aside in self.bill.set_aside if not aside.is_quiet)
            said.append(f"Left out without a price: {rows} ({why}).")
        defaults = [f"{f.field}: {f.said}" for f in findings if not f.from_log]
        if defaults:
            said.append(f"Not told by the log: {'; '.join(defaults)}.")
        return " ".join(said)


def _some(names: Iterable[str]) -> str:
    """First of some names, and how many more there are: a note has an end."""
    known = tuple(names)
    more = len(known) - _MOST_NAMED
    return "; ".join(known[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _request_class(found: LengthClass, part: float, source: str) -> RequestClass:
    beyond = "prompts" if not found.band else f"prompts beyond edge {found.band}"
    fresh = found.input_tokens - found.cached_tokens
    return RequestClass(
        name=f"{beyond}, {'with' if found.reads_cache else 'without'} cache reads",
        share=part,
        input=length_with_mean(found.input_quantiles, found.input_tokens / found.requests),
        output=length_with_mean(found.output_quantiles, found.output_tokens / found.requests),
        cached_share=found.cached_tokens / found.input_tokens if found.input_tokens else 0.0,
        cache_written_share=found.written_tokens / fresh if fresh else 0.0,
        source=source,
    )


def _main_line(bill: UsageBill, asked: str) -> UsageLine:
    if not bill.lines:
        why = bill.set_aside[0] if bill.set_aside else None
        limit = f"no row has a price: {why.reason}" if why else "holds no rows"
        remedy = why.remedy if why else "Give a file with rows."
        raise InputError(Problem(", ".join(bill.files), "", limit, remedy))
    if not asked:
        return max(bill.lines, key=lambda line: line.upper_usd)
    # Lines stand with the dearest first: of several regions, the last one told here holds.
    known = {"/".join(line.group[:3]): line for line in reversed(bill.lines)}
    exact = {"/".join(line.group): line for line in bill.lines}
    if asked in exact:
        return exact[asked]
    if asked not in known:
        raise InputError(
            Problem("--model", asked, "is not in the log", f"In it: {', '.join(exact)}.")
        )
    return known[asked]


def _require_one_price(sellers: Sellers, bill: UsageBill, main: UsageLine) -> None:
    """Refuse a model whose price changes with the hour: a scenario has one price all day.

    Raises
    ------
    PriceError
        It is one, in its standard tier.
    """
    provider, model, tier, _ = main.group
    offer = sellers.catalogue.offer(provider, model)
    if not (offer.priced_by_hour and tier == STANDARD):
        return
    others = _some("/".join(line.group[:3]) for line in bill.lines if line is not main)
    limit = f"{offer.title} costs more in some hours than in others; a scenario has one price"
    ask = f"Ask with --model about another model of the log ({others}). " if others else ""
    remedy = f"{ask}`tco usage bill` prices each request by its hour."
    raise PriceError(Problem("--model", "/".join(main.group), limit, remedy))


def _rows_of(log: UsageLog, sellers: Sellers, main: UsageLine) -> tuple[UsagePart, str]:
    """Part that tells of a line of the bill, and the query of its rows."""
    parts = [(part, _names_of(log, part, sellers, main)) for part in log.parts]
    parts = [(part, names) for part, names in parts if names]
    if len(parts) > 1:
        shapes = ", ".join(part.shape.key for part, _ in parts)
        limit = "is told by files that are not alike, and they may tell the same requests"
        raise InputError(Problem("/".join(main.group), shapes, limit, "Give those of one kind."))
    part, names = parts[0]
    return part, those_of(part, names)


def _names_of(
    log: UsageLog, part: UsagePart, sellers: Sellers, main: UsageLine
) -> list[tuple[str, str, str, str]]:
    """Names in the files that mean the offer, tier and region of a line."""
    meant = []
    for names in names_told(log.connection, part):
        provider, model, tier, residency = names
        try:
            offer = sellers.offer(provider, model)
        except PriceRefusedError:
            continue
        word = tier_word(tier)
        sale = (offer.provider, offer.model, offer.tier_of(word) or word, residency or GLOBAL)
        if sale == main.group:
            meant.append(names)
    return meant
