"""One line of a bill over the months, in the first case."""

from dataclasses import replace

from tco.bill.cost_lines import CostComponent
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import first, months_of_first
from tco.months.cash_flow import BY_THE_HOUR, is_held, monthly_costs
from tco.months.growth import Growth
from tco.question.price_levels import PriceLevels
from tco.question.terms import Finance
from tco.serving.tenure import Holding


def line_costs(
    part: CostComponent,
    growth: Growth,
    finance: Finance,
    levels: PriceLevels,
    tokens: FloatArray,
    holding: Holding,
) -> tuple[FloatArray | None, FloatArray | None]:
    """Quantity and cost of a component in each month of the first case, as a bill of its own.

    Returns
    -------
    tuple of ndarrays of shape (months,)
        [as the line counts] and [USD, in the terms of the result]; None where not estimated.
    """
    if part.quantity is None:
        return None, None
    scales = {driver: months_of_first(scale) for driver, scale in growth.scales.items()}
    one = Growth(
        scales,
        months_of_first(growth.instances),
        first(growth.planned),
        months_of_first(growth.there),
    )
    quantity = first(part.quantity) * scales[part.driver]
    if part.unit_price_usd is None:
        return quantity, None
    alone = replace(part, quantity=first(part.quantity), unit_price_usd=first(part.unit_price_usd))
    held = holding if is_held(part) else BY_THE_HOUR
    costs = monthly_costs([alone], (), one, finance, levels, months_of_first(tokens), held)
    return quantity, costs.bill
