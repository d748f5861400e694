"""The planner on days that have passed: what it would have said, and what that was worth.

On the first day of each quarter the question is asked with the token prices known on that day, for
the months up to the newest price on record; then the same months are priced as they became. Rents
and servers have one day each on record, so that only what is sold by the token takes part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from pricing.as_known import as_known, was_sold
from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem
from pricing.offer import STANDARD
from pricing.refusal import PriceRefusedError
from pricing.units import MONTHS_PER_YEAR
from tco.analysis.decision import Question
from tco.answer.choice import choose, worth_usd
from tco.answer.draws import drawn_cases
from tco.answer.odds import DRAWS, SEED
from tco.answer.spreads import Spreads
from tco.answer.worked import Asked
from tco.answer.working import Working, work_out
from tco.facts.resolve import Resolved, ResolvedApi, api_of, resolve
from tco.kernel.bands import bands
from tco.question.keys import api_key
from tco.question.options import ApiOption
from tco.question.price_levels import price_levels
from tco.question.scenario import Scenario
from tco.results.answer import Band

QUARTER_MONTHS: Final = 3
PRICES_ALONE: Final = replace(Spreads.none(), api_price=Spreads().api_price)
"""What was not known on the day and is on record since: how prices moved."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One option against staying, as it looked on a day and as it became."""

    key: str
    label: str
    cheaper: float
    """Share of draws in which it was to cost less than staying [1]."""
    promised: Band
    """Worth of moving there [USD], P10 to P90."""
    became_usd: float
    """The same at the prices as they became [USD]."""

    @property
    def kept(self) -> bool:
        """Whether what it became lies within what was promised for 80 %; rounding aside."""
        slack = 1e-9 * max(abs(self.promised.p10), abs(self.promised.p90))
        return self.promised.p10 - slack <= self.became_usd <= self.promised.p90 + slack


@dataclass(frozen=True, slots=True)
class Quarter:
    """The question on the first day of a quarter."""

    day: date
    months: int
    """From then to the newest price on record."""
    staying: str
    """Label of what would have answered without a move."""
    chosen: Promise | None
    """What would have been chosen; None where that is staying."""
    best: str
    """Label of what has cost least since, of the options known on the day."""
    missed_usd: float
    """What the choice has cost more than that [USD]."""
    cheapest_month_usd: float
    """First month's bill of the cheapest option known on the day [USD/month]."""
    promises: tuple[Promise, ...]
    """Of every offer of the price list that was sold on the day, the scenario's own included."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Every quarter since what answers today was first sold."""

    quarters: tuple[Quarter, ...]
    until: date
    """Newest price on record."""

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Of all quarters."""
        return tuple(one for quarter in self.quarters for one in quarter.promises)


def backtest(question: Question) -> Backtest:
    """Ask a question anew on the first day of each quarter since its baseline was first sold.

    Raises
    ------
    InputError
        If no quarter has passed since then.
    """
    scenario, catalogue = question.scenario, question.data.catalogue
    until = catalogue.newest_retrieved
    firsts = [catalogue.offer(o.provider, o.model).first_day for o in scenario.answering_today]
    days = _quarters(firsts, until)
    if not days:
        limit = "is not on record as sold at the start of any quarter that has passed"
        remedy = "Name an older model as the baseline."
        raise InputError(Problem("baseline", scenario.baseline.model, limit, remedy))
    return Backtest(tuple(_quarter(question, day, until) for day in days), until)


def _quarters(firsts: Sequence[date | None], until: date) -> list[date]:
    known = [day for day in firsts if day is not None]
    if len(known) < len(firsts):
        return []
    days = [
        date(year, month, 1)
        for year in range(max(known).year, until.year + 1)
        for month in range(1, MONTHS_PER_YEAR + 1, QUARTER_MONTHS)
    ]
    return [day for day in days if max(known) <= day and _months(day, until) >= QUARTER_MONTHS]


def _months(day: date, until: date) -> int:
    """Whole months from the first day of one."""
    return (until.year - day.year) * MONTHS_PER_YEAR + until.month - day.month


def _quarter(question: Question, day: date, until: date) -> Quarter:
    scenario = question.scenario
    months = _months(day, until)
    asked = scenario.model_copy(
        update={
            "prices_on": day,
            "finance": scenario.finance.model_copy(update={"horizon_months": months}),
            "self_hosted": (),
            "hybrids": (),
        }
    )
    then = _asked(question, asked, as_known(question.data.catalogue, day))
    known = work_out(then)
    drawn = work_out(replace(then, cases=drawn_cases(known, PRICES_ALONE, DRAWS, SEED)), known)
    became = work_out(_asked(question, asked, question.data.catalogue))
    promises = {one.key: one for one in _promises(known, drawn, became)}
    own = {known.alternatives[0].key, *(api_key(option) for option in asked.apis)}
    shown = [a for a in known.alternatives if a.key in own]
    chosen = choose(shown, known.worked).chosen
    best = choose([a for a in shown if a.key in became.worked], became.worked).chosen
    labels = {a.key: a.label for a in shown}
    costs = {key: float(became.worked[key].present_usd[0]) for key in (chosen, best)}
    monthly = [float(known.worked[a.key].first_bill[0]) for a in shown if a.eligible]
    return Quarter(
        day=day,
        months=months,
        staying=shown[0].label,
        chosen=promises.get(chosen),
        best=labels[best],
        missed_usd=costs[chosen] - costs[best],
        cheapest_month_usd=min(monthly),
        promises=tuple(promises.values()),
    )


def _asked(question: Question, scenario: Scenario, catalogue: Catalogue) -> Asked:
    """Every offer sold on the day in the standard tier, and the scenario's own options."""
    data = replace(question.data, catalogue=catalogue)
    today = resolve(scenario.model_copy(update={"apis": ()}), catalogue, data.library)
    apis = {api.key: api for api in _sold(scenario, catalogue)}
    apis.pop(today.baseline.key, None)
    resolved = Resolved(scenario, today.profile, today.baseline, tuple(apis.values()), ())
    levels = price_levels(scenario.finance)
    return Asked(resolved, data, levels, question.cases)


def _sold(scenario: Scenario, catalogue: Catalogue) -> Iterator[ResolvedApi]:
    day = scenario.prices_on
    every = [
        ApiOption(provider=offer.provider, model=offer.model, tier=STANDARD)
        for offer in catalogue.offers()
    ]
    for option in (*scenario.apis, *every):
        if not was_sold(catalogue.offer(option.provider, option.model), day):
            continue
        try:
            found = api_of(option, scenario, catalogue)
        except PriceRefusedError:  # no rate of the day, or one by the hour of the day
            continue
        if isinstance(found, ResolvedApi):
            yield found


def _promises(known: Working, drawn: Working, became: Working) -> Iterator[Promise]:
    stay = known.alternatives[0].key
    for alternative in known.alternatives[1:]:
        key = alternative.key
        if key not in drawn.worked or key not in became.worked:
            continue
        worth = worth_usd(drawn.worked[stay], drawn.worked[key])[1:]
        low, middle, high = bands(worth).tolist()
        yield Promise(
            key,
            alternative.label,
            float(np.mean(worth > 0)),
            Band(low, middle, high),
            float(worth_usd(became.worked[stay], became.worked[key])[0]),
        )
