"""A move in steps: what the other side costs until all requests have moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tco.bill.bill import NOBODY, Bill
from tco.bill.cost_lines import lines_of
from tco.question.rollout import Rollout
from tco.results.bill import Alternative, CostLine, Driver, Finding
from tco.words.figures import share

MEANWHILE: Final = "meanwhile"
"""What keys of its lines start with."""
UNMOVED: Final[Mapping[Driver, Driver]] = {"request": "unmoved", "instance": "unmoved-instance"}
"""What lines of that side grow with; the others are paid whole."""


def moving_bill(
    own: Bill,
    rollout: Rollout,
    meanwhile: Bill | None,
    *,
    by_the_hour: bool = True,
    bars: Sequence[Finding] = (),
    told: Alternative | None = None,
) -> Bill:
    """Add to the bill of own servers what answers the requests that have not moved yet.

    The lines of the bill stay those of a month in which all have moved. The other side is paid
    whole, its people and its platform included, until then; where all move at once it is not paid.

    Parameters
    ----------
    meanwhile
        Bill of the API or of the own servers that answer meanwhile; None where there is none on the
        scenario's day.
    by_the_hour
        Whether that side is paid as it is used: a term that is given back is none.
    bars
        What keeps that side from answering until all have moved.
    told
        What was said of it when the question was worked out as asked; nothing is said anew.
    """
    if rollout.at_once:
        return own
    shown = own.alternative
    if meanwhile is None or meanwhile.alternative.refused is not None or not by_the_hour:
        why = "" if by_the_hour else ": it is taken for a term or bought"
        missing = Finding(
            "refused",
            "meanwhile",
            f"{rollout.meanwhile} cannot answer the requests that have not moved yet{why}.",
            "Name another option as rollout.meanwhile: an API, or servers rented by the hour.",
        )
        shown = replace(shown, lines=(), serving=None, findings=(*shown.findings, missing))
        return Bill(shown, (), own.one_off, NOBODY)
    first = tuple(part.named(MEANWHILE, "Until moved") for part in meanwhile.one_off)
    if told is None:
        said = Finding("remark", "rollout", _said(rollout, meanwhile, own))
        shown = replace(
            shown,
            one_off=(*lines_of(first), *shown.one_off),
            findings=(*bars, *shown.findings, said),
        )
    parts = tuple(
        replace(
            part.named(MEANWHILE, "Until moved"),
            driver=UNMOVED.get(part.driver, "meanwhile"),
        )
        for part in meanwhile.components
    )
    return replace(
        own,
        alternative=shown,
        one_off=(*first, *own.one_off),
        serves=own.serves & meanwhile.serves,
        meanwhile=parts,
        meanwhile_fleet=meanwhile.fleet,
    )


def paid_once(
    one_off: Sequence[CostLine], rollout: Rollout | None
) -> tuple[tuple[int, CostLine], ...]:
    """Say at the end of which month each line is paid: before the first that it is needed in."""
    start = 0 if rollout is None else rollout.first_month - 1
    return tuple((0 if line.key.startswith(MEANWHILE) else start, line) for line in one_off)


def _said(rollout: Rollout, meanwhile: Bill, own: Bill) -> str:
    steps = ", ".join(
        f"{share(step.share)} from month {step.from_month} on" for step in rollout.moved
    )
    unequal = meanwhile.alternative.accepted_share != own.alternative.accepted_share
    counted = " Answers are counted as accepted at its rate in every month." if unequal else ""
    return (
        f"Moves in steps: {steps}; until then {meanwhile.alternative.label} answers the rest, and "
        f"both are paid. Its bill is that of a month in which all have moved.{counted}"
    )
