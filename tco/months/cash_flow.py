"""What an alternative costs in each month of the horizon: as a bill, and as money that moves."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from tco.bill.cost_lines import CostComponent
from tco.kernel.arrays import FloatArray, Numbers
from tco.months.growth import Growth
from tco.months.held_machines import held_machines
from tco.months.monthly_costs import Flow, MonthlyCosts
from tco.question.price_levels import PriceLevels
from tco.question.terms import Finance
from tco.results.bill import CostLine, Driver
from tco.serving.tenure import Holding

BY_THE_HOUR: Final = Holding()
HELD: Final = frozenset({"gpus", "capital"})
"""Price paths of machines."""


def monthly_costs(
    components: Iterable[CostComponent],
    once: Sequence[tuple[int, CostLine]],
    growth: Growth,
    finance: Finance,
    levels: PriceLevels,
    tokens: FloatArray,
    holding: Holding = BY_THE_HOUR,
) -> MonthlyCosts:
    """Follow a bill through the months.

    Parameters
    ----------
    once
        What is paid once, by the month at whose end.
    tokens
        API prices of each month over those of the first, drift included [1], shape
        (cases, months) or (months,).
    """
    paths = {"tokens": tokens, "gpus": levels.gpus, "people": levels.wages, "rest": levels.rest}
    sums: dict[tuple[str, Driver], Numbers] = {}
    for part in components:
        if (cost := part.cost_usd) is not None:
            path = part.kind.path
            for_a_term = path == "gpus" and holding.term_months is not None and is_held(part)
            place = ("term" if for_a_term else path, part.driver)
            sums[place] = sums.get(place, 0.0) + cost
    flows = tuple(
        Flow(cost, growth.scales[driver], paths[path])
        for (path, driver), cost in sums.items()
        if path in paths
    )
    rent = sums.get(("term", "instance"), 0.0)
    held = held_machines(rent, growth, levels, holding, finance)
    owned = holding.server is not None
    paid_once = np.zeros(finance.horizon_months + 1)
    for month, line in once:
        paid_once[month] += (line.cost_usd or 0.0) * levels.money[month]
    return MonthlyCosts(paid_once, flows, held, owned, finance, levels.deflate)


def is_held(part: CostComponent) -> bool:
    """Whether its months follow from how machines are held, and not from its price path alone."""
    return part.kind.path in HELD and part.driver != "unmoved-instance"
