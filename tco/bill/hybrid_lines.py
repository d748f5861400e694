"""Lines of a hybrid's bill: the API's share, the people of both sides, and what routing adds."""

from collections.abc import Sequence
from dataclasses import replace

from tco.facts.cost_facts import YOURS
from tco.question.hybrids import EvaluationRun, Hybrid, Specialist
from tco.results.bill import Alternative, CostLine, Driver


def api_lines(api: Alternative, calls: float, driver: Driver = "request") -> tuple[CostLine, ...]:
    """Price the API's share of a hybrid.

    Parameters
    ----------
    calls
        Calls of the API per request of the workload [1].
    driver
        What the calls grow with.
    """
    tokens = (
        replace(line, quantity=line.quantity * calls, driver=driver)
        for line in api.lines
        if line.driver == "request" and line.quantity is not None and calls > 0
    )
    people = (line for line in api.lines if line.group == "people")
    return tuple(_named_for_api(line) for line in (*tokens, *people))


def _named_for_api(line: CostLine) -> CostLine:
    name = f"API: {line.name[:1].lower()}{line.name[1:]}"
    return replace(line, key=f"api-{line.key}", name=name)


def routing_lines(option: Hybrid, reviews: float, requests_per_month: float) -> Sequence[CostLine]:
    """Price what a rule adds each month: people who read answers, training anew."""
    if isinstance(option, EvaluationRun) and reviews > 0:
        return (
            CostLine(
                "review",
                "people",
                "Human review of compared answers",
                requests_per_month * reviews,
                "review",
                option.usd_per_review,
                YOURS,
                "request",
            ),
        )
    if isinstance(option, Specialist):
        return (
            CostLine(
                "refresh",
                "platform",
                "Training the specialist anew",
                1 / option.refresh_months,
                "refresh",
                option.refresh_usd,
                YOURS,
            ),
        )
    return ()


def routing_one_off(option: Hybrid, api: Alternative) -> tuple[CostLine, ...]:
    """Price what a rule needs once: a fine-tune, and the move to another API."""
    moves = tuple(_named_for_api(line) for line in api.one_off)
    if not isinstance(option, Specialist):
        return moves
    tuned = CostLine(
        "fine-tune",
        "one-off",
        "Fine-tuning the specialist",
        1.0,
        "training",
        option.fine_tune_usd,
        YOURS,
    )
    return (*moves, tuned)
