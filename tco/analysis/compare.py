"""Two scenarios side by side: what differs, and how much each difference moves the answer.

Money is counted in units of 2^-16 USD here, so that contributions add up to the difference between
the two answers to their last bit, in whatever order they are added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pricing.errors import PlannerError
from tco.analysis.decision import Decision, decision_of
from tco.analysis.scenario_diff import Change, apply_changes, changes_between
from tco.answer.evaluation import evaluate
from tco.answer.working import look_up, work_out
from tco.facts.data import Data
from tco.question.files import document_of, scenario_from
from tco.question.scenario import Scenario
from tco.words.shown_money import ShownMoney

_UNITS_PER_USD: Final = 2.0**16


@dataclass(frozen=True, slots=True)
class Effect:
    """What one difference, or several that only go together, does to three present values [USD].

    None where a side of it has no answer.
    """

    staying_usd: float | None
    best_usd: float | None
    """Of the best other alternative that may be chosen."""
    gap_usd: float | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One step from the first scenario to the second."""

    changes: tuple[Change, ...]
    """More than one where a step alone would be no scenario, or has no answer."""
    in_order: Effect
    """With all steps before it taken; these add up to the difference."""
    alone: Effect
    """Taken alone from the first scenario."""
    alone_reason: str
    """Why it cannot be taken alone."""


@dataclass(frozen=True, slots=True)
class ScenarioComparison:
    """Two answers, and the way from one to the other."""

    before: Decision
    after: Decision
    before_headline: str
    after_headline: str
    before_chosen: str
    """Key of the alternative that each verdict chooses."""
    after_chosen: str
    money: ShownMoney
    """Writes dollars in the currency of the second scenario."""
    difference: Effect
    contributions: tuple[Contribution, ...]
    """In the order of the scenario's keys."""


def compare(first: Scenario, second: Scenario, data: Data | None = None) -> ScenarioComparison:
    """Say which assumption moved the answer, and by how much.

    Raises
    ------
    InputError, PriceError
        If one of the two has no answer at all.
    """
    facts = data or Data.shipped()
    answers = evaluate(first, facts), evaluate(second, facts)
    before, after = (decision_of(answer) for answer in answers)
    said, now_said = (answer.verdict for answer in answers)
    steps = changes_between(document_of(first), document_of(second))
    return ScenarioComparison(
        before=before,
        after=after,
        before_headline=said.headline,
        after_headline=now_said.headline,
        before_chosen=said.chosen,
        after_chosen=now_said.chosen,
        money=second.currency.money,
        difference=_effect(before, after),
        contributions=tuple(_walk(first, before, after, steps, facts)),
    )


def _walk(
    first: Scenario, before: Decision, after: Decision, steps: Sequence[Change], facts: Data
) -> list[Contribution]:
    """Take the steps one after the other; those that lead nowhere alone are taken together."""
    answered = before.gap_usd is not None and after.gap_usd is not None
    start = document_of(first)
    reached = before
    taken: list[Change] = []
    waiting: list[Change] = []
    contributions = []
    for index, step in enumerate(steps):
        waiting.append(step)
        last = index == len(steps) - 1
        stage = after if last else _try(start, [*taken, *waiting], facts)
        if stage is None or (answered and stage.gap_usd is None):
            continue
        alone, reason = _alone(start, before, waiting, facts)
        contributions.append(Contribution(tuple(waiting), _effect(reached, stage), alone, reason))
        taken, waiting, reached = [*taken, *waiting], [], stage
    return contributions


def _alone(
    start: dict[str, Any], before: Decision, changes: Sequence[Change], facts: Data
) -> tuple[Effect, str]:
    try:
        stage = _stage(scenario_from(apply_changes(start, changes)), facts)
    except PlannerError as error:
        return Effect(None, None, None), str(error.problems[0])
    return _effect(before, stage), stage.reason


def _try(start: dict[str, Any], changes: Sequence[Change], facts: Data) -> Decision | None:
    try:
        return _stage(scenario_from(apply_changes(start, changes)), facts)
    except PlannerError:
        return None


def _stage(scenario: Scenario, facts: Data) -> Decision:
    return decision_of(work_out(look_up(scenario, facts)))


def _effect(before: Decision, after: Decision) -> Effect:
    """Difference of each figure; the gap is that of the other two, so the three agree."""
    staying = _less(before, after, lambda d: d.staying_usd)
    best = _less(before, after, lambda d: d.best_usd)
    gap = None if staying is None or best is None else best - staying
    return Effect(staying, best, gap)


def _less(
    before: Decision, after: Decision, figure: Callable[[Decision], float | None]
) -> float | None:
    was, now = figure(before), figure(after)
    return None if was is None or now is None else counted(now) - counted(was)


def counted(usd: float) -> float:
    """Nearest multiple of 2^-16 USD: sums and differences of these are exact up to 10^11 USD.

    Examples
    --------
    >>> counted(0.1) + counted(0.2) == counted(0.1) + counted(0.2) + counted(1e9) - counted(1e9)
    True
    """
    return round(usd * _UNITS_PER_USD) / _UNITS_PER_USD
