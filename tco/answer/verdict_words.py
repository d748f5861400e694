"""The decision in words: every clause a function of named fields of the answer.

Nothing here says *never*: what holds of one option says so by its name, and what would have to be
different is said with its figure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pricing.units import MONTHS_PER_YEAR
from tco.answer.choice import Choice
from tco.answer.uncertainty import Odds, Uncertainty
from tco.kernel.finance import discount_factors
from tco.question.scenario import Scenario
from tco.results.answer import (
    Action,
    BreakEven,
    Decider,
    PriceDrift,
    Waiting,
)
from tco.results.bill import Alternative
from tco.words.figures import amount, count, plural, share, shares_apart
from tco.words.money import expected_loss
from tco.words.shown_money import ShownMoney

SURE: Final = 0.8
"""Share of the draws in which a choice must cost less than staying, or it is too close to call; and
be the cheapest of all, or the headline says whom it is not sure to cost less than [1]."""
OF_TODAY: Final = "; the regret is that of deciding today"
"""Said where what is learnt by waiting stands beside the regret, which may be the smaller."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentences are made of."""

    scenario: Scenario
    money: ShownMoney
    alternatives: Sequence[Alternative]
    choice: Choice
    rival: str | None
    action: Action
    later: tuple[tuple[int, str], ...]
    """Models that the choice moves to within the horizon, each with its first month."""
    drift: PriceDrift
    waiting: tuple[Waiting, ...]
    answers: Mapping[str, BreakEven]
    compared: Mapping[str, float]
    """Present value of staying and of those that are told of, as they are compared [USD]."""
    uncertainty: Uncertainty
    deciders: tuple[Decider, ...]

    @property
    def staying(self) -> Alternative:
        """Today's API."""
        return self.alternatives[0]

    @property
    def chosen(self) -> Alternative:
        """The alternative with the least present value."""
        return self.of(self.choice.chosen)

    @property
    def stays(self) -> bool:
        """Whether that is staying."""
        return self.choice.chosen == self.staying.key

    @property
    def horizon(self) -> str:
        """Length of the horizon."""
        return plural(self.scenario.finance.horizon_months, "month")

    @property
    def draws(self) -> str:
        """Number of draws."""
        return plural(self.uncertainty.draws, "draw")

    @property
    def probability_best(self) -> float:
        """Share of the draws in which the choice is the cheapest of all [1]."""
        return dict(self.uncertainty.cheapest)[self.choice.chosen]

    @property
    def regret_usd(self) -> float:
        """Mean over the draws of what the choice costs more than the cheapest [USD]."""
        return dict(self.uncertainty.regret)[self.choice.chosen]

    @property
    def worth_of(self) -> str | None:
        """Whose worth is told: the choice's, or its rival's where staying is chosen."""
        return self.rival if self.stays else self.choice.chosen

    @property
    def worth_usd(self) -> float | None:
        """Present value of moving there [USD]."""
        return None if self.worth_of is None else self.worth_of_moving(self.worth_of)

    @property
    def worth_usd_per_year(self) -> float | None:
        """Level payment with that present value [USD/year]."""
        worth, finance = self.worth_usd, self.scenario.finance
        if worth is None:
            return None
        factors = discount_factors(finance.discount_rate, finance.horizon_months)
        return worth / float(factors[1:].sum()) * MONTHS_PER_YEAR

    @property
    def odds(self) -> Odds | None:
        """Odds of the alternative whose worth is told."""
        return None if self.worth_of is None else self.uncertainty.odds_of(self.worth_of)

    def worth_of_moving(self, key: str) -> float:
        """Present value of moving to an alternative instead of staying [USD]."""
        return self.compared[self.staying.key] - self.compared[key]

    def of(self, key: str) -> Alternative:
        """Look up an alternative."""
        return next(a for a in self.alternatives if a.key == key)


def choice_headline(told: Told) -> str:
    """Say what to do, and with whom."""
    staying, chosen = told.staying, told.chosen
    if told.action == "unanswered":
        return f"Stay on {staying.label}: nothing else in this scenario may be chosen."
    if told.action == "too-close":
        rival = told.of(told.rival or staying.key)
        decided = f": {_turns(told)}" if told.deciders else ""
        close = f"Too close to call between {chosen.label} and {rival.label}{decided}."
        said = _no_lower_end(told)
        return f"{close} {said}" if said else close
    return f"{_advice(told)}.{_runner_up(told)}"


def _no_lower_end(told: Told) -> str:
    """Say that a move is so often unable to serve that its worth has no P10; else nothing."""
    odds = told.odds
    return "" if odds is None or math.isfinite(odds.worth.p10) else _unserved(told)


def unserved(told: Told, odds: Odds, nobody_serves: str) -> str:
    """Say in how many draws an alternative cannot serve the load; empty where it always can."""
    if not odds.unserved:
        return ""
    return f"In {share(odds.unserved)} of {told.draws} {nobody_serves} the load."


def _advice(told: Told) -> str:
    staying, chosen = told.staying, told.chosen
    do = {
        "stay": f"stay on {staying.label}",
        "api": f"switch to {chosen.label}",
        "hosted": f"buy {chosen.label}",
        "self-host": f"run {chosen.model} on your own GPUs: {chosen.label}",
        "hybrid": f"use both sides: {chosen.label}",
    }[told.action]
    later = [f"{model} from month {month} on" for month, model in told.later]
    if chosen.model == staying.model or _are_measured(staying, chosen):
        if not later:
            return f"{do[0].upper()}{do[1:]}"
        (month, model), *_ = told.later
        others = "".join(f", and {one}" for one in later[1:])
        return f"If {model} is good enough from month {month} on{others}, {do}"
    others = "".join(f", and {one}" for one in later)
    return f"If {chosen.model} is good enough{others}, {do}"


def _runner_up(told: Told) -> str:
    """Say whom the advice is not sure to cost less than, where that is not staying."""
    if told.probability_best >= SURE or told.rival in {None, told.staying.key}:
        return ""
    assert told.rival is not None
    return f" Whether {told.of(told.rival).label} costs less is too close to call."


def _are_measured(staying: Alternative, other: Alternative) -> bool:
    return staying.accepted_share is not None and other.accepted_share is not None


def _turns(told: Told) -> str:
    said = [f"{one.label} of {_value(one, one.turns_at)}" for one in told.deciders]
    return f"{' or '.join(said)} would turn it"


def _value(one: Decider, value: float) -> str:
    return f"{count(value)} a month" if one.unit == "request/month" else amount(value, one.unit)


def _now(one: Decider) -> str:
    """Its value as it is, said beside another that names the period."""
    return _value(one, one.given).removesuffix(" a month").removesuffix(" a year")


def choice_sentence(told: Told) -> str:
    """Say what the choice costs and is worth over the horizon, how sure, and what turns it."""
    often = _unserved(told)
    if often in choice_headline(told):
        often = ""
    parts = [_worth(told), _odds(told), often, _waiting(told), _deciders(told)]
    return " ".join(part for part in parts if part)


def _worth(told: Told) -> str:
    staying, money, odds = told.staying, told.money, told.odds
    stay = told.compared[staying.key]
    over = f"over {told.horizon}, in present value with all one-off costs"
    worth, year = told.worth_usd, told.worth_usd_per_year
    if worth is None or year is None or odds is None:
        return f"{staying.label} costs {money(stay)} {over}."
    about = told.of(odds.alternative)
    cost, band = told.compared[about.key], _ends(told, odds)
    whole_years = told.scenario.finance.horizon_months >= MONTHS_PER_YEAR
    yearly = f"{'' if whole_years else 'at a rate of '}{money(year)} a year"
    if told.stays:
        return (
            f"{staying.label} costs {money(stay)} {over}, and {about.label} {money(cost)}: moving "
            f"there is worth {money(worth)} ({band}), {yearly}."
        )
    return (
        f"{about.label} costs {money(cost)} {over}, and {staying.label} {money(stay)}: the move is "
        f"worth {money(worth)} ({band}), {yearly}."
    )


def _ends(told: Told, odds: Odds) -> str:
    low, high = odds.worth.p10, odds.worth.p90
    if math.isfinite(low):
        return f"{told.money(low)} to {told.money(high)}"
    return f"up to {told.money(high)}"


def _odds(told: Told) -> str:
    odds = told.odds
    if odds is None:
        return ""
    less, best = chance(odds.cheaper_over_horizon), chance(told.probability_best)
    loss = expected_loss(odds.expected_loss_usd, odds.unserved, told.money)
    unserved = 0.0 if told.stays else odds.unserved
    regret = expected_loss(told.regret_usd, unserved, told.money)
    if told.stays:
        return (
            f"In {less} of {told.draws} {told.of(odds.alternative).label} costs less than staying "
            f"(expected loss of moving {loss}); staying is the cheapest of all in {best} (regret "
            f"{regret})."
        )
    runner, beside = told.uncertainty.runner_up, ""
    next_best = None if runner is None else runner.alternative
    if told.rival not in {None, told.staying.key, next_best}:
        assert told.rival is not None
        often = share(dict(told.uncertainty.cheapest)[told.rival])
        beside = f", {told.of(told.rival).label} in {often}"
    nothing = told.money(0.0)
    lost = "" if loss == nothing else f" (expected loss {loss})"
    regretted = "" if regret == nothing else f" (regret {regret})"
    return (
        f"It costs less than staying in {less} of {told.draws}{lost}{_against_next(told)}, and is "
        f"the cheapest of all in {best}{beside}{regretted}."
    )


def _unserved(told: Told) -> str:
    odds = told.odds
    if odds is None:
        return ""
    return unserved(told, odds, f"{told.of(odds.alternative).label} cannot serve")


def _against_next(told: Told) -> str:
    """Say how often the choice costs less than the next cheapest, where that is not staying.

    Where it is the cheapest in every draw that is said already, but of two alike it is not.
    """
    runner = told.uncertainty.runner_up
    if runner is None or runner.alternative == told.staying.key:
        return ""
    label, loss = told.of(runner.alternative).label, told.money(runner.expected_loss_usd)
    if runner.cheaper == 0 and loss == told.money(0.0):
        return f", just as much as the next cheapest ({label}) in each"
    if told.probability_best == 1:
        return ""
    return f", than the next cheapest ({label}) in {chance(runner.cheaper)} ({loss})"


def _waiting(told: Told) -> str:
    """Say what putting off the decision costs, and what would be learnt by then."""
    if not told.waiting:
        return ""
    best, money = max(told.waiting, key=lambda one: one.net_usd), told.money
    pays = money(best.net_usd) != money(0.0) and best.net_usd > 0
    one = best if pays else told.waiting[-1]
    months, learnt = plural(one.months, "month"), money(one.learnt_usd or 0.0)
    if told.stays:
        again = f"Deciding again in {months}, by what is known then, is worth up to {learnt}"
        return f"{again}{OF_TODAY}." if pays else ""
    does = "costs" if one.costs_usd > 0 else "saves"
    waits = f"Waiting {months} {does} {money(abs(one.costs_usd))}"
    taught = f", and what is learnt by then saves up to {learnt}"
    apart = "" if money(told.regret_usd) == money(0.0) else OF_TODAY
    return f"{waits}{'' if learnt == money(0.0) else f'{taught}{apart}'}."


def chance(share_of_draws: float) -> str:
    """Write a share of the draws so that it is not read as being enough where it is not."""
    return shares_apart(share_of_draws, SURE)[0]


def _deciders(told: Told) -> str:
    if told.rival is None:
        return ""
    if not told.deciders:
        return "No input turns that alone, within three standard deviations of it."
    if told.action == "too-close":  # the headline has named them
        given = [f"{one.label} of {_value(one, one.given)}" for one in told.deciders]
        return f"Now: {' and '.join(given)}."
    said = [
        f"{one.label} of {_value(one, one.turns_at)} (now {_now(one)})" for one in told.deciders
    ]
    return f"What would turn it: {' or '.join(said)}."


def also_told(told: Told) -> str:
    """Say the bills of the first month, how API prices move, and how quality was compared."""
    keys = (told.staying.key, told.choice.chosen, told.choice.best_own)
    bills = [
        f"{told.money(a.monthly_usd)} {'on' if a.key == told.staying.key else 'with'} {a.label}"
        f"{' once all requests have moved' if a.moves_in_steps else ''}"
        for key in dict.fromkeys(keys)
        if key is not None
        for a in (told.of(key),)
    ]
    listed = bills[0] if len(bills) == 1 else f"{', '.join(bills[:-1])} and {bills[-1]}"
    parts = (f"A first month costs {listed}.", _drift(told), _quality(told))
    return " ".join(part for part in parts if part)


def _drift(told: Told) -> str:
    """Say how API prices are taken to move, and where that turns own GPUs against staying."""
    drift, best = told.drift, told.choice.best_own
    if told.rival is None:
        return ""
    if drift.given is None:
        return "API prices follow the steps given."
    given = f"change by {amount(drift.given, '1/year')}" if drift.given else "stay as they are"
    assumed = f"API prices are taken to {given}"
    if best is None or drift.low == drift.high:
        return f"{assumed}."
    own, staying = told.of(best).label, told.staying.label
    if drift.own_turns_at is not None:
        turn = amount(drift.own_turns_at, "1/year")
        return f"{assumed}; at {turn} {own} would cost as much as {staying}."
    less = "less" if told.worth_of_moving(best) > 0 else "more"
    low, high = share(drift.low), amount(drift.high, "1/year")
    return f"{assumed}; from {low} to {high} {own} costs {less} than {staying}."


def _quality(told: Told) -> str:
    """Say how staying and the other were made equal; empty where nothing had to be."""
    staying, other = told.staying, told.chosen
    if told.stays and told.rival is not None:
        other = told.of(told.rival)
    if other.key == staying.key:
        return ""
    if staying.usd_per_accepted is None or other.usd_per_accepted is None:
        if other.model == staying.model:
            return ""
        return (
            f"Quality of {staying.label} and {other.label} is taken as equal: acceptance was not "
            "measured for both."
        )
    return (
        f"A thousand accepted answers cost {told.money(1_000 * staying.usd_per_accepted)} on "
        f"{staying.label} and {told.money(1_000 * other.usd_per_accepted)} with {other.label}; "
        "present values are those of as many accepted answers."
    )
