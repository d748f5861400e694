"""Single draws as scenarios of their own, and the longest output an alternative still serves."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pricing.errors import PlannerError
from tco.analysis.decision import Question
from tco.analysis.factors import factor_of, factors
from tco.analysis.pieces import Pieces
from tco.analysis.reprice import with_record
from tco.answer.evaluation import evaluate
from tco.facts.cost_facts import CostFacts
from tco.kernel.draws import CalibratedDraws, Drawn
from tco.kernel.speed import LOG_NORMAL_PARAMETERS
from tco.question.files import changed

_ROUNDS: Final = 40


def question_of_draw(
    question: Question, pieces: Pieces, drawn: Drawn, steps: dict[str, CalibratedDraws], index: int
) -> Question:
    """Write one draw down as a scenario and data of its own, to be answered by `evaluate`."""
    known = factors(question)
    one = question
    for key, value in (
        ("workload.output_tokens", float(drawn.output[index])),
        ("gpu_price", float(drawn.gpu_price[index])),
    ):
        factor = factor_of(known, key)
        one = factor.apply(one, factor.value * value)
    library = one.data.library
    facts = CostFacts(one.scenario.costs, library, one.scenario.team)
    costs = {
        f"costs.{key}": float(drawn.staff[index]) * engineers
        for key in ("rented_fte", "owned_fte")
        if (engineers := facts.value(key)) is not None
    }
    scenario = changed(
        one.scenario,
        {
            "workload.requests_per_month": float(drawn.requests[index]),
            "finance.api_price_change_per_year": float(drawn.api_change[index]),
            **costs,
        },
    )
    for name, draws in steps.items():
        record = pieces.replicas[name].record
        values = {
            parameter: draws.parameter(parameter, index) for parameter in LOG_NORMAL_PARAMETERS
        }
        parameters = record.parameters.model_copy(update=values)
        library = with_record(library, record.model_copy(update={"parameters": parameters}))
    return Question(scenario, replace(one.data, library=library))


def highest_outputs(question: Question, pieces: Pieces, most: float) -> dict[str, float]:
    """Factor on the output above which an alternative refuses the load, for those that do.

    Parameters
    ----------
    most
        Highest factor to ask about [1].
    """
    keys = [*pieces.tokens, *pieces.hosts]
    refused = _refused(question, most, keys)
    return {key: _border(question, key, most) for key in sorted(refused)}


def _border(question: Question, key: str, most: float) -> float:
    low, high = 0.0, most
    if key not in _refused(question, 1.0, [key]):
        low = min(1.0, most)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if middle > 0 and key not in _refused(question, middle, [key]):
            low = middle
        else:
            high = middle
    return low


def _refused(question: Question, output: float, keys: Iterable[str]) -> set[str]:
    """Alternatives that do not fit outputs of another length: too long for a window."""
    factor = factor_of(factors(question), "workload.output_tokens")
    try:
        longer = factor.apply(question, factor.value * output)
        answer = evaluate(longer.scenario, longer.data)
    except PlannerError:
        return set(keys)
    windows = {
        a.key
        for a in answer.alternatives
        if any(f.severity == "refused" and f.code in {"window", "not-offered"} for f in a.findings)
    }
    return windows & set(keys)
