"""The answer under other assumptions on record: published sets, and prices that have happened."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pricing.errors import PlannerError
from tco.analysis.decision import Question, decision_of, once_simulated
from tco.analysis.price_history import as_changes, happened_paths, path_in_words
from tco.answer.working import look_up, work_out
from tco.question.files import changed
from tco.question.scenario import Scenario
from tco.words.figures import amount

AssumedOf = Literal["costs around the model", "API prices", "GPU prices"]
_SETS: Final[tuple[str, ...]] = get_args(Scenario.model_fields["assume"].annotation)
TYPICAL: Final = Scenario.model_fields["assume"].default
USUAL: Final = "the library's own figures"


@dataclass(frozen=True, slots=True)
class Assumed:
    """What one set of assumptions, or one path of prices, makes of the answer.

    Money is present value over the horizon, compared as the verdict compares it.
    """

    name: str
    kind: AssumedOf
    said: str
    """What is assumed, in words."""
    chosen: str = ""
    """Label of what costs least; empty where there is no answer."""
    worth_usd: float | None = None
    """What the best other alternative saves over staying [USD]; negative where it costs more."""
    staying_usd: float | None = None
    """What staying costs [USD]."""
    own: str = ""
    """Label of the cheapest own GPUs; empty where there are none."""
    own_worth_usd: float | None = None
    """What they save over staying [USD]; negative where they cost more."""
    own_reason: str = ""
    """Why there are none."""
    reason: str = ""
    """Why there is no answer."""


def answers_assuming(question: Question) -> tuple[Assumed, ...]:
    """Answer a question under every set of assumptions, then under every path of prices.

    What a simulation takes off a replica's capacity is found once, for the question as asked.
    """
    question = once_simulated(question)
    return tuple(_answered(question, *other) for other in _others(question))


def what_turns(found: Sequence[Assumed]) -> str:
    """Say whether the choice, and own GPUs against staying, depend on what is assumed."""
    answered = [one for one in found if one.chosen]
    if not answered:
        return "There is no answer under any of them."
    usual = next((one for one in answered if one.name == TYPICAL), answered[0])
    others = [one for one in answered if one.chosen != usual.chosen]
    turned = "; ".join(f"{one.chosen} under “{one.name}”" for one in others)
    same = _of(len(answered) - len(others), len(answered))
    said = f"{usual.chosen} costs least under {same}" + (f"; {turned}." if others else ".")
    own = [one for one in answered if one.own_worth_usd is not None]
    if not own:
        return said
    paying = [one for one in own if (one.own_worth_usd or 0.0) > 0]
    dear = _named(one for one in own if one not in paying)
    but = f", not under {dear}" if paying and dear else ""
    none = _named(one for one in answered if one not in own)
    reason = next((one.own_reason for one in answered if one not in own), "").rstrip(".")
    without = f" Under {none} there are none: {reason}." if none else ""
    pay = f"Own GPUs cost less than staying under {_of(len(paying), len(answered))}"
    return f"{said} {pay}{but}.{without}"


def _named(some: Iterable[Assumed]) -> str:
    return ", ".join(f"“{one.name}”" for one in some)


def _of(some: int, every: int) -> str:
    if some == every:
        return f"all {every}"
    return f"{some or 'none'} of {every}"


def _others(question: Question) -> Iterator[tuple[str, AssumedOf, str, dict[str, Any]]]:
    scenario = question.scenario
    library = question.data.library
    for name in _SETS:
        rows = [row for row in library.assumption_sets.values() if row.group == name]
        facts = [library.assumption(row.key) for row in rows]
        said = "; ".join(
            f"{fact.label} {amount(row.value, fact.unit)}"
            for row, fact in zip(rows, facts, strict=True)
        )
        yield name, "costs around the model", said or USUAL, {"assume": name}
    for path in happened_paths():
        if path.rents and not scenario.self_hosted:
            continue
        moved = as_changes(path, scenario, question.data.catalogue)
        kind: AssumedOf = "API prices" if path.models else "GPU prices"
        yield path.name, kind, path_in_words(moved), moved


def _answered(
    question: Question, name: str, kind: AssumedOf, said: str, changes: dict[str, Any]
) -> Assumed:
    try:
        scenario = changed(question.scenario, changes)
        working = work_out(look_up(scenario, question.data, question.cases))
    except PlannerError as error:
        return Assumed(name, kind, said, reason=str(error.problems[0]))
    choice, own = decision_of(working), decision_of(working, "own")
    return Assumed(
        name,
        kind,
        said,
        chosen=choice.best_label if choice.moves else working.alternatives[0].label,
        worth_usd=None if choice.gap_usd is None else -choice.gap_usd,
        staying_usd=choice.staying_usd,
        own=own.best_label,
        own_worth_usd=None if own.gap_usd is None else -own.gap_usd,
        own_reason=own.reason if own.gap_usd is None else "",
    )
