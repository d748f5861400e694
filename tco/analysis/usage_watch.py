"""Usage against the plan: volume, lengths, cache and bill month by month, and the verdict anew."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pricing.units import HOURS_PER_MONTH
from tco.answer.evaluation import evaluate
from tco.bill.today import todays_usd
from tco.facts.data import Data
from tco.facts.resolve import resolve
from tco.own_data.usage.bill_lines import UsageBill, UsageLine, total_of
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.lines_of_log import OFFERED_AS
from tco.own_data.usage.scenario_of_log import ScenarioTerms, scenario_of_log
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import UsageLog
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.results.answer import Verdict

DAYS_PER_MONTH: Final = HOURS_PER_MONTH / 24


@dataclass(frozen=True, slots=True)
class MonthWatched:
    """One calendar month of today's models, as used and as planned for the days it was seen."""

    month: str
    days: int
    """Days of the month from the first of the log to its last; the plan is for as many."""
    requests: int | None
    """None where rows of it do not say how many they hold."""
    planned_requests: float
    input_tokens_per_request: float | None
    """None where no request is told."""
    output_tokens_per_request: float | None
    cached_share: float | None
    """None where nothing was sent."""
    lower_usd: float
    upper_usd: float
    planned_usd: float


@dataclass(frozen=True, slots=True)
class UsageWatch:
    """A plan, held against what happened."""

    months: tuple[MonthWatched, ...]
    planned_input_tokens: float
    planned_output_tokens: float
    planned_cached_share: float
    before: Verdict
    after: Verdict
    """With the traffic of the log in the plan's place."""
    measured: Scenario
    bill: UsageBill
    """Of the whole log: what has no price, and what to know of it."""

    @property
    def stands(self) -> bool:
        """Whether the same alternative is chosen."""
        return self.before.action == self.after.action and self.before.chosen == self.after.chosen


def watch_usage(
    scenario: Scenario, log: UsageLog, data: Data, sellers: Sellers, requests: int | None = None
) -> UsageWatch:
    """Hold a scenario against usage.

    Parameters
    ----------
    sellers
        Who is meant by the names in the files.
    requests
        How many requests the files hold, where they do not tell.

    Raises
    ------
    InputError
        The files tell nothing of the scenario's models of today.
    """
    bill = usage_bill(log, sellers, BillTerms(by=("day", *OFFERED_AS)))
    used = {line.group[1:] for line in bill.lines}
    asked = [_names(api) for api in scenario.answering_today]
    models = tuple(
        "/".join(names) for names in [names for names in asked if names in used] or asked
    )
    terms = ScenarioTerms(scenario, scenario.name, models, requests, scenario.prices_on)
    made = scenario_of_log(log, sellers, terms)
    about = {line.group for line in made.lines}
    ours = [line for line in bill.lines if line.group[1:] in about]
    classes = scenario.workload.classes
    data = data.with_facts_of(scenario)
    resolved = resolve(scenario, data.catalogue, data.library)
    measured = _with_traffic(scenario, made.scenario)
    means = [(c.share, c.input.distribution().mean, c.output.distribution().mean) for c in classes]
    sent = sum(share * mean for share, mean, _ in means)
    cached = sum(c.share * c.input.distribution().mean * c.cached_prompt_share for c in classes)
    return UsageWatch(
        months=tuple(_months(scenario, ours, todays_usd(resolved.baseline, classes))),
        planned_input_tokens=sent,
        planned_output_tokens=sum(share * mean for share, _, mean in means),
        planned_cached_share=cached / sent,
        before=evaluate(scenario, data).verdict,
        after=evaluate(measured, data).verdict,
        measured=measured,
        bill=bill,
    )


def _names(api: ApiOption) -> tuple[str, ...]:
    return tuple(getattr(api, field) for field in OFFERED_AS)


def _with_traffic(plan: Scenario, log: Scenario) -> Scenario:
    """The plan with the traffic of a log, at the terms that the plan has for each API of today."""
    terms = {_names(api): api for api in plan.answering_today}
    baseline = terms[_names(log.baseline)]
    classes = tuple(
        c.model_copy(update={"today": c.today and terms[_names(c.today)]})
        for c in log.workload.classes
    )
    found = plan.model_copy(
        update={
            "workload": log.workload.model_copy(update={"classes": classes}),
            "baseline": baseline,
        }
    )
    if found.several_today:
        return found
    apis = tuple(api for api in plan.apis if api != baseline)
    return found.model_copy(update={"apis": apis})


def _months(
    scenario: Scenario, lines: Sequence[UsageLine], usd_per_request: float
) -> list[MonthWatched]:
    by_month: dict[str, list[UsageLine]] = {}
    for line in sorted(lines, key=lambda line: line.group):
        by_month.setdefault(line.group[0][:7], []).append(line)
    days = [date.fromisoformat(line.group[0]) for line in lines]
    covered = Counter(
        (min(days) + timedelta(days=n)).isoformat()[:7]
        for n in range((max(days) - min(days)).days + 1)
    )
    return [
        _month(scenario, month, seen, by_month.get(month, ()), usd_per_request)
        for month, seen in covered.items()
    ]


def _month(
    scenario: Scenario,
    month: str,
    days: int,
    lines: Sequence[UsageLine],
    usd_per_request: float,
) -> MonthWatched:
    work, start = scenario.workload, scenario.prices_on
    first = date.fromisoformat(f"{month}-01")
    passed = (first.year - start.year) * 12 + first.month - start.month
    planned = work.requests_per_month * (1 + work.growth_per_month) ** passed
    planned *= days / DAYS_PER_MONTH
    used = total_of(lines)
    requests = None if used.uncounted_rows else used.requests
    sent = used.input_tokens
    return MonthWatched(
        month=month,
        days=days,
        requests=requests,
        planned_requests=planned,
        input_tokens_per_request=sent / requests if requests else None,
        output_tokens_per_request=used.output_tokens / requests if requests else None,
        cached_share=used.cached_tokens / sent if sent else None,
        lower_usd=float(used.lower_usd),
        upper_usd=float(used.upper_usd),
        planned_usd=planned * usd_per_request,
    )
