"""Every line of every bill in each month of the horizon, as it was worked out for the answer.

A line is followed exactly as a whole bill is, as a bill of its own, so that the lines of a month
add up to the month's bill.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hardware_profiles.offer import RentalOffer
from tco.answer.worked import Evaluation, Worked
from tco.bill.cost_lines import CostComponent
from tco.bill.held_machines import amortised_share
from tco.bill.rollout import MEANWHILE
from tco.facts.resolve import ResolvedApi, ResolvedHost
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import months_of_first
from tco.months.line_costs import line_costs
from tco.question.keys import own_key
from tco.question.price_levels import PriceLevels
from tco.results.answer import Appraisal
from tco.results.bill import Alternative, CostLine
from tco.serving.tenure import Holding

RENTED: Final = frozenset({"rent", "commitment"})
OF_MACHINES: Final = RENTED | {"capital", "lease"}
"""Lines of machines, by key."""


@dataclass(frozen=True, slots=True)
class LineMonths:
    """One line over the months."""

    line: CostLine
    quantity: FloatArray | None
    """In the line's unit, shape (months,); None where it is not estimated."""
    cost_usd: FloatArray | None
    """In the terms of the result, shape (months,) [USD]."""


@dataclass(frozen=True, slots=True)
class MonthBills:
    """One alternative over the months."""

    alternative: Alternative
    lines: tuple[LineMonths, ...]
    utilisation: FloatArray | None
    """Mean demand over the capacity of all replicas, shape (months,) [1]; None without a fleet."""
    holding: Holding
    api: ResolvedApi
    """Whose tokens are billed: its own, its hybrid's, its rollout's, or today's."""
    host: ResolvedHost | None
    until_moved: ResolvedHost | None
    """Own servers that answer what has not moved yet; None where an API does."""
    once: tuple[tuple[int, CostLine], ...]
    """What is paid once, by the month at whose end, at its price of that day."""
    appraisal: Appraisal
    """What is paid ahead, and for months beyond the horizon."""
    resale: FloatArray
    """What servers bring back at the end of months 0 to n, shape (months + 1,) [USD]."""
    forgone: FloatArray
    """What servers owned already would sell for, by the month, shape as above [USD]."""
    repaid: FloatArray
    """What pays back loans on servers, by the month, shape as above [USD]."""
    cash: FloatArray
    """Cash that leaves at the end of months 0 to n, after tax, shape as above [USD]."""
    amortised: FloatArray | None
    """Part of the machines' bill that spreads what is paid for them, shape (months,) [1]; None
    where they are paid as they are used."""

    def rented_for(self, line: CostLine) -> RentalOffer | None:
        """Machine whose rent a line is; None where it is none."""
        of_rest = line.key.startswith(f"{MEANWHILE}-")
        host = self.until_moved if of_rest else self.host
        if host is None or line.key.removeprefix(f"{MEANWHILE}-") not in RENTED:
            return None
        return host.machine if isinstance(host.machine, RentalOffer) else None

    def spread_of(self, followed: LineMonths) -> FloatArray | None:
        """Part of a line that spreads what is paid for machines, shape (months,) [USD].

        The rest of it is cost of capital; None where the line is paid as it is used.
        """
        held = followed.line.key in OF_MACHINES and self.amortised is not None
        if not held or followed.cost_usd is None or self.amortised is None:
            return None
        return followed.cost_usd * self.amortised


def month_bills(evaluation: Evaluation) -> Iterator[MonthBills]:
    """Follow every alternative that is not refused, the baseline first."""
    for alternative in evaluation.alternatives:
        if alternative.refused is None:
            worked = evaluation.worked[alternative.key]
            appraisal = evaluation.appraisal(alternative.key)
            assert appraisal is not None
            yield MonthBills(
                alternative,
                tuple(_lines(evaluation, worked)),
                worked.utilisation,
                worked.holding,
                worked.api,
                worked.host,
                _until_moved(evaluation, worked),
                _once(worked, evaluation.asked.levels),
                appraisal,
                months_of_first(worked.costs.resale),
                months_of_first(worked.costs.forgone),
                months_of_first(worked.costs.repaid),
                months_of_first(worked.costs.taxed),
                _amortised(worked, evaluation.asked.levels),
            )


def _until_moved(evaluation: Evaluation, worked: Worked) -> ResolvedHost | None:
    rollout = None if worked.host is None else worked.host.option.rollout
    if rollout is None:
        return None
    hosts = evaluation.asked.resolved.hosts
    return next((host for host in hosts if own_key(host.option) == rollout.meanwhile), None)


def _once(worked: Worked, levels: PriceLevels) -> tuple[tuple[int, CostLine], ...]:
    level = levels.money * levels.deflate
    return tuple(
        (month, line if line.unit_price_usd is None else _dearer(line, float(level[month])))
        for month, line in worked.once
    )


def _dearer(line: CostLine, factor: float) -> CostLine:
    assert line.unit_price_usd is not None
    return replace(line, unit_price_usd=line.unit_price_usd * factor)


def _amortised(worked: Worked, levels: PriceLevels) -> FloatArray | None:
    growth = worked.growth
    share = amortised_share(growth.instances, growth.there, worked.holding, levels)
    return None if share is None else months_of_first(share)


def _lines(evaluation: Evaluation, worked: Worked) -> Iterator[LineMonths]:
    asked = evaluation.asked
    for part in worked.components:
        if part.kind.path == "committed":
            yield _committed(part, worked)
            continue
        quantity, cost = line_costs(
            part,
            worked.growth,
            asked.scenario.finance,
            asked.levels,
            worked.tokens,
            worked.holding,
        )
        if quantity is None or quantity.any():  # a base fleet that never spills bills no API
            yield LineMonths(part.line, quantity, cost)


def _committed(part: CostComponent, worked: Worked) -> LineMonths:
    found = worked.costs.committed
    assert found is not None
    cost = months_of_first(found.bill) * worked.costs.deflate[1:]
    return LineMonths(part.line, np.ones(len(cost)), cost)
