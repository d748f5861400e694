"""How the base fleet and the spill of a hybrid move over the months."""

import numpy as np

from tco.bill.base_fleet import BaseFleet
from tco.bill.held_machines import later_machines
from tco.kernel.arrays import FloatArray
from tco.months.growth import Growth, machines_held, request_growth
from tco.question.price_levels import PriceLevels
from tco.results.bill import Driver
from tco.serving.tenure import Holding


def spill_growth(
    base: BaseFleet,
    requests: FloatArray,
    tokens: FloatArray,
    levels: PriceLevels,
    holding: Holding,
) -> Growth:
    """Fleet and spill of each month; a fleet chosen for least cost is chosen anew at its prices.

    A machine that is kept is taken only where it pays until the horizon ends. What is served and
    spilled is counted over the whole volume of the first month.

    Parameters
    ----------
    requests
        Of each month [request/month], shape (cases, months) or (months,).
    tokens
        API prices of each month over those of the first [1], shape (cases, months) or (months,).
    """
    if base.chosen:
        machines = later_machines(base.instance_usd, holding, levels)
        wanted = base.cheapest(requests, machines, base.spilled_usd * tokens)
    else:
        wanted = base.instances + np.zeros_like(requests)
    held = machines_held(np.asarray(wanted), holding)
    shares = base.spilled_share(requests, held)
    grown = request_growth(requests)
    scales: dict[Driver, FloatArray] = {
        "fixed": np.ones(len(grown)),
        "instance": held / held[..., :1],
        "served": np.asarray(grown * (1 - shares)),
        "spilled": np.asarray(grown * shares),
    }
    return Growth(scales, held, held[..., :1])
