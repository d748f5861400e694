"""The decision: the choice, what it is worth, how sure that is, and what would turn it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tco.answer.choice import OWN, Choice, compared_usd
from tco.answer.deciders import deciders
from tco.answer.own_words import own_sentence
from tco.answer.price_drift import price_drift
from tco.answer.uncertainty import Uncertainty
from tco.answer.verdict_words import (
    SURE,
    Told,
    also_told,
    choice_headline,
    choice_sentence,
)
from tco.answer.waiting import waiting
from tco.answer.working import Working
from tco.kernel.cases import first
from tco.results.answer import Action, Band, BreakEven, Verdict

ACTIONS: Final[Mapping[str, Action]] = {
    "api": "api",
    "hosted": "hosted",
    "rented": "self-host",
    "owned": "self-host",
    "hybrid": "hybrid",
}
"""What choosing an alternative of each kind is."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision without its words."""

    choice: Choice
    rival: str | None
    """Whom the choice is told against; None where nothing else may be chosen."""
    action: Action


def decided(working: Working, uncertainty: Uncertainty) -> Decided:
    """Decide between all alternatives that may be chosen, staying among them."""
    choice = working.choice
    rival = _rival(choice, working.alternatives[0].key, uncertainty)
    return Decided(choice, rival, _action(working, choice, uncertainty))


def verdict(
    working: Working,
    uncertainty: Uncertainty,
    answers: Mapping[str, BreakEven],
) -> Verdict:
    """Decide, and say it in words with what would turn it.

    Parameters
    ----------
    answers
        Break-even of every alternative with own machines, by key.
    """
    scenario = working.asked.scenario
    found = decided(working, uncertainty)
    choice, rival = found.choice, found.rival
    staying = working.worked[working.alternatives[0].key]
    told_of = (staying.alternative.key, choice.chosen, rival, choice.best_own)
    named = {key for key in told_of if key is not None}
    told = Told(
        scenario=scenario,
        money=scenario.currency.money,
        alternatives=working.alternatives,
        choice=choice,
        rival=rival,
        action=found.action,
        later=_later(working, choice.chosen),
        drift=price_drift(working, choice, uncertainty.spreads),
        waiting=waiting(
            staying, working.worked[choice.chosen], scenario.finance, uncertainty.learnt
        ),
        answers=answers,
        compared={key: first(compared_usd(staying, working.worked[key])) for key in named},
        uncertainty=uncertainty,
        deciders=()
        if rival is None
        else deciders(working, choice.chosen, rival, uncertainty.spreads),
    )
    worth, odds = told.worth_usd, told.odds
    return Verdict(
        action=told.action,
        chosen=choice.chosen,
        rival=rival,
        best_own=choice.best_own,
        worth_of=told.worth_of,
        worth_usd=worth,
        worth_usd_per_year=told.worth_usd_per_year,
        worth=None if odds is None else odds.worth,
        probability_cheaper_than_staying=None if odds is None else odds.cheaper_over_horizon,
        expected_loss_usd=None if odds is None else odds.expected_loss_usd,
        probability_best=told.probability_best,
        regret_usd=told.regret_usd,
        runner_up=uncertainty.runner_up,
        drift=told.drift,
        waiting=told.waiting,
        deciders=told.deciders,
        headline=choice_headline(told),
        sentence=choice_sentence(told),
        own=own_sentence(told),
        also=also_told(told),
    )


def _later(working: Working, chosen: str) -> tuple[tuple[int, str], ...]:
    """Models that the choice moves to as one is retired, where it buys of another API than today's.

    Each with its first month.
    """
    found = working.worked[chosen]
    if found.api.key == working.alternatives[0].key or found.alternative.kind in OWN:
        return ()
    known = {working.alternatives[0].model, found.alternative.model}
    return tuple(one for one in working.paths[found.api.key].later if one[1] not in known)


def _rival(choice: Choice, staying: str, uncertainty: Uncertainty) -> str | None:
    """Which alternative the choice is told against.

    Staying, where it is not sure that the choice costs less; else the one that is the cheapest
    most often, where the choice is not the cheapest in most draws; else staying, or the next
    cheapest where staying is chosen.
    """
    if choice.next_best is None:
        return None
    best = dict(uncertainty.cheapest)
    odds = uncertainty.odds_of(choice.chosen)
    if odds is not None and not _is_sure(odds.cheaper_over_horizon, odds.worth):
        return staying
    if best[choice.chosen] >= SURE:
        return staying if odds is not None else choice.next_best
    return max((key for key in best if key != choice.chosen), key=best.__getitem__)


def _action(working: Working, choice: Choice, uncertainty: Uncertainty) -> Action:
    if choice.next_best is None:
        return "unanswered"
    stays = choice.chosen == working.alternatives[0].key
    odds = uncertainty.odds_of(choice.next_best if stays else choice.chosen)
    assert odds is not None
    cheaper = 1 - odds.cheaper_over_horizon if stays else odds.cheaper_over_horizon
    most_often = max(uncertainty.cheapest, key=lambda best: best[1])
    if (
        not _is_sure(cheaper, odds.worth)
        or most_often[1] > dict(uncertainty.cheapest)[choice.chosen]
    ):
        return "too-close"
    if stays:
        return "stay"
    chosen = next(a for a in working.alternatives if a.key == choice.chosen)
    return ACTIONS[chosen.kind]


def _is_sure(cheaper: float, worth: Band) -> bool:
    return cheaper >= SURE and not worth.p10 <= 0 <= worth.p90
